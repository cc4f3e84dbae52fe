//! #AC: with EFLAGS.AC set, an access must be a multiple of its size (SDM vol. 3A, table 6-7).

use super::{Cx, Stop};
use iced_x86::{InstructionInfoFactory, InstructionInfoOptions, MemorySize, Mnemonic as M, OpAccess, Register};
use uemu_cpu::Exception;

/// What the address of an access must be a multiple of.
fn alignment(size: MemorySize) -> u64 {
    match size.size() {
        0 | 1 => 1,
        2 | 3 => 2,
        // A far pointer of 16 bits is two words; one of 32, like the environment of the x87 unit, is made of doublewords.
        4 if size == MemorySize::SegPtr16 => 2,
        4..=7 => 4,
        8..=10 => 8,
        16 | 32 => 16,
        _ => 4,
    }
}

/// Checks the accesses that the instruction is going to make.
///
/// # Errors
/// #AC.
pub(super) fn check(cx: &Cx<'_>) -> Result<(), Stop> {
    let insn = cx.insn;
    // The system makes UMIP's accesses, XSAVE's have rules of their own, and line flushes move nothing.
    let exempt = matches!(
        insn.mnemonic(),
        M::Sgdt | M::Sidt | M::Sldt | M::Str | M::Smsw | M::Clflush | M::Clflushopt | M::Clwb | M::Xsave | M::Xsave64
    ) || matches!(
        insn.mnemonic(),
        M::Xsavec | M::Xsavec64 | M::Xsaveopt | M::Xsaveopt64 | M::Xrstor | M::Xrstor64
    );
    if exempt {
        return Ok(());
    }
    let repeated = insn.has_rep_prefix() || insn.has_repne_prefix();
    let string = insn.is_string_instruction() && !(repeated && cx.reg(Register::RCX) == 0);
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info_options(insn, InstructionInfoOptions::NO_REGISTER_USAGE);
    for m in info.used_memory() {
        let made = match m.access() {
            OpAccess::Read | OpAccess::Write | OpAccess::ReadWrite | OpAccess::ReadCondWrite => true,
            OpAccess::CondRead | OpAccess::CondWrite => string,
            _ => false,
        };
        // How long a repeated instruction's operands are is in RCX; what they are made of counts.
        let size = if string { insn.memory_size() } else { m.memory_size() };
        let value = |r: Register, _, _| {
            if r.is_segment_register() { Some(cx.segment_base(r)) } else { r.is_gpr().then(|| cx.reg(r)) }
        };
        if made && m.virtual_address(0, value).is_some_and(|a| !a.is_multiple_of(alignment(size))) {
            return Err(Exception::AlignmentCheck.into());
        }
    }
    Ok(())
}
