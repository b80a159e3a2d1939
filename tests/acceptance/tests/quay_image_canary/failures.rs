//! Steps that fail: at a registry that repeats what it was told, on the way, and by what is in an image.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::{Outcome, program};
use serde_json::{Value, json};
use stack::fault_proxy::Answer;
use stack::image::{Builder, Content, Layer};
use stack::{Fault, On};

use crate::place::{Place, assert_was_hidden, echoes, image};

/// Answers in which a server repeats a text, in the shapes of registries, token servers and web pages.
fn answers(text: &str) -> [(&'static str, Fault); 4] {
    let registry = json!({"errors": [{"code": "DENIED", "message": text}]}).to_string();
    let cloud = json!({"error": "invalid", "error_description": text}).to_string();
    [
        ("a registry's error", Fault::Answer(Answer::new(403).json(&registry))),
        ("a cloud's error", Fault::Answer(Answer::new(400).json(&cloud))),
        ("a text", Fault::Answer(Answer::new(401).body("text/plain", text.to_owned()))),
        ("no such error", Fault::Answer(Answer::new(409).json(&json!({"message": text}).to_string()))),
    ]
}

#[test]
fn a_server_that_repeats_secrets_does_not_bring_them_into_the_log() {
    let image = image();
    let place = Place::with(&image);
    image.write_layout(&place.inputs.path().join("image"), "1");
    let told = json!({"source": place.source()});
    let told_by_put = json!({"source": place.put_source(), "params": place.put_params("image")});
    let steps: [(&str, On, &Value, &dyn Fn() -> Outcome); 5] = [
        ("tags", On::get("/tags/list"), &told, &|| place.check(&place.source())),
        ("manifest", On::path("/manifests/"), &told, &|| place.get(&image, &json!({}))),
        ("blob", On::get("/blobs/"), &told, &|| place.get(&image, &json!({}))),
        ("token", On::path("/token"), &told, &|| place.check(&place.source())),
        ("upload", On::path("/manifests/"), &told_by_put, &|| place.put(&place.put_params("image"))),
    ];
    for (step, on, told, run) in steps {
        for text in echoes(&place.secrets, told) {
            for (case, fault) in answers(&text) {
                place.proxy.heal();
                place.proxy.inject(on.clone(), fault);
                let outcome = run();
                outcome.error();
                assert_was_hidden(&format!("{case}, {step}"), &outcome);
            }
        }
    }
}

#[test]
fn a_base_that_is_refused_shows_nothing() {
    let place = Place::with(&image());
    let outcome = place.put(&place.assemble_params());
    assert!(outcome.error().contains("401") || outcome.error().contains("bob"), "{}", outcome.stderr);
}

#[test]
fn a_network_that_fails_shows_nothing() {
    let image = image();
    let blob = format!("/blobs/{}", image.blobs[1].digest);
    let faults = [
        ("HTML for all", On::path("/canary/"), Fault::nginx(200)),
        ("HTML refuses", On::path("/canary/"), Fault::nginx(403)),
        ("no end of redirects", On::path("/canary/"), Fault::EndlessRedirect),
        ("no end of tags", On::get("/tags/list"), Fault::EndlessTags),
        ("another content", On::get(&blob), Fault::AlterBody(200_000)),
        ("another manifest", On::get("/manifests/"), Fault::AlterBody(40)),
        ("throttled", On::path("/canary/").times(2), Fault::too_many_requests(Some("1"))),
        ("a reset", On::get(&blob).times(2), Fault::ResetAfter(100_000)),
        ("a stale token", On::path("/canary/").times(2), Fault::StaleToken),
        ("sent elsewhere", On::get(&blob), Fault::RedirectElsewhere),
        ("upload lost", On::put("/uploads/").times(2), Fault::HangUp),
    ];
    for (case, on, fault) in faults {
        let place = Place::with(&image);
        place.proxy.inject(on, fault);
        let other = Builder::new().layer(Layer::new().file("other", case)).build();
        other.write_layout(&place.inputs.path().join("image"), "1");
        // Whether they succeed is other tests' affair.
        place.check(&place.source());
        for format in ["rootfs", "oci", "oci-layout"] {
            place.get(&image, &json!({"format": format}));
        }
        place.put(&place.put_params("image"));
    }
}

#[test]
fn what_is_wrong_with_an_image_shows_nothing_even_if_it_has_a_secret_for_a_name() {
    let layers = |password: &str| -> Vec<(&'static str, Vec<Layer>)> {
        let name = password.replace('/', "_");
        let layer = Layer::new;
        vec![
            ("parent", vec![layer().file(format!("../{name}"), "x")]),
            ("hard link outside", vec![layer().hard_link("a", format!("../../{name}"))]),
            ("whiteout outside", vec![layer().whiteout(&format!("../{name}"))]),
            ("too long", vec![layer().file(format!("{name}/").repeat(300), "x")]),
            ("cut off", vec![Layer::from_tar(&layer().file(&name, vec![0; 5000]).tar()[..3000])]),
        ]
    };
    // The name must be one of the secrets as it stands, so it is one without a slash.
    let probe = Place::with(&image());
    let password = probe.secrets.get("source.aws_session_token").replace('/', "_");
    for (case, layers) in layers(&password) {
        let image = layers.into_iter().fold(Builder::new(), Builder::layer).build();
        image.push(&probe.registry, crate::place::REPOSITORY, "2.0.0");
        let mut source = probe.source();
        source["aws_session_token"] = json!(password);
        let version = json!({"tag": "2.0.0", "digest": image.digest()});
        let payload = json!({"source": source, "version": version}).to_string();
        let outcome = probe.run("in", Some(probe.fetched.path()), &payload, &[]);
        assert!(!outcome.error().contains(&password), "{case}: {}", outcome.stderr);
    }
    let bomb = Builder::new().layer(Layer::new().file("zeros", vec![0; 3_000_000])).build();
    let place = Place::with(&bomb);
    place.get(&bomb, &json!({"max_size": 1_000_000})).error();
}

#[test]
fn a_put_of_no_image_shows_nothing() {
    let place = Place::with(&image());
    let write = |name: &str, content: &[u8]| fs::write(place.inputs.path().join(name), content).unwrap();
    write("empty.tar", b"");
    write("text", b"no image");
    image().write_oci_archive(&place.inputs.path().join("cut.tar"), "1");
    let archive = fs::read(place.inputs.path().join("cut.tar")).unwrap();
    write("cut.tar", &archive[..archive.len() / 2]);
    write("whole.tar", &archive);
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut params = place.put_params("whole.tar");
        change(&mut params);
        params
    };
    let cases = [
        ("missing", place.put_params("none")),
        ("empty", place.put_params("empty.tar")),
        ("cut off", place.put_params("cut.tar")),
        ("ambiguous", place.put_params("*.tar")),
        ("no image", place.put_params("text")),
        ("a password that is wrong", wrong(&|params| params["sign"]["password"] = json!("wrong"))),
        ("no password", wrong(&|params| drop(params["sign"].as_object_mut().unwrap().remove("password")))),
        ("no key", wrong(&|params| params["sign"]["key"] = params["sign"]["password"].clone())),
        ("a key for a path", wrong(&|params| params["image"] = params["sign"]["key"].clone())),
        ("a password for a tag", wrong(&|params| params["version"] = params["sign"]["password"].clone())),
    ];
    for (case, params) in cases {
        assert!(!place.put(&params).error().is_empty(), "{case}");
    }
    let mut notary = json!({"source": place.source(), "params": place.put_params("whole.tar")});
    notary["source"]["tag"] = json!("latest");
    let outcome = place.run("out", Some(place.inputs.path()), &notary.to_string(), &[]);
    assert!(outcome.error().contains("sign with cosign"), "{}", outcome.stderr);
}

/// Runs `in` by a shell line in which `"$@"` stands for it, and returns all that it printed.
fn in_by_shell(place: &Place, image: &Content, line: &str) -> Child {
    let version = json!({"tag": "1.0.0", "digest": image.digest()});
    let payload = json!({"source": place.source(), "version": version}).to_string();
    let mut child = Command::new("sh")
        .args(["-c", line, "sh"])
        .arg(program("quay-image"))
        .arg("in")
        .arg(place.fetched.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
    child
}

fn printed(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

#[test]
fn a_disk_that_is_full_or_read_only_shows_nothing() {
    let image = image();
    let place = Place::with(&image);
    for option in ["size=200k", "ro"] {
        let line = format!(
            "exec unshare --user --map-root-user --mount sh -c \
             'mount -t tmpfs -o {option} none \"$3\" || exit 77; \"$@\"; cat \"$3\"/* >&2' sh \"$@\""
        );
        let text = printed(in_by_shell(&place, &image, &line));
        assert_eq!(place.secrets.shown_in(&text), None, "{option}: {text}");
    }
}

#[test]
fn a_step_that_is_killed_leaves_no_secret() {
    let image = image();
    let place = Place::with(&image);
    place.proxy.inject(On::get(&format!("/blobs/{}", image.blobs[1].digest)), Fault::ResetAfter(100_000));
    let mut child = in_by_shell(&place, &image, "exec \"$@\"");
    let asked = || place.proxy.requests().iter().filter(|request| request.sent >= 100_000).count() > 0;
    let begun = Instant::now();
    while !asked() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the layer was never asked for");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let text = printed(child);
    place.assert_nothing_shows(&text);
}
