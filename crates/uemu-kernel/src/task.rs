//! A task: one thread of a process, with its registers and what is its own.

use crate::arena::Id;
use crate::clock::Nanos;
use crate::fd::pipe::Pipe;
use crate::fd::{FdTable, FsContext};
use crate::process::{Pid, Space};
use crate::signal::{AltStack, Pending, Trap};
use crate::stop::Wait;
use uemu_abi::signal::SigSet;
use uemu_cpu::{CpuState, Exit};
use uemu_mem::GuestAddr;

/// Names a task: what gettid(2) gives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tid(pub u32);

/// Whether a task can run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TaskState {
    /// It can.
    Ready,
    /// It waits inside a system call.
    Blocked(Wait),
    /// It has ended, but leads its group and is not waited for yet.
    Dead,
}

/// A system call under way: the number and arguments the registers held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// System call number.
    pub nr: u64,
    /// RDI, RSI, RDX, R10, R8, R9.
    pub args: [u64; 6],
}

/// What a blocked call must know when it is run again. Cleared when the call ends.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Resume {
    /// The deadline set at the first run.
    pub deadline: Option<Option<Nanos>>,
    /// What the handler left for itself.
    pub progress: Progress,
    /// Where the time that is left goes when a handler ends the call (nanosleep).
    pub remaining_at: Option<GuestAddr>,
    /// `Kernel::wake` was called for this task.
    pub woken: bool,
    /// A stop ended its wait: it begins anew when the process goes on.
    pub again: bool,
}

/// How far a handler that is run again has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Progress {
    /// First run.
    #[default]
    None,
    /// Queued on a futex.
    Futex,
    /// Has made this child, and waits for its exec or exit.
    Vfork(Tid),
    /// Has moved this many bytes already (a write to a pipe that is larger than its room).
    Moved(usize),
    /// Opens a FIFO and counts as one of its ends while it waits for the other.
    Opening {
        /// The FIFO's pipe.
        pipe: Id<Pipe>,
        /// Which end.
        reader: bool,
        /// Opens of the other end when the wait began.
        seen: u32,
    },
}

/// set_robust_list(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RobustList {
    /// `struct robust_list_head *`.
    pub head: u64,
    /// Bytes of the head.
    pub len: u64,
}

/// rseq(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rseq {
    /// `struct rseq *`.
    pub addr: u64,
    /// Its bytes.
    pub len: u32,
    /// What precedes an abort handler.
    pub signature: u32,
}

/// A thread.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub tid: Tid,
    /// Its process.
    pub pid: Pid,
    /// Registers.
    pub cpu: Box<CpuState>,
    /// Whether it can run.
    pub state: TaskState,
    /// Memory.
    pub space: Id<Space>,
    /// Descriptors.
    pub fds: Id<FdTable>,
    /// Current directory and umask.
    pub fs: Id<FsContext>,
    /// The system call under way, from entry until its return.
    pub call: Option<Call>,
    /// See [`Resume`].
    pub resume: Resume,
    /// Blocked signals.
    pub mask: SigSet,
    /// The mask to return to when a call that swapped it (sigsuspend, ppoll) is over.
    pub saved_mask: Option<SigSet>,
    /// Signals sent to this thread.
    pub pending: Pending,
    /// sigaltstack(2).
    pub altstack: AltStack,
    /// Its last fault, as a signal frame tells it.
    pub trap: Trap,
    /// The engine's exit behind a fault that is not delivered yet.
    pub fault: Option<Exit>,
    /// Zeroed, and its futex woken, on exit.
    pub clear_child_tid: GuestAddr,
    /// Futexes to mark on exit.
    pub robust: RobustList,
    /// Restartable sequences.
    pub rseq: Option<Rseq>,
    /// Its name (PR_SET_NAME), NUL padded.
    pub comm: [u8; 16],
    /// Instructions it has retired.
    pub retired: u64,
    /// Who waits for its exec or exit (vfork).
    pub vfork_parent: Option<Tid>,
    /// personality(2).
    pub personality: u32,
}

impl Task {
    /// The thread's name as text.
    pub fn name(&self) -> String {
        let end = self.comm.iter().position(|&b| b == 0).unwrap_or(16);
        String::from_utf8_lossy(self.comm.get(..end).unwrap_or_default()).into_owned()
    }

    /// Sets the thread's name: at most 15 bytes of it.
    pub fn set_name(&mut self, name: &[u8]) {
        self.comm = [0; 16];
        for (to, &from) in self.comm.iter_mut().take(15).zip(name.iter().take_while(|&&b| b != 0)) {
            *to = from;
        }
    }

    /// Whether it waits.
    pub fn is_blocked(&self) -> bool {
        matches!(self.state, TaskState::Blocked(_))
    }
}
