//! The register stack.

use super::SF;
use super::soft::{Env, F80, IE};
use iced_x86::Register;
use uemu_cpu::X87;

fn slot(x: &X87, i: usize) -> usize {
    (usize::from(x.top) + i) & 7
}

/// The number of an operand `ST(i)`.
pub(super) fn index(r: Register) -> usize {
    r.number() & 7
}

/// Whether `ST(i)` is empty.
pub(super) fn empty(x: &X87, i: usize) -> bool {
    x.in_use >> slot(x, i) & 1 == 0
}

/// `ST(i)`, empty or not.
pub(super) fn raw(x: &X87, i: usize) -> F80 {
    let n = slot(x, i);
    F80 { sign_exp: x.sign_exponent[n], sig: x.significand[n] }
}

/// `ST(i)`; an empty register is a stack underflow, which reads as the indefinite NaN.
pub(super) fn get(x: &X87, env: &mut Env, i: usize) -> Option<F80> {
    if empty(x, i) {
        env.raise(IE | SF);
        return None;
    }
    Some(raw(x, i))
}

/// Writes `ST(i)`, which is in use from then on.
pub(super) fn set(x: &mut X87, i: usize, v: F80) {
    let n = slot(x, i);
    x.sign_exponent[n] = v.sign_exp;
    x.significand[n] = v.sig;
    x.in_use |= 1 << n;
}

/// Empties `ST(i)`.
pub(super) fn free(x: &mut X87, i: usize) {
    x.in_use &= !(1 << slot(x, i));
}

/// Moves TOP by `n`, registers untouched.
pub(super) fn turn(x: &mut X87, n: u8) {
    x.top = x.top.wrapping_add(n) & 7;
}

/// Empties `ST(0)` and makes `ST(1)` the top.
pub(super) fn pop(x: &mut X87) {
    free(x, 0);
    turn(x, 1);
}

/// Whether a push would overflow; if so, noted (C1 says it was an overflow).
pub(super) fn overflows(x: &X87, env: &mut Env) -> bool {
    if empty(x, 7) {
        return false;
    }
    env.raise(IE | SF);
    env.up = true;
    true
}

/// Pushes a value, or the indefinite NaN where the stack overflows; nothing if an unmasked exception forbids it.
pub(super) fn push(x: &mut X87, env: &mut Env, v: F80) {
    let v = if overflows(x, env) { F80::INDEFINITE } else { v };
    if !env.blocked() {
        turn(x, 7);
        set(x, 0, v);
    }
}
