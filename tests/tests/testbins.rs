//! Every program under testbins/ gives the same output, status and files under uemu as
//! natively, in each way of running it.
#![forbid(unsafe_code)]

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use uemu_tests::build::Job;
use uemu_tests::run::{self, Outcome};
use uemu_tests::{build, paths, program};

/// Ways of running a program that must not change what it does.
const WAYS: [(&str, &[&str]); 4] =
    [("default", &[]), ("slice-7", &["--slice", "7"]), ("slice-1", &["--slice", "1"]), ("step", &["--engine", "step"])];

fn main() {
    let args = Arguments::from_args();
    run::fix_limits();
    let jobs = match program::all() {
        Ok(programs) => build::jobs(&programs),
        Err(e) => panic!("{e}"),
    };
    if !args.list {
        if let Err(e) = build::build(&jobs) {
            panic!("guest programs do not build (`cargo xtask testbins` says more):\n{e}");
        }
        paths::uemu();
    }
    let trials = jobs.into_iter().filter(|job| !job.program.varies).flat_map(trials_of).collect();
    libtest_mimic::run(&args, trials).exit();
}

/// The native run, made once and shared by all ways.
type Native = Arc<OnceLock<Result<Outcome, String>>>;

fn trials_of(job: Job) -> Vec<Trial> {
    let (job, native) = (Arc::new(job), Native::default());
    let trial = |&(way, options): &(&str, &'static [&'static str])| {
        let (job, native) = (Arc::clone(&job), Arc::clone(&native));
        let name = format!("{}/{way}", job.program.title(job.variant));
        Trial::test(name, move || compare(&job, &native, options))
    };
    WAYS.iter().map(trial).collect()
}

fn compare(job: &Job, native: &Native, options: &[&str]) -> Result<(), Failed> {
    let native = native.get_or_init(|| run_native(job)).as_ref().map_err(Failed::from)?;
    if native.status != job.program.status {
        let shown = String::from_utf8_lossy(&native.stdout);
        return Err(format!("natively: status {}, not {}\n{shown}", native.status, job.program.status).into());
    }
    let uemu = run_uemu(job, options)?;
    match run::difference(native, &uemu) {
        Some(report) => Err(report.into()),
        None => killed_is_told(native, &uemu),
    }
}

/// A guest killed by a signal gets a message on stderr.
fn killed_is_told(native: &Outcome, uemu: &Outcome) -> Result<(), Failed> {
    let (_, notes) = run::split_notes(&uemu.stderr);
    if native.status > 128 && !notes.contains("SIG") {
        return Err(format!("status {} but no message names the signal: {notes:?}", native.status).into());
    }
    Ok(())
}

/// An empty working directory with the same base name in every run.
fn work_dir() -> Result<(tempfile::TempDir, std::path::PathBuf), String> {
    let temp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let dir = temp.path().join("work");
    std::fs::create_dir(&dir).map_err(|e| e.to_string())?;
    Ok((temp, dir))
}

fn run_native(job: &Job) -> Result<Outcome, String> {
    let (_keep, dir) = work_dir()?;
    let mut command = Command::new(job.program.binary(job.variant));
    command.args(&job.program.args).env_clear();
    command.envs(job.program.env.iter().filter_map(|e| e.split_once('=')));
    run::run(&mut command, &dir, &job.program.stdin)
}

fn run_uemu(job: &Job, options: &[&str]) -> Result<Outcome, String> {
    let (_keep, dir) = work_dir()?;
    let mut command = run::uemu();
    command.args(options).arg("--bind").arg(&dir).arg("--cwd").arg(&dir);
    for variable in &job.program.env {
        command.args(["--env", variable]);
    }
    command.arg(job.program.binary(job.variant)).args(&job.program.args);
    run::run(&mut command, &dir, &job.program.stdin)
}
