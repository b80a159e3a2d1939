//! One Vault for all tests that do not harm it, and what each of them makes in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::{Outcome, Resource};
use http::Method;
use serde_json::{Map, Value, json};
use stack::{Folder, Vault};

/// Returns the Vault that the tests share. It dies with the test process.
pub(crate) fn vault() -> &'static Vault {
    static VAULT: OnceLock<Vault> = OnceLock::new();
    VAULT.get_or_init(Vault::dev)
}

/// Returns a name that no other test has.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the source with `keys`, as the administrator of the shared Vault unless it says otherwise. Null removes a key.
pub(crate) fn source(keys: Value) -> Value {
    let mut source = json!({"address": vault().url(), "token": vault().root_token()});
    merge(&mut source, keys);
    source.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    source
}

/// Returns a resource with such a source.
pub(crate) fn resource(keys: Value) -> Resource {
    Resource::new("vault-secret", source(keys))
}

/// Sets keys of an object.
pub(crate) fn merge(object: &mut Value, keys: Value) {
    let (Value::Object(object), Value::Object(keys)) = (object, keys) else { panic!("both are objects") };
    object.extend(keys);
}

/// Sends a request as the administrator of the shared Vault.
pub(crate) fn call(method: Method, path: &str, body: Value) -> Value {
    vault().call(method, path, (!body.is_null()).then_some(&body))
}

/// Mounts an engine under a name of the test's own, which it returns.
pub(crate) fn mount(kind: &str, options: Value) -> String {
    let name = unique(kind);
    call(Method::POST, &format!("sys/mounts/{name}"), json!({"type": kind, "options": options}));
    name
}

/// Mounts a KV 1 engine.
pub(crate) fn mount_kv1() -> String {
    mount("kv", json!({"version": "1"}))
}

/// Mounts a login method under a name of the test's own, which it returns.
pub(crate) fn mount_login(kind: &str) -> String {
    let name = unique(kind);
    call(Method::POST, &format!("sys/auth/{name}"), json!({"type": kind}));
    name
}

/// Makes a policy from pairs of path and capabilities, and returns its name.
pub(crate) fn policy(rules: &[(&str, &[&str])]) -> String {
    let name = unique("policy");
    let paths: Map<String, Value> = rules
        .iter()
        .map(|(path, capabilities)| ((*path).to_owned(), json!({"capabilities": capabilities})))
        .collect();
    let text = json!({ "path": paths }).to_string();
    call(Method::PUT, &format!("sys/policies/acl/{name}"), json!({ "policy": text }));
    name
}

/// Makes a token with such a policy.
pub(crate) fn token(rules: &[(&str, &[&str])]) -> String {
    let made = call(Method::POST, "auth/token/create", json!({"policies": [policy(rules)], "ttl": "1h"}));
    text(&made["auth"]["client_token"])
}

/// Makes an AppRole and returns the keys of a source that logs in by it.
pub(crate) fn approle(rules: &[(&str, &[&str])], options: Value) -> Value {
    let mount = mount_login("approle");
    let mut role = json!({"token_policies": [policy(rules)], "token_ttl": "20m"});
    merge(&mut role, options);
    call(Method::POST, &format!("auth/{mount}/role/ci"), role);
    let id = call(Method::GET, &format!("auth/{mount}/role/ci/role-id"), Value::Null);
    let secret = call(Method::POST, &format!("auth/{mount}/role/ci/secret-id"), json!({}));
    json!({
        "token": null, "auth_mount": mount,
        "role_id": id["data"]["role_id"], "secret_id": secret["data"]["secret_id"],
    })
}

/// Writes a secret of KV 2 and returns the version that it has then.
pub(crate) fn write(path: &str, data: Value) -> u64 {
    let answer = call(Method::POST, &format!("secret/data/{path}"), json!({ "data": data }));
    answer["data"]["version"].as_u64().expect("a version")
}

/// Reads a secret of KV 2.
pub(crate) fn read(path: &str) -> Value {
    call(Method::GET, &format!("secret/data/{path}"), Value::Null)["data"]["data"].clone()
}

/// Returns how many tokens there are that the shared Vault has not revoked.
pub(crate) fn accessors(vault: &Vault) -> Vec<String> {
    let list = Method::from_bytes(b"LIST").expect("a method");
    let found = vault.call(list, "auth/token/accessors", None);
    found["data"]["keys"].as_array().expect("accessors").iter().map(text).collect()
}

/// Returns the ids of the leases below a path, without their beginning.
pub(crate) fn leases(vault: &Vault, path: &str) -> Vec<String> {
    let list = Method::from_bytes(b"LIST").expect("a method");
    let (status, found) =
        vault.try_call(vault.root_token(), list, &format!("sys/leases/lookup/{path}"), None);
    match status {
        404 => Vec::new(),
        _ => found["data"]["keys"].as_array().expect("leases").iter().map(text).collect(),
    }
}

/// A get into a folder of its own.
pub(crate) struct Got {
    pub(crate) outcome: Outcome,
    pub(crate) folder: Folder,
}

/// Runs a get.
pub(crate) fn get(resource: &Resource, version: Value, params: Value) -> Got {
    let folder = Folder::new("get");
    let outcome = resource.get(folder.path(), &version, &params);
    Got { outcome, folder }
}

impl Got {
    /// Returns a file's text.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        self.outcome.json();
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|error| panic!("no {name}: {error}"))
    }

    /// Returns a file's JSON.
    #[track_caller]
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).expect("JSON")
    }

    /// Returns a field of the metadata.
    #[track_caller]
    pub(crate) fn metadata(&self, name: &str) -> Option<String> {
        let document = self.outcome.json();
        let fields = document["metadata"].as_array().expect("a list of metadata");
        fields.iter().find(|field| field["name"] == name).map(|field| text(&field["value"]))
    }

    /// Returns the paths of all files, sorted, and checks that nobody else may read them.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(self.folder.path(), self.folder.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let mode = entry.metadata().expect("metadata").permissions().mode() & 0o777;
        if entry.path().is_dir() {
            assert_eq!(mode, 0o700, "{}", entry.path().display());
            collect(root, &entry.path(), files);
        } else {
            assert_eq!(mode, 0o600, "{}", entry.path().display());
            files.push(entry.path().strip_prefix(root).expect("below the root").display().to_string());
        }
    }
}

/// Returns a JSON text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}
