//! A private home for one run of Helm: all that it reads and writes beside the cluster lies there, for our eyes only.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use kit::child::Child;
use kit::{Context, Result, Secret};
use tempfile::TempDir;

use super::trust;
use crate::cluster::Access;
use crate::source::Source;

/// Variables of our own environment that Helm gets too: how to reach the network, and nothing else.
const PASSED_ON: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A folder with mode 0700 that goes with the step.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Home {
    /// Makes a home with a kubeconfig for `access`.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn new(source: &Source, access: &Access) -> Result<Self> {
        let folder = temporary_folder()?;
        let mut home = Self { folder, environment: Vec::new() };
        home.write("kubeconfig", access.kubeconfig().to_string())?;
        home.environment = home.variables(source)?;
        Ok(home)
    }

    /// Writes the cluster's token into a file of its own, under its name only when it is whole.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep_token(&self, token: &Secret) -> Result<PathBuf> {
        let (whole, path) = (self.write("token.new", token.expose())?, self.path("token"));
        fs::rename(whole, &path).context(|| format!("cannot write `{}`", path.display()))?;
        Ok(path)
    }

    /// Has Helm read the token from a file of [`Home::keep_token`], again and again.
    ///
    /// # Errors
    /// When the kubeconfig can't be written.
    pub fn read_token_from(&self, access: &Access, file: &Path) -> Result<()> {
        self.write("kubeconfig", access.kubeconfig_with_token_file(file).to_string()).map(drop)
    }

    /// Returns the place of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file with mode 0600 and returns its place.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(name);
        let doing = || format!("cannot write `{}`", path.display());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).context(doing)?;
        }
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(content.as_ref())).context(doing)?;
        Ok(path)
    }

    /// Returns another name for a file, one that Helm's flags can't misread: they split at commas, and take some
    /// names for URLs.
    ///
    /// # Errors
    /// When the link can't be made.
    pub fn link(&self, name: &str, target: &Path) -> Result<PathBuf> {
        let path = self.path(name);
        std::os::unix::fs::symlink(target, &path).context(|| format!("cannot link `{}`", path.display()))?;
        Ok(path)
    }

    /// Gives a child this home.
    pub(super) fn furnish(&self, child: Child) -> Child {
        self.environment.iter().fold(child, |child, (name, value)| child.env(name, value))
    }

    fn variables(&self, source: &Source) -> Result<Vec<(String, String)>> {
        let place = |name: &str| self.path(name).display().to_string();
        let mut variables: Vec<(String, String)> = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        let given = source.env_vars.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        variables.extend(given);
        let own = [
            ("HOME", place("home")),
            ("TMPDIR", place("tmp")),
            ("KUBECONFIG", place("kubeconfig")),
            ("HELM_CONFIG_HOME", place("config")),
            ("HELM_CACHE_HOME", place("cache")),
            ("HELM_DATA_HOME", place("data")),
            ("HELM_PLUGINS", place("plugins")),
            ("HELM_REGISTRY_CONFIG", place("registry.json")),
            ("HELM_REPOSITORY_CONFIG", place("repositories.yaml")),
            ("HELM_REPOSITORY_CACHE", place("cache/repository")),
        ];
        for folder in ["home", "tmp", "plugins"] {
            fs::create_dir_all(self.path(folder)).context(|| format!("cannot make `{}`", place(folder)))?;
        }
        let driver = source.driver()?;
        variables
            .retain(|(name, _)| !own.iter().any(|(own, _)| own == name) && !name.starts_with("HELM_DRIVER"));
        if let Some(bundle) = trust::bundle(&variables) {
            let file = self.write("ca-certificates.pem", bundle)?;
            variables.push(("SSL_CERT_FILE".into(), file.display().to_string()));
        }
        variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
        variables.push(("HELM_DRIVER".into(), driver.name().into()));
        if let crate::release::Driver::Sql(connection) = &driver {
            variables.push(("HELM_DRIVER_SQL_CONNECTION_STRING".into(), connection.expose().into()));
        }
        Ok(variables)
    }
}

/// Concourse's scratch space is a real disk; images without a `/tmp` are none the worse for it.
fn temporary_folder() -> Result<TempDir> {
    let candidates = [std::env::temp_dir(), PathBuf::from("/tmp"), PathBuf::from("/scratch")];
    let existing = candidates.iter().find(|folder| folder.is_dir());
    let parent = match existing {
        Some(folder) => folder.clone(),
        None => {
            fs::create_dir_all("/tmp").context(|| "cannot make `/tmp`".into())?;
            PathBuf::from("/tmp")
        }
    };
    let made = tempfile::Builder::new().prefix("helm-release-").tempdir_in(&parent);
    made.context(|| format!("cannot make a folder in `{}`", parent.display()))
}
