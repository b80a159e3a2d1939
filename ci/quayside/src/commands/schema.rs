//! `quayside schema`.

use std::process::ExitCode;

use clap::Args;
use lint::{TypeSchema, TypeSchemas};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::output::Output;

const PIPELINE: &str = include_str!("../../data/pipeline.schema.json");
const TASK: &str = include_str!("../../data/task.schema.json");

/// Prints the JSON Schema of pipelines, tasks or a resource type, for editors.
///
/// With yaml-language-server, write at the top of a pipeline:
/// `# yaml-language-server: $schema=./pipeline.schema.json`
#[derive(Args)]
#[command(after_help = "Examples:
  quayside schema pipeline > pipeline.schema.json
  quayside schema task > task.schema.json
  quayside schema git")]
pub(crate) struct SchemaArgs {
    /// `pipeline`, `task`, or the name of a resource type.
    what: String,
}

impl SchemaArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let schemas = TypeSchemas::new();
        let schema = match self.what.as_str() {
            "pipeline" => pipeline_schema(&schemas)?,
            "task" => parsed(TASK)?,
            name => match schemas.get(name) {
                Some(schema) => type_schema(name, schema),
                None => {
                    let known = schemas.names().join(", ");
                    let hint = format!("there are pipeline, task, {known}");
                    return Err(Failure::new(format!("there is no schema of `{name}`")).with_hint(hint));
                }
            },
        };
        output.line(&format!("{schema:#}"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the pipeline's schema, with what is known of resource types put in.
fn pipeline_schema(schemas: &TypeSchemas) -> Result<Json, Failure> {
    let mut schema = parsed(PIPELINE)?;
    let mut task = parsed(TASK)?;
    if let Some(task) = task.as_object_mut() {
        task.remove("$schema");
        task.remove("$id");
    }
    let mut choices = Vec::new();
    for name in schemas.names() {
        let Some(known) = schemas.get(name) else { continue };
        let mut source = known.source.clone();
        let definitions = source.as_object_mut().and_then(|source| source.remove("$defs"));
        move_references(&mut source, name);
        choices.push(json!({
            "if": { "properties": { "type": { "const": name } }, "required": ["type"] },
            "then": { "properties": { "source": open_to_variables(source) } },
        }));
        for (definition, mut body) in definitions.iter().filter_map(Json::as_object).flatten().map(owned) {
            move_references(&mut body, name);
            schema["$defs"][moved(name, &definition)] = body;
        }
    }
    schema["$defs"]["task_config"] = task;
    schema["$defs"]["source_by_type"] = json!({ "allOf": choices });
    Ok(schema)
}

fn owned((name, body): (&String, &Json)) -> (String, Json) {
    (name.clone(), body.clone())
}

/// Names a definition of a type's schema among those of the pipeline's.
fn moved(type_name: &str, definition: &str) -> String {
    format!("{type_name}_{definition}")
}

/// Points references at the definitions' new names.
fn move_references(schema: &mut Json, type_name: &str) {
    match schema {
        Json::Object(fields) => {
            if let Some(Json::String(target)) = fields.get_mut("$ref")
                && let Some(definition) = target.strip_prefix("#/$defs/")
            {
                *target = format!("#/$defs/{}", moved(type_name, definition));
            }
            fields.values_mut().for_each(|value| move_references(value, type_name));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| move_references(item, type_name)),
        _ => {}
    }
}

fn type_schema(name: &str, schema: &TypeSchema) -> Json {
    json!({
        "name": name,
        "strict": schema.is_strict,
        "source": schema.source,
        "version": schema.version,
        "get_params": schema.get_params,
        "put_params": schema.put_params,
    })
}

/// Lets a variable stand for every value, since editors check the text before any is filled in.
fn open_to_variables(mut schema: Json) -> Json {
    let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) else { return schema };
    for property in properties.values_mut() {
        let description = property.get("description").cloned();
        let inner = property.take();
        *property = json!({ "anyOf": [inner, { "type": "string", "pattern": "\\(\\(.*\\)\\)" }] });
        if let Some(description) = description {
            property["description"] = description;
        }
    }
    schema
}

fn parsed(text: &str) -> Result<Json, Failure> {
    serde_json::from_str(text).map_err(Failure::new)
}
