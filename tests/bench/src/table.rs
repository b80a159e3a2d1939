//! The table that a suite prints: each command, its cost, and how it compares with ours.

use std::io::Write;

use crate::measure::Cost;

/// Rows of commands that do the same work. Ratios are against the first row.
pub(crate) struct Table {
    title: String,
    rows: Vec<(String, Cost)>,
}

impl Table {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, label: &str, cost: Cost) {
        self.rows.push((label.to_owned(), cost));
    }

    /// Prints the table as Markdown, for docs/performance.md.
    pub(crate) fn print(&self) {
        let mut text = format!("\n### {}\n\n", self.title);
        text += "| command | wall | CPU | memory | wall ÷ ours | CPU ÷ ours |\n|---|---|---|---|---|---|\n";
        for (label, cost) in &self.rows {
            let (_, ours) = &self.rows[0];
            text += &format!(
                "| {label} | {} | {} | {:.0} MB | {:.2} | {:.2} |\n",
                seconds(cost.wall.as_secs_f64()),
                seconds(cost.cpu.as_secs_f64()),
                cost.memory_kib as f64 * 1024.0 / 1e6,
                cost.wall.as_secs_f64() / ours.wall.as_secs_f64(),
                cost.cpu.as_secs_f64() / ours.cpu.as_secs_f64().max(0.000_1),
            );
        }
        write(&text);
    }
}

/// Prints what the machine is.
pub(crate) fn machine() {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']);
    write(&format!("{processors} processors, {model}; medians of whole processes\n"));
}

/// Prints a line that belongs to no table.
pub(crate) fn note(text: &str) {
    write(&format!("{text}\n"));
}

fn seconds(value: f64) -> String {
    if value < 1.0 { format!("{:.1} ms", value * 1000.0) } else { format!("{value:.2} s") }
}

fn write(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
