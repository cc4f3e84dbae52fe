//! Tests of the kernel without an engine: tasks make the calls a test says.

mod futex;
mod process;
mod random;
mod signal;
mod time;
