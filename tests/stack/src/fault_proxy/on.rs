//! Which requests meet a fault.

use std::fmt;
use std::sync::Arc;

use http::Method;

use super::Fault;

type Condition = dyn Fn(&http::request::Parts) -> bool + Send + Sync;

/// Describes requests by method, path and how many of them there were before.
#[derive(Clone, Default)]
pub struct On {
    method: Option<Method>,
    path: String,
    condition: Option<Arc<Condition>>,
    skip: usize,
    times: Option<usize>,
}

impl On {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests whose path and query contain `path`.
    pub fn path(path: &str) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// GET requests whose path and query contain `path`.
    pub fn get(path: &str) -> Self {
        Self::method(Method::GET, path)
    }

    /// HEAD requests whose path and query contain `path`.
    pub fn head(path: &str) -> Self {
        Self::method(Method::HEAD, path)
    }

    /// POST requests whose path and query contain `path`.
    pub fn post(path: &str) -> Self {
        Self::method(Method::POST, path)
    }

    /// PUT requests whose path and query contain `path`.
    pub fn put(path: &str) -> Self {
        Self::method(Method::PUT, path)
    }

    /// Requests of a method whose path and query contain `path`.
    pub fn method(method: Method, path: &str) -> Self {
        Self { method: Some(method), path: path.into(), ..Self::default() }
    }

    /// Only those whose head fulfils a condition.
    pub fn when(mut self, condition: impl Fn(&http::request::Parts) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Arc::new(condition));
        self
    }

    /// Lets the first `count` of them pass.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Only `count` of them, counted after those skipped.
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(count);
        self
    }

    /// Only the first of them.
    pub fn once(self) -> Self {
        self.times(1)
    }

    fn describes(&self, head: &http::request::Parts) -> bool {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        self.method.as_ref().is_none_or(|method| *method == head.method)
            && path.contains(&self.path)
            && self.condition.as_ref().is_none_or(|condition| condition(head))
    }
}

impl fmt::Debug for On {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { method, path, skip, times, .. } = self;
        write!(formatter, "{method:?} {path} (skip {skip}, times {times:?})")
    }
}

/// A fault, the requests that meet it, and how many of them there were.
#[derive(Debug)]
pub(super) struct Rule {
    on: On,
    fault: Fault,
    seen: usize,
}

impl Rule {
    pub(super) fn new(on: On, fault: Fault) -> Self {
        Self { on, fault, seen: 0 }
    }

    /// Counts the request if the rule describes it, and returns the fault if its turn has come.
    pub(super) fn fault_for(&mut self, head: &http::request::Parts) -> Option<Fault> {
        if !self.on.describes(head) {
            return None;
        }
        let number = self.seen;
        self.seen += 1;
        let due = number.checked_sub(self.on.skip)?;
        self.on.times.is_none_or(|times| due < times).then(|| self.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn rules_count_only_the_requests_that_they_describe() {
        let cases = [
            ("every time", On::get("/blobs/"), "11"),
            ("once", On::get("/blobs/").once(), "10"),
            ("not the first", On::get("/blobs/").skip(1), "01"),
            ("other method", On::head("/blobs/"), "00"),
            ("query", On::path("n=1"), "11"),
            ("condition", On::any().when(|head| head.headers.contains_key("range")), "00"),
        ];
        for (case, on, expected) in cases {
            let mut rule = Rule::new(on, Fault::HangUp);
            let outcome: String = ["/v2/a/blobs/1?n=1", "/v2/a/tags", "/v2/a/blobs/2?n=1"]
                .iter()
                .map(|uri| Request::get(*uri).body(()).unwrap().into_parts().0)
                .filter(|head| head.uri.path().contains("/blobs/"))
                .map(|head| if rule.fault_for(&head).is_some() { '1' } else { '0' })
                .collect();
            assert_eq!(outcome, expected, "{case}");
        }
    }
}
