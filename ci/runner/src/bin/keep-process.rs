//! A keeper alone, for programs that use the library without being a keeper themselves: its tests do.

use std::process::ExitCode;

fn main() -> ExitCode {
    runner::keeper::keep()
}
