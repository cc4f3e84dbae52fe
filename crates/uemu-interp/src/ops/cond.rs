//! Conditions: how they follow from what set the flags, and SETcc and CMOVcc.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::{miss_read, miss_write};
use std::marker::PhantomData;
use uemu_cpu::{CpuState, Flags};

/// Condition codes as instructions encode them (SDM vol. 1, appendix B).
pub(crate) mod cc {
    pub(crate) const O: u8 = 0;
    pub(crate) const NO: u8 = 1;
    pub(crate) const B: u8 = 2;
    pub(crate) const AE: u8 = 3;
    pub(crate) const E: u8 = 4;
    pub(crate) const NE: u8 = 5;
    pub(crate) const BE: u8 = 6;
    pub(crate) const A: u8 = 7;
    pub(crate) const S: u8 = 8;
    pub(crate) const NS: u8 = 9;
    pub(crate) const P: u8 = 10;
    pub(crate) const NP: u8 = 11;
    pub(crate) const L: u8 = 12;
    pub(crate) const GE: u8 = 13;
    pub(crate) const LE: u8 = 14;
}

fn even_parity(v: u64) -> bool {
    (v as u8).count_ones() & 1 == 0
}

/// Whether the condition holds after `a - b`.
#[inline(always)]
pub(crate) fn after_sub<T: Int, const CC: u8>(a: T, b: T) -> bool {
    let r = T::of(a.u().wrapping_sub(b.u()));
    let of = ((a.u() ^ b.u()) & (a.u() ^ r.u())) >> (T::BITS - 1) & 1 != 0;
    match CC {
        cc::O => of,
        cc::NO => !of,
        cc::B => a < b,
        cc::AE => a >= b,
        cc::E => a == b,
        cc::NE => a != b,
        cc::BE => a <= b,
        cc::A => a > b,
        cc::S => r.i() < 0,
        cc::NS => r.i() >= 0,
        cc::P => even_parity(r.u()),
        cc::NP => !even_parity(r.u()),
        cc::L => a.i() < b.i(),
        cc::GE => a.i() >= b.i(),
        cc::LE => a.i() <= b.i(),
        _ => a.i() > b.i(),
    }
}

/// Whether the condition holds after a logical operation with this result.
#[inline(always)]
pub(crate) fn after_logic<T: Int, const CC: u8>(r: T) -> bool {
    match CC {
        cc::O | cc::B => false,
        cc::NO | cc::AE => true,
        cc::E | cc::BE => r.u() == 0,
        cc::NE | cc::A => r.u() != 0,
        cc::S | cc::L => r.i() < 0,
        cc::NS | cc::GE => r.i() >= 0,
        cc::P => even_parity(r.u()),
        cc::NP => !even_parity(r.u()),
        cc::LE => r.i() <= 0,
        _ => r.i() > 0,
    }
}

/// Whether the condition holds for these RFLAGS bits.
#[inline(always)]
fn of_flags<const CC: u8>(f: u64) -> bool {
    let (zf, sf, of) = (f & Flags::ZF != 0, f & Flags::SF != 0, f & Flags::OF != 0);
    let yes = match CC & !1 {
        cc::O => of,
        cc::B => f & Flags::CF != 0,
        cc::E => zf,
        cc::BE => f & (Flags::CF | Flags::ZF) != 0,
        cc::S => sf,
        cc::P => f & Flags::PF != 0,
        cc::L => sf != of,
        _ => zf || sf != of,
    };
    yes != (CC & 1 != 0)
}

/// Where a condition finds its flags, as far as `lower` knows it.
pub(crate) trait Source: 'static {
    /// Whether the condition holds.
    ///
    /// # Safety
    /// `c` is valid, and its flags were set by what the type says.
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool;
}

/// The flags were set by a subtraction or comparison of width `T`.
pub(crate) struct Sub<T>(PhantomData<T>);
/// The flags were set by a logical operation of width `T`; or by INC or DEC, asked for what follows from the result
/// alone: E, NE, S, NS.
pub(crate) struct Logic<T>(PhantomData<T>);
/// The flags were set by an addition of width `T`.
pub(crate) struct Add<T>(PhantomData<T>);
/// The flags were computed at once.
pub(crate) struct Eager;
/// Nothing is known.
pub(crate) struct Any;

impl<T: Int> Source for Sub<T> {
    #[inline(always)]
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool {
        // SAFETY: the caller's promise.
        let f = unsafe { &(*c).flags };
        after_sub::<T, CC>(T::of(f.a), T::of(f.b))
    }
}
impl<T: Int> Source for Logic<T> {
    #[inline(always)]
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool {
        // SAFETY: the caller's promise.
        after_logic::<T, CC>(T::of(unsafe { (*c).flags.a }))
    }
}
impl<T: Int> Source for Add<T> {
    #[inline(always)]
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool {
        // SAFETY: the caller's promise.
        let f = unsafe { &(*c).flags };
        let (a, b) = (T::of(f.a), T::of(f.b));
        let r = T::of(a.u().wrapping_add(b.u()));
        match CC {
            cc::B => r < a,
            cc::AE => r >= a,
            cc::E | cc::NE | cc::S | cc::NS | cc::P | cc::NP => after_logic::<T, CC>(r),
            // SAFETY: the caller's promise.
            _ => unsafe { Any::holds::<CC>(c) },
        }
    }
}
impl Source for Eager {
    #[inline(always)]
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool {
        // SAFETY: the caller's promise.
        of_flags::<CC>(unsafe { (*c).flags.a })
    }
}
impl Source for Any {
    #[inline(always)]
    unsafe fn holds<const CC: u8>(c: *const CpuState) -> bool {
        // SAFETY: the caller's promise.
        of_flags::<CC>(unsafe { arith(c) })
    }
}

#[inline(never)]
unsafe fn arith(c: *const CpuState) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { (*c).flags.arith() }
}

handler! {
    /// `setcc r8`
    fn setcc_r[F: Source, const CC: u8](c, op, t, f, x) {
        set::<u8>(c, (*op).d, F::holds::<CC>(c) as u8);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `setcc [m8]`
    fn setcc_m[M: Mode, const CC: u8](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<u8>(addr, Any::holds::<CC>(c) as u8) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `cmovcc r, r`
    fn cmov_rr[T: Int, F: Source, const CC: u8](c, op, t, f, x) {
        let v: T = if F::holds::<CC>(c) { get(c, (*op).s) } else { get(c, (*op).d) };
        set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `cmovcc r, [m]`: the load happens in any case.
    fn cmov_rm[T: Int, M: Mode, const CC: u8](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(m) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let v: T = if Any::holds::<CC>(c) { m } else { get(c, (*op).d) };
        set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
