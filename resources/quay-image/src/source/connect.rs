//! From a source to a client of its registry.

use kit::{Context, Result, http, report};
use oci_registry::{Acr, Basic, Client, Credentials, Environment, Gcp, Mirror, Repository, Settings};

use super::Source;

impl Source {
    /// Returns a client of the registry, and says what in the source deserves attention.
    ///
    /// # Errors
    /// When the source contradicts itself, or AWS has to be asked where the registry is and refuses.
    pub async fn client(&self) -> Result<Client> {
        for warning in self.warnings() {
            report::warn(warning);
        }
        let (repository, credentials) = self.login().await?;
        self.client_as(repository, credentials)
    }

    /// Returns a client of another repository, as this source's user if it is on the same registry, else as nobody.
    ///
    /// # Errors
    /// As [`Source::client`].
    pub async fn client_of(&self, repository: Repository) -> Result<Client> {
        let (own, credentials) = self.login().await?;
        let credentials = if own.host() == repository.host() { credentials } else { Credentials::Anonymous };
        self.client_as(repository, credentials)
    }

    fn client_as(&self, repository: Repository, credentials: Credentials) -> Result<Client> {
        let mirror = self.mirror(&repository)?;
        Ok(Client::new(repository, Settings { mirror, ..self.settings(credentials) })?)
    }

    /// Returns how registries are talked to, with the given credentials and no mirror.
    pub(crate) fn settings(&self, credentials: Credentials) -> Settings {
        Settings {
            insecure: self.insecure.get(),
            ca_certs: self.ca_certs.clone(),
            credentials,
            retry: self.retry_for.policy(),
            mirror: None,
        }
    }

    async fn login(&self) -> Result<(Repository, Credentials)> {
        let environment = Environment::of_process();
        if let Some(ecr) = self.ecr(environment.clone())? {
            let host = ecr.host(&self.cloud_client()?).await?;
            return Ok((self.repository_on(&host)?, Credentials::Ecr(ecr)));
        }
        let repository = self.repository()?;
        let credentials = match self.quay_login(&repository).await? {
            Some(user) => Credentials::Basic(user),
            None => self.credentials(environment),
        };
        Ok((repository, credentials))
    }

    /// Returns what the source has that probably isn't meant.
    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(tag) = self.tag.as_ref().filter(|tag| tag.was_number()) {
            let tag = tag.value();
            warnings.push(format!(
                "`source.tag` is the number {tag}: YAML drops trailing zeros, so quote it (`tag: \"{tag}\"`)"
            ));
        }
        if self.created_at_sort.get() && self.tag_regex.is_none() {
            warnings.push("`source.created_at_sort` has no effect without `tag_regex`".into());
        }
        if self.aws_ecr_registry_id.is_some() {
            warnings.push("`source.aws_ecr_registry_id` has no effect and is no longer needed".into());
        }
        if self.username.is_some() != self.password.is_some() {
            warnings.push("`source.username` and `source.password` count only together".into());
        }
        warnings
    }

    fn repository(&self) -> Result<Repository> {
        self.repository.parse().context(|| "`source.repository` can't be used".into())
    }

    /// The repository of an ECR registry is just a name; one that is written out whole is taken too.
    fn repository_on(&self, host: &str) -> Result<Repository> {
        let name = self.repository.strip_prefix(host).and_then(|rest| rest.strip_prefix('/'));
        let name = name.unwrap_or(&self.repository);
        Repository::on_host(host, name).context(|| "`source.repository` can't be used".into())
    }

    fn credentials(&self, environment: Environment) -> Credentials {
        if self.azure_acr.get() {
            return Credentials::Acr(Acr {
                client_id: self.azure_client_id.clone(),
                tenant_id: self.azure_tenant_id.clone(),
                cloud: self.azure_environment.map(|environment| environment.0),
                environment,
            });
        }
        if self.gcp_metadata.get() {
            return Credentials::Gcp(Gcp { environment });
        }
        basic(self.username.as_ref(), self.password.as_ref())
    }

    /// The mirror stands for Docker Hub alone, so that one can be the default for all pipelines of a Concourse.
    fn mirror(&self, repository: &Repository) -> Result<Option<Mirror>> {
        let Some(mirror) = self.registry_mirror.as_ref().filter(|_| repository.is_docker_hub()) else {
            return Ok(None);
        };
        let Some(host) = &mirror.host else { return Ok(None) };
        let repository = Repository::on_host(host, repository.path())
            .context(|| "`source.registry_mirror.host` can't be used".into())?;
        let credentials = basic(mirror.username.as_ref(), mirror.password.as_ref());
        Ok(Some(Mirror { repository, credentials }))
    }

    /// The client for AWS's own API, before the registry is known.
    fn cloud_client(&self) -> Result<http::Client> {
        let (ca_certs, retry) = (self.ca_certs.clone(), self.retry_for.policy());
        let settings = http::Settings { ca_certs, retry, ..http::Settings::default() };
        Ok(http::Client::new(settings)?)
    }
}

fn basic(username: Option<&String>, password: Option<&kit::Secret>) -> Credentials {
    match username.zip(password) {
        Some((username, password)) => {
            Credentials::Basic(Basic { username: username.clone(), password: password.clone() })
        }
        None => Credentials::Anonymous,
    }
}
