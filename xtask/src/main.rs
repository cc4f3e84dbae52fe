//! Project tasks: `cargo xtask {test, testbins, bench, tidy, demo}`.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people on the host: it builds, runs, measures and prints"
)]

mod bench;
mod sh;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK
  test [FILTER]   install what is missing (as root), build everything, run every test
  testbins        build the guest programs under testbins/ that are stale, into testbins/out/
  native [FILTER] run the guest programs natively, twice, and check that they say the same
  bench [--filter K] [--peer PATH] [--runs N]
                  measure against native (and a peer emulator), print a table
  oracle [...]    compare every encoding with this processor (--help says more)
  lockstep PROGRAM [ARGS...]
                  compare a program's every instruction with this processor
  tidy            check the house rules no compiler checks
  demo            cargo run --release -- demo";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    let done = match args.first().map(String::as_str) {
        Some("test") => test::run(rest),
        Some("testbins") => test::testbins().map(drop),
        Some("native") => test::native(rest),
        Some("bench") => bench::run(rest),
        Some("oracle" | "lockstep") => silicon(&args),
        Some("tidy") => tidy::run(),
        Some("demo") => sh::cargo(&["run", "--release", "--package", "uemu-cli", "--", "demo"]),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// The tasks of `silicon/`, which builds the engine and is a program of its own for that. It runs where we do:
/// its arguments name files.
fn silicon(args: &[String]) -> Result<(), String> {
    let manifest = uemu_tests::paths::root().join("Cargo.toml");
    let mut command = sh::cargo_command();
    command.args(["run", "--quiet", "--package", "uemu-silicon", "--manifest-path"]).arg(manifest).arg("--").args(args);
    sh::run(&mut command)
}
