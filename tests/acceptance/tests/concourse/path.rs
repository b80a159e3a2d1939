//! The way of a service to production, and what is done to it there.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use concourse::{Build, Pipeline, Status};
use http::Method;
use serde_json::json;
use shop::repository;
use stack::quay_stub::Scan;

use crate::place::{Place, place};

/// The jobs of a commit, in the order in which it passes them.
const PATH: [&str; 5] = ["build", "scan", "staging", "promote", "production"];

#[test]
fn commits_go_to_production_or_are_taken_back() {
    let Some(place) = place() else { return };
    place.shop.servers.quay.scan_new_images(Scan::Scanned(Vec::new()));
    let mut run = Run::start(&place);

    let good = run.delivers("good commit");
    assert_eq!(place.shop.tag("1.4.1").as_deref(), Some(good.as_str()));
    run.takes_back_a_bad_commit(&good);
    let mended = run.delivers_again("commit that mends it");
    run.finds_drift_at_night();
    run.goes_back(&good, &mended);

    place.assert_no_secret_in(&run.pipeline);
    run.pipeline.destroy();
}

/// A pipeline with the builds that were seen of it.
struct Run<'a> {
    place: &'a Place,
    pipeline: Pipeline<'a>,
    seen: HashMap<String, u64>,
}

impl<'a> Run<'a> {
    fn start(place: &'a Place) -> Self {
        let pipeline = place.pipeline("build-to-deploy");
        let folder = repository().join("pipelines/build-to-deploy");
        let text = fs::read_to_string(folder.join("pipeline.yml")).unwrap();
        let defaults = folder.join("defaults.yml").display().to_string();
        let mut arguments = vec!["--load-vars-from".to_owned(), defaults];
        for (name, value) in place.variables().as_object().unwrap() {
            arguments.extend(["--yaml-var".to_owned(), format!("{name}={value}")]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        pipeline.set(&text, &arguments);
        Self { place, pipeline, seen: HashMap::new() }
    }

    /// Waits for the next build of a job, which must end so, and returns what it printed.
    #[track_caller]
    fn next(&mut self, job: &str, status: Status) -> String {
        let build = self.pipeline.next(job, self.seen.get(job).copied());
        self.ends(&build, status)
    }

    /// Starts a job, which must end so, and returns what it printed.
    #[track_caller]
    fn trigger(&mut self, job: &str, status: Status) -> String {
        let build = self.pipeline.trigger(job);
        self.ends(&build, status)
    }

    #[track_caller]
    fn ends(&mut self, build: &Build<'_>, status: Status) -> String {
        self.seen.insert(build.job().to_owned(), build.id());
        let events = build.ends(status);
        let seconds = build.took().map_or(0, |took| took.as_secs());
        say(&format!("{:<12} {:<9} {seconds:>3} s", build.job(), status.word()));
        for (title, outcome) in events.ended() {
            say(&format!("    {title} {}", outcome.word()));
        }
        events.log()
    }

    /// Follows the present commit to production; returns the digest of its image.
    #[track_caller]
    fn delivers(&mut self, what: &str) -> String {
        let started = Instant::now();
        for job in PATH {
            self.next(job, Status::Succeeded);
        }
        say(&format!("{what}: in production after {} s", started.elapsed().as_secs()));
        let digest = self.place.shop.tag("candidate").expect("the build has pushed it");
        for environment in ["staging", "production"] {
            let image = self.place.shop.runs(environment);
            assert!(image.ends_with(&digest), "{environment} runs {image}, built was {digest}");
        }
        digest
    }

    fn takes_back_a_bad_commit(&mut self, good: &str) {
        self.place.shop.service.break_staging();
        self.place.shop.service.build("second");
        self.pipeline.check("source");
        self.next("build", Status::Succeeded);
        self.next("scan", Status::Succeeded);
        let log = self.next("staging", Status::Failed);
        for text in ["CrashLoopBackOff", "staging failed and went back"] {
            assert!(log.contains(text), "`{text}` in\n{log}");
        }
        for environment in ["staging", "production"] {
            let image = self.place.shop.runs(environment);
            assert!(image.ends_with(good), "{environment} runs {image}, good was {good}");
        }
        say("bad commit: taken back in staging, never promoted");
    }

    fn delivers_again(&mut self, what: &str) -> String {
        self.place.shop.service.mend_staging();
        self.place.shop.service.build("third");
        self.pipeline.check("source");
        self.delivers(what)
    }

    fn finds_drift_at_night(&mut self) {
        self.pipeline.check("night");
        self.trigger("nightly", Status::Succeeded);
        let cluster = &self.place.shop.servers.cluster;
        let path = self.place.shop.deployment("production");
        let scale = |replicas: u32| {
            let mut deployment = cluster.call(Method::GET, &path, None);
            deployment["spec"]["replicas"] = json!(replicas);
            cluster.call(Method::PUT, &path, Some(&deployment));
        };
        scale(5);
        let log = self.trigger("nightly", Status::Failed);
        for text in ["replicas", "production differs from what was deployed"] {
            assert!(log.contains(text), "`{text}` in\n{log}");
        }
        scale(2);
        say("nightly: finds what was changed by hand");
    }

    fn goes_back(&mut self, first: &str, newest: &str) {
        self.trigger("roll-back", Status::Succeeded);
        let image = self.place.shop.runs("production");
        assert!(image.ends_with(first), "production runs {image}, before was {first}");
        self.pipeline.check("production");
        self.pipeline.pin("production", "revision:2");
        self.trigger("roll-back-to", Status::Succeeded);
        let image = self.place.shop.runs("production");
        assert!(image.ends_with(newest), "production runs {image}, revision 2 was {newest}");
        say("roll-back and roll-back-to: production runs what it ran then");
    }
}

/// Told to whoever runs it with `--nocapture`.
#[expect(clippy::print_stderr, reason = "the summary of a run by hand")]
fn say(line: &str) {
    eprintln!("{line}");
}
