//! Faults and exceptions of instructions, as the signals Linux makes of them.

use crate::kernel::Kernel;
use crate::signal::Disposition;
use crate::task::Tid;
use uemu_abi::signal::{
    BUS_ADRALN, BUS_ADRERR, FPE_FLTDIV, FPE_FLTINV, FPE_FLTOVF, FPE_FLTRES, FPE_FLTUND, FPE_INTDIV, ILL_ILLOPN,
    SEGV_ACCERR, SEGV_MAPERR, SI_KERNEL, SigFields, SigInfo, SigSet, Signal, TRAP_BRKPT, TRAP_TRACE,
};
use uemu_cpu::{CpuState, Exception, Exit, Flags};
use uemu_mem::{Access, Cause, MemFault, USER_END};

/// What `sigcontext` says of the last fault of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trap {
    /// Exception vector (SDM vol. 3A, 6.15).
    pub number: u64,
    /// Error code.
    pub error: u64,
    /// CR2: the address of the last page fault.
    pub cr2: u64,
}

const PF_PRESENT: u64 = 1;
const PF_WRITE: u64 = 2;
const PF_USER: u64 = 4;
const PF_FETCH: u64 = 16;

impl Kernel {
    /// The instruction at hand faulted: sends its thread the signal, which cannot be blocked or ignored.
    pub(crate) fn raise(&mut self, tid: Tid, exit: Exit) {
        if !self.tasks.contains_key(&tid) {
            return;
        }
        let (info, trap) = match exit {
            Exit::Fault(fault) => {
                // Only a mapping with some access has present pages to violate.
                let present = self.memory(tid).and_then(|m| m.find(fault.addr)).is_some_and(|m| !m.prot.is_empty());
                memory(fault, present, self.task(tid).trap)
            }
            Exit::Exception(e) => match exception(e, &self.task(tid).cpu, self.task(tid).trap) {
                Some(x) => x,
                None => return,
            },
            _ => return,
        };
        let task = self.task_mut(tid);
        // A fault pushes RF, so that a breakpoint on the instruction is not met twice; it shows in the signal's frame.
        if !matches!(exit, Exit::Exception(e) if e.is_trap()) {
            task.cpu.flags.control |= Flags::RF;
        }
        task.trap = trap;
        task.fault = Some(exit);
        self.force(tid, info);
    }

    /// Sends a thread a signal it cannot escape: blocked or ignored, it kills (force_sig).
    pub(crate) fn force(&mut self, tid: Tid, info: SigInfo) {
        let blocked = self.task(tid).mask.has(info.signal);
        let id = self.process_of(tid).actions;
        if let Some(actions) = self.actions.get_mut(id)
            && (blocked || actions.disposition(info.signal) == Disposition::Ignore)
        {
            actions.set(info.signal, Default::default());
        }
        let task = self.task_mut(tid);
        task.mask = task.mask.minus(SigSet::of(info.signal));
        // The fault's own information, whatever waits under the same number.
        task.pending.discard(SigSet::of(info.signal));
        task.pending.push(info, usize::MAX);
    }
}

/// The signal Linux makes of an exit, given the registers as the engine left them; `None` for exits that raise none.
pub fn signal_of(exit: Exit, cpu: &CpuState) -> Option<SigInfo> {
    match exit {
        Exit::Fault(fault) => Some(memory(fault, false, Trap::default()).0),
        Exit::Exception(e) => exception(e, cpu, Trap::default()).map(|(info, _)| info),
        _ => None,
    }
}

fn fault(signal: Signal, code: i32, addr: u64) -> SigInfo {
    SigInfo { signal, code, fields: SigFields::Fault { addr } }
}

fn memory(f: MemFault, present: bool, old: Trap) -> (SigInfo, Trap) {
    let access = match f.access {
        Access::Read => 0,
        Access::Write => PF_WRITE,
        Access::Execute => PF_FETCH,
    };
    let page_fault =
        |p: bool| Trap { number: 14, error: PF_USER | access | if p { PF_PRESENT } else { 0 }, cr2: f.addr.0 };
    match f.cause {
        // An address of the kernel's half says "present", so that nothing is learned from it.
        Cause::Unmapped | Cause::StackLimit => {
            (fault(Signal::SIGSEGV, SEGV_MAPERR, f.addr.0), page_fault(f.addr >= USER_END))
        }
        Cause::Protection => (fault(Signal::SIGSEGV, SEGV_ACCERR, f.addr.0), page_fault(present)),
        Cause::PastFileEnd => (fault(Signal::SIGBUS, BUS_ADRERR, f.addr.0), page_fault(false)),
        Cause::NonCanonical => {
            (SigInfo { code: SI_KERNEL, ..fault(Signal::SIGSEGV, 0, 0) }, Trap { number: 13, error: 0, ..old })
        }
        Cause::OutOfMemory => (SigInfo::kernel(Signal::SIGKILL), page_fault(false)),
    }
}

fn exception(e: Exception, cpu: &CpuState, old: Trap) -> Option<(SigInfo, Trap)> {
    let rip = cpu.rip;
    let coded = |number, error| Trap { number, error, ..old };
    let trap = |number| coded(number, 0);
    // Without a code of its own Linux says only that the kernel sent it, and not where.
    let bare = |signal| SigInfo { code: SI_KERNEL, ..fault(signal, 0, 0) };
    Some(match e {
        Exception::Divide => (fault(Signal::SIGFPE, FPE_INTDIV, rip), trap(0)),
        Exception::Debug => (fault(Signal::SIGTRAP, TRAP_TRACE, rip), trap(1)),
        Exception::Int1 => (fault(Signal::SIGTRAP, TRAP_BRKPT, rip), trap(1)),
        Exception::Breakpoint => (bare(Signal::SIGTRAP), trap(3)),
        Exception::Overflow => (bare(Signal::SIGSEGV), trap(4)),
        Exception::InvalidOpcode { .. } => (fault(Signal::SIGILL, ILL_ILLOPN, rip), trap(6)),
        Exception::StackFault => (bare(Signal::SIGBUS), trap(12)),
        Exception::GeneralProtection => (bare(Signal::SIGSEGV), trap(13)),
        Exception::Selector(code) => (bare(Signal::SIGSEGV), coded(13, u64::from(code))),
        Exception::X87 => {
            let code = float_code(u32::from(cpu.x87.status & !cpu.x87.control))?;
            (fault(Signal::SIGFPE, code, rip), trap(16))
        }
        Exception::Simd => {
            let code = float_code(!(cpu.mxcsr.0 >> 7) & cpu.mxcsr.0)?;
            (fault(Signal::SIGFPE, code, rip), trap(19))
        }
        Exception::AlignmentCheck => (fault(Signal::SIGBUS, BUS_ADRALN, 0), trap(17)),
    })
}

/// The first of the unmasked exceptions, in Linux's order.
fn float_code(raised: u32) -> Option<i32> {
    [(0x01, FPE_FLTINV), (0x04, FPE_FLTDIV), (0x08, FPE_FLTOVF), (0x12, FPE_FLTUND), (0x20, FPE_FLTRES)]
        .into_iter()
        .find(|(bits, _)| raised & bits != 0)
        .map(|(_, code)| code)
}
