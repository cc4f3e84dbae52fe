//! Integer arithmetic and logic: two operands, flags lazily.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::{miss_read, miss_write};
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, LazyFlags};

/// A two-operand operation.
pub(crate) trait Alu: 'static {
    /// Whether the result is written back.
    const WRITES: bool = true;
    /// Whether CF goes in.
    const CARRY: bool = false;
    /// What the flags follow from, as a [`Kind`] operation (ADD or SUB with CARRY: their carrying twins).
    const KIND: u64;
    /// The result.
    fn eval<T: Int>(a: T, b: T, carry: u64) -> T;
}

macro_rules! alu_ops {
    ($($name:ident: $kind:ident, |$a:ident, $b:ident, $c:ident| $e:expr $(, $k:ident = $v:expr)*;)*) => {$(
        pub(crate) struct $name;
        impl Alu for $name {
            const KIND: u64 = Kind::$kind;
            $(const $k: bool = $v;)*
            #[inline(always)]
            fn eval<T: Int>($a: T, $b: T, $c: u64) -> T {
                let ($a, $b) = ($a.u(), $b.u());
                T::of($e)
            }
        }
    )*};
}
alu_ops! {
    Add: ADD, |a, b, _c| a.wrapping_add(b);
    Adc: ADD, |a, b, c| a.wrapping_add(b).wrapping_add(c), CARRY = true;
    Sub: SUB, |a, b, _c| a.wrapping_sub(b);
    Sbb: SUB, |a, b, c| a.wrapping_sub(b).wrapping_sub(c), CARRY = true;
    Cmp: SUB, |a, b, _c| a.wrapping_sub(b), WRITES = false;
    And: LOGIC, |a, b, _c| a & b;
    Or: LOGIC, |a, b, _c| a | b;
    Xor: LOGIC, |a, b, _c| a ^ b;
    Test: LOGIC, |a, b, _c| a & b, WRITES = false;
}

/// Records what the flags follow from.
///
/// # Safety
/// `c` is valid.
#[inline(always)]
pub(crate) unsafe fn note<T: Int, const FLAGS: bool>(c: *mut CpuState, operation: u64, a: u64, b: u64) {
    if FLAGS {
        // SAFETY: the caller's promise.
        let flags: &mut LazyFlags = unsafe { &mut (*c).flags };
        flags.kind = Kind::new(operation, T::LOG2);
        flags.a = a;
        flags.b = b;
    }
}

/// Evaluates and records.
///
/// # Safety
/// `c` is valid.
#[inline(always)]
unsafe fn run<O: Alu, T: Int, const FLAGS: bool>(c: *mut CpuState, a: T, b: T, carry: u64) -> T {
    let r = O::eval(a, b, carry);
    // SAFETY: the caller's promise.
    unsafe {
        if O::KIND == Kind::LOGIC {
            note::<T, FLAGS>(c, Kind::LOGIC, r.u(), 0);
        } else if O::CARRY {
            // ADC and SBB are ADD + 5 and SUB + 5.
            note::<T, FLAGS>(c, O::KIND + 5 * carry, a.u(), b.u());
        } else {
            note::<T, FLAGS>(c, O::KIND, a.u(), b.u());
        }
    }
    r
}
const _: () = assert!(Kind::ADC == Kind::ADD + 5 && Kind::SBB == Kind::SUB + 5);

#[inline(always)]
unsafe fn carry_in<O: Alu>(c: *const CpuState) -> u64 {
    // SAFETY: `c` is valid.
    if O::CARRY { unsafe { (*c).flags.cf() as u64 } } else { 0 }
}

handler! {
    /// `op r, r`
    fn rr[O: Alu, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let carry = carry_in::<O>(c);
        let r = run::<O, T, FLAGS>(c, get(c, (*op).d), get(c, (*op).s), carry);
        if O::WRITES { set(c, (*op).d, r) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op r, imm`
    fn ri[O: Alu, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let carry = carry_in::<O>(c);
        let r = run::<O, T, FLAGS>(c, get(c, (*op).d), T::of((*op).imm), carry);
        if O::WRITES { set(c, (*op).d, r) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op r, [m]`
    fn rm[O: Alu, T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(b) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let carry = carry_in::<O>(c);
        let r = run::<O, T, FLAGS>(c, get(c, (*op).d), b, carry);
        if O::WRITES { set(c, (*op).d, r) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op [m], r` and, with `IMM`, `op [m], imm`
    fn mr[O: Alu, T: Int, M: Mode, const IMM: bool, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let b: T = if IMM { T::of(M::imm(op)) } else { get(c, (*op).s) };
        let carry = carry_in::<O>(c);
        if O::WRITES {
            let Some(a) = (*t).update::<T>(addr, |a| O::eval(a, b, carry)) else { return miss_write(c, op, t, Scratch::new(addr), f, x) };
            run::<O, T, FLAGS>(c, a, b, carry);
        } else {
            let Some(a) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            run::<O, T, FLAGS>(c, a, b, carry);
        }
        go!(c, op.add(1), t, f, x)
    }
}

/// A one-operand operation.
pub(crate) trait Unary: 'static {
    /// The result.
    fn eval<T: Int>(a: T) -> T;
    /// Records the flags of the operation on `a`.
    ///
    /// # Safety
    /// `c` is valid.
    unsafe fn flags<T: Int, const FLAGS: bool>(c: *mut CpuState, a: T, r: T);
}

pub(crate) struct Inc;
pub(crate) struct Dec;
pub(crate) struct Neg;
pub(crate) struct Not;

impl Unary for Inc {
    #[inline(always)]
    fn eval<T: Int>(a: T) -> T {
        T::of(a.u().wrapping_add(1))
    }
    #[inline(always)]
    unsafe fn flags<T: Int, const FLAGS: bool>(c: *mut CpuState, _: T, r: T) {
        // SAFETY: the caller's promise.
        unsafe {
            if FLAGS {
                note::<T, FLAGS>(c, Kind::INC, r.u(), (*c).flags.cf() as u64)
            }
        }
    }
}
impl Unary for Dec {
    #[inline(always)]
    fn eval<T: Int>(a: T) -> T {
        T::of(a.u().wrapping_sub(1))
    }
    #[inline(always)]
    unsafe fn flags<T: Int, const FLAGS: bool>(c: *mut CpuState, _: T, r: T) {
        // SAFETY: the caller's promise.
        unsafe {
            if FLAGS {
                note::<T, FLAGS>(c, Kind::DEC, r.u(), (*c).flags.cf() as u64)
            }
        }
    }
}
impl Unary for Neg {
    #[inline(always)]
    fn eval<T: Int>(a: T) -> T {
        T::of(a.u().wrapping_neg())
    }
    #[inline(always)]
    unsafe fn flags<T: Int, const FLAGS: bool>(c: *mut CpuState, a: T, _: T) {
        // SAFETY: the caller's promise.
        unsafe { note::<T, FLAGS>(c, Kind::SUB, 0, a.u()) }
    }
}
impl Unary for Not {
    #[inline(always)]
    fn eval<T: Int>(a: T) -> T {
        T::of(!a.u())
    }
    #[inline(always)]
    unsafe fn flags<T: Int, const FLAGS: bool>(_: *mut CpuState, _: T, _: T) {}
}

handler! {
    /// `op r`
    fn unary_r[O: Unary, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let r = O::eval(a);
        O::flags::<T, FLAGS>(c, a, r);
        set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op [m]`
    fn unary_m[O: Unary, T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(a) = (*t).update::<T>(addr, |a| O::eval(a)) else { return miss_write(c, op, t, Scratch::new(addr), f, x) };
        O::flags::<T, FLAGS>(c, a, O::eval(a));
        go!(c, op.add(1), t, f, x)
    }
}
