//! The resource type's binary: `check`, `in` and `out` by its name or first argument.

fn main() -> std::process::ExitCode {
    helm_release::main()
}
