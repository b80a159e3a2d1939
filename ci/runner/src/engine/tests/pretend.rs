//! An executor that pretends, and what a test sees of a build.
//!
//! What a step does is its own `run.path`: `ok`, `fail`, `error`, `hang` (until stopped), `wait` (an hour), `flaky`
//! (works the second time), `print` (its arguments), `write` (its arguments into a file `text` of its outputs).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use pipeline::model::Pipeline;

use crate::build::BuildMetadata;
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::engine::{Build, Engine, Input, Ran, Skips};
use crate::event::{Event, Listener, Listeners};
use crate::executor::{
    CheckRequest, Ended, Executor, Fetched, GetRequest, Program, Pushed, PutRequest, TaskRequest, TaskRun,
};
use crate::outcome::{Problem, Status};
use crate::plan::StepId;
use crate::secrets::{Credentials, Manager};
use crate::version::{Metadata, Version};
use crate::volume::Volume;

pub(super) struct Pretender {
    folder: tempfile::TempDir,
    runs: RefCell<HashMap<String, usize>>,
    pub(super) puts: RefCell<Vec<PutRequest>>,
    pub(super) tasks: RefCell<Vec<TaskRequest>>,
    pub(super) gets: RefCell<Vec<GetRequest>>,
}

impl Pretender {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            runs: RefCell::default(),
            puts: RefCell::default(),
            tasks: RefCell::default(),
            gets: RefCell::default(),
        }
    }

    fn folder_with(&self, files: &[(&str, &str)]) -> Volume {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Volume::new(folder)
    }

    fn count(&self, name: &str) -> usize {
        let mut runs = self.runs.borrow_mut();
        let count = runs.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }

    async fn act(
        &self,
        name: &str,
        how: &str,
        arguments: &[String],
        console: &Console,
        until: &Cancellation,
    ) -> Result<i32, Problem> {
        let count = self.count(name);
        match how {
            "fail" => Ok(1),
            "error" => Err(Problem::new("it cannot run")),
            "hang" => Err(until.stopped().await.problem()),
            "wait" => tokio::select! {
                reason = until.stopped() => Err(reason.problem()),
                () = tokio::time::sleep(Duration::from_secs(3600)) => Ok(0),
            },
            "flaky" => Ok(i32::from(count < 2)),
            "print" => {
                console.line(&arguments.join(" "));
                Ok(0)
            }
            _ => Ok(0),
        }
    }
}

impl Executor for Pretender {
    fn brings_along(&self, kind: &str) -> bool {
        kind == "ours"
    }

    fn runs_images(&self) -> bool {
        true
    }

    async fn check(
        &self,
        request: &CheckRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Vec<Version>>, Problem> {
        match request.resource.source["check"].as_str() {
            Some("wait") => self
                .act("check", "wait", &[], console, until)
                .await
                .map(|_| Ended::Well(vec![Version::parse("v:1").unwrap()])),
            Some("fail") => Ok(Ended::Badly(1)),
            Some("nothing") => Ok(Ended::Well(Vec::new())),
            _ => Ok(Ended::Well(vec![Version::parse("v:1").unwrap(), Version::parse("v:2").unwrap()])),
        }
    }

    async fn get(
        &self,
        request: &GetRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Fetched>, Problem> {
        self.gets.borrow_mut().push(request.clone());
        let how = request.params.as_ref().and_then(|params| params["do"].as_str()).unwrap_or("ok");
        let status = self.act(&request.name, how, &[], console, until).await?;
        if status != 0 {
            return Ok(Ended::Badly(status));
        }
        let kind = match &request.resource.program {
            Program::Base(kind) => kind.clone(),
            Program::Image(image) => format!("image {}", image.identity),
        };
        console.line(&format!("by {kind}"));
        let version = request.version.to_string();
        let fact = Metadata { name: "which".into(), value: version.clone() };
        let text = request.params.as_ref().and_then(|params| params["text"].as_str()).unwrap_or(&version);
        // Params are filled in, and a file may hold variables: there they are `[[x]]`.
        let text = text.replace("[[", "((").replace("]]", "))");
        let files =
            [("version", text.as_str()), ("metadata.json", r#"{"entrypoint":["print","from image"]}"#)];
        Ok(Ended::Well(Fetched { volume: self.folder_with(&files), metadata: vec![fact] }))
    }

    async fn put(
        &self,
        request: &PutRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Pushed>, Problem> {
        self.puts.borrow_mut().push(request.clone());
        let how = request.params.as_ref().and_then(|params| params["do"].as_str()).unwrap_or("ok");
        match self.act(&request.name, how, &[], console, until).await? {
            0 => Ok(Ended::Well(Pushed { version: Version::parse("v:made").unwrap(), metadata: Vec::new() })),
            status => Ok(Ended::Badly(status)),
        }
    }

    async fn task(&self, request: &TaskRequest, console: &Console, until: &Cancellation) -> TaskRun {
        self.tasks.borrow_mut().push(request.clone());
        let run = request.config.run.clone().unwrap_or_default();
        let how = run.path.map(|path| path.value).unwrap_or_default();
        let arguments: Vec<String> = run.args.iter().map(|argument| argument.value.clone()).collect();
        let text = arguments.join(" ");
        let outputs =
            request.outputs.iter().map(|(name, _)| (name.clone(), self.folder_with(&[("text", &text)])));
        let outputs = outputs.collect();
        TaskRun { exit_status: self.act(&request.name, &how, &arguments, console, until).await, outputs }
    }

    fn earlier_pipeline(&self, _: &str) -> Option<String> {
        None
    }

    fn keep_pipeline(&self, name: &str, _: &str) -> Result<String, Problem> {
        Ok(format!("{name}.yml"))
    }
}

/// What a test sees of a build.
pub(super) struct Seen {
    pub(super) status: Status,
    pub(super) problem: Option<String>,
    /// `task a succeeded`, in the order in which steps ended.
    pub(super) ended: Vec<String>,
    /// `task a`, in the order in which steps started.
    pub(super) started: Vec<String>,
    /// What tells branches from their siblings.
    pub(super) labels: Vec<String>,
    /// What all steps said.
    pub(super) log: String,
    pub(super) pretender: Engine<Pretender>,
    pub(super) ran: Ran,
}

#[derive(Default)]
struct Recorder {
    titles: RefCell<HashMap<StepId, String>>,
    labels: RefCell<Vec<String>>,
    started: RefCell<Vec<String>>,
    ended: RefCell<Vec<String>>,
    log: RefCell<String>,
}

impl Listener for Recorder {
    fn hear(&self, event: &Event) {
        let title = |step: &StepId| self.titles.borrow().get(step).cloned().unwrap_or_default();
        match event {
            Event::Planned { label, tree, .. } => {
                self.labels.borrow_mut().push(label.clone());
                tree.walk(&mut |tree| {
                    let title = format!("{} {}", tree.key, tree.name);
                    self.titles.borrow_mut().insert(tree.step, title.trim().to_owned());
                });
            }
            Event::Started { step } => self.started.borrow_mut().push(title(step)),
            Event::Finished { step, status, .. } => {
                self.ended.borrow_mut().push(format!("{} {status}", title(step)));
            }
            Event::Skipped { step } => self.ended.borrow_mut().push(format!("{} skipped", title(step))),
            Event::Log { text, .. } => self.log.borrow_mut().push_str(text),
            Event::Version { .. } => {}
        }
    }
}

/// What a build is given.
pub(super) struct Given {
    plan: String,
    rest: String,
    inputs: HashMap<String, Input>,
    skips: Skips,
    secrets: String,
    stop_after: Option<Duration>,
}

/// Prepares a build of a plan.
pub(super) fn plan(plan: &str) -> Given {
    Given {
        plan: plan.into(),
        rest: "resources: [{name: r, type: base, source: {}}, {name: s, type: base}]".into(),
        inputs: HashMap::new(),
        skips: Skips::default(),
        secrets: "{}".into(),
        stop_after: None,
    }
}

impl Given {
    pub(super) fn with(mut self, rest: &str) -> Self {
        self.rest = rest.into();
        self
    }

    pub(super) fn input(mut self, name: &str, version: &str) -> Self {
        self.inputs.insert(name.into(), Input::Version(Version::parse(version).unwrap()));
        self
    }

    pub(super) fn secrets(mut self, yaml: &str) -> Self {
        self.secrets = yaml.into();
        self
    }

    pub(super) fn skips(mut self, skips: Skips) -> Self {
        self.skips = skips;
        self
    }

    pub(super) fn stopped_after(mut self, duration: Duration) -> Self {
        self.stop_after = Some(duration);
        self
    }

    /// Checks a resource. Returns how the steps ended.
    pub(super) async fn check(self, resource: &str) -> Vec<String> {
        let recorder = Rc::new(Recorder::default());
        let engine = self.engine(recorder.clone());
        let _versions = engine.check(resource, None, &Cancellation::new()).await;
        recorder.ended.take()
    }

    pub(super) async fn run(self) -> Seen {
        let stop_after = self.stop_after;
        let recorder = Rc::new(Recorder::default());
        let engine = self.engine(recorder.clone());
        let until = Cancellation::new();
        let ran = match stop_after {
            None => engine.run_job("job", &until).await,
            Some(duration) => {
                let stop = async {
                    tokio::time::sleep(duration).await;
                    until.cancel();
                };
                tokio::join!(engine.run_job("job", &until), stop).0
            }
        };
        let ran = ran.unwrap();
        Seen {
            status: Status::of(&ran.outcome),
            problem: ran.outcome.as_ref().err().map(ToString::to_string),
            ended: recorder.ended.take(),
            started: recorder.started.take(),
            labels: recorder.labels.take(),
            log: recorder.log.take(),
            pretender: engine,
            ran,
        }
    }

    fn engine(self, recorder: Rc<Recorder>) -> Engine<Pretender> {
        let text = format!("{{jobs: [{{name: job, {}}}]}}", self.plan);
        let root = pipeline::yaml::read(&format!("{}\n{}", unwrapped(&text), self.rest)).unwrap().root;
        let decoded = Pipeline::decode(root);
        assert!(decoded.mistakes.is_empty(), "{:?}", decoded.mistakes);
        let secrets = pipeline::yaml::read(&self.secrets).unwrap().root.unwrap();
        let secrets = Manager::Fixed(secrets.as_map().unwrap().clone());
        let build = Build {
            pipeline: decoded.value,
            pipeline_text: String::new(),
            metadata: BuildMetadata { team: "main".into(), pipeline: "p".into(), ..BuildMetadata::default() },
            inputs: self.inputs,
            skips: self.skips,
            credentials: Arc::new(Credentials::new(vec![secrets], Default::default())),
        };
        Engine::new(Pretender::new(), build, Listeners::new(vec![recorder]))
    }
}

/// A flow map at the top may stand beside block keys once its own braces are gone.
fn unwrapped(text: &str) -> String {
    text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text).to_owned()
}

/// A task that does something.
pub(super) fn task(name: &str, how: &str) -> String {
    format!("{{task: {name}, config: {{platform: linux, run: {{path: {how}}}}}}}")
}

/// Replaces `NAME!how` by a task that does so.
pub(super) fn tasks(plan: &str) -> String {
    let mut text = String::new();
    let mut rest = plan;
    while let Some(at) = rest.find('!') {
        let start = rest[..at].rfind(|c: char| !c.is_alphanumeric() && c != '-').map_or(0, |index| index + 1);
        let end =
            rest[at + 1..].find(|c: char| !c.is_alphanumeric()).map_or(rest.len(), |index| at + 1 + index);
        text.push_str(&rest[..start]);
        let body = task(&rest[start..at], &rest[at + 1..end]);
        text.push_str(body.trim_start_matches('{').trim_end_matches('}'));
        text.push_str("}}");
        rest = &rest[end..];
    }
    text + rest
}
