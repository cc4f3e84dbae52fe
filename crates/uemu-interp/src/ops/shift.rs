//! Shifts and rotates of registers.

use crate::driver::{go, handler};
use crate::operand::{Int, get, set};
use crate::ops::alu::note;
use crate::shift::set_rotate_flags;
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, Flags, Gpr};

/// A shift or rotate.
pub(crate) trait Shift: 'static {
    /// The result of shifting by `n`, masked to 5 bits (6 for 64-bit words): more than the width, for narrow ones.
    fn eval<T: Int>(a: T, n: u32) -> T;
    /// Records the flags; `n` is not zero.
    ///
    /// # Safety
    /// `c` is valid.
    unsafe fn flags<T: Int>(c: *mut CpuState, a: T, r: T, n: u32);
}

macro_rules! shifts {
    ($($name:ident: $kind:ident, |$a:ident, $n:ident| $e:expr;)*) => {$(
        pub(crate) struct $name;
        impl Shift for $name {
            #[inline(always)]
            fn eval<T: Int>($a: T, $n: u32) -> T {
                T::of($e)
            }
            #[inline(always)]
            unsafe fn flags<T: Int>(c: *mut CpuState, a: T, _: T, n: u32) {
                // SAFETY: the caller's promise.
                unsafe { note::<T, true>(c, Kind::$kind, a.u(), n as u64) }
            }
        }
    )*};
}
shifts! {
    Shl: SHL, |a, n| a.u() << n;
    Shr: SHR, |a, n| a.u() >> n;
    Sar: SAR, |a, n| (a.i() >> n) as u64;
}

macro_rules! rotates {
    ($($name:ident: $right:literal, |$a:ident, $n:ident, $back:ident| $e:expr;)*) => {$(
        pub(crate) struct $name;
        impl Shift for $name {
            #[inline(always)]
            fn eval<T: Int>($a: T, n: u32) -> T {
                let $n = n % T::BITS;
                let $back = (T::BITS - $n) % T::BITS;
                T::of($e)
            }
            #[inline(always)]
            unsafe fn flags<T: Int>(c: *mut CpuState, _: T, r: T, _: u32) {
                // SAFETY: the caller's promise.
                unsafe { rotate_flags(c, $right, T::BITS, r.u()) }
            }
        }
    )*};
}
rotates! {
    Rol: false, |a, n, back| a.u() << n | a.u() >> back;
    Ror: true, |a, n, back| a.u() >> n | a.u() << back;
}

/// # Safety
/// `c` is valid.
#[inline(never)]
unsafe fn rotate_flags(c: *mut CpuState, right: bool, bits: u32, r: u64) {
    // SAFETY: the caller's promise.
    set_rotate_flags(unsafe { &mut (*c).flags }, right, bits, r);
}

handler! {
    /// `shift r, imm`, the count masked and not zero.
    fn by_imm[S: Shift, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let n = (*op).imm as u32 & 63;
        let r = S::eval::<T>(a, n);
        set(c, (*op).d, r);
        if FLAGS { S::flags::<T>(c, a, r, n) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `shift r, cl`: a count of zero leaves the flags (but clears the upper half of a 32-bit register).
    fn by_cl[S: Shift, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let n = get::<u8>(c, Gpr::Rcx as usize * 8) as u32 & if T::BITS == 64 { 63 } else { 31 };
        let r = S::eval::<T>(a, n);
        set(c, (*op).d, r);
        if FLAGS && n != 0 { S::flags::<T>(c, a, r, n) }
        go!(c, op.add(1), t, f, x)
    }
}

/// Records the flags of a double shift. OF says whether the sign changed (defined for a count of one).
///
/// # Safety
/// `c` is valid.
#[inline(never)]
unsafe fn double_flags(c: *mut CpuState, old: i64, new: i64, carry: u64) {
    let parity = (new as u8).count_ones().is_multiple_of(2);
    let mut flags = carry & Flags::CF;
    for (flag, is_set) in
        [(Flags::PF, parity), (Flags::ZF, new == 0), (Flags::SF, new < 0), (Flags::OF, (old < 0) != (new < 0))]
    {
        flags |= if is_set { flag } else { 0 };
    }
    // SAFETY: the caller's promise.
    unsafe { (*c).flags.set_arith(flags) }
}

handler! {
    /// `shld r, r, imm`, `shrd` with `RIGHT`; by CL with `BY_CL`. A count of zero leaves the flags.
    fn double[T: Int, const RIGHT: bool, const BY_CL: bool, const FLAGS: bool](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        let n = if BY_CL { get::<u8>(c, Gpr::Rcx as usize * 8) as u32 } else { (*op).imm as u32 } & (T::BITS - 1);
        // A count of zero shifts in nothing, by way of two steps.
        let (r, carry) = if RIGHT {
            (a.u() >> n | b.u() << 1 << (T::BITS - 1 - n), a.u() >> (n.wrapping_sub(1) & 63))
        } else {
            (a.u() << n | b.u() >> 1 >> (T::BITS - 1 - n), a.u() >> ((T::BITS - n) & 63))
        };
        let r = T::of(r);
        set(c, (*op).d, r);
        if FLAGS && n != 0 { double_flags(c, a.i(), r.i(), carry) }
        go!(c, op.add(1), t, f, x)
    }
}
