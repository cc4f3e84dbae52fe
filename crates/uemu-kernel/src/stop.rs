//! How a system call's handler ends.

use crate::clock::Nanos;
use crate::fd::FileId;
use uemu_abi::Errno;
use uemu_abi::poll::Ready;
use uemu_abi::signal::SigSet;
use uemu_mem::{MapError, MemFault};

/// What a handler gives.
pub type SysResult<R> = Result<R, Stop>;

/// Why a handler gives no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It fails.
    Errno(Errno),
    /// It waits. It has had no effect so far, and is run again from the start when the wait is over.
    Block(Wait),
    /// The task is gone (exit): there is nothing to return to.
    Gone,
}

/// What a task waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// The condition.
    pub on: WaitOn,
    /// The monotonic time at which it is over anyway.
    pub deadline: Option<Nanos>,
    /// What a signal does to it.
    pub restart: Restart,
}

/// The condition of a [`Wait`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WaitOn {
    /// Nothing but a signal or the deadline (pause, nanosleep).
    Signal,
    /// Any of these files is ready in one of these ways (ERR and HUP always count).
    Files(Vec<(FileId, Ready)>),
    /// One of these signals is pending, blocked or not (sigwait).
    Pending(SigSet),
    /// A call of `Kernel::wake` for this task: futexes, children, vfork.
    Wake,
    /// The same, and no signal but SIGKILL interrupts it (vfork).
    WakeOnly,
}

/// What an interrupted call does after the signal's handler (signal(7)). Without a handler it is just run again,
/// but for `Never`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restart {
    /// Again if the handler has SA_RESTART, else EINTR (ERESTARTSYS).
    Sys,
    /// EINTR (ERESTARTNOHAND).
    NoHandler,
    /// EINTR; without a handler it goes on to its old deadline (ERESTART_RESTARTBLOCK).
    Block,
    /// EINTR even without a handler.
    Never,
}

impl Wait {
    /// Until a signal or the deadline.
    pub fn signal(deadline: Option<Nanos>, restart: Restart) -> Wait {
        Wait { on: WaitOn::Signal, deadline, restart }
    }

    /// Until `file` is ready; interrupted as read(2) is.
    pub fn file(file: FileId, ready: Ready) -> Wait {
        Wait { on: WaitOn::Files(vec![(file, ready)]), deadline: None, restart: Restart::Sys }
    }

    /// Until one of the files is ready or the deadline has passed; interrupted as poll(2) is (EINTR always).
    pub fn files(files: Vec<(FileId, Ready)>, deadline: Option<Nanos>) -> Wait {
        Wait { on: WaitOn::Files(files), deadline, restart: Restart::NoHandler }
    }
}

impl Stop {
    /// Waits.
    pub fn block(wait: Wait) -> Stop {
        Stop::Block(wait)
    }
}

impl From<Errno> for Stop {
    fn from(e: Errno) -> Stop {
        Stop::Errno(e)
    }
}

/// A bad pointer.
impl From<MemFault> for Stop {
    fn from(_: MemFault) -> Stop {
        Stop::Errno(Errno::EFAULT)
    }
}

impl From<MapError> for Stop {
    fn from(e: MapError) -> Stop {
        Stop::Errno(match e {
            MapError::Invalid => Errno::EINVAL,
            MapError::NoMemory | MapError::Unmapped => Errno::ENOMEM,
            MapError::Exists => Errno::EEXIST,
        })
    }
}
