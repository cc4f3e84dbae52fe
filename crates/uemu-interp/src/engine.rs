//! The engine: caches kept between runs, and the dispatcher that enters and leaves chains of ops.

use crate::cache::{CodeCache, JumpCache};
use crate::generic::{self, Cx, Flow, Stop};
use crate::{driver, fp};
use uemu_cpu::{CpuModel, CpuState, Engine, Exception, Exit, Flags};
use uemu_mem::{AddressSpace, Tlb};

/// Code caches kept: one for each program image alive in a busy process tree.
const MAX_CACHES: usize = 16;
/// TLBs kept: one for each address space the scheduler goes round.
const MAX_TLBS: usize = 8;

/// What a chain of ops tells the dispatcher when it leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leave {
    /// The machine must act: RIP and fuel are exact.
    Exit(Exit),
    /// The block at RIP has more instructions than there is fuel.
    ShortOfFuel,
    /// Decoded code changed, MXCSR asks for other code, or the cache is full: look again from RIP.
    Resync,
}

/// What handlers reach besides registers, ops and TLB.
pub(crate) struct Ctx {
    /// Indirect jump targets of the current code cache.
    pub jumps: *mut JumpCache,
    /// The current code cache.
    pub cache: *mut CodeCache,
    /// The current address space.
    pub mem: *mut AddressSpace,
    /// Whether the current code was lowered for an exotic MXCSR.
    pub exotic: bool,
    /// What CPUID answers.
    pub model: *const CpuModel,
    /// Fuel left, set on leaving.
    pub fuel: i64,
    /// Why the chain was left.
    pub leave: Leave,
    /// Instructions that went through the generic step.
    pub generic_steps: u64,
}

/// Counters of an engine's work, for people; they never influence a result.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Basic blocks translated.
    pub blocks: u64,
    /// Ops those blocks hold.
    pub ops: u64,
    /// Instructions executed by the generic step.
    pub generic_steps: u64,
    /// Times a cache of decoded code was thrown away, because code changed or it was full.
    pub flushes: u64,
}

struct TlbSlot {
    instance: u64,
    used: u64,
    tlb: Box<Tlb>,
}

/// The interpreter.
pub struct Interpreter {
    model: CpuModel,
    caches: Vec<CodeCache>,
    tlbs: Vec<TlbSlot>,
    /// Counts runs: the age of what is cached.
    now: u64,
    stats: Stats,
}

// SAFETY: the raw pointers inside the caches point into allocations those caches own, and are
// followed only through `&mut Interpreter`.
unsafe impl Send for Interpreter {}

impl Interpreter {
    /// An interpreter whose CPUID answers as `model` says.
    pub fn new(model: CpuModel) -> Interpreter {
        Interpreter { model, caches: Vec::new(), tlbs: Vec::new(), now: 0, stats: Stats::default() }
    }

    /// What it has done so far.
    pub fn stats(&self) -> Stats {
        let mut s = self.stats;
        for c in &self.caches {
            s.blocks += c.blocks_made;
            s.ops += c.ops_made;
        }
        s
    }

    /// The index of the TLB of this space; the longest unused one is taken for a new space.
    fn tlb_for(&mut self, mem: &AddressSpace) -> usize {
        let instance = mem.instance();
        if let Some(i) = self.tlbs.iter().position(|s| s.instance == instance) {
            return i;
        }
        if self.tlbs.len() < MAX_TLBS {
            self.tlbs.push(TlbSlot { instance, used: 0, tlb: Tlb::new_boxed() });
            return self.tlbs.len() - 1;
        }
        let i = (0..MAX_TLBS).min_by_key(|&i| self.tlbs[i].used).unwrap_or(0);
        self.tlbs[i].instance = instance;
        i
    }

    /// The index of the code cache of this space, brought up to date.
    fn cache_for(&mut self, mem: &mut AddressSpace, exotic: bool) -> usize {
        // Taking the changes first: what they speak of is the current id's cache.
        let changes = if mem.code_changed() { mem.take_code_changes() } else { Vec::new() };
        // Both kinds of code decoded from a changed page are void.
        for cache in self.caches.iter_mut().filter(|c| c.id == mem.code_id()) {
            if cache.is_full() || cache.touched_by(&changes) {
                self.stats.flushes += 1;
                cache.flush();
            }
        }
        let id = mem.code_id();
        if let Some(i) = self.caches.iter().position(|c| c.id == id && c.exotic == exotic) {
            return i;
        }
        if self.caches.len() >= MAX_CACHES
            && let Some(oldest) = (0..self.caches.len()).min_by_key(|&i| self.caches[i].used)
        {
            let old = self.caches.swap_remove(oldest);
            self.stats.blocks += old.blocks_made;
            self.stats.ops += old.ops_made;
        }
        self.caches.push(CodeCache::new(id, exotic, self.model));
        self.caches.len() - 1
    }
}

impl Engine for Interpreter {
    fn run(&mut self, cpu: &mut CpuState, mem: &mut AddressSpace, fuel: &mut u64) -> Exit {
        self.now += 1;
        let t = self.tlb_for(mem);
        self.tlbs[t].used = self.now;
        fp::begin();
        let exit = loop {
            let exotic = fp::is_exotic(cpu);
            let c = self.cache_for(mem, exotic);
            self.caches[c].used = self.now;
            let tlb = &mut self.tlbs[t].tlb;
            tlb.sync(mem);
            let (cache, stats) = (&mut self.caches[c], &mut self.stats);
            let mut run = Run { cpu, mem, tlb, cache, exotic, model: &self.model, stats };
            if let Some(exit) = run.until_exit(fuel) {
                break exit;
            }
        };
        fp::collect(cpu);
        exit
    }
}

/// One stretch of execution over one code cache.
struct Run<'a> {
    cpu: &'a mut CpuState,
    mem: &'a mut AddressSpace,
    tlb: &'a mut Tlb,
    cache: &'a mut CodeCache,
    /// Whether that cache is for an exotic MXCSR.
    exotic: bool,
    model: &'a CpuModel,
    stats: &'a mut Stats,
}

impl Run<'_> {
    /// Runs until the machine must act (`Some`) or the code cache must be looked at again (`None`).
    fn until_exit(&mut self, fuel: &mut u64) -> Option<Exit> {
        loop {
            if *fuel == 0 {
                return Some(Exit::OutOfFuel);
            }
            if self.cpu.flags.control & (Flags::TF | Flags::AC) != 0 {
                let trap = self.cpu.flags.control & Flags::TF != 0;
                let at = self.cpu.rip;
                match self.step_one(fuel) {
                    Some(exit) => return Some(exit),
                    None if trap && !self.delays_trap(at) => return Some(Exit::Exception(Exception::Debug)),
                    // Other code may have come, or be asked for.
                    None => return None,
                }
            }
            let first = match self.cache.find_or_translate(self.cpu.rip, self.mem) {
                Ok(first) => first,
                Err(exit) => return Some(exit),
            };
            if self.mem.code_changed() {
                return None;
            }
            self.tlb.sync(self.mem);
            // SAFETY: `first` is the first op of a block of this cache.
            let count = unsafe { (*first).count } as u64;
            if *fuel < count {
                match self.step_one(fuel) {
                    Some(exit) => return Some(exit),
                    None if self.mem.code_changed() || fp::is_exotic(self.cpu) != self.exotic => return None,
                    None => continue,
                }
            }
            let budget = (*fuel).min(i64::MAX as u64) as i64;
            let mut ctx = Ctx {
                jumps: self.cache.jumps(),
                cache: self.cache,
                mem: self.mem,
                exotic: self.exotic,
                model: self.model,
                fuel: 0,
                leave: Leave::Resync,
                generic_steps: 0,
            };
            // SAFETY: everything in `ctx` is exclusively borrowed by `self`; the TLB was synchronised just
            // above; `first` belongs to the cache.
            unsafe { driver::run(self.cpu, first, self.tlb, budget - count as i64, &mut ctx) };
            self.stats.generic_steps += ctx.generic_steps;
            *fuel -= (budget - ctx.fuel) as u64;
            match ctx.leave {
                Leave::Exit(exit) => return Some(exit),
                Leave::ShortOfFuel => {}
                Leave::Resync => return None,
            }
        }
    }

    /// Whether the trap due after the instruction at `rip`, which was just executed, waits.
    fn delays_trap(&mut self, rip: u64) -> bool {
        self.cache.instruction_at(rip, self.mem).is_ok_and(|insn| generic::delays_trap(&insn))
    }

    /// Executes exactly one instruction by the generic step. `None`: it retired and execution goes on.
    fn step_one(&mut self, fuel: &mut u64) -> Option<Exit> {
        let insn = match self.cache.instruction_at(self.cpu.rip, self.mem) {
            Ok(insn) => insn,
            Err(exit) => return Some(exit),
        };
        self.stats.generic_steps += 1;
        fp::collect(self.cpu);
        let mut cx = Cx { cpu: self.cpu, mem: self.mem, insn: &insn, model: self.model };
        let outcome = generic::execute(&mut cx);
        fp::begin();
        self.tlb.sync(self.mem);
        match outcome {
            Err(stop) => Some(exit_of(stop)),
            Ok(flow) => {
                *fuel -= 1;
                self.cpu.rip = if let Flow::Jump(to) = flow { to } else { insn.next_ip() };
                exit_of_flow(flow)
            }
        }
    }
}

/// The exit for an instruction that did not retire.
pub(crate) fn exit_of(stop: Stop) -> Exit {
    match stop {
        Stop::Fault(f) => Exit::Fault(f),
        Stop::Exception(e) => Exit::Exception(e),
    }
}

/// The exit for an instruction that retired, if it leads to one.
pub(crate) fn exit_of_flow(flow: Flow) -> Option<Exit> {
    match flow {
        Flow::Next | Flow::Jump(_) => None,
        Flow::Syscall => Some(Exit::Syscall),
        Flow::ReadTsc => Some(Exit::ReadTsc),
        Flow::ReadTscp => Some(Exit::ReadTscp),
        Flow::ReadRandom { register, bytes } => Some(Exit::ReadRandom { register, bytes }),
        Flow::Trap(e) => Some(Exit::Exception(e)),
    }
}
