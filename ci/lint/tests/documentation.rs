//! The table of rules in docs/lint.md is that of the program. `UPDATE_DOCS=1 cargo test -p lint` rewrites it.

use std::fs;
use std::path::Path;

use kit::schema::replace_section;
use lint::all_rules;

#[test]
fn the_page_lists_the_rules_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lint.md");
    let page = fs::read_to_string(&path).unwrap();
    let rows = all_rules().into_iter().map(|rule| {
        format!("| `{}` | {} | {} |\n", rule.name, rule.severity.name(), rule.summary.replace('|', "\\|"))
    });
    let table = format!("| rule | severity | what it finds |\n|---|---|---|\n{}", rows.collect::<String>());
    let wanted =
        replace_section(&page, "rules", &table).expect("docs/lint.md has <!-- rules --> … <!-- /rules -->");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
    } else {
        assert!(
            page == wanted,
            "docs/lint.md is not what the program says: UPDATE_DOCS=1 cargo test -p lint"
        );
    }
}
