//! Sines, arc tangents, powers and logarithms (SDM vol. 1, 8.3.7 to 8.3.10): the exact value to about 120 bits,
//! then one rounding.

use super::round::pack;
use super::wide::{Wide, mul_high};
use super::{BIAS, Class, Env, F80, PE, UE, ZE};
use std::cmp::Ordering;

/// 1 in units of 2^-126.
const ONE: u128 = 1 << 126;

/// `1 / (2k + 1)`: what the series of arc tangents are made of.
const ODD: [u128; 52] = {
    let mut c = [ONE; 52];
    let mut k = 1;
    while k < c.len() {
        c[k] = ONE / (2 * k as u128 + 1);
        k += 1;
    }
    c
};

/// `1 / n!` for every `step`-th n from `first` on, `first` being 0 or 1.
const fn factorials<const N: usize>(first: u128, step: u128) -> [u128; N] {
    let mut c = [ONE; N];
    let (mut k, mut n) = (1, first);
    while k < N {
        c[k] = c[k - 1];
        let last = n + step;
        while n < last {
            n += 1;
            c[k] /= n;
        }
        k += 1;
    }
    c
}
/// `(e^y - 1) / y`, by powers of y.
const EXP: [u128; 33] = factorials(1, 1);
/// `sin r / r`, by powers of -r^2.
const SIN: [u128; 18] = factorials(1, 2);
/// `cos r`, by powers of -r^2.
const COS: [u128; 18] = factorials(0, 2);

/// The sum of the powers of `x`, of `-x` if `negative`; each coefficient exceeds what follows it.
fn series(coefficients: &[u128], x: u128, negative: bool) -> u128 {
    coefficients.iter().rev().fold(0, |sum, c| if negative { c - times(x, sum) } else { c + times(x, sum) })
}

/// A product in units of 2^-126.
fn times(a: u128, b: u128) -> u128 {
    mul_high(a, b) << 2
}

fn wide(a: F80) -> Wide {
    if a.is_zero() {
        return Wide { negative: a.negative(), ..Wide::ZERO };
    }
    let (e, s) = a.normalized();
    Wide { negative: a.negative(), exp: e, sig: u128::from(s) << 64 }
}

/// The rounded result. Unless `exact`, the value lies strictly between two of `Wide`'s.
fn finish(env: &mut Env, v: Wide, exact: bool) -> F80 {
    if v.sig == 0 {
        return F80::zero(v.negative);
    }
    pack(env, v.negative, v.exp, v.sig | u128::from(!exact), 64)
}

/// Whether FSIN and its like take the operand: below 2^63 in magnitude; above, they set C2 and do nothing.
pub(crate) fn in_trig_range(a: F80) -> bool {
    !matches!(a.class(), Class::Normal) || a.exponent() < BIAS + 63
}

/// The x87's pi / 2, 66 bits of it, in units of 2^-67 (SDM vol. 1, 8.3.8): results are those of this pi.
const HALF_PI: u128 = 0xC_90FD_AA22_168C_234C;

/// `|a|` modulo pi / 2, and the quadrant.
fn reduce(a: F80) -> (Wide, u8) {
    let (e, s) = a.normalized();
    if e < -1 {
        return (wide(a.abs()), 0);
    }
    // s * 2^(e - 63), in units of 2^-67, by doubling and subtracting.
    let (mut rest, mut quadrant) = (u128::from(s), 0u8);
    for _ in 0..e + 4 {
        rest <<= 1;
        let over = rest >= HALF_PI;
        rest -= if over { HALF_PI } else { 0 };
        quadrant = quadrant << 1 | u8::from(over);
    }
    (Wide::new(false, rest, -67), quadrant & 3)
}

/// Whether `0 <= r < pi / 2` lies above pi / 4, and what is missing to pi / 2 then.
fn complement(r: Wide) -> Option<Wide> {
    let quarter = Wide::PI_4;
    let above = (r.exp, r.sig) > (quarter.exp, quarter.sig) && r.sig != 0;
    above.then(|| Wide::new(false, HALF_PI, -67).sub(r))
}

/// sin of `0 <= r < pi / 2`.
fn sin_of(r: Wide) -> Wide {
    complement(r).map_or_else(|| sin_small(r), cos_small)
}

/// cos of `0 <= r < pi / 2`.
fn cos_of(r: Wide) -> Wide {
    complement(r).map_or_else(|| cos_small(r), sin_small)
}

/// The sum of a series that is 1 for 0: below 1 by less than a unit for a small operand, which directions of rounding must see.
fn alternating(coefficients: &[u128], r: Wide) -> Wide {
    let square = r.mul(r);
    let u = if square.sig == 0 { 0 } else { square.fixed() };
    Wide::from_fixed(series(coefficients, u, true).min(ONE - 1))
}

/// sin of `0 <= r <= pi / 4`.
fn sin_small(r: Wide) -> Wide {
    r.mul(alternating(&SIN, r))
}

/// cos of `0 <= r <= pi / 4`.
fn cos_small(r: Wide) -> Wide {
    alternating(&COS, r)
}

/// What the three have in common: NaNs, infinities, zeros and denormals; else the angle reduced and its quadrant.
fn trig(env: &mut Env, a: F80) -> Result<(Wide, u8), F80> {
    if let Some(r) = env.not_a_number(a) {
        return Err(r);
    }
    if a.is_infinite() {
        return Err(env.invalid());
    }
    if env.denormals(&[a]) || a.is_zero() {
        return Err(a);
    }
    Ok(reduce(a))
}

fn sin_in(r: Wide, quadrant: u8, negative: bool) -> Wide {
    let s = if quadrant & 1 == 0 { sin_of(r) } else { cos_of(r) };
    Wide { negative: negative != (quadrant & 2 != 0), ..s }
}

fn cos_in(r: Wide, quadrant: u8) -> Wide {
    let c = if quadrant & 1 == 0 { cos_of(r) } else { sin_of(r) };
    Wide { negative: matches!(quadrant, 1 | 2), ..c }
}

/// FSIN.
pub(crate) fn sin(env: &mut Env, a: F80) -> F80 {
    match trig(env, a) {
        Ok((r, quadrant)) => finish(env, sin_in(r, quadrant, a.negative()), false),
        Err(r) => r,
    }
}

/// FCOS.
pub(crate) fn cos(env: &mut Env, a: F80) -> F80 {
    match trig(env, a) {
        Ok((r, quadrant)) => finish(env, cos_in(r, quadrant), false),
        Err(r) if a.is_zero() && r == a => F80::ONE,
        Err(r) => r,
    }
}

/// FPTAN's tangent.
pub(crate) fn tan(env: &mut Env, a: F80) -> F80 {
    match trig(env, a) {
        Ok((r, quadrant)) => {
            let (s, c) = (sin_in(r, quadrant, a.negative()), cos_in(r, quadrant));
            if c.sig == 0 {
                return F80::infinity(s.negative);
            }
            finish(env, s.div(c), false)
        }
        Err(r) => r,
    }
}

/// `2^a - 1` for `-1 <= a <= 1`; outside, where the architecture leaves it open, `a` (F2XM1).
pub(crate) fn exp2_minus_1(env: &mut Env, a: F80) -> F80 {
    if let Some(r) = env.not_a_number(a) {
        return r;
    }
    if a.is_infinite() {
        return if a.negative() { F80::ONE.negated() } else { a };
    }
    if env.denormals(&[a]) || a.is_zero() {
        return a;
    }
    if a.exponent() >= BIAS {
        // Inexact even for 1 and -1, as processors have it.
        env.raise(PE);
        let minus_half = F80 { sign_exp: 0x8000 | (BIAS - 1) as u16, sig: super::INTEGER };
        return if a == F80::ONE.negated() { minus_half } else { a };
    }
    let y = wide(a).mul(Wide::LN_2);
    let m = y.fixed();
    let t = series(&EXP, m, y.negative);
    finish(env, y.mul(Wide::from_fixed(t)), false)
}

/// `2 * atanh(t)`, for |t| below 0.18.
fn twice_atanh(t: Wide) -> Wide {
    let u = t.mul(t).fixed();
    let s = series(&ODD[..26], u, false);
    let v = t.mul(Wide::from_fixed(s));
    Wide { exp: v.exp + 1, ..v }
}

/// log2 of a positive number; whether it is an integer.
fn log2(x: Wide) -> (Wide, bool) {
    // x = m * 2^k with m between sqrt(1/2) and sqrt(2), so that the sum does not cancel.
    const SQRT_2: u128 = 0xB504_F333_F9DE_6484_597D_89B3_754A_BE9F;
    let (m, k) = if x.sig > SQRT_2 { (Wide { exp: -1, ..x }, x.exp + 1) } else { (Wide { exp: 0, ..x }, x.exp) };
    let t = m.sub(Wide::ONE).div(m.add(Wide::ONE));
    let fraction = twice_atanh(t).mul(Wide::LOG2_E);
    (Wide::int(k).add(fraction), t.sig == 0)
}

/// `y * log2(x)` (FYL2X).
pub(crate) fn log2_times(env: &mut Env, x: F80, y: F80) -> F80 {
    if let Some(r) = env.not_numbers(x, y) {
        return r;
    }
    if x.is_zero() {
        if y.is_zero() {
            return env.invalid();
        }
        if !y.is_infinite() {
            env.raise(ZE);
        }
        return F80::infinity(!y.negative());
    }
    if x.negative() {
        return env.invalid();
    }
    let below_one = x.exponent() < BIAS;
    let one = x == F80::ONE;
    if x.is_infinite() && y.is_zero() || one && y.is_infinite() {
        return env.invalid();
    }
    if env.denormals(&[x, y]) {
        return x;
    }
    if x.is_infinite() || y.is_infinite() {
        return F80::infinity(y.negative() != below_one);
    }
    if one || y.is_zero() {
        return F80::zero(y.negative() != below_one);
    }
    let (l, exact) = log2(wide(x));
    // Processors report even the logarithm of a power of two as inexact.
    env.raise(PE);
    let r = finish(env, l.mul(wide(y)), exact);
    if r.exponent() == 0 {
        env.raise(UE);
    }
    r
}

/// `y * log2(x + 1)` (FYL2XP1), also where the architecture leaves it open, down to -1.
pub(crate) fn log2_1p_times(env: &mut Env, x: F80, y: F80) -> F80 {
    if let Some(r) = env.not_numbers(x, y) {
        return r;
    }
    if x.is_infinite() && (x.negative() || y.is_zero()) || x.is_zero() && y.is_infinite() {
        return env.invalid();
    }
    if env.denormals(&[x, y]) {
        return x;
    }
    let negative = x.negative() != y.negative();
    if x.is_infinite() || y.is_infinite() {
        return F80::infinity(negative);
    }
    if x.is_zero() || y.is_zero() {
        return F80::zero(negative);
    }
    let w = wide(x);
    let sum = w.add(Wide::ONE);
    if sum.negative || sum.sig == 0 {
        // Left open by the architecture: the operand comes back, as from processors.
        env.raise(PE);
        return x;
    }
    let l = if w.exp < -2 {
        // log(1 + x) = 2 atanh(x / (2 + x)), which loses nothing of a small x.
        twice_atanh(w.div(w.add(Wide::int(2)))).mul(Wide::LOG2_E)
    } else {
        log2(sum).0
    };
    finish(env, l.mul(wide(y)), false)
}

/// atan of `0 <= q <= 1`.
fn atan(q: Wide) -> Wide {
    // Above tan(pi / 8): atan q = pi/4 - atan((1 - q) / (1 + q)).
    let tan_pi_8 = 0xD413_CCCF_E779_9211_65F6_26CD_D52A_FA7C;
    if q.sig != 0 && (q.exp > -2 || q.exp == -2 && q.sig > tan_pi_8) {
        return Wide::PI_4.sub(atan_small(Wide::ONE.sub(q).div(Wide::ONE.add(q))));
    }
    atan_small(q)
}

/// atan of `0 <= q <= tan(pi / 8)`.
fn atan_small(q: Wide) -> Wide {
    let u = q.mul(q).fixed();
    let s = series(&ODD, u, true);
    q.mul(Wide::from_fixed(s.min(ONE - 1)))
}

/// The angle of the point (x, y) (FPATAN).
pub(crate) fn patan(env: &mut Env, y: F80, x: F80) -> F80 {
    if let Some(r) = env.not_numbers(y, x) {
        return r;
    }
    if env.denormals(&[y, x]) {
        return y;
    }
    let quarter = Wide::PI_4;
    let half = Wide { exp: 0, ..quarter };
    let pi = Wide { exp: 1, ..quarter };
    let signed = |v: Wide| Wide { negative: y.negative(), ..v };
    match (y.is_infinite(), x.is_infinite()) {
        (true, true) if x.negative() => return finish(env, signed(pi.sub(quarter)), false),
        (true, true) => return finish(env, signed(quarter), false),
        (true, false) => return finish(env, signed(half), false),
        _ => {}
    }
    if y.is_zero() || x.is_infinite() {
        return if x.negative() { finish(env, signed(pi), false) } else { F80::zero(y.negative()) };
    }
    if x.is_zero() {
        return finish(env, signed(half), false);
    }
    let (wy, wx) = (wide(y.abs()), wide(x.abs()));
    let (angle, exact) = match (wy.exp, wy.sig).cmp(&(wx.exp, wx.sig)) {
        Ordering::Equal => (quarter, false),
        Ordering::Greater => (half.sub(atan(wx.div(wy))), false),
        Ordering::Less => {
            let q = wy.div(wx);
            (atan(q), false)
        }
    };
    let angle = if x.negative() { pi.sub(angle) } else { angle };
    env.raise(PE);
    finish(env, signed(angle), exact)
}
