//! GFNI: bytes as elements of GF(2^8) and as vectors over GF(2) (SDM vol. 2A, GF2P8AFFINEQB).

use super::field;
use super::lanes::map64;

/// GF2P8MULB.
pub(super) fn mul(a: u128, b: u128) -> u128 {
    field::mul_bytes(a, b)
}

/// GF2P8AFFINEQB: each byte of `v`, times the 8x8 matrix in its half of `matrices`, plus `imm`.
pub(super) fn affine(v: u128, matrices: u128, imm: u8) -> u128 {
    map64(v, matrices, |bytes, matrix| {
        // Row 0, of the result's lowest bit, is the matrix's highest byte.
        let rows = matrix.to_be_bytes();
        (0..).zip(rows).fold(LOW_BITS * u64::from(imm), |sum, (bit, row)| {
            sum ^ parities(bytes & (LOW_BITS * u64::from(row))) << bit
        })
    })
}

/// GF2P8AFFINEINVQB: the same of the bytes' inverses.
pub(super) fn affine_inverse(v: u128, matrices: u128, imm: u8) -> u128 {
    let inverses = v.to_le_bytes().map(|b| field::INVERSE[usize::from(b)]);
    affine(u128::from_le_bytes(inverses), matrices, imm)
}

const LOW_BITS: u64 = u64::MAX / 0xff;

/// Each byte's parity, as its lowest bit.
fn parities(v: u64) -> u64 {
    // What a shift brings in from the next byte stays above the bits that are used.
    let v = v ^ v >> 4;
    let v = v ^ v >> 2;
    (v ^ v >> 1) & LOW_BITS
}
