//! `cargo xtask test`, `testbins` and `native`.

use crate::{sh, tools};
use std::process::Command;
use uemu_tests::build::Job;
use uemu_tests::{build, program, run};

/// Everything, from nothing: tools, guest programs, uemu, unit tests, end-to-end tests.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    testbins()?;
    sh::cargo(&["build", "--release", "--package", "uemu-cli"])?;
    let filter: Vec<&str> = args.iter().map(String::as_str).collect();
    if filter.is_empty() {
        crate::tidy::run()?;
        sh::cargo(&["test", "--workspace", "--exclude", "uemu-tests"])?;
    }
    sh::cargo(&[&["test", "--package", "uemu-tests", "--no-fail-fast", "--"], filter.as_slice()].concat())
}

/// Builds the guest programs that are stale.
pub(crate) fn testbins() -> Result<Vec<Job>, String> {
    tools::ensure()?;
    let programs = program::all()?;
    let jobs = build::jobs(&programs);
    let built = build::build(&jobs)?;
    println!("testbins: {} programs, {} builds, {built} of them made now", programs.len(), jobs.len());
    Ok(jobs)
}

/// Runs the programs natively, twice: the same output, and the status their header promises.
pub(crate) fn native(args: &[String]) -> Result<(), String> {
    let jobs = testbins()?;
    run::fix_limits();
    let mut wrong = 0;
    for job in jobs.iter().filter(|job| !job.program.varies) {
        let title = job.program.title(job.variant);
        if args.iter().any(|a| !title.contains(a.as_str())) {
            continue;
        }
        let (first, second) = (once(job)?, once(job)?);
        if !args.is_empty() {
            print!("== {title}\n{}", String::from_utf8_lossy(&first.stdout));
        }
        if first.status != job.program.status {
            wrong += 1;
            println!("{title}: status {}, its header says {}", first.status, job.program.status);
        }
        if let Some(report) = run::difference(&first, &second) {
            wrong += 1;
            println!("{title}: two native runs differ\n{}", report.replace("uemu:  ", "again: "));
        }
    }
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} programs are not fit to compare with")) }
}

fn once(job: &Job) -> Result<run::Outcome, String> {
    let temp = std::env::temp_dir().join(format!("uemu-native-{}", std::process::id()));
    let dir = temp.join("work");
    std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
    let mut command = Command::new(job.program.binary(job.variant));
    command.args(&job.program.args).env_clear();
    command.envs(job.program.env.iter().filter_map(|e| e.split_once('=')));
    let outcome = run::run(&mut command, &dir, &job.program.stdin);
    std::fs::remove_dir_all(&temp).map_err(|e| e.to_string())?;
    outcome
}
