//! The software TLB: the one place where a guest address meets a host pointer.

use crate::{AddressSpace, GuestAddr};

/// Entries in each half.
pub const TLB_ENTRIES: usize = 4096;

/// One translation: `tag` is the page's address (low 12 bits zero) or [`EMPTY`]; host address = guest address + `addend`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Entry {
    tag: u64,
    addend: u64,
}

/// A tag no page address equals (its low bits are set).
const EMPTY: u64 = 1;

/// A direct-mapped translation cache over one [`AddressSpace`], reads and writes apart.
///
/// # Contract
/// A `Tlb` is filled from, and valid for, one `AddressSpace` *instance*. Every use of
/// [`Tlb::read`]/[`Tlb::write`] must happen while that instance is alive and after a call of
/// [`Tlb::sync`] with it that followed the last mutation of the space by anyone else.
/// `sync` is cheap when nothing happened (one comparison and one emptiness test).
#[repr(C)]
pub struct Tlb {
    read: Box<[Entry; TLB_ENTRIES]>,
    write: Box<[Entry; TLB_ENTRIES]>,
    instance: u64,
}

impl Tlb {
    /// An empty TLB, valid for no space yet.
    pub fn new() -> Tlb {
        todo!()
    }

    /// Drops every entry that `mem` has made stale since the last call (all, if `mem` is another instance).
    pub fn sync(&mut self, _mem: &mut AddressSpace) {
        todo!()
    }

    /// Fills the entry for a read of `addr`'s page. `Err` is the fault the access raises. Pages the guest
    /// has not written may be filled with a shared page of zeros.
    pub fn fill_read(&mut self, _mem: &mut AddressSpace, _addr: GuestAddr) -> Result<(), crate::MemFault> {
        todo!()
    }

    /// Fills the entry for a write to `addr`'s page, unless the page holds decoded code: then `Ok(false)`,
    /// and the caller writes through [`AddressSpace::write`], which reports the page to the engine.
    pub fn fill_write(&mut self, _mem: &mut AddressSpace, _addr: GuestAddr) -> Result<bool, crate::MemFault> {
        todo!()
    }

    /// Reads `T` at `addr` if the page of its last byte is cached and it does not cross into it.
    ///
    /// # Safety
    /// The type's contract holds.
    #[inline(always)]
    pub unsafe fn read<T: Copy>(&self, _addr: u64) -> Option<T> {
        todo!()
    }

    /// Writes `T` at `addr` under the same terms; `false` if not cached.
    ///
    /// # Safety
    /// The type's contract holds.
    #[inline(always)]
    #[must_use]
    pub unsafe fn write<T: Copy>(&mut self, _addr: u64, _value: T) -> bool {
        todo!()
    }
}

impl Default for Tlb {
    fn default() -> Self {
        Self::new()
    }
}
