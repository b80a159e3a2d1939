//! For people: the lines with a caret, advice below, as the Rust compiler does it.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use lint::{Diagnostic, Label, Linted, Severity};
use pipeline::Source;

use super::{Counts, LeftOut};

/// Lines shown around what is told.
const LINES_AROUND: usize = 1;

pub(super) fn render(all: &[Linted], counts: &Counts, left_out: &[LeftOut], colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for linted in all {
        for diagnostic in &linted.diagnostics {
            text.push_str(&renderer.render(&groups(diagnostic, &linted.sources)));
            text.push_str("\n\n");
        }
    }
    left_out.iter().for_each(|left| text.push_str(&format!("{}\n", left.told())));
    text.push_str(&summary(all.len(), counts));
    text
}

fn summary(files: usize, counts: &Counts) -> String {
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (count, word) in [(counts.errors, "error"), (counts.warnings, "warning"), (counts.hints, "hint")] {
        if count > 0 {
            parts.push(many(count, word));
        }
    }
    let files = many(files, "pipeline");
    if parts.is_empty() {
        format!("looks good ({files})\n")
    } else {
        format!("{} in {files}\n", parts.join(", "))
    }
}

fn groups<'run>(diagnostic: &'run Diagnostic, sources: &'run [Source]) -> Vec<Group<'run>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.rule.name);
    let mut group = title.elements(snippets(diagnostic, sources));
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let mut groups = vec![group];
    groups.extend(fix_group(diagnostic, sources));
    groups
}

fn fix_group<'run>(diagnostic: &'run Diagnostic, sources: &'run [Source]) -> Option<Group<'run>> {
    let fix = diagnostic.fix.as_ref()?;
    let source = sources.get(diagnostic.label.file)?;
    let spans: Vec<Range<usize>> = fix.edits.iter().map(|(span, _)| span.range()).collect();
    let window = Window::around(source, &spans);
    let patches = fix.edits.iter().map(|(span, text)| Patch::new(window.inside(span.range()), text.as_str()));
    let snippet = Snippet::source(window.text(source)).line_start(window.line).path(source.name());
    Some(Level::HELP.secondary_title(fix.title.as_str()).element(snippet.patches(patches)))
}

/// Returns one snippet for each file that matters.
fn snippets<'run>(
    diagnostic: &'run Diagnostic,
    sources: &'run [Source],
) -> Vec<Snippet<'run, Annotation<'run>>> {
    let mut files: Vec<usize> = vec![diagnostic.label.file];
    files.extend(
        diagnostic.related.iter().map(|label| label.file).filter(|file| *file != diagnostic.label.file),
    );
    files.dedup();
    files.into_iter().filter_map(|file| snippet(diagnostic, file, sources.get(file)?)).collect()
}

fn snippet<'run>(
    diagnostic: &'run Diagnostic,
    file: usize,
    source: &'run Source,
) -> Option<Snippet<'run, Annotation<'run>>> {
    let labels = std::iter::once((AnnotationKind::Primary, &diagnostic.label))
        .chain(diagnostic.related.iter().map(|label| (AnnotationKind::Context, label)))
        .filter(|(_, label)| label.file == file);
    let labels: Vec<(AnnotationKind, &Label, Range<usize>)> =
        labels.map(|(kind, label)| (kind, label, first_line(source, label))).collect();
    let spans: Vec<Range<usize>> = labels.iter().map(|(_, _, span)| span.clone()).collect();
    let window = Window::around(source, &spans);
    let annotations = labels.into_iter().map(|(kind, label, span)| {
        let annotation = kind.span(window.inside(span));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    let snippet = Snippet::source(window.text(source)).line_start(window.line).path(source.name());
    Some(snippet.annotations(annotations))
}

/// Keeps a place within its first line: a whole job would fill the screen.
fn first_line(source: &Source, label: &Label) -> Range<usize> {
    let range = label.span.range();
    let start = range.start.min(source.text().len());
    let text = source.text().get(start..range.end.min(source.text().len())).unwrap_or_default();
    let length = text.find('\n').unwrap_or(text.len());
    start..start + text[..length].trim_end().len()
}

/// The lines of a source that are shown.
struct Window {
    range: Range<usize>,
    line: usize,
}

impl Window {
    fn around(source: &Source, spans: &[Range<usize>]) -> Self {
        let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
        let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
        let line = source.position(first).line.saturating_sub(LINES_AROUND).max(1);
        let last_line = source.position(last).line + LINES_AROUND;
        let start = source.line(line).map_or(0, pipeline::Span::start);
        let end = source.line(last_line).map_or(source.text().len(), pipeline::Span::end);
        Self { range: start..end, line }
    }

    fn text<'run>(&self, source: &'run Source) -> &'run str {
        source.text().get(self.range.clone()).unwrap_or_default()
    }

    fn inside(&self, span: Range<usize>) -> Range<usize> {
        span.start.saturating_sub(self.range.start)..span.end.saturating_sub(self.range.start)
    }
}
