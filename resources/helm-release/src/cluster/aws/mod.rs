//! AWS without its command line: signed requests, credentials, EKS and ECR.

mod credentials;
mod ecr;
mod eks;
mod signature;

pub use ecr::ecr_login;
pub(super) use eks::access as eks_access;

use kit::http::{Client, Settings, Url};
use kit::{Context, Result};

/// AWS's answers are kilobytes.
const LARGEST_ANSWER: u64 = 1024 * 1024;

fn http() -> Result<Client> {
    Ok(Client::new(Settings::default())?)
}

/// Returns where a service answers in a region; `own` replaces AWS's name.
fn endpoint(service: &str, region: &str, own: Option<&str>) -> Result<Url> {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let url = match own {
        Some(own) => own.to_owned(),
        None => format!("https://{service}.{region}.{suffix}"),
    };
    Url::parse(&url).context(|| format!("`{url}` is no URL of an AWS endpoint"))
}
