//! Vector moves to ops.

use super::{at_memory, by_place, xmm};
use crate::driver::Handler;
use crate::lower::EMPTY;
use crate::lower::operands::reg;
use crate::op::Op;
use crate::ops::mov;
use crate::ops::vector::{self, Legacy, Size, Vex128, Vex256};
use iced_x86::{Instruction, Mnemonic, OpKind};

/// A handler by size: `by_size!(size, path::handler, [types before the width], [types and constants after])`.
macro_rules! by_size {
    ($size:expr, $h:path, [$($before:ty),*]) => {{
        use $h as handler;
        match $size {
            Size::Legacy => handler::<$($before,)* Legacy> as Handler,
            Size::Vex128 => handler::<$($before,)* Vex128>,
            Size::Vex256 => handler::<$($before,)* Vex256>,
        }
    }};
}
/// The same of a handler that only has 128-bit forms.
macro_rules! by_encoding {
    ($size:expr, $h:path, [$($before:ty),*]) => {{
        use $h as handler;
        match $size {
            Size::Legacy => handler::<$($before,)* Legacy> as Handler,
            _ => handler::<$($before,)* Vex128>,
        }
    }};
}
pub(super) use {by_encoding, by_size};

/// VZEROUPPER and VZEROALL.
pub(super) fn zero(m: Mnemonic, size: Size) -> Option<Op> {
    let handler: Handler = match m {
        Mnemonic::Vzeroupper => vector::zero_registers::<false>,
        Mnemonic::Vzeroall => vector::zero_registers::<true>,
        _ => return None,
    };
    (size != Size::Legacy).then_some(Op { handler, ..EMPTY })
}

/// The op for a vector move.
pub(super) fn select(insn: &Instruction, size: Size) -> Option<Op> {
    use Mnemonic as M;
    match insn.mnemonic() {
        M::Movaps | M::Movapd | M::Movdqa | M::Movntps | M::Movntpd | M::Movntdq | M::Movntdqa => {
            full::<true>(insn, size)
        }
        M::Vmovaps | M::Vmovapd | M::Vmovdqa | M::Vmovntps | M::Vmovntpd | M::Vmovntdq | M::Vmovntdqa => {
            full::<true>(insn, size)
        }
        M::Movups | M::Movupd | M::Movdqu | M::Lddqu => full::<false>(insn, size),
        M::Vmovups | M::Vmovupd | M::Vmovdqu | M::Vlddqu => full::<false>(insn, size),
        M::Movsd | M::Movss | M::Vmovsd | M::Vmovss => scalar(insn, size),
        M::Movd | M::Movq | M::Vmovd | M::Vmovq => low(insn, size),
        M::Movlps | M::Movlpd | M::Vmovlps | M::Vmovlpd => half::<false>(insn, size),
        M::Movhps | M::Movhpd | M::Vmovhps | M::Vmovhpd => half::<true>(insn, size),
        M::Movhlps | M::Vmovhlps => {
            let (first, last) = two_sources(insn)?;
            joined(insn, size, last + 8, first + 8)
        }
        M::Movlhps | M::Vmovlhps => {
            let (first, last) = two_sources(insn)?;
            joined(insn, size, first, last)
        }
        _ => None,
    }
}

/// First and last source of an instruction on registers alone.
fn two_sources(insn: &Instruction) -> Option<(u16, u16)> {
    let n = insn.op_count();
    Some((xmm(insn, n - 2)?, xmm(insn, n - 1)?))
}

/// The destination's low half from one place and its high half from another.
fn joined(insn: &Instruction, size: Size, low: u16, high: u16) -> Option<Op> {
    let handler = by_encoding!(size, vector::two_halves, []);
    Some(Op { handler, d: xmm(insn, 0)?, s: low, disp: high as i32, ..EMPTY })
}

fn full<const ALIGNED: bool>(insn: &Instruction, size: Size) -> Option<Op> {
    match (xmm(insn, 0), xmm(insn, 1)) {
        (Some(d), Some(s)) => Some(Op { handler: by_size!(size, vector::mov_rr, []), d, s, ..EMPTY }),
        (Some(d), None) => at_memory(insn, Op { d, ..EMPTY }, 1, None, |place| match size {
            Size::Legacy => by_place!(place, vector::load_full, [Legacy], [ALIGNED]),
            Size::Vex128 => by_place!(place, vector::load_full, [Vex128], [ALIGNED]),
            Size::Vex256 => by_place!(place, vector::load_full, [Vex256], [ALIGNED]),
        }),
        (None, Some(s)) => at_memory(insn, Op { s, ..EMPTY }, 0, None, |place| match size {
            Size::Vex256 => by_place!(place, vector::store_full, [Vex256], [ALIGNED]),
            _ => by_place!(place, vector::store_full, [Legacy], [ALIGNED]),
        }),
        _ => None,
    }
}

fn load_low(insn: &Instruction, d: u16, narrow: bool, size: Size) -> Option<Op> {
    at_memory(insn, Op { d, ..EMPTY }, 1, None, |place| match (narrow, size) {
        (true, Size::Legacy) => by_place!(place, vector::load_low, [u32, Legacy], []),
        (true, _) => by_place!(place, vector::load_low, [u32, Vex128], []),
        (false, Size::Legacy) => by_place!(place, vector::load_low, [u64, Legacy], []),
        (false, _) => by_place!(place, vector::load_low, [u64, Vex128], []),
    })
}

/// A store of 1, 2, 4 or 8 bytes at `s` into operand 0.
pub(super) fn store_part(insn: &Instruction, s: u16, bytes: usize, immediate: Option<u64>) -> Option<Op> {
    at_memory(insn, Op { s, ..EMPTY }, 0, immediate, |place| match bytes {
        1 => by_place!(place, vector::store_part, [u8], []),
        2 => by_place!(place, vector::store_part, [u16], []),
        4 => by_place!(place, vector::store_part, [u32], []),
        _ => by_place!(place, vector::store_part, [u64], []),
    })
}

/// MOVSS and MOVSD in all their directions.
fn scalar(insn: &Instruction, size: Size) -> Option<Op> {
    let narrow = matches!(insn.mnemonic(), Mnemonic::Movss | Mnemonic::Vmovss);
    let Some(d) = xmm(insn, 0) else {
        return store_part(insn, xmm(insn, 1)?, if narrow { 4 } else { 8 }, None);
    };
    if insn.op_kind(1) == OpKind::Memory {
        return load_low(insn, d, narrow, size);
    }
    let (first, last) = two_sources(insn)?;
    if narrow {
        let handler = by_encoding!(size, vector::movss_rr, []);
        Some(Op { handler, d, s: first, disp: last as i32, ..EMPTY })
    } else {
        joined(insn, size, last, first + 8)
    }
}

/// MOVD and MOVQ in all their directions.
fn low(insn: &Instruction, size: Size) -> Option<Op> {
    let other = if xmm(insn, 0).is_some() { 1 } else { 0 };
    let narrow = match insn.op_kind(other) {
        OpKind::Register => insn.op_register(other).size() == 4,
        _ => insn.memory_size().size() == 4,
    };
    let Some(d) = xmm(insn, 0) else {
        let s = xmm(insn, 1)?;
        return match reg(insn, 0) {
            Some(d) => Some(Op { handler: if narrow { mov::rr::<u32> } else { mov::rr::<u64> }, d, s, ..EMPTY }),
            None => store_part(insn, s, if narrow { 4 } else { 8 }, None),
        };
    };
    let Some(s) = xmm(insn, 1).or_else(|| reg(insn, 1)) else {
        return load_low(insn, d, narrow, size);
    };
    let handler = match narrow {
        true => by_encoding!(size, vector::low_from, [u32]),
        false => by_encoding!(size, vector::low_from, [u64]),
    };
    Some(Op { handler, d, s, ..EMPTY })
}

fn half<const HIGH: bool>(insn: &Instruction, size: Size) -> Option<Op> {
    let Some(d) = xmm(insn, 0) else {
        return store_part(insn, xmm(insn, 1)? + if HIGH { 8 } else { 0 }, 8, None);
    };
    let op = Op { d, s: xmm(insn, 1).unwrap_or(d), ..EMPTY };
    at_memory(insn, op, insn.op_count() - 1, None, |place| match size {
        Size::Legacy => by_place!(place, vector::load_half, [Legacy], [HIGH]),
        _ => by_place!(place, vector::load_half, [Vex128], [HIGH]),
    })
}
