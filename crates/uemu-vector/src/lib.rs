//! Instruction vectors: one instruction, what it found, and what came of it.
//!
//! The oracle makes them (a processor ran the instruction), tests run them through each engine, and both use this
//! crate for the setting ([`layout`]), the run ([`Bench`]) and the text ([`Vector`]). A line of text reads
//!
//! ```text
//! 480fafc3 rax=2 rbx=3 flags=----P- => rax=6 flags=-????- ; imul rax, rbx
//! ```
//!
//! Code bytes, then what differs from the default state, then what the instruction changed, or its signal
//! (`SIGSEGV/SEGV_MAPERR@10003000`, which leaves RIP where it was). Numbers are hexadecimal.
//!
//! | token | meaning |
//! |---|---|
//! | `rax=` .. `r15=`, `rip=`, `mxcsr=` | registers |
//! | `fsbase=`, `gsbase=`, `ds=`, `es=`, `fs=`, `gs=` | segment bases and selectors |
//! | `flags=OSZAPC` | each flag's letter if set, `-` if clear, `?` if undefined; then `+DF`, `+TF`, ... |
//! | `xmm0=`, `ymm0=` | a vector register: its low 128 bits (the rest as it was), or 256 |
//! | `cw=`, `sw=`, `tags=`, `fpr0=` | x87: control, status with TOP, FXSAVE's tag byte, physical registers |
//! | `[10000000]=` | bytes at an address |
#![forbid(unsafe_code)]

mod case;
mod difference;
pub mod layout;
mod parse;
mod run;
mod write;

pub use case::{Case, End, Outcome, Vector};
pub use difference::differences;
pub use parse::BadVector;
pub use run::Bench;
