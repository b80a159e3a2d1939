//! Values files with `{{ … }}` in them.

use std::collections::BTreeMap;

use kit::build::BuildMetadata;
use kit::{Context, Error, Inputs, Result, Text};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};

const LARGEST: u64 = 16 * 1024 * 1024;

/// Renders a template of the inputs with the build's metadata, variables and files of the inputs.
pub(super) fn render(
    inputs: &Inputs,
    path: &str,
    vars: &BTreeMap<String, Text>,
    build: &BuildMetadata,
) -> Result<String> {
    let source = inputs.read_text(path, LARGEST)?;
    let mut environment = Environment::new();
    // A misspelt name is an error and not an empty value.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let files = inputs.clone();
    environment.add_function("file", move |name: String| {
        let text = files.read_text(&name, LARGEST);
        let text =
            text.map_err(|problem| minijinja::Error::new(ErrorKind::InvalidOperation, problem.to_string()))?;
        Ok(text.trim_end_matches('\n').to_owned())
    });
    let build = build.clone();
    let build = context! {
        id => build.id, name => build.name, job => build.job, pipeline => build.pipeline, team => build.team,
        url => build.url, created_by => build.created_by,
    };
    let vars =
        minijinja::Value::from_pairs(vars.iter().map(|(name, value)| (name.clone(), value.to_string())));
    let rendered = environment.render_str(&source, context! { build, vars });
    rendered
        .map_err(|problem| {
            let line = problem.line().map(|line| format!(" (line {line})")).unwrap_or_default();
            let detail = problem.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
            Error::new(format!("{}{detail}{line}", problem.kind()))
        })
        .context(|| format!("the template `{path}` can't be rendered"))
        .hint(|| "it knows `build.*`, `vars.*` and `file(\"path\")`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_sees_build_variables_and_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("version"), "1.2\n").unwrap();
        let write = |text: &str| std::fs::write(folder.path().join("values.yaml"), text).unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        let vars = BTreeMap::from([("env".to_owned(), Text::from("test"))]);
        let build = BuildMetadata { job: Some("deploy".into()), ..BuildMetadata::default() };
        write("a: {{ vars.env }}-{{ build.job }}\nv: \"{{ file('version') }}\"\n");
        assert_eq!(render(&inputs, "values.yaml", &vars, &build).unwrap(), "a: test-deploy\nv: \"1.2\"");
        write("a: 1\nb: {{ vars.envv }}");
        let error = render(&inputs, "values.yaml", &vars, &build).unwrap_err();
        assert!(error.to_string().contains("(line 2)"), "{error}");
        write("{{ file('/etc/passwd') }}");
        assert!(render(&inputs, "values.yaml", &vars, &build).is_err());
    }
}
