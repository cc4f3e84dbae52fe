//! A process: a group of threads, as its parent and the outside see it.

use crate::arena::Id;
use crate::clock::Nanos;
use crate::signal::{Actions, Pending};
use crate::task::Tid;
use uemu_abi::process::{Rlimit, rlimit};
use uemu_abi::signal::Signal;
use uemu_mem::AddressSpace;

/// Names a process: what getpid(2) gives. Equal to the number of its first thread.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pid(pub u32);

impl Pid {
    /// The reaper outside the machine: parent of the first process and of orphans.
    pub const REAPER: Pid = Pid(1);
    /// The first process.
    pub const FIRST: Pid = Pid(1000);
}

/// An address space and what the kernel knows of it.
pub struct Space {
    /// The memory; `None` while a handler of one of its tasks runs, which then holds it.
    pub mem: Option<AddressSpace>,
    /// Where the heap starts.
    pub brk_start: u64,
    /// Where it ends.
    pub brk: u64,
    /// Absolute path of the program.
    pub exe: Vec<u8>,
    /// Its arguments, each with its NUL (/proc/PID/cmdline).
    pub cmdline: Vec<u8>,
    /// Its environment, each with its NUL (/proc/PID/environ).
    pub environ: Vec<u8>,
    /// The auxiliary vector (/proc/PID/auxv).
    pub auxv: Vec<u8>,
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// exit(2) with this status.
    Exited(u8),
    /// By a signal.
    Killed {
        /// Which.
        signal: Signal,
        /// Whether its default is to dump core.
        core: bool,
    },
}

impl ExitStatus {
    /// The status word of wait4(2). No core file is ever written, so WCOREDUMP is never set.
    pub fn wait_status(self) -> u32 {
        match self {
            ExitStatus::Exited(code) => u32::from(code) << 8,
            ExitStatus::Killed { signal, .. } => u32::from(signal.number()),
        }
    }
}

/// Where a process stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// It lives.
    Alive,
    /// exit_group(2) or a fatal signal: its threads end as they are met.
    Dying(ExitStatus),
    /// Ended, not waited for.
    Zombie(ExitStatus),
}

/// Job control.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Job {
    /// Not stopped.
    #[default]
    Running,
    /// Stopped by this signal.
    Stopped(Signal),
}

/// setitimer(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timer {
    /// Expiry on the timer's clock; `None`: disarmed.
    pub at: Option<Nanos>,
    /// Period; zero: once.
    pub interval: Nanos,
}

/// Instructions retired, as time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Times {
    /// By the process's ended threads.
    pub own: u64,
    /// By its waited-for children.
    pub children: u64,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its name.
    pub pid: Pid,
    /// Its parent.
    pub ppid: Pid,
    /// Process group.
    pub pgid: Pid,
    /// Session.
    pub sid: Pid,
    /// Living threads, in order of creation.
    pub threads: Vec<Tid>,
    /// Signal actions.
    pub actions: Id<Actions>,
    /// Signals sent to the process.
    pub pending: Pending,
    /// Where it stands.
    pub life: Life,
    /// What its first thread gave to exit(2), when it has ended before the others.
    pub leader_status: Option<ExitStatus>,
    /// Job control.
    pub job: Job,
    /// A stop not yet reported by wait.
    pub stop_unreported: bool,
    /// A continuation not yet reported by wait.
    pub continue_unreported: bool,
    /// The signal its parent gets on its exit.
    pub exit_signal: Option<Signal>,
    /// Resource limits.
    pub limits: [Rlimit; rlimit::COUNT],
    /// ITIMER_REAL, on CLOCK_MONOTONIC.
    pub real_timer: Timer,
    /// ITIMER_VIRTUAL, on the process's retired instructions.
    pub virtual_timer: Timer,
    /// ITIMER_PROF, likewise.
    pub prof_timer: Timer,
    /// CPU time.
    pub times: Times,
    /// CLOCK_MONOTONIC at its start.
    pub started: Nanos,
    /// It has called execve since its fork (setpgid then fails with EACCES).
    pub execed: bool,
    /// PR_SET_PDEATHSIG.
    pub death_signal: Option<Signal>,
    /// PR_SET_DUMPABLE.
    pub dumpable: bool,
    /// PR_SET_NO_NEW_PRIVS.
    pub no_new_privs: bool,
    /// PR_SET_CHILD_SUBREAPER.
    pub subreaper: bool,
    /// PR_SET_KEEPCAPS.
    pub keep_caps: bool,
    /// PR_SET_TIMERSLACK, ns.
    pub timer_slack: u64,
    /// setpriority(2), -20 to 19.
    pub nice: i8,
}
