//! Helm's `--set` syntax: `image.tag=1.2,hosts[0]=a,list={x,y}`.
//!
//! Helm takes it on its command line, which everybody on the machine can read; so it is read here, and Helm gets a file.

use kit::{Error, Result};
use serde_json::{Map, Value};

/// Helm's own limit, against lists that fill the memory.
const LARGEST_INDEX: usize = 65536;

/// Whether values that look like numbers, booleans or null are such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    /// They are, as with `--set`.
    Guessed,
    /// Everything is a text, as with `--set-string`.
    Text,
}

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Reads `key=value,…` into `values`.
///
/// # Errors
/// When the text is no such list; the message repeats the key and no value.
pub(super) fn set(values: &mut Map<String, Value>, text: &str, typing: Typing) -> Result<()> {
    let mut reader = Reader { rest: text.chars().collect::<Vec<_>>().into_iter().peekable() };
    while reader.rest.peek().is_some() {
        let path = reader.path()?;
        let value = reader.value(typing);
        put(values, &path, value)?;
    }
    Ok(())
}

/// Puts one value at a key of the same syntax.
///
/// # Errors
/// When the key can't be read, or something on the way is neither map nor list.
pub(super) fn set_one(values: &mut Map<String, Value>, key: &str, value: Value) -> Result<()> {
    let mut reader = Reader { rest: format!("{key}=").chars().collect::<Vec<_>>().into_iter().peekable() };
    put(values, &reader.path()?, value)
}

/// Tells whether a key names entries of lists, which then have to be known.
pub(super) fn has_index(key: &str) -> bool {
    key.contains('[')
}

struct Reader {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
}

impl Reader {
    /// Reads up to the `=`.
    fn path(&mut self) -> Result<Vec<Step>> {
        let mut path = Vec::new();
        let mut part = String::new();
        let mut after_index = false;
        loop {
            match self.rest.next() {
                Some('\\') => part.extend(self.rest.next()),
                Some('.') if after_index && part.is_empty() => after_index = false,
                Some('.') => path.push(key(&mut part)?),
                Some('[') => {
                    if !after_index || !part.is_empty() {
                        path.push(key(&mut part)?);
                    }
                    path.push(Step::Index(self.index()?));
                    after_index = true;
                }
                Some('=') => {
                    if !after_index || !part.is_empty() {
                        path.push(key(&mut part)?);
                    }
                    return Ok(path);
                }
                Some(',') | None => {
                    return Err(Error::new(format!("the key `{part}` has no value")).hint(
                        "a comma starts another `key=value`; write `\\,` for a comma within a value, or use `type: literal`",
                    ));
                }
                Some(other) => part.push(other),
            }
        }
    }

    fn index(&mut self) -> Result<usize> {
        let mut digits = String::new();
        for next in self.rest.by_ref() {
            if next == ']' {
                break;
            }
            digits.push(next);
        }
        let index = digits.parse::<usize>().ok().filter(|index| *index <= LARGEST_INDEX);
        index.ok_or_else(|| Error::new(format!("`[{digits}]` is no index of a list")))
    }

    fn value(&mut self, typing: Typing) -> Value {
        if self.rest.peek() == Some(&'{') {
            self.rest.next();
            return self.list(typing);
        }
        let (text, _) = self.text(&[',']);
        typed(text, typing)
    }

    fn list(&mut self, typing: Typing) -> Value {
        let mut items = Vec::new();
        loop {
            let (text, end) = self.text(&[',', '}']);
            if end == Some(',') || !text.is_empty() || !items.is_empty() {
                items.push(typed(text, typing));
            }
            if end != Some(',') {
                break;
            }
        }
        if self.rest.peek() == Some(&',') {
            self.rest.next();
        }
        Value::Array(items)
    }

    fn text(&mut self, ends: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            match next {
                '\\' => text.extend(self.rest.next()),
                end if ends.contains(&end) => return (text, Some(end)),
                other => text.push(other),
            }
        }
        (text, None)
    }
}

fn key(part: &mut String) -> Result<Step> {
    let key = std::mem::take(part);
    if key.is_empty() { Err(Error::new("a key is empty")) } else { Ok(Step::Key(key)) }
}

/// Helm's guess: no leading zeros, 64 bits.
fn typed(text: String, typing: Typing) -> Value {
    if typing == Typing::Text {
        return text.into();
    }
    match text.as_str() {
        "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        "0" => 0.into(),
        number if !number.starts_with('0') && !number.starts_with('+') => {
            number.parse::<i64>().map_or_else(|_| number.into(), Value::from)
        }
        other => other.into(),
    }
}

fn put(values: &mut Map<String, Value>, path: &[Step], value: Value) -> Result<()> {
    let mut root = Value::Object(std::mem::take(values));
    let outcome = put_in(&mut root, path, value);
    if let Value::Object(fields) = root {
        *values = fields;
    }
    outcome
}

fn put_in(place: &mut Value, path: &[Step], value: Value) -> Result<()> {
    match path.split_first() {
        None => *place = value,
        Some((Step::Key(name), rest)) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            if let Value::Object(fields) = place {
                return put_in(fields.entry(name.clone()).or_insert(Value::Null), rest, value);
            }
        }
        Some((Step::Index(index), rest)) => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let Value::Array(items) = place else {
                return Err(Error::new(format!("`[{index}]` is set in something that is no list")));
            };
            if items.len() <= *index {
                items.resize(index + 1, Value::Null);
            }
            return put_in(&mut items[*index], rest, value);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Expectations are those of Helm's own `pkg/strvals`.
    #[test]
    fn the_syntax_is_read_as_helm_reads_it() {
        let cases = [
            ("a=1,b.c=x", Typing::Guessed, json!({"a": 1, "b": {"c": "x"}})),
            (
                "a=true,b=null,c=,d=0,e=007,f=1.5",
                Typing::Guessed,
                json!({"a": true, "b": null, "c": "", "d": 0, "e": "007", "f": "1.5"}),
            ),
            ("a=true,b=7", Typing::Text, json!({"a": "true", "b": "7"})),
            ("a={1,x},b={}", Typing::Guessed, json!({"a": [1, "x"], "b": []})),
            ("a[1].b=x,a[0]=y", Typing::Guessed, json!({"a": ["y", {"b": "x"}]})),
            ("a[0][1]=x", Typing::Guessed, json!({"a": [[null, "x"]]})),
            (r"a\.b=x\,y", Typing::Guessed, json!({"a.b": "x,y"})),
            ("a=b=c", Typing::Guessed, json!({"a": "b=c"})),
            (r#"a={"x":1}"#, Typing::Guessed, json!({"a": ["\"x\":1"]})),
            ("a=-5", Typing::Guessed, json!({"a": -5})),
        ];
        for (text, typing, expected) in cases {
            let mut values = Map::new();
            set(&mut values, text, typing).unwrap();
            assert_eq!(Value::Object(values), expected, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused_without_the_value() {
        for text in ["a", "a=1,b", "a[x]=1", "a[70000]=1", ".a=1", "=1"] {
            assert!(set(&mut Map::new(), text, Typing::Guessed).is_err(), "{text}");
        }
        let error = set(&mut Map::new(), "a=canary,other", Typing::Guessed).unwrap_err();
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn entries_of_lists_that_are_there_are_changed() {
        let mut values = json!({"a": [{"b": 1}, {"b": 2}]}).as_object().cloned().unwrap();
        set(&mut values, "a[1].b=3", Typing::Guessed).unwrap();
        assert_eq!(Value::Object(values), json!({"a": [{"b": 1}, {"b": 3}]}));
    }
}
