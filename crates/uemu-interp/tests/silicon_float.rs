//! Silicon is the oracle for the floating-point functions that VEX instructions bring: fused multiply-add, half
//! precision, and the 32 predicates. One lane at a time: results, flags, and whether #XM is raised.
//!
//! `SILICON_RUNS=N` makes N random cases of each form.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "common/native.rs"]
mod native;
#[path = "common/float_values.rs"]
mod values;

use native::{Image, Native};
use uemu_cpu::Mxcsr;
use uemu_interp::generic::float::{DE, Env, F32, F64, Format, IE, OE, PE, Predicate, UE};
use values::Rng;

#[allow(clippy::disallowed_methods, reason = "a test may be steered by its environment")]
fn runs(default: u64) -> u64 {
    std::env::var("SILICON_RUNS").ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// What came out: the result's bits, MXCSR, and whether #XM was raised.
type Seen = (u128, u32, bool);

/// Executes `code` with XMM0, XMM1, XMM2 and MXCSR so; the result is XMM0.
fn execute(native: &mut Native, operands: [u128; 3], mxcsr: u32) -> Seen {
    let mut image = Image::new();
    for (n, v) in operands.into_iter().enumerate() {
        image.set_xmm(n, v);
    }
    image.fx[24..28].copy_from_slice(&mxcsr.to_le_bytes());
    native.run(&mut image);
    assert!(matches!(image.signal, 0 | 8), "signal {}", image.signal);
    (image.xmm(0), image.mxcsr(), image.signal == 8)
}

/// What `op` makes of `mxcsr`; `old` is what the destination keeps when #XM is raised.
fn compute(mxcsr: u32, old: u128, op: impl FnOnce(&mut Env) -> u128) -> Seen {
    let mut env = Env::new(Mxcsr(mxcsr));
    let r = op(&mut env);
    let mut mxcsr = Mxcsr(mxcsr);
    match env.finish(&mut mxcsr) {
        Ok(()) => (r, mxcsr.0, false),
        Err(_) => (old, mxcsr.0, true),
    }
}

/// Which flags were raised where they had not been set, and whether #XM was: that a test met them all.
#[derive(Default)]
struct Met {
    flags: u32,
    raised: bool,
}

impl Met {
    fn note(&mut self, before: u32, (_, after, raised): Seen) {
        self.flags |= after & !before;
        self.raised |= raised;
    }
    fn check(&self, flags: u32) {
        assert_eq!((self.flags, self.raised), (flags, true), "not every exception was met");
    }
}

fn lane(f: Format, v: u128) -> u64 {
    v as u64 & (f.sign() | (f.sign() - 1))
}

/// VFMADD132SS and every scalar form after it: the opcode's high digit the order, the low one the signs.
#[test]
fn fused_multiply_add_agrees() {
    if !is_x86_feature_detected!("fma") {
        return;
    }
    let mut native = Native::lock();
    let (mut rng, mut met) = (Rng(1), Met::default());
    for (f, w) in [(F32, 0u8), (F64, 0x80)] {
        for order in [0x90u8, 0xa0, 0xb0] {
            for (low, np, na) in [(9u8, false, false), (0xb, false, true), (0xd, true, false), (0xf, true, true)] {
                // vfm... xmm0, xmm1, xmm2
                native.load(&[0xc4, 0xe2, 0x71 | w, order | low, 0xc2]);
                for _ in 0..runs(50_000) {
                    let [a, b, c] = fused(&mut rng, f);
                    let mxcsr = rng.mxcsr();
                    let v = match order {
                        0x90 => [a, c, b],
                        0xa0 => [b, a, c],
                        _ => [c, a, b],
                    }
                    .map(|v| u128::from(v) | rng.vector() << 64);
                    let keep = !u128::from(f.sign() | (f.sign() - 1));
                    let ours = compute(mxcsr, v[0], |e| v[0] & keep | u128::from(e.fma(f, a, b, c, np, na)));
                    let theirs = execute(&mut native, v, mxcsr);
                    let what = format!("{f:?} {order:x} {low:x} a={a:x} b={b:x} c={c:x} mxcsr={mxcsr:x}");
                    assert_eq!(ours, theirs, "{what}: {ours:x?}, native {theirs:x?}");
                    met.note(mxcsr, theirs);
                }
            }
        }
    }
    met.check(IE | DE | OE | UE | PE);
}

/// Difficult operands; the third is often what cancels the product of the others, or a little beside it.
fn fused(rng: &mut Rng, f: Format) -> [u64; 3] {
    let mut any = || if f == F32 { u64::from(rng.single()) } else { rng.double() };
    let (a, b, c) = (any(), any(), any());
    let product = if f == F32 {
        u64::from((f32::from_bits(a as u32) * f32::from_bits(b as u32)).to_bits())
    } else {
        (f64::from_bits(a) * f64::from_bits(b)).to_bits()
    };
    let turn = f.sign() * rng.below(2);
    let c = match rng.below(4) {
        0 => product ^ f.sign(),
        1 => product.wrapping_add(rng.below(5)).wrapping_sub(2) ^ turn,
        // So far away that it touches the product's rounding only.
        2 => product.wrapping_add(rng.below(120).wrapping_sub(60) << f.fraction) ^ turn,
        _ => c,
    };
    [a, b, c & (f.sign() | (f.sign() - 1))]
}

#[test]
fn half_precision_agrees() {
    if !is_x86_feature_detected!("f16c") {
        return;
    }
    let mut native = Native::lock();
    let (mut rng, mut met) = (Rng(2), Met::default());
    // vcvtph2ps xmm0, xmm1
    native.load(&[0xc4, 0xe2, 0x79, 0x13, 0xc1]);
    for half in 0..=0xffffu64 {
        for mxcsr in [0x1f80, 0x1fc0, 0x9fc0, 0x1f00, 0x0040, rng.mxcsr()] {
            let ours = compute(mxcsr, 7, |e| {
                let lanes = [half, 0x3c00, 0, 0].map(|v| u128::from(e.widen_half(v)));
                lanes[0] | lanes[1] << 32
            });
            let theirs = execute(&mut native, [7, u128::from(half) | 0x3c00 << 16, 0], mxcsr);
            assert_eq!(ours, theirs, "{half:x} mxcsr={mxcsr:x}: {ours:x?}, native {theirs:x?}");
            met.note(mxcsr, theirs);
        }
    }
    for imm in [0, 1, 2, 3, 4, 5, 6, 7, 8, 0xff] {
        // vcvtps2ph xmm0, xmm1, imm8
        native.load(&[0xc4, 0xe3, 0x79, 0x1d, 0xc8, imm]);
        for _ in 0..runs(100_000) {
            let single = single_near_half(&mut rng);
            let mxcsr = rng.mxcsr();
            let ours = compute(mxcsr, 7, |e| u128::from(e.narrow_half(single, imm)));
            let theirs = execute(&mut native, [7, u128::from(single), 0], mxcsr);
            assert_eq!(ours, theirs, "{single:x} imm={imm} mxcsr={mxcsr:x}: {ours:x?}, native {theirs:x?}");
            met.note(mxcsr, theirs);
        }
    }
    met.check(IE | DE | OE | UE | PE);
}

/// A single that binary16 can hold, nearly can, or cannot.
fn single_near_half(rng: &mut Rng) -> u64 {
    let any = rng.vector() as u32;
    u64::from(match rng.below(4) {
        0 => any,
        // Around binary16's exponents, with a fraction that is a tie or near one.
        1 => any & 0x807f_e000 | (rng.below(50) as u32 + 98) << 23 | rng.pick(&[0, 1, 0xfff, 0x1000, 0x1001, 0x1fff]),
        2 => any & 0x807f_ffff | (rng.below(50) as u32 + 98) << 23,
        _ => {
            any & 0x8000_0000
                | rng.pick(&[
                    0x477f_e000,
                    0x477f_efff,
                    0x477f_f000,
                    0x3880_0000,
                    0x387f_ffff,
                    0x387f_c000,
                    0x387f_e000,
                    0x3300_0000,
                    0x3300_0001,
                    0x32ff_ffff,
                    0x3380_0000,
                ])
        }
    })
}

#[test]
fn predicates_agree() {
    if !is_x86_feature_detected!("avx") {
        return;
    }
    let mut native = Native::lock();
    let (mut rng, mut met) = (Rng(3), Met::default());
    for (f, pp) in [(F32, 2u8), (F64, 3)] {
        for imm in (0..32u8).chain([0xff, 0x60]) {
            // vcmpss xmm0, xmm1, xmm2, imm8
            native.load(&[0xc4, 0xe1, 0x70 | pp, 0xc2, 0xc2, imm]);
            for _ in 0..runs(20_000) {
                let v = [rng.vector(), rng.vector(), rng.vector()];
                let mxcsr = rng.mxcsr();
                let (a, b) = (lane(f, v[1]), lane(f, v[2]));
                let all = u128::from(f.sign() | (f.sign() - 1));
                let ours =
                    compute(mxcsr, v[0], |e| v[1] & !all | if e.test(f, a, b, Predicate::vex(imm)) { all } else { 0 });
                let theirs = execute(&mut native, v, mxcsr);
                assert_eq!(ours, theirs, "{f:?} {imm} {a:x} {b:x} mxcsr={mxcsr:x}: {ours:x?}, native {theirs:x?}");
                met.note(mxcsr, theirs);
            }
        }
    }
    met.check(IE | DE);
}
