//! What the end-to-end tests and `cargo xtask` share: the list of guest programs under
//! `testbins/`, how each is built, and how one is run natively or under uemu.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests build, run and compare programs on the host; nothing here is machine state"
)]

pub mod build;
pub mod paths;
pub mod program;
pub mod run;
pub mod tree;
