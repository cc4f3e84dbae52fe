//! The field GF(2^8) of AES and GFNI: bytes as polynomials over GF(2) modulo x^8 + x^4 + x^3 + x + 1.

/// The polynomial that is zero, less its x^8.
const REDUCTION: u8 = 0x1b;

/// `a * b`.
pub(super) const fn mul(a: u8, b: u8) -> u8 {
    let (mut a, mut product, mut bit) = (a, 0, 0);
    while bit < 8 {
        if b >> bit & 1 != 0 {
            product ^= a;
        }
        a = a << 1 ^ if a & 0x80 != 0 { REDUCTION } else { 0 };
        bit += 1;
    }
    product
}

/// `1 / a`; zero for zero, as the instructions have it.
pub(super) static INVERSE: [u8; 256] = inverses();

pub(super) const fn inverses() -> [u8; 256] {
    let mut table = [0; 256];
    let mut a = 0;
    while a < 256 {
        // The nonzero elements are a group of 255: a^254 is the inverse, 254 = 2 + 4 + ... + 128.
        let (mut power, mut product, mut n) = (a as u8, 1, 0);
        while n < 7 {
            power = mul(power, power);
            product = mul(product, power);
            n += 1;
        }
        table[a] = product;
        a += 1;
    }
    table
}

/// [`mul`] of every byte by its counterpart.
pub(super) fn mul_bytes(a: u128, b: u128) -> u128 {
    const LOW_BITS: u128 = u128::MAX / 0xff;
    // Each byte that has the bit, as a byte of ones.
    let spread = |v: u128, bit: u32| (v >> bit & LOW_BITS) * 0xff;
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & spread(b, bit);
        a = (a & !(LOW_BITS << 7)) << 1 ^ spread(a, 7) & (LOW_BITS * u128::from(REDUCTION));
    }
    product
}
