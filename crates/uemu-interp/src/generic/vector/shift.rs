//! Packed shifts.

use super::lanes::{map16, map32, map64};
use iced_x86::Mnemonic as M;

/// The result of a shift of every lane of `a` by `count`, or of the whole by `count` bytes.
/// Counts beyond the lane give zeros, or copies of the sign.
pub(in crate::generic) fn shift(m: M, a: u128, count: u64) -> Option<u128> {
    // Out-of-range counts keep their meaning when cut to 7 bits' worth.
    let n = count.min(127) as u32;
    Some(match m {
        M::Psllw => map16(a, a, |x, _| x.checked_shl(n).unwrap_or(0)),
        M::Pslld => map32(a, a, |x, _| x.checked_shl(n).unwrap_or(0)),
        M::Psllq => map64(a, a, |x, _| x.checked_shl(n).unwrap_or(0)),
        M::Psrlw => map16(a, a, |x, _| x.checked_shr(n).unwrap_or(0)),
        M::Psrld => map32(a, a, |x, _| x.checked_shr(n).unwrap_or(0)),
        M::Psrlq => map64(a, a, |x, _| x.checked_shr(n).unwrap_or(0)),
        M::Psraw => map16(a, a, |x, _| ((x as i16) >> n.min(15)) as u16),
        M::Psrad => map32(a, a, |x, _| ((x as i32) >> n.min(31)) as u32),
        M::Pslldq => a.checked_shl(n * 8).unwrap_or(0),
        M::Psrldq => a.checked_shr(n * 8).unwrap_or(0),
        _ => return None,
    })
}
