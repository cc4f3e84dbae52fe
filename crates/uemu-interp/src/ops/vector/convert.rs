//! Between integers and scalar floats, and scalar comparisons into flags.

use super::width::last;
use super::{Forms, Legacy, Size, V, Vex128, Width, forms, low};
use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::miss_read;
use iced_x86::Mnemonic;
use std::arch::asm;
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

/// # Safety
/// `c` is valid.
#[inline(always)]
pub(super) unsafe fn set_flags(c: *mut CpuState, flags: u64) {
    // SAFETY: the caller's promise.
    let f = unsafe { &mut (*c).flags };
    f.kind = Kind::new(Kind::EAGER, 0);
    f.a = flags;
}

handler! {
    fn from_r[O: FromInt, W: Width](c, op, t, f, x) {
        let v: O::Int = last(c, op);
        let r = O::eval(get(c, W::first(op)), v.u());
        W::set(c, (*op).d, W::narrow(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn from_m[O: FromInt, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<O::Int>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = O::eval(get(c, W::first(op)), v.u());
        W::set(c, (*op).d, W::narrow(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn to_r[O: ToInt](c, op, t, f, x) {
        let r = O::eval(last(c, op));
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
        let flags = O::eval(get(c, (*op).d), last(c, op));
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

/// CVTSI2SD and CVTSI2SS from an integer of `bytes`.
pub(crate) fn from_int(m: Mnemonic, size: Size, bytes: usize) -> Option<Forms> {
    fn of<O: FromInt>(size: Size) -> Forms {
        match size {
            Size::Legacy => forms!(from_r::<O, Legacy>, from_m::<O, Legacy>),
            _ => forms!(from_r::<O, Vex128>, from_m::<O, Vex128>),
        }
    }
    Some(match (m, bytes) {
        (Mnemonic::Cvtsi2sd | Mnemonic::Vcvtsi2sd, 4) => of::<Si32ToSd>(size),
        (Mnemonic::Cvtsi2sd | Mnemonic::Vcvtsi2sd, 8) => of::<Si64ToSd>(size),
        (Mnemonic::Cvtsi2ss | Mnemonic::Vcvtsi2ss, 4) => of::<Si32ToSs>(size),
        (Mnemonic::Cvtsi2ss | Mnemonic::Vcvtsi2ss, 8) => of::<Si64ToSs>(size),
        _ => return None,
    })
}

/// CVTSD2SI, CVTSS2SI and their truncating twins to an integer of `bytes`.
pub(crate) fn to_int(m: Mnemonic, bytes: usize) -> Option<Forms> {
    fn of<O: ToInt>() -> Forms {
        forms!(to_r::<O>, to_m::<O>)
    }
    Some(match (m, bytes) {
        (Mnemonic::Cvtsd2si | Mnemonic::Vcvtsd2si, 4) => of::<SdToSi32>(),
        (Mnemonic::Cvtsd2si | Mnemonic::Vcvtsd2si, 8) => of::<SdToSi64>(),
        (Mnemonic::Cvttsd2si | Mnemonic::Vcvttsd2si, 4) => of::<SdToSi32T>(),
        (Mnemonic::Cvttsd2si | Mnemonic::Vcvttsd2si, 8) => of::<SdToSi64T>(),
        (Mnemonic::Cvtss2si | Mnemonic::Vcvtss2si, 4) => of::<SsToSi32>(),
        (Mnemonic::Cvtss2si | Mnemonic::Vcvtss2si, 8) => of::<SsToSi64>(),
        (Mnemonic::Cvttss2si | Mnemonic::Vcvttss2si, 4) => of::<SsToSi32T>(),
        (Mnemonic::Cvttss2si | Mnemonic::Vcvttss2si, 8) => of::<SsToSi64T>(),
        _ => return None,
    })
}

/// COMISD, UCOMISD, COMISS, UCOMISS.
pub(crate) fn compare(m: Mnemonic) -> Option<Forms> {
    fn of<O: Compare>() -> Forms {
        forms!(compare_r::<O>, compare_m::<O>)
    }
    Some(match m {
        Mnemonic::Comisd | Mnemonic::Vcomisd => of::<ComSd>(),
        Mnemonic::Ucomisd | Mnemonic::Vucomisd => of::<UcomSd>(),
        Mnemonic::Comiss | Mnemonic::Vcomiss => of::<ComSs>(),
        Mnemonic::Ucomiss | Mnemonic::Vucomiss => of::<UcomSs>(),
        _ => return None,
    })
}
