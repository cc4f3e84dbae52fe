//! Moves, extensions and address arithmetic.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::{miss_read, miss_write};

handler! {
    /// `mov r, r`
    fn rr[T: Int](c, op, t, f, x) {
        let v: T = get(c, (*op).s);
        set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mov r, imm`
    fn ri[T: Int](c, op, t, f, x) {
        set(c, (*op).d, T::of((*op).imm));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mov r, [m]`
    fn load[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mov [m], r`
    fn store[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<T>(addr, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mov [m], imm`
    fn store_imm[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<T>(addr, T::of(M::imm(op))) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movzx`, `movsx`, `movsxd` and the like: from `S` to `T`.
    fn extend_rr[T: Int, S: Int, const SIGNED: bool](c, op, t, f, x) {
        let v: S = get(c, (*op).s);
        set(c, (*op).d, T::of(if SIGNED { v.i() as u64 } else { v.u() }));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same from memory.
    fn extend_rm[T: Int, S: Int, M: Mode, const SIGNED: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<S>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set(c, (*op).d, T::of(if SIGNED { v.i() as u64 } else { v.u() }));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `lea r, [m]`
    fn lea[T: Int, M: Mode](c, op, t, f, x) {
        set(c, (*op).d, T::of(M::ea(c, op)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `xchg r, r`
    fn xchg_rr[T: Int](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        set(c, (*op).d, b);
        set(c, (*op).s, a);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// CDQ, CQO: the sign of `s` all over `d`.
    fn sign_fill[T: Int](c, op, t, f, x) {
        let v: T = get(c, (*op).s);
        set(c, (*op).d, T::of((v.i() >> 63) as u64));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `bswap r`
    fn bswap[T: Int](c, op, t, f, x) {
        let v: T = get(c, (*op).d);
        set(c, (*op).d, T::of(v.u().swap_bytes() >> (64 - T::BITS)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `xchg [m], r` (locked by nature: nobody else runs meanwhile)
    fn xchg_mr[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let new: T = get(c, (*op).s);
        let Some(old) = (*t).update::<T>(addr, |_| new) else { return miss_write(c, op, t, Scratch::new(addr), f, x) };
        set(c, (*op).s, old);
        go!(c, op.add(1), t, f, x)
    }
}
