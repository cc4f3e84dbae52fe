//! SSE floating point in integers: results, NaNs and exception flags as the architecture defines them,
//! the same on every host (SDM vol. 1, 4.8, 4.9 and 11.5).
//!
//! An [`Env`] is made from MXCSR, collects the flags of every element of an instruction, and is
//! finished into MXCSR before the result is written: an unmasked exception leaves the destination alone.
//! Values travel as raw bits in a `u64`; [`Format`] says which format they have. Nothing here knows iced.
//!
//! The result of an operation on ordinary values under the default control bits is left to the host's
//! own (IEEE 754) arithmetic whenever that cannot raise a flag which is not already set.

mod arith;
mod compare;
mod convert;
mod fma;
mod half;
mod round;
#[cfg(test)]
mod tests;

pub use compare::{Ordering, Predicate};
use uemu_cpu::{Exception, Mxcsr};

/// Invalid operation (MXCSR.IE).
pub const IE: u32 = 1 << 0;
/// Denormal operand (MXCSR.DE).
pub const DE: u32 = 1 << 1;
/// Division by zero (MXCSR.ZE).
pub const ZE: u32 = 1 << 2;
/// Overflow (MXCSR.OE).
pub const OE: u32 = 1 << 3;
/// Underflow (MXCSR.UE).
pub const UE: u32 = 1 << 4;
/// Precision: the result is not exact (MXCSR.PE).
pub const PE: u32 = 1 << 5;
/// Denormal operands count as zeros (MXCSR.DAZ).
const DAZ: u32 = 1 << 6;
/// MXCSR bit of IE's mask; the other masks follow in the order of the flags.
const MASK_SHIFT: u32 = 7;
/// MXCSR.RC's lowest bit.
const RC_SHIFT: u32 = 13;
/// Tiny results become zeros (MXCSR.FTZ).
const FTZ: u32 = 1 << 15;
/// Flags known before the operation is carried out.
const BEFORE: u32 = IE | DE | ZE;
/// The control bits of MXCSR: everything but the flags and the bits above 15.
const CONTROL: u32 = 0xffc0;

/// A rounding direction, encoded as MXCSR.RC, the x87's RC and ROUNDPS's immediate have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// To nearest, ties to even.
    Nearest,
    /// Toward minus infinity.
    Down,
    /// Toward plus infinity.
    Up,
    /// Toward zero.
    Zero,
}

impl Rounding {
    /// From the low two bits.
    pub fn from_bits(bits: u32) -> Rounding {
        match bits & 3 {
            0 => Rounding::Nearest,
            1 => Rounding::Down,
            2 => Rounding::Up,
            _ => Rounding::Zero,
        }
    }
}

/// A binary interchange format of at most 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// Bits of the fraction (without the implicit one).
    pub fraction: u32,
    /// Bits of the exponent.
    pub exponent: u32,
}

/// binary16.
pub const F16: Format = Format { fraction: 10, exponent: 5 };
/// binary32.
pub const F32: Format = Format { fraction: 23, exponent: 8 };
/// binary64.
pub const F64: Format = Format { fraction: 52, exponent: 11 };

impl Format {
    /// Bytes of a value.
    pub const fn bytes(self) -> usize {
        ((self.fraction + self.exponent + 1) / 8) as usize
    }
    /// The sign bit.
    pub const fn sign(self) -> u64 {
        1 << (self.fraction + self.exponent)
    }
    /// Plus infinity; also the mask of the exponent field.
    pub const fn infinity(self) -> u64 {
        ((1 << self.exponent) - 1) << self.fraction
    }
    /// The quiet bit of a NaN.
    pub const fn quiet(self) -> u64 {
        1 << (self.fraction - 1)
    }
    /// The NaN that stands for "no answer": negative, quiet, empty.
    pub const fn indefinite(self) -> u64 {
        self.sign() | self.infinity() | self.quiet()
    }
    const fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }
    /// The exponent of the smallest normal number.
    const fn emin(self) -> i32 {
        1 - self.bias()
    }
    const fn magnitude(self, v: u64) -> u64 {
        v & (self.sign() - 1)
    }
    /// Whether `v` is a NaN.
    pub const fn is_nan(self, v: u64) -> bool {
        self.magnitude(v) > self.infinity()
    }
    /// Whether `v` is a signalling NaN.
    pub const fn is_snan(self, v: u64) -> bool {
        self.is_nan(v) && v & self.quiet() == 0
    }
    const fn is_denormal(self, v: u64) -> bool {
        let m = self.magnitude(v);
        m != 0 && m < (1 << self.fraction)
    }
    /// Zero or an ordinary number: no denormal, infinity or NaN.
    const fn is_plain(self, v: u64) -> bool {
        let m = self.magnitude(v);
        m == 0 || (m >= (1 << self.fraction) && m < self.infinity())
    }
    /// A result that cannot have underflowed or overflowed, whatever it was rounded from.
    const fn is_safe(self, v: u64) -> bool {
        let m = self.magnitude(v);
        m >= (2 << self.fraction) && m < self.infinity()
    }
}

/// A number taken apart. `sig` has bit 63 set; the value is `sig * 2^(exp - 63)`.
#[derive(Clone, Copy, Debug)]
struct Finite {
    sign: bool,
    exp: i32,
    sig: u64,
}

/// What a value is, NaNs aside.
#[derive(Clone, Copy, Debug)]
enum Class {
    Zero(bool),
    Infinity(bool),
    Finite(Finite),
}

impl Class {
    fn sign(self) -> bool {
        match self {
            Class::Zero(s) | Class::Infinity(s) => s,
            Class::Finite(f) => f.sign,
        }
    }
}

/// MXCSR's control bits and the flags raised so far by one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    control: u32,
    sticky: u32,
    flags: u32,
}

impl Env {
    /// For an instruction that begins under `mxcsr`.
    pub fn new(mxcsr: Mxcsr) -> Env {
        Env { control: mxcsr.0, sticky: mxcsr.0, flags: 0 }
    }

    /// The flags the instruction has raised.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// Moves the flags into MXCSR; #XM if one of them is not masked. When an exception known before the
    /// operation is unmasked, those found by carrying it out are not reported (SDM vol. 1, 11.5.3).
    pub fn finish(self, mxcsr: &mut Mxcsr) -> Result<(), Exception> {
        let unmasked = self.flags & !(self.control >> MASK_SHIFT);
        if unmasked & BEFORE != 0 {
            mxcsr.0 |= self.flags & BEFORE;
            return Err(Exception::Simd);
        }
        mxcsr.0 |= self.flags;
        if unmasked != 0 { Err(Exception::Simd) } else { Ok(()) }
    }

    /// The rounding direction of MXCSR.
    pub fn rounding(&self) -> Rounding {
        Rounding::from_bits(self.control >> RC_SHIFT)
    }

    /// As this environment, but rounding so.
    #[must_use]
    pub fn with_rounding(mut self, r: Rounding) -> Env {
        self.control = (self.control & !(3 << RC_SHIFT)) | (r as u32) << RC_SHIFT;
        self
    }

    fn raise(&mut self, flags: u32) {
        self.flags |= flags;
    }

    fn masked(&self, flag: u32) -> bool {
        (self.control >> MASK_SHIFT) & flag != 0
    }

    /// Default control bits, and PE set already: the host's arithmetic on ordinary values cannot differ.
    fn host_can(&self) -> bool {
        self.control & CONTROL == 0x1f80 && (self.sticky | self.flags) & PE != 0
    }

    /// A denormal under DAZ is a zero of its sign.
    fn daz(&self, f: Format, v: u64) -> u64 {
        if self.control & DAZ != 0 && f.is_denormal(v) { v & f.sign() } else { v }
    }

    /// Takes a value that is no NaN apart, after DAZ.
    fn class(&self, f: Format, v: u64) -> Class {
        let v = self.daz(f, v);
        let sign = v & f.sign() != 0;
        let m = f.magnitude(v);
        if m == 0 {
            return Class::Zero(sign);
        }
        if m == f.infinity() {
            return Class::Infinity(sign);
        }
        let biased = (m >> f.fraction) as i32;
        let fraction = m & ((1 << f.fraction) - 1);
        let (sig, exp) =
            if biased == 0 { (fraction, f.emin()) } else { (fraction | 1 << f.fraction, biased - f.bias()) };
        let up = sig.leading_zeros();
        Class::Finite(Finite { sign, sig: sig << up, exp: exp - up as i32 + 63 - f.fraction as i32 })
    }

    /// Raises DE if `v` is a denormal that DAZ does not hide.
    fn denormal(&mut self, f: Format, v: u64) {
        if self.control & DAZ == 0 && f.is_denormal(v) {
            self.raise(DE);
        }
    }

    fn invalid(&mut self, f: Format) -> u64 {
        self.raise(IE);
        f.indefinite()
    }

    /// The result of an operation on `a` and `b` if one of them is a NaN: the first that is, made quiet.
    fn nan(&mut self, f: Format, a: u64, b: u64) -> Option<u64> {
        if !f.is_nan(a) && !f.is_nan(b) {
            return None;
        }
        if f.is_snan(a) || f.is_snan(b) {
            self.raise(IE);
        }
        Some(if f.is_nan(a) { a } else { b } | f.quiet())
    }
}

/// Whether a signed zero or infinity has this sign bit.
fn signed(f: Format, sign: bool, magnitude: u64) -> u64 {
    if sign { f.sign() | magnitude } else { magnitude }
}
