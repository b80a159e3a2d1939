//! The machine's own PostgreSQL server, with a cluster of its own.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;

use crate::folder::Folder;
use crate::port::Port;
use crate::process::Process;

/// Where Debian's packages put each version's programs.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The user `nobody`: PostgreSQL refuses to run as root.
const UNPRIVILEGED: u32 = 65_534;

/// A running PostgreSQL server whose users log in by password.
#[derive(Debug)]
pub struct Postgres {
    _process: Process,
    port: Port,
    programs: PathBuf,
    _folder: Folder,
}

impl Postgres {
    /// The superuser.
    pub const USER: &str = "postgres";
    /// The superuser's password.
    pub const PASSWORD: &str = "superuser-of-a-test";

    /// Makes an empty cluster and starts a server for it.
    ///
    /// # Panics
    ///
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Self {
        let programs = programs();
        let folder = Folder::new("postgres");
        let port = Port::reserve();
        let cluster = folder.path().join("cluster");
        initialize(&programs, &folder, &cluster);

        let mut command = unprivileged(&programs.join("postgres"), folder.path());
        command.arg("-D").arg(&cluster).arg("-k").arg(folder.path()).arg("-p").arg(port.number().to_string());
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=50"] {
            command.arg("-c").arg(setting);
        }
        // An immediate shutdown: children end and shared memory is freed, nothing is written.
        let mut process = Process::start_stopped_by(Signal::QUIT, "postgres", command, folder.path());
        let ready = programs.join("pg_isready");
        process.wait_until("it accepted connections", || {
            let mut ask = Command::new(&ready);
            ask.args(["--quiet", "--host=127.0.0.1", &format!("--port={}", port.number())]);
            ask.status().is_ok_and(|status| status.success())
        });
        Self { _process: process, port, programs, _folder: folder }
    }

    /// Returns `127.0.0.1:port`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// Returns a connection URL for a user, or for Vault's placeholders `{{username}}` and `{{password}}`.
    pub fn url(&self, user: &str, password: &str) -> String {
        format!("postgresql://{user}:{password}@{}/postgres?sslmode=disable", self.host())
    }

    /// Logs in as any user, runs SQL and returns its rows, or what the server says against it.
    pub fn query(&self, user: &str, password: &str, sql: &str) -> Result<String, String> {
        let port = self.port.number().to_string();
        let output = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--tuples-only", "--no-align", "--quiet", "--set=ON_ERROR_STOP=1"])
            .args([
                "--host=127.0.0.1",
                "--port",
                &port,
                "--username",
                user,
                "--dbname=postgres",
                "--command",
                sql,
            ])
            .env("PGPASSWORD", password)
            .output()
            .expect("psql runs");
        let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

/// Returns the folder of the newest version's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, programs)| programs.join("initdb").exists())
        .max();
    newest.map_or_else(
        || panic!("no PostgreSQL in {VERSIONS}: install the package `postgresql`"),
        |(_, path)| path,
    )
}

fn initialize(programs: &Path, folder: &Folder, cluster: &Path) {
    let password = folder.write("password", Postgres::PASSWORD);
    if rustix::process::geteuid().is_root() {
        for path in [folder.path(), &password] {
            chown(path, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).expect("root may give files away");
        }
    }
    let output = unprivileged(&programs.join("initdb"), folder.path())
        .args([
            "--no-sync",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--username",
            Postgres::USER,
        ])
        .arg("--pwfile")
        .arg(&password)
        .arg("--pgdata")
        .arg(cluster)
        .output()
        .expect("initdb runs");
    assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
}

/// A command that runs as `nobody` where the test runs as root.
fn unprivileged(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if rustix::process::geteuid().is_root() {
        command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
    }
    command
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn users_log_in_by_password_and_the_server_is_gone_after_drop() {
        let postgres = Postgres::start();
        let (user, password) = (Postgres::USER, Postgres::PASSWORD);
        assert_eq!(postgres.query(user, password, "SELECT 6 * 7"), Ok("42".into()));
        let refused = postgres.query(user, "wrong", "SELECT 1").expect_err("a wrong password");
        assert!(refused.contains("password authentication failed"), "{refused}");
        postgres.query(user, password, "CREATE ROLE ann LOGIN PASSWORD 'hers'").expect("a new user");
        assert_eq!(postgres.query("ann", "hers", "SELECT current_user"), Ok("ann".into()));

        let host = postgres.host();
        drop(postgres);
        assert!(TcpStream::connect(host).is_err(), "nothing listens");
    }
}
