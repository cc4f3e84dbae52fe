//! Floating point with 128-bit significands: what transcendental functions are computed in. Truncates; good for
//! about 124 bits, of which 64 are wanted.

/// `(-1)^negative * sig / 2^127 * 2^exp`; `sig` has its top bit set, or is zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide {
    pub(super) negative: bool,
    pub(super) exp: i32,
    pub(super) sig: u128,
}

/// The high half of a product.
pub(super) fn mul_high(a: u128, b: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (ah, al, bh, bl) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (hl, lh) = (ah * bl, al * bh);
    let middle = ((al * bl) >> 64) + (hl & LOW) + (lh & LOW);
    ah * bh + (hl >> 64) + (lh >> 64) + (middle >> 64)
}

/// `(high * 2^64 + low) / d` and the remainder, for `high < d` and `d` with its top bit set (Knuth's algorithm D).
fn digit(high: u128, low: u64, d: u128) -> (u64, u128) {
    let (dh, dl) = (d >> 64, u128::from(d as u64));
    let mut q = (high / dh).min(u128::from(u64::MAX));
    let mut rest = high - q * dh;
    // At most two too many.
    while rest >> 64 == 0 && q * dl > (rest << 64 | u128::from(low)) {
        q -= 1;
        rest += dh;
    }
    let left = (high << 64 | u128::from(low)).wrapping_sub(q.wrapping_mul(d));
    (q as u64, left)
}

impl Wide {
    pub(super) const ZERO: Wide = Wide { negative: false, exp: 0, sig: 0 };
    /// pi / 4.
    pub(super) const PI_4: Wide = Wide { negative: false, exp: -1, sig: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1 };
    /// ln 2.
    pub(super) const LN_2: Wide = Wide { negative: false, exp: -1, sig: 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF };
    /// log2 e.
    pub(super) const LOG2_E: Wide = Wide { negative: false, exp: 0, sig: 0xB8AA_3B29_5C17_F0BB_BE87_FED0_691D_3E88 };
    /// 1.
    pub(super) const ONE: Wide = Wide { negative: false, exp: 0, sig: 1 << 127 };

    /// `m * 2^exp`.
    pub(super) fn new(negative: bool, m: u128, exp: i32) -> Wide {
        if m == 0 {
            return Wide::ZERO;
        }
        let shift = m.leading_zeros();
        Wide { negative, exp: exp + 127 - shift as i32, sig: m << shift }
    }
    pub(super) fn int(v: i32) -> Wide {
        Wide::new(v < 0, u128::from(v.unsigned_abs()), 0)
    }
    pub(super) fn neg(self) -> Wide {
        Wide { negative: !self.negative, ..self }
    }
    pub(super) fn mul(self, o: Wide) -> Wide {
        if self.sig == 0 || o.sig == 0 {
            return Wide::ZERO;
        }
        let p = mul_high(self.sig, o.sig);
        let shift = p.leading_zeros();
        Wide { negative: self.negative != o.negative, exp: self.exp + o.exp + 1 - shift as i32, sig: p << shift }
    }
    /// The divisor is not zero.
    pub(super) fn div(self, o: Wide) -> Wide {
        if self.sig == 0 {
            return Wide::ZERO;
        }
        // A quotient of 128 bits exactly, in two digits of 64.
        let below = self.sig < o.sig;
        let (high, low) = if below { (self.sig, 0) } else { (self.sig >> 1, (self.sig as u64) << 63) };
        let (first, rest) = digit(high, low, o.sig);
        let (second, _) = digit(rest, 0, o.sig);
        let sig = u128::from(first) << 64 | u128::from(second);
        Wide { negative: self.negative != o.negative, exp: self.exp - o.exp - i32::from(below), sig }
    }
    pub(super) fn add(self, o: Wide) -> Wide {
        if self.sig == 0 {
            return o;
        }
        if o.sig == 0 {
            return self;
        }
        let (big, small) = if (self.exp, self.sig) >= (o.exp, o.sig) { (self, o) } else { (o, self) };
        let by = (big.exp - small.exp).unsigned_abs();
        let aligned = small.sig.checked_shr(by).unwrap_or(0);
        if big.negative == small.negative {
            let (s, carry) = big.sig.overflowing_add(aligned);
            return if carry {
                Wide { negative: big.negative, exp: big.exp + 1, sig: s >> 1 | 1 << 127 }
            } else {
                Wide { sig: s, ..big }
            };
        }
        Wide::new(big.negative, big.sig - aligned, big.exp - 127)
    }
    pub(super) fn sub(self, o: Wide) -> Wide {
        self.add(o.neg())
    }
    /// The magnitude in units of 2^-126, truncated; for values below 4.
    pub(super) fn fixed(self) -> u128 {
        let right = 1 - self.exp;
        if right < 0 { u128::MAX } else { self.sig.checked_shr(right.unsigned_abs()).unwrap_or(0) }
    }
    /// The reverse of [`Wide::fixed`].
    pub(super) fn from_fixed(v: u128) -> Wide {
        Wide::new(false, v, -126)
    }
}
