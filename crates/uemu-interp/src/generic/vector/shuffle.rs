//! Shuffles, insertions and extractions governed by an immediate.

use super::lanes::{join16, join32, join64, split16, split32, split64};
use super::{Out, Vx};
use iced_x86::Mnemonic as M;

/// Executes a shuffle, insertion or extraction.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let Some(imm) = v.immediate() else { return Ok(None) };
    match v.m {
        M::Pshufd => v.by_lane(|_, b| {
            let x = split32(b);
            join32(selectors(imm).map(|i| x[i]))
        }),
        M::Pshuflw | M::Pshufw => v.by_lane(|_, b| {
            let x = split16(b);
            let [p, q, r, s] = selectors(imm).map(|i| x[i]);
            join16([p, q, r, s, x[4], x[5], x[6], x[7]])
        }),
        M::Pshufhw => v.by_lane(|_, b| {
            let x = split16(b);
            let [p, q, r, s] = selectors(imm).map(|i| x[4 + i]);
            join16([x[0], x[1], x[2], x[3], p, q, r, s])
        }),
        M::Shufps => v.by_lane(|a, b| {
            let (x, y, [p, q, r, s]) = (split32(a), split32(b), selectors(imm));
            join32([x[p], x[q], y[r], y[s]])
        }),
        // Two bits of the immediate for each lane.
        M::Shufpd => v.by_numbered_lane(|n, a, b| {
            let (x, y, imm) = (split64(a), split64(b), imm >> (2 * n));
            join64([x[usize::from(imm & 1)], y[usize::from(imm >> 1 & 1)]])
        }),
        M::Palignr => {
            let bytes = v.cx.operand_size(0);
            v.by_lane(|a, b| align_right(a, b, u32::from(imm) * 8, bytes))
        }
        M::Pinsrb => v.by_lane(|a, b| insert(a, b, imm & 15, 8)),
        M::Pinsrw => {
            let words = v.cx.operand_size(0) / 2;
            v.by_lane(|a, b| insert(a, b, imm & (words - 1) as u8, 16))
        }
        M::Pinsrd => v.by_lane(|a, b| insert(a, b, imm & 3, 32)),
        M::Pinsrq => v.by_lane(|a, b| insert(a, b, imm & 1, 64)),
        M::Pextrb => extract(v, imm & 15, 8),
        M::Pextrw => {
            let words = v.cx.operand_size(1) / 2;
            extract(v, imm & (words - 1) as u8, 16)
        }
        M::Pextrd | M::Extractps => extract(v, imm & 3, 32),
        M::Pextrq => extract(v, imm & 1, 64),
        _ => Ok(None),
    }
}

/// PALIGNR: `a` above `b`, shifted right by `n` bits.
fn align_right(a: u128, b: u128, n: u32, bytes: usize) -> u128 {
    if bytes == 8 {
        return (a << 64 | b).checked_shr(n).unwrap_or(0);
    }
    match n {
        0 => b,
        1..128 => b >> n | a << (128 - n),
        _ => a.checked_shr(n - 128).unwrap_or(0),
    }
}

pub(super) fn selectors(imm: u8) -> [usize; 4] {
    [0, 2, 4, 6].map(|s| usize::from(imm >> s & 3))
}

fn insert(a: u128, b: u128, lane: u8, bits: u32) -> u128 {
    let (mask, at) = ((1u128 << bits) - 1, u32::from(lane) * bits);
    a & !(mask << at) | (b & mask) << at
}

fn extract(v: &mut Vx<'_, '_>, lane: u8, bits: u32) -> Out {
    let x = v.operand(1)?[0] >> (u32::from(lane) * bits);
    v.write([x & ((1 << bits) - 1), 0])
}
