//! The control and status words.

use super::{ES, MASKS, is_quiet};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Mode, set};
use crate::ops::slow::{generic, miss_read, miss_write};
use uemu_cpu::X87;

/// The status word with TOP in it.
#[inline(always)]
fn status_word(u: &X87) -> u16 {
    u.status | u16::from(u.top & 7) << 11
}

handler! {
    /// WAIT
    fn wait(c, op, t, f, x) {
        if !is_quiet(&(*c).x87) { return generic(c, op, t, NOTHING, f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fldcw [m]`, where everything is masked before and after
    fn load_control[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<u16>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        if u.status & ES != 0 || v & MASKS != MASKS { return generic(c, op, t, NOTHING, f, x) }
        u.control = v & 0x1f7f | 0x40;
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fnstcw [m]`
    fn store_control[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<u16>(addr, (*c).x87.control) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fnstsw [m]`
    fn store_status[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let v = status_word(&(*c).x87);
        if !(*t).write::<u16>(addr, v) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `fnstsw ax`: `d` is its offset.
    fn status_to_register(c, op, t, f, x) {
        let v = status_word(&(*c).x87);
        set::<u16>(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}
