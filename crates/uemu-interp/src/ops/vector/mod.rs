//! SSE, AVX and their relatives on the host's own vector unit (x86-64 hosts only; elsewhere the generic step serves).
//!
//! A handler executes the guest's instruction itself, on the guest's values. Float instructions do so only
//! while the guest has every float exception masked (see `crate::fp`).
//!
//! The host works on 128 bits at a time, a YMM register being done in two halves: so the upper halves of its own registers stay
//! clean (mixing dirty ones with the SSE code that surrounds handlers is slow on many processors), a handler needs no
//! target feature, and a VEX form of an SSE2 instruction runs on any host. What SSE2 has not got, the host must
//! offer ([`Isa::on_host`]), or the instruction is left to the generic step.

mod binary;
mod convert;
mod estimate;
mod float;
mod immediate;
mod integer;
mod mask;
mod masked;
mod moves;
mod permute;
mod resize;
mod shift;
mod ternary;
mod width;

pub(crate) use convert::{compare, from_int, to_int};
pub(crate) use immediate::immediate;
pub(crate) use mask::{mask, test};
pub(crate) use masked::{gather_handler, masked_load, masked_store};
pub(crate) use moves::*;
pub(crate) use permute::*;
pub(crate) use resize::{resize, to_half};
pub(crate) use shift::by_immediate;
pub(crate) use ternary::{fused, select};
pub(crate) use width::{Legacy, Size, Vex128, Vex256, Width};

use crate::driver::Handler;
use iced_x86::Mnemonic;
use std::arch::x86_64::__m128i;
use std::mem::transmute;

/// Any 128 bits.
pub(crate) type V = __m128i;

/// The handlers of one operation: last operand a register, then memory by addressing mode (Bd, Bis, Abs).
pub(crate) type Forms = [Handler; 4];

/// An operation's handlers and what they ask for.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// By form of the last operand.
    pub forms: Forms,
    /// Whether MXCSR matters to it.
    pub float: bool,
    /// What the host must have.
    pub isa: Isa,
}

/// What the host must have to execute an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Isa {
    Sse2,
    Sse3,
    Ssse3,
    Sse41,
    Sse42,
    Aes,
    Pclmulqdq,
    Sha,
    Gfni,
    Avx,
    Avx2,
    Fma,
    F16c,
}

impl Isa {
    /// Whether the host has it, switched on by its system.
    pub(crate) fn on_host(self) -> bool {
        match self {
            Isa::Sse2 => true,
            Isa::Sse3 => is_x86_feature_detected!("sse3"),
            Isa::Ssse3 => is_x86_feature_detected!("ssse3"),
            Isa::Sse41 => is_x86_feature_detected!("sse4.1"),
            Isa::Sse42 => is_x86_feature_detected!("sse4.2"),
            Isa::Aes => is_x86_feature_detected!("aes"),
            Isa::Pclmulqdq => is_x86_feature_detected!("pclmulqdq"),
            Isa::Sha => is_x86_feature_detected!("sha"),
            Isa::Gfni => is_x86_feature_detected!("gfni"),
            Isa::Avx => is_x86_feature_detected!("avx"),
            Isa::Avx2 => is_x86_feature_detected!("avx2"),
            Isa::Fma => is_x86_feature_detected!("fma"),
            Isa::F16c => is_x86_feature_detected!("f16c"),
        }
    }
}

/// The handlers of a two-source operation without an immediate.
pub(crate) fn binary(m: Mnemonic, size: Size) -> Option<Row> {
    integer::row(m, size)
        .or_else(|| float::row(m, size))
        .or_else(|| shift::by_register(m, size))
        .or_else(|| estimate::row(m, size))
}

/// The low half given, the high half zero.
#[inline(always)]
fn low(v: u64) -> V {
    pair(v, 0)
}

/// Two halves as one.
#[inline(always)]
fn pair(low: u64, high: u64) -> V {
    // SAFETY: same size, every bit pattern valid.
    unsafe { transmute::<[u64; 2], V>([low, high]) }
}

/// All bits zero.
#[inline(always)]
fn zero() -> V {
    pair(0, 0)
}

/// `forms!(rr::<O, W>, rm::<O, W>)`: the register handler, and the memory handler by its last parameter.
macro_rules! forms {
    ($r:ident $(::<$($a:ty),*>)?, $m:ident $(::<$($b:ty),*>)?) => {
        [
            $r $(::<$($a),*>)? as $crate::driver::Handler,
            $m::<$($($b,)*)? $crate::operand::Bd>,
            $m::<$($($b,)*)? $crate::operand::Bis>,
            $m::<$($($b,)*)? $crate::operand::Abs>,
        ]
    };
}
pub(crate) use forms;
