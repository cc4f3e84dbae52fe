//! Signals, sets of them, actions.

use super::int::show_addr;
use super::pointer::show_at;
use super::{ArgRegs, Phase, Show, ShowPlain, SyscallArg, bits};
use std::fmt::Write;
use uemu_abi::plain::Plain;
use uemu_abi::signal::{
    CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, RawSigAction, SI_KERNEL, SI_QUEUE, SI_TKILL,
    SI_USER, SIG_DFL, SIG_IGN, SIGINFO_SIZE, SigFields, SigInfo, SigSet, Signal, StackT,
};
use uemu_mem::GuestAddr;

/// A signal's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigArg(pub u32);

impl SyscallArg for SigArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SigArg(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        out.push_str(&signal_name(u64::from(self.0)));
    }
}

/// `SIGINT`, `SIGRTMIN`, `SIGRT_1`, or the number.
pub fn signal_name(n: u64) -> String {
    match Signal::new(n) {
        Some(s) if n == 32 => {
            debug_assert!(s.is_realtime(), "the first of them");
            "SIGRTMIN".into()
        }
        Some(s) => s.name(),
        None => n.to_string(),
    }
}

impl ShowPlain for SigSet {
    fn show(&self, out: &mut String) {
        // Sets of more than two thirds are shown by what they lack.
        let invert = self.0.count_ones() >= 64 * 2 / 3;
        let shown = if invert { SigSet(!self.0) } else { *self };
        out.push_str(if invert { "~[" } else { "[" });
        let names: Vec<String> =
            shown.iter().map(|s| signal_name(s.number().into()).trim_start_matches("SIG").to_owned()).collect();
        out.push_str(&names.join(" "));
        out.push(']');
    }
}

/// SA_* in strace's order.
const SA_NAMES: &[(u64, &str)] = &[
    (0x0400_0000, "SA_RESTORER"),
    (0x0800_0000, "SA_ONSTACK"),
    (0x1000_0000, "SA_RESTART"),
    (0x2000_0000, "SA_INTERRUPT"),
    (0x4000_0000, "SA_NODEFER"),
    (0x8000_0000, "SA_RESETHAND"),
    (1, "SA_NOCLDSTOP"),
    (2, "SA_NOCLDWAIT"),
    (4, "SA_SIGINFO"),
    (0x400, "SA_UNSUPPORTED"),
    (0x800, "SA_EXPOSE_TAGBITS"),
];

impl ShowPlain for RawSigAction {
    fn show(&self, out: &mut String) {
        let _ = match self.handler {
            SIG_DFL => write!(out, "{{sa_handler=SIG_DFL"),
            SIG_IGN => write!(out, "{{sa_handler=SIG_IGN"),
            h => write!(out, "{{sa_handler={h:#x}"),
        };
        out.push_str(", sa_mask=");
        self.mask.show(out);
        out.push_str(", sa_flags=");
        bits(self.flags, SA_NAMES, "SA_???", out);
        if self.flags & 0x0400_0000 != 0 {
            let _ = write!(out, ", sa_restorer={:#x}", self.restorer);
        }
        out.push('}');
    }
}

impl ShowPlain for StackT {
    fn show(&self, out: &mut String) {
        out.push_str("{ss_sp=");
        show_addr(GuestAddr(self.sp), out);
        out.push_str(", ss_flags=");
        bits(self.flags.into(), &[(1, "SS_ONSTACK"), (2, "SS_DISABLE"), (1 << 31, "SS_AUTODISARM")], "SS_???", out);
        let _ = write!(out, ", ss_size={}}}", self.size);
    }
}

/// `siginfo_t` as bytes the call fills in.
pub struct SigInfoOut(pub GuestAddr);

impl SyscallArg for SigInfoOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SigInfoOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; SIGINFO_SIZE];
        if cx.failed() || self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut b) < SIGINFO_SIZE {
            return show_addr(self.0, out);
        }
        match decode_info(&b) {
            Some(info) => show_info(&info, out),
            None => out.push_str("{}"),
        }
    }
}

/// Reads a `siginfo_t` back; `None` for signal zero (waitid found nothing).
fn decode_info(b: &[u8; SIGINFO_SIZE]) -> Option<SigInfo> {
    let word = |at: usize| i32::decode(b.get(at..).unwrap_or_default());
    let signal = Signal::new(word(0) as u64)?;
    let code = word(8);
    let (pid, uid) = (word(16) as u32, word(20) as u32);
    let long = |at: usize| u64::decode(b.get(at..).unwrap_or_default());
    let fields = match (signal, code) {
        (Signal::SIGCHLD, 1..=6) => {
            SigFields::Child { pid, uid, status: word(24), utime: long(32) as i64, stime: long(40) as i64 }
        }
        (_, SI_QUEUE) => SigFields::Queue { pid, uid, value: long(24) },
        (Signal::SIGSEGV | Signal::SIGBUS | Signal::SIGILL | Signal::SIGFPE | Signal::SIGTRAP, 1..) => {
            SigFields::Fault { addr: long(16) }
        }
        _ => SigFields::Kill { pid, uid },
    };
    Some(SigInfo { signal, code, fields })
}

/// A signal's cause as strace(1) writes it in `--- SIG... {...} ---`.
pub fn show_info(info: &SigInfo, out: &mut String) {
    let name = signal_name(info.signal.number().into());
    let _ = write!(out, "{{si_signo={name}, si_code={}", code_name(info.signal, info.code));
    let _ = match info.fields {
        SigFields::Kill { .. } if info.code == SI_KERNEL => Ok(()),
        SigFields::Kill { pid, uid } => write!(out, ", si_pid={pid}, si_uid={uid}"),
        SigFields::Queue { pid, uid, value } => {
            write!(out, ", si_pid={pid}, si_uid={uid}, si_int={}, si_ptr={value:#x}", value as i32)
        }
        SigFields::Child { pid, uid, status, utime, stime } => {
            let status = match info.code {
                CLD_EXITED => status.to_string(),
                _ => signal_name(status as u64),
            };
            write!(out, ", si_pid={pid}, si_uid={uid}, si_status={status}, si_utime={utime}, si_stime={stime}")
        }
        SigFields::Fault { addr } => {
            out.push_str(", si_addr=");
            show_addr(GuestAddr(addr), out);
            Ok(())
        }
        SigFields::Raw([word, ..]) => write!(out, ", si_pid={}, si_uid={}", word as u32, word >> 32),
    };
    out.push('}');
}

fn code_name(signal: Signal, code: i32) -> String {
    let name = match (signal, code) {
        (_, SI_USER) => "SI_USER",
        (_, SI_KERNEL) => "SI_KERNEL",
        (_, SI_QUEUE) => "SI_QUEUE",
        (_, SI_TKILL) => "SI_TKILL",
        (Signal::SIGCHLD, CLD_EXITED) => "CLD_EXITED",
        (Signal::SIGCHLD, CLD_KILLED) => "CLD_KILLED",
        (Signal::SIGCHLD, CLD_DUMPED) => "CLD_DUMPED",
        (Signal::SIGCHLD, CLD_STOPPED) => "CLD_STOPPED",
        (Signal::SIGCHLD, CLD_CONTINUED) => "CLD_CONTINUED",
        (Signal::SIGSEGV, 1) => "SEGV_MAPERR",
        (Signal::SIGSEGV, 2) => "SEGV_ACCERR",
        (Signal::SIGBUS, 1) => "BUS_ADRALN",
        (Signal::SIGBUS, 2) => "BUS_ADRERR",
        (Signal::SIGILL, 2) => "ILL_ILLOPN",
        (Signal::SIGFPE, 1) => "FPE_INTDIV",
        (Signal::SIGFPE, 3) => "FPE_FLTDIV",
        (Signal::SIGFPE, 4) => "FPE_FLTOVF",
        (Signal::SIGFPE, 5) => "FPE_FLTUND",
        (Signal::SIGFPE, 6) => "FPE_FLTRES",
        (Signal::SIGFPE, 7) => "FPE_FLTINV",
        (Signal::SIGTRAP, 1) => "TRAP_BRKPT",
        (Signal::SIGTRAP, 2) => "TRAP_TRACE",
        _ => return format!("{code:#x}"),
    };
    name.to_owned()
}

/// rt_sigreturn(2)'s argument is its frame: strace shows the mask in it.
pub struct FrameMask;

impl SyscallArg for FrameMask {
    fn pull(_: &mut ArgRegs<'_>) -> Self {
        FrameMask
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let sp = cx.view.kernel.tasks.get(&cx.view.tid).map_or(0, |t| t.cpu.get(uemu_cpu::Gpr::Rsp));
        out.push_str("{mask=");
        // The return address is gone: the stack pointer is at the ucontext, whose last field is the mask.
        show_at::<SigSet>(cx, GuestAddr(sp.wrapping_add(296)), out);
        out.push('}');
    }
}
