//! The credential managers and what each wants of its settings.

use super::go_url::GoUrl;
use crate::model::{VarSource, parse_duration};
use crate::source::Span;
use crate::yaml::{Entry, Map, Node, Value};

/// What is wrong with a source's settings.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) span: Span,
}

const KNOWN: &[&str] =
    &["conjur", "credhub", "dummy", "idtoken", "kubernetes", "secretsmanager", "ssm", "vault"];
const SUPPORTED: &[&str] = &["vault", "dummy", "ssm", "secretsmanager", "idtoken"];

const VAULT_FIELDS: &[&str] = &[
    "url",
    "path_prefix",
    "lookup_templates",
    "shared_path",
    "namespace",
    "login_timeout",
    "query_timeout",
    "enable_kv_mount_cache",
    "disable_srv_lookup",
    "ca_cert",
    "cacertfile",
    "capath",
    "client_cert",
    "clientcertfile",
    "client_key",
    "clientkeyfile",
    "server_name",
    "insecure_skip_verify",
    "client_token",
    "client_token_path",
    "auth_backend",
    "auth_backend_max_ttl",
    "auth_retry_max",
    "auth_retry_initial",
    "auth_params",
];

const SSM_FIELDS: &[&str] = &[
    "access_key",
    "secret_key",
    "session_token",
    "region",
    "pipeline_secret_template",
    "team_secret_template",
    "shared_path",
];
const SECRETS_MANAGER_FIELDS: &[&str] = &[
    "access_key",
    "secret_key",
    "session_token",
    "region",
    "pipeline_secret_template",
    "team_secret_template",
    "shared_secret_template",
];

/// Returns whether Concourse has a manager of this type.
pub(super) fn is_known(kind: &str) -> bool {
    KNOWN.contains(&kind)
}

/// Returns whether a pipeline may use a manager of this type.
pub(super) fn is_supported(kind: &str) -> bool {
    SUPPORTED.contains(&kind)
}

/// Returns what the source's manager says of its settings.
pub(super) fn problem(source: &VarSource) -> Option<Problem> {
    let outcome = match source.kind.as_str() {
        "vault" => vault(source),
        "dummy" => dummy(source),
        "ssm" => aws(source, "ssm.SsmManager", SSM_FIELDS),
        "secretsmanager" => aws(source, "secretsmanager.Manager", SECRETS_MANAGER_FIELDS),
        "idtoken" => idtoken(source),
        _ => Ok(()),
    };
    outcome.err().map(|(phase, message, span)| {
        let name = &source.name.value;
        let message = match phase {
            Phase::Creation => format!("failed to create credential manager {name}: {message}"),
            Phase::Validation => format!("credential manager {name} is invalid: {message}"),
        };
        Problem { message, span }
    })
}

enum Phase {
    Creation,
    Validation,
}

type Outcome = Result<(), (Phase, String, Span)>;

fn creation<T>(message: impl Into<String>, span: Span) -> Result<T, (Phase, String, Span)> {
    Err((Phase::Creation, message.into(), span))
}

fn validation(message: impl Into<String>, span: Span) -> Outcome {
    Err((Phase::Validation, message.into(), span))
}

fn settings<'source>(
    source: &'source VarSource,
    message: &str,
) -> Result<&'source Map, (Phase, String, Span)> {
    match source.config.as_ref().and_then(Node::as_map) {
        Some(map) => Ok(map),
        None => creation(message, source.config.as_ref().map_or(source.span, |config| config.span)),
    }
}

/// Returns the text of a setting; names are matched without regard to case.
fn text<'map>(map: &'map Map, name: &str) -> &'map str {
    setting(map, name).and_then(|entry| entry.value.as_str()).unwrap_or_default()
}

fn setting<'map>(map: &'map Map, name: &str) -> Option<&'map Entry> {
    map.entry(name).or_else(|| map.iter().find(|entry| entry.name().eq_ignore_ascii_case(name)))
}

fn vault(source: &VarSource) -> Outcome {
    let config = settings(source, "invalid vault config format")?;
    check_fields(config, "vault.VaultManager", VAULT_FIELDS)?;
    let place = setting(config, "url").map_or(source.span, |entry| entry.value.span);
    let url = match GoUrl::parse(text(config, "url")) {
        Ok(url) => url,
        Err(message) => return validation(format!("invalid URL: {message}"), place),
    };
    if url.scheme != "http" && url.scheme != "https" {
        return validation(format!("invalid scheme {:?}: must be http or https", url.scheme), place);
    }
    if url.host.is_empty() {
        return validation("URL must specify a host", place);
    }
    if setting(config, "path_prefix").is_some_and(|prefix| prefix.value.as_str() == Some("")) {
        return validation("path prefix must be a non-empty string", source.span);
    }
    let authenticates = ["client_token", "client_token_path", "auth_backend"];
    if authenticates.iter().all(|name| text(config, name).is_empty()) {
        return validation("must configure client token or auth backend", source.span);
    }
    Ok(())
}

fn dummy(source: &VarSource) -> Outcome {
    let found = source.config.as_ref().map_or("<nil>", go_type);
    let config = settings(source, &format!("invalid dummy credential manager config: {found}"))?;
    match config.get("vars") {
        Some(Node { value: Value::Map(_), .. }) => Ok(()),
        other => {
            let found = other.map_or("<nil>", go_type);
            creation(format!("invalid vars config: {found}"), other.map_or(source.span, |node| node.span))
        }
    }
}

/// Refuses settings that a manager does not have, in the words of the library that decodes them.
fn check_fields(config: &Map, go_name: &str, known: &[&str]) -> Outcome {
    let is_known = |name: &str| known.iter().any(|field| field.eq_ignore_ascii_case(name));
    let unknown: Vec<_> = config.iter().filter(|entry| !is_known(entry.name())).collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let mut names: Vec<&str> = unknown.iter().map(|entry| entry.name()).collect();
    names.sort_unstable();
    let list = names.join(", ");
    let message =
        format!("decoding failed due to the following error(s):\n\n'{go_name}' has invalid keys: {list}");
    creation(message, first.key.span)
}

fn aws(source: &VarSource, go_name: &str, known: &[&str]) -> Outcome {
    let Some(config) = source.config.as_ref().and_then(Node::as_map) else { return Ok(()) };
    check_fields(config, go_name, known)?;
    let key = text(config, "access_key");
    let secret = text(config, "secret_key");
    let token = text(config, "session_token");
    if key.is_empty() && secret.is_empty() && token.is_empty() {
        return Ok(());
    }
    if key.is_empty() {
        return validation("must provide aws access key id", source.span);
    }
    if secret.is_empty() {
        return validation("must provide aws secret access key", source.span);
    }
    Ok(())
}

fn idtoken(source: &VarSource) -> Outcome {
    let found = source.config.as_ref().map_or("<nil>", go_type);
    let config = settings(source, &format!("invalid idtoken provider config: {found}"))?;
    for entry in config {
        idtoken_setting(entry.name(), &entry.value).or_else(|message| {
            creation(format!("invalid idtoken provider config: {message}"), entry.value.span)
        })?;
    }
    if let Some(scope) = config.get("subject_scope").filter(|scope| !is_subject_scope(scope)) {
        let scope_text = scope.as_str().unwrap_or_default();
        return validation(format!("invalid subject_scope value: {scope_text}"), scope.span);
    }
    let expires_in = config.get("expires_in");
    let too_long = |node: &&Node| {
        node.as_str().and_then(|text| parse_duration(text).ok()).is_some_and(|time| time.as_secs() > 86_400)
    };
    if let Some(node) = expires_in.filter(too_long) {
        return validation("expires_in must be <= 24h0m0s", node.span);
    }
    if let Some(algorithm) =
        config.get("algorithm").filter(|node| !matches!(node.as_str(), Some("RS256" | "ES256")))
    {
        // Concourse puts the scope where it means the algorithm.
        let scope = config.get("subject_scope").and_then(Node::as_str).unwrap_or("pipeline");
        let message = format!("invalid algorithm value: {scope}. Only RS256 and ES256 are supported");
        return validation(message, algorithm.span);
    }
    Ok(())
}

fn idtoken_setting(name: &str, value: &Node) -> Result<(), String> {
    match name {
        "audience" => match value.as_list() {
            Some(items) if items.iter().all(|item| item.as_str().is_some()) => Ok(()),
            Some(_) => Err("invalid audience value: %!w(<nil>)".into()),
            None => Err("audience must be a list of strings".into()),
        },
        "expires_in" => match value.as_str() {
            Some(text) => {
                parse_duration(text).map(drop).map_err(|error| format!("invalid expires_in value: {error}"))
            }
            None => Err("expires_in must be a string".into()),
        },
        "subject_scope" | "algorithm" if value.as_str().is_some() => Ok(()),
        "subject_scope" | "algorithm" => Err(format!("{name} must be a string")),
        _ => Err(format!("unknown setting: {name}")),
    }
}

fn is_subject_scope(scope: &Node) -> bool {
    matches!(scope.as_str(), Some("" | "team" | "pipeline" | "instance" | "job"))
}

fn go_type(node: &Node) -> &'static str {
    match node.value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}
