//! Signals as strace(1) writes them: `{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}`.

use std::fmt::Write;
use uemu_abi::plain::Scalar;
use uemu_abi::signal::{self as s, SigInfo, Signal};

/// A `siginfo_t` (sigaction(2)).
pub(crate) fn info(i: &SigInfo) -> String {
    let bytes = i.to_bytes();
    let int = |at| i32::get(&bytes, at);
    let (pid, uid, value) = (int(16), int(20), u64::get(&bytes, 24));
    let mut out = format!("{{si_signo={}, si_code={}", i.signal.name(), code(i));
    // Writing to a String cannot fail.
    let _ = match (i.code, i.signal) {
        (s::SI_USER | s::SI_TKILL, _) => write!(out, ", si_pid={pid}, si_uid={uid}"),
        (s::SI_TIMER, _) => write!(out, ", si_timerid={}, si_overrun={uid}", hex(pid as u32 as u64))
            .map(|()| show_value(value, &mut out)),
        (..=0, _) => {
            let _ = write!(out, ", si_pid={pid}, si_uid={uid}");
            if value != 0 {
                show_value(value, &mut out);
            }
            Ok(())
        }
        (_, Signal::SIGCHLD) => {
            let number = int(24);
            let status = match u64::try_from(number).ok().and_then(Signal::new) {
                Some(signal) if i.code != s::CLD_EXITED => signal.name(),
                _ => number.to_string(),
            };
            let (utime, stime) = (i64::get(&bytes, 32), i64::get(&bytes, 40));
            write!(out, ", si_pid={pid}, si_uid={uid}, si_status={status}, si_utime={utime}, si_stime={stime}")
        }
        (_, Signal::SIGILL | Signal::SIGFPE | Signal::SIGSEGV | Signal::SIGBUS) => match u64::get(&bytes, 16) {
            0 => write!(out, ", si_addr=NULL"),
            addr => write!(out, ", si_addr={addr:#x}"),
        },
        _ => {
            let sender = if pid != 0 || uid != 0 { format!(", si_pid={pid}, si_uid={uid}") } else { String::new() };
            out.push_str(&sender);
            if value != 0 {
                show_value(value, &mut out);
            }
            Ok(())
        }
    };
    out.push('}');
    out
}

fn show_value(value: u64, out: &mut String) {
    let ptr = if value == 0 { "NULL".to_owned() } else { format!("{value:#x}") };
    let _ = write!(out, ", si_int={}, si_ptr={ptr}", value as i32);
}

fn hex(value: u64) -> String {
    if value == 0 { "0".to_owned() } else { format!("{value:#x}") }
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
];

/// Codes of one signal, from 1 on.
fn names(signal: Signal) -> &'static [&'static str] {
    match signal {
        Signal::SIGCHLD => &["CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"],
        Signal::SIGSEGV => &["SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR"],
        Signal::SIGBUS => &["BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR"],
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
        Signal::SIGTRAP => &["TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT"],
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

fn code(i: &SigInfo) -> String {
    let general = GENERAL.iter().find(|(n, _)| *n == i.code).map(|(_, name)| *name);
    let own = || names(i.signal).get(usize::try_from(i.code).ok()?.checked_sub(1)?).copied();
    general.or_else(own).map_or_else(|| format!("{:#x}", i.code), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_abi::signal::SigFields;

    #[test]
    fn as_strace_writes_them() {
        let show = |signal, code, fields| info(&SigInfo { signal, code, fields });
        assert_eq!(
            show(Signal::SIGSEGV, s::SEGV_MAPERR, SigFields::Fault { addr: 0 }),
            "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}"
        );
        assert_eq!(info(&SigInfo::kernel(Signal::SIGSEGV)), "{si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL}");
        assert_eq!(info(&SigInfo::kernel(Signal::SIGALRM)), "{si_signo=SIGALRM, si_code=SI_KERNEL}");
        assert_eq!(
            show(Signal::SIGUSR1, s::SI_TKILL, SigFields::Kill { pid: 5, uid: 0 }),
            "{si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=5, si_uid=0}"
        );
        assert_eq!(
            show(Signal::SIGUSR1, s::SI_QUEUE, SigFields::Queue { pid: 5, uid: 0, value: 0x7 }),
            "{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_int=7, si_ptr=0x7}"
        );
        assert_eq!(
            show(Signal::SIGCHLD, s::CLD_EXITED, SigFields::Child { pid: 7, uid: 0, status: 3, utime: 0, stime: 0 }),
            "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=3, si_utime=0, si_stime=0}"
        );
        assert_eq!(
            show(Signal::SIGCHLD, s::CLD_KILLED, SigFields::Child { pid: 7, uid: 0, status: 9, utime: 0, stime: 0 }),
            "{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=7, si_uid=0, si_status=SIGKILL, si_utime=0, si_stime=0}"
        );
    }
}
