//! Images of the resource types that Concourse brings along and we do not.

use serde_json::{Value as Json, json};

use super::Local;
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::executor::{CheckRequest, Ended, Executor, GetRequest, Image, Program, Resource};
use crate::outcome::Problem;

impl Local {
    /// Fetches the image of a type.
    pub(super) async fn base_image(
        &self,
        kind: &str,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Image, Problem> {
        let repository = match self.settings.type_images.get(kind) {
            Some(image) => image.clone(),
            None => format!("concourse/{kind}-resource"),
        };
        let about = |problem: Problem| {
            Problem::new(format!("the image of the resource type `{kind}`: {problem}")).hint(
                "name another image with `--type-image TYPE=IMAGE`, or put a folder in place of a get with `-i \
                 NAME=FOLDER`",
            )
        };
        self.fetch_base_image(kind, &repository, console, until).await.map_err(|problem| match problem {
            stopped if stopped.is_interruption() || stopped.is_timeout() => stopped,
            problem => about(problem),
        })
    }

    async fn fetch_base_image(
        &self,
        kind: &str,
        repository: &str,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Image, Problem> {
        let resource = Resource {
            name: None,
            kind: "registry-image".into(),
            program: Program::Base("registry-image".into()),
            source: source_of(repository),
        };
        let check = CheckRequest { resource: resource.clone(), since: None, environment: Vec::new() };
        let newest = match Box::pin(self.check_resource(&check, console, until)).await? {
            Ended::Well(versions) => versions.into_iter().last(),
            Ended::Badly(_) => None,
        };
        let version = newest.ok_or_else(|| Problem::new("it is not to be had"))?;
        let identity = format!("{repository} {}", version.to_json());
        let get =
            GetRequest { name: kind.to_owned(), resource, version, params: None, environment: Vec::new() };
        match Box::pin(self.get(&get, console, until)).await? {
            Ended::Well(fetched) => Ok(Image { volume: fetched.volume, identity, is_privileged: false }),
            Ended::Badly(_) => Err(Problem::new("it cannot be fetched")),
        }
    }
}

/// Returns the source of an image, which may name a tag.
fn source_of(image: &str) -> Json {
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => json!({ "repository": repository, "tag": tag }),
        _ => json!({ "repository": image }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_may_name_a_tag() {
        let cases = [
            ("a/b", json!({"repository": "a/b"})),
            ("a/b:1", json!({"repository": "a/b", "tag": "1"})),
            ("host:5000/a/b", json!({"repository": "host:5000/a/b"})),
            ("host:5000/a/b:1", json!({"repository": "host:5000/a/b", "tag": "1"})),
        ];
        for (image, expected) in cases {
            assert_eq!(source_of(image), expected, "{image}");
        }
    }
}
