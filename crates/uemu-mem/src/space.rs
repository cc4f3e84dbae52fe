//! The address space: its types and the list of what one can do with it.

use crate::{AddrRange, GuestAddr, MemFault};
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

/// Names the decoded code of a space. Two spaces with equal ids hold the same bytes in the same
/// executable places, so that they may share an engine's block cache (a forked child reuses its
/// parent's). Never reused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct CodeId(pub u64);

/// What a mapping is for; decides its name in /proc/PID/maps and how it grows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Anonymous memory.
    Anon,
    /// The main stack: grows down to `limit` bytes below its end, on access (MAP_GROWSDOWN alike).
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
        object: crate::space::SharedObject,
        /// Offset of the mapping's start in the object, in bytes (page aligned).
        offset: u64,
        /// For /proc/PID/maps.
        name: Arc<str>,
    },
}

/// Pages that several address spaces (or a file and a space) see at once. PLACEHOLDER for the real type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedObject;

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

/// One process's memory.
pub struct AddressSpace {}

impl AddressSpace {
    /// An empty space that may hold at most `max_bytes` of mapped pages backed at once.
    pub fn new(_max_bytes: u64) -> AddressSpace {
        todo!()
    }
    /// Identity of this very value, for TLBs: fresh from every `new`, `fork` and snapshot.
    pub fn instance(&self) -> u64 {
        todo!()
    }
    /// See [`CodeId`]. Changes by itself when executable contents or mappings change while shared.
    pub fn code_id(&self) -> CodeId {
        todo!()
    }
    /// Tells that code was decoded from these bytes: their pages leave every write TLB, and a later write to
    /// them (or unmap, mprotect, remap) is reported by [`AddressSpace::take_code_changes`].
    pub fn mark_code(&mut self, _range: AddrRange) {
        todo!()
    }
    /// Whether decoded code has changed since last asked (cheap).
    pub fn code_changed(&self) -> bool {
        todo!()
    }
    /// The ranges whose decoded code is no longer true, for the *current* [`AddressSpace::code_id`].
    pub fn take_code_changes(&mut self) -> Vec<AddrRange> {
        todo!()
    }

    // --- mapping (mmap(2), munmap(2), mprotect(2), mremap(2), madvise(2)) ---

    /// Maps; returns the address.
    pub fn map(&mut self, _request: MapRequest) -> Result<GuestAddr, MapError> {
        todo!()
    }
    /// Unmaps whatever lies in the range.
    pub fn unmap(&mut self, _range: AddrRange) -> Result<(), MapError> {
        todo!()
    }
    /// Changes protection; `Unmapped` if the range has a hole (what precedes the hole is changed, as Linux does).
    pub fn protect(&mut self, _range: AddrRange, _prot: Prot) -> Result<(), MapError> {
        todo!()
    }
    /// mremap(2): resizes or moves. `may_move` is MREMAP_MAYMOVE, `fixed` MREMAP_FIXED's target.
    pub fn remap(
        &mut self,
        _old: AddrRange,
        _new_len: u64,
        _may_move: bool,
        _fixed: Option<GuestAddr>,
    ) -> Result<GuestAddr, MapError> {
        todo!()
    }
    /// MADV_DONTNEED: private pages read as their origin again (zeros, or the file).
    pub fn discard(&mut self, _range: AddrRange) -> Result<(), MapError> {
        todo!()
    }
    /// The mappings in address order.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        std::iter::empty()
    }
    /// The mapping that holds `addr`.
    pub fn find(&self, _addr: GuestAddr) -> Option<&Mapping> {
        todo!()
    }
    /// Bytes backed by private pages now.
    pub fn resident_bytes(&self) -> u64 {
        todo!()
    }
    /// fork(2): private pages copied on write by both, shared ones shared.
    pub fn fork(&mut self) -> AddressSpace {
        todo!()
    }

    // --- access by the kernel and by an engine's slow path; all check protection, touch pages on demand ---

    /// Fills `buf` from `addr`. On a fault `buf` may be partly written.
    pub fn read(&mut self, _addr: GuestAddr, _buf: &mut [u8]) -> Result<(), MemFault> {
        todo!()
    }
    /// Writes `bytes` at `addr`. Checks the whole range first: on a fault nothing has been written.
    pub fn write(&mut self, _addr: GuestAddr, _bytes: &[u8]) -> Result<(), MemFault> {
        todo!()
    }
    /// As many leading bytes as can be read: (count, fault that stopped it).
    pub fn read_prefix(&mut self, _addr: GuestAddr, _buf: &mut [u8]) -> (usize, Option<MemFault>) {
        todo!()
    }
    /// As many leading bytes as can be written.
    pub fn write_prefix(&mut self, _addr: GuestAddr, _bytes: &[u8]) -> (usize, Option<MemFault>) {
        todo!()
    }
    /// Whether every byte of the range can be written (what a read-modify-write checks before it reads).
    pub fn check_write(&mut self, _addr: GuestAddr, _len: u64) -> Result<(), MemFault> {
        todo!()
    }
    /// Instruction bytes at `addr`: up to `buf.len()`, stopping at the first byte that cannot be executed.
    pub fn fetch(&mut self, _addr: GuestAddr, _buf: &mut [u8]) -> (usize, Option<MemFault>) {
        todo!()
    }
    /// Reads regardless of protection (debuggers, symbolisation); bytes that are not mapped stop it.
    pub fn peek(&self, _addr: GuestAddr, _buf: &mut [u8]) -> usize {
        todo!()
    }
    /// Writes regardless of protection (the loader, debuggers); unmapped memory is a fault.
    pub fn poke(&mut self, _addr: GuestAddr, _bytes: &[u8]) -> Result<(), MemFault> {
        todo!()
    }
    /// A little-endian u64.
    pub fn read_u64(&mut self, addr: GuestAddr) -> Result<u64, MemFault> {
        let mut b = [0; 8];
        self.read(addr, &mut b)?;
        Ok(u64::from_le_bytes(b))
    }
    /// A little-endian u32.
    pub fn read_u32(&mut self, addr: GuestAddr) -> Result<u32, MemFault> {
        let mut b = [0; 4];
        self.read(addr, &mut b)?;
        Ok(u32::from_le_bytes(b))
    }
    /// Writes a little-endian u64.
    pub fn write_u64(&mut self, addr: GuestAddr, value: u64) -> Result<(), MemFault> {
        self.write(addr, &value.to_le_bytes())
    }
    /// Writes a little-endian u32.
    pub fn write_u32(&mut self, addr: GuestAddr, value: u32) -> Result<(), MemFault> {
        self.write(addr, &value.to_le_bytes())
    }
    /// The bytes up to a NUL (excluded), at most `max`; `None` in the Ok means no NUL within `max`.
    pub fn read_cstr(&mut self, _addr: GuestAddr, _max: usize) -> Result<Option<Vec<u8>>, MemFault> {
        todo!()
    }
}
