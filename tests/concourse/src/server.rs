//! A Concourse of our own, started from binaries: PostgreSQL, its web and one worker.

mod machine;
mod types;
mod worker;

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use stack::{Folder, Port, Postgres, Process};

use crate::fly::Fly;
use machine::Machine;
use worker::Worker;

/// The only user.
const USER: &str = "test";
const PASSWORD: &str = "test";
/// Database connections of the web, well below what the server allows.
const CONNECTIONS: &str = "20";

/// A running Concourse, at an address of this machine that its containers reach too.
#[derive(Debug)]
pub(crate) struct Server {
    // Stopped in this order.
    worker: Worker,
    _web: Process,
    _postgres: Postgres,
    _ports: [Port; 4],
    _folder: Folder,
    url: String,
}

impl Server {
    /// Starts a Concourse and returns when its worker runs, with `fly` logged in to it.
    ///
    /// # Panics
    ///
    /// When this machine lacks something that it needs, or it does not start.
    pub(crate) fn start(concourse: PathBuf, fly: PathBuf) -> (Self, Fly) {
        let machine = Machine::check(concourse, &fly);
        let folder = Folder::new("concourse");
        make_keys(&machine, folder.path());
        let types = types::gather(&machine, folder.path());
        let mut worker = Worker::start(&machine, folder.path());
        let address = worker.address();
        // Free ports are looked for at that address from now on.
        stack::listen_on(address);
        let postgres = Postgres::start();
        let user = (Postgres::USER, Postgres::PASSWORD);
        postgres.query(user.0, user.1, "CREATE DATABASE atc").expect("the superuser may");
        let ports: [Port; 4] = std::array::from_fn(|_| Port::reserve());
        let [http, tsa, debug, tsa_debug] = ports.each_ref().map(Port::number);
        let url = format!("http://{address}:{http}");
        let mut command = web(&machine, folder.path(), &postgres, &url);
        command.arg(format!("--bind-port={http}")).arg(format!("--tsa-bind-port={tsa}"));
        command.arg(format!("--debug-bind-port={debug}")).arg(format!("--tsa-debug-bind-port={tsa_debug}"));
        command.arg(format!("--bind-ip={address}")).arg(format!("--tsa-bind-ip={address}"));
        let mut web = Process::start("web", command, folder.path());
        web.wait_until("it listened", || TcpStream::connect((address, http)).is_ok());
        worker.go(&types, tsa);
        let fly = Fly::log_in(fly, &url, USER, PASSWORD);
        worker.wait_until_running(|| fly.ask("/api/v1/workers")[0]["state"] == "running");
        (Self { worker, _web: web, _postgres: postgres, _ports: ports, _folder: folder, url }, fly)
    }

    /// Returns where the web is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address of this machine that containers reach.
    pub(crate) fn address(&self) -> Ipv4Addr {
        self.worker.address()
    }
}

/// Makes the keys by which tokens are signed, and web and worker know each other.
fn make_keys(machine: &Machine, folder: &Path) {
    for (name, kind) in [("session", "rsa"), ("tsa", "ssh"), ("worker", "ssh")] {
        let mut command = machine.concourse();
        let output = command.args(["generate-key", "-t", kind, "-f"]).arg(folder.join(name)).output();
        let output = output.unwrap_or_else(|error| panic!("`CONCOURSE` names no program: {error}"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "concourse generate-key: {told}");
    }
}

fn web(machine: &Machine, folder: &Path, postgres: &Postgres, url: &str) -> Command {
    let mut command = machine.concourse();
    command.arg("web").arg(format!("--external-url={url}"));
    let host = postgres.host();
    let (host, port) = host.split_once(':').expect("an address has a port");
    command.arg(format!("--postgres-host={host}")).arg(format!("--postgres-port={port}"));
    command.arg(format!("--postgres-user={}", Postgres::USER)).arg("--postgres-database=atc");
    command.env("CONCOURSE_POSTGRES_PASSWORD", Postgres::PASSWORD);
    command.arg(format!("--backend-max-conns={CONNECTIONS}"));
    command.arg("--session-signing-key").arg(folder.join("session"));
    command.arg("--tsa-host-key").arg(folder.join("tsa"));
    command.arg("--tsa-authorized-keys").arg(folder.join("worker.pub"));
    command.arg(format!("--add-local-user={USER}:{PASSWORD}")).arg(format!("--main-team-local-user={USER}"));
    command.args(["--enable-global-resources", "--log-level=error"]);
    command
}
