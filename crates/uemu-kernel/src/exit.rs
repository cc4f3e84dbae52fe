//! The end of threads and processes, and what parents learn of it.

use crate::kernel::Kernel;
use crate::observe::{Watch, lend};
use crate::process::{ExitStatus, Job, Life, Pid};
use crate::task::{TaskState, Tid};
use uemu_abi::signal::{
    CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SIG_IGN, SaFlags, SigFields, SigInfo, Signal,
};
use uemu_host::Host;
use uemu_mem::{AddressSpace, GuestAddr};

/// Instructions (nanoseconds) in a clock tick of times(2) and siginfo (USER_HZ = 100).
pub(crate) const TICK: u64 = 10_000_000;

/// Most entries of a robust list that are looked at (the kernel's ROBUST_LIST_LIMIT).
const ROBUST_LIMIT: usize = 2048;

impl Kernel {
    /// Marks a process as dying: each of its threads ends when it is next met.
    pub(crate) fn kill_process(&mut self, pid: Pid, status: ExitStatus) {
        if let Some(p) = self.processes.get_mut(&pid)
            && p.life == Life::Alive
        {
            p.life = Life::Dying(status);
            p.job = Job::Running;
        }
    }

    /// Ends `tid` if its process is dying. Whether it did.
    pub(crate) fn leave_if_dying(&mut self, tid: Tid, host: &mut dyn Host, watch: &mut Watch<'_, '_>) -> bool {
        let Life::Dying(status) = self.process_of(tid).life else { return false };
        if self.task(tid).state == TaskState::Dead {
            return false;
        }
        let space = self.task(tid).space;
        self.cancel_wait(tid);
        let Some(mut mem) = self.spaces.get_mut(space).and_then(|s| s.mem.take()) else { return false };
        self.end_task(tid, &mut mem, status, host, lend(watch));
        if let Some(s) = self.spaces.get_mut(space) {
            s.mem = Some(mem);
        }
        true
    }

    /// Ends a thread. With its last one its process ends, with `status` unless exit_group or a signal chose another.
    pub(crate) fn end_task(
        &mut self,
        tid: Tid,
        mem: &mut AddressSpace,
        status: ExitStatus,
        host: &mut dyn Host,
        watch: Watch<'_, '_>,
    ) {
        self.leave_memory(tid, mem);
        let task = self.task(tid);
        let (pid, fds, fs, retired) = (task.pid, task.fds, task.fs, task.retired);
        self.files.release_table(fds, host);
        self.fs.release(fs);
        let Some(p) = self.processes.get_mut(&pid) else { return };
        p.threads.retain(|t| *t != tid);
        p.times.own = p.times.own.saturating_add(retired);
        let last = p.threads.is_empty();
        let status = match p.life {
            Life::Dying(s) | Life::Zombie(s) => s,
            // A process whose threads all call exit(2) takes the status of its leader.
            Life::Alive => {
                if tid.0 == pid.0 {
                    p.leader_status = Some(status);
                }
                p.leader_status.unwrap_or(status)
            }
        };
        if let Some(w) = watch {
            w.exit(self, tid, status, last);
        }
        if tid.0 == pid.0 && !last {
            // The leader's number stays taken while its process lives.
            let task = self.task_mut(tid);
            task.state = TaskState::Dead;
            task.call = None;
        } else {
            self.tasks.remove(&tid);
        }
        if last {
            self.files.locks.drop_process(pid);
            self.files.vfs.flush_shared(host);
            self.tasks.remove(&Tid(pid.0));
            self.end_process(pid, status);
        }
    }

    /// What a thread does to its memory as it leaves it, by exit or exec: robust futexes, CLEARTID, the vfork parent.
    pub(crate) fn leave_memory(&mut self, tid: Tid, mem: &mut AddressSpace) {
        self.release_robust(tid, mem);
        let task = self.task_mut(tid);
        let clear = std::mem::take(&mut task.clear_child_tid);
        let vfork = task.vfork_parent.take();
        let space = task.space;
        if clear != GuestAddr::NULL && self.spaces.users(space) > 1 && mem.write_u32(clear, 0).is_ok() {
            self.futex_wake_at(space, mem, clear);
        }
        if let Some(parent) = vfork {
            self.wake(parent);
        }
        self.spaces.release(space);
    }

    /// Marks the robust futexes a thread still holds and wakes a waiter of each (get_robust_list(2)).
    fn release_robust(&mut self, tid: Tid, mem: &mut AddressSpace) {
        let task = self.task_mut(tid);
        let head = std::mem::take(&mut task.robust).head;
        let space = task.space;
        if head == 0 {
            return;
        }
        let head = GuestAddr(head);
        let Ok(offset) = mem.read_u64(head.wrapping_add(8)) else { return };
        let pending = mem.read_u64(head.wrapping_add(16)).unwrap_or(0);
        let mut next = mem.read_u64(head).unwrap_or(0);
        let mut futexes = Vec::new();
        for _ in 0..ROBUST_LIMIT {
            // Bit 0 marks a priority-inheriting futex.
            let entry = next & !1;
            if entry == head.0 || entry == 0 {
                break;
            }
            if entry != pending & !1 {
                futexes.push(entry.wrapping_add(offset));
            }
            match mem.read_u64(GuestAddr(entry)) {
                Ok(n) => next = n,
                Err(_) => break,
            }
        }
        if pending & !1 != 0 {
            futexes.push((pending & !1).wrapping_add(offset));
        }
        for futex in futexes.into_iter().map(GuestAddr) {
            const OWNER: u32 = 0x3fff_ffff;
            const OWNER_DIED: u32 = 0x4000_0000;
            const WAITERS: u32 = 0x8000_0000;
            let Ok(word) = mem.read_u32(futex) else { continue };
            if word & OWNER == tid.0 {
                let marked = (word & WAITERS) | OWNER_DIED;
                if mem.write_u32(futex, marked).is_ok() && word & WAITERS != 0 {
                    self.futex_wake_at(space, mem, futex);
                }
            }
        }
    }

    /// The last thread is gone.
    fn end_process(&mut self, pid: Pid, status: ExitStatus) {
        self.adopt_children(pid);
        self.drop_timers(pid);
        let Some(p) = self.processes.get_mut(&pid) else { return };
        p.life = Life::Zombie(status);
        p.pending = Default::default();
        let actions = p.actions;
        self.actions.release(actions);
        if pid == Pid::FIRST {
            self.finished = Some(status);
            return;
        }
        let (code, number) = match status {
            ExitStatus::Exited(code) => (CLD_EXITED, i32::from(code)),
            ExitStatus::Killed { signal, core: false } => (CLD_KILLED, i32::from(signal.number())),
            ExitStatus::Killed { signal, core: true } => (CLD_DUMPED, i32::from(signal.number())),
        };
        let Some(p) = self.processes.get(&pid) else { return };
        let (ppid, exit_signal, ticks) = (p.ppid, p.exit_signal, (p.times.own / TICK) as i64);
        let Some(parent) = self.processes.get(&ppid) else {
            // Orphans are waited for by the reaper outside.
            self.processes.remove(&pid);
            return;
        };
        let chld = self.actions.get(parent.actions).map(|a| a.get(Signal::SIGCHLD)).unwrap_or_default();
        let unwanted = exit_signal == Some(Signal::SIGCHLD)
            && (chld.handler == SIG_IGN || chld.flags.contains(SaFlags::NOCLDWAIT));
        if let Some(signal) = exit_signal
            && !(signal == Signal::SIGCHLD && chld.handler == SIG_IGN)
        {
            let fields = SigFields::Child { pid: pid.0, uid: 0, status: number, utime: ticks, stime: 0 };
            // A full queue loses the details of a real-time exit signal, as in Linux.
            let _ = self.signal_process(ppid, SigInfo { signal, code, fields });
        }
        if unwanted {
            self.reap(pid);
        }
        self.wake_waiters(ppid);
    }

    /// Gives the children of a process that ends to the nearest subreaper, or to the reaper outside.
    fn adopt_children(&mut self, pid: Pid) {
        let mut to = self.processes.get(&pid).map_or(Pid::REAPER, |p| p.ppid);
        // Parents are always older than their children's adoption: the chain ends.
        while let Some(p) = self.processes.get(&to) {
            if p.subreaper && p.life == Life::Alive {
                break;
            }
            to = p.ppid;
        }
        let new_parent = if self.processes.contains_key(&to) { to } else { Pid::REAPER };
        let children: Vec<Pid> = self.processes.values().filter(|c| c.ppid == pid).map(|c| c.pid).collect();
        for child in children {
            let Some(c) = self.processes.get_mut(&child) else { continue };
            c.ppid = new_parent;
            let death_signal = c.death_signal;
            if matches!(c.life, Life::Zombie(_)) && new_parent == Pid::REAPER {
                self.processes.remove(&child);
            } else if let Some(signal) = death_signal {
                let fields = SigFields::Kill { pid: pid.0, uid: 0 };
                let _ = self.signal_process(child, SigInfo { signal, code: 0, fields });
            }
        }
        if new_parent != Pid::REAPER {
            self.wake_waiters(new_parent);
        }
    }

    /// A zombie has been waited for: its times become its parent's.
    pub(crate) fn reap(&mut self, pid: Pid) {
        let Some(p) = self.processes.remove(&pid) else { return };
        if let Some(parent) = self.processes.get_mut(&p.ppid) {
            let all = p.times.own.saturating_add(p.times.children);
            parent.times.children = parent.times.children.saturating_add(all);
        }
    }

    /// Wakes the threads of `pid` that wait for children.
    pub(crate) fn wake_waiters(&mut self, pid: Pid) {
        let Some(p) = self.processes.get(&pid) else { return };
        for tid in p.threads.clone() {
            let waits = self.tasks.get(&tid).and_then(|t| t.call).is_some_and(|c| {
                // wait4, waitid: others that wait to be woken wait for something else.
                matches!(c.nr, 61 | 247)
            });
            if waits {
                self.wake(tid);
            }
        }
    }

    /// A stop or continuation, told to the parent by SIGCHLD and to those who wait.
    pub(crate) fn tell_parent_of_job(&mut self, pid: Pid, code: i32, signal: Signal) {
        let Some(p) = self.processes.get(&pid) else { return };
        let (ppid, ticks) = (p.ppid, (p.times.own / TICK) as i64);
        let Some(parent) = self.processes.get(&ppid) else { return };
        let chld = self.actions.get(parent.actions).map(|a| a.get(Signal::SIGCHLD)).unwrap_or_default();
        let quiet = chld.handler == SIG_IGN || chld.flags.contains(SaFlags::NOCLDSTOP);
        if !quiet {
            debug_assert!(code == CLD_STOPPED || code == CLD_CONTINUED, "job control only");
            let status = i32::from(signal.number());
            let fields = SigFields::Child { pid: pid.0, uid: 0, status, utime: ticks, stime: 0 };
            let _ = self.signal_process(ppid, SigInfo { signal: Signal::SIGCHLD, code, fields });
        }
        self.wake_waiters(ppid);
    }

    /// Whether the process of `tid` is stopped.
    pub(crate) fn is_stopped(&self, tid: Tid) -> bool {
        self.tasks.get(&tid).and_then(|t| self.processes.get(&t.pid)).is_some_and(|p| p.job != Job::Running)
    }
}
