//! The software TLB: the one place where a guest address meets a host pointer.

use crate::page::SIZE;
use crate::space::AddressSpace;
use crate::{Access, GuestAddr, MemFault, PAGE_SIZE, shared};

/// Entries in each half.
pub const TLB_ENTRIES: usize = 4096;

/// One translation. All zeros is an empty one, so that a TLB can come from zeroed memory.
#[derive(Clone, Copy)]
#[repr(C)]
struct Entry {
    /// The address of the page's *last* byte (low 12 bits set), or 0: no page's.
    tag: u64,
    /// Host pointer to the page, minus the page's guest address: adding a guest address of the page gives its host pointer.
    /// A pointer and not a number, so that it keeps its provenance.
    base: *mut u8,
}

const EMPTY: Entry = Entry { tag: 0, base: std::ptr::null_mut() };

/// A direct-mapped translation cache over one [`AddressSpace`], reads and writes apart.
///
/// # Contract
/// A `Tlb` is filled from, and valid for, one `AddressSpace` *instance*. Every use of
/// [`Tlb::read`]/[`Tlb::write`] must happen while that instance is alive and after a call of
/// [`Tlb::sync`] with it that followed the last mutation of the space, or of a shared object it maps, by anyone
/// else; and no other thread may use the space or such an object meanwhile.
/// `sync` is cheap when nothing happened (four comparisons).
#[repr(C)]
pub struct Tlb {
    read: [Entry; TLB_ENTRIES],
    write: [Entry; TLB_ENTRIES],
    instance: u64,
    /// Entries of the space's stale log that were followed.
    seen: u64,
    shared_times: u64,
    shrinks: u64,
}

// SAFETY: the pointers are followed only under the contract, whatever thread holds the TLB.
unsafe impl Send for Tlb {}

impl Tlb {
    /// An empty TLB, valid for no space yet. It is 128 KiB: prefer [`Tlb::new_boxed`].
    pub fn new() -> Tlb {
        Tlb {
            read: [EMPTY; TLB_ENTRIES],
            write: [EMPTY; TLB_ENTRIES],
            instance: 0,
            seen: 0,
            shared_times: 0,
            shrinks: 0,
        }
    }

    /// An empty TLB on the heap, in pages the host zeroes when they are first used.
    pub fn new_boxed() -> Box<Tlb> {
        // SAFETY: all-zero bytes are an empty TLB: integers, and null pointers under tags that match nothing.
        unsafe { Box::<Tlb>::new_zeroed().assume_init() }
    }

    /// Drops every entry that `mem` has made stale since the last call (all, if `mem` is another instance).
    #[inline]
    pub fn sync(&mut self, mem: &mut AddressSpace) {
        if self.instance != mem.instance()
            || self.seen != mem.stale_log().position()
            || self.shared_times != mem.shared_times()
            || self.shrinks != shared::shrinks()
        {
            self.catch_up(mem);
        }
    }

    #[cold]
    fn catch_up(&mut self, mem: &AddressSpace) {
        let shrinks = shared::shrinks();
        let log = mem.stale_log();
        if self.instance != mem.instance() || self.shrinks != shrinks {
            self.read.fill(EMPTY);
            self.write.fill(EMPTY);
        } else if let Some(entries) = log.since(self.seen) {
            for stale in entries {
                forget(&mut self.write, stale.page, stale.count);
                if !stale.writes_only {
                    forget(&mut self.read, stale.page, stale.count);
                }
            }
            if self.shared_times != mem.shared_times() {
                self.write.fill(EMPTY);
            }
        } else {
            self.read.fill(EMPTY);
            self.write.fill(EMPTY);
        }
        self.instance = mem.instance();
        self.seen = log.position();
        self.shared_times = mem.shared_times();
        self.shrinks = shrinks;
    }

    /// Fills the entry for a read of `addr`'s page. `Err` is the fault the access raises. Pages the guest
    /// has not written may be filled with a shared page of zeros.
    pub fn fill_read(&mut self, mem: &mut AddressSpace, addr: GuestAddr) -> Result<(), MemFault> {
        let page = mem.slot_for_read(addr, Access::Read, false)?.ptr();
        self.sync(mem);
        set(&mut self.read, addr, page);
        Ok(())
    }

    /// Fills the entry for a write to `addr`'s page, unless the page holds decoded code: then `Ok(false)`,
    /// and the caller writes through [`AddressSpace::write`], which reports the page to the engine.
    pub fn fill_write(&mut self, mem: &mut AddressSpace, addr: GuestAddr) -> Result<bool, MemFault> {
        let page = mem.slot_for_write(addr, false)?.ptr();
        self.sync(mem);
        if mem.is_code(addr) {
            return Ok(false);
        }
        set(&mut self.write, addr, page);
        Ok(true)
    }

    /// Reads `T` at `addr` if its page is cached and holds all of it.
    ///
    /// # Safety
    /// The type's contract holds, and any bytes are a valid `T`.
    #[inline(always)]
    pub unsafe fn read<T: Copy>(&self, addr: u64) -> Option<T> {
        // The entry is chosen by the first byte's page and compared with the last byte's. An access that crosses
        // into the next page misses by itself: no entry here can hold that page, as its index differs.
        let entry = &self.read[index(addr)];
        if entry.tag != last_tag::<T>(addr) {
            return None;
        }
        // SAFETY: the tag says that `addr` up to its last byte lies in the page; by the contract the page is alive and
        // nobody else writes it.
        Some(unsafe { entry.base.wrapping_add(addr as usize).cast::<T>().read_unaligned() })
    }

    /// Writes `T` at `addr` under the same terms; `false` if not cached.
    ///
    /// # Safety
    /// The type's contract holds.
    #[inline(always)]
    #[must_use]
    pub unsafe fn write<T: Copy>(&mut self, addr: u64, value: T) -> bool {
        let entry = &self.write[index(addr)];
        if entry.tag != last_tag::<T>(addr) {
            return false;
        }
        // SAFETY: as for `read`; entries of this half are of pages that may be written in place.
        unsafe { entry.base.wrapping_add(addr as usize).cast::<T>().write_unaligned(value) };
        true
    }

    /// Whether a [`Tlb::write`] of a `T` at `addr` would succeed.
    #[inline]
    pub fn can_write<T: Copy>(&self, addr: u64) -> bool {
        self.write[index(addr)].tag == last_tag::<T>(addr)
    }

    /// Replaces the `T` at `addr` by what `change` makes of it and returns the old one, under the same terms;
    /// `None`, with nothing changed, if not cached for writing.
    ///
    /// # Safety
    /// As for [`Tlb::read`].
    #[inline(always)]
    pub unsafe fn update<T: Copy>(&mut self, addr: u64, change: impl FnOnce(T) -> T) -> Option<T> {
        let entry = &self.write[index(addr)];
        if entry.tag != last_tag::<T>(addr) {
            return None;
        }
        let place = entry.base.wrapping_add(addr as usize).cast::<T>();
        // SAFETY: as for `read`.
        let old = unsafe { place.read_unaligned() };
        // SAFETY: as for `write`.
        unsafe { place.write_unaligned(change(old)) };
        Some(old)
    }
}

#[inline(always)]
fn index(addr: u64) -> usize {
    (addr / PAGE_SIZE) as usize % TLB_ENTRIES
}

/// The tag of the page that holds the last byte of a `T` at `addr`. No `T` is larger than a page.
#[inline(always)]
fn last_tag<T>(addr: u64) -> u64 {
    const { assert!(size_of::<T>() > 0 && size_of::<T>() <= SIZE) };
    addr.wrapping_add(size_of::<T>() as u64 - 1) | (PAGE_SIZE - 1)
}

fn set(half: &mut [Entry; TLB_ENTRIES], addr: GuestAddr, page: *mut u8) {
    let start = addr.page_down().0;
    half[index(start)] = Entry { tag: start | (PAGE_SIZE - 1), base: page.wrapping_sub(start as usize) };
}

/// Empties the entries of `count` pages from `page` on.
fn forget(half: &mut [Entry; TLB_ENTRIES], page: u64, count: u64) {
    if count >= TLB_ENTRIES as u64 {
        half.fill(EMPTY);
        return;
    }
    for p in page..page + count {
        let entry = &mut half[p as usize % TLB_ENTRIES];
        if entry.tag / PAGE_SIZE == p {
            *entry = EMPTY;
        }
    }
}

impl Default for Tlb {
    fn default() -> Self {
        Self::new()
    }
}
