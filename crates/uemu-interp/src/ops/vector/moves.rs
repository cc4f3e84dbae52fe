//! Vector moves.
//!
//! A register is always written 16 bytes at a time: the host cannot forward two narrower stores to the wider load
//! that usually follows.

use super::width::last;
use super::{V, Width, low, pair, zero};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Int, Mode, get};
use crate::ops::slow::{generic, miss_read, miss_write};
use std::mem::offset_of;
use uemu_cpu::CpuState;

handler! {
    /// `movaps xmm, xmm` and its likes
    fn mov_rr[W: Width](c, op, t, f, x) {
        W::set(c, (*op).d, get(c, (*op).s));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movups xmm, [m]`; `movaps` with `ALIGNED`
    fn load_full[W: Width, M: Mode, const ALIGNED: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if ALIGNED && addr % size_of::<W::Value>() as u64 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(v) = (*t).read::<W::Value>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        W::set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movups [m], xmm`; `movaps` with `ALIGNED`
    fn store_full[W: Width, M: Mode, const ALIGNED: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if ALIGNED && addr % size_of::<W::Value>() as u64 != 0 { return generic(c, op, t, NOTHING, f, x) }
        if !(*t).write::<W::Value>(addr, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss`, `movsd`, `movd`, `movq xmm, [m]`: the rest becomes zero.
    fn load_low[T: Int, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        W::set(c, (*op).d, W::narrow(low(v.u())));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss`, `movsd`, `movd`, `movq`, `movlps`, `movhps`, `pextrb`... `[m], xmm`: `s` is the offset of the part stored.
    fn store_part[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<T>(addr, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movlps xmm, xmm, [m]`; `movhps` with `HIGH`: the other half is the first source's.
    fn load_half[W: Width, M: Mode, const HIGH: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let first = W::first(op) as usize;
        let v = if HIGH { pair(get(c, first), v) } else { pair(v, get(c, first + 8)) };
        W::set(c, (*op).d, W::narrow(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movsd xmm, xmm`, `movhlps`, `movlhps`: the low half is at `s`, the high one at the last source.
    fn two_halves[W: Width](c, op, t, f, x) {
        let v = pair(get(c, (*op).s), last(c, op));
        W::set(c, (*op).d, W::narrow(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movss xmm, xmm, xmm`
    fn movss_rr[W: Width](c, op, t, f, x) {
        let first = W::first(op) as usize;
        let below = get::<u32>(c, first + 4) as u64;
        let lowest: u32 = last(c, op);
        let v = pair(below << 32 | lowest as u64, get(c, first + 8));
        W::set(c, (*op).d, W::narrow(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movd`, `movq xmm, r` and `movq xmm, xmm`: the rest becomes zero.
    fn low_from[T: Int, W: Width](c, op, t, f, x) {
        let v: T = get(c, (*op).s);
        W::set(c, (*op).d, W::narrow(low(v.u())));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vzeroupper`; with `ALL`, `vzeroall`
    fn zero_registers[const ALL: bool](c, op, t, f, x) {
        const AT: usize = offset_of!(CpuState, vector);
        let mut i = 0;
        while i < 16 {
            let register = c.cast::<u8>().add(AT + 64 * i).cast::<V>();
            if ALL {
                register.write(zero());
            }
            register.add(1).cast::<[V; 3]>().write([zero(); 3]);
            i += 1;
        }
        go!(c, op.add(1), t, f, x)
    }
}
