//! Between the extended format and integers, binary and decimal.

use super::round::{shift_jam, shift_round};
use super::{BIAS, Class, Env, F80, PE, Rounding};

/// An integer as a number; exact.
pub(crate) fn from_int(v: i64) -> F80 {
    from_magnitude(v < 0, v.unsigned_abs())
}

fn from_magnitude(negative: bool, m: u64) -> F80 {
    if m == 0 {
        return F80::zero(negative);
    }
    let shift = m.leading_zeros();
    F80 { sign_exp: u16::from(negative) << 15 | (BIAS + 63 - shift as i32) as u16, sig: m << shift }
}

/// The magnitude rounded to an integer, whether that lost anything, whether it went up; `None` from 2^64 on.
fn integral(a: F80, mode: Rounding) -> Option<(u64, bool, bool)> {
    if a.is_zero() {
        return Some((0, false, false));
    }
    let (e, s) = a.normalized();
    if e > 63 {
        return None;
    }
    // 63 fraction bits below a 64-bit integer, so that the shift keeps all that decides.
    let wide = shift_jam(u128::from(s) << 63, (63 - e).unsigned_abs());
    let (m, inexact, up) = shift_round(wide, 63, mode, a.negative());
    Some((u64::try_from(m).ok()?, inexact, up))
}

/// To a signed integer of `bits` (16, 32, 64), rounded in direction `mode`; what does not fit is invalid and gives
/// the integer indefinite, the least value.
pub(crate) fn to_int(env: &mut Env, a: F80, bits: u32, mode: Rounding) -> i64 {
    let least = i64::MIN >> (64 - bits);
    let limit = least.unsigned_abs() - u64::from(!a.negative());
    match a.class() {
        Class::Infinity | Class::Quiet | Class::Signaling | Class::Unsupported => {
            env.invalid();
            return least;
        }
        _ => {}
    }
    match integral(a, mode) {
        Some((m, inexact, up)) if m <= limit => {
            if inexact {
                env.raise(PE);
            }
            env.up = up;
            if a.negative() { (m as i64).wrapping_neg() } else { m as i64 }
        }
        _ => {
            env.invalid();
            least
        }
    }
}

/// FRNDINT.
pub(crate) fn round_to_integral(env: &mut Env, a: F80) -> F80 {
    if let Some(r) = env.not_a_number(a) {
        return r;
    }
    if env.denormals(&[a]) || a.is_infinite() || a.is_zero() {
        return a;
    }
    if a.exponent() >= BIAS + 63 {
        return a;
    }
    let Some((m, inexact, up)) = integral(a, env.rounding()) else { return a };
    if inexact {
        env.raise(PE);
    }
    env.up = up;
    from_magnitude(a.negative(), m)
}

/// Ten bytes of packed decimal: 18 digits and a sign (SDM vol. 1, 4.7). Digits above 9 count as they stand.
pub(crate) fn from_bcd(bytes: [u8; 10]) -> F80 {
    let m = bytes[..9]
        .iter()
        .rev()
        .fold(0u64, |m, b| m.wrapping_mul(100).wrapping_add(u64::from(b >> 4) * 10 + u64::from(b & 15)));
    from_magnitude(bytes[9] & 0x80 != 0, m)
}

/// The reverse, rounded; what does not fit is invalid and gives the packed indefinite.
pub(crate) fn to_bcd(env: &mut Env, a: F80) -> [u8; 10] {
    const INDEFINITE: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff];
    let finite = matches!(a.class(), Class::Zero | Class::Denormal | Class::Normal);
    let Some((mut m, inexact, up)) = integral(a, env.rounding()).filter(|v| finite && v.0 < 10u64.pow(18)) else {
        env.invalid();
        return INDEFINITE;
    };
    if inexact {
        env.raise(PE);
    }
    env.up = up;
    let mut out = [0; 10];
    for b in &mut out[..9] {
        *b = (m % 10) as u8 | ((m / 10 % 10) as u8) << 4;
        m /= 100;
    }
    out[9] = u8::from(a.negative()) << 7;
    out
}
