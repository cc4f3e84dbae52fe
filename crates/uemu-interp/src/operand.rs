//! Operands as types: widths, registers by byte offset, addressing modes.

use crate::op::Op;
use uemu_cpu::CpuState;

/// An operand width: u8, u16, u32 or u64.
pub(crate) trait Int: Copy + Eq + Ord + 'static {
    /// Bits.
    const BITS: u32;
    /// log2 of the bytes.
    const LOG2: u64;
    /// Truncates.
    fn of(v: u64) -> Self;
    /// Zero-extends.
    fn u(self) -> u64;
    /// Sign-extends.
    fn i(self) -> i64;
}

macro_rules! ints {
    ($($t:ty, $s:ty, $log2:expr;)*) => {$(
        impl Int for $t {
            const BITS: u32 = <$t>::BITS;
            const LOG2: u64 = $log2;
            #[inline(always)]
            fn of(v: u64) -> $t { v as $t }
            #[inline(always)]
            fn u(self) -> u64 { self as u64 }
            #[inline(always)]
            fn i(self) -> i64 { self as $s as i64 }
        }
    )*};
}
ints! { u8, i8, 0; u16, i16, 1; u32, i32, 2; u64, i64, 3; }

/// Reads a register of width `T` at a byte offset.
///
/// # Safety
/// `c` is valid and `offset + size_of::<T>()` lies within `CpuState`.
#[inline(always)]
pub(crate) unsafe fn get<T: Copy>(c: *const CpuState, offset: impl Into<usize>) -> T {
    // SAFETY: the caller's promise; unaligned for AH..BH.
    unsafe { c.cast::<u8>().add(offset.into()).cast::<T>().read_unaligned() }
}

/// Writes a general-purpose register as the architecture does: 32-bit writes clear the upper half.
///
/// # Safety
/// As for [`get`], for the whole register.
#[inline(always)]
pub(crate) unsafe fn set<T: Int>(c: *mut CpuState, offset: impl Into<usize>, value: T) {
    // SAFETY: the caller's promise.
    unsafe {
        let p = c.cast::<u8>().add(offset.into());
        if T::BITS == 32 { p.cast::<u64>().write_unaligned(value.u()) } else { p.cast::<T>().write_unaligned(value) }
    }
}

/// How a memory operand's address is made.
pub(crate) trait Mode: 'static {
    /// The linear address.
    ///
    /// # Safety
    /// `c` and `op` are valid.
    unsafe fn ea(c: *const CpuState, op: *const Op) -> u64;
    /// The instruction's immediate.
    ///
    /// # Safety
    /// `op` is valid.
    #[inline(always)]
    unsafe fn imm(op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { (*op).imm }
    }
    /// The instruction's own address, in ops that hold it (`crate::ops::x87`) instead of an immediate.
    ///
    /// # Safety
    /// `op` is valid.
    #[inline(always)]
    unsafe fn origin(op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { (*op).imm }
    }
}

/// `[base + disp]`
pub(crate) struct Bd;
/// `[base + index << scale + disp]`
pub(crate) struct Bis;
/// `[absolute]`, from RIP-relative operands; in `disp` is the immediate, or the way from the instruction to the operand.
pub(crate) struct Abs;
/// `fs:[base + index << scale + disp]`
pub(crate) struct Fs;

impl Mode for Bd {
    #[inline(always)]
    unsafe fn ea(c: *const CpuState, op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { get::<u64>(c, (*op).base).wrapping_add((*op).disp as u64) }
    }
}
impl Mode for Bis {
    #[inline(always)]
    unsafe fn ea(c: *const CpuState, op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let index = get::<u64>(c, (*op).index).wrapping_shl((*op).scale as u32);
            get::<u64>(c, (*op).base).wrapping_add(index).wrapping_add((*op).disp as u64)
        }
    }
}
impl Mode for Abs {
    #[inline(always)]
    unsafe fn ea(_: *const CpuState, op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { (*op).imm }
    }
    #[inline(always)]
    unsafe fn imm(op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { (*op).disp as u64 }
    }
    #[inline(always)]
    unsafe fn origin(op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { (*op).imm.wrapping_sub((*op).disp as u64) }
    }
}
impl Mode for Fs {
    #[inline(always)]
    unsafe fn ea(c: *const CpuState, op: *const Op) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { Bis::ea(c, op).wrapping_add((*c).fs_base) }
    }
}
