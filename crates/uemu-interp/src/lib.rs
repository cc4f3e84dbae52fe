//! The interpreter.
//!
//! `lower` turns a basic block decoded by iced-x86 into `Op`s, each with a handler specialised for its
//! operation, width and operand forms (`ops`); blocks live in a `cache` and are chained. What has no
//! specialised handler, and every access that leaves the fast path, goes through `generic`: one
//! straightforward implementation of each instruction over the iced instruction, correct first.

mod cache;
mod driver;
mod engine;
mod features;
mod fp;
pub mod generic;
mod lower;
mod op;
mod operand;
mod ops;
mod shift;
mod step;
#[cfg(test)]
mod testing;

pub use engine::{Interpreter, Stats};
pub use features::{Requirement, offered, requirement};
pub use step::StepEngine;
