//! Runs cases on a real Concourse, through `fly`.

use std::collections::HashMap;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use stack::Folder;

use crate::{Case, Needs, Seen};

/// The target that `fly` is logged in to.
const TARGET: &str = "conformance";
/// How long a build may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a build is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// A real Concourse, and `fly`.
pub struct Concourse {
    fly: String,
    home: Folder,
    image: Json,
}

impl Concourse {
    /// Logs in to the Concourse that the environment names: `CONCOURSE_URL`, `FLY`, `CONCOURSE_USER`,
    /// `CONCOURSE_PASSWORD`, and `CONCOURSE_IMAGE`, the repository of an image with a shell. Nothing when there is none.
    ///
    /// # Panics
    ///
    /// When one is named and cannot be used.
    pub fn from_environment() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (url, fly) = (variable("CONCOURSE_URL")?, variable("FLY")?);
        let repository = variable("CONCOURSE_IMAGE").unwrap_or_else(|| "busybox".into());
        let image =
            json!({"type": "registry-image", "source": {"repository": repository, "insecure": false}});
        let concourse = Self { fly, home: Folder::new("fly"), image };
        let user = variable("CONCOURSE_USER").unwrap_or_else(|| "test".into());
        let password = variable("CONCOURSE_PASSWORD").unwrap_or_else(|| "test".into());
        let login = ["login", "--concourse-url", &url, "--username", &user, "--password", &password];
        concourse.must(&login);
        Some(concourse)
    }

    /// Returns whether a case can be run there.
    pub fn can_run(&self, case: &Case) -> bool {
        case.needs != Needs::Processes
    }

    /// Runs a case, in a pipeline of its own that is destroyed afterwards.
    ///
    /// # Panics
    ///
    /// When `fly` fails.
    pub fn run(&self, case: &Case) -> Seen {
        let pipeline = format!("conformance-{}", case.name.replace('/', "-"));
        let file = self.home.write("pipeline.yml", &case.pipeline);
        let image = format!("image={}", self.image);
        let set = ["set-pipeline", "--non-interactive", "--pipeline", &pipeline, "--config"];
        let mut set: Vec<&str> = set.into();
        let file = file.display().to_string();
        set.extend([file.as_str(), "--yaml-var", &image]);
        self.must(&set);
        self.must(&["unpause-pipeline", "--pipeline", &pipeline]);
        for job in &case.before {
            self.run_job(&pipeline, job, None);
        }
        let seen = self.run_job(&pipeline, &case.job, case.abort_at.as_deref());
        self.must(&["destroy-pipeline", "--non-interactive", "--pipeline", &pipeline]);
        seen
    }

    fn run_job(&self, pipeline: &str, job: &str, abort_at: Option<&str>) -> Seen {
        let name = format!("{pipeline}/{job}");
        self.must(&["trigger-job", "--job", &name]);
        let deadline = Instant::now() + PATIENCE;
        let mut is_stopped = false;
        loop {
            let build = self.newest_build(&name);
            let id = build["id"].as_u64().unwrap_or_default();
            let seen = self.seen(id, build["status"].as_str().unwrap_or_default());
            if matches!(seen.status.as_str(), "succeeded" | "failed" | "errored" | "aborted") {
                return seen;
            }
            if !is_stopped && abort_at.is_some_and(|text| seen.log.contains(text)) {
                is_stopped = true;
                self.must(&["abort-build", "--build", &id.to_string()]);
            }
            assert!(Instant::now() < deadline, "{name} does not end");
            sleep(PAUSE);
        }
    }

    fn newest_build(&self, job: &str) -> Json {
        let listed = self.must(&["builds", "--job", job, "--count", "1", "--json"]);
        let builds: Json = serde_json::from_str(&listed).unwrap_or_default();
        builds[0].clone()
    }

    /// Reads the plan and the events that a build has so far.
    fn seen(&self, build: u64, status: &str) -> Seen {
        let mut seen = Seen::default();
        status.clone_into(&mut seen.status);
        let plan = self.must(&["curl", &format!("/api/v1/builds/{build}/plan")]);
        let plan: Json = serde_json::from_str(&plan).unwrap_or_default();
        let mut titles = HashMap::new();
        collect(&plan["plan"], &mut titles);
        // The stream of a build that runs does not end, so it is cut off.
        let events = self.fly(&[
            "curl",
            &format!("/api/v1/builds/{build}/events"),
            "--",
            "--max-time",
            "2",
            "--silent",
        ]);
        let text = String::from_utf8_lossy(&events.stdout).into_owned();
        for line in text.lines().filter_map(|line| line.strip_prefix("data: ").or(line.strip_prefix("data:")))
        {
            let event: Json = serde_json::from_str(line).unwrap_or_default();
            hear(&event, &titles, &mut seen);
        }
        seen.finish();
        seen
    }

    fn must(&self, arguments: &[&str]) -> String {
        let output = self.fly(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "fly {}: {told}", arguments[0]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn fly(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.fly);
        command.args(["--target", TARGET]).args(arguments).env("HOME", self.home.path());
        command.output().expect("`FLY` names the program fly")
    }
}

/// Finds the steps of a plan that do something themselves, by their ids.
fn collect(plan: &Json, titles: &mut HashMap<String, String>) {
    match plan {
        Json::Object(fields) => {
            let id = fields.get("id").and_then(Json::as_str);
            let acting = fields.iter().find(|(key, _)| Seen::acts(key));
            if let (Some(id), Some((key, step))) = (id, acting) {
                let name = step["name"].as_str().unwrap_or_default();
                titles.insert(id.to_owned(), format!("{key} {name}"));
            }
            fields.values().for_each(|value| collect(value, titles));
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, titles)),
        _ => {}
    }
}

fn hear(event: &Json, titles: &HashMap<String, String>, seen: &mut Seen) {
    let data = &event["data"];
    let Some(title) = data["origin"]["id"].as_str().and_then(|id| titles.get(id)) else { return };
    match event["event"].as_str().unwrap_or_default() {
        "start-task" | "start-get" | "start-put" | "start" => seen.started.push(title.clone()),
        "log" => seen.print(title, data["payload"].as_str().unwrap_or_default()),
        "finish-task" | "finish-get" | "finish-put" => {
            let status = if data["exit_status"] == 0 { "succeeded" } else { "failed" };
            seen.ended.push(format!("{title} {status}"));
        }
        "finish" => {
            let status = if data["succeeded"] == true { "succeeded" } else { "failed" };
            seen.ended.push(format!("{title} {status}"));
        }
        "error" => {
            let message = data["message"].as_str().unwrap_or_default();
            let status = match message {
                "interrupted" => "aborted",
                "timeout exceeded" => "failed",
                _ => "errored",
            };
            seen.print(title, &format!("{message}\n"));
            seen.ended.push(format!("{title} {status}"));
        }
        _ => {}
    }
}
