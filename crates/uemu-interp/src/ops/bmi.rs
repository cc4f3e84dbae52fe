//! Scans, counts, and the bit manipulation of BMI1, BMI2, ADX and MOVBE.

use crate::driver::{Scratch, go, handler};
use crate::operand::{Int, Mode, get, set};
use crate::ops::slow::{miss_read, miss_write};
use uemu_cpu::flags::Kind;
use uemu_cpu::{CpuState, Flags, Gpr};

/// SF and ZF of a result.
#[inline(always)]
fn sz<T: Int>(r: T) -> u64 {
    ((r.u() == 0) as u64) << Flags::ZF.trailing_zeros() | (r.i() as u64 >> 63) << Flags::SF.trailing_zeros()
}

#[inline(always)]
fn zf(v: bool) -> u64 {
    (v as u64) << Flags::ZF.trailing_zeros()
}

/// Replaces some flags.
///
/// # Safety
/// `c` is valid.
#[inline(never)]
unsafe fn update(c: *mut CpuState, mask: u64, flags: u64) {
    // SAFETY: the caller's promise.
    unsafe { (*c).flags.update_arith(mask, flags) }
}

/// Replaces the flags of `mask`, which is constant in every handler.
///
/// # Safety
/// `c` is valid.
#[inline(always)]
unsafe fn record(c: *mut CpuState, mask: u64, flags: u64) {
    if mask == Flags::ARITH {
        // SAFETY: the caller's promise.
        let f = unsafe { &mut (*c).flags };
        f.kind = Kind::new(Kind::EAGER, 0);
        f.a = flags;
    } else if mask != 0 {
        // SAFETY: the caller's promise.
        unsafe { update(c, mask, flags) }
    }
}

/// An operation on one source.
pub(crate) trait One: 'static {
    /// The flags it replaces.
    const CHANGES: u64;
    /// Whether a source of zero leaves the destination as it is.
    const ZERO_KEEPS: bool = false;
    fn eval<T: Int>(a: T) -> T;
    fn flags<T: Int>(a: T, r: T) -> u64;
}
macro_rules! one_source {
    ($($name:ident $changes:expr, |$a:ident| $e:expr, |$b:ident, $r:ident| $f:expr $(, $k:ident)?;)*) => {$(
        pub(crate) struct $name;
        impl One for $name {
            const CHANGES: u64 = $changes;
            $(const $k: bool = true;)?
            #[inline(always)]
            fn eval<T: Int>(a: T) -> T {
                let $a = a.u();
                T::of($e)
            }
            #[inline(always)]
            fn flags<T: Int>($b: T, $r: T) -> u64 {
                $f
            }
        }
    )*};
}
one_source! {
    Popcnt Flags::ARITH, |a| a.count_ones() as u64, |a, _r| zf(a.u() == 0);
    Tzcnt Flags::CF | Flags::ZF, |a| a.trailing_zeros().min(T::BITS) as u64, |a, r| zf(r.u() == 0) | (a.u() == 0) as u64;
    Lzcnt Flags::CF | Flags::ZF, |a| (a.leading_zeros() - (64 - T::BITS)) as u64, |a, r| zf(r.u() == 0) | (a.u() == 0) as u64;
    Bsf Flags::ZF, |a| a.trailing_zeros() as u64, |a, _r| zf(a.u() == 0), ZERO_KEEPS;
    Bsr Flags::ZF, |a| 63 ^ a.leading_zeros() as u64, |a, _r| zf(a.u() == 0), ZERO_KEEPS;
    Blsi Flags::ARITH, |a| a & a.wrapping_neg(), |a, r| sz(r) | (a.u() != 0) as u64;
    Blsmsk Flags::ARITH, |a| a ^ a.wrapping_sub(1), |a, r| sz(r) | (a.u() == 0) as u64;
    Blsr Flags::ARITH, |a| a & a.wrapping_sub(1), |a, r| sz(r) | (a.u() == 0) as u64;
}

handler! {
    /// `popcnt r, r` and its likes
    fn one_r[O: One, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let a: T = get(c, (*op).s);
        let r = O::eval(a);
        if !O::ZERO_KEEPS || a.u() != 0 { set(c, (*op).d, r) }
        if FLAGS { record(c, O::CHANGES, O::flags(a, r)) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `popcnt r, [m]` and its likes
    fn one_m[O: One, T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(a) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let r = O::eval(a);
        if !O::ZERO_KEEPS || a.u() != 0 { set(c, (*op).d, r) }
        if FLAGS { record(c, O::CHANGES, O::flags(a, r)) }
        go!(c, op.add(1), t, f, x)
    }
}

/// An operation on a source that may be in memory, `m`, and one in a register, `v` (VEX.vvvv).
pub(crate) trait Two: 'static {
    /// The flags it replaces.
    const CHANGES: u64 = 0;
    fn eval<T: Int>(m: T, v: T) -> T;
    #[inline(always)]
    fn flags<T: Int>(_m: T, _v: T, _r: T) -> u64 {
        0
    }
}
macro_rules! two_sources {
    ($($name:ident |$m:ident, $v:ident| $e:expr $(, |$fm:ident, $fv:ident, $fr:ident| $f:expr)?;)*) => {$(
        pub(crate) struct $name;
        impl Two for $name {
            #[inline(always)]
            fn eval<T: Int>($m: T, $v: T) -> T {
                T::of($e)
            }
            $(
                const CHANGES: u64 = Flags::ARITH;
                #[inline(always)]
                fn flags<T: Int>($fm: T, $fv: T, $fr: T) -> u64 {
                    $f
                }
            )?
        }
    )*};
}
two_sources! {
    Andn |m, v| !v.u() & m.u(), |_m, _v, r| sz(r);
    Bextr |m, v| low_bits(m.u().checked_shr(v.u() as u8 as u32).unwrap_or(0), (v.u() >> 8) as u8 as u32), |_m, _v, r| zf(r.u() == 0);
    Bzhi |m, v| low_bits(m.u(), v.u() as u8 as u32), |_m, v, r| sz(r) | (v.u() as u8 as u32 > T::BITS - 1) as u64;
    Shlx |m, v| m.u() << (v.u() as u32 & (T::BITS - 1));
    Shrx |m, v| m.u() >> (v.u() as u32 & (T::BITS - 1));
    Sarx |m, v| (m.i() >> (v.u() as u32 & (T::BITS - 1))) as u64;
}

/// The low `n` bits of `v`.
#[inline(always)]
fn low_bits(v: u64, n: u32) -> u64 {
    if n >= 64 { v } else { v & ((1 << n) - 1) }
}

/// PDEP and PEXT on a host that has them (elsewhere the generic step's loop serves).
#[cfg(target_arch = "x86_64")]
macro_rules! on_host {
    ($($name:ident = $asm:literal)*) => {$(
        pub(crate) struct $name;
        impl Two for $name {
            #[inline(always)]
            fn eval<T: Int>(m: T, v: T) -> T {
                let r: u64;
                // SAFETY: a BMI2 register-to-register instruction; `lower` asked whether the host has it.
                unsafe { std::arch::asm!(concat!($asm, " {}, {}, {}"), out(reg) r, in(reg) v.u(), in(reg) m.u(), options(pure, nomem, nostack, preserves_flags)) };
                T::of(r)
            }
        }
    )*};
}
#[cfg(target_arch = "x86_64")]
on_host! { Pdep = "pdep" Pext = "pext" }

handler! {
    /// `andn r, r, r` and its likes: `s` is the source that may be in memory, `disp` the other.
    fn two_r[O: Two, T: Int, const FLAGS: bool](c, op, t, f, x) {
        let (m, v): (T, T) = (get(c, (*op).s), get(c, (*op).disp as u32 as usize));
        let r = O::eval(m, v);
        set(c, (*op).d, r);
        if FLAGS { record(c, O::CHANGES, O::flags(m, v, r)) }
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// The same with a source in memory; `s` is the other.
    fn two_m[O: Two, T: Int, M: Mode, const FLAGS: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(m) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let v: T = get(c, (*op).s);
        let r = O::eval(m, v);
        set(c, (*op).d, r);
        if FLAGS { record(c, O::CHANGES, O::flags(m, v, r)) }
        go!(c, op.add(1), t, f, x)
    }
}

/// `v` rotated right by `n`, less than its width.
#[inline(always)]
fn rotated<T: Int>(v: T, n: u64) -> T {
    let n = n as u32 & (T::BITS - 1);
    T::of(v.u() >> n | v.u() << ((T::BITS - n) & (T::BITS - 1)))
}

handler! {
    /// `rorx r, r, imm`
    fn rorx_r[T: Int](c, op, t, f, x) {
        set::<T>(c, (*op).d, rotated(get(c, (*op).s), (*op).imm));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `rorx r, [m], imm`
    fn rorx_m[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set::<T>(c, (*op).d, rotated(v, M::imm(op)));
        go!(c, op.add(1), t, f, x)
    }
}

/// RDX by `v`, the halves into `low` and then `high`: if they are one register, it holds the high half.
///
/// # Safety
/// `c` is valid and the offsets are general-purpose registers'.
#[inline(always)]
unsafe fn multiply<T: Int>(c: *mut CpuState, high: u16, low: u16, v: T) {
    // SAFETY: the caller's promise.
    unsafe {
        let product = get::<T>(c, Gpr::Rdx as usize * 8).u() as u128 * v.u() as u128;
        set(c, low, T::of(product as u64));
        set(c, high, T::of((product >> T::BITS) as u64));
    }
}

handler! {
    /// `mulx r, r, r`
    fn mulx_r[T: Int](c, op, t, f, x) {
        multiply::<T>(c, (*op).d, (*op).s, get(c, (*op).disp as u32 as usize));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `mulx r, r, [m]`
    fn mulx_m[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        multiply::<T>(c, (*op).d, (*op).s, v);
        go!(c, op.add(1), t, f, x)
    }
}

/// Adds with a carry from CF (ADCX) or OF (ADOX), which takes the one out.
///
/// # Safety
/// `c` is valid and `d` is a general-purpose register's offset.
#[inline(always)]
unsafe fn add_with<T: Int, const OVERFLOW: bool>(c: *mut CpuState, d: u16, v: T) {
    let flag = if OVERFLOW { Flags::OF } else { Flags::CF };
    // SAFETY: the caller's promise.
    unsafe {
        let carry = if OVERFLOW { flag_set(c, flag) } else { (*c).flags.cf() };
        let sum = get::<T>(c, d).u() as u128 + v.u() as u128 + carry as u128;
        set(c, d, T::of(sum as u64));
        update(c, flag, if sum >> T::BITS != 0 { flag } else { 0 });
    }
}

/// # Safety
/// `c` is valid.
#[inline(never)]
unsafe fn flag_set(c: *const CpuState, flag: u64) -> bool {
    // SAFETY: the caller's promise.
    unsafe { (*c).flags.arith() & flag != 0 }
}

handler! {
    /// `adcx r, r`; with `OVERFLOW`, `adox r, r`
    fn add_with_r[T: Int, const OVERFLOW: bool](c, op, t, f, x) {
        add_with::<T, OVERFLOW>(c, (*op).d, get(c, (*op).s));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `adcx r, [m]`; with `OVERFLOW`, `adox r, [m]`
    fn add_with_m[T: Int, M: Mode, const OVERFLOW: bool](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        add_with::<T, OVERFLOW>(c, (*op).d, v);
        go!(c, op.add(1), t, f, x)
    }
}

#[inline(always)]
fn swapped<T: Int>(v: T) -> T {
    T::of(v.u().swap_bytes() >> (64 - T::BITS))
}

handler! {
    /// `movbe r, [m]`
    fn movbe_load[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set(c, (*op).d, swapped(v));
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// `movbe [m], r`
    fn movbe_store[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        if !(*t).write::<T>(addr, swapped(get(c, (*op).s))) { return miss_write(c, op, t, Scratch::new(addr), f, x) }
        go!(c, op.add(1), t, f, x)
    }
}

/// CRC32 of one more word, on a host that has it (elsewhere the generic step's loop serves).
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn crc<T: Int>(old: u32, v: T) -> u64 {
    let mut r = old as u64;
    let v = v.u();
    // SAFETY: an SSE4.2 register-to-register instruction; `lower` asked whether the host has it.
    unsafe {
        match T::BITS {
            8 => {
                std::arch::asm!("crc32 {:e}, {}", inout(reg) r, in(reg_byte) v as u8, options(pure, nomem, nostack, preserves_flags))
            }
            16 => {
                std::arch::asm!("crc32 {:e}, {:x}", inout(reg) r, in(reg) v, options(pure, nomem, nostack, preserves_flags))
            }
            32 => {
                std::arch::asm!("crc32 {:e}, {:e}", inout(reg) r, in(reg) v, options(pure, nomem, nostack, preserves_flags))
            }
            _ => {
                std::arch::asm!("crc32 {}, {}", inout(reg) r, in(reg) v, options(pure, nomem, nostack, preserves_flags))
            }
        }
    }
    r
}

#[cfg(target_arch = "x86_64")]
handler! {
    /// `crc32 r, r`
    fn crc32_r[T: Int](c, op, t, f, x) {
        set(c, (*op).d, crc::<T>(get(c, (*op).d), get(c, (*op).s)));
        go!(c, op.add(1), t, f, x)
    }
}
#[cfg(target_arch = "x86_64")]
handler! {
    /// `crc32 r, [m]`
    fn crc32_m[T: Int, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(v) = (*t).read::<T>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        set(c, (*op).d, crc::<T>(get(c, (*op).d), v));
        go!(c, op.add(1), t, f, x)
    }
}
