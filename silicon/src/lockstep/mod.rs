//! `cargo xtask lockstep`: a program natively and under uemu, instruction by instruction.
//!
//! The processor runs it under ptrace(2); uemu gets a copy of the registers and the memory, runs the same instructions, and
//! is held against the processor after each (`docs/lockstep.md`).

mod facts;
mod guest;
mod maps;
mod native;
mod plant;
mod ptrace;
mod report;
mod session;
mod state;
mod stretch;
mod tolerance;
mod tracee;
mod verify;

use iced_x86::Mnemonic;
use native::Native;
use plant::Planted;
use session::{Session, Verdict};
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use tracee::Ended;
use uemu_cpu::{CpuModel, Engine};
use verify::{Engines, Tier};

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Compare at most N instructions
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    limit: u64,
    /// Do not compare the first N instructions
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    skip: u64,
    /// The engine to compare [default: both]
    #[arg(long, value_enum)]
    engine: Option<Tier>,
    /// The processor that CPUID shows to both sides, as `uemu --cpu` has it
    #[arg(long, value_name = "MODEL", default_value = "max", value_parser = model)]
    cpu: CpuModel,
    /// Spoil what this instruction writes under uemu, to see that it is found
    #[arg(long, value_name = "MNEMONIC", value_parser = mnemonic)]
    plant: Option<Mnemonic>,
    /// The program, as the shell would find it
    #[arg(value_name = "PROGRAM")]
    program: OsString,
    /// Its arguments
    #[arg(value_name = "ARGS", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

fn model(text: &str) -> Result<CpuModel, String> {
    CpuModel::parse(text).map_err(|e| e.to_string())
}

fn mnemonic(text: &str) -> Result<Mnemonic, String> {
    let found = Mnemonic::values().find(|m| format!("{m:?}").eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("no instruction is called '{text}'"))
}

/// Runs the task.
pub(crate) fn run(options: &Options) -> Result<ExitCode, String> {
    let tiers = match options.engine {
        Some(tier) => vec![tier],
        None => vec![Tier::Step, Tier::Interp],
    };
    let engine = |tier: Tier| -> (Tier, Box<dyn Engine>) {
        let engine = tier.engine(options.cpu);
        match options.plant {
            Some(mnemonic) => (tier, Box::new(Planted::new(engine, mnemonic))),
            None => (tier, engine),
        }
    };
    let engines: Engines = tiers.into_iter().map(engine).collect();
    let mut command = Command::new(&options.program);
    command.args(&options.args);
    let failed = |e| format!("lockstep: {e}");
    let native = Native::start(&mut command, options.cpu).map_err(failed)?;
    let mut session = Session::start(native, engines, options.skip).map_err(failed)?;
    match session.run(options.limit).map_err(failed)? {
        Verdict::Differ(text) => {
            print!("{text}");
            Ok(ExitCode::FAILURE)
        }
        Verdict::Agree(end) => {
            match end {
                Some(Ended::Exited(status)) => println!("lockstep: the program exited with status {status}"),
                Some(Ended::Killed(signal)) => println!("lockstep: the program was killed by signal {signal}"),
                None => println!("lockstep: the limit is reached; the program is killed"),
            }
            if session.skipped > 0 {
                println!("lockstep: {} instructions before these were not compared", session.skipped);
            }
            println!("lockstep: {} instructions, {} system calls, no difference", session.instructions, session.calls);
            Ok(ExitCode::SUCCESS)
        }
    }
}
