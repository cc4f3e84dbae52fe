//! How a run ended.

use crate::CrashReport;
use std::fmt;
use uemu_abi::signal::Signal;

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// The first process called exit(2).
    Exited(u8),
    /// A signal killed it.
    Killed {
        /// Which.
        signal: Signal,
        /// Where and why, if an instruction raised it or its sender is known.
        report: Option<CrashReport>,
    },
    /// Every task waits for what can never happen.
    Deadlock,
    /// The limit on instructions is reached.
    OutOfInstructions {
        /// The limit.
        limit: u64,
    },
}

/// How a run ended, and what is worth telling of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// How.
    pub end: End,
    /// Shortcomings of uemu that the guest met, a line each.
    pub notes: Vec<String>,
}

impl Outcome {
    /// The status of a command that ran the guest: its own, 128+N for signal N, 125 if uemu ended the run.
    pub fn status(&self) -> u8 {
        match &self.end {
            End::Exited(status) => *status,
            End::Killed { signal, .. } => 128 + signal.number(),
            End::Deadlock | End::OutOfInstructions { .. } => 125,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.end {
            End::Exited(status) => write!(f, "exited with status {status}"),
            End::Killed { report: Some(report), .. } => write!(f, "{report}"),
            End::Killed { signal, report: None } => write!(f, "killed by {} ({})", signal.name(), signal.description()),
            End::Deadlock => write!(
                f,
                "deadlock: every thread of the guest waits, and nothing can ever end that\n\
                 run `uemu trace -f` to see what each waits for"
            ),
            End::OutOfInstructions { limit } => {
                write!(f, "ended after {limit} instructions, as --max-instructions {limit} says")
            }
        }
    }
}
