//! Deleting, bringing back and destroying versions.

use kit::{Error, Result, report};
use serde_json::json;

use super::Putter;
use super::outcome::{Outcome, What};
use crate::engines::{Access, Place};
use crate::params::{PutOptions, Versions};
use crate::vault::Call;

/// What is done to versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Undelete,
    Delete,
    Destroy,
}

/// Returns what is asked in the order in which it is done.
pub(super) fn in_order(options: &PutOptions) -> [(Change, &[Versions]); 3] {
    [
        (Change::Undelete, &options.undelete),
        (Change::Delete, &options.delete),
        (Change::Destroy, &options.destroy),
    ]
}

impl Change {
    fn verb(self) -> &'static str {
        match self {
            Self::Undelete => "undeleted",
            Self::Delete => "deleted",
            Self::Destroy => "destroyed",
        }
    }
}

impl Putter<'_> {
    /// Changes the life of versions. Done twice, it changes nothing more.
    pub(super) async fn change_versions(&self, change: Change, versions: &Versions) -> Result<Outcome> {
        let place = match change {
            Change::Delete => self.place(&versions.path).await?,
            Change::Undelete => self.versioned_place(&versions.path, "bring versions back").await?,
            Change::Destroy => self.versioned_place(&versions.path, "destroy versions").await?,
        };
        let call = call(change, versions, &place)?;
        let numbers: Vec<String> = versions.versions.iter().map(u64::to_string).collect();
        let which = match numbers.as_slice() {
            _ if versions.everything.get() => "everything".to_owned(),
            [] => "newest".to_owned(),
            numbers => numbers.join(","),
        };
        let outcome = |text: String| Outcome {
            what: What::Done { verb: change.verb(), path: place.path().to_string(), value: which.clone() },
            text,
        };
        let what = format!("`{}` ({which})", place.path());
        if self.is_dry_run {
            report::info(format_args!("dry run: {what} would be {}", change.verb()));
            return Ok(outcome("dry run".into()));
        }
        let vault = self.session.vault().await?;
        if let Err(error) = vault.send(&call).await {
            return Err(self.session.explain(error).await);
        }
        report::info(format_args!("{what} {}", change.verb()));
        Ok(outcome(which.clone()))
    }
}

fn call(change: Change, versions: &Versions, place: &Place) -> Result<Call> {
    let listed = || json!({ "versions": versions.versions });
    let has_numbers = !versions.versions.is_empty();
    if versions.everything.get() && (change != Change::Delete || has_numbers) {
        return Err(Error::new("`everything` is for `delete` alone, and without `versions`"));
    }
    Ok(match (change, place.access) {
        (Change::Delete, Access::Versioned) if versions.everything.get() => {
            Call::delete(place.versioned_path("metadata"))
        }
        (Change::Delete, Access::Versioned) if has_numbers => {
            Call::write(place.versioned_path("delete"), listed()).repeatable()
        }
        (Change::Delete, Access::Versioned) => Call::delete(place.versioned_path("data")),
        (Change::Delete, Access::Read) if has_numbers => {
            return Err(Error::new(format!("`{}` has no versions: it is not in KV 2", place.path())));
        }
        (Change::Delete, Access::Read) => Call::delete(place.path()),
        (Change::Delete, _) => return Err(Error::new(format!("`{}` is no stored secret", place.path()))),
        (Change::Undelete | Change::Destroy, _) if !has_numbers => {
            let error = Error::new(format!(
                "`versions` is missing: those of `{}` to be {}",
                place.path(),
                change.verb()
            ));
            return Err(error.hint("name them, as in `versions: [3]`"));
        }
        (Change::Undelete, _) => Call::write(place.versioned_path("undelete"), listed()).repeatable(),
        (Change::Destroy, _) => Call::write(place.versioned_path("destroy"), listed()).repeatable(),
    })
}
