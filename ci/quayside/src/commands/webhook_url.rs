//! `quayside webhook-url`.

use std::process::ExitCode;

use clap::Args;
use kit::http::Url;
use pipeline::model::{CheckEvery, Resource};
use pipeline::vars::{Missing, interpolate, uses};
use pipeline::yaml::Node;

use crate::execution::{Loaded, PipelineFlags, on_this_thread};
use crate::failure::Failure;
use crate::output::Output;

/// Prints the URL that tells Concourse to check a resource now.
///
/// With it, and `check_every: never`, a registry or git host says when there is something new, instead of being asked
/// every minute. The URL holds the resource's `webhook_token`: who has it can start checks. It goes to standard output;
/// where to enter it goes to standard error.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside webhook-url image -c ci/pipeline.yml --url https://ci.example.com
  quayside webhook-url repo -c ci/pipeline.yml --url https://ci.example.com --team shop --vault")]
pub(crate) struct WebhookUrlArgs {
    /// The resource.
    resource: String,
    /// Where the Concourse is.
    #[arg(long, value_name = "URL")]
    url: Url,
    #[command(flatten)]
    pipeline: PipelineFlags,
}

impl WebhookUrlArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(&self.pipeline, output)?;
        let resource = loaded.resource(&self.resource)?;
        let token = self.token(&loaded, resource)?;
        let url = webhook_url(&self.url, &loaded, &self.resource, &token)?;
        output.line(url.as_str())?;
        for line in advice(resource) {
            output.complain(&line);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the resource's token, its variables filled in.
    fn token(&self, loaded: &Loaded, resource: &Resource) -> Result<String, Failure> {
        let token = resource.webhook_token.as_ref().filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            Failure::new(format!("the resource `{}` has no `webhook_token`", self.resource))
                .with_hint("give it one: `webhook_token: ((webhook-token))`, a long random text")
        })?;
        let node = Node::string(token.as_str(), token.span);
        let credentials = self.pipeline.secrets.credentials(Some(loaded))?;
        on_this_thread(async {
            for used in uses(&node) {
                if let Some(reference) = &used.reference {
                    credentials.look_up(reference).await?;
                }
            }
            Ok(())
        })?;
        let filled = interpolate(node, &credentials, Missing::Refuse).map_err(|error| {
            Failure::new(error.error).with_hint("`--secrets`, `--secrets-env` and `--vault` give secrets")
        })?;
        Ok(filled.to_env_text())
    }
}

fn webhook_url(base: &Url, loaded: &Loaded, resource: &str, token: &str) -> Result<Url, Failure> {
    let mut url = base.clone();
    let parts = [
        "api",
        "v1",
        "teams",
        &loaded.team,
        "pipelines",
        &loaded.name,
        "resources",
        resource,
        "check",
        "webhook",
    ];
    url.path_segments_mut()
        .map_err(|()| Failure::new(format!("`{base}` is not where a Concourse can be")))?
        .pop_if_empty()
        .extend(parts);
    let mut query = url.query_pairs_mut();
    query.append_pair("webhook_token", token);
    for entry in loaded.instance.iter().flatten() {
        query.append_pair(&format!("vars.{}", entry.name()), &entry.value.to_compact_json());
    }
    drop(query);
    Ok(url)
}

/// Returns where to enter the URL.
fn advice(resource: &Resource) -> Vec<String> {
    let mut lines = vec![String::new()];
    let of_images = [
        "quay.io, Quay: Repository Settings > Events and Notifications > Create Notification:\n    event `Push to Repository`, method `Webhook POST`",
        "Harbor: project > Webhooks > New Webhook: event `Artifact pushed`",
        "Docker Hub: repository > Webhooks",
    ];
    let of_git = [
        "GitHub: Settings > Webhooks > Add webhook: `Just the push event`, content type `application/json`",
        "GitLab: Settings > Webhooks: trigger `Push events`",
        "Gitea, Forgejo: Settings > Webhooks: method `POST`, trigger `Push events`",
    ];
    let places: &[&str] = match resource.kind.as_str() {
        "git" => &of_git,
        "quay-image" | "registry-image" | "docker-image" => &of_images,
        _ => &["the settings of whatever holds the versions: a POST with any body, or none"],
    };
    lines.push("Enter it here:".into());
    lines.extend(places.iter().map(|place| format!("  {place}")));
    if resource.check_every.as_deref() != Some(&CheckEvery::Never) {
        lines.push(
            "Then set `check_every: never` at the resource: without it Concourse goes on asking.".into(),
        );
    }
    lines
}
