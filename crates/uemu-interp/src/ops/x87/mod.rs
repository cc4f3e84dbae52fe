//! The x87 unit's everyday instructions.
//!
//! Three tiers. A handler does the case that programs live in: registers in use (or free, for a push), ordinary
//! operands, the control word's defaults (`quick`). Another one, reached by a jump, computes everything else that all
//! masked exceptions allow, under any control word (`soft`). What is left, stack faults, unmasked and pending
//! exceptions, NaNs on their way from and to memory, is the generic step's. Arithmetic is in integers: the same bits on
//! every host.
//!
//! The op of such an instruction holds its address ([`Mode::origin`]; `imm` in register forms), which the unit shows
//! as its instruction pointer, and register numbers, not offsets, in `d` and `s`.

mod arith;
mod compare;
mod control;
mod moves;
mod quick;
mod soft;
#[cfg(test)]
mod tests;

pub(crate) use arith::*;
pub(crate) use compare::*;
pub(crate) use control::*;
pub(crate) use moves::*;
pub(crate) use soft::*;

use crate::generic::x87::soft::{self as full, Env, F80};
use crate::operand::Int;
use uemu_cpu::X87;

/// Exception summary.
const ES: u16 = 1 << 7;
/// The control word's exception masks.
const MASKS: u16 = 0x3f;
/// The control word's rounding control: zero is to nearest.
const RC: u16 = 0xc00;
/// The control word's precision control: both bits, extended.
const PC: u16 = 0x300;

/// Whether no unmasked exception waits.
#[inline(always)]
fn is_quiet(u: &X87) -> bool {
    u.status & ES == 0
}

/// Whether no unmasked exception waits, nor can be raised.
#[inline(always)]
fn is_masked(u: &X87) -> bool {
    u.control & MASKS == MASKS && is_quiet(u)
}

/// The same, and rounding is to nearest.
#[inline(always)]
fn is_nearest(u: &X87) -> bool {
    u.control & (MASKS | RC) == MASKS && is_quiet(u)
}

/// The same, and precision is extended: what `quick` computes under.
#[inline(always)]
fn is_default(u: &X87) -> bool {
    // One branch for both.
    ((u.control & (MASKS | RC | PC)) ^ (MASKS | PC)) | (u.status & ES) == 0
}

/// The physical register of `ST(i)`.
#[inline(always)]
fn slot(u: &X87, i: u16) -> usize {
    (usize::from(u.top) + usize::from(i)) & 7
}

#[inline(always)]
fn in_use(u: &X87, slot: usize) -> bool {
    u.in_use >> slot & 1 != 0
}

#[inline(always)]
fn both_in_use(u: &X87, a: usize, b: usize) -> bool {
    (u.in_use >> a) & (u.in_use >> b) & 1 != 0
}

#[inline(always)]
fn get(u: &X87, slot: usize) -> F80 {
    F80 { sign_exp: u.sign_exponent[slot & 7], sig: u.significand[slot & 7] }
}

/// Writes a register that is in use.
#[inline(always)]
fn put(u: &mut X87, slot: usize, v: F80) {
    u.significand[slot & 7] = v.sig;
    u.sign_exponent[slot & 7] = v.sign_exp;
}

/// Pushes onto a free register.
#[inline(always)]
fn push(u: &mut X87, v: F80) {
    let to = slot(u, 7);
    u.top = to as u8;
    u.in_use |= 1 << to;
    put(u, to, v);
}

#[inline(always)]
fn pop(u: &mut X87) {
    u.in_use &= !(1 << (u.top & 7));
    u.top = u.top.wrapping_add(1) & 7;
}

/// Leaves the instruction's address behind, C1 (clear unless `status` has it) and what was raised.
#[inline(always)]
fn finish(u: &mut X87, ip: u64, status: u16) {
    u.status = u.status & !quick::C1 | status;
    u.instruction = ip;
}

/// A memory operand's format.
pub(crate) trait Format: 'static {
    /// Its bytes as an integer.
    type Raw: Int;
    /// As a number: a zero, a normal one, or an integer.
    fn quick(raw: Self::Raw) -> Option<F80>;
    /// As a number, whatever it is.
    fn full(env: &mut Env, raw: Self::Raw) -> F80;
}

macro_rules! formats {
    ($($(#[$m:meta])* $name:ident: $raw:ty, $quick:expr, $full:expr;)*) => {$(
        $(#[$m])*
        pub(crate) struct $name;
        impl Format for $name {
            type Raw = $raw;
            #[inline(always)]
            fn quick(raw: $raw) -> Option<F80> { ($quick)(raw) }
            fn full(env: &mut Env, raw: $raw) -> F80 { ($full)(env, raw) }
        }
    )*};
}
formats! {
    /// binary32
    F32: u32, quick::from_f32, full::from_f32;
    /// binary64
    F64: u64, quick::from_f64, full::from_f64;
    /// A word.
    I16: u16, |v| Some(quick::from_int(i64::from(v as i16))), |_, v| full::from_int(i64::from(v as i16));
    /// A doubleword.
    I32: u32, |v| Some(quick::from_int(i64::from(v as i32))), |_, v| full::from_int(i64::from(v as i32));
    /// A quadword.
    I64: u64, |v| Some(quick::from_int(v as i64)), |_, v| full::from_int(v as i64);
}
