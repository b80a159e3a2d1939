//! The keys and values that a write brings, from everything that it names.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Context, Error, Inputs, Result, redact};
use serde_json::{Map, Value};

use crate::params::{Generate, Write};
use crate::random;
use crate::secret::register;
use crate::session::Session;
use crate::vault::{ApiPath, Call};

/// Vault's own limit for a value is 512 KiB with most storages and 1 MiB with the largest.
const LARGEST_FILE: u64 = 2 * 1024 * 1024;

/// Returns what `data`, `files` and `from_dir` bring.
///
/// # Errors
/// When a file can't be read or a key comes from two of them.
pub(super) fn given(write: &Write, from: &Inputs) -> Result<Map<String, Value>> {
    let mut values = write.data.0.clone();
    register(&values);
    let mut add = |key: &str, file: &str| -> Result<()> {
        let value = file_value(write, from, file)?;
        match values.insert(key.to_owned(), Value::String(value)) {
            None => Ok(()),
            Some(_) => Err(Error::new(format!("the key `{key}` of `{}` is given twice", write.path))),
        }
    };
    for (key, file) in &write.files {
        add(key, file)?;
    }
    if let Some(folder) = &write.from_dir {
        for name in names_in(from, folder)? {
            add(&name, &format!("{folder}/{name}"))?;
        }
    }
    Ok(values)
}

/// Adds the keys to be generated: those that exist keep their value.
///
/// # Errors
/// When a policy can't be used, or a key is given as well.
pub(super) async fn generate(
    session: &Session,
    write: &Write,
    values: &mut Map<String, Value>,
    existing: &Map<String, Value>,
) -> Result<()> {
    for (key, generate) in &write.generate {
        if values.contains_key(key) {
            return Err(Error::new(format!(
                "the key `{key}` of `{}` is both given and to be generated",
                write.path
            )));
        }
        let value = match existing.get(key).filter(|_| !generate.always.get()) {
            Some(value) => value.clone(),
            None => Value::String(generated(session, generate).await?),
        };
        values.insert(key.clone(), value);
    }
    Ok(())
}

async fn generated(session: &Session, generate: &Generate) -> Result<String> {
    let Some(policy) = &generate.policy else {
        let charset = generate.charset.as_deref().unwrap_or(random::ALPHANUMERIC);
        if charset.is_empty() {
            return Err(Error::new("`charset` is empty: there is nothing to choose from"));
        }
        return Ok(random::text(usize::from(generate.length), charset).expose().to_owned());
    };
    let vault = session.vault().await?;
    let path = ApiPath::fixed("sys/policies/password").join(policy).join("generate");
    let answer = match vault.send(&Call::read(path)).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() => {
            return Err(Error::new(format!("there is no password policy `{policy}`")));
        }
        Err(error) => return Err(session.explain(error).await),
    };
    let password = answer.text("password");
    let password =
        password.ok_or_else(|| Error::new(format!("the password policy `{policy}` gave no password")))?;
    redact::register(password);
    Ok(password.to_owned())
}

fn file_value(write: &Write, from: &Inputs, file: &str) -> Result<String> {
    let bytes = from.read(file, LARGEST_FILE)?;
    if write.base64.get() {
        let encoded = STANDARD.encode(&bytes);
        redact::register(&encoded);
        redact::register(&String::from_utf8_lossy(&bytes));
        return Ok(encoded);
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::new(format!("`{file}` is not text, and Vault keeps texts"))
            .hint("`base64: true` stores it as base64")
    })?;
    let text = if write.trim.get() { without_line_end(&text) } else { &text };
    redact::register(text);
    Ok(text.to_owned())
}

fn without_line_end(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

fn names_in(from: &Inputs, folder: &str) -> Result<Vec<String>> {
    let path = from.resolve(folder)?;
    let failed = || format!("cannot read the folder `{folder}`");
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).context(failed)? {
        let entry = entry.context(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            return Err(Error::new(format!("`{folder}/{name}` is a folder, and can't be a key"))
                .hint("name a folder that holds files alone"));
        }
        names.push(name);
    }
    names.sort();
    Ok(names)
}
