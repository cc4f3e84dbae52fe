//! Bit tests, bit scans, counts and CRC32.

use super::super::{Cx, Flow, Outcome};
use super::{flag, signed};
use iced_x86::{Mnemonic, OpKind};
use uemu_cpu::Flags;

/// The linear address of the word that a register's bit offset selects in a bit string; `None` for other instructions.
pub(in crate::generic) fn in_string(cx: &Cx<'_>) -> Option<u64> {
    let i = cx.insn;
    let tests = matches!(i.mnemonic(), Mnemonic::Bt | Mnemonic::Bts | Mnemonic::Btr | Mnemonic::Btc);
    if !tests || i.op_kind(0) != OpKind::Memory || i.op_kind(1) != OpKind::Register {
        return None;
    }
    let size = cx.operand_size(0);
    let words = signed(cx.reg(i.op1_register()), size) >> (8 * size).trailing_zeros();
    Some(cx.ea_plus((words as u64).wrapping_mul(size as u64)))
}

/// BT, and BTS, BTR, BTC where `change` makes the new word from the old and the bit.
/// With a register offset, a memory operand is a bit string that reaches beyond the word, both ways.
/// OF, SF, AF and PF, undefined, stay as they are; so does ZF.
pub(super) fn bt(cx: &mut Cx<'_>, change: Option<fn(u64, u64) -> u64>) -> Outcome {
    let size = cx.operand_size(0);
    let bits = 8 * size as u64;
    let offset = cx.operand(1)?;
    let bit = 1u64 << (offset & (bits - 1));
    let old;
    if cx.insn.op_kind(0) == OpKind::Memory {
        let addr = in_string(cx).unwrap_or_else(|| cx.ea());
        if change.is_some() {
            cx.check_write(addr, size as u64)?;
        }
        old = cx.load_uint(addr, size)?;
        if let Some(change) = change {
            cx.store_uint(addr, size, change(old, bit))?;
        }
    } else {
        let r = cx.insn.op_register(0);
        old = cx.reg(r);
        if let Some(change) = change {
            cx.set_reg(r, change(old, bit));
        }
    }
    cx.cpu.flags.update_arith(Flags::CF, flag(Flags::CF, old & bit != 0));
    Ok(Flow::Next)
}

/// BSF. A source of zero sets ZF and leaves the whole destination, as processors do.
pub(super) fn bsf(cx: &mut Cx<'_>) -> Outcome {
    scan(cx, |v| v.trailing_zeros())
}

/// BSR
pub(super) fn bsr(cx: &mut Cx<'_>) -> Outcome {
    scan(cx, |v| 63 - v.leading_zeros())
}

fn scan(cx: &mut Cx<'_>, index: fn(u64) -> u32) -> Outcome {
    let v = cx.operand(1)?;
    if v != 0 {
        cx.set_reg(cx.insn.op0_register(), index(v) as u64);
    }
    cx.cpu.flags.update_arith(Flags::ZF, flag(Flags::ZF, v == 0));
    Ok(Flow::Next)
}

/// TZCNT
pub(super) fn tzcnt(cx: &mut Cx<'_>) -> Outcome {
    let bits = 8 * cx.operand_size(0) as u32;
    count(cx, |v| v.trailing_zeros().min(bits))
}

/// LZCNT
pub(super) fn lzcnt(cx: &mut Cx<'_>) -> Outcome {
    let bits = 8 * cx.operand_size(0) as u32;
    count(cx, |v| v.leading_zeros() - (64 - bits))
}

fn count(cx: &mut Cx<'_>, f: impl FnOnce(u64) -> u32) -> Outcome {
    let v = cx.operand(1)?;
    let n = f(v);
    cx.set_reg(cx.insn.op0_register(), n as u64);
    cx.cpu.flags.update_arith(Flags::CF | Flags::ZF, flag(Flags::CF, v == 0) | flag(Flags::ZF, n == 0));
    Ok(Flow::Next)
}

/// POPCNT: ZF says whether the source is zero, the other flags are cleared.
pub(super) fn popcnt(cx: &mut Cx<'_>) -> Outcome {
    let v = cx.operand(1)?;
    cx.set_reg(cx.insn.op0_register(), v.count_ones() as u64);
    cx.cpu.flags.set_arith(flag(Flags::ZF, v == 0));
    Ok(Flow::Next)
}

/// CRC32: the Castagnoli polynomial, bits reflected, no inversion.
pub(super) fn crc32(cx: &mut Cx<'_>) -> Outcome {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let size = cx.operand_size(1);
    let v = cx.operand(1)?;
    let d = cx.insn.op0_register();
    let mut crc = cx.reg(d) as u32;
    for byte in &v.to_le_bytes()[..size] {
        crc ^= *byte as u32;
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 != 0 { POLYNOMIAL } else { 0 };
        }
    }
    cx.set_reg(d, crc as u64);
    Ok(Flow::Next)
}
