//! Lanes that become wider or narrower.

use super::width::last;
use super::{Forms, Isa, Legacy, Row, Size, V, Vex128, Vex256, Width, forms, low};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Mode, get};
use crate::ops::slow::{generic, miss_read, miss_write};
use iced_x86::Mnemonic;
use std::arch::asm;
use std::arch::x86_64::{_mm_cvtsi128_si64, _mm_unpacklo_epi64};

/// Makes wider lanes.
pub(crate) trait Widen: 'static {
    /// Bytes of source for 128 bits of result.
    const BYTES: usize;
    fn eval(v: V) -> V;
}
/// Makes lanes half as wide: 64 bits of result, zeros above.
pub(crate) trait Narrow: 'static {
    fn eval(v: V) -> V;
}

macro_rules! conversions {
    (@ $name:ident $asm:literal) => {
        #[inline(always)]
        fn eval(v: V) -> V {
            let r: V;
            // SAFETY: a register-to-register instruction that the host has (`Isa`); may set sticky flags (`crate::fp`).
            unsafe { asm!(concat!($asm, " {}, {}"), out(xmm_reg) r, in(xmm_reg) v, options(nomem, nostack, preserves_flags)) };
            r
        }
    };
    (widen: $($bytes:literal $float:literal $isa:ident: $([$name:ident $($alias:ident)?] = $asm:literal)*;)* narrow: $([$to:ident $also:ident] = $by:literal)*) => {
        $($(
            struct $name;
            impl Widen for $name {
                const BYTES: usize = $bytes;
                conversions!(@ $name $asm);
            }
        )*)*
        $(
            struct $to;
            impl Narrow for $to {
                conversions!(@ $to $by);
            }
        )*
        /// The handlers of what changes the width of lanes.
        pub(crate) fn resize(m: Mnemonic, size: Size) -> Option<Row> {
            let (forms, float, isa) = match m {
                $($(Mnemonic::$name $(| Mnemonic::$alias)? => (widen::<$name>(size), $float, Isa::$isa),)*)*
                $(Mnemonic::$to | Mnemonic::$also => (narrow::<$to>(size), true, Isa::Sse2),)*
                _ => return None,
            };
            Some(Row { forms, float, isa })
        }
    };
}
conversions! {
    widen:
    8 false Sse41:
        [Pmovzxbw Vpmovzxbw] = "pmovzxbw" [Pmovzxwd Vpmovzxwd] = "pmovzxwd" [Pmovzxdq Vpmovzxdq] = "pmovzxdq"
        [Pmovsxbw Vpmovsxbw] = "pmovsxbw" [Pmovsxwd Vpmovsxwd] = "pmovsxwd" [Pmovsxdq Vpmovsxdq] = "pmovsxdq";
    4 false Sse41:
        [Pmovzxbd Vpmovzxbd] = "pmovzxbd" [Pmovzxwq Vpmovzxwq] = "pmovzxwq"
        [Pmovsxbd Vpmovsxbd] = "pmovsxbd" [Pmovsxwq Vpmovsxwq] = "pmovsxwq";
    2 false Sse41:
        [Pmovzxbq Vpmovzxbq] = "pmovzxbq" [Pmovsxbq Vpmovsxbq] = "pmovsxbq";
    8 true Sse2:
        [Cvtps2pd Vcvtps2pd] = "cvtps2pd" [Cvtdq2pd Vcvtdq2pd] = "cvtdq2pd";
    8 true F16c:
        [Vcvtph2ps] = "vcvtph2ps";
    narrow:
        [Cvtpd2ps Vcvtpd2ps] = "cvtpd2ps" [Cvtpd2dq Vcvtpd2dq] = "cvtpd2dq" [Cvttpd2dq Vcvttpd2dq] = "cvttpd2dq"
}

/// A source of 2 to 16 bytes as a register.
///
/// # Safety
/// As for [`uemu_mem::Tlb::read`].
#[inline(always)]
unsafe fn read(t: *const uemu_mem::Tlb, addr: u64, bytes: usize) -> Option<V> {
    // SAFETY: the caller's promise.
    unsafe {
        match bytes {
            16 => (*t).read::<V>(addr),
            8 => Some(low((*t).read::<u64>(addr)?)),
            4 => Some(low((*t).read::<u32>(addr)? as u64)),
            _ => Some(low((*t).read::<u16>(addr)? as u64)),
        }
    }
}

/// `v` without its lowest `BYTES`, at most 8.
#[inline(always)]
fn beyond<O: Widen>(v: V) -> V {
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        use std::arch::x86_64::_mm_srli_si128;
        match O::BYTES {
            8 => _mm_srli_si128::<8>(v),
            4 => _mm_srli_si128::<4>(v),
            _ => _mm_srli_si128::<2>(v),
        }
    }
}

handler! {
    /// `pmovzxbw xmm, xmm` and its likes
    fn widen_rr[O: Widen, W: Width](c, op, t, f, x) {
        let v = W::narrow(last(c, op));
        W::set(c, (*op).d, W::map(v, v, |v, _, _| O::eval(v)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn widen_rm[O: Widen, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = read(t, addr, O::BYTES) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let v = W::narrow(v);
        W::set(c, (*op).d, W::map(v, v, |v, _, _| O::eval(v)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vpmovzxbw ymm, xmm` and its likes
    fn widen_256_rr[O: Widen](c, op, t, f, x) {
        let v = last(c, op);
        Vex256::set(c, (*op).d, [O::eval(v), O::eval(beyond::<O>(v))]);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn widen_256_rm[O: Widen, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = read(t, addr, O::BYTES * 2) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        Vex256::set(c, (*op).d, [O::eval(v), O::eval(beyond::<O>(v))]);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `cvtpd2ps xmm, xmm` and its likes
    fn narrow_rr[O: Narrow, W: Width](c, op, t, f, x) {
        W::set(c, (*op).d, W::narrow(O::eval(last(c, op))));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn narrow_rm[O: Narrow, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if W::ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(v) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        W::set(c, (*op).d, W::narrow(O::eval(v)));
        go!(c, op.add(1), t, f, x)
    }
}

/// Both halves' 64 bits in one register.
#[inline(always)]
fn joined<O: Narrow>(v: [V; 2]) -> V {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_unpacklo_epi64(O::eval(v[0]), O::eval(v[1])) }
}

handler! {
    /// `vcvtpd2ps xmm, ymm` and its likes
    fn narrow_256_rr[O: Narrow](c, op, t, f, x) {
        Vex128::set(c, (*op).d, joined::<O>(last(c, op)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn narrow_256_rm[O: Narrow, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<[V; 2]>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        Vex128::set(c, (*op).d, joined::<O>(v));
        go!(c, op.add(1), t, f, x)
    }
}

fn widen<O: Widen>(size: Size) -> Forms {
    match size {
        Size::Legacy => forms!(widen_rr::<O, Legacy>, widen_rm::<O, Legacy>),
        Size::Vex128 => forms!(widen_rr::<O, Vex128>, widen_rm::<O, Vex128>),
        Size::Vex256 => forms!(widen_256_rr::<O>, widen_256_rm::<O>),
    }
}
fn narrow<O: Narrow>(size: Size) -> Forms {
    match size {
        Size::Legacy => forms!(narrow_rr::<O, Legacy>, narrow_rm::<O, Legacy>),
        Size::Vex128 => forms!(narrow_rr::<O, Vex128>, narrow_rm::<O, Vex128>),
        Size::Vex256 => forms!(narrow_256_rr::<O>, narrow_256_rm::<O>),
    }
}

/// VCVTPS2PH of 128 bits, with a rounding mode of its own, or MXCSR's (4).
#[inline(always)]
fn halves(v: V, imm: u64) -> V {
    macro_rules! arm {
        ($text:literal) => {{
            let r: V;
            // SAFETY: an F16C register-to-register instruction on a host that has it; may set sticky flags (`crate::fp`).
            unsafe { asm!($text, out(xmm_reg) r, in(xmm_reg) v, options(nomem, nostack, preserves_flags)) };
            r
        }};
    }
    match imm & 7 {
        0 => arm!("vcvtps2ph {}, {}, 0"),
        1 => arm!("vcvtps2ph {}, {}, 1"),
        2 => arm!("vcvtps2ph {}, {}, 2"),
        3 => arm!("vcvtps2ph {}, {}, 3"),
        _ => arm!("vcvtps2ph {}, {}, 4"),
    }
}

handler! {
    /// `vcvtps2ph xmm, xmm, imm`
    fn to_half_r(c, op, t, f, x) {
        Vex128::set(c, (*op).d, halves(get(c, (*op).s), (*op).imm));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vcvtps2ph xmm, ymm, imm`
    fn to_half_256_r(c, op, t, f, x) {
        let v: [V; 2] = get(c, (*op).s);
        let (a, b) = (halves(v[0], (*op).imm), halves(v[1], (*op).imm));
        Vex128::set(c, (*op).d, _mm_unpacklo_epi64(a, b));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vcvtps2ph [m64], xmm, imm`
    fn to_half_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        // Asked first: the conversion may set sticky flags, which a fault must not.
        if !(*t).can_write::<u64>(addr) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        let r = halves(get(c, (*op).s), M::imm(op));
        let _ = (*t).write::<u64>(addr, _mm_cvtsi128_si64(r) as u64);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vcvtps2ph [m128], ymm, imm`
    fn to_half_256_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).can_write::<V>(addr) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        let v: [V; 2] = get(c, (*op).s);
        let (a, b) = (halves(v[0], M::imm(op)), halves(v[1], M::imm(op)));
        let _ = (*t).write::<V>(addr, _mm_unpacklo_epi64(a, b));
        go!(c, op.add(1), t, f, x)
    }
}

/// The handlers of VCVTPS2PH: to a register, then to memory by addressing mode.
pub(crate) fn to_half(wide: bool) -> Row {
    let forms: Forms = if wide { forms!(to_half_256_r, to_half_256_m) } else { forms!(to_half_r, to_half_m) };
    Row { forms, float: true, isa: Isa::F16c }
}
