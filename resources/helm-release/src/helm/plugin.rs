//! Post-renderers: Helm 3 takes a program, Helm 4 a plugin, which is then written around the program.

use std::path::PathBuf;

use kit::Result;
use serde_json::json;

use super::Home;
use crate::source::HelmVersion;

/// A program that changes rendered objects, from stdin to stdout.
#[derive(Clone, Debug)]
pub struct PostRenderer {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

const PLUGIN: &str = "quayside-post-render";

/// Makes the program known to Helm and returns the flags that name it.
///
/// # Errors
/// When the plugin can't be written.
pub fn install(renderer: &PostRenderer, version: HelmVersion, home: &Home) -> Result<Vec<String>> {
    let program = renderer.program.display().to_string();
    if version == HelmVersion::Three {
        let mut flags = vec!["--post-renderer".to_owned(), program];
        flags.extend(
            renderer.arguments.iter().flat_map(|argument| ["--post-renderer-args".into(), argument.clone()]),
        );
        return Ok(flags);
    }
    let plugin = json!({
        "apiVersion": "v1",
        "type": "postrenderer/v1",
        "name": PLUGIN,
        "version": "1.0.0",
        "runtime": "subprocess",
        "runtimeConfig": {"platformCommand": [{"command": program, "args": renderer.arguments}]},
    });
    home.write(&format!("plugins/{PLUGIN}/plugin.yaml"), plugin.to_string())?;
    Ok(vec!["--post-renderer".into(), PLUGIN.into()])
}
