//! `lockstep` finds no difference in the test suite's programs, and finds one that was planted.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "tests build and run programs on the host")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use uemu_tests::{build, program, run};

/// The program of this title, built, and the exit status it must have (128+N for signal N).
fn testbin(title: &str) -> (PathBuf, i32) {
    let programs = program::all().expect("testbins/ is readable");
    let job = build::jobs(&programs).into_iter().find(|j| j.program.title(j.variant) == title);
    let job = job.unwrap_or_else(|| panic!("testbins/ has no {title}"));
    build::build(std::slice::from_ref(&job)).expect("it compiles");
    (job.program.binary(job.variant), job.program.status)
}

/// Exit status and what was said, in a directory of its own.
fn lockstep(name: &str, options: &[&str], title: &str) -> (bool, String) {
    run::fix_limits();
    let (program, _) = testbin(title);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_uemu-silicon"));
    command.arg("lockstep").args(options).arg(&program).current_dir(&dir).stdin(Stdio::null()).env_clear();
    let output = command.output().expect("it starts");
    let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
    (output.status.success(), text.join("\n"))
}

/// Instructions and system calls of the last line, if it says that there is no difference.
fn figures(text: &str) -> Option<(u64, u64)> {
    let line = text.lines().find(|l| l.ends_with("no difference"))?;
    let words: Vec<&str> = line.split(' ').collect();
    let ["lockstep:", instructions, "instructions,", calls, "system", "calls,", "no", "difference"] = words[..] else {
        return None;
    };
    Some((instructions.parse().ok()?, calls.parse().ok()?))
}

#[test]
fn programs_run_as_the_processor_runs_them() {
    const LIMIT: u64 = 20_000;
    // A title, and whether it ends before the limit.
    let programs = [
        ("hello/hello[nostdlib]", true),
        ("hello/hello[static-pie]", false),
        ("hello/exceptions[cpp]", false),
        ("selfmod/running_block[nostdlib]", true),
        ("selfmod/rewrite[musl]", false),
        ("isa/machine[musl]", true),
        ("math/long_double[musl]", false),
        ("memory/protect[musl]", false),
        ("hostile/divide[musl]", true),
        ("hostile/not_executable[musl]", true),
        ("signals/registers[musl]", true),
        ("process/execs[musl]", false),
    ];
    for (title, ends) in programs {
        let (fine, text) = lockstep("agree", &["--limit", &LIMIT.to_string()], title);
        let found = figures(&text);
        assert!(fine && found.is_some(), "{title}:\n{text}");
        let (instructions, calls) = found.unwrap_or_default();
        let status = testbin(title).1;
        let last = match status {
            129.. => format!("killed by signal {}", status - 128),
            _ => format!("exited with status {status}"),
        };
        // How many instructions a program has depends on the compiler.
        let ended = text.contains(&last) && calls > 0;
        assert!(ended || !ends && instructions == LIMIT, "{title}: {text}");
    }
}

#[test]
fn one_engine_on_one_model_from_the_middle_on() {
    for engine in ["step", "interp"] {
        let options = ["--engine", engine, "--cpu", "x86-64-v1", "--skip", "3000", "--limit", "3000"];
        let (fine, text) = lockstep("middle", &options, "hello/hello[glibc]");
        assert!(fine && text.contains("3000 instructions before these"), "{text}");
        assert_eq!(figures(&text).map(|f| f.0), Some(3000), "{text}");
    }
}

#[test]
fn what_is_planted_is_found_and_named() {
    for engine in ["step", "interp"] {
        for (mnemonic, code) in
            [("shl", "Shl_"), ("cmp", "Cmp_"), ("movups", "Movups_"), ("push", "Push"), ("stosq", "Stosq_")]
        {
            let options = ["--engine", engine, "--plant", mnemonic];
            let (fine, text) = lockstep("planted", &options, "hello/hello[glibc]");
            assert!(!fine, "{engine} {mnemonic}: {text}");
            assert_eq!(figures(&text), None);
            let line =
                |n: usize| text.lines().skip_while(|l| !l.starts_with("lockstep: difference")).nth(n).unwrap_or("");
            assert!(line(1).contains(" at 0x") && line(1).contains("hello.glibc"), "{text}");
            assert!(
                line(2).contains(&format!("    {mnemonic} ")) || line(2).contains(&format!("rep {mnemonic}")),
                "{text}"
            );
            assert!(line(3).contains(engine), "{text}");
            let marked = text.lines().filter(|l| l.starts_with("  * ")).count();
            assert_eq!(marked, 1, "only what differs is marked: {text}");
            assert!(text.contains(&format!("next: cargo xtask oracle --code {code}")), "{text}");
        }
    }
}
