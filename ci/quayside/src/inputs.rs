//! Files and variables that commands take alike.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use pipeline::Source;
use pipeline::vars::{FlyVariables, read_variable_file};

use crate::failure::Failure;

/// How large a pipeline or file of variables may be, in bytes.
const MAX_FILE_BYTES: u64 = pipeline::yaml::MAX_BYTES as u64;

/// Values for variables, as `fly set-pipeline` takes them.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Variables")]
pub(crate) struct VariableFlags {
    #[command(flatten)]
    values: ValueFlags,
    /// Gives a variable of the pipeline's instance a YAML value; over -v and -y.
    #[arg(id = "variable_instance", short = 'i', long = "instance-var", value_name = "NAME=YAML")]
    instance: Vec<String>,
}

/// Values for variables where `-i` means an input.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Variables")]
pub(crate) struct RunVariableFlags {
    #[command(flatten)]
    values: ValueFlags,
    /// Gives a variable of the pipeline's instance a YAML value; over -v and -y.
    #[arg(id = "variable_instance", long = "instance-var", value_name = "NAME=YAML")]
    instance: Vec<String>,
}

/// Values for variables that commands take alike.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ValueFlags {
    /// Gives a variable a text.
    #[arg(id = "variable_text", short = 'v', long = "var", value_name = "NAME=TEXT")]
    text: Vec<String>,
    /// Gives a variable a YAML value; over -v.
    #[arg(id = "variable_yaml", short = 'y', long = "yaml-var", value_name = "NAME=YAML")]
    yaml: Vec<String>,
    /// Takes variables from a file; the last file goes first, flags go before files.
    #[arg(id = "variable_files", short = 'l', long = "load-vars-from", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl VariableFlags {
    /// Reads the files, and takes the flags as they stand.
    pub(crate) fn read(&self) -> Result<FlyVariables, Failure> {
        self.values.read(&self.instance)
    }
}

impl RunVariableFlags {
    /// Reads the files, and takes the flags as they stand.
    pub(crate) fn read(&self) -> Result<FlyVariables, Failure> {
        self.values.read(&self.instance)
    }
}

impl ValueFlags {
    /// Reads the files, and takes the flags as they stand.
    pub(crate) fn read(&self, instance: &[String]) -> Result<FlyVariables, Failure> {
        let mut variables = FlyVariables {
            text: self.text.clone(),
            yaml: self.yaml.clone(),
            instance: instance.to_vec(),
            files: Vec::new(),
        };
        for path in &self.files {
            let text = read_text(path)?;
            let file = read_variable_file(&text).map_err(|error| {
                let name = path.display();
                Failure::new(format!("could not unmarshal template variables ({name}): {error}"))
            })?;
            variables.files.push(file.named(path.display().to_string()));
        }
        variables.sets().map_err(Failure::new)?;
        Ok(variables)
    }
}

/// Splits `NAME=VALUE`, as many flags have it.
pub(crate) fn pair<'flag>(argument: &'flag str, flag: &str) -> Result<(&'flag str, &'flag str), Failure> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name, value)),
        _ => Err(Failure::new(format!("`{flag} {argument}` has no name or no value"))
            .with_hint(format!("write `{flag} NAME=VALUE`"))),
    }
}

/// Reads a pipeline; `-` is standard input.
pub(crate) fn read_source(path: &Path) -> Result<Source, Failure> {
    Ok(Source::new(path.display().to_string(), read_text(path)?))
}

/// Reads a text of limited size; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let fail =
        |error: &dyn std::fmt::Display| Failure::new(format!("cannot read `{}`: {error}", path.display()));
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| fail(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(fail(&format!("it is larger than {MAX_FILE_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        fail(&format!("it is not UTF-8 (at byte {at})")).with_hint("save the file as UTF-8")
    })
}
