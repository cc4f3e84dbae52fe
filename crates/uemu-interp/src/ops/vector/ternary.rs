//! Three sources: fused multiply-add, and selection by a mask.

use super::width::last;
use super::{Forms, Isa, Legacy, Row, Size, V, Vex128, Vex256, Width, forms, low};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Mode, get};
use crate::ops::slow::{generic, miss_read};
use iced_x86::Mnemonic;
use std::arch::asm;

/// A fused multiply-add: destination, second and third operand.
pub(crate) trait Fused: 'static {
    /// Bytes of a memory operand for 128 bits of result.
    const BYTES: usize;
    fn eval(a: V, b: V, c: V) -> V;
}

// The order of operands decides which NaN of several comes out, so that each order is an instruction of its own.
macro_rules! fused {
    ($($bytes:literal $forms:ident: $($name:ident = $asm:literal)*;)*) => {
        $($(
            struct $name;
            impl Fused for $name {
                const BYTES: usize = $bytes;
                #[inline(always)]
                fn eval(a: V, b: V, c: V) -> V {
                    let mut r = a;
                    // SAFETY: an FMA register-to-register instruction on a host that has them; may set sticky flags (`crate::fp`).
                    unsafe { asm!(concat!($asm, " {}, {}, {}"), inout(xmm_reg) r, in(xmm_reg) b, in(xmm_reg) c, options(nomem, nostack, preserves_flags)) };
                    r
                }
            }
        )*)*
        /// The handlers of a fused multiply-add.
        pub(crate) fn fused(m: Mnemonic, size: Size) -> Option<Row> {
            let forms = match m {
                $($(Mnemonic::$name => $forms::<$name>(size),)*)*
                _ => return None,
            };
            Some(Row { forms, float: true, isa: Isa::Fma })
        }
    };
}
fused! {
    16 packed:
        Vfmadd132ps = "vfmadd132ps" Vfmadd213ps = "vfmadd213ps" Vfmadd231ps = "vfmadd231ps"
        Vfmadd132pd = "vfmadd132pd" Vfmadd213pd = "vfmadd213pd" Vfmadd231pd = "vfmadd231pd"
        Vfmsub132ps = "vfmsub132ps" Vfmsub213ps = "vfmsub213ps" Vfmsub231ps = "vfmsub231ps"
        Vfmsub132pd = "vfmsub132pd" Vfmsub213pd = "vfmsub213pd" Vfmsub231pd = "vfmsub231pd"
        Vfnmadd132ps = "vfnmadd132ps" Vfnmadd213ps = "vfnmadd213ps" Vfnmadd231ps = "vfnmadd231ps"
        Vfnmadd132pd = "vfnmadd132pd" Vfnmadd213pd = "vfnmadd213pd" Vfnmadd231pd = "vfnmadd231pd"
        Vfnmsub132ps = "vfnmsub132ps" Vfnmsub213ps = "vfnmsub213ps" Vfnmsub231ps = "vfnmsub231ps"
        Vfnmsub132pd = "vfnmsub132pd" Vfnmsub213pd = "vfnmsub213pd" Vfnmsub231pd = "vfnmsub231pd"
        Vfmaddsub132ps = "vfmaddsub132ps" Vfmaddsub213ps = "vfmaddsub213ps" Vfmaddsub231ps = "vfmaddsub231ps"
        Vfmaddsub132pd = "vfmaddsub132pd" Vfmaddsub213pd = "vfmaddsub213pd" Vfmaddsub231pd = "vfmaddsub231pd"
        Vfmsubadd132ps = "vfmsubadd132ps" Vfmsubadd213ps = "vfmsubadd213ps" Vfmsubadd231ps = "vfmsubadd231ps"
        Vfmsubadd132pd = "vfmsubadd132pd" Vfmsubadd213pd = "vfmsubadd213pd" Vfmsubadd231pd = "vfmsubadd231pd";
    8 scalar:
        Vfmadd132sd = "vfmadd132sd" Vfmadd213sd = "vfmadd213sd" Vfmadd231sd = "vfmadd231sd"
        Vfmsub132sd = "vfmsub132sd" Vfmsub213sd = "vfmsub213sd" Vfmsub231sd = "vfmsub231sd"
        Vfnmadd132sd = "vfnmadd132sd" Vfnmadd213sd = "vfnmadd213sd" Vfnmadd231sd = "vfnmadd231sd"
        Vfnmsub132sd = "vfnmsub132sd" Vfnmsub213sd = "vfnmsub213sd" Vfnmsub231sd = "vfnmsub231sd";
    4 scalar:
        Vfmadd132ss = "vfmadd132ss" Vfmadd213ss = "vfmadd213ss" Vfmadd231ss = "vfmadd231ss"
        Vfmsub132ss = "vfmsub132ss" Vfmsub213ss = "vfmsub213ss" Vfmsub231ss = "vfmsub231ss"
        Vfnmadd132ss = "vfnmadd132ss" Vfnmadd213ss = "vfnmadd213ss" Vfnmadd231ss = "vfnmadd231ss"
        Vfnmsub132ss = "vfnmsub132ss" Vfnmsub213ss = "vfnmsub213ss" Vfnmsub231ss = "vfnmsub231ss";
}

handler! {
    /// `vfmadd... a, b, c`
    fn fused_rr[O: Fused, W: Width](c, op, t, f, x) {
        let r = W::map3(get(c, (*op).d), get(c, (*op).s), last(c, op), |a, b, c| O::eval(a, b, c));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vfmadd... a, b, [m]`
    fn fused_rm[O: Fused, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let v: W::Value = if O::BYTES == 16 {
            let Some(v) = (*t).read::<W::Value>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            v
        } else if O::BYTES == 8 {
            let Some(v) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            W::narrow(low(v))
        } else {
            let Some(v) = (*t).read::<u32>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            W::narrow(low(v as u64))
        };
        let r = W::map3(get(c, (*op).d), get(c, (*op).s), v, |a, b, c| O::eval(a, b, c));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

fn packed<O: Fused>(size: Size) -> Forms {
    match size {
        Size::Vex256 => forms!(fused_rr::<O, Vex256>, fused_rm::<O, Vex256>),
        _ => scalar::<O>(size),
    }
}
fn scalar<O: Fused>(_: Size) -> Forms {
    forms!(fused_rr::<O, Vex128>, fused_rm::<O, Vex128>)
}

/// Two sources and a third that is XMM0 in legacy encodings and named by the immediate in VEX ones.
pub(crate) trait Select: 'static {
    fn eval(a: V, b: V, mask: V) -> V;
}
macro_rules! selects {
    ($($name:ident = $asm:literal)*) => {$(
        struct $name;
        impl Select for $name {
            #[inline(always)]
            fn eval(a: V, b: V, mask: V) -> V {
                let mut r = a;
                // SAFETY: a register-to-register instruction that the host has (`Isa`).
                unsafe { asm!(concat!($asm, " {}, {}, xmm0"), inout(xmm_reg) r, in(xmm_reg) b, in("xmm0") mask, options(pure, nomem, nostack, preserves_flags)) };
                r
            }
        }
    )*};
}
selects! { Pblendvb = "pblendvb" Blendvps = "blendvps" Blendvpd = "blendvpd" Sha256rnds2 = "sha256rnds2" }

handler! {
    /// `blendv... a, b, mask`: `imm` is the mask's offset.
    fn select_rr[O: Select, W: Width](c, op, t, f, x) {
        let mask = get(c, (*op).imm as usize);
        let r = W::map3(get(c, W::first(op)), last(c, op), mask, |a, b, m| O::eval(a, b, m));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `blendv... a, [m], mask`
    fn select_rm[O: Select, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if W::ALIGNED && addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
        let Some(b) = (*t).read::<W::Value>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let mask = get(c, M::imm(op) as usize);
        let r = W::map3(get(c, W::first(op)), b, mask, |a, b, m| O::eval(a, b, m));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

/// The handlers of a selection.
pub(crate) fn select(m: Mnemonic, size: Size) -> Option<Row> {
    fn by_size<O: Select>(size: Size) -> Forms {
        match size {
            Size::Legacy => forms!(select_rr::<O, Legacy>, select_rm::<O, Legacy>),
            Size::Vex128 => forms!(select_rr::<O, Vex128>, select_rm::<O, Vex128>),
            Size::Vex256 => forms!(select_rr::<O, Vex256>, select_rm::<O, Vex256>),
        }
    }
    let (forms, isa) = match m {
        Mnemonic::Pblendvb | Mnemonic::Vpblendvb => (by_size::<Pblendvb>(size), Isa::Sse41),
        Mnemonic::Blendvps | Mnemonic::Vblendvps => (by_size::<Blendvps>(size), Isa::Sse41),
        Mnemonic::Blendvpd | Mnemonic::Vblendvpd => (by_size::<Blendvpd>(size), Isa::Sse41),
        Mnemonic::Sha256rnds2 => (forms!(select_rr::<Sha256rnds2, Legacy>, select_rm::<Sha256rnds2, Legacy>), Isa::Sha),
        _ => return None,
    };
    Some(Row { forms, float: false, isa })
}
