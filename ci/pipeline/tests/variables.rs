//! Filling variables in, with Concourse's results; they were compared with those of its own code.

use std::sync::Arc;

use pipeline::Span;
use pipeline::vars::{
    Chain, FlyVariables, Giver, Missing, NamedSources, Reference, Scope, StaticVariables, Variables,
    interpolate, interpolate_each, read_variable_file, set_pipeline_variables, uses,
};
use pipeline::yaml::{self, Map, Node, Value};

/// The arguments of a command line, as `-v x=1 -l "x: 2"`; a file is given by its text.
fn chain(arguments: &[(&str, &str)]) -> Result<Chain<'static>, String> {
    let mut variables = FlyVariables::default();
    for (flag, argument) in arguments {
        match *flag {
            "-v" => variables.text.push((*argument).into()),
            "-y" => variables.yaml.push((*argument).into()),
            "-i" => variables.instance.push((*argument).into()),
            _ => variables.files.push(read_variable_file(argument).map_err(|error| error.to_string())?),
        }
    }
    variables.chain().map_err(|error| error.to_string())
}

fn tree(text: &str) -> Node {
    yaml::read(text).unwrap().root.unwrap()
}

fn fill(text: &str, variables: &dyn Variables, missing: Missing) -> Result<String, String> {
    let filled = interpolate(tree(text), variables, missing).map_err(|error| error.to_string())?;
    Ok(filled.to_json().to_string())
}

/// A name, a text, a command line, and the JSON or the error that comes of them.
type Case<'case> =
    (&'case str, &'case str, &'case [(&'case str, &'case str)], Result<&'case str, &'case str>);

fn check(cases: &[Case<'_>]) {
    for (case, text, arguments, expected) in cases {
        let found = chain(arguments).and_then(|variables| fill(text, &variables, Missing::Keep));
        let found = found.as_ref().map(String::as_str).map_err(String::as_str);
        assert_eq!(found, *expected, "{case}");
    }
}

#[test]
fn whole_scalars_keep_the_type_and_texts_take_text() {
    check(&[
        ("-v is text", "a: ((x))", &[("-v", "x=5")], Ok(r#"{"a":"5"}"#)),
        ("-v is text, even true", "a: ((x))", &[("-v", "x=true")], Ok(r#"{"a":"true"}"#)),
        ("-y keeps the type", "a: ((x))", &[("-y", "x=[1, {b: yes}]")], Ok(r#"{"a":[1,{"b":true}]}"#)),
        ("in text", "a: p-((x))-((x))", &[("-v", "x=5")], Ok(r#"{"a":"p-5-5"}"#)),
        ("blanks are no variable", "a: (( x ))", &[("-v", "x=5")], Ok(r#"{"a":"(( x ))"}"#)),
        ("keys", "((x)): 1\np-((x)): 2", &[("-v", "x=k")], Ok(r#"{"k":1,"p-k":2}"#)),
        ("key from boolean", "((x)): 1", &[("-y", "x=yes")], Ok(r#"{"true":1}"#)),
        ("key from list", "((x)): 1", &[("-y", "x=[a]")], Err("invalid map key: a list cannot be a key")),
        ("quoted merge", "\"<<\": ((x))\nb: 1", &[("-y", "x={b: 0, c: 2}")], Ok(r#"{"b":1,"c":2}"#)),
        (
            "merge of text",
            "\"<<\": ((x))",
            &[("-v", "x=a")],
            Err("map merge requires map or sequence of maps as the value"),
        ),
        ("unknown stays", "a: p-((x))-((y))", &[("-v", "x=5")], Ok(r#"{"a":"p-5-((y))"}"#)),
        ("sources stay", "a: ((s:x))", &[("-v", "x=5")], Ok(r#"{"a":"((s:x))"}"#)),
        ("not filled in again", "a: ((x))", &[("-v", "x=((y))"), ("-v", "y=1")], Ok(r#"{"a":"((y))"}"#)),
        (
            "but later in the same text",
            "a: ((x)) ((y))",
            &[("-v", "x=((y))"), ("-v", "y=1")],
            Ok(r#"{"a":"1 1"}"#),
        ),
    ]);
}

#[test]
fn what_may_stand_within_text_depends_on_its_origin() {
    let refused = |go_type: &str| format!("cannot interpolate non-primitive value ({go_type}) from var: x");
    check(&[
        ("-y whole number", "a: p-((x))", &[("-y", "x=5")], Ok(r#"{"a":"p-5"}"#)),
        ("-y fraction", "a: p-((x))", &[("-y", "x=1.50")], Ok(r#"{"a":"p-1.5"}"#)),
        (
            "-y many digits",
            "a: p-((x))",
            &[("-y", "x=12345678901234567890")],
            Ok(r#"{"a":"p-12345678901234567890"}"#),
        ),
        ("-i", "a: p-((x))", &[("-i", "x=5")], Ok(r#"{"a":"p-5"}"#)),
        ("-l number", "a: p-((x))", &[("-l", "x: 5")], Err(&refused("float64"))),
        ("-l number alone", "a: ((x))", &[("-l", "x: 5")], Ok(r#"{"a":5}"#)),
        ("-l text", "a: p-((x))", &[("-l", "x: '5'")], Ok(r#"{"a":"p-5"}"#)),
        ("boolean", "a: p-((x))", &[("-y", "x=yes")], Err(&refused("bool"))),
        ("null", "a: p-((x))", &[("-y", "x=")], Err(&refused("<nil>"))),
        ("list", "a: p-((x))", &[("-y", "x=[1]")], Err(&refused("[]interface {}"))),
        ("map", "a: p-((x))", &[("-y", "x={a: 1}")], Err(&refused("map[string]interface {}"))),
    ]);
}

#[test]
fn fields_are_followed_or_missed() {
    check(&[
        ("field", "a: ((x.f))", &[("-y", "x={f: 1}")], Ok(r#"{"a":1}"#)),
        ("quoted field", "a: ((x.\"y.z\"))", &[("-y", "x={y.z: 1}")], Ok(r#"{"a":1}"#)),
        ("quoted name", "a: ((\"x.y\".z))", &[("-y", "\"x.y\"={z: 1}")], Ok(r#"{"a":1}"#)),
        ("missing field", "a: ((x.z))", &[("-y", "x={f: 1}")], Err("missing field 'z' in var: x.z")),
        (
            "field of text",
            "a: ((x.z))",
            &[("-v", "x=1")],
            Err("cannot access field 'z' of non-map value ('string') from var: x.z"),
        ),
        (
            "field of number",
            "a: ((x.z))",
            &[("-y", "x=1")],
            Err("cannot access field 'z' of non-map value ('json.Number') from var: x.z"),
        ),
        (
            "field of file number",
            "a: ((x.z))",
            &[("-l", "x: 1")],
            Err("cannot access field 'z' of non-map value ('float64') from var: x.z"),
        ),
        ("empty field", "a: ((x..z))", &[], Err("invalid var 'x..z': empty field")),
        ("keys of values are text", "a: ((x.true))", &[("-y", "x={yes: 1}")], Ok(r#"{"a":1}"#)),
    ]);
}

#[test]
fn precedence_is_that_of_fly() {
    check(&[
        ("-y over -v", "a: ((x))", &[("-y", "x=2"), ("-v", "x=1")], Ok(r#"{"a":2}"#)),
        ("-i over both", "a: ((x))", &[("-i", "x=3"), ("-y", "x=2"), ("-v", "x=1")], Ok(r#"{"a":3}"#)),
        ("flags over files", "a: ((x))", &[("-v", "x=1"), ("-l", "x: 4")], Ok(r#"{"a":"1"}"#)),
        ("last file first", "a: ((x))", &[("-l", "x: 1"), ("-l", "x: 2")], Ok(r#"{"a":2}"#)),
        (
            "dotted flags build one map",
            "a: ((c))",
            &[("-v", "c.d=1"), ("-y", "c.e=2")],
            Ok(r#"{"a":{"d":"1","e":2}}"#),
        ),
        (
            "a whole value replaces fields",
            "a: ((c))",
            &[("-v", "c.d=1"), ("-y", "c={e: 2}")],
            Ok(r#"{"a":{"e":2}}"#),
        ),
        (
            "-v hides a file's map",
            "a: ((c.d))",
            &[("-v", "c.e=2"), ("-l", "c: {d: 1}")],
            Err("missing field 'd' in var: c.d"),
        ),
        (
            "files do not merge",
            "a: ((c.d))",
            &[("-l", "c: {d: 1}"), ("-l", "c: {e: 2}")],
            Err("missing field 'd' in var: c.d"),
        ),
        ("not a pair", "a: 1", &[("-v", "x")], Err("invalid variable pair 'x' (must be name=value)")),
        ("bad name", "a: 1", &[("-y", "x..y=1")], Err("invalid var 'x..y': empty field")),
        ("file of a list", "a: 1", &[("-l", "[1]")], Err("variables must be a map, and this is a list")),
        ("empty file", "a: ((x))", &[("-l", "")], Ok(r#"{"a":"((x))"}"#)),
    ]);
}

#[test]
fn set_pipeline_asks_instance_variables_then_variables_then_the_first_file() {
    let map = |text: &str| tree(text).as_map().cloned().unwrap();
    let files = [
        read_variable_file("{a: file1, b: file1, c: file1}").unwrap(),
        read_variable_file("{c: file2, d: 4}").unwrap(),
    ];
    let variables =
        set_pipeline_variables(Some(&map("{a: instance}")), Some(&map("{a: var, b: 5}")), &files).unwrap();
    let filled = fill("[((a)), n-((b)), ((c)), ((d))]", &variables, Missing::Keep);
    assert_eq!(filled.as_deref(), Ok(r#"["instance","n-5","file1",4]"#));
    assert!(
        set_pipeline_variables(Some(&Map::new()), None, &[]).is_none(),
        "nothing given, nothing looked for"
    );
}

#[test]
fn at_run_time_all_variables_must_be_there() {
    let found = fill("{a: ((z)), b: x-((y.f)), c: ((z)), d: ((s:w))}", &Chain::new(), Missing::Refuse);
    assert_eq!(found, Err("undefined vars: s:w, y.f, z".into()));
}

#[test]
fn sources_are_asked_by_name() {
    let mut sources = NamedSources::new();
    let vault = StaticVariables::new(tree("{key: {f: secret}}").as_map().cloned().unwrap());
    sources.insert("vault", Arc::new(vault));
    let cases = [
        ("known", "a: ((vault:key.f))", Ok(r#"{"a":"secret"}"#)),
        ("unknown source", "a: ((other:key))", Err("missing source 'other' in var: other:key")),
        ("unknown key stays", "a: ((vault:nokey))", Ok(r#"{"a":"((vault:nokey))"}"#)),
        ("without source", "a: ((key))", Ok(r#"{"a":"((key))"}"#)),
    ];
    for (case, text, expected) in cases {
        let found = fill(text, &sources, Missing::Keep);
        assert_eq!(found.as_ref().map(String::as_str).map_err(String::as_str), expected, "{case}");
    }
}

#[test]
fn scopes_see_outwards_and_remember_secrets() {
    let credentials = StaticVariables::new(tree("{token: hidden}").as_map().cloned().unwrap());
    let build = Scope::new(Arc::new(credentials));
    build.set("shown", Node::string("plain", Span::default()), false);
    build.set("loaded", tree("{f: [private]}"), true);
    let inner = build.child();
    inner.set("shown", Node::string("inner", Span::default()), false);
    let filled = fill("[((.:shown)), ((.:loaded.f)), ((token))]", &*inner, Missing::Refuse);
    assert_eq!(filled.as_deref(), Ok(r#"["inner",["private"],"hidden"]"#));
    let outer = build.get(&".:shown".parse::<Reference>().unwrap()).unwrap();
    assert_eq!(outer, Some(Node::string("plain", Span::default())));
    assert!(inner.has_local("loaded") && !build.has_local("other"));
    assert_eq!(inner.secrets(), ["hidden", "private"]);
}

#[test]
fn values_take_the_place_of_their_variable() {
    let text = "a: b\nc: ((x))\n";
    let variables = chain(&[("-y", "x={f: [1]}")]).unwrap();
    let filled = interpolate(tree(text), &variables, Missing::Keep).unwrap();
    let inner = &filled.get("c").unwrap().get("f").unwrap().as_list().unwrap()[0];
    assert_eq!(&text[inner.span.range()], "((x))");
    assert_eq!(inner.origin, yaml::Origin::Variable);
}

#[test]
fn uses_are_listed_with_their_places() {
    let text = "((k)): p-((s:a.b))\nc: ((d..e))\n";
    let found: Vec<(String, bool, bool, &str)> = uses(&tree(text))
        .into_iter()
        .map(|used| (used.name, used.whole, used.reference.is_some(), &text[used.span.range()]))
        .collect();
    let expected = [
        ("k".into(), true, true, "((k))"),
        ("s:a.b".into(), false, true, "p-((s:a.b))"),
        ("d..e".into(), true, false, "((d..e))"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn variables_cannot_blow_a_text_up() {
    let mut large = Map::new();
    large.insert(yaml::Entry::new("x", Node::string("y".repeat(1 << 20), Span::default())));
    let variables = StaticVariables::new(large);
    for text in [format!("a: {}", "((x))".repeat(1000)), format!("a: [{}]", "((x)), ".repeat(1000))] {
        let error = fill(&text, &variables, Missing::Keep).unwrap_err();
        assert!(error.starts_with("variables take more than"), "{error}");
    }
}

#[test]
fn values_cannot_nest_a_tree_too_deep() {
    let deep = format!("x={}{}", "[".repeat(190), "]".repeat(190));
    let variables = chain(&[("-y", &deep)]).unwrap();
    let text = format!("{}((x)){}", "[".repeat(20), "]".repeat(20));
    assert!(fill(&text, &variables, Missing::Keep).unwrap_err().starts_with("exceeded max depth"));
    assert!(matches!(tree("((x))").value, Value::String(_)));
}

#[test]
fn all_that_cannot_be_filled_in_is_told_and_stays_as_text() {
    let text =
        "{a: x-((list))-((..))-((one)), \"<<\": ((one)), b: ((map.nothing)), c: ((one)), d: ((unknown))}";
    let variables = read_variable_file("{one: '1', list: [1], map: {x: 1}}").unwrap();
    let variables = StaticVariables::new(variables.variables);
    let (filled, errors) = interpolate_each(yaml::read(text).unwrap().root.unwrap(), &variables);
    let told: Vec<(String, &str)> =
        errors.iter().map(|error| (error.to_string(), &text[error.span.range()])).collect();
    let expected = [
        (
            "cannot interpolate non-primitive value ([]interface {}) from var: list",
            "x-((list))-((..))-((one))",
        ),
        ("invalid var '..': empty field", "x-((list))-((..))-((one))"),
        ("missing field 'nothing' in var: map.nothing", "((map.nothing))"),
        ("map merge requires map or sequence of maps as the value", "((one))"),
    ];
    assert_eq!(told, expected.map(|(message, place)| (message.to_owned(), place)));
    let value = |key: &str| filled.get(key).and_then(Node::as_str).map(str::to_owned);
    assert_eq!(value("a").as_deref(), Some("x-((list))-((..))-1"));
    assert_eq!(value("<<").as_deref(), Some("1"));
    assert_eq!(value("b").as_deref(), Some("((map.nothing))"));
    assert_eq!(value("c").as_deref(), Some("1"));
    assert_eq!(value("d").as_deref(), Some("((unknown))"));
}

#[test]
fn what_gives_a_variable_its_value_is_known() {
    let file = |name: &str, text: &str| read_variable_file(text).unwrap().named(name);
    let variables = FlyVariables {
        text: vec!["text=1".into(), "both=1".into(), "map.a=1".into()],
        yaml: vec!["both=2".into(), "map.b=2".into()],
        instance: vec!["instance=3".into()],
        files: vec![file("one.yml", "{x: 1, w: 1}"), file("two.yml", "{w: 2, map: {c: 1}}")],
    };
    let cases = [
        ("text", Some(Giver::TextFlag)),
        ("both", Some(Giver::YamlFlag)),
        ("map.a", Some(Giver::TextFlag)),
        ("map.b", Some(Giver::YamlFlag)),
        ("map.c", Some(Giver::YamlFlag)),
        ("instance", Some(Giver::InstanceFlag)),
        ("x", Some(Giver::File("one.yml"))),
        ("w.z", Some(Giver::File("two.yml"))),
        ("src:x", None),
        ("nothing", None),
    ];
    for (name, expected) in cases {
        assert_eq!(variables.giver(&name.parse().unwrap()), expected, "{name}");
    }
}
