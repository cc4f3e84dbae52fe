//! Where two right processors may differ: the one place that knows.

use super::form::emulated;
use crate::bounds::{C1, close, is_estimate, is_transcendental, leaves_c1, near, own_bytes};
use crate::flags::{leaves_nothing_defined, undefined};
use iced_x86::{Code, CpuidFeature, Instruction, Mnemonic as M, OpKind, Register as R};
use uemu_abi::signal::{BUS_ADRALN, SigFields, Signal};
use uemu_cpu::Flags;
use uemu_vector::layout::DATA;
use uemu_vector::{Case, End, Outcome};

/// What a native outcome is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// It binds, but for these arithmetic flags.
    Binding(u64),
    /// The architecture leaves it to the processor.
    Silent,
}

/// Takes over from `ours` what the architecture leaves open and is within its bounds.
pub(crate) fn reconcile(case: &Case, insn: &Instruction, native: &mut Outcome, ours: &Outcome) -> Verdict {
    let m = insn.mnemonic();
    if let End::Signal(info) = &mut native.end
        && m == M::Int1
        && info.signal == Signal::SIGTRAP
    {
        // A trap comes after its instruction, but a hypervisor that looks at #DB itself passes this one on unmoved.
        native.cpu.rip = case.next_rip();
        info.fields = SigFields::Fault { addr: native.cpu.rip };
    }
    if emulated(insn.code()) && case.cpu.flags.rflags() & Flags::TF != 0 {
        // The system that executes it forgets the trap.
        return Verdict::Silent;
    }
    // The way back to user mode makes 0 of every null selector.
    for (theirs, mine) in native.cpu.selectors.iter_mut().zip(ours.cpu.selectors) {
        if *theirs == 0 && mine < 4 {
            *theirs = mine;
        }
    }
    // A signal elsewhere is a trap after the instruction, or what lies where it led.
    let faulted = |o: &Outcome| o.end != End::Ran && o.cpu.rip == case.cpu.rip;
    if faulted(native) || faulted(ours) {
        return after_fault(case, insn, native, ours);
    }
    match m {
        _ if leaves_nothing_defined(insn, &case.cpu) => return Verdict::Silent,
        _ if is_estimate(insn) => estimates(insn.op0_register(), native, ours),
        M::Rdrand | M::Rdseed => {
            // Another number, or none: as the source has it.
            let n = insn.op0_register().full_register().number();
            let had = |o: &Outcome| o.cpu.flags.cf();
            if had(native) && had(ours) {
                native.cpu.gpr[n] = ours.cpu.gpr[n];
            }
        }
        _ if is_transcendental(insn) => approximations(native, ours),
        _ => {}
    }
    if leaves_c1(insn) {
        native.cpu.x87.status = native.cpu.x87.status & !C1 | ours.cpu.x87.status & C1;
    }
    if unmasked_denormal_load(insn, ours) {
        return Verdict::Silent;
    }
    images(case, insn, native, ours);
    Verdict::Binding(undefined(insn, &case.cpu))
}

/// Instructions with several accesses, or one to many bytes: which of them faults first, and what earlier ones have
/// left in memory, is the processor's own.
fn many_accesses(m: M) -> bool {
    let control = matches!(m, M::Retf | M::Iret | M::Iretd | M::Iretq | M::Enter | M::Call);
    let strings = matches!(m, M::Cmpsb | M::Cmpsw | M::Cmpsd | M::Cmpsq);
    let masked = matches!(m, M::Maskmovq | M::Maskmovdqu | M::Vmaskmovdqu);
    let x87 = matches!(m, M::Fldenv | M::Fnstenv | M::Frstor | M::Fnsave);
    control || strings || masked || x87 || save(m)
}

/// Instructions on whole save areas.
pub(super) fn save(m: M) -> bool {
    matches!(
        m,
        M::Fxsave
            | M::Fxsave64
            | M::Fxrstor
            | M::Fxrstor64
            | M::Xsave
            | M::Xsave64
            | M::Xsaveopt
            | M::Xsaveopt64
            | M::Xsavec
            | M::Xsavec64
            | M::Xrstor
            | M::Xrstor64
    )
}

/// Whether one found an access misaligned where the other found something else wrong with another access: which of them comes
/// first is the processor's own.
fn another_access(insn: &Instruction, native: &Outcome, ours: &Outcome) -> bool {
    let signal = |o: &Outcome| if let End::Signal(i) = &o.end { Some((i.signal, i.code)) } else { None };
    let misaligned = Some((Signal::SIGBUS, BUS_ADRALN));
    let operand = (0..insn.op_count()).any(|n| insn.op_kind(n) == OpKind::Memory);
    let two = insn.is_string_instruction() || insn.is_stack_instruction() && operand || many_accesses(insn.mnemonic());
    two && (signal(native) == misaligned) != (signal(ours) == misaligned)
}

fn after_fault(case: &Case, insn: &Instruction, native: &mut Outcome, ours: &Outcome) -> Verdict {
    if another_access(insn, native, ours) {
        return Verdict::Silent;
    }
    let masked = matches!(insn.mnemonic(), M::Maskmovq | M::Maskmovdqu | M::Vmaskmovdqu);
    let same = (native.cpu.rip == case.cpu.rip) == (ours.cpu.rip == case.cpu.rip);
    let sha = insn.cpuid_features().contains(&CpuidFeature::SHA);
    if sha && !same && address(case, insn).is_some_and(|a| !a.is_multiple_of(16)) {
        // Some processors want what SHA reads from memory to be aligned, as Intel's manual allows.
        return Verdict::Silent;
    }
    if insn.code() == Code::Movsxd_r16_rm16 && native.end != ours.end {
        // AMD's processors read 32 bits where it is said to read 16.
        return Verdict::Silent;
    }
    if !same && (masked || save(insn.mnemonic())) {
        // Whether bytes that the mask leaves out can fault is the implementation's (SDM vol. 2A); and so is how much of a
        // save area is looked at for components that are not wanted.
        return Verdict::Silent;
    }
    if let (End::Signal(theirs), End::Signal(mine)) = (&native.end, &ours.end)
        && many_accesses(insn.mnemonic())
        && [theirs, mine].iter().all(|i| matches!(i.signal, Signal::SIGSEGV | Signal::SIGBUS))
    {
        native.end = ours.end.clone();
        native.data.copy_from_slice(&ours.data);
    }
    if emulated(insn.code()) {
        // Linux writes as much as it can.
        native.data.copy_from_slice(&ours.data);
    }
    if insn.mnemonic() == M::Maskmovq {
        // Some processors have entered MMX mode when it faults; here a fault changes nothing.
        native.cpu.x87 = case.cpu.x87;
    }
    if insn.is_string_instruction() {
        // The flags of some earlier iteration, or the first ones: not visible, since the instruction goes on.
        return Verdict::Binding(Flags::ARITH);
    }
    Verdict::Binding(0)
}

/// AMD pushes a denormal even where its exception is unmasked; the manual (vol. 1, 8.5.2) leaves the stack alone.
fn unmasked_denormal_load(insn: &Instruction, ours: &Outcome) -> bool {
    const DE: u16 = 2;
    let x = &ours.cpu.x87;
    insn.mnemonic() == M::Fld && x.status & !x.control & DE != 0
}

/// Takes over pairs of estimates that are close enough.
fn estimates(destination: R, native: &mut Outcome, ours: &Outcome) {
    let n = destination.number();
    for (theirs, mine) in native.cpu.vector[n].0.iter_mut().zip(ours.cpu.vector[n].0) {
        if close(*theirs as u32, mine as u32) && close((*theirs >> 32) as u32, (mine >> 32) as u32) {
            *theirs = mine;
        }
    }
}

/// Takes over results that are near enough.
fn approximations(native: &mut Outcome, ours: &Outcome) {
    if native.cpu.x87.top != ours.cpu.x87.top {
        return;
    }
    for st in 0..2 {
        let n = usize::from(native.cpu.x87.top + st) & 7;
        let value = |o: &Outcome| (o.cpu.x87.sign_exponent[n], o.cpu.x87.significand[n]);
        if near(value(native), value(ours)) {
            (native.cpu.x87.sign_exponent[n], native.cpu.x87.significand[n]) = value(ours);
        }
    }
}

/// The linear address of the memory operand.
pub(crate) fn address(case: &Case, insn: &Instruction) -> Option<u64> {
    let n = (0..insn.op_count()).find(|n| insn.op_kind(*n) == OpKind::Memory)?;
    insn.virtual_address(n, 0, |r, _, _| {
        Some(match r {
            R::FS => case.cpu.fs_base,
            R::GS => case.cpu.gs_base,
            r if r.is_segment_register() => 0,
            r => {
                let v = case.cpu.gpr[r.full_register().number()];
                if r.size() == 4 { u64::from(v as u32) } else { v }
            }
        })
    })
}

/// Takes over what is the processor's own in an image it has stored.
fn images(case: &Case, insn: &Instruction, native: &mut Outcome, ours: &Outcome) {
    let own = own_bytes(insn);
    let Some(at) = address(case, insn).filter(|_| !own.is_empty()).map(|a| a.wrapping_sub(DATA) as usize) else {
        return;
    };
    for (start, end) in own {
        let (from, to) = (at.saturating_add(*start), at.saturating_add(*end));
        if let (Some(theirs), Some(mine)) = (native.data.get_mut(from..to), ours.data.get(from..to)) {
            theirs.copy_from_slice(mine);
        }
    }
}
