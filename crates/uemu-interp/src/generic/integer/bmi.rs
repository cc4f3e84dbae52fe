//! BMI1, BMI2 and ADX.

use super::super::{Cx, Flow, Outcome};
use super::{flag, mask, signed, zsp};
use iced_x86::{Mnemonic as M, Register};
use uemu_cpu::{Exception, Flags};

/// ANDN BEXTR BLSI BLSMSK BLSR BZHI MULX PDEP PEXT RORX SARX SHLX SHRX ADCX ADOX
pub(super) fn execute(cx: &mut Cx<'_>) -> Outcome {
    let size = cx.operand_size(0);
    let bits = 8 * size as u32;
    let d = cx.insn.op0_register();
    let a = cx.operand(1)?;
    let m = cx.insn.mnemonic();
    let r = match m {
        M::Andn => {
            let b = cx.operand(2)?;
            logic(cx, size, !a & b & mask(size), false)
        }
        M::Blsi => logic(cx, size, a & a.wrapping_neg(), a != 0),
        M::Blsmsk => logic(cx, size, (a ^ a.wrapping_sub(1)) & mask(size), a == 0),
        M::Blsr => logic(cx, size, a & a.wrapping_sub(1), a == 0),
        M::Bextr => {
            let control = cx.operand(2)?;
            let (start, len) = (control as u8 as u32, (control >> 8) as u8 as u32);
            let r = low_bits(a.checked_shr(start).unwrap_or(0), len);
            // SF, AF and PF are undefined.
            cx.cpu.flags.set_arith(flag(Flags::ZF, r == 0));
            r
        }
        M::Bzhi => {
            let n = cx.operand(2)? as u8 as u32;
            logic(cx, size, low_bits(a, n), n > bits - 1)
        }
        M::Mulx => {
            let b = cx.operand(2)?;
            let source = if size == 8 { cx.reg(Register::RDX) } else { cx.reg(Register::EDX) };
            let product = source as u128 * b as u128;
            // The low half first: if both destinations are one register, it holds the high half.
            cx.set_reg(cx.insn.op1_register(), product as u64);
            (product >> bits) as u64
        }
        M::Pdep => pdep(a, cx.operand(2)?),
        M::Pext => pext(a, cx.operand(2)?),
        M::Rorx => {
            let n = cx.insn.immediate8() as u32 & (bits - 1);
            if n == 0 { a } else { a >> n | a << (bits - n) }
        }
        M::Shlx => a << (cx.operand(2)? as u32 & (bits - 1)),
        M::Shrx => a >> (cx.operand(2)? as u32 & (bits - 1)),
        M::Sarx => (signed(a, size) >> (cx.operand(2)? as u32 & (bits - 1))) as u64,
        M::Adcx => add_with(cx, size, a, Flags::CF),
        M::Adox => add_with(cx, size, a, Flags::OF),
        _ => return Err(Exception::InvalidOpcode { unimplemented: true }.into()),
    };
    cx.set_reg(d, r);
    Ok(Flow::Next)
}

/// Sets SF and ZF by the result, CF as given, OF clear (AF and PF are undefined: clear).
fn logic(cx: &mut Cx<'_>, size: usize, r: u64, cf: bool) -> u64 {
    cx.cpu.flags.set_arith((zsp(r, size) & !Flags::PF) | flag(Flags::CF, cf));
    r
}

/// The low `n` bits of `v`.
fn low_bits(v: u64, n: u32) -> u64 {
    if n >= 64 { v } else { v & ((1 << n) - 1) }
}

/// An addition that takes its carry from one flag and leaves it there.
fn add_with(cx: &mut Cx<'_>, size: usize, b: u64, carry: u64) -> u64 {
    let a = cx.reg(cx.insn.op0_register());
    let sum = a as u128 + b as u128 + (cx.cpu.flags.arith() & carry != 0) as u128;
    cx.cpu.flags.update_arith(carry, flag(carry, sum >> (8 * size) != 0));
    sum as u64
}

/// The low bits of `v` put where `mask` has ones.
fn pdep(mut v: u64, mut mask: u64) -> u64 {
    let mut r = 0;
    while mask != 0 {
        let bit = mask & mask.wrapping_neg();
        if v & 1 != 0 {
            r |= bit;
        }
        v >>= 1;
        mask ^= bit;
    }
    r
}

/// The bits of `v` where `mask` has ones, put together at the low end.
fn pext(v: u64, mut mask: u64) -> u64 {
    let (mut r, mut to) = (0, 1u64);
    while mask != 0 {
        let bit = mask & mask.wrapping_neg();
        if v & bit != 0 {
            r |= to;
        }
        to = to.wrapping_shl(1);
        mask ^= bit;
    }
    r
}
