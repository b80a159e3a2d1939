//! Fetching secrets into files.

mod fetch;
mod leases;
mod metadata;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::{Destination, Error, Fetched, Metadata, Result, Step, report};

use self::fetch::Fetcher;
use crate::CONCURRENT_REQUESTS;
use crate::digest::Digester;
use crate::output::{self, Rendered};
use crate::params::GetParams;
use crate::secret::FetchedSecret;
use crate::selection::{self, Item};
use crate::session::Session;
use crate::source::Source;
use crate::version::Version;

/// Fetches exactly `version`.
///
/// # Errors
/// When a secret, or just this version of it, can't be had. Nothing is written then.
pub(crate) async fn get(
    step: &Step<Source>,
    version: Version,
    params: GetParams,
    into: &Destination,
) -> Result<Fetched<Version>> {
    let source = &step.source;
    if params.options.skip_download.get() {
        return Ok(Fetched { version, metadata: Metadata::new() });
    }
    let items = selection::of_get(source, &params)?;
    if items.is_empty() {
        return nothing(version, into);
    }
    let login = source.login(params.options.auth.as_ref())?;
    let session = Session::open(step, source.vault()?, login);
    let fetcher = Fetcher { session: &session, digester: Digester::of(source), version: &version };
    let secrets = fetch_all(&fetcher, &items).await?;

    let mut files = output::render(source, &params.options.files, &secrets)?;
    files.extend(leases::file(&session, &secrets)?);
    if source.expose_token.get() {
        let token =
            session.token().ok_or_else(|| Error::new("there is no token to expose: nothing was asked"))?;
        files.push(Rendered::new("token", token.secret().expose()));
    }
    write(into, files)?;
    if source.expose_token.get() || leases::has_any(&secrets) {
        session.hand_out();
        leases::tell(&session, &secrets);
    }
    Ok(Fetched { version, metadata: metadata::of(source, &secrets) })
}

async fn fetch_all(fetcher: &Fetcher<'_>, items: &[Item]) -> Result<Vec<FetchedSecret>> {
    let places = selection::locate(fetcher.session, items).await?;
    let fetched: Vec<Option<FetchedSecret>> = stream::iter(items.iter().zip(&places))
        .map(|(item, place)| fetcher.fetch(item, place))
        .buffered(CONCURRENT_REQUESTS)
        .try_collect()
        .await?;
    let secrets: Vec<FetchedSecret> = fetched.into_iter().flatten().collect();
    report::info(format_args!("{} of {} secrets fetched", secrets.len(), items.len()));
    Ok(secrets)
}

/// Without a secret named anywhere there is nothing to fetch. That is so after a put, whose version names what it made.
fn nothing(version: Version, into: &Destination) -> Result<Fetched<Version>> {
    if version.is_constant() {
        return Err(Error::new("no secret is named: neither in source nor in the params of the get")
            .hint("name one as `source.secret`, or several as `params.secrets`"));
    }
    report::info("no secret is named, so none is fetched");
    into.write_secret("vault.json", "{}")?;
    Ok(Fetched { version, metadata: Metadata::new() })
}

/// Writes all files, or refuses before the first.
fn write(into: &Destination, files: Vec<Rendered>) -> Result<()> {
    let mut names = std::collections::BTreeSet::new();
    for file in &files {
        if !names.insert(&file.name) {
            return Err(Error::new(format!("two files would be called `{}`", file.name))
                .hint("give one of them another `file`"));
        }
    }
    files.iter().try_for_each(|file| into.write_secret(&file.name, &file.content))
}
