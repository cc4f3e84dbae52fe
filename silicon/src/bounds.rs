//! What the architecture does not fix to the bit, and how far two processors may be apart.

use iced_x86::{Instruction, MemorySize, Mnemonic as M};

/// C1 of the x87 status word.
pub(crate) const C1: u16 = 0x200;

/// RCPPS and friends: a relative error of at most 1.5 * 2^-12 (SDM vol. 2B, RCPPS).
pub(crate) fn is_estimate(insn: &Instruction) -> bool {
    use M::*;
    matches!(insn.mnemonic(), Rcpps | Rcpss | Rsqrtps | Rsqrtss | Vrcpps | Vrcpss | Vrsqrtps | Vrsqrtss)
}

/// Whether two estimates of one number, given as bits, may both be right: each may be off by the bound.
pub(crate) fn close(a: u32, b: u32) -> bool {
    let (x, y) = (f32::from_bits(a), f32::from_bits(b));
    let bound = 3.0 / 4096.0 * f64::from(x).abs();
    a == b || x.is_finite() && (f64::from(x) - f64::from(y)).abs() <= bound
}

/// Instructions that the x87 unit approximates.
pub(crate) fn is_transcendental(insn: &Instruction) -> bool {
    matches!(insn.mnemonic(), M::F2xm1 | M::Fyl2x | M::Fyl2xp1 | M::Fptan | M::Fpatan | M::Fsin | M::Fcos | M::Fsincos)
}

/// Whether two of their results (sign and exponent, significand) may both be right: one unit in the last place on
/// either side.
pub(crate) fn near(a: (u16, u64), b: (u16, u64)) -> bool {
    let key = |v: (u16, u64)| u128::from(v.0) << 63 | u128::from(v.1 & !(1 << 63));
    key(a).abs_diff(key(b)) <= 2
}

/// Whether C1 may differ after it: of what is rounded the one way or the other; and of FCOMI and its like, where it is zero
/// by the manual but left alone by AMD's processors.
pub(crate) fn leaves_c1(insn: &Instruction) -> bool {
    is_transcendental(insn) || matches!(insn.mnemonic(), M::Fcomi | M::Fcomip | M::Fucomi | M::Fucomip)
}

/// Bytes (start, end) of a stored image that are the processor's own: the x87 unit's instruction, operand and opcode
/// pointers, which AMD's processors keep for unmasked exceptions only, and the mask of MXCSR's bits.
pub(crate) fn own_bytes(insn: &Instruction) -> &'static [(usize, usize)] {
    use M::*;
    match (insn.mnemonic(), insn.memory_size()) {
        (Fnstenv | Fnsave, MemorySize::FpuEnv14 | MemorySize::FpuState94) => &[(6, 14)],
        (Fnstenv | Fnsave, _) => &[(12, 28)],
        (Fxsave | Fxsave64 | Xsave | Xsave64 | Xsaveopt | Xsaveopt64 | Xsavec | Xsavec64, _) => &[(6, 24), (28, 32)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_close_or_not() {
        let close = |a: f32, b: f32| close(a.to_bits(), b.to_bits());
        assert!(close(1.0, 1.0006) && !close(1.0, 1.001) && !close(1.0, -1.0));
        assert!(close(f32::INFINITY, f32::INFINITY) && close(f32::NAN, f32::NAN));
        assert!(!close(0.0, 1e-30) && !close(f32::NAN, 1.0));
        assert!(!close(f32::INFINITY, 1.0), "an infinite bound lets nothing through");
    }

    #[test]
    fn approximations_are_near_or_not() {
        let one = (0x3fff, 1 << 63);
        assert!(near(one, one) && near(one, (0x3fff, 1 << 63 | 2)) && !near(one, (0x3fff, 1 << 63 | 3)));
        assert!(near(one, (0x3ffe, !0)) && !near(one, (0xbfff, 1 << 63)));
    }
}
