//! The processor's half: one instruction at a time, with what must be kept from the program.
//!
//! Kept from it are what uemu has no like of (the answers of this host's CPUID, state components that XCR0 of the model
//! lacks) and what would change its memory behind our back (the vDSO's data, restartable sequences).

use super::facts::{Facts, Way, repetitions};
use super::ptrace::Raised;
use super::state::{self, Image};
use super::tracee::{Ended, Stop, Tracee};
use iced_x86::{Instruction, Mnemonic as M};
use libc::user_regs_struct;
use std::io;
use std::process::Command;
use uemu_abi::signal::{DefaultAction, Signal};
use uemu_cpu::{CpuModel, CpuState, Flags, Gpr};

/// si_code of the trap that ends a step (TRAP_TRACE).
const TRAP_TRACE: i32 = 2;
/// A string instruction with more repetitions than this is not walked one by one: each is a step.
const MANY: u64 = 16;
const AT_IGNORE: u64 = 1;
const AT_SYSINFO_EHDR: u64 = 33;
const ENOSYS: i64 = 38;

/// How an instruction went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Went {
    /// It retired.
    Retired,
    /// The program stopped before this signal is delivered: the instruction's own, or somebody else's before it.
    Signal(Raised),
    /// It was the last one.
    Ended(Ended),
}

impl Raised {
    /// Whether the instruction raised it, rather than some process or clock.
    pub(crate) fn is_fault(&self) -> bool {
        let kinds = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP];
        self.code > 0 && kinds.contains(&self.signal)
    }
}

/// The program and its registers as the processor has them.
pub(crate) struct Native {
    pub tracee: Tracee,
    pub cpu: CpuState,
    model: CpuModel,
    image: Image,
}

impl Native {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command, model: CpuModel) -> Result<Native, String> {
        let tracee = Tracee::start(command)?;
        let mut native = Native { tracee, cpu: CpuState::new(), model, image: Image::new() };
        native.refresh(true)?;
        native.hide_vdso()?;
        Ok(native)
    }

    /// Reads the registers; those of the vector and x87 units if `extended`.
    pub(crate) fn refresh(&mut self, extended: bool) -> Result<(), String> {
        let regs = self.tracee.registers().map_err(of("registers"))?;
        state::store(&regs, &mut self.cpu);
        if self.cpu.flags.control & Flags::TF != 0 {
            return Err(format!("at {:#x} the program sets TF, to trace itself: it cannot be followed", regs.rip));
        }
        if extended {
            self.tracee.extended(self.image.buffer()).map_err(of("vector registers"))?;
            self.image.store(&mut self.cpu);
        }
        Ok(())
    }

    /// To be called after execve(2).
    pub(crate) fn renew(&mut self) -> Result<(), String> {
        self.tracee.reopen().map_err(of("memory"))?;
        self.refresh(true)?;
        self.hide_vdso()
    }

    /// Hides the vDSO, at program entry: libc then makes the system calls in its stead. Its code reads memory that the
    /// kernel writes at any time.
    fn hide_vdso(&mut self) -> Result<(), String> {
        let mut words = vec![0; 1 << 20];
        let n = self.tracee.read(self.cpu.get(Gpr::Rsp), &mut words);
        let word = |i: usize| {
            let bytes = words[..n].get(8 * i..8 * i + 8)?;
            Some(u64::from_le_bytes(std::array::from_fn(|k| bytes[k])))
        };
        // argc, argv, NULL, envp, NULL, then pairs.
        let mut at = word(0).unwrap_or(0) as usize + 2;
        while word(at).is_some_and(|w| w != 0) {
            at += 1;
        }
        at += 1;
        while let Some(kind) = word(at).filter(|k| *k != 0) {
            if kind == AT_SYSINFO_EHDR {
                let address = self.cpu.get(Gpr::Rsp).wrapping_add(8 * at as u64);
                self.tracee.write(address, &AT_IGNORE.to_le_bytes()).map_err(of("auxiliary vector"))?;
            }
            at += 2;
        }
        Ok(())
    }

    /// Executes the instruction at RIP.
    pub(crate) fn advance(&mut self, insn: &Instruction, facts: &Facts) -> Result<Went, String> {
        match insn.mnemonic() {
            M::Cpuid | M::Xgetbv if facts.way == Way::Model => return self.answer(insn),
            M::Syscall if self.cpu.get(Gpr::Rax) == libc::SYS_rseq as u64 => return self.refuse(insn),
            _ => {}
        }
        let masked = self.mask_components(insn)?;
        let stop = self.tracee.step(0).map_err(of("step"))?;
        let mut went = self.went(insn, stop, facts.extended)?;
        if insn.is_string_instruction() {
            went = self.finish_string(insn, facts, went)?;
        }
        if matches!(went, Went::Ended(_)) {
            return Ok(went);
        }
        if let Some(whole) = masked {
            self.set(|r| (r.rax, r.rdx) = (whole.rax, whole.rdx))?;
        }
        if matches!(insn.mnemonic(), M::Pushf | M::Pushfq) && went == Went::Retired {
            self.hide_trace_flag()?;
        }
        Ok(went)
    }

    fn went(&mut self, insn: &Instruction, stop: Stop, extended: bool) -> Result<Went, String> {
        if let Stop::Ended(how) = stop {
            return Ok(Went::Ended(how));
        }
        self.refresh(extended)?;
        // Besides the step's own, these raise a SIGTRAP.
        let traps = matches!(insn.mnemonic(), M::Int3 | M::Int1 | M::Int);
        if stop == Stop::Trap && !traps {
            return Ok(Went::Retired);
        }
        let raised = self.tracee.raised().map_err(of("signal"))?;
        Ok(if raised.signal == libc::SIGTRAP && raised.code == TRAP_TRACE {
            Went::Retired
        } else {
            Went::Signal(raised)
        })
    }

    /// A step ends after each repetition: goes on to the end.
    fn finish_string(&mut self, insn: &Instruction, facts: &Facts, mut went: Went) -> Result<Went, String> {
        while went == Went::Retired && self.cpu.rip == insn.ip() {
            let many = repetitions(insn, &self.cpu) > MANY;
            let ran = if many { self.tracee.run_to(insn.next_ip()).map_err(of("breakpoint"))? } else { None };
            let stop = match ran {
                Some(stop) => stop,
                None => self.tracee.step(0).map_err(of("step"))?,
            };
            went = match stop {
                Stop::Trap => {
                    self.refresh(facts.extended)?;
                    Went::Retired
                }
                other => self.went(insn, other, facts.extended)?,
            };
        }
        Ok(went)
    }

    fn set(&mut self, change: impl FnOnce(&mut user_regs_struct)) -> Result<(), String> {
        let mut regs = self.tracee.registers().map_err(of("registers"))?;
        change(&mut regs);
        self.tracee.set_registers(&regs).map_err(of("registers"))?;
        self.refresh(false)
    }

    /// Gives the model's answer to CPUID and XGETBV, so that the program takes the paths that it takes under uemu.
    fn answer(&mut self, insn: &Instruction) -> Result<Went, String> {
        let (leaf, subleaf) = (self.cpu.get(Gpr::Rax) as u32, self.cpu.get(Gpr::Rcx) as u32);
        let [a, b, c, d] = self.model.cpuid(leaf, subleaf).map(u64::from);
        let xcr0 = self.xcr0();
        self.set(|r| {
            if insn.mnemonic() == M::Cpuid {
                (r.rax, r.rbx, r.rcx, r.rdx) = (a, b, c, d);
            } else {
                (r.rax, r.rdx) = (u64::from(xcr0 as u32), xcr0 >> 32);
            }
            r.rip = insn.next_ip();
        })?;
        Ok(Went::Retired)
    }

    /// The state components of the model.
    fn xcr0(&self) -> u64 {
        let [low, _, _, high] = self.model.cpuid(0xd, 0);
        u64::from(low) | u64::from(high) << 32
    }

    /// rseq(2) fails as on an older kernel: a registered area is written whenever the thread is scheduled.
    fn refuse(&mut self, insn: &Instruction) -> Result<Went, String> {
        self.set(|r| {
            r.rax = -ENOSYS as u64;
            r.rcx = insn.next_ip();
            r.r11 = r.eflags;
            r.rip = insn.next_ip();
        })?;
        Ok(Went::Retired)
    }

    /// XSAVE and XRSTOR get only the components the model has: the program made no room for others. Returns the
    /// registers to be put back.
    fn mask_components(&mut self, insn: &Instruction) -> Result<Option<user_regs_struct>, String> {
        use M::*;
        let list = [Xsave, Xsave64, Xsaveopt, Xsaveopt64, Xsavec, Xsavec64, Xrstor, Xrstor64];
        if !list.contains(&insn.mnemonic()) {
            return Ok(None);
        }
        let whole = self.tracee.registers().map_err(of("registers"))?;
        let xcr0 = self.xcr0();
        self.set(|r| (r.rax, r.rdx) = (r.rax & u64::from(xcr0 as u32), r.rdx & (xcr0 >> 32)))?;
        Ok(Some(whole))
    }

    /// PUSHF shows the program the TF by which it is stepped.
    fn hide_trace_flag(&mut self) -> Result<(), String> {
        // TF is in the second byte.
        let address = self.cpu.get(Gpr::Rsp).wrapping_add(1);
        let mut byte = [0];
        self.tracee.read(address, &mut byte);
        self.tracee.write(address, &[byte[0] & !((Flags::TF >> 8) as u8)]).map_err(of("stack"))
    }

    /// Delivers a signal: goes on to its handler, or to the program's end. `None`: it has no effect.
    pub(crate) fn deliver(&mut self, signal: i32) -> Result<Option<Went>, String> {
        let (caught, ignored) = self.tracee.disposition(signal).map_err(of("status"))?;
        let action = Signal::new(signal as u64).map_or(DefaultAction::Ignore, Signal::default_action);
        // A program that was stopped would stay so: it is not. What is not delivered is gone with the next step.
        if !caught && (ignored || !matches!(action, DefaultAction::Terminate | DefaultAction::Core)) {
            return Ok(None);
        }
        let stop = self.tracee.step(signal).map_err(of("step"))?;
        self.went(&Instruction::default(), stop, true).map(Some)
    }
}

/// What went wrong with what.
fn of(what: &'static str) -> impl Fn(io::Error) -> String {
    move |e| format!("the program's {what}: {e}")
}
