//! Why something is not run: the field, its value, where it stands, and what to do.

use uemu_mem::{MapError, MemFault};

/// What a [`LoadError`] is to execve(2), and so to a shell's status (126: found but cannot run; 127: not found).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// ENOEXEC: not a program, or for another machine.
    NotExecutable,
    /// ENOENT: the interpreter it names is not there.
    Missing,
    /// ENOMEM: it asks for more memory than there is.
    NoMemory,
    /// E2BIG: arguments and environment do not fit.
    TooLong,
}

/// Why a file cannot be run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadError {
    /// The first bytes are not those of an ELF file.
    #[error("not an ELF file: {what}; uemu runs x86-64 Linux ELF files")]
    NotElf {
        /// What it is instead, as far as its first bytes tell.
        what: String,
    },
    /// A field has a value that cannot be run.
    #[error("{verdict}: {field} at offset {offset:#x} is {value:#x} ({meaning}); {advice}")]
    Field {
        /// What that makes of the file.
        verdict: &'static str,
        /// The field, as elf(5) names it, with the index of its table entry if it is in one.
        field: String,
        /// Where in the file.
        offset: u64,
        /// What it holds.
        value: u64,
        /// What that says, or what is wrong with it.
        meaning: String,
        /// The next step.
        advice: &'static str,
    },
    /// The segments take more memory than the machine may use.
    #[error(
        "the program is too big: its segments take {wanted:#x} bytes of memory (p_memsz of program header \
         {index} at offset {offset:#x} is {value:#x}), the limit is {limit:#x}; raise it with --max-memory"
    )]
    TooBig {
        /// Bytes up to and with the segment that went too far.
        wanted: u64,
        /// Which program header.
        index: usize,
        /// Where its p_memsz is.
        offset: u64,
        /// What that holds.
        value: u64,
        /// Bytes there are.
        limit: u64,
    },
    /// It is dynamically linked and its interpreter was not supplied.
    #[error(
        "dynamically linked: it asks for the interpreter {path} (PT_INTERP at offset {offset:#x}), which is not in \
         the guest's file system; link it statically, or grant a directory tree that has it with --root or --bind"
    )]
    NoInterpreter {
        /// The interpreter's path.
        path: String,
        /// Where the path stands in the file.
        offset: u64,
    },
    /// The interpreter itself is no good.
    #[error("its interpreter cannot be used: {0}")]
    Interpreter(#[source] Box<LoadError>),
    /// The address space has no room where the program wants to be.
    #[error("cannot map {what} at {addr:#x}, {len:#x} bytes: {source}")]
    Map {
        /// What was to be mapped.
        what: &'static str,
        /// Where.
        addr: u64,
        /// How much, in bytes.
        len: u64,
        /// Why not.
        source: MapError,
    },
    /// Memory just mapped cannot be written: the memory limit is reached.
    #[error("cannot fill {what}: {source}")]
    Fill {
        /// What was to be filled.
        what: &'static str,
        /// Why not.
        source: MemFault,
    },
    /// Arguments and environment are too long.
    #[error("arguments and environment take {bytes:#x} bytes, the limit is {limit:#x}; a bigger --stack allows more")]
    ArgumentsTooLong {
        /// Bytes with their pointers.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
}

impl LoadError {
    /// What the error is to execve(2).
    pub fn class(&self) -> Class {
        match self {
            LoadError::NotElf { .. } | LoadError::Field { .. } | LoadError::Interpreter(_) => Class::NotExecutable,
            LoadError::NoInterpreter { .. } => Class::Missing,
            LoadError::TooBig { .. } | LoadError::Fill { .. } => Class::NoMemory,
            LoadError::Map { source: MapError::NoMemory, .. } => Class::NoMemory,
            LoadError::Map { .. } => Class::NotExecutable,
            LoadError::ArgumentsTooLong { .. } => Class::TooLong,
        }
    }

    /// The exit status of a command that could not run the program, as shells have it: always 126, since the
    /// file was found. (That there is no such file is for its opener to say, with 127.)
    pub fn exit_status(&self) -> u8 {
        126
    }
}
