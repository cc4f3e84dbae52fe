//! What is quick is what is full: the same bits, the same exceptions, the same C1.

use super::arith::Binary;
use super::quick;
use super::{Add, Div, Divr, F32, F64, Format, I16, I32, I64, Mul, Sub, Subr};
use crate::generic::x87::soft::{self as full, Env, F80, Rounding};
use crate::operand::Int;
use crate::testing::Rng;

const DEFAULT: u16 = 0x37f;

impl Rng {
    /// Significands at which rounding turns: few bits, long runs of ones, and any.
    fn significand(&mut self) -> u64 {
        match self.below(6) {
            0 => 1 << 63,
            1 => !0 << self.below(64),
            2 => 1 << 63 | 1 << self.below(64),
            3 => !0 >> self.below(64) | 1 << 63,
            _ => self.next() | 1 << 63,
        }
    }
    fn number(&mut self) -> F80 {
        let sign = (self.below(2) as u16) << 15;
        let sig = self.significand();
        let (e, sig) = match self.below(40) {
            0 => (0, 0),
            1 => (0, sig),
            2 => (0, sig >> self.below(64)),
            3 => (0x7fff, sig),
            4 => (self.below(0x8000) as u16, self.next()),
            5 => (1 + self.below(70) as u16, sig),
            6 => (0x7ffe - self.below(70) as u16, sig),
            7..=12 => (0x3fff - 80 + self.below(160) as u16, sig),
            _ => (0x3fff - 3 + self.below(6) as u16, sig),
        };
        F80 { sign_exp: sign | e, sig }
    }
}

/// What `env` notes, with C1.
fn noted(env: &Env) -> u16 {
    env.raised | if env.up { quick::C1 } else { 0 }
}

/// How many of the results were quick, after comparing those with the full ones.
fn count(rng: &mut Rng, mut one: impl FnMut(&mut Rng) -> bool) -> u32 {
    (0..200_000).map(|_| u32::from(one(rng))).sum()
}

fn binary<O: Binary>(rng: &mut Rng) -> bool {
    let (a, mut b) = (rng.number(), rng.number());
    if rng.below(8) == 0 {
        b = F80 { sig: b.sig, sign_exp: a.sign_exp ^ (rng.below(2) as u16) << 15 };
    }
    let quick = O::quick(a, b);
    if let Some((r, status)) = quick {
        let mut env = Env::new(DEFAULT);
        let full = O::full(&mut env, a, b);
        assert_eq!((r, status), (full, noted(&env)), "{} of {a:x?} and {b:x?}", std::any::type_name::<O>());
    }
    quick.is_some()
}

#[test]
fn sums_products_and_quotients() {
    let mut rng = Rng(1);
    for one in [binary::<Add>, binary::<Sub>, binary::<Subr>, binary::<Mul>, binary::<Div>, binary::<Divr>] {
        // Most are ordinary: the test has something to compare.
        assert!(count(&mut rng, one) > 120_000);
    }
}

#[test]
fn roots() {
    let quick = count(&mut Rng(2), |rng| {
        let mut a = rng.number();
        if rng.below(4) == 0 {
            // A square, or next to one.
            let root = u128::from(rng.significand() >> 32);
            a.sig = ((root * root) as u64).wrapping_add(rng.below(3)).wrapping_sub(1) | 1 << 63;
        }
        let quick = quick::sqrt(a);
        if let Some((r, status)) = quick {
            let mut env = Env::new(DEFAULT);
            let full = full::sqrt(&mut env, a);
            assert_eq!((r, status), (full, noted(&env)), "the root of {a:x?}");
        }
        quick.is_some()
    });
    assert!(quick > 70_000);
}

fn widened<F: Format>(rng: &mut Rng) -> bool {
    let raw = F::Raw::of(match rng.below(4) {
        0 => rng.below(4) << (F::Raw::BITS - 2),
        1 => rng.below(3).wrapping_sub(1),
        _ => rng.next(),
    });
    let quick = F::quick(raw);
    if let Some(v) = quick {
        let mut env = Env::new(DEFAULT);
        let full = F::full(&mut env, raw);
        assert_eq!((v, false), (full, env.denormal_source), "{} {:x}", std::any::type_name::<F>(), raw.u());
    }
    quick.is_some()
}

#[test]
fn widening() {
    let mut rng = Rng(3);
    for one in [widened::<F32>, widened::<F64>, widened::<I16>, widened::<I32>, widened::<I64>] {
        assert!(count(&mut rng, one) > 140_000);
    }
}

#[test]
fn narrowing() {
    let mut rng = Rng(4);
    let mut narrowed = |bits: u32| {
        count(&mut rng, |rng| {
            let mut a = rng.number();
            if rng.below(4) == 0 {
                // Where the narrower formats' ranges end.
                let middle = if bits == 32 { 127 } else { 1023 };
                let up = rng.below(2) as u16;
                a.sign_exp = 0x3fff - middle + up * 2 * middle - 2 + rng.below(4) as u16;
            }
            let quick = if bits == 32 { quick::to_f32(a) } else { quick::to_f64(a) };
            if let Some((v, status)) = quick {
                let mut env = Env::new(DEFAULT);
                let full = if bits == 32 { u64::from(full::to_f32(&mut env, a)) } else { full::to_f64(&mut env, a) };
                assert_eq!((v, status), (full, noted(&env)), "{a:x?} as binary{bits}");
            }
            quick.is_some()
        })
    };
    assert!(narrowed(32) > 100_000);
    assert!(narrowed(64) > 100_000);
}

#[test]
fn to_integers() {
    let mut rng = Rng(5);
    for (bits, truncate) in [(16, false), (32, false), (64, false), (16, true), (32, true), (64, true)] {
        let quick = count(&mut rng, |rng| {
            let mut a = rng.number();
            if rng.below(2) == 0 {
                a.sign_exp = a.sign_exp & 0x8000 | (0x3fff - 3 + rng.below(70) as u16);
            }
            let quick = quick::to_int(a, bits, truncate);
            if let Some((v, status)) = quick {
                let mut env = Env::new(DEFAULT);
                let mode = if truncate { Rounding::Zero } else { Rounding::Nearest };
                let full = full::to_int(&mut env, a, bits, mode);
                assert_eq!((v, status), (full, noted(&env)), "{a:x?} in {bits} bits");
            }
            quick.is_some()
        });
        assert!(quick > 70_000);
    }
}

#[test]
fn comparisons() {
    let quick = count(&mut Rng(6), |rng| {
        let a = rng.number();
        let b = match rng.below(6) {
            0 => a,
            1 => a.negated(),
            _ => rng.number(),
        };
        let quick = quick::compare(a, b);
        if let Some(flags) = quick {
            let mut env = Env::new(DEFAULT);
            let order = full::compare(&mut env, a, b, true).map(|o| o as i8);
            let ours = match flags {
                1 => -1,
                64 => 0,
                0 => 1,
                _ => panic!("flags {flags:x}"),
            };
            assert_eq!((Some(ours), 0), (order, noted(&env)), "{a:x?} with {b:x?}");
        }
        quick.is_some()
    });
    assert!(quick > 120_000);
}
