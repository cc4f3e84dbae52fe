//! Between the extended format and binary32 and binary64.

use super::round::{shift_jam, shift_round};
use super::{Class, Env, F80, IE, INTEGER, OE, PE, QUIET, Rounding, UE};

/// A NaN made quiet.
pub(crate) fn quiet(a: F80) -> F80 {
    F80 { sig: a.sig | QUIET, ..a }
}

/// Widens; exact, a signalling NaN stays one. A denormal is noted in `env.denormal_source`.
pub(crate) fn from_f32(env: &mut Env, bits: u32) -> F80 {
    from_small(env, u64::from(bits), 23, 8)
}

/// Widens, as [`from_f32`].
pub(crate) fn from_f64(env: &mut Env, bits: u64) -> F80 {
    from_small(env, bits, 52, 11)
}

fn from_small(env: &mut Env, bits: u64, fraction_bits: u32, exponent_bits: u32) -> F80 {
    let sign = ((bits >> (fraction_bits + exponent_bits) & 1) as u16) << 15;
    let top = (1u64 << exponent_bits) - 1;
    let exponent = bits >> fraction_bits & top;
    let fraction = (bits & ((1 << fraction_bits) - 1)) << (63 - fraction_bits);
    let bias = (top >> 1) as i32;
    match exponent {
        0 if fraction == 0 => F80 { sign_exp: sign, sig: 0 },
        0 => {
            env.denormal_source = true;
            let shift = fraction.leading_zeros();
            let e = 1 - bias + super::BIAS - shift as i32;
            F80 { sign_exp: sign | e as u16, sig: fraction << shift }
        }
        e if e == top => F80 { sign_exp: sign | 0x7fff, sig: INTEGER | fraction },
        e => F80 { sign_exp: sign | (e as i32 - bias + super::BIAS) as u16, sig: INTEGER | fraction },
    }
}

/// Narrows to binary32 as the control word rounds.
pub(crate) fn to_f32(env: &mut Env, a: F80) -> u32 {
    to_small(env, a, 23, 8) as u32
}

/// Narrows to binary64 as the control word rounds.
pub(crate) fn to_f64(env: &mut Env, a: F80) -> u64 {
    to_small(env, a, 52, 11)
}

fn to_small(env: &mut Env, a: F80, fraction_bits: u32, exponent_bits: u32) -> u64 {
    let negative = a.negative();
    let sign = u64::from(negative) << (fraction_bits + exponent_bits);
    let top = (1u64 << exponent_bits) - 1;
    let infinity = sign | top << fraction_bits;
    match a.class() {
        Class::Zero => return sign,
        Class::Infinity => return infinity,
        Class::Unsupported => {
            env.raise(IE);
            return 1 << (fraction_bits + exponent_bits) | top << fraction_bits | 1 << (fraction_bits - 1);
        }
        Class::Quiet | Class::Signaling => {
            if a.class() == Class::Signaling {
                env.raise(IE);
            }
            return infinity | (quiet(a).sig & !INTEGER) >> (63 - fraction_bits);
        }
        Class::Denormal | Class::Normal => {}
    }
    let (e, s) = a.normalized();
    let (mode, bias) = (env.rounding(), (top >> 1) as i32);
    let bits = fraction_bits + 1;
    let wide = u128::from(s) << 64;
    let (kept, inexact, up) = shift_round(wide, 128 - bits, mode, negative);
    let biased = e + bias + i32::from(kept >> bits != 0);
    if biased <= 0 {
        let shift = u32::try_from(1 - (e + bias)).unwrap_or(0);
        let (kept, inexact, up) = shift_round(shift_jam(wide, shift), 128 - bits, mode, negative);
        // Unmasked, an exact tiny result is an exception too; nothing is stored then.
        if inexact || env.control & UE == 0 {
            env.raise(UE);
        }
        if inexact && !env.unmasked(UE) {
            env.raise(PE);
        }
        env.up = up && !env.unmasked(UE);
        return sign | kept as u64;
    }
    if biased >= top as i32 {
        env.raise(OE);
        if env.unmasked(OE) {
            return 0;
        }
        env.raise(PE);
        let to_infinity = match mode {
            Rounding::Nearest => true,
            Rounding::Down => negative,
            Rounding::Up => !negative,
            Rounding::Zero => false,
        };
        env.up = to_infinity;
        return if to_infinity { infinity } else { infinity - 1 };
    }
    if inexact {
        env.raise(PE);
    }
    env.up = up;
    // A carry out of the significand moves into the exponent by itself (which is -1 before, where it makes the least
    // normal number).
    let exponent = ((e + bias - 1) as u64) << fraction_bits;
    sign | exponent.wrapping_add(kept as u64)
}
