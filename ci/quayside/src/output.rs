//! Where a command writes.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

/// Standard output, buffered, and standard error.
pub(crate) struct Output {
    stdout: BufWriter<Stdout>,
    colours: bool,
}

impl Output {
    /// Writes to this process's own streams. Colours are for terminals, unless `NO_COLOR` is set;
    /// `CLICOLOR_FORCE` asks for them anywhere.
    pub(crate) fn new() -> Self {
        let stdout = io::stdout();
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let colours = !is_set("NO_COLOR") && (stdout.is_terminal() || is_set("CLICOLOR_FORCE"));
        Self { stdout: BufWriter::new(stdout), colours }
    }

    /// Returns whether colours are wanted.
    pub(crate) fn has_colours(&self) -> bool {
        self.colours
    }

    /// Writes text as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())?;
        self.stdout.flush()
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.stdout.write_all(line.as_bytes())?;
        self.stdout.write_all(b"\n")?;
        self.stdout.flush()
    }

    /// Writes a line for people to standard error. When nobody reads it, so be it.
    pub(crate) fn complain(&mut self, line: &str) {
        let _unread = writeln!(io::stderr(), "{line}");
    }
}
