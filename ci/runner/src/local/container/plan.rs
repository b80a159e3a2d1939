//! A container to run, from what a step wants to what a keeper starts.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::config::Config;
use super::environment;
use super::sight::{Prepared, Sight};
use super::user::User;
use crate::image_metadata::ImageMetadata;
use crate::keeper::{Container, Session, Work};
use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// What the runtime itself finds its helpers by.
const RUNTIME_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A container to run.
pub(in crate::local) struct ContainerPlan<'step> {
    pub(in crate::local) runtime: &'step Path,
    /// The step's own folder.
    pub(in crate::local) own: &'step Path,
    /// The folder with `rootfs` and `metadata.json`.
    pub(in crate::local) image: &'step Volume,
    pub(in crate::local) is_privileged: bool,
    pub(in crate::local) is_hermetic: bool,
    pub(in crate::local) has_terminal: bool,
    pub(in crate::local) has_overlays: bool,
    /// Whether the image's environment and user count. Those of base types do not.
    pub(in crate::local) obeys_image: bool,
    /// The user over the image's own.
    pub(in crate::local) user: Option<&'step str>,
    pub(in crate::local) command: Vec<String>,
    pub(in crate::local) folder: String,
    pub(in crate::local) environment: Vec<(String, String)>,
    pub(in crate::local) cpu_shares: Option<u64>,
    pub(in crate::local) memory_bytes: Option<u64>,
    /// What is seen where: folders that stay.
    pub(in crate::local) kept: Vec<(String, PathBuf)>,
    /// What is seen where: copies of artifacts.
    pub(in crate::local) inputs: Vec<(String, PathBuf)>,
}

impl ContainerPlan<'_> {
    /// Prepares the container's folder. Returns what a keeper starts.
    pub(in crate::local) fn prepare(self) -> Result<Work, Problem> {
        let failed = |error| problem_of("cannot prepare the container", error);
        let is_root = rustix::process::geteuid().is_root();
        let metadata =
            if self.obeys_image { ImageMetadata::of(self.image)? } else { ImageMetadata::default() };
        let rootfs = Volume::new(self.image.folder().join("rootfs"));
        let name = self.user.map(str::to_owned).or(metadata.user).filter(|user| !user.is_empty());
        let user = User::find(name.as_deref().unwrap_or_default(), &rootfs)?;
        let bundle = self.own.join("bundle");
        let Prepared { mounts, seen } =
            self.look(&bundle, rootfs.folder(), &user, is_root).map_err(failed)?;
        let image_environment = metadata.env.unwrap_or_default();
        let config = Config {
            command: &self.command,
            folder: &self.folder,
            environment: &environment::of_process(
                &image_environment,
                &self.environment,
                name.as_deref(),
                &user,
            ),
            user: &user,
            seen: &seen,
            has_terminal: self.has_terminal,
            is_privileged: self.is_privileged,
            is_hermetic: self.is_hermetic,
            is_rootless: !is_root,
            cpu_shares: self.cpu_shares,
            memory_bytes: self.memory_bytes,
        };
        let container = self.container(bundle, config.to_json(), !is_root);
        Ok(Work {
            command: self.run_command(&container),
            environment: vec![("PATH".into(), RUNTIME_PATH.into())],
            folder: container.bundle.clone(),
            mounts,
            session: if self.has_terminal { Session::Terminal } else { Session::Own },
            container: Some(container),
        })
    }

    /// Prepares all that the container sees.
    fn look(&self, bundle: &Path, rootfs: &Path, user: &User, is_root: bool) -> std::io::Result<Prepared> {
        let mut sight = Sight::new(self.own, user, self.has_overlays, is_root);
        sight.root(rootfs, &bundle.join("rootfs"))?;
        let scratch = self.own.join("scratch");
        fs::create_dir_all(&scratch)?;
        sight.folder("/scratch", &scratch)?;
        for (path, folder) in &self.kept {
            sight.folder(path, folder)?;
        }
        for (path, folder) in &self.inputs {
            sight.copy(path, folder)?;
        }
        sight.host_files()?;
        Ok(sight.prepared())
    }

    fn container(&self, bundle: PathBuf, config: serde_json::Value, is_rootless: bool) -> Container {
        let state = self.own.join("runtime");
        let mut removal = self.runtime_command(&state, &self.own.join("removal.log"));
        removal.extend(["delete".into(), "--force".into(), self.name()]);
        let log = self.own.join("runtime.log");
        Container { bundle, config, is_rootless, log, state: state.join(self.name()), removal }
    }

    fn run_command(&self, container: &Container) -> Vec<String> {
        let mut command = self.runtime_command(&self.own.join("runtime"), &container.log);
        command.extend(["run".into(), "--bundle".into(), text(&container.bundle), self.name()]);
        command
    }

    fn runtime_command(&self, state: &Path, log: &Path) -> Vec<String> {
        let runtime = text(self.runtime);
        let options =
            ["--root".into(), text(state), "--log".into(), text(log), "--log-format".into(), "json".into()];
        [runtime].into_iter().chain(options).collect()
    }

    /// A name that no other container of this machine has: control groups are named after it.
    fn name(&self) -> String {
        let hash = Sha256::digest(self.own.as_os_str().as_encoded_bytes());
        let hash: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("quayside-{hash}-{}", self.own.file_name().unwrap_or_default().display())
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
