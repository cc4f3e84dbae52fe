//! What the kernel's own tests use: a machine without an engine, whose tasks make the calls a test says.

use crate::call_numbers as nr;
use crate::kernel::{Config, Kernel};
use crate::process::Pid;
use crate::sched::Next;
use crate::signal::Action;
use crate::task::{TaskState, Tid};
use uemu_abi::Errno;
use uemu_abi::signal::{SaFlags, Signal};
use uemu_cpu::{Exit, Gpr};
use uemu_host::MemoryHost;
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

/// Where the scratch memory of every process is.
pub(crate) const MEM: u64 = 0x10000;
/// Its bytes; the stack pointer starts at its end.
const LEN: u64 = 0x20000;
/// Where code would be.
pub(crate) const CODE: u64 = 0x40_0000;

/// A kernel, a host, and the tasks that want to run.
pub(crate) struct Rig {
    pub(crate) k: Kernel,
    pub(crate) host: MemoryHost,
}

impl Rig {
    pub(crate) fn new() -> Rig {
        Rig::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Rig {
        let mut k = Kernel::new(config);
        let mut host = MemoryHost::new(b"");
        let root = k.files.vfs.root();
        let tid = k.first_task(root, &mut host);
        let mut mem = AddressSpace::new(1 << 24);
        let request = MapRequest {
            place: Place::Fixed(GuestAddr(MEM)),
            len: LEN,
            prot: Prot::READ | Prot::WRITE,
            kind: Kind::Anon,
        };
        mem.map(request).unwrap();
        let task = k.task_mut(tid);
        task.cpu.rip = CODE;
        task.cpu.set(Gpr::Rsp, MEM + LEN);
        let space = task.space;
        k.spaces.get_mut(space).unwrap().mem = Some(mem);
        Rig { k, host }
    }

    /// The first task.
    pub(crate) fn first(&self) -> Tid {
        Tid(Pid::FIRST.0)
    }

    /// A task executes a `syscall` instruction. What RAX holds then, unless it waits.
    pub(crate) fn call(&mut self, tid: Tid, nr: u64, args: &[u64]) -> Option<Result<u64, Errno>> {
        let task = self.k.task_mut(tid);
        assert_eq!(task.state, TaskState::Ready, "it waits already");
        task.cpu.set(Gpr::Rax, nr);
        for (r, a) in [Gpr::Rdi, Gpr::Rsi, Gpr::Rdx, Gpr::R10, Gpr::R8, Gpr::R9].into_iter().zip(args) {
            task.cpu.set(r, *a);
        }
        task.cpu.rip += 2;
        self.k.stopped(tid, 1, Exit::Syscall, &mut self.host, None);
        self.result(tid)
    }

    /// The result of a task's last call; `None` while it waits, or when it is gone.
    pub(crate) fn result(&self, tid: Tid) -> Option<Result<u64, Errno>> {
        let task = self.k.tasks.get(&tid)?;
        if task.call.is_some() || task.state == TaskState::Dead {
            return None;
        }
        let rax = task.cpu.get(Gpr::Rax);
        Some(match u16::try_from(rax.wrapping_neg()).ok().and_then(Errno::from_raw) {
            Some(e) => Err(e),
            None => Ok(rax),
        })
    }

    /// Who runs next.
    pub(crate) fn next(&mut self) -> Next {
        self.k.schedule(&mut self.host, None)
    }

    /// Asserts that `tid` runs next, and lets it run `n` instructions.
    pub(crate) fn run(&mut self, tid: Tid, n: u64) {
        match self.next() {
            Next::Run { tid: next, fuel } if next == tid => {
                assert!(n <= fuel, "{fuel} instructions are allowed");
                self.k.stopped(tid, n, Exit::OutOfFuel, &mut self.host, None);
            }
            other => panic!("{other:?} instead of {tid:?}"),
        }
    }

    /// Schedules until `tid` may run; others' slices pass unused.
    pub(crate) fn until(&mut self, tid: Tid) {
        for _ in 0..100 {
            match self.next() {
                Next::Run { tid: next, .. } if next == tid => return,
                Next::Run { tid: other, fuel } => {
                    self.k.stopped(other, fuel, Exit::OutOfFuel, &mut self.host, None);
                }
                other => panic!("{other:?} instead of {tid:?}"),
            }
        }
        panic!("{tid:?} never runs");
    }

    pub(crate) fn mem(&mut self, tid: Tid) -> &mut AddressSpace {
        self.k.running(tid).unwrap().1
    }

    /// Writes numbers to scratch memory, `offset` bytes in; their address.
    pub(crate) fn put(&mut self, tid: Tid, offset: u64, words: &[u64]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.mem(tid).write(GuestAddr(MEM + offset), &bytes).unwrap();
        MEM + offset
    }

    pub(crate) fn word(&mut self, tid: Tid, offset: u64) -> u64 {
        self.mem(tid).read_u64(GuestAddr(MEM + offset)).unwrap()
    }

    /// fork(2), or clone(2) with flags.
    pub(crate) fn clone(&mut self, tid: Tid, flags: u64) -> Tid {
        Tid(self.call(tid, nr::CLONE, &[flags, 0, 0, 0, 0]).unwrap().unwrap() as u32)
    }

    /// Sets a handler at `CODE + 0x1000`.
    pub(crate) fn handle(&mut self, tid: Tid, signal: Signal, flags: SaFlags) {
        let id = self.k.process_of(tid).actions;
        let action = Action {
            handler: CODE + 0x1000,
            flags: flags | SaFlags::RESTORER,
            restorer: CODE + 0x2000,
            ..Action::default()
        };
        self.k.actions.get_mut(id).unwrap().set(signal, action);
    }

    /// The handler returns.
    pub(crate) fn sigreturn(&mut self, tid: Tid) -> Option<Result<u64, Errno>> {
        let sp = self.k.task(tid).cpu.get(Gpr::Rsp);
        self.k.task_mut(tid).cpu.set(Gpr::Rsp, sp + 8);
        self.call(tid, nr::RT_SIGRETURN, &[])
    }
}
