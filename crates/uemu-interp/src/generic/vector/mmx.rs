//! MMX registers: the significands of the x87's physical registers (SDM vol. 1, 9.2.1; vol. 3A, 12.2).

use iced_x86::{Instruction, OpKind, Register};
use uemu_cpu::{CpuState, Exception};

/// The x87 status word's exception summary.
const ES: u16 = 1 << 7;

/// Whether an operand is an MMX register.
pub(in crate::generic) fn touches(insn: &Instruction) -> bool {
    (0..insn.op_count()).any(|n| insn.op_kind(n) == OpKind::Register && insn.op_register(n).is_mm())
}

/// #MF if an unmasked x87 exception is pending.
pub(in crate::generic) fn check(cpu: &CpuState) -> Result<(), Exception> {
    if cpu.x87.status & ES != 0 { Err(Exception::X87) } else { Ok(()) }
}

/// What every MMX instruction but EMMS does to the x87: TOP is 0, all registers are in use.
pub(super) fn enter(cpu: &mut CpuState) {
    cpu.x87.top = 0;
    cpu.x87.in_use = 0xff;
}

/// EMMS: all registers are empty.
pub(super) fn leave(cpu: &mut CpuState) {
    cpu.x87.top = 0;
    cpu.x87.in_use = 0;
}

/// A register.
pub(super) fn get(cpu: &CpuState, r: Register) -> u64 {
    cpu.x87.significand[r.number() & 7]
}

/// Writes a register; its sign and exponent become ones.
pub(super) fn set(cpu: &mut CpuState, r: Register, value: u64) {
    let n = r.number() & 7;
    cpu.x87.significand[n] = value;
    cpu.x87.sign_exponent[n] = 0xffff;
}
