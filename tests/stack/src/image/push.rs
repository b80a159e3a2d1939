//! Puts images into a registry and looks at what is there, by plain HTTP and without any program under test.

use futures_util::{StreamExt, stream};
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

use super::content::{Blob, Content};
use super::media_type;
use crate::registry::Registry;
use crate::runtime::wait_for;
use crate::web::client;

/// A registry as the stack itself talks to it.
#[derive(Clone, Debug)]
pub struct Remote {
    client: Client,
    url: String,
    user: Option<(String, String)>,
    token_url: Option<String>,
    /// What tokens are asked for.
    service: String,
    actions: String,
}

impl Remote {
    /// A registry that wants no credentials.
    pub fn new(url: &str) -> Self {
        Self {
            client: client(None),
            url: url.trim_end_matches('/').into(),
            user: None,
            token_url: None,
            service: "registry.test".into(),
            actions: "pull,push,delete".into(),
        }
    }

    /// Trusts a private authority.
    pub fn trusting(mut self, ca_pem: &str) -> Self {
        self.client = client(Some(ca_pem));
        self
    }

    /// Asks for tokens for another service than that of [`Registry`]'s own token server.
    pub fn service(mut self, service: &str) -> Self {
        self.service = service.into();
        self
    }

    /// Asks for other actions than `pull,push,delete`.
    pub fn actions(mut self, actions: &str) -> Self {
        self.actions = actions.into();
        self
    }

    /// Sends a user's name and password, to the token server if there is one.
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.user = Some((name.into(), password.into()));
        self
    }

    /// Fetches tokens there.
    pub fn token_url(mut self, url: &str) -> Self {
        self.token_url = Some(url.into());
        self
    }

    /// Returns the digest that a tag or digest stands for, `None` where the registry has none.
    pub fn digest(&self, repository: &str, reference: &str) -> Option<String> {
        let (status, headers, _) = self.request(Method::HEAD, repository, &format!("manifests/{reference}"));
        let digest = headers.get("docker-content-digest")?.to_str().ok()?;
        (status == StatusCode::OK).then(|| digest.to_owned())
    }

    /// Returns a manifest, `None` where the registry has none.
    pub fn manifest(&self, repository: &str, reference: &str) -> Option<Value> {
        let (status, _, body) = self.request(Method::GET, repository, &format!("manifests/{reference}"));
        (status == StatusCode::OK).then(|| serde_json::from_slice(&body).expect("a manifest is JSON"))
    }

    /// Returns a blob, `None` where the registry has none.
    pub fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        let (status, _, body) = self.request(Method::GET, repository, &format!("blobs/{digest}"));
        (status == StatusCode::OK).then_some(body)
    }

    /// Returns a repository's tags in the registry's order; none where there is no such repository.
    pub fn tags(&self, repository: &str) -> Vec<String> {
        let (_, _, body) = self.request(Method::GET, repository, "tags/list");
        let list: Value = serde_json::from_slice(&body).unwrap_or_default();
        let tags = list["tags"].as_array().into_iter().flatten();
        tags.filter_map(Value::as_str).map(String::from).collect()
    }

    /// Puts a manifest alone, without what it names, and returns status and body of the answer.
    pub fn put_manifest(&self, content: &Content, repository: &str, reference: &str) -> (StatusCode, String) {
        let (remote, manifest) = (self.clone(), content.manifest.clone());
        let (repository, reference) = (repository.to_owned(), reference.to_owned());
        wait_for(async move {
            let response = send(remote.manifest_put(&manifest, &repository, &reference).await).await;
            (response.status(), response.text().await.expect("a whole answer"))
        })
    }

    /// Deletes a manifest by its digest.
    pub fn delete(&self, repository: &str, digest: &str) {
        let (status, _, _) = self.request(Method::DELETE, repository, &format!("manifests/{digest}"));
        assert_eq!(status, StatusCode::ACCEPTED, "deleting {repository}@{digest}");
    }

    /// Sends a request below `/v2/<repository>/` and returns status, headers and body of the answer.
    pub fn request(&self, method: Method, repository: &str, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let (remote, repository, path) = (self.clone(), repository.to_owned(), path.to_owned());
        wait_for(async move {
            let request = remote.client.request(method, format!("{}/v2/{repository}/{path}", remote.url));
            let response = send(remote.authorize(request, &repository).await.header(ACCEPT, accept())).await;
            let (status, headers) = (response.status(), response.headers().clone());
            (status, headers, response.bytes().await.expect("a whole answer").to_vec())
        })
    }

    /// Puts everything that the content names, but not itself.
    async fn push_parts(&self, content: &Content, repository: &str) {
        for blob in &content.blobs {
            self.push_blob(blob, repository).await;
        }
        for child in &content.children {
            Box::pin(self.push_parts(child, repository)).await;
            self.push_manifest(&child.manifest, repository, child.digest()).await;
        }
    }

    async fn push_manifest(&self, manifest: &Blob, repository: &str, reference: &str) {
        let response = send(self.manifest_put(manifest, repository, reference).await).await;
        expect(StatusCode::CREATED, response).await;
    }

    async fn manifest_put(&self, manifest: &Blob, repository: &str, reference: &str) -> RequestBuilder {
        let url = format!("{}/v2/{repository}/manifests/{reference}", self.url);
        let request = self.client.put(url).header(CONTENT_TYPE, &manifest.media_type);
        self.authorize(request, repository).await.body(manifest.bytes.clone())
    }

    async fn push_blob(&self, blob: &Blob, repository: &str) {
        let blobs = format!("{}/v2/{repository}/blobs", self.url);
        let known = self.authorize(self.client.head(format!("{blobs}/{}", blob.digest)), repository).await;
        if send(known).await.status() == StatusCode::OK {
            return;
        }
        let begin = self.authorize(self.client.post(format!("{blobs}/uploads/")), repository).await;
        let begun = expect(StatusCode::ACCEPTED, send(begin).await).await;
        let location = begun.headers()[LOCATION].to_str().expect("a location is text");
        let location =
            url::Url::parse(&self.url).and_then(|base| base.join(location)).expect("a location is a URL");
        let upload = self.client.put(location).query_pair("digest", &blob.digest).body(blob.bytes.clone());
        expect(StatusCode::CREATED, send(self.authorize(upload, repository).await).await).await;
    }

    async fn authorize(&self, request: RequestBuilder, repository: &str) -> RequestBuilder {
        match (&self.user, &self.token_url) {
            (Some((name, password)), None) => request.basic_auth(name, Some(password)),
            (_, Some(url)) => request.bearer_auth(self.token(url, repository).await),
            (None, None) => request,
        }
    }

    async fn token(&self, url: &str, repository: &str) -> String {
        let scope = format!("repository:{repository}:{}", self.actions);
        let mut request =
            self.client.get(url).query_pair("service", &self.service).query_pair("scope", &scope);
        if let Some((name, password)) = &self.user {
            request = request.basic_auth(name, Some(password));
        }
        let body = expect(StatusCode::OK, send(request).await).await.bytes().await.expect("a whole answer");
        let body: Value = serde_json::from_slice(&body).expect("a token server answers JSON");
        body["token"].as_str().expect("a token").to_owned()
    }
}

impl From<&Registry> for Remote {
    fn from(registry: &Registry) -> Self {
        let user = registry.user().map(|(name, password)| (name.into(), password.into()));
        let token_url = registry.has_token_auth().then(|| registry.token_url());
        let client = client(registry.ca_pem().as_deref());
        Self { client, user, token_url, ..Self::new(&registry.url()) }
    }
}

impl Content {
    /// Puts the content and all that it names into a repository, under a tag or its digest.
    ///
    /// # Panics
    ///
    /// When the registry does not take it.
    pub fn push(&self, remote: impl Into<Remote>, repository: &str, reference: &str) {
        self.push_tags(remote, repository, [reference]);
    }

    /// Puts the content into a repository under many tags.
    ///
    /// # Panics
    ///
    /// As [`Content::push`].
    pub fn push_tags<T: AsRef<str>>(
        &self,
        remote: impl Into<Remote>,
        repository: &str,
        tags: impl IntoIterator<Item = T>,
    ) {
        const AT_ONCE: usize = 8;
        let (remote, content, repository) = (remote.into(), self.clone(), repository.to_owned());
        let tags: Vec<String> = tags.into_iter().map(|tag| tag.as_ref().to_owned()).collect();
        wait_for(async move {
            remote.push_parts(&content, &repository).await;
            let (remote, manifest, repository) = (&remote, &content.manifest, &repository);
            let put = |tag: String| async move { remote.push_manifest(manifest, repository, &tag).await };
            stream::iter(tags).for_each_concurrent(AT_ONCE, put).await;
        });
    }
}

/// Adds a query's pair to a request, escaped.
trait QueryPair {
    fn query_pair(self, name: &str, value: &str) -> Self;
}

impl QueryPair for RequestBuilder {
    fn query_pair(self, name: &str, value: &str) -> Self {
        let (client, request) = self.build_split();
        let mut request = request.expect("a request with a valid URL");
        request.url_mut().query_pairs_mut().append_pair(name, value);
        Self::from_parts(client, request)
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap_or_else(|error| panic!("the registry does not answer: {error:?}"))
}

async fn expect(status: StatusCode, response: Response) -> Response {
    if response.status() != status {
        let (url, found) = (response.url().clone(), response.status());
        panic!("{url}: {found} instead of {status}: {}", response.text().await.unwrap_or_default());
    }
    response
}

fn accept() -> String {
    [media_type::MANIFEST, media_type::INDEX, media_type::DOCKER_MANIFEST, media_type::DOCKER_LIST].join(", ")
}
