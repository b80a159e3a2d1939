//! Files and variables that commands take alike.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use pipeline::Source;
use pipeline::vars::{FlyVariables, InvalidFlag, parse_text_flag, parse_yaml_flag, read_variable_file};

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
            let file = read_variable_file(&text).map_err(|error| unusable_file(path, text, &error))?;
            variables.files.push(file.named(path.display().to_string()));
        }
        self.check(instance)?;
        Ok(variables)
    }

    /// Reads each flag, so that the message can say which it was. Values may be secret, so they are not told.
    fn check(&self, instance: &[String]) -> Result<(), Failure> {
        let text = self.text.iter().map(|flag| ("-v", "TEXT", flag, parse_text_flag(flag).err()));
        let yaml = self.yaml.iter().map(|flag| ("-y", "YAML", flag, parse_yaml_flag(flag).err()));
        let instance =
            instance.iter().map(|flag| ("--instance-var", "YAML", flag, parse_yaml_flag(flag).err()));
        let wrong = text.chain(yaml).chain(instance).find_map(|(flag, kind, argument, error)| {
            let name = argument.split_once('=').map_or("…", |(name, _)| name);
            error.map(|error| {
                Failure::new(format!("`{flag} {name}`: {error}"))
                    .with_hint(format!("write `{flag} NAME={kind}`"))
            })
        });
        wrong.map_or(Ok(()), Err)
    }
}

/// Says what is wrong with a file of variables, and in which line.
fn unusable_file(path: &Path, text: String, error: &InvalidFlag) -> Failure {
    let source = Source::new(path.display().to_string(), text);
    let place = pipeline::yaml::read(source.text()).err().map(|error| source.position(error.span.start()));
    let place = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
    Failure::new(format!("could not unmarshal template variables ({}{place}): {error}", source.name()))
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
