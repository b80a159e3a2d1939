//! Signatures without a key, with a certificate authority, a log and a certificate log of the test's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cosign::{Identity, Keyless, Policy, TrustedRoot};
use oci_registry::{Client, Digest, Settings};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use stack::image::{Artifact, Blob, Builder, Layer};
use stack::{Registry, image};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_cert::der::{Decode as _, Encode as _};

const IDENTITY: &str = "https://ci.example.com/acme/app@refs/heads/main";
const ISSUER: &str = "https://issuer.example.com";
/// When the log took the signature; certificates are valid for minutes around it.
const SIGNED_AT: i64 = 1_760_000_000;

/// The parties of a signature: who issues, who logs.
struct World {
    authority: CertifiedIssuer<'static, KeyPair>,
    log: KeyPair,
    certificate_log: KeyPair,
}

/// What a case changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Twist {
    None,
    OtherIdentity,
    OtherIssuer,
    OtherAuthority,
    OtherLog,
    LoggedLongAfter,
    OtherCertificateLog,
    EntryOfAnother,
    OtherPayload,
    NoPromise,
}

impl World {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = at(SIGNED_AT - 1_000_000);
        params.not_after = at(SIGNED_AT + 1_000_000);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "an authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { authority, log: KeyPair::generate().unwrap(), certificate_log: KeyPair::generate().unwrap() }
    }

    fn trusted_root(&self) -> String {
        let encode = |bytes: &[u8]| STANDARD.encode(bytes);
        let log = |key: &KeyPair| {
            let der = public_der(key);
            json!({
                "publicKey": {"rawBytes": encode(&der), "validFor": {"start": time_text(SIGNED_AT - 100)}},
                "logId": {"keyId": encode(digest(&SHA256, &der).as_ref())},
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(&self.log)],
            "ctlogs": [log(&self.certificate_log)],
            "certificateAuthorities": [{
                "certChain": {"certificates": [{"rawBytes": encode(self.authority.der())}]},
                "validFor": {"start": time_text(SIGNED_AT - 1000)},
            }],
        })
        .to_string()
    }

    /// Issues a certificate for `key`, logged by `certificate_log`.
    fn certificate(&self, key: &KeyPair, certificate_log: &KeyPair, twist: Twist) -> Vec<u8> {
        let issuer = if twist == Twist::OtherIssuer { "https://elsewhere.example.com" } else { ISSUER };
        let identity = if twist == Twist::OtherIdentity { "https://ci.example.com/eve" } else { IDENTITY };
        let issue = |extensions: Vec<CustomExtension>| {
            let mut params = CertificateParams::default();
            params.serial_number = Some(7_u64.into());
            params.distinguished_name = DistinguishedName::new();
            params.subject_alt_names = vec![SanType::URI(identity.try_into().unwrap())];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
            params.not_before = at(SIGNED_AT - 60);
            params.not_after = at(SIGNED_AT + 540);
            let text = [&[0x0c, u8::try_from(issuer.len()).unwrap()], issuer.as_bytes()].concat();
            params.custom_extensions = vec![extension(&[1, 3, 6, 1, 4, 1, 57264, 1, 8], text)];
            params.custom_extensions.extend(extensions);
            params.signed_by(key, &self.authority).unwrap().der().to_vec()
        };
        let bare = x509_cert::Certificate::from_der(&issue(vec![])).unwrap();
        let timestamps = self.timestamps(&bare.tbs_certificate().to_der().unwrap(), certificate_log);
        issue(vec![extension(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], timestamps)])
    }

    /// The list of signed timestamps (RFC 6962, section 3.3) for a certificate's body without it.
    fn timestamps(&self, body: &[u8], log: &KeyPair) -> Vec<u8> {
        let time = u64::try_from(SIGNED_AT * 1000).unwrap().to_be_bytes();
        let issuer = digest(&SHA256, &public_der(self.authority.key()));
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let signed = [&[0, 0][..], &time, &[0, 1], issuer.as_ref(), &length[1..], body, &[0, 0]].concat();
        let signature = sign(log, &signed);
        let id = digest(&SHA256, &public_der(log));
        let one = [&[0][..], id.as_ref(), &time, &[0, 0, 4, 3], &prefixed(&signature)].concat();
        let list = prefixed(&prefixed(&one));
        [&[0x04, u8::try_from(list.len()).unwrap()][..], &list].concat()
    }

    /// What the log says of a signature: the entry and its promise.
    fn entry(&self, body: &Value, log: &KeyPair, time: i64) -> Value {
        let body = STANDARD.encode(body.to_string());
        let id = digest(&SHA256, &public_der(log));
        let hex: String = id.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let promised =
            format!(r#"{{"body":"{body}","integratedTime":{time},"logID":"{hex}","logIndex":42}}"#);
        json!({"body": body, "integratedTime": time, "logID": hex, "logIndex": 42,
            "promise": STANDARD.encode(sign(log, promised.as_bytes())), "keyId": STANDARD.encode(id)})
    }
}

/// Where a signature stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Tagged,
    Bundled,
}

/// A signature with all that stands beside it.
struct Parts {
    payload: Vec<u8>,
    signature: Vec<u8>,
    certificate: Vec<u8>,
    pem: String,
    entry: Value,
}

impl Parts {
    fn new(world: &World, digest: &Digest, form: Form, twist: Twist) -> Self {
        let other = World::new();
        let key = KeyPair::generate().unwrap();
        let certificate_log = if twist == Twist::OtherCertificateLog { &other } else { world };
        let authority = if twist == Twist::OtherAuthority { &other } else { world };
        let certificate = authority.certificate(&key, &certificate_log.certificate_log, twist);
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(&certificate)
        );
        let named = if twist == Twist::OtherPayload { Digest::sha256(b"another") } else { digest.clone() };
        let payload = payload(form, &named);
        let signature = sign(&key, &message(form, &payload));
        let logged = if twist == Twist::EntryOfAnother { sign(&key, b"another") } else { signature.clone() };
        let time = if twist == Twist::LoggedLongAfter { SIGNED_AT + 100_000 } else { SIGNED_AT };
        let log = if twist == Twist::OtherLog { &other.log } else { &world.log };
        let entry = world.entry(&body(form, &payload, &logged, &pem), log, time);
        Self { payload, signature, certificate, pem, entry }
    }

    /// Writes it as cosign 1 and 2 do: an image at a tag, with the payload as layer.
    fn push_tagged(&self, registry: &Registry, digest: &Digest, twist: Twist) {
        let entry = |name: &str| self.entry[name].clone();
        let bundle = json!({
            "SignedEntryTimestamp": entry("promise"),
            "Payload": {
                "body": entry("body"), "integratedTime": entry("integratedTime"), "logIndex": entry("logIndex"),
                "logID": entry("logID"),
            },
        });
        let promise = if twist == Twist::NoPromise { String::new() } else { bundle.to_string() };
        let layer = Blob::new("application/vnd.dev.cosign.simplesigning.v1+json", self.payload.clone());
        let image = Builder::new().layer_blob(layer, &image::digest(&self.payload)).build();
        let image = image.change_manifest(|manifest| {
            manifest["layers"][0]["annotations"] = json!({
                "dev.cosignproject.cosign/signature": STANDARD.encode(&self.signature),
                "dev.sigstore.cosign/certificate": self.pem,
                "dev.sigstore.cosign/bundle": promise,
            });
        });
        image.push(registry, "keyless/app", &format!("sha256-{}.sig", digest.hex()));
    }

    /// Writes it as cosign 3 does: a bundle that refers to the image.
    fn push_bundled(&self, registry: &Registry, subject: &image::Content, twist: Twist) {
        const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let promise = match twist {
            Twist::NoPromise => Value::Null,
            _ => json!({"signedEntryTimestamp": self.entry["promise"]}),
        };
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": STANDARD.encode(&self.certificate)},
                "tlogEntries": [{
                    "logIndex": "42", "logId": {"keyId": self.entry["keyId"]},
                    "integratedTime": self.entry["integratedTime"].to_string(),
                    "inclusionPromise": promise, "canonicalizedBody": self.entry["body"],
                }],
            },
            "dsseEnvelope": {
                "payloadType": STATEMENT, "payload": STANDARD.encode(&self.payload),
                "signatures": [{"sig": STANDARD.encode(&self.signature)}],
            },
        });
        let artifact = Artifact::new(BUNDLE).blob(Blob::json(BUNDLE, &bundle)).subject(subject).build();
        // Registries without the referrers API list them at a tag (OCI distribution 1.1, "Referrers Tag Schema").
        let list = image::Index::of([artifact]).build().change_manifest(|index| {
            index["manifests"][0]["artifactType"] = json!(BUNDLE);
        });
        list.push(registry, "keyless/app", &subject.digest().replacen(':', "-", 1));
    }
}

const STATEMENT: &str = "application/vnd.in-toto+json";

fn payload(form: Form, digest: &Digest) -> Vec<u8> {
    let payload = match form {
        Form::Tagged => json!({"critical": {
            "identity": {"docker-reference": "x"}, "type": "cosign container image signature",
            "image": {"docker-manifest-digest": digest.as_str()},
        }}),
        Form::Bundled => json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://sigstore.dev/cosign/sign/v1",
            "subject": [{"digest": {"sha256": digest.hex()}}], "predicate": {},
        }),
    };
    payload.to_string().into_bytes()
}

fn message(form: Form, payload: &[u8]) -> Vec<u8> {
    let header = format!("DSSEv1 {} {STATEMENT} {} ", STATEMENT.len(), payload.len());
    match form {
        Form::Tagged => payload.to_vec(),
        Form::Bundled => [header.as_bytes(), payload].concat(),
    }
}

fn body(form: Form, payload: &[u8], signature: &[u8], pem: &str) -> Value {
    let hash = json!({"algorithm": "sha256", "value": Digest::sha256(payload).hex()});
    let (signature, verifier) = (STANDARD.encode(signature), STANDARD.encode(pem));
    match form {
        Form::Tagged => json!({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {
            "data": {"hash": hash},
            "signature": {"content": signature, "publicKey": {"content": verifier}},
        }}),
        Form::Bundled => json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
            "payloadHash": hash, "signatures": [{"signature": signature, "verifier": verifier}],
        }}),
    }
}

/// Signs an image in a registry, with something twisted, and returns how its verification ends.
async fn outcome(form: Form, twist: Twist) -> Result<(), String> {
    let world = World::new();
    let registry = Registry::plain();
    let image = Builder::new().layer(Layer::new().file("a", "a")).build();
    image.push(&registry, "keyless/app", "1");
    let digest: Digest = image.digest().parse().unwrap();
    let parts = Parts::new(&world, &digest, form, twist);
    match form {
        Form::Tagged => parts.push_tagged(&registry, &digest, twist),
        Form::Bundled => parts.push_bundled(&registry, &image, twist),
    }
    let repository = format!("{}/keyless/app", registry.host());
    let client = Client::new(repository.parse().unwrap(), Settings::default()).unwrap();
    let policy = Policy::Keyless(Box::new(Keyless {
        identity: Identity::pattern("https://ci.example.com/acme/.*").unwrap(),
        issuer: ISSUER.into(),
        trusted_root: TrustedRoot::parse(&world.trusted_root()).unwrap(),
    }));
    cosign::verify(&client, &digest, &policy).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_signature_counts_only_when_all_of_it_is_right() {
    let cases = [
        (Twist::None, None),
        (Twist::OtherIdentity, Some("it was made by `https://ci.example.com/eve`")),
        (Twist::OtherIssuer, Some("its issuer is `https://elsewhere.example.com`")),
        (Twist::OtherAuthority, Some("its certificate is not trusted")),
        (Twist::OtherLog, Some("is not trusted")),
        (Twist::LoggedLongAfter, Some("its certificate is not trusted")),
        (Twist::OtherCertificateLog, Some("no certificate log of the trusted root has seen its certificate")),
        (Twist::EntryOfAnother, Some("its log entry belongs to another signature")),
        (Twist::OtherPayload, Some("which is something else")),
    ];
    for (twist, expected) in cases {
        for form in [Form::Tagged, Form::Bundled] {
            match (outcome(form, twist).await, expected) {
                (Ok(()), None) => {}
                (Err(problem), Some(expected)) if problem.contains(expected) => {}
                (outcome, _) => panic!("{form:?}, {twist:?}: {outcome:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_signature_that_no_log_has_promised_does_not_count() {
    assert!(outcome(Form::Bundled, Twist::NoPromise).await.unwrap_err().contains("no log has promised"));
    assert!(outcome(Form::Tagged, Twist::NoPromise).await.unwrap_err().contains("no log has promised"));
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

fn time_text(seconds: i64) -> String {
    at(seconds).format(&Rfc3339).unwrap()
}

fn extension(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(oid, content)
}

/// A key's SubjectPublicKeyInfo.
fn public_der(key: &KeyPair) -> Vec<u8> {
    use rcgen::PublicKeyData as _;
    key.subject_public_key_info()
}

fn sign(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.serialize_der(), &random).unwrap();
    pair.sign(&random, message).unwrap().as_ref().to_vec()
}

/// Writes what RFC 6962 writes with its length before it.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}
