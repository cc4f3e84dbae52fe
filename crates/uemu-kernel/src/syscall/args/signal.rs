//! Signals, sets of them, actions.

use super::int::show_addr;
use super::pointer::show_at;
use super::{ArgRegs, Show, ShowPlain, SyscallArg, bits};
use std::fmt::Write;
use uemu_abi::signal::{RawSigAction, SIG_DFL, SIG_IGN, SigSet, Signal, StackT};
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
