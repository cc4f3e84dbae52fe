//! The kernel's state: all of a machine but its engine and its host.

use crate::arena::{Arena, Id};
use crate::clock::{Clock, ClockMode, Nanos};
use crate::entropy::Entropy;
use crate::fd::{Files, FsContext};
use crate::futex::Futexes;
use crate::limits::Limits;
use crate::process::{ExitStatus, Pid, Process, Space};
use crate::sched::Sched;
use crate::signal::Actions;
use crate::task::{Task, TaskState, Tid};
use std::collections::{BTreeMap, BTreeSet};
use uemu_abi::signal::SigInfo;
use uemu_cpu::{CpuModel, CpuState, Exit};
use uemu_mem::AddressSpace;

/// How a machine is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Bounds.
    pub limits: Limits,
    /// Seed of everything random.
    pub seed: u64,
    /// Whether random bytes come from the host instead.
    pub host_entropy: bool,
    /// Where time comes from.
    pub clock: ClockMode,
    /// CLOCK_REALTIME at the start, ns since 1970.
    pub epoch: Nanos,
    /// Instructions a task runs before the next has its turn.
    pub slice: u64,
    /// nodename of uname(2).
    pub hostname: String,
    /// The processor: what it can do shows in the auxiliary vector, /proc/cpuinfo and signal frames.
    pub cpu: CpuModel,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            limits: Limits::default(),
            seed: 1,
            host_entropy: false,
            clock: ClockMode::Virtual,
            // 2025-01-01 00:00:00 UTC.
            epoch: 1_735_689_600 * 1_000_000_000,
            slice: 100_000,
            hostname: "uemu".to_owned(),
            cpu: CpuModel::MAX,
        }
    }
}

/// What killed a process: for the message to the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crash {
    /// Whose.
    pub pid: Pid,
    /// In which thread.
    pub tid: Tid,
    /// The signal.
    pub info: SigInfo,
    /// The exit of the engine that raised it, if an instruction did.
    pub exit: Option<Exit>,
    /// RIP then.
    pub rip: u64,
    /// The instruction's bytes, as far as they could be read.
    pub code: Vec<u8>,
    /// The registers then.
    pub cpu: Box<CpuState>,
    /// Path of the program.
    pub exe: Vec<u8>,
}

/// Something the user should know at the end, said once each.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Note {
    /// The guest called a system call the kernel lacks, and got ENOSYS.
    UnknownSyscall {
        /// Its number.
        nr: u64,
    },
}

/// All state of the emulated kernel. Plain data: see [`Kernel::snapshot`].
pub struct Kernel {
    /// How it was set up.
    pub config: Config,
    /// Time.
    pub clock: Clock,
    /// Random bytes.
    pub entropy: Entropy,
    /// Threads.
    pub tasks: BTreeMap<Tid, Task>,
    /// Processes.
    pub processes: BTreeMap<Pid, Process>,
    /// Address spaces.
    pub spaces: Arena<Space>,
    /// Signal actions.
    pub actions: Arena<Actions>,
    /// Current directories and umasks.
    pub fs: Arena<FsContext>,
    /// Descriptors and open files.
    pub files: Files,
    /// What the user should know.
    pub notes: BTreeMap<Note, u64>,
    /// Signals that were ignored and not told of yet to who watches.
    pub(crate) ignored: Vec<(Pid, SigInfo)>,
    /// What killed the first process, or any that no one waited for.
    pub crash: Option<Crash>,
    /// How the first process ended.
    pub finished: Option<ExitStatus>,
    /// System calls begun.
    pub syscalls: u64,
    pub(crate) futexes: Futexes,
    /// Armed real timers by expiry.
    pub(crate) real_timers: BTreeSet<(Nanos, Pid)>,
    pub(crate) sched: Sched,
    pub(crate) next_pid: u32,
}

impl Kernel {
    /// A kernel without a process.
    pub fn new(config: Config) -> Kernel {
        Kernel {
            clock: Clock::new(config.clock, config.epoch),
            entropy: Entropy::new(config.seed),
            tasks: BTreeMap::new(),
            processes: BTreeMap::new(),
            spaces: Arena::default(),
            actions: Arena::default(),
            fs: Arena::default(),
            files: Files::default(),
            notes: BTreeMap::new(),
            ignored: Vec::new(),
            crash: None,
            finished: None,
            syscalls: 0,
            futexes: Futexes::default(),
            real_timers: BTreeSet::new(),
            sched: Sched::new(config.slice),
            next_pid: Pid::FIRST.0,
            config,
        }
    }

    /// A task that exists.
    ///
    /// # Panics
    /// If it does not: the kernel names a task only while it exists.
    pub fn task(&self, tid: Tid) -> &Task {
        self.tasks.get(&tid).expect("a task is named only while it exists")
    }

    /// A task that exists.
    ///
    /// # Panics
    /// As [`Kernel::task`].
    pub fn task_mut(&mut self, tid: Tid) -> &mut Task {
        self.tasks.get_mut(&tid).expect("a task is named only while it exists")
    }

    /// The process of a task that exists.
    ///
    /// # Panics
    /// As [`Kernel::task`]: a process outlives its tasks.
    pub fn process_of(&self, tid: Tid) -> &Process {
        self.processes.get(&self.task(tid).pid).expect("a process outlives its tasks")
    }

    /// The process of a task that exists.
    ///
    /// # Panics
    /// As [`Kernel::process_of`].
    pub fn process_of_mut(&mut self, tid: Tid) -> &mut Process {
        let pid = self.task(tid).pid;
        self.processes.get_mut(&pid).expect("a process outlives its tasks")
    }

    /// What the engine needs to run a task that [`Kernel::schedule`] named: its registers and memory.
    pub fn running(&mut self, tid: Tid) -> Option<(&mut CpuState, &mut AddressSpace)> {
        let task = self.tasks.get_mut(&tid)?;
        let mem = self.spaces.get_mut(task.space)?.mem.as_mut()?;
        Some((&mut task.cpu, mem))
    }

    /// The memory of a task, for those who look.
    pub fn memory(&self, tid: Tid) -> Option<&AddressSpace> {
        self.spaces.get(self.tasks.get(&tid)?.space)?.mem.as_ref()
    }

    /// The address space of a task and what is known of it.
    pub fn space(&self, id: Id<Space>) -> Option<&Space> {
        self.spaces.get(id)
    }

    /// Ends the wait of a task that waits to be woken.
    pub fn wake(&mut self, tid: Tid) {
        if let Some(task) = self.tasks.get_mut(&tid)
            && matches!(task.state, TaskState::Blocked(_))
        {
            task.resume.woken = true;
        }
    }

    /// Counts an event the user should know of.
    pub fn note(&mut self, note: Note) {
        // Notes hold guest numbers: a guest shall not make the list grow without end.
        if self.notes.len() < 1024 || self.notes.contains_key(&note) {
            *self.notes.entry(note).or_default() += 1;
        }
    }
}
