//! Two sources and an immediate.
//!
//! The host's own instructions want the immediate in their code: rearrangements look a byte shuffle up in a table instead;
//! the few where the immediate chooses between operations branch.

use super::width::{last, source};
use super::{Forms, Isa, Legacy, Row, Size, V, Vex128, Vex256, Width, forms, pair, zero};
use crate::driver::{go, handler};
use crate::operand::{Mode, get};
use iced_x86::Mnemonic;
use std::arch::asm;
use std::arch::x86_64::{
    _mm_and_si128, _mm_andnot_si128, _mm_or_si128, _mm_unpackhi_epi64, _mm_unpacklo_epi64, _mm_xor_si128,
};
use std::mem::transmute;

mod tables;

/// An operation on two sources and an immediate; a unary one takes the second.
pub(crate) trait Immediate: 'static {
    /// Bytes of a memory operand for 128 bits of result.
    const BYTES: usize = 16;
    /// Byte `n` of `imm` is for half `n`.
    fn apply<W: Width>(a: W::Value, b: W::Value, imm: u64) -> W::Value;
}

/// The immediate of a half.
#[inline(always)]
fn part(imm: u64, half: u32) -> u8 {
    (imm >> (8 * half)) as u8
}

/// PSHUFB
#[inline(always)]
fn shuffle(v: V, control: &[u8; 16]) -> V {
    // SAFETY: same size, every bit pattern valid.
    let control = unsafe { transmute::<[u8; 16], V>(*control) };
    let mut r = v;
    // SAFETY: an SSSE3 register-to-register instruction on a host that has it (`Isa`).
    unsafe {
        asm!("pshufb {}, {}", inout(xmm_reg) r, in(xmm_reg) control, options(pure, nomem, nostack, preserves_flags))
    };
    r
}

/// The low 16 bytes of `high:low` shifted right by `n` bytes, at most 32.
#[inline(always)]
fn slide(high: V, low: V, n: u8) -> V {
    let (for_low, for_high) = tables::window(n);
    let (h, l) = (shuffle(high, for_high), shuffle(low, for_low));
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_or_si128(h, l) }
}

macro_rules! halfwise {
    ($($(#[$doc:meta])* $name:ident |$a:ident, $b:ident, $i:ident| $e:expr;)*) => {$(
        $(#[$doc])*
        struct $name;
        impl Immediate for $name {
            #[inline(always)]
            fn apply<W: Width>(a: W::Value, b: W::Value, imm: u64) -> W::Value {
                W::map(a, b, |$a, $b, half| {
                    let $i = part(imm, half);
                    // SAFETY: SSE2 is part of x86-64.
                    #[allow(unused_unsafe, reason = "some need no intrinsics")]
                    unsafe { $e }
                })
            }
        }
    )*};
}
halfwise! {
    /// PSHUFD and what is one
    Dwords |_a, b, i| shuffle(b, &tables::DWORDS[i as usize]);
    /// PSHUFLW
    LowWords |_a, b, i| shuffle(b, &tables::LOW_WORDS[i as usize]);
    /// PSHUFHW
    HighWords |_a, b, i| shuffle(b, &tables::HIGH_WORDS[i as usize]);
    /// SHUFPS: dwords of `a` below, of `b` above
    TwoDwords |a, b, i| {
        let control = &tables::DWORDS[i as usize];
        let (a, b) = (shuffle(a, control), shuffle(b, control));
        _mm_unpacklo_epi64(a, _mm_unpackhi_epi64(b, b))
    };
    /// PALIGNR
    Align |a, b, i| slide(a, b, i);
    /// PSRLDQ
    BytesRight |_a, b, i| slide(zero(), b, i);
    /// PSLLDQ; `i` is 16 less the count
    BytesLeft |_a, b, i| slide(b, zero(), i);
    /// PBLENDW and what is one
    Blend |a, b, i| {
        let mask = transmute::<[u8; 16], V>(tables::WORD_MASKS[i as usize]);
        _mm_or_si128(_mm_and_si128(mask, b), _mm_andnot_si128(mask, a))
    };
    /// AESKEYGENASSIST: the immediate goes into dwords 1 and 3
    KeyGen |_a, b, i| {
        let r: V;
        asm!("aeskeygenassist {}, {}, 0", out(xmm_reg) r, in(xmm_reg) b, options(pure, nomem, nostack, preserves_flags));
        let constant = (i as u64) << 32;
        _mm_xor_si128(r, pair(constant, constant))
    };
    /// GF2P8AFFINEQB: the immediate is added to each byte
    Affine |a, b, i| {
        let mut r = a;
        asm!("gf2p8affineqb {}, {}, 0", inout(xmm_reg) r, in(xmm_reg) b, options(pure, nomem, nostack, preserves_flags));
        _mm_xor_si128(r, bytes(i))
    };
    /// GF2P8AFFINEINVQB
    AffineInverse |a, b, i| {
        let mut r = a;
        asm!("gf2p8affineinvqb {}, {}, 0", inout(xmm_reg) r, in(xmm_reg) b, options(pure, nomem, nostack, preserves_flags));
        _mm_xor_si128(r, bytes(i))
    };
}

/// Every byte the same.
#[inline(always)]
fn bytes(i: u8) -> V {
    let v = i as u64 * 0x0101_0101_0101_0101;
    pair(v, v)
}

/// MOVDDUP from 64 bits of memory
struct Twice;
impl Immediate for Twice {
    const BYTES: usize = 8;
    #[inline(always)]
    fn apply<W: Width>(a: W::Value, b: W::Value, imm: u64) -> W::Value {
        Dwords::apply::<W>(a, b, imm)
    }
}

/// INSERTPS (from memory: with a source lane of 0)
struct InsertDword;
impl Immediate for InsertDword {
    const BYTES: usize = 4;
    #[inline(always)]
    fn apply<W: Width>(a: W::Value, b: W::Value, imm: u64) -> W::Value {
        W::map(a, b, |a, b, _| {
            // The dword wanted to all lanes, then into place, then zeros.
            let all = shuffle(b, &tables::DWORDS[(imm >> 6 & 3) as usize * 0x55]);
            let masks = &tables::DWORD_MASKS;
            // SAFETY: SSE2 is part of x86-64; the masks are 16 bytes each.
            unsafe {
                let place = transmute::<[u8; 16], V>(masks[1 << (imm >> 4 & 3)]);
                let clear = transmute::<[u8; 16], V>(masks[(imm & 15) as usize]);
                _mm_andnot_si128(clear, _mm_or_si128(_mm_and_si128(place, all), _mm_andnot_si128(place, a)))
            }
        })
    }
}

/// Operations that the immediate chooses between: one arm each.
macro_rules! chosen {
    ($($name:ident $bytes:literal: $template:literal [$($n:literal)*] $(, legacy $legacy:literal [$($l:literal)*])?;)*) => {$(
        struct $name;
        impl Immediate for $name {
            const BYTES: usize = $bytes;
            #[inline(always)]
            fn apply<W: Width>(a: W::Value, b: W::Value, imm: u64) -> W::Value {
                macro_rules! arm {
                    ($text:expr) => {
                        W::map(a, b, |a, b, _| {
                            let mut r = a;
                            // SAFETY: a register-to-register instruction that the host has (`Isa`); may set sticky flags (`crate::fp`).
                            unsafe { asm!($text, inout(xmm_reg) r, in(xmm_reg) b, options(nomem, nostack, preserves_flags)) };
                            r
                        })
                    };
                }
                $(
                    if W::ALIGNED {
                        return match imm as u8 {
                            $($l => arm!(concat!($legacy, $l)),)*
                            _ => a,
                        };
                    }
                )?
                match imm as u8 {
                    $($n => arm!(concat!($template, $n)),)*
                    _ => a,
                }
            }
        }
    )*};
}
chosen! {
    ComparePs 16: "vcmpps {0}, {0}, {1}, " [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31],
        legacy "cmpps {0}, {1}, " [0 1 2 3 4 5 6 7];
    ComparePd 16: "vcmppd {0}, {0}, {1}, " [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31],
        legacy "cmppd {0}, {1}, " [0 1 2 3 4 5 6 7];
    CompareSd 8: "vcmpsd {0}, {0}, {1}, " [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31],
        legacy "cmpsd {0}, {1}, " [0 1 2 3 4 5 6 7];
    CompareSs 4: "vcmpss {0}, {0}, {1}, " [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31],
        legacy "cmpss {0}, {1}, " [0 1 2 3 4 5 6 7];
    RoundPs 16: "roundps {0}, {1}, " [0 1 2 3 4 8 9 10 11 12];
    RoundPd 16: "roundpd {0}, {1}, " [0 1 2 3 4 8 9 10 11 12];
    RoundSd 8: "roundsd {0}, {1}, " [0 1 2 3 4 8 9 10 11 12];
    RoundSs 4: "roundss {0}, {1}, " [0 1 2 3 4 8 9 10 11 12];
    CarrylessMultiply 16: "pclmulqdq {0}, {1}, " [0 1 16 17];
    Sha1Rounds 16: "sha1rnds4 {0}, {1}, " [0 1 2 3];
}

handler! {
    fn rr[O: Immediate, W: Width](c, op, t, f, x) {
        let r = O::apply::<W>(get(c, W::first(op)), last(c, op), (*op).imm);
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn rm[O: Immediate, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let b: W::Value = source!(O::BYTES, W, addr, c, op, t, f, x);
        let r = O::apply::<W>(get(c, W::first(op)), b, M::imm(op));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

/// Two selectors of a bit each as two pairs of dwords: SHUFPD's immediate as SHUFPS's.
fn pairs(imm: u8) -> u64 {
    let dwords = |bit: u8| if bit & 1 != 0 { 0b1110 } else { 0b0100 };
    dwords(imm) | dwords(imm >> 1) << 4
}

/// `n` bits, each `times` times: a blend of wider lanes as one of words.
fn repeat(imm: u8, n: u32, times: u32) -> u64 {
    (0..n).filter(|i| imm >> i & 1 != 0).map(|i| ((1 << times) - 1) << (i * times)).sum()
}

/// The handlers of an instruction with an immediate (or whose mnemonic implies one), and the immediate as they take it.
pub(crate) fn immediate(m: Mnemonic, size: Size, imm: u8, from_memory: bool) -> Option<(Row, u64)> {
    use Mnemonic as M;
    fn packed<O: Immediate>(size: Size) -> Forms {
        match size {
            Size::Legacy => forms!(rr::<O, Legacy>, rm::<O, Legacy>),
            Size::Vex128 => forms!(rr::<O, Vex128>, rm::<O, Vex128>),
            Size::Vex256 => forms!(rr::<O, Vex256>, rm::<O, Vex256>),
        }
    }
    fn scalar<O: Immediate>(size: Size) -> Forms {
        match size {
            Size::Legacy => forms!(rr::<O, Legacy>, rm::<O, Legacy>),
            _ => forms!(rr::<O, Vex128>, rm::<O, Vex128>),
        }
    }
    let both = |i: u64| i | i << 8;
    let i = both(imm as u64);
    let compare_isa = if size == Size::Legacy { Isa::Sse2 } else { Isa::Avx };
    let predicate = both((imm & if size == Size::Legacy { 7 } else { 31 }) as u64);
    // Where MXCSR has the mode, the immediate's does not matter.
    let rounding = if imm & 4 != 0 { imm & 12 } else { imm & 11 } as u64;
    let ints = |forms: Forms, isa: Isa, imm: u64| Some((Row { forms, float: false, isa }, imm));
    let floats = |forms: Forms, isa: Isa, imm: u64| Some((Row { forms, float: true, isa }, imm));
    match m {
        M::Pshufd | M::Vpshufd | M::Vpermilps => ints(packed::<Dwords>(size), Isa::Ssse3, i),
        M::Vpermilpd => ints(packed::<Dwords>(size), Isa::Ssse3, pairs(imm) | pairs(imm >> 2) << 8),
        M::Movsldup | M::Vmovsldup => ints(packed::<Dwords>(size), Isa::Ssse3, both(0b1010_0000)),
        M::Movshdup | M::Vmovshdup => ints(packed::<Dwords>(size), Isa::Ssse3, both(0b1111_0101)),
        M::Vmovddup if size == Size::Vex256 => ints(packed::<Dwords>(size), Isa::Ssse3, both(0b0100_0100)),
        M::Movddup | M::Vmovddup => ints(scalar::<Twice>(size), Isa::Ssse3, both(0b0100_0100)),
        M::Pshuflw | M::Vpshuflw => ints(packed::<LowWords>(size), Isa::Ssse3, i),
        M::Pshufhw | M::Vpshufhw => ints(packed::<HighWords>(size), Isa::Ssse3, i),
        M::Shufps | M::Vshufps => ints(packed::<TwoDwords>(size), Isa::Ssse3, i),
        M::Shufpd | M::Vshufpd => ints(packed::<TwoDwords>(size), Isa::Ssse3, pairs(imm) | pairs(imm >> 2) << 8),
        M::Palignr | M::Vpalignr => ints(packed::<Align>(size), Isa::Ssse3, both(imm.min(32) as u64)),
        M::Psrldq | M::Vpsrldq => ints(packed::<BytesRight>(size), Isa::Ssse3, both(imm.min(16) as u64)),
        M::Pslldq | M::Vpslldq => ints(packed::<BytesLeft>(size), Isa::Ssse3, both(16 - imm.min(16) as u64)),
        M::Pblendw | M::Vpblendw => ints(packed::<Blend>(size), Isa::Sse2, i),
        M::Blendps | M::Vblendps | M::Vpblendd => ints(packed::<Blend>(size), Isa::Sse2, repeat(imm, 8, 2)),
        M::Blendpd | M::Vblendpd => ints(packed::<Blend>(size), Isa::Sse2, repeat(imm, 4, 4)),
        M::Insertps | M::Vinsertps => {
            let imm = if from_memory { imm & 0x3f } else { imm };
            ints(scalar::<InsertDword>(size), Isa::Ssse3, imm as u64)
        }
        M::Cmpps | M::Vcmpps => floats(packed::<ComparePs>(size), compare_isa, predicate),
        M::Cmppd | M::Vcmppd => floats(packed::<ComparePd>(size), compare_isa, predicate),
        M::Cmpsd | M::Vcmpsd => floats(scalar::<CompareSd>(size), compare_isa, predicate),
        M::Cmpss | M::Vcmpss => floats(scalar::<CompareSs>(size), compare_isa, predicate),
        M::Roundps | M::Vroundps => floats(packed::<RoundPs>(size), Isa::Sse41, rounding),
        M::Roundpd | M::Vroundpd => floats(packed::<RoundPd>(size), Isa::Sse41, rounding),
        M::Roundsd | M::Vroundsd => floats(scalar::<RoundSd>(size), Isa::Sse41, rounding),
        M::Roundss | M::Vroundss => floats(scalar::<RoundSs>(size), Isa::Sse41, rounding),
        M::Pclmulqdq | M::Vpclmulqdq => ints(packed::<CarrylessMultiply>(size), Isa::Pclmulqdq, imm as u64 & 0x11),
        M::Aeskeygenassist | M::Vaeskeygenassist => ints(scalar::<KeyGen>(size), Isa::Aes, i),
        M::Gf2p8affineqb | M::Vgf2p8affineqb => ints(packed::<Affine>(size), Isa::Gfni, i),
        M::Gf2p8affineinvqb | M::Vgf2p8affineinvqb => ints(packed::<AffineInverse>(size), Isa::Gfni, i),
        M::Sha1rnds4 => ints(forms!(rr::<Sha1Rounds, Legacy>, rm::<Sha1Rounds, Legacy>), Isa::Sha, imm as u64 & 3),
        _ => None,
    }
}
