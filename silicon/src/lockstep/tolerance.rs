//! Instructions whose results the architecture does not fix to the bit, and how far they may be apart.

use super::facts::{Facts, Span};
use super::guest::Guest;
use iced_x86::{Instruction, Mnemonic as M};
use uemu_cpu::CpuState;

/// C1 of the x87 status word.
const C1: u16 = 0x200;

/// Whether an instruction is one of them.
pub(crate) fn applies(insn: &Instruction) -> bool {
    is_estimate(insn) || is_transcendental(insn) || leaves_c1(insn) || saves_environment(insn)
}

/// RCPPS and friends: a relative error of at most 1.5 * 2^-12 (SDM vol. 2B, RCPPS).
fn is_estimate(insn: &Instruction) -> bool {
    use M::*;
    matches!(insn.mnemonic(), Rcpps | Rcpss | Rsqrtps | Rsqrtss | Vrcpps | Vrcpss | Vrsqrtps | Vrsqrtss)
}

/// One unit in the last place on either side.
fn is_transcendental(insn: &Instruction) -> bool {
    matches!(insn.mnemonic(), M::F2xm1 | M::Fyl2x | M::Fyl2xp1 | M::Fptan | M::Fpatan | M::Fsin | M::Fcos | M::Fsincos)
}

/// C1: zero by the manual, left alone by AMD's processors.
fn leaves_c1(insn: &Instruction) -> bool {
    matches!(insn.mnemonic(), M::Fcomi | M::Fcomip | M::Fucomi | M::Fucomip)
}

/// Images with the x87 unit's pointers, which AMD's processors keep for unmasked exceptions only.
fn saves_environment(insn: &Instruction) -> bool {
    matches!(insn.mnemonic(), M::Fnstenv | M::Fnsave | M::Fxsave | M::Fxsave64)
}

/// Takes over what may differ, if it does not differ by more than it may: what is left is a difference.
pub(crate) fn grant(insn: &Instruction, facts: &Facts, native: &CpuState, native_bytes: &[Vec<u8>], guest: &mut Guest) {
    let cpu = &mut guest.cpu;
    if is_estimate(insn) {
        let n = insn.op0_register().number();
        if let (Some(a), Some(b)) = (native.vector.get(n), cpu.vector.get_mut(n)) {
            let near = |i: usize| close(lane(&a.0, i), lane(&b.0, i));
            if (0..8).all(near) {
                b.0[..4].copy_from_slice(&a.0[..4]);
            }
        }
    }
    if is_transcendental(insn) {
        for i in 0..2 {
            let n = (usize::from(cpu.x87.top) + i) & 7;
            let key =
                |c: &CpuState| u128::from(c.x87.sign_exponent[n]) << 63 | u128::from(c.x87.significand[n] & !(1 << 63));
            if key(native).abs_diff(key(cpu)) <= 2 {
                cpu.x87.sign_exponent[n] = native.x87.sign_exponent[n];
                cpu.x87.significand[n] = native.x87.significand[n];
            }
        }
    }
    if is_transcendental(insn) || leaves_c1(insn) {
        cpu.x87.status = cpu.x87.status & !C1 | native.x87.status & C1;
    }
    if saves_environment(insn) {
        for (span, bytes) in facts.writes.iter().zip(native_bytes) {
            take_pointers(*span, bytes, guest);
        }
    }
}

/// Where an image of this size has the pointers: of 16-bit and 32-bit environments, and FXSAVE's, which has room for
/// MXCSR's mask and for software besides.
fn take_pointers(span: Span, native: &[u8], guest: &mut Guest) {
    let hidden: &[(usize, usize)] = match span.len {
        14 | 94 => &[(6, 14)],
        28 | 108 => &[(12, 28)],
        512 => &[(6, 24), (28, 32), (464, 512)],
        _ => &[],
    };
    for &(start, end) in hidden {
        if let Some(bytes) = native.get(start..end) {
            guest.put(span.addr.wrapping_add(start as u64), bytes);
        }
    }
}

fn lane(words: &[u64; 8], i: usize) -> f32 {
    f32::from_bits((words[i / 2] >> (32 * (i % 2))) as u32)
}

fn close(a: f32, b: f32) -> bool {
    // Twice the bound: each side may be off by it.
    let bound = 3.0 / 4096.0 * f64::from(a).abs();
    a.to_bits() == b.to_bits() || a.is_finite() && (f64::from(a) - f64::from(b)).abs() <= bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_close_or_not() {
        assert!(close(1.0, 1.0006) && !close(1.0, 1.001) && !close(1.0, -1.0));
        assert!(close(f32::INFINITY, f32::INFINITY) && close(f32::NAN, f32::NAN));
        assert!(!close(0.0, 1e-30) && !close(f32::NAN, 1.0));
        assert!(!close(f32::INFINITY, 1.0), "an infinite bound lets nothing through");
    }
}
