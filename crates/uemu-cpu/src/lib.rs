//! x86-64 CPU state, lazy flags, CPUID models, exits, and the seam between machine and engine: [`Engine`].
#![forbid(unsafe_code)]

pub mod cpuid;
mod engine;
mod exit;
mod feature;
pub mod flags;
pub mod save_area;
mod state;

pub use cpuid::{BadCpu, CpuModel};
pub use engine::Engine;
pub use exit::{Exception, Exit, TSC_AUX};
pub use feature::Feature;
pub use flags::{Flags, LazyFlags};
pub use state::{CpuState, Gpr, Mxcsr, Segment, Vector, X87};
