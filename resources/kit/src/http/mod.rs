//! One HTTP client for all resources: TLS, proxies, timeouts, retries, resumed downloads.

mod client;
mod download;
mod error;
mod request;
mod resolver;
mod response;
mod retry;
mod tls;

pub use client::{Client, Settings};
pub use download::Download;
pub use error::HttpError;
pub use request::Request;
pub use reqwest::header;
pub use reqwest::{Body, Method, StatusCode, Url};
pub use response::Response;
pub use retry::{Retry, Tries};
pub use tls::ClientCertificate;

/// Returns `url` without user, password, query and fragment, which may hold secrets.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both refuse only URLs that can't have a user, which then have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
