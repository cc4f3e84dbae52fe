//! Bit tests, scans and counts; compare-and-exchange.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::alu::note;
use crate::ops::slow::miss_write;
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, Flags, Gpr};

const RAX: usize = Gpr::Rax as usize * 8;

/// # Safety
/// `c` is valid.
#[inline(never)]
unsafe fn set_carry(c: *mut CpuState, bit: bool) {
    // SAFETY: the caller's promise.
    unsafe { (*c).flags.update_arith(Flags::CF, if bit { Flags::CF } else { 0 }) }
}

handler! {
    /// `bt r, r`; with `IMM`, `bt r, imm`
    fn bt[T: Int, const IMM: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let n = if IMM { (*op).imm } else { get::<T>(c, (*op).s).u() };
        set_carry(c, a.u() >> (n as u32 % T::BITS) & 1 != 0);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `bts r, r`, `btr`, `btc`; with `IMM`, by an immediate. `CHANGE` is what a bit becomes: 0, 1, or 2 for its opposite.
    fn bt_change[T: Int, const CHANGE: u8, const IMM: bool, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let n = if IMM { (*op).imm } else { get::<T>(c, (*op).s).u() };
        let bit = 1u64 << (n as u32 % T::BITS);
        let r = match CHANGE {
            0 => a.u() & !bit,
            1 => a.u() | bit,
            _ => a.u() ^ bit,
        };
        set(c, (*op).d, T::of(r));
        if FLAGS { set_carry(c, a.u() & bit != 0) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `lock cmpxchg [m], r`, with or without LOCK
    fn cmpxchg_mr[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let (expected, new): (T, T) = (get(c, RAX), get(c, (*op).s));
        // Writes in any case, as hardware does: the old value back when they differ.
        let Some(old) = (*t).update::<T>(addr, |old| if old == expected { new } else { old }) else {
            return miss_write(c, op, t, Scratch::new(addr), f, x)
        };
        note::<T, true>(c, Kind::SUB, expected.u(), old.u());
        if old != expected {
            set(c, RAX, old);
        }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `lock xadd [m], r`, with or without LOCK
    fn xadd_mr[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let add: T = get(c, (*op).s);
        let Some(old) = (*t).update::<T>(addr, |old| T::of(old.u().wrapping_add(add.u()))) else {
            return miss_write(c, op, t, Scratch::new(addr), f, x)
        };
        note::<T, true>(c, Kind::ADD, old.u(), add.u());
        set(c, (*op).s, old);
        go!(c, op.add(1), t, f, x)
    }
}
