//! Vector moves.

use super::V;
use super::binary::set_v;
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::{generic, miss_read, miss_write};

/// `v` and zeros. Written in one piece: the next handler reads all 128 bits, which the host forwards from a store of
/// all of them, but not from two halves.
#[inline(always)]
fn low<T: Int>(v: T) -> V {
    // SAFETY: any 128 bits are a `V`.
    unsafe { std::mem::transmute::<[u64; 2], V>([v.u(), 0]) }
}

handler! {
    /// `movaps xmm, xmm` and its likes
    fn mov_rr(c, op, t, f, x) {
        let v: V = get(c, (*op).s);
        set_v(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movups xmm, [m]`; `movaps` with `ALIGNED`
    fn load_full[M: Mode, const ALIGNED: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(v) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set_v(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movups [m], xmm`; `movaps` with `ALIGNED`
    fn store_full[M: Mode, const ALIGNED: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        if !(*t).write::<V>(addr, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss`, `movsd`, `movd`, `movq xmm, [m]`: the rest of the low 128 bits becomes zero.
    fn load_low[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set_v(c, (*op).d, low(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss`, `movsd`, `movd`, `movq`, `movlps`, `movhps [m], xmm`: `s` is the offset of the part stored.
    fn store_part[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<T>(addr, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movlps`, `movhps xmm, [m]`: `d` is the offset of the half loaded.
    fn load_half[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set::<u64>(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movsd xmm, xmm`, `movhlps`, `movlhps`: one half into one half.
    fn half_rr(c, op, t, f, x) {
        set::<u64>(c, (*op).d, get(c, (*op).s));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss xmm, xmm`
    fn movss_rr(c, op, t, f, x) {
        let v: u32 = get(c, (*op).s);
        c.cast::<u8>().add((*op).d as usize).cast::<u32>().write_unaligned(v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movd`, `movq xmm, r` and `movq xmm, xmm`: the rest of the low 128 bits becomes zero.
    fn low_from[T: Int](c, op, t, f, x) {
        let v: T = get(c, (*op).s);
        set_v(c, (*op).d, low(v));
        go!(c, op.add(1), t, f, x)
    }
}
