//! An image for the shared tasks, made of this machine's own programs: sh, git, jq and curl.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use stack::Registry;
use stack::image::{Builder, Layer};

/// Programs that are copied, with the libraries that they need.
const PROGRAMS: [&str; 3] = ["git", "jq", "curl"];
/// What busybox does.
const APPLETS: [&str; 16] = [
    "cat", "cp", "cut", "date", "echo", "env", "grep", "ls", "mkdir", "sed", "sh", "sort", "test", "tr",
    "true", "wc",
];

/// Pushes the image; returns what the variable `tools-image` says of it.
pub(crate) fn push(registry: &Registry) -> Value {
    let mut layer = Layer::new().directory("tmp").directory("root").executable("bin/busybox", busybox());
    for applet in APPLETS {
        layer = layer.symlink(format!("bin/{applet}"), "busybox");
    }
    let mut files = BTreeSet::new();
    for program in PROGRAMS {
        let program = find(program);
        files.extend(libraries(&program));
        files.insert(program);
    }
    for file in files {
        let content = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        layer = layer.executable(file.display().to_string().trim_start_matches('/'), content);
    }
    let image = Builder::new().layer(layer).env("PATH", "/usr/bin:/bin").build();
    image.push(registry, "tools", "test");
    json!({"repository": format!("{}/tools", registry.host()), "digest": image.digest()})
}

fn busybox() -> Vec<u8> {
    let found = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| fs::read(path).ok());
    found.expect("busybox is installed (Debian's package busybox-static)")
}

fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{program} is not installed"))
}

/// Returns the libraries of a program and its loader, by the paths at which it looks for them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().expect("ldd is part of the C library");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(PathBuf::from).collect()
}
