//! Packed integers: operations whose result lanes follow from the same lanes of two operands, so that
//! the MMX form is the low half of the SSE form.

use super::lanes::{join16, join32, join64, map8, map16, map32, map64, split8, split16, split32};
use iced_x86::Mnemonic as M;

fn clamp_i8(v: i16) -> u8 {
    v.clamp(-128, 127) as i8 as u8
}
fn clamp_i16(v: i32) -> u16 {
    v.clamp(-32768, 32767) as i16 as u16
}

/// All ones where `f` holds.
macro_rules! mask {
    ($map:ident, $t:ty, $s:ty, $a:ident, $b:ident, $f:expr) => {
        $map($a, $b, |x, y| if $f(&(x as $s), &(y as $s)) { <$t>::MAX } else { 0 })
    };
}

/// The result of `m` on `a` and `b`, or `None` if `m` is not of this kind.
pub(in crate::generic) fn lanewise(m: M, a: u128, b: u128) -> Option<u128> {
    Some(match m {
        M::Paddb => map8(a, b, u8::wrapping_add),
        M::Paddw => map16(a, b, u16::wrapping_add),
        M::Paddd => map32(a, b, u32::wrapping_add),
        M::Paddq => map64(a, b, u64::wrapping_add),
        M::Psubb => map8(a, b, u8::wrapping_sub),
        M::Psubw => map16(a, b, u16::wrapping_sub),
        M::Psubd => map32(a, b, u32::wrapping_sub),
        M::Psubq => map64(a, b, u64::wrapping_sub),
        M::Paddsb => map8(a, b, |x, y| (x as i8).saturating_add(y as i8) as u8),
        M::Paddsw => map16(a, b, |x, y| (x as i16).saturating_add(y as i16) as u16),
        M::Paddusb => map8(a, b, u8::saturating_add),
        M::Paddusw => map16(a, b, u16::saturating_add),
        M::Psubsb => map8(a, b, |x, y| (x as i8).saturating_sub(y as i8) as u8),
        M::Psubsw => map16(a, b, |x, y| (x as i16).saturating_sub(y as i16) as u16),
        M::Psubusb => map8(a, b, u8::saturating_sub),
        M::Psubusw => map16(a, b, u16::saturating_sub),
        M::Pavgb => map8(a, b, |x, y| (u16::from(x) + u16::from(y)).div_ceil(2) as u8),
        M::Pavgw => map16(a, b, |x, y| (u32::from(x) + u32::from(y)).div_ceil(2) as u16),
        M::Pminub => map8(a, b, u8::min),
        M::Pmaxub => map8(a, b, u8::max),
        M::Pminuw => map16(a, b, u16::min),
        M::Pmaxuw => map16(a, b, u16::max),
        M::Pminud => map32(a, b, u32::min),
        M::Pmaxud => map32(a, b, u32::max),
        M::Pminsb => map8(a, b, |x, y| (x as i8).min(y as i8) as u8),
        M::Pmaxsb => map8(a, b, |x, y| (x as i8).max(y as i8) as u8),
        M::Pminsw => map16(a, b, |x, y| (x as i16).min(y as i16) as u16),
        M::Pmaxsw => map16(a, b, |x, y| (x as i16).max(y as i16) as u16),
        M::Pminsd => map32(a, b, |x, y| (x as i32).min(y as i32) as u32),
        M::Pmaxsd => map32(a, b, |x, y| (x as i32).max(y as i32) as u32),
        M::Pcmpeqb => mask!(map8, u8, u8, a, b, u8::eq),
        M::Pcmpeqw => mask!(map16, u16, u16, a, b, u16::eq),
        M::Pcmpeqd => mask!(map32, u32, u32, a, b, u32::eq),
        M::Pcmpeqq => mask!(map64, u64, u64, a, b, u64::eq),
        M::Pcmpgtb => mask!(map8, u8, i8, a, b, i8::gt),
        M::Pcmpgtw => mask!(map16, u16, i16, a, b, i16::gt),
        M::Pcmpgtd => mask!(map32, u32, i32, a, b, i32::gt),
        M::Pcmpgtq => mask!(map64, u64, i64, a, b, i64::gt),
        M::Pand | M::Andps | M::Andpd => a & b,
        M::Pandn | M::Andnps | M::Andnpd => !a & b,
        M::Por | M::Orps | M::Orpd => a | b,
        M::Pxor | M::Xorps | M::Xorpd => a ^ b,
        M::Pmullw => map16(a, b, u16::wrapping_mul),
        M::Pmulld => map32(a, b, u32::wrapping_mul),
        M::Pmulhw => map16(a, b, |x, y| ((i32::from(x as i16) * i32::from(y as i16)) >> 16) as u16),
        M::Pmulhuw => map16(a, b, |x, y| ((u32::from(x) * u32::from(y)) >> 16) as u16),
        M::Pmulhrsw => map16(a, b, |x, y| {
            let product = i32::from(x as i16) * i32::from(y as i16);
            (((product >> 14) + 1) >> 1) as u16
        }),
        M::Pmuludq => map64(a, b, |x, y| u64::from(x as u32) * u64::from(y as u32)),
        M::Pmuldq => map64(a, b, |x, y| (i64::from(x as i32) * i64::from(y as i32)) as u64),
        M::Pmaddwd => {
            let (x, y) = (split16(a), split16(b));
            let product = |i: usize| i32::from(x[i] as i16) * i32::from(y[i] as i16);
            join32(std::array::from_fn(|i| product(2 * i).wrapping_add(product(2 * i + 1)) as u32))
        }
        M::Pmaddubsw => {
            let (x, y) = (split8(a), split8(b));
            let product = |i: usize| i32::from(x[i]) * i32::from(y[i] as i8);
            join16(std::array::from_fn(|i| clamp_i16(product(2 * i) + product(2 * i + 1))))
        }
        M::Psadbw => {
            let (x, y) = (split8(a), split8(b));
            join64(std::array::from_fn(|i| (8 * i..8 * i + 8).map(|j| u64::from(x[j].abs_diff(y[j]))).sum()))
        }
        M::Psignb => map8(a, b, |x, y| sign(i64::from(x as i8), i64::from(y as i8)) as u8),
        M::Psignw => map16(a, b, |x, y| sign(i64::from(x as i16), i64::from(y as i16)) as u16),
        M::Psignd => map32(a, b, |x, y| sign(i64::from(x as i32), i64::from(y as i32)) as u32),
        M::Vpsllvd => map32(a, b, |x, n| x.checked_shl(n).unwrap_or(0)),
        M::Vpsrlvd => map32(a, b, |x, n| x.checked_shr(n).unwrap_or(0)),
        M::Vpsravd => map32(a, b, |x, n| ((x as i32) >> n.min(31)) as u32),
        M::Vpsllvq => map64(a, b, |x, n| x.checked_shl(n.min(64) as u32).unwrap_or(0)),
        M::Vpsrlvq => map64(a, b, |x, n| x.checked_shr(n.min(64) as u32).unwrap_or(0)),
        M::Pabsb => map8(b, b, |x, _| (x as i8).unsigned_abs()),
        M::Pabsw => map16(b, b, |x, _| (x as i16).unsigned_abs()),
        M::Pabsd => map32(b, b, |x, _| (x as i32).unsigned_abs()),
        _ => return None,
    })
}

fn sign(x: i64, y: i64) -> i64 {
    x * y.signum()
}

/// The result of a pack, unpack or horizontal operation, whose layout depends on the operands'
/// size: 8 (MMX) or 16 bytes.
pub(in crate::generic) fn rearranged(m: M, a: u128, b: u128, bytes: usize) -> Option<u128> {
    Some(match m {
        M::Punpcklbw => interleave(a, b, 1, bytes, false),
        M::Punpcklwd => interleave(a, b, 2, bytes, false),
        M::Punpckldq | M::Unpcklps => interleave(a, b, 4, bytes, false),
        M::Punpcklqdq | M::Unpcklpd => interleave(a, b, 8, bytes, false),
        M::Punpckhbw => interleave(a, b, 1, bytes, true),
        M::Punpckhwd => interleave(a, b, 2, bytes, true),
        M::Punpckhdq | M::Unpckhps => interleave(a, b, 4, bytes, true),
        M::Punpckhqdq | M::Unpckhpd => interleave(a, b, 8, bytes, true),
        M::Packsswb => pack16(a, b, bytes, |v| clamp_i8(v as i16)),
        M::Packuswb => pack16(a, b, bytes, |v| (v as i16).clamp(0, 255) as u8),
        M::Packssdw => pack32(a, b, bytes, |v| clamp_i16(v as i32)),
        M::Packusdw => pack32(a, b, bytes, |v| (v as i32).clamp(0, 65535) as u16),
        M::Phaddw => pairs16(a, b, bytes, |x, y| x.wrapping_add(y)),
        M::Phsubw => pairs16(a, b, bytes, |x, y| x.wrapping_sub(y)),
        M::Phaddsw => pairs16(a, b, bytes, |x, y| x.saturating_add(y)),
        M::Phsubsw => pairs16(a, b, bytes, |x, y| x.saturating_sub(y)),
        M::Phaddd => pairs32(a, b, bytes, u32::wrapping_add),
        M::Phsubd => pairs32(a, b, bytes, u32::wrapping_sub),
        M::Pshufb => {
            let x = split8(a);
            map8(b, b, |i, _| if i & 0x80 != 0 { 0 } else { x[usize::from(i) & (bytes - 1)] })
        }
        _ => return None,
    })
}

fn interleave(a: u128, b: u128, lane: usize, bytes: usize, high: bool) -> u128 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    let start = if high { bytes / 2 } else { 0 };
    let mut out = [0; 16];
    for (i, o) in out[..bytes].iter_mut().enumerate() {
        let from = if (i / lane).is_multiple_of(2) { &a } else { &b };
        *o = from[start + i / (2 * lane) * lane + i % lane];
    }
    u128::from_le_bytes(out)
}

fn pack16(a: u128, b: u128, bytes: usize, f: impl Fn(u16) -> u8) -> u128 {
    let (a, b, n) = (split16(a), split16(b), bytes / 2);
    let mut out = [0; 16];
    for (o, &v) in out.iter_mut().zip(a[..n].iter().chain(&b[..n])) {
        *o = f(v);
    }
    u128::from_le_bytes(out)
}

fn pack32(a: u128, b: u128, bytes: usize, f: impl Fn(u32) -> u16) -> u128 {
    let (a, b, n) = (split32(a), split32(b), bytes / 4);
    let mut out = [0; 8];
    for (o, &v) in out.iter_mut().zip(a[..n].iter().chain(&b[..n])) {
        *o = f(v);
    }
    join16(out)
}

fn pairs16(a: u128, b: u128, bytes: usize, f: impl Fn(i16, i16) -> i16) -> u128 {
    let (a, b, n) = (split16(a), split16(b), bytes / 2);
    let mut out = [0; 8];
    for (o, v) in out.iter_mut().zip(a[..n].chunks(2).chain(b[..n].chunks(2))) {
        *o = f(v[0] as i16, v[1] as i16) as u16;
    }
    join16(out)
}

fn pairs32(a: u128, b: u128, bytes: usize, f: impl Fn(u32, u32) -> u32) -> u128 {
    let (a, b, n) = (split32(a), split32(b), bytes / 4);
    let mut out = [0; 4];
    for (o, v) in out.iter_mut().zip(a[..n].chunks(2).chain(b[..n].chunks(2))) {
        *o = f(v[0], v[1]);
    }
    join32(out)
}
