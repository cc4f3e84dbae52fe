//! Moves between vector registers, memory and general registers.

use super::lanes::{join32, join64, split8, split32, split64};
use super::{DONE, Out, Vx};
use iced_x86::{Mnemonic as M, OpKind};

const LOW64: u128 = u64::MAX as u128;

/// Executes a move.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    match v.m {
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
            let x = v.second()?;
            v.write(x)
        }
        M::Movq => {
            let x = v.second()?[0] & LOW64;
            v.write([x, 0])
        }
        M::Movss => scalar(v, u128::from(u32::MAX)),
        M::Movsd => scalar(v, LOW64),
        M::Movlps | M::Movlpd => half(v, |a, b| a & !LOW64 | b & LOW64),
        M::Movhps | M::Movhpd => {
            if v.is_register(0) {
                return half(v, |a, b| a & LOW64 | b << 64);
            }
            let x = v.second()?[0] >> 64;
            v.write([x, 0])
        }
        M::Movhlps => half(v, |a, b| a & !LOW64 | b >> 64),
        M::Movlhps => half(v, |a, b| a & LOW64 | b << 64),
        M::Movddup => v.by_lane(|_, b| join64([b as u64, b as u64])),
        M::Movsldup => v.by_lane(|_, b| {
            let x = split32(b);
            join32([x[0], x[0], x[2], x[2]])
        }),
        M::Movshdup => v.by_lane(|_, b| {
            let x = split32(b);
            join32([x[1], x[1], x[3], x[3]])
        }),
        M::Movmskps => signs(v, 4, |x| bits(split32(x).map(|x| x >> 31 != 0))),
        M::Movmskpd => signs(v, 2, |x| bits(split64(x).map(|x| x >> 63 != 0))),
        M::Pmovmskb => signs(v, 16, |x| bits(split8(x).map(|x| x >> 7 != 0))),
        M::Maskmovdqu | M::Maskmovq => masked(v),
        _ => Ok(None),
    }
}

/// MOVSS, MOVSD: register to register keeps the rest of the first source, memory to register clears it.
fn scalar(v: &mut Vx<'_, '_>, part: u128) -> Out {
    let b = v.second()?[0];
    if v.is_register(0) && v.is_register(v.sources.1) {
        let a = v.first()?[0];
        return v.write([a & !part | b & part, 0]);
    }
    v.write([b, 0])
}

/// Operand 0 becomes a function of both sources; in memory it gets the low part of the second.
fn half(v: &mut Vx<'_, '_>, f: impl FnOnce(u128, u128) -> u128) -> Out {
    let b = v.second()?[0];
    if !v.is_register(0) {
        return v.write([b, 0]);
    }
    let a = v.first()?[0];
    v.write([f(a, b), 0])
}

fn bits<const N: usize>(v: [bool; N]) -> u128 {
    v.iter().rev().fold(0, |acc, &b| acc << 1 | u128::from(b))
}

/// The sign bits of every lane's elements (`n` to a lane), as an integer.
fn signs(v: &mut Vx<'_, '_>, n: u32, f: impl Fn(u128) -> u128) -> Out {
    let [low, high] = v.second()?.map(f);
    v.write([low | high << n, 0])
}

/// MASKMOVDQU, MASKMOVQ: the bytes whose mask byte has its top bit set go to DS:rDI, all or none.
fn masked(v: &mut Vx<'_, '_>) -> Out {
    let (data, mask) = (v.operand(1)?[0].to_le_bytes(), v.operand(2)?[0].to_le_bytes());
    let cx = &mut *v.cx;
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
