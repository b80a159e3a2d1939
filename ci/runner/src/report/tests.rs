//! What is shown of a run, from events.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::event::{Event, Listener, Tree};
use crate::outcome::Status;
use crate::plan::StepId;
use crate::version::Version;

/// A writer that a test can look into.
#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tree(step: u32, key: &str, name: &str, children: Vec<Tree>) -> Tree {
    Tree { step: StepId(step), key: key.into(), name: name.into(), children }
}

fn planned(tree: Tree) -> Event {
    Event::Planned { parent: None, label: String::new(), tree }
}

fn started(step: u32) -> Event {
    Event::Started { step: StepId(step) }
}

fn log(step: u32, text: &str) -> Event {
    Event::Log { step: StepId(step), text: text.into() }
}

fn finished(step: u32, status: Status, exit_status: i32) -> Event {
    Event::Finished { step: StepId(step), status, exit_status: Some(exit_status) }
}

/// A get that works, a task that fails the second time too, a hook after it, and a put that is never reached.
fn events() -> Vec<Event> {
    let attempts = tree(3, "attempts", "", Vec::new());
    let hook = tree(4, "on_failure", "", vec![attempts, tree(5, "task", "tell", Vec::new())]);
    let plan = tree(
        0,
        "do",
        "",
        vec![tree(1, "get", "repo", Vec::new()), hook, tree(6, "put", "image", Vec::new())],
    );
    let attempt = |number: u32, step: u32| Event::Planned {
        parent: Some(StepId(3)),
        label: format!("attempt {number}"),
        tree: tree(step, "task", "unit", Vec::new()),
    };
    vec![
        planned(plan),
        started(1),
        Event::Version { step: StepId(1), version: Version::parse("ref:abc").unwrap(), metadata: Vec::new() },
        finished(1, Status::Succeeded, 0),
        attempt(1, 7),
        started(7),
        log(7, "one\ntw"),
        log(7, "o"),
        finished(7, Status::Failed, 1),
        attempt(2, 8),
        started(8),
        log(8, "\u{1b}[31mred\u{1b}[0m\u{1b}[2Jgone\r\n"),
        finished(8, Status::Failed, 2),
        started(5),
        finished(5, Status::Succeeded, 0),
    ]
}

fn progress() -> Progress {
    let mut progress = Progress::default();
    events().iter().for_each(|event| progress.hear(event, Duration::ZERO));
    progress
}

#[test]
fn plain_lines_say_which_step_they_are_of() {
    let written = Written::default();
    let lines = Lines::new(written.clone(), Style::Plain);
    events().iter().for_each(|event| lines.hear(event));
    let expected = "\
get repo: succeeded after 0.0 s (ref:abc)
task unit (attempt 1) | one
task unit (attempt 1) | two
task unit (attempt 1): failed with exit status 1 after 0.0 s
task unit (attempt 2) | redgone
task unit (attempt 2): failed with exit status 2 after 0.0 s
task tell: succeeded after 0.0 s
";
    assert_eq!(written.text(), expected);
}

#[test]
fn rows_show_how_far_each_step_has_come() {
    let expected = [
        "✓ get repo  0.0 s  ref:abc",
        "  attempts",
        "    attempt 1",
        "    ✗ task unit  0.0 s  exit status 1",
        "    attempt 2",
        "    ✗ task unit  0.0 s  exit status 2",
        "  ✓ on_failure: task tell  0.0 s",
        "· put image",
    ];
    assert_eq!(rows(&progress(), Duration::ZERO, Style::Plain), expected);
}

#[test]
fn a_summary_says_how_to_go_on() {
    let again = |step: &Shown| Some(format!("quayside run build --step {} --from 7", step.name));
    let told = summary(
        &progress(),
        &Summary {
            run: 7,
            title: "job build",
            status: Status::Failed,
            message: None,
            took: Duration::from_secs(75),
            again: &again,
        },
        Style::Plain,
    );
    let expected = "\
job build failed after 1 min 15 s (run 7)
  log     quayside logs 7 unit
  shell   quayside intercept --run 7 unit
  again   quayside run build --step unit --from 7";
    assert!(told.join("\n").ends_with(expected), "{told:#?}");
}

#[test]
fn a_terminal_shows_lines_above_and_steps_below() {
    let written = Written::default();
    let live = Live::new(written.clone(), Style::Plain, || Size { columns: 20, rows: 40 });
    let plan = tree(0, "do", "", vec![tree(1, "task", "a-name-that-is-too-long", Vec::new())]);
    [planned(plan), started(1), log(1, "hello\n")].iter().for_each(|event| live.hear(event));
    live.draw();
    live.finish();
    let text = written.text();
    assert!(text.starts_with("task a-name-that-is-too-long | hello\n▶ task a-name-that-"), "{text}");
    assert!(text.ends_with("\u{1b}[1A\r\u{1b}[J"), "{text}");
}

#[test]
fn what_a_terminal_must_not_get_is_left_out() {
    let cases = [
        ("colours stay", "\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m", "red"),
        ("the cursor stays where it is", "a\u{1b}[2A\u{1b}[Kb", "ab", "ab"),
        ("no titles", "a\u{1b}]0;title\u{7}b", "ab", "ab"),
        ("no links", "\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link", "link"),
        ("the last of a progress bar", "10%\r50%\r99%", "99%", "99%"),
        ("no control characters", "a\u{8}\u{0}b\tc", "ab\tc", "ab\tc"),
        ("a sequence that never ends", "a\u{1b}[31", "a", "a"),
    ];
    for (case, line, with_colours, without) in cases {
        assert_eq!(shown(line), with_colours, "{case}");
        assert_eq!(plain(line), without, "{case}");
    }
}

#[test]
fn a_log_is_read_as_it_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = LogFile::create(&path, 7, || 5).unwrap();
    log.tell(RunEvent::RunStarted { pipeline: "p".into(), job: None, title: "task".into() });
    events().iter().for_each(|event| log.hear(event));
    log.tell(RunEvent::RunFinished { status: Status::Failed, message: None });
    let records: Vec<Record> = read_log(&path).unwrap().collect();
    assert!(records.iter().all(|record| (record.run, record.time) == (7, 5)));
    let steps = records.iter().filter_map(|record| match &record.what {
        What::Step(event) => Some(event.clone()),
        What::Run(_) => None,
    });
    assert_eq!(steps.collect::<Vec<_>>(), events());
    assert_eq!(records.len(), events().len() + 2);
}

#[test]
fn durations_are_told_in_fitting_units() {
    let cases =
        [(0, "0.0 s"), (450, "0.4 s"), (12_300, "12 s"), (65_000, "1 min 05 s"), (7_500_000, "2 h 05 min")];
    for (milliseconds, expected) in cases {
        assert_eq!(told(Duration::from_millis(milliseconds)), expected);
    }
}
