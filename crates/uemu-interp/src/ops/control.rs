//! Jumps, calls and returns: the ends of blocks.

use crate::driver::{NOTHING, Scratch, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::alu::note;
use crate::ops::cond::{Source, after_logic, after_sub};
use crate::ops::slow::{follow, generic, miss_read, miss_write};
use uemu_cpu::Gpr;
use uemu_cpu::flags::Kind;

/// The byte offset of RSP.
pub(crate) const RSP: usize = Gpr::Rsp as usize * 8;

/// Takes one of two links. The taken arm holds an empty `asm!`, or LLVM makes of the branch a select of the
/// next op's address, which the host cannot predict.
macro_rules! branch {
    ($taken:expr, $c:expr, $op:expr, $t:expr, $f:expr, $x:expr) => {{
        if $taken {
            std::arch::asm!("", options(nomem, nostack, preserves_flags));
            follow!($c, (*$op).imm as *const $crate::op::Op, $t, $f, $x)
        } else {
            follow!($c, (*$op.add(1)).imm as *const $crate::op::Op, $t, $f, $x)
        }
    }};
}

handler! {
    /// `jmp rel`
    fn jmp(c, op, t, f, x) {
        follow!(c, (*op).imm as *const crate::op::Op, t, f, x)
    }
}
handler! {
    /// `jcc rel`
    fn jcc[F: Source, const CC: u8](c, op, t, f, x) {
        branch!(F::holds::<CC>(c), c, op, t, f, x)
    }
}
handler! {
    /// `cmp r, r; jcc rel`
    fn cmp_rr_jcc[T: Int, const CC: u8](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `cmp r, imm32; jcc rel`: the immediate is in `disp`.
    fn cmp_ri_jcc[T: Int, const CC: u8](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), T::of((*op).disp as u64));
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `test r, r; jcc rel`
    fn test_rr_jcc[T: Int, const CC: u8](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        let r = T::of(a.u() & b.u());
        note::<T, true>(c, Kind::LOGIC, r.u(), 0);
        branch!(after_logic::<T, CC>(r), c, op, t, f, x)
    }
}
handler! {
    /// `test r, imm32; jcc rel`: the immediate is in `disp`.
    fn test_ri_jcc[T: Int, const CC: u8](c, op, t, f, x) {
        let a: T = get(c, (*op).d);
        let r = T::of(a.u() & (*op).disp as u64);
        note::<T, true>(c, Kind::LOGIC, r.u(), 0);
        branch!(after_logic::<T, CC>(r), c, op, t, f, x)
    }
}
handler! {
    /// `cmp r, [m]; jcc rel`
    fn cmp_rm_jcc[T: Int, M: Mode, const CC: u8](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(b) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let a: T = get(c, (*op).d);
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `cmp [m], imm; jcc rel`: the immediate is in the second slot's `disp`.
    fn cmp_mi_jcc[T: Int, M: Mode, const CC: u8](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(a) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let b = T::of((*op.add(1)).disp as u64);
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `add a, k; cmp r, r; jcc rel`, the end of a counting loop: the second slot names `a` and holds `k`.
    fn step_cmp_rr_jcc[A: Int, T: Int, const CC: u8](c, op, t, f, x) {
        let second = op.add(1);
        let stepped: A = A::of(get::<A>(c, (*second).d).u().wrapping_add((*second).disp as u64));
        set(c, (*second).d, stepped);
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `add a, k; cmp r, imm; jcc rel`, likewise.
    fn step_cmp_ri_jcc[A: Int, T: Int, const CC: u8](c, op, t, f, x) {
        let second = op.add(1);
        let stepped: A = A::of(get::<A>(c, (*second).d).u().wrapping_add((*second).disp as u64));
        set(c, (*second).d, stepped);
        let (a, b): (T, T) = (get(c, (*op).d), T::of((*op).disp as u64));
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `sub r, imm; jcc rel`: `disp` is subtracted.
    fn sub_ri_jcc[T: Int, const CC: u8](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), T::of((*op).disp as u64));
        set(c, (*op).d, T::of(a.u().wrapping_sub(b.u())));
        note::<T, true>(c, Kind::SUB, a.u(), b.u());
        branch!(after_sub::<T, CC>(a, b), c, op, t, f, x)
    }
}
handler! {
    /// `call rel`: the return address is in the second slot.
    fn call(c, op, t, f, x) {
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, (*op.add(1)).imm) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        follow!(c, (*op).imm as *const crate::op::Op, t, f, x)
    }
}
handler! {
    /// `ret`. A target that is not in the jump cache goes the generic way, which finds and remembers it.
    fn ret(c, op, t, f, x) {
        let sp = get::<u64>(c, RSP);
        let Some(to) = (*t).read::<u64>(sp) else { return miss_read(c, op, t, Scratch::new(sp), f, x) };
        let target = (*(*x).jumps).get(to);
        if target.is_null() { return generic(c, op, t, NOTHING, f, x) }
        set(c, RSP, sp.wrapping_add(8));
        follow!(c, target, t, f, x)
    }
}
handler! {
    /// `jmp r`
    fn jmp_r(c, op, t, f, x) {
        let target = (*(*x).jumps).get(get(c, (*op).s));
        if target.is_null() { return generic(c, op, t, NOTHING, f, x) }
        follow!(c, target, t, f, x)
    }
}
handler! {
    /// `jmp [m]`
    fn jmp_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(to) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let target = (*(*x).jumps).get(to);
        if target.is_null() { return generic(c, op, t, NOTHING, f, x) }
        follow!(c, target, t, f, x)
    }
}
handler! {
    /// `call r`
    fn call_r(c, op, t, f, x) {
        let target = (*(*x).jumps).get(get(c, (*op).s));
        if target.is_null() { return generic(c, op, t, NOTHING, f, x) }
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, (*op.add(1)).imm) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        follow!(c, target, t, f, x)
    }
}
handler! {
    /// `call [m]`
    fn call_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(to) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let target = (*(*x).jumps).get(to);
        if target.is_null() { return generic(c, op, t, NOTHING, f, x) }
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, (*op.add(1)).imm) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        follow!(c, target, t, f, x)
    }
}
