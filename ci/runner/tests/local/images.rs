//! Images and resource types from a real registry, fetched by quay-image.

use runner::outcome::Status;
use stack::{Registry, image};

use crate::again;
use crate::desk::{Desk, Job, busybox_program, script};

/// Pushes an image with busybox, and with the scripts of a resource type.
fn push(registry: &Registry, repository: &str) {
    let busybox = std::fs::read(busybox_program()).unwrap();
    let script = |text: &str| format!("#!/bin/sh\nset -e\n{text}\n");
    let layer = image::Layer::new()
        .executable("bin/busybox", busybox)
        .symlink("bin/sh", "busybox")
        .symlink("bin/cat", "busybox")
        .symlink("bin/ls", "busybox")
        .executable("opt/resource/check", script("cat > /dev/null; echo '[{\"n\":\"1\"},{\"n\":\"2\"}]'"))
        .executable(
            "opt/resource/in",
            script("cat > $1/asked; echo told >&2; echo '{\"version\":{\"n\":\"2\"},\"metadata\":[{\"name\":\"who\",\"value\":\"me\"}]}'"),
        )
        .executable(
            "opt/resource/out",
            script("cat > /dev/null; ls $1 >&2; cat $1/out/file >&2; echo '{\"version\":{\"n\":\"3\"}}'"),
        );
    let image = image::Builder::new().layer(layer).env("FROM", "registry").build();
    image.push(registry, repository, "1.0");
}

fn with_programs(job: Job<'_>) -> Job<'_> {
    let program = acceptance::program("quay-image");
    job.settings(move |settings| {
        settings.programs.insert("quay-image".into(), program.clone());
    })
}

fn source(registry: &Registry) -> String {
    format!("{{repository: {}/acme/box, tag: \"1.0\", insecure: true}}", registry.host())
}

#[test]
fn a_tasks_image_is_fetched_once() {
    let Some(desk) = Desk::of_containers() else { return };
    let registry = Registry::plain();
    push(&registry, "acme/box");
    let image = format!("image_resource: {{type: registry-image, source: {}}}", source(&registry));
    let plan = script("t", None, &image, "echo $FROM");
    let seen = with_programs(desk.plan(&plan)).run();
    seen.succeeded();
    assert!(
        seen.log.contains("registry\n") && !seen.log.contains("found existing resource cache"),
        "{}",
        seen.log
    );
    let seen = with_programs(desk.plan(&plan)).run();
    seen.succeeded();
    assert!(seen.log.contains("found existing resource cache"), "{}", seen.log);
}

#[test]
fn private_images_are_fetched_with_what_the_pipeline_gives() {
    let Some(desk) = Desk::of_containers() else { return };
    let registry = Registry::builder().htpasswd("robot", "hunter2-of-the-registry").start();
    push(&registry, "acme/box");
    let private = |password: &str| {
        format!(
            "{{repository: {}/acme/box, tag: \"1.0\", username: robot, password: {password}}}",
            registry.host()
        )
    };
    let run = |password: &str| {
        let source = private(password);
        let types = format!("resource_types: [{{name: custom, type: registry-image, source: {source}}}]");
        let image = format!("image_resource: {{type: registry-image, source: {source}}}");
        let plan = "  - get: r\n".to_owned() + &script("t", None, &image, "echo $FROM");
        let job = desk.plan(&plan).resources("resources: [{name: r, type: custom}]").with(&types);
        with_programs(job).version("r", "n:2").run()
    };
    let seen = run("hunter2-of-the-registry");
    seen.succeeded();
    assert!(seen.log.contains("told\n") && seen.log.contains("registry\n"), "{}", seen.log);
    assert!(!seen.log.contains("hunter2"), "{}", seen.log);

    let seen = run("hunter3-is-wrong");
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("`username` and `password`") && !seen.log.contains("hunter3"), "{}", seen.log);
}

#[test]
fn without_containers_no_image_is_fetched() {
    let desk = Desk::of_processes();
    // There is no program to fetch with: to start it would be an error.
    let nowhere = |job: Job<'_>| {
        job.settings(|settings| {
            settings.programs.insert("quay-image".into(), "/no/such/program".into());
        })
        .run()
    };
    let source = "{repository: registry.invalid/acme/box}";
    let image = format!("image_resource: {{type: registry-image, source: {source}}}");
    let seen = nowhere(desk.plan(&script("t", None, &image, "echo it runs")));
    seen.succeeded();
    assert!(seen.log.contains("it runs\n") && seen.log.contains("`image` is left out"), "{}", seen.log);
    let types = format!("resource_types: [{{name: custom, type: registry-image, source: {source}}}]");
    for kind in ["custom", "s3"] {
        let resources = format!("resources: [{{name: r, type: {kind}}}]");
        let job = desk.plan("  - get: r\n").resources(&resources).with(&types).version("r", "n:1");
        let seen = nowhere(job);
        assert_eq!(seen.status, Status::Errored);
        assert!(seen.log.contains("this resource type runs in a container"), "{kind}: {}", seen.log);
    }
}

#[test]
fn an_image_that_is_not_there_is_an_error_in_place() {
    let Some(desk) = Desk::of_containers() else { return };
    let registry = Registry::plain();
    let image = format!("image_resource: {{type: registry-image, source: {}}}", source(&registry));
    let seen = with_programs(desk.plan(&script("t", None, &image, "true"))).run();
    assert_eq!(seen.status, Status::Errored);
    assert!(seen.log.contains("no version of the image was found"), "{}", seen.log);
}

#[test]
fn a_type_of_the_pipeline_runs_in_its_image() {
    let Some(desk) = Desk::of_containers() else { return };
    let registry = Registry::plain();
    push(&registry, "acme/box");
    let types =
        format!("resource_types: [{{name: custom, type: registry-image, source: {}}}]", source(&registry));
    let plan = "  - get: r\n    params: {p: 1}\n".to_owned()
        + &script(
            "t",
            None,
            &format!(
                "inputs: [{{name: r}}]\noutputs: [{{name: out}}]\nimage_resource: {{type: registry-image, source: {}}}",
                source(&registry)
            ),
            "cat r/asked; echo pushed > out/file",
        )
        + "  - {put: r, params: {file: out/file}}\n";
    let job = desk.plan(&plan).resources("resources: [{name: r, type: custom, source: {s: 1}}]").with(&types);
    let seen = with_programs(job).version("r", "n:2").run();
    seen.succeeded();
    assert!(seen.log.contains(r#"{"source":{"s":1},"params":{"p":1},"version":{"n":"2"}}"#), "{}", seen.log);
    assert!(seen.log.contains("told\n") && seen.log.contains("out\npushed\n"), "{}", seen.log);
}

#[test]
fn a_type_that_concourse_brings_along_is_fetched() {
    let Some(desk) = Desk::of_containers() else { return };
    // Only images in `source` can be had without TLS, so there is a registry with it, whose authority must be known.
    let Some(registry) = std::env::var_os("QUAYSIDE_TEST_REGISTRY") else {
        let registry = Registry::builder().tls().start();
        push(&registry, "acme/s3-resource");
        let folder = stack::Folder::new("authority");
        let authority = folder.write("ca.pem", registry.ca_pem().unwrap());
        let mut second = again::command("images::a_type_that_concourse_brings_along_is_fetched");
        second.env("QUAYSIDE_TEST_REGISTRY", registry.host()).env("SSL_CERT_FILE", authority);
        return again::succeeds(second);
    };
    let image = format!("{}/acme/s3-resource:1.0", registry.to_str().unwrap());
    let job = desk.plan("  - get: r\n").resources("resources: [{name: r, type: s3}]").version("r", "n:1");
    let program = acceptance::program("quay-image");
    let seen = job.settings(move |settings| {
        settings.programs.insert("quay-image".into(), program.clone());
        settings.type_images.insert("s3".into(), image.clone());
    });
    let seen = seen.run();
    seen.succeeded();
    assert!(seen.log.contains("told\n"), "{}", seen.log);
    assert_eq!(seen.read("r", "asked").as_deref(), Some(r#"{"source":null,"version":{"n":"1"}}"#));
}

#[test]
fn a_put_of_our_own_sees_its_inputs() {
    let desk = Desk::of_processes();
    let registry = Registry::plain();
    let folder = desk.artifact("built", &[]);
    let layer = image::Layer::new().file("etc/motd", "hello\n");
    image::Builder::new().layer(layer).build().write_oci_archive(&folder.folder().join("image.tar"), "2.0");
    let resources = format!(
        "resources: [{{name: r, type: mock}}, {{name: pushed, type: quay-image, source: {}}}]",
        source(&registry)
    );
    let plan = "  - get: r\n  - {put: pushed, params: {image: r/image.tar}}\n".to_owned()
        + &script("t", None, "inputs: [{name: pushed}]", "cat pushed/rootfs/etc/motd");
    let seen = with_programs(desk.plan(&plan).resources(&resources)).folder("r", folder).run();
    seen.succeeded();
    assert!(seen.log.contains("hello\n"), "{}", seen.log);
    assert!(image::Remote::new(&registry.url()).digest("acme/box", "1.0").is_some());
}

#[test]
fn our_own_types_run_as_processes_though_a_pipeline_names_an_image() {
    let desk = Desk::of_processes();
    let registry = Registry::plain();
    push(&registry, "acme/box");
    let types = "resource_types: [{name: quay-image, type: registry-image, source: {repository: never.example/quay-image}}]";
    let resources = format!("resources: [{{name: r, type: quay-image, source: {}}}]", source(&registry));
    let digest = image::Remote::new(&registry.url()).digest("acme/box", "1.0").unwrap();
    let plan = "  - get: r\n".to_owned() + &script("t", None, "inputs: [{name: r}]", "ls r r/rootfs");
    let job = desk.plan(&plan).resources(&resources).with(types);
    let seen = with_programs(job).version("r", &format!("tag:1.0,digest:{digest}")).run();
    seen.succeeded();
    assert!(seen.log.contains("metadata.json") && seen.log.contains("opt"), "{}", seen.log);
}
