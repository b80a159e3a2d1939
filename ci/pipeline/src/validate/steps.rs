//! Steps: one pass over a job's plan and hooks, with the path to where it is.

use std::collections::HashMap;

use super::identifier::{self, NameProblem};
use super::{Finding, JobIndex, Report, Rule, Section};
use crate::model::{
    AcrossStep, AttemptsStep, GetStep, HookKind, InParallelStep, Job, LoadVarStep, MaxInFlight, Pipeline,
    PutStep, RunStep, SetPipelineStep, Step, StepConfig, TaskConfig, TaskStep, TimeoutStep, UnknownField,
    parse_duration,
};
use crate::source::{Span, Spanned};
use crate::yaml::gofmt::quote_ascii;

pub(super) struct StepValidator<'check> {
    pipeline: &'check Pipeline,
    index: &'check JobIndex<'check>,
    report: &'check mut Report,
    context: Vec<String>,
    gets: HashMap<String, Span>,
    /// Local variables, the innermost scope last.
    scopes: Vec<HashMap<String, Span>>,
}

impl<'check> StepValidator<'check> {
    pub(super) fn new(
        pipeline: &'check Pipeline,
        index: &'check JobIndex<'check>,
        job: String,
        report: &'check mut Report,
    ) -> Self {
        let context = vec![job, ".plan".into()];
        Self { pipeline, index, report, context, gets: HashMap::new(), scopes: vec![HashMap::new()] }
    }

    /// Checks the plan as a `do`, then the hooks from the inside out.
    pub(super) fn check_job(&mut self, job: &Job) {
        self.steps(&job.plan, ".do", |index| format!("[{index}]"));
        for (kind, hook) in job.hooks.iter() {
            self.hook(kind, hook);
        }
    }

    fn step(&mut self, step: &Step) {
        self.unknown_fields(&step.unknown_fields);
        self.config(&step.config);
    }

    fn config(&mut self, config: &StepConfig) {
        match config {
            StepConfig::Get(step) => self.get(step),
            StepConfig::Put(step) => self.put(step),
            StepConfig::Task(step) => self.task(step),
            StepConfig::Run(step) => self.run(step),
            StepConfig::SetPipeline(step) => self.set_pipeline(step),
            StepConfig::LoadVar(step) => self.load_var(step),
            StepConfig::Try(step) => self.within(".try".into(), |checker| checker.step(&step.step)),
            StepConfig::Do(step) => self.steps(&step.steps, ".do", |index| format!("[{index}]")),
            StepConfig::InParallel(step) => self.in_parallel(step),
            StepConfig::Across(step) => self.across(step),
            StepConfig::Timeout(step) => self.timeout(step),
            StepConfig::Attempts(step) => self.attempts(step),
            StepConfig::Hook(step) => {
                self.config(&step.step);
                self.hook(step.kind, &step.hook);
            }
        }
    }

    fn hook(&mut self, kind: HookKind, hook: &Step) {
        self.within(format!(".{}", kind.key()), |checker| checker.step(hook));
    }

    fn in_parallel(&mut self, step: &InParallelStep) {
        self.steps(&step.steps, ".in_parallel", |index| format!(".steps[{index}]"));
    }

    fn steps(&mut self, steps: &[Step], place: &str, of: impl Fn(usize) -> String) {
        self.within(place.into(), |checker| {
            for (index, step) in steps.iter().enumerate() {
                checker.within(of(index), |checker| checker.step(step));
            }
        });
    }

    fn get(&mut self, step: &GetStep) {
        self.within(format!(".get({})", step.name.value), |checker| {
            checker.name(&step.name);
            match checker.gets.get(&step.name.value).copied() {
                Some(first) => {
                    checker.error_with(Rule::DuplicateName, "repeated name", step.name.span, Some(first))
                }
                None => {
                    checker.gets.insert(step.name.value.clone(), step.name.span);
                }
            }
            checker.resource(step.resource_name(), step.resource_span());
            checker.within(".passed".into(), |checker| checker.passed(step));
        });
    }

    fn passed(&mut self, step: &GetStep) {
        let resource = step.resource_name();
        for pattern in &step.passed {
            let jobs = self.index.matching(pattern);
            if jobs.is_empty() {
                self.error(
                    Rule::PassedJob,
                    format!("no matching job(s) for '{}'", pattern.value),
                    pattern.span,
                );
            }
            for job in jobs.into_iter().filter(|job| !self.index.touches(*job, resource)) {
                let name = &self.pipeline.jobs[job].name.value;
                let message = format!("job '{name}' does not interact with resource '{resource}'");
                self.error(Rule::PassedResource, message, pattern.span);
            }
        }
    }

    fn put(&mut self, step: &PutStep) {
        self.within(format!(".put({})", step.name.value), |checker| {
            checker.name(&step.name);
            checker.resource(step.resource_name(), step.resource_span());
        });
    }

    fn resource(&mut self, name: &str, span: Span) {
        if self.pipeline.resource(name).is_none() {
            self.error(Rule::UnknownResource, format!("unknown resource '{name}'"), span);
        }
    }

    fn task(&mut self, step: &TaskStep) {
        self.within(format!(".task({})", step.name.value), |checker| {
            checker.name(&step.name);
            match (&step.config, &step.file) {
                (None, None) => {
                    checker.error(Rule::TaskConfig, "must specify either `file:` or `config:`", step.key_span);
                }
                (Some(_), Some(file)) => {
                    let message = "must specify one of `file:` or `config:`, not both";
                    checker.error(Rule::TaskConfig, message, file.span);
                }
                _ => {}
            }
            if let Some(image) = step.image.as_ref().filter(|_| step.config.as_ref().is_some_and(TaskConfig::has_image)) {
                let message = "specifies image: on the step but also specifies an image under config: - the image: on the \
                               step takes precedence";
                checker.warning(Rule::ImageOverridden, message, image.span);
            }
            if let Some(hermetic) = step.hermetic.as_ref().filter(|hermetic| ***hermetic) {
                let message = "specifies `hermetic:` only works against worker containerd runtime";
                checker.warning(Rule::Hermetic, message, hermetic.span);
            }
            if let Some(config) = &step.config {
                checker.within(".config".into(), |checker| checker.task_config(config));
            }
        });
    }

    fn task_config(&mut self, config: &TaskConfig) {
        self.unknown_fields(&config.unknown_fields);
        for (message, span) in config.problems() {
            self.error(Rule::TaskConfig, message, span);
        }
    }

    fn run(&mut self, step: &RunStep) {
        self.within(format!(".run({}.{})", step.kind.value, step.message.value), |checker| {
            match identifier::problem(&step.message, &checker.context) {
                // The context is in the message already; Concourse puts it in front once more.
                Some(NameProblem::Empty(message)) => {
                    checker.error(Rule::EmptyIdentifier, message, step.message.span)
                }
                Some(NameProblem::Invalid(message)) => {
                    checker.error(Rule::InvalidIdentifier, message, step.message.span)
                }
                None => {}
            }
            let exists = checker.pipeline.prototypes.iter().any(|prototype| *prototype.0.name == *step.kind);
            if !exists {
                let message = format!("unknown prototype '{}'", step.kind.value);
                checker.error(Rule::UnknownPrototype, message, step.kind.span);
            }
        });
    }

    fn set_pipeline(&mut self, step: &SetPipelineStep) {
        self.within(format!(".set_pipeline({})", step.name.value), |checker| {
            checker.name(&step.name);
            checker.file(step.file.as_ref(), step.key_span);
        });
    }

    fn load_var(&mut self, step: &LoadVarStep) {
        self.within(format!(".load_var({})", step.name.value), |checker| {
            checker.name(&step.name);
            checker.declare(&step.name);
            checker.file(step.file.as_ref(), step.key_span);
        });
    }

    fn file(&mut self, file: Option<&Spanned<String>>, span: Span) {
        if file.is_none_or(|file| file.is_empty()) {
            self.error(Rule::MissingFile, "no file specified", span);
        }
    }

    fn across(&mut self, step: &AcrossStep) {
        self.within(".across".into(), |checker| {
            checker.scopes.push(HashMap::new());
            if step.variables.is_empty() {
                checker.error(Rule::Across, "no vars specified", step.key_span);
            }
            for (index, variable) in step.variables.iter().enumerate() {
                checker.within(format!("[{index}]"), |checker| {
                    checker.declare(&variable.name);
                    if let Some(Spanned { value: MaxInFlight::Limit(..=0), span }) = &variable.max_in_flight {
                        let place = ".max_in_flight".into();
                        checker.within(place, |checker| {
                            checker.error(Rule::Across, "must be greater than 0", *span)
                        });
                    }
                });
            }
            checker.config(&step.step);
            checker.scopes.pop();
        });
    }

    fn timeout(&mut self, step: &TimeoutStep) {
        self.config(&step.step);
        if parse_duration(&step.duration).is_err() {
            let message = format!("invalid duration '{}'", step.duration.value);
            self.within(".timeout".into(), |checker| {
                checker.error(Rule::Timeout, message, step.duration.span)
            });
        }
    }

    fn attempts(&mut self, step: &AttemptsStep) {
        self.config(&step.step);
        if *step.attempts <= 0 {
            let place = ".attempts".into();
            self.within(place, |checker| {
                checker.error(Rule::Attempts, "must be greater than 0", step.attempts.span)
            });
        }
    }

    fn name(&mut self, name: &Spanned<String>) {
        match identifier::problem(name, &self.context) {
            // The context is in the message already; Concourse puts it in front once more.
            Some(NameProblem::Empty(message)) => self.error(Rule::EmptyIdentifier, message, name.span),
            Some(NameProblem::Invalid(message)) => {
                self.report.warnings.push(Finding::new(
                    Section::Jobs,
                    Rule::InvalidIdentifier,
                    message,
                    name.span,
                ));
            }
            None => {}
        }
    }

    fn declare(&mut self, name: &Spanned<String>) {
        let (outer, current) = match self.scopes.split_last() {
            Some((current, outer)) => (outer, current),
            None => return,
        };
        if let Some(first) = current.get(&name.value).copied() {
            self.error_with(Rule::RepeatedVariable, "repeated var name", name.span, Some(first));
        } else if outer.iter().any(|scope| scope.contains_key(&name.value)) {
            self.warning(Rule::ShadowedVariable, format!("shadows local var '{}'", name.value), name.span);
        }
        if let Some(current) = self.scopes.last_mut() {
            current.insert(name.value.clone(), name.span);
        }
    }

    fn unknown_fields(&mut self, fields: &[UnknownField]) {
        let Some(first) = fields.first() else { return };
        let names: Vec<String> = fields.iter().map(|field| quote_ascii(&field.name)).collect();
        let message = format!("unknown fields [{}]", names.join(" "));
        self.error(Rule::UnknownField, message, first.span);
    }

    fn within(&mut self, part: String, check: impl FnOnce(&mut Self)) {
        self.context.push(part);
        check(self);
        self.context.pop();
    }

    fn error(&mut self, rule: Rule, message: impl AsRef<str>, span: Span) {
        self.error_with(rule, message, span, None);
    }

    fn error_with(&mut self, rule: Rule, message: impl AsRef<str>, span: Span, first: Option<Span>) {
        let finding = Finding::new(Section::Jobs, rule, self.annotate(message.as_ref()), span);
        let finding = match first {
            Some(first) => finding.with_related(first, "first used here"),
            None => finding,
        };
        self.report.errors.push(finding);
    }

    fn warning(&mut self, rule: Rule, message: impl AsRef<str>, span: Span) {
        let message = self.annotate(message.as_ref());
        self.report.warnings.push(Finding::new(Section::Jobs, rule, message, span));
    }

    fn annotate(&self, message: &str) -> String {
        format!("{}: {message}", self.context.concat())
    }
}
