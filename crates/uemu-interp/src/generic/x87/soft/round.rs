//! Rounding to a significand's length, and what happens at the ends of the exponent's range.

use super::{BIAS, Env, F80, OE, PE, Rounding, UE};

/// What unmasked overflow and underflow add to the exponent (SDM vol. 1, 8.5.4 and 8.5.5).
const WRAP: i32 = 24576;

/// `sig >> drop` (0 to 128), rounded; whether bits were lost; whether the magnitude went up.
pub(super) fn shift_round(sig: u128, drop: u32, mode: Rounding, negative: bool) -> (u128, bool, bool) {
    if drop == 0 {
        return (sig, false, false);
    }
    let kept = sig.checked_shr(drop).unwrap_or(0);
    let lost = if drop >= 128 { sig } else { sig & ((1 << drop) - 1) };
    let half = 1u128 << (drop - 1).min(127);
    let up = match mode {
        _ if lost == 0 => false,
        Rounding::Nearest => lost > half || lost == half && kept & 1 != 0,
        Rounding::Down => negative,
        Rounding::Up => !negative,
        Rounding::Zero => false,
    };
    (kept + u128::from(up), lost != 0, up)
}

/// `sig >> n`, the bits lost gathered in bit 0.
pub(super) fn shift_jam(sig: u128, n: u32) -> u128 {
    match n {
        0 => sig,
        1..=127 => sig >> n | u128::from(sig & ((1 << n) - 1) != 0),
        _ => u128::from(sig != 0),
    }
}

/// Packs `sig / 2^127 * 2^exp`, `sig` of 128 bits with bit 0 standing for all below, rounded to `bits`.
pub(super) fn pack(env: &mut Env, negative: bool, exp: i32, sig: u128, bits: u32) -> F80 {
    let mode = env.rounding();
    let drop = 128 - bits;
    let (mut kept, inexact, up) = shift_round(sig, drop, mode, negative);
    let mut e = exp;
    if kept >> bits != 0 {
        kept >>= 1;
        e += 1;
    }
    let mut biased = e + BIAS;
    if biased <= 0 {
        if env.control & UE != 0 {
            return tiny(env, negative, exp, sig, bits);
        }
        env.raise(UE);
        biased += WRAP;
        if biased <= 0 {
            // FSCALE can leave even the wrapped range.
            env.raise(PE);
            return F80::zero(negative);
        }
    }
    if biased >= 0x7fff {
        env.raise(OE);
        if env.control & OE != 0 {
            env.raise(PE);
            let to_infinity = match mode {
                Rounding::Nearest => true,
                Rounding::Down => negative,
                Rounding::Up => !negative,
                Rounding::Zero => false,
            };
            env.up = to_infinity;
            return if to_infinity {
                F80::infinity(negative)
            } else {
                F80 { sign_exp: u16::from(negative) << 15 | 0x7ffe, sig: !0 << (64 - bits) }
            };
        }
        biased -= WRAP;
        if biased >= 0x7fff {
            env.raise(PE);
            env.up = true;
            return F80::infinity(negative);
        }
    }
    if inexact {
        env.raise(PE);
    }
    env.up = up;
    F80 { sign_exp: u16::from(negative) << 15 | biased as u16, sig: (kept as u64) << (64 - bits) }
}

/// Masked underflow: the denormal result.
fn tiny(env: &mut Env, negative: bool, exp: i32, sig: u128, bits: u32) -> F80 {
    let shift = u32::try_from(1 - (exp + BIAS)).unwrap_or(0);
    let (kept, inexact, up) = shift_round(shift_jam(sig, shift), 128 - bits, env.rounding(), negative);
    if inexact {
        env.raise(UE | PE);
    }
    env.up = up;
    let sig = (kept as u64) << (64 - bits);
    F80 { sign_exp: u16::from(negative) << 15 | (sig >> 63) as u16, sig }
}
