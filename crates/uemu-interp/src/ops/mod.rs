//! The handlers, one file a family. Each is monomorphised over what `lower` knows of an instruction.
//!
//! A handler reads all its operands before it writes any, and touches memory through the TLB; when that
//! misses it jumps to [`slow`] with nothing changed, so that the op can be run again or done generically.

pub(crate) mod alu;
pub(crate) mod bits;
pub(crate) mod cond;
pub(crate) mod control;
pub(crate) mod mov;
pub(crate) mod muldiv;
pub(crate) mod shift;
pub(crate) mod slow;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sse;
pub(crate) mod stack;
pub(crate) mod x87;
