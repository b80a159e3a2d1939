//! Stubs of the clouds' APIs, which lead to the real API server: what is asked is checked as strictly as the clouds do.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::place::{Place, cluster};
use crate::web::{Asked, Web};

fn without_cluster(place: &Place, keys: Value) -> acceptance::Resource {
    place.with({
        let mut all = json!({"cluster_url": null, "cluster_ca": null, "token": null});
        all.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        all
    })
}

fn ok(body: &Value) -> (u16, Vec<u8>) {
    (200, body.to_string().into_bytes())
}

#[test]
fn an_eks_cluster_is_found_and_signed_in_to() {
    let place = Place::new();
    let web = Web::serve(|asked| match asked.path.as_str() {
        "/clusters/prod"
            if asked.headers["authorization"].starts_with("AWS4-HMAC-SHA256 Credential=AKIATEST/") =>
        {
            ok(&json!({"cluster": {"endpoint": cluster().url(),
                "certificateAuthority": {"data": STANDARD.encode(cluster().ca_pem())}}}))
        }
        _ => (403, Vec::new()),
    });
    let user = json!({"access_key_id": "AKIATEST", "secret_access_key": "aws-canary"});
    let aws = json!({"region": "eu-central-1", "cluster_name": "prod", "user": user, "endpoint": web.url});
    let outcome = without_cluster(&place, json!({"aws": aws})).check(None);
    // The real API server knows no AWS tokens: that it says so shows that the way led there with one.
    assert!(outcome.error().contains("does not know these credentials"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("canary"));
    let mut unknown = aws.clone();
    unknown["cluster_name"] = "other".into();
    let outcome = without_cluster(&place, json!({"aws": unknown})).check(None);
    assert!(outcome.error().contains("the keys need eks:DescribeCluster"), "{}", outcome.stderr);
}

#[test]
fn an_aks_cluster_with_a_program_in_its_kubeconfig_gets_a_token_instead() {
    let place = Place::new();
    let kubeconfig = cluster().kubeconfig_with_token("replaced");
    let kubeconfig = kubeconfig.replace(r#""token": "replaced""#, r#""exec": {"command": "kubelogin"}"#);
    assert!(kubeconfig.contains("kubelogin"), "{kubeconfig}");
    let answer = json!({"kubeconfigs": [{"name": "clusterUser", "value": STANDARD.encode(kubeconfig)}]});
    let web = Web::serve(move |asked| match asked.path.split('?').next().unwrap() {
        "/tenant/oauth2/v2.0/token" if asked.body.contains("client_secret=azure-canary") => {
            let for_cluster = asked.body.contains("6dae42f8-4368-4678-94ff-e28960e40d75");
            ok(&json!({"access_token": if for_cluster { cluster().token() } else { "management" }}))
        }
        path if path.ends_with("/managedClusters/prod/listClusterUserCredential")
            && bearer(asked, "management") =>
        {
            ok(&answer)
        }
        _ => (403, Vec::new()),
    });
    let azure = json!({"tenant_id": "tenant", "client_id": "client", "client_secret": "azure-canary", "subscription_id": "s",
        "resource_group": "g", "cluster_name": "prod", "login_endpoint": web.url, "management_endpoint": web.url});
    let version = place.deploy(json!({})).json()["version"].clone();
    assert_eq!(without_cluster(&place, json!({"azure": azure})).check(None).json(), json!([version]));
}

fn bearer(asked: &Asked, token: &str) -> bool {
    asked.headers.get("authorization").is_some_and(|given| *given == format!("Bearer {token}"))
}

#[test]
fn a_digitalocean_cluster_s_kubeconfig_is_fetched() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let web = Web::serve(|asked| match asked.path.as_str() {
        "/v2/kubernetes/clusters/c-1/kubeconfig" if bearer(asked, "ocean-canary") => {
            (200, cluster().kubeconfig().into_bytes())
        }
        _ => (404, Vec::new()),
    });
    let ocean = json!({"cluster_id": "c-1", "access_token": "ocean-canary", "endpoint": web.url});
    assert_eq!(without_cluster(&place, json!({"digitalocean": ocean})).check(None).json(), json!([version]));
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn a_gke_cluster_is_found_with_the_worker_s_identity() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let endpoint = cluster().url().trim_start_matches("https://").to_owned();
    let web = Web::serve(move |asked| match asked.path.as_str() {
        "/computeMetadata/v1/instance/service-accounts/default/token"
            if asked.headers["metadata-flavor"] == "Google" =>
        {
            ok(&json!({"access_token": cluster().token(), "token_type": "Bearer"}))
        }
        "/v1/projects/p/locations/z/clusters/prod" if bearer(asked, cluster().token()) => ok(
            &json!({"endpoint": endpoint, "masterAuth": {"clusterCaCertificate": STANDARD.encode(cluster().ca_pem())}}),
        ),
        _ => (403, Vec::new()),
    });
    let keys = json!({"gcloud_cluster_auth": true, "gcloud_workload_identity_enabled": true, "gcloud_project_name": "p",
        "gcloud_k8s_cluster_name": "prod", "gcloud_k8s_zone": "z", "gcloud_endpoint": web.url});
    assert_eq!(without_cluster(&place, keys).check(None).json(), json!([version]));
}

#[test]
fn a_gke_account_signs_its_own_assertion() {
    let place = Place::new();
    let folder = stack::Folder::new("key");
    let path = folder.path().join("key.pem");
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let web = Web::serve(|asked| {
        let assertion = asked.body.split("assertion=").nth(1).unwrap_or_default();
        let claims = assertion
            .split('.')
            .nth(1)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .unwrap_or_default();
        let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
        match claims["iss"].as_str() {
            Some("deploy@p.iam") if claims["exp"].as_i64() > claims["iat"].as_i64() => {
                ok(&json!({"access_token": "google-token"}))
            }
            _ => (403, Vec::new()),
        }
    });
    let key = json!({"client_email": "deploy@p.iam", "private_key": std::fs::read_to_string(&path).unwrap(),
        "token_uri": format!("{}/token", web.url)});
    let keys = json!({"gcloud_cluster_auth": true, "gcloud_service_account_key_file": key.to_string(), "gcloud_project_name": "p",
        "gcloud_k8s_cluster_name": "prod", "gcloud_k8s_zone": "z", "gcloud_endpoint": web.url});
    let outcome = without_cluster(&place, keys).check(None);
    assert!(outcome.error().contains("cannot find the GKE cluster `prod`"), "{}", outcome.stderr);
    assert!(web.asked().iter().any(|asked| bearer(asked, "google-token")), "the token was used");
}

#[test]
fn oidc_tokens_are_fetched_without_a_program() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let own = std::sync::Arc::clone(&address);
    let web = Web::serve(move |asked| match asked.path.as_str() {
        "/.well-known/openid-configuration" => {
            ok(&json!({"token_endpoint": format!("{}/token", own.get().unwrap())}))
        }
        "/token" if asked.body.contains("refresh_token=oidc-canary") => {
            ok(&json!({"id_token": cluster().token(), "access_token": "other"}))
        }
        _ => (403, Vec::new()),
    });
    address.set(web.url.clone()).unwrap();
    let oidc = json!({"issuer_url": web.url, "client_id": "kubernetes", "refresh_token": "oidc-canary"});
    let resource = place.with(json!({"token": null, "oidc": oidc}));
    assert_eq!(resource.check(None).json(), json!([version]));
}
