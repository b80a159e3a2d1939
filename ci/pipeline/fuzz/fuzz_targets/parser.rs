//! Any bytes as a pipeline and as a task file: nothing panics, spans lie in the text, and what is written
//! reads back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::check::check;
use pipeline::model::TaskConfig;
use pipeline::vars::Chain;
use pipeline::yaml;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = yaml::read_bytes(bytes) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(root) = document.root else { return };
    root.walk(&mut |node| {
        assert!(text.get(node.span.range()).is_some(), "a span outside the text or within a character");
    });
    let written = yaml::write(&root);
    let again = yaml::read(&written).unwrap_or_else(|error| panic!("{error} in what was written:\n{written}"));
    assert_eq!(again.root.as_ref(), Some(&root), "changed by writing:\n{written}");
    let _config = TaskConfig::decode(Some(root));
    if let Ok(checked) = check(text, &Chain::new()) {
        let _messages = checked.report.error_messages();
    }
});
