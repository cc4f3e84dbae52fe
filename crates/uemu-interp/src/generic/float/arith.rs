//! Addition, subtraction, multiplication, division, square root, minimum, maximum, and the estimates.

use super::{Class, Env, F32, Finite, Format, IE, ZE, signed};

/// The host's operation, for operands and results that are ordinary numbers.
fn host(f: Format, a: u64, b: u64, op32: fn(f32, f32) -> f32, op64: fn(f64, f64) -> f64) -> u64 {
    if f == F32 {
        u64::from(op32(f32::from_bits(a as u32), f32::from_bits(b as u32)).to_bits())
    } else {
        op64(f64::from_bits(a), f64::from_bits(b)).to_bits()
    }
}

/// `sig >> by` with everything shifted out left in the lowest bit.
fn shift_sticky(sig: u128, by: u32) -> u128 {
    if by == 0 {
        sig
    } else if by >= 128 {
        u128::from(sig != 0)
    } else {
        (sig >> by) | u128::from(sig & ((1 << by) - 1) != 0)
    }
}

/// A number with room for a product: `sig` has bit 127 set and its two lowest bits clear; the value is
/// `sig * 2^(exp - 127)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    pub(super) sign: bool,
    pub(super) exp: i32,
    pub(super) sig: u128,
}

impl From<Finite> for Wide {
    fn from(x: Finite) -> Wide {
        Wide { sign: x.sign, exp: x.exp, sig: u128::from(x.sig) << 64 }
    }
}

impl Env {
    /// `a + b`
    pub fn add(&mut self, f: Format, a: u64, b: u64) -> u64 {
        if self.host_can() && f.is_plain(a) && f.is_plain(b) {
            let r = host(f, a, b, |a, b| a + b, |a, b| a + b);
            if f.is_safe(r) {
                return r;
            }
        }
        self.sum(f, a, b, false)
    }

    /// `a - b`
    pub fn sub(&mut self, f: Format, a: u64, b: u64) -> u64 {
        if self.host_can() && f.is_plain(a) && f.is_plain(b) {
            let r = host(f, a, b, |a, b| a - b, |a, b| a - b);
            if f.is_safe(r) {
                return r;
            }
        }
        self.sum(f, a, b, true)
    }

    fn sum(&mut self, f: Format, a: u64, b: u64, negate: bool) -> u64 {
        if let Some(nan) = self.nan(f, a, b) {
            return nan;
        }
        let (ca, cb) = (self.class(f, a), self.class(f, b));
        let (sa, sb) = (ca.sign(), cb.sign() ^ negate);
        if let (Class::Infinity(_), Class::Infinity(_)) = (ca, cb)
            && sa != sb
        {
            return self.invalid(f);
        }
        self.denormal(f, a);
        self.denormal(f, b);
        match (ca, cb) {
            (Class::Infinity(_), _) => signed(f, sa, f.infinity()),
            (_, Class::Infinity(_)) => signed(f, sb, f.infinity()),
            (Class::Zero(_), Class::Zero(_)) => {
                let sign = if sa == sb { sa } else { self.zero_sign() };
                signed(f, sign, 0)
            }
            (Class::Finite(x), Class::Zero(_)) => self.round(f, sa, x.exp, u128::from(x.sig) << 64),
            (Class::Zero(_), Class::Finite(y)) => self.round(f, sb, y.exp, u128::from(y.sig) << 64),
            (Class::Finite(x), Class::Finite(y)) => {
                self.sum_finite(f, Finite { sign: sa, ..x }, Finite { sign: sb, ..y })
            }
        }
    }

    fn sum_finite(&mut self, f: Format, x: Finite, y: Finite) -> u64 {
        self.sum_wide(f, x.into(), y.into())
    }

    /// The sum of two numbers, neither of them zero, rounded once.
    pub(super) fn sum_wide(&mut self, f: Format, x: Wide, y: Wide) -> u64 {
        let (big, small) = if (x.exp, x.sig) >= (y.exp, y.sig) { (x, y) } else { (y, x) };
        // One bit of headroom for the carry. What is shifted out makes the result odd, for the greater one is even.
        let a = big.sig >> 1;
        let b = shift_sticky(small.sig >> 1, big.exp.abs_diff(small.exp));
        let sig = if big.sign == small.sign { a + b } else { a - b };
        if sig == 0 {
            return signed(f, self.zero_sign(), 0);
        }
        self.round(f, big.sign, big.exp + 1, sig)
    }

    /// The sign of an exact zero that is the difference of equal numbers.
    pub(super) fn zero_sign(&self) -> bool {
        self.rounding() == super::Rounding::Down
    }

    /// `a * b`
    pub fn mul(&mut self, f: Format, a: u64, b: u64) -> u64 {
        if self.host_can() && f.is_plain(a) && f.is_plain(b) {
            let r = host(f, a, b, |a, b| a * b, |a, b| a * b);
            if f.is_safe(r) {
                return r;
            }
        }
        if let Some(nan) = self.nan(f, a, b) {
            return nan;
        }
        let (ca, cb) = (self.class(f, a), self.class(f, b));
        let sign = ca.sign() != cb.sign();
        if let (Class::Infinity(_), Class::Zero(_)) | (Class::Zero(_), Class::Infinity(_)) = (ca, cb) {
            return self.invalid(f);
        }
        self.denormal(f, a);
        self.denormal(f, b);
        match (ca, cb) {
            (Class::Infinity(_), _) | (_, Class::Infinity(_)) => signed(f, sign, f.infinity()),
            (Class::Zero(_), _) | (_, Class::Zero(_)) => signed(f, sign, 0),
            (Class::Finite(x), Class::Finite(y)) => {
                let product = u128::from(x.sig) * u128::from(y.sig);
                self.round(f, sign, x.exp + y.exp + 1, product)
            }
        }
    }

    /// `a / b`
    pub fn div(&mut self, f: Format, a: u64, b: u64) -> u64 {
        if self.host_can() && f.is_plain(a) && f.is_safe(b) {
            let r = host(f, a, b, |a, b| a / b, |a, b| a / b);
            if f.is_safe(r) {
                return r;
            }
        }
        if let Some(nan) = self.nan(f, a, b) {
            return nan;
        }
        let (ca, cb) = (self.class(f, a), self.class(f, b));
        let sign = ca.sign() != cb.sign();
        if let (Class::Infinity(_), Class::Infinity(_)) | (Class::Zero(_), Class::Zero(_)) = (ca, cb) {
            return self.invalid(f);
        }
        if let (Class::Finite(_), Class::Zero(_)) = (ca, cb) {
            self.raise(ZE);
            return signed(f, sign, f.infinity());
        }
        self.denormal(f, a);
        self.denormal(f, b);
        match (ca, cb) {
            (Class::Infinity(_), _) => signed(f, sign, f.infinity()),
            (_, Class::Infinity(_)) | (Class::Zero(_), _) | (_, Class::Zero(_)) => signed(f, sign, 0),
            (Class::Finite(x), Class::Finite(y)) => {
                let (n, d) = (u128::from(x.sig) << 63, u128::from(y.sig));
                let q = (n / d) << 1 | u128::from(!n.is_multiple_of(d));
                // q / 2 is x.sig / y.sig * 2^63.
                self.round(f, sign, x.exp - y.exp + 63, q)
            }
        }
    }

    /// The square root.
    pub fn sqrt(&mut self, f: Format, a: u64) -> u64 {
        if self.host_can() && f.is_safe(a) && a & f.sign() == 0 {
            return host(f, a, 0, |a, _| a.sqrt(), |a, _| a.sqrt());
        }
        if let Some(nan) = self.nan(f, a, a) {
            return nan;
        }
        match self.class(f, a) {
            Class::Zero(s) => signed(f, s, 0),
            Class::Infinity(false) => f.infinity(),
            Class::Infinity(true) => self.invalid(f),
            Class::Finite(x) if x.sign => self.invalid(f),
            Class::Finite(x) => {
                self.denormal(f, a);
                // sig * 2^(exp - 127) with an odd exp - 127 has a root of 64 bits, less what is below.
                let (sig, exp) = (u128::from(x.sig) << 64, x.exp);
                let (sig, exp) = if exp & 1 == 0 { (sig >> 1, exp + 1) } else { (sig, exp) };
                let root = sig.isqrt();
                let sticky = u128::from(root * root != sig);
                // The root of 2^(exp - 127) is 2^((exp - 127) / 2).
                self.round(f, false, (exp - 127) / 2 + 126, root << 1 | sticky)
            }
        }
    }

    /// MIN: the smaller; the second operand if they are equal zeros or one is a NaN.
    pub fn min(&mut self, f: Format, a: u64, b: u64) -> u64 {
        self.pick(f, a, b, false)
    }

    /// MAX: the greater; the second operand if they are equal zeros or one is a NaN.
    pub fn max(&mut self, f: Format, a: u64, b: u64) -> u64 {
        self.pick(f, a, b, true)
    }

    fn pick(&mut self, f: Format, a: u64, b: u64, greatest: bool) -> u64 {
        if f.is_nan(a) || f.is_nan(b) {
            self.raise(IE);
            return self.daz(f, b);
        }
        self.denormal(f, a);
        self.denormal(f, b);
        let (a, b) = (self.daz(f, a), self.daz(f, b));
        let (x, y) = (super::compare::key(f, a), super::compare::key(f, b));
        if if greatest { x > y } else { x < y } { a } else { b }
    }

    /// RCPSS: an estimate of 1/x. The architecture promises a relative error of at most 1.5 * 2^-12 and
    /// leaves the bits open; here it is the reciprocal rounded to 12 bits, on every host. No flags.
    pub fn rcp(a: u32) -> u32 {
        let v = u64::from(a);
        if F32.is_nan(v) {
            return a | 1 << 22;
        }
        let sign = a & 1 << 31;
        if v & F32.infinity() == 0 {
            return sign | 0x7f80_0000;
        }
        truncate_estimate(1.0 / f64::from(f32::from_bits(a)), sign)
    }

    /// RSQRTSS: an estimate of 1/sqrt(x), under the same terms as [`Env::rcp`].
    pub fn rsqrt(a: u32) -> u32 {
        let v = u64::from(a);
        if F32.is_nan(v) {
            return a | 1 << 22;
        }
        let sign = a & 1 << 31;
        if v & F32.infinity() == 0 {
            return sign | 0x7f80_0000;
        }
        if sign != 0 {
            return 0xffc0_0000;
        }
        truncate_estimate(1.0 / f64::from(f32::from_bits(a)).sqrt(), 0)
    }
}

/// Rounds to 12 significant bits; what is too small for a normal binary32 becomes a zero.
fn truncate_estimate(v: f64, sign: u32) -> u32 {
    let half = 1u64 << (52 - 12);
    let rounded = f64::from_bits((v.abs().to_bits() + half) & !(2 * half - 1));
    if rounded < f64::from(f32::MIN_POSITIVE) {
        return sign;
    }
    sign | (rounded as f32).to_bits()
}
