//! Comparisons and classification.

use super::soft::{self, Class, Env, F80};
use super::{C0, C1, C2, C3, DONE, Out, finish, moves, stack};
use crate::generic::Cx;
use iced_x86::{Mnemonic as M, OpKind};
use std::cmp::Ordering;

/// Whether the mnemonic is of this group.
pub(super) fn knows(m: M) -> bool {
    matches!(
        m,
        M::Fcom
            | M::Fcomp
            | M::Fcompp
            | M::Fucom
            | M::Fucomp
            | M::Fucompp
            | M::Ficom
            | M::Ficomp
            | M::Ftst
            | M::Fxam
            | M::Fcomi
            | M::Fcomip
            | M::Fucomi
            | M::Fucomip
    )
}

/// Executes a comparison.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    if m == M::Fxam {
        return examine(cx);
    }
    if !knows(m) {
        return Ok(None);
    }
    let mut env = Env::new(cx.cpu.x87.control);
    let b = if m == M::Ftst {
        Some(F80::ZERO)
    } else if cx.insn.op_count() > 0 && cx.insn.op0_kind() == OpKind::Memory {
        Some(moves::memory(cx, &mut env)?)
    } else {
        let i = match cx.insn.op_count() {
            0 => 1,
            n => stack::index(cx.insn.op_register(n - 1)),
        };
        stack::get(&cx.cpu.x87, &mut env, i)
    };
    let a = stack::get(&cx.cpu.x87, &mut env, 0);
    let quiet_too = !matches!(m, M::Fucom | M::Fucomp | M::Fucompp | M::Fucomi | M::Fucomip);
    let order = match (a, b) {
        (Some(a), Some(b)) => soft::compare(&mut env, a, b, quiet_too),
        _ => None,
    };
    finish(cx, &env);
    let blocked = env.blocked();
    if matches!(m, M::Fcomi | M::Fcomip | M::Fucomi | M::Fucomip) {
        // Flags are set even where an unmasked exception forbids to pop, as condition codes are.
        to_flags(cx, order);
    } else {
        let codes = match order {
            None => C0 | C2 | C3,
            Some(Ordering::Less) => C0,
            Some(Ordering::Equal) => C3,
            Some(Ordering::Greater) => 0,
        };
        let x = &mut cx.cpu.x87;
        x.status = x.status & !(C0 | C2 | C3) | codes;
    }
    if blocked {
        return DONE;
    }
    let pops = match m {
        M::Fcompp | M::Fucompp => 2,
        M::Fcomp | M::Fucomp | M::Ficomp | M::Fcomip | M::Fucomip => 1,
        _ => 0,
    };
    for _ in 0..pops {
        stack::pop(&mut cx.cpu.x87);
    }
    DONE
}

/// ZF, PF and CF; OF, SF and AF are cleared.
fn to_flags(cx: &mut Cx<'_>, order: Option<Ordering>) {
    const CF: u64 = 1;
    const PF: u64 = 4;
    const ZF: u64 = 64;
    cx.cpu.flags.set_arith(match order {
        None => ZF | PF | CF,
        Some(Ordering::Less) => CF,
        Some(Ordering::Equal) => ZF,
        Some(Ordering::Greater) => 0,
    });
}

/// FXAM: the class in C3, C2, C0 and the sign in C1.
fn examine(cx: &mut Cx<'_>) -> Out {
    let env = Env::new(cx.cpu.x87.control);
    finish(cx, &env);
    let x = &mut cx.cpu.x87;
    let v = stack::raw(x, 0);
    let class = if stack::empty(x, 0) {
        C3 | C0
    } else {
        match v.class() {
            Class::Unsupported => 0,
            Class::Quiet | Class::Signaling => C0,
            Class::Normal => C2,
            Class::Infinity => C2 | C0,
            Class::Zero => C3,
            Class::Denormal => C3 | C2,
        }
    };
    let sign = if v.negative() { C1 } else { 0 };
    x.status = x.status & !(C0 | C1 | C2 | C3) | class | sign;
    DONE
}
