//! What goes wrong when guest memory is touched.

use crate::GuestAddr;
use std::fmt;

/// How memory was touched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Access {
    /// A data read.
    Read,
    /// A data write (also the write half of a read-modify-write).
    Write,
    /// An instruction fetch.
    Execute,
}

/// Why the access was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Cause {
    /// Nothing is mapped there (SEGV_MAPERR).
    Unmapped,
    /// The mapping's protection forbids it (SEGV_ACCERR).
    Protection,
    /// The address is not canonical: #GP, which Linux reports as SIGSEGV with si_addr 0 (SI_KERNEL).
    NonCanonical,
    /// Past the end of the mapped file (SIGBUS, BUS_ADRERR).
    PastFileEnd,
    /// The stack may not grow that far (SEGV_MAPERR).
    StackLimit,
    /// The machine's memory limit is reached: Linux's OOM killer would act (SIGKILL).
    OutOfMemory,
}

/// A refused access: the first byte that could not be touched, how, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct MemFault {
    /// The first refused byte.
    pub addr: GuestAddr,
    /// How it was touched.
    pub access: Access,
    /// Why it was refused.
    pub cause: Cause,
}

impl fmt::Display for MemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::Read => "read of",
            Access::Write => "write to",
            Access::Execute => "instruction fetch from",
        };
        let cause = match self.cause {
            Cause::Unmapped => "nothing is mapped there",
            Cause::Protection => "the mapping's protection forbids it",
            Cause::NonCanonical => "the address is not canonical",
            Cause::PastFileEnd => "past the end of the mapped file",
            Cause::StackLimit => "the stack may not grow that far",
            Cause::OutOfMemory => "the machine's memory limit is reached",
        };
        write!(f, "{access} {}: {cause}", self.addr)
    }
}

impl std::error::Error for MemFault {}
