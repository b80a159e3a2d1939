//! The pipeline that keeps one for each service.

use std::fs;
use std::path::Path;

use concourse::Status;
use serde_json::{Value, json};
use shop::repository;

use crate::place::{Place, copy, place};

#[test]
fn services_get_a_pipeline_each_and_lose_it_when_they_are_removed() {
    let Some(place) = place() else { return };
    place.add_repository("config", |folder| {
        copy(&repository().join("pipelines/services/example"), folder);
        let variables = json!({
            "config-uri": place.url("config"), "config-branch": "main", "config-access": {},
            "quayside-uri": place.url("quayside"), "quayside-branch": "main",
            "images": "10.0.0.1/acme", "vault-path": "secret",
            "staging-domain": "staging.example.com", "production-domain": "example.com",
        });
        fs::write(folder.join("services-pipeline.yml"), variables.to_string()).unwrap();
        write_services(folder, &["shop"], &place);
    });
    let pipeline = place.pipeline("services");
    let text = fs::read_to_string(repository().join("pipelines/services/pipeline.yml")).unwrap();
    let variables = place.folder("config").join("services-pipeline.yml").display().to_string();
    pipeline.set(&text, &["--load-vars-from", &variables]);
    pipeline.next("set-self", None).ends(Status::Succeeded);
    let first = pipeline.next("set-services", None);
    first.ends(Status::Succeeded);
    assert_eq!(services(&place), [("shop".to_owned(), false)]);
    let kept = place.concourse.pipeline("build-to-deploy");
    let shop = kept.instance("service", "shop").configuration();
    let candidate =
        &shop["resources"].as_array().unwrap().iter().find(|row| row["name"] == "candidate").unwrap();
    assert_eq!(candidate["source"]["repository"], "10.0.0.1/acme/shop");

    // Three lines add one.
    place.change_repository("config", |folder| write_services(folder, &["shop", "cart"], &place));
    pipeline.check("config");
    let second = pipeline.next("set-services", Some(first.id()));
    second.ends(Status::Succeeded);
    assert_eq!(services(&place), [("cart".to_owned(), false), ("shop".to_owned(), false)]);

    // Without them it is archived.
    place.change_repository("config", |folder| write_services(folder, &["shop"], &place));
    pipeline.check("config");
    pipeline.next("set-services", Some(second.id())).ends(Status::Succeeded);
    assert_eq!(services(&place), [("cart".to_owned(), true), ("shop".to_owned(), false)]);

    for service in ["shop", "cart"] {
        kept.instance("service", service).destroy();
    }
    pipeline.destroy();
}

fn write_services(folder: &Path, names: &[&str], place: &Place) {
    let services = names.iter().map(
        |name| json!({"name": name, "source": place.url("shop"), "variables": "services/assembled.yml"}),
    );
    fs::write(folder.join("services.yml"), Value::from_iter(services).to_string()).unwrap();
}

/// Returns each service with a pipeline, and whether it is archived, by name.
fn services(place: &Place) -> Vec<(String, bool)> {
    let pipelines = place.concourse.pipelines();
    let kept = pipelines.iter().filter(|row| row["name"] == "build-to-deploy");
    let mut services: Vec<_> = kept
        .map(|row| {
            let name = row["instance_vars"]["service"].as_str().unwrap_or_default();
            (name.to_owned(), row["archived"] == true)
        })
        .collect();
    services.sort();
    services
}
