//! The SHA extensions (SDM vol. 2B, SHA1RNDS4 and the pages after it; FIPS 180-4). Words are named from the highest
//! lane down, as there.

use super::lanes::{join32, split32};

/// A value's words, highest lane first.
fn words(v: u128) -> [u32; 4] {
    let [d, c, b, a] = split32(v);
    [a, b, c, d]
}

/// A value of these words, highest lane first.
fn value([a, b, c, d]: [u32; 4]) -> u128 {
    join32([d, c, b, a])
}

fn choose(x: u32, y: u32, z: u32) -> u32 {
    x & y ^ !x & z
}
fn majority(x: u32, y: u32, z: u32) -> u32 {
    x & y ^ x & z ^ y & z
}
fn parity(x: u32, y: u32, z: u32) -> u32 {
    x ^ y ^ z
}

/// SHA1NEXTE: `w`'s highest word plus the E that follows from the A of four rounds ago.
pub(super) fn sha1nexte(abcd: u128, w: u128) -> u128 {
    let [a, ..] = words(abcd);
    let [first, x, y, z] = words(w);
    value([first.wrapping_add(a.rotate_left(30)), x, y, z])
}

/// SHA1MSG1.
pub(super) fn sha1msg1(a: u128, b: u128) -> u128 {
    let ([w0, w1, w2, w3], [w4, w5, ..]) = (words(a), words(b));
    value([w2 ^ w0, w3 ^ w1, w4 ^ w2, w5 ^ w3])
}

/// SHA1MSG2.
pub(super) fn sha1msg2(a: u128, b: u128) -> u128 {
    let ([a0, a1, a2, a3], [_, w13, w14, w15]) = (words(a), words(b));
    let w16 = (a0 ^ w13).rotate_left(1);
    let [w17, w18, w19] = [a1 ^ w14, a2 ^ w15, a3 ^ w16].map(|w| w.rotate_left(1));
    value([w16, w17, w18, w19])
}

/// SHA1RNDS4: four rounds on `abcd`; `w` has their words, E added to the first. Bits 0-1 of `imm` choose
/// function and constant.
pub(super) fn sha1rnds4(abcd: u128, w: u128, imm: u8) -> u128 {
    type Function = fn(u32, u32, u32) -> u32;
    let (f, k): (Function, u32) = match imm & 3 {
        0 => (choose, 0x5a82_7999),
        1 => (parity, 0x6ed9_eba1),
        2 => (majority, 0x8f1b_bcdc),
        _ => (parity, 0xca62_c1d6),
    };
    let [mut a, mut b, mut c, mut d] = words(abcd);
    let mut e = 0u32;
    for w in words(w) {
        let t = f(b, c, d).wrapping_add(a.rotate_left(5)).wrapping_add(w).wrapping_add(e).wrapping_add(k);
        (a, b, c, d, e) = (t, a, b.rotate_left(30), c, d);
    }
    value([a, b, c, d])
}

/// SHA256RNDS2: two rounds; `wk`'s low two words are message words with their constants added.
/// `cdgh` and `abef` hold the state, the result is the new ABEF.
pub(super) fn sha256rnds2(cdgh: u128, abef: u128, wk: u128) -> u128 {
    let [mut a, mut b, mut e, mut f] = words(abef);
    let [mut c, mut d, mut g, mut h] = words(cdgh);
    for wk in [wk as u32, (wk >> 32) as u32] {
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t1 = choose(e, f, g).wrapping_add(s1).wrapping_add(wk).wrapping_add(h);
        let t2 = majority(a, b, c).wrapping_add(s0);
        (a, b, c, d, e, f, g, h) = (t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g);
    }
    value([a, b, e, f])
}

/// SHA256MSG1.
pub(super) fn sha256msg1(a: u128, b: u128) -> u128 {
    let [w3, w2, w1, w0] = words(a);
    let w4 = b as u32;
    let s = |w: u32| w.rotate_right(7) ^ w.rotate_right(18) ^ w >> 3;
    value([w3.wrapping_add(s(w4)), w2.wrapping_add(s(w3)), w1.wrapping_add(s(w2)), w0.wrapping_add(s(w1))])
}

/// SHA256MSG2.
pub(super) fn sha256msg2(a: u128, b: u128) -> u128 {
    let ([a3, a2, a1, a0], [w15, w14, ..]) = (words(a), words(b));
    let s = |w: u32| w.rotate_right(17) ^ w.rotate_right(19) ^ w >> 10;
    let (w16, w17) = (a0.wrapping_add(s(w14)), a1.wrapping_add(s(w15)));
    value([a3.wrapping_add(s(w17)), a2.wrapping_add(s(w16)), w17, w16])
}
