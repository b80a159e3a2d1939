//! Records in Secrets and ConfigMaps.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{ListParams, PartialObjectMeta, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use super::entry::{Entry, from_labels};
use super::retry::retrying;
use super::{Status, decode};
use crate::cluster::ApiError;
use kit::{Context, Error, Result, report};

/// Lists are fetched in pieces of this many, so that a namespace of thousands of releases needs little memory.
const PAGE: u32 = 500;
const SECRET_TYPE: &str = "type=helm.sh/release.v1";

/// An object of Kubernetes that can hold a record.
pub(super) trait Holder:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()>
    + Clone
    + DeserializeOwned
    + serde::Serialize
    + std::fmt::Debug
{
    /// What finds those that hold records, beside the labels.
    const FIELDS: Option<&'static str>;
    /// The stored record.
    fn stored(&self) -> Option<Vec<u8>>;
    /// Puts another record into the object.
    fn store(&mut self, record: Vec<u8>);
}

impl Holder for Secret {
    const FIELDS: Option<&'static str> = Some(SECRET_TYPE);

    fn stored(&self) -> Option<Vec<u8>> {
        self.data.as_ref()?.get("release").map(|bytes| bytes.0.clone())
    }

    fn store(&mut self, record: Vec<u8>) {
        self.data.get_or_insert_default().insert("release".into(), ByteString(record));
    }
}

impl Holder for ConfigMap {
    const FIELDS: Option<&'static str> = None;

    fn stored(&self) -> Option<Vec<u8>> {
        self.data.as_ref()?.get("release").map(|text| text.clone().into_bytes())
    }

    fn store(&mut self, record: Vec<u8>) {
        let text = String::from_utf8_lossy(&record).into_owned();
        self.data.get_or_insert_default().insert("release".into(), text);
    }
}

fn api<H: Holder>(client: &Client, namespace: Option<&str>) -> Api<H> {
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

/// Lists records by their labels alone: no bodies are sent.
pub(super) async fn list<H: Holder>(
    client: &Client,
    namespace: Option<&str>,
    selector: &str,
) -> Result<Vec<Entry>> {
    let api = api::<H>(client, namespace);
    let mut parameters = ListParams::default().labels(selector).limit(PAGE);
    parameters.field_selector = H::FIELDS.map(str::to_owned);
    let mut entries = Vec::new();
    loop {
        let page = retrying("listing releases", || api.list_metadata(&parameters)).await;
        let page = page.map_err(|problem| cannot("list", "releases", namespace, problem))?;
        entries.extend(page.items.iter().filter_map(|object| entry(object)));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters.continue_token = Some(token),
            None => return Ok(entries),
        }
    }
}

/// A record whose labels make no sense is named and left out; the others still count.
fn entry<H: Holder>(object: &PartialObjectMeta<H>) -> Option<Entry> {
    let namespace = object.namespace().unwrap_or_default();
    let created = object.creation_timestamp().map_or(0, |time| time.0.as_second());
    let read = from_labels(&namespace, object.labels(), created);
    if let Err(problem) = &read {
        let kind = H::kind(&());
        report::warn(format!("{kind} `{}` in `{namespace}` is left out: {problem}", object.name_any()));
    }
    read.ok()
}

/// Returns a record as it is stored; `None` where there is none of this name.
pub(super) async fn read<H: Holder>(client: &Client, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
    let api = api::<H>(client, Some(namespace));
    let found = retrying("reading a release", || api.get_opt(key)).await;
    let found = found.map_err(|problem| cannot("get", key, Some(namespace), problem))?;
    match found {
        None => Ok(None),
        Some(object) => match object.stored() {
            Some(stored) => Ok(Some(stored)),
            None => Err(Error::new(format!("`{key}` in `{namespace}` has no key `release`")).hint(
                "it is no record of Helm's, or was damaged: delete it, or roll back to another revision",
            )),
        },
    }
}

/// Marks a record as failed, unless somebody else changed it in the meantime.
pub(super) async fn fail<H: Holder>(
    client: &Client,
    namespace: &str,
    key: &str,
    description: &str,
) -> Result<()> {
    let api = api::<H>(client, Some(namespace));
    let doing = || format!("cannot mark `{key}` in `{namespace}` as failed");
    let mut object = retrying("reading a release", || api.get(key)).await.context(doing)?;
    let stored = object.stored().ok_or_else(|| Error::new(format!("`{key}` has no key `release`")))?;
    let changed = decode::encode_with_status(&stored, Status::Failed, description).context(doing)?;
    object.store(changed);
    let labels: &mut BTreeMap<String, String> = object.meta_mut().labels.get_or_insert_default();
    labels.insert("status".into(), Status::Failed.to_string());
    labels.insert("modifiedAt".into(), time::OffsetDateTime::now_utc().unix_timestamp().to_string());
    // With the resourceVersion of what was read: a writer that is alive after all wins.
    api.replace(key, &PostParams::default(), &object).await.map_err(ApiError::from).context(doing)?;
    Ok(())
}

/// Says what could not be done, and for a refusal which right is missing.
fn cannot(verb: &str, what: &str, namespace: Option<&str>, problem: ApiError) -> Error {
    let place = namespace.map_or("all namespaces".to_owned(), |name| format!("namespace `{name}`"));
    let code = problem.code();
    let error = Error::from(problem).context(format!("cannot {verb} {what} in {place}"));
    match code {
        Some(403) => error.hint(format!(
            "the role needs `{verb}` on secrets (or configmaps); docs/helm-release.md has it ready"
        )),
        _ => error,
    }
}
