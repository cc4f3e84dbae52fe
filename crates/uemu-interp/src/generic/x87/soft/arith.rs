//! Sums, products, quotients, roots, comparison, scaling.

use super::round::{pack, shift_jam};
use super::{BIAS, Class, Env, F80, Rounding, ZE};
use std::cmp::Ordering;

/// `a + b`.
pub(crate) fn add(env: &mut Env, a: F80, b: F80) -> F80 {
    sum(env, a, b, false)
}

/// `a - b`.
pub(crate) fn sub(env: &mut Env, a: F80, b: F80) -> F80 {
    sum(env, a, b, true)
}

fn sum(env: &mut Env, a: F80, b: F80, subtract: bool) -> F80 {
    if let Some(r) = env.not_numbers(a, b) {
        return r;
    }
    let b = if subtract { b.negated() } else { b };
    let opposite = a.negative() != b.negative();
    if a.is_infinite() && b.is_infinite() && opposite {
        return env.invalid();
    }
    if env.denormals(&[a, b]) || a.is_infinite() {
        return a;
    }
    if b.is_infinite() {
        return b;
    }
    match (a.is_zero(), b.is_zero()) {
        (true, true) if opposite => return F80::zero(env.rounding() == Rounding::Down),
        (true, true) => return a,
        (true, false) => return repack(env, b),
        (false, true) => return repack(env, a),
        _ => {}
    }
    let ((mut ea, mut sa), (mut eb, mut sb)) = (a.normalized(), b.normalized());
    let mut negative = a.negative();
    if (eb, sb) > (ea, sa) {
        (ea, sa, eb, sb) = (eb, sb, ea, sa);
        negative = b.negative();
    }
    // Bit 126 on top leaves room for the carry; 63 bits below keep what alignment shifts out.
    let big = u128::from(sa) << 63;
    let small = shift_jam(u128::from(sb) << 63, (ea - eb).unsigned_abs());
    let s = if opposite { big - small } else { big + small };
    if s == 0 {
        return F80::zero(env.rounding() == Rounding::Down);
    }
    let shift = s.leading_zeros();
    let bits = env.precision();
    pack(env, negative, ea + 1 - shift as i32, s << shift, bits)
}

/// A finite number other than zero, rounded to the precision in force.
fn repack(env: &mut Env, a: F80) -> F80 {
    let (e, s) = a.normalized();
    let bits = env.precision();
    pack(env, a.negative(), e, u128::from(s) << 64, bits)
}

/// `a * b`.
pub(crate) fn mul(env: &mut Env, a: F80, b: F80) -> F80 {
    if let Some(r) = env.not_numbers(a, b) {
        return r;
    }
    let negative = a.negative() != b.negative();
    if a.is_infinite() && b.is_zero() || a.is_zero() && b.is_infinite() {
        return env.invalid();
    }
    if env.denormals(&[a, b]) {
        return a;
    }
    if a.is_infinite() || b.is_infinite() {
        return F80::infinity(negative);
    }
    if a.is_zero() || b.is_zero() {
        return F80::zero(negative);
    }
    let ((ea, sa), (eb, sb)) = (a.normalized(), b.normalized());
    let p = u128::from(sa) * u128::from(sb);
    let shift = p.leading_zeros();
    let bits = env.precision();
    pack(env, negative, ea + eb + 1 - shift as i32, p << shift, bits)
}

/// `a / b`.
pub(crate) fn div(env: &mut Env, a: F80, b: F80) -> F80 {
    if let Some(r) = env.not_numbers(a, b) {
        return r;
    }
    let negative = a.negative() != b.negative();
    if a.is_infinite() && b.is_infinite() || a.is_zero() && b.is_zero() {
        return env.invalid();
    }
    if b.is_zero() && !a.is_infinite() {
        env.raise(ZE);
        return F80::infinity(negative);
    }
    if env.denormals(&[a, b]) {
        return a;
    }
    if a.is_infinite() {
        return F80::infinity(negative);
    }
    if a.is_zero() || b.is_infinite() {
        return F80::zero(negative);
    }
    let ((ea, sa), (eb, sb)) = (a.normalized(), b.normalized());
    let d = u128::from(sb);
    let n = u128::from(sa) << 63;
    let (high, rest) = (n / d, (n % d) << 63);
    let q = (high << 63) | (rest / d) | u128::from(rest % d != 0);
    let shift = q.leading_zeros();
    let bits = env.precision();
    pack(env, negative, ea - eb + 1 - shift as i32, q << shift | (q & 1), bits)
}

/// The square root.
pub(crate) fn sqrt(env: &mut Env, a: F80) -> F80 {
    if let Some(r) = env.not_a_number(a) {
        return r;
    }
    if a.is_zero() {
        return a;
    }
    if a.negative() {
        return env.invalid();
    }
    if env.denormals(&[a]) || a.is_infinite() {
        return a;
    }
    let (e, s) = a.normalized();
    let odd = e.rem_euclid(2);
    let n = u128::from(s) << (63 + odd);
    let root = n.isqrt();
    let rest = n - root * root;
    // The root's fraction is never exactly one half: the square of such a number is no integer.
    let below: u128 = match rest {
        0 => 0,
        r if r > root => 3 << 62,
        _ => 1 << 62,
    };
    let bits = env.precision();
    pack(env, false, (e - odd) / 2, root << 64 | below, bits)
}

/// Orders two numbers; `None` if one is not a number, which is invalid if it is a signalling NaN or
/// unsupported, or if `quiet_too` and it is any NaN.
pub(crate) fn compare(env: &mut Env, a: F80, b: F80, quiet_too: bool) -> Option<Ordering> {
    if let Some(_nan) = env.not_numbers(a, b) {
        if quiet_too {
            env.invalid();
        }
        return None;
    }
    env.denormals(&[a, b]);
    let key = |x: F80| {
        let (e, s) = if x.is_zero() { (i32::MIN, 0) } else { x.normalized() };
        (e, s)
    };
    let magnitude = key(a).cmp(&key(b));
    Some(match (a.negative(), b.negative()) {
        _ if a.is_zero() && b.is_zero() => Ordering::Equal,
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
    })
}

/// `a * 2^trunc(b)` (FSCALE).
pub(crate) fn scale(env: &mut Env, a: F80, b: F80) -> F80 {
    if let Some(r) = env.not_numbers(a, b) {
        return r;
    }
    if b.is_infinite() && (a.is_infinite() && b.negative() || a.is_zero() && !b.negative()) {
        return env.invalid();
    }
    if env.denormals(&[a, b]) || a.is_infinite() || a.is_zero() {
        return a;
    }
    if b.is_infinite() {
        return if b.negative() { F80::zero(a.negative()) } else { F80::infinity(a.negative()) };
    }
    let by = if b.is_zero() {
        0
    } else {
        let (e, s) = b.normalized();
        let n = match e {
            ..0 => 0,
            0..=16 => (s >> (63 - e)) as i32,
            _ => 0x2_0000,
        };
        if b.negative() { -n } else { n }
    };
    let (e, s) = a.normalized();
    pack(env, a.negative(), e + by, u128::from(s) << 64, 64)
}

/// Exponent and significand as numbers (FXTRACT).
pub(crate) fn extract(env: &mut Env, a: F80) -> (F80, F80) {
    if let Some(r) = env.not_a_number(a) {
        return (r, r);
    }
    match a.class() {
        Class::Infinity => return (F80::infinity(false), a),
        Class::Zero => {
            env.raise(ZE);
            return (F80::infinity(true), a);
        }
        _ => {}
    }
    if env.denormals(&[a]) {
        return (a, a);
    }
    let (e, s) = a.normalized();
    let significand = F80 { sign_exp: a.sign_exp & 0x8000 | BIAS as u16, sig: s };
    (super::from_int(i64::from(e)), significand)
}
