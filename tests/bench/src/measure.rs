//! Measures a command as a whole process, by the operating system's own accounting.

use std::io::Write;
use std::mem::MaybeUninit;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::Measured;

/// What one run cost. CPU and memory include the children that the process waited for; memory is that of the largest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) memory_kib: u64,
}

/// Runs a command `runs` times and returns the median of each figure. `prepare` is done before each run, unmeasured.
///
/// # Errors
/// When a run can't be prepared or started, or fails; what it printed last is in the message.
pub(crate) fn median(
    command: &Measured,
    runs: usize,
    prepare: impl Fn() -> Result<(), String>,
) -> Result<Cost, String> {
    let costs = in_turn(std::slice::from_ref(command), runs, prepare)?;
    Ok(middle(&costs[0]))
}

/// Runs commands in turn, `runs` times each, so that what the machine does meanwhile meets all of them; returns the costs
/// of each. `prepare` is done before each run, unmeasured.
///
/// # Errors
/// As [`median`].
pub(crate) fn in_turn(
    commands: &[Measured],
    runs: usize,
    prepare: impl Fn() -> Result<(), String>,
) -> Result<Vec<Vec<Cost>>, String> {
    let mut costs = vec![Vec::new(); commands.len()];
    for _ in 0..runs {
        for (command, costs) in commands.iter().zip(&mut costs) {
            prepare()?;
            costs.push(run(command)?);
        }
    }
    Ok(costs)
}

/// Returns the median of each figure.
pub(crate) fn middle(costs: &[Cost]) -> Cost {
    let pick = |key: fn(&Cost) -> u128| {
        let mut values: Vec<_> = costs.iter().collect();
        values.sort_by_key(|cost| key(cost));
        *values[costs.len() / 2]
    };
    Cost {
        wall: pick(|cost| cost.wall.as_nanos()).wall,
        cpu: pick(|cost| cost.cpu.as_nanos()).cpu,
        memory_kib: pick(|cost| u128::from(cost.memory_kib)).memory_kib,
    }
}

/// Returns the median of what the first costs more than the second in wall time, pair by pair, as a share of the second.
pub(crate) fn added(first: &[Cost], second: &[Cost]) -> f64 {
    let pairs = first.iter().zip(second);
    let mut shares: Vec<f64> =
        pairs.map(|(one, other)| one.wall.as_secs_f64() / other.wall.as_secs_f64() - 1.0).collect();
    shares.sort_by(f64::total_cmp);
    shares[shares.len() / 2]
}

fn run(measured: &Measured) -> Result<Cost, String> {
    let label = &measured.label;
    let log = std::env::temp_dir().join(format!("quayside-bench-{}.log", std::process::id()));
    let output = std::fs::File::create(&log).map_err(|problem| problem.to_string())?;
    let mut command = Command::new(&measured.program);
    command.args(&measured.arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(output);
    let started = Instant::now();
    let mut child = command.spawn().map_err(|problem| format!("{label} can't be started: {problem}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A peer that reads no input may be gone already.
        let _ = stdin.write_all(&measured.stdin);
    }
    let (status, usage) = wait(child.id())?;
    let wall = started.elapsed();
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    let _ = std::fs::remove_file(&log);
    if status != 0 {
        let last: Vec<&str> = said.lines().rev().take(5).collect();
        return Err(format!("{label} failed: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | ")));
    }
    let memory_kib = u64::try_from(usage.ru_maxrss).unwrap_or_default();
    Ok(Cost { wall, cpu: time(usage.ru_utime) + time(usage.ru_stime), memory_kib })
}

/// Waits for a child and returns its status with the resources that it used.
fn wait(process: u32) -> Result<(i32, libc::rusage), String> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are valid for the call, and a zeroed rusage is a valid one.
    let (waited, usage) = unsafe {
        let waited = libc::wait4(process.cast_signed(), &raw mut status, 0, usage.as_mut_ptr());
        (waited, usage.assume_init())
    };
    if waited < 0 { Err(std::io::Error::last_os_error().to_string()) } else { Ok((status, usage)) }
}

fn time(value: libc::timeval) -> Duration {
    let seconds = u64::try_from(value.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(value.tv_usec).unwrap_or_default())
}
