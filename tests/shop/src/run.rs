//! Runs the service's pipeline on this machine.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use stack::quay_stub::{Finding, Scan};

use crate::{Ended, Shop, repository};

impl Shop {
    /// Returns `quayside run` of build-to-deploy with the service's variables, in its working tree; `words` name the job
    /// and say more.
    pub fn command(&self, words: &[&str]) -> Command {
        let folder = repository().join("pipelines/build-to-deploy");
        let mut command = Command::new(self.programs.join("quayside"));
        command.args(["run", "--runtime", "process", "--config"]).arg(folder.join("pipeline.yml"));
        for file in [folder.join("defaults.yml"), self.variables.path().join("shop.yml")] {
            command.arg("--load-vars-from").arg(file);
        }
        command.arg("--secrets").arg(self.variables.path().join("secrets.yml"));
        command.args(words).current_dir(self.service.path()).env_clear().envs(self.environment());
        command
    }

    /// Runs a job, with more words on the command line.
    ///
    /// # Panics
    /// When what it says, or a file that it leaves and others may read, shows a secret.
    #[track_caller]
    pub fn run(&self, job: &str, more: &[&str]) -> Ended {
        let output = self.command(&[&[job], more].concat()).stdin(Stdio::null()).output();
        let ended = Ended::from(output.expect("quayside can be run"));
        self.secrets.assert_not_in(&ended.said);
        self.secrets.assert_not_readable_in(self.home.path());
        ended
    }

    /// Runs jobs, each of which must succeed.
    ///
    /// # Panics
    /// With what was said, if one does not.
    #[track_caller]
    pub fn succeed(&self, jobs: &[&str]) {
        for job in jobs {
            self.run(job, &[]).ended(0);
        }
    }

    /// Builds the present commit and has the scanner look at it; returns the digest.
    ///
    /// # Panics
    /// With what was said, if the build fails, as also [`Shop::deliver`].
    #[track_caller]
    pub fn build(&self, findings: &[Finding]) -> String {
        self.succeed(&["build"]);
        let digest = self.tag("candidate").expect("the build has pushed it");
        self.scanned(&digest, Scan::Scanned(findings.to_vec()));
        digest
    }

    /// Takes the present commit to production; returns the digest.
    #[track_caller]
    pub fn deliver(&self) -> String {
        let digest = self.build(&[]);
        self.succeed(&["scan", "staging", "promote", "production"]);
        digest
    }

    /// Returns the environment of somebody who has the programs, Helm and Vault on the path.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = [self.tools.path().as_os_str(), self.programs.as_os_str(), &inherited].join(":".as_ref());
        vec![
            ("PATH", path),
            ("HOME", self.home.path().into()),
            ("QUAYSIDE_HOME", self.home.path().into()),
            ("TMPDIR", self.temporary.path().into()),
            ("VAULT_ADDR", self.servers.vault.url().into()),
            ("VAULT_TOKEN", self.servers.vault.root_token().into()),
        ]
    }
}
