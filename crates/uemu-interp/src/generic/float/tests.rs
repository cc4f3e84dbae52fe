//! The integer path against the host's IEEE arithmetic, and known answers, on any host.

use super::{DE, Env, F16, F32, F64, Format, IE, OE, PE, UE, ZE};
use uemu_cpu::{Exception, Mxcsr};

const DEFAULT: Mxcsr = Mxcsr::DEFAULT;
/// The default control bits with PE set: the host's arithmetic may be used.
const INEXACT: Mxcsr = Mxcsr(0x1fa0);
const FTZ_DAZ: Mxcsr = Mxcsr(0x9fc0);

fn run(mxcsr: Mxcsr, op: impl FnOnce(&mut Env) -> u64) -> (u64, u32) {
    let mut e = Env::new(mxcsr);
    let r = op(&mut e);
    (r, e.flags())
}

/// SplitMix64 with exponents that make operands meet.
fn values(seed: u64) -> (u64, u64) {
    let mix = |n: u64| {
        let z = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    (mix(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)), mix(seed.wrapping_mul(0xd1b5_4a32_d192_ed03)))
}

type Op = fn(&mut Env, Format, u64, u64) -> u64;

#[test]
fn integer_arithmetic_agrees_with_the_hosts() {
    const OPS: [Op; 5] = [Env::add, Env::sub, Env::mul, Env::div, |e, f, a, _| e.sqrt(f, a)];
    let mut used = 0;
    for seed in 1..20_000 {
        let (a, b) = values(seed);
        let near = |v: u64| (v & 0x800f_ffff_ffff_ffff) | (1000 + (v >> 52 & 63)) << 52;
        for (f, a, b) in [(F32, a >> 32, b >> 32), (F64, a, b), (F64, near(a), near(b))] {
            for op in OPS {
                let (by_integers, flags) = run(DEFAULT, |e| op(e, f, a, b));
                let (by_host, host_flags) = run(INEXACT, |e| op(e, f, a, b));
                assert_eq!(by_integers, by_host, "{f:?} {a:x} {b:x}");
                assert_eq!(flags | PE, host_flags | PE, "{f:?} {a:x} {b:x}");
                used += u32::from(flags == PE && host_flags == 0);
            }
        }
    }
    assert!(used > 100_000, "the host's arithmetic was used {used} times only");
}

#[test]
fn exceptional_results() {
    let one = 1f64.to_bits();
    let (zero, inf, tiny, huge) = (0, f64::INFINITY.to_bits(), 1, f64::MAX.to_bits());
    let snan = 0x7ff0_0000_0000_0007;
    assert_eq!(run(DEFAULT, |e| e.div(F64, one, zero)), (inf, ZE));
    assert_eq!(run(DEFAULT, |e| e.div(F64, zero, zero)), (F64.indefinite(), IE));
    assert_eq!(run(DEFAULT, |e| e.sub(F64, inf, inf)), (F64.indefinite(), IE));
    assert_eq!(run(DEFAULT, |e| e.mul(F64, inf, zero)), (F64.indefinite(), IE));
    assert_eq!(run(DEFAULT, |e| e.add(F64, one, snan)), (snan | F64.quiet(), IE));
    assert_eq!(run(DEFAULT, |e| e.add(F64, tiny, zero)), (tiny, DE));
    assert_eq!(run(DEFAULT, |e| e.add(F64, huge, huge)), (inf, OE | PE));
    assert_eq!(run(DEFAULT, |e| e.div(F64, tiny, 3f64.to_bits())), (0, DE | UE | PE));
    assert_eq!(run(FTZ_DAZ, |e| e.add(F64, tiny, tiny)), (0, 0));
    assert_eq!(run(FTZ_DAZ, |e| e.mul(F64, f64::MIN_POSITIVE.to_bits(), 0.5f64.to_bits())), (0, UE | PE));
    assert_eq!(run(DEFAULT, |e| e.sqrt(F64, (-1f64).to_bits())), (F64.indefinite(), IE));
}

#[test]
fn rounding_directions() {
    let (one, ulp) = (1f32.to_bits(), 2f32.powi(-25).to_bits());
    let sum = |rc: u32| run(Mxcsr(0x1f80 | rc << 13), |e| e.add(F32, one.into(), ulp.into())).0 as u32;
    assert_eq!([0, 1, 2, 3].map(sum), [one, one, one + 1, one]);
    let int = |rc: u32, v: f64| run(Mxcsr(0x1f80 | rc << 13), |e| e.to_int(F64, v.to_bits(), 32, false)).0 as i32;
    assert_eq!([0, 1, 2, 3].map(|rc| int(rc, -2.5)), [-2, -3, -2, -2]);
    assert_eq!([0, 1, 2, 3].map(|rc| int(rc, 2.5)), [2, 2, 3, 2]);
}

#[test]
fn conversions_out_of_range_are_indefinite() {
    for (v, bits, expected) in [
        (2147483647.0, 32, (0x7fff_ffff, 0)),
        (2147483648.0, 32, (0x8000_0000, IE)),
        (-2147483648.0, 32, (0x8000_0000, 0)),
        (9.3e18, 64, (1 << 63, IE)),
        (f64::NAN, 64, (1 << 63, IE)),
        (0.75, 64, (0, PE)),
    ] {
        assert_eq!(run(DEFAULT, |e| e.to_int(F64, f64::to_bits(v), bits, true)), expected, "{v}");
    }
}

#[test]
fn an_unmasked_exception_is_raised_and_flagged() {
    let mut mxcsr = Mxcsr(0x1f80 & !(ZE << 7));
    let mut e = Env::new(mxcsr);
    e.div(F64, 1f64.to_bits(), 0);
    e.div(F64, 1f64.to_bits(), 3f64.to_bits());
    assert_eq!(e.finish(&mut mxcsr), Err(Exception::Simd));
    assert_eq!(mxcsr.0 & 0x3f, ZE, "what carrying the operation out would find is not reported");
}

#[test]
fn estimates_keep_the_architectures_bound() {
    for seed in 1..20_000 {
        let bits = (values(seed).0 as u32 & 0x007f_ffff) | (values(seed).1 as u32 % 200 + 20) << 23;
        let x = f64::from(f32::from_bits(bits));
        let (r, s) = (f64::from(f32::from_bits(Env::rcp(bits))), f64::from(f32::from_bits(Env::rsqrt(bits))));
        assert!((r * x - 1.0).abs() < 1.5 / 4096.0, "{x}");
        assert!((s * x.sqrt() - 1.0).abs() < 1.5 / 4096.0, "{x}");
    }
    assert_eq!(Env::rcp(0x8000_0000), 0xff80_0000);
    assert_eq!(Env::rsqrt(0xbf80_0000), 0xffc0_0000);
}

#[test]
fn integer_fused_multiply_add_agrees_with_the_hosts() {
    let mut used = 0;
    for seed in 1..20_000 {
        let ((a, b), (c, _)) = (values(seed), values(seed ^ 0x5555_0000));
        let near = |v: u64| (v & 0x800f_ffff_ffff_ffff) | (1000 + (v >> 52 & 63)) << 52;
        // The third cancels the product but for its last bits.
        let product = -(f64::from_bits(near(a)) * f64::from_bits(near(b)));
        for (f, a, b, c) in [
            (F32, a >> 32, b >> 32, c >> 32),
            (F64, near(a), near(b), near(c)),
            (F64, near(a), near(b), product.to_bits()),
        ] {
            for (np, na) in [(false, false), (false, true), (true, false), (true, true)] {
                let (by_integers, flags) = run(DEFAULT, |e| e.fma(f, a, b, c, np, na));
                let (by_host, host_flags) = run(INEXACT, |e| e.fma(f, a, b, c, np, na));
                assert_eq!(by_integers, by_host, "{f:?} {a:x} {b:x} {c:x}");
                assert_eq!(flags | PE, host_flags | PE, "{f:?} {a:x} {b:x} {c:x}");
                used += u32::from(flags == PE && host_flags == 0);
            }
        }
    }
    assert!(used > 50_000, "the host's arithmetic was used {used} times only");
}

#[test]
fn exceptional_fused_multiply_add() {
    let one = 1f64.to_bits();
    let (inf, huge) = (f64::INFINITY.to_bits(), f64::MAX.to_bits());
    let (qnan, snan) = (0x7ff8_0000_0000_0001, 0x7ff0_0000_0000_0002);
    let fma = |a, b, c| run(DEFAULT, |e| e.fma(F64, a, b, c, false, false));
    assert_eq!(fma(inf, 0, one), (F64.indefinite(), IE));
    assert_eq!(fma(inf, 0, qnan), (qnan, 0));
    assert_eq!(fma(inf, one, inf | F64.sign()), (F64.indefinite(), IE));
    assert_eq!(fma(one, qnan, snan), (qnan, IE));
    assert_eq!(fma(huge, huge, inf | F64.sign()), (inf | F64.sign(), 0));
    assert_eq!(fma(huge, 2f64.to_bits(), huge), (inf, OE | PE));
    assert_eq!(fma(0, one, F64.sign()), (0, 0));
    assert_eq!(run(DEFAULT, |e| e.fma(F64, snan, one, one, true, true)), (snan | F64.quiet(), IE));
    assert_eq!(run(Mxcsr(0x3f80), |e| e.fma(F64, one, one, one, true, false)), (F64.sign(), 0));
}

#[test]
fn halves() {
    for half in 0..=0xffff {
        let (single, flags) = run(FTZ_DAZ, |e| e.widen_half(half));
        let (back, back_flags) = run(FTZ_DAZ, |e| e.narrow_half(single, 0));
        assert_eq!(back, if F16.is_nan(half) { half | F16.quiet() } else { half });
        assert_eq!((flags, back_flags), (if F16.is_snan(half) { IE } else { 0 }, 0));
    }
    let narrow = |v: f32, imm| run(DEFAULT, |e| e.narrow_half(v.to_bits().into(), imm));
    assert_eq!(narrow(65519.0, 0), (0x7bff, PE));
    assert_eq!(narrow(65520.0, 0), (0x7c00, OE | PE));
    assert_eq!(narrow(65535.0, 3), (0x7bff, PE));
    assert_eq!(narrow(65536.0, 3), (0x7bff, OE | PE));
    assert_eq!(narrow(1e-8, 0), (0, UE | PE));
    assert_eq!(narrow(1e-8, 2), (1, UE | PE));
    assert_eq!(narrow(1e-40, 1), (0, DE | UE | PE));
    // 1 + 2^-11 is a tie.
    let tie = 1.0 + 2f32.powi(-11);
    assert_eq!([0, 1, 2, 3].map(|imm| narrow(tie, imm).0), [0x3c00, 0x3c00, 0x3c01, 0x3c00]);
    assert_eq!(run(Mxcsr(0x5f80), |e| e.narrow_half(tie.to_bits().into(), 4)), (0x3c01, PE));
}
