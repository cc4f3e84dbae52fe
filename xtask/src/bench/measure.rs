//! Running one program once, one way, and taking its times.

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A way of running a program: natively, or under an emulator.
pub(crate) struct Way {
    /// The column's head.
    pub(crate) name: String,
    /// The emulator and its options; empty natively.
    prefix: Vec<String>,
}

impl Way {
    /// On the bare processor.
    pub(crate) fn native() -> Way {
        Way { name: "native".to_owned(), prefix: Vec::new() }
    }

    /// Under this uemu.
    pub(crate) fn uemu(path: &Path) -> Way {
        Way { name: "uemu".to_owned(), prefix: vec![path.display().to_string()] }
    }

    /// Under another emulator that takes a program and its arguments.
    pub(crate) fn peer(path: &Path) -> Way {
        let name = path.file_name().map_or("peer".into(), |n| n.to_string_lossy().into_owned());
        Way { name, prefix: vec![path.display().to_string()] }
    }

    /// A command that runs `program` this way, with more options for the emulator.
    pub(crate) fn command(&self, options: &[&str], program: &Path, args: &[String]) -> Command {
        let program = program.display().to_string();
        let words: Vec<&str> = self
            .prefix
            .iter()
            .map(String::as_str)
            .chain(options.iter().copied())
            .chain([program.as_str()])
            .chain(args.iter().map(String::as_str))
            .collect();
        let mut command = Command::new(words.first().copied().unwrap_or_default());
        command.args(words.get(1..).unwrap_or_default()).env_clear();
        command
    }
}

/// What one run took and said.
pub(crate) struct Run {
    /// Processor time of the emulating or native process, in seconds.
    pub(crate) cpu: f64,
    /// Time on the wall, in seconds.
    pub(crate) wall: f64,
    /// What it wrote to standard output.
    pub(crate) stdout: String,
    /// What it wrote to standard error.
    pub(crate) stderr: String,
}

/// Runs to the end. The output must be short: it is read when the program has ended.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(mut command: Command) -> Result<Run, String> {
    let failed = |e: &dyn std::fmt::Display| format!("{command:?}: {e}");
    let text = failed(&"");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let child = command.spawn().map_err(|e| format!("{text}{e}"))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| format!("{text}no pid"))?;
    // The zombie is left, for its times to be read.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).map_err(|e| format!("{text}{e}"))?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds(pid).unwrap_or(wall);
    let output = child.wait_with_output().map_err(|e| format!("{text}{e}"))?;
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        return Err(format!("{text}{}\n{}", output.status, show(&output.stderr)));
    }
    Ok(Run { cpu, wall, stdout: show(&output.stdout), stderr: show(&output.stderr) })
}

/// Time on a processor by /proc/PID/schedstat, whose first number is in nanoseconds.
fn cpu_seconds(pid: Pid) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{}/schedstat", pid.as_raw_nonzero())).ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    (nanoseconds > 0.0).then_some(nanoseconds / 1e9)
}

/// The middle value.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
