//! Broadcasts, insertions and what crosses the halves of a YMM register.

use super::width::last;
use super::{Forms, Isa, Row, Size, V, Vex256, Width, forms, pair, zero};
use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get};
use crate::ops::slow::miss_read;
use iced_x86::Mnemonic;
use std::arch::asm;
use std::mem::transmute;

/// Every lane the same.
#[inline(always)]
fn splat<T: Int>(v: T) -> V {
    let v = v.u().wrapping_mul(u64::MAX / (u64::MAX >> (64 - T::BITS)));
    pair(v, v)
}

handler! {
    /// `vpbroadcastb ymm, xmm` and its likes
    fn broadcast_r[T: Int, W: Width](c, op, t, f, x) {
        let v: T = get(c, (*op).s);
        W::set(c, (*op).d, W::splat(splat(v)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same from memory.
    fn broadcast_m[T: Int, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        W::set(c, (*op).d, W::splat(splat(v)));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vbroadcastf128 ymm, [m]`
    fn broadcast_half[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        Vex256::set(c, (*op).d, [v, v]);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vinsertf128 ymm, ymm, xmm, imm`
    fn insert_half_r(c, op, t, f, x) {
        let (first, new): ([V; 2], V) = (get(c, (*op).s), last(c, op));
        Vex256::set(c, (*op).d, if (*op).imm & 1 == 0 { [new, first[1]] } else { [first[0], new] });
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `vinsertf128 ymm, ymm, [m], imm`
    fn insert_half_m[M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(new) = (*t).read::<V>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let first: [V; 2] = get(c, (*op).s);
        Vex256::set(c, (*op).d, if M::imm(op) & 1 == 0 { [new, first[1]] } else { [first[0], new] });
        go!(c, op.add(1), t, f, x)
    }
}

/// Puts `new` into lane `lane` of the register at `first`.
///
/// # Safety
/// `c` is valid and `first` is a vector register's offset.
#[inline(always)]
unsafe fn insert<T: Int>(c: *const uemu_cpu::CpuState, first: u16, new: u64, lane: u64) -> V {
    let (a, b): (u64, u64) = {
        let first = first as usize;
        // SAFETY: the caller's promise.
        unsafe { (get(c, first), get(c, first + 8)) }
    };
    let bit = lane * T::BITS as u64;
    let mask = (u64::MAX >> (64 - T::BITS)).wrapping_shl(bit as u32);
    let into = |half: u64| half & !mask | new.wrapping_shl(bit as u32) & mask;
    if bit < 64 { pair(into(a), b) } else { pair(a, into(b)) }
}

handler! {
    /// `pinsrb`, `pinsrw`, `pinsrd`, `pinsrq xmm, xmm, r, imm`
    fn insert_r[T: Int, W: Width](c, op, t, f, x) {
        let new: u64 = last(c, op);
        let v = insert::<T>(c, W::first(op), new, (*op).imm);
        W::set(c, (*op).d, W::narrow(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same from memory.
    fn insert_m[T: Int, W: Width, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(new) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let v = insert::<T>(c, W::first(op), new.u(), M::imm(op));
        W::set(c, (*op).d, W::narrow(v));
        go!(c, op.add(1), t, f, x)
    }
}

/// What moves lanes between the halves of YMM registers.
pub(crate) trait Cross: 'static {
    fn eval(a: [V; 2], b: [V; 2], imm: u64) -> [V; 2];
}

/// VPERMQ, VPERMPD
struct Quads;
impl Cross for Quads {
    #[inline(always)]
    fn eval(_: [V; 2], b: [V; 2], imm: u64) -> [V; 2] {
        // SAFETY: same size, every bit pattern valid.
        let q = unsafe { transmute::<[V; 2], [u64; 4]>(b) };
        let at = |n: u32| q[(imm >> (2 * n)) as usize & 3];
        [pair(at(0), at(1)), pair(at(2), at(3))]
    }
}

/// VPERM2F128, VPERM2I128
struct Halves;
impl Cross for Halves {
    #[inline(always)]
    fn eval(a: [V; 2], b: [V; 2], imm: u64) -> [V; 2] {
        let pick = |select: u64| match select & 0xb {
            0 => a[0],
            1 => a[1],
            2 => b[0],
            3 => b[1],
            _ => zero(),
        };
        [pick(imm), pick(imm >> 4)]
    }
}

/// VPERMD, VPERMPS: dwords of `b` by the low three bits of those of `a`.
struct Dwords;
impl Cross for Dwords {
    #[inline(always)]
    fn eval(a: [V; 2], b: [V; 2], _: u64) -> [V; 2] {
        let half = |index: V| {
            let r: V;
            // SAFETY: AVX register-to-register instructions on a host that has them: the two low bits of each index choose
            // within each half of `b`, the third between the halves.
            unsafe {
                asm!(
                    "vpermilps {r}, {low}, {i}",
                    "vpermilps {s}, {high}, {i}",
                    "vpslld {t}, {i}, 29",
                    "vblendvps {r}, {r}, {s}, {t}",
                    low = in(xmm_reg) b[0], high = in(xmm_reg) b[1], i = in(xmm_reg) index,
                    r = out(xmm_reg) r, s = out(xmm_reg) _, t = out(xmm_reg) _,
                    options(pure, nomem, nostack, preserves_flags)
                );
            }
            r
        };
        [half(a[0]), half(a[1])]
    }
}

handler! {
    fn cross_rr[O: Cross](c, op, t, f, x) {
        let r = O::eval(get(c, (*op).s), last(c, op), (*op).imm);
        Vex256::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    fn cross_rm[O: Cross, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(b) = (*t).read::<[V; 2]>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = O::eval(get(c, (*op).s), b, M::imm(op));
        Vex256::set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}

/// The handlers of what crosses halves, all of it of YMM registers.
pub(crate) fn cross(m: Mnemonic, size: Size) -> Option<Row> {
    fn of<O: Cross>() -> Forms {
        forms!(cross_rr::<O>, cross_rm::<O>)
    }
    let (forms, isa) = match m {
        Mnemonic::Vpermq | Mnemonic::Vpermpd => (of::<Quads>(), Isa::Sse2),
        Mnemonic::Vperm2f128 | Mnemonic::Vperm2i128 => (of::<Halves>(), Isa::Sse2),
        Mnemonic::Vpermd | Mnemonic::Vpermps => (of::<Dwords>(), Isa::Avx),
        _ => return None,
    };
    (size == Size::Vex256).then_some(Row { forms, float: false, isa })
}
