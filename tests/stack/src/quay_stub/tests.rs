//! Each test holds the stub to what quay-api.md says a running Quay answers.

mod access;
mod configuration;
mod registry;
mod tags;

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::*;
use crate::image::{self, Content};
use crate::runtime::wait_for;
use crate::web::ask;

/// A stub with an image at `acme/app:1.0.0`, and a token that may do everything.
struct Stage {
    stub: QuayStub,
    token: String,
    image: Content,
}

const EVERYTHING: &str = "repo:read repo:write repo:admin repo:create org:admin";

impl Stage {
    fn new() -> Self {
        Self::of(QuayStub::start())
    }

    fn of(stub: QuayStub) -> Self {
        let image = image("first");
        image.push(&stub, "acme/app", "1.0.0");
        let token = stub.oauth_token(EVERYTHING);
        Self { stub, token, image }
    }

    /// Asks `/api/v1/repository/acme/app`.
    fn api(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.api_as(&self.token, method, &format!("repository/acme/app{path}"), body)
    }

    fn api_as(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = client(None).request(method, format!("{}/api/v1/{path}", self.stub.api_url()));
        ask(request.bearer_auth(token), body).expect("an answer")
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.api(Method::GET, path, None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Asks for a path of the registry with a token for `acme/app`.
    fn registry(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let (name, password) = QuayStub::OWNER;
        let token = self.registry_token(name, password, "repository:acme/app:pull,push");
        let mut request =
            client(None).request(method, format!("{}{path}", self.stub.url())).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        fetch(request)
    }

    fn registry_token(&self, name: &str, password: &str, scope: &str) -> String {
        let (status, answer) = self.try_registry_token(name, password, scope);
        assert_eq!(status, 200, "{scope}: {answer}");
        answer["token"].as_str().expect("a token").to_owned()
    }

    fn try_registry_token(&self, name: &str, password: &str, scope: &str) -> (u16, Value) {
        let url = format!("{}/v2/auth?service={}&scope={scope}", self.stub.url(), self.stub.host());
        ask(client(None).get(url).basic_auth(name, Some(password)), None).expect("an answer")
    }
}

fn image(text: &str) -> Content {
    image::Builder::new().layer(image::Layer::new().file("text", text)).label("team", text).build()
}

fn fetch(request: reqwest::RequestBuilder) -> (StatusCode, HeaderMap, Vec<u8>) {
    wait_for(async move {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.bytes().await.expect("a body").to_vec())
    })
}

/// Returns the code of the registry's first error.
fn code(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    body["errors"][0]["code"].as_str().expect("a code").to_owned()
}
