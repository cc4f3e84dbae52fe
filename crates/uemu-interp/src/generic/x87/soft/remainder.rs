//! FPREM and FPREM1.

use super::round::pack;
use super::{Env, F80};

/// What is known of the quotient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quotient {
    /// The reduction is complete; the low three bits.
    Complete(u8),
    /// Another step is needed.
    Partial,
    /// There is none: a NaN or an invalid operation.
    Unknown,
}

/// What a step of the reduction gives.
pub(crate) struct Remainder {
    /// The remainder, or what is left to reduce.
    pub(crate) value: F80,
    /// What the condition codes show.
    pub(crate) quotient: Quotient,
}

/// `a - b * q`, `q` being `a / b` truncated, or rounded to nearest if `nearest`. Exact; when the exponents are 64 or
/// more apart, one step that brings them closer (SDM vol. 2A, FPREM).
pub(crate) fn remainder(env: &mut Env, a: F80, b: F80, nearest: bool) -> Remainder {
    let done = |value| Remainder { value, quotient: Quotient::Complete(0) };
    let none = |value| Remainder { value, quotient: Quotient::Unknown };
    if let Some(r) = env.not_numbers(a, b) {
        return none(r);
    }
    if a.is_infinite() || b.is_zero() {
        return none(env.invalid());
    }
    if env.denormals(&[a, b]) {
        return none(a);
    }
    if a.is_zero() {
        return done(a);
    }
    let (ea, sa) = a.normalized();
    if b.is_infinite() {
        return done(pack(env, a.negative(), ea, u128::from(sa) << 64, 64));
    }
    let (eb, sb) = b.normalized();
    let apart = ea - eb;
    if apart < -1 {
        return done(pack(env, a.negative(), ea, u128::from(sa) << 64, 64));
    }
    let complete = apart < 64;
    // The bits of quotient found now; an incomplete step leaves the quotient's rest to the next.
    let steps = if complete { apart } else { apart & 31 | 32 };
    // What is left, in units of 2^(low - 63).
    let (mut rest, mut quotient, mut low) = (u128::from(sa), 0u128, ea);
    let divisor = u128::from(sb);
    if steps >= 0 {
        rest <<= steps;
        // Up to 63 + 64 bits.
        quotient = rest / divisor;
        rest %= divisor;
        low = ea - steps;
    }
    let mut negative = a.negative();
    if complete && nearest {
        // apart == -1: the divisor is twice as heavy.
        let unit = if steps < 0 { divisor << 1 } else { divisor };
        let twice = rest << 1;
        if twice > unit || twice == unit && quotient & 1 != 0 {
            rest = unit - rest;
            quotient += 1;
            negative = !negative;
        }
    }
    let value = if rest == 0 {
        F80::zero(a.negative())
    } else {
        let shift = rest.leading_zeros();
        pack(env, negative, low + 64 - shift as i32, rest << shift, 64)
    };
    let quotient = if complete { Quotient::Complete(quotient as u8 & 7) } else { Quotient::Partial };
    Remainder { value, quotient }
}
