//! Delivering: what a pending signal does to its thread on the way back to user mode.

use crate::kernel::{Crash, Kernel};
use crate::observe::{Watch, lend};
use crate::process::{ExitStatus, Job, Pid, Process};
use crate::signal::{Action, Disposition, frame};
use crate::stop::Restart;
use crate::task::Tid;
use uemu_abi::signal::{CLD_STOPPED, DefaultAction, SaFlags, SigInfo, SigSet, Signal};
use uemu_cpu::Exit;
use uemu_host::Host;
use uemu_mem::GuestAddr;

impl Kernel {
    /// Delivers what is pending and not blocked. `restart` says how a call that a signal interrupts goes on.
    pub(crate) fn deliver(
        &mut self,
        tid: Tid,
        restart: Option<Restart>,
        _host: &mut dyn Host,
        mut watch: Watch<'_, '_>,
    ) {
        while let Some(info) = self.next_signal(tid) {
            let id = self.process_of(tid).actions;
            let disposition = self.actions.get(id).map_or(Disposition::Ignore, |a| a.disposition(info.signal));
            if let Some(w) = lend(&mut watch) {
                w.signal(self, tid, &info);
            }
            match disposition {
                Disposition::Ignore | Disposition::Default(DefaultAction::Ignore | DefaultAction::Continue) => {}
                Disposition::Handler(action) => {
                    if let Some(r) = restart {
                        self.leave_call(tid, r, action.flags.contains(SaFlags::RESTART));
                    }
                    self.handle(tid, &info, &action);
                }
                Disposition::Default(DefaultAction::Stop) => {
                    if self.stop_process(tid, info.signal) {
                        if let Some(w) = lend(&mut watch) {
                            let pid = self.task(tid).pid;
                            w.job(self, pid, true);
                        }
                        break;
                    }
                }
                Disposition::Default(action @ (DefaultAction::Terminate | DefaultAction::Core)) => {
                    self.die(tid, info, action == DefaultAction::Core);
                    break;
                }
            }
        }
        // sigsuspend and friends: no handler took the old mask back.
        let task = self.task_mut(tid);
        if task.call.is_none()
            && let Some(mask) = task.saved_mask.take()
        {
            task.mask = mask;
        }
    }

    fn next_signal(&mut self, tid: Tid) -> Option<SigInfo> {
        let task = self.tasks.get_mut(&tid)?;
        let allowed = SigSet(!task.mask.0);
        let p = self.processes.get_mut(&task.pid)?;
        let kill = SigSet::of(Signal::SIGKILL);
        task.pending
            .take(kill)
            .or_else(|| p.pending.take(kill))
            .or_else(|| task.pending.take(allowed))
            .or_else(|| p.pending.take(allowed))
    }

    /// Builds the handler's frame and sends the thread there.
    fn handle(&mut self, tid: Tid, info: &SigInfo, action: &Action) {
        self.abort_rseq(tid);
        let task = self.task_mut(tid);
        // The mask that sigreturn brings back: a swapped one is over.
        let mask = task.saved_mask.take().unwrap_or(task.mask);
        let (cpu, alt, trap) = (task.cpu.clone(), task.altstack, task.trap);
        let space = task.space;
        task.fault = None;
        let context = frame::Context { model: &self.config.cpu, alt, mask, trap };
        let built = self
            .spaces
            .get_mut(space)
            .and_then(|s| s.mem.as_mut())
            .and_then(|mem| frame::build(&cpu, mem, info, action, &context));
        let Some(cpu) = built else {
            // No room for the frame: SIGSEGV, by default action if that is what could not be handled.
            if info.signal == Signal::SIGSEGV {
                let id = self.process_of(tid).actions;
                if let Some(a) = self.actions.get_mut(id) {
                    a.set(Signal::SIGSEGV, Action::default());
                }
            }
            self.task_mut(tid).mask = mask;
            return self.force(tid, SigInfo::kernel(Signal::SIGSEGV));
        };
        let task = self.task_mut(tid);
        *task.cpu = cpu;
        task.mask = task.mask.or(action.mask);
        if !action.flags.contains(SaFlags::NODEFER) {
            task.mask = task.mask.with(info.signal);
        }
        task.mask = task.mask.minus(SigSet::UNBLOCKABLE);
        if task.altstack.autodisarm {
            task.altstack = Default::default();
        }
        if action.flags.contains(SaFlags::RESETHAND) {
            let id = self.process_of(tid).actions;
            if let Some(a) = self.actions.get_mut(id) {
                let old = a.get(info.signal);
                a.set(info.signal, Action { handler: 0, ..old });
            }
        }
    }

    /// A fatal signal.
    fn die(&mut self, tid: Tid, info: SigInfo, core: bool) {
        let task = self.task_mut(tid);
        let (pid, space) = (task.pid, task.space);
        let exit = task.fault.take().filter(|_| SigSet::SYNCHRONOUS.has(info.signal) || info.signal == Signal::SIGKILL);
        let mut cpu = task.cpu.clone();
        let rip = cpu.rip;
        if let Some(Exit::Exception(uemu_cpu::Exception::Breakpoint)) = exit {
            cpu.rip = rip.wrapping_sub(1);
        }
        let mut code = vec![0; 15];
        let space = self.spaces.get(space);
        let n = space.and_then(|s| s.mem.as_ref()).map_or(0, |m| m.peek(GuestAddr(cpu.rip), &mut code));
        code.truncate(n);
        let exe = space.map(|s| s.exe.clone()).unwrap_or_default();
        self.crash = Some(Crash { pid, tid, info, exit, rip: cpu.rip, code, cpu, exe });
        self.kill_process(pid, ExitStatus::Killed { signal: info.signal, core });
    }

    /// A stop signal's default action. `false` when an orphaned process group ignores it.
    fn stop_process(&mut self, tid: Tid, signal: Signal) -> bool {
        let pid = self.task(tid).pid;
        if signal != Signal::SIGSTOP && self.is_group_orphaned(pid) {
            return false;
        }
        let Some(p) = self.processes.get_mut(&pid) else { return false };
        p.job = Job::Stopped(signal);
        p.stop_unreported = true;
        p.continue_unreported = false;
        self.tell_parent_of_job(pid, CLD_STOPPED, signal);
        true
    }

    /// Whether no member of the process group has a parent outside it in the same session (POSIX). The first process
    /// counts as a job of a shell outside the machine.
    fn is_group_orphaned(&self, pid: Pid) -> bool {
        let Some(me) = self.processes.get(&pid) else { return true };
        let parent_outside =
            |p: &Process| self.processes.get(&p.ppid).is_some_and(|q| q.pgid != p.pgid && q.sid == p.sid);
        !self
            .processes
            .values()
            .filter(|p| p.pgid == me.pgid && p.sid == me.sid)
            .any(|p| p.pid == Pid::FIRST || parent_outside(p))
    }
}
