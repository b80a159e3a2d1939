//! A machine of a test's own, and what the test sees of a run.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use pipeline::model::Pipeline;
use runner::build::BuildMetadata;
use runner::cancellation::Cancellation;
use runner::engine::{Build, Engine, Input, Ran, Skips};
use runner::event::{Event, Listener, Listeners};
use runner::executor::Ended;
use runner::local::{Home, Local, Runtime, RuntimeChoice, Settings};
use runner::outcome::Status;
use runner::secrets::Credentials;
use runner::volume::Volume;
use stack::Folder;

/// A home in a folder of its own. It is removed at the end.
pub(crate) struct Desk {
    pub(crate) folder: Folder,
    pub(crate) runtime: Runtime,
    /// Where the home is, when it is not in the folder.
    pub(crate) home_elsewhere: Option<PathBuf>,
    runs: Cell<i64>,
}

/// What a run came to.
pub(crate) struct Seen {
    pub(crate) status: Status,
    pub(crate) log: String,
    pub(crate) heard: usize,
    pub(crate) artifacts: BTreeMap<String, Volume>,
    pub(crate) run_folder: PathBuf,
}

/// How much of what steps say is kept, in bytes.
const KEPT: usize = 1024 * 1024;

/// Hears what steps say, and calls the run off when one says a certain word.
struct Recorder {
    log: RefCell<String>,
    /// How many bytes there were to hear.
    heard: Cell<usize>,
    stop_at: Option<&'static str>,
    until: Cancellation,
}

impl Listener for Recorder {
    fn hear(&self, event: &Event) {
        let Event::Log { text, .. } = event else { return };
        self.heard.set(self.heard.get() + text.len());
        if self.log.borrow().len() > KEPT {
            return;
        }
        self.log.borrow_mut().push_str(text);
        if self.stop_at.is_some_and(|word| self.log.borrow().contains(word)) {
            self.until.cancel();
        }
    }
}

/// A run to be made.
pub(crate) struct Job<'desk> {
    desk: &'desk Desk,
    pipeline: String,
    inputs: HashMap<String, Input>,
    checked: Vec<String>,
    stop_at: Option<&'static str>,
    change: Box<dyn Fn(&mut Settings)>,
}

impl Desk {
    /// Runs tasks straight on this machine.
    pub(crate) fn of_processes() -> Self {
        Self::of(Runtime::Process)
    }

    /// Runs tasks in containers; nothing where no runtime is installed.
    pub(crate) fn of_containers() -> Option<Self> {
        match Runtime::choose(&RuntimeChoice::Best).unwrap().runtime {
            Runtime::Process => {
                say("skipped: no OCI runtime is here (runc, crun or youki)");
                None
            }
            runtime => Some(Self::of(runtime)),
        }
    }

    fn of(runtime: Runtime) -> Self {
        Self { folder: Folder::new("runner"), runtime, home_elsewhere: None, runs: Cell::new(0) }
    }

    pub(crate) fn home(&self) -> Home {
        let own = || self.folder.path().join("home");
        Home::open(self.home_elsewhere.clone().unwrap_or_else(own)).unwrap()
    }

    /// Prepares a run of a job with this plan, a list of steps in YAML.
    pub(crate) fn plan(&self, plan: &str) -> Job<'_> {
        Job {
            desk: self,
            pipeline: format!(
                "resources: [{{name: r, type: mock, source: {{}}}}]\njobs:\n- name: job\n  plan:\n{plan}"
            ),
            inputs: HashMap::new(),
            checked: Vec::new(),
            stop_at: None,
            change: Box::new(|_| ()),
        }
    }

    /// Makes a folder with files, to stand in for an artifact.
    pub(crate) fn artifact(&self, name: &str, files: &[(&str, &str)]) -> Volume {
        let folder = self.folder.path().join("artifacts").join(name);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
        Volume::new(folder)
    }

    /// Makes an image of busybox.
    pub(crate) fn image(&self, metadata: &str) -> Volume {
        let volume = self.artifact("image", &[("metadata.json", metadata)]);
        busybox(&volume.folder().join("rootfs"));
        volume
    }
}

impl Job<'_> {
    /// Adds to the pipeline: at the top, in YAML.
    pub(crate) fn with(mut self, rest: &str) -> Self {
        self.pipeline = format!("{rest}\n{}", self.pipeline);
        self
    }

    pub(crate) fn resources(mut self, resources: &str) -> Self {
        self.pipeline =
            self.pipeline.replacen("resources: [{name: r, type: mock, source: {}}]", resources, 1);
        self
    }

    /// Puts a folder in place of a get.
    pub(crate) fn folder(mut self, name: &str, volume: Volume) -> Self {
        self.inputs.insert(name.into(), Input::Folder(volume));
        self
    }

    pub(crate) fn version(mut self, name: &str, version: &str) -> Self {
        let version = runner::version::Version::parse(version).unwrap();
        self.inputs.insert(name.into(), Input::Version(version));
        self
    }

    /// Has a get fetch the newest version that a check of its resource, of the same name, finds.
    pub(crate) fn newest(mut self, name: &str) -> Self {
        self.checked.push(name.to_owned());
        self
    }

    /// Gives the step `t` another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.pipeline = self.pipeline.replacen("- task: t\n", &format!("- task: {name}\n"), 1);
        self
    }

    /// Calls the run off when a step says a word.
    pub(crate) fn stopped_at(mut self, word: &'static str) -> Self {
        self.stop_at = Some(word);
        self
    }

    pub(crate) fn settings(mut self, change: impl Fn(&mut Settings) + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Seen {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.run_here())
    }

    async fn run_here(self) -> Seen {
        let run = self.desk.runs.get() + 1;
        self.desk.runs.set(run);
        let until = Cancellation::new();
        let recorder = Rc::new(Recorder {
            log: RefCell::default(),
            heard: Cell::new(0),
            stop_at: self.stop_at,
            until: until.clone(),
        });
        let mut engine = self.engine(run, recorder.clone());
        let mut inputs = self.inputs.clone();
        for name in &self.checked {
            let checked = engine.check(name, None, &until).await.unwrap();
            let Ended::Well(versions) = checked else { panic!("{}", recorder.log.borrow()) };
            inputs.insert(name.clone(), Input::Version(versions.last().unwrap().clone()));
        }
        engine.set_inputs(inputs);
        let ran: Ran = engine.run_job("job", &until).await.unwrap();
        let log = recorder.log.take();
        let run_folder = self.desk.home().run_folder(run);
        Seen {
            status: Status::of(&ran.outcome),
            log,
            heard: recorder.heard.get(),
            artifacts: ran.artifacts,
            run_folder,
        }
    }

    fn engine(&self, run: i64, recorder: Rc<dyn Listener>) -> Engine<Local> {
        let decoded = Pipeline::decode(pipeline::yaml::read(&self.pipeline).unwrap().root);
        assert!(decoded.mistakes.is_empty(), "{:?}", decoded.mistakes);
        let build = Build {
            pipeline: decoded.value,
            pipeline_text: String::new(),
            metadata: BuildMetadata { team: "main".into(), pipeline: "p".into(), ..BuildMetadata::default() },
            inputs: HashMap::new(),
            skips: Skips::default(),
            credentials: Arc::new(Credentials::new(Vec::new(), BTreeMap::new())),
        };
        let keeper = keeper();
        let mut settings = self.desk.home().settings(run, keeper, self.desk.runtime.clone());
        settings.cache_owner = Some("p/job".into());
        (self.change)(&mut settings);
        Engine::new(Local::new(settings), build, Listeners::new(vec![recorder]))
    }
}

impl Seen {
    pub(crate) fn read(&self, artifact: &str, file: &str) -> Option<String> {
        self.artifacts.get(artifact)?.read(file).ok()
    }

    pub(crate) fn succeeded(&self) {
        assert_eq!(self.status, Status::Succeeded, "{}", self.log);
    }
}

/// A step that runs a shell script, in an image that is an artifact when it is named.
pub(crate) fn script(name: &str, image: Option<&str>, config: &str, script: &str) -> String {
    let image = image.map(|image| format!("    image: {image}\n")).unwrap_or_default();
    let script = serde_json::to_string(script).unwrap();
    let config = config.lines().map(|line| format!("      {line}\n")).collect::<String>();
    format!(
        "  - task: {name}\n{image}    config:\n      platform: linux\n{config}      run: {{path: sh, args: [-c, {script}]}}\n"
    )
}

/// Writes a root file system with busybox and a user `ci`.
pub(crate) fn busybox(rootfs: &Path) {
    for folder in ["bin", "etc", "tmp", "root", "home/ci"] {
        fs::create_dir_all(rootfs.join(folder)).unwrap();
    }
    fs::copy(busybox_program(), rootfs.join("bin/busybox")).unwrap();
    for name in [
        "sh", "ls", "id", "cat", "echo", "sleep", "ps", "tty", "stty", "mkdir", "rm", "touch", "readlink",
        "hostname", "env", "mount", "grep", "yes", "head", "dd", "wc", "kill", "ip", "chown", "ln", "true",
        "mknod", "unshare",
    ] {
        let link = rootfs.join("bin").join(name);
        if !link.exists() {
            std::os::unix::fs::symlink("busybox", link).unwrap();
        }
    }
    fs::write(rootfs.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nci:x:1000:1000::/home/ci:/bin/sh\n")
        .unwrap();
    fs::write(rootfs.join("etc/group"), "root:x:0:\nci:x:1000:\n").unwrap();
}

/// Debian's package `busybox-static`.
pub(crate) fn busybox_program() -> PathBuf {
    let found =
        ["/bin/busybox", "/usr/bin/busybox"].map(PathBuf::from).into_iter().find(|path| path.exists());
    found.expect("busybox is installed (Debian's package busybox-static)")
}

/// Returns the program that keeps processes.
pub(crate) fn keeper() -> PathBuf {
    let given = std::env::var_os("QUAYSIDE_TEST_KEEPER").map(PathBuf::from);
    given.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_keep-process")))
}

/// Tells who reads the tests' output.
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
