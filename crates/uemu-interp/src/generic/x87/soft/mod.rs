//! 80-bit extended-precision arithmetic in integers (SDM vol. 1, 4.2 and 4.8; exceptions 8.4 and 8.5).
//!
//! Nothing here knows of instructions, registers or the host's floating point: every host gives the same bits.
//! An operation notes in [`Env`] what it raised; whether a result may be written is the caller's to ask.

#[cfg(test)]
mod accuracy;
mod arith;
mod convert;
mod integer;
mod remainder;
mod round;
mod transcendental;
mod wide;

pub(crate) use arith::{add, compare, div, extract, mul, scale, sqrt, sub};
pub(crate) use convert::{from_f32, from_f64, quiet, to_f32, to_f64};
pub(crate) use integer::{from_bcd, from_int, round_to_integral, to_bcd, to_int};
pub(crate) use remainder::{Quotient, remainder};
pub(crate) use transcendental::{cos, exp2_minus_1, in_trig_range, log2_1p_times, log2_times, patan, sin, tan};

/// Invalid operation.
pub(crate) const IE: u16 = 1;
/// Denormal operand.
pub(crate) const DE: u16 = 2;
/// Division of a finite number by zero.
pub(crate) const ZE: u16 = 4;
/// Overflow.
pub(crate) const OE: u16 = 8;
/// Underflow.
pub(crate) const UE: u16 = 16;
/// Inexact result.
pub(crate) const PE: u16 = 32;

/// A number as a register holds it: sign and biased exponent, and a significand with its integer bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct F80 {
    /// Bit 15 the sign, bits 0-14 the exponent plus 16383.
    pub(crate) sign_exp: u16,
    /// Bit 63 is the integer bit.
    pub(crate) sig: u64,
}

/// What an encoding stands for (SDM vol. 1, table 8-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Plus or minus zero.
    Zero,
    /// A denormal or pseudo-denormal number.
    Denormal,
    /// A normal number.
    Normal,
    /// An infinity.
    Infinity,
    /// A quiet NaN.
    Quiet,
    /// A signalling NaN.
    Signaling,
    /// An unnormal, pseudo-infinity or pseudo-NaN: an invalid operand to everything.
    Unsupported,
}

/// The exponent's bias.
pub(crate) const BIAS: i32 = 16383;
/// The integer bit.
pub(crate) const INTEGER: u64 = 1 << 63;
/// The bit that makes a NaN quiet.
pub(crate) const QUIET: u64 = 1 << 62;

impl F80 {
    /// +0.
    pub(crate) const ZERO: F80 = F80 { sign_exp: 0, sig: 0 };
    /// +1.
    pub(crate) const ONE: F80 = F80 { sign_exp: BIAS as u16, sig: INTEGER };
    /// The NaN of a masked invalid operation.
    pub(crate) const INDEFINITE: F80 = F80 { sign_exp: 0xffff, sig: INTEGER | QUIET };

    /// Zero of a sign.
    pub(crate) fn zero(negative: bool) -> F80 {
        F80 { sign_exp: u16::from(negative) << 15, sig: 0 }
    }
    /// Infinity of a sign.
    pub(crate) fn infinity(negative: bool) -> F80 {
        F80 { sign_exp: u16::from(negative) << 15 | 0x7fff, sig: INTEGER }
    }
    /// The sign bit.
    pub(crate) fn negative(self) -> bool {
        self.sign_exp >> 15 != 0
    }
    /// The biased exponent.
    pub(crate) fn exponent(self) -> i32 {
        i32::from(self.sign_exp & 0x7fff)
    }
    /// The same with the sign inverted.
    pub(crate) fn negated(self) -> F80 {
        F80 { sign_exp: self.sign_exp ^ 0x8000, ..self }
    }
    /// The same with the sign clear.
    pub(crate) fn abs(self) -> F80 {
        F80 { sign_exp: self.sign_exp & 0x7fff, ..self }
    }
    /// What this encoding stands for.
    pub(crate) fn class(self) -> Class {
        let integer = self.sig & INTEGER != 0;
        match self.exponent() {
            0 if self.sig == 0 => Class::Zero,
            0 => Class::Denormal,
            _ if !integer => Class::Unsupported,
            0x7fff if self.sig == INTEGER => Class::Infinity,
            0x7fff if self.sig & QUIET != 0 => Class::Quiet,
            0x7fff => Class::Signaling,
            _ => Class::Normal,
        }
    }
    /// Whether it is a NaN of either kind.
    pub(crate) fn is_nan(self) -> bool {
        matches!(self.class(), Class::Quiet | Class::Signaling)
    }
    /// Whether it is an infinity.
    pub(crate) fn is_infinite(self) -> bool {
        self.class() == Class::Infinity
    }
    /// Whether it is a zero, a denormal or a normal number.
    pub(crate) fn is_finite(self) -> bool {
        matches!(self.class(), Class::Zero | Class::Denormal | Class::Normal)
    }
    /// Whether it is a zero.
    pub(crate) fn is_zero(self) -> bool {
        self.class() == Class::Zero
    }
    /// Exponent without bias and significand with bit 63 set, of a finite number other than zero.
    pub(crate) fn normalized(self) -> (i32, u64) {
        let shift = self.sig.leading_zeros().min(63);
        (self.exponent().max(1) - BIAS - shift as i32, self.sig << shift)
    }
}

/// Directions of rounding (the control word's RC).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rounding {
    /// To the nearest, ties to even.
    Nearest,
    /// Towards minus infinity.
    Down,
    /// Towards plus infinity.
    Up,
    /// Towards zero.
    Zero,
}

/// The control word an operation works under, and what it notes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env {
    /// The control word: exception masks, precision, rounding.
    pub(crate) control: u16,
    /// Exceptions raised, as in the status word.
    pub(crate) raised: u16,
    /// The result's magnitude was rounded up (C1).
    pub(crate) up: bool,
    /// A memory operand was denormal in its own format, which it is no longer in ours.
    pub(crate) denormal_source: bool,
}

impl Env {
    /// Nothing raised yet.
    pub(crate) fn new(control: u16) -> Env {
        Env { control, raised: 0, up: false, denormal_source: false }
    }
    /// The direction of rounding.
    pub(crate) fn rounding(&self) -> Rounding {
        match self.control >> 10 & 3 {
            0 => Rounding::Nearest,
            1 => Rounding::Down,
            2 => Rounding::Up,
            _ => Rounding::Zero,
        }
    }
    /// Significant bits of arithmetic results (PC; the reserved 01 acts as extended).
    pub(crate) fn precision(&self) -> u32 {
        match self.control >> 8 & 3 {
            0 => 24,
            2 => 53,
            _ => 64,
        }
    }
    /// Notes exceptions.
    pub(crate) fn raise(&mut self, bits: u16) {
        self.raised |= bits;
    }
    /// Whether any of `bits` was raised and is unmasked.
    pub(crate) fn unmasked(&self, bits: u16) -> bool {
        self.raised & !self.control & bits & 0x3f != 0
    }
    /// Whether an exception found before computing forbids to write a result.
    pub(crate) fn blocked(&self) -> bool {
        self.unmasked(IE | DE | ZE)
    }
    /// Notes an invalid operation; its masked result.
    pub(crate) fn invalid(&mut self) -> F80 {
        self.raise(IE);
        F80::INDEFINITE
    }
    /// Notes denormal operands; true if the operation must stop.
    fn denormals(&mut self, operands: &[F80]) -> bool {
        if self.denormal_source || operands.iter().any(|o| o.class() == Class::Denormal) {
            self.raise(DE);
        }
        self.blocked()
    }
    /// The result of an operation on one operand that cannot be computed with: unsupported or a NaN.
    fn not_a_number(&mut self, a: F80) -> Option<F80> {
        match a.class() {
            Class::Unsupported => Some(self.invalid()),
            Class::Signaling => {
                self.raise(IE);
                Some(quiet(a))
            }
            Class::Quiet => Some(a),
            _ => None,
        }
    }
    /// The same of two (SDM vol. 1, table 4-7: a quiet NaN wins over a signalling one, else the larger significand).
    fn not_numbers(&mut self, a: F80, b: F80) -> Option<F80> {
        let (ca, cb) = (a.class(), b.class());
        if ca == Class::Unsupported || cb == Class::Unsupported {
            return Some(self.invalid());
        }
        if ca == Class::Signaling || cb == Class::Signaling {
            self.raise(IE);
        }
        match (a.is_nan(), b.is_nan()) {
            (false, false) => None,
            (true, false) => Some(quiet(a)),
            (false, true) => Some(quiet(b)),
            (true, true) if ca != cb => Some(if ca == Class::Quiet { a } else { b }),
            _ => Some(quiet(match a.sig.cmp(&b.sig) {
                std::cmp::Ordering::Greater => a,
                std::cmp::Ordering::Less => b,
                // Equal: the positive one.
                std::cmp::Ordering::Equal if a.negative() => b,
                std::cmp::Ordering::Equal => a,
            })),
        }
    }
}
