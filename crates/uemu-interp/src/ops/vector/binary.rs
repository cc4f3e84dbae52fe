//! `op d, a, b/m`: everything of that shape.

use super::width::{last, source};
use super::{Forms, Legacy, Size, V, Vex128, Vex256, Width, forms};
use crate::driver::{go, handler};
use crate::operand::{Mode, get};

/// An operation on two sources, 128 bits at a time. A unary one takes the second.
pub(crate) trait Binary: 'static {
    /// Bytes of a memory operand for 128 bits of result.
    const BYTES: usize;
    fn eval(a: V, b: V) -> V;
}

/// Declares operations and a function that finds their handlers by mnemonic. A row is the instruction's names (legacy, VEX) and
/// the host's; a section says what its rows have in common: bytes of a memory operand, whether MXCSR matters, what
/// the host must have, the host's encoding (`sse`: two operands; `vex`: three) and the widths there are.
macro_rules! operations {
    ($($bytes:literal $float:literal $isa:ident $encoding:ident $widths:ident: $([$name:ident $($alias:ident)*] = $asm:literal)*;)*) => {
        $($(
            struct $name;
            impl $crate::ops::vector::binary::Binary for $name {
                const BYTES: usize = $bytes;
                #[inline(always)]
                fn eval(a: $crate::ops::vector::V, b: $crate::ops::vector::V) -> $crate::ops::vector::V {
                    let mut r = a;
                    // SAFETY: a register-to-register instruction that the host has (`Isa`). Not `pure`: float forms leave
                    // sticky flags in MXCSR, which `crate::fp` collects.
                    unsafe {
                        std::arch::asm!(
                            $crate::ops::vector::binary::operations!(@ $encoding $asm),
                            inout(xmm_reg) r, in(xmm_reg) b, options(nomem, nostack, preserves_flags)
                        );
                    }
                    r
                }
            }
        )*)*
        pub(super) fn row(m: iced_x86::Mnemonic, size: $crate::ops::vector::Size) -> Option<$crate::ops::vector::Row> {
            use iced_x86::Mnemonic as M;
            let (forms, float, isa) = match m {
                $($(M::$name $(| M::$alias)* => ($crate::ops::vector::binary::$widths::<$name>(size)?, $float, $crate::ops::vector::Isa::$isa),)*)*
                _ => return None,
            };
            Some($crate::ops::vector::Row { forms, float, isa })
        }
    };
    (@ sse $asm:literal) => { concat!($asm, " {0}, {1}") };
    (@ vex $asm:literal) => { concat!($asm, " {0}, {0}, {1}") };
}
pub(super) use operations;

handler! {
    /// `op xmm, xmm`; `vop xmm, xmm, xmm`; `vop ymm, ymm, ymm`
    fn rr[O: Binary, W: Width](c, op, t, f, x) {
        let r = W::map(get(c, W::first(op)), last(c, op), |a, b, _| O::eval(a, b));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same from memory.
    fn rm[O: Binary, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let b: W::Value = source!(O::BYTES, W, addr, c, op, t, f, x);
        let r = W::map(get(c, W::first(op)), b, |a, b, _| O::eval(a, b));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

/// Lanes of the whole register, in all widths.
pub(super) fn packed<O: Binary>(size: Size) -> Option<Forms> {
    match size {
        Size::Legacy => legacy::<O>(size),
        _ => vex::<O>(size),
    }
}
/// The same, without a legacy encoding.
pub(super) fn vex<O: Binary>(size: Size) -> Option<Forms> {
    match size {
        Size::Legacy => None,
        Size::Vex128 => Some(forms!(rr::<O, Vex128>, rm::<O, Vex128>)),
        Size::Vex256 => Some(forms!(rr::<O, Vex256>, rm::<O, Vex256>)),
    }
}
/// Without a VEX encoding.
pub(super) fn legacy<O: Binary>(size: Size) -> Option<Forms> {
    (size == Size::Legacy).then_some(forms!(rr::<O, Legacy>, rm::<O, Legacy>))
}
/// Of 128 bits at most: the low lane alone, or no YMM form.
pub(super) fn scalar<O: Binary>(size: Size) -> Option<Forms> {
    match size {
        Size::Legacy => legacy::<O>(size),
        Size::Vex128 => Some(forms!(rr::<O, Vex128>, rm::<O, Vex128>)),
        Size::Vex256 => None,
    }
}
