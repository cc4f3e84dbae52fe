//! New tasks: the first one, and those of clone(2).

use crate::arena::Id;
use crate::context::TaskCtx;
use crate::fd::FsContext;
use crate::kernel::Kernel;
use crate::process::{ExitStatus, Job, Life, Pid, Process, Space};
use crate::signal::Actions;
use crate::stop::SysResult;
use crate::task::{Resume, Task, TaskState, Tid};
use uemu_abi::Errno;
use uemu_abi::process::{CloneFlags, Rlimit, rlimit};
use uemu_abi::signal::Signal;
use uemu_cpu::{CpuState, Gpr, Segment};
use uemu_host::Host;
use uemu_mem::{AddressSpace, GuestAddr};
use uemu_vfs::Node;

/// Numbers of tasks stay below (Linux's PID_MAX_LIMIT).
const PID_MAX: u32 = 4 << 20;

/// What clone(2) and its relatives are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CloneRequest {
    /// CLONE_*.
    pub(crate) flags: CloneFlags,
    /// Signal to the parent when the child ends.
    pub(crate) exit_signal: Option<Signal>,
    /// The child's stack pointer; zero: the parent's.
    pub(crate) stack: u64,
    /// Thread pointer (CLONE_SETTLS).
    pub(crate) tls: u64,
    /// CLONE_PARENT_SETTID.
    pub(crate) parent_tid: GuestAddr,
    /// CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID.
    pub(crate) child_tid: GuestAddr,
}

impl Kernel {
    /// The first process, without a program.
    pub(crate) fn first_task(&mut self, cwd: Node, host: &mut dyn Host) -> Tid {
        let pid = Pid::FIRST;
        let tid = Tid(pid.0);
        self.next_pid = pid.0 + 1;
        let fds = self.files.console_table();
        self.files.describe_console(fds, host);
        let space = self.spaces.add(Space {
            mem: None,
            brk_start: 0,
            brk: 0,
            exe: Vec::new(),
            cmdline: Vec::new(),
            environ: Vec::new(),
            auxv: Vec::new(),
        });
        let task = Task {
            tid,
            pid,
            cpu: Box::new(CpuState::new()),
            state: TaskState::Ready,
            space,
            fds,
            fs: self.fs.add(FsContext::new(cwd)),
            call: None,
            resume: Resume::default(),
            mask: Default::default(),
            saved_mask: None,
            pending: Default::default(),
            altstack: Default::default(),
            trap: Default::default(),
            fault: None,
            clear_child_tid: GuestAddr::NULL,
            robust: Default::default(),
            rseq: None,
            comm: [0; 16],
            retired: 0,
            vfork_parent: None,
            personality: 0,
        };
        self.tasks.insert(tid, task);
        let actions = self.actions.add(Actions::default());
        let limits = self.first_limits();
        let p = Process {
            pid,
            ppid: Pid::REAPER,
            pgid: pid,
            sid: pid,
            threads: vec![tid],
            actions,
            pending: Default::default(),
            life: Life::Alive,
            leader_status: None,
            job: Job::Running,
            stop_unreported: false,
            continue_unreported: false,
            exit_signal: Some(Signal::SIGCHLD),
            limits,
            real_timer: Default::default(),
            virtual_timer: Default::default(),
            prof_timer: Default::default(),
            times: Default::default(),
            started: self.clock.monotonic(),
            execed: false,
            death_signal: None,
            dumpable: true,
            no_new_privs: false,
            subreaper: false,
            keep_caps: false,
            timer_slack: 50_000,
            nice: 0,
        };
        self.processes.insert(pid, p);
        tid
    }

    /// The first program could not be loaded.
    pub(crate) fn remove_first_task(&mut self, tid: Tid, host: &mut dyn Host) {
        self.end_task(tid, &mut AddressSpace::new(0), ExitStatus::Exited(0), host, None);
        self.processes.clear();
        self.finished = None;
    }

    fn first_limits(&self) -> [Rlimit; rlimit::COUNT] {
        let mut all = [Rlimit { cur: rlimit::INFINITY, max: rlimit::INFINITY }; rlimit::COUNT];
        let mine = &self.config.limits;
        let both = |n| Rlimit { cur: n, max: n };
        for (resource, limit) in [
            (rlimit::STACK, Rlimit { cur: mine.stack, max: rlimit::INFINITY }),
            (rlimit::CORE, Rlimit { cur: 0, max: rlimit::INFINITY }),
            (rlimit::NPROC, both(mine.tasks as u64)),
            (rlimit::NOFILE, both(u64::from(mine.files))),
            (rlimit::MEMLOCK, both(8 << 20)),
            (rlimit::SIGPENDING, both(mine.pending_signals as u64)),
            (rlimit::MSGQUEUE, both(819_200)),
            (rlimit::NICE, both(0)),
            (rlimit::RTPRIO, both(0)),
        ] {
            if let Some(l) = all.get_mut(resource as usize) {
                *l = limit;
            }
        }
        all
    }

    /// The next free number, counting up. Numbers in use as process groups or sessions are not free.
    fn free_pid(&mut self) -> Option<u32> {
        for _ in 0..PID_MAX {
            let n = self.next_pid;
            self.next_pid = if n + 1 >= PID_MAX { Pid::FIRST.0 } else { n + 1 };
            let taken = self.tasks.contains_key(&Tid(n))
                || self.processes.values().any(|p| p.pid.0 == n || p.pgid.0 == n || p.sid.0 == n);
            if !taken {
                return Some(n);
            }
        }
        None
    }

    /// A thread becomes the leader of its process (exec): everything that names it by number follows.
    pub(crate) fn renumber(&mut self, old: Tid, new: Tid) {
        self.sched.renumber(old, new);
        for t in self.tasks.values_mut() {
            if t.vfork_parent == Some(old) {
                t.vfork_parent = Some(new);
            }
        }
    }
}

impl TaskCtx<'_> {
    /// clone(2), with what its relatives leave out filled in. Flags have been checked.
    pub(crate) fn spawn(&mut self, r: &CloneRequest) -> SysResult<Tid> {
        let f = r.flags;
        if self.k.tasks.len() >= self.k.config.limits.tasks {
            return Err(Errno::EAGAIN.into());
        }
        let n = self.k.free_pid().ok_or(Errno::EAGAIN)?;
        let child = Tid(n);
        let space = self.child_space(f);
        let me = self.k.task(self.tid).clone();
        let fds = if f.contains(CloneFlags::FILES) {
            self.k.files.share_table(me.fds)
        } else {
            self.k.files.copy_table(me.fds)
        };
        let fs = match self.k.fs.get(me.fs) {
            Some(context) if !f.contains(CloneFlags::FS) => {
                let context = context.clone();
                self.k.fs.add(context)
            }
            _ => self.k.fs.share(me.fs),
        };
        let pid = if f.contains(CloneFlags::THREAD) { me.pid } else { Pid(n) };
        let mut task = Task {
            tid: child,
            pid,
            space,
            fds,
            fs,
            state: TaskState::Ready,
            call: None,
            resume: Resume::default(),
            saved_mask: None,
            pending: Default::default(),
            robust: Default::default(),
            trap: Default::default(),
            fault: None,
            retired: 0,
            clear_child_tid: GuestAddr::NULL,
            // A thread that shares memory without being a vfork child starts without an alternate stack.
            altstack: if f.contains(CloneFlags::VM) && !f.contains(CloneFlags::VFORK) {
                Default::default()
            } else {
                me.altstack
            },
            rseq: if f.contains(CloneFlags::VM) { None } else { me.rseq },
            vfork_parent: f.contains(CloneFlags::VFORK).then_some(self.tid),
            ..me
        };
        task.cpu.set(Gpr::Rax, 0);
        if r.stack != 0 {
            task.cpu.set(Gpr::Rsp, r.stack);
        }
        if f.contains(CloneFlags::SETTLS) {
            task.cpu.fs_base = r.tls;
            task.cpu.selectors[Segment::Fs as usize] = 0;
        }
        if f.contains(CloneFlags::CHILD_CLEARTID) {
            task.clear_child_tid = r.child_tid;
        }
        self.k.tasks.insert(child, task);
        if f.contains(CloneFlags::THREAD) {
            self.process().threads.push(child);
        } else {
            self.spawn_process(child, r);
        }
        if f.contains(CloneFlags::PARENT_SETTID) {
            // As Linux: a bad pointer here does not undo the clone.
            let _ = self.mem.write_u32(r.parent_tid, n);
        }
        if f.contains(CloneFlags::CHILD_SETTID) {
            let mem = match self.k.spaces.get_mut(space).and_then(|s| s.mem.as_mut()) {
                Some(own) => own,
                None => &mut *self.mem,
            };
            let _ = mem.write_u32(r.child_tid, n);
        }
        let (k, tid) = (&*self.k, self.tid);
        if let Some(w) = self.watch.as_mut() {
            w.new_task(k, Some(tid), child);
        }
        Ok(child)
    }

    /// Shared, or a copy on write.
    fn child_space(&mut self, f: CloneFlags) -> Id<Space> {
        let id = self.k.task(self.tid).space;
        if f.contains(CloneFlags::VM) {
            return self.k.spaces.share(id);
        }
        let mem = self.mem.fork();
        let space = match self.k.spaces.get(id) {
            Some(s) => Space {
                mem: Some(mem),
                brk_start: s.brk_start,
                brk: s.brk,
                exe: s.exe.clone(),
                cmdline: s.cmdline.clone(),
                environ: s.environ.clone(),
                auxv: s.auxv.clone(),
            },
            None => return id,
        };
        self.k.spaces.add(space)
    }

    fn spawn_process(&mut self, child: Tid, r: &CloneRequest) {
        let me = self.k.process_of(self.tid).clone();
        let actions = if r.flags.contains(CloneFlags::SIGHAND) {
            self.k.actions.share(me.actions)
        } else {
            let mut own = self.k.actions.get(me.actions).cloned().unwrap_or_default();
            if r.flags.contains(CloneFlags::CLEAR_SIGHAND) {
                own.clear_handlers();
            }
            self.k.actions.add(own)
        };
        let sibling = r.flags.contains(CloneFlags::PARENT);
        let p = Process {
            pid: Pid(child.0),
            ppid: if sibling { me.ppid } else { me.pid },
            threads: vec![child],
            actions,
            pending: Default::default(),
            life: Life::Alive,
            leader_status: None,
            job: Job::Running,
            stop_unreported: false,
            continue_unreported: false,
            exit_signal: if sibling { me.exit_signal } else { r.exit_signal },
            real_timer: Default::default(),
            virtual_timer: Default::default(),
            prof_timer: Default::default(),
            times: Default::default(),
            started: self.k.clock.monotonic(),
            execed: false,
            death_signal: None,
            subreaper: false,
            ..me
        };
        self.k.processes.insert(p.pid, p);
    }
}
