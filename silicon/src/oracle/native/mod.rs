//! Cases on the processor itself, in a process of their own.
#![allow(unsafe_code, reason = "executes machine code: that is the point")]

mod child;
mod shared;

pub(crate) use shared::BATCH;

use rustix::fs::MemfdFlags;
use shared::{Shared, Slot};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::time::Duration;
use uemu_abi::signal::{SI_KERNEL, SigFields, SigInfo, Signal};
use uemu_vector::{Case, End, Outcome};

/// A batch takes milliseconds: after this long the case at hand hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the processor has no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lost {
    /// The case ran on and on.
    Hung,
    /// The case killed its process.
    Killed,
    /// MXCSR ended with bits that only some processors have.
    ForeignMxcsr,
}

/// The processor, as a process that runs batches of cases.
pub(crate) struct Native {
    shared: *mut Shared,
    memory: rustix::fd::OwnedFd,
    child: Option<Child>,
}

struct Child {
    pid: libc::pid_t,
    socket: UnixStream,
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: our own child, not yet waited for.
        unsafe {
            libc::kill(self.pid, libc::SIGKILL);
            libc::waitpid(self.pid, std::ptr::null_mut(), 0);
        }
    }
}

impl Native {
    /// Makes the shared memory and starts the process.
    ///
    /// # Errors
    /// What the host's kernel refuses.
    pub(crate) fn new() -> io::Result<Native> {
        let memory = rustix::fs::memfd_create("oracle", MemfdFlags::CLOEXEC)?;
        let len = size_of::<Shared>();
        rustix::fs::ftruncate(&memory, len as u64)?;
        // SAFETY: a new mapping, wherever there is room; a file of zeros is a valid `Shared`.
        let shared = unsafe {
            let prot = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), len, prot, libc::MAP_SHARED, memory.as_raw_fd(), 0)
        };
        if shared == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mut native = Native { shared: shared.cast(), memory, child: None };
        native.restart()?;
        Ok(native)
    }

    fn restart(&mut self) -> io::Result<()> {
        self.child = None;
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        // SAFETY: the child does nothing but serve; what it allocates to begin with, fork provides for (malloc is usable in
        // the child of a process with threads, too).
        let pid = unsafe { libc::fork() };
        match pid {
            0 => {
                drop(ours);
                // SAFETY: we are that forked process.
                unsafe { child::serve(self.shared, self.memory.as_raw_fd(), theirs.as_raw_fd()) }
            }
            -1 => Err(io::Error::last_os_error()),
            pid => {
                self.child = Some(Child { pid, socket: ours });
                Ok(())
            }
        }
    }

    fn slot(&mut self, n: usize) -> &mut Slot {
        assert!(n < BATCH, "a batch is no longer");
        // SAFETY: within the mapping; the child touches slots only between `kick` and its answer, when no reference
        // made here lives.
        unsafe { &mut *(&raw mut (*self.shared).slots).cast::<Slot>().add(n) }
    }

    fn kick(&mut self, from: usize, count: usize) -> io::Result<()> {
        // SAFETY: atomics within the mapping.
        unsafe {
            (*self.shared).next.store(from as u32, Ordering::Release);
            (*self.shared).count.store(count as u32, Ordering::Release);
        }
        match &mut self.child {
            Some(child) => child.socket.write_all(&[0]),
            None => Err(io::Error::other("no process")),
        }
    }

    /// Hands over a batch of at most [`BATCH`] cases; [`Native::finish`] has what came of them.
    ///
    /// # Errors
    /// The process cannot be reached.
    pub(crate) fn start(&mut self, cases: &[Case]) -> io::Result<()> {
        for (n, case) in cases.iter().enumerate() {
            let slot = self.slot(n);
            let len = case.code.len().min(15);
            slot.code[..len].copy_from_slice(&case.code[..len]);
            slot.code_len = len as u64;
            slot.before.load(&case.cpu);
            slot.data.copy_from_slice(&case.data());
        }
        self.kick(0, cases.len())
    }

    /// What came of each case of the batch.
    ///
    /// # Errors
    /// The process cannot be started again.
    pub(crate) fn finish(&mut self, count: usize) -> io::Result<Vec<Result<Outcome, Lost>>> {
        let mut lost = Vec::new();
        loop {
            let mut byte = [0];
            let got = self.child.as_mut().map_or(Ok(0), |c| c.socket.read(&mut byte));
            let why = match got {
                Ok(1) => break,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Lost::Hung,
                _ => Lost::Killed,
            };
            // SAFETY: an atomic within the mapping.
            let culprit = unsafe { (*self.shared).next.load(Ordering::Acquire) } as usize;
            lost.push((culprit, why));
            self.restart()?;
            self.kick(culprit + 1, count)?;
        }
        let outcome = |n: usize| match lost.iter().find(|(m, _)| *m == n) {
            Some((_, why)) => Err(*why),
            None => outcome(self.slot(n)),
        };
        Ok((0..count).map(outcome).collect())
    }
}

fn outcome(slot: &Slot) -> Result<Outcome, Lost> {
    let mut cpu = slot.after.state().ok_or(Lost::ForeignMxcsr)?;
    let signal = Signal::new(slot.signal as u64).ok_or(Lost::Killed)?;
    let end = if signal == Signal::SIGTRAP && slot.si_code == SI_KERNEL {
        cpu.rip = cpu.rip.wrapping_sub(1);
        End::Ran
    } else {
        End::Signal(SigInfo { signal, code: slot.si_code, fields: SigFields::Fault { addr: slot.si_addr } })
    };
    Ok(Outcome { cpu, data: slot.data_after.to_vec(), end })
}
