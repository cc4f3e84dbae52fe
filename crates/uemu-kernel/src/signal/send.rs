//! Sending signals: to a thread, to a process.

use crate::kernel::Kernel;
use crate::process::{Job, Life, Pid};
use crate::signal::Disposition;
use crate::task::Tid;
use uemu_abi::Errno;
use uemu_abi::signal::{DefaultAction, SI_USER, SigFields, SigInfo, SigSet, Signal};

/// Most ignored signals kept for who watches.
const MAX_IGNORED: usize = 64;

impl Kernel {
    /// Sends a signal to one thread.
    ///
    /// # Errors
    /// ESRCH when there is no such thread; EAGAIN when the queue is full and the signal a real-time one.
    pub fn signal_thread(&mut self, tid: Tid, info: SigInfo) -> Result<(), Errno> {
        let pid = self.tasks.get(&tid).ok_or(Errno::ESRCH)?.pid;
        if !self.arrives(pid, Some(tid), &info) {
            return Ok(());
        }
        let limit = self.config.limits.pending_signals;
        let task = self.tasks.get_mut(&tid).ok_or(Errno::ESRCH)?;
        if !task.pending.push(info, limit) && info.signal.is_realtime() {
            return Err(Errno::EAGAIN);
        }
        Ok(())
    }

    /// Sends a signal to a process: one of its threads that does not block it takes it.
    ///
    /// # Errors
    /// As [`Kernel::signal_thread`].
    pub fn signal_process(&mut self, pid: Pid, info: SigInfo) -> Result<(), Errno> {
        let p = self.processes.get(&pid).ok_or(Errno::ESRCH)?;
        if matches!(p.life, Life::Zombie(_)) || !self.arrives(pid, None, &info) {
            return Ok(());
        }
        let limit = self.config.limits.pending_signals;
        let p = self.processes.get_mut(&pid).ok_or(Errno::ESRCH)?;
        if !p.pending.push(info, limit) && info.signal.is_realtime() {
            return Err(Errno::EAGAIN);
        }
        Ok(())
    }

    /// What sending does at once: continue or cancel stops, drop what is ignored. Whether the signal is to be queued.
    fn arrives(&mut self, pid: Pid, to: Option<Tid>, info: &SigInfo) -> bool {
        let signal = info.signal;
        if signal == Signal::SIGCONT || signal == Signal::SIGKILL {
            self.resume_process(pid, signal == Signal::SIGCONT);
        }
        if signal == Signal::SIGCONT {
            self.discard(pid, SigSet::STOPPING);
        } else if SigSet::STOPPING.has(signal) {
            self.discard(pid, SigSet::of(Signal::SIGCONT));
        }
        let Some(p) = self.processes.get(&pid) else { return false };
        let ignored = match self.actions.get(p.actions).map(|a| a.disposition(signal)) {
            Some(Disposition::Ignore) => true,
            // SIGCONT has acted already.
            Some(Disposition::Default(DefaultAction::Continue)) => true,
            _ => false,
        };
        // An ignored signal that is blocked stays pending: its action may change before it is unblocked, and
        // sigwait may ask for it.
        let blocked = |t: &Tid| {
            self.tasks.get(t).is_some_and(|t| t.mask.has(signal) || t.saved_mask.is_some_and(|m| m.has(signal)))
        };
        let all_block = match to {
            Some(tid) => blocked(&tid),
            None => p.threads.iter().all(blocked),
        };
        let queued = !ignored || all_block;
        // Nobody may be watching: the list is emptied when a task runs, and bounded until then.
        if !queued && self.ignored.len() < MAX_IGNORED {
            self.ignored.push((pid, *info));
        }
        queued
    }

    /// Forgets pending signals of a process and its threads.
    pub(crate) fn discard(&mut self, pid: Pid, signals: SigSet) {
        let Some(p) = self.processes.get_mut(&pid) else { return };
        p.pending.discard(signals);
        for tid in &p.threads {
            if let Some(t) = self.tasks.get_mut(tid) {
                t.pending.discard(signals);
            }
        }
    }

    /// SIGCONT, or SIGKILL: a stopped process goes on. Only of the former its parent is told.
    fn resume_process(&mut self, pid: Pid, tell: bool) {
        let Some(p) = self.processes.get_mut(&pid) else { return };
        if p.job == Job::Running {
            return;
        }
        p.job = Job::Running;
        p.stop_unreported = false;
        if tell {
            p.continue_unreported = true;
            self.tell_parent_of_job(pid, uemu_abi::signal::CLD_CONTINUED, Signal::SIGCONT);
        }
    }

    /// Whether a signal awaits delivery to this thread.
    pub(crate) fn has_signal(&self, tid: Tid) -> bool {
        let Some(t) = self.tasks.get(&tid) else { return false };
        let shared = self.processes.get(&t.pid).map_or(SigSet::EMPTY, |p| p.pending.set());
        !t.pending.set().or(shared).minus(t.mask).is_empty()
    }

    /// Sends a signal from the kernel to the calling thread (SIGPIPE).
    pub fn signal_self(&mut self, tid: Tid, signal: Signal) {
        let pid = self.task(tid).pid.0;
        let info = SigInfo { signal, code: SI_USER, fields: SigFields::Kill { pid, uid: 0 } };
        // The task exists, and SIGPIPE is not real-time: there is no error.
        let _ = self.signal_thread(tid, info);
    }
}
