//! Multiplication and division.

use crate::driver::{NOTHING, Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::alu::note;
use crate::ops::slow::{generic, miss_read};
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, Gpr};

const RAX: usize = Gpr::Rax as usize * 8;
const RDX: usize = Gpr::Rdx as usize * 8;

/// The low half of a signed product; records whether it is not the whole.
///
/// # Safety
/// `c` is valid.
#[inline(always)]
unsafe fn imul<T: Int, const FLAGS: bool>(c: *mut CpuState, a: T, b: T) -> T {
    let r = T::of(a.u().wrapping_mul(b.u()));
    if FLAGS {
        let overflow =
            if T::BITS == 64 { a.i().checked_mul(b.i()).is_none() } else { a.i().wrapping_mul(b.i()) != r.i() };
        // SAFETY: the caller's promise.
        unsafe { note::<T, FLAGS>(c, Kind::MUL, r.u(), overflow as u64) }
    }
    r
}

handler! {
    /// `imul r, r`
    fn imul_rr[T: Int, const FLAGS: bool](c, op, t, f, x) {
        let (a, b): (T, T) = (get(c, (*op).d), get(c, (*op).s));
        let r = imul::<T, FLAGS>(c, a, b);
        set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `imul r, [m]`
    fn imul_rm[T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(b) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let a: T = get(c, (*op).d);
        let r = imul::<T, FLAGS>(c, a, b);
        set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `imul r, r, imm`
    fn imul_rri[T: Int, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).s);
        let r = imul::<T, FLAGS>(c, a, T::of((*op).imm));
        set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `imul r, [m], imm`
    fn imul_rmi[T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(a) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = imul::<T, FLAGS>(c, a, T::of(M::imm(op)));
        set(c, (*op).d, r);
        go!(c, op.add(1), t, f, x)
    }
}
/// RDX:RAX = RAX * b
///
/// # Safety
/// `c` is valid.
#[inline(always)]
unsafe fn mul<T: Int, const SIGNED: bool, const FLAGS: bool>(c: *mut CpuState, b: T) {
    // SAFETY: the caller's promise.
    unsafe {
        let a: T = get(c, RAX);
        let p = if SIGNED { (a.i() as i128 * b.i() as i128) as u128 } else { a.u() as u128 * b.u() as u128 };
        set(c, RAX, T::of(p as u64));
        let high = T::of((p >> T::BITS) as u64);
        set(c, RDX, high);
        if FLAGS {
            let low = T::of(p as u64);
            let whole = if SIGNED { high.i() == low.i() >> 63 } else { high.u() == 0 };
            note::<T, FLAGS>(c, Kind::MUL, low.u(), !whole as u64);
        }
    }
}

handler! {
    /// `mul r`, `imul r`
    fn mul_r[T: Int, const SIGNED: bool, const FLAGS: bool](c, op, t, f, x) {
        mul::<T, SIGNED, FLAGS>(c, get(c, (*op).s));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mul [m]`, `imul [m]`
    fn mul_m[T: Int, M: Mode, const SIGNED: bool, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(b) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        mul::<T, SIGNED, FLAGS>(c, b);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `div r32`, `div r64`; overflow and zero go the generic way, which raises #DE.
    fn div_r[T: Int](c, op, t, f, x) {
        let (lo, hi, d): (T, T, T) = (get(c, RAX), get(c, RDX), get(c, (*op).s));
        // Also says that the divisor is not zero.
        if hi >= d { return generic(c, op, t, NOTHING, f, x) }
        let (q, r) = if T::BITS == 64 && hi.u() != 0 {
            let n = (hi.u() as u128) << 64 | lo.u() as u128;
            ((n / d.u() as u128) as u64, (n % d.u() as u128) as u64)
        } else {
            let n = if T::BITS == 64 { lo.u() } else { hi.u() << 32 | lo.u() };
            (n / d.u(), n % d.u())
        };
        set(c, RAX, T::of(q));
        set(c, RDX, T::of(r));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `idiv r32`, `idiv r64` of a dividend that fits the lower half.
    fn idiv_r[T: Int](c, op, t, f, x) {
        let (lo, hi, d): (T, T, T) = (get(c, RAX), get(c, RDX), get(c, (*op).s));
        let (n, d) = (lo.i(), d.i());
        if hi.i() != n >> 63 || d == 0 || d == -1 { return generic(c, op, t, NOTHING, f, x) }
        set(c, RAX, T::of((n / d) as u64));
        set(c, RDX, T::of((n % d) as u64));
        go!(c, op.add(1), t, f, x)
    }
}
