//! Comments that allow what a rule finds: `# lint: allow(rule, other-rule) because …`.
//!
//! On a line of its own, a comment counts for the next line that is none; behind something, for its own
//! line. `allow-file` counts for the whole file. Without a reason it counts for nothing.

use pipeline::Source;
use pipeline::yaml::Comment;

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
pub(crate) fn apply(source: &Source, comments: &[Comment], diagnostics: &mut Vec<Diagnostic>) {
    let mut complaints = Vec::new();
    let mut allowances = Vec::new();
    for comment in comments {
        allowances.extend(parse(source, comment, comments, &mut complaints));
    }
    diagnostics.retain(|diagnostic| {
        let line = source.position(diagnostic.label.span.start()).line;
        let allowed = allowances.iter_mut().find(|allowance| {
            diagnostic.label.file == 0
                && allowance.line.is_none_or(|allowed| allowed == line)
                && allowance.rules.iter().any(|rule| rule == diagnostic.rule.name)
        });
        match allowed {
            Some(allowance) => {
                allowance.used = true;
                false
            }
            None => true,
        }
    });
    let unused = allowances.iter().filter(|allowance| !allowance.used);
    complaints.extend(unused.map(|allowance| {
        Diagnostic::new(&UNUSED_ALLOW, "nothing is found here that this comment allows", allowance.span)
            .help("remove the comment")
    }));
    diagnostics.extend(complaints);
}

fn parse(
    source: &Source,
    comment: &Comment,
    comments: &[Comment],
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
    let own = source.position(comment.span.start()).line;
    let line = if comment.own_line { next_code_line(source, comments, own) } else { own };
    Some(Allowance { rules, line: (!whole_file).then_some(line), span: comment.span, used: false })
}

/// Returns the first line after this one that holds more than a comment.
fn next_code_line(source: &Source, comments: &[Comment], line: usize) -> usize {
    let is_comment = |line: usize| {
        comments.iter().any(|comment| comment.own_line && source.position(comment.span.start()).line == line)
    };
    let is_blank = |line: usize| source.line(line).is_some_and(|span| source.slice(span).trim().is_empty());
    (line + 1..).find(|next| !is_comment(*next) && !is_blank(*next)).unwrap_or(line + 1)
}
