//! Runs a program natively or under uemu, and says what came out.

use crate::{paths, tree};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a run of a program shows to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit status, 128+N when signal N killed it.
    pub status: i32,
    /// Everything written to descriptor 1.
    pub stdout: Vec<u8>,
    /// Everything written to descriptor 2.
    pub stderr: Vec<u8>,
    /// The files left in the working directory.
    pub files: BTreeMap<String, String>,
}

/// How long a run may take before it counts as hung: `$UEMU_TEST_TIMEOUT` seconds, else 300.
/// A guard against hangs, far above what any run needs; not a measure of speed.
pub fn patience() -> Duration {
    let seconds = std::env::var("UEMU_TEST_TIMEOUT").ok().and_then(|s| s.parse().ok());
    Duration::from_secs(seconds.unwrap_or(300))
}

/// Makes the limits that children inherit the same everywhere: no core files, 8 MiB of stack.
pub fn fix_limits() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let set = |resource, soft: u64| {
        let maximum = getrlimit(resource).maximum;
        // A limit that cannot be set (a hard limit below it) shows in the comparison, if at all.
        setrlimit(resource, Rlimit { current: Some(soft), maximum }).ok();
    };
    set(Resource::Core, 0);
    set(Resource::Stack, 8 << 20);
}

/// A uemu command with a clean environment, to which options and program are still to be added.
pub fn uemu() -> Command {
    let mut command = Command::new(paths::uemu());
    command.env_clear();
    command
}

/// Runs `command` in `dir` to its end with `stdin` on a pipe.
///
/// # Errors
/// A text when it cannot be started, or is killed because it hangs.
pub fn run(command: &mut Command, dir: &Path, stdin: &[u8]) -> Result<Outcome, String> {
    let text = format!("{command:?}");
    command.current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("{text}: {e}"))?;
    let mut pipe_in = child.stdin.take();
    let (mut pipe_out, mut pipe_err) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(pipe) = &mut pipe_in {
                // A program need not read what it is given.
                pipe.write_all(stdin).ok();
            }
        });
        scope.spawn(|| pipe_out.as_mut().map(|p| p.read_to_end(&mut stdout)));
        scope.spawn(|| pipe_err.as_mut().map(|p| p.read_to_end(&mut stderr)));
        wait(&mut child)
    });
    let show = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
    let status = status.map_err(|e| format!("{text}: {e}\nstdout: {}\nstderr: {}", show(&stdout), show(&stderr)))?;
    let files = tree::snapshot(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    Ok(Outcome { status: code(status), stdout, stderr, files })
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let patience = patience();
    let start = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        if start.elapsed() > patience {
            child.kill().ok();
            child.wait().ok();
            return Err(format!("still running after {} s: killed", patience.as_secs()));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Splits what uemu says itself from what the guest wrote to descriptor 2: uemu's lines begin
/// with `uemu: `, and those that continue one are indented.
pub fn split_notes(stderr: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(stderr);
    let (mut guest, mut notes) = (String::new(), String::new());
    let mut in_note = false;
    for line in text.split_inclusive('\n') {
        in_note = line.starts_with("uemu: ") || (in_note && line.starts_with("  "));
        if in_note { &mut notes } else { &mut guest }.push_str(line);
    }
    (guest, notes)
}

/// The first difference between what happened natively and under uemu, or none.
pub fn difference(native: &Outcome, uemu: &Outcome) -> Option<String> {
    let (guest_stderr, notes) = split_notes(&uemu.stderr);
    let native_stderr = String::from_utf8_lossy(&native.stderr);
    let mut report = String::new();
    if native.status != uemu.status {
        report += &format!("status: native {}, uemu {}\n", native.status, uemu.status);
    }
    if native.stdout != uemu.stdout {
        report +=
            &lines_differ("stdout", &String::from_utf8_lossy(&native.stdout), &String::from_utf8_lossy(&uemu.stdout));
    }
    if native_stderr != guest_stderr {
        report += &lines_differ("stderr", &native_stderr, &guest_stderr);
    }
    if native.files != uemu.files {
        let show = |f: &BTreeMap<String, String>| f.iter().map(|(k, v)| format!("{k}: {v}\n")).collect::<String>();
        report += &lines_differ("files", &show(&native.files), &show(&uemu.files));
    }
    if report.is_empty() {
        return None;
    }
    if !notes.is_empty() {
        report += &format!("uemu said:\n{notes}");
    }
    Some(report)
}

fn lines_differ(what: &str, native: &str, uemu: &str) -> String {
    let (mut a, mut b) = (native.lines(), uemu.lines());
    let mut report = format!("{what} differs:\n");
    let mut shown = 0;
    for number in 1_usize.. {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() || shown == 8 {
            break;
        }
        if left != right {
            shown += 1;
            let show = |line: Option<&str>| line.map_or("(end)".to_owned(), |l| l.chars().take(300).collect());
            report += &format!("  line {number}\n    native: {}\n    uemu:   {}\n", show(left), show(right));
        }
    }
    if shown == 0 {
        report += "  (only in how the last line ends)\n";
    }
    report
}
