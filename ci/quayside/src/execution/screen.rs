//! How a run is shown: live on a terminal, as plain lines elsewhere, as JSON for machines.

use std::io::{self, BufWriter, IsTerminal, Stderr, Stdout, Write};
use std::rc::Rc;

use kit::redact;
use runner::event::Listener;
use runner::outcome::Status;
use runner::report::{JsonLines, Lines, Live, RunEvent, Size, Style};

use super::now;

/// How a run is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Drawn on a terminal.
    Live(Style),
    /// Line by line.
    Lines(Style),
    /// Line by line, beside what standard output is for.
    Beside(Style),
    /// For machines.
    Json,
}

impl Manner {
    /// Chooses by where standard output goes.
    pub(crate) fn choose(is_json: bool, has_colours: bool) -> Self {
        let style = if has_colours { Style::Coloured } else { Style::Plain };
        let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        match is_json {
            true => Self::Json,
            false if io::stdout().is_terminal() && !is_dumb => Self::Live(style),
            false => Self::Lines(style),
        }
    }

    /// Returns the colours of a summary on standard output; none where that is for other things.
    pub(crate) fn style(self) -> Option<Style> {
        match self {
            Self::Live(style) | Self::Lines(style) => Some(style),
            Self::Beside(_) => None,
            Self::Json => None,
        }
    }
}

/// Where a run is shown.
pub(super) enum Screen {
    Live(Rc<Live<Stdout>>),
    Lines(Rc<Lines<BufWriter<Stdout>>>),
    Beside(Rc<Lines<Stderr>>),
    Json(Rc<JsonLines<Stdout>>),
}

impl Screen {
    pub(super) fn new(manner: Manner, run: i64) -> Self {
        match manner {
            Manner::Live(style) => Self::Live(Rc::new(Live::new(io::stdout(), style, size))),
            Manner::Lines(style) => Self::Lines(Rc::new(Lines::new(BufWriter::new(io::stdout()), style))),
            Manner::Beside(style) => Self::Beside(Rc::new(Lines::new(io::stderr(), style))),
            Manner::Json => Self::Json(Rc::new(JsonLines::new(io::stdout(), run, now))),
        }
    }

    pub(super) fn listener(&self) -> Rc<dyn Listener> {
        match self {
            Self::Live(live) => Rc::clone(live) as Rc<dyn Listener>,
            Self::Lines(lines) => Rc::clone(lines) as Rc<dyn Listener>,
            Self::Beside(lines) => Rc::clone(lines) as Rc<dyn Listener>,
            Self::Json(lines) => Rc::clone(lines) as Rc<dyn Listener>,
        }
    }

    pub(super) fn draw(&self) {
        if let Self::Live(live) = self {
            live.draw();
        }
    }

    pub(super) fn begin(&self, event: RunEvent) {
        if let Self::Json(lines) = self {
            lines.tell(event);
        }
    }

    pub(super) fn end(&self, status: Status, message: Option<String>) {
        match self {
            Self::Live(live) => live.finish(),
            Self::Json(lines) => lines.tell(RunEvent::RunFinished { status, message }),
            Self::Beside(_) => message.iter().for_each(|message| {
                let _unread = writeln!(io::stderr(), "error: {}", redact::scrub(message));
            }),
            Self::Lines(_) => {}
        }
    }
}

/// Returns the size of the terminal; what most are where it does not tell.
fn size() -> Size {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size { columns: size.ws_col.into(), rows: size.ws_row.into() }
        }
        _ => Size { columns: 80, rows: 24 },
    }
}
