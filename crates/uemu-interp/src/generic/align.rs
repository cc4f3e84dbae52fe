//! #AC: with EFLAGS.AC set, an access must be a multiple of its size (SDM vol. 3A, table 6-7).
//!
//! Other exceptions come first: #GP for an operand that must be aligned in any case or for a privileged instruction, and
//! the pending #MF of an instruction that waits for the x87 unit.

use super::integer::bits;
use super::vector::mmx;
use super::{Cx, Stop};
use iced_x86::{
    Code, CpuidFeature, EncodingKind, Instruction, InstructionInfoFactory, InstructionInfoOptions, MemorySize,
    Mnemonic as M, OpAccess, OpKind, Register,
};
use uemu_cpu::{Exception, Gpr};

/// What the address of an access must be a multiple of.
fn alignment(size: MemorySize) -> u64 {
    match size.size() {
        0 | 1 => 1,
        2 | 3 => 2,
        // A far pointer of 16 bits is two words; one of 32, like the environment of the x87 unit, is made of doublewords.
        4 if size == MemorySize::SegPtr16 => 2,
        // The 16-bit images of the x87 unit are made of words.
        14 | 94 => 2,
        4..=7 => 4,
        8..=10 => 8,
        16 | 32 => 16,
        _ => 4,
    }
}

/// Instructions whose accesses are not checked.
fn exempt(insn: &Instruction) -> bool {
    use M::*;
    match insn.mnemonic() {
        // The system makes UMIP's accesses, XSAVE's have rules of their own, and line flushes move nothing.
        Sgdt | Sidt | Sldt | Str | Smsw | Clflush | Clflushopt | Clwb => true,
        Xsave | Xsave64 | Xsavec | Xsavec64 | Xsaveopt | Xsaveopt64 | Xrstor | Xrstor64 => true,
        // Privileged.
        Insb | Insw | Insd | Outsb | Outsw | Outsd | Lldt | Ltr | Lgdt | Lidt | Lmsw => true,
        // Each element is one access, made or not.
        Vmaskmovps | Vmaskmovpd | Vpmaskmovd | Vpmaskmovq => true,
        _ => must_be_aligned(insn),
    }
}

/// Instructions that raise #GP for a misaligned operand, AC or not: legacy ones of 16 bytes but for a few; of VEX ones
/// only those whose name says so. Intel's manual asks it of SHA too, but Zen processors do not mind.
pub(super) fn must_be_aligned(insn: &Instruction) -> bool {
    use M::*;
    let legacy = insn.code().encoding() == EncodingKind::Legacy;
    match insn.mnemonic() {
        Vmovaps | Vmovapd | Vmovdqa | Vmovntps | Vmovntpd | Vmovntdq | Vmovntdqa | Cmpxchg16b => true,
        Movups | Movupd | Movdqu | Lddqu | Pcmpistri | Pcmpistrm | Pcmpestri | Pcmpestrm => false,
        Pcmpestri64 | Pcmpestrm64 | Maskmovdqu => false,
        Sha1msg1 | Sha1msg2 | Sha1nexte | Sha1rnds4 | Sha256msg1 | Sha256msg2 | Sha256rnds2 => false,
        _ => legacy && insn.memory_size().size() == 16,
    }
}

/// Whether an x87 exception is pending that the instruction raises before it does anything.
fn waits(cx: &Cx<'_>) -> bool {
    let unit = |f: &CpuidFeature| matches!(f, CpuidFeature::FPU | CpuidFeature::FPU387 | CpuidFeature::MMX);
    let waiting = !matches!(cx.insn.mnemonic(), M::Fnstcw | M::Fnstsw | M::Fnstenv | M::Fnsave);
    let uses = mmx::touches(cx.insn) || cx.insn.cpuid_features().iter().any(unit);
    mmx::check(cx.cpu).is_err() && waiting && uses
}

/// Checks the accesses that the instruction is going to make.
///
/// # Errors
/// #AC.
pub(super) fn check(cx: &Cx<'_>) -> Result<(), Stop> {
    let insn = cx.insn;
    if exempt(insn) || waits(cx) {
        return Ok(());
    }
    if matches!(insn.code(), Code::Enterw_imm16_imm8 | Code::Enterq_imm16_imm8) {
        return enter(cx);
    }
    let repeated = insn.has_rep_prefix() || insn.has_repne_prefix();
    let short = (0..insn.op_count()).any(|n| matches!(insn.op_kind(n), OpKind::MemorySegESI | OpKind::MemoryESEDI));
    let counter = if short { Register::ECX } else { Register::RCX };
    let string = insn.is_string_instruction();
    if string && repeated && cx.reg(counter) == 0 {
        return Ok(());
    }
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
        let Some(addr) = m.virtual_address(0, value).filter(|_| made) else { continue };
        // What is no address at all is another matter. (Within a bit string all words are aligned alike.)
        let real = bits::in_string(cx).unwrap_or(addr);
        if !addr.is_multiple_of(alignment(size)) && (real << 16) as i64 >> 16 == real as i64 {
            return Err(Exception::AlignmentCheck.into());
        }
    }
    Ok(())
}

/// ENTER: what it pushes, and its look at the new top of the stack.
fn enter(cx: &Cx<'_>) -> Result<(), Stop> {
    let size = if cx.insn.code() == Code::Enterw_imm16_imm8 { 2 } else { 8 };
    let levels = u64::from(cx.insn.immediate8_2nd() % 32);
    let frame = cx.cpu.get(Gpr::Rsp).wrapping_sub(size);
    let end = frame.wrapping_sub(size * levels).wrapping_sub(u64::from(cx.insn.immediate16()));
    let outer = if levels > 1 { cx.cpu.get(Gpr::Rbp) } else { 0 };
    if [frame, end, outer].iter().all(|a| a.is_multiple_of(size)) {
        return Ok(());
    }
    Err(Exception::AlignmentCheck.into())
}
