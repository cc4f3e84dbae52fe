//! Interval timers (setitimer(2), alarm(2)).

use crate::clock::{ClockMode, Nanos};
use crate::kernel::Kernel;
use crate::process::{Pid, Timer};
use crate::task::Tid;
use uemu_abi::signal::{SigInfo, Signal};

/// The three timers of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimerKind {
    /// ITIMER_REAL: CLOCK_MONOTONIC, SIGALRM.
    Real,
    /// ITIMER_VIRTUAL: the process's CPU time, SIGVTALRM.
    Virtual,
    /// ITIMER_PROF: the same here, SIGPROF.
    Prof,
}

impl Kernel {
    /// CPU time of a process: instructions its threads have retired.
    pub fn cpu_time(&self, pid: Pid) -> Nanos {
        let Some(p) = self.processes.get(&pid) else { return 0 };
        let living = p.threads.iter().filter_map(|t| self.tasks.get(t)).map(|t| t.retired);
        living.fold(p.times.own, u64::saturating_add)
    }

    fn timer_now(&self, pid: Pid, kind: TimerKind) -> Nanos {
        match kind {
            TimerKind::Real => self.clock.monotonic(),
            TimerKind::Virtual | TimerKind::Prof => self.cpu_time(pid),
        }
    }

    fn timer(&mut self, pid: Pid, kind: TimerKind) -> Option<&mut Timer> {
        let p = self.processes.get_mut(&pid)?;
        Some(match kind {
            TimerKind::Real => &mut p.real_timer,
            TimerKind::Virtual => &mut p.virtual_timer,
            TimerKind::Prof => &mut p.prof_timer,
        })
    }

    /// Time left and period of a timer; zeros when disarmed.
    pub fn get_timer(&mut self, pid: Pid, kind: TimerKind) -> (Nanos, Nanos) {
        let now = self.timer_now(pid, kind);
        match self.timer(pid, kind) {
            // An armed timer never shows zero, as in Linux.
            Some(Timer { at: Some(at), interval }) => (at.saturating_sub(now).max(1000), *interval),
            _ => (0, 0),
        }
    }

    /// Arms a timer to expire in `value` ns (zero: never), then every `interval` ns.
    pub fn set_timer(&mut self, pid: Pid, kind: TimerKind, value: Nanos, interval: Nanos) {
        let at = (value > 0).then(|| self.timer_now(pid, kind).saturating_add(value));
        let Some(timer) = self.timer(pid, kind) else { return };
        let old = std::mem::replace(timer, Timer { at, interval });
        if kind == TimerKind::Real {
            self.queue_timer(pid, old.at, at);
        }
    }

    fn queue_timer(&mut self, pid: Pid, old: Option<Nanos>, new: Option<Nanos>) {
        if let Some(at) = old {
            self.real_timers.remove(&(at, pid));
        }
        if let Some(at) = new {
            self.real_timers.insert((at, pid));
        }
    }

    /// A process is gone: so are its timers.
    pub(crate) fn drop_timers(&mut self, pid: Pid) {
        self.set_timer(pid, TimerKind::Real, 0, 0);
    }

    /// When the next real timer expires.
    pub(crate) fn next_timer(&self) -> Option<Nanos> {
        self.real_timers.first().map(|(at, _)| *at)
    }

    /// Instructions `tid` may run before a timer expires.
    pub(crate) fn instructions_to_timer(&self, tid: Tid) -> Option<u64> {
        let real = match self.clock.mode() {
            ClockMode::Virtual => self.next_timer().map(|at| at.saturating_sub(self.clock.monotonic())),
            ClockMode::Host => None,
        };
        let p = self.process_of(tid);
        let cpu = match (p.virtual_timer.at, p.prof_timer.at) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(u64::MAX).min(b.unwrap_or(u64::MAX)).saturating_sub(self.cpu_time(p.pid))),
        };
        match (real, cpu) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Sends the signals of the timers that have expired.
    pub(crate) fn fire_timers(&mut self) {
        let now = self.clock.monotonic();
        while let Some(&(at, pid)) = self.real_timers.first()
            && at <= now
        {
            self.expire(pid, TimerKind::Real, now);
        }
    }

    /// The same for the CPU timers of the process that has just run.
    pub(crate) fn fire_cpu_timers(&mut self, tid: Tid) {
        let Some(pid) = self.tasks.get(&tid).map(|t| t.pid) else { return };
        for kind in [TimerKind::Virtual, TimerKind::Prof] {
            if self.timer(pid, kind).is_some_and(|t| t.at.is_some()) {
                let now = self.cpu_time(pid);
                if self.timer(pid, kind).is_some_and(|t| t.at.is_some_and(|at| at <= now)) {
                    self.expire(pid, kind, now);
                }
            }
        }
    }

    fn expire(&mut self, pid: Pid, kind: TimerKind, now: Nanos) {
        let Some(timer) = self.timer(pid, kind) else { return };
        let old = timer.at;
        // Periods that passed while nothing ran count once.
        let missed = old.filter(|_| timer.interval > 0).map(|at| now.saturating_sub(at) / timer.interval + 1);
        timer.at = match (old, missed) {
            (Some(at), Some(n)) => Some(at.saturating_add(timer.interval.saturating_mul(n))),
            _ => None,
        };
        let new = timer.at;
        let signal = match kind {
            TimerKind::Real => {
                self.queue_timer(pid, old, new);
                Signal::SIGALRM
            }
            TimerKind::Virtual => Signal::SIGVTALRM,
            TimerKind::Prof => Signal::SIGPROF,
        };
        // Not a real-time signal, and the process exists: there is no error.
        let _ = self.signal_process(pid, SigInfo::kernel(signal));
    }
}
