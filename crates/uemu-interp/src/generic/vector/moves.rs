//! Moves between vector registers, memory and general registers.

use super::lanes::{join32, join64, split8, split32, split64};
use super::{DONE, Out, read, write};
use crate::generic::Cx;
use iced_x86::{Mnemonic as M, OpKind};

const LOW64: u128 = u64::MAX as u128;

/// Executes a move.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    match cx.insn.mnemonic() {
        // What moves all of a register, and what zero-extends into it or stores its low part.
        M::Movaps
        | M::Movups
        | M::Movapd
        | M::Movupd
        | M::Movdqa
        | M::Movdqu
        | M::Lddqu
        | M::Movntps
        | M::Movntpd
        | M::Movntdq
        | M::Movntdqa
        | M::Movntq
        | M::Movnti
        | M::Movd
        | M::Movq2dq
        | M::Movdq2q => {
            let v = read(cx, 1)?;
            write(cx, 0, v)
        }
        M::Movq => {
            let v = read(cx, 1)? & LOW64;
            write(cx, 0, v)
        }
        M::Movss => scalar(cx, u128::from(u32::MAX)),
        M::Movsd => scalar(cx, LOW64),
        M::Movlps | M::Movlpd => scalar_keeping(cx, |a, b| a & !LOW64 | b & LOW64),
        M::Movhps | M::Movhpd => {
            if cx.insn.op_kind(0) == OpKind::Register {
                return scalar_keeping(cx, |a, b| a & LOW64 | b << 64);
            }
            let v = read(cx, 1)? >> 64;
            write(cx, 0, v)
        }
        M::Movhlps => scalar_keeping(cx, |a, b| a & !LOW64 | b >> 64),
        M::Movlhps => scalar_keeping(cx, |a, b| a & LOW64 | b << 64),
        M::Movddup => scalar_keeping(cx, |_, b| join64([b as u64, b as u64])),
        M::Movsldup => scalar_keeping(cx, |_, b| {
            let v = split32(b);
            join32([v[0], v[0], v[2], v[2]])
        }),
        M::Movshdup => scalar_keeping(cx, |_, b| {
            let v = split32(b);
            join32([v[1], v[1], v[3], v[3]])
        }),
        M::Movmskps => signs(cx, |v| bits(split32(v).map(|x| x >> 31 != 0))),
        M::Movmskpd => signs(cx, |v| bits(split64(v).map(|x| x >> 63 != 0))),
        M::Pmovmskb => signs(cx, |v| bits(split8(v).map(|x| x >> 7 != 0))),
        M::Maskmovdqu | M::Maskmovq => masked(cx),
        _ => Ok(None),
    }
}

/// MOVSS, MOVSD: register to register keeps the rest, memory to register clears it.
fn scalar(cx: &mut Cx<'_>, part: u128) -> Out {
    let v = read(cx, 1)?;
    if cx.insn.op_kind(0) == OpKind::Register && cx.insn.op_kind(1) == OpKind::Register {
        let old = read(cx, 0)?;
        return write(cx, 0, old & !part | v & part);
    }
    write(cx, 0, v)
}

/// The first operand becomes a function of both; a first operand in memory gets the low part of the second.
fn scalar_keeping(cx: &mut Cx<'_>, f: impl FnOnce(u128, u128) -> u128) -> Out {
    let b = read(cx, 1)?;
    if cx.insn.op_kind(0) != OpKind::Register {
        return write(cx, 0, b);
    }
    let a = read(cx, 0)?;
    write(cx, 0, f(a, b))
}

fn bits<const N: usize>(v: [bool; N]) -> u128 {
    v.iter().rev().fold(0, |acc, &b| acc << 1 | u128::from(b))
}

fn signs(cx: &mut Cx<'_>, f: impl FnOnce(u128) -> u128) -> Out {
    let v = read(cx, 1)?;
    write(cx, 0, f(v))
}

/// MASKMOVDQU, MASKMOVQ: the bytes whose mask byte has its top bit set go to DS:rDI, all or none.
fn masked(cx: &mut Cx<'_>) -> Out {
    let (data, mask) = (read(cx, 1)?.to_le_bytes(), read(cx, 2)?.to_le_bytes());
    let rdi = cx.cpu.get(uemu_cpu::Gpr::Rdi);
    let offset = if cx.insn.op_kind(0) == OpKind::MemorySegEDI { u64::from(rdi as u32) } else { rdi };
    let base = cx.segment_base(cx.insn.memory_segment()).wrapping_add(offset);
    let chosen = || (0..16u64).filter(|&i| mask[i as usize] & 0x80 != 0);
    for i in chosen() {
        cx.check_write(base.wrapping_add(i), 1)?;
    }
    for i in chosen() {
        cx.store(base.wrapping_add(i), &data[i as usize..=i as usize])?;
    }
    DONE
}
