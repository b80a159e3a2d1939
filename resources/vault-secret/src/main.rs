//! The resource's program: its name or first argument says which step.

fn main() -> std::process::ExitCode {
    kit::run(vault_secret::VaultSecret)
}
