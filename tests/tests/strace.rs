//! `uemu trace` says, line for line, what strace(1) says of the same program run natively, once addresses, ids and
//! random bytes are made the same.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run and read files on the host")]

#[path = "../strace/normal.rs"]
mod normal;

use normal::Tasks;
use std::path::{Path, PathBuf};
use std::process::Command;
use uemu_tests::program::{Program, Variant};
use uemu_tests::{build, paths, program, run};

/// Single-threaded programs of which each call and each result is determined.
const PROGRAMS: [&str; 11] = [
    "hello/altitudes[glibc]",
    "hello/altitudes[static-pie]",
    "hello/altitudes[musl]",
    "hello/hello[glibc]",
    "hello/hello[musl]",
    "io/positions[glibc]",
    "io/dups[musl]",
    "io/open_flags[glibc]",
    "files/renames[glibc]",
    "files/unlinks[musl]",
    "signals/pending[glibc]",
];

/// What only uemu's listing has, and why that is accepted: what these lines begin with.
const ONLY_IN_UEMU: [&str; 4] = [
    // There is no vDSO in the guest, so that the time is asked for by calls.
    "time(",
    "clock_gettime(",
    "gettimeofday(",
    "getcpu(",
];

/// The listings of one program.
struct Listings {
    native: Tasks,
    uemu: Tasks,
}

#[test]
fn programs_read_as_in_strace() {
    let programs = program::all().expect("testbins/ is readable");
    let jobs: Vec<_> = build::jobs(&programs)
        .into_iter()
        .filter(|j| PROGRAMS.contains(&j.program.title(j.variant).as_str()))
        .collect();
    assert_eq!(jobs.len(), PROGRAMS.len());
    build::build(&jobs).expect("they compile");
    let titles = jobs.iter().map(|job| (job.program.title(job.variant), job.program.binary(job.variant)));
    let reports: Vec<String> = titles
        .filter_map(|(title, binary)| {
            let report = difference(&listings(&[&binary.display().to_string()], &[]))?;
            Some(format!("{title}\n{report}"))
        })
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn calls_on_files_read_as_in_strace() {
    agree("files", &[]);
}

#[test]
fn other_calls_read_as_in_strace() {
    agree("more", &[]);
}

#[test]
fn calls_on_memory_read_as_in_strace() {
    agree("memory", &[]);
}

#[test]
fn calls_that_wait_read_as_in_strace() {
    agree("waits", &[]);
}

#[test]
fn signals_read_as_in_strace() {
    agree("signals", &[]);
}

#[test]
fn processes_read_as_in_strace() {
    agree("processes", &["-f"]);
}

#[test]
fn busybox_reads_as_in_strace() {
    let lines: [&[&str]; 5] =
        [&["ls", "."], &["cat", "file"], &["cp", "file", "copy"], &["mkdir", "-p", "a/b"], &["wc", "file"]];
    let reports: Vec<String> = lines
        .iter()
        .filter_map(|args| {
            let report = difference(&listings(&[&["/usr/bin/busybox"], *args].concat(), &[]))?;
            Some(format!("{args:?}\n{report}"))
        })
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

/// The root of the guest holds what is granted and its own directories, so that names, sizes and order of the entries
/// are not the host's: the calls on them are compared by kind.
#[test]
fn busybox_ls_of_the_root_reads_as_in_strace() {
    let mut listings = listings(&["/usr/bin/busybox", "ls", "/"], &[]);
    for tasks in [&mut listings.native, &mut listings.uemu] {
        for line in tasks.iter_mut().flatten() {
            for (call, same) in [
                ("newfstatat(AT_FDCWD, \"/", "newfstatat(AT_FDCWD, ENTRY, STAT, AT_SYMLINK_NOFOLLOW) = 0"),
                ("newfstatat(3, ", "newfstatat(3, STAT) = 0"),
                ("getdents64(3, ", "getdents64(3, ENTRIES)"),
                ("write(1, ", "write(1, NAMES)"),
            ] {
                // The root itself, and errors, are compared as they are.
                if line.starts_with(call) && !line.contains("\"/\"") && !line.contains("= -1") {
                    *line = same.to_owned();
                }
            }
        }
        tasks.iter_mut().for_each(Vec::dedup);
    }
    if let Some(report) = difference(&listings) {
        panic!("{report}");
    }
}

/// Of a program beside this test, both listings are the same.
fn agree(name: &str, options: &[&str]) {
    let source = paths::root().join("tests/strace").join(name).with_extension("c");
    let program = Program::read(&source).expect("its header is well formed");
    let job = build::Job { program, variant: Variant::Glibc };
    build::build(std::slice::from_ref(&job)).expect("it compiles");
    let binary = job.program.binary(job.variant).display().to_string();
    if let Some(report) = difference(&listings(&[&binary], options)) {
        panic!("{name}\n{report}");
    }
}

/// Both listings of a program, made in the same directory with one file in it.
fn listings(line: &[&str], options: &[&str]) -> Listings {
    run::fix_limits();
    let temp = tempfile::tempdir().expect("a temporary directory");
    let dir = temp.path().join("work");
    let listing = temp.path().join("listing");
    let mut strace = Command::new("/usr/bin/strace");
    strace.env_clear().args(options).arg("-o").arg(&listing).args(["-E", "X=1"]).args(line);
    let mut uemu = run::uemu();
    uemu.arg("trace").args(options).arg("-o").arg(&listing).args(["--env", "X=1", "--bind"]);
    uemu.arg(&dir).arg("--cwd").arg(&dir).args(line);
    let follow = options.contains(&"-f");
    let tasks = |command: &mut Command| normal::tasks(&listed(command, &dir, &listing), follow);
    Listings { native: tasks(&mut strace), uemu: tasks(&mut uemu) }
}

/// The listing that a command writes.
fn listed(command: &mut Command, dir: &Path, listing: &PathBuf) -> String {
    std::fs::create_dir(dir).expect("a directory");
    std::fs::write(dir.join("file"), "some text\nin two lines\n").expect("a file");
    let outcome = run::run(command, dir, b"").expect("it runs");
    std::fs::remove_dir_all(dir).expect("the directory goes");
    let text = std::fs::read_to_string(listing);
    let text =
        text.unwrap_or_else(|e| panic!("{command:?}: no listing: {e}\n{}", String::from_utf8_lossy(&outcome.stderr)));
    std::fs::remove_file(listing).expect("the listing goes");
    text
}

/// The lines in which two listings differ, if any do: `-` is strace's, `+` uemu's.
fn difference(listings: &Listings) -> Option<String> {
    let empty = Vec::new();
    let mut report = String::new();
    for task in 0..listings.native.len().max(listings.uemu.len()) {
        let native = listings.native.get(task).unwrap_or(&empty);
        let uemu = listings.uemu.get(task).unwrap_or(&empty);
        let lines = diff(native, uemu);
        if !lines.is_empty() {
            report += &format!("task {task}:\n{}", lines.concat());
        }
    }
    (!report.is_empty()).then_some(report)
}

/// A diff by the longest common subsequence.
fn diff(a: &[String], b: &[String]) -> Vec<String> {
    // common[i][j]: the length of what a[i..] and b[j..] have in common.
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out.push(format!("  {:4} - {}\n", i + 1, a[i]));
            i += 1;
        } else {
            if !ONLY_IN_UEMU.iter().any(|call| b[j].starts_with(call)) {
                out.push(format!("  {:4} + {}\n", i + 1, b[j]));
            }
            j += 1;
        }
    }
    out
}
