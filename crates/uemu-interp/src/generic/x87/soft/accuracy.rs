//! How exact the transcendentals are: against the same functions in integers of hundreds to thousands of bits, by
//! other formulas than `transcendental` uses.
//!
//! The architecture allows a unit in the last place. Ours are rounded correctly, but where 2^-40 of a unit decides.

use super::*;
use crate::testing::Rng;
use num_bigint::BigInt;
use std::sync::OnceLock;

/// Bits after the point that every reference value has at least, beyond the significand's own.
const SPARE: u32 = 256;

/// What constants are computed in.
const MOST: Fixed = Fixed(18_000);

/// A number `n / 2^scale`.
#[derive(Clone, Debug)]
struct Exact {
    n: BigInt,
    scale: i64,
}

/// Fixed point with this many bits after the point.
#[derive(Clone, Copy)]
struct Fixed(u32);

impl Fixed {
    fn one(self) -> BigInt {
        BigInt::from(1) << self.0
    }
    fn mul(self, a: &BigInt, b: &BigInt) -> BigInt {
        (a * b) >> self.0
    }
    fn div(self, a: &BigInt, b: &BigInt) -> BigInt {
        (a << self.0) / b
    }
    fn of(self, a: F80) -> BigInt {
        let n = BigInt::from(a.sig);
        let shift = i64::from(a.exponent().max(1) - BIAS - 63) + i64::from(self.0);
        let n = if shift >= 0 { n << shift } else { n >> -shift };
        if a.negative() { -n } else { n }
    }
    /// Sums terms until they vanish: `next(term, k)` makes term `k` of the one before.
    fn series(self, first: BigInt, mut next: impl FnMut(&BigInt, u32) -> BigInt) -> BigInt {
        let (mut sum, mut term, mut k) = (BigInt::ZERO, first, 0);
        while term != BigInt::ZERO && term != BigInt::from(-1) {
            sum += &term;
            k += 1;
            term = next(&term, k);
        }
        sum
    }
    /// e^x - 1, for |x| < 1 or so.
    fn exp_m1(self, x: &BigInt) -> BigInt {
        self.series(x.clone(), |t, k| self.mul(t, x) / (k + 1))
    }
    /// ln(1 + x), by Halley's method on the exponential.
    fn ln_1p(self, x: &BigInt) -> BigInt {
        let mut l = x.clone();
        for _ in 0..12 {
            // l += 2 (1 + x - e^l) / (1 + x + e^l)
            let e = self.exp_m1(&l);
            let step = self.div(&((x - &e) * 2), &(x + &e + self.one() * 2));
            if step.magnitude() <= BigInt::from(1).magnitude() {
                break;
            }
            l += step;
        }
        l
    }
    /// `1 / n + 1 / (3 n^3) + ...`, or with alternating signs.
    fn atan_of_inverse(self, n: u32, sign: i32) -> BigInt {
        let mut power = self.one() / n;
        let (mut sum, mut k, mut s) = (BigInt::ZERO, 1u32, 1);
        while power != BigInt::ZERO {
            sum += &power / k * s;
            (power, k, s) = (power / (n * n), k + 2, s * sign);
        }
        sum
    }
    /// By Machin's formula.
    fn pi(self) -> BigInt {
        static PI: OnceLock<BigInt> = OnceLock::new();
        let all = PI.get_or_init(|| (MOST.atan_of_inverse(5, -1) * 4 - MOST.atan_of_inverse(239, -1)) * 4);
        all >> (MOST.0 - self.0)
    }
    /// 2 atanh(1/3).
    fn ln_2(self) -> BigInt {
        static LN_2: OnceLock<BigInt> = OnceLock::new();
        LN_2.get_or_init(|| MOST.atan_of_inverse(3, 1) * 2) >> (MOST.0 - self.0)
    }
    fn sin_cos(self, r: &BigInt) -> (BigInt, BigInt) {
        let square = self.mul(r, r);
        let sin = self.series(r.clone(), |t, k| -self.mul(t, &square) / (2 * k * (2 * k + 1)));
        let cos = self.series(self.one(), |t, k| -self.mul(t, &square) / ((2 * k - 1) * (2 * k)));
        (sin, cos)
    }
    /// By Euler's series, for `0 <= t <= 1`.
    fn atan(self, t: &BigInt) -> BigInt {
        let square = self.mul(t, t);
        let d = self.one() + &square;
        let ratio = self.div(&square, &d);
        self.series(self.div(t, &d), |t, k| self.mul(t, &ratio) * (2 * k) / (2 * k + 1))
    }
}

/// How far `got` is from `exact`, in 2^-64 of a unit in its last place; towards larger magnitudes is positive.
fn error(exact: &Exact, got: F80) -> BigInt {
    let unit = i64::from(got.exponent().max(1) - BIAS - 63);
    let shift = 64 - exact.scale - unit;
    let exact = if shift >= 0 { &exact.n << shift } else { &exact.n >> -shift };
    let magnitude = BigInt::from(got.sig) << 64;
    if got.negative() { magnitude + exact } else { magnitude - exact }
}

/// Checks `f` in all four directions of rounding. Where `exact` is a tie or representable to 2^-40 units, either neighbour will do.
fn check(name: &str, exact: &Exact, f: impl Fn(&mut Env) -> F80) {
    for (direction, mode) in [(0u16, Rounding::Nearest), (1, Rounding::Down), (2, Rounding::Up), (3, Rounding::Zero)] {
        let mut env = Env::new(0x37f | direction << 10);
        let got = f(&mut env);
        let off = error(exact, got);
        let (slack, unit) = (1i128 << 24, 1i128 << 64);
        let range = match mode {
            Rounding::Nearest => (-unit / 2, unit / 2),
            Rounding::Zero => (-unit, 0),
            Rounding::Down if got.negative() => (0, unit),
            Rounding::Down => (-unit, 0),
            Rounding::Up if got.negative() => (-unit, 0),
            Rounding::Up => (0, unit),
        };
        let within = off >= BigInt::from(range.0 - slack) && off <= BigInt::from(range.1 + slack);
        assert!(within, "{name}, {mode:?}: {got:x?} is {off} / 2^64 units off");
        assert!(env.raised & PE != 0, "{name}: no result of these is exact");
    }
}

impl Rng {
    fn sign(&mut self) -> u16 {
        (self.below(2) as u16) << 15
    }
    fn normal_significand(&mut self) -> u64 {
        match self.below(8) {
            0 => INTEGER,
            1 => !0,
            2 => INTEGER | 1,
            3 => !0 << self.below(63),
            _ => self.next() | INTEGER,
        }
    }
    /// A number of an exponent in `from..to`, denormal ones included.
    fn number_between(&mut self, from: i32, to: i32) -> F80 {
        let e = from + self.below((to - from) as u64) as i32 + BIAS;
        let (e, sig) =
            if e <= 0 { (0, self.normal_significand() >> (1 - e).min(63)) } else { (e, self.normal_significand()) };
        F80 { sign_exp: self.sign() | e as u16, sig }
    }
}

/// Little more than the least exponent of a denormal.
const LEAST: i32 = -16440;
/// One more than the greatest exponent.
const END: i32 = 16384;

/// How many bits `a` needs after the point to be exact, and `SPARE` more.
fn fixed(a: F80) -> Fixed {
    Fixed(SPARE + (64 - (a.exponent() - BIAS)).max(64) as u32)
}

#[test]
fn powers_of_two_less_one() {
    let mut r = Rng(1);
    for i in 0..4000 {
        let a = if i % 4 == 0 { r.number_between(LEAST, 0) } else { r.number_between(-70, 0) };
        if a.sig == 0 {
            continue;
        }
        let f = fixed(a);
        let exact = Exact { n: f.exp_m1(&f.mul(&f.of(a), &f.ln_2())), scale: i64::from(f.0) };
        check(&format!("F2XM1 of {a:x?}"), &exact, |env| exp2_minus_1(env, a));
    }
}

/// `l * y`.
fn times(f: Fixed, l: &BigInt, y: F80) -> Exact {
    let n = l * y.sig;
    let scale = i64::from(f.0) - i64::from(y.exponent().max(1) - BIAS - 63);
    Exact { n: if y.negative() { -n } else { n }, scale }
}

#[test]
fn logarithms() {
    let mut r = Rng(2);
    let f = Fixed(SPARE + 128);
    for i in 0..4000 {
        let mut x = match i % 4 {
            0 => r.number_between(LEAST, END),
            1 => r.number_between(-1, 1),
            _ => F80 { sign_exp: BIAS as u16, sig: INTEGER | r.next() >> r.below(64) },
        };
        if i % 8 == 7 {
            // From below one.
            x = F80 { sign_exp: BIAS as u16 - 1, sig: !(r.next() >> 1 >> r.below(63)) };
        }
        let (x, y) = (x.abs(), r.number_between(-16000, 16000));
        if x == F80::ONE || x.sig == 0 {
            continue;
        }
        let (e, sig) = x.normalized();
        let fraction = (BigInt::from(sig) << (f.0 - 63)) - f.one();
        let l = f.div(&f.ln_1p(&fraction), &f.ln_2()) + (BigInt::from(e) << f.0);
        check(&format!("FYL2X of {x:x?} and {y:x?}"), &times(f, &l, y), |env| log2_times(env, x, y));
    }
}

#[test]
fn logarithms_of_one_and_more() {
    let mut r = Rng(3);
    for i in 0..4000 {
        let x = if i % 4 == 0 { r.number_between(LEAST, -1) } else { r.number_between(-70, -1) };
        let (e, _) = x.normalized();
        let f = fixed(x);
        // Where the architecture defines it: |x| below 1 - sqrt(1/2).
        if x.sig == 0 || f.of(x.abs()) > f.one() * 2929 / 10_000 {
            continue;
        }
        let y = r.number_between((-16440 - e).max(-16400), 16380);
        let l = f.div(&f.ln_1p(&f.of(x)), &f.ln_2());
        check(&format!("FYL2XP1 of {x:x?} and {y:x?}"), &times(f, &l, y), |env| log2_1p_times(env, x, y));
    }
}

/// The angle of (x, y), neither zero nor infinite.
fn angle(y: F80, x: F80) -> Exact {
    let ((ey, sy), (ex, sx)) = (y.normalized(), x.normalized());
    let steep = (ey, sy) > (ex, sx);
    // The quotient of the less by the greater; what is below all denormals may read as zero.
    let (apart, less, greater) = if steep { (ey - ex, sx, sy) } else { (ex - ey, sy, sx) };
    let f = Fixed(SPARE + 128 + apart.min(17_000) as u32);
    let t = ((BigInt::from(less) << f.0) / greater) >> apart;
    let mut a = f.atan(&t);
    if steep {
        a = (f.pi() >> 1) - a;
    }
    if x.negative() {
        a = f.pi() - a;
    }
    Exact { n: if y.negative() { -a } else { a }, scale: i64::from(f.0) }
}

#[test]
fn arc_tangents() {
    let mut r = Rng(4);
    for i in 0..4000 {
        let (y, x) = match i % 4 {
            0 => (r.number_between(LEAST, END), r.number_between(LEAST, END)),
            1 => (r.number_between(-40, 40), r.number_between(-40, 40)),
            _ => (r.number_between(-2, 2), r.number_between(-2, 2)),
        };
        if x.sig != 0 && y.sig != 0 {
            check(&format!("FPATAN of {y:x?} and {x:x?}"), &angle(y, x), |env| patan(env, y, x));
        }
    }
    let (one, zero, infinity) = (F80::ONE, F80::ZERO, F80::infinity(false));
    let f = Fixed(512);
    for (y, x, quarters) in [
        (zero, one.negated(), 4),
        (zero, zero.negated(), 4),
        (one, infinity.negated(), 4),
        (one, zero, 2),
        (one, zero.negated(), 2),
        (infinity, one, 2),
        (infinity, one.negated(), 2),
        (infinity, infinity, 1),
        (infinity, infinity.negated(), 3),
        (one, one, 1),
        (one, one.negated(), 3),
    ] {
        let exact: BigInt = (f.pi() * quarters) >> 2;
        check("FPATAN's corners", &Exact { n: exact.clone(), scale: 512 }, |env| patan(env, y, x));
        check("FPATAN's corners", &Exact { n: -exact, scale: 512 }, |env| patan(env, y.negated(), x));
    }
}

/// Sine and cosine, pi being the x87's of 66 bits: the multiple of its half next to `a`, and what is left of `a`.
fn circle(f: Fixed, a: F80) -> (BigInt, BigInt) {
    let half_pi = BigInt::from(0xC_90FD_AA22_168C_234Cu128) << (f.0 - 67);
    let x = f.of(a);
    // Rounded down, as >> does, also below zero.
    let doubled: BigInt = (&x << 1u32) + &half_pi;
    let whole = &half_pi << 1u32;
    let mut n = &doubled / &whole;
    if &n * &whole > doubled {
        n -= 1;
    }
    let (s, c) = f.sin_cos(&(x - &n * &half_pi));
    let quadrant: BigInt = n & BigInt::from(3);
    match u32::try_from(quadrant).unwrap() {
        0 => (s, c),
        1 => (c, -s),
        2 => (-s, -c),
        _ => (-c, s),
    }
}

#[test]
fn sines_cosines_and_tangents() {
    let mut r = Rng(5);
    for i in 0..4000 {
        let a = match i % 5 {
            0 => r.number_between(LEAST, 0),
            1 => r.number_between(-70, 3),
            2 => r.number_between(0, 63),
            3 => {
                // Next to a multiple of pi / 2, great or small.
                let n = u128::from(r.next() >> (3 + r.below(60))) + 1;
                let (p, shift) = (n.checked_mul(0xC_90FD_AA22_168C_234C >> 8), 8 - 67);
                let p = p.unwrap_or(3 << 66);
                let top = 127 - p.leading_zeros() as i32;
                let sig = (p << (127 - top) >> 64) as u64;
                F80 { sign_exp: r.sign() | (BIAS + top + shift) as u16, sig: sig.wrapping_add(r.below(2)) | INTEGER }
            }
            _ => r.number_between(-3, 6),
        };
        if a.sig == 0 || !in_trig_range(a) {
            continue;
        }
        let f = fixed(a);
        let scale = i64::from(f.0);
        let (s, c) = circle(f, a);
        check(&format!("FPTAN of {a:x?}"), &Exact { n: f.div(&s, &c), scale }, |env| tan(env, a));
        check(&format!("FSIN of {a:x?}"), &Exact { n: s, scale }, |env| sin(env, a));
        check(&format!("FCOS of {a:x?}"), &Exact { n: c, scale }, |env| cos(env, a));
    }
}
