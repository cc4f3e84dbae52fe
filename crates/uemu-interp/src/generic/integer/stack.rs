//! PUSH, POP, flags on the stack, ENTER and LEAVE.

use super::super::segment;
use super::super::{Cx, Flow, Outcome, Stop};
use iced_x86::{OpKind, Register};
use uemu_cpu::{Flags, Gpr};

const RSP: usize = Gpr::Rsp as usize;
const RBP: usize = Gpr::Rbp as usize;

/// Bytes the instruction moves on the stack: 8, or 2 with an operand-size prefix.
fn slot(cx: &Cx<'_>) -> usize {
    if cx.insn.stack_pointer_increment().unsigned_abs() == 2 { 2 } else { 8 }
}

fn push_value(cx: &mut Cx<'_>, size: usize, value: u64) -> Outcome {
    let sp = cx.cpu.gpr[RSP].wrapping_sub(size as u64);
    cx.store_uint(sp, size, value)?;
    cx.cpu.gpr[RSP] = sp;
    Ok(Flow::Next)
}

/// PUSH (`push rsp` pushes the old value).
pub(super) fn push(cx: &mut Cx<'_>) -> Outcome {
    let size = slot(cx);
    let value = match cx.insn.op_kind(0) {
        OpKind::Register if cx.insn.op0_register().is_segment_register() => {
            segment::selector(cx.cpu, cx.insn.op0_register())
        }
        _ => cx.operand(0)?,
    };
    push_value(cx, size, value)
}

/// POP. A memory destination is addressed with the RSP that follows the pop.
pub(super) fn pop(cx: &mut Cx<'_>) -> Outcome {
    let size = slot(cx);
    let sp = cx.cpu.gpr[RSP];
    let value = cx.load_uint(sp, size)?;
    cx.cpu.gpr[RSP] = sp.wrapping_add(size as u64);
    let r = cx.insn.op0_register();
    let done = if cx.insn.op_kind(0) == OpKind::Register && r.is_segment_register() {
        segment::load(cx.cpu, r, value as u16).map_err(Stop::from)
    } else {
        cx.set_operand(0, value)
    };
    if let Err(stop) = done {
        cx.cpu.gpr[RSP] = sp;
        return Err(stop);
    }
    Ok(Flow::Next)
}

/// PUSHF: RF reads as zero.
pub(super) fn pushf(cx: &mut Cx<'_>) -> Outcome {
    let (size, flags) = (slot(cx), cx.cpu.flags.rflags() & !Flags::RF);
    push_value(cx, size, flags)
}

/// POPF; the 16-bit form leaves the upper flags.
pub(super) fn popf(cx: &mut Cx<'_>) -> Outcome {
    let size = slot(cx);
    let sp = cx.cpu.gpr[RSP];
    let mut value = cx.load_uint(sp, size)?;
    if size == 2 {
        value |= cx.cpu.flags.rflags() & !0xffff;
    }
    cx.cpu.gpr[RSP] = sp.wrapping_add(size as u64);
    cx.cpu.flags.set_rflags(value);
    Ok(Flow::Next)
}

/// ENTER: a frame of `imm16` bytes, with `imm8 % 32` levels of enclosing frames' pointers.
pub(super) fn enter(cx: &mut Cx<'_>) -> Outcome {
    let size = if cx.insn.code() == iced_x86::Code::Enterw_imm16_imm8 { 2 } else { 8 };
    let bytes = size as u64;
    let (room, level) = (cx.insn.immediate16() as u64, cx.insn.immediate8_2nd() as u64 % 32);
    let (rsp, rbp) = (cx.cpu.gpr[RSP], cx.cpu.gpr[RBP]);
    let frame = rsp.wrapping_sub(bytes);
    let last = frame.wrapping_sub(bytes * level);
    let end = last.wrapping_sub(room);
    cx.check_write(last, bytes * (level + 1))?;
    // The processor probes the final top of the stack too.
    cx.check_write(end, bytes)?;
    cx.store_uint(frame, size, rbp)?;
    for i in 1..level {
        let outer = cx.load_uint(rbp.wrapping_sub(bytes * i), size)?;
        cx.store_uint(frame.wrapping_sub(bytes * i), size, outer)?;
    }
    if level > 0 {
        cx.store_uint(last, size, frame)?;
    }
    cx.set_reg(if size == 2 { Register::BP } else { Register::RBP }, frame);
    cx.cpu.gpr[RSP] = end;
    Ok(Flow::Next)
}

/// LEAVE
pub(super) fn leave(cx: &mut Cx<'_>) -> Outcome {
    let size = if cx.insn.code() == iced_x86::Code::Leavew { 2 } else { 8 };
    let frame = cx.cpu.gpr[RBP];
    let value = cx.load_uint(frame, size)?;
    cx.cpu.gpr[RSP] = frame.wrapping_add(size as u64);
    cx.set_reg(if size == 2 { Register::BP } else { Register::RBP }, value);
    Ok(Flow::Next)
}
