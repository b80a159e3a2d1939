//! Everything that one put works with.

use std::time::Duration;

use kit::{Context, Error, Inputs, Result, Secret, Step, Text};

use crate::cluster::{self, Connection, Given, Identity, ecr_login};
use crate::duration;
use crate::helm::{Helm, Home};
use crate::params::PutParams;
use crate::release::{Entry, Record};
use crate::source::{Registry, Source};

/// Names, versions and tokens in files are short.
const LARGEST_NAME: u64 = 64 * 1024;
const LARGEST_KUBECONFIG: u64 = 4 * 1024 * 1024;

/// One put: what is asked, and what it is done with.
pub(super) struct Work<'a> {
    pub(super) step: &'a Step<Source>,
    pub(super) params: &'a PutParams,
    pub(super) inputs: &'a Inputs,
    pub(super) given: Given,
    pub(super) connection: Connection,
    pub(super) helm: Helm,
    pub(super) registries: Vec<Registry>,
    pub(super) namespace: String,
    /// Empty where the chart is to get a generated name.
    pub(super) release: String,
    pub(super) timeout: Duration,
}

impl<'a> Work<'a> {
    /// Connects and makes Helm ready.
    pub(super) async fn open(
        step: &'a Step<Source>,
        params: &'a PutParams,
        inputs: &'a Inputs,
    ) -> Result<Self> {
        let source = &step.source;
        let given = given(params, inputs)?;
        let mut connection = cluster::required(source, &given).await?;
        let helm = Helm::new(
            source.helm_version,
            Home::new(source, &connection.access)?,
            source.retry_for.policy(),
        )?;
        if let Identity::Token(token) = &connection.access.identity
            && cluster::is_renewable(source)
        {
            let file = helm.home().keep_token(token)?;
            helm.home().read_token_from(&connection.access, &file)?;
            connection.read_token_from(source, &file).await?;
        }
        let mut registries = source.registries.clone();
        registries.extend(params.registries.iter().cloned());
        if let Some(private) = &params.private_registry {
            registries.push(ecr_login(&private.ecr).await?);
        }
        crate::helm::write_registries(helm.home(), &registries, source.docker_config.as_ref())?;
        let namespace = file_or_literal(inputs, params.namespace.as_ref())?;
        let namespace = namespace.unwrap_or_else(|| connection.namespace.clone());
        let release = match file_or_literal(inputs, params.release.as_ref())? {
            Some(release) => release,
            None => expand(source.release().unwrap_or_default(), &|name| std::env::var(name).ok()),
        };
        check_name(&release)?;
        let timeout = match params.check_is_ready.seconds {
            Some(seconds) => Duration::from_secs(seconds),
            None => duration::parse("params.timeout", params.timeout.as_str())?,
        };
        Ok(Self { step, params, inputs, given, connection, helm, registries, namespace, release, timeout })
    }

    /// Returns the release's name.
    ///
    /// # Errors
    /// When nobody said it, and what is asked makes no sense without.
    pub(super) fn named_release(&self) -> Result<&str> {
        if self.release.is_empty() {
            return Err(Error::new("no release is named").hint("set `params.release` or `source.release`"));
        }
        Ok(&self.release)
    }

    /// Returns all revisions, lowest first.
    pub(super) async fn history(&self) -> Result<Vec<Entry>> {
        self.connection.storage.history(&self.namespace, &self.release).await
    }

    /// Reads one revision.
    pub(super) async fn record(&self, revision: u64) -> Result<Option<Record>> {
        self.connection.storage.read(&self.namespace, &self.release, revision).await
    }

    /// Returns the flags that every change has.
    pub(super) fn common_flags(&self) -> Vec<String> {
        let timeout = duration::to_go(self.timeout);
        let mut flags = vec!["--namespace".into(), self.namespace.clone(), "--timeout".into(), timeout];
        if self.params.no_hooks.get() {
            flags.push("--no-hooks".into());
        }
        flags
    }

    /// Returns a text of the params: the content of the file that it names, or itself.
    pub(super) fn text(&self, text: Option<&Text>) -> Result<Option<String>> {
        file_or_literal(self.inputs, text)
    }
}

fn given(params: &PutParams, inputs: &Inputs) -> Result<Given> {
    let kubeconfig = match (&params.kubeconfig, &params.kubeconfig_path) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(Secret::new(inputs.read_text(path, LARGEST_KUBECONFIG)?)),
        (None, None) => None,
    };
    let token = params.token_path.as_ref().map(|path| inputs.read_text(path, LARGEST_NAME)).transpose();
    let token = token.context(|| "`params.token_path` can't be read".into())?;
    Ok(Given { kubeconfig, token: token.map(|token| Secret::new(token.trim())) })
}

/// As the resource that pipelines come from reads it: if there is such a file among the inputs, its text counts.
fn file_or_literal(inputs: &Inputs, text: Option<&Text>) -> Result<Option<String>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match inputs.resolve(text.as_str()) {
        Ok(path) if path.is_file() => {
            let content = inputs.read_text(text.as_str(), LARGEST_NAME)?.trim_end().to_owned();
            Ok(Some(content).filter(|content| !content.is_empty()))
        }
        _ => Ok(Some(text.as_str().to_owned())),
    }
}

/// Replaces `$BUILD_…` and `${BUILD_…}`. Other dollars stay, to be refused as part of a name.
fn expand(text: &str, variable: &impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('$') {
        result.push_str(&rest[..start]);
        let after = &rest[start + 1..];
        let braced = after.starts_with('{');
        let name_start = &after[usize::from(braced)..];
        let end =
            name_start.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name_start.len());
        let name = &name_start[..end];
        match variable(name).filter(|_| name.starts_with("BUILD_")) {
            Some(value) => {
                result.push_str(&value);
                let closing = braced && name_start[end..].starts_with('}');
                rest = &name_start[end + usize::from(closing)..];
            }
            None => {
                result.push('$');
                rest = after;
            }
        }
    }
    result + rest
}

/// Helm's rule for release names.
fn check_name(name: &str) -> Result<()> {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if name.is_empty() || (name.len() <= 53 && name.split('.').all(label)) {
        return Ok(());
    }
    Err(Error::new(format!("`{name}` is no name for a release")).hint(
        "at most 53 characters: a-z, 0-9, dashes and dots, beginning and ending with a letter or digit",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_variables_are_expanded_in_the_release() {
        let variable = |name: &str| (name == "BUILD_ID").then(|| "7".to_owned());
        for (text, expected) in [
            ("web-$BUILD_ID", "web-7"),
            ("web-${BUILD_ID}-x", "web-7-x"),
            ("$HOME", "$HOME"),
            ("web-$BUILD_NONE", "web-$BUILD_NONE"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text, &variable), expected);
        }
    }

    #[test]
    fn names_that_helm_refuses_are_refused_first() {
        for name in ["", "web", "web-1.test", "0a"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["Web", "web_1", "-web", "a..b", "web-$BUILD_ID", &"a".repeat(54), "--help"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
