//! Loads, stores, constants, exchanges, conditional moves.

use super::{
    F32, F64, Format, I16, I32, I64, RC, both_in_use, finish, get, in_use, is_masked, is_nearest, is_quiet, pop, push,
    put, quick, slot,
};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::generic::x87::soft::F80;
use crate::operand::{Int, Mode};
use crate::ops::slow::{generic, miss_read, miss_write};
use uemu_cpu::{LazyFlags, X87};

/// Ten bytes of memory: a register as it is.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Extended {
    sig: u64,
    sign_exp: u16,
}

handler! {
    /// `fld m32`, `fld m64`, `fild [m]`
    fn load[F: Format, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(raw) = (*t).read::<F::Raw>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        if is_quiet(u) && !in_use(u, slot(u, 7))
            && let Some(v) = F::quick(raw)
        {
            push(u, v);
            finish(u, M::origin(op), 0);
            u.operand = addr;
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// `fld m80`
    fn load_extended[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<Extended>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        if !is_quiet(u) || in_use(u, slot(u, 7)) { return generic(c, op, t, NOTHING, f, x) }
        push(u, F80 { sig: v.sig, sign_exp: v.sign_exp });
        finish(u, M::origin(op), 0);
        u.operand = addr;
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fld st(s)`
    fn duplicate(c, op, t, f, x) {
        let u = &mut (*c).x87;
        let s = slot(u, (*op).s);
        if !is_quiet(u) || !in_use(u, s) || in_use(u, slot(u, 7)) { return generic(c, op, t, NOTHING, f, x) }
        push(u, get(u, s));
        finish(u, (*op).imm, 0);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fldz`, `fld1` and the other constants, rounded to nearest
    fn constant[const SIGN_EXP: u16, const SIG: u64](c, op, t, f, x) {
        let u = &mut (*c).x87;
        if !is_nearest(u) || in_use(u, slot(u, 7)) { return generic(c, op, t, NOTHING, f, x) }
        push(u, F80 { sign_exp: SIGN_EXP, sig: SIG });
        finish(u, (*op).imm, 0);
        go!(c, op.add(1), t, f, x)
    }
}

/// What ST(0) becomes in memory, and what that adds to the status word.
pub(crate) trait Stored: 'static {
    type Raw: Int;
    /// What is not for us is `None`.
    fn quick(u: &X87, v: F80) -> Option<(u64, u16)>;
}
impl Stored for F32 {
    type Raw = u32;
    #[inline(always)]
    fn quick(u: &X87, v: F80) -> Option<(u64, u16)> {
        if is_nearest(u) { quick::to_f32(v) } else { None }
    }
}
impl Stored for F64 {
    type Raw = u64;
    #[inline(always)]
    fn quick(u: &X87, v: F80) -> Option<(u64, u16)> {
        if is_nearest(u) { quick::to_f64(v) } else { None }
    }
}

/// To an integer, towards zero if `truncate` or the control word says so.
#[inline(always)]
fn to_int(u: &X87, v: F80, bits: u32, truncate: bool) -> Option<(u64, u16)> {
    let truncate = truncate || u.control & RC == RC;
    if !is_masked(u) || !truncate && u.control & RC != 0 {
        return None;
    }
    quick::to_int(v, bits, truncate).map(|(v, status)| (v as u64, status))
}

/// FISTTP's way of storing an integer.
pub(crate) struct Truncated<F>(F);

macro_rules! integers {
    ($($name:ident: $raw:ty;)*) => {$(
        impl Stored for $name {
            type Raw = $raw;
            #[inline(always)]
            fn quick(u: &X87, v: F80) -> Option<(u64, u16)> { to_int(u, v, <$raw>::BITS, false) }
        }
        impl Stored for Truncated<$name> {
            type Raw = $raw;
            #[inline(always)]
            fn quick(u: &X87, v: F80) -> Option<(u64, u16)> { to_int(u, v, <$raw>::BITS, true) }
        }
    )*};
}
integers! { I16: u16; I32: u32; I64: u64; }

handler! {
    /// `fst m32`, `fst m64`, `fist [m]`, and those that pop
    fn store[F: Stored, M: Mode, const POP: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let u = &mut (*c).x87;
        let s = slot(u, 0);
        if in_use(u, s)
            && let Some((v, status)) = F::quick(u, get(u, s))
        {
            if !(*t).write::<F::Raw>(addr, F::Raw::of(v)) {
                return miss_write(c, op, t, Scratch::new(addr), f, x);
            }
            if POP { pop(u) }
            finish(u, M::origin(op), status);
            u.operand = addr;
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// `fstp m80`
    fn store_extended[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let u = &mut (*c).x87;
        let s = slot(u, 0);
        if !is_quiet(u) || !in_use(u, s) { return generic(c, op, t, NOTHING, f, x) }
        let v = get(u, s);
        if !(*t).write(addr, Extended { sig: v.sig, sign_exp: v.sign_exp }) {
            return miss_write(c, op, t, Scratch::new(addr), f, x);
        }
        pop(u);
        finish(u, M::origin(op), 0);
        u.operand = addr;
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fst st(d)`; `fstp st(d)` with `POP`
    fn copy[const POP: bool](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, (*op).d), slot(u, 0));
        if !is_quiet(u) || !in_use(u, s) { return generic(c, op, t, NOTHING, f, x) }
        put(u, d, get(u, s));
        u.in_use |= 1 << d;
        if POP { pop(u) }
        finish(u, (*op).imm, 0);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fxch st(s)`
    fn exchange(c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, 0), slot(u, (*op).s));
        if !is_quiet(u) || !both_in_use(u, d, s) { return generic(c, op, t, NOTHING, f, x) }
        let (a, b) = (get(u, d), get(u, s));
        put(u, d, b);
        put(u, s, a);
        finish(u, (*op).imm, 0);
        go!(c, op.add(1), t, f, x)
    }
}

/// The arithmetic flags, out of line where they have to be computed.
#[inline(never)]
fn computed(flags: &LazyFlags) -> u64 {
    flags.arith()
}

handler! {
    /// `fcmovcc st(0), st(s)`: `FLAGS` are looked at, all of which must be clear, or, without `CLEAR`, any set.
    fn conditional[const FLAGS: u64, const CLEAR: bool](c, op, t, f, x) {
        let flags = &(*c).flags;
        let now = if flags.kind.0 < 4 { flags.a } else { computed(flags) };
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, 0), slot(u, (*op).s));
        if !is_quiet(u) || !both_in_use(u, d, s) { return generic(c, op, t, NOTHING, f, x) }
        if (now & FLAGS == 0) == CLEAR { put(u, d, get(u, s)) }
        // C1 stays.
        u.instruction = (*op).imm;
        go!(c, op.add(1), t, f, x)
    }
}
