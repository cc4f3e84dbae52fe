//! PCLMULQDQ: multiplication of polynomials over GF(2).

/// The carry-less product.
fn product(a: u64, b: u64) -> u128 {
    // What each four bits of `b` stand for.
    let mut multiples = [0u128; 16];
    multiples[1] = u128::from(a);
    for i in 1..8 {
        multiples[2 * i] = multiples[i] << 1;
        multiples[2 * i + 1] = multiples[2 * i] ^ multiples[1];
    }
    (0..16).rev().fold(0, |sum, digit| sum << 4 ^ multiples[(b >> (4 * digit) & 15) as usize])
}

/// PCLMULQDQ: bit 0 of `imm` chooses the half of `a`, bit 4 that of `b`.
pub(super) fn pclmulqdq(a: u128, b: u128, imm: u8) -> u128 {
    let half = |v: u128, high: bool| if high { (v >> 64) as u64 } else { v as u64 };
    product(half(a, imm & 1 != 0), half(b, imm & 0x10 != 0))
}
