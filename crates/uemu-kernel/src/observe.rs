//! What the kernel tells those who watch. Nothing is rendered or allocated when nobody does.

use crate::kernel::Kernel;
use crate::process::{ExitStatus, Pid};
use crate::stop::Restart;
use crate::syscall::{Ret, Row};
use crate::task::{Call, Tid};
use uemu_abi::Errno;
use uemu_abi::signal::SigInfo;
use uemu_mem::AddressSpace;

/// The machine at an event.
pub struct View<'a> {
    /// Everything but the memory of the task at hand.
    pub kernel: &'a Kernel,
    /// That memory.
    pub mem: &'a AddressSpace,
    /// The task.
    pub tid: Tid,
}

/// How a system call ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallEnd {
    /// With a value.
    Value(Ret),
    /// With an error.
    Error(Errno),
    /// By a signal, before its handler runs.
    Interrupted(Restart),
    /// The task ended in it.
    Gone,
}

/// Someone who watches. Every method does nothing unless overridden.
#[allow(unused_variables, reason = "the defaults ignore what they are told")]
pub trait Observer {
    /// A call begins; told once, however often it blocks. `row` is `None` for a call the kernel lacks.
    fn syscall_enter(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>) {}
    /// It has to wait.
    fn syscall_blocked(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>) {}
    /// It has ended. Outputs are in memory.
    fn syscall_exit(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) {}
    /// A signal is delivered: to a handler, or to the default action.
    fn signal(&mut self, kernel: &Kernel, tid: Tid, info: &SigInfo) {}
    /// A signal that is ignored reached the process of `tid`, which is about to run: strace(1) shows it all the same.
    fn ignored(&mut self, kernel: &Kernel, tid: Tid, info: &SigInfo) {}
    /// A process was stopped (`true`) or continued.
    fn job(&mut self, kernel: &Kernel, pid: Pid, stopped: bool) {}
    /// A task came to be.
    fn new_task(&mut self, kernel: &Kernel, parent: Option<Tid>, child: Tid) {}
    /// A program was started.
    fn exec(&mut self, kernel: &Kernel, tid: Tid) {}
    /// A task ended; `status` is its process's when it was the last.
    fn exit(&mut self, kernel: &Kernel, tid: Tid, status: ExitStatus, last: bool) {}
    /// Another task is about to run.
    fn switch(&mut self, kernel: &Kernel, to: Tid) {}
}

/// Perhaps someone who watches.
pub type Watch<'a, 'b> = Option<&'a mut (dyn Observer + 'b)>;

/// Lends a watch on.
pub(crate) fn lend<'c>(watch: &'c mut Watch<'_, '_>) -> Watch<'c, 'c> {
    match watch {
        Some(w) => Some(*w),
        None => None,
    }
}
