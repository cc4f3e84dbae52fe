//! The four operations, signs, roots, rounding, remainders, scaling.

use super::soft::{self, Env, F80};
use super::{C0, C1, C2, C3, DONE, Out, finish, moves, stack};
use crate::generic::Cx;
use iced_x86::{Mnemonic as M, OpKind};

type Binary = fn(&mut Env, F80, F80) -> F80;

/// The operation, and whether its operands change places.
fn binary(m: M) -> Option<(Binary, bool)> {
    Some(match m {
        M::Fadd | M::Faddp | M::Fiadd => (soft::add, false),
        M::Fsub | M::Fsubp | M::Fisub => (soft::sub, false),
        M::Fsubr | M::Fsubrp | M::Fisubr => (soft::sub, true),
        M::Fmul | M::Fmulp | M::Fimul => (soft::mul, false),
        M::Fdiv | M::Fdivp | M::Fidiv => (soft::div, false),
        M::Fdivr | M::Fdivrp | M::Fidivr => (soft::div, true),
        _ => return None,
    })
}

/// Whether the mnemonic is of this group.
pub(super) fn knows(m: M) -> bool {
    binary(m).is_some()
        || matches!(m, M::Fchs | M::Fabs | M::Fsqrt | M::Frndint | M::Fscale | M::Fxtract | M::Fprem | M::Fprem1)
}

/// Executes an arithmetic instruction.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    let mut env = Env::new(cx.cpu.x87.control);
    if let Some((operation, swapped)) = binary(m) {
        two(cx, &mut env, operation, swapped)?;
    } else {
        match m {
            M::Fchs => one(cx, &mut env, |_, a| a.negated()),
            M::Fabs => one(cx, &mut env, |_, a| a.abs()),
            M::Fsqrt => one(cx, &mut env, soft::sqrt),
            M::Frndint => one(cx, &mut env, soft::round_to_integral),
            M::Fscale => scale(cx, &mut env),
            M::Fxtract => extract(cx, &mut env),
            M::Fprem | M::Fprem1 => return remainder(cx, m == M::Fprem1),
            _ => return Ok(None),
        }
    }
    finish(cx, &env);
    DONE
}

fn two(cx: &mut Cx<'_>, env: &mut Env, operation: Binary, swapped: bool) -> Result<(), crate::generic::Stop> {
    let memory = cx.insn.op0_kind() == OpKind::Memory;
    let (to, from) = if memory {
        (0, None)
    } else {
        (stack::index(cx.insn.op_register(0)), Some(stack::index(cx.insn.op_register(1))))
    };
    let other = if memory { Some(moves::memory(cx, env)?) } else { None };
    let x = &mut cx.cpu.x87;
    let a = stack::get(x, env, to);
    let b = match from {
        Some(i) => stack::get(x, env, i),
        None => other,
    };
    let r = match (a, b) {
        (Some(a), Some(b)) if swapped => operation(env, b, a),
        (Some(a), Some(b)) => operation(env, a, b),
        _ => F80::INDEFINITE,
    };
    if env.blocked() {
        return Ok(());
    }
    stack::set(x, to, r);
    if matches!(cx.insn.mnemonic(), M::Faddp | M::Fsubp | M::Fsubrp | M::Fmulp | M::Fdivp | M::Fdivrp) {
        stack::pop(&mut cx.cpu.x87);
    }
    Ok(())
}

/// An operation on ST(0), in place.
pub(super) fn one(cx: &mut Cx<'_>, env: &mut Env, operation: impl FnOnce(&mut Env, F80) -> F80) {
    let x = &mut cx.cpu.x87;
    let r = match stack::get(x, env, 0) {
        Some(a) => operation(env, a),
        None => F80::INDEFINITE,
    };
    if !env.blocked() {
        stack::set(x, 0, r);
    }
}

fn scale(cx: &mut Cx<'_>, env: &mut Env) {
    let x = &mut cx.cpu.x87;
    let r = match (stack::get(x, env, 0), stack::get(x, env, 1)) {
        (Some(a), Some(b)) => soft::scale(env, a, b),
        _ => F80::INDEFINITE,
    };
    if !env.blocked() {
        stack::set(x, 0, r);
    }
}

fn extract(cx: &mut Cx<'_>, env: &mut Env) {
    let x = &mut cx.cpu.x87;
    let pair = match stack::get(x, env, 0) {
        Some(a) if !stack::overflows(x, env) => soft::extract(env, a),
        _ => (F80::INDEFINITE, F80::INDEFINITE),
    };
    if !env.blocked() {
        stack::set(x, 0, pair.0);
        stack::turn(x, 7);
        stack::set(x, 0, pair.1);
    }
}

fn remainder(cx: &mut Cx<'_>, nearest: bool) -> Out {
    let mut env = Env::new(cx.cpu.x87.control);
    let x = &mut cx.cpu.x87;
    let (r, quotient) = match (stack::get(x, &mut env, 0), stack::get(x, &mut env, 1)) {
        (Some(a), Some(b)) => {
            let r = soft::remainder(&mut env, a, b, nearest);
            (r.value, r.quotient)
        }
        _ => (F80::INDEFINITE, soft::Quotient::Unknown),
    };
    if !env.blocked() {
        stack::set(x, 0, r);
    }
    finish(cx, &env);
    let x = &mut cx.cpu.x87;
    x.status &= !C2;
    match quotient {
        soft::Quotient::Unknown => {}
        soft::Quotient::Partial => x.status = x.status & !(C0 | C1 | C3) | C2,
        soft::Quotient::Complete(q) => {
            let bit = |n: u8, code: u16| if q >> n & 1 != 0 { code } else { 0 };
            x.status = x.status & !(C0 | C1 | C3) | bit(0, C1) | bit(1, C3) | bit(2, C0);
        }
    }
    DONE
}
