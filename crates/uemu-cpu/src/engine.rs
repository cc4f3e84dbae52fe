//! The seam between the machine and whatever executes guest instructions.

use crate::{CpuState, Exit};
use uemu_mem::AddressSpace;

/// Something that executes guest instructions.
///
/// An engine knows nothing of system calls, tasks or devices: it runs until something happens and says what.
/// It keeps caches of its own (decoded blocks, translations), which never show in results.
pub trait Engine {
    /// Runs until something happens. `fuel` is the number of guest instructions that may retire; on
    /// return it has been lowered by exactly the number that did, whatever the exit.
    /// `cpu.rip` is then: after a `syscall` instruction, at the faulting instruction on a fault or exception
    /// (after it for the traps #BP and #DB), at the next one to execute otherwise.
    fn run(&mut self, cpu: &mut CpuState, mem: &mut AddressSpace, fuel: &mut u64) -> Exit;
}
