//! The schema that an image of a resource type prints for `--schema`.

use std::collections::HashMap;
use std::sync::Arc;

use pipeline::Span;
use pipeline::yaml::{Node, from_json};
use runner::cancellation::Cancellation;
use runner::engine::Skips;
use runner::event::Event;
use runner::outcome::Status;
use runner::report::{Style, What, read_log};
use runner::secrets::Credentials;
use runner::state::NewRun;
use serde_json::{Value as Json, json};

use super::{
    Finished, LOG, MachineFlags, Manner, Purpose, Record, Session, now, on_this_thread, until_ended,
};
use crate::commands::decoded_step;
use crate::failure::Failure;
use crate::output::Output;

/// Fetches an image, runs its `check --schema` in a container, and returns what that prints.
pub(crate) fn schema_of_image(image: &str, output: &mut Output) -> Result<String, Failure> {
    let mut session = Session::open(&MachineFlags::usual(), Manner::Beside(Style::Plain), output)?;
    if !session.has_containers() {
        return Err(Failure::new(format!(
            "the schema of `{image}` is printed in a container, and no OCI runtime is here"
        ))
        .with_hint("install runc, crun or youki, or give the schema as a file"));
    }
    on_this_thread(run(&mut session, image))
}

async fn run(session: &mut Session, image: &str) -> Result<String, Failure> {
    let step = decoded_step(task(image))?;
    let title = format!("schema of {image}");
    let record = Record::begin(session, &NewRun { pipeline: "", job: None, title: &title, started: now() })?;
    let log = record.folder().join(LOG);
    let purpose = Purpose {
        loaded: None,
        inputs: HashMap::new(),
        skips: Skips::default(),
        credentials: Arc::new(Credentials::default()),
    };
    let engine = session.engine(&record, purpose)?;
    let until = Cancellation::new();
    let ran = until_ended(&record, &until, engine.run_step(&step, [], &until)).await?;
    let finished = Finished::from(ran);
    let status = finished.status;
    record.end(session, &finished, &|_| None)?;
    if status != Status::Succeeded {
        return Err(Failure::new(format!("`{image}` printed no schema")).with_hint(
            "its program `/opt/resource/check` must know `--schema`; else give the schema as a file",
        ));
    }
    let printed: String = read_log(&log)?
        .filter_map(|record| match record.what {
            What::Step(Event::Log { text, .. }) => Some(text),
            _ => None,
        })
        .collect();
    // What fetching the image prints comes first.
    let start = printed.find("\n{").map_or(0, |line| line + 1);
    Ok(printed[start..].replace('\r', ""))
}

fn task(image: &str) -> Node {
    let task = json!({
        "task": "schema",
        "config": {
            "platform": "linux",
            "image_resource": {"type": "registry-image", "source": source(image)},
            "run": {"path": "/opt/resource/check", "args": ["--schema"]},
        },
    });
    from_json(&task, Span::default())
}

/// Reads `HOST/NAME:TAG`. `http://` in front allows a registry without TLS.
fn source(image: &str) -> Json {
    let (name, is_insecure) = image.strip_prefix("http://").map_or((image, false), |name| (name, true));
    let slash = name.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match name[slash..].find(':') {
        Some(colon) => (&name[..slash + colon], &name[slash + colon + 1..]),
        None => (name, "latest"),
    };
    json!({"repository": repository, "tag": tag, "insecure": is_insecure})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_named_as_everywhere() {
        let cases = [
            ("acme/slack", "acme/slack", "latest", false),
            ("acme/slack:1.2", "acme/slack", "1.2", false),
            ("localhost:5000/slack", "localhost:5000/slack", "latest", false),
            ("http://localhost:5000/slack:1", "localhost:5000/slack", "1", true),
        ];
        for (image, repository, tag, insecure) in cases {
            let expected = json!({"repository": repository, "tag": tag, "insecure": insecure});
            assert_eq!(source(image), expected, "{image}");
        }
    }
}
