//! MMX and SSE to SSE4.2, legacy encodings (SDM vol. 1, chapters 9 to 12).
//!
//! Operands travel as `u128`, zero-extended from what is narrower, so that an MMX form is mostly the low
//! half of its SSE form. What is pure (lanes in, lanes out) takes no `Cx` and serves VEX forms too.

mod convert;
mod float;
mod integer;
pub(super) mod lanes;
mod mmx;
mod moves;
mod shift;
mod shuffle;
mod sse4;
mod state;
mod string;

use super::{Cx, Flow, Outcome, Stop};
use iced_x86::{Code, Mnemonic as M, OpKind, Register};
use uemu_cpu::Exception;

/// What a part of the family returns: `None` for an instruction that is not its own.
type Out = Result<Option<Flow>, Stop>;
/// The instruction is done; on to the next.
const DONE: Out = Ok(Some(Flow::Next));

/// Executes one instruction of the family.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    // The string instructions of these names, and what VEX and EVEX encode, are not ours.
    if matches!(cx.insn.code(), Code::Movsd_m32_m32 | Code::Cmpsd_m32_m32) {
        return None;
    }
    let touches_mmx = mmx::touches(cx.insn);
    if touches_mmx && let Err(e) = mmx::check(cx.cpu) {
        return Some(Err(e.into()));
    }
    let out = families(cx).transpose();
    // A conversion enters MMX mode even when it then raises #XM.
    if touches_mmx && matches!(out, Some(Ok(_) | Err(Stop::Exception(Exception::Simd)))) {
        mmx::enter(cx.cpu);
    }
    out
}

fn families(cx: &mut Cx<'_>) -> Out {
    type Family = fn(&mut Cx<'_>) -> Out;
    const FAMILIES: [Family; 7] =
        [moves::execute, packed, float::execute, convert::execute, shuffle::execute, sse4::execute, state::execute];
    for family in FAMILIES {
        if let Some(flow) = family(cx)? {
            return Ok(Some(flow));
        }
    }
    string::execute(cx)
}

/// `paddd xmm, xmm/m128` and everything of that shape, with shifts.
fn packed(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    if !is_packed(m) {
        return Ok(None);
    }
    let bytes = cx.operand_size(0);
    let a = read(cx, 0)?;
    let b = if cx.insn.op_kind(1) == OpKind::Immediate8 { u128::from(cx.insn.immediate8()) } else { read(cx, 1)? };
    let result = integer::lanewise(m, a, b)
        .or_else(|| integer::rearranged(m, a, b, bytes))
        .or_else(|| shift::shift(m, a, b as u64));
    match result {
        Some(r) => write(cx, 0, r),
        None => Ok(None),
    }
}

/// Whether [`packed`] knows the mnemonic: asked before operands are read, for that may fault.
fn is_packed(m: M) -> bool {
    integer::lanewise(m, 0, 0).is_some()
        || integer::rearranged(m, 0, 0, 16).is_some()
        || shift::shift(m, 0, 0).is_some()
}

/// Whether the instruction takes a 16-byte memory operand at any address.
fn may_be_misaligned(m: M) -> bool {
    matches!(
        m,
        M::Movups
            | M::Movupd
            | M::Movdqu
            | M::Lddqu
            | M::Pcmpestri
            | M::Pcmpestrm
            | M::Pcmpistri
            | M::Pcmpistrm
            | M::Pcmpestri64
            | M::Pcmpestrm64
    )
}

/// The address of the memory operand; #GP if it must be aligned and is not.
fn address(cx: &Cx<'_>) -> Result<u64, Stop> {
    let a = cx.ea();
    if !a.is_multiple_of(16) && cx.insn.memory_size().size() == 16 && !may_be_misaligned(cx.insn.mnemonic()) {
        return Err(Exception::GeneralProtection.into());
    }
    Ok(a)
}

/// Register (XMM, MMX or general) or memory operand `n`, zero-extended.
fn read(cx: &mut Cx<'_>, n: u32) -> Result<u128, Stop> {
    if cx.insn.op_kind(n) == OpKind::Register {
        let r = cx.insn.op_register(n);
        return Ok(if r.is_xmm() {
            cx.xmm(r)
        } else if r.is_mm() {
            u128::from(mmx::get(cx.cpu, r))
        } else {
            u128::from(cx.reg(r))
        });
    }
    let (a, size) = (address(cx)?, cx.insn.memory_size().size());
    if size == 16 { Ok(u128::from_le_bytes(cx.load(a)?)) } else { Ok(u128::from(cx.load_uint(a, size.min(8))?)) }
}

/// Writes operand `n`: all of an XMM, MMX or general register, or the memory operand's bytes.
fn write(cx: &mut Cx<'_>, n: u32, value: u128) -> Out {
    if cx.insn.op_kind(n) == OpKind::Register {
        let r: Register = cx.insn.op_register(n);
        if r.is_xmm() {
            cx.set_xmm(r, value);
        } else if r.is_mm() {
            mmx::set(cx.cpu, r, value as u64);
        } else {
            cx.set_reg(r, value as u64);
        }
        return DONE;
    }
    let (a, size) = (address(cx)?, cx.insn.memory_size().size().min(16));
    cx.store(a, &value.to_le_bytes()[..size])?;
    DONE
}
