//! Arithmetic on ordinary operands: normal numbers whose result is one, at extended precision, rounded to nearest.
//!
//! Everything else is `None`, and the caller's to do in full (`generic::x87::soft`). These are the sums and
//! products that programs make of nearly all their numbers, in some twenty integer instructions each.

use crate::generic::x87::soft::{BIAS, F80, INTEGER, PE};

/// C1, where it tells that the magnitude was rounded up.
pub(super) const C1: u16 = 1 << 9;
/// Half a unit in the last place, in the word below the significand.
const HALF: u64 = 1 << 63;

/// A result, and what it adds to the status word (PE, C1).
pub(super) type Quick = Option<(F80, u16)>;

#[inline(always)]
fn exponent(a: F80) -> i32 {
    i32::from(a.sign_exp & 0x7fff)
}

/// Whether the exponent is a normal number's.
#[inline(always)]
fn in_range(e: i32) -> bool {
    (e.wrapping_sub(1) as u32) < 0x7ffe
}

/// The same of an exponent that was just read, without a comparison.
#[inline(always)]
fn in_range_bits(a: F80) -> i32 {
    (exponent(a) + 1) & 0x7ffe
}

/// Whether it is a normal number.
#[inline(always)]
pub(super) fn is_normal(a: F80) -> bool {
    in_range(exponent(a)) && a.sig >= INTEGER
}

#[inline(always)]
fn is_zero(a: F80) -> bool {
    exponent(a) == 0 && a.sig == 0
}

#[inline(always)]
fn are_normal(a: F80, b: F80) -> bool {
    (in_range_bits(a) != 0) & (in_range_bits(b) != 0) & (a.sig & b.sig >= INTEGER)
}

/// Rounds `sig + lost / 2^64` (`sig` with its top bit) to nearest and packs it. Bit 0 of `lost` may stand for all below.
#[inline(always)]
fn round(sign: u16, e: i32, sig: u64, lost: u64) -> Quick {
    let up = lost > HALF - (sig & 1);
    let (rounded, carry) = sig.overflowing_add(u64::from(up));
    let e = e + i32::from(carry);
    if !in_range(e) {
        return None;
    }
    let status = if lost != 0 { PE } else { 0 } | if up { C1 } else { 0 };
    Some((F80 { sign_exp: sign | e as u16, sig: rounded | u64::from(carry) << 63 }, status))
}

/// `a + b`.
#[inline(always)]
pub(super) fn add(a: F80, b: F80) -> Quick {
    if !are_normal(a, b) {
        return match (is_zero(a), is_zero(b)) {
            (true, false) if is_normal(b) => Some((b, 0)),
            (false, true) if is_normal(a) => Some((a, 0)),
            _ => None,
        };
    }
    // The one of greater exponent first; with equal ones, a difference puts itself right.
    let (a, b) = if exponent(a) >= exponent(b) { (a, b) } else { (b, a) };
    let (e, apart) = (exponent(a), (exponent(a) - exponent(b)) as u32);
    if apart > 63 {
        return None;
    }
    let (high, low) = (b.sig >> apart, (b.sig << 1) << (63 - apart));
    let sign = a.sign_exp & 0x8000;
    if (a.sign_exp ^ b.sign_exp) & 0x8000 == 0 {
        let (sum, carry) = a.sig.overflowing_add(high);
        if carry {
            return round(sign, e + 1, sum >> 1 | INTEGER, sum << 63 | low >> 1 | low & 1);
        }
        return round(sign, e, sum, low);
    }
    let (difference, borrow) = a.sig.overflowing_sub(high);
    if borrow {
        // Equal exponents: nothing below, and b is the greater.
        let s = difference.wrapping_neg();
        let shift = s.leading_zeros();
        return round(sign ^ 0x8000, e - shift as i32, s << shift, 0);
    }
    let (rest, borrow) = 0u64.overflowing_sub(low);
    let s = difference.wrapping_sub(u64::from(borrow));
    if s == 0 {
        // Nothing left is +0; half a unit is for others.
        return (rest == 0).then_some((F80::ZERO, 0));
    }
    let shift = s.leading_zeros();
    round(sign, e - shift as i32, s << shift | (rest >> 1) >> (63 - shift), rest << shift)
}

/// `a * b`.
#[inline(always)]
pub(super) fn mul(a: F80, b: F80) -> Quick {
    let sign = (a.sign_exp ^ b.sign_exp) & 0x8000;
    if !are_normal(a, b) {
        let zero = is_zero(a) && (is_zero(b) || is_normal(b)) || is_zero(b) && is_normal(a);
        return zero.then_some((F80 { sign_exp: sign, sig: 0 }, 0));
    }
    let p = u128::from(a.sig) * u128::from(b.sig);
    let (high, low) = ((p >> 64) as u64, p as u64);
    let e = exponent(a) + exponent(b) - BIAS;
    if high >= INTEGER { round(sign, e + 1, high, low) } else { round(sign, e, high << 1 | low >> 63, low << 1) }
}

/// `a / b`.
#[inline(always)]
pub(super) fn div(a: F80, b: F80) -> Quick {
    if !are_normal(a, b) {
        return None;
    }
    let sign = (a.sign_exp ^ b.sign_exp) & 0x8000;
    let below = a.sig < b.sig;
    // A quotient of 64 bits exactly.
    let (high, low) = if below { (a.sig, 0) } else { (a.sig >> 1, a.sig << 63) };
    let (q, rest) = divide(high, low, b.sig);
    // A tie cannot be: 65 bits of quotient times the divisor would have more bits than the dividend.
    let twice = if rest > b.sig - rest { HALF | 1 } else { u64::from(rest != 0) };
    round(sign, exponent(a) - exponent(b) + BIAS - i32::from(below), q, twice)
}

/// `(high * 2^64 + low) / d` and the remainder, for `high < d`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn divide(high: u64, low: u64, d: u64) -> (u64, u64) {
    let (q, rest);
    // SAFETY: integer registers only; high < d, so that the quotient fits and nothing is raised.
    unsafe {
        std::arch::asm!("div {}", in(reg) d, inout("rax") low => q, inout("rdx") high => rest, options(pure, nomem, nostack));
    }
    (q, rest)
}
/// `(high * 2^64 + low) / d` and the remainder, for `high < d`.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn divide(high: u64, low: u64, d: u64) -> (u64, u64) {
    let (n, d) = (u128::from(high) << 64 | u128::from(low), u128::from(d));
    ((n / d) as u64, (n % d) as u64)
}

/// The square root.
#[inline(always)]
pub(super) fn sqrt(a: F80) -> Quick {
    if !is_normal(a) || a.sign_exp >> 15 != 0 {
        return None;
    }
    let e = exponent(a) - BIAS;
    let odd = e & 1;
    let n = u128::from(a.sig) << (63 + odd);
    let (high, low) = ((n >> 64) as u64, n as u64);
    // The root of the high half by the library, then 32 more bits by one division, at most one too many.
    let first = high.isqrt();
    let rest = u128::from(high - first * first) << 32 | u128::from(low >> 32);
    let (q, rest) = divide((rest >> 64) as u64, rest as u64, 2 * first);
    let mut root = (u128::from(first) << 32) + u128::from(q);
    let mut rest = (i128::from(rest) << 32 | i128::from(low & 0xffff_ffff)) - i128::from(q) * i128::from(q);
    if rest < 0 {
        root -= 1;
        rest += 2 * root as i128 + 1;
    }
    // Never a tie: the square of a number with half a unit is no integer.
    let lost = match rest {
        0 => 0,
        r if r > root as i128 => HALF | 1,
        _ => 1,
    };
    round(0, (e - odd) / 2 + BIAS, root as u64, lost)
}

/// Widens a binary64 number: a zero or a normal one.
#[inline(always)]
pub(super) fn from_f64(bits: u64) -> Option<F80> {
    let (e, sign) = ((bits >> 52) as u16 & 0x7ff, (bits >> 48) as u16 & 0x8000);
    if bits << 1 == 0 {
        return Some(F80 { sign_exp: sign, sig: 0 });
    }
    (e.wrapping_sub(1) < 0x7fe)
        .then_some(F80 { sign_exp: sign | (e + (BIAS as u16 - 1023)), sig: INTEGER | bits << 11 })
}

/// Widens a binary32 number likewise.
#[inline(always)]
pub(super) fn from_f32(bits: u32) -> Option<F80> {
    let (e, sign) = ((bits >> 23) as u16 & 0xff, (bits >> 16) as u16 & 0x8000);
    if bits << 1 == 0 {
        return Some(F80 { sign_exp: sign, sig: 0 });
    }
    let sig = INTEGER | u64::from(bits) << 40;
    (e.wrapping_sub(1) < 0xfe).then_some(F80 { sign_exp: sign | (e + (BIAS as u16 - 127)), sig })
}

/// An integer as a number.
#[inline(always)]
pub(super) fn from_int(v: i64) -> F80 {
    let m = v.unsigned_abs();
    let shift = m.leading_zeros();
    let sign_exp = (v >> 63) as u16 & 0x8000 | (BIAS as u16 + 63 - shift as u16);
    if m == 0 { F80::ZERO } else { F80 { sign_exp, sig: m << shift } }
}

/// Narrows a zero, or a normal number to one of binary64.
#[inline(always)]
pub(super) fn to_f64(a: F80) -> Option<(u64, u16)> {
    to_small::<11, 1023>(a)
}

/// Narrows to binary32 likewise.
#[inline(always)]
pub(super) fn to_f32(a: F80) -> Option<(u64, u16)> {
    to_small::<8, 127>(a)
}

/// `EXPONENT` bits of exponent.
#[inline(always)]
fn to_small<const EXPONENT: u32, const TO_BIAS: i32>(a: F80) -> Option<(u64, u16)> {
    let fraction: u32 = if EXPONENT == 11 { 52 } else { 23 };
    let sign = u64::from(a.sign_exp >> 15) << (fraction + EXPONENT);
    if is_zero(a) {
        return Some((sign, 0));
    }
    let e = exponent(a) - BIAS + TO_BIAS;
    // The greatest exponent is left out too, as rounding might leave it.
    if (e.wrapping_sub(1) as u32) >= (1 << EXPONENT) - 3 || a.sig < INTEGER {
        return None;
    }
    let drop = 63 - fraction;
    let (kept, lost, half) = (a.sig >> drop, a.sig & ((1 << drop) - 1), 1u64 << (drop - 1));
    let up = lost > half - (kept & 1);
    let status = if lost != 0 { PE } else { 0 } | if up { C1 } else { 0 };
    // The integer bit adds one to the exponent, and a carry another.
    Some((sign | ((((e - 1) as u64) << fraction) + kept + u64::from(up)), status))
}

/// To an integer of `bits`, to nearest or towards zero; `None` for what does not fit or lies at the limit.
#[inline(always)]
pub(super) fn to_int(a: F80, bits: u32, truncate: bool) -> Option<(i64, u16)> {
    if is_zero(a) {
        return Some((0, 0));
    }
    let e = exponent(a) - BIAS;
    if e >= bits as i32 - 2 || a.sig < INTEGER || exponent(a) == 0 {
        return None;
    }
    let (whole, lost) = match e {
        0.. => (a.sig >> (63 - e), a.sig << 1 << e),
        -1 => (0, a.sig),
        _ => (0, 1),
    };
    let up = !truncate && lost > HALF - (whole & 1);
    let m = (whole + u64::from(up)) as i64;
    let status = if lost != 0 { PE } else { 0 } | if up { C1 } else { 0 };
    Some((if a.sign_exp >> 15 != 0 { -m } else { m }, status))
}

/// Orders two numbers that are neither NaN nor denormal, into ZF and CF as in RFLAGS.
#[inline(always)]
pub(super) fn compare(a: F80, b: F80) -> Option<u64> {
    const CF: u64 = 1;
    const ZF: u64 = 64;
    let plain = |v: F80| match exponent(v) {
        0 => v.sig == 0,
        0x7fff => v.sig == INTEGER,
        _ => v.sig >= INTEGER,
    };
    if !plain(a) || !plain(b) {
        return None;
    }
    // In 128 bits with a sign, in which both zeros are zero.
    let key = |v: F80| {
        let m = (i128::from(v.sign_exp & 0x7fff) << 64) | i128::from(v.sig);
        if v.sign_exp >> 15 != 0 { -m } else { m }
    };
    let (ka, kb) = (key(a), key(b));
    Some(if ka < kb { CF } else { 0 } | if ka == kb { ZF } else { 0 })
}
