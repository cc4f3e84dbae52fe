//! From the engine's exits to system calls and faults, and back.

use crate::context::TaskCtx;
use crate::kernel::{Kernel, Note};
use crate::observe::{CallEnd, View, Watch, lend};
use crate::process::Life;
use crate::stop::{Restart, Stop, Wait, WaitOn};
use crate::syscall;
use crate::task::{Call, Progress, Resume, TaskState, Tid};
use uemu_abi::Errno;
use uemu_abi::plain::Plain;
use uemu_abi::time::Timespec;
use uemu_cpu::{Exception, Exit, Flags, Gpr, TSC_AUX};
use uemu_host::Host;

/// Bytes of the `syscall` instruction, to go back over when it is to be run again.
const SYSCALL_LEN: u64 = 2;

impl Kernel {
    /// The engine ran `tid` for `retired` instructions and stopped with `exit`: acts on it.
    pub fn stopped(&mut self, tid: Tid, retired: u64, exit: Exit, host: &mut dyn Host, watch: Watch<'_, '_>) {
        self.clock.advance(retired);
        self.sched.spend(retired);
        self.clock.sync(host);
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        task.retired = task.retired.saturating_add(retired);
        self.fire_cpu_timers(tid);
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        match exit {
            Exit::OutOfFuel => {}
            Exit::Syscall => {
                let g = |r| task.cpu.get(r);
                let args = [g(Gpr::Rdi), g(Gpr::Rsi), g(Gpr::Rdx), g(Gpr::R10), g(Gpr::R8), g(Gpr::R9)];
                // Linux looks at EAX alone.
                task.call = Some(Call { nr: g(Gpr::Rax) & 0xffff_ffff, args });
                task.resume = Resume::default();
                self.syscalls += 1;
                self.enter(tid, host, watch);
            }
            Exit::ReadRandom { register, bytes } => {
                let mut random = [0; 8];
                self.random(host, &mut random);
                let cpu = &mut self.task_mut(tid).cpu;
                cpu.set_sized(usize::from(register), usize::from(bytes), u64::from_le_bytes(random));
            }
            Exit::ReadTsc | Exit::ReadTscp => {
                let tsc = self.clock.tsc();
                task.cpu.set(Gpr::Rax, tsc & 0xffff_ffff);
                task.cpu.set(Gpr::Rdx, tsc >> 32);
                if exit == Exit::ReadTscp {
                    task.cpu.set(Gpr::Rcx, TSC_AUX);
                }
            }
            Exit::Fault(_) | Exit::Exception(_) => self.raise(tid, exit),
        }
        // The single-step trap comes after the instruction, and that is complete only now.
        let answered = matches!(exit, Exit::ReadRandom { .. } | Exit::ReadTsc | Exit::ReadTscp);
        if answered && self.task(tid).cpu.flags.control & Flags::TF != 0 {
            self.raise(tid, Exit::Exception(Exception::Debug));
        }
    }

    /// A call begins.
    pub(crate) fn enter(&mut self, tid: Tid, host: &mut dyn Host, mut watch: Watch<'_, '_>) {
        let Some(call) = self.task(tid).call else { return };
        if let Some(w) = watch.as_mut()
            && let Some(mem) = self.memory(tid)
        {
            w.syscall_enter(&View { kernel: self, mem, tid }, &call, syscall::row(call.nr));
        }
        self.syscall(tid, host, watch);
    }

    /// Runs the handler of the call under way, for the first time or again.
    pub(crate) fn syscall(&mut self, tid: Tid, host: &mut dyn Host, mut watch: Watch<'_, '_>) {
        let Some(call) = self.task(tid).call else { return };
        let row = syscall::row(call.nr);
        let space = self.task(tid).space;
        let Some(mut mem) = self.spaces.get_mut(space).and_then(|s| s.mem.take()) else { return };
        let (result, tid) = match row {
            Some(row) => {
                let mut t = TaskCtx { k: self, mem: &mut mem, host, tid, watch: lend(&mut watch) };
                let result = (row.call)(&mut t, &call.args);
                // execve gives a thread its leader's number.
                (result, t.tid)
            }
            None => {
                self.note(Note::UnknownSyscall { nr: call.nr });
                (Err(Stop::Errno(Errno::ENOSYS)), tid)
            }
        };
        // After execve or exit the space may be another, or gone: what the task left behind is dropped with its last user.
        if let Some(s) = self.spaces.get_mut(space) {
            s.mem = Some(mem);
        }
        match result {
            Ok(ret) => self.finish(tid, &call, &CallEnd::Value(ret), ret.value, watch),
            Err(Stop::Errno(e)) => self.finish(tid, &call, &CallEnd::Error(e), e.as_ret(), watch),
            Err(Stop::Block(wait)) => {
                let task = self.task_mut(tid);
                task.resume.woken = false;
                let again = std::mem::replace(&mut task.state, TaskState::Blocked(wait));
                debug_assert_eq!(again, TaskState::Ready, "only a ready task runs a handler");
                if let Some(w) = watch
                    && let Some(mem) = self.memory(tid)
                {
                    w.syscall_blocked(&View { kernel: self, mem, tid }, &call, row);
                }
            }
            Err(Stop::Gone) => {}
        }
    }

    /// A call ends with a value or an error.
    fn finish(&mut self, tid: Tid, call: &Call, end: &CallEnd, rax: u64, watch: Watch<'_, '_>) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        task.cpu.set(Gpr::Rax, rax);
        task.call = None;
        task.resume = Resume::default();
        if let Some(mask) = task.saved_mask.take() {
            task.mask = mask;
        }
        if let Some(w) = watch
            && let Some(mem) = self.memory(tid)
        {
            w.syscall_exit(&View { kernel: self, mem, tid }, call, syscall::row(call.nr), end);
        }
    }

    /// A signal ends the wait of a blocked call: delivers it, and says how the call goes on.
    pub(crate) fn interrupt(&mut self, tid: Tid, restart: Restart, host: &mut dyn Host, mut watch: Watch<'_, '_>) {
        let Some(call) = self.task(tid).call else { return };
        self.cancel_wait(tid);
        self.write_remaining(tid);
        if let Some(w) = watch.as_mut()
            && let Some(mem) = self.memory(tid)
        {
            let end = CallEnd::Interrupted(restart);
            w.syscall_exit(&View { kernel: self, mem, tid }, &call, syscall::row(call.nr), &end);
        }
        self.deliver(tid, Some(restart), host, lend(&mut watch));
        let alive =
            self.tasks.get(&tid).and_then(|t| self.processes.get(&t.pid)).is_some_and(|p| p.life == Life::Alive);
        if alive && self.task(tid).call.is_some() && self.task(tid).state == TaskState::Ready {
            // No handler: the call goes on as if nothing had happened.
            if restart == Restart::Never {
                let end = CallEnd::Error(Errno::EINTR);
                self.finish(tid, &call, &end, Errno::EINTR.as_ret(), None);
            } else if self.is_stopped(tid) {
                // It goes on when the process does.
                let task = self.task_mut(tid);
                task.resume.woken = true;
                task.resume.again = true;
                task.state = TaskState::Blocked(Wait { on: WaitOn::Wake, deadline: None, restart });
            } else {
                self.enter(tid, host, watch);
            }
        }
    }

    /// nanosleep(2): the time that is left, whenever a signal ends the sleep.
    fn write_remaining(&mut self, tid: Tid) {
        let now = self.clock.monotonic();
        let task = self.task(tid);
        let (Some(at), Some(Some(deadline))) = (task.resume.remaining_at, task.resume.deadline) else { return };
        let space = task.space;
        let left = Timespec::from_nanos(deadline.saturating_sub(now)).to_vec();
        // A bad pointer turns EINTR into EFAULT on Linux; the sleep is over either way.
        if let Some(mem) = self.spaces.get_mut(space).and_then(|s| s.mem.as_mut()) {
            let _ = mem.write(at, &left);
        }
    }

    /// A handler is about to run: what the interrupted call leaves in the registers that the handler returns to.
    pub(crate) fn leave_call(&mut self, tid: Tid, restart: Restart, sa_restart: bool) {
        let task = self.task_mut(tid);
        let Some(call) = task.call.take() else { return };
        let progress = std::mem::take(&mut task.resume).progress;
        if let Progress::Moved(bytes) = progress {
            // A write that was cut short says how far it came (signal(7)).
            task.cpu.set(Gpr::Rax, bytes as u64);
        } else if restart == Restart::Sys && sa_restart {
            task.cpu.rip = task.cpu.rip.wrapping_sub(SYSCALL_LEN);
            task.cpu.set(Gpr::Rax, call.nr);
        } else {
            task.cpu.set(Gpr::Rax, Errno::EINTR.as_ret());
        }
    }
}
