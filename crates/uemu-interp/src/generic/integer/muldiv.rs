//! Products and quotients.

use super::super::{Cx, Flow, Outcome};
use super::{mask, signed};
use iced_x86::Register as R;
use uemu_cpu::Exception;
use uemu_cpu::flags::Kind;

/// The registers of a double word: low and high (for bytes both are AX, and `high` is AH).
fn pair(size: usize) -> (R, R) {
    match size {
        1 => (R::AL, R::AH),
        2 => (R::AX, R::DX),
        4 => (R::EAX, R::EDX),
        _ => (R::RAX, R::RDX),
    }
}

fn set_product(cx: &mut Cx<'_>, size: usize, product: u128, overflow: bool) {
    let (low, high) = pair(size);
    let (l, h) = (product as u64 & mask(size), (product >> (8 * size)) as u64 & mask(size));
    cx.set_reg(low, l);
    cx.set_reg(high, h);
    cx.cpu.flags.note(Kind::MUL, size, l, overflow as u64);
}

/// MUL
pub(super) fn mul(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let b = cx.operand(0)?;
    let product = cx.reg(pair(size).0) as u128 * b as u128;
    set_product(cx, size, product, product >> (8 * size) != 0);
    Ok(Flow::Next)
}

/// IMUL of one, two and three operands.
pub(super) fn imul(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let count = cx.insn.op_count();
    let (a, b) = match count {
        1 => (cx.reg(pair(size).0), cx.operand(0)?),
        2 => (cx.operand(0)?, cx.operand(1)?),
        _ => (cx.operand(1)?, cx.operand(2)?),
    };
    let product = signed(a, size) as i128 * signed(b, size) as i128;
    let overflow = product != signed(product as u64, size) as i128;
    if count == 1 {
        set_product(cx, size, product as u128, overflow);
    } else {
        cx.set_reg(cx.insn.op0_register(), product as u64);
        cx.cpu.flags.note(Kind::MUL, size, product as u64, overflow as u64);
    }
    Ok(Flow::Next)
}

fn dividend(cx: &Cx<'_>, size: usize) -> u128 {
    let (low, high) = pair(size);
    (cx.reg(high) as u128) << (8 * size) | cx.reg(low) as u128
}

/// DIV. Flags, undefined, stay.
pub(super) fn div(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let d = cx.operand(0)? as u128;
    let n = dividend(cx, size);
    let (Some(q), Some(r)) = (n.checked_div(d), n.checked_rem(d)) else {
        return Err(Exception::Divide.into());
    };
    if q > mask(size) as u128 {
        return Err(Exception::Divide.into());
    }
    let (low, high) = pair(size);
    cx.set_reg(low, q as u64);
    cx.set_reg(high, r as u64);
    Ok(Flow::Next)
}

/// IDIV. Flags, undefined, stay.
pub(super) fn idiv(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let b = cx.operand(0)?;
    let d = signed(b, size) as i128;
    let up = 128 - 16 * size as u32;
    let n = ((dividend(cx, size) << up) as i128) >> up;
    // `checked`: the least i128 divided by -1 overflows.
    let (Some(q), Some(r)) = (n.checked_div(d), n.checked_rem(d)) else {
        return Err(Exception::Divide.into());
    };
    if q != signed(q as u64, size) as i128 {
        return Err(Exception::Divide.into());
    }
    let (low, high) = pair(size);
    cx.set_reg(low, q as u64);
    cx.set_reg(high, r as u64);
    Ok(Flow::Next)
}
