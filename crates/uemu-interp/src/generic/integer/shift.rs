//! Shifts and rotates (SDM vol. 2: counts are masked to 5 bits, to 6 for 64-bit operands).

use super::super::{Cx, Outcome, Stop};
use super::alu::update;
use super::{flag, mask, signed, zsp};
use crate::shift::set_rotate_flags;
use uemu_cpu::flags::Kind;
use uemu_cpu::{Flags, LazyFlags};

/// The masked count in operand `n`.
fn count(cx: &mut Cx<'_>, n: u32) -> Result<u32, Stop> {
    let limit = if cx.operand_size(0) == 8 { 63 } else { 31 };
    Ok(cx.operand(n)? as u32 & limit)
}

/// A shift by a count known not to be zero; a count of zero rewrites the operand and leaves the flags.
fn shift(cx: &mut Cx<'_>, f: impl FnOnce(&mut LazyFlags, u64, usize, u32) -> u64) -> Outcome {
    let n = count(cx, 1)?;
    update(cx, |flags, a, size| if n == 0 { a } else { f(flags, a, size, n) })
}

/// SHL
pub(super) fn shl(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        flags.note(Kind::SHL, size, a, n as u64);
        a << n
    })
}

/// SHR
pub(super) fn shr(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        flags.note(Kind::SHR, size, a, n as u64);
        a >> n
    })
}

/// SAR
pub(super) fn sar(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        flags.note(Kind::SAR, size, a, n as u64);
        (signed(a, size) >> n) as u64
    })
}

/// A word of `bits` bits rotated left by `n`, modulo its size.
fn rotated(a: u64, bits: u32, n: u32) -> u64 {
    match n % bits {
        0 => a,
        n => (a << n | a >> (bits - n)) & (u64::MAX >> (64 - bits)),
    }
}

/// ROL
pub(super) fn rol(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        let bits = 8 * size as u32;
        let r = rotated(a, bits, n);
        set_rotate_flags(flags, false, bits, r);
        r
    })
}

/// ROR
pub(super) fn ror(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        let bits = 8 * size as u32;
        let r = rotated(a, bits, bits - n % bits);
        set_rotate_flags(flags, true, bits, r);
        r
    })
}

/// The word and CF above it as one number of `bits + 1` bits, rotated left by `n`: the word and CF.
fn through_carry(a: u64, carry: bool, bits: u32, n: u32) -> (u64, bool) {
    let wide = (carry as u128) << bits | a as u128;
    let all = (1u128 << (bits + 1)) - 1;
    let r = if n == 0 { wide } else { (wide << n | wide >> (bits + 1 - n)) & all };
    (r as u64 & (u64::MAX >> (64 - bits)), r >> bits & 1 != 0)
}

/// RCL
pub(super) fn rcl(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        let bits = 8 * size as u32;
        let (r, cf) = through_carry(a, flags.cf(), bits, n % (bits + 1));
        let of = (r >> (bits - 1) & 1 != 0) != cf;
        flags.update_arith(Flags::CF | Flags::OF, flag(Flags::CF, cf) | flag(Flags::OF, of));
        r
    })
}

/// RCR
pub(super) fn rcr(cx: &mut Cx<'_>) -> Outcome {
    shift(cx, |flags, a, size, n| {
        let bits = 8 * size as u32;
        let right = n % (bits + 1);
        let left = if right == 0 { 0 } else { bits + 1 - right };
        let (r, cf) = through_carry(a, flags.cf(), bits, left);
        let of = (r >> (bits - 1) ^ r >> (bits - 2)) & 1 != 0;
        flags.update_arith(Flags::CF | Flags::OF, flag(Flags::CF, cf) | flag(Flags::OF, of));
        r
    })
}

/// SHLD. For 16-bit operands and counts above 16, where the result is undefined, the three words
/// destination, source, destination are shifted, as Intel processors do.
pub(super) fn shld(cx: &mut Cx<'_>) -> Outcome {
    let n = count(cx, 2)?;
    let b = cx.reg(cx.insn.op_register(1));
    update(cx, |flags, a, size| {
        if n == 0 {
            return a;
        }
        let bits = 8 * size as u32;
        let r = match bits {
            64 => a << n | b >> (64 - n),
            32 => (a << 32 | b) << n >> 32,
            _ => (a << 32 | b << 16 | a) << n >> 32,
        } & mask(size);
        let cf = if n <= bits { a >> (bits - n) & 1 } else { b >> (2 * bits - n) & 1 };
        set_double(flags, a, r, size, cf != 0);
        r
    })
}

/// SHRD, likewise.
pub(super) fn shrd(cx: &mut Cx<'_>) -> Outcome {
    let n = count(cx, 2)?;
    let b = cx.reg(cx.insn.op_register(1));
    update(cx, |flags, a, size| {
        if n == 0 {
            return a;
        }
        let bits = 8 * size as u32;
        let r = match bits {
            64 => a >> n | b << (64 - n),
            32 => (b << 32 | a) >> n,
            _ => (a << 32 | b << 16 | a) >> n,
        } & mask(size);
        let cf = if n <= bits { a >> (n - 1) & 1 } else { b >> (n - 1 - bits) & 1 };
        set_double(flags, a, r, size, cf != 0);
        r
    })
}

/// Flags of the double shifts: OF says whether the sign changed (defined for a count of one).
fn set_double(flags: &mut LazyFlags, old: u64, new: u64, size: usize, cf: bool) {
    let of = (signed(old, size) < 0) != (signed(new, size) < 0);
    flags.set_arith(zsp(new, size) | flag(Flags::CF, cf) | flag(Flags::OF, of));
}
