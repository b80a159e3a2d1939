//! Blobs: passed on to the registry behind, with what Quay does otherwise.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::super::access::Answer;
use super::super::refusal::Refusal;
use super::{Quay, allows, require};

/// Headers that do not go to the registry behind: it wants no token, and Quay ignores ranges of blobs.
const NOT_FORWARDED: [HeaderName; 4] =
    [header::AUTHORIZATION, header::HOST, header::RANGE, header::CONNECTION];

pub(super) async fn pull(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, _)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    require(&quay, request.headers(), &format!("{organization}/{repository}"), "pull")?;
    pass(&quay, request).await
}

/// Begins an upload, or does it at once with `digest`, or mounts a blob of another repository: only if the token allows
/// to pull there, otherwise it begins an upload.
pub(super) async fn begin(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository)): Path<(String, String)>,
    mut request: Request,
) -> Answer {
    require(&quay, request.headers(), &format!("{organization}/{repository}"), "push")?;
    let query = request.uri().query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let source = pairs.find(|(name, _)| name == "from").map(|(_, source)| source.into_owned());
    if source.is_some_and(|source| !allows(&quay, request.headers(), &source, "pull")) {
        let path = request.uri().path().to_owned();
        *request.uri_mut() = path.parse().expect("a path is a URI");
    }
    let mut response = pass(&quay, request).await?;
    if response.status() == StatusCode::ACCEPTED {
        // What Quay makes of no bytes at all.
        response.headers_mut().insert(header::RANGE, HeaderValue::from_static("bytes=0--1"));
    }
    Ok(response)
}

/// Adds to an upload, ends it or gives it up.
pub(super) async fn proceed(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, _)): Path<(String, String, String)>,
    request: Request,
) -> Answer {
    require(&quay, request.headers(), &format!("{organization}/{repository}"), "push")?;
    pass(&quay, request).await
}

async fn pass(quay: &Quay, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = quay.http.request(head.method.clone(), format!("{}{path}", quay.registry_url));
    let request = request.headers(forwarded(head.headers));
    let request = match head.method {
        Method::GET | Method::HEAD => request,
        _ => request.body(reqwest::Body::wrap_stream(body.into_data_stream())),
    };
    let response = request.send().await.map_err(|_| Refusal::Page(StatusCode::BAD_GATEWAY))?;
    let (mut head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    head.headers.remove(header::TRANSFER_ENCODING);
    if let Some(location) = head.headers.get(header::LOCATION).and_then(|location| location.to_str().ok()) {
        let own = location.replace(&quay.registry_url, quay.url());
        head.headers.insert(header::LOCATION, HeaderValue::from_str(&own).expect("a URL in place of a URL"));
    }
    Ok(Response::from_parts(head, Body::new(body)))
}

fn forwarded(mut headers: HeaderMap) -> HeaderMap {
    for name in NOT_FORWARDED {
        headers.remove(name);
    }
    headers
}
