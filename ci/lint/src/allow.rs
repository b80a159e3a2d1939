//! Comments that allow what a rule finds: `# lint: allow(rule, other-rule) because …`.
//!
//! On a line of its own, a comment counts for the next line that is none; behind something, for its own
//! line; in both cases for all of a value that begins there. `allow-file` counts for the whole file. Without a reason it counts for nothing.

use std::collections::{HashMap, HashSet};

use pipeline::Source;
use pipeline::yaml::Comment;

use crate::RuleInfo;
use crate::diagnostic::Diagnostic;
use crate::rule::find_rule;
use crate::rules::{ALLOW_WITHOUT_REASON, UNUSED_ALLOW};

/// A comment that allows something.
struct Allowance {
    rules: Vec<String>,
    /// The line it counts for; none for the whole file.
    line: Option<usize>,
    span: pipeline::Span,
    used: bool,
}

/// Takes out what comments of the pipeline's file allow, and adds what is wrong with the comments.
/// `resting` is a rule that did not look: what is allowed of it may be found another time.
pub(crate) fn apply(
    source: &Source,
    comments: &[Comment],
    resting: Option<&RuleInfo>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut complaints = Vec::new();
    let mut allowances = Vec::new();
    let comment_lines: HashSet<usize> = comments
        .iter()
        .filter(|comment| comment.own_line)
        .map(|comment| source.line_number(comment.span.start()))
        .collect();
    for comment in comments {
        allowances.extend(parse(source, comment, &comment_lines, &mut complaints));
    }
    let mut by_line: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (index, allowance) in allowances.iter().enumerate() {
        by_line.entry(allowance.line).or_default().push(index);
    }
    diagnostics.retain(|diagnostic| {
        if diagnostic.label.file > 0 {
            return true;
        }
        // Within a value of several lines no comment can stand: one at its first line counts for all.
        let places = std::iter::once(diagnostic.label.span).chain(diagnostic.value);
        let lines = places.map(|span| Some(source.line_number(span.start()))).chain([None]);
        let allows =
            |index: &&usize| allowances[**index].rules.iter().any(|rule| rule == diagnostic.rule.name);
        let allowed = lines.filter_map(|line| by_line.get(&line)).flatten().find(allows).copied();
        if let Some(index) = allowed {
            allowances[index].used = true;
        }
        allowed.is_none()
    });
    let rests = |rule: &String| resting.is_some_and(|resting| resting.name == rule);
    let unused = allowances.iter().filter(|allowance| !allowance.used && !allowance.rules.iter().any(rests));
    complaints.extend(unused.map(|allowance| {
        Diagnostic::new(&UNUSED_ALLOW, "nothing is found here that this comment allows", allowance.span)
            .help("remove the comment")
    }));
    diagnostics.extend(complaints);
}

fn parse(
    source: &Source,
    comment: &Comment,
    comment_lines: &HashSet<usize>,
    complaints: &mut Vec<Diagnostic>,
) -> Option<Allowance> {
    let order = comment.text.strip_prefix("lint:")?.trim();
    let (whole_file, rest) = match order.strip_prefix("allow-file(") {
        Some(rest) => (true, rest),
        None => (false, order.strip_prefix("allow(")?),
    };
    let (names, reason) = rest.split_once(')')?;
    let rules: Vec<String> = names.split(',').map(|name| name.trim().to_owned()).collect();
    if let Some(unknown) = rules.iter().find(|name| find_rule(name).is_none()) {
        let message = format!("there is no rule `{unknown}`");
        complaints.push(Diagnostic::new(&UNUSED_ALLOW, message, comment.span));
        return None;
    }
    if reason.trim_matches([' ', ':', '-']).is_empty() {
        let message = "this comment gives no reason, so it allows nothing";
        let advice = format!("say why: `# lint: allow({names}) the reason`");
        complaints.push(Diagnostic::new(&ALLOW_WITHOUT_REASON, message, comment.span).help(advice));
        return None;
    }
    let own = source.line_number(comment.span.start());
    let line = if comment.own_line { next_code_line(source, comment_lines, own) } else { own };
    Some(Allowance { rules, line: (!whole_file).then_some(line), span: comment.span, used: false })
}

/// Returns the first line after this one that holds more than a comment.
fn next_code_line(source: &Source, comment_lines: &HashSet<usize>, line: usize) -> usize {
    let is_blank = |line: usize| source.line(line).is_some_and(|span| source.slice(span).trim().is_empty());
    (line + 1..).find(|next| !comment_lines.contains(next) && !is_blank(*next)).unwrap_or(line + 1)
}
