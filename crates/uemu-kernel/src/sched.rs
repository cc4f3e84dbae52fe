//! Who runs next: round robin in slices of retired instructions.

use crate::clock::{ClockMode, Nanos};
use crate::kernel::Kernel;
use crate::observe::{Watch, lend};
use crate::process::ExitStatus;
use crate::stop::{Wait, WaitOn};
use crate::task::{TaskState, Tid};
use std::ops::Bound;
use uemu_abi::poll::Ready;
use uemu_host::Host;

/// The scheduler's own state.
#[derive(Clone, Debug)]
pub(crate) struct Sched {
    /// Instructions in a slice.
    slice: u64,
    /// Who ran last.
    last: Option<Tid>,
    /// What is left of the slice.
    left: u64,
    /// Signals delivered and tasks ended while looking for one to run: they may have woken one already looked at.
    events: u64,
}

impl Sched {
    pub(crate) fn new(slice: u64) -> Sched {
        Sched { slice: slice.max(1), last: None, left: 0, events: 0 }
    }

    /// A task has got another number.
    pub(crate) fn renumber(&mut self, old: Tid, new: Tid) {
        if self.last == Some(old) {
            self.last = Some(new);
        }
    }

    /// Takes retired instructions off the slice.
    pub(crate) fn spend(&mut self, retired: u64) {
        self.left = self.left.saturating_sub(retired);
    }

    /// Ends the slice: another task, if any is ready, has its turn.
    pub(crate) fn end_slice(&mut self) {
        self.left = 0;
    }
}

/// What the machine does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Run this task for at most this many instructions, then tell [`Kernel::stopped`].
    Run {
        /// Which.
        tid: Tid,
        /// Instructions.
        fuel: u64,
    },
    /// Every task waits, and only the host can end that: wait for console input, or for this long, and ask again.
    WaitHost {
        /// At most this long, ns; `None`: for ever.
        timeout: Option<Nanos>,
    },
    /// The first process has ended.
    Finished(ExitStatus),
    /// Every task waits for what can never happen.
    Deadlock,
    /// The limit on instructions is reached.
    OutOfInstructions,
}

impl Kernel {
    /// Decides what happens next. Tasks whose wait is over have their calls run again here.
    pub fn schedule(&mut self, host: &mut dyn Host, mut watch: Watch<'_, '_>) -> Next {
        self.clock.sync(host);
        loop {
            self.fire_timers();
            let events = self.sched.events;
            if let Some(status) = self.finished {
                return Next::Finished(status);
            }
            if let Some(tid) = self.sched.last.filter(|_| self.sched.left > 0)
                && self.prepare(tid, host, lend(&mut watch))
            {
                self.tell_ignored(tid, &mut watch);
                return self.run(tid);
            }
            if let Some(tid) = self.pick(host, &mut watch) {
                if self.sched.last != Some(tid)
                    && let Some(w) = watch.as_mut()
                {
                    w.switch(self, tid);
                }
                self.sched.last = Some(tid);
                self.sched.left = self.sched.slice;
                self.tell_ignored(tid, &mut watch);
                return self.run(tid);
            }
            if self.finished.is_some() || self.sched.events != events {
                continue;
            }
            match self.idle() {
                Some(next) => return next,
                None => continue,
            }
        }
    }

    /// Tells who watches of the signals that the process of `tid` ignored since it ran last.
    fn tell_ignored(&mut self, tid: Tid, watch: &mut Watch<'_, '_>) {
        if self.ignored.is_empty() {
            return;
        }
        let Some(w) = watch else { return self.ignored.clear() };
        let processes = &self.processes;
        self.ignored.retain(|(p, _)| processes.contains_key(p));
        let pid = self.task(tid).pid;
        // Linux gives a process's signals to its first thread, as long as there is one.
        if tid.0 != pid.0 && self.tasks.get(&Tid(pid.0)).is_some_and(|t| t.state != TaskState::Dead) {
            return;
        }
        while let Some(at) = self.ignored.iter().position(|(p, _)| *p == pid) {
            let (_, info) = self.ignored.remove(at);
            w.ignored(self, tid, &info);
        }
    }

    fn run(&self, tid: Tid) -> Next {
        let budget = self.config.limits.instructions.map_or(u64::MAX, |max| max.saturating_sub(self.clock.retired()));
        if budget == 0 {
            return Next::OutOfInstructions;
        }
        let timer = self.instructions_to_timer(tid).unwrap_or(u64::MAX).max(1);
        Next::Run { tid, fuel: self.sched.left.min(budget).min(timer) }
    }

    /// The next task in the circle that can run; who ran last comes last.
    fn pick(&mut self, host: &mut dyn Host, watch: &mut Watch<'_, '_>) -> Option<Tid> {
        let last = self.sched.last;
        let mut at = last;
        let mut wrapped = false;
        // Looking at a task may end it or others, but makes none: the circle is walked once.
        loop {
            let after = at.map_or(Bound::Unbounded, Bound::Excluded);
            let next = self.tasks.range((after, Bound::Unbounded)).next().map(|(tid, _)| *tid);
            match (next, last) {
                (None, None) => return None,
                (None, Some(_)) if wrapped => return None,
                (None, Some(_)) => {
                    wrapped = true;
                    at = None;
                }
                (Some(tid), Some(last)) if wrapped && tid > last => return None,
                (Some(tid), _) => {
                    if self.prepare(tid, host, lend(watch)) {
                        return Some(tid);
                    }
                    at = Some(tid);
                }
            }
        }
    }

    /// Brings a task to where it can run guest code, if it can: ends its wait, runs its call again, delivers signals.
    fn prepare(&mut self, tid: Tid, host: &mut dyn Host, mut watch: Watch<'_, '_>) -> bool {
        // Each turn runs a call again or delivers signals, of which there are only so many. A call is run again once:
        // if its wait claims to be over and its handler waits on, the machine must not hang.
        let mut ran_again = false;
        loop {
            if !self.tasks.contains_key(&tid) {
                return false;
            }
            if self.leave_if_dying(tid, host, &mut watch) {
                self.sched.events += 1;
                return false;
            }
            if self.is_stopped(tid) {
                return false;
            }
            if self.task(tid).state == TaskState::Ready && self.sched.last != Some(tid) {
                self.abort_rseq(tid);
            }
            match &self.task(tid).state {
                TaskState::Dead => return false,
                TaskState::Blocked(wait) => {
                    let wait = wait.clone();
                    if !ran_again && self.is_over(tid, &wait, host) {
                        ran_again = true;
                        let task = self.task_mut(tid);
                        task.state = TaskState::Ready;
                        if std::mem::take(&mut task.resume.again) {
                            self.tell_ignored(tid, &mut watch);
                            self.enter(tid, host, lend(&mut watch));
                        } else {
                            self.syscall(tid, host, lend(&mut watch));
                        }
                    } else if wait.on != WaitOn::WakeOnly && self.has_signal(tid) {
                        self.sched.events += 1;
                        self.task_mut(tid).state = TaskState::Ready;
                        self.interrupt(tid, wait.restart, host, lend(&mut watch));
                    } else {
                        return false;
                    }
                }
                TaskState::Ready => {
                    if !self.has_signal(tid) {
                        return true;
                    }
                    self.sched.events += 1;
                    self.deliver(tid, None, host, lend(&mut watch));
                }
            }
        }
    }

    fn is_over(&self, tid: Tid, wait: &Wait, host: &mut dyn Host) -> bool {
        if wait.deadline.is_some_and(|d| d <= self.clock.monotonic()) {
            return true;
        }
        match &wait.on {
            WaitOn::Signal => false,
            WaitOn::Pending(set) => {
                let shared = self.process_of(tid).pending.set();
                shared.or(self.task(tid).pending.set()).0 & set.0 != 0
            }
            WaitOn::Files(files) => files
                .iter()
                .any(|&(file, want)| self.files.ready(file, host).intersects(want | Ready::ALWAYS | Ready::NVAL)),
            WaitOn::Wake | WaitOn::WakeOnly => self.task(tid).resume.woken,
        }
    }

    /// Nobody can run. Jumps to the next deadline (`None`: look again), or says what to wait for.
    fn idle(&mut self) -> Option<Next> {
        // A stopped process's tasks do not look at their deadlines.
        let waits = self.tasks.values().filter(|t| !self.is_stopped(t.tid)).filter_map(|t| match &t.state {
            TaskState::Blocked(w) => Some(w),
            _ => None,
        });
        let mut deadline = self.next_timer();
        let mut on_host = false;
        for wait in waits {
            deadline = match (deadline, wait.deadline) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            if let WaitOn::Files(files) = &wait.on {
                on_host |= files.iter().any(|&(f, want)| want.intersects(Ready::READ) && self.files.waits_for_host(f));
            }
        }
        // A deadline that has passed and woke nobody is no way on.
        let deadline = deadline.filter(|d| *d > self.clock.monotonic());
        match (self.clock.mode(), deadline) {
            (ClockMode::Host, Some(d)) => {
                Some(Next::WaitHost { timeout: Some(d.saturating_sub(self.clock.monotonic())) })
            }
            (ClockMode::Virtual, Some(d)) => {
                self.clock.skip_to(d);
                None
            }
            (_, None) if on_host => Some(Next::WaitHost { timeout: None }),
            (_, None) => Some(Next::Deadlock),
        }
    }
}
