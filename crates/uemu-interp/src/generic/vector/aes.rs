//! AES-NI: one round of the cipher on a state of 16 bytes, columns in order, row 0 of each first
//! (SDM vol. 1, 12.13; FIPS 197).

use super::field;
use super::lanes::{join32, split32};

/// The substitution of a byte.
static SBOX: [u8; 256] = sbox();
/// The substitution undone.
static INVERSE_SBOX: [u8; 256] = inverse_sbox();
/// What a byte of row 0, substituted, gives to its column when that is mixed; other rows rotate it.
static ENCRYPT: [u32; 256] = mixed(&sbox(), [2, 1, 1, 3]);
/// The same for the way back.
static DECRYPT: [u32; 256] = mixed(&inverse_sbox(), [14, 9, 13, 11]);

/// Where the rows' shift takes a byte of row `r` from: `r` columns on, or back.
const ON: usize = 4;
const BACK: usize = 12;

/// An affine map of each byte's inverse.
const fn sbox() -> [u8; 256] {
    let mut table = field::inverses();
    let mut i = 0;
    while i < 256 {
        let v = table[i];
        table[i] = v ^ v.rotate_left(1) ^ v.rotate_left(2) ^ v.rotate_left(3) ^ v.rotate_left(4) ^ 0x63;
        i += 1;
    }
    table
}

const fn inverse_sbox() -> [u8; 256] {
    let sbox = sbox();
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[sbox[i] as usize] = i as u8;
        i += 1;
    }
    table
}

const fn mixed(bytes: &[u8; 256], factors: [u8; 4]) -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let [a, b, c, d] = factors;
        let v = bytes[i];
        table[i] = u32::from_le_bytes([field::mul(v, a), field::mul(v, b), field::mul(v, c), field::mul(v, d)]);
        i += 1;
    }
    table
}

/// Rows shifted, bytes substituted, columns mixed.
fn round(state: u128, table: &[u32; 256], shift: usize) -> u128 {
    let s = state.to_le_bytes();
    let column = |c: usize| {
        (0..4).fold(0, |sum, r| sum ^ table[usize::from(s[(4 * c + r + shift * r) % 16])].rotate_left(8 * r as u32))
    };
    join32(std::array::from_fn(column))
}

/// Rows shifted, bytes substituted.
fn last_round(state: u128, sbox: &[u8; 256], shift: usize) -> u128 {
    let s = state.to_le_bytes();
    u128::from_le_bytes(std::array::from_fn(|i| sbox[usize::from(s[(i + shift * (i % 4)) % 16])]))
}

/// AESENC.
pub(super) fn encrypt(state: u128, key: u128) -> u128 {
    round(state, &ENCRYPT, ON) ^ key
}

/// AESENCLAST.
pub(super) fn encrypt_last(state: u128, key: u128) -> u128 {
    last_round(state, &SBOX, ON) ^ key
}

/// AESDEC: of the equivalent inverse cipher, whose keys have gone through [`inverse_mix`].
pub(super) fn decrypt(state: u128, key: u128) -> u128 {
    round(state, &DECRYPT, BACK) ^ key
}

/// AESDECLAST.
pub(super) fn decrypt_last(state: u128, key: u128) -> u128 {
    last_round(state, &INVERSE_SBOX, BACK) ^ key
}

/// AESIMC: the columns' mixing undone.
pub(super) fn inverse_mix(state: u128) -> u128 {
    let substituted = u128::from_le_bytes(state.to_le_bytes().map(|b| SBOX[usize::from(b)]));
    round(substituted, &DECRYPT, 0)
}

/// AESKEYGENASSIST: words 1 and 3 substituted, each also rotated and with the round's constant `rcon`.
pub(super) fn key_assist(v: u128, rcon: u8) -> u128 {
    let [_, x1, _, x3] = split32(v);
    let substitute = |x: u32| u32::from_le_bytes(x.to_le_bytes().map(|b| SBOX[usize::from(b)]));
    let rotate = |x: u32| x.rotate_right(8) ^ u32::from(rcon);
    let (x1, x3) = (substitute(x1), substitute(x3));
    join32([x1, rotate(x1), x3, rotate(x3)])
}
