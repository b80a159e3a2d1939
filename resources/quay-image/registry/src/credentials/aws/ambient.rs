//! Identities that need no key in the source: what AWS gives the process, the container or the machine.

use kit::http::header::{AUTHORIZATION, HeaderName};
use kit::http::{Client, Method, Url};
use kit::{Context, Error, Result, Secret};

use super::super::metadata;
use super::{AccessKey, Environment, roles};

/// Where containers of ECS ask for their role.
const CONTAINER_HOST: &str = "http://169.254.170.2";
/// Where machines of EC2 ask for their role.
const METADATA: &str = "http://169.254.169.254";
const ROLES: &str = "latest/meta-data/iam/security-credentials/";
/// How long a token of the metadata server lasts, in seconds: as long as a login needs.
const METADATA_TOKEN_LIFETIME: &str = "300";
const LARGEST_ANSWER: u64 = 64 * 1024;

/// Returns the key of the first identity that the environment offers.
pub(super) async fn access_key(http: &Client, region: &str, environment: &Environment) -> Result<AccessKey> {
    if let Some(key) = of_variables(environment) {
        return Ok(key);
    }
    let web_identity = environment.get("AWS_WEB_IDENTITY_TOKEN_FILE").zip(environment.get("AWS_ROLE_ARN"));
    if let Some((file, role)) = web_identity {
        let token = std::fs::read_to_string(file)
            .context(|| format!("cannot read the token of the web identity, `{file}`"))?;
        let token = Secret::new(token.trim());
        return roles::assume_with_web_identity(http, region, environment, role, &token)
            .await
            .context(|| format!("cannot assume the role `{role}` with the web identity"));
    }
    if let Some(url) = container_url(environment)? {
        return of_container(url, environment).await.context(|| "cannot get the container's role".into());
    }
    of_machine(environment).await.context(|| "cannot get the machine's role".into()).hint(|| {
        "give `aws_access_key_id` and `aws_secret_access_key`, or run the worker where AWS gives it a role".into()
    })
}

fn of_variables(environment: &Environment) -> Option<AccessKey> {
    Some(AccessKey {
        access_key_id: environment.get("AWS_ACCESS_KEY_ID")?.into(),
        secret_access_key: environment.get("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: environment.get("AWS_SESSION_TOKEN").map(Secret::from),
    })
}

fn container_url(environment: &Environment) -> Result<Option<Url>> {
    let relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let url = relative
        .map(|path| format!("{CONTAINER_HOST}{path}"))
        .or_else(|| environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned));
    url.map(|url| Url::parse(&url).context(|| "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL".into()))
        .transpose()
}

async fn of_container(url: Url, environment: &Environment) -> Result<AccessKey> {
    let file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = match file {
        Some(file) => Some(std::fs::read_to_string(file).context(|| format!("cannot read `{file}`"))?),
        None => environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
    };
    let mut request = metadata::client()?.get(url);
    if let Some(token) = token.map(|token| Secret::new(token.trim())) {
        request = request.secret_header(AUTHORIZATION, token.expose());
    }
    Ok(request.send().await?.success().await?.json(LARGEST_ANSWER).await?)
}

/// Asks the machine's metadata server, by its second version, which wants a token first.
async fn of_machine(environment: &Environment) -> Result<AccessKey> {
    let server = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(METADATA);
    let http = metadata::client()?;
    let server = Url::parse(&format!("{}/", server.trim_end_matches('/')))?;
    let lifetime = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
    let request = http.request(Method::PUT, server.join("latest/api/token")?);
    let answer = request.header(lifetime, METADATA_TOKEN_LIFETIME).send().await?.success().await?;
    let token = Secret::new(text(&answer.bytes(LARGEST_ANSWER).await?)?);
    let ask = async |path: &str| {
        let header = HeaderName::from_static("x-aws-ec2-metadata-token");
        let request = http.get(server.join(path)?).secret_header(header, token.expose());
        Ok::<_, Error>(request.send().await?.success().await?)
    };
    let roles = ask(ROLES).await?.bytes(LARGEST_ANSWER).await?;
    let role = text(&roles)?.lines().next().unwrap_or_default().trim().to_owned();
    if role.is_empty() {
        return Err(Error::new("the machine has no role"));
    }
    Ok(ask(&format!("{ROLES}{role}")).await?.json(LARGEST_ANSWER).await?)
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).context(|| "the metadata server answered something that is no text".into())
}
