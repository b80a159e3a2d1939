//! Runs cases by the built `quayside`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use acceptance::program;
use serde_json::{Value as Json, json};
use stack::Folder;

use crate::{Case, Needs, Seen};

/// Runs cases by the built `quayside`, each with an empty memory.
pub struct Quayside {
    program: PathBuf,
    runtime: Runtime,
}

/// Where tasks run.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// Straight on this machine.
    Process,
    /// In containers of an image.
    Container {
        /// The image's repository.
        repository: String,
    },
}

impl Quayside {
    /// Builds what is needed.
    pub fn new(runtime: Runtime) -> Self {
        if matches!(runtime, Runtime::Container { .. }) {
            program("quay-image");
        }
        Self { program: program("quayside"), runtime }
    }

    /// Returns whether a case can be run there.
    pub fn can_run(&self, case: &Case) -> bool {
        match case.needs {
            Needs::Nothing => true,
            Needs::Containers => matches!(self.runtime, Runtime::Container { .. }),
            Needs::Processes => matches!(self.runtime, Runtime::Process),
        }
    }

    /// Runs a case.
    ///
    /// # Panics
    ///
    /// When quayside cannot be started.
    pub fn run(&self, case: &Case) -> Seen {
        let folder = Folder::new("conformance");
        folder.write("pipeline.yml", &case.pipeline);
        for job in &case.before {
            self.run_job(job, None, &folder);
        }
        self.run_job(&case.job, case.abort_at.as_deref(), &folder)
    }

    fn run_job(&self, job: &str, abort_at: Option<&str>, folder: &Folder) -> Seen {
        let mut command = Command::new(&self.program);
        command.args(["run", job, "-c", "pipeline.yml", "--json", "--state", "state"]);
        command.args(["--runtime", if self.is_in_containers() { "auto" } else { "process" }]);
        command.arg("-y").arg(format!("image={}", self.image()));
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("quayside can be started");
        let mut listener = Listener::default();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let Ok(line) = line else { break };
            listener.hear(&serde_json::from_str(&line).unwrap_or_default());
            if abort_at.is_some_and(|text| listener.seen.log.contains(text)) && !listener.is_stopped {
                listener.is_stopped = true;
                let stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
                assert!(stopped.is_ok_and(|status| status.success()), "quayside can be stopped");
            }
        }
        let output = child.wait_with_output().expect("quayside ends");
        listener.seen.finish();
        listener.seen.log.push_str(&String::from_utf8_lossy(&output.stderr));
        listener.seen
    }

    fn is_in_containers(&self) -> bool {
        matches!(self.runtime, Runtime::Container { .. })
    }

    /// Returns the image that cases have as `((image))`. Without containers nobody looks into it.
    fn image(&self) -> Json {
        match &self.runtime {
            Runtime::Process => json!({"type": "mock", "source": {"repository": "none", "insecure": true}}),
            Runtime::Container { repository } => {
                json!({"type": "registry-image", "source": {"repository": repository, "insecure": true}})
            }
        }
    }
}

/// Hears the lines that quayside tells.
#[derive(Default)]
struct Listener {
    seen: Seen,
    /// Key and title of steps.
    steps: HashMap<u64, (String, String)>,
    is_stopped: bool,
}

impl Listener {
    fn hear(&mut self, record: &Json) {
        let title = record["step"].as_u64().and_then(|step| self.steps.get(&step).cloned());
        let title = title.filter(|(key, _)| Seen::acts(key)).map(|(_, title)| title);
        match (record["event"].as_str().unwrap_or_default(), title) {
            ("planned", _) => self.plan(&record["tree"]),
            ("started", Some(title)) => self.seen.started.push(title),
            ("log", Some(title)) => self.seen.print(&title, record["text"].as_str().unwrap_or_default()),
            ("finished", Some(title)) => {
                let status = record["status"].as_str().unwrap_or_default();
                self.seen.ended.push(format!("{title} {status}"));
            }
            ("run_finished", _) => {
                self.seen.status = record["status"].as_str().unwrap_or_default().to_owned();
                if let Some(message) = record["message"].as_str() {
                    self.seen.log.push_str(&format!("{message}\n"));
                }
            }
            _ => {}
        }
    }

    fn plan(&mut self, tree: &Json) {
        let key = tree["key"].as_str().unwrap_or_default().to_owned();
        let title = format!("{key} {}", tree["name"].as_str().unwrap_or_default());
        if let Some(step) = tree["step"].as_u64() {
            self.steps.insert(step, (key, title));
        }
        tree["children"].as_array().into_iter().flatten().for_each(|child| self.plan(child));
    }
}
