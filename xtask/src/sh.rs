//! Running commands and saying so.

use std::process::Command;

/// Runs `cargo` in the checkout.
pub(crate) fn cargo(args: &[&str]) -> Result<(), String> {
    // The cargo that runs this task sets CARGO; a plain `cargo` is the fallback.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(uemu_tests::paths::root());
    run(&mut command)
}

/// Runs a command, with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    eprintln!("$ {command:?}");
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}
