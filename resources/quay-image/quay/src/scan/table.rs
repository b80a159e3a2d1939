//! Findings as tables.

use super::Finding;

const HEADS: [&str; 6] = ["severity", "package", "version", "fixed in", "vulnerability", "link"];
/// Package names can be as long as paths.
const WIDEST: usize = 50;

/// Returns a table for a build's log. Empty for nothing.
pub fn text(findings: &[&Finding]) -> String {
    let rows: Vec<[String; 6]> = findings.iter().map(|finding| cells(finding).map(shorten)).collect();
    if rows.is_empty() {
        return String::new();
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADS[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let heads = HEADS.map(str::to_owned);
    let lines = [&heads].into_iter().chain(&rows).map(|row| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    });
    lines.collect()
}

/// Returns a table in Markdown. Empty for nothing.
pub fn markdown(findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let line = |cells: [String; 6]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(HEADS.map(str::to_owned));
    table.push_str(&line(HEADS.map(|_| "---".into())));
    for finding in findings {
        table.push_str(&line(cells(finding).map(|cell| escape(&cell))));
    }
    table
}

fn cells(finding: &Finding) -> [String; 6] {
    [
        finding.severity.to_string(),
        finding.package.clone(),
        finding.version.clone(),
        finding.fixed_by.clone().unwrap_or_else(|| "-".into()),
        finding.name.clone(),
        finding.link.clone(),
    ]
}

fn shorten(cell: String) -> String {
    if cell.starts_with("https://") || cell.chars().count() <= WIDEST {
        return cell;
    }
    let kept: String = cell.chars().take(WIDEST - 1).collect();
    format!("{kept}…")
}

/// Names come from packages: they must not become markup.
fn escape(cell: &str) -> String {
    let special = |letter: char| "\\`*_[]<>|#".contains(letter);
    if cell.starts_with("https://") && !cell.contains(['|', '<', '>', ')', ' ']) {
        return cell.to_owned();
    }
    let escaped = cell.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter]));
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(package: &str, name: &str) -> Finding {
        let vulnerability =
            json!({"Name": name, "Severity": "High", "FixedBy": "1.1", "Link": "https://cve.example.com/1"});
        let feature = json!({"Name": package, "Version": "1.0", "Vulnerabilities": [vulnerability]});
        Finding::all(&json!({"data": {"Layer": {"Features": [feature]}}})).remove(0)
    }

    #[test]
    fn columns_stand_below_their_heads() {
        let (short, long) = (finding("ssl", "CVE-1"), finding("a-long-package", "CVE-2"));
        let table = text(&[&short, &long]);
        assert_eq!(
            table,
            "  severity  package         version  fixed in  vulnerability  link\n\
             \u{20} high      ssl             1.0      1.1       CVE-1          https://cve.example.com/1\n\
             \u{20} high      a-long-package  1.0      1.1       CVE-2          https://cve.example.com/1\n"
        );
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn names_do_not_become_markup() {
        let odd = finding("a|b_c<i>", "CVE-1");
        let table = markdown(&[&odd]);
        assert!(table.contains(r"a\|b\_c\<i\>"), "{table}");
        assert_eq!(table.lines().count(), 3);
    }
}
