//! An engine that counts instructions by section of the program.

use super::notes::Notes;
use std::sync::{Arc, Mutex, PoisonError};
use uemu::{CpuModel, CpuState, Engine, Exit, StepEngine};
use uemu_mem::AddressSpace;

/// Steps, and notes when a marked address is reached.
pub(super) struct Marking {
    inner: StepEngine,
    /// Address, and the section that begins there.
    marks: Vec<(u64, usize)>,
    notes: Arc<Mutex<Notes>>,
}

impl Marking {
    pub(super) fn new(model: CpuModel, marks: Vec<(u64, usize)>, notes: Arc<Mutex<Notes>>) -> Marking {
        Marking { inner: StepEngine::new(model), marks, notes }
    }
}

impl Engine for Marking {
    fn run(&mut self, cpu: &mut CpuState, mem: &mut AddressSpace, fuel: &mut u64) -> Exit {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        while *fuel > 0 {
            if let Some((_, section)) = self.marks.iter().find(|(at, _)| *at == cpu.rip) {
                notes.enter(*section);
            }
            let mut one = 1;
            let exit = self.inner.run(cpu, mem, &mut one);
            *fuel -= 1 - one;
            notes.retire(1 - one);
            if exit != Exit::OutOfFuel {
                return exit;
            }
        }
        Exit::OutOfFuel
    }
}
