//! Shifts whose count is one for all lanes: in a register, in memory, immediate.

use super::width::last;
use super::{Forms, Isa, Legacy, Row, Size, V, Vex128, Vex256, Width, forms, low};
use crate::driver::{Handler, NOTHING, Scratch, go, handler};
use crate::operand::{Mode, get};
use crate::ops::slow::{generic, miss_read};
use iced_x86::Mnemonic;
use std::arch::asm;

/// A shift of every lane of `a` by the low 64 bits of `count`.
pub(crate) trait Shift: 'static {
    fn eval(a: V, count: V) -> V;
}

macro_rules! shifts {
    ($([$name:ident $vex:ident] = $asm:literal)*) => {
        $(
            struct $name;
            impl Shift for $name {
                #[inline(always)]
                fn eval(a: V, count: V) -> V {
                    let mut r = a;
                    // SAFETY: an SSE2 register-to-register instruction.
                    unsafe { asm!(concat!($asm, " {}, {}"), inout(xmm_reg) r, in(xmm_reg) count, options(pure, nomem, nostack, preserves_flags)) };
                    r
                }
            }
        )*
        /// The handlers of a shift by a count in the last operand.
        pub(super) fn by_register(m: Mnemonic, size: Size) -> Option<Row> {
            let forms = match m {
                $(Mnemonic::$name | Mnemonic::$vex => by_size::<$name>(size),)*
                _ => return None,
            };
            Some(Row { forms, float: false, isa: Isa::Sse2 })
        }
        /// The handler of a shift of the first source by an immediate.
        pub(crate) fn by_immediate(m: Mnemonic, size: Size) -> Option<Handler> {
            Some(match (m, size) {
                $(
                    (Mnemonic::$name, _) => immediate::<$name, Legacy>,
                    (Mnemonic::$vex, Size::Vex256) => immediate::<$name, Vex256>,
                    (Mnemonic::$vex, _) => immediate::<$name, Vex128>,
                )*
                _ => return None,
            })
        }
    };
}
shifts! {
    [Psllw Vpsllw] = "psllw" [Pslld Vpslld] = "pslld" [Psllq Vpsllq] = "psllq"
    [Psrlw Vpsrlw] = "psrlw" [Psrld Vpsrld] = "psrld" [Psrlq Vpsrlq] = "psrlq"
    [Psraw Vpsraw] = "psraw" [Psrad Vpsrad] = "psrad"
}

handler! {
    fn count_rr[O: Shift, W: Width](c, op, t, f, x) {
        let count = last(c, op);
        let a = get(c, W::first(op));
        W::set(c, (*op).d, W::map(a, a, |a, _, _| O::eval(a, count)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn count_rm[O: Shift, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if W::ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(count) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let a = get(c, W::first(op));
        W::set(c, (*op).d, W::map(a, a, |a, _, _| O::eval(a, count)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// An immediate count acts as one in a register does.
    fn immediate[O: Shift, W: Width](c, op, t, f, x) {
        let count = low((*op).imm);
        let a = get(c, W::first(op));
        W::set(c, (*op).d, W::map(a, a, |a, _, _| O::eval(a, count)));
        go!(c, op.add(1), t, f, x)
    }
}

fn by_size<O: Shift>(size: Size) -> Forms {
    match size {
        Size::Legacy => forms!(count_rr::<O, Legacy>, count_rm::<O, Legacy>),
        Size::Vex128 => forms!(count_rr::<O, Vex128>, count_rm::<O, Vex128>),
        Size::Vex256 => forms!(count_rr::<O, Vex256>, count_rm::<O, Vex256>),
    }
}
