//! a source, version or param that the resource does not take

use std::collections::HashSet;

use pipeline::model::{ResourceType, StepConfig, VersionChoice};
use pipeline::yaml::{Map, Node, Value};
use pipeline::{Span, Spanned};

use super::wrong_kind;
use crate::context::{Context, TaskSource};
use crate::schema::{Expectation, SchemaMistake, check as check_schema};
use crate::{Diagnostic, RuleInfo, Severity};
use crate::{TypeSchema, TypeSchemas};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "resource-schema",
    severity: Severity::Error,
    summary: "a source, version or param that the resource does not take",
    explanation: "\
Concourse hands `source`, `params` and `version` to the resource without looking at them. The resource refuses
what it does not know when the build runs, or passes it over in silence.

Known are the types that Concourse brings along and this project's own. For others give a schema:
`--schema TYPE=FILE`, in the form that `--schema` of our resources prints.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    for resource in &pipeline.resources {
        check_source(context, &resource.kind, resource.source.as_ref(), resource.span, found);
        check_pin(context, &resource.kind, resource.version.as_deref(), found);
    }
    for resource_type in &pipeline.resource_types {
        check_source(context, &resource_type.kind, resource_type.source.as_ref(), resource_type.span, found);
    }
    let mut seen = HashSet::new();
    context.each_step(|_, step| match step {
        StepConfig::Get(get) => {
            let Some(resource) = pipeline.resource(get.resource_name()) else { return };
            check_params(context, &resource.kind, get.params.as_ref(), Part::GetParams, found);
            if let Some(VersionChoice::Pinned(pin)) = get.version.as_deref() {
                check_pin(context, &resource.kind, Some(pin), found);
            }
        }
        StepConfig::Put(put) => {
            let Some(resource) = pipeline.resource(put.resource_name()) else { return };
            check_params(context, &resource.kind, put.params.as_ref(), Part::PutParams, found);
            check_params(context, &resource.kind, put.get_params.as_ref(), Part::GetParams, found);
        }
        StepConfig::Task(task) => {
            let Some(source) = context.task_config(task) else { return };
            // A file that several steps name is judged once.
            if source.file == 0 || seen.insert(source.file) {
                check_image(context, &source, found);
            }
        }
        _ => {}
    });
}

/// Checks the image of a task, in the pipeline or in the task's own file.
fn check_image(context: &Context<'_>, source: &TaskSource<'_>, found: &mut Vec<Diagnostic>) {
    let Some(image) = &source.config.image_resource else { return };
    let mut own = Vec::new();
    check_source(context, &image.kind, image.source.as_ref(), image.span, &mut own);
    check_params(context, &image.kind, image.params.as_ref(), Part::GetParams, &mut own);
    check_pin(context, &image.kind, image.version.as_deref(), &mut own);
    found.extend(own.into_iter().map(|diagnostic| diagnostic.in_file(source.file)));
}

#[derive(Clone, Copy)]
enum Part {
    Source,
    GetParams,
    PutParams,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::GetParams => "params of a get",
            Self::PutParams => "params of a put",
        }
    }

    /// Returns the verb in the form that goes with the name.
    fn verb(self, singular: &'static str, plural: &'static str) -> &'static str {
        if matches!(self, Self::Source) { singular } else { plural }
    }
}

/// Returns the schema that counts for a type: that of the type it is made from says nothing of it.
fn schema_of<'run>(context: &Context<'run>, kind: &str) -> Option<&'run TypeSchema> {
    let Some(defined) = context.pipeline().resource_type(kind) else { return context.schemas().get(kind) };
    if let Some(own) = repository_of(defined).and_then(TypeSchemas::own_type_of_image) {
        return context.schemas().get(own);
    }
    // A type that the pipeline defines may be anything, unless its schema was given or its image is known.
    let is_known = !TypeSchemas::is_base_type(kind) || image_is_base(defined);
    is_known.then(|| context.schemas().get(kind)).flatten()
}

fn repository_of(resource_type: &ResourceType) -> Option<&str> {
    resource_type.source.as_ref()?.get("repository")?.as_str()
}

/// Newer releases of base types are often pinned under their own name.
fn image_is_base(resource_type: &ResourceType) -> bool {
    let wanted = format!("concourse/{}-resource", resource_type.name.value);
    repository_of(resource_type) == Some(wanted.as_str())
}

fn check_source(
    context: &Context<'_>,
    kind: &str,
    source: Option<&Node>,
    span: Span,
    found: &mut Vec<Diagnostic>,
) {
    let Some(type_schema) = schema_of(context, kind) else { return };
    let defaults = context.pipeline().resource_type(kind).and_then(|defined| defined.defaults.as_ref());
    let mistakes = match source {
        Some(source) => check_schema(&type_schema.source, source),
        None => check_schema(&type_schema.source, &Node::new(Value::Map(Map::new()), span)),
    };
    for mistake in mistakes {
        let in_defaults = matches!(&mistake.expectation, Expectation::MissingKey(name)
            if defaults.is_some_and(|defaults| defaults.get(name).is_some()));
        if !in_defaults {
            found.push(told(context, &mistake, kind, (Part::Source, type_schema.is_strict)));
        }
    }
}

fn check_params(
    context: &Context<'_>,
    kind: &str,
    params: Option<&Node>,
    part: Part,
    found: &mut Vec<Diagnostic>,
) {
    let (Some(type_schema), Some(params)) = (schema_of(context, kind), params) else { return };
    let schema = match part {
        Part::Source => &type_schema.source,
        Part::GetParams => &type_schema.get_params,
        Part::PutParams => &type_schema.put_params,
    };
    for mistake in check_schema(schema, params) {
        found.push(told(context, &mistake, kind, (part, type_schema.is_strict)));
    }
}

fn check_pin(
    context: &Context<'_>,
    kind: &str,
    pin: Option<&[(Spanned<String>, Spanned<String>)]>,
    found: &mut Vec<Diagnostic>,
) {
    let (Some(type_schema), Some(pin)) = (schema_of(context, kind), pin) else { return };
    let Some(fields) = type_schema.version.get("properties").and_then(|fields| fields.as_object()) else {
        return;
    };
    for (name, _) in pin.iter().filter(|(name, _)| !fields.contains_key(name.as_str())) {
        let message = format!("versions of `{kind}` have no `{}`", name.value);
        let diagnostic = Diagnostic::new(&INFO, message, name.span).label("no version matches");
        let known: Vec<&str> = fields.keys().map(String::as_str).collect();
        found.push(diagnostic.note(format!("they have {}", super::listed(&known))));
    }
}

fn told(
    context: &Context<'_>,
    mistake: &SchemaMistake,
    kind: &str,
    (part, is_strict): (Part, bool),
) -> Diagnostic {
    let place = if mistake.path.is_empty() { String::new() } else { format!("`{}` ", mistake.path) };
    match &mistake.expectation {
        Expectation::UnknownKey { name, known } => {
            let message = format!("the {} of `{kind}` {} no `{name}`", part.name(), part.verb("has", "have"));
            let (severity, effect) = match is_strict {
                true => (Severity::Error, "the resource refuses it"),
                false => (Severity::Warning, "the resource passes over it"),
            };
            let diagnostic = Diagnostic::new(&INFO, message, mistake.span).severity(severity).label(effect);
            super::with_nearest(diagnostic, name, known.iter().map(String::as_str), mistake.span)
        }
        Expectation::MissingKey(name) => {
            let message =
                format!("the {} of `{kind}` {} {place}`{name}`", part.name(), part.verb("needs", "need"));
            Diagnostic::new(&INFO, message, mistake.span)
        }
        Expectation::OneOf(values) => {
            let values: Vec<&str> =
                values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
            let message =
                format!("{place}in the {} of `{kind}` must be {}", part.name(), super::either(&values));
            Diagnostic::new(&INFO, message, mistake.span)
        }
        Expectation::OtherKind { expected, found } => {
            let what = format!("{place}in the {} of `{kind}` must be {expected}", part.name());
            let variable = mistake.from_variable.then(|| context.filled_variable(mistake.span)).flatten();
            match variable {
                Some((reference, _)) => {
                    let message = format!("{what}, and `(({reference}))` gives {found}");
                    wrong_kind::at(context, message, &reference, expected, mistake.span)
                }
                None => Diagnostic::new(&INFO, format!("{what}, and is {found}"), mistake.span),
            }
        }
        // What a variable gave may be secret.
        Expectation::Other { expected, .. } if mistake.from_variable => {
            let what = format!("{place}in the {} of `{kind}` must be {expected}", part.name());
            let written = context.text(mistake.span).lines().next().unwrap_or_default();
            Diagnostic::new(&INFO, format!("{what}, and `{written}` is not"), mistake.span)
        }
        Expectation::Other { expected, found } => {
            let message =
                format!("{place}in the {} of `{kind}` must be {expected}, and is {found}", part.name());
            Diagnostic::new(&INFO, message, mistake.span)
        }
    }
}
