//! AES, CLMUL, GFNI and SHA against the host's own instructions, where it has them, and against published
//! answers and definitions everywhere.

#![allow(unsafe_code, reason = "calls intrinsics of features it has looked for")]

use super::lanes::join32;
use super::{aes, clmul, field, gfni, sha};
use crate::testing::Rng;

/// Operands of any bits, or with few bits set, or with long runs of ones.
struct Operands(Rng);

impl Operands {
    fn vector(&mut self) -> u128 {
        let any = u128::from(self.0.next()) << 64 | u128::from(self.0.next());
        match self.0.below(8) {
            0 => 1 << (any % 128),
            1 => u128::MAX >> (any % 128),
            2 => !(u128::MAX >> (any % 128)),
            3 => any & (u128::MAX / 0xff),
            _ => any,
        }
    }
}

#[test]
fn aes_encrypts_and_decrypts_as_published() {
    // FIPS 197, C.1: bytes 00 11 22 ... ff under the key 00 01 02 ... 0f.
    let plain = u128::from_be_bytes(std::array::from_fn(|i| i as u8 * 0x11)).swap_bytes();
    let key = u128::from_le_bytes(std::array::from_fn(|i| i as u8));
    let cipher = 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a_u128.swap_bytes();
    let mut keys = vec![key];
    for rcon in [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36] {
        let k = keys[keys.len() - 1];
        let sums = k ^ k << 32 ^ k << 64 ^ k << 96;
        let last_word = aes::key_assist(k, rcon) >> 96;
        keys.push(sums ^ (last_word * (u128::MAX / 0xffff_ffff)));
    }
    let middle = keys[1..10].iter().fold(plain ^ keys[0], |s, &k| aes::encrypt(s, k));
    assert_eq!(aes::encrypt_last(middle, keys[10]), cipher);
    let middle = keys[1..10].iter().rev().fold(cipher ^ keys[10], |s, &k| aes::decrypt(s, aes::inverse_mix(k)));
    assert_eq!(aes::decrypt_last(middle, keys[0]), plain);
}

/// The block that is "abc", padded, in words.
const ABC: [u32; 16] = [0x6162_6380, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24];

#[test]
fn sha1_hashes_as_published() {
    // Highest lane first, as the instructions have it.
    let value = |w: &[u32]| join32([w[3], w[2], w[1], w[0]]);
    let start = value(&[0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]);
    let mut w: Vec<u128> = ABC.chunks(4).map(value).collect();
    for i in 4..20 {
        let mixed = sha::sha1msg1(w[i - 4], w[i - 3]) ^ w[i - 2];
        w.push(sha::sha1msg2(mixed, w[i - 1]));
    }
    let initial_e = 0xc3d2_e1f0_u128 << 96;
    let (mut state, mut before) = (start, None);
    for (i, &w) in w.iter().enumerate() {
        let with_e = match before {
            None => value(&[ABC[0].wrapping_add(0xc3d2_e1f0), 0, 0, 0]),
            Some(before) => sha::sha1nexte(before, w),
        };
        before = Some(state);
        state = sha::sha1rnds4(state, with_e, (i / 5) as u8);
    }
    let e = sha::sha1nexte(before.unwrap(), initial_e);
    let sum = super::lanes::map32(start, state, u32::wrapping_add);
    assert_eq!(sum, value(&[0xa999_3e36, 0x4706_816a, 0xba3e_2571, 0x7850_c26c]));
    assert_eq!((e >> 96) as u32, 0x9cd0_d89d);
}

#[test]
fn sha256_hashes_as_published() {
    // The constants are the first bits of the fraction of primes' cube roots.
    let primes = (2u32..).filter(|&n| (2..n).all(|d| n % d != 0));
    let k: Vec<u32> = primes.take(64).map(|p| (f64::from(p).cbrt().fract() * 2f64.powi(32)) as u32).collect();
    let mut w: Vec<u128> = ABC.chunks(4).map(|w| join32([w[0], w[1], w[2], w[3]])).collect();
    for i in 4..16 {
        let mixed = sha::sha256msg1(w[i - 4], w[i - 3]);
        // The words seven before: the last three of one vector and the first of the next.
        let seven = w[i - 2] >> 32 | w[i - 1] << 96;
        w.push(sha::sha256msg2(super::lanes::map32(mixed, seven, u32::wrapping_add), w[i - 1]));
    }
    let start =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    let [a, b, c, d, e, f, g, h] = start;
    let (abef, cdgh) = (join32([f, e, b, a]), join32([h, g, d, c]));
    let (mut x, mut y) = (cdgh, abef);
    for (k, &w) in k.chunks(4).zip(&w) {
        let wk = super::lanes::map32(join32([k[0], k[1], k[2], k[3]]), w, u32::wrapping_add);
        x = sha::sha256rnds2(x, y, wk);
        y = sha::sha256rnds2(y, x, wk >> 64);
    }
    let add = |a, b| super::lanes::map32(a, b, u32::wrapping_add);
    assert_eq!(add(abef, y), join32([0x9617_7a9c, 0xb003_61a3, 0x8f01_cfea, 0xba78_16bf]));
    assert_eq!(add(cdgh, x), join32([0xf200_15ad, 0xb410_ff61, 0x5dae_2223, 0x4141_40de]));
}

#[test]
fn the_field_is_a_field() {
    for a in 1..=255u8 {
        assert_eq!(field::mul(a, field::INVERSE[usize::from(a)]), 1);
    }
    assert_eq!(field::INVERSE[0], 0);
    // FIPS 197, 4.2.
    assert_eq!(field::mul(0x57, 0x83), 0xc1);
    let mut operands = Operands(Rng(1));
    for _ in 0..1000 {
        let (a, b) = (operands.vector().to_le_bytes(), operands.vector().to_le_bytes());
        let product = u128::from_le_bytes(std::array::from_fn(|i| field::mul(a[i], b[i])));
        assert_eq!(gfni::mul(u128::from_le_bytes(a), u128::from_le_bytes(b)), product);
    }
}

#[test]
fn affine_maps_by_rows() {
    // The identity, and AES's own: its substitution is that map of the inverse.
    const IDENTITY: u128 = 0x0102_0408_1020_4080;
    const AES: u128 = 0xf1e3_c78f_1f3e_7cf8;
    let both = |m: u128| m << 64 | m;
    let mut operands = Operands(Rng(2));
    for _ in 0..1000 {
        let v = operands.vector();
        assert_eq!(gfni::affine(v, both(IDENTITY), 0), v);
        assert_eq!(gfni::affine(v, IDENTITY, 0xff), v as u64 as u128 ^ u128::MAX);
    }
    for byte in 0..=255u8 {
        // With all bytes equal, the shift of rows changes nothing.
        let v = u128::from_le_bytes([byte; 16]);
        assert_eq!(gfni::affine_inverse(v, both(AES), 0x63), aes::encrypt_last(v, 0));
    }
}

#[test]
fn clmul_adds_shifted_copies() {
    let mut operands = Operands(Rng(3));
    for _ in 0..1000 {
        let (a, b) = (operands.vector(), operands.vector());
        let product = |a: u64, b: u64| (0..64).filter(|i| b >> i & 1 != 0).fold(0, |sum, i| sum ^ u128::from(a) << i);
        let (low, high) = (a as u64, (a >> 64) as u64);
        assert_eq!(clmul::pclmulqdq(a, b, 0), product(low, b as u64));
        assert_eq!(clmul::pclmulqdq(a, b, 0x11), product(high, (b >> 64) as u64));
        assert_eq!(clmul::pclmulqdq(a, b, 0xee), product(low, b as u64));
        assert_eq!(clmul::pclmulqdq(a, b, 0x01), product(high, b as u64));
    }
}

#[cfg(target_arch = "x86_64")]
mod native {
    use super::*;
    use std::arch::x86_64::*;

    fn to(v: u128) -> __m128i {
        // SAFETY: sixteen bytes are sixteen bytes.
        unsafe { std::mem::transmute(v) }
    }
    fn from(v: __m128i) -> u128 {
        // SAFETY: as above.
        unsafe { std::mem::transmute(v) }
    }

    /// Holds `ours(a, b, c)` against the instruction, for many operands.
    fn compare(
        name: &str,
        ours: impl Fn(u128, u128, u128) -> u128,
        native: impl Fn(__m128i, __m128i, __m128i) -> __m128i,
    ) {
        let mut operands = Operands(Rng(name.len() as u64));
        for _ in 0..100_000 {
            let (a, b, c) = (operands.vector(), operands.vector(), operands.vector());
            let (ours, native) = (ours(a, b, c), from(native(to(a), to(b), to(c))));
            assert_eq!(ours, native, "{name} {a:#034x} {b:#034x} {c:#034x}: {ours:#034x}, native {native:#034x}");
        }
    }

    /// Compares for each immediate of a list: intrinsics want it to be a constant.
    macro_rules! immediates {
        ($name:literal, $ours:expr, $native:ident, [$($imm:literal)*]) => {$(
            compare(
                concat!($name, " ", $imm),
                |a, b, _| $ours(a, b, $imm),
                // SAFETY: the caller has looked for the feature.
                |a, b, _| unsafe { $native::<$imm>(a, b) },
            );
        )*};
    }

    /// Leaves what the host cannot answer to the other tests.
    macro_rules! needs {
        ($feature:tt) => {
            if !is_x86_feature_detected!($feature) {
                return;
            }
        };
    }

    #[test]
    fn aes_agrees() {
        needs!("aes");
        // SAFETY: the feature is there.
        unsafe {
            compare("AESENC", |a, b, _| aes::encrypt(a, b), |a, b, _| _mm_aesenc_si128(a, b));
            compare("AESENCLAST", |a, b, _| aes::encrypt_last(a, b), |a, b, _| _mm_aesenclast_si128(a, b));
            compare("AESDEC", |a, b, _| aes::decrypt(a, b), |a, b, _| _mm_aesdec_si128(a, b));
            compare("AESDECLAST", |a, b, _| aes::decrypt_last(a, b), |a, b, _| _mm_aesdeclast_si128(a, b));
            compare("AESIMC", |a, _, _| aes::inverse_mix(a), |a, _, _| _mm_aesimc_si128(a));
            compare(
                "AESKEYGENASSIST",
                |a, _, _| aes::key_assist(a, 0x1b),
                |a, _, _| _mm_aeskeygenassist_si128::<0x1b>(a),
            );
            compare(
                "AESKEYGENASSIST",
                |a, _, _| aes::key_assist(a, 0xff),
                |a, _, _| _mm_aeskeygenassist_si128::<0xff>(a),
            );
        }
    }

    #[test]
    fn clmul_agrees() {
        needs!("pclmulqdq");
        immediates!("PCLMULQDQ", clmul::pclmulqdq, _mm_clmulepi64_si128, [0 1 16 17 0xee 0xff]);
    }

    #[test]
    fn gfni_agrees() {
        needs!("gfni");
        // SAFETY: the feature is there.
        unsafe {
            compare("GF2P8MULB", |a, b, _| gfni::mul(a, b), |a, b, _| _mm_gf2p8mul_epi8(a, b));
        }
        immediates!("GF2P8AFFINEQB", gfni::affine, _mm_gf2p8affine_epi64_epi8, [0 1 0x63 0x80 0xff]);
        immediates!("GF2P8AFFINEINVQB", gfni::affine_inverse, _mm_gf2p8affineinv_epi64_epi8, [0 1 0x63 0x80 0xff]);
    }

    #[test]
    fn sha_agrees() {
        needs!("sha");
        // SAFETY: the feature is there.
        unsafe {
            compare("SHA1NEXTE", |a, b, _| sha::sha1nexte(a, b), |a, b, _| _mm_sha1nexte_epu32(a, b));
            compare("SHA1MSG1", |a, b, _| sha::sha1msg1(a, b), |a, b, _| _mm_sha1msg1_epu32(a, b));
            compare("SHA1MSG2", |a, b, _| sha::sha1msg2(a, b), |a, b, _| _mm_sha1msg2_epu32(a, b));
            compare("SHA256MSG1", |a, b, _| sha::sha256msg1(a, b), |a, b, _| _mm_sha256msg1_epu32(a, b));
            compare("SHA256MSG2", |a, b, _| sha::sha256msg2(a, b), |a, b, _| _mm_sha256msg2_epu32(a, b));
            compare("SHA256RNDS2", sha::sha256rnds2, |a, b, k| _mm_sha256rnds2_epu32(a, b, k));
        }
        immediates!("SHA1RNDS4", sha::sha1rnds4, _mm_sha1rnds4_epu32, [0 1 2 3]);
    }
}
