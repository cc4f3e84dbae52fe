//! Running commands and saying so.

use std::process::Command;

/// Runs `cargo` in the checkout.
pub(crate) fn cargo(args: &[&str]) -> Result<(), String> {
    let mut command = cargo_command();
    command.args(args).current_dir(uemu_tests::paths::root());
    run(&mut command)
}

/// The cargo that runs this task, which sets CARGO; a plain `cargo` is the fallback.
pub(crate) fn cargo_command() -> Command {
    Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// Runs a command, with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    eprintln!("$ {command:?}");
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}
