//! SSE4.1 what is of no other shape, with its AVX kin, and CRC32 of SSE4.2.

use super::convert::map_elements;
use super::lanes::{join16, join32, split8, split16, split32};
use super::{DONE, Lanes, Out, Vx};
use iced_x86::{Mnemonic as M, Register};
use uemu_cpu::Flags;

/// Executes it.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    match v.m {
        M::Pmovsxbw => extend(v, 8, 16, true),
        M::Pmovsxbd => extend(v, 8, 32, true),
        M::Pmovsxbq => extend(v, 8, 64, true),
        M::Pmovsxwd => extend(v, 16, 32, true),
        M::Pmovsxwq => extend(v, 16, 64, true),
        M::Pmovsxdq => extend(v, 32, 64, true),
        M::Pmovzxbw => extend(v, 8, 16, false),
        M::Pmovzxbd => extend(v, 8, 32, false),
        M::Pmovzxbq => extend(v, 8, 64, false),
        M::Pmovzxwd => extend(v, 16, 32, false),
        M::Pmovzxwq => extend(v, 16, 64, false),
        M::Pmovzxdq => extend(v, 32, 64, false),
        M::Pblendvb => blend_by_register(v, 8),
        M::Blendvps => blend_by_register(v, 32),
        M::Blendvpd => blend_by_register(v, 64),
        M::Pblendw => {
            let imm = v.imm();
            v.by_lane(|a, b| blend(a, b, 16, |i| imm >> i & 1 != 0))
        }
        M::Blendps | M::Vpblendd => blend_by_immediate(v, 32),
        M::Blendpd => blend_by_immediate(v, 64),
        M::Ptest => test(v, [u128::MAX; 2]),
        M::Vtestps => test(v, [0x8000_0000_8000_0000_8000_0000_8000_0000; 2]),
        M::Vtestpd => test(v, [0x8000_0000_0000_0000_8000_0000_0000_0000; 2]),
        M::Insertps => insertps(v),
        M::Mpsadbw => {
            // Three bits of the immediate for each lane.
            let imm = v.imm();
            v.by_numbered_lane(|n, a, b| sums_of_differences(a, b, imm >> (3 * n)))
        }
        M::Phminposuw => v.by_lane(|_, b| {
            let x = split16(b);
            // The first of equal minima: `min_by_key` keeps it.
            let (i, least) = x.iter().enumerate().min_by_key(|&(_, x)| x).map_or((0, 0), |(i, &x)| (i, x));
            (i as u128) << 16 | u128::from(least)
        }),
        M::Crc32 => crc32(v),
        _ => Ok(None),
    }
}

fn extend(v: &mut Vx<'_, '_>, from: u32, to: u32, signed: bool) -> Out {
    let (b, mask) = (v.second()?, u64::MAX >> (64 - to));
    let extend = |x: u64| if signed { ((x << (64 - from)) as i64 >> (64 - from)) as u64 & mask } else { x };
    v.write(map_elements(v.lanes, b, from, to, extend))
}

/// Elements `width` bits wide; where `choice` of an element's number holds, `b`'s.
fn blend(a: u128, b: u128, width: u32, choice: impl Fn(u32) -> bool) -> u128 {
    let element = (1u128 << width) - 1;
    let mask = (0..128 / width).filter(|&i| choice(i)).fold(0, |m, i| m | element << (i * width));
    a & !mask | b & mask
}

/// The mask is the fourth operand, or XMM0, implied.
fn blend_by_register(v: &mut Vx<'_, '_>, width: u32) -> Out {
    let mask = if v.vex { v.operand(3)? } else { v.register(Register::XMM0) };
    v.by_numbered_lane(|n, a, b| blend(a, b, width, |i| mask[n as usize & 1] >> (i * width + width - 1) & 1 != 0))
}

fn blend_by_immediate(v: &mut Vx<'_, '_>, width: u32) -> Out {
    let imm = v.imm();
    v.by_numbered_lane(|n, a, b| blend(a, b, width, |i| imm >> (i + n * (128 / width)) & 1 != 0))
}

/// PTEST and kin, over the bits of `mask`: ZF if the sources have none in common, CF if the second has none that the
/// first lacks.
fn test(v: &mut Vx<'_, '_>, mask: Lanes) -> Out {
    let (a, b) = (v.first()?, v.second()?);
    let none = |f: fn(u128, u128) -> u128| (0..2).all(|i| f(a[i], b[i]) & mask[i] == 0);
    let zf = if none(|a, b| a & b) { Flags::ZF } else { 0 };
    let cf = if none(|a, b| !a & b) { Flags::CF } else { 0 };
    v.cx.cpu.flags.set_arith(zf | cf);
    DONE
}

/// MPSADBW: eight sums of four differences; bits 0-1 choose the block of `b`, bit 2 where in `a` to begin.
fn sums_of_differences(a: u128, b: u128, imm: u8) -> u128 {
    let (a, b, imm) = (split8(a), split8(b), usize::from(imm));
    let (from, block) = ((imm >> 2 & 1) * 4, (imm & 3) * 4);
    let sum = |i: usize| (0..4).map(|j| u16::from(a[from + i + j].abs_diff(b[block + j]))).sum();
    join16(std::array::from_fn(sum))
}

/// INSERTPS: one lane of the source to one of the destination, then zeros where bits 0-3 say.
fn insertps(v: &mut Vx<'_, '_>) -> Out {
    let imm = v.imm();
    let source = if v.is_register(v.sources.1) { imm >> 6 } else { 0 };
    let (a, b) = (v.first()?[0], split32(v.second()?[0]));
    let mut r = split32(a);
    r[usize::from(imm >> 4 & 3)] = b[usize::from(source)];
    for (i, lane) in r.iter_mut().enumerate() {
        if imm >> i & 1 != 0 {
            *lane = 0;
        }
    }
    v.write([join32(r), 0])
}

/// CRC32: the Castagnoli polynomial, bits reflected.
fn crc32(v: &mut Vx<'_, '_>) -> Out {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let size = v.cx.operand_size(1);
    let (mut crc, x) = (v.first()?[0] as u32, v.second()?[0] as u64);
    for byte in x.to_le_bytes().into_iter().take(size) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 != 0 { POLYNOMIAL } else { 0 };
        }
    }
    v.write([u128::from(crc), 0])
}
