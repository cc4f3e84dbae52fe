//! Segment registers and descriptors of a Linux 64-bit process: all flat, with FS and GS bases that arch_prctl(2) sets.

use super::{Cx, Flow, Outcome};
use iced_x86::{Code, Mnemonic as M, OpKind, Register};
use uemu_cpu::{CpuState, Exception, Flags, Segment, TSC_AUX};

/// Linux's `__USER32_CS`, for compatibility mode.
pub(super) const USER32_CS: u64 = 0x23;
/// Linux's `__USER_CS`.
pub(super) const USER_CS: u64 = 0x33;
/// Linux's `__USER_DS`.
pub(super) const USER_SS: u64 = 0x2b;

/// What a descriptor of the GDT lets a program know.
#[derive(Clone, Copy)]
struct Descriptor {
    /// The second doubleword under LAR's mask: type, S, DPL, P; AVL, L, D/B, G.
    rights: u32,
    /// In bytes.
    limit: u32,
    /// Type: readable.
    readable: bool,
    /// Type: writable.
    writable: bool,
}

/// The descriptor of a selector, if it is one of those in Linux's GDT that user mode may use. There is no LDT.
fn descriptor(selector: u16) -> Option<Descriptor> {
    let flat = |rights, writable| Some(Descriptor { rights, limit: u32::MAX, readable: true, writable });
    match selector & !3 {
        // __USER32_CS, __USER_DS, __USER_CS.
        0x20 => flat(0x00cf_fb00, false),
        0x28 => flat(0x00cf_f300, true),
        0x30 => flat(0x00af_fb00, false),
        // __CPUNODE_SEG: its limit says node and processor, to whoever has no RDPID.
        0x78 => Some(Descriptor { rights: 0x0040_f500, limit: TSC_AUX as u32, readable: true, writable: false }),
        _ => None,
    }
}

/// The place of DS, ES, FS or GS in the register file.
fn index(segment: Register) -> Option<usize> {
    Some(match segment {
        Register::DS => Segment::Ds as usize,
        Register::ES => Segment::Es as usize,
        Register::FS => Segment::Fs as usize,
        Register::GS => Segment::Gs as usize,
        _ => return None,
    })
}

/// What reading a segment register gives.
pub(super) fn selector(cpu: &CpuState, segment: Register) -> u64 {
    match index(segment) {
        Some(i) => u64::from(cpu.selectors[i]),
        None if segment == Register::CS => USER_CS,
        None => USER_SS,
    }
}

/// Loads a segment register. FS and GS get the descriptor's base, which is zero for all there are; so does a null selector.
///
/// # Errors
/// #UD for CS, #GP with the selector for one that the register may not hold.
pub(super) fn load(cpu: &mut CpuState, segment: Register, selector: u16) -> Result<(), Exception> {
    let refused = Exception::Selector(selector & !3);
    let Some(i) = index(segment) else {
        return match segment {
            Register::SS if u64::from(selector) == USER_SS => Ok(()),
            Register::SS => Err(refused),
            _ => Err(Exception::InvalidOpcode { unimplemented: false }),
        };
    };
    if selector > 3 && !descriptor(selector).is_some_and(|d| d.readable) {
        return Err(refused);
    }
    cpu.selectors[i] = selector;
    match segment {
        Register::FS => cpu.fs_base = 0,
        Register::GS => cpu.gs_base = 0,
        _ => {}
    }
    Ok(())
}

/// Executes LAR, LSL, VERR, VERW, LFS, LGS or LSS; `None` if it is none of these.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    Some(match cx.insn.mnemonic() {
        M::Lar => describe(cx, |d| d.rights),
        M::Lsl => describe(cx, |d| d.limit),
        M::Verr => verify(cx, |d| d.readable),
        M::Verw => verify(cx, |d| d.writable),
        M::Lfs => far_pointer(cx, Register::FS),
        M::Lgs => far_pointer(cx, Register::GS),
        M::Lss => far_pointer(cx, Register::SS),
        _ => return None,
    })
}

/// ZF, and nothing else.
fn set_zf(cx: &mut Cx<'_>, value: bool) {
    cx.cpu.flags.update_arith(Flags::ZF, if value { Flags::ZF } else { 0 });
}

/// The selector in operand `n`: a word of memory, or the low word of a register.
fn operand(cx: &mut Cx<'_>, n: u32) -> Result<u16, super::Stop> {
    if cx.insn.op_kind(n) == OpKind::Memory {
        let addr = cx.ea();
        return Ok(cx.load_uint(addr, 2)? as u16);
    }
    Ok(cx.reg(cx.insn.op_register(n)) as u16)
}

fn describe(cx: &mut Cx<'_>, what: impl Fn(Descriptor) -> u32) -> Outcome {
    let found = descriptor(operand(cx, 1)?);
    // Without a descriptor not even a 32-bit destination's upper half changes.
    if let Some(d) = found {
        cx.set_reg(cx.insn.op0_register(), u64::from(what(d)));
    }
    set_zf(cx, found.is_some());
    Ok(Flow::Next)
}

fn verify(cx: &mut Cx<'_>, what: impl Fn(Descriptor) -> bool) -> Outcome {
    let found = descriptor(operand(cx, 0)?);
    set_zf(cx, found.is_some_and(what));
    Ok(Flow::Next)
}

/// LFS, LGS and LSS: the offset, then the selector. (AMD's processors have no form of ten bytes: REX.W counts for nothing.)
fn far_pointer(cx: &mut Cx<'_>, segment: Register) -> Outcome {
    let bytes = match cx.insn.code() {
        Code::Lfs_r16_m1616 | Code::Lgs_r16_m1616 | Code::Lss_r16_m1616 => 2,
        Code::Lfs_r32_m1632 | Code::Lgs_r32_m1632 | Code::Lss_r32_m1632 => 4,
        _ => 8,
    };
    let addr = cx.ea();
    let offset = cx.load_uint(addr, bytes)?;
    let selector = cx.load_uint(cx.ea_plus(bytes as u64), 2)?;
    load(cx.cpu, segment, selector as u16)?;
    cx.set_reg(cx.insn.op0_register(), offset);
    Ok(Flow::Next)
}
