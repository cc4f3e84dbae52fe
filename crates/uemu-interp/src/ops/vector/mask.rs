//! Sign bits into a general-purpose register, and tests into flags.

use super::convert::set_flags;
use super::width::last;
use super::{Forms, Isa, Legacy, Row, Size, V, Vex128, Vex256, Width, forms, zero};
use crate::driver::{Handler, NOTHING, Scratch, go, handler};
use crate::operand::{Mode, get, set};
use crate::ops::slow::{generic, miss_read};
use iced_x86::Mnemonic;
use std::arch::asm;
use std::arch::x86_64::{_mm_and_si128, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128};
use uemu_cpu::Flags;

/// A mask of sign bits.
pub(crate) trait Mask: 'static {
    /// How many 128 bits give.
    const BITS: u32;
    fn eval(v: V) -> u64;
}
macro_rules! masks {
    ($($name:ident $bits:literal = $asm:literal)*) => {$(
        struct $name;
        impl Mask for $name {
            const BITS: u32 = $bits;
            #[inline(always)]
            fn eval(v: V) -> u64 {
                let r: u64;
                // SAFETY: an SSE2 register-to-register instruction.
                unsafe { asm!(concat!($asm, " {:e}, {}"), out(reg) r, in(xmm_reg) v, options(pure, nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
masks! { Pmovmskb 16 = "pmovmskb" Movmskps 4 = "movmskps" Movmskpd 2 = "movmskpd" }

handler! {
    /// `pmovmskb`, `movmskps`, `movmskpd r, xmm`
    fn mask_128[O: Mask](c, op, t, f, x) {
        set::<u64>(c, (*op).d, O::eval(get(c, (*op).s)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same of `ymm`.
    fn mask_256[O: Mask](c, op, t, f, x) {
        let v: [V; 2] = get(c, (*op).s);
        set::<u64>(c, (*op).d, O::eval(v[0]) | O::eval(v[1]) << O::BITS);
        go!(c, op.add(1), t, f, x)
    }
}

/// The handler of a mask of sign bits.
pub(crate) fn mask(m: Mnemonic, size: Size) -> Option<Handler> {
    fn of<O: Mask>(size: Size) -> Handler {
        if size == Size::Vex256 { mask_256::<O> } else { mask_128::<O> }
    }
    Some(match m {
        Mnemonic::Pmovmskb | Mnemonic::Vpmovmskb => of::<Pmovmskb>(size),
        Mnemonic::Movmskps | Mnemonic::Vmovmskps => of::<Movmskps>(size),
        Mnemonic::Movmskpd | Mnemonic::Vmovmskpd => of::<Movmskpd>(size),
        _ => return None,
    })
}

/// Which bits a test looks at.
pub(crate) trait Tested: 'static {
    /// Whether any of them is set.
    fn any(v: V) -> bool;
}
/// PTEST: all.
struct All;
impl Tested for All {
    #[inline(always)]
    fn any(v: V) -> bool {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(v, zero())) != 0xffff }
    }
}
/// VTESTPS and VTESTPD: the lanes' signs.
struct Signs<O>(std::marker::PhantomData<O>);
impl<O: Mask> Tested for Signs<O> {
    #[inline(always)]
    fn any(v: V) -> bool {
        O::eval(v) != 0
    }
}

/// ZF if `a` and `b` have no bit in common, CF if `a` has all of `b`'s; the other flags clear.
#[inline(always)]
fn flags<O: Tested, W: Width>(a: W::Value, b: W::Value) -> u64 {
    // SAFETY: SSE2 is part of x86-64.
    let (common, missing) = unsafe {
        let common = W::fold(a, b, |a, b| _mm_and_si128(a, b), |x, y| _mm_or_si128(x, y));
        (common, W::fold(a, b, |a, b| _mm_andnot_si128(a, b), |x, y| _mm_or_si128(x, y)))
    };
    (!O::any(common) as u64) << Flags::ZF.trailing_zeros() | !O::any(missing) as u64
}

handler! {
    fn test_rr[O: Tested, W: Width](c, op, t, f, x) {
        let flags = flags::<O, W>(get(c, (*op).d), last(c, op));
        set_flags(c, flags);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn test_rm[O: Tested, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if W::ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(b) = (*t).read::<W::Value>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let flags = flags::<O, W>(get(c, (*op).d), b);
        set_flags(c, flags);
        go!(c, op.add(1), t, f, x)
    }
}

/// The handlers of a test of two registers into ZF and CF.
pub(crate) fn test(m: Mnemonic, size: Size) -> Option<Row> {
    fn of<O: Tested>(size: Size) -> Forms {
        match size {
            Size::Legacy => forms!(test_rr::<O, Legacy>, test_rm::<O, Legacy>),
            Size::Vex128 => forms!(test_rr::<O, Vex128>, test_rm::<O, Vex128>),
            Size::Vex256 => forms!(test_rr::<O, Vex256>, test_rm::<O, Vex256>),
        }
    }
    let forms = match m {
        Mnemonic::Ptest | Mnemonic::Vptest => of::<All>(size),
        Mnemonic::Vtestps => of::<Signs<Movmskps>>(size),
        Mnemonic::Vtestpd => of::<Signs<Movmskpd>>(size),
        _ => return None,
    };
    Some(Row { forms, float: false, isa: Isa::Sse2 })
}
