//! Steps that do what they should, with every secret in use.

use serde_json::json;
use stack::fault_proxy::Answer;
use stack::image::Builder;
use stack::{Fault, FaultProxy, On, Registry};

use crate::place::{Place, REPOSITORY, assert_was_hidden, echoes, image};
use crate::secrets::Secrets;

#[test]
fn check_get_and_put_show_nothing() {
    let image = image();
    let place = Place::with(&image);
    assert_eq!(place.check(&place.source()).json().as_array().unwrap().len(), 1);
    for format in ["rootfs", "oci", "oci-layout"] {
        place.get(&image, &json!({"format": format})).json();
    }
    image.write_layout(&place.inputs.path().join("image"), "1");
    let put = place.put(&place.put_params("image"));
    put.json();
    assert!(put.stderr.contains("signed"), "the key was used: {}", put.stderr);
    assert!(place.processes_seen().contains("out"), "the program was looked at while it ran");
}

/// A label that has the password in it was put there by somebody else, and does not become metadata.
#[test]
fn a_secret_in_a_label_does_not_become_metadata() {
    let secrets = Secrets::new();
    let password = secrets.get("source.password");
    let registry = Registry::builder().htpasswd("ann", &password).start();
    let labelled = Builder::new().label("note", &password).label(&password, "as a key").build();
    let place = Place::on(registry, secrets, &labelled);
    let got = place.get(&labelled, &json!({"skip_download": true}));
    got.json();
    assert_was_hidden("a label", &got);
}

#[test]
fn the_keys_of_ecr_show_nothing() {
    use base64::Engine as _;
    let secrets = Secrets::new();
    let password = secrets.get("source.password");
    let registry = Registry::builder().htpasswd("AWS", &password).start();
    let place = Place::on(registry, secrets, &image());
    let token = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}"));
    let answer = json!({"authorizationData": [{
        "authorizationToken": token, "proxyEndpoint": format!("http://{}", place.proxy.host()),
    }]});
    let cloud = FaultProxy::in_front_of("http://127.0.0.1:9");
    cloud.inject(On::post("/").once(), Fault::Answer(Answer::new(200).json(&answer.to_string())));
    let mut source = place.source();
    source["repository"] = json!(REPOSITORY);
    source["aws_region"] = json!("eu-west-1");
    let [echo, _] = echoes(&place.secrets, &source);
    let refusal = json!({"message": echo}).to_string();
    cloud.inject(On::post("/"), Fault::Answer(Answer::new(400).json(&refusal)));
    let payload = json!({"source": source}).to_string();
    let environment = [("AWS_ENDPOINT_URL_ECR", cloud.url())];
    place.run("check", None, &payload, &environment).json();
    let refused = place.run("check", None, &payload, &environment);
    assert_was_hidden("ECR refuses", &refused);
    assert!(cloud.requests().iter().all(|request| request.header("x-amz-security-token").is_some()));
}

#[test]
fn the_password_of_a_mirror_shows_nothing() {
    let secrets = Secrets::new();
    let registry = Registry::builder().htpasswd("mia", &secrets.get("source.registry_mirror.password"));
    let place = Place::on(registry.start(), secrets, &image());
    let mut source = place.source();
    source["repository"] = json!(REPOSITORY);
    source["tag"] = json!("1.0.0");
    source["registry_mirror"]["host"] = json!(place.proxy.host());
    source["registry_mirror"]["username"] = json!("mia");
    assert_eq!(place.check(&source).json().as_array().unwrap().len(), 1);
}
