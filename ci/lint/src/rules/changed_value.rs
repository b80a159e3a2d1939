//! a value that becomes another text under YAML 1.1

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;
use pipeline::yaml::{Node, Origin, Style, Value, means};
use pipeline::{Span, Spanned};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "changed-value",
    severity: Severity::Warning,
    summary: "a value that becomes another text under YAML 1.1",
    explanation: "\
Values of params, sources and variables go through YAML 1.1 and 64 bit floats. What is not quoted changes:

    params: {VERSION: 1.10, MODE: 0777, FLAG: yes}      # 1.1, 511, true

Put the value in quotes where the text matters. Params of tasks are always text, so there quotes are
always right.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    let jobs = pipeline.jobs.iter().map(|job| ("job", &job.name));
    let resources = pipeline.resources.iter().map(|resource| ("resource", &resource.name));
    let types = pipeline.resource_types.iter().map(|kind| ("type", &kind.name));
    jobs.chain(resources).chain(types).for_each(|(what, name)| check_name(context, what, name, found));
    context.each_step(|_, step| {
        if let StepConfig::Task(task) = step {
            let params = task.params.iter().chain(task.config.iter().flat_map(|config| &config.params));
            params.for_each(|param| check_param(context, param.value.span, &param.value, found));
        }
    });
    for part in values(context) {
        part.walk(&mut |node| check_number(context, node, found));
    }
}

/// A job called `n` is the job `false`.
fn check_name(context: &Context<'_>, what: &str, name: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let written = context.text(name.span);
    let Some(meaning) = means(written).filter(|_| written != name.value) else { return };
    found.push(
        Diagnostic::new(&INFO, format!("`{written}` is {meaning} in YAML 1.1"), name.span)
            .label(format!("the {what} is called `{}`", name.value))
            .suggestion("put the name in quotes", name.span, format!("\"{written}\"")),
    );
}

/// Params of tasks are text, whatever they are written as.
fn check_param(context: &Context<'_>, span: Span, value: &str, found: &mut Vec<Diagnostic>) {
    let written = context.text(span);
    let Some(meaning) = means(written) else { return };
    if written == value || meaning == "null" {
        return;
    }
    found.push(
        Diagnostic::new(&INFO, format!("`{written}` is {meaning} in YAML 1.1"), span)
            .label(format!("the task gets `{value}`"))
            .safe_fix("put the value in quotes", span, format!("\"{written}\"")),
    );
}

/// Numbers whose form gets lost. A plain `5` and a plain `true` stay what they are.
fn check_number(context: &Context<'_>, node: &Node, found: &mut Vec<Diagnostic>) {
    let Value::Number(number) = &node.value else { return };
    let written = context.text(node.span);
    if node.style != Style::Plain || node.origin == Origin::Variable || written == number.to_text() {
        return;
    }
    let message = format!("`{written}` is the number {} in YAML 1.1", number.to_text());
    found.push(
        Diagnostic::new(&INFO, message, node.span).label(format!("becomes {}", number.to_text())).suggestion(
            "put the value in quotes",
            node.span,
            format!("\"{written}\""),
        ),
    );
}

/// The values that Concourse hands on without looking at them.
fn values<'run>(context: &Context<'run>) -> Vec<&'run Node> {
    let pipeline = context.pipeline();
    let mut values: Vec<&Node> =
        pipeline.resources.iter().filter_map(|resource| resource.source.as_ref()).collect();
    for resource_type in &pipeline.resource_types {
        values.extend(
            [&resource_type.source, &resource_type.defaults, &resource_type.params].into_iter().flatten(),
        );
    }
    context.each_step(|_, step| match step {
        StepConfig::Get(get) => values.extend(&get.params),
        StepConfig::Put(put) => values.extend(put.params.iter().chain(&put.get_params)),
        StepConfig::Task(task) => {
            let image = task.config.as_ref().and_then(|config| config.image_resource.as_ref());
            values.extend(image.and_then(|image| image.source.as_ref()).into_iter().chain(&task.vars));
        }
        StepConfig::SetPipeline(step) => values.extend(step.vars.iter().chain(&step.instance_vars)),
        StepConfig::Across(across) => {
            values.extend(across.variables.iter().filter_map(|variable| variable.values.as_ref()));
        }
        _ => {}
    });
    values
}
