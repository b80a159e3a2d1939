//! A text, a flag and a file of variables, split at zero bytes: nothing panics, and nothing grows beyond
//! its limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::vars::{FlyVariables, Missing, interpolate, occurrences, read_variable_file, uses};
use pipeline::yaml;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.split('\0');
    let (template, flag, file) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    for occurrence in occurrences(template) {
        assert_eq!(&template[occurrence.range], format!("(({}))", occurrence.name));
    }
    let files = read_variable_file(file).into_iter().collect();
    let variables = FlyVariables { yaml: vec![flag.into()], text: vec![file.into()], files, ..Default::default() };
    let variables = variables.chain().or_else(|_| FlyVariables::default().chain());
    let (Ok(variables), Ok(document)) = (variables, yaml::read(template)) else { return };
    let Some(root) = document.root else { return };
    let _uses = uses(&root);
    if let Ok(filled) = interpolate(root.clone(), &variables, Missing::Keep) {
        let written = yaml::write(&filled);
        let again = yaml::read(&written).unwrap_or_else(|error| panic!("{error} in what was filled in:\n{written}"));
        assert_eq!(again.root.as_ref(), Some(&filled), "changed by writing:\n{written}");
    }
    let _strict = interpolate(root, &variables, Missing::Refuse);
});
