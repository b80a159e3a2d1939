//! What a run came to.

/// The end of a program, with all that it said.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit status, -1 where a signal ended it.
    pub code: i32,
    /// What it wrote to stdout, then what it wrote to stderr.
    pub said: String,
}

impl Ended {
    /// Fails unless it ended so.
    ///
    /// # Panics
    /// With all that was said, if it did not.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    /// Fails unless all of this was said.
    ///
    /// # Panics
    /// With all that was said, if something was not.
    #[track_caller]
    pub fn said(self, all: &[&str]) -> Self {
        for text in all {
            assert!(self.said.contains(text), "`{text}` in\n{}", self.said);
        }
        self
    }
}

impl From<std::process::Output> for Ended {
    fn from(output: std::process::Output) -> Self {
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Self { code: output.status.code().unwrap_or(-1), said }
    }
}
