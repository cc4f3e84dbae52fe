//! The processor this runs on as the judge of uemu: `oracle` compares encodings, `lockstep` programs.
//!
//! Started through `cargo xtask oracle` and `cargo xtask lockstep`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people on the host: it executes natively, compares and prints"
)]

mod bounds;
mod flags;
mod lockstep;
mod oracle;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "uemu-silicon", about)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Compare instruction encodings with their native execution.
    Oracle(oracle::Options),
    /// Run a program natively and under uemu, instruction by instruction.
    Lockstep(lockstep::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Oracle(options) => oracle::run(&options),
        Task::Lockstep(options) => lockstep::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
