//! The arithmetic flags that an instruction leaves undefined.

use iced_x86::{Instruction, Mnemonic as M, OpKind, RflagsBits};
use uemu_cpu::{CpuState, Flags, Gpr};

/// Iced's flags as RFLAGS has them.
pub(crate) fn arithmetic(bits: u32) -> u64 {
    let pairs = [
        (RflagsBits::OF, Flags::OF),
        (RflagsBits::SF, Flags::SF),
        (RflagsBits::ZF, Flags::ZF),
        (RflagsBits::AF, Flags::AF),
        (RflagsBits::CF, Flags::CF),
        (RflagsBits::PF, Flags::PF),
    ];
    pairs.iter().filter(|(bit, _)| bits & bit != 0).fold(0, |all, (_, flag)| all | flag)
}

fn operand_size(insn: &Instruction) -> usize {
    if insn.op0_kind() == OpKind::Memory { insn.memory_size().size() } else { insn.op0_register().size() }
}

/// By how much a shift shifts: its last operand, masked as the processor does.
fn count(insn: &Instruction, cpu: &CpuState) -> usize {
    let last = insn.op_count().saturating_sub(1);
    let raw = if insn.op_kind(last) == OpKind::Register { cpu.get(Gpr::Rcx) } else { insn.immediate(last) };
    raw as usize & if operand_size(insn) == 8 { 63 } else { 31 }
}

/// The arithmetic flags that are undefined after the instruction. Those of shifts and rotates depend on the count
/// (SDM vol. 2B, SAL/SAR/SHL/SHR and RCL/RCR/ROL/ROR).
pub(crate) fn undefined(insn: &Instruction, cpu: &CpuState) -> u64 {
    use M::*;
    let mut undefined = arithmetic(insn.rflags_undefined());
    if matches!(insn.mnemonic(), Shl | Sal | Shr | Sar | Rol | Ror | Rcl | Rcr | Shld | Shrd) {
        let (count, bits) = (count(insn, cpu), 8 * operand_size(insn));
        match count {
            0 => undefined = 0,
            1 => undefined &= !Flags::OF,
            _ => undefined |= Flags::OF,
        }
        if count > bits || count == bits && matches!(insn.mnemonic(), Shl | Sal | Shr | Shld | Shrd) {
            undefined |= Flags::CF;
        }
    }
    undefined
}

/// A double shift by more than its operand's width: its result is undefined, and so is all that follows from it.
pub(crate) fn leaves_nothing_defined(insn: &Instruction, cpu: &CpuState) -> bool {
    matches!(insn.mnemonic(), M::Shld | M::Shrd) && count(insn, cpu) > 8 * operand_size(insn)
}
