//! `siginfo_t` (sigaction(2)) as strace(1) writes it: `{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}`.

use super::int::{show_addr, show_hex};
use super::signal::signal_name;
use super::{ArgRegs, Phase, Show, SyscallArg};
use std::fmt::Write;
use uemu_abi::signal::{self as s, SIGINFO_SIZE, SigInfo, Signal};
use uemu_mem::GuestAddr;

/// A `siginfo_t` that the call reads.
pub struct SigInfoIn(pub GuestAddr);

/// A `siginfo_t` that the call fills in.
pub struct SigInfoOut(pub GuestAddr);

impl SyscallArg for SigInfoIn {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SigInfoIn(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_at(cx, self.0, out);
    }
}

impl SyscallArg for SigInfoOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SigInfoOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if cx.failed() { show_addr(self.0, out) } else { show_at(cx, self.0, out) }
    }
}

fn show_at(cx: &Show<'_>, at: GuestAddr, out: &mut String) {
    let mut bytes = [0; SIGINFO_SIZE];
    if at == GuestAddr::NULL || cx.view.mem.peek(at, &mut bytes) < bytes.len() {
        return show_addr(at, out);
    }
    show_bytes(&bytes, out);
}

/// A signal's cause as strace(1) writes it in `--- SIG... {...} ---`.
pub fn show_info(info: &SigInfo, out: &mut String) {
    show_bytes(&info.to_bytes(), out);
}

fn show_bytes(bytes: &[u8; SIGINFO_SIZE], out: &mut String) {
    let int = |at: usize| i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| u64::from(int(at) as u32) | u64::from(int(at + 4) as u32) << 32;
    let (number, code) = (int(0), int(8));
    let (pid, uid, value) = (int(16), int(20), long(24));
    if number == 0 {
        // waitid(2) found nothing.
        return out.push_str("{}");
    }
    let signal = u64::try_from(number).ok().and_then(Signal::new);
    let name = |n: i32| signal_name(u64::from(n as u32));
    // Writing to a String cannot fail.
    let _ = write!(out, "{{si_signo={}, si_code=", name(number));
    code_name(signal, code, out);
    let sender = |out: &mut String| {
        let _ = write!(out, ", si_pid={pid}, si_uid={uid}");
    };
    let attached = |out: &mut String| {
        let _ = write!(out, ", si_int={}, si_ptr=", value as i32);
        show_addr(GuestAddr(value), out);
    };
    match (code, signal) {
        (s::SI_USER | s::SI_TKILL, _) => sender(out),
        (s::SI_TIMER, _) => {
            out.push_str(", si_timerid=");
            show_hex(u64::from(pid as u32), out);
            let _ = write!(out, ", si_overrun={uid}");
            attached(out);
        }
        (..=0, _) => {
            sender(out);
            if value != 0 {
                attached(out);
            }
        }
        (_, Some(Signal::SIGCHLD)) => {
            sender(out);
            let status = int(24);
            let status = if code == s::CLD_EXITED { status.to_string() } else { name(status) };
            let _ = write!(out, ", si_status={status}, si_utime={}, si_stime={}", long(32) as i64, long(40) as i64);
        }
        (_, Some(Signal::SIGILL | Signal::SIGFPE | Signal::SIGSEGV | Signal::SIGBUS)) => {
            out.push_str(", si_addr=");
            show_addr(GuestAddr(long(16)), out);
        }
        _ => {
            if pid != 0 || uid != 0 {
                sender(out);
            }
            if value != 0 {
                attached(out);
            }
        }
    }
    out.push('}');
}

/// Codes any signal may have.
const GENERAL: &[(i32, &str)] = &[
    (s::SI_USER, "SI_USER"),
    (s::SI_KERNEL, "SI_KERNEL"),
    (s::SI_QUEUE, "SI_QUEUE"),
    (s::SI_TIMER, "SI_TIMER"),
    (-3, "SI_MESGQ"),
    (-4, "SI_ASYNCIO"),
    (-5, "SI_SIGIO"),
    (s::SI_TKILL, "SI_TKILL"),
    (-7, "SI_DETHREAD"),
    (-60, "SI_ASYNCNL"),
];

/// Codes of one signal, from 1 on.
fn own_codes(signal: Signal) -> &'static [&'static str] {
    match signal {
        Signal::SIGCHLD => &["CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"],
        Signal::SIGSEGV => &["SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR"],
        Signal::SIGBUS => &["BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR"],
        Signal::SIGTRAP => &["TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT"],
        Signal::SIGILL => &[
            "ILL_ILLOPC",
            "ILL_ILLOPN",
            "ILL_ILLADR",
            "ILL_ILLTRP",
            "ILL_PRVOPC",
            "ILL_PRVREG",
            "ILL_COPROC",
            "ILL_BADSTK",
        ],
        Signal::SIGFPE => &[
            "FPE_INTDIV",
            "FPE_INTOVF",
            "FPE_FLTDIV",
            "FPE_FLTOVF",
            "FPE_FLTUND",
            "FPE_FLTRES",
            "FPE_FLTINV",
            "FPE_FLTSUB",
        ],
        _ => &[],
    }
}

fn code_name(signal: Option<Signal>, code: i32, out: &mut String) {
    let general = GENERAL.iter().find(|(n, _)| *n == code).map(|(_, name)| *name);
    let own = || own_codes(signal?).get(usize::try_from(code).ok()?.checked_sub(1)?).copied();
    match general.or_else(own) {
        Some(name) => out.push_str(name),
        None => show_hex(u64::from(code as u32), out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_abi::signal::SigFields;

    #[test]
    fn as_strace_writes_them() {
        let text = |info: &SigInfo| {
            let mut out = String::new();
            show_info(info, &mut out);
            out
        };
        let show = |signal, code, fields| text(&SigInfo { signal, code, fields });
        assert_eq!(
            show(Signal::SIGSEGV, s::SEGV_MAPERR, SigFields::Fault { addr: 0 }),
            "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}"
        );
        assert_eq!(text(&SigInfo::kernel(Signal::SIGSEGV)), "{si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL}");
        assert_eq!(text(&SigInfo::kernel(Signal::SIGALRM)), "{si_signo=SIGALRM, si_code=SI_KERNEL}");
        assert_eq!(
            show(Signal::SIGUSR1, s::SI_TKILL, SigFields::Kill { pid: 5, uid: 0 }),
            "{si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=5, si_uid=0}"
        );
        assert_eq!(
            show(Signal::SIGUSR1, s::SI_QUEUE, SigFields::Queue { pid: 5, uid: 0, value: 0x7 }),
            "{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_int=7, si_ptr=0x7}"
        );
        let child = |status| SigFields::Child { pid: 7, uid: 0, status, utime: 0, stime: 0 };
        assert_eq!(
            show(Signal::SIGCHLD, s::CLD_EXITED, child(3)),
            "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=3, si_utime=0, si_stime=0}"
        );
        assert_eq!(
            show(Signal::SIGCHLD, s::CLD_KILLED, child(9)),
            "{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=7, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0}"
        );
    }
}
