//! A text of the user's own with values in it.

use kit::{Error, Result};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value};

use crate::secret::FetchedSecret;

/// Renders a template over all values: `secrets["name"].key`, and `secret.key` where there is one secret.
///
/// # Errors
/// When the template has a mistake or names what does not exist.
pub(super) fn render(template: Option<&str>, secrets: &[&FetchedSecret]) -> Result<String> {
    let template =
        template.ok_or_else(|| Error::new("`format: template` needs `template`, the text itself"))?;
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    environment.add_filter("b64encode", |text: String| base64_of(&text));
    let by_name: Map<String, Value> =
        secrets.iter().map(|secret| (secret.name.clone(), Value::Object(secret.object()))).collect();
    let mut context = Map::from_iter([("secrets".to_owned(), Value::Object(by_name))]);
    if let [only] = secrets {
        context.insert("secret".into(), Value::Object(only.object()));
    }
    let context = minijinja::Value::from(minijinja::value::Serde(context));
    environment.render_str(template, context).map_err(|problem| explained(&problem, secrets))
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The library's own text may quote the template's values; its kind and line are enough.
fn explained(problem: &minijinja::Error, secrets: &[&FetchedSecret]) -> Error {
    let line = problem.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let error = Error::new(format!("the template has a mistake{line}: {}", problem.kind()));
    let known: Vec<String> = secrets
        .iter()
        .map(|secret| format!("`secrets[\"{}\"]` with {}", secret.name, secret.key_names()))
        .collect();
    error.hint(format!("it can use {}", known.join("; ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::flat::tests::secret;
    use super::*;

    #[test]
    fn templates_see_all_values_and_refuse_what_is_not_there() {
        let (db, app) =
            (secret("db", json!({"user": "u<", "port": 5432})), secret("team/app", json!({"key": "k"})));
        let text = "{{ secrets.db.user }}:{{ secrets.db.port }} {{ secrets['team/app'].key | b64encode }}\n";
        assert_eq!(render(Some(text), &[&db, &app]).unwrap(), "u<:5432 aw==\n");
        assert_eq!(render(Some("{{ secret.key }}"), &[&app]).unwrap(), "k");
        let missing = render(Some("a\n{{ secrets.db.pasword }}"), &[&db]).unwrap_err();
        assert_eq!(missing.message(), "the template has a mistake in line 2: undefined value");
        assert_eq!(missing.advice(), Some("it can use `secrets[\"db\"]` with `user`, `port`"));
        assert!(render(Some("{% if %}"), &[&db]).is_err() && render(None, &[&db]).is_err());
    }
}
