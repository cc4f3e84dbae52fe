//! The types of arguments: how each comes out of the registers, and how a trace shows it.

mod buffer;
mod control;
mod date;
mod info;
mod int;
mod message;
mod mm;
mod names;
mod pointer;
mod prctl;
mod process;
mod random;
mod siginfo;
mod signal;
mod statfs;
mod structs;
mod terminal;

pub use buffer::{UserBuf, UserBufMut, quote};
pub use control::FcntlArg;
pub use date::FileTimes;
pub use info::{ArchAddr, BarrierCmd, BarrierCpu, BarrierFlags, PriorityOf, SchedParam, TimeOut};
pub(crate) use int::show_addr;
pub use int::{DirFd, Fd, Hex, Mode};
pub(crate) use message::show_iov;
pub use message::{AddrOut, CpuSetIn, MsgHdrArg, OffsetInOut};
pub use mm::{Advice, LockAllFlags, LockFlags, MapArg, ProtArg, RemapArg, RemapTarget, Residency, SyncFlags};
pub use names::{bits, choice};
pub use pointer::{ShowPlain, UserIn, UserOut, UserPath};
pub(crate) use pointer::{show_at, show_cstr};
pub use prctl::{Persona, PrctlCall};
pub use process::{CloneArgsPtr, CloneHead, CloneTail, Hex32, PtrOut, UserEnv, UserStrings, WaitStatus, describe};
pub use random::{RandomBuf, Remaining};
pub use siginfo::{SigInfoIn, SigInfoOut, show_info};
pub use signal::{FrameMask, SigArg, signal_name};
pub use statfs::StatFsOut;
pub(crate) use terminal::show_termios;

use crate::observe::{CallEnd, View};
use crate::task::Call;

/// When strace(1) writes an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// On entry: an input.
    Enter,
    /// On exit: what the call filled in. The comma before it is written on entry.
    Exit,
    /// On exit, if at all: the comma comes with it.
    ExitOptional,
    /// On entry, and what the call filled in on exit, both by `show`, which adds the comma between. Only the last
    /// argument can be so.
    Both,
}

/// The argument registers, taken from the left.
pub struct ArgRegs<'a> {
    regs: std::slice::Iter<'a, u64>,
}

impl<'a> ArgRegs<'a> {
    /// RDI, RSI, RDX, R10, R8, R9.
    pub fn new(regs: &'a [u64; 6]) -> ArgRegs<'a> {
        ArgRegs { regs: regs.iter() }
    }

    /// The next register.
    pub fn pull_one(&mut self) -> u64 {
        self.regs.next().copied().unwrap_or(0)
    }
}

/// What an argument may look at to show itself.
pub struct Show<'a> {
    /// The machine. `view.mem.peek` reads what pointers point to.
    pub view: &'a View<'a>,
    /// The call, with the registers of the other arguments.
    pub call: &'a Call,
    /// How it ended; `None` on entry.
    pub end: Option<&'a CallEnd>,
    /// Most bytes of a string (strace's -s).
    pub string_limit: usize,
    /// Nothing is abbreviated (strace's -v).
    pub verbose: bool,
}

impl Show<'_> {
    /// The value returned, if the call succeeded.
    pub fn value(&self) -> Option<u64> {
        match self.end {
            Some(CallEnd::Value(r)) => Some(r.value),
            _ => None,
        }
    }

    /// Whether the call has failed, so that outputs are shown as mere pointers.
    pub fn failed(&self) -> bool {
        !matches!(self.end, Some(CallEnd::Value(_)))
    }
}

/// A type of arguments.
pub trait SyscallArg: Sized {
    /// When it is shown.
    const PHASE: Phase = Phase::Enter;
    /// Takes its register, or registers. Cannot fail: what is wrong with a value is the handler's to say.
    fn pull(regs: &mut ArgRegs<'_>) -> Self;
    /// As strace(1) writes it. Nothing, if the call has no such argument this time (open(2)'s mode without O_CREAT).
    fn show(&self, cx: &Show<'_>, out: &mut String);
    /// What strace(1) adds to the result in parentheses: `Timeout`, `flags O_RDWR`, poll(2)'s revents.
    #[allow(unused_variables, reason = "most arguments add nothing")]
    fn explain(&self, cx: &Show<'_>, out: &mut String) {}
}
