//! The `uemu` command.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the command stands outside the machine: it may name the host's files, environment and clock"
)]

mod demo;
mod options;
mod paths;
mod run;
mod say;
mod syscalls;
mod values;

use options::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    let status = match options::parse(std::env::args_os().collect()) {
        Ok(Command::Run(args)) => run::run(&args.machine).unwrap_or_else(|f| f.told()),
        Ok(Command::Trace(args)) => run::trace(&args).unwrap_or_else(|f| f.told()),
        Ok(Command::Syscalls(args)) => syscalls::run(&args),
        Ok(Command::Demo(_)) => demo::run().unwrap_or_else(|f| f.told()),
        Err(e) if e.use_stderr() => {
            say::say(e.render().to_string().trim_start_matches("error: ").trim_end());
            125
        }
        // Help and version.
        Err(e) => {
            // Nothing can be done for a reader that went away.
            let _ = e.print();
            0
        }
    };
    ExitCode::from(status)
}
