//! RCPPS, RSQRTPS and their scalar forms.
//!
//! The host's own estimates will not do: each vendor's bits are its own, and a guest must see the same on every host. So lanes are
//! computed by the generic step's functions, with the host's unit taken back from the guest meanwhile.

use super::binary::{Binary, packed, scalar};
use super::{Isa, Row, Size, V};
use crate::fp;
use crate::generic::float::Env;
use iced_x86::Mnemonic;
use std::arch::x86_64::_mm_cvtsi128_si32;
use std::mem::transmute;

/// Estimates of all lanes of `v`. In a function of its own, for what it does lets locals' addresses escape.
#[inline(never)]
fn lanes<const ROOT: bool>(v: u128) -> u128 {
    // SAFETY: same size, every bit pattern valid.
    let v = unsafe { transmute::<u128, [u32; 4]>(v) };
    let r = fp::aside(v, |v| v.map(if ROOT { Env::rsqrt } else { Env::rcp }));
    // SAFETY: as above.
    unsafe { transmute::<[u32; 4], u128>(r) }
}

/// The estimate of one.
#[inline(never)]
fn lane<const ROOT: bool>(v: u32) -> u32 {
    fp::aside(v, if ROOT { Env::rsqrt } else { Env::rcp })
}

struct Packed<const ROOT: bool>;
impl<const ROOT: bool> Binary for Packed<ROOT> {
    const BYTES: usize = 16;
    #[inline(always)]
    fn eval(_: V, b: V) -> V {
        // SAFETY: same size, every bit pattern valid.
        unsafe { transmute::<u128, V>(lanes::<ROOT>(transmute::<V, u128>(b))) }
    }
}

struct Scalar<const ROOT: bool>;
impl<const ROOT: bool> Binary for Scalar<ROOT> {
    const BYTES: usize = 4;
    #[inline(always)]
    fn eval(a: V, b: V) -> V {
        // SAFETY: SSE2 is part of x86-64; both are 128 bits, every bit pattern valid.
        unsafe {
            let r = lane::<ROOT>(_mm_cvtsi128_si32(b) as u32);
            let [_, rest @ ..] = transmute::<V, [u32; 4]>(a);
            transmute::<[u32; 4], V>([r, rest[0], rest[1], rest[2]])
        }
    }
}

/// The handlers of an estimate.
pub(super) fn row(m: Mnemonic, size: Size) -> Option<Row> {
    let forms = match m {
        Mnemonic::Rcpps | Mnemonic::Vrcpps => packed::<Packed<false>>(size),
        Mnemonic::Rsqrtps | Mnemonic::Vrsqrtps => packed::<Packed<true>>(size),
        Mnemonic::Rcpss | Mnemonic::Vrcpss => scalar::<Scalar<false>>(size),
        Mnemonic::Rsqrtss | Mnemonic::Vrsqrtss => scalar::<Scalar<true>>(size),
        _ => return None,
    };
    Some(Row { forms: forms?, float: false, isa: Isa::Sse2 })
}
