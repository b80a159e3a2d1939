//! Errors for what is not there, with what is there instead.

use kit::Error;

use crate::engines::{Access, Place};
use crate::session::Session;
use crate::vault::{ApiPath, Call, VaultError};

/// How many names an error lists before it says "and more".
const NAMES_SHOWN: usize = 10;

/// Turns an error of a read into the step's. For a missing secret it names those that exist beside it, if the token may
/// list them.
pub(crate) async fn explained(session: &Session, place: &Place, error: VaultError) -> Error {
    if !error.is_not_found() {
        return session.explain(error).await;
    }
    if error.says("Invalid path for a versioned K/V secrets engine") {
        return Error::new(format!("`{}` is KV 2, and was read as KV 1", place.mount.path))
            .hint("write `engine: kv2`, or leave `engine` out and have Vault asked");
    }
    let path = place.path();
    let message = match place.access {
        Access::Versioned | Access::Read => format!("the secret `{path}` does not exist"),
        _ => format!("nothing is at `{path}`"),
    };
    let error = match &error {
        VaultError::NotFound { detail, .. } => Error::new(format!("{message}{detail}")),
        _ => Error::new(message),
    };
    match siblings(session, place).await {
        Some(hint) => error.hint(hint),
        None => error.hint("check the path: names are case-sensitive"),
    }
}

/// Lists what stands beside the place.
async fn siblings(session: &Session, place: &Place) -> Option<String> {
    let (folder, _) = place.below.rsplit_once('/').unwrap_or(("", &place.below));
    let parent = match place.access {
        Access::Versioned => place.mount.path.join("metadata").join(folder),
        Access::Read => place.mount.path.join(folder),
        // Roles are listed under another name than that of what makes their credentials.
        Access::Mint => place.mount.path.join("roles"),
        Access::Rotated => place.mount.path.join("static-roles"),
        Access::Compute => place.mount.path.join("keys"),
    };
    let names = list(session, parent).await?;
    let beside = if folder.is_empty() || place.access != Access::Versioned && place.access != Access::Read {
        place.mount.path.clone()
    } else {
        place.mount.path.join(folder)
    };
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > NAMES_SHOWN { " and more" } else { "" };
    Some(format!("in `{beside}` there are {}{more}", shown.join(", ")))
}

async fn list(session: &Session, path: ApiPath) -> Option<Vec<String>> {
    let vault = session.vault().await.ok()?;
    let answer = vault.send(&Call::list(path)).await.ok()?;
    let keys = answer.data()?.get("keys")?.as_array()?;
    let names: Vec<String> = keys.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    (!names.is_empty()).then_some(names)
}
