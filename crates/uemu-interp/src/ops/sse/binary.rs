//! `op xmm, xmm/m`: everything of that shape, from one list.

use super::V;
use crate::driver::{Handler, NOTHING, Scratch, go, handler};
use crate::operand::{Abs, Bd, Bis, Fs, Mode, get};
use crate::ops::slow::{generic, miss_read};
use iced_x86::Mnemonic;
use std::arch::asm;
use uemu_cpu::CpuState;

/// A two-operand vector operation.
pub(crate) trait Binary: 'static {
    /// Bytes of a memory operand; 16 must be aligned.
    const BYTES: usize;
    fn eval(a: V, b: V) -> V;
}

macro_rules! binary_ops {
    ($($bytes:literal $float:literal: $($name:ident = $asm:literal)*;)*) => {
        $($(
            pub(crate) struct $name;
            impl Binary for $name {
                const BYTES: usize = $bytes;
                #[inline(always)]
                fn eval(a: V, b: V) -> V {
                    let mut r = a;
                    // SAFETY: an SSE2 register-to-register instruction, part of every x86-64. Not `pure`:
                    // float forms leave sticky flags in MXCSR, which `crate::fp` collects.
                    unsafe { asm!(concat!($asm, " {}, {}"), inout(xmm_reg) r, in(xmm_reg) b, options(nomem, nostack, preserves_flags)) };
                    r
                }
            }
        )*)*
        /// The handlers of a legacy SSE mnemonic: register form, then by addressing mode (Bd, Bis, Abs, Fs); and
        /// whether MXCSR matters to it.
        pub(crate) fn handlers(mnemonic: Mnemonic) -> Option<([Handler; 5], bool)> {
            Some(match mnemonic {
                $($(Mnemonic::$name => ([rr::<$name>, rm::<$name, Bd>, rm::<$name, Bis>, rm::<$name, Abs>, rm::<$name, Fs>], $float),)*)*
                _ => return None,
            })
        }
    };
}

binary_ops! {
    16 false:
        Paddb = "paddb" Paddw = "paddw" Paddd = "paddd" Paddq = "paddq"
        Paddsb = "paddsb" Paddsw = "paddsw" Paddusb = "paddusb" Paddusw = "paddusw"
        Psubb = "psubb" Psubw = "psubw" Psubd = "psubd" Psubq = "psubq"
        Psubsb = "psubsb" Psubsw = "psubsw" Psubusb = "psubusb" Psubusw = "psubusw"
        Pmullw = "pmullw" Pmulhw = "pmulhw" Pmulhuw = "pmulhuw" Pmuludq = "pmuludq" Pmaddwd = "pmaddwd"
        Psadbw = "psadbw" Pavgb = "pavgb" Pavgw = "pavgw"
        Pminub = "pminub" Pminsw = "pminsw" Pmaxub = "pmaxub" Pmaxsw = "pmaxsw"
        Pcmpeqb = "pcmpeqb" Pcmpeqw = "pcmpeqw" Pcmpeqd = "pcmpeqd"
        Pcmpgtb = "pcmpgtb" Pcmpgtw = "pcmpgtw" Pcmpgtd = "pcmpgtd"
        Pand = "pand" Pandn = "pandn" Por = "por" Pxor = "pxor"
        Psllw = "psllw" Pslld = "pslld" Psllq = "psllq"
        Psrlw = "psrlw" Psrld = "psrld" Psrlq = "psrlq" Psraw = "psraw" Psrad = "psrad"
        Packsswb = "packsswb" Packssdw = "packssdw" Packuswb = "packuswb"
        Punpcklbw = "punpcklbw" Punpcklwd = "punpcklwd" Punpckldq = "punpckldq" Punpcklqdq = "punpcklqdq"
        Punpckhbw = "punpckhbw" Punpckhwd = "punpckhwd" Punpckhdq = "punpckhdq" Punpckhqdq = "punpckhqdq"
        Andps = "andps" Andpd = "andpd" Orps = "orps" Orpd = "orpd" Xorps = "xorps" Xorpd = "xorpd"
        Andnps = "andnps" Andnpd = "andnpd"
        Unpcklps = "unpcklps" Unpckhps = "unpckhps" Unpcklpd = "unpcklpd" Unpckhpd = "unpckhpd";
    16 true:
        Addps = "addps" Addpd = "addpd" Subps = "subps" Subpd = "subpd" Mulps = "mulps" Mulpd = "mulpd"
        Divps = "divps" Divpd = "divpd" Sqrtps = "sqrtps" Sqrtpd = "sqrtpd"
        Minps = "minps" Minpd = "minpd" Maxps = "maxps" Maxpd = "maxpd"
        Cvtdq2ps = "cvtdq2ps" Cvtps2dq = "cvtps2dq" Cvttps2dq = "cvttps2dq"
        Cvtpd2dq = "cvtpd2dq" Cvttpd2dq = "cvttpd2dq" Cvtpd2ps = "cvtpd2ps";
    8 true:
        Addsd = "addsd" Subsd = "subsd" Mulsd = "mulsd" Divsd = "divsd" Sqrtsd = "sqrtsd"
        Minsd = "minsd" Maxsd = "maxsd" Cvtsd2ss = "cvtsd2ss" Cvtdq2pd = "cvtdq2pd" Cvtps2pd = "cvtps2pd";
    4 true:
        Addss = "addss" Subss = "subss" Mulss = "mulss" Divss = "divss" Sqrtss = "sqrtss"
        Minss = "minss" Maxss = "maxss" Cvtss2sd = "cvtss2sd";
}

/// Writes the low 128 bits of a vector register.
///
/// # Safety
/// `c` is valid and `offset` is a vector register's.
#[inline(always)]
pub(super) unsafe fn set_v(c: *mut CpuState, offset: u16, v: V) {
    // SAFETY: the caller's promise.
    unsafe { c.cast::<u8>().add(offset as usize).cast::<V>().write_unaligned(v) }
}

handler! {
    /// `op xmm, xmm`
    fn rr[O: Binary](c, op, t, f, x) {
        let r = O::eval(get(c, (*op).d), get(c, (*op).s));
        set_v(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `op xmm, [m]`
    fn rm[O: Binary, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let b: V = if O::BYTES == 16 {
            if addr & 15 != 0 { return generic(c, op, t, NOTHING, f, x) }
            let Some(b) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            b
        } else if O::BYTES == 8 {
            let Some(b) = (*t).read::<u64>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            std::mem::transmute::<[u64; 2], V>([b, 0])
        } else {
            let Some(b) = (*t).read::<u32>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
            std::mem::transmute::<[u64; 2], V>([b as u64, 0])
        };
        let r = O::eval(get(c, (*op).d), b);
        set_v(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
