//! What texts become, as Concourse's reader has it.

use pipeline::yaml::{MAX_DEPTH, Node, Origin, ReadError, Style, Value, read, read_bytes};
use pipeline::{Source, Span};

fn json(text: &str) -> String {
    let document = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    document.root.map_or("nothing".into(), |root| root.to_json().to_string())
}

fn error(text: &str) -> ReadError {
    read(text).err().unwrap_or_else(|| panic!("{text:?} was read"))
}

#[test]
fn values_are_those_of_yaml_1_1() {
    let cases = [
        ("booleans as keys", "{N: 1, Y: 2}", r#"{"false":1,"true":2}"#),
        ("octal as key", "0777: 1", r#"{"511":1}"#),
        ("float as key", "1.10: 1", r#"{"1.1":1}"#),
        ("versions lose digits", "a: 1.10", r#"{"a":1.1}"#),
        ("octal", "a: 0777", r#"{"a":511}"#),
        ("exponent", "a: 1e3", r#"{"a":1000}"#),
        ("beyond 2^53", "a: 12345678901234567890", r#"{"a":12345678901234567000}"#),
        ("quoted stay text", "a: '0777'", r#"{"a":"0777"}"#),
        ("dates stay text", "a: 2001-01-01", r#"{"a":"2001-01-01"}"#),
        ("base 60 stays text", "a: 1:30", r#"{"a":"1:30"}"#),
        ("nothing is null", "a:", r#"{"a":null}"#),
        ("tilde in text", "a: ~x", r#"{"a":"~x"}"#),
        ("empty", "", "nothing"),
        ("only comments", "# a\n", "nothing"),
        ("byte order mark", "\u{feff}a: b", r#"{"a":"b"}"#),
        ("colon without blank", "a: {b:1}", r#"{"a":{"b:1":null}}"#),
        ("variables", "a: [((x:y)), {z: ((w))}]", r#"{"a":["((x:y))",{"z":"((w))"}]}"#),
        ("block without last line break", "a: |\n  x\n  y", r#"{"a":"x\ny"}"#),
        ("tag", "a: !!str 5", r#"{"a":"5"}"#),
        ("own tag", "a: !foo 5", r#"{"a":"5"}"#),
        ("float tag", "a: !!float 5", r#"{"a":5}"#),
        ("binary", "a: !!binary aGk=", r#"{"a":"hi"}"#),
        ("carriage returns", "a: b\r\nc: d\r\n", r#"{"a":"b","c":"d"}"#),
        ("bracket at the column of its key", "a: [\n  b\n]", r#"{"a":["b"]}"#),
    ];
    for (case, text, expected) in cases {
        assert_eq!(json(text), expected, "{case}");
    }
}

#[test]
fn anchors_and_merges_are_expanded() {
    let cases = [
        ("alias", "a: &x [1]\nb: *x", r#"{"a":[1],"b":[1]}"#),
        ("redefined anchor", "a: &x 1\nb: *x\nc: &x 2\nd: *x", r#"{"a":1,"b":1,"c":2,"d":2}"#),
        ("merge", "a: &x {b: 1}\nc: {<<: *x, d: 2}", r#"{"a":{"b":1},"c":{"b":1,"d":2}}"#),
        ("later merge wins over key", "a: &x {b: 1}\nc: {b: 2, <<: *x}", r#"{"a":{"b":1},"c":{"b":1}}"#),
        ("later key wins over merge", "a: &x {b: 1}\nc: {<<: *x, b: 2}", r#"{"a":{"b":1},"c":{"b":2}}"#),
        ("first of a list wins", "c: {<<: [{b: 1}, {b: 2, d: 3}]}", r#"{"c":{"b":1,"d":3}}"#),
        ("quoted is a key for now", "c: {\"<<\": {b: 1}}", r#"{"c":{"<<":{"b":1}}}"#),
    ];
    for (case, text, expected) in cases {
        assert_eq!(json(text), expected, "{case}");
    }
}

#[test]
fn every_node_knows_its_place_and_style() {
    let text = "a: 1.10\nb: 'x'\nc: |\n  l1\n  l2\n\nd: [é, {f: g}]\n";
    let source = Source::new("t", text);
    let document = read(text).unwrap();
    let root = document.root.unwrap();
    let place = |node: &Node| source.slice(node.span).to_owned();
    let get = |key: &str| root.get(key).unwrap();
    assert_eq!((place(get("a")).as_str(), get("a").style), ("1.10", Style::Plain));
    assert_eq!((place(get("b")).as_str(), get("b").style), ("'x'", Style::SingleQuoted));
    assert_eq!((place(get("c")).as_str(), get("c").style), ("|\n  l1\n  l2", Style::Literal));
    assert_eq!((place(get("d")).as_str(), get("d").style), ("[é, {f: g}]", Style::Flow));
    let inner = &get("d").as_list().unwrap()[1];
    assert_eq!(place(inner), "{f: g}");
    let key = root.as_map().unwrap().entry("d").unwrap().key.span;
    let position = source.position(key.start());
    assert_eq!((position.line, position.column), (7, 1));
    assert_eq!(source.position(inner.span.start()).column, 8);
}

#[test]
fn copies_of_an_anchor_are_marked() {
    let document = read("a: &x {b: [1]}\nc: *x\n").unwrap();
    let root = document.root.unwrap();
    assert_eq!(root.get("a").unwrap().origin, Origin::Written);
    assert_eq!(root.get("c").unwrap().get("b").unwrap().origin, Origin::Alias);
}

#[test]
fn comments_and_anchors_are_kept() {
    let text = "# first\na: &x b # second\nc: '# no comment'\nd: *x\ne: &y 1\n";
    let document = read(text).unwrap();
    let comments: Vec<(&str, bool)> =
        document.comments.iter().map(|comment| (comment.text.as_str(), comment.own_line)).collect();
    assert_eq!(comments, [("first", true), ("second", false)]);
    let anchors: Vec<(&str, bool)> =
        document.anchors.iter().map(|anchor| (anchor.name.as_str(), anchor.used)).collect();
    assert_eq!(anchors, [("x", true), ("y", false)]);
}

#[test]
fn what_follows_the_first_document_is_told() {
    let cases = [
        ("second document", "a: 1\n---\nb: 2\n", Some("---\nb: 2\n")),
        ("less indented", "  a: 1\n b: 2\n", Some("b: 2\n")),
        ("end mark", "a: 1\n...\n", None),
        ("comment", "a: 1\n# b\n", None),
    ];
    for (case, text, expected) in cases {
        let rest = read(text).unwrap().rest;
        assert_eq!(rest.map(|span| &text[span.range()]), expected, "{case}");
    }
}

#[test]
fn keys_that_a_later_merge_overrides_are_told() {
    let text = "a: &x {b: 1, c: 2}\nd: {b: 3, c: 2, <<: *x}\ne: {<<: *x, b: 3}\n";
    let overridden = read(text).unwrap().overridden;
    let found: Vec<(&str, &str)> =
        overridden.iter().map(|found| (&text[found.key.range()], &text[found.merge.range()])).collect();
    assert_eq!(found, [("b", "<<")]);
}

#[test]
fn malformed_texts_are_refused_in_place() {
    let cases = [
        ("unclosed", "a: [b", "unclosed bracket", 3),
        ("tab", "-\ta", "found character that cannot start any token", 1),
        ("list as key", "[a]: b", "a list cannot be a key", 0),
        ("null as key", "~: b", "cannot be null", 0),
        ("missing key", ": b", "did not find expected key", 0),
        ("self", "a: &x [*x]", "anchor 'x' value contains itself", 7),
        ("unknown anchor", "a: *xy", "unknown anchor 'xy' referenced", 3),
        ("merge of text", "a: {<<: b}", "map merge requires map", 8),
        ("colon at the end of a flow key", "a: {b:}", "part of the text", 5),
        ("1.2 escape", r#"a: "\/""#, "unknown escape", 4),
        ("infinity", "a: .inf", "unsupported value: +Inf", 3),
        ("binary", "a: !!binary a'", "invalid base64", 12),
        ("version", "%YAML 1.2\n---\na: b", "incompatible", 10),
    ];
    for (case, text, message, offset) in cases {
        let error = error(text);
        assert!(error.message.contains(message), "{case}: {}", error.message);
        assert_eq!(error.span.start(), offset, "{case}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_in_place() {
    let error = read_bytes(b"a: \xff\xfe").unwrap_err();
    assert_eq!(error.span, Span::new(3, 4));
    assert!(read_bytes("a: é".as_bytes()).is_ok());
}

#[test]
fn deep_nesting_is_an_error_and_not_the_end_of_the_stack() {
    let flow = "[".repeat(10_000);
    let maps = "{a: ".repeat(10_000);
    let block: String = (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let lists = "- ".repeat(10_000);
    for text in [flow, maps, block, lists] {
        assert!(error(&text).message.starts_with("exceeded max depth"), "{}", &text[..12]);
    }
    let fits = format!("{}{}", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1));
    assert!(read(&fits).is_ok());
}

#[test]
fn nesting_by_aliases_counts_as_nesting() {
    let mut text = format!("a0: &a0 {}x{}\n", "[".repeat(100), "]".repeat(100));
    for level in 1..5 {
        text.push_str(&format!("a{level}: &a{level} {}*a{}{}\n", "[".repeat(50), level - 1, "]".repeat(50)));
    }
    assert!(error(&text).message.starts_with("exceeded max depth"));
}

#[test]
fn bombs_do_not_go_off() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(error(&text).message, "document contains excessive aliasing");
    let merges: String = (0..3000).map(|key| format!("k{key}: 1\n")).collect();
    assert!(read(&merges).is_ok());
}

#[test]
fn keys_written_twice_are_listed_in_order() {
    let document = read("a: {b: 1, b: 2}\nc: 1\nc: 2\n'c': 3\n").unwrap();
    let found: Vec<(&str, usize)> = document
        .duplicates
        .iter()
        .map(|duplicate| (duplicate.key.as_str(), duplicate.span.start()))
        .collect();
    assert_eq!(found, [("b", 10), ("c", 21), ("c", 26)]);
}

#[test]
fn large_maps_keep_their_order_and_last_values() {
    let mut text: String = (0..200).map(|key| format!("key-{key}: {key}\n")).collect();
    text.push_str("key-7: again\n");
    let document = read(&text).unwrap();
    let Some(Value::Map(map)) = document.root.map(|root| root.value) else { panic!("no map") };
    assert_eq!(map.len(), 200);
    assert_eq!(map.get("key-7").and_then(Node::as_str), Some("again"));
    assert_eq!(map.iter().nth(7).map(|entry| entry.name()), Some("key-7"));
    assert_eq!(document.duplicates.len(), 1);
}
