//! Logging in by an AWS identity, and AWS credentials, with moto in the place of AWS.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use http::Method;
use serde_json::{Value, json};

use crate::setup::{call, get, merge, mount, mount_login, policy, resource, text, unique, write};

/// A moto server: its STS, IAM and instance metadata answer as Amazon's do.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    fn start() -> Self {
        // Killed with the thread that runs this test, however that ends.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "moto_server", "--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("setpriv of util-linux, and moto_server of the Python package `moto[server]`");
        let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        let line = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()));
        // It logs each request; a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url: line.expect("moto says where it runs") }
    }

    /// Asks IAM, which takes any signature for good.
    fn iam(&self, form: &str) -> String {
        let authorization = "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x";
        let output = Command::new("curl")
            .args([
                "--silent",
                "--header",
                authorization,
                "--data",
                &format!("Version=2010-05-08&{form}"),
                &self.url,
            ])
            .output()
            .expect("curl runs");
        String::from_utf8(output.stdout).expect("XML")
    }

    /// Makes a user and returns its access key.
    fn user(&self, name: &str) -> (String, String) {
        self.iam(&format!("Action=CreateUser&UserName={name}"));
        let made = self.iam(&format!("Action=CreateAccessKey&UserName={name}"));
        let field = |name: &str| {
            let (_, rest) =
                made.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {made}"));
            rest.split('<').next().unwrap_or_default().to_owned()
        };
        (field("AccessKeyId"), field("SecretAccessKey"))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn secret() -> (Value, String) {
    let path = unique("login/aws");
    write(&path, json!({"key": "value"}));
    let keys = json!({"token": null, "auth_engine": "aws", "secret": {"path": format!("secret/{path}"), "name": "app"}});
    (keys, policy(&[(&format!("secret/data/{path}"), &["read"])]))
}

#[test]
fn an_access_key_logs_in_and_credentials_are_made() {
    let moto = Moto::start();
    let (mut keys, policy) = secret();
    let mount_path = mount_login("aws");
    let config = json!({
        "access_key": "x", "secret_key": "x", "sts_endpoint": moto.url, "iam_endpoint": moto.url, "sts_region": "us-east-1",
        "iam_server_id_header_value": "vault.example.com",
    });
    call(Method::POST, &format!("auth/{mount_path}/config/client"), config);
    let (id, secret_key) = moto.user("ci");
    let role = json!({
        "auth_type": "iam", "bound_iam_principal_arn": "arn:aws:iam::123456789012:user/ci",
        "resolve_aws_unique_ids": false, "token_policies": [policy],
    });
    call(Method::POST, &format!("auth/{mount_path}/role/ci"), role);
    merge(
        &mut keys,
        json!({
            "auth_mount": mount_path, "aws_server_id": "vault.example.com", "aws_access_key_id": id, "aws_secret_access_key": secret_key,
        }),
    );
    // Without a role, Vault takes the user's name.
    for role in [json!("ci"), Value::Null] {
        merge(&mut keys, json!({ "vault_role": role }));
        let got = get(&resource(keys.clone()), json!({"version": "1"}), json!({}));
        assert_eq!(got.json("vault.json")["app"]["key"], "value");
    }
    merge(&mut keys, json!({"aws_server_id": "another"}));
    assert!(resource(keys).check(None).error().contains("cannot log in by AWS"));

    let engine = mount("aws", json!({}));
    let root = json!({"access_key": id, "secret_key": secret_key, "iam_endpoint": moto.url, "sts_endpoint": moto.url, "region": "us-east-1"});
    call(Method::POST, &format!("{engine}/config/root"), root);
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let role = json!({"credential_type": "iam_user", "policy_document": document.to_string()});
    call(Method::POST, &format!("{engine}/roles/ci"), role);
    let secret = json!({"engine": "aws", "mount": engine, "path": "ci", "name": "aws"});
    let got = get(
        &resource(json!({ "secret": secret })),
        json!({"bucket": "x"}),
        json!({"files": [
            {"format": "env", "file": "aws.env", "upcase": true, "prefix": "aws_"},
        ]}),
    );
    assert!(
        got.text("aws.env").contains("AWS_ACCESS_KEY='AKIA")
            || got.text("aws.env").contains("AWS_ACCESS_KEY='")
    );
    let id = text(&got.json("leases.json")["leases"][0]["lease_id"]);
    let inputs = stack::Folder::new("put");
    resource(json!({})).put(inputs.path(), &json!({"revoke": [{"lease_id": id}]})).json();
}
