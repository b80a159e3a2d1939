//! Tables of keys for the documentation, made from a schema.

use std::fmt::Write;

use serde_json::Value;

/// Returns a Markdown table of a schema's keys: name, type, default, meaning. Nested keys follow their parent as
/// `parent.key`, or `parent[].key` in lists.
pub fn reference(schema: &Value) -> String {
    let mut table = String::from("| key | type | default | meaning |\n|---|---|---|---|\n");
    Writer { root: schema, table: &mut table }.object(schema, "", 0);
    table
}

/// Returns `page` with the text between `<!-- name -->` and `<!-- /name -->` replaced; `None` without the marks.
pub fn replace_section(page: &str, name: &str, text: &str) -> Option<String> {
    let open = format!("<!-- {name} -->");
    let close = format!("<!-- /{name} -->");
    let start = page.find(&open)? + open.len();
    let end = start + page[start..].find(&close)?;
    Some(format!("{}\n{}\n{}", &page[..start], text.trim_end(), &page[end..]))
}

/// Types that contain themselves are cut here.
const DEEPEST: usize = 4;

struct Writer<'a> {
    root: &'a Value,
    table: &'a mut String,
}

impl<'a> Writer<'a> {
    fn object(&mut self, schema: &'a Value, prefix: &str, depth: usize) {
        let schema = self.resolve(schema);
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let key = format!("{prefix}{name}");
            self.row(&key, field, required.contains(&name.as_str()));
            if depth < DEEPEST {
                self.below(field, &key, depth);
            }
        }
        if depth < DEEPEST {
            for part in ["oneOf", "anyOf", "allOf"] {
                for variant in schema.get(part).and_then(Value::as_array).into_iter().flatten() {
                    self.object(variant, prefix, depth + 1);
                }
            }
        }
    }

    fn below(&mut self, field: &'a Value, key: &str, depth: usize) {
        for part in self.variants(field) {
            if let Some(items) = part.get("items") {
                self.object(items, &format!("{key}[]."), depth + 1);
            } else if let Some(values) = part.get("additionalProperties").filter(|values| values.is_object())
            {
                self.object(values, &format!("{key}.*."), depth + 1);
            }
            if part.get("properties").is_some() {
                self.object(part, &format!("{key}."), depth + 1);
            }
        }
    }

    fn row(&mut self, key: &str, field: &'a Value, required: bool) {
        let default = match field.get("default") {
            _ if required => "required".to_owned(),
            None | Some(Value::Null) => String::new(),
            Some(value) if value == "" || *value == Value::Array(vec![]) => String::new(),
            Some(value) => format!("`{value}`"),
        };
        let resolved = self.resolve(field);
        let description = field.get("description").or_else(|| resolved.get("description"));
        let mut meaning = description.and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        let aliases = field.get("x-aliases").and_then(Value::as_array).into_iter().flatten();
        let aliases: Vec<_> = aliases.filter_map(Value::as_str).map(|alias| format!("`{alias}`")).collect();
        if !aliases.is_empty() {
            let _ = write!(meaning, " Also accepted as {}.", aliases.join(", "));
        }
        let kind = self.kind(field, 0);
        let _ =
            writeln!(self.table, "| `{key}` | {kind} | {default} | {} |", meaning.trim().replace('|', "\\|"));
    }

    fn kind(&self, field: &Value, depth: usize) -> String {
        let field = self.resolve_any(field);
        if field.get("writeOnly").is_some() {
            return "secret".into();
        }
        if field.get("x-flag").is_some() {
            return "boolean".into();
        }
        if let Some(values) = field.get("enum").and_then(Value::as_array) {
            return values.iter().map(code).collect::<Vec<_>>().join(" \\| ");
        }
        if let Some(value) = field.get("const") {
            return code(value);
        }
        if let Some(variants) = ["oneOf", "anyOf"].iter().find_map(|name| field.get(*name)?.as_array()) {
            let mut kinds: Vec<String> = Vec::new();
            for kind in
                variants.iter().filter(|_| depth < DEEPEST).map(|variant| self.kind(variant, depth + 1))
            {
                if kind != "null" && !kind.is_empty() && !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            return kinds.join(" \\| ");
        }
        let names: Vec<&str> = match field.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        // A text that tolerates forgotten quotes is a text to the reader.
        if names == ["string", "number", "boolean"] {
            return "text".into();
        }
        let names = names.into_iter().filter(|name| *name != "null").map(|name| match name {
            "string" => "text".to_owned(),
            "object" => "map".to_owned(),
            "array" => {
                let each = field.get("items").map(|items| self.kind(items, depth + 1)).unwrap_or_default();
                format!("list of {each}").trim_end_matches(" of ").to_owned()
            }
            other => other.to_owned(),
        });
        names.collect::<Vec<_>>().join(" \\| ")
    }

    fn variants(&self, field: &'a Value) -> Vec<&'a Value> {
        let field = self.resolve(field);
        let mut parts = vec![field];
        for group in ["oneOf", "anyOf", "allOf"] {
            let inner = field.get(group).and_then(Value::as_array).into_iter().flatten();
            parts.extend(inner.map(|part| self.resolve(part)));
        }
        parts
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.and_then(|reference| self.root.pointer(reference.trim_start_matches('#'))).unwrap_or(schema)
    }

    fn resolve_any<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.and_then(|reference| self.root.pointer(reference.trim_start_matches('#'))).unwrap_or(schema)
    }
}

fn code(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_between_its_marks() {
        let page = "a\n<!-- keys -->\nold\n<!-- /keys -->\nb\n";
        let replaced = replace_section(page, "keys", "new\n").unwrap();
        assert_eq!(replaced, "a\n<!-- keys -->\nnew\n<!-- /keys -->\nb\n");
        assert_eq!(replace_section(page, "other", "x"), None);
    }
}
