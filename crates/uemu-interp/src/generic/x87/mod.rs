//! The x87 unit (SDM vol. 1, chapter 8) and the save areas that hold it.
//!
//! `soft` computes; `stack` is the register stack with its faults; the rest is one file a group of instructions.
//! An exception that the control word does not mask is noted in the status word (ES) by the instruction that finds it and
//! raised by the next waiting one, as the processor does with CR0.NE set.

mod arith;
mod compare;
mod control;
mod moves;
mod save;
pub(crate) mod soft;
mod stack;
mod transcendental;

use super::{Cx, Flow, Outcome, Stop};
use iced_x86::Mnemonic as M;
use soft::Env;
use uemu_cpu::{Exception, X87};
use uemu_mem::GuestAddr;

/// What a group returns: `None` for an instruction that is not its own.
type Out = Result<Option<Flow>, Stop>;
/// The instruction is done; on to the next.
const DONE: Out = Ok(Some(Flow::Next));

/// Stack fault.
const SF: u16 = 1 << 6;
/// Exception summary, and its twin B.
const ES: u16 = 1 << 7 | 1 << 15;
/// Condition codes.
const C0: u16 = 1 << 8;
const C1: u16 = 1 << 9;
const C2: u16 = 1 << 10;
const C3: u16 = 1 << 14;

/// Executes one instruction of the unit or of the save areas.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    if let Some(out) = save::execute(cx).transpose() {
        return Some(out);
    }
    let out = control::execute(cx).transpose();
    if out.is_some() {
        return out;
    }
    if !is_computational(cx.insn.mnemonic()) {
        return None;
    }
    if let Err(e) = check_pending(&cx.cpu.x87) {
        return Some(Err(e));
    }
    computational(cx).transpose()
}

/// #MF if an unmasked exception waits.
fn check_pending(x: &X87) -> Result<(), Stop> {
    if x.status & ES != 0 { Err(Exception::X87.into()) } else { Ok(()) }
}

/// Everything that is not control: it leaves its address behind.
fn computational(cx: &mut Cx<'_>) -> Out {
    type Group = fn(&mut Cx<'_>) -> Out;
    const GROUPS: [Group; 4] = [moves::execute, arith::execute, compare::execute, transcendental::execute];
    for group in GROUPS {
        if let Some(flow) = group(cx)? {
            return Ok(Some(flow));
        }
    }
    Ok(None)
}

fn is_computational(m: M) -> bool {
    moves::knows(m) || arith::knows(m) || compare::knows(m) || transcendental::knows(m)
}

/// Ends a computational instruction: exceptions and C1 into the status word, and the pointers.
fn finish(cx: &mut Cx<'_>, env: &Env) {
    let memory = cx.insn.memory_size().size() != 0;
    let operand = memory.then(|| cx.ea());
    let x = &mut cx.cpu.x87;
    x.status = x.status & !C1 | env.raised | if env.up { C1 } else { 0 };
    x.instruction = cx.insn.ip();
    if let Some(a) = operand {
        x.operand = a;
    }
    summarize(x);
    if x.status & ES != 0 {
        // "Fopcode compatibility" off: the opcode is kept for unmasked exceptions only (SDM vol. 1, 8.1.9.1).
        cx.cpu.x87.opcode = opcode(cx);
    }
}

/// ES and B say whether an exception is pending that the control word does not mask.
fn summarize(x: &mut X87) {
    if x.status & !x.control & 0x3f != 0 {
        x.status |= ES;
    } else {
        x.status &= !ES;
    }
}

/// The low 11 bits of the opcode: the last bits of D8-DF and the byte that follows.
fn opcode(cx: &Cx<'_>) -> u16 {
    let mut bytes = [0; 16];
    let n = cx.mem.peek(GuestAddr(cx.insn.ip()), &mut bytes).min(cx.insn.len());
    let escape = bytes[..n].windows(2).find(|w| (0xd8..=0xdf).contains(&w[0]));
    escape.map_or(0, |w| u16::from(w[0] & 7) << 8 | u16::from(w[1]))
}
