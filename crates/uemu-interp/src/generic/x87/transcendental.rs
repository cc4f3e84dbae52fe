//! FSIN and its kin.

use super::arith::one;
use super::soft::{self, Env, F80};
use super::{C2, DONE, Out, finish, stack};
use crate::generic::Cx;
use iced_x86::Mnemonic as M;

/// Whether the mnemonic is of this group.
pub(super) fn knows(m: M) -> bool {
    matches!(m, M::F2xm1 | M::Fyl2x | M::Fyl2xp1 | M::Fptan | M::Fpatan | M::Fsin | M::Fcos | M::Fsincos)
}

/// Executes a transcendental instruction.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    let mut env = Env::new(cx.cpu.x87.control);
    if matches!(m, M::Fsin | M::Fcos | M::Fsincos | M::Fptan) {
        cx.cpu.x87.status &= !C2;
        let x = &cx.cpu.x87;
        let overflow = matches!(m, M::Fsincos | M::Fptan) && !stack::empty(x, 7);
        if !overflow && !stack::empty(x, 0) && !soft::in_trig_range(stack::raw(x, 0)) {
            finish(cx, &env);
            cx.cpu.x87.status |= C2;
            return DONE;
        }
    }
    match m {
        M::F2xm1 => one(cx, &mut env, soft::exp2_minus_1),
        M::Fsin => one(cx, &mut env, soft::sin),
        M::Fcos => one(cx, &mut env, soft::cos),
        M::Fyl2x => fold(cx, &mut env, soft::log2_times),
        M::Fyl2xp1 => fold(cx, &mut env, soft::log2_1p_times),
        M::Fpatan => fold(cx, &mut env, |env, x, y| soft::patan(env, y, x)),
        M::Fsincos => spread(cx, &mut env, soft::sin, soft::cos),
        M::Fptan => spread(cx, &mut env, soft::tan, |_, a| if a.is_nan() { soft::quiet(a) } else { F80::ONE }),
        _ => return Ok(None),
    }
    finish(cx, &env);
    DONE
}

/// ST(0) and ST(1) become one.
fn fold(cx: &mut Cx<'_>, env: &mut Env, operation: impl FnOnce(&mut Env, F80, F80) -> F80) {
    let x = &mut cx.cpu.x87;
    let r = match (stack::get(x, env, 0), stack::get(x, env, 1)) {
        (Some(a), Some(b)) => operation(env, a, b),
        _ => F80::INDEFINITE,
    };
    if !env.blocked() {
        stack::set(x, 1, r);
        stack::pop(x);
    }
}

/// ST(0) becomes two: the first stays, the second is pushed.
fn spread(
    cx: &mut Cx<'_>,
    env: &mut Env,
    first: impl FnOnce(&mut Env, F80) -> F80,
    second: impl FnOnce(&mut Env, F80) -> F80,
) {
    let x = &mut cx.cpu.x87;
    let a = stack::get(x, env, 0);
    let pair = match a {
        None => (F80::INDEFINITE, F80::INDEFINITE),
        Some(_) if stack::overflows(x, env) => (F80::INDEFINITE, F80::INDEFINITE),
        Some(a) if a.is_infinite() || a.class() == soft::Class::Unsupported => {
            let r = env.invalid();
            (r, r)
        }
        Some(a) => {
            let one = first(env, a);
            (one, second(env, a))
        }
    };
    if !env.blocked() {
        stack::set(x, 0, pair.0);
        stack::turn(x, 7);
        stack::set(x, 0, pair.1);
    }
}
