//! What a space is asked for: mappings, protections, places, and what can be wrong with the request.

use crate::{AddrRange, GuestAddr, SharedObject};
use std::fmt;
use std::sync::Arc;

bitflags::bitflags! {
    /// Page protection, with mmap(2)'s PROT_* values.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
    pub struct Prot: u8 {
        /// PROT_READ
        const READ = 1;
        /// PROT_WRITE
        const WRITE = 2;
        /// PROT_EXEC
        const EXEC = 4;
    }
}

/// What a mapping is for; decides its name in /proc/PID/maps and how it grows.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// Anonymous memory.
    Anon,
    /// The main stack: grows down to `limit` bytes below its end, on access (MAP_GROWSDOWN alike).
    /// Keeps [`GUARD_GAP`](super::GUARD_GAP) from what lies below.
    Stack {
        /// Most bytes it may span.
        limit: u64,
    },
    /// The heap under brk(2).
    Heap,
    /// Bytes of a file, frozen when mapped; zero-filled to the page end, SIGBUS on pages wholly past it.
    File {
        /// The file's bytes.
        bytes: Arc<[u8]>,
        /// Offset of the mapping's start in `bytes`.
        offset: u64,
        /// For /proc/PID/maps: path, device and inode.
        name: Arc<str>,
        /// Inode number.
        inode: u64,
    },
    /// A shared object (MAP_SHARED, anonymous or a file of the guest's own file system).
    Shared {
        /// The pages, shared by everyone who maps the object.
        object: SharedObject,
        /// Offset of the mapping's start in the object, in bytes (page aligned).
        offset: u64,
        /// For /proc/PID/maps.
        name: Arc<str>,
    },
}

/// One mapping: a page-aligned range with one protection and one origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// Where.
    pub range: AddrRange,
    /// Protection.
    pub prot: Prot,
    /// Origin.
    pub kind: Kind,
}

/// Where a new mapping goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Anywhere, near the hint if it is free (top-down from the mmap base otherwise).
    Hint(GuestAddr),
    /// Exactly here, replacing what is there (MAP_FIXED).
    Fixed(GuestAddr),
    /// Exactly here or EEXIST (MAP_FIXED_NOREPLACE).
    FixedNoReplace(GuestAddr),
}

/// What to map.
#[derive(Clone, Debug)]
pub struct MapRequest {
    /// Where.
    pub place: Place,
    /// Bytes; rounded up to pages.
    pub len: u64,
    /// Protection.
    pub prot: Prot,
    /// Origin.
    pub kind: Kind,
}

/// Why a mapping operation was refused; the kernel turns it into an errno.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MapError {
    /// EINVAL
    #[error("address or length is not page aligned, zero, or outside user space")]
    Invalid,
    /// ENOMEM
    #[error("no room in the address space, or the memory limit is reached")]
    NoMemory,
    /// EEXIST
    #[error("the range is already mapped")]
    Exists,
    /// EFAULT (mremap of unmapped memory) / ENOMEM (mprotect over a hole): the kernel knows which.
    #[error("part of the range is not mapped")]
    Unmapped,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Anon => f.write_str("Anon"),
            Kind::Stack { limit } => write!(f, "Stack {{ limit: {limit:#x} }}"),
            Kind::Heap => f.write_str("Heap"),
            // Without the bytes, which may be megabytes.
            Kind::File { offset, name, .. } => write!(f, "File {{ {name}, offset: {offset:#x} }}"),
            Kind::Shared { object, offset, name } => {
                write!(f, "Shared {{ {name}, {object:?}, offset: {offset:#x} }}")
            }
        }
    }
}

impl Kind {
    /// The kind of the part that starts `by` bytes further up.
    pub(crate) fn advanced(&self, by: u64) -> Kind {
        let mut kind = self.clone();
        match &mut kind {
            Kind::File { offset, .. } | Kind::Shared { offset, .. } => *offset = offset.saturating_add(by),
            Kind::Anon | Kind::Heap | Kind::Stack { .. } => {}
        }
        kind
    }
}

impl Mapping {
    /// The part of this mapping inside `range`, which must overlap it.
    pub(crate) fn part(&self, range: AddrRange) -> Mapping {
        let start = self.range.start.max(range.start);
        let end = self.range.end.min(range.end);
        let mut kind = self.kind.advanced(start.0 - self.range.start.0);
        if let Kind::Stack { limit } = &mut kind {
            // The limit counts from the end, which has come nearer.
            *limit = limit.saturating_sub(self.range.end.0 - end.0);
        }
        Mapping { range: AddrRange { start, end }, prot: self.prot, kind }
    }

    /// Whether `next`, which starts where this one ends, is more of the same.
    pub(crate) fn continues_into(&self, next: &Mapping) -> bool {
        let len = self.range.len();
        self.range.end == next.range.start
            && self.prot == next.prot
            && match (&self.kind, &next.kind) {
                (Kind::Anon, Kind::Anon) | (Kind::Heap, Kind::Heap) => true,
                (Kind::Stack { limit: a }, Kind::Stack { limit: b }) => a.checked_add(next.range.len()) == Some(*b),
                (
                    Kind::File { bytes: a, offset: i, name: n, inode: x },
                    Kind::File { bytes: b, offset: j, name: m, inode: y },
                ) => Arc::ptr_eq(a, b) && i.checked_add(len) == Some(*j) && n == m && x == y,
                (Kind::Shared { object: a, offset: i, name: n }, Kind::Shared { object: b, offset: j, name: m }) => {
                    a == b && i.checked_add(len) == Some(*j) && n == m
                }
                _ => false,
            }
    }

    /// Whether its pages belong to this space alone.
    pub(crate) fn is_private(&self) -> bool {
        !matches!(self.kind, Kind::Shared { .. })
    }
}
