//! SSE, AVX and their relatives to handlers on the host's vector unit.

mod masked;
mod moves;
mod permute;

use super::operands::{Addressing, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::vector::{self, Forms, Row, Size};
use iced_x86::{EncodingKind, Instruction, Mnemonic, OpKind, Register};
use std::mem::offset_of;
use uemu_cpu::CpuState;

/// The byte offset of operand `n`, an XMM or YMM register.
fn xmm(insn: &Instruction, n: u32) -> Option<u16> {
    let r = if insn.op_kind(n) == OpKind::Register { insn.op_register(n) } else { Register::None };
    (r.is_xmm() || r.is_ymm()).then(|| offset(r))
}

/// The byte offset of an XMM or YMM register.
fn offset(r: Register) -> u16 {
    offset_of!(CpuState, vector) as u16 + r.number() as u16 * 64
}

/// How wide the instruction works; `None` for encodings that have no handlers.
fn size(insn: &Instruction) -> Option<Size> {
    match insn.code().encoding() {
        EncodingKind::Legacy => Some(Size::Legacy),
        EncodingKind::VEX => {
            let wide = (0..insn.op_count()).any(|n| match insn.op_kind(n) {
                OpKind::Register => insn.op_register(n).is_ymm(),
                OpKind::Memory => insn.memory_size().size() == 32,
                _ => false,
            });
            Some(if wide { Size::Vex256 } else { Size::Vex128 })
        }
        _ => None,
    }
}

/// The op for a vector instruction; with `float`, also where MXCSR matters.
pub(super) fn select(insn: &Instruction, known: &mut Known, float: bool) -> Option<Op> {
    use Mnemonic as M;
    let (m, size) = (insn.mnemonic(), size(insn)?);
    let operands = insn.op_count();
    if operands < 2 {
        return moves::zero(m, size);
    }
    let immediate = imm(insn, operands - 1);
    let usable = |row: &Row| (float || !row.float) && row.isa.on_host();
    if let Some(d) = xmm(insn, 0) {
        let op = Op { d, ..EMPTY };
        if immediate.is_none() {
            if let Some(row) = vector::binary(m, size).or_else(|| vector::resize(m, size)).or_else(|| fused(m, size)) {
                return usable(&row).then(|| with_sources(insn, op, operands, size, None, &row.forms)).flatten();
            }
        } else if let Some(handler) = vector::by_immediate(m, size) {
            // The count is the last operand, what is shifted the one before.
            return Some(Op { handler, s: xmm(insn, operands - 2)?, imm: immediate?, ..op });
        }
        let sources = operands - immediate.is_some() as u32;
        let from_memory = insn.op_kind(sources - 1) == OpKind::Memory;
        if let Some((row, i)) = vector::immediate(m, size, immediate.unwrap_or(0) as u8, from_memory) {
            return usable(&row).then(|| with_sources(insn, op, sources, size, Some(i), &row.forms)).flatten();
        }
        if let Some(row) = vector::select(m, size) {
            let mask = if size == Size::Legacy { offset_of!(CpuState, vector) as u16 } else { xmm(insn, 3)? };
            let sources = operands - (size != Size::Legacy || operands == 3) as u32;
            return usable(&row)
                .then(|| with_sources(insn, op, sources, size, Some(mask as u64), &row.forms))
                .flatten();
        }
    }
    match m {
        M::Cvtsi2sd | M::Cvtsi2ss | M::Vcvtsi2sd | M::Vcvtsi2ss if float => {
            let at = operands - 1;
            let bytes = match insn.op_kind(at) {
                OpKind::Register => insn.op_register(at).size(),
                _ => insn.memory_size().size(),
            };
            let op = Op { d: xmm(insn, 0)?, s: xmm(insn, 1).unwrap_or_default(), ..EMPTY };
            with_last(insn, op, at, None, &vector::from_int(m, size, bytes)?, reg)
        }
        M::Cvtsd2si | M::Cvttsd2si | M::Cvtss2si | M::Cvttss2si if float => to_int(insn),
        M::Vcvtsd2si | M::Vcvttsd2si | M::Vcvtss2si | M::Vcvttss2si if float => to_int(insn),
        M::Comisd | M::Ucomisd | M::Comiss | M::Ucomiss if float => compare(insn, known),
        M::Vcomisd | M::Vucomisd | M::Vcomiss | M::Vucomiss if float => compare(insn, known),
        M::Ptest | M::Vptest | M::Vtestps | M::Vtestpd => {
            let row = vector::test(m, size)?;
            let op = with_last(insn, Op { d: xmm(insn, 0)?, ..EMPTY }, 1, None, &row.forms, xmm)?;
            *known = Known::Eager;
            Some(op)
        }
        M::Pmovmskb | M::Movmskps | M::Movmskpd | M::Vpmovmskb | M::Vmovmskps | M::Vmovmskpd => {
            Some(Op { handler: vector::mask(m, size)?, d: reg(insn, 0)?, s: xmm(insn, 1)?, ..EMPTY })
        }
        M::Vcvtps2ph => {
            let row = vector::to_half(size == Size::Vex256);
            if !usable(&row) {
                return None;
            }
            let op = Op { s: xmm(insn, 1)?, ..EMPTY };
            match xmm(insn, 0) {
                Some(d) => Some(Op { handler: row.forms[0], d, imm: immediate?, ..op }),
                None => with_last(insn, op, 0, immediate, &row.forms, xmm),
            }
        }
        _ => moves::select(insn, size).or_else(|| permute::select(insn, size)).or_else(|| masked::select(insn, size)),
    }
}

fn fused(m: Mnemonic, size: Size) -> Option<Row> {
    if size == Size::Legacy { None } else { vector::fused(m, size) }
}

fn to_int(insn: &Instruction) -> Option<Op> {
    let forms = vector::to_int(insn.mnemonic(), insn.op0_register().size())?;
    with_last(insn, Op { d: reg(insn, 0)?, ..EMPTY }, 1, None, &forms, xmm)
}

fn compare(insn: &Instruction, known: &mut Known) -> Option<Op> {
    let op = with_last(insn, Op { d: xmm(insn, 0)?, ..EMPTY }, 1, None, &vector::compare(insn.mnemonic())?, xmm)?;
    *known = Known::Eager;
    Some(op)
}

/// Completes an op whose operands are the destination, perhaps a first source, and a last one: `operands` in all.
fn with_sources(
    insn: &Instruction,
    mut op: Op,
    operands: u32,
    size: Size,
    immediate: Option<u64>,
    forms: &Forms,
) -> Option<Op> {
    // A unary operation reads its first source and makes nothing of it.
    op.s = if size != Size::Legacy && operands == 3 { xmm(insn, 1)? } else { op.d };
    with_last(insn, op, operands - 1, immediate, forms, xmm)
}

/// Completes an op whose last source, a register or memory, is operand `at`.
fn with_last(
    insn: &Instruction,
    mut op: Op,
    at: u32,
    immediate: Option<u64>,
    forms: &Forms,
    register: fn(&Instruction, u32) -> Option<u16>,
) -> Option<Op> {
    if let Some(last) = register(insn, at) {
        op.disp = last as i32;
        op.imm = immediate.unwrap_or(0);
        op.handler = forms[0];
        return Some(op);
    }
    if insn.op_kind(at) != OpKind::Memory {
        return None;
    }
    op.handler = forms[1 + place(insn, &mut op, immediate)? as usize];
    Some(op)
}

/// How vector handlers address memory: in the order of [`Forms`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    BaseDisp,
    BaseIndex,
    Absolute,
}

/// Fills an op's address fields. A base in FS takes the place of whichever of base and index is missing: so handlers need no
/// mode of its own for it, and an address of all three is left to the generic step.
fn place(insn: &Instruction, op: &mut Op, immediate: Option<u64>) -> Option<Place> {
    const FS: u8 = offset_of!(CpuState, fs_base) as u8;
    const _: () = assert!(offset_of!(CpuState, fs_base) < 256);
    Some(match memory(insn, op, immediate)? {
        Addressing::BaseDisp => Place::BaseDisp,
        Addressing::BaseIndex => Place::BaseIndex,
        Addressing::Absolute => Place::Absolute,
        Addressing::Fs if insn.memory_index() == Register::None => {
            (op.index, op.scale) = (FS, 0);
            Place::BaseIndex
        }
        Addressing::Fs if insn.memory_base() == Register::None => {
            op.base = FS;
            Place::BaseIndex
        }
        Addressing::Fs => return None,
    })
}

/// A handler by place: `by_place!(place, path::handler, [types before], [constants after])`.
macro_rules! by_place {
    ($place:expr, $h:path, [$($before:ty),*], [$($after:tt),*]) => {{
        use $crate::lower::vector::Place as P;
        use $crate::operand::{Abs, Bd, Bis};
        macro_rules! h { ($m:ty) => { { use $h as handler; handler::<$($before,)* $m, $($after),*> as $crate::driver::Handler } } }
        match $place {
            P::BaseDisp => h!(Bd),
            P::BaseIndex => h!(Bis),
            P::Absolute => h!(Abs),
        }
    }};
}
use by_place;

/// A handler of memory operand `at` completes `op`.
fn at_memory(
    insn: &Instruction,
    mut op: Op,
    at: u32,
    immediate: Option<u64>,
    handler: impl Fn(Place) -> Handler,
) -> Option<Op> {
    if insn.op_kind(at) != OpKind::Memory {
        return None;
    }
    op.handler = handler(place(insn, &mut op, immediate)?);
    Some(op)
}
