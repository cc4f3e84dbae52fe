//! Addition, subtraction, logic, and the exchanges built on them.

use super::super::{Cx, Flow, Outcome, Stop};
use super::{flag, mask};
use iced_x86::{OpKind, Register};
use uemu_cpu::flags::Kind;
use uemu_cpu::{Exception, Flags, LazyFlags};

/// Replaces operand 0 by `f` of it. A memory operand is checked for writing first, so that nothing has happened,
/// to flags or registers, if the access is refused.
pub(super) fn update(cx: &mut Cx<'_>, f: impl FnOnce(&mut LazyFlags, u64, usize) -> u64) -> Outcome {
    let size = cx.operand_size(0);
    if cx.insn.op_kind(0) == OpKind::Memory {
        let addr = cx.ea();
        cx.check_write(addr, size as u64)?;
        let old = cx.load_uint(addr, size)?;
        let before = cx.cpu.flags;
        let new = f(&mut cx.cpu.flags, old, size);
        if let Err(stop) = cx.store_uint(addr, size, new) {
            cx.cpu.flags = before;
            return Err(stop);
        }
    } else {
        let r = cx.insn.op_register(0);
        let old = cx.reg(r);
        let new = f(&mut cx.cpu.flags, old, size);
        cx.set_reg(r, new);
    }
    Ok(Flow::Next)
}

/// ADD and ADC.
pub(super) fn add(cx: &mut Cx<'_>, with_carry: bool) -> Outcome {
    let b = cx.operand(1)?;
    update(cx, |flags, a, size| {
        let carry = with_carry && flags.cf();
        flags.note(if carry { Kind::ADC } else { Kind::ADD }, size, a, b);
        a.wrapping_add(b).wrapping_add(carry as u64)
    })
}

/// SUB and SBB.
pub(super) fn sub(cx: &mut Cx<'_>, with_borrow: bool) -> Outcome {
    let b = cx.operand(1)?;
    update(cx, |flags, a, size| {
        let borrow = with_borrow && flags.cf();
        flags.note(if borrow { Kind::SBB } else { Kind::SUB }, size, a, b);
        a.wrapping_sub(b).wrapping_sub(borrow as u64)
    })
}

/// CMP
pub(super) fn cmp(cx: &mut Cx<'_>) -> Outcome {
    let (a, b) = (cx.operand(0)?, cx.operand(1)?);
    let size = cx.operand_size(0);
    cx.cpu.flags.note(Kind::SUB, size, a, b);
    Ok(Flow::Next)
}

/// AND, OR, XOR.
pub(super) fn logic(cx: &mut Cx<'_>, op: impl FnOnce(u64, u64) -> u64) -> Outcome {
    let b = cx.operand(1)?;
    update(cx, |flags, a, size| {
        let r = op(a, b);
        flags.note(Kind::LOGIC, size, r, 0);
        r
    })
}

/// TEST
pub(super) fn test(cx: &mut Cx<'_>) -> Outcome {
    let (a, b) = (cx.operand(0)?, cx.operand(1)?);
    let size = cx.operand_size(0);
    cx.cpu.flags.note(Kind::LOGIC, size, a & b, 0);
    Ok(Flow::Next)
}

/// INC (CF stays).
pub(super) fn inc(cx: &mut Cx<'_>) -> Outcome {
    update(cx, |flags, a, size| {
        let (cf, r) = (flags.cf(), a.wrapping_add(1));
        flags.note(Kind::INC, size, r, cf as u64);
        r
    })
}

/// DEC (CF stays).
pub(super) fn dec(cx: &mut Cx<'_>) -> Outcome {
    update(cx, |flags, a, size| {
        let (cf, r) = (flags.cf(), a.wrapping_sub(1));
        flags.note(Kind::DEC, size, r, cf as u64);
        r
    })
}

/// NEG
pub(super) fn neg(cx: &mut Cx<'_>) -> Outcome {
    update(cx, |flags, a, size| {
        flags.note(Kind::SUB, size, 0, a);
        a.wrapping_neg()
    })
}

/// NOT (no flags).
pub(super) fn not(cx: &mut Cx<'_>) -> Outcome {
    update(cx, |_, a, _| !a)
}

/// XADD: the sum goes to the destination, the old destination to the source; the destination's write is last.
pub(super) fn xadd(cx: &mut Cx<'_>) -> Outcome {
    let source = cx.insn.op_register(1);
    let b = cx.reg(source);
    let mut old = 0;
    // With a register destination the source must be written first: `xadd eax, eax` leaves the sum.
    if cx.insn.op_kind(0) == OpKind::Register {
        let d = cx.insn.op_register(0);
        let a = cx.reg(d);
        let size = d.size();
        cx.set_reg(source, a);
        cx.set_reg(d, a.wrapping_add(b));
        cx.cpu.flags.note(Kind::ADD, size, a, b);
        return Ok(Flow::Next);
    }
    update(cx, |flags, a, size| {
        old = a;
        flags.note(Kind::ADD, size, a, b);
        a.wrapping_add(b)
    })?;
    cx.set_reg(source, old);
    Ok(Flow::Next)
}

/// CMPXCHG: the destination is written in either case.
pub(super) fn cmpxchg(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let accumulator = match size {
        1 => Register::AL,
        2 => Register::AX,
        4 => Register::EAX,
        _ => Register::RAX,
    };
    let (want, new) = (cx.reg(accumulator), cx.reg(cx.insn.op_register(1)));
    let in_memory = cx.insn.op_kind(0) == OpKind::Memory;
    let old;
    if in_memory {
        let addr = cx.ea();
        cx.check_write(addr, size as u64)?;
        old = cx.load_uint(addr, size)?;
        cx.store_uint(addr, size, if old == want { new } else { old })?;
    } else {
        old = cx.reg(cx.insn.op_register(0));
        if old == want {
            cx.set_reg(cx.insn.op_register(0), new);
        }
    }
    cx.cpu.flags.note(Kind::SUB, size, want, old);
    if old != want {
        cx.set_reg(accumulator, old);
    }
    Ok(Flow::Next)
}

/// CMPXCHG8B and CMPXCHG16B on `bytes` bytes; the latter must be aligned.
pub(super) fn cmpxchg_pair(cx: &mut Cx<'_>, bytes: usize) -> Outcome {
    let addr = cx.ea();
    if bytes == 16 && !addr.is_multiple_of(16) {
        return Err(Exception::GeneralProtection.into());
    }
    let half = bytes / 2;
    let part = mask(half);
    let [rax, rcx, rdx, rbx] = [0, 1, 2, 3].map(|i| cx.cpu.gpr[i] & part);
    cx.check_write(addr, bytes as u64)?;
    let low = cx.load_uint(addr, half)?;
    let high = cx.load_uint(addr.wrapping_add(half as u64), half)?;
    let equal = (low, high) == (rax, rdx);
    let (new_low, new_high) = if equal { (rbx, rcx) } else { (low, high) };
    let mut image = [0; 16];
    image[..8].copy_from_slice(&new_low.to_le_bytes());
    image[half..half + 8].copy_from_slice(&new_high.to_le_bytes());
    cx.store(addr, &image[..bytes])?;
    cx.cpu.flags.update_arith(Flags::ZF, flag(Flags::ZF, equal));
    if !equal {
        let (a, d) = if half == 4 { (Register::EAX, Register::EDX) } else { (Register::RAX, Register::RDX) };
        cx.set_reg(a, low);
        cx.set_reg(d, high);
    }
    Ok::<Flow, Stop>(Flow::Next)
}
