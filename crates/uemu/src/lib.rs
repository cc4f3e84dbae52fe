//! uemu as a library: a [`Machine`] is an emulated kernel, an engine that executes guest instructions, and a host.
//!
//! ```no_run
//! use uemu::{Builder, MemoryHost};
//!
//! let bytes = b"\x7fELF...".to_vec();
//! let mut machine = Builder::new("/bin/program").file("/bin/program", bytes, 0o755).arg("-v").build(MemoryHost::new(b"input"))?;
//! let outcome = machine.run();
//! println!("{outcome}: {}", String::from_utf8_lossy(&machine.host().stdout));
//! # Ok::<(), uemu::StartError>(())
//! ```
//!
//! Nothing of the host is visible to the guest but what the [`Host`] grants and the builder binds; and the same program
//! with the same inputs retires the same instructions and writes the same bytes, every time.
#![forbid(unsafe_code)]

mod builder;
mod crash;
mod machine;
mod outcome;

pub use builder::{Builder, EngineKind, StartError};
pub use crash::{CrashReport, UnimplementedInstruction, disassembly};
pub use machine::{Machine, Stats};
pub use outcome::{End, Outcome};
pub use uemu_cpu::{CpuModel, CpuState, Engine, Exit, Gpr};
pub use uemu_host::{GrantId, Host, MemoryHost, SystemHost};
pub use uemu_interp::{Interpreter, StepEngine};
pub use uemu_kernel as kernel;
pub use uemu_kernel::Limits;
pub use uemu_kernel::clock::ClockMode;
pub use uemu_kernel::observe::Observer;
pub use uemu_loader as loader;
