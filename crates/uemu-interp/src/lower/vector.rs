//! SSE and SSE2, legacy encodings, to handlers on the host's vector unit.

use super::operands::{Addressing, by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::sse;
use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use std::mem::offset_of;
use uemu_cpu::CpuState;

/// The byte offset of operand `n`, an XMM register.
fn xmm(insn: &Instruction, n: u32) -> Option<u16> {
    let r = if insn.op_kind(n) == OpKind::Register { insn.op_register(n) } else { Register::None };
    r.is_xmm().then(|| (offset_of!(CpuState, vector) + r.number() * 64) as u16)
}

/// The op for a vector instruction; with `float`, also where MXCSR matters.
pub(super) fn select(insn: &Instruction, known: &mut Known, float: bool) -> Option<Op> {
    use Mnemonic as M;
    let m = insn.mnemonic();
    if insn.op_count() < 2 {
        return None;
    }
    let to_xmm = xmm(insn, 0);
    if let Some(d) = to_xmm
        && insn.op_count() == 2
        && imm(insn, 1).is_none()
        && let Some((handlers, is_float)) = sse::binary_handlers(m)
        && (float || !is_float)
    {
        return with_source(insn, Op { d, ..EMPTY }, &handlers, xmm);
    }
    match m {
        M::Movaps | M::Movapd | M::Movdqa => full_move::<true>(insn),
        M::Movups | M::Movupd | M::Movdqu => full_move::<false>(insn),
        M::Movsd | M::Movss | M::Movd | M::Movq => low_move(insn),
        M::Movlps | M::Movlpd | M::Movhps | M::Movhpd => half_move(insn, matches!(m, M::Movhps | M::Movhpd)),
        M::Movhlps => Some(Op { handler: sse::half_rr, d: to_xmm?, s: xmm(insn, 1)? + 8, ..EMPTY }),
        M::Movlhps => Some(Op { handler: sse::half_rr, d: to_xmm? + 8, s: xmm(insn, 1)?, ..EMPTY }),
        M::Pshufd => {
            let mut op = Op { d: to_xmm?, ..EMPTY };
            let i = imm(insn, 2)?;
            op.imm = i;
            if let Some(s) = xmm(insn, 1) {
                op.s = s;
                op.handler = sse::pshufd_rr;
            } else {
                let mode = memory(insn, &mut op, Some(i))?;
                op.handler = by_mode!(mode, sse::pshufd_rm, [], []);
            }
            Some(op)
        }
        M::Shufps => Some(Op { handler: sse::shufps_rr, d: to_xmm?, s: xmm(insn, 1)?, imm: imm(insn, 2)?, ..EMPTY }),
        M::Shufpd => Some(Op { handler: sse::shufpd_rr, d: to_xmm?, s: xmm(insn, 1)?, imm: imm(insn, 2)?, ..EMPTY }),
        M::Pslldq => Some(Op { handler: sse::byte_shift::<false>, d: to_xmm?, imm: imm(insn, 1)?.min(16), ..EMPTY }),
        M::Psrldq => Some(Op { handler: sse::byte_shift::<true>, d: to_xmm?, imm: imm(insn, 1)?.min(16), ..EMPTY }),
        M::Psllw | M::Pslld | M::Psllq | M::Psrlw | M::Psrld | M::Psrlq | M::Psraw | M::Psrad => {
            let handler: Handler = match m {
                M::Psllw => sse::lane_shift_imm::<sse::Psllw>,
                M::Pslld => sse::lane_shift_imm::<sse::Pslld>,
                M::Psllq => sse::lane_shift_imm::<sse::Psllq>,
                M::Psrlw => sse::lane_shift_imm::<sse::Psrlw>,
                M::Psrld => sse::lane_shift_imm::<sse::Psrld>,
                M::Psrlq => sse::lane_shift_imm::<sse::Psrlq>,
                M::Psraw => sse::lane_shift_imm::<sse::Psraw>,
                _ => sse::lane_shift_imm::<sse::Psrad>,
            };
            Some(Op { handler, d: to_xmm?, imm: imm(insn, 1)?, ..EMPTY })
        }
        M::Pmovmskb => Some(Op { handler: sse::mask::<sse::Pmovmskb>, d: reg(insn, 0)?, s: xmm(insn, 1)?, ..EMPTY }),
        M::Movmskps => Some(Op { handler: sse::mask::<sse::Movmskps>, d: reg(insn, 0)?, s: xmm(insn, 1)?, ..EMPTY }),
        M::Movmskpd => Some(Op { handler: sse::mask::<sse::Movmskpd>, d: reg(insn, 0)?, s: xmm(insn, 1)?, ..EMPTY }),
        M::Cvtsi2sd | M::Cvtsi2ss if float => {
            let bytes = match insn.op_kind(1) {
                OpKind::Register => insn.op1_register().size(),
                _ => insn.memory_size().size(),
            };
            with_source(insn, Op { d: to_xmm?, ..EMPTY }, &sse::from_int(m, bytes)?, reg)
        }
        M::Cvtsd2si | M::Cvttsd2si | M::Cvtss2si | M::Cvttss2si if float => {
            let handlers = sse::to_int(m, insn.op0_register().size())?;
            with_source(insn, Op { d: reg(insn, 0)?, ..EMPTY }, &handlers, xmm)
        }
        M::Comisd | M::Ucomisd | M::Comiss | M::Ucomiss if float => {
            let op = with_source(insn, Op { d: to_xmm?, ..EMPTY }, &sse::compare(m)?, xmm)?;
            *known = Known::Eager;
            Some(op)
        }
        _ => None,
    }
}

/// Completes an op whose operand 1 is a register or memory.
fn with_source(
    insn: &Instruction,
    mut op: Op,
    handlers: &[Handler; 5],
    register: fn(&Instruction, u32) -> Option<u16>,
) -> Option<Op> {
    if let Some(s) = register(insn, 1) {
        op.s = s;
        op.handler = handlers[0];
        return Some(op);
    }
    if insn.op_kind(1) != OpKind::Memory {
        return None;
    }
    op.handler = match memory(insn, &mut op, None)? {
        Addressing::BaseDisp => handlers[1],
        Addressing::BaseIndex => handlers[2],
        Addressing::Absolute => handlers[3],
        Addressing::Fs => handlers[4],
    };
    Some(op)
}

fn full_move<const ALIGNED: bool>(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    match (xmm(insn, 0), xmm(insn, 1)) {
        (Some(d), Some(s)) => {
            (op.d, op.s) = (d, s);
            op.handler = sse::mov_rr;
        }
        (Some(d), None) => {
            op.d = d;
            let mode = memory(insn, &mut op, None)?;
            op.handler = by_mode!(mode, sse::load_full, [], [ALIGNED]);
        }
        (None, Some(s)) => {
            op.s = s;
            let mode = memory(insn, &mut op, None)?;
            op.handler = by_mode!(mode, sse::store_full, [], [ALIGNED]);
        }
        _ => return None,
    }
    Some(op)
}

/// MOVSS, MOVSD, MOVD, MOVQ in all their directions.
fn low_move(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    let m = insn.mnemonic();
    let narrow = match m {
        Mnemonic::Movss => true,
        Mnemonic::Movsd => false,
        _ => {
            let other = if xmm(insn, 0).is_some() { 1 } else { 0 };
            match insn.op_kind(other) {
                OpKind::Register => insn.op_register(other).size() == 4,
                _ => insn.memory_size().size() == 4,
            }
        }
    };
    match (xmm(insn, 0), xmm(insn, 1)) {
        (Some(d), Some(s)) => {
            (op.d, op.s) = (d, s);
            op.handler = match m {
                Mnemonic::Movss => sse::movss_rr,
                Mnemonic::Movsd => sse::half_rr,
                _ => sse::low_from::<u64>,
            };
        }
        (Some(d), None) => {
            op.d = d;
            if let Some(s) = reg(insn, 1) {
                op.s = s;
                op.handler = if narrow { sse::low_from::<u32> } else { sse::low_from::<u64> };
            } else if insn.op_kind(1) == OpKind::Memory {
                let mode = memory(insn, &mut op, None)?;
                op.handler = if narrow {
                    by_mode!(mode, sse::load_low, [u32], [])
                } else {
                    by_mode!(mode, sse::load_low, [u64], [])
                };
            } else {
                return None;
            }
        }
        (None, Some(s)) => {
            op.s = s;
            if let Some(d) = reg(insn, 0) {
                op.d = d;
                op.handler = if narrow { crate::ops::mov::rr::<u32> } else { crate::ops::mov::rr::<u64> };
            } else if insn.op_kind(0) == OpKind::Memory {
                let mode = memory(insn, &mut op, None)?;
                op.handler = if narrow {
                    by_mode!(mode, sse::store_part, [u32], [])
                } else {
                    by_mode!(mode, sse::store_part, [u64], [])
                };
            } else {
                return None;
            }
        }
        _ => return None,
    }
    Some(op)
}

fn half_move(insn: &Instruction, high: bool) -> Option<Op> {
    let mut op = EMPTY;
    let part = if high { 8 } else { 0 };
    if let Some(d) = xmm(insn, 0) {
        op.d = d + part;
        let mode = (insn.op_kind(1) == OpKind::Memory).then(|| memory(insn, &mut op, None)).flatten()?;
        op.handler = by_mode!(mode, sse::load_half, [], []);
    } else {
        op.s = xmm(insn, 1)? + part;
        let mode = (insn.op_kind(0) == OpKind::Memory).then(|| memory(insn, &mut op, None)).flatten()?;
        op.handler = by_mode!(mode, sse::store_part, [u64], []);
    }
    Some(op)
}
