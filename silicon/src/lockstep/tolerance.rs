//! Instructions whose results the architecture does not fix to the bit, and how far they may be apart.

use super::facts::Facts;
use super::guest::Guest;
use crate::bounds::{C1, close, is_estimate, is_transcendental, leaves_c1, near, own_bytes};
use iced_x86::Instruction;
use uemu_cpu::CpuState;

/// Whether an instruction is one of them.
pub(crate) fn applies(insn: &Instruction) -> bool {
    is_estimate(insn) || leaves_c1(insn) || !own_bytes(insn).is_empty()
}

/// Takes over what may differ, if it does not differ by more than it may: what is left is a difference.
pub(crate) fn grant(insn: &Instruction, facts: &Facts, native: &CpuState, native_bytes: &[Vec<u8>], guest: &mut Guest) {
    let cpu = &mut guest.cpu;
    if is_estimate(insn) {
        let n = insn.op0_register().number();
        if let (Some(a), Some(b)) = (native.vector.get(n), cpu.vector.get_mut(n))
            && (0..8).all(|i| close(lane(&a.0, i), lane(&b.0, i)))
        {
            b.0[..4].copy_from_slice(&a.0[..4]);
        }
    }
    if is_transcendental(insn) {
        for i in 0..2 {
            let n = (usize::from(cpu.x87.top) + i) & 7;
            let st = |c: &CpuState| (c.x87.sign_exponent[n], c.x87.significand[n]);
            if near(st(native), st(cpu)) {
                cpu.x87.sign_exponent[n] = native.x87.sign_exponent[n];
                cpu.x87.significand[n] = native.x87.significand[n];
            }
        }
    }
    if leaves_c1(insn) {
        cpu.x87.status = cpu.x87.status & !C1 | native.x87.status & C1;
    }
    for (span, bytes) in facts.writes.iter().zip(native_bytes) {
        for &(start, end) in own_bytes(insn) {
            if let Some(bytes) = bytes.get(start..end) {
                guest.put(span.addr.wrapping_add(start as u64), bytes);
            }
        }
    }
}

fn lane(words: &[u64; 8], i: usize) -> u32 {
    (words[i / 2] >> (32 * (i % 2))) as u32
}
