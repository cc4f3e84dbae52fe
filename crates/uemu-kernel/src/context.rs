//! What a handler works with.

use crate::arena::Id;
use crate::clock::Nanos;
use crate::fd::{FdTable, FileId, FsContext};
use crate::kernel::Kernel;
use crate::observe::Watch;
use crate::process::Process;
use crate::stop::SysResult;
use crate::task::{Task, Tid};
use uemu_abi::Errno;
use uemu_abi::plain::Plain;
use uemu_abi::signal::SigSet;
use uemu_host::Host;
use uemu_mem::{AddressSpace, GuestAddr};

/// The task that called, and the machine around it. The fields may be borrowed apart.
pub struct TaskCtx<'a> {
    /// The kernel, but for the memory of this task.
    pub k: &'a mut Kernel,
    /// This task's memory.
    pub mem: &'a mut AddressSpace,
    /// The host.
    pub host: &'a mut dyn Host,
    /// Who calls.
    pub tid: Tid,
    /// Who watches.
    pub watch: Watch<'a, 'a>,
}

impl TaskCtx<'_> {
    /// The calling task.
    pub fn task(&mut self) -> &mut Task {
        self.k.task_mut(self.tid)
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        self.k.process_of_mut(self.tid)
    }

    /// Its descriptor table.
    pub fn fd_table(&self) -> Id<FdTable> {
        self.k.task(self.tid).fds
    }

    /// Its directory context (current directory, umask).
    pub fn fs_id(&self) -> Id<FsContext> {
        self.k.task(self.tid).fs
    }

    /// The open file behind a descriptor; EBADF if there is none.
    pub fn file(&self, fd: i32) -> SysResult<FileId> {
        Ok(self.k.files.get(self.fd_table(), fd)?)
    }

    /// CLOCK_MONOTONIC now.
    pub fn now(&self) -> Nanos {
        self.k.clock.monotonic()
    }

    /// The absolute deadline of a call that may wait `timeout` ns (`None`: for ever). Set at the call's first run,
    /// the same when it is run again.
    pub fn deadline(&mut self, timeout: Option<Nanos>) -> Option<Nanos> {
        let at = timeout.map(|t| self.now().saturating_add(t));
        *self.task().resume.deadline.get_or_insert(at)
    }

    /// Whether a deadline has passed.
    pub fn passed(&self, deadline: Option<Nanos>) -> bool {
        deadline.is_some_and(|d| d <= self.now())
    }

    /// For calls that wait under another signal mask (ppoll, pselect6, epoll_pwait, rt_sigsuspend): sets it at the
    /// first run; the old one comes back by itself when the call ends, after the handler if a signal ends it.
    pub fn swap_mask(&mut self, mask: SigSet) {
        let task = self.task();
        if task.saved_mask.is_none() {
            task.saved_mask = Some(task.mask);
            task.mask = mask.minus(SigSet::UNBLOCKABLE);
        }
    }

    /// Reads a structure; EFAULT.
    pub fn read<T: Plain>(&mut self, at: GuestAddr) -> SysResult<T> {
        let mut small = [0u8; 256];
        match small.get_mut(..T::SIZE) {
            Some(buf) => {
                self.mem.read(at, buf)?;
                Ok(T::decode(buf))
            }
            None => {
                let mut buf = vec![0; T::SIZE];
                self.mem.read(at, &mut buf)?;
                Ok(T::decode(&buf))
            }
        }
    }

    /// Writes a structure; EFAULT.
    pub fn write<T: Plain>(&mut self, at: GuestAddr, value: &T) -> SysResult<()> {
        let mut small = [0u8; 256];
        match small.get_mut(..T::SIZE) {
            Some(buf) => {
                value.encode(buf);
                self.mem.write(at, buf)?;
            }
            None => self.mem.write(at, &value.to_vec())?,
        }
        Ok(())
    }

    /// A path: EFAULT, ENAMETOOLONG if it has no NUL within PATH_MAX bytes.
    pub fn read_path(&mut self, at: GuestAddr) -> SysResult<Vec<u8>> {
        Ok(self.mem.read_cstr(at, uemu_abi::fcntl::PATH_MAX)?.ok_or(Errno::ENAMETOOLONG)?)
    }
}
