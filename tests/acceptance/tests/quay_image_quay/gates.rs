//! The scan gate in get, and as a put of its own.

use std::fs;

use serde_json::{Value, json};
use stack::quay_stub::{Finding, Scan};

use crate::place::{Place, REPOSITORY, image, index, metadata, scanned};

/// A get that judges, and fetches nothing of the image.
fn params(scan: &Value) -> Value {
    json!({"scan": scan, "skip_download": true})
}

#[test]
fn what_is_worse_than_tolerated_fails_with_a_table() {
    let place = Place::new();
    place.push("a=v1");
    place.scan("a", "Critical High Low");
    let (_, outcome) = place.get("a", "v1", &params(&json!({"tolerate": "high"})));
    let error = outcome.error();
    assert!(error.contains("the image does not pass the scan"), "{error}");
    let row = error.lines().find(|line| line.contains("CVE-2026-0001")).unwrap_or_else(|| panic!("{error}"));
    for cell in ["critical", "openssl", "3.0.1", "3.0.2", "https://cve.example.test/CVE-2026-0001"] {
        assert!(row.contains(cell), "{row}");
    }
    assert!(!error.contains("CVE-2026-0002"), "tolerated ones are not in the table: {error}");
    assert!(error.contains("1 critical, 1 high, 1 low"), "{error}");
}

#[test]
fn the_policy_decides() {
    let place = Place::new();
    place.push("a=v1");
    let findings = vec![
        Finding::new("CVE-2026-0001", "Critical", "openssl", "3.0.1").fixed_by("3.0.2"),
        Finding::new("CVE-2026-0002", "High", "zlib", "1.3"),
    ];
    place.stub.set_scan(REPOSITORY, image("a").digest(), Scan::Scanned(findings));
    let ignored = |fields: Value| {
        let mut ignored = json!({"reason": "not reachable", "until": "2999-01-01"});
        ignored.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        ignored
    };
    let cases = [
        ("by default medium", json!({}), 2),
        ("high", json!({"tolerate": "high"}), 1),
        ("everything", json!({"tolerate": "critical"}), 0),
        ("nothing", json!({"tolerate": "none"}), 2),
        ("only what is fixed", json!({"only_fixable": true}), 1),
        ("one is ignored", json!({"ignore": [ignored(json!({"cve": "CVE-2026-0001"}))]}), 1),
        ("a package is ignored", json!({"ignore": [ignored(json!({"package": "zlib"}))]}), 1),
        (
            "both are",
            json!({"ignore": [ignored(json!({"package": "zlib"})), ignored(json!({"cve": "CVE-2026-0001"}))]}),
            0,
        ),
    ];
    for (case, scan, refused) in cases {
        let (_, outcome) = place.get("a", "v1", &params(&scan));
        match refused {
            0 => assert!(outcome.succeeded, "{case}: {}", outcome.stderr),
            1 => assert!(outcome.error().contains("1 finding is not"), "{case}: {}", outcome.stderr),
            _ => assert!(outcome.error().contains("2 findings are"), "{case}: {}", outcome.stderr),
        }
        if case.contains("ignored") {
            assert!(outcome.stderr.contains("not reachable"), "the reason is said: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_scan_is_waited_for() {
    let place = Place::new();
    place.push("a=v1");
    let digest = image("a").digest().to_owned();
    place.stub.script_scan(REPOSITORY, &digest, [Scan::Queued, Scan::Queued, scanned("Low")]);
    let (_, outcome) = place.get("a", "v1", &params(&json!({"wait": "30s"})));
    assert!(outcome.succeeded && outcome.stderr.contains("waiting for the scan"), "{}", outcome.stderr);
    place.stub.set_scan(REPOSITORY, &digest, Scan::Queued);
    let (_, outcome) = place.get("a", "v1", &params(&json!({"wait": "0", "unavailable": "warn"})));
    assert!(outcome.error().contains("the scan is not done"), "{}", outcome.stderr);
}

#[test]
fn where_there_is_no_scan_the_source_decides() {
    let place = Place::new();
    place.push("a=v1");
    let cases = [
        (Scan::Unsupported, "does not support"),
        (Scan::Failed, "the scanner failed"),
        (Scan::LayerTooLarge, "larger than the scanner takes"),
        (Scan::Down, "does not answer"),
    ];
    for (scan, expected) in cases {
        place.stub.set_scan(REPOSITORY, image("a").digest(), scan.clone());
        let (_, outcome) = place.get("a", "v1", &params(&json!({"wait": "0"})));
        assert!(outcome.error().contains(expected), "{scan:?}: {}", outcome.stderr);
        let (_, outcome) = place.get("a", "v1", &params(&json!({"wait": "0", "unavailable": "warn"})));
        assert!(outcome.succeeded && outcome.stderr.contains(expected), "{scan:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_scanner_that_comes_back_is_waited_for() {
    let place = Place::new();
    place.push("a=v1");
    place.stub.script_scan(REPOSITORY, image("a").digest(), [Scan::Down, Scan::Down, scanned("Low")]);
    let (_, outcome) = place.get("a", "v1", &params(&json!({"wait": "30s"})));
    assert!(outcome.succeeded, "{}", outcome.stderr);
}

#[test]
fn files_and_metadata_tell_what_was_found() {
    let place = Place::new();
    place.push("a=v1");
    place.scan("a", "High Low Low");
    let (folder, outcome) = place.get("a", "v1", &params(&json!({"tolerate": "high"})));
    let result = outcome.json();
    let counts = ["critical", "high", "medium", "low", "negligible", "unknown"]
        .map(|severity| metadata(&result, &format!("vulnerabilities_{severity}")).to_owned());
    assert_eq!(counts, ["0", "1", "0", "2", "0", "0"]);
    assert_eq!(metadata(&result, "scan"), "passed");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("vulnerabilities.json")).unwrap();
    assert_eq!(report["status"], "scanned");
    assert_eq!(report["data"]["Layer"]["Features"][0]["Name"], "openssl");
    let sarif: Value = serde_json::from_str(&read("vulnerabilities.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(3));
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "CVE-2026-0001");
    let page = read("vulnerabilities.md");
    assert!(page.contains("| high | openssl | 3.0.1 | 3.0.2 | CVE-2026-0001 |"), "{page}");
}

#[test]
fn of_an_index_every_platform_counts_or_the_chosen_one() {
    let place = Place::new();
    let (index, amd64, arm64) = index();
    index.push(&place.stub, REPOSITORY, "all");
    place.stub.set_scan(REPOSITORY, amd64.digest(), scanned("Low"));
    place.stub.set_scan(REPOSITORY, arm64.digest(), scanned("Critical Low"));
    let get = |fields: &Value| {
        let folder = stack::Folder::new("index");
        let version = json!({"tag": "all", "digest": index.digest()});
        let mut params = json!({"scan": fields, "skip_download": true});
        params["platform"] = json!({"architecture": "amd64", "os": "linux"});
        let outcome = place.quay.get(folder.path(), &version, &params);
        (folder, outcome)
    };
    let (_, outcome) = get(&json!({}));
    assert!(outcome.error().contains("linux/arm64: 1 finding is not tolerated"), "{}", outcome.stderr);
    let (_, outcome) = get(&json!({"platforms": "chosen"}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let (folder, outcome) = get(&json!({"tolerate": "critical"}));
    assert_eq!(metadata(&outcome.json(), "vulnerabilities_low"), "2", "the same one counts once");
    let report = fs::read_to_string(folder.path().join("vulnerabilities.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["linux/arm64"]["status"], "scanned");
}

#[test]
fn a_difference_says_what_got_better_and_worse() {
    let place = Place::new();
    place.push("a=v1 b=v2");
    let finding = |name: &str, package: &str| Finding::new(name, "Low", package, "1");
    let old = vec![finding("CVE-1", "a"), finding("CVE-2", "b")];
    let new = vec![finding("CVE-1", "a"), finding("CVE-3", "b")];
    place.stub.set_scan(REPOSITORY, image("a").digest(), Scan::Scanned(old));
    place.stub.set_scan(REPOSITORY, image("b").digest(), Scan::Scanned(new));
    let (folder, outcome) = place.get("b", "v2", &params(&json!({"diff": "v1"})));
    let result = outcome.json();
    assert_eq!(
        (metadata(&result, "vulnerabilities_worse"), metadata(&result, "vulnerabilities_better")),
        ("1", "1")
    );
    assert!(
        outcome.stderr.contains("worse than v1: 1") && outcome.stderr.contains("CVE-3"),
        "{}",
        outcome.stderr
    );
    let page = fs::read_to_string(folder.path().join("vulnerabilities.md")).unwrap();
    let better = page.split("## Better than v1").nth(1).unwrap();
    assert!(better.contains("CVE-2") && !better.contains("CVE-3"), "{page}");
    let (_, outcome) = place.get("b", "v2", &params(&json!({"diff": "v0"})));
    assert!(outcome.succeeded && outcome.stderr.contains("no tag v0 to compare with"), "{}", outcome.stderr);
}

#[test]
fn the_gate_is_a_put_of_its_own_which_always_runs() {
    let place = Place::new();
    place.push("a=v1 b=v2");
    place.scan("a", "Low");
    place.scan("b", "Critical");
    fs::create_dir(place.folder.path().join("image")).unwrap();
    fs::write(place.folder.path().join("image/digest"), format!("{}\n", image("a").digest())).unwrap();
    let scan = |fields: Value| {
        let mut params = json!({"action": "scan"});
        params.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        place.put(&params)
    };
    let passed = scan(json!({"digest": {"file": "image/digest"}})).json();
    assert_eq!(passed["version"], json!({"digest": image("a").digest()}));
    assert_eq!((metadata(&passed, "scan"), metadata(&passed, "action")), ("passed", "scan"));
    assert_eq!(scan(json!({"tag": "v1"})).json()["version"]["tag"], "v1");
    assert!(scan(json!({"tag": "v2"})).error().contains("CVE-2026-0001"));
    place.scan("a", "Critical");
    assert!(scan(json!({"tag": "v1"})).error().contains("does not pass"), "a rescan counts at once");
    assert!(scan(json!({})).error().contains("which image is meant"));
    assert!(scan(json!({"tag": "v9"})).error().contains(":v9` is not there"));
    assert_eq!(place.writes(), Vec::<String>::new());
}
