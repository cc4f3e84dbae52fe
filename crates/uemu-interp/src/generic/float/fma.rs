//! Fused multiply-add: a product and a sum with one rounding (SDM vol. 1, 14.5.1).

use super::arith::Wide;
use super::{Class, Env, F32, Finite, Format, IE, signed};

/// `x * y`, exactly.
fn product(sign: bool, x: Finite, y: Finite) -> Wide {
    let sig = u128::from(x.sig) * u128::from(y.sig);
    let up = sig.leading_zeros();
    Wide { sign, exp: x.exp + y.exp + 1 - up as i32, sig: sig << up }
}

/// The host's own, which the standard library guarantees to round once.
fn host(f: Format, a: u64, b: u64, c: u64) -> u64 {
    if f == F32 {
        let [a, b, c] = [a, b, c].map(|v| f32::from_bits(v as u32));
        u64::from(a.mul_add(b, c).to_bits())
    } else {
        let [a, b, c] = [a, b, c].map(f64::from_bits);
        a.mul_add(b, c).to_bits()
    }
}

/// What turns a value's sign, if it shall be turned.
fn turn(f: Format, negate: bool) -> u64 {
    if negate { f.sign() } else { 0 }
}

impl Env {
    /// `±(a * b) ± c`, rounded once; the signs are turned where `negate_product` and `negate_addend` say so.
    ///
    /// The order of `a` and `b` matters to NaNs only: of several, the first of `a`, `b`, `c` is the result, made quiet,
    /// its sign left alone. An infinity times zero is not even invalid if `c` is a quiet NaN.
    pub fn fma(&mut self, f: Format, a: u64, b: u64, c: u64, negate_product: bool, negate_addend: bool) -> u64 {
        if self.host_can() && f.is_plain(a) && f.is_plain(b) && f.is_plain(c) {
            let r = host(f, a ^ turn(f, negate_product), b, c ^ turn(f, negate_addend));
            if f.is_safe(r) {
                return r;
            }
        }
        if let Some(&nan) = [a, b, c].iter().find(|&&v| f.is_nan(v)) {
            if [a, b, c].iter().any(|&v| f.is_snan(v)) {
                self.raise(IE);
            }
            return nan | f.quiet();
        }
        let (ca, cb, cc) = (self.class(f, a), self.class(f, b), self.class(f, c));
        let sign = ca.sign() ^ cb.sign() ^ negate_product;
        let addend_sign = cc.sign() ^ negate_addend;
        let infinite = matches!(ca, Class::Infinity(_)) || matches!(cb, Class::Infinity(_));
        let zero = matches!(ca, Class::Zero(_)) || matches!(cb, Class::Zero(_));
        let opposed = infinite && matches!(cc, Class::Infinity(_)) && sign != addend_sign;
        if infinite && zero || opposed {
            return self.invalid(f);
        }
        for v in [a, b, c] {
            self.denormal(f, v);
        }
        match (ca, cb, cc) {
            _ if infinite => signed(f, sign, f.infinity()),
            (_, _, Class::Infinity(_)) => signed(f, addend_sign, f.infinity()),
            (Class::Finite(x), Class::Finite(y), Class::Finite(z)) => {
                self.sum_wide(f, product(sign, x, y), Finite { sign: addend_sign, ..z }.into())
            }
            (Class::Finite(x), Class::Finite(y), _) => {
                let p = product(sign, x, y);
                self.round(f, sign, p.exp, p.sig)
            }
            (_, _, Class::Finite(z)) => self.round(f, addend_sign, z.exp, u128::from(z.sig) << 64),
            _ => {
                let sign = if sign == addend_sign { sign } else { self.zero_sign() };
                signed(f, sign, 0)
            }
        }
    }
}
