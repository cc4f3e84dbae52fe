//! From an exact (or sticky) result to the format: rounding, overflow, underflow.

use super::{Env, FTZ, Format, OE, PE, Rounding, UE, signed};

/// Whether a magnitude whose discarded part compares with one half as given is rounded away from zero.
pub(super) fn away(r: Rounding, sign: bool, odd: bool, rest: u128, half: u128) -> bool {
    match r {
        Rounding::Nearest => rest > half || (rest == half && odd),
        Rounding::Down => sign && rest != 0,
        Rounding::Up => !sign && rest != 0,
        Rounding::Zero => false,
    }
}

impl Env {
    /// Rounds `±sig * 2^(exp - 127)` to the format. `sig` is not zero; its lowest bit may stand for
    /// everything that was shifted out below it.
    pub(super) fn round(&mut self, f: Format, sign: bool, exp: i32, sig: u128) -> u64 {
        let up = sig.leading_zeros();
        // What was shifted out lies below the last kept bit in any case: sources have at most 127 - 54 zeros.
        let sig = sig << up;
        let exp = exp - up as i32;
        let mode = self.rounding();
        let drop = 127 - f.fraction;
        let take = |drop: u32| {
            let (kept, rest) = (sig >> drop, sig & ((1 << drop) - 1));
            let up = away(mode, sign, kept & 1 != 0, rest, 1 << (drop - 1));
            (kept as u64 + up as u64, rest != 0)
        };
        let (kept, inexact) = take(drop);
        let carried = kept >> (f.fraction + 1) != 0;
        let unbounded = exp + carried as i32;

        if unbounded < f.emin() {
            // Tiny, which is decided after rounding with an unbounded exponent.
            if self.masked(UE) && self.control & FTZ != 0 {
                self.raise(UE | PE);
                return signed(f, sign, 0);
            }
            if !self.masked(UE) {
                // A handler is given the result with its exponent adjusted: that one's precision counts.
                self.raise(if inexact { UE | PE } else { UE });
                return 0;
            }
            let (kept, inexact) = self.denormalise(f, sign, exp, sig);
            if inexact {
                self.raise(UE | PE);
            }
            return signed(f, sign, kept);
        }
        if exp < f.emin() {
            // Rounds up to the smallest normal number either way; precision is that of a denormal.
            let (kept, inexact) = self.denormalise(f, sign, exp, sig);
            if inexact {
                self.raise(PE);
            }
            return signed(f, sign, kept);
        }
        if unbounded > f.bias() {
            self.raise(if inexact || self.masked(OE) { OE | PE } else { OE });
            let to_infinity = match mode {
                Rounding::Nearest => true,
                Rounding::Down => sign,
                Rounding::Up => !sign,
                Rounding::Zero => false,
            };
            return signed(f, sign, f.infinity() - !to_infinity as u64);
        }
        if inexact {
            self.raise(PE);
        }
        // A carry out of the fraction moves into the exponent by itself.
        let biased = (exp + f.bias() - 1) as u64;
        signed(f, sign, (biased << f.fraction) + kept)
    }

    /// Rounds at the position of the smallest denormal; a carry gives the smallest normal number.
    fn denormalise(&self, f: Format, sign: bool, exp: i32, sig: u128) -> (u64, bool) {
        let drop = 127 - f.fraction + f.emin().abs_diff(exp);
        let (kept, rest, half) = if drop > 128 {
            // Far below half of the smallest: nothing but the fact that it is not zero remains.
            (0, 1, 2)
        } else if drop == 128 {
            // Halved to make room for the position of the half.
            (0, sig >> 1 | sig & 1, 1 << 126)
        } else {
            (sig >> drop, sig & ((1 << drop) - 1), 1 << (drop - 1))
        };
        let up = away(self.rounding(), sign, kept & 1 != 0, rest, half);
        (kept as u64 + up as u64, rest != 0)
    }
}
