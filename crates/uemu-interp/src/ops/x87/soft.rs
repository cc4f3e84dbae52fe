//! Arithmetic in full, where no exception is unmasked: any operands, any control word.

use super::{Binary, Format, both_in_use, finish, get, in_use, is_masked, pop, push, put, quick, slot};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::generic::x87::soft::{self as full, Env, F80};
use crate::operand::Mode;
use crate::ops::slow::{generic, miss_read};
use uemu_cpu::X87;

/// C2: an angle out of range, a remainder that is not the last.
const C2: u16 = 1 << 10;
/// C0, C2 and C3.
const CODES: u16 = 1 << 8 | C2 | 1 << 14;

/// An operation on ST(0) in place.
pub(crate) trait Unary: 'static {
    /// Whether the operand must be below 2^63 in magnitude, which C2 tells.
    const TRIGONOMETRIC: bool;
    /// On any operand.
    fn full(env: &mut Env, a: F80) -> F80;
}

macro_rules! unary {
    ($($name:ident = $full:ident, $trigonometric:literal;)*) => {$(
        pub(crate) struct $name;
        impl Unary for $name {
            const TRIGONOMETRIC: bool = $trigonometric;
            fn full(env: &mut Env, a: F80) -> F80 { full::$full(env, a) }
        }
    )*};
}
unary! {
    Sqrt = sqrt, false;
    Round = round_to_integral, false;
    Exp2m1 = exp2_minus_1, false;
    Sin = sin, true;
    Cos = cos, true;
}

macro_rules! pairs {
    ($($name:ident = |$env:ident, $a:ident, $b:ident| $e:expr;)*) => {$(
        pub(crate) struct $name;
        impl Pair for $name {
            fn full($env: &mut Env, $a: F80, $b: F80) -> F80 { $e }
        }
    )*};
}
/// An operation on ST(0) and ST(1).
pub(crate) trait Pair: 'static {
    /// On any operands.
    fn full(env: &mut Env, a: F80, b: F80) -> F80;
}
pairs! {
    Scale = |env, a, b| full::scale(env, a, b);
    Yl2x = |env, a, b| full::log2_times(env, a, b);
    Yl2xp1 = |env, a, b| full::log2_1p_times(env, a, b);
    Patan = |env, a, b| full::patan(env, b, a);
}

/// What `env` noted, as the status word has it.
fn noted(env: &Env) -> u16 {
    env.raised | if env.up { quick::C1 } else { 0 }
}

/// `op st(d), st(s)`; `false` with nothing done if that is not for us.
#[inline(never)]
fn two<O: Binary>(u: &mut X87, d: usize, s: usize, ip: u64) -> bool {
    if !is_masked(u) || !both_in_use(u, d, s) {
        return false;
    }
    let mut env = Env::new(u.control);
    let r = O::full(&mut env, get(u, d), get(u, s));
    put(u, d, r);
    finish(u, ip, noted(&env));
    true
}

/// `op st(0), [m]`, likewise.
#[inline(never)]
fn with_memory<O: Binary, F: Format>(u: &mut X87, raw: F::Raw, ip: u64) -> bool {
    let d = slot(u, 0);
    if !is_masked(u) || !in_use(u, d) {
        return false;
    }
    let mut env = Env::new(u.control);
    let b = F::full(&mut env, raw);
    let r = O::full(&mut env, get(u, d), b);
    put(u, d, r);
    finish(u, ip, noted(&env));
    true
}

/// `op st(0)`, likewise.
#[inline(never)]
fn one<O: Unary>(u: &mut X87, ip: u64) -> bool {
    let d = slot(u, 0);
    if !is_masked(u) || !in_use(u, d) {
        return false;
    }
    let a = get(u, d);
    if O::TRIGONOMETRIC {
        if !full::in_trig_range(a) {
            return false;
        }
        u.status &= !C2;
    }
    let mut env = Env::new(u.control);
    let r = O::full(&mut env, a);
    put(u, d, r);
    finish(u, ip, noted(&env));
    true
}

/// FPREM; FPREM1 if `NEAREST`. The condition codes show the quotient, if there is one.
#[inline(never)]
fn remainder<const NEAREST: bool>(u: &mut X87, ip: u64) -> bool {
    let (a, b) = (slot(u, 0), slot(u, 1));
    if !is_masked(u) || !both_in_use(u, a, b) {
        return false;
    }
    let mut env = Env::new(u.control);
    let r = full::remainder(&mut env, get(u, a), get(u, b), NEAREST);
    let codes = match r.quotient {
        full::Quotient::Unknown => return false,
        full::Quotient::Partial => C2,
        full::Quotient::Complete(q) => {
            let q = u16::from(q);
            (q & 1) << 9 | (q >> 1 & 1) << 14 | (q >> 2 & 1) << 8
        }
    };
    put(u, a, r.value);
    u.status &= !CODES;
    finish(u, ip, env.raised | codes);
    true
}

handler! {
    /// FPREM; FPREM1 with `NEAREST`
    fn soft_remainder[const NEAREST: bool](c, op, t, f, x) {
        if !remainder::<NEAREST>(&mut (*c).x87, (*op).imm) { return generic(c, op, t, NOTHING, f, x) }
        go!(c, op.add(1), t, f, x)
    }
}

/// FSINCOS and FPTAN of a finite number: the first replaces it, the second is pushed.
#[inline(never)]
fn spread<const TANGENT: bool>(u: &mut X87, ip: u64) -> bool {
    let d = slot(u, 0);
    let a = get(u, d);
    if !is_masked(u) || !in_use(u, d) || in_use(u, slot(u, 7)) || !full::in_trig_range(a) || !a.is_finite() {
        return false;
    }
    u.status &= !C2;
    let mut env = Env::new(u.control);
    let (first, second) =
        if TANGENT { (full::tan(&mut env, a), F80::ONE) } else { (full::sin(&mut env, a), full::cos(&mut env, a)) };
    put(u, d, first);
    push(u, second);
    finish(u, ip, noted(&env));
    true
}

handler! {
    /// FSINCOS; FPTAN with `TANGENT`
    fn soft_spread[const TANGENT: bool](c, op, t, f, x) {
        if !spread::<TANGENT>(&mut (*c).x87, (*op).imm) { return generic(c, op, t, NOTHING, f, x) }
        go!(c, op.add(1), t, f, x)
    }
}

handler! {
    /// `op st(d), st(s)`; with `POP`, the stack is popped.
    #[cold]
    #[inline(never)]
    fn soft_rr[O: Binary, const POP: bool](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, (*op).d), slot(u, (*op).s));
        if !two::<O>(u, d, s, (*op).imm) { return generic(c, op, t, NOTHING, f, x) }
        if POP { pop(u) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op st(0), [m]`
    #[cold]
    #[inline(never)]
    fn soft_rm[O: Binary, F: Format, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(raw) = (*t).read::<F::Raw>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        if !with_memory::<O, F>(u, raw, M::origin(op)) { return generic(c, op, t, NOTHING, f, x) }
        u.operand = addr;
        go!(c, op.add(1), t, f, x)
    }
}
/// An operation on ST(0) and ST(1); with `FOLD` the two become one.
#[inline(never)]
fn pair<O: Pair, const FOLD: bool>(u: &mut X87, ip: u64) -> bool {
    let (a, b) = (slot(u, 0), slot(u, 1));
    if !is_masked(u) || !in_use(u, a) || !in_use(u, b) {
        return false;
    }
    let mut env = Env::new(u.control);
    let r = O::full(&mut env, get(u, a), get(u, b));
    put(u, if FOLD { b } else { a }, r);
    if FOLD {
        pop(u);
    }
    finish(u, ip, noted(&env));
    true
}

handler! {
    /// FSCALE; with `FOLD`, FYL2X and its likes, which pop
    fn soft_pair[O: Pair, const FOLD: bool](c, op, t, f, x) {
        if !pair::<O, FOLD>(&mut (*c).x87, (*op).imm) { return generic(c, op, t, NOTHING, f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op st(0)`
    fn soft_unary[O: Unary](c, op, t, f, x) {
        if !one::<O>(&mut (*c).x87, (*op).imm) { return generic(c, op, t, NOTHING, f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
