//! Which objects a patch or an exception is for.

use kit::{Context, Error, Result};
use regex::Regex;

use super::Object;
use crate::params::PatchTarget;

/// A target, checked: what it does not name fits every object.
#[derive(Clone, Debug, Default)]
pub struct Target {
    texts: Vec<(Field, Regex)>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Group,
    Version,
    Kind,
    Name,
    Namespace,
}

#[derive(Clone, Debug)]
enum Requirement {
    Is(String, String),
    IsNot(String, String),
    Exists(String),
    Lacks(String),
}

impl Target {
    /// Checks a target.
    ///
    /// # Errors
    /// When a regular expression or a selector in it can't be read.
    pub fn new(target: &PatchTarget) -> Result<Self> {
        let fields = [
            (Field::Group, &target.group),
            (Field::Version, &target.version),
            (Field::Kind, &target.kind),
            (Field::Name, &target.name),
            (Field::Namespace, &target.namespace),
        ];
        let mut texts = Vec::new();
        for (field, pattern) in fields {
            let Some(pattern) = pattern else { continue };
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            texts.push((field, whole.context(|| format!("`{pattern}` is no regular expression"))?));
        }
        Ok(Self {
            texts,
            labels: requirements(target.label_selector.as_deref())?,
            annotations: requirements(target.annotation_selector.as_deref())?,
        })
    }

    /// Tells whether an object is meant.
    pub fn fits(&self, object: &Object) -> bool {
        let (group, version) = object.group_version();
        let text = |field: Field| match field {
            Field::Group => group,
            Field::Version => version,
            Field::Kind => object.kind(),
            Field::Name => object.name(),
            Field::Namespace => object.namespace(),
        };
        self.texts.iter().all(|(field, pattern)| pattern.is_match(text(*field)))
            && self.labels.iter().all(|each| each.fits(|name| object.label(name)))
            && self.annotations.iter().all(|each| each.fits(|name| object.annotation(name)))
    }
}

impl Requirement {
    fn fits<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        match self {
            Self::Is(name, wanted) => value(name) == Some(wanted),
            Self::IsNot(name, unwanted) => value(name) != Some(unwanted),
            Self::Exists(name) => value(name).is_some(),
            Self::Lacks(name) => value(name).is_none(),
        }
    }
}

/// Reads a selector of equalities and presence: `app=web,tier!=db,team,!legacy`.
fn requirements(selector: Option<&str>) -> Result<Vec<Requirement>> {
    let parts = selector.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let pair = |mark: &str| {
                let (name, value) = part.split_once(mark)?;
                Some((name.trim().to_owned(), value.trim().to_owned()))
            };
            if let Some((name, value)) = pair("!=") {
                return Ok(Requirement::IsNot(name, value));
            }
            if let Some((name, value)) = pair("==").or_else(|| pair("=")) {
                return Ok(Requirement::Is(name, value));
            }
            if part.contains(' ') {
                return Err(Error::new(format!("the selector `{part}` can't be read"))
                    .hint("use equalities and presence, as in `app=web,tier!=db,team,!legacy`"));
            }
            Ok(match part.strip_prefix('!') {
                Some(name) => Requirement::Lacks(name.to_owned()),
                None => Requirement::Exists(part.to_owned()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_target_fits_by_pattern_and_selector() {
        let object = Object {
            value: json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "web-1", "labels": {"app": "web"}}}),
        };
        let cases = [
            (PatchTarget::default(), true),
            (PatchTarget { name: Some("web-.*".into()), ..PatchTarget::default() }, true),
            (PatchTarget { name: Some("web".into()), ..PatchTarget::default() }, false),
            (PatchTarget { label_selector: Some("app=web,!legacy".into()), ..PatchTarget::default() }, true),
            (PatchTarget { label_selector: Some("app!=web".into()), ..PatchTarget::default() }, false),
            (
                PatchTarget {
                    group: Some("apps".into()),
                    kind: Some("Job|Deployment".into()),
                    ..PatchTarget::default()
                },
                true,
            ),
        ];
        for (target, expected) in cases {
            assert_eq!(Target::new(&target).unwrap().fits(&object), expected, "{target:?}");
        }
        assert!(Target::new(&PatchTarget { name: Some("(".into()), ..PatchTarget::default() }).is_err());
    }
}
