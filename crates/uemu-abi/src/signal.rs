//! Signals: numbers, sets, actions, siginfo (signal(7), sigaction(2)).

use crate::plain::{Plain, Scalar};

/// A signal, 1..=64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

macro_rules! signals {
    ($($name:ident = $n:literal $text:literal)*) => {
        impl Signal {
            $(#[doc = $text] pub const $name: Signal = Signal($n);)*
            /// `SIGSEGV`, `SIGRT_1`.
            pub fn name(self) -> String {
                match self.0 {
                    $($n => stringify!($name).to_owned(),)*
                    n => format!("SIGRT_{}", n.saturating_sub(32)),
                }
            }
            /// What strsignal(3) says.
            pub fn description(self) -> &'static str {
                match self.0 {
                    $($n => $text,)*
                    _ => "Real-time signal",
                }
            }
        }
    };
}
signals! {
    SIGHUP = 1 "Hangup"
    SIGINT = 2 "Interrupt"
    SIGQUIT = 3 "Quit"
    SIGILL = 4 "Illegal instruction"
    SIGTRAP = 5 "Trace/breakpoint trap"
    SIGABRT = 6 "Aborted"
    SIGBUS = 7 "Bus error"
    SIGFPE = 8 "Floating point exception"
    SIGKILL = 9 "Killed"
    SIGUSR1 = 10 "User defined signal 1"
    SIGSEGV = 11 "Segmentation fault"
    SIGUSR2 = 12 "User defined signal 2"
    SIGPIPE = 13 "Broken pipe"
    SIGALRM = 14 "Alarm clock"
    SIGTERM = 15 "Terminated"
    SIGSTKFLT = 16 "Stack fault"
    SIGCHLD = 17 "Child exited"
    SIGCONT = 18 "Continued"
    SIGSTOP = 19 "Stopped (signal)"
    SIGTSTP = 20 "Stopped"
    SIGTTIN = 21 "Stopped (tty input)"
    SIGTTOU = 22 "Stopped (tty output)"
    SIGURG = 23 "Urgent I/O condition"
    SIGXCPU = 24 "CPU time limit exceeded"
    SIGXFSZ = 25 "File size limit exceeded"
    SIGVTALRM = 26 "Virtual timer expired"
    SIGPROF = 27 "Profiling timer expired"
    SIGWINCH = 28 "Window changed"
    SIGIO = 29 "I/O possible"
    SIGPWR = 30 "Power failure"
    SIGSYS = 31 "Bad system call"
}

/// What happens when no handler is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultAction {
    /// The process ends.
    Terminate,
    /// The process ends, and would dump core.
    Core,
    /// Nothing.
    Ignore,
    /// The process stops.
    Stop,
    /// The process continues (which it does however the signal is handled).
    Continue,
}

impl Signal {
    /// The signal with this number.
    pub fn new(number: u64) -> Option<Signal> {
        (1..=64).contains(&number).then_some(Signal(number as u8))
    }
    /// 1..=64.
    pub const fn number(self) -> u8 {
        self.0
    }
    /// Whether instances queue (32 and up).
    pub const fn is_realtime(self) -> bool {
        self.0 >= 32
    }
    /// See signal(7).
    pub fn default_action(self) -> DefaultAction {
        match self {
            Signal::SIGCHLD | Signal::SIGURG | Signal::SIGWINCH => DefaultAction::Ignore,
            Signal::SIGCONT => DefaultAction::Continue,
            Signal::SIGSTOP | Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU => DefaultAction::Stop,
            Signal::SIGQUIT
            | Signal::SIGILL
            | Signal::SIGTRAP
            | Signal::SIGABRT
            | Signal::SIGBUS
            | Signal::SIGFPE
            | Signal::SIGSEGV
            | Signal::SIGXCPU
            | Signal::SIGXFSZ
            | Signal::SIGSYS => DefaultAction::Core,
            _ => DefaultAction::Terminate,
        }
    }
}

impl std::fmt::Debug for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// A set of signals: bit `n - 1` for signal `n`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SigSet(pub u64);

impl SigSet {
    /// No signal.
    pub const EMPTY: SigSet = SigSet(0);
    /// SIGKILL and SIGSTOP, which nothing blocks.
    pub const UNBLOCKABLE: SigSet = SigSet(1 << 8 | 1 << 18);
    /// The faults of the instruction at hand, delivered before others.
    pub const SYNCHRONOUS: SigSet = SigSet(1 << 10 | 1 << 6 | 1 << 3 | 1 << 4 | 1 << 7 | 1 << 30);
    /// SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU.
    pub const STOPPING: SigSet = SigSet(1 << 18 | 1 << 19 | 1 << 20 | 1 << 21);

    /// The set of one.
    pub const fn of(s: Signal) -> SigSet {
        SigSet(1 << (s.0 - 1))
    }
    /// Whether it holds `s`.
    pub const fn has(self, s: Signal) -> bool {
        self.0 & SigSet::of(s).0 != 0
    }
    /// With `s`.
    #[must_use]
    pub const fn with(self, s: Signal) -> SigSet {
        SigSet(self.0 | SigSet::of(s).0)
    }
    /// In either.
    #[must_use]
    pub const fn or(self, other: SigSet) -> SigSet {
        SigSet(self.0 | other.0)
    }
    /// Without those of `other`.
    #[must_use]
    pub const fn minus(self, other: SigSet) -> SigSet {
        SigSet(self.0 & !other.0)
    }
    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Its signals in order.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        (1..=64).map(Signal).filter(move |&s| self.has(s))
    }
}

impl Plain for SigSet {
    const SIZE: usize = 8;
    fn decode(bytes: &[u8]) -> SigSet {
        SigSet(u64::get(bytes, 0))
    }
    fn encode(&self, bytes: &mut [u8]) {
        self.0.put(bytes, 0);
    }
}

/// SIG_DFL.
pub const SIG_DFL: u64 = 0;
/// SIG_IGN.
pub const SIG_IGN: u64 = 1;

bitflags::bitflags! {
    /// Flags of sigaction(2).
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct SaFlags: u64 {
        /// No SIGCHLD when children stop.
        const NOCLDSTOP = 1;
        /// Children leave no zombies.
        const NOCLDWAIT = 2;
        /// The handler takes three arguments.
        const SIGINFO = 4;
        /// The kernel tells it supports a flag by keeping it.
        const UNSUPPORTED = 0x400;
        /// Address tag bits (no effect on x86-64).
        const EXPOSE_TAGBITS = 0x800;
        /// `restorer` is set.
        const RESTORER = 0x0400_0000;
        /// On the alternate stack.
        const ONSTACK = 0x0800_0000;
        /// Restart interrupted calls.
        const RESTART = 0x1000_0000;
        /// Do not block the signal while it is handled.
        const NODEFER = 0x4000_0000;
        /// Back to SIG_DFL when delivered.
        const RESETHAND = 0x8000_0000;
        const _ = !0;
    }
}

crate::plain_struct! {
    /// `struct kernel_sigaction`.
    pub struct RawSigAction(32) {
        /// Handler, SIG_DFL or SIG_IGN.
        handler: u64 = 0,
        /// SA_* flags.
        flags: u64 = 8,
        /// Where the handler returns to.
        restorer: u64 = 16,
        /// Blocked while it runs.
        mask: SigSet = 24,
    }
    /// `stack_t`.
    pub struct StackT(24) {
        /// Lowest address.
        sp: u64 = 0,
        /// SS_* flags.
        flags: u32 = 8,
        /// Bytes.
        size: u64 = 16,
    }
}

/// Bytes of `siginfo_t`.
pub const SIGINFO_SIZE: usize = 128;

/// si_code: by kill(2).
pub const SI_USER: i32 = 0;
/// si_code: by the kernel.
pub const SI_KERNEL: i32 = 0x80;
/// si_code: by sigqueue(3).
pub const SI_QUEUE: i32 = -1;
/// si_code: a timer_create(2) timer.
pub const SI_TIMER: i32 = -2;
/// si_code: by tkill(2), tgkill(2).
pub const SI_TKILL: i32 = -6;
/// SIGILL: illegal operand.
pub const ILL_ILLOPN: i32 = 2;
/// SIGFPE: integer division.
pub const FPE_INTDIV: i32 = 1;
/// SIGFPE: floating-point division by zero.
pub const FPE_FLTDIV: i32 = 3;
/// SIGFPE: overflow.
pub const FPE_FLTOVF: i32 = 4;
/// SIGFPE: underflow.
pub const FPE_FLTUND: i32 = 5;
/// SIGFPE: inexact.
pub const FPE_FLTRES: i32 = 6;
/// SIGFPE: invalid operation.
pub const FPE_FLTINV: i32 = 7;
/// SIGSEGV: nothing is mapped.
pub const SEGV_MAPERR: i32 = 1;
/// SIGSEGV: the protection forbids it.
pub const SEGV_ACCERR: i32 = 2;
/// SIGBUS: misaligned.
pub const BUS_ADRALN: i32 = 1;
/// SIGBUS: past the end of the file.
pub const BUS_ADRERR: i32 = 2;
/// SIGTRAP: breakpoint.
pub const TRAP_BRKPT: i32 = 1;
/// SIGTRAP: single step.
pub const TRAP_TRACE: i32 = 2;
/// SIGCHLD: exited.
pub const CLD_EXITED: i32 = 1;
/// SIGCHLD: killed.
pub const CLD_KILLED: i32 = 2;
/// SIGCHLD: killed, with a core dump.
pub const CLD_DUMPED: i32 = 3;
/// SIGCHLD: stopped.
pub const CLD_STOPPED: i32 = 5;
/// SIGCHLD: continued.
pub const CLD_CONTINUED: i32 = 6;

/// What `siginfo_t` says beside number and code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SigFields {
    /// A sender: SI_USER, SI_TKILL. Also SI_KERNEL, with zeros.
    Kill {
        /// Sender's pid.
        pid: u32,
        /// Sender's uid.
        uid: u32,
    },
    /// sigqueue(3).
    Queue {
        /// Sender's pid.
        pid: u32,
        /// Sender's uid.
        uid: u32,
        /// `si_value`.
        value: u64,
    },
    /// A child's change of state.
    Child {
        /// The child.
        pid: u32,
        /// Its uid.
        uid: u32,
        /// Exit status or signal.
        status: i32,
        /// User time, clock ticks.
        utime: i64,
        /// System time, clock ticks.
        stime: i64,
    },
    /// A fault.
    Fault {
        /// `si_addr`.
        addr: u64,
    },
    /// Bytes a user gave to rt_sigqueueinfo(2), from offset 16 on.
    Raw([u64; 14]),
}

/// A signal and its cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigInfo {
    /// The signal.
    pub signal: Signal,
    /// SI_*, SEGV_* and the like.
    pub code: i32,
    /// The rest.
    pub fields: SigFields,
}

impl SigInfo {
    /// From the kernel itself (SI_KERNEL).
    pub fn kernel(signal: Signal) -> SigInfo {
        SigInfo { signal, code: SI_KERNEL, fields: SigFields::Kill { pid: 0, uid: 0 } }
    }

    /// `siginfo_t`.
    pub fn to_bytes(&self) -> [u8; SIGINFO_SIZE] {
        let mut b = [0; SIGINFO_SIZE];
        i32::from(self.signal.0).put(&mut b, 0);
        self.code.put(&mut b, 8);
        match self.fields {
            SigFields::Kill { pid, uid } => {
                pid.put(&mut b, 16);
                uid.put(&mut b, 20);
            }
            SigFields::Queue { pid, uid, value } => {
                pid.put(&mut b, 16);
                uid.put(&mut b, 20);
                value.put(&mut b, 24);
            }
            SigFields::Child { pid, uid, status, utime, stime } => {
                pid.put(&mut b, 16);
                uid.put(&mut b, 20);
                status.put(&mut b, 24);
                utime.put(&mut b, 32);
                stime.put(&mut b, 40);
            }
            SigFields::Fault { addr } => addr.put(&mut b, 16),
            SigFields::Raw(words) => words.encode(&mut b[16..]),
        }
        b
    }
}

/// rt_sigprocmask(2): add.
pub const SIG_BLOCK: u32 = 0;
/// rt_sigprocmask(2): remove.
pub const SIG_UNBLOCK: u32 = 1;
/// rt_sigprocmask(2): replace.
pub const SIG_SETMASK: u32 = 2;
/// sigaltstack(2): executing on it.
pub const SS_ONSTACK: u32 = 1;
/// sigaltstack(2): none.
pub const SS_DISABLE: u32 = 2;
/// sigaltstack(2): disarm while a handler runs on it.
pub const SS_AUTODISARM: u32 = 1 << 31;
/// Smallest alternate stack.
pub const MINSIGSTKSZ: u64 = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_their_names_say() {
        let names = |s: SigSet| s.iter().map(Signal::name).collect::<Vec<_>>().join(" ");
        assert_eq!(names(SigSet::UNBLOCKABLE), "SIGKILL SIGSTOP");
        assert_eq!(names(SigSet::SYNCHRONOUS), "SIGILL SIGTRAP SIGBUS SIGFPE SIGSEGV SIGSYS");
        assert_eq!(names(SigSet::STOPPING), "SIGSTOP SIGTSTP SIGTTIN SIGTTOU");
    }

    #[test]
    fn siginfo_puts_the_fault_address_at_16() {
        let s = SigInfo { signal: Signal::SIGSEGV, code: SEGV_ACCERR, fields: SigFields::Fault { addr: 0x1234 } };
        let b = s.to_bytes();
        assert_eq!((b[0], b[8], u64::get(&b, 16)), (11, 2, 0x1234));
    }
}
