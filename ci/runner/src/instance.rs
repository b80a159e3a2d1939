//! What an instance of a pipeline is called.

use pipeline::vars::Reference;
use pipeline::yaml::{self, Map, Node, Value};

/// Returns a pipeline's name with the variables that make it an instance, as Concourse shows it: `app/branch:main,pr:7`.
/// Maps are taken apart into their fields, texts that could be read as something else are quoted.
pub fn instance_name(name: &str, instance: Option<&Map>) -> String {
    let mut variables = Vec::new();
    for entry in instance.into_iter().flatten() {
        flatten(&Reference::to_path(entry.name()), &entry.value, &mut variables);
    }
    if variables.is_empty() {
        return name.to_owned();
    }
    variables.sort();
    format!("{name}/{}", variables.join(","))
}

fn flatten(reference: &Reference, value: &Node, into: &mut Vec<String>) {
    let Some(map) = value.as_map() else {
        into.push(format!("{reference}:{}", shown(value)));
        return;
    };
    for entry in map {
        let mut field = reference.clone();
        field.fields.push(entry.name().to_owned());
        flatten(&field, &entry.value, into);
    }
}

fn shown(value: &Node) -> String {
    match value.as_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        _ => value.to_compact_json(),
    }
}

/// Returns whether a text stays the same text when it is read without quotes.
fn is_plain(text: &str) -> bool {
    let read = yaml::read(text).ok().and_then(|document| document.root);
    let is_text = read.is_some_and(|node| matches!(node.value, Value::String(_)));
    is_text && !text.contains([',', ':', ' ', '/', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_called_as_in_concourse() {
        let cases = [
            ("{}", "app"),
            ("{branch: main}", "app/branch:main"),
            ("{pr: 7, branch: main}", "app/branch:main,pr:7"),
            ("{version: '7', on: true, none: null}", r#"app/none:null,true:true,version:"7""#),
            (
                "{branch: feature/x, text: a b, time: '1:2'}",
                r#"app/branch:"feature/x",text:"a b",time:"1:2""#,
            ),
            ("{a: {c: 1, b: {d: x}}, list: [1, x]}", r#"app/a.b.d:x,a.c:1,list:[1,"x"]"#),
            ("{'a.b': {'c:d': x}}", r#"app/"a.b"."c:d":x"#),
            ("{'': x, empty: ''}", r#"app/:x,empty:"""#),
        ];
        for (variables, expected) in cases {
            let root = yaml::read(variables).unwrap().root.unwrap();
            assert_eq!(instance_name("app", root.as_map()), expected, "{variables}");
        }
        assert_eq!(instance_name("app", None), "app");
    }
}
