//! Comparisons, into RFLAGS and into condition codes.

use super::{Format, both_in_use, finish, get, in_use, is_quiet, pop, quick, slot};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::generic::x87::soft::F80;
use crate::operand::Mode;
use crate::ops::slow::{generic, miss_read};
use uemu_cpu::flags::Kind;
use uemu_cpu::{Flags, X87};

/// C0, C2 and C3.
const CODES: u16 = 1 << 8 | 1 << 10 | 1 << 14;

/// CF and ZF, as C0 and C3.
#[inline(always)]
fn set_codes(u: &mut X87, flags: u64) {
    u.status = u.status & !CODES | (flags as u16) << 8;
}
const _: () = assert!((Flags::CF | Flags::ZF) << 8 == 1 << 8 | 1 << 14);

handler! {
    /// `fcomi`, `fucomi st(0), st(s)`, and those that pop
    fn compare_flags[const POP: bool](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, 0), slot(u, (*op).s));
        if is_quiet(u) && both_in_use(u, d, s)
            && let Some(flags) = quick::compare(get(u, d), get(u, s))
        {
            if POP { pop(u) }
            finish(u, (*op).imm, 0);
            let lazy = &mut (*c).flags;
            (lazy.kind, lazy.a, lazy.b) = (Kind(0), flags, 0);
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// `fcom`, `fucom st(0), st(s)`, and those that pop, `POPS` times
    fn compare_codes[const POPS: u8](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, 0), slot(u, (*op).s));
        if is_quiet(u) && both_in_use(u, d, s)
            && let Some(flags) = quick::compare(get(u, d), get(u, s))
        {
            if POPS > 0 { pop(u) }
            if POPS > 1 { pop(u) }
            finish(u, (*op).imm, 0);
            set_codes(u, flags);
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// `fcom`, `ficom [m]`, and those that pop
    fn compare_memory[F: Format, M: Mode, const POP: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(raw) = (*t).read::<F::Raw>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        if is_quiet(u) && in_use(u, d)
            && let Some(b) = F::quick(raw)
            && let Some(flags) = quick::compare(get(u, d), b)
        {
            if POP { pop(u) }
            finish(u, M::origin(op), 0);
            u.operand = addr;
            set_codes(u, flags);
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// FTST
    fn test(c, op, t, f, x) {
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        if is_quiet(u) && in_use(u, d)
            && let Some(flags) = quick::compare(get(u, d), F80::ZERO)
        {
            finish(u, (*op).imm, 0);
            set_codes(u, flags);
            go!(c, op.add(1), t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// FXAM
    fn examine(c, op, t, f, x) {
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        let v = get(u, d);
        if !is_quiet(u) || !in_use(u, d) { return generic(c, op, t, NOTHING, f, x) }
        // C2 for normal numbers, C3 for zeros; what else there is goes the long way.
        let codes = if quick::is_normal(v) {
            1 << 10
        } else if v.sign_exp & 0x7fff == 0 && v.sig == 0 {
            1 << 14
        } else {
            return generic(c, op, t, NOTHING, f, x);
        };
        finish(u, (*op).imm, (v.sign_exp >> 15) << 9);
        u.status = u.status & !CODES | codes;
        go!(c, op.add(1), t, f, x)
    }
}
