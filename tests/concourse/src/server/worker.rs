//! The worker, in namespaces of its own: its containers, mounts, bridge and packet filter are gone with its first process,
//! however that ends, and this machine's own are never touched.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use stack::Process;

use super::machine::Machine;

/// What containerd and the CNI plugins write to whatever they are told; hidden by an empty folder.
const HIDDEN: [&str; 2] = ["/run/containerd", "/var/lib/cni"];
/// Version 2, which all releases read; by default Concourse writes one for the containerd that it brings.
const CONTAINERD: &str = "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n";
/// Where runc makes the containers' control groups, which no namespace takes away.
const GROUPS: &str = "/sys/fs/cgroup";
/// How long the processes of a worker may take to end once they are killed.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// Run as the first process, which stays a shell: it takes care of processes whose parent has ended.
const SCRIPT: &str = r#"
for folder in /run/containerd /var/lib/cni; do mount -t tmpfs tmpfs "$folder" || exit; done
until [ -e "$1" ]; do sleep 0.1; done
ip link set lo up && ip address add "$3/30" dev eth0 && ip link set eth0 up && ip route add default via "$2" || exit
. "$1" || exit
"#;

/// A worker, which waits for its web at first.
#[derive(Debug)]
pub(super) struct Worker {
    process: Process,
    address: Ipv4Addr,
    folder: PathBuf,
    /// Run by the script.
    command: String,
}

impl Worker {
    /// Starts the first process and joins its network with this machine's, by a pair of addresses.
    pub(super) fn start(machine: &Machine, folder: &Path) -> Self {
        for hidden in HIDDEN {
            fs::create_dir_all(hidden).unwrap_or_else(|error| panic!("cannot make {hidden}: {error}"));
        }
        let config = folder.join("containerd.toml");
        fs::write(&config, CONTAINERD).expect("the folder is ours");
        // A private address, at which `registry-image` speaks plain HTTP; another one for each test process.
        let id = std::process::id().to_le_bytes();
        let ours = Ipv4Addr::new(10, 96 + id[1] % 4, id[0], 1);
        let theirs = Ipv4Addr::new(10, 96 + id[1] % 4, id[0], 2);
        let mut command = machine.run("unshare");
        command.args([
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            SCRIPT,
            "worker",
        ]);
        command.arg(folder.join("go")).args([ours.to_string(), theirs.to_string()]);
        let command_line = format!(
            "'{}' worker --name=one --ephemeral --work-dir='{folder}/work' --runtime=containerd \
             --containerd-config='{}' --containerd-cni-plugins-dir='{}' --containerd-dns-server={ours} \
             --baggageclaim-driver=overlay --tsa-public-key='{folder}/tsa.pub' \
             --tsa-worker-private-key='{folder}/worker' --log-level=error",
            machine.program().display(),
            config.display(),
            machine.plugins().display(),
            folder = folder.display(),
        );
        let process = Process::start("worker", command, folder);
        let mut worker = Self { process, address: ours, folder: folder.to_owned(), command: command_line };
        let id = worker.process.id();
        let network = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
        let own = network("self");
        worker.process.wait_until("it had a network of its own", || {
            network(&id.to_string()).is_some_and(|network| Some(network) != own)
        });
        // At most 15 characters. It is gone with its other end.
        let link = format!("quayside{}", std::process::id());
        let (id, address) = (id.to_string(), format!("{ours}/30"));
        ip(&["link", "add", &link, "type", "veth", "peer", "name", "eth0", "netns", &id]);
        ip(&["address", "add", &address, "dev", &link]);
        ip(&["link", "set", &link, "up"]);
        worker
    }

    /// Returns the address of this machine that containers reach.
    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Starts the worker itself, for a web whose TSA listens on a port.
    pub(super) fn go(&self, types: &Path, tsa: u16) {
        let options = format!("--resource-types='{}' --tsa-host={}:{tsa}", types.display(), self.address);
        // Read as soon as it is there, so it must be whole.
        let written = self.folder.join("going");
        fs::write(&written, format!("{} {options}\n", self.command)).expect("the folder is ours");
        fs::rename(written, self.folder.join("go")).expect("the folder is ours");
    }

    /// Waits until the web says that it runs.
    pub(super) fn wait_until_running(&mut self, is_running: impl FnMut() -> bool) {
        self.process.wait_until("its web knew it", is_running);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The kernel kills all others with the first process, which has ended only when they have.
        let first = || stack::children_of(self.process.id());
        for id in first() {
            if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
                let _ = rustix::process::kill_process(id, Signal::KILL);
            }
        }
        let started = Instant::now();
        while !first().is_empty() && started.elapsed() < STOP_LIMIT {
            sleep(Duration::from_millis(10));
        }
        remove_groups(Path::new(GROUPS));
        // Unless something else is in them.
        HIDDEN.iter().for_each(|hidden| drop(fs::remove_dir(hidden)));
    }
}

/// Removes the control groups of containers that are gone; one with processes stays.
fn remove_groups(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
            if entry.path().components().any(|part| part.as_os_str() == "garden") {
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

#[track_caller]
fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("it was looked for");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {}: {told}", arguments.join(" "));
}
