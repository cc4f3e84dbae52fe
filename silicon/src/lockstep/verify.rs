//! Has uemu's engines run a stretch, and finds the first instruction after which they differ from the processor.

use super::guest::{Bytes, Guest};
use super::stretch::{self, Record, Stretch};
use super::{state, tolerance};
use uemu_abi::signal::SigFields;
use uemu_cpu::{CpuModel, CpuState, Engine, Exit};
use uemu_interp::{Interpreter, StepEngine};
use uemu_kernel::signal::signal_of;
use uemu_mem::Access;

/// INT3, by which a block is cut short.
const INT3: u8 = 0xcc;

/// Which of uemu's engines, and so how it is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Tier {
    /// The generic step, after each instruction.
    Step,
    /// The interpreter, after each block: inside one, what nobody sees is not computed.
    Interp,
}

impl Tier {
    /// Its name, as `uemu --engine` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tier::Step => "step",
            Tier::Interp => "interp",
        }
    }

    /// An engine of this kind.
    pub(crate) fn engine(self, model: CpuModel) -> Box<dyn Engine> {
        match self {
            Tier::Step => Box::new(StepEngine::new(model)),
            Tier::Interp => Box::new(Interpreter::new(model)),
        }
    }
}

/// A difference.
pub(crate) struct Found {
    pub tier: Tier,
    /// Which record of the stretch.
    pub index: usize,
    /// Instructions in the block that uemu ran, of which it is the last.
    pub block: usize,
    /// Whether the generic step agrees.
    pub step_agrees: bool,
    pub exit: Exit,
    /// uemu's registers after it.
    pub uemu: CpuState,
    /// Memory that differs.
    pub memory: Option<Bytes>,
}

/// Both engines, or one of them.
pub(crate) type Engines = Vec<(Tier, Box<dyn Engine>)>;

/// Runs the stretch on each engine. `memory`: whether memory is compared, which other threads may write.
pub(crate) fn verify(engines: &mut Engines, guest: &mut Guest, stretch: &Stretch, memory: bool) -> Option<Found> {
    let mut step_agrees = false;
    for (number, (tier, engine)) in engines.iter_mut().enumerate() {
        if number > 0 {
            rewind(guest, stretch);
        }
        let mut run = Run { tier: *tier, engine: engine.as_mut(), guest, stretch, memory, step_agrees };
        let found = match tier {
            Tier::Step => run.one_by_one(),
            Tier::Interp => run.whole(),
        };
        if found.is_some() {
            return found;
        }
        step_agrees |= *tier == Tier::Step;
    }
    None
}

/// uemu's state before the stretch.
pub(crate) fn rewind(guest: &mut Guest, stretch: &Stretch) {
    guest.cpu.clone_from(&stretch.start);
    for (span, bytes) in stretch.undo.iter().rev() {
        guest.put(span.addr, bytes);
    }
}

struct Run<'a> {
    tier: Tier,
    engine: &'a mut dyn Engine,
    guest: &'a mut Guest,
    stretch: &'a Stretch,
    memory: bool,
    step_agrees: bool,
}

impl Run<'_> {
    fn run(&mut self, mut fuel: u64) -> Exit {
        let exit = self.engine.run(&mut self.guest.cpu, &mut self.guest.mem, &mut fuel);
        match exit {
            // It may have looked at the next instruction already, which the next stretch is about.
            Exit::Fault(f) if fuel == 0 && f.access == Access::Execute => Exit::OutOfFuel,
            _ => exit,
        }
    }

    /// One instruction to its end: a long repeated one retires in pieces, as a jump to itself.
    fn run_one(&mut self, record: &Record) -> Exit {
        loop {
            let exit = self.run(1);
            let again = record.insn.is_string_instruction() && record.after.rip != record.insn.ip();
            if !again || exit != Exit::OutOfFuel || self.guest.cpu.rip != record.insn.ip() {
                return exit;
            }
        }
    }

    fn one_by_one(&mut self) -> Option<Found> {
        let stretch = self.stretch;
        for (index, record) in stretch.records.iter().enumerate() {
            let exit = self.run_one(record);
            tolerance::grant(&record.insn, &record.facts, &record.after, &record.bytes, self.guest);
            let memory = record.facts.writes.iter().zip(&record.bytes);
            let found = self.compare(index, exit, record.facts.undefined, memory.map(|(s, b)| (s.addr, b)));
            if found.is_some() {
                return found;
            }
            state::adopt_flags(&mut self.guest.cpu, &record.after, record.facts.undefined);
        }
        None
    }

    fn whole(&mut self) -> Option<Found> {
        let stretch = self.stretch;
        let count = stretch.records.len();
        let found = self.first(count);
        if found.is_some() && count > 1 {
            for n in 1..count {
                rewind(self.guest, stretch);
                let found = self.first(n);
                if found.is_some() {
                    return found;
                }
            }
        }
        found
    }

    /// Runs the first `n` instructions as a block of its own, and compares.
    fn first(&mut self, n: usize) -> Option<Found> {
        let stretch = self.stretch;
        let index = n.checked_sub(1)?;
        let record = stretch.records.get(index)?;
        let exit = match stretch.records.get(n) {
            // A fault ends it in mid-block; fuel for the whole block lets the engine enter it.
            None if record.fault.is_some() => self.run(n as u64 + stretch::LONGEST as u64),
            None if n == 1 => self.run_one(record),
            None => self.run(n as u64),
            Some(after) => self.run_up_to(after.insn.ip(), n as u64),
        };
        if n == 1 {
            tolerance::grant(&record.insn, &record.facts, &record.after, &record.bytes, self.guest);
        }
        let undefined = stretch.undefined(n);
        let written = stretch.written(n);
        let found = self.compare(index, exit, undefined, written.iter().map(|(s, b)| (s.addr, b)));
        if found.is_none() {
            state::adopt_flags(&mut self.guest.cpu, &record.after, undefined);
        }
        found
    }

    /// Runs `n` instructions as a block that ends at `address`: at an INT3 put there for the while.
    fn run_up_to(&mut self, address: u64, n: u64) -> Exit {
        let old = self.guest.peek(address, 1);
        self.guest.put(address, &[INT3]);
        let exit = self.run(n + 1);
        self.guest.put(address, &old);
        if exit == Exit::Exception(uemu_cpu::Exception::Breakpoint) && self.guest.cpu.rip == address + 1 {
            self.guest.cpu.rip = address;
            return Exit::OutOfFuel;
        }
        exit
    }

    fn compare<'b>(
        &self,
        index: usize,
        exit: Exit,
        undefined: u64,
        written: impl Iterator<Item = (u64, &'b Vec<u8>)>,
    ) -> Option<Found> {
        let record = self.stretch.records.get(index)?;
        let memory = if self.memory { differing(self.guest, written) } else { None };
        let same = state::same(&record.after, &self.guest.cpu, undefined, true);
        if same && memory.is_none() && self.is_expected(record, exit) {
            return None;
        }
        let block = if self.tier == Tier::Step { 1 } else { index + 1 };
        let uemu = self.guest.cpu.clone();
        Some(Found { tier: self.tier, index, block, step_agrees: self.step_agrees, exit, uemu, memory })
    }

    /// Whether the engine stopped for the same reason as the processor.
    fn is_expected(&self, record: &Record, exit: Exit) -> bool {
        let Some(fault) = record.fault else { return exit == Exit::OutOfFuel };
        signal_of(exit, &self.guest.cpu).is_some_and(|info| {
            let addr = match info.fields {
                SigFields::Fault { addr } => addr,
                _ => 0,
            };
            (i32::from(info.signal.number()), info.code, addr) == (fault.signal, fault.code, fault.addr)
        })
    }
}

fn differing<'b>(guest: &Guest, written: impl Iterator<Item = (u64, &'b Vec<u8>)>) -> Option<Bytes> {
    for (addr, native) in written {
        let uemu = guest.peek(addr, native.len());
        if uemu != *native {
            return Some(Bytes { addr, native: native.clone(), uemu });
        }
    }
    None
}
