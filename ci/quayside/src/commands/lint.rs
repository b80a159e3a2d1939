//! `quayside lint`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use lint::{
    Diagnostic, Linted, Options, Severity, TypeSchema, TypeSchemas, all_rules, apply_fixes, find_rule, lint,
    nearest_rule,
};

use crate::execution::schema_of_image;
use crate::failure::{FOUND, Failure};
use crate::inputs::{VariableFlags, read_source, read_text};
use crate::lint_output::{self, Counts};
use crate::output::Output;
use crate::task_files::Folders;

/// Finds mistakes in pipelines.
///
/// Says what `fly validate-pipeline --strict` and the server say, in their words, and what they do not see:
/// keys that resources do not take, task files that do not fit, artifacts that are not there, YAML 1.1's traps.
///
/// Exit status: 0 when nothing worse than hints was found, 1 for errors and warnings, 2 when it could not look.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside lint ci/pipeline.yml
  quayside lint -l vars.yml --fix ci/pipeline.yml
  quayside lint -l vars.yml --all-variables ci/pipeline.yml
  quayside lint --format sarif ci/*.yml > lint.sarif
  quayside lint --explain changed-value

A comment allows a finding: `# lint: allow(RULE) the reason`, on the line or the one above.")]
pub(crate) struct LintArgs {
    /// The pipelines; `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["explain", "rules"])]
    files: Vec<PathBuf>,
    /// How to tell what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Makes the changes that surely do what was meant, then tells what is left.
    #[arg(long)]
    fix: bool,
    /// Tells hints as well.
    #[arg(long)]
    hints: bool,
    /// Leaves warnings out of the exit status.
    #[arg(long)]
    warnings_pass: bool,
    /// Wants a value for every variable, as where no credential manager gives the others.
    #[arg(long)]
    all_variables: bool,
    /// Leaves a rule out.
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Takes a resource type's schema from a file, or from what the type's image prints: `TYPE=image:NAME:TAG`.
    #[arg(long, value_name = "TYPE=FILE")]
    schema: Vec<String>,
    /// Looks for the files of an artifact in a folder.
    #[arg(long, value_name = "NAME=FOLDER")]
    artifact: Vec<String>,
    /// Tells what a rule is for.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
    /// Lists the rules.
    #[arg(long)]
    rules: bool,
    #[command(flatten)]
    variables: VariableFlags,
}

/// The forms in which findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the lines and a caret, for people.
    Text,
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
}

impl LintArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        if let Some(rule) = &self.explain {
            return explain(rule, output);
        }
        if self.rules {
            return list_rules(output);
        }
        self.check_rule_names()?;
        let variables = self.variables.read()?;
        let schemas = self.schemas(output)?;
        let artifacts = pairs(&self.artifact, "--artifact")?;
        let mut all = Vec::new();
        for file in &self.files {
            let folders = Folders::new(artifacts.clone(), file);
            let options = Options {
                schemas: &schemas,
                task_files: Some(&folders),
                variables: &variables,
                all_variables: self.all_variables,
            };
            all.push(self.lint_file(file, &options, output)?);
        }
        let counts = Counts::of(&all);
        let left_out = lint_output::cap(&mut all);
        lint_output::write(self.format, &mut all, (&counts, &left_out), output)?;
        let failed = counts.errors > 0 || (counts.warnings > 0 && !self.warnings_pass);
        Ok(if failed { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
    }

    fn lint_file(&self, file: &Path, options: &Options<'_>, output: &mut Output) -> Result<Linted, Failure> {
        let mut linted = lint(read_source(file)?, options);
        if self.fix {
            let (fixed, changes) = apply_fixes(linted.sources[0].text(), 0, &linted.diagnostics);
            if changes > 0 {
                write_fixed(file, &fixed)?;
                output.complain(&format!("{}: {changes} change(s) made", file.display()));
                linted = lint(read_source(file)?, options);
            }
        }
        linted.diagnostics.retain(|diagnostic| self.is_wanted(diagnostic));
        Ok(linted)
    }

    fn is_wanted(&self, diagnostic: &Diagnostic) -> bool {
        let is_allowed = self.allow.iter().any(|rule| rule == diagnostic.rule.name);
        !is_allowed && (self.hints || diagnostic.severity > Severity::Hint)
    }

    fn check_rule_names(&self) -> Result<(), Failure> {
        match self.allow.iter().find(|name| find_rule(name).is_none()) {
            Some(name) => Err(unknown_rule(name)),
            None => Ok(()),
        }
    }

    fn schemas(&self, output: &mut Output) -> Result<TypeSchemas, Failure> {
        let mut schemas = TypeSchemas::new();
        for (name, place) in pairs(&self.schema, "--schema")? {
            let image = place.to_str().and_then(|place| place.strip_prefix("image:"));
            let text = match image {
                Some(image) => schema_of_image(image, output)?,
                None => read_text(&place)?,
            };
            let schema = TypeSchema::parse(&text)
                .map_err(|error| Failure::new(format!("`{}` {error}", place.display())))?;
            schemas.insert(name, schema);
        }
        Ok(schemas)
    }
}

fn write_fixed(file: &Path, text: &str) -> Result<(), Failure> {
    if file.as_os_str() == "-" {
        return Err(Failure::new("standard input cannot be changed").with_hint("name a file for --fix"));
    }
    fs::write(file, text).map_err(|error| Failure::new(format!("cannot write `{}`: {error}", file.display())))
}

fn pairs(arguments: &[String], flag: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
    let pair = |argument: &String| match argument.split_once('=') {
        Some((name, path)) if !name.is_empty() => Ok((name.to_owned(), PathBuf::from(path))),
        _ => Err(Failure::new(format!("`{flag} {argument}` is not NAME=PATH"))),
    };
    arguments.iter().map(pair).collect()
}

fn unknown_rule(name: &str) -> Failure {
    let hint = match nearest_rule(name) {
        Some(near) => format!("did you mean `{near}`? `quayside lint --rules` lists them"),
        None => "`quayside lint --rules` lists them".into(),
    };
    Failure::new(format!("there is no rule `{name}`")).with_hint(hint)
}

fn explain(name: &str, output: &mut Output) -> Result<ExitCode, Failure> {
    let rule = find_rule(name).ok_or_else(|| unknown_rule(name))?;
    output.line(&format!(
        "{} ({}): {}\n\n{}",
        rule.name,
        rule.severity.name(),
        rule.summary,
        rule.explanation.trim_end()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn list_rules(output: &mut Output) -> Result<ExitCode, Failure> {
    for rule in all_rules() {
        output.line(&format!("{:<26} {:<8} {}", rule.name, rule.severity.name(), rule.summary))?;
    }
    Ok(ExitCode::SUCCESS)
}
