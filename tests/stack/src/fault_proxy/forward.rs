//! Passes requests on, and lets them meet their faults.

mod damage;

use std::sync::{Arc, PoisonError};

use http::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderName, LINK, LOCATION, RANGE, TRANSFER_ENCODING, UPGRADE,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};

use super::record::{Counted, Direction, Exchange};
use super::{Answer, Body, BoxError, Connection, Fault, State};
use crate::web::client;
use damage::Damage;

/// Headers that concern one connection, and the name of the host, which is the proxy's.
const NOT_FORWARDED: [HeaderName; 4] = [CONNECTION, TRANSFER_ENCODING, UPGRADE, HOST];
/// Headers that may name the server where the client must see the proxy.
const REWRITTEN: [HeaderName; 3] = [LOCATION, LINK, WWW_AUTHENTICATE];

/// A server behind the proxy.
#[derive(Debug)]
pub(super) struct Upstream {
    /// What a path starts with to be asked there.
    prefix: String,
    url: String,
    client: reqwest::Client,
}

impl Upstream {
    pub(super) fn new(prefix: &str, url: &str, ca_pem: Option<&str>) -> Self {
        Self { prefix: prefix.into(), url: url.trim_end_matches('/').into(), client: client(ca_pem) }
    }
}

/// Answers a request to the proxy.
pub(super) async fn serve(
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response<Body>, BoxError> {
    let (mut head, body) = request.into_parts();
    let state = &connection.state;
    let exchange = state.records.begin(&head, false);
    let fault = state.fault_for(&head);
    connection.wait().await;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();

    match &fault {
        Some(Fault::Answer(answer)) => return refuse(&exchange, body, answer.clone()).await,
        Some(Fault::EndlessRedirect) => {
            return refuse(&exchange, body, Answer::endless_redirect(state, &path)).await;
        }
        Some(Fault::EndlessTags) => return refuse(&exchange, body, Answer::endless_tags(&path)).await,
        Some(Fault::RedirectElsewhere) => {
            return refuse(&exchange, body, Answer::redirect(&send_elsewhere(state, &path, head.headers)))
                .await;
        }
        Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Fault::StaleToken) => drop(head.headers.remove(AUTHORIZATION)),
        Some(Fault::IgnoreRange) => drop(head.headers.remove(RANGE)),
        Some(Fault::HangUp) => {
            connection.controls.reset_on_close();
            return Err("hung up on purpose".into());
        }
        _ => {}
    }
    let response = forward(state, head, &path, body, &exchange).await;
    if let Some(Fault::SlowHeader(time)) = fault {
        connection.controls.slow_down(time);
    }
    let damage = fault.and_then(|fault| Damage::of(&fault, &connection.controls));
    Ok(finish(response, damage, exchange))
}

/// Answers a request to the other host: what was asked for before the redirect.
pub(super) async fn serve_elsewhere(
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response<Body>, BoxError> {
    let (mut head, body) = request.into_parts();
    let state = &connection.state;
    let exchange = state.records.begin(&head, true);
    connection.wait().await;
    let Some((path, headers)) = sent_elsewhere(state, head.uri.path()) else {
        return refuse(&exchange, body, Answer::new(403)).await;
    };
    if head.headers.contains_key(AUTHORIZATION) {
        // As object storage does: a signed URL and credentials beside it contradict each other.
        return refuse(&exchange, body, Answer::new(400)).await;
    }
    head.headers.extend(headers.get(AUTHORIZATION).map(|value| (AUTHORIZATION, value.clone())));
    let response = forward(state, head, &path, body, &exchange).await;
    Ok(finish(response, None, exchange))
}

/// Remembers a request and returns the URL on the other host that stands for it.
fn send_elsewhere(state: &State, path: &str, headers: HeaderMap) -> String {
    let mut redirected = state.redirected.lock().unwrap_or_else(PoisonError::into_inner);
    redirected.push((path.to_owned(), headers));
    format!("{}/elsewhere/{}", state.elsewhere_url(), redirected.len() - 1)
}

/// Returns the path and headers of the request that a URL on the other host stands for.
fn sent_elsewhere(state: &State, path: &str) -> Option<(String, HeaderMap)> {
    let number: usize = path.strip_prefix("/elsewhere/")?.parse().ok()?;
    state.redirected.lock().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
}

/// Sends an answer of the proxy's own, after the request's body was read: a client that is still writing would see a
/// broken connection instead of the answer.
async fn refuse(
    exchange: &Arc<Exchange>,
    body: Incoming,
    answer: Answer,
) -> Result<Response<Body>, BoxError> {
    let mut body = Counted::new(body, exchange.clone(), Direction::Received);
    while let Some(frame) = body.frame().await {
        frame?;
    }
    let response = answer.into_response();
    Ok(finish(response, None, exchange.clone()))
}

async fn forward(
    state: &State,
    mut head: http::request::Parts,
    path: &str,
    body: Incoming,
    exchange: &Arc<Exchange>,
) -> Response<Body> {
    let routed = |upstream: &&Upstream| !upstream.prefix.is_empty() && path.starts_with(&upstream.prefix);
    let upstream = state.upstreams.iter().find(routed).unwrap_or(&state.upstreams[0]);
    for name in NOT_FORWARDED {
        head.headers.remove(name);
    }
    let mut request =
        upstream.client.request(head.method, format!("{}{path}", upstream.url)).headers(head.headers);
    if !body.is_end_stream() {
        request =
            request.body(reqwest::Body::wrap(Counted::new(body, exchange.clone(), Direction::Received)));
    }
    match request.send().await {
        Ok(response) => {
            let response = Response::<reqwest::Body>::from(response);
            let (mut head, body) = response.into_parts();
            rewrite(state, &mut head.headers);
            Response::from_parts(head, body.map_err(BoxError::from).boxed_unsync())
        }
        Err(error) => {
            Answer::new(502).body("text/plain", format!("the server behind: {error:?}\n")).into_response()
        }
    }
}

/// Makes the headers name the proxy where they name a server behind it.
fn rewrite(state: &State, headers: &mut HeaderMap) {
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
    for name in REWRITTEN {
        let http::header::Entry::Occupied(mut entry) = headers.entry(&name) else { continue };
        for value in entry.iter_mut() {
            let Ok(text) = value.to_str() else { continue };
            let own = state
                .upstreams
                .iter()
                .fold(text.to_owned(), |text, upstream| text.replace(&upstream.url, state.url()));
            *value = HeaderValue::from_str(&own).expect("a URL in place of a URL");
        }
    }
}

/// Counts the answer, and damages it if it is to be.
fn finish(response: Response<Body>, damage: Option<Damage>, exchange: Arc<Exchange>) -> Response<Body> {
    exchange.answered(response.status());
    response.map(|body| {
        let body = match damage {
            Some(damage) => damage.apply(body),
            None => body,
        };
        Counted::new(body, exchange, Direction::Sent).boxed_unsync()
    })
}
