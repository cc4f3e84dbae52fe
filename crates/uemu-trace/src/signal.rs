//! Signals and ends, as strace(1) writes them.

use uemu_abi::signal::{self as s, SigFields, SigInfo, Signal};

/// `{si_signo=SIGCHLD, ...}`
pub(crate) fn info(i: &SigInfo) -> String {
    let head = format!("{{si_signo={}, si_code={}", i.signal.name(), code(i));
    let tail = match i.fields {
        SigFields::Kill { .. } if i.code == s::SI_KERNEL => String::new(),
        SigFields::Kill { pid, uid } => format!(", si_pid={pid}, si_uid={uid}"),
        SigFields::Queue { pid, uid, value } => {
            let int = value as i32;
            let ptr = if value == 0 { "NULL".to_owned() } else { format!("{value:#x}") };
            format!(", si_pid={pid}, si_uid={uid}, si_int={int}, si_ptr={ptr}")
        }
        SigFields::Child { pid, uid, status, utime, stime } => {
            let status = match (i.code, u64::try_from(status).ok().and_then(Signal::new)) {
                (s::CLD_EXITED, _) | (_, None) => status.to_string(),
                (_, Some(signal)) => signal.name(),
            };
            format!(", si_pid={pid}, si_uid={uid}, si_status={status}, si_utime={utime}, si_stime={stime}")
        }
        SigFields::Fault { addr: 0 } => ", si_addr=NULL".to_owned(),
        SigFields::Fault { addr } => format!(", si_addr={addr:#x}"),
        SigFields::Raw(_) => String::new(),
    };
    head + &tail + "}"
}

fn code(i: &SigInfo) -> String {
    let general = match i.code {
        s::SI_USER => Some("SI_USER"),
        s::SI_KERNEL => Some("SI_KERNEL"),
        s::SI_QUEUE => Some("SI_QUEUE"),
        s::SI_TIMER => Some("SI_TIMER"),
        s::SI_TKILL => Some("SI_TKILL"),
        _ => None,
    };
    let own: &[(i32, &str)] = match i.signal {
        Signal::SIGCHLD => &[
            (s::CLD_EXITED, "CLD_EXITED"),
            (s::CLD_KILLED, "CLD_KILLED"),
            (s::CLD_DUMPED, "CLD_DUMPED"),
            (s::CLD_STOPPED, "CLD_STOPPED"),
            (s::CLD_CONTINUED, "CLD_CONTINUED"),
        ],
        Signal::SIGSEGV => &[(s::SEGV_MAPERR, "SEGV_MAPERR"), (s::SEGV_ACCERR, "SEGV_ACCERR")],
        Signal::SIGBUS => &[(s::BUS_ADRALN, "BUS_ADRALN"), (s::BUS_ADRERR, "BUS_ADRERR")],
        Signal::SIGILL => &[(s::ILL_ILLOPN, "ILL_ILLOPN")],
        Signal::SIGTRAP => &[(s::TRAP_BRKPT, "TRAP_BRKPT"), (s::TRAP_TRACE, "TRAP_TRACE")],
        Signal::SIGFPE => &[
            (s::FPE_INTDIV, "FPE_INTDIV"),
            (s::FPE_FLTDIV, "FPE_FLTDIV"),
            (s::FPE_FLTOVF, "FPE_FLTOVF"),
            (s::FPE_FLTUND, "FPE_FLTUND"),
            (s::FPE_FLTRES, "FPE_FLTRES"),
            (s::FPE_FLTINV, "FPE_FLTINV"),
        ],
        _ => &[],
    };
    let own = || own.iter().find(|(n, _)| *n == i.code).map(|(_, name)| *name);
    general.or_else(own).map_or_else(|| i.code.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_strace_writes_them() {
        let fault = SigInfo { signal: Signal::SIGSEGV, code: s::SEGV_MAPERR, fields: SigFields::Fault { addr: 0 } };
        assert_eq!(info(&fault), "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}");
        assert_eq!(info(&SigInfo::kernel(Signal::SIGSEGV)), "{si_signo=SIGSEGV, si_code=SI_KERNEL}");
        let fields = SigFields::Child { pid: 7, uid: 0, status: 3, utime: 0, stime: 0 };
        let child = SigInfo { signal: Signal::SIGCHLD, code: s::CLD_EXITED, fields };
        assert_eq!(
            info(&child),
            "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=3, si_utime=0, si_stime=0}"
        );
    }
}
