//! SSE and SSE2 on the host's own vector unit (x86-64 hosts only; elsewhere the generic step serves).
//!
//! A handler executes the guest's instruction itself, on the guest's values. Float instructions do so only
//! in code lowered for the default control bits of the guest's MXCSR (see `crate::fp`).

mod binary;
mod convert;
mod moves;
mod shuffle;

pub(crate) use binary::handlers as binary_handlers;
pub(crate) use convert::{compare, from_int, to_int};
pub(crate) use moves::*;
pub(crate) use shuffle::*;

use std::arch::x86_64::__m128i;

/// Any 128 bits.
pub(crate) type V = __m128i;
