//! SSE4.1 what is of no other shape, and CRC32 of SSE4.2.

use super::lanes::{join16, join32, split8, split16, split32};
use super::{DONE, Out, read, write};
use crate::generic::Cx;
use iced_x86::{Mnemonic as M, OpKind};
use uemu_cpu::Flags;

/// Executes it.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    match cx.insn.mnemonic() {
        M::Pmovsxbw => extend(cx, 8, 16, true),
        M::Pmovsxbd => extend(cx, 8, 32, true),
        M::Pmovsxbq => extend(cx, 8, 64, true),
        M::Pmovsxwd => extend(cx, 16, 32, true),
        M::Pmovsxwq => extend(cx, 16, 64, true),
        M::Pmovsxdq => extend(cx, 32, 64, true),
        M::Pmovzxbw => extend(cx, 8, 16, false),
        M::Pmovzxbd => extend(cx, 8, 32, false),
        M::Pmovzxbq => extend(cx, 8, 64, false),
        M::Pmovzxwd => extend(cx, 16, 32, false),
        M::Pmovzxwq => extend(cx, 16, 64, false),
        M::Pmovzxdq => extend(cx, 32, 64, false),
        M::Pblendvb => blend_by_register(cx, 8),
        M::Blendvps => blend_by_register(cx, 32),
        M::Blendvpd => blend_by_register(cx, 64),
        M::Pblendw => blend_by_immediate(cx, 16),
        M::Blendps => blend_by_immediate(cx, 32),
        M::Blendpd => blend_by_immediate(cx, 64),
        M::Ptest => {
            let (a, b) = (read(cx, 0)?, read(cx, 1)?);
            let zf = if a & b == 0 { Flags::ZF } else { 0 };
            let cf = if !a & b == 0 { Flags::CF } else { 0 };
            cx.cpu.flags.set_arith(zf | cf);
            DONE
        }
        M::Insertps => insertps(cx),
        M::Mpsadbw => {
            let imm = usize::from(cx.insn.immediate8());
            let (a, b) = (split8(read(cx, 0)?), split8(read(cx, 1)?));
            let (from, block) = ((imm >> 2 & 1) * 4, (imm & 3) * 4);
            let sum = |i: usize| (0..4).map(|j| u16::from(a[from + i + j].abs_diff(b[block + j]))).sum();
            write(cx, 0, join16(std::array::from_fn(sum)))
        }
        M::Phminposuw => {
            let v = split16(read(cx, 1)?);
            // The first of equal minima: `min_by_key` keeps it.
            let (i, least) = v.iter().enumerate().min_by_key(|&(_, x)| x).map_or((0, 0), |(i, &x)| (i, x));
            write(cx, 0, (i as u128) << 16 | u128::from(least))
        }
        M::Crc32 => crc32(cx),
        _ => Ok(None),
    }
}

fn extend(cx: &mut Cx<'_>, from: u32, to: u32, signed: bool) -> Out {
    let v = read(cx, 1)?;
    let mut r = 0;
    for i in 0..128 / to {
        let mut lane = v >> (i * from) & ((1 << from) - 1);
        if signed && lane >> (from - 1) != 0 {
            lane |= ((1 << to) - 1) & !((1 << from) - 1);
        }
        r |= lane << (i * to);
    }
    write(cx, 0, r)
}

/// `lanes` bits wide each; bit `i` of `choice` takes lane `i` from `b`.
fn blend(a: u128, b: u128, width: u32, choice: impl Fn(u32) -> bool) -> u128 {
    let lane = (1u128 << width) - 1;
    let mask = (0..128 / width).filter(|&i| choice(i)).fold(0, |m, i| m | lane << (i * width));
    a & !mask | b & mask
}

/// The mask is XMM0, implied.
fn blend_by_register(cx: &mut Cx<'_>, width: u32) -> Out {
    let (a, b) = (read(cx, 0)?, read(cx, 1)?);
    let mask = cx.xmm(iced_x86::Register::XMM0);
    write(cx, 0, blend(a, b, width, |i| mask >> (i * width + width - 1) & 1 != 0))
}

fn blend_by_immediate(cx: &mut Cx<'_>, width: u32) -> Out {
    let imm = cx.insn.immediate8();
    let (a, b) = (read(cx, 0)?, read(cx, 1)?);
    write(cx, 0, blend(a, b, width, |i| imm >> i & 1 != 0))
}

/// INSERTPS: one lane of the source to one of the destination, then zeros where bits 0-3 say.
fn insertps(cx: &mut Cx<'_>) -> Out {
    let imm = cx.insn.immediate8();
    let source = if cx.insn.op_kind(1) == OpKind::Register { imm >> 6 } else { 0 };
    let (a, b) = (read(cx, 0)?, split32(read(cx, 1)?));
    let mut r = split32(a);
    r[usize::from(imm >> 4 & 3)] = b[usize::from(source)];
    for (i, lane) in r.iter_mut().enumerate() {
        if imm >> i & 1 != 0 {
            *lane = 0;
        }
    }
    write(cx, 0, join32(r))
}

/// CRC32: the Castagnoli polynomial, bits reflected.
fn crc32(cx: &mut Cx<'_>) -> Out {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let size = cx.operand_size(1);
    let (mut crc, v) = (read(cx, 0)? as u32, read(cx, 1)? as u64);
    for byte in v.to_le_bytes().into_iter().take(size) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 != 0 { POLYNOMIAL } else { 0 };
        }
    }
    write(cx, 0, u128::from(crc))
}
