//! Shuffles, insertions and extractions governed by an immediate.

use super::lanes::{join16, join32, join64, split16, split32, split64};
use super::{Out, read, write};
use crate::generic::Cx;
use iced_x86::Mnemonic as M;

/// Executes a shuffle, insertion or extraction.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let imm = match cx.insn.op_count() {
        3 => cx.insn.immediate8(),
        _ => return Ok(None),
    };
    let f: fn(u128, u128, u8, usize) -> u128 = match cx.insn.mnemonic() {
        M::Pshufd => |_, b, imm, _| {
            let v = split32(b);
            join32(selectors(imm).map(|i| v[i]))
        },
        M::Pshuflw | M::Pshufw => |_, b, imm, _| {
            let v = split16(b);
            let [p, q, r, s] = selectors(imm).map(|i| v[i]);
            join16([p, q, r, s, v[4], v[5], v[6], v[7]])
        },
        M::Pshufhw => |_, b, imm, _| {
            let v = split16(b);
            let [p, q, r, s] = selectors(imm).map(|i| v[4 + i]);
            join16([v[0], v[1], v[2], v[3], p, q, r, s])
        },
        M::Shufps => |a, b, imm, _| {
            let (x, y, [p, q, r, s]) = (split32(a), split32(b), selectors(imm));
            join32([x[p], x[q], y[r], y[s]])
        },
        M::Shufpd => |a, b, imm, _| {
            let (x, y) = (split64(a), split64(b));
            join64([x[usize::from(imm & 1)], y[usize::from(imm >> 1 & 1)]])
        },
        M::Palignr => |a, b, imm, bytes| {
            let n = u32::from(imm) * 8;
            if bytes == 8 {
                return (a << 64 | b).checked_shr(n).unwrap_or(0);
            }
            match n {
                0 => b,
                1..128 => b >> n | a << (128 - n),
                _ => a.checked_shr(n - 128).unwrap_or(0),
            }
        },
        M::Pinsrb => |a, b, imm, _| insert(a, b, imm & 15, 8),
        M::Pinsrw => |a, b, imm, bytes| insert(a, b, imm & (bytes / 2 - 1) as u8, 16),
        M::Pinsrd => |a, b, imm, _| insert(a, b, imm & 3, 32),
        M::Pinsrq => |a, b, imm, _| insert(a, b, imm & 1, 64),
        M::Pextrb => return extract(cx, imm & 15, 8),
        M::Pextrw => {
            let lanes = cx.operand_size(1) / 2;
            return extract(cx, imm & (lanes - 1) as u8, 16);
        }
        M::Pextrd | M::Extractps => return extract(cx, imm & 3, 32),
        M::Pextrq => return extract(cx, imm & 1, 64),
        _ => return Ok(None),
    };
    let bytes = cx.operand_size(0);
    let (a, b) = (read(cx, 0)?, read(cx, 1)?);
    write(cx, 0, f(a, b, imm, bytes))
}

fn selectors(imm: u8) -> [usize; 4] {
    [0, 2, 4, 6].map(|s| usize::from(imm >> s & 3))
}

fn insert(a: u128, b: u128, lane: u8, bits: u32) -> u128 {
    let (mask, at) = ((1u128 << bits) - 1, u32::from(lane) * bits);
    a & !(mask << at) | (b & mask) << at
}

fn extract(cx: &mut Cx<'_>, lane: u8, bits: u32) -> Out {
    let v = read(cx, 1)? >> (u32::from(lane) * bits);
    write(cx, 0, v & ((1 << bits) - 1))
}
