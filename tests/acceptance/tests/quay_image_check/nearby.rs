//! Registries on private addresses, which often have no TLS.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use acceptance::Outcome;
use serde_json::{Value, json};
use stack::{Door, Registry};

use crate::place::{Place, REPOSITORY, image, resource, shown};

/// Checks a registry by a name or address that is not this machine's: the way to it is a proxy.
fn check_by_way_of(proxy: &str, host: &str, source: &Value) -> Outcome {
    let resource = resource(host, source);
    let mut command = resource.command("check", None);
    command.env("http_proxy", format!("http://{proxy}")).env("https_proxy", format!("http://{proxy}"));
    let output = command.write_stdin(json!({"source": resource.source}).to_string()).output().unwrap();
    Outcome {
        succeeded: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_registry_nearby_may_speak_plain_http() {
    let place = Place::with("a=1.0.0");
    // The registry takes requests to a proxy as its own, and refuses to make a tunnel for TLS.
    let proxy = place.registry.host();
    for host in
        ["10.1.2.3:5000", "172.20.0.1:5000", "192.168.0.1", "registry.local:5000", "registry.localhost"]
    {
        let versions = check_by_way_of(&proxy, host, &json!({})).json();
        assert_eq!(shown(&versions), "a=1.0.0", "{host}");
    }
    for host in ["11.1.2.3:5000", "172.32.0.1:5000", "registry.example.com"] {
        let outcome = check_by_way_of(&proxy, host, &json!({"retry_for": 0}));
        assert!(outcome.error().contains(&format!("https://{host}/v2/")), "{host}: {}", outcome.stderr);
    }
    let insecure = check_by_way_of(&proxy, "registry.example.com", &json!({"insecure": true})).json();
    assert_eq!(shown(&insecure), "a=1.0.0");
}

/// A proxy that makes tunnels to a server, and keeps what it is asked in plain text.
fn tunnel_to(server: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (host, plain) = (listener.local_addr().unwrap().to_string(), Arc::new(Mutex::new(Vec::new())));
    let asked = Arc::clone(&plain);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let head = BufReader::new(&connection).lines().map_while(Result::ok);
            let head: Vec<String> = head.take_while(|line| !line.is_empty()).collect();
            if head.first().is_some_and(|line| line.starts_with("CONNECT ")) {
                let server = TcpStream::connect(&server).unwrap();
                connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
                let (back, forth) = (server.try_clone().unwrap(), connection.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut &back, &mut &forth));
                std::thread::spawn(move || std::io::copy(&mut &connection, &mut &server));
            } else {
                asked.lock().unwrap().extend(head);
            }
        }
    });
    (host, plain)
}

#[test]
fn what_answers_by_https_is_not_asked_in_plain_text() {
    let registry = Registry::builder().tls().htpasswd("ann", "right-password").start();
    image("a").push(&registry, REPOSITORY, "1.0.0");
    let (proxy, plain) = tunnel_to(registry.host());
    let source = json!({"username": "ann", "password": "right-password", "retry_for": 0});
    let outcome = check_by_way_of(&proxy, "10.1.2.3:5000", &source);
    assert!(outcome.error().contains("`ca_certs`"), "{}", outcome.stderr);
    assert_eq!(*plain.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn a_registry_that_is_not_there_yet_is_waited_for() {
    let place = Place::with("a=1.0.0");
    let mut door = Door::new();
    let host = door.host();
    let outcome = resource(&host, &json!({})).check_that_waits(|| door.lead_to(&place.registry.host()));
    assert_eq!(shown(&outcome.json()), "a=1.0.0");
    let told = format!("`{host}` answers neither by https nor by http (Connection refused");
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    door.close();
    let once = resource(&host, &json!({"retry_for": 0})).check(None);
    assert!(once.error().contains(&format!("https://{host}/v2/ failed")), "{}", once.stderr);
}
