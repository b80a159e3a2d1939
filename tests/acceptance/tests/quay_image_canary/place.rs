//! A registry that asks for a password, a proxy before it, and a program that knows all secrets.

use std::fs;
use std::path::Path;

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::image::{Builder, Content, Layer, noise};
use stack::registry::TokenAuth;
use stack::{FaultProxy, Folder, Registry};

use crate::processes::Processes;
use crate::secrets::Secrets;

/// The repository of the tests.
pub(crate) const REPOSITORY: &str = "canary/app";
/// How what stands in the place of a secret begins; where long texts are cut, the rest may be missing.
const HIDDEN: &str = "((re";

/// A registry behind a proxy, folders, and secrets for everything.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) proxy: FaultProxy,
    pub(crate) secrets: Secrets,
    pub(crate) inputs: Folder,
    pub(crate) fetched: Folder,
    temporary: Folder,
    processes: Processes,
}

impl Place {
    /// A registry with `image` as 1.0.0, whose user has the secret password.
    pub(crate) fn with(image: &Content) -> Self {
        let secrets = Secrets::new();
        let user = TokenAuth::user("ann", &secrets.get("source.password"));
        Self::on(Registry::builder().token_auth(user).start(), secrets, image)
    }

    pub(crate) fn on(registry: Registry, secrets: Secrets, image: &Content) -> Self {
        image.push(&registry, REPOSITORY, "1.0.0");
        let proxy = FaultProxy::in_front_of(&registry);
        let processes = Processes::watch(&proxy);
        let [inputs, fetched, temporary] = ["inputs", "fetched", "temporary"].map(Folder::new);
        Self { registry, proxy, secrets, inputs, fetched, temporary, processes }
    }

    /// A `source:` with every secret, for check and get.
    pub(crate) fn source(&self) -> Value {
        let mut source = self.secrets.source();
        source["repository"] = json!(format!("{}/{REPOSITORY}", self.proxy.host()));
        source["username"] = json!("ann");
        source["debug"] = json!(true);
        source["label_regex"] = json!(".");
        source
    }

    /// A `source:` for put, which refuses Notary.
    pub(crate) fn put_source(&self) -> Value {
        let mut source = self.source();
        source.as_object_mut().unwrap().remove("content_trust");
        source
    }

    /// `params:` of a put of an image, with every secret that it takes.
    pub(crate) fn put_params(&self, image: &str) -> Value {
        let mut params = self.secrets.put_params();
        params.as_object_mut().unwrap().remove("assemble");
        params["image"] = json!(image);
        params["version"] = json!("1.0.0");
        params["bump_aliases"] = json!(true);
        params
    }

    /// `params:` of a put that assembles an image of a base, whose registry another user reads.
    pub(crate) fn assemble_params(&self) -> Value {
        let mut params = self.secrets.put_params();
        let base = &mut params["assemble"]["base"];
        base["repository"] = json!(format!("{}/{REPOSITORY}", self.proxy.host()));
        base["tag"] = json!("1.0.0");
        base["username"] = json!("bob");
        params["version"] = json!("2.0.0");
        params
    }

    pub(crate) fn check(&self, source: &Value) -> Outcome {
        self.run("check", None, &json!({"source": source}).to_string(), &[])
    }

    pub(crate) fn get(&self, image: &Content, params: &Value) -> Outcome {
        let version = json!({"tag": "1.0.0", "digest": image.digest()});
        let payload = json!({"source": self.source(), "version": version, "params": params});
        self.run("in", Some(self.fetched.path()), &payload.to_string(), &[])
    }

    pub(crate) fn put(&self, params: &Value) -> Outcome {
        let payload = json!({"source": self.put_source(), "params": params});
        self.run("out", Some(self.inputs.path()), &payload.to_string(), &[])
    }

    /// Runs a step, and looks through all that it left behind.
    #[track_caller]
    pub(crate) fn run(
        &self,
        verb: &'static str,
        folder: Option<&Path>,
        payload: &str,
        environment: &[(&str, String)],
    ) -> Outcome {
        let mut command = Resource::new("quay-image", json!({})).command(verb, folder);
        command.env("TMPDIR", self.temporary.path()).env("HOME", self.temporary.path());
        command.envs(environment.iter().cloned());
        let output = command.write_stdin(payload).output().unwrap();
        let outcome = Outcome {
            succeeded: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        self.assert_nothing_shows(&format!("{}{}", outcome.stdout, outcome.stderr));
        outcome
    }

    /// Fails if a secret is in what was printed, in a file, or in what could be read of the program's processes.
    #[track_caller]
    pub(crate) fn assert_nothing_shows(&self, printed: &str) {
        self.assert_hidden("the log", printed);
        for folder in [&self.fetched, &self.temporary, &self.inputs] {
            self.assert_hidden("a file", &texts_in(folder.path()));
        }
        self.assert_hidden("a process", &self.processes.text());
        for token in self.tokens() {
            assert!(!printed.contains(&token), "a token shows:\n{printed}");
        }
    }

    #[track_caller]
    fn assert_hidden(&self, what: &str, text: &str) {
        if let Some(shown) = self.secrets.shown_in(text) {
            panic!("{what} shows {shown}:\n{text}");
        }
    }

    /// The tokens that the registry was shown.
    fn tokens(&self) -> Vec<String> {
        let requests = self.proxy.requests();
        let shown = requests.iter().filter_map(|request| request.header("authorization"));
        shown.filter_map(|header| header.strip_prefix("Bearer ").map(str::to_owned)).collect()
    }

    /// Returns what was seen of the program's processes, which must be something.
    pub(crate) fn processes_seen(&self) -> String {
        self.processes.text()
    }
}

/// Texts that repeat what a program was told, in the forms that servers do: all of it, and with the password where long
/// texts are cut.
pub(crate) fn echoes(secrets: &Secrets, told: &Value) -> [String; 2] {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let told = told.to_string();
    let was_told = |secret: &&str| told.contains(&Value::from(*secret).to_string());
    let each = secrets.values().filter(was_told).flat_map(|secret| {
        [secret.to_owned(), STANDARD.encode(format!("ann:{secret}")), STANDARD.encode(secret)]
    });
    let all = each.collect::<Vec<_>>().join(" and ");
    [all, format!("{}{}", "x".repeat(300 - 12), secrets.get("source.password"))]
}

/// Fails unless the program had something to hide: else a test would prove nothing.
#[track_caller]
pub(crate) fn assert_was_hidden(case: &str, outcome: &Outcome) {
    let all = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(all.contains(HIDDEN), "{case}: nothing was hidden, though the secrets were there:\n{all}");
}

/// The contents of all files and links below a folder, and their names.
fn texts_in(folder: &Path) -> String {
    let mut texts = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        texts.push_str(&format!("{}\n", path.display()));
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => texts.push_str(&texts_in(&path)),
            kind if kind.is_file() => {
                texts.push_str(&String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()));
            }
            _ => {}
        }
    }
    texts
}

/// An image with a layer that is large enough to break off within.
pub(crate) fn image() -> Content {
    Builder::new()
        .layer(Layer::new().directory("etc").file("etc/motd", "hello\n"))
        .layer(Layer::new().file("noise", noise(1, 400_000)))
        .build()
}
