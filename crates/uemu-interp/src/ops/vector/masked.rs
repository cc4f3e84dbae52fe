//! Masked moves and gathers: elements chosen by the sign bits of a mask.

use super::{V, Vex256, Width, zero};
use crate::driver::{Handler, NOTHING, Scratch, go, handler};
use crate::operand::{Int, Mode, get};
use crate::ops::slow::{generic, miss_read, miss_write};
use iced_x86::Mnemonic;
use std::arch::x86_64::{
    _mm_and_si128, _mm_andnot_si128, _mm_movemask_epi8, _mm_or_si128, _mm_shuffle_epi32, _mm_srai_epi32,
};
use std::mem::transmute;
use uemu_mem::GuestAddr;

/// All ones in the elements of type `T` (32 or 64 bits) whose sign is set.
#[inline(always)]
fn chosen<T: Int>(mask: V) -> V {
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        let signs = _mm_srai_epi32::<31>(mask);
        if T::BITS == 64 { _mm_shuffle_epi32::<0b1111_0101>(signs) } else { signs }
    }
}

handler! {
    /// `vpmaskmovd ymm, ymm, [m]` and its likes. When all of the memory can be read, nobody sees that it is; when not,
    /// the generic step looks at each element.
    fn masked_load[T: Int, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<W::Value>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = W::map(get(c, (*op).s), v, |mask, v, _| _mm_and_si128(chosen::<T>(mask), v));
        W::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vpmaskmovd [m], ymm, ymm` and its likes: `s` is the mask, `d` what is stored. What is not chosen is written back as it is,
    /// when something is chosen and all of the memory can be written.
    fn masked_store[T: Int, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let (mask, new): (W::Value, W::Value) = (get(c, (*op).s), get(c, (*op).d));
        let any = W::fold(mask, mask, |m, _| chosen::<T>(m), |a, b| _mm_or_si128(a, b));
        if _mm_movemask_epi8(any) != 0 {
            let merge = |old: W::Value| {
                let kept = W::map(mask, old, |m, old, _| _mm_andnot_si128(chosen::<T>(m), old));
                let written = W::map(mask, new, |m, new, _| _mm_and_si128(chosen::<T>(m), new));
                W::map(kept, written, |a, b, _| _mm_or_si128(a, b))
            };
            if (*t).update::<W::Value>(addr, merge).is_none() { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        }
        go!(c, op.add(1), t, f, x)
    }
}

handler! {
    /// `vpgatherdd ymm, [m], ymm` and its likes: `N` elements of type `T` by indices of type `I`; `imm` holds the offsets of
    /// the indices' register and, from bit 16 on, of the mask's.
    fn gather[T: Int, I: Int, const N: usize](c, op, t, f, x) {
        let (indices, mask) = ((*op).imm as u16 as usize, ((*op).imm >> 16) as u16 as usize);
        let base = get::<u64>(c, (*op).base).wrapping_add((*op).disp as u64);
        let size = size_of::<T>();
        let mut out = [0u64; 4];
        let mut n = 0;
        while n < N {
            let element = if get::<T>(c, mask + n * size).i() < 0 {
                let index = get::<I>(c, indices + n * size_of::<I>()).i() as u64;
                let addr = base.wrapping_add(index.wrapping_shl((*op).scale as u32));
                let Some(v) = (*t).read::<T>(addr) else { return miss_gather(c, op, t, Scratch::new(addr), f, x) };
                v
            } else {
                get::<T>(c, (*op).d as usize + n * size)
            };
            out[n * size / 8] |= element.u() << (n * size % 8 * 8);
            n += 1;
        }
        Vex256::set(c, (*op).d, transmute::<[u64; 4], [V; 2]>(out));
        Vex256::set(c, mask as u16, [zero(), zero()]);
        go!(c, op.add(1), t, f, x)
    }
}

handler! {
    /// A gather missed the TLB: fills it for the next time and does this one generically. To try again might go on for ever, as two
    /// elements' pages may want the same entry.
    #[cold]
    #[inline(never)]
    fn miss_gather(c, op, t, addr, f, x) {
        let addr = addr.assume_init();
        if (*t).read::<u8>(addr).is_none() {
            let _ = (*t).fill_read(&mut *(*x).mem, GuestAddr(addr));
        }
        generic(c, op, t, NOTHING, f, x)
    }
}

/// The handler of a gather whose addresses or elements fill a YMM register, or, if not `wide`, an XMM register.
pub(crate) fn gather_handler(m: Mnemonic, wide: bool) -> Option<Handler> {
    use Mnemonic as M;
    Some(match (m, wide) {
        (M::Vpgatherdd | M::Vgatherdps, false) => gather::<u32, u32, 4>,
        (M::Vpgatherdd | M::Vgatherdps, true) => gather::<u32, u32, 8>,
        (M::Vpgatherdq | M::Vgatherdpd, false) => gather::<u64, u32, 2>,
        (M::Vpgatherdq | M::Vgatherdpd, true) => gather::<u64, u32, 4>,
        (M::Vpgatherqd | M::Vgatherqps, false) => gather::<u32, u64, 2>,
        (M::Vpgatherqd | M::Vgatherqps, true) => gather::<u32, u64, 4>,
        (M::Vpgatherqq | M::Vgatherqpd, false) => gather::<u64, u64, 2>,
        (M::Vpgatherqq | M::Vgatherqpd, true) => gather::<u64, u64, 4>,
        _ => return None,
    })
}
