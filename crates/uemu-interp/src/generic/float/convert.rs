//! Conversions between formats and to and from integers.

use super::round::away;
use super::{Class, Env, F32, F64, Format, PE, Rounding, signed};

impl Env {
    /// A signed integer in the format.
    pub fn from_int(&mut self, f: Format, v: i64) -> u64 {
        if v == 0 {
            return 0;
        }
        self.round(f, v < 0, 127, u128::from(v.unsigned_abs()))
    }

    /// To a signed integer of `bits` (32 or 64), rounding as MXCSR says or toward zero. What does not fit,
    /// and NaNs, are invalid and give the integer indefinite: the sign bit alone. Zero-extended.
    pub fn to_int(&mut self, f: Format, v: u64, bits: u32, truncate: bool) -> u64 {
        let mode = if truncate { Rounding::Zero } else { self.rounding() };
        let indefinite = 1u64 << (bits - 1);
        if f.is_nan(v) {
            self.invalid(f);
            return indefinite;
        }
        // A denormal raises no DE here: the result is an integer.
        let x = match self.class(f, v) {
            Class::Zero(_) => return 0,
            Class::Infinity(_) => {
                self.invalid(f);
                return indefinite;
            }
            Class::Finite(x) => x,
        };
        if x.exp >= 64 {
            self.invalid(f);
            return indefinite;
        }
        let (kept, inexact) = integral(x.sig, x.exp, mode, x.sign);
        let limit = if x.sign { u128::from(indefinite) } else { u128::from(indefinite) - 1 };
        if kept > limit {
            self.invalid(f);
            return indefinite;
        }
        if inexact {
            self.raise(PE);
        }
        let kept = kept as u64;
        let r = if x.sign { kept.wrapping_neg() } else { kept };
        if bits == 32 { u64::from(r as u32) } else { r }
    }

    /// CVTSS2SD.
    pub fn widen(&mut self, v: u64) -> u64 {
        if F32.is_nan(v) {
            self.nan(F32, v, v);
            let fraction = (v & 0x7f_ffff) << 29;
            return signed(F64, v & F32.sign() != 0, F64.infinity() | fraction | F64.quiet());
        }
        self.denormal(F32, v);
        self.reformat(F32, v, F64)
    }

    /// CVTSD2SS.
    pub fn narrow(&mut self, v: u64) -> u64 {
        if F64.is_nan(v) {
            self.nan(F64, v, v);
            let fraction = (v >> 29) & 0x7f_ffff;
            return signed(F32, v & F64.sign() != 0, F32.infinity() | fraction | F32.quiet());
        }
        self.denormal(F64, v);
        self.reformat(F64, v, F32)
    }

    pub(super) fn reformat(&mut self, from: Format, v: u64, to: Format) -> u64 {
        match self.class(from, v) {
            Class::Zero(s) => signed(to, s, 0),
            Class::Infinity(s) => signed(to, s, to.infinity()),
            Class::Finite(x) => self.round(to, x.sign, x.exp, u128::from(x.sig) << 64),
        }
    }

    /// ROUNDSS and its kin (SSE4.1): to an integral value in the same format. `imm`: bits 0-1 the rounding,
    /// bit 2 use MXCSR's instead, bit 3 raise no PE.
    pub fn round_integral(&mut self, f: Format, v: u64, imm: u8) -> u64 {
        if let Some(nan) = self.nan(f, v, v) {
            return nan;
        }
        let mode = if imm & 4 != 0 { self.rounding() } else { Rounding::from_bits(u32::from(imm)) };
        let x = match self.class(f, v) {
            Class::Zero(s) => return signed(f, s, 0),
            Class::Infinity(_) => return v,
            Class::Finite(x) => x,
        };
        if x.exp >= f.fraction as i32 {
            return v;
        }
        let (kept, inexact) = integral(x.sig, x.exp, mode, x.sign);
        if inexact && imm & 8 == 0 {
            self.raise(PE);
        }
        if kept == 0 {
            return signed(f, x.sign, 0);
        }
        self.round(f, x.sign, 127, kept)
    }
}

/// `sig * 2^(exp - 63)` rounded to an integer (`exp` below 64), and whether that changed it.
fn integral(sig: u64, exp: i32, mode: Rounding, sign: bool) -> (u128, bool) {
    // Scaled by 2^64, or squeezed into "less than a quarter".
    let scaled = match exp {
        -1..=63 => u128::from(sig) << 64 >> (63 - exp),
        _ => 1,
    };
    let (kept, rest) = (scaled >> 64, scaled & u128::from(u64::MAX));
    let up = away(mode, sign, kept & 1 != 0, rest, 1 << 63);
    (kept + u128::from(up), rest != 0)
}
