//! Signatures made by us and verified by cosign, and the other way round.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use cosign::{Policy, PublicKey, Signed, SigningKey};
use kit::Secret;
use oci_registry::{Client, Digest, Settings};
use stack::image::{Builder, Layer};
use stack::{Folder, Registry};

const PASSWORD: &str = "a password of the test";

/// A registry with an image, and a folder with a key pair that cosign made.
struct Place {
    registry: Registry,
    digest: Digest,
    folder: Folder,
}

impl Place {
    fn new() -> Self {
        let registry = Registry::plain();
        let image = Builder::new().layer(Layer::new().file("a", "a")).build();
        image.push(&registry, "signed/app", "1");
        let place = Self { registry, digest: image.digest().parse().unwrap(), folder: Folder::new("cosign") };
        assert_succeeds(&place.cosign(&["generate-key-pair"]));
        place
    }

    fn cosign(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(stack::binary("cosign"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("COSIGN_PASSWORD", PASSWORD).output().unwrap()
    }

    fn name(&self) -> String {
        format!("{}/signed/app@{}", self.registry.host(), self.digest)
    }

    fn client(&self) -> Client {
        let repository = format!("{}/signed/app", self.registry.host()).parse().unwrap();
        Client::new(repository, Settings::default()).unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn policy(&self) -> Policy {
        Policy::Key(PublicKey::parse(&self.read("cosign.pub")).unwrap())
    }

    fn key(&self) -> SigningKey {
        SigningKey::parse(&Secret::new(self.read("cosign.key")), Some(&Secret::new(PASSWORD))).unwrap()
    }

    fn verified_by_cosign(&self, key: &str) -> Output {
        let name = self.name();
        self.cosign(&[
            "verify",
            "--key",
            key,
            "--insecure-ignore-tlog=true",
            "--allow-insecure-registry",
            "--allow-http-registry",
            &name,
        ])
    }
}

#[track_caller]
fn assert_succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn cosign_verifies_what_we_sign() {
    let place = Place::new();
    assert_eq!(cosign::sign(&place.client(), &place.digest, &place.key()).await.unwrap(), Signed::New);
    assert_succeeds(&place.verified_by_cosign("cosign.pub"));
    cosign::verify(&place.client(), &place.digest, &place.policy()).await.unwrap();
    let again = cosign::sign(&place.client(), &place.digest, &place.key()).await.unwrap();
    assert_eq!(again, Signed::Already, "a second time adds nothing");
}

#[tokio::test]
async fn we_verify_what_cosign_signs() {
    for bundle in ["true", "false"] {
        let place = Place::new();
        let (name, bundle_flag) = (place.name(), format!("--new-bundle-format={bundle}"));
        assert_succeeds(&place.cosign(&[
            "sign",
            "--key",
            "cosign.key",
            "--yes",
            "--use-signing-config=false",
            "--tlog-upload=false",
            &bundle_flag,
            "--allow-insecure-registry",
            "--allow-http-registry",
            &name,
        ]));
        let verified = cosign::verify(&place.client(), &place.digest, &place.policy()).await;
        assert!(verified.is_ok(), "bundle {bundle}: {verified:?}");
    }
}

#[tokio::test]
async fn another_key_is_not_enough() {
    let (place, other) = (Place::new(), Place::new());
    cosign::sign(&place.client(), &place.digest, &other.key()).await.unwrap();
    let error = cosign::verify(&place.client(), &place.digest, &place.policy()).await.unwrap_err();
    assert!(error.to_string().contains("it was made with another key"), "{error}");
    cosign::sign(&place.client(), &place.digest, &place.key()).await.unwrap();
    cosign::verify(&place.client(), &place.digest, &place.policy()).await.unwrap();
    cosign::verify(&place.client(), &place.digest, &other.policy()).await.unwrap();
}

#[tokio::test]
async fn an_image_without_signature_is_named() {
    let place = Place::new();
    let error = cosign::verify(&place.client(), &place.digest, &place.policy()).await.unwrap_err();
    assert!(error.to_string().contains("is not signed"), "{error}");
}

#[test]
fn a_wrong_password_is_named_and_not_shown() {
    let place = Place::new();
    let key = Secret::new(place.read("cosign.key"));
    let wrong = SigningKey::parse(&key, Some(&Secret::new("wrong password"))).err().unwrap();
    assert_eq!(wrong.to_string(), "the password of the signing key is wrong");
    assert!(SigningKey::parse(&key, None).err().unwrap().to_string().contains("there is no password"));
}

#[tokio::test]
async fn keys_of_every_kind_sign_what_cosign_verifies() {
    let place = Place::new();
    let kinds: [(&str, &[&str]); 4] = [
        ("P-256, PKCS#8", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("P-256, RFC 5915", &["ecparam", "-genkey", "-noout", "-name", "prime256v1"]),
        ("RSA", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ("Ed25519", &["genpkey", "-algorithm", "ED25519"]),
    ];
    for (kind, arguments) in kinds {
        let key = openssl(arguments);
        let path = place.folder.write("key.pem", &key);
        place.folder.write("key.pub", openssl(&["pkey", "-pubout", "-in", &text(&path)]));
        let key =
            SigningKey::parse(&Secret::new(key), None).unwrap_or_else(|error| panic!("{kind}: {error}"));
        cosign::sign(&place.client(), &place.digest, &key).await.unwrap();
        let policy = Policy::Key(PublicKey::parse(&place.read("key.pub")).unwrap());
        assert!(cosign::verify(&place.client(), &place.digest, &policy).await.is_ok(), "{kind}");
        let verified = place.verified_by_cosign("key.pub");
        assert!(verified.status.success(), "{kind}: {}", String::from_utf8_lossy(&verified.stderr));
    }
}

#[test]
fn a_key_that_cosign_could_not_verify_is_refused() {
    let key = openssl(&["ecparam", "-genkey", "-noout", "-name", "secp384r1"]);
    let error = SigningKey::parse(&Secret::new(key), None).err().unwrap();
    assert_eq!(error.to_string(), "the signing key is of a kind that is not supported");
}

fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    assert_succeeds(&output);
    String::from_utf8(output.stdout).unwrap()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
