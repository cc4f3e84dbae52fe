//! Why an engine stopped.

use uemu_mem::MemFault;

/// Why [`crate::Engine::run`] returned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// A `syscall` instruction retired; RCX and R11 are set and RIP is after it.
    Syscall,
    /// All fuel is used; RIP is at the next instruction.
    OutOfFuel,
    /// The instruction at RIP could not touch memory; it had no architectural effect
    /// (REP string instructions: registers show the iterations done).
    Fault(MemFault),
    /// The instruction at RIP raised an exception (for #BP and #DB: RIP is after it).
    Exception(Exception),
    /// `rdtsc`, retired: the machine puts the time-stamp counter in RDX:RAX (zero-extended halves).
    ReadTsc,
    /// `rdtscp`, retired: as `ReadTsc`, and the machine puts TSC_AUX in RCX.
    ReadTscp,
}

/// An x86 exception (SDM vol. 3A, 6.15) other than a page fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exception {
    /// #DE: divide by zero or quotient overflow.
    Divide,
    /// #DB by TF, or INT1.
    Debug,
    /// #BP: INT3.
    Breakpoint,
    /// #UD: what the architecture does not define here. Also raised by an instruction we do not implement:
    /// then `unimplemented`, and the machine tells the user.
    InvalidOpcode {
        /// A valid instruction that uemu lacks (or whose CPUID feature is off).
        unimplemented: bool,
    },
    /// #GP(0): privileged instruction, misaligned SSE operand, INT n.
    GeneralProtection,
    /// #MF: an unmasked x87 exception.
    X87,
    /// #XM: an unmasked SSE exception.
    Simd,
    /// #AC (CMPXCHG16B and friends raise #GP instead; kept for EFLAGS.AC).
    AlignmentCheck,
}
