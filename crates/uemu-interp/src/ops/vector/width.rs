//! The widths a vector instruction comes in.

use super::{V, zero};
use crate::op::Op;
use crate::operand::get;
use uemu_cpu::CpuState;

/// The same, as `lower` chooses by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    Legacy,
    Vex128,
    Vex256,
}

/// How wide an instruction works and what its encoding says of the rest.
pub(crate) trait Width: 'static {
    /// An operand.
    type Value: Copy;
    /// Whether a 16-byte memory operand must be aligned.
    const ALIGNED: bool;
    /// The offset of the first source.
    ///
    /// # Safety
    /// `op` is valid.
    unsafe fn first(op: *const Op) -> u16;
    /// Applies `f` to the halves; its last argument is the half's number.
    fn map(a: Self::Value, b: Self::Value, f: impl Fn(V, V, u32) -> V) -> Self::Value;
    /// The same over three operands.
    fn map3(a: Self::Value, b: Self::Value, c: Self::Value, f: impl Fn(V, V, V) -> V) -> Self::Value;
    /// Applies `f` to the halves and joins the results.
    fn fold(a: Self::Value, b: Self::Value, f: impl Fn(V, V) -> V, join: impl Fn(V, V) -> V) -> V;
    /// Nothing above the low 128 bits.
    fn narrow(v: V) -> Self::Value;
    /// Every half the same.
    fn splat(v: V) -> Self::Value;
    /// Writes a vector register.
    ///
    /// # Safety
    /// `c` is valid and `offset` is a vector register's.
    unsafe fn set(c: *mut CpuState, offset: u16, v: Self::Value);
}

/// SSE: the first source is the destination, whose bits from 128 on stay.
pub(crate) struct Legacy;
/// VEX.128: bits from 128 on become zero.
pub(crate) struct Vex128;
/// VEX.256: bits from 256 on become zero.
pub(crate) struct Vex256;

/// Writes a `T` at an offset.
///
/// # Safety
/// `c` is valid and the offset is one inside a vector register, with room for a `T`.
#[inline(always)]
unsafe fn put<T>(c: *mut CpuState, offset: usize, v: T) {
    // SAFETY: the caller's promise.
    unsafe { c.cast::<u8>().add(offset).cast::<T>().write_unaligned(v) }
}

/// What is the same of both widths that have one half.
macro_rules! one_half {
    () => {
        type Value = V;
        #[inline(always)]
        fn map(a: V, b: V, f: impl Fn(V, V, u32) -> V) -> V {
            f(a, b, 0)
        }
        #[inline(always)]
        fn map3(a: V, b: V, c: V, f: impl Fn(V, V, V) -> V) -> V {
            f(a, b, c)
        }
        #[inline(always)]
        fn fold(a: V, b: V, f: impl Fn(V, V) -> V, _: impl Fn(V, V) -> V) -> V {
            f(a, b)
        }
        #[inline(always)]
        fn narrow(v: V) -> V {
            v
        }
        #[inline(always)]
        fn splat(v: V) -> V {
            v
        }
    };
}

impl Width for Legacy {
    const ALIGNED: bool = true;
    #[inline(always)]
    unsafe fn first(op: *const Op) -> u16 {
        // SAFETY: the caller's promise.
        unsafe { (*op).d }
    }
    one_half! {}
    #[inline(always)]
    unsafe fn set(c: *mut CpuState, offset: u16, v: V) {
        // SAFETY: the caller's promise.
        unsafe { put(c, offset as usize, v) }
    }
}

impl Width for Vex128 {
    const ALIGNED: bool = false;
    #[inline(always)]
    unsafe fn first(op: *const Op) -> u16 {
        // SAFETY: the caller's promise.
        unsafe { (*op).s }
    }
    one_half! {}
    #[inline(always)]
    unsafe fn set(c: *mut CpuState, offset: u16, v: V) {
        // SAFETY: the caller's promise; a register has 64 bytes.
        unsafe { put(c, offset as usize, [v, zero(), zero(), zero()]) }
    }
}

impl Width for Vex256 {
    type Value = [V; 2];
    const ALIGNED: bool = false;
    #[inline(always)]
    unsafe fn first(op: *const Op) -> u16 {
        // SAFETY: the caller's promise.
        unsafe { (*op).s }
    }
    #[inline(always)]
    fn map(a: [V; 2], b: [V; 2], f: impl Fn(V, V, u32) -> V) -> [V; 2] {
        [f(a[0], b[0], 0), f(a[1], b[1], 1)]
    }
    #[inline(always)]
    fn map3(a: [V; 2], b: [V; 2], c: [V; 2], f: impl Fn(V, V, V) -> V) -> [V; 2] {
        [f(a[0], b[0], c[0]), f(a[1], b[1], c[1])]
    }
    #[inline(always)]
    fn fold(a: [V; 2], b: [V; 2], f: impl Fn(V, V) -> V, join: impl Fn(V, V) -> V) -> V {
        join(f(a[0], b[0]), f(a[1], b[1]))
    }
    #[inline(always)]
    fn narrow(v: V) -> [V; 2] {
        [v, zero()]
    }
    #[inline(always)]
    fn splat(v: V) -> [V; 2] {
        [v, v]
    }
    #[inline(always)]
    unsafe fn set(c: *mut CpuState, offset: u16, v: [V; 2]) {
        // SAFETY: the caller's promise; a register has 64 bytes.
        unsafe { put(c, offset as usize, [v[0], v[1], zero(), zero()]) }
    }
}

/// The last source from memory: `$bytes` of it, 16 for all of the width. Leaves the handler for what is misaligned or not
/// in the TLB.
macro_rules! source {
    ($bytes:expr, $w:ty, $addr:expr, $c:ident, $op:ident, $t:ident, $f:ident, $x:ident) => {{
        macro_rules! read {
            ($v:ty) => {
                match (*$t).read::<$v>($addr) {
                    Some(v) => v,
                    None => {
                        let addr = $crate::driver::Scratch::new($addr);
                        return $crate::ops::slow::miss_read($c, $op, $t, addr, $f, $x);
                    }
                }
            };
        }
        if $bytes == 16 {
            if <$w>::ALIGNED && $addr & 15 != 0 {
                return $crate::ops::slow::generic($c, $op, $t, $crate::driver::NOTHING, $f, $x);
            }
            read!(<$w as $crate::ops::vector::width::Width>::Value)
        } else if $bytes == 8 {
            <$w>::narrow($crate::ops::vector::low(read!(u64)))
        } else {
            <$w>::narrow($crate::ops::vector::low(u64::from(read!(u32))))
        }
    }};
}
pub(super) use source;

/// The last source, when it is a register.
///
/// # Safety
/// `c` and `op` are valid.
#[inline(always)]
pub(super) unsafe fn last<T: Copy>(c: *const CpuState, op: *const Op) -> T {
    // SAFETY: the caller's promise; `lower` put a register's offset there.
    unsafe { get(c, (*op).disp as u32 as usize) }
}
