//! Jumps, calls, returns, loops, and what depends on a condition.

use super::condition::holds;
use super::{Cx, Flow, Outcome, Stop, segment};
use iced_x86::{Code, Instruction, Mnemonic as M, OpKind, Register as R};
use uemu_cpu::{Exception, Flags, Gpr};

const RSP: usize = Gpr::Rsp as usize;

/// Executes a control transfer, SETcc or CMOVcc; `None` if it is neither.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    use M::*;
    Some(match cx.insn.mnemonic() {
        Jmp => jmp(cx),
        Call => call(cx),
        Ret => ret(cx),
        Retf => retf(cx),
        Iretq | Iretd | Iret => iret(cx),
        Jo | Jno | Jb | Jae | Je | Jne | Jbe | Ja | Js | Jns | Jp | Jnp | Jl | Jge | Jle | Jg => {
            let taken = holds(&cx.cpu.flags, cx.insn.condition_code());
            branch_if(cx, taken)
        }
        Jrcxz => {
            let taken = cx.cpu.get(Gpr::Rcx) == 0;
            branch_if(cx, taken)
        }
        Jecxz => {
            let taken = cx.cpu.get(Gpr::Rcx) as u32 == 0;
            branch_if(cx, taken)
        }
        Loop | Loope | Loopne => loop_(cx),
        Seto | Setno | Setb | Setae | Sete | Setne | Setbe | Seta | Sets | Setns | Setp | Setnp | Setl | Setge
        | Setle | Setg => {
            let value = holds(&cx.cpu.flags, cx.insn.condition_code());
            cx.set_operand(0, value as u64).map(|()| Flow::Next)
        }
        Cmovo | Cmovno | Cmovb | Cmovae | Cmove | Cmovne | Cmovbe | Cmova | Cmovs | Cmovns | Cmovp | Cmovnp | Cmovl
        | Cmovge | Cmovle | Cmovg => cmov(cx),
        _ => return None,
    })
}

/// A jump target, if it is canonical.
fn canonical(target: u64) -> Result<u64, Stop> {
    if ((target << 16) as i64 >> 16) as u64 == target { Ok(target) } else { Err(Exception::GeneralProtection.into()) }
}

fn branch_if(cx: &mut Cx<'_>, taken: bool) -> Outcome {
    if !taken {
        return Ok(Flow::Next);
    }
    Ok(Flow::Jump(canonical(cx.insn.near_branch_target())?))
}

/// Where a near JMP or CALL goes.
fn near_target(cx: &mut Cx<'_>) -> Result<u64, Stop> {
    match cx.insn.op_kind(0) {
        OpKind::NearBranch64 => canonical(cx.insn.near_branch_target()),
        OpKind::Register | OpKind::Memory if cx.operand_size(0) == 8 => {
            let target = cx.operand(0)?;
            canonical(target)
        }
        _ => Err(Exception::InvalidOpcode { unimplemented: true }.into()),
    }
}

/// Bytes of the offset, if it is a far JMP or CALL through memory.
fn far(insn: &Instruction) -> Option<usize> {
    match insn.code() {
        Code::Jmp_m1664 | Code::Call_m1664 => Some(8),
        Code::Jmp_m1632 | Code::Call_m1632 => Some(4),
        Code::Jmp_m1616 | Code::Call_m1616 => Some(2),
        _ => None,
    }
}

/// Where a far JMP or CALL goes: only our own code segment is there. (AMD's processors take a REX.W form for the one
/// without.)
fn far_target(cx: &mut Cx<'_>, offset_bytes: usize) -> Result<u64, Stop> {
    let addr = cx.ea();
    let offset = cx.load_uint(addr, offset_bytes)?;
    let selector = cx.load_uint(cx.ea_plus(offset_bytes as u64), 2)?;
    // A JMP or CALL asks of the selector's RPL only that it is no higher than ours.
    own_code(selector | 3)?;
    canonical(offset)
}

/// Lets the code segment of 64-bit user mode pass. The 32-bit one leads to a mode that is not implemented.
fn own_code(selector: u64) -> Result<(), Stop> {
    let selector = selector as u16;
    match u64::from(selector) {
        segment::USER_CS => Ok(()),
        segment::USER32_CS => Err(Exception::InvalidOpcode { unimplemented: true }.into()),
        _ => Err(Exception::Selector(selector & !3).into()),
    }
}

fn jmp(cx: &mut Cx<'_>) -> Outcome {
    let target = match far(cx.insn) {
        Some(bytes) => far_target(cx, bytes)?,
        None => near_target(cx)?,
    };
    Ok(Flow::Jump(target))
}

fn call(cx: &mut Cx<'_>) -> Outcome {
    if let Some(bytes) = far(cx.insn) {
        return call_far(cx, bytes);
    }
    let target = near_target(cx)?;
    let sp = cx.cpu.gpr[RSP].wrapping_sub(8);
    cx.store_uint(sp, 8, cx.insn.next_ip())?;
    cx.cpu.gpr[RSP] = sp;
    Ok(Flow::Jump(target))
}

/// A far CALL: pushes CS, then the return address, each in a slot of the operand's size.
fn call_far(cx: &mut Cx<'_>, bytes: usize) -> Outcome {
    let target = far_target(cx, bytes)?;
    let (size, next) = (bytes as u64, cx.insn.next_ip());
    let sp = cx.cpu.gpr[RSP].wrapping_sub(2 * size);
    cx.check_write(sp, 2 * size)?;
    cx.store_uint(sp, bytes, next)?;
    cx.store_uint(sp.wrapping_add(size), bytes, segment::USER_CS)?;
    cx.cpu.gpr[RSP] = sp;
    Ok(Flow::Jump(target))
}

fn ret(cx: &mut Cx<'_>) -> Outcome {
    let extra = match cx.insn.code() {
        Code::Retnq => 0,
        Code::Retnq_imm16 => cx.insn.immediate16() as u64,
        _ => return Err(Exception::InvalidOpcode { unimplemented: true }.into()),
    };
    let sp = cx.cpu.gpr[RSP];
    let target = cx.load_uint(sp, 8)?;
    let target = canonical(target)?;
    cx.cpu.gpr[RSP] = sp.wrapping_add(8).wrapping_add(extra);
    Ok(Flow::Jump(target))
}

/// RETF within our own code segment.
fn retf(cx: &mut Cx<'_>) -> Outcome {
    let bytes = match cx.insn.code() {
        Code::Retfw | Code::Retfw_imm16 => 2,
        Code::Retfd | Code::Retfd_imm16 => 4,
        _ => 8,
    };
    let extra = if cx.insn.op_count() == 1 { cx.insn.immediate16() as u64 } else { 0 };
    let sp = cx.cpu.gpr[RSP];
    let target = cx.load_uint(sp, bytes)?;
    let selector = cx.load_uint(sp.wrapping_add(bytes as u64), bytes)?;
    own_code(selector)?;
    let target = canonical(target)?;
    cx.cpu.gpr[RSP] = sp.wrapping_add(2 * bytes as u64).wrapping_add(extra);
    Ok(Flow::Jump(target))
}

/// IRET to our own segments: RIP, CS, RFLAGS, RSP, SS.
fn iret(cx: &mut Cx<'_>) -> Outcome {
    const NT: u64 = 1 << 14;
    if cx.cpu.flags.control & NT != 0 {
        return Err(Exception::GeneralProtection.into());
    }
    let bytes: usize = match cx.insn.mnemonic() {
        M::Iret => 2,
        M::Iretd => 4,
        _ => 8,
    };
    let sp = cx.cpu.gpr[RSP];
    let mut slots = [0; 5];
    for (i, slot) in slots.iter_mut().enumerate() {
        *slot = cx.load_uint(sp.wrapping_add((i * bytes) as u64), bytes)?;
    }
    let [rip, cs, mut flags, rsp, ss] = slots;
    own_code(cs)?;
    if ss as u16 as u64 != segment::USER_SS {
        return Err(Exception::Selector(ss as u16 & !3).into());
    }
    let rip = canonical(rip)?;
    if bytes == 2 {
        flags |= cx.cpu.flags.rflags() & !0xffff;
    }
    cx.cpu.flags.set_rflags(flags);
    cx.cpu.gpr[RSP] = rsp;
    Ok(Flow::Jump(rip))
}

/// LOOP, LOOPE, LOOPNE: the address size says whether RCX or ECX counts; flags stay.
fn loop_(cx: &mut Cx<'_>) -> Outcome {
    let short = matches!(cx.insn.code(), Code::Loop_rel8_64_ECX | Code::Loope_rel8_64_ECX | Code::Loopne_rel8_64_ECX);
    let counter = if short { R::ECX } else { R::RCX };
    let left = cx.reg(counter).wrapping_sub(1) & if short { u32::MAX as u64 } else { u64::MAX };
    let zf = cx.cpu.flags.arith() & Flags::ZF != 0;
    let taken = left != 0
        && match cx.insn.mnemonic() {
            M::Loope => zf,
            M::Loopne => !zf,
            _ => true,
        };
    let flow = branch_if(cx, taken)?;
    cx.set_reg(counter, left);
    Ok(flow)
}

/// CMOVcc: the source is read, and a 32-bit destination's upper half cleared, in either case.
fn cmov(cx: &mut Cx<'_>) -> Outcome {
    let source = cx.operand(1)?;
    let d = cx.insn.op0_register();
    let value = if holds(&cx.cpu.flags, cx.insn.condition_code()) { source } else { cx.reg(d) };
    cx.set_reg(d, value);
    Ok(Flow::Next)
}
