//! Broadcasts, insertions, extractions and what crosses halves to ops.

use super::moves::{by_encoding, by_size, store_part};
use super::{at_memory, by_place, with_sources, xmm};
use crate::driver::Handler;
use crate::lower::EMPTY;
use crate::lower::operands::{imm, reg};
use crate::op::Op;
use crate::ops::mov;
use crate::ops::vector::{self, Legacy, Size, Vex128, Vex256};
use iced_x86::{Instruction, Mnemonic, OpKind};

/// The op for one of them.
pub(super) fn select(insn: &Instruction, size: Size) -> Option<Op> {
    use Mnemonic as M;
    let m = insn.mnemonic();
    if let Some(d) = xmm(insn, 0)
        && let Some(row) = vector::cross(m, size)
    {
        let immediate = imm(insn, insn.op_count() - 1);
        let sources = insn.op_count() - immediate.is_some() as u32;
        let op = Op { d, ..EMPTY };
        return row.isa.on_host().then(|| with_sources(insn, op, sources, size, immediate, &row.forms)).flatten();
    }
    match m {
        M::Vpbroadcastb => broadcast(insn, size, 1),
        M::Vpbroadcastw => broadcast(insn, size, 2),
        M::Vpbroadcastd | M::Vbroadcastss => broadcast(insn, size, 4),
        M::Vpbroadcastq | M::Vbroadcastsd => broadcast(insn, size, 8),
        M::Vbroadcastf128 | M::Vbroadcasti128 => at_memory(insn, Op { d: xmm(insn, 0)?, ..EMPTY }, 1, None, |place| {
            by_place!(place, vector::broadcast_half, [], [])
        }),
        M::Vextractf128 | M::Vextracti128 => {
            let s = xmm(insn, 1)? + (imm(insn, 2)? as u16 & 1) * 16;
            match xmm(insn, 0) {
                Some(d) => Some(Op { handler: vector::mov_rr::<Vex128>, d, s, ..EMPTY }),
                None => at_memory(insn, Op { s, ..EMPTY }, 0, imm(insn, 2), |place| {
                    by_place!(place, vector::store_full, [Legacy], [false])
                }),
            }
        }
        M::Vinsertf128 | M::Vinserti128 => {
            let op = Op { d: xmm(insn, 0)?, s: xmm(insn, 1)?, imm: imm(insn, 3)?, ..EMPTY };
            match xmm(insn, 2) {
                Some(last) => Some(Op { handler: vector::insert_half_r, disp: last as i32, ..op }),
                None => at_memory(insn, op, 2, imm(insn, 3), |place| by_place!(place, vector::insert_half_m, [], [])),
            }
        }
        M::Pextrb | M::Vpextrb => extract(insn, 1),
        M::Pextrw | M::Vpextrw => extract(insn, 2),
        M::Pextrd | M::Vpextrd | M::Extractps | M::Vextractps => extract(insn, 4),
        M::Pextrq | M::Vpextrq => extract(insn, 8),
        M::Pinsrb | M::Vpinsrb => insert(insn, size, 1),
        M::Pinsrw | M::Vpinsrw => insert(insn, size, 2),
        M::Pinsrd | M::Vpinsrd => insert(insn, size, 4),
        M::Pinsrq | M::Vpinsrq => insert(insn, size, 8),
        _ => None,
    }
}

/// A handler by bytes of a lane.
macro_rules! by_bytes {
    ($bytes:expr, $macro:ident!($on:expr, $h:path)) => {
        match $bytes {
            1 => $macro!($on, $h, [u8]),
            2 => $macro!($on, $h, [u16]),
            4 => $macro!($on, $h, [u32]),
            _ => $macro!($on, $h, [u64]),
        }
    };
}
/// A memory handler by bytes of a lane, at one width.
macro_rules! placed {
    ($bytes:expr, $place:expr, $h:path, $w:ty) => {
        match $bytes {
            1 => by_place!($place, $h, [u8, $w], []),
            2 => by_place!($place, $h, [u16, $w], []),
            4 => by_place!($place, $h, [u32, $w], []),
            _ => by_place!($place, $h, [u64, $w], []),
        }
    };
}

fn broadcast(insn: &Instruction, size: Size, bytes: usize) -> Option<Op> {
    let op = Op { d: xmm(insn, 0)?, ..EMPTY };
    if let Some(s) = xmm(insn, 1) {
        let handler = by_bytes!(bytes, by_size!(size, vector::broadcast_r));
        return Some(Op { handler, s, ..op });
    }
    at_memory(insn, op, 1, None, |place| match size {
        Size::Vex256 => placed!(bytes, place, vector::broadcast_m, Vex256),
        _ => placed!(bytes, place, vector::broadcast_m, Vex128),
    })
}

/// A lane to a general-purpose register, zero-extended, or to memory.
fn extract(insn: &Instruction, bytes: usize) -> Option<Op> {
    let lane = imm(insn, 2)? as usize % (16 / bytes);
    let s = xmm(insn, 1)? + (lane * bytes) as u16;
    let Some(d) = reg(insn, 0) else {
        return store_part(insn, s, bytes, imm(insn, 2));
    };
    let handler: Handler = match bytes {
        1 => mov::extend_rr::<u32, u8, false>,
        2 => mov::extend_rr::<u32, u16, false>,
        4 => mov::rr::<u32>,
        _ => mov::rr::<u64>,
    };
    Some(Op { handler, d, s, ..EMPTY })
}

/// A general-purpose register or memory into a lane.
fn insert(insn: &Instruction, size: Size, bytes: usize) -> Option<Op> {
    let at = insn.op_count() - 2;
    let lane = imm(insn, at + 1)? & (16 / bytes as u64 - 1);
    let d = xmm(insn, 0)?;
    let op = Op { d, s: xmm(insn, 1).unwrap_or(d), imm: lane, ..EMPTY };
    if insn.op_kind(at) == OpKind::Memory {
        return at_memory(insn, op, at, Some(lane), |place| match size {
            Size::Legacy => placed!(bytes, place, vector::insert_m, Legacy),
            _ => placed!(bytes, place, vector::insert_m, Vex128),
        });
    }
    let handler = by_bytes!(bytes, by_encoding!(size, vector::insert_r));
    Some(Op { handler, disp: reg(insn, at)? as i32, ..op })
}
