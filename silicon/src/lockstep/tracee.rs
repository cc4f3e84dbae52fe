//! The program as the processor runs it.

use super::ptrace::{self, Raised};
use libc::user_regs_struct;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::process::Command;

/// How it stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// By a trap: the step is done.
    Trap,
    /// Before this signal is delivered.
    Signal(i32),
    /// For good.
    Ended(Ended),
}

/// The end of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// exit(2)
    Exited(i32),
    /// Killed by a signal.
    Killed(i32),
}

/// A traced process, stopped whenever we look at it.
pub(crate) struct Tracee {
    pid: Pid,
    memory: File,
    pagemap: File,
    ended: bool,
}

/// A page that is backed (or swapped out), by its entry in /proc/PID/pagemap.
const BACKED: u64 = 3 << 62;

impl Tracee {
    /// Starts a program, stopped before its first instruction.
    ///
    /// Tracer and tracee share one processor: handing over to the other is then a switch, not the waking of an idle one.
    pub(crate) fn start(command: &mut Command) -> Result<Tracee, String> {
        let mut one = CpuSet::new();
        one.set(sched_getcpu());
        // Where this is refused it is only slower.
        sched_setaffinity(None, &one).ok();
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |e: io::Error| format!("{name}: {e}");
        let pid = ptrace::spawn(command).map_err(failed)?;
        match wait(pid).map_err(failed)? {
            Stop::Trap => {}
            other => return Err(format!("{name}: did not start: {other:?}")),
        }
        ptrace::kill_with_us(pid).map_err(failed)?;
        let (memory, pagemap) = open(pid).map_err(failed)?;
        Ok(Tracee { pid, memory, pagemap, ended: false })
    }

    /// To be called after execve(2): its memory is another.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        (self.memory, self.pagemap) = open(self.pid)?;
        Ok(())
    }

    fn wait(&mut self) -> io::Result<Stop> {
        let stop = wait(self.pid)?;
        self.ended = matches!(stop, Stop::Ended(_));
        Ok(stop)
    }

    /// Goes on by one instruction, delivering `signal` first (0: none).
    pub(crate) fn step(&mut self, signal: i32) -> io::Result<Stop> {
        ptrace::step(self.pid, signal)?;
        self.wait()
    }

    /// Goes on until `address` is to be executed, or something else happens. `None`: there are no breakpoints here.
    pub(crate) fn run_to(&mut self, address: u64) -> io::Result<Option<Stop>> {
        // DR7: the first breakpoint is on, in this task, for execution.
        if ptrace::set_debug(self.pid, 0, address).is_err() || ptrace::set_debug(self.pid, 7, 1).is_err() {
            return Ok(None);
        }
        ptrace::go(self.pid)?;
        let stop = self.wait()?;
        if !self.ended {
            ptrace::set_debug(self.pid, 7, 0)?;
        }
        Ok(Some(stop))
    }

    pub(crate) fn registers(&self) -> io::Result<user_regs_struct> {
        ptrace::registers(self.pid)
    }

    pub(crate) fn set_registers(&self, regs: &user_regs_struct) -> io::Result<()> {
        ptrace::set_registers(self.pid, regs)
    }

    /// The XSAVE image, filling `image`.
    pub(crate) fn extended(&self, image: &mut [u8]) -> io::Result<usize> {
        ptrace::extended(self.pid, image)
    }

    /// What raised the signal it stopped by.
    pub(crate) fn raised(&self) -> io::Result<Raised> {
        ptrace::raised(self.pid)
    }

    /// As many leading bytes as there are: how many.
    pub(crate) fn read(&self, address: u64, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buf.len() {
            match self.memory.read_at(&mut buf[done..], address.wrapping_add(done as u64)) {
                Ok(n) if n > 0 => done += n,
                _ => break,
            }
        }
        done
    }

    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> io::Result<()> {
        self.memory.write_all_at(bytes, address)
    }

    /// For each page from `address` on, whether it is backed. One that is not reads as its origin: zeros.
    pub(crate) fn backed(&self, address: u64, pages: usize) -> io::Result<Vec<bool>> {
        let mut words = vec![0; pages * 8];
        self.pagemap.read_exact_at(&mut words, address / 4096 * 8)?;
        let entry = |w: &[u8]| u64::from_le_bytes(std::array::from_fn(|i| w.get(i).copied().unwrap_or(0)));
        Ok(words.chunks_exact(8).map(|w| entry(w) & BACKED != 0).collect())
    }

    /// /proc/PID/maps
    pub(crate) fn maps(&self) -> io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/maps", self.pid.as_raw_nonzero()))
    }

    /// Whether a signal is caught, and whether it is ignored.
    pub(crate) fn disposition(&self, signal: i32) -> io::Result<(bool, bool)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid.as_raw_nonzero()))?;
        let has = |key: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(key));
            let set = line.and_then(|l| u64::from_str_radix(l.trim(), 16).ok()).unwrap_or(0);
            set >> (signal - 1) & 1 != 0
        };
        Ok((has("SigCgt:"), has("SigIgn:")))
    }

    /// Whether it has threads besides the first.
    pub(crate) fn has_threads(&self) -> bool {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid.as_raw_nonzero()));
        tasks.is_ok_and(|t| t.count() > 1)
    }
}

impl Drop for Tracee {
    fn drop(&mut self) {
        if !self.ended {
            // If it cannot be killed it is gone already.
            kill_process(self.pid, Signal::KILL).ok();
            wait(self.pid).ok();
        }
    }
}

fn open(pid: Pid) -> io::Result<(File, File)> {
    let of = |what| format!("/proc/{}/{what}", pid.as_raw_nonzero());
    Ok((File::options().read(true).write(true).open(of("mem"))?, File::open(of("pagemap"))?))
}

fn wait(pid: Pid) -> io::Result<Stop> {
    let status = loop {
        match waitpid(Some(pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => break status,
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    };
    if let Some(status) = status.exit_status() {
        return Ok(Stop::Ended(Ended::Exited(status)));
    }
    if let Some(signal) = status.terminating_signal() {
        return Ok(Stop::Ended(Ended::Killed(signal)));
    }
    Ok(match status.stopping_signal().unwrap_or(0) {
        ptrace::SIGTRAP => Stop::Trap,
        signal => Stop::Signal(signal),
    })
}
