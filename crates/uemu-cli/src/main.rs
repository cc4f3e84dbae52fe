//! The `uemu` command.
fn main() {}
