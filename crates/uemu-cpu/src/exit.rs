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
    /// The instruction at RIP raised an exception (after a trap, [`Exception::is_trap`], RIP is after it).
    Exception(Exception),
    /// `rdtsc`, retired: the machine puts the time-stamp counter in RDX:RAX (zero-extended halves).
    ReadTsc,
    /// `rdtscp`, retired: as `ReadTsc`, and the machine puts TSC_AUX in RCX.
    ReadTscp,
    /// RDRAND or RDSEED, retired: the machine puts `bytes` (2, 4 or 8) random bytes into the general-purpose register with
    /// this index, as any write of that width does ([`crate::CpuState::set_sized`]). CF, which says that there
    /// were some, is set already.
    ReadRandom {
        /// Index in [`crate::CpuState::gpr`].
        register: u8,
        /// How many bytes.
        bytes: u8,
    },
}

/// TSC_AUX, as RDTSCP and RDPID give it: Linux puts the node and the processor number there, and both are zero.
pub const TSC_AUX: u64 = 0;

/// An x86 exception (SDM vol. 3A, 6.15) other than a page fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exception {
    /// #DE: divide by zero or quotient overflow.
    Divide,
    /// #DB by TF.
    Debug,
    /// #DB by INT1.
    Int1,
    /// #BP: INT3.
    Breakpoint,
    /// #UD: what the architecture does not define here. Also raised by an instruction we do not implement:
    /// then `unimplemented`, and the machine tells the user.
    InvalidOpcode {
        /// A valid instruction that uemu lacks (or whose CPUID feature is off).
        unimplemented: bool,
    },
    /// #OF: INT 4.
    Overflow,
    /// #GP(0): privileged instruction, misaligned SSE operand, non-canonical address.
    GeneralProtection,
    /// #GP with an error code: the selector that may not be loaded, or 8 times the vector plus 2 for INT n.
    Selector(u16),
    /// #SS(0): a non-canonical address in the stack segment.
    StackFault,
    /// #MF: an unmasked x87 exception.
    X87,
    /// #XM: an unmasked SSE exception.
    Simd,
    /// #AC: a misaligned access while EFLAGS.AC is set.
    AlignmentCheck,
}

impl Exception {
    /// Whether it comes after the instruction, which retired, and not instead of it.
    pub fn is_trap(self) -> bool {
        use Exception::*;
        matches!(self, Debug | Int1 | Breakpoint | Overflow)
    }
}
