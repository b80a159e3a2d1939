//! Identities of clouds, against stand-ins for the clouds' endpoints.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci_registry::{
    AccessKey, Acr, AwsIdentity, AzureCloud, Client, Credentials, Ecr, Environment, Gcp, Reference, Settings,
};
use serde_json::json;
use stack::fault_proxy::Answer;
use stack::image::Builder;
use stack::{Fault, FaultProxy, Folder, On, Registry};

/// A server that answers only what it is told to.
fn cloud() -> FaultProxy {
    FaultProxy::in_front_of("http://127.0.0.1:9")
}

fn answer(value: serde_json::Value) -> Fault {
    Fault::Answer(Answer::new(200).json(&value.to_string()))
}

fn header_is(
    name: &'static str,
    wanted: &'static str,
) -> impl Fn(&http::request::Parts) -> bool + Send + Sync {
    move |head| head.headers.get(name).is_some_and(|value| value.as_bytes().starts_with(wanted.as_bytes()))
}

fn signed_by(key: &'static str) -> impl Fn(&http::request::Parts) -> bool + Send + Sync {
    move |head| {
        let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok());
        authorization.is_some_and(|text| text.starts_with(&format!("AWS4-HMAC-SHA256 Credential={key}/")))
    }
}

fn ecr_answer(registry: &Registry) -> Fault {
    answer(json!({"authorizationData": [{
        "authorizationToken": STANDARD.encode("AWS:ecr-password"),
        "proxyEndpoint": format!("https://{}", registry.host()),
    }]}))
}

/// A registry that lets the user of ECR in.
fn ecr_registry() -> Registry {
    let registry = Registry::builder().tls().htpasswd("AWS", "ecr-password").start();
    Builder::new().build().push(&registry, "app", "1");
    registry
}

/// Asks the registry where ECR says it is for `app:1`.
async fn reads(ecr: Ecr, registry: &Registry) -> kit::Result<bool> {
    let http = kit::http::Client::new(kit::http::Settings::default())?;
    let host = ecr.host(&http).await?;
    let settings = Settings {
        credentials: Credentials::Ecr(ecr),
        ca_certs: registry.ca_pem().into_iter().collect(),
        ..Settings::default()
    };
    let client = Client::new(oci_registry::Repository::on_host(&host, "app")?, settings)?;
    Ok(client.head(&Reference::Tag("1".parse()?)).await?.is_some())
}

fn key(id: &str) -> AccessKey {
    AccessKey { access_key_id: id.into(), secret_access_key: "secret-of-the-key".into(), session_token: None }
}

fn sts_answer(id: &str) -> Fault {
    let body = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{id}</AccessKeyId>\
         <SecretAccessKey>secret-of-{id}</SecretAccessKey><SessionToken>session-of-{id}</SessionToken>\
         </Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    Fault::Answer(Answer::new(200).body("text/xml", body))
}

#[tokio::test]
async fn ecr_takes_a_key() {
    let (cloud, registry) = (cloud(), ecr_registry());
    let target = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
    cloud.inject(
        On::post("/").when(signed_by("AKIA1")).when(header_is("x-amz-target", target)),
        ecr_answer(&registry),
    );
    let environment = Environment::from_iter([("AWS_ENDPOINT_URL_ECR", cloud.url())]);
    let identity = AwsIdentity { key: Some(key("AKIA1")), roles: vec![] };
    assert!(reads(Ecr::new("eu-west-1", None, identity, environment), &registry).await.unwrap());
    assert_eq!(cloud.requests().len(), 1, "one answer says both where the registry is and its password");
}

#[tokio::test]
async fn roles_are_assumed_in_their_order() {
    let (cloud, registry) = (cloud(), ecr_registry());
    cloud.inject(On::post("/sts").when(signed_by("AKIA1")), sts_answer("ASIA1"));
    cloud.inject(On::post("/sts").when(signed_by("ASIA1")), sts_answer("ASIA2"));
    cloud.inject(On::post("/ecr").when(signed_by("ASIA2")), ecr_answer(&registry));
    let environment = Environment::from_iter([
        ("AWS_ENDPOINT_URL_ECR", format!("{}/ecr", cloud.url())),
        ("AWS_ENDPOINT_URL_STS", format!("{}/sts", cloud.url())),
    ]);
    let roles = vec!["arn:aws:iam::1:role/a".into(), "arn:aws:iam::2:role/b".into()];
    let identity = AwsIdentity { key: Some(key("AKIA1")), roles };
    assert!(reads(Ecr::new("eu-west-1", None, identity, environment), &registry).await.unwrap());
    let requests = cloud.requests();
    assert_eq!(requests[1].header("x-amz-security-token"), Some("session-of-ASIA1"));
    assert_eq!(requests[2].header("x-amz-security-token"), Some("session-of-ASIA2"));
}

#[tokio::test]
async fn an_identity_without_keys_comes_from_the_environment() {
    let folder = Folder::new("aws");
    let token = folder.write("token", "web-identity-token\n").display().to_string();
    let temporary =
        json!({"AccessKeyId": "ASIA1", "SecretAccessKey": "s-1234", "Token": "t-1234", "Code": "Success"});
    let cases = [
        (
            "variables",
            vec![("AWS_ACCESS_KEY_ID", "ASIA1".to_owned()), ("AWS_SECRET_ACCESS_KEY", "s-1234".into())],
        ),
        (
            "web identity",
            vec![("AWS_WEB_IDENTITY_TOKEN_FILE", token), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/a".into())],
        ),
        (
            "container",
            vec![
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "{cloud}/container".into()),
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token".into()),
            ],
        ),
        ("machine", vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", "{cloud}".into())]),
    ];
    for (case, variables) in cases {
        let (cloud, registry) = (cloud(), ecr_registry());
        cloud.inject(
            On::post("/sts").when(|head| !head.headers.contains_key("authorization")),
            sts_answer("ASIA1"),
        );
        cloud.inject(
            On::get("/container").when(header_is("authorization", "container-token")),
            answer(temporary.clone()),
        );
        cloud.inject(
            On::put("/latest/api/token"),
            Fault::Answer(Answer::new(200).body("text/plain", "imds-token")),
        );
        let with_token = header_is("x-aws-ec2-metadata-token", "imds-token");
        cloud.inject(On::get("/security-credentials/worker").when(with_token), answer(temporary.clone()));
        let with_token = header_is("x-aws-ec2-metadata-token", "imds-token");
        let roles = Fault::Answer(Answer::new(200).body("text/plain", "worker"));
        cloud.inject(On::get("/latest/meta-data/iam/security-credentials/").when(with_token), roles);
        cloud.inject(On::post("/ecr").when(signed_by("ASIA1")), ecr_answer(&registry));
        let fixed = [
            ("AWS_ENDPOINT_URL_ECR", format!("{}/ecr", cloud.url())),
            ("AWS_ENDPOINT_URL_STS", format!("{}/sts", cloud.url())),
        ];
        let variables =
            variables.into_iter().map(|(name, value)| (name, value.replace("{cloud}", &cloud.url())));
        let environment: Environment = fixed.into_iter().chain(variables).collect();
        let ecr = Ecr::new("eu-west-1", None, AwsIdentity::default(), environment);
        assert!(
            reads(ecr, &registry).await.unwrap_or_else(|problem| panic!("{case}: {problem:?}")),
            "{case}"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_aws_says_what_it_needs() {
    let cloud = cloud();
    let body = r#"{"__type":"UnrecognizedClientException","message":"The security token is invalid."}"#;
    cloud.inject(On::post("/"), Fault::Answer(Answer::new(400).json(body)));
    let environment = Environment::from_iter([("AWS_ENDPOINT_URL", cloud.url())]);
    let identity = AwsIdentity { key: Some(key("AKIA1")), roles: vec![] };
    let ecr = Ecr::new("eu-west-1", None, identity, environment);
    let http = kit::http::Client::new(kit::http::Settings::default()).unwrap();
    let problem = ecr.host(&http).await.unwrap_err();
    assert!(problem.to_string().contains("security token is invalid"), "{problem}");
    assert!(problem.advice().is_some_and(|hint| hint.contains("aws_region")), "{problem:?}");
    assert!(!format!("{problem:?}").contains("secret-of-the-key"));
}

#[tokio::test]
async fn a_known_account_tells_the_host_without_asking() {
    let http = kit::http::Client::new(kit::http::Settings::default()).unwrap();
    let cases = [
        ("eu-west-1", "123.dkr.ecr.eu-west-1.amazonaws.com"),
        ("cn-north-1", "123.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ];
    for (region, host) in cases {
        let ecr = Ecr::new(region, Some("123"), AwsIdentity::default(), Environment::default());
        assert_eq!(ecr.host(&http).await.unwrap(), host);
    }
}

/// A registry that lets the user of ACR in, behind a proxy that answers as ACR does for what is its own.
fn acr() -> (Registry, FaultProxy) {
    let user = "00000000-0000-0000-0000-000000000000";
    let registry = Registry::builder().htpasswd(user, "refresh-token").start();
    Builder::new().build().push(&registry, "app", "1");
    let proxy = FaultProxy::builder(&registry).tls().start();
    let exchanged = answer(json!({"refresh_token": "refresh-token"}));
    proxy.inject(On::post("/oauth2/exchange"), exchanged);
    (registry, proxy)
}

async fn reads_from(proxy: &FaultProxy, credentials: Credentials) -> Result<bool, kit::Error> {
    let ca_certs = proxy.ca_pem().into_iter().collect();
    let settings = Settings { credentials, ca_certs, ..Settings::default() };
    let client = Client::new(format!("{}/app", proxy.host()).parse()?, settings)?;
    Ok(client.head(&Reference::Tag("1".parse()?)).await?.is_some())
}

#[tokio::test]
async fn acr_takes_a_managed_identity() {
    let token = answer(json!({"access_token": "identity-token", "expires_in": "3600"}));
    let cases = [
        ("system's", Acr::default(), "resource=https%3A%2F%2Fmanagement.azure.com"),
        ("user's", Acr { client_id: Some("client-1".into()), ..Acr::default() }, "client_id=client-1"),
        (
            "government",
            Acr { cloud: Some(AzureCloud::Government), tenant_id: Some("tenant-1".into()), ..Acr::default() },
            "management.usgovcloudapi.net",
        ),
    ];
    for (case, acr_identity, expected) in cases {
        let (_registry, proxy) = acr();
        let cloud = cloud();
        cloud.inject(
            On::get("/metadata/identity/oauth2/token").when(header_is("metadata", "true")),
            token.clone(),
        );
        let environment = Environment::from_iter([("AZURE_POD_IDENTITY_AUTHORITY_HOST", cloud.url())]);
        let credentials = Credentials::Acr(Acr { environment, ..acr_identity });
        assert!(
            reads_from(&proxy, credentials).await.unwrap_or_else(|problem| panic!("{case}: {problem:?}")),
            "{case}"
        );
        assert!(cloud.requests()[0].path.contains(expected), "{case}: {}", cloud.requests()[0].path);
    }
}

#[tokio::test]
async fn app_service_has_an_endpoint_of_its_own() {
    let (_registry, proxy) = acr();
    let cloud = cloud();
    let wanted = On::get("/msi/token").when(header_is("x-identity-header", "the-header"));
    cloud.inject(wanted, answer(json!({"access_token": "identity-token"})));
    let environment = Environment::from_iter([
        ("IDENTITY_ENDPOINT", format!("{}/msi/token", cloud.url())),
        ("IDENTITY_HEADER", "the-header".to_owned()),
    ]);
    assert!(reads_from(&proxy, Credentials::Acr(Acr { environment, ..Acr::default() })).await.unwrap());
}

#[test]
fn azures_cloud_is_told_by_the_domain() {
    let cases = [
        ("acme.azurecr.io", AzureCloud::Public),
        ("acme.azurecr.us", AzureCloud::Government),
        ("ACME.AZURECR.CN", AzureCloud::China),
        ("registry.example.com", AzureCloud::Public),
    ];
    for (host, cloud) in cases {
        assert_eq!(AzureCloud::of_host(host), cloud, "{host}");
    }
}

#[tokio::test]
async fn google_gives_the_machines_token() {
    let registry = Registry::builder().htpasswd("oauth2accesstoken", "google-token").start();
    Builder::new().build().push(&registry, "app", "1");
    let proxy = FaultProxy::builder(&registry).tls().start();
    let cloud = cloud();
    let wanted = On::get("/computeMetadata/v1/").when(header_is("metadata-flavor", "Google"));
    cloud.inject(wanted, answer(json!({"access_token": "google-token", "expires_in": 3599})));
    let environment = Environment::from_iter([("GCE_METADATA_HOST", cloud.host())]);
    assert!(reads_from(&proxy, Credentials::Gcp(Gcp { environment })).await.unwrap());

    let nowhere = Environment::from_iter([("GCE_METADATA_HOST", "127.0.0.1:9")]);
    let problem = reads_from(&proxy, Credentials::Gcp(Gcp { environment: nowhere })).await.unwrap_err();
    assert!(problem.to_string().contains("identity of Google"), "{problem}");
    assert!(problem.advice().is_some_and(|hint| hint.contains("gcp_metadata")), "{problem:?}");
}
