//! Which secrets a step is about, whichever of the ways to say it was used.

use std::collections::BTreeMap;

use kit::{Error, Result, report};

use crate::engines::{self, Access, Place};
use crate::params::{GetParams, Wanted};
use crate::session::Session;
use crate::source::Source;
use crate::vault::{ApiPath, Mount, Mounts, VaultError};

/// One secret of a step.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What versions, files and metadata call it.
    pub(crate) name: String,
    pub(crate) wanted: Wanted,
    pub(crate) said: Said,
}

/// How the user said it. This decides the files by default and the names of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// As `source.secret`: versions have the key `version`, `digest`…
    Single,
    /// In a list of our own.
    Listed,
    /// Under its mount, as mschuchard's and mitodl's resources ask.
    UnderMount,
    /// The same, and its lease is to be renewed instead.
    RenewedUnderMount,
    /// As an API path, as Docurated's resource asks.
    ApiPath,
    /// As an API path with a version, as Comcast's resource asks.
    VaultPath,
}

/// Returns the secrets that the source watches.
///
/// # Errors
/// When they are named in two ways that exclude each other, or two have one name.
pub(crate) fn of_source(source: &Source) -> Result<Vec<Item>> {
    let single = source.secret.iter().map(|wanted| Item {
        name: single_name(wanted),
        wanted: wanted.clone(),
        said: Said::Single,
    });
    let listed = source.secrets.iter().map(listed);
    let items: Vec<Item> = single.chain(listed).chain(vault_paths(&source.vault_paths)?).collect();
    if source.secret.is_some() && items.len() > 1 {
        return Err(Error::new(
            "`source.secret` is the one secret, and stands beside other secrets in source",
        )
        .hint("name them all in `source.secrets`"));
    }
    distinct(items)
}

/// Returns the secrets that a get is to fetch.
///
/// # Errors
/// When source and params both name secrets, or two have one name.
pub(crate) fn of_get(source: &Source, params: &GetParams) -> Result<Vec<Item>> {
    let watched = of_source(source)?;
    let mut items: Vec<Item> = params.options.secrets.iter().map(listed).collect();
    for (mount, reads) in &params.mounts {
        let said = if reads.renew.get() { Said::RenewedUnderMount } else { Said::UnderMount };
        items.extend(reads.paths.iter().map(|path| Item {
            name: format!("{mount}-{path}"),
            wanted: Wanted {
                mount: Some(mount.clone()),
                engine: Some(reads.engine),
                ..Wanted::at(path.clone())
            },
            said,
        }));
    }
    items.extend(params.options.paths.iter().map(|path| Item {
        name: path.to_string(),
        wanted: Wanted::at(path.clone()),
        said: Said::ApiPath,
    }));
    items.extend(vault_paths(&params.options.vault_paths)?);
    match (watched.is_empty(), items.is_empty()) {
        (false, false) => Err(Error::new("secrets are named both in source and in the params of the get")
            .hint("use one resource that watches secrets, and another one for those of the params")),
        (false, true) => Ok(watched),
        (true, _) => distinct(items),
    }
}

fn listed(wanted: &Wanted) -> Item {
    Item { name: wanted.name(), wanted: wanted.clone(), said: Said::Listed }
}

/// `<mount>-<path>`, as the resources that came before call it in `vault.json`. What Vault alone could tell, the
/// mount of a whole path, is left out.
fn single_name(wanted: &Wanted) -> String {
    if let Some(name) = &wanted.name {
        return name.clone();
    }
    let default = wanted.engine.map(|engine| ApiPath::fixed(engine.default_mount()));
    match wanted.mount.clone().or(default) {
        Some(mount) => format!("{mount}-{}", wanted.path),
        None => wanted.path.to_string(),
    }
}

fn vault_paths(paths: &BTreeMap<String, i64>) -> Result<Vec<Item>> {
    let item = |(path, version): (&String, &i64)| {
        let parsed = path.parse::<ApiPath>();
        let path = parsed.map_err(|problem| Error::new(format!("`vault_paths`: {problem}")))?;
        let version = (*version > 0).then(|| kit::Text::from(version.to_string().as_str()));
        let wanted = Wanted { version, ..Wanted::at(path.clone()) };
        Ok(Item { name: path.to_string(), wanted, said: Said::VaultPath })
    };
    paths.iter().map(item).collect()
}

fn distinct(items: Vec<Item>) -> Result<Vec<Item>> {
    let mut seen = BTreeMap::new();
    for item in &items {
        if item.name.trim().is_empty() {
            return Err(Error::new(format!("the name of the secret at `{}` is empty", item.wanted.path)));
        }
        if let Some(other) = seen.insert(&item.name, &item.wanted.path) {
            return Err(Error::new(format!(
                "two secrets have the name `{}`: `{other}` and `{}`",
                item.name, item.wanted.path
            ))
            .hint("give one of them another `name`"));
        }
    }
    Ok(items)
}

/// Finds where the items are. Vault is asked for mounts that the user does not state; one request for each mount.
///
/// # Errors
/// When nothing is mounted there, or the token may not know.
pub(crate) async fn locate(session: &Session, items: &[Item]) -> Result<Vec<Place>> {
    let unknown: Vec<ApiPath> = items
        .iter()
        .filter(|item| item.said != Said::ApiPath)
        .filter_map(|item| engines::unknown_mount(&item.wanted))
        .collect();
    let mounts = if unknown.is_empty() { Mounts::default() } else { mounts(session, &unknown).await? };
    items.iter().map(|item| place(item, &mounts)).collect()
}

/// Asks Vault for the mounts of paths.
///
/// # Errors
/// When nothing is mounted there, or the token may not know.
pub(crate) async fn mounts(session: &Session, paths: &[ApiPath]) -> Result<Mounts> {
    let vault = session.vault().await?;
    let error = match Mounts::of(&vault, paths.iter()).await {
        Ok(mounts) => return Ok(mounts),
        Err(error) => error,
    };
    let VaultError::Denied { path, .. } = &error else { return Err(session.explain(error).await) };
    let message = format!(
        "Vault does not tell what is mounted at `{path}`: nothing is, or the token has no right there"
    );
    Err(session.explain(error).await.context(message))
}

fn place(item: &Item, mounts: &Mounts) -> Result<Place> {
    if item.said == Said::ApiPath {
        return Ok(as_it_is(&item.wanted.path));
    }
    let mut place = engines::locate(&item.wanted, mounts)?;
    if item.said == Said::VaultPath && place.access == Access::Versioned {
        place.below = place.below.strip_prefix("data/").unwrap_or(&place.below).to_owned();
    }
    report::debug(format_args!(
        "`{}` is {:?} in the {} engine at `{}`",
        item.name, place.access, place.mount.kind, place.mount.path
    ));
    Ok(place)
}

/// An API path of which nothing is known: a read of it may make a credential.
fn as_it_is(path: &ApiPath) -> Place {
    let (mount, below) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
    let mount = Mount {
        path: mount.parse().unwrap_or_else(|_| path.clone()),
        kind: String::new(),
        is_versioned: false,
        default_lease: 0,
    };
    Place { mount, below: below.to_owned(), access: Access::Mint, is_write: false }
}
