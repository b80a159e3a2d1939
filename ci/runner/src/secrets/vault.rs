//! Variables from a Vault or OpenBao, looked up as Concourse's credential manager does.

use kit::Secret;
use kit::http::{Client, ClientCertificate, Method, Settings, StatusCode, Url, header::HeaderName};
use pipeline::yaml::{Node, from_json};
use serde_json::{Map as JsonMap, Value as Json, json};
use tokio::sync::OnceCell;

use crate::outcome::{Problem, problem_of};

/// How large an answer may be, in bytes.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;

/// How to reach a Vault and where in it variables are.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// The server.
    pub url: String,
    /// What all paths start with.
    pub path_prefix: String,
    /// Where a variable may be, below the prefix: `/{{.Team}}/{{.Pipeline}}/{{.Secret}}`. Asked in this order.
    pub lookup_templates: Vec<String>,
    /// Where variables for everybody are, below the prefix; empty for nowhere.
    pub shared_path: String,
    /// The namespace; empty for none.
    pub namespace: String,
    /// A token; empty to log in.
    pub token: String,
    /// Where to log in: `approle`, `ldap`, `userpass`…
    pub auth_backend: String,
    /// What to log in with.
    pub auth_params: JsonMap<String, Json>,
    /// Certificates to trust beside the system's, as PEM.
    pub ca_cert: String,
    /// Who we are, as PEM; empty for nobody.
    pub client_cert: String,
    /// The key of the client certificate.
    pub client_key: String,
    /// Accept any certificate.
    pub is_insecure: bool,
}

impl Default for VaultSettings {
    fn default() -> Self {
        Self {
            url: String::new(),
            path_prefix: "/concourse".into(),
            lookup_templates: ["/{{.Team}}/{{.Pipeline}}/{{.Secret}}", "/{{.Team}}/{{.Secret}}"]
                .map(str::to_owned)
                .into(),
            shared_path: String::new(),
            namespace: String::new(),
            token: String::new(),
            auth_backend: String::new(),
            auth_params: JsonMap::new(),
            ca_cert: String::new(),
            client_cert: String::new(),
            client_key: String::new(),
            is_insecure: false,
        }
    }
}

/// A Vault to look variables up in.
pub struct Vault {
    settings: VaultSettings,
    team: String,
    pipeline: String,
    client: Client,
    base: Url,
    token: OnceCell<Secret>,
}

impl Vault {
    /// Prepares the client; nothing is sent yet.
    ///
    /// # Errors
    /// The URL or a certificate cannot be read, or there is no way to log in.
    pub fn new(settings: VaultSettings, team: &str, pipeline: &str) -> Result<Self, Problem> {
        let base: Url = settings.url.parse().map_err(|error| problem_of("the URL of the Vault", error))?;
        if settings.token.is_empty() && settings.auth_backend.is_empty() {
            return Err(Problem::new("must configure client token or auth backend")
                .hint("set VAULT_TOKEN, or `client_token` or `auth_backend` of the var source"));
        }
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let client_certificate = given(&settings.client_cert).map(|certificate| ClientCertificate {
            certificate,
            key: Secret::new(settings.client_key.clone()),
        });
        let http = Settings {
            ca_certs: given(&settings.ca_cert).into_iter().collect(),
            insecure: settings.is_insecure,
            client_certificate,
            ..Settings::default()
        };
        let client = Client::new(http).map_err(|error| problem_of("the client of the Vault", error))?;
        let (team, pipeline) = (team.to_owned(), pipeline.to_owned());
        Ok(Self { settings, team, pipeline, client, base, token: OnceCell::new() })
    }

    /// Looks a variable up in all places where it may be.
    pub(super) async fn look_up(&self, name: &str) -> Result<Option<Node>, Problem> {
        for path in self.paths(name) {
            if let Some(value) = self.read(&path).await? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn paths(&self, name: &str) -> Vec<String> {
        let settings = &self.settings;
        let without_pipeline =
            |template: &&String| !(self.pipeline.is_empty() && template.contains(".Pipeline"));
        let filled = settings.lookup_templates.iter().filter(without_pipeline).map(|template| {
            let filled = fill_template(
                template,
                &[("Team", &self.team), ("Pipeline", &self.pipeline), ("Secret", name)],
            );
            format!("{}/{filled}", settings.path_prefix)
        });
        let shared = (!settings.shared_path.is_empty())
            .then(|| format!("{}/{}/{name}", settings.path_prefix, settings.shared_path));
        filled.chain(shared).map(|path| without_doubled_slashes(&path)).collect()
    }

    /// Reads a secret: its field `value` when it has one, else all fields.
    async fn read(&self, path: &str) -> Result<Option<Node>, Problem> {
        let mount = self.get(&format!("sys/internal/ui/mounts/{path}")).await?;
        let version_2 = mount.as_ref().and_then(mount_of_version_2);
        let path = match &version_2 {
            Some(mount) => match path.strip_prefix(mount.trim_end_matches('/')) {
                Some(rest) => format!("{}/data{rest}", mount.trim_end_matches('/')),
                None => path.to_owned(),
            },
            None => path.to_owned(),
        };
        let Some(answer) = self.get(&path).await? else { return Ok(None) };
        let data = if version_2.is_some() { &answer["data"]["data"] } else { &answer["data"] };
        let Some(fields) = data.as_object() else { return Ok(None) };
        let value = fields.get("value").unwrap_or(data);
        Ok(Some(from_json(value, pipeline::Span::default())))
    }

    /// Returns what a path answers; nothing when there is nothing, or no permission to know whether a mount is there.
    async fn get(&self, path: &str) -> Result<Option<Json>, Problem> {
        let token = self.token.get_or_try_init(|| self.log_in()).await?;
        let request = self.request(Method::GET, path)?.secret_header(token_header(), token.expose());
        let response = request.send().await.map_err(|error| problem_of("reading from the Vault", error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            // Old servers and narrow policies do not tell of mounts; Concourse then takes the path as it is.
            StatusCode::FORBIDDEN if path.starts_with("sys/internal") => return Ok(None),
            status => {
                return Err(Problem::new(format!("the Vault answered {status} for `{path}`"))
                    .hint("the policy of the token must grant `read` there"));
            }
        }
        let answer = response.json::<Json>(MAX_ANSWER_BYTES).await;
        answer.map(Some).map_err(|error| problem_of("reading from the Vault", error))
    }

    async fn log_in(&self) -> Result<Secret, Problem> {
        let settings = &self.settings;
        if !settings.token.is_empty() {
            return Ok(Secret::new(settings.token.trim()));
        }
        let backend = &settings.auth_backend;
        let path = match backend.as_str() {
            "ldap" | "okta" | "userpass" => {
                let user = settings.auth_params.get("username").and_then(Json::as_str);
                let user = user.ok_or_else(|| Problem::new("`auth_params` must have a `username`"))?;
                format!("auth/{backend}/login/{user}")
            }
            _ => format!("auth/{backend}/login"),
        };
        let request = self.request(Method::POST, &path)?.json(&json!(settings.auth_params));
        let failed = |error| problem_of("logging in to the Vault", error);
        let response = request.send().await.map_err(failed)?;
        if response.status() != StatusCode::OK {
            return Err(Problem::new(format!(
                "the Vault refused the login at `{path}`: {}",
                response.status()
            )));
        }
        let answer = response.json::<Json>(MAX_ANSWER_BYTES).await.map_err(failed)?;
        match answer["auth"]["client_token"].as_str() {
            Some(token) => Ok(Secret::new(token)),
            None => Err(Problem::new("unexpected vault login response")),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<kit::http::Request, Problem> {
        let path = format!("v1/{}", path.trim_start_matches('/'));
        let url = self.base.join(&path).map_err(|error| problem_of("the path of a variable", error))?;
        let request = self.client.request(method, url);
        if self.settings.namespace.is_empty() {
            return Ok(request);
        }
        Ok(request.header(HeaderName::from_static("x-vault-namespace"), &self.settings.namespace))
    }
}

fn token_header() -> HeaderName {
    HeaderName::from_static("x-vault-token")
}

/// Returns the mount of a key-value engine of version 2; nothing for other engines.
fn mount_of_version_2(answer: &Json) -> Option<String> {
    let data = &answer["data"];
    (data["options"]["version"] == "2").then(|| data["path"].as_str().map(str::to_owned)).flatten()
}

/// Fills `{{.Name}}` in, the part of Go's templates that lookup templates use.
fn fill_template(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, behind)) = after.split_once("}}") else { break };
        filled.push_str(before);
        let name = action.trim().trim_start_matches('.');
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = behind;
    }
    filled + rest
}

fn without_doubled_slashes(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(pipeline: &str, shared_path: &str) -> Vec<String> {
        let settings = VaultSettings {
            url: "http://127.0.0.1:1".into(),
            token: "token-of-a-test".into(),
            shared_path: shared_path.into(),
            ..VaultSettings::default()
        };
        Vault::new(settings, "main", pipeline).unwrap().paths("db")
    }

    #[test]
    fn variables_are_looked_for_from_the_pipeline_outwards() {
        assert_eq!(paths("app", "all"), ["concourse/main/app/db", "concourse/main/db", "concourse/all/db"]);
        assert_eq!(paths("", ""), ["concourse/main/db"]);
    }
}
