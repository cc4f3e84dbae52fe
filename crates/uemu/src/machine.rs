//! The machine: who runs, on what, and what comes of it.

use crate::crash::{CrashReport, Place, UnimplementedInstruction};
use crate::outcome::{End, Outcome};
use std::collections::BTreeSet;
use uemu_abi::sysno;
use uemu_cpu::{Engine, Exception, Exit};
use uemu_host::Host;
use uemu_kernel::observe::Observer;
use uemu_kernel::{Crash, ExitStatus, Kernel, Next, Note, Tid};

/// Most different instructions told of that uemu lacks.
const MAX_UNIMPLEMENTED: usize = 16;

/// A guest and everything around it.
pub struct Machine<H: Host> {
    kernel: Kernel,
    engine: Box<dyn Engine + Send>,
    host: H,
    /// Where the last fault of each... of the machine was: the process may be gone when its death is told.
    last_fault: Option<(Tid, Place)>,
    unimplemented: BTreeSet<UnimplementedInstruction>,
}

/// What a run took so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Instructions retired by all tasks.
    pub instructions: u64,
    /// System calls begun.
    pub syscalls: u64,
    /// The machine's time since its start, ns.
    pub nanoseconds: u64,
}

impl<H: Host> Machine<H> {
    pub(crate) fn new(kernel: Kernel, engine: Box<dyn Engine + Send>, host: H) -> Machine<H> {
        Machine { kernel, engine, host, last_fault: None, unimplemented: BTreeSet::new() }
    }

    /// Runs to the end.
    pub fn run(&mut self) -> Outcome {
        self.run_watched(None)
    }

    /// Runs to the end, telling `observer` what happens.
    pub fn run_observed(&mut self, observer: &mut dyn Observer) -> Outcome {
        self.run_watched(Some(observer))
    }

    fn run_watched(&mut self, mut observer: Option<&mut dyn Observer>) -> Outcome {
        let end = loop {
            let watch = observer.as_mut().map(|o| &mut **o as &mut dyn Observer);
            match self.kernel.schedule(&mut self.host, watch) {
                Next::Run { tid, fuel } => {
                    let watch = observer.as_mut().map(|o| &mut **o as &mut dyn Observer);
                    self.run_task(tid, fuel, watch);
                }
                Next::WaitHost { timeout } => {
                    self.host.console_wait(timeout);
                }
                Next::Finished(ExitStatus::Exited(status)) => break End::Exited(status),
                Next::Finished(ExitStatus::Killed { signal, .. }) => {
                    let report = self.kernel.crash.as_ref().map(|c| self.report(c)).filter(|r| r.signal == signal);
                    break End::Killed { signal, report };
                }
                Next::Deadlock => break End::Deadlock,
                Next::OutOfInstructions => {
                    break End::OutOfInstructions { limit: self.kernel.config.limits.instructions.unwrap_or(u64::MAX) };
                }
            }
        };
        Outcome { end, notes: self.notes() }
    }

    fn run_task(&mut self, tid: Tid, fuel: u64, watch: Option<&mut dyn Observer>) {
        // `schedule` names tasks that have registers and memory.
        let Some((cpu, mem)) = self.kernel.running(tid) else { return };
        let mut left = fuel;
        let exit = self.engine.run(cpu, mem, &mut left);
        if matches!(exit, Exit::Fault(_) | Exit::Exception(_)) {
            let place = Place::at(mem, cpu.rip);
            if exit == Exit::Exception(Exception::InvalidOpcode { unimplemented: true })
                && self.unimplemented.len() < MAX_UNIMPLEMENTED
            {
                self.unimplemented.extend(UnimplementedInstruction::at(&place));
            }
            self.last_fault = Some((tid, place));
        }
        self.kernel.stopped(tid, fuel.saturating_sub(left), exit, &mut self.host, watch);
    }

    fn report(&self, crash: &Crash) -> CrashReport {
        match &self.last_fault {
            Some((tid, place)) if *tid == crash.tid && place.rip == crash.rip => {
                CrashReport::new(&crash.info, crash.exit, place)
            }
            _ => {
                let place = Place { rip: crash.rip, file: None, code: crash.code.clone() };
                CrashReport::new(&crash.info, crash.exit, &place)
            }
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.unimplemented.iter().map(|u| format!("instruction {u}")).collect();
        for note in self.kernel.notes.keys() {
            match note {
                Note::UnknownSyscall { nr } => match sysno::name(*nr) {
                    Some(name) => notes.push(format!("{name}({nr}) is not implemented: the guest got ENOSYS")),
                    None => notes.push(format!("there is no system call {nr}: the guest got ENOSYS")),
                },
            }
        }
        notes
    }

    /// What the run took so far.
    pub fn stats(&self) -> Stats {
        let clock = &self.kernel.clock;
        Stats {
            instructions: clock.retired(),
            syscalls: self.kernel.syscalls,
            nanoseconds: clock.realtime().saturating_sub(self.kernel.config.epoch),
        }
    }

    /// The emulated kernel.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The absolute paths the guest asked for in vain.
    pub fn missing_paths(&self) -> impl Iterator<Item = &[u8]> {
        self.kernel.files.vfs.missing()
    }
}
