//! `uemu trace` says, line for line, what strace(1) says of the same program run natively, once
//! addresses and random bytes are made the same.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run and read files on the host")]

use std::path::Path;
use std::process::Command;
use uemu_tests::run;
use uemu_tests::{build, program};

/// Single-threaded programs of which each call and each result is determined.
const PROGRAMS: [&str; 9] = [
    "hello/altitudes[glibc]",
    "hello/altitudes[static-pie]",
    "hello/altitudes[musl]",
    "io/positions[glibc]",
    "io/dups[musl]",
    "io/open_flags[glibc]",
    "files/renames[glibc]",
    "files/unlinks[musl]",
    "signals/pending[glibc]",
];

#[test]
fn trace_reads_as_strace_does() {
    run::fix_limits();
    let programs = program::all().expect("testbins/ is readable");
    let jobs: Vec<_> = build::jobs(&programs)
        .into_iter()
        .filter(|j| PROGRAMS.contains(&j.program.title(j.variant).as_str()))
        .collect();
    assert_eq!(jobs.len(), PROGRAMS.len());
    build::build(&jobs).expect("they compile");
    let reports: Vec<String> = jobs
        .iter()
        .filter_map(|job| {
            let binary = job.program.binary(job.variant).display().to_string();
            difference(&[&binary]).map(|report| format!("{}\n{report}", job.program.title(job.variant)))
        })
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn trace_of_busybox_reads_as_strace_does() {
    for args in [&["ls", "."][..], &["cat", "file"], &["cp", "file", "copy"], &["mkdir", "-p", "a/b"], &["wc", "file"]]
    {
        let line = [&["/usr/bin/busybox"], args].concat();
        if let Some(report) = difference(&line) {
            panic!("{line:?}\n{report}");
        }
    }
}

/// Runs a program under both tracers, each in a directory with one file.
fn difference(line: &[&str]) -> Option<String> {
    let mut strace = Command::new("/usr/bin/strace");
    strace.args(["-o", "../trace", "-E", "X=1"]).env_clear();
    let native = traced(strace, line, |_, _| ());
    let ours = traced(run::uemu(), line, |command, dir| {
        command.args(["trace", "-o"]).arg(dir.with_file_name("trace"));
        command.args(["--env", "X=1", "--bind"]).arg(dir).arg("--cwd").arg(dir);
    });
    let (mut left, mut right) = (native.lines(), ours.lines());
    let mut report = String::new();
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => report += &format!("{number}\n  strace: {}\n  uemu:   {}\n", a.unwrap_or("-"), b.unwrap_or("-")),
        }
    }
    (!report.is_empty()).then_some(report)
}

/// The normalised trace.
fn traced(mut command: Command, line: &[&str], prepare: impl Fn(&mut Command, &Path)) -> String {
    let temp = tempfile::tempdir().expect("a temporary directory");
    let dir = temp.path().join("work");
    std::fs::create_dir(&dir).expect("a directory");
    std::fs::write(dir.join("file"), "some text\nin two lines\n").expect("a file");
    prepare(&mut command, &dir);
    command.args(line);
    let outcome = run::run(&mut command, &dir, b"").expect("it runs");
    let text = std::fs::read_to_string(temp.path().join("trace"));
    let text =
        text.unwrap_or_else(|e| panic!("{command:?}: no trace: {e}\n{}", String::from_utf8_lossy(&outcome.stderr)));
    text.lines().map(|l| normal(l) + "\n").collect()
}

/// A line without what differs from run to run: long hexadecimal numbers, ids, random bytes.
fn normal(line: &str) -> String {
    if line.starts_with("getrandom(\"") {
        let end = line.rfind('"').unwrap_or(line.len());
        return format!("getrandom(RANDOM{}", line.get(end..).unwrap_or_default());
    }
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, number) = rest.split_at(at);
        let digits = number.bytes().skip(2).take_while(u8::is_ascii_hexdigit).count();
        out += before;
        let end = 2 + digits;
        out += if digits >= 6 { "ADDRESS" } else { &number[..end] };
        rest = &number[end..];
    }
    out += rest;
    // The results stand in a column that depends on how long the addresses were.
    while let Some(at) = out.find("  = ") {
        out.remove(at);
    }
    // Ids: what these calls return, and what the next ones are given.
    for call in ["getpid()", "gettid()", "getppid()", "set_tid_address(ADDRESS)"] {
        if out.starts_with(call) {
            return format!("{call} = ID");
        }
    }
    for call in ["tgkill(", "kill(", "tkill("] {
        if let Some(arguments) = out.strip_prefix(call) {
            return call.to_owned() + &arguments.replace(|c: char| c.is_ascii_digit(), "");
        }
    }
    out.split_inclusive(", ")
        .map(|field| if field.starts_with("si_pid=") || field.starts_with("si_uid=") { "ID, " } else { field })
        .collect()
}
