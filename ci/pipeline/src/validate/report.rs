//! What validation found.

use crate::source::Span;

/// Errors and warnings, in Concourse's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What Concourse refuses.
    pub errors: Vec<Finding>,
    /// What it warns about; `--strict` refuses these too.
    pub warnings: Vec<Finding>,
}

/// Something that Concourse finds wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The part of the pipeline that was looked at.
    pub section: Section,
    /// Which rule found it.
    pub rule: Rule,
    /// Concourse's line, with the location in front where it has one.
    pub message: String,
    /// The most telling place.
    pub span: Span,
    /// Other places that matter, with what they are.
    pub related: Vec<(Span, &'static str)>,
}

/// The parts of a pipeline that are looked at one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `groups`
    Groups,
    /// `resources`
    Resources,
    /// `resource_types`
    ResourceTypes,
    /// `prototypes`
    Prototypes,
    /// `var_sources`
    VarSources,
    /// `jobs`
    Jobs,
    /// `display`
    Display,
    /// The ways from job to job.
    Cycles,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A name that is no identifier; a warning but for messages to prototypes.
    InvalidIdentifier,
    /// No name.
    EmptyIdentifier,
    /// Two things of one kind with the same name.
    DuplicateName,
    /// A resource, type or prototype without a type.
    MissingType,
    /// A group's glob that cannot be read or matches nothing.
    GroupJobs,
    /// A group with a resource that does not exist.
    GroupResources,
    /// A job that no group shows, where there are groups.
    UngroupedJob,
    /// A resource that no step names.
    UnusedResource,
    /// A resource that a step names and that does not exist.
    UnknownResource,
    /// A prototype that a step names and that does not exist.
    UnknownPrototype,
    /// No jobs at all.
    NoJobs,
    /// Settings of `build_log_retention` and `build_logs_to_retain`.
    BuildLogRetention,
    /// Keys that a step or task config does not have.
    UnknownField,
    /// A task that is not whole.
    TaskConfig,
    /// A task with two images.
    ImageOverridden,
    /// `hermetic:`, which only one container runtime knows.
    Hermetic,
    /// A job that `passed` names and that does not exist.
    PassedJob,
    /// A job that `passed` names and that does nothing with the resource.
    PassedResource,
    /// No file.
    MissingFile,
    /// `across` without variables, or with limits that are none.
    Across,
    /// A variable that its scope already has.
    RepeatedVariable,
    /// A variable of an outer scope that is hidden.
    ShadowedVariable,
    /// `timeout` that is no duration.
    Timeout,
    /// `attempts` below one.
    Attempts,
    /// A variable source that is not whole.
    VarSource,
    /// A background image.
    Display,
    /// A way from a job back to itself.
    Cycle,
}

impl Section {
    /// Returns the name that Concourse gives the section.
    pub fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Resources => "resources",
            Self::ResourceTypes => "resource types",
            Self::Prototypes => "prototypes",
            Self::VarSources => "variable sources",
            Self::Jobs | Self::Cycles => "jobs",
            Self::Display => "display config",
        }
    }
}

impl Rule {
    /// Returns the rule's name, as lint prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidIdentifier => "invalid-identifier",
            Self::EmptyIdentifier => "empty-identifier",
            Self::DuplicateName => "duplicate-name",
            Self::MissingType => "missing-type",
            Self::GroupJobs => "group-jobs",
            Self::GroupResources => "group-resources",
            Self::UngroupedJob => "ungrouped-job",
            Self::UnusedResource => "unused-resource",
            Self::UnknownResource => "unknown-resource",
            Self::UnknownPrototype => "unknown-prototype",
            Self::NoJobs => "no-jobs",
            Self::BuildLogRetention => "build-log-retention",
            Self::UnknownField => "unknown-field",
            Self::TaskConfig => "task-config",
            Self::ImageOverridden => "image-overridden",
            Self::Hermetic => "hermetic",
            Self::PassedJob => "passed-job",
            Self::PassedResource => "passed-resource",
            Self::MissingFile => "missing-file",
            Self::Across => "across",
            Self::RepeatedVariable => "repeated-variable",
            Self::ShadowedVariable => "shadowed-variable",
            Self::Timeout => "timeout",
            Self::Attempts => "attempts",
            Self::VarSource => "var-source",
            Self::Display => "display",
            Self::Cycle => "cycle",
        }
    }
}

impl Report {
    /// Returns whether Concourse accepts the pipeline, with or without warnings.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns the errors as the server and fly print them: `invalid <section>:` and indented lines,
    /// one text a section.
    pub fn error_messages(&self) -> Vec<String> {
        let mut messages: Vec<(Section, String)> = Vec::new();
        for error in &self.errors {
            let line = error.message.replace('\n', "\n\t");
            match messages.last_mut() {
                Some((section, message)) if *section == error.section => {
                    message.push_str(&format!("\t{line}\n"))
                }
                _ => messages.push((error.section, format!("invalid {}:\n\t{line}\n", error.section.name()))),
            }
        }
        messages.into_iter().map(|(_, message)| message).collect()
    }

    pub(super) fn error(&mut self, section: Section, rule: Rule, message: impl Into<String>, span: Span) {
        self.errors.push(Finding::new(section, rule, message, span));
    }
}

impl Finding {
    pub(super) fn new(section: Section, rule: Rule, message: impl Into<String>, span: Span) -> Self {
        Self { section, rule, message: message.into(), span, related: Vec::new() }
    }

    pub(super) fn with_related(mut self, span: Span, label: &'static str) -> Self {
        self.related.push((span, label));
        self
    }
}
