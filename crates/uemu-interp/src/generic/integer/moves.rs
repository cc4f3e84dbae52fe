//! Moves between registers, memory and immediates.

use super::super::segment;
use super::super::{Cx, Flow, Outcome};
use super::signed;
use iced_x86::{OpKind, Register};
use uemu_cpu::Exception;

/// MOV, segment registers included; control and debug registers are privileged.
pub(super) fn mov(cx: &mut Cx<'_>) -> Outcome {
    for n in 0..2 {
        if cx.insn.op_kind(n) == OpKind::Register {
            let r = cx.insn.op_register(n);
            if r.is_segment_register() {
                return if n == 0 { to_segment(cx, r) } else { from_segment(cx, r) };
            }
            if r.is_cr() || r.is_dr() || r.is_tr() {
                return Err(Exception::GeneralProtection.into());
            }
        }
    }
    let v = cx.operand(1)?;
    cx.set_operand(0, v)?;
    Ok(Flow::Next)
}

fn from_segment(cx: &mut Cx<'_>, segment: Register) -> Outcome {
    let selector = segment::selector(cx.cpu, segment);
    if cx.insn.op_kind(0) == OpKind::Memory {
        let addr = cx.ea();
        cx.store_uint(addr, 2, selector)?;
    } else {
        cx.set_reg(cx.insn.op_register(0), selector);
    }
    Ok(Flow::Next)
}

fn to_segment(cx: &mut Cx<'_>, segment: Register) -> Outcome {
    let selector = if cx.insn.op_kind(1) == OpKind::Memory {
        let addr = cx.ea();
        cx.load_uint(addr, 2)?
    } else {
        cx.reg(cx.insn.op_register(1))
    };
    segment::load(cx.cpu, segment, selector as u16)?;
    Ok(Flow::Next)
}

/// MOVZX, and MOVNTI: a plain move of what is already zero-extended.
pub(super) fn movzx(cx: &mut Cx<'_>) -> Outcome {
    let v = cx.operand(1)?;
    cx.set_operand(0, v)?;
    Ok(Flow::Next)
}

/// MOVSX and MOVSXD.
pub(super) fn movsx(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(1);
    let v = cx.operand(1)?;
    cx.set_operand(0, signed(v, size) as u64)?;
    Ok(Flow::Next)
}

/// MOVBE
pub(super) fn movbe(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let v = cx.operand(1)?;
    cx.set_operand(0, v.swap_bytes() >> (64 - 8 * size))?;
    Ok(Flow::Next)
}

/// LEA: the address without segment base, cut to the destination's size.
pub(super) fn lea(cx: &mut Cx<'_>) -> Outcome {
    let a = cx.offset();
    cx.set_reg(cx.insn.op0_register(), a);
    Ok(Flow::Next)
}

/// XCHG
pub(super) fn xchg(cx: &mut Cx<'_>) -> Outcome {
    // Either operand may be encoded as the memory one; iced puts it first.
    let (a, b) = (cx.insn.op_kind(0), cx.insn.op_kind(1));
    if a == OpKind::Register && b == OpKind::Register {
        let (x, y) = (cx.insn.op0_register(), cx.insn.op1_register());
        let (vx, vy) = (cx.reg(x), cx.reg(y));
        cx.set_reg(x, vy);
        cx.set_reg(y, vx);
        return Ok(Flow::Next);
    }
    let r = cx.insn.op_register(if a == OpKind::Register { 0 } else { 1 });
    let (addr, size) = (cx.ea(), r.size());
    cx.check_write(addr, size as u64)?;
    let old = cx.load_uint(addr, size)?;
    let new = cx.reg(r);
    cx.store_uint(addr, size, new)?;
    cx.set_reg(r, old);
    Ok(Flow::Next)
}

/// BSWAP; of a 16-bit register, undefined, it gives zero as processors do.
pub(super) fn bswap(cx: &mut Cx<'_>) -> Outcome {
    let r = cx.insn.op0_register();
    let v = cx.reg(r);
    let swapped = match r.size() {
        8 => v.swap_bytes(),
        4 => (v as u32).swap_bytes() as u64,
        _ => 0,
    };
    cx.set_reg(r, swapped);
    Ok(Flow::Next)
}

/// XLATB
pub(super) fn xlat(cx: &mut Cx<'_>) -> Outcome {
    let addr = cx.ea();
    let v = cx.load_uint(addr, 1)?;
    cx.set_reg(Register::AL, v);
    Ok(Flow::Next)
}
