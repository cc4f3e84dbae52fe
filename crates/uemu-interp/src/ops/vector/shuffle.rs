//! Shuffles, byte shifts and masks.

use super::V;
use super::binary::set_v;
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Mode, get, set};
use crate::ops::slow::{generic, miss_read};
use std::arch::asm;
use std::mem::transmute;

#[inline(always)]
fn pick4(v: [u32; 4], i: u64) -> [u32; 4] {
    let at = |n: u32| v[(i >> (2 * n)) as usize & 3];
    [at(0), at(1), at(2), at(3)]
}

handler! {
    /// `pshufd xmm, xmm, imm`
    fn pshufd_rr(c, op, t, f, x) {
        let r = pick4(get(c, (*op).s), (*op).imm);
        set_v(c, (*op).d, transmute::<[u32; 4], V>(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `pshufd xmm, [m], imm`
    fn pshufd_rm[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(v) = (*t).read::<[u32; 4]>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set_v(c, (*op).d, transmute::<[u32; 4], V>(pick4(v, M::imm(op))));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `shufps xmm, xmm, imm`
    fn shufps_rr(c, op, t, f, x) {
        let (a, b): ([u32; 4], [u32; 4]) = (get(c, (*op).d), get(c, (*op).s));
        let (p, q) = (pick4(a, (*op).imm), pick4(b, (*op).imm));
        set_v(c, (*op).d, transmute::<[u32; 4], V>([p[0], p[1], q[2], q[3]]));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `shufpd xmm, xmm, imm`
    fn shufpd_rr(c, op, t, f, x) {
        let (a, b): ([u64; 2], [u64; 2]) = (get(c, (*op).d), get(c, (*op).s));
        let i = (*op).imm as usize;
        set_v(c, (*op).d, transmute::<[u64; 2], V>([a[i & 1], b[i >> 1 & 1]]));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `pslldq xmm, imm`; `psrldq` with `RIGHT`. The count is in bytes, at most 16.
    fn byte_shift[const RIGHT: bool](c, op, t, f, x) {
        let v: u128 = get(c, (*op).d);
        let n = (*op).imm as u32 * 8;
        let r = if RIGHT { v.checked_shr(n) } else { v.checked_shl(n) };
        let r = r.unwrap_or_default();
        set_v(c, (*op).d, transmute::<u128, V>(r));
        go!(c, op.add(1), t, f, x)
    }
}

/// A shift of lanes by an immediate count.
pub(crate) trait LaneShift: 'static {
    fn eval(a: V, count: V) -> V;
}
macro_rules! lane_shifts {
    ($($name:ident = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl LaneShift for $name {
            #[inline(always)]
            fn eval(a: V, count: V) -> V {
                let mut r = a;
                // SAFETY: an SSE2 register-to-register instruction.
                unsafe { asm!(concat!($asm, " {}, {}"), inout(xmm_reg) r, in(xmm_reg) count, options(pure, nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
lane_shifts! {
    Psllw = "psllw" Pslld = "pslld" Psllq = "psllq" Psrlw = "psrlw" Psrld = "psrld" Psrlq = "psrlq" Psraw = "psraw" Psrad = "psrad"
}
handler! {
    /// `psll/psrl/psra xmm, imm`: an immediate count acts as one in a register does.
    fn lane_shift_imm[O: LaneShift](c, op, t, f, x) {
        let r = O::eval(get(c, (*op).d), transmute::<[u64; 2], V>([(*op).imm, 0]));
        set_v(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

/// A mask of sign bits.
pub(crate) trait Mask: 'static {
    fn eval(v: V) -> u64;
}
macro_rules! masks {
    ($($name:ident = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl Mask for $name {
            #[inline(always)]
            fn eval(v: V) -> u64 {
                let r: u64;
                // SAFETY: an SSE2 register-to-register instruction.
                unsafe { asm!(concat!($asm, " {:e}, {}"), out(reg) r, in(xmm_reg) v, options(pure, nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
masks! { Pmovmskb = "pmovmskb" Movmskps = "movmskps" Movmskpd = "movmskpd" }
handler! {
    /// `pmovmskb`, `movmskps`, `movmskpd r, xmm`
    fn mask[O: Mask](c, op, t, f, x) {
        set::<u64>(c, (*op).d, O::eval(get(c, (*op).s)));
        go!(c, op.add(1), t, f, x)
    }
}
