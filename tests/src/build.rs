//! Compiles guest programs that are stale, several at a time.

use crate::paths;
use crate::program::{Program, Variant};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

/// One compilation: a program in one variant.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is compiled.
    pub program: Program,
    /// How.
    pub variant: Variant,
}

/// All jobs of all programs.
pub fn jobs(programs: &[Program]) -> Vec<Job> {
    let each = |p: &Program| p.variants.iter().map(|&variant| Job { program: p.clone(), variant }).collect::<Vec<_>>();
    programs.iter().flat_map(each).collect()
}

/// Compiles the jobs whose output is missing or older than its source, the shared headers
/// or its command line. Returns how many were compiled.
///
/// # Errors
/// The compilers' messages of all jobs that failed.
pub fn build(jobs: &[Job]) -> Result<usize, String> {
    let stale: Vec<&Job> = jobs.iter().filter(|job| is_stale(job)).collect();
    let next = Mutex::new(stale.iter());
    let errors = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(job) = next.lock().expect("no worker panics").next() else {
                        break;
                    };
                    if let Err(e) = compile(job) {
                        errors.lock().expect("no worker panics").push(e);
                    }
                }
            });
        }
    });
    let errors = errors.into_inner().expect("no worker panics");
    if errors.is_empty() { Ok(stale.len()) } else { Err(errors.join("\n")) }
}

fn command(job: &Job) -> Vec<String> {
    let common = ["-O2", "-g1", "-pthread", "-D_GNU_SOURCE"];
    let (compiler, flags): (&str, &[&str]) = match job.variant {
        Variant::Glibc => ("gcc", &["-static"]),
        Variant::StaticPie => ("gcc", &["-static-pie"]),
        Variant::Musl => ("musl-gcc", &["-static"]),
        Variant::Debug => ("gcc", &["-static", "-O0"]),
        Variant::Nostdlib => ("gcc", &["-nostdlib", "-static", "-no-pie"]),
        Variant::NostdlibPie => ("gcc", &["-nostdlib", "-static-pie"]),
        Variant::Cpp => ("g++", &["-static", "-std=c++20"]),
        Variant::Rust => ("rustc", &["--edition=2024", "-O", "-Ctarget-feature=+crt-static", "-Cpanic=unwind"]),
    };
    let mut words = vec![compiler.to_owned()];
    if job.variant != Variant::Rust {
        words.extend(common.map(str::to_owned));
        words.push(format!("-I{}", paths::testbins().display()));
    }
    words.extend(flags.iter().map(|&f| f.to_owned()));
    words.extend(job.program.flags.iter().cloned());
    words.push(job.program.source.display().to_string());
    words.extend(["-o".to_owned(), job.program.binary(job.variant).display().to_string()]);
    if !matches!(job.variant, Variant::Rust | Variant::Nostdlib | Variant::NostdlibPie) {
        words.push("-lm".to_owned());
    }
    words
}

/// The file beside the output that remembers the command line it was made with.
fn memo(output: &Path) -> PathBuf {
    output.with_added_extension("cmd")
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|m| m.modified()).ok()
}

fn is_stale(job: &Job) -> bool {
    let output = job.program.binary(job.variant);
    let Some(built) = modified(&output) else {
        return true;
    };
    let inputs = [job.program.source.clone(), paths::testbins().join("show.h")];
    inputs.iter().any(|input| modified(input).is_none_or(|t| t > built))
        || std::fs::read_to_string(memo(&output)).ok() != Some(command(job).join(" "))
}

fn compile(job: &Job) -> Result<(), String> {
    let words = command(job);
    let line = words.join(" ");
    let output = job.program.binary(job.variant);
    let failed = |e: &dyn std::fmt::Display| format!("{line}\n{e}");
    let dir = output.parent().ok_or_else(|| failed(&"no output directory"))?;
    std::fs::create_dir_all(dir).map_err(|e| failed(&e))?;
    let (compiler, args) = words.split_first().ok_or_else(|| failed(&"no compiler"))?;
    let done = Command::new(compiler).args(args).output().map_err(|e| failed(&e))?;
    if !done.status.success() {
        return Err(failed(&String::from_utf8_lossy(&done.stderr)));
    }
    std::fs::write(memo(&output), &line).map_err(|e| failed(&e))
}
