//! The `quay-image` binary: `check`, `in` and `out` by its name or first argument.

use std::process::ExitCode;

fn main() -> ExitCode {
    kit::run(quay_image::QuayImage)
}
