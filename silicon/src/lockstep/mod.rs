//! `cargo xtask lockstep`.

use std::process::ExitCode;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {}

/// Runs the task.
pub(crate) fn run(_options: &Options) -> Result<ExitCode, String> {
    Err("lockstep: not written yet".to_owned())
}
