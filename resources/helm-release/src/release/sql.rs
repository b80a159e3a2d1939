//! Records in PostgreSQL, Helm's third driver.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kit::{Context, Error, Result, Secret};
use rustls::crypto::ring;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::entry::{Entry, from_labels};
use super::{Status, decode};

/// Connects by a connection string as Go's driver takes it: a URL, or `key=value` pairs.
async fn connect(connection: &Secret) -> Result<Client> {
    let config: tokio_postgres::Config = connection.expose().parse().map_err(|_| {
        Error::new("the SQL driver's connection string can't be read")
            .hint("it looks like `postgresql://user:password@host:5432/database?sslmode=require`")
    })?;
    let (client, link) = config
        .connect(MakeRustlsConnect::new(tls()?))
        .await
        .context(|| "cannot connect to the SQL driver's database".into())?;
    tokio::spawn(async move {
        if let Err(problem) = link.await {
            kit::report::debug(format!("the database connection ended: {problem}"));
        }
    });
    Ok(client)
}

/// libpq's `sslmode=require` encrypts without asking who the server is, and so do we: the driver has no word for more.
fn tls() -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context(|| "cannot set up TLS".into())?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// The columns that a list needs: no bodies.
const LIST: &str = "SELECT key, name, namespace, version, status, createdat, modifiedat FROM releases_v1 \
                    WHERE owner = 'helm' AND ($1::text IS NULL OR namespace = $1) AND ($2::text IS NULL OR name = $2)";

const LABELS: &str = "SELECT releasekey, releasenamespace, key, value FROM custom_labels_v1 \
                      WHERE $1::text IS NULL OR releasenamespace = $1";

/// Lists records without their bodies.
pub(super) async fn list(
    connection: &Secret,
    namespace: Option<&str>,
    release: Option<&str>,
) -> Result<Vec<Entry>> {
    let client = connect(connection).await?;
    let rows = match client.query(LIST, &[&namespace, &release]).await {
        // Helm makes its tables with the first release.
        Err(problem) if problem.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(Vec::new()),
        rows => rows.context(|| "cannot list the releases in the SQL driver's database".into())?,
    };
    let mut entries = Vec::new();
    for row in rows {
        let number = |column: &str| row.get::<_, Option<i32>>(column).unwrap_or_default();
        let text = |column: &str| row.get::<_, Option<String>>(column).unwrap_or_default();
        let labels = BTreeMap::from([
            ("name".to_owned(), text("name")),
            ("version".to_owned(), number("version").to_string()),
            ("status".to_owned(), text("status")),
        ]);
        match from_labels(&text("namespace"), &labels, i64::from(number("createdat"))) {
            Ok(mut entry) => {
                entry.modified = entry.created.max(i64::from(number("modifiedat")));
                entries.push(entry);
            }
            Err(problem) => kit::report::warn(format!("row `{}` is left out: {problem}", text("key"))),
        }
    }
    add_labels(&client, namespace, &mut entries).await?;
    Ok(entries)
}

/// The users' labels lie in a table of their own.
async fn add_labels(client: &Client, namespace: Option<&str>, entries: &mut [Entry]) -> Result<()> {
    let rows = client.query(LABELS, &[&namespace]).await;
    let rows = rows.context(|| "cannot read the labels in the SQL driver's database".into())?;
    let mut labels: HashMap<(String, String), BTreeMap<String, String>> = HashMap::new();
    for row in rows {
        labels.entry((row.get(1), row.get(0))).or_default().insert(row.get(2), row.get(3));
    }
    for entry in entries {
        entry.labels = labels.remove(&(entry.namespace.clone(), entry.key())).unwrap_or_default();
    }
    Ok(())
}

/// Returns a record as it is stored; `None` where there is none of this name.
pub(super) async fn read(connection: &Secret, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
    let client = connect(connection).await?;
    let row = client
        .query_opt("SELECT body FROM releases_v1 WHERE key = $1 AND namespace = $2", &[&key, &namespace])
        .await;
    let row = row.context(|| format!("cannot read `{key}` from the SQL driver's database"))?;
    Ok(row.map(|row| row.get::<_, String>(0).into_bytes()))
}

/// Marks a record as failed, unless somebody else changed it in the meantime.
pub(super) async fn fail(connection: &Secret, namespace: &str, key: &str, description: &str) -> Result<()> {
    let doing = || format!("cannot mark `{key}` as failed in the SQL driver's database");
    let stored = read(connection, namespace, key).await?;
    let stored = stored.ok_or_else(|| Error::new("it is gone").context(doing()))?;
    let body = decode::encode_with_status(&stored, Status::Failed, description).context(doing)?;
    let (before, body) = (String::from_utf8_lossy(&stored), String::from_utf8_lossy(&body));
    let client = connect(connection).await?;
    let now = i32::try_from(time::OffsetDateTime::now_utc().unix_timestamp()).unwrap_or(i32::MAX);
    let update = "UPDATE releases_v1 SET body = $1, status = 'failed', modifiedat = $2 \
                  WHERE key = $3 AND namespace = $4 AND body = $5";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&body.as_ref(), &now, &key, &namespace, &before.as_ref()];
    match client.execute(update, &parameters).await.context(doing)? {
        0 => Err(Error::new("somebody else changed it").context(doing())),
        _ => Ok(()),
    }
}
