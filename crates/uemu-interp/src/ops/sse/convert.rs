//! Between integers and floats, and scalar comparisons into flags.

use super::V;
use super::binary::set_v;
use crate::driver::{Handler, Scratch, go, handler};
use crate::operand::{Abs, Bd, Bis, Fs, Int, Mode, get, set};
use crate::ops::slow::miss_read;
use iced_x86::Mnemonic;
use std::arch::asm;
use std::mem::transmute;
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, Flags};

/// Integer to scalar float.
pub(crate) trait FromInt: 'static {
    type Int: Int;
    fn eval(a: V, v: u64) -> V;
}
/// Scalar float to integer.
pub(crate) trait ToInt: 'static {
    type Int: Int;
    type Float: Int;
    fn eval(v: V) -> u64;
}
/// Scalar comparison into ZF, PF, CF.
pub(crate) trait Compare: 'static {
    type Float: Int;
    fn eval(a: V, b: V) -> u64;
}

macro_rules! from_int {
    ($($name:ident: $int:ty = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl FromInt for $name {
            type Int = $int;
            #[inline(always)]
            fn eval(a: V, v: u64) -> V {
                let mut r = a;
                // SAFETY: an SSE2 register-to-register instruction; may set sticky flags (`crate::fp`).
                unsafe { asm!($asm, inout(xmm_reg) r, in(reg) v, options(nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
from_int! {
    Si32ToSd: u32 = "cvtsi2sd {}, {:e}" Si64ToSd: u64 = "cvtsi2sd {}, {}"
    Si32ToSs: u32 = "cvtsi2ss {}, {:e}" Si64ToSs: u64 = "cvtsi2ss {}, {}"
}
macro_rules! to_int {
    ($($name:ident: $float:ty, $int:ty = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl ToInt for $name {
            type Int = $int;
            type Float = $float;
            #[inline(always)]
            fn eval(v: V) -> u64 {
                let r: u64;
                // SAFETY: an SSE2 register-to-register instruction; may set sticky flags (`crate::fp`).
                unsafe { asm!($asm, out(reg) r, in(xmm_reg) v, options(nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
to_int! {
    SdToSi32: u64, u32 = "cvtsd2si {:e}, {}" SdToSi64: u64, u64 = "cvtsd2si {}, {}"
    SdToSi32T: u64, u32 = "cvttsd2si {:e}, {}" SdToSi64T: u64, u64 = "cvttsd2si {}, {}"
    SsToSi32: u32, u32 = "cvtss2si {:e}, {}" SsToSi64: u32, u64 = "cvtss2si {}, {}"
    SsToSi32T: u32, u32 = "cvttss2si {:e}, {}" SsToSi64T: u32, u64 = "cvttss2si {}, {}"
}
macro_rules! compares {
    ($($name:ident: $float:ty = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl Compare for $name {
            type Float = $float;
            #[inline(always)]
            fn eval(a: V, b: V) -> u64 {
                let (zf, pf, cf): (u8, u8, u8);
                // SAFETY: an SSE2 register-to-register comparison; may set sticky flags (`crate::fp`).
                unsafe {
                    asm!(concat!($asm, " {}, {}"), "setz {}", "setp {}", "setc {}", in(xmm_reg) a, in(xmm_reg) b,
                        out(reg_byte) zf, out(reg_byte) pf, out(reg_byte) cf, options(nomem, nostack));
                }
                (zf as u64) << Flags::ZF.trailing_zeros() | (pf as u64) << Flags::PF.trailing_zeros() | cf as u64
            }
        }
    )*};
}
compares! { ComSd: u64 = "comisd" UcomSd: u64 = "ucomisd" ComSs: u32 = "comiss" UcomSs: u32 = "ucomiss" }

#[inline(always)]
fn low(v: u64) -> V {
    // SAFETY: same size, every bit pattern valid.
    unsafe { transmute::<[u64; 2], V>([v, 0]) }
}

/// # Safety
/// `c` is valid.
#[inline(always)]
unsafe fn set_flags(c: *mut CpuState, flags: u64) {
    // SAFETY: the caller's promise.
    let f = unsafe { &mut (*c).flags };
    f.kind = Kind::new(Kind::EAGER, 0);
    f.a = flags;
}

handler! {
    fn from_r[O: FromInt](c, op, t, f, x) {
        let r = O::eval(get(c, (*op).d), get::<O::Int>(c, (*op).s).u());
        set_v(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn from_m[O: FromInt, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<O::Int>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = O::eval(get(c, (*op).d), v.u());
        set_v(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn to_r[O: ToInt](c, op, t, f, x) {
        let r = O::eval(get(c, (*op).s));
        set(c, (*op).d, O::Int::of(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn to_m[O: ToInt, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<O::Float>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = O::eval(low(v.u()));
        set(c, (*op).d, O::Int::of(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn compare_r[O: Compare](c, op, t, f, x) {
        let flags = O::eval(get(c, (*op).d), get(c, (*op).s));
        set_flags(c, flags);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn compare_m[O: Compare, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<O::Float>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let flags = O::eval(get(c, (*op).d), low(v.u()));
        set_flags(c, flags);
        go!(c, op.add(1), t, f, x)
    }
}

/// Handlers of one operation: register form, then by addressing mode (Bd, Bis, Abs, Fs).
macro_rules! forms {
    ($o:ty, $r:ident, $m:ident) => {
        [$r::<$o> as Handler, $m::<$o, Bd>, $m::<$o, Bis>, $m::<$o, Abs>, $m::<$o, Fs>]
    };
}

/// CVTSI2SD and CVTSI2SS from an integer of `bytes`.
pub(crate) fn from_int(mnemonic: Mnemonic, bytes: usize) -> Option<[Handler; 5]> {
    Some(match (mnemonic, bytes) {
        (Mnemonic::Cvtsi2sd, 4) => forms!(Si32ToSd, from_r, from_m),
        (Mnemonic::Cvtsi2sd, 8) => forms!(Si64ToSd, from_r, from_m),
        (Mnemonic::Cvtsi2ss, 4) => forms!(Si32ToSs, from_r, from_m),
        (Mnemonic::Cvtsi2ss, 8) => forms!(Si64ToSs, from_r, from_m),
        _ => return None,
    })
}

/// CVTSD2SI, CVTSS2SI and their truncating twins to an integer of `bytes`.
pub(crate) fn to_int(mnemonic: Mnemonic, bytes: usize) -> Option<[Handler; 5]> {
    Some(match (mnemonic, bytes) {
        (Mnemonic::Cvtsd2si, 4) => forms!(SdToSi32, to_r, to_m),
        (Mnemonic::Cvtsd2si, 8) => forms!(SdToSi64, to_r, to_m),
        (Mnemonic::Cvttsd2si, 4) => forms!(SdToSi32T, to_r, to_m),
        (Mnemonic::Cvttsd2si, 8) => forms!(SdToSi64T, to_r, to_m),
        (Mnemonic::Cvtss2si, 4) => forms!(SsToSi32, to_r, to_m),
        (Mnemonic::Cvtss2si, 8) => forms!(SsToSi64, to_r, to_m),
        (Mnemonic::Cvttss2si, 4) => forms!(SsToSi32T, to_r, to_m),
        (Mnemonic::Cvttss2si, 8) => forms!(SsToSi64T, to_r, to_m),
        _ => return None,
    })
}

/// COMISD, UCOMISD, COMISS, UCOMISS.
pub(crate) fn compare(mnemonic: Mnemonic) -> Option<[Handler; 5]> {
    Some(match mnemonic {
        Mnemonic::Comisd => forms!(ComSd, compare_r, compare_m),
        Mnemonic::Ucomisd => forms!(UcomSd, compare_r, compare_m),
        Mnemonic::Comiss => forms!(ComSs, compare_r, compare_m),
        Mnemonic::Ucomiss => forms!(UcomSs, compare_r, compare_m),
        _ => return None,
    })
}
