//! The values known when a pipeline is set: by `fly`, and by a `set_pipeline` step.

use super::flags::{keep_digits, make_floats};
use super::{
    Chain, InvalidFlag, Pair, Reference, StaticVariables, expand, flatten, parse_text_flag, parse_yaml_flag,
};
use crate::yaml::{self, Map, Node, Value};

/// A file of variables, read already.
#[derive(Clone, Debug)]
pub struct VariableFile {
    /// The name that messages give it, usually its path; may be empty.
    pub name: String,
    /// Its variables.
    pub variables: Map,
}

/// What `fly set-pipeline` takes: flags and files, as they stand on the command line.
#[derive(Clone, Debug, Default)]
pub struct FlyVariables {
    /// Arguments of `-v`.
    pub text: Vec<String>,
    /// Arguments of `-y`.
    pub yaml: Vec<String>,
    /// Arguments of `-i`.
    pub instance: Vec<String>,
    /// Files of `-l`.
    pub files: Vec<VariableFile>,
}

/// What gives a variable its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver<'variables> {
    /// `-v`, which always gives text.
    TextFlag,
    /// `-y`
    YamlFlag,
    /// `-i`
    InstanceFlag,
    /// A file of `-l`, by its name.
    File(&'variables str),
}

impl VariableFile {
    /// Gives the file the name that messages use.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl FlyVariables {
    /// Returns what gives a variable its value; nothing when nothing does.
    pub fn giver(&self, reference: &Reference) -> Option<Giver<'_>> {
        if reference.source.is_some() {
            return None;
        }
        let flags = [
            (&self.instance, Giver::InstanceFlag),
            (&self.yaml, Giver::YamlFlag),
            (&self.text, Giver::TextFlag),
        ];
        let given: Vec<(Reference, Giver<'_>)> = flags
            .into_iter()
            .flat_map(|(arguments, giver)| {
                let names =
                    arguments.iter().rev().filter_map(|argument| argument.split_once('=')?.0.parse().ok());
                names.map(move |name| (name, giver))
            })
            .filter(|(name, _): &(Reference, _)| name.path == reference.path)
            .collect();
        // Flags build one map, so another field of the same variable hides the files as well.
        let covers =
            |name: &Reference| name.fields.iter().zip(&reference.fields).all(|(one, other)| one == other);
        let flag = given.iter().find(|(name, _)| covers(name)).or(given.first()).map(|(_, giver)| *giver);
        flag.or_else(|| {
            let file = self.files.iter().rev().find(|file| file.variables.contains(&reference.path))?;
            Some(Giver::File(&file.name))
        })
    }

    /// Returns the sets in the order in which they are asked: one built from all flags (`-i` over `-y`
    /// over `-v`, whatever their order on the line), then the files, the last one first.
    ///
    /// # Errors
    /// A flag is malformed.
    pub fn sets(&self) -> Result<Vec<StaticVariables>, InvalidFlag> {
        let mut pairs =
            self.text.iter().map(|flag| parse_text_flag(flag)).collect::<Result<Vec<Pair>, _>>()?;
        for flag in &self.yaml {
            pairs.push(parse_yaml_flag(flag)?);
        }
        pairs.extend(flatten(&self.instance_variables()?));
        let flags = StaticVariables::new(expand(pairs));
        let files = self.files.iter().rev().map(|file| StaticVariables::new(file.variables.clone()));
        Ok(std::iter::once(flags).chain(files).collect())
    }

    /// Returns the variables that make the pipeline an instance, from `-i`.
    ///
    /// # Errors
    /// A flag is malformed.
    pub fn instance_variables(&self) -> Result<Map, InvalidFlag> {
        let pairs = self.instance.iter().map(|flag| parse_yaml_flag(flag)).collect::<Result<_, _>>()?;
        Ok(expand(pairs))
    }

    /// Returns the sets as one thing to look variables up in.
    ///
    /// # Errors
    /// A flag is malformed.
    pub fn chain(&self) -> Result<Chain<'static>, InvalidFlag> {
        Ok(self.sets()?.into_iter().fold(Chain::new(), Chain::then))
    }
}

/// Reads a file of variables, for `-l` and `var_files`. Its numbers are floats, which Concourse does
/// not put into texts.
///
/// # Errors
/// The text is not YAML or not a map.
pub fn read_variable_file(text: &str) -> Result<VariableFile, InvalidFlag> {
    let document = yaml::read(text).map_err(|error| InvalidFlag::Yaml(error.message))?;
    let of = |variables| VariableFile { name: String::new(), variables };
    let Some(mut root) = document.root else { return Ok(of(Map::new())) };
    make_floats(&mut root);
    match root.value {
        Value::Map(variables) => Ok(of(variables)),
        Value::Null => Ok(of(Map::new())),
        other => Err(InvalidFlag::NotAMap(other.kind())),
    }
}

/// Returns what a `set_pipeline` step fills in: its instance variables, its variables, its files, the
/// first file first. With none of them Concourse does not look for variables at all.
pub fn set_pipeline_variables(
    instance: Option<&Map>,
    variables: Option<&Map>,
    files: &[VariableFile],
) -> Option<Chain<'static>> {
    let with_digits = |map: &Map| {
        let mut node = Node::new(Value::Map(map.clone()), crate::Span::default());
        keep_digits(&mut node);
        node.as_map().cloned().unwrap_or_default()
    };
    let given = [instance, variables].into_iter().flatten().filter(|map| !map.is_empty()).map(with_digits);
    let all: Vec<Map> = given.chain(files.iter().map(|file| file.variables.clone())).collect();
    if all.is_empty() {
        return None;
    }
    Some(all.into_iter().fold(Chain::new(), |chain, map| chain.then(StaticVariables::new(map))))
}
