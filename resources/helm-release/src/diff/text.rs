//! The difference as people read it: a unified diff of each object's YAML.

use serde_json::{Map, Value};
use similar::TextDiff;

use super::difference::{Change, Difference};
use crate::manifest::{MASK, Mask, Object};
use crate::yaml;
use kit::Result;

/// How much is shown.
#[derive(Clone, Debug)]
pub struct Context {
    /// Unchanged lines around each change.
    pub lines: usize,
    /// Kinds of which only the names are shown.
    pub suppressed: Vec<String>,
}

impl Default for Context {
    fn default() -> Self {
        Self { lines: 3, suppressed: Vec::new() }
    }
}

/// Stands for a value of a Secret that is another one than before.
const MASKED_CHANGE: &str = "((masked, changed))";

impl Difference {
    /// Returns the difference as text, with a Secret's values and all other known secrets masked.
    pub fn text(&self, mask: &Mask, context: Context) -> String {
        let mut text = String::new();
        for change in &self.changes {
            text += &change_text(change, mask, &context);
        }
        text
    }
}

fn change_text(change: &Change, mask: &Mask, context: &Context) -> String {
    let verb = match (&change.before, &change.after) {
        (None, _) => "is added",
        (_, None) => "is removed",
        _ => "is changed",
    };
    let title = format!("{} {verb}\n", change.key);
    if context.suppressed.contains(&change.key.kind) {
        return title;
    }
    let before = shown(change.before.as_ref(), None, mask).unwrap_or_default();
    let after = shown(change.after.as_ref(), change.before.as_ref(), mask).unwrap_or_default();
    let difference = TextDiff::from_lines(&before, &after);
    let unified = difference.unified_diff().context_radius(context.lines).to_string();
    title + &unified
}

/// Returns an object's YAML, masked. Values of a Secret that differ from `before` are marked as such, since masked they
/// would look the same.
fn shown(object: Option<&Object>, before: Option<&Object>, mask: &Mask) -> Result<String> {
    let Some(object) = object else { return Ok(String::new()) };
    let mut masked = mask.object(object);
    if let Some(before) = before {
        for field in ["data", "stringData"] {
            mark_changes(&mut masked.value, object.value.get(field), before.value.get(field), field);
        }
    }
    yaml::to_text(&masked.value)
}

fn mark_changes(masked: &mut Value, now: Option<&Value>, before: Option<&Value>, field: &str) {
    let empty = Map::new();
    let before = before.and_then(Value::as_object).unwrap_or(&empty);
    let now = now.and_then(Value::as_object).unwrap_or(&empty);
    for (name, shown) in masked.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten() {
        if shown == MASK && before.contains_key(name) && before.get(name) != now.get(name) {
            *shown = MASKED_CHANGE.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_shows_what_changes_and_no_secret() {
        let secret = |value: &str| Object {
            value: json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": value, "b": "c2FtZQ=="}}),
        };
        let config = |value: u32| Object {
            value: json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"count": value}}),
        };
        let before = [secret("b25lLWNhbmFyeQ=="), config(1)];
        let after = [secret("dHdvLWNhbmFyeQ=="), config(2)];
        let difference = Difference::between(&before, &after);
        assert_eq!(difference.summary(), "2 changed");
        let text = difference.text(&Mask::default(), Context::default());
        assert!(text.contains("-  count: 1\n+  count: 2\n"), "{text}");
        assert!(text.contains("-  a: ((masked))\n+  a: ((masked, changed))\n"), "{text}");
        assert!(!text.contains("b25l") && !text.contains("dHdv"), "{text}");
        assert!(Difference::between(&before, &before).is_empty());
    }
}
