//! What goes wrong on the way to a registry.

use serde_json::json;
use stack::{Fault, FaultProxy, On};

use crate::place::{Place, resource, shown};

#[test]
fn passing_faults_are_waited_out() {
    let place = Place::with("a=1.0.0 b=2.0.0");
    let faults = [
        ("429 of the list", On::path("/tags/list").once(), Fault::too_many_requests(Some("1"))),
        ("429 of a manifest", On::path("/manifests/").once(), Fault::nginx(429)),
        ("503", On::path("/manifests/").times(2), Fault::status(503)),
        ("reset", On::path("/manifests/").once(), Fault::HangUp),
    ];
    for (case, on, fault) in faults {
        let proxy = FaultProxy::in_front_of(&place.registry);
        proxy.inject(on, fault);
        let outcome = resource(&proxy.host(), &json!({})).check(None);
        assert_eq!(shown(&outcome.json()), "a=1.0.0 b=2.0.0", "{case}");
    }
}

#[test]
fn a_wait_is_said_and_why() {
    let place = Place::with("a=1.0.0");
    let proxy = FaultProxy::in_front_of(&place.registry);
    proxy.inject(On::path("/tags/list").once(), Fault::too_many_requests(Some("1")));
    let outcome = resource(&proxy.host(), &json!({})).check(None);
    assert!(outcome.stderr.contains("429 Too Many Requests; again in 1.0 s"), "{}", outcome.stderr);
}

#[test]
fn lasting_faults_end_the_check_with_the_remedy() {
    let place = Place::with("a=1.0.0");
    let page = stack::fault_proxy::Answer::new(200).body("text/html", "<html>log in</html>");
    let faults = [
        ("web page", On::path("/tags/list"), Fault::Answer(page), "web page"),
        ("endless redirect", On::path("/manifests/"), Fault::EndlessRedirect, "redirects without end"),
        ("endless list", On::path("/tags/list"), Fault::EndlessTags, "has no end"),
        ("denied", On::path("/tags/list"), Fault::status(403), "may not"),
        ("no repository", On::path("/tags/list"), Fault::status(404), "check `repository`"),
    ];
    for (case, on, fault, expected) in faults {
        let proxy = FaultProxy::in_front_of(&place.registry);
        proxy.inject(on, fault);
        let outcome = resource(&proxy.host(), &json!({})).check(None);
        let error = outcome.error();
        assert!(error.contains(expected), "{case}: {error}");
        assert!(error.contains(&format!("{}/acme/app", proxy.host())), "{case}: {error}");
    }
}
