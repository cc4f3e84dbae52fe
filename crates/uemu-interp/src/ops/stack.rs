//! PUSH, POP and LEAVE.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Mode, get, set};
use crate::ops::control::RSP;
use crate::ops::slow::{miss_read, miss_write};
use uemu_cpu::Gpr;

const RBP: usize = Gpr::Rbp as usize * 8;

handler! {
    /// `push r64` (the old value of RSP for `push rsp`)
    fn push_r(c, op, t, f, x) {
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, get(c, (*op).s)) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `push imm`
    fn push_i(c, op, t, f, x) {
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, (*op).imm) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `push qword [m]`
    fn push_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let sp = get::<u64>(c, RSP).wrapping_sub(8);
        if !(*t).write::<u64>(sp, v) { return miss_write(c, op, t, Scratch::new(sp), f, x) }
        set(c, RSP, sp);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `pop r64` (`pop rsp` keeps what was read)
    fn pop_r(c, op, t, f, x) {
        let sp = get::<u64>(c, RSP);
        let Some(v) = (*t).read::<u64>(sp) else { return miss_read(c, op, t, Scratch::new(sp), f, x) };
        set(c, RSP, sp.wrapping_add(8));
        set(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `leave`
    fn leave_frame(c, op, t, f, x) {
        let bp = get::<u64>(c, RBP);
        let Some(v) = (*t).read::<u64>(bp) else { return miss_read(c, op, t, Scratch::new(bp), f, x) };
        set(c, RSP, bp.wrapping_add(8));
        set(c, RBP, v);
        go!(c, op.add(1), t, f, x)
    }
}
