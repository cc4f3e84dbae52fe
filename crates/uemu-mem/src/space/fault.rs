//! What happens on a touch: the check of the mapping, the growth of a stack, and the page that backs the address.

use super::{AddressSpace, GUARD_GAP, Kind, Mapping, Prot};
use crate::page::Page;
use crate::{Access, Cause, GuestAddr, MemFault, PAGE_SIZE, SharedObject};
use std::sync::Arc;

/// The page behind an address, ready for the access that was asked for.
pub(crate) enum Slot<'a> {
    /// A page of this space, or the page of zeros (for reads only).
    Private(&'a Page),
    /// A page of this space, solely owned.
    Owned(crate::page::Owned<'a>),
    /// A page of a shared object.
    Shared(SharedObject, Arc<Page>),
}

impl Slot<'_> {
    /// Copies out of the page; returns how many bytes.
    pub(crate) fn read(&self, offset: usize, buf: &mut [u8]) -> usize {
        match self {
            Slot::Private(page) => page.read(offset, buf),
            Slot::Owned(page) => page.page().read(offset, buf),
            Slot::Shared(object, page) => object.read_page(page, offset, buf),
        }
    }

    /// Copies into the page; returns how many bytes: none into a slot that was got for reading.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> usize {
        match self {
            Slot::Private(_) => 0,
            Slot::Owned(page) => page.write(offset, bytes),
            Slot::Shared(object, page) => object.write_page(page, offset, bytes),
        }
    }

    /// The page's first byte on the host, for a TLB.
    pub(crate) fn ptr(&self) -> *mut u8 {
        match self {
            Slot::Private(page) => page.ptr(),
            Slot::Owned(page) => page.page().ptr(),
            Slot::Shared(_, page) => page.ptr(),
        }
    }
}

/// Whose page it is, before it is borrowed.
enum Origin {
    Anon,
    File(Arc<[u8]>, u64),
    Shared(SharedObject, u64),
}

/// Where a mapping's page comes from. `page` is inside `m`.
fn origin(m: &Mapping, page: GuestAddr) -> Origin {
    let into = page.0 - m.range.start.0;
    match &m.kind {
        Kind::Anon | Kind::Heap | Kind::Stack { .. } => Origin::Anon,
        Kind::File { bytes, offset, .. } => Origin::File(bytes.clone(), offset.saturating_add(into)),
        Kind::Shared { object, offset, .. } => Origin::Shared(object.clone(), offset.saturating_add(into) / PAGE_SIZE),
    }
}

/// The bytes of a file that lie in the page at `offset`; `None` when it is wholly past the end.
pub(super) fn file_part(bytes: &[u8], offset: u64) -> Option<&[u8]> {
    let rest = bytes.get(usize::try_from(offset).ok()?..).filter(|r| !r.is_empty())?;
    Some(&rest[..rest.len().min(PAGE_SIZE as usize)])
}

/// Whether a protection lets `access` through. On x86 whatever is mapped with any right can be read.
pub(super) fn allows(prot: Prot, access: Access) -> bool {
    match access {
        Access::Read => !prot.is_empty(),
        Access::Write => prot.contains(Prot::WRITE),
        Access::Execute => prot.contains(Prot::EXEC),
    }
}

impl AddressSpace {
    /// The mapping of `addr`, a stack having grown to it if need be, whatever its protection.
    pub(super) fn mapping_at(&mut self, addr: GuestAddr, access: Access) -> Result<&Mapping, MemFault> {
        let fault = |cause| MemFault { addr, access, cause };
        if self.find(addr).is_none() {
            if !is_canonical(addr) {
                return Err(fault(Cause::NonCanonical));
            }
            self.grow_stack(addr).map_err(fault)?;
        }
        self.find(addr).ok_or(fault(Cause::Unmapped))
    }

    /// Extends the stack above `addr` down to it, if there is one that may.
    fn grow_stack(&mut self, addr: GuestAddr) -> Result<(), Cause> {
        let Some((&start, m)) = self.mappings.range(addr..).next() else {
            return Err(Cause::Unmapped);
        };
        let Kind::Stack { limit } = m.kind else {
            return Err(Cause::Unmapped);
        };
        let below = m.range.end.0 - addr.page_down().0;
        if below > limit {
            // Far below it is some other mistake.
            return Err(if below - limit <= GUARD_GAP { Cause::StackLimit } else { Cause::Unmapped });
        }
        let page = addr.page_down();
        if let Some((_, prev)) = self.mappings.range(..addr).next_back()
            && !prev.prot.is_empty()
            && !matches!(prev.kind, Kind::Stack { .. })
            && page.0 - prev.range.end.0 < GUARD_GAP
        {
            return Err(Cause::StackLimit);
        }
        let Some(mut m) = self.mappings.remove(&start) else {
            return Err(Cause::Unmapped);
        };
        m.range.start = page;
        if m.prot.contains(Prot::EXEC) {
            self.code_added();
        }
        self.mappings.insert(page, m);
        Ok(())
    }

    /// Whether another private page may be backed.
    fn has_room(&self) -> bool {
        (self.table.count() + 1).saturating_mul(PAGE_SIZE) <= self.max_bytes
    }

    /// Whether a shared object mapped here may get another page.
    fn has_room_for_shared(&self) -> bool {
        let mut seen: Vec<u64> = Vec::new();
        let mut bytes = (self.table.count() + 1).saturating_mul(PAGE_SIZE);
        for m in self.mappings.values() {
            if let Kind::Shared { object, .. } = &m.kind
                && let Err(at) = seen.binary_search(&object.id())
            {
                seen.insert(at, object.id());
                bytes = bytes.saturating_add(object.resident_bytes());
            }
        }
        bytes <= self.max_bytes
    }

    /// The page of `addr` for reading or executing. `any_prot` passes over the protection.
    pub(crate) fn slot_for_read(
        &mut self,
        addr: GuestAddr,
        access: Access,
        any_prot: bool,
    ) -> Result<Slot<'_>, MemFault> {
        let fault = |cause| MemFault { addr, access, cause };
        let m = self.mapping_at(addr, access)?;
        if !any_prot && !allows(m.prot, access) {
            return Err(fault(Cause::Protection));
        }
        let number = addr.page();
        match origin(m, addr.page_down()) {
            Origin::Anon => {
                // Executed pages are backed: code marks live in the table, whose growth the memory limit bounds
                // only through the pages in it.
                if access == Access::Execute && self.table.get(number).is_none() {
                    if !self.has_room() {
                        return Err(fault(Cause::OutOfMemory));
                    }
                    self.table.insert(number, Page::new_zeroed());
                    self.stale.push(number, 1, false);
                }
                Ok(Slot::Private(self.table.get(number).unwrap_or(Page::zero())))
            }
            Origin::File(bytes, offset) => {
                if self.table.get(number).is_none() {
                    let part = file_part(&bytes, offset).ok_or(fault(Cause::PastFileEnd))?;
                    if !self.has_room() {
                        return Err(fault(Cause::OutOfMemory));
                    }
                    // No translation of it exists: nothing of a file's page is cached before it is backed.
                    self.table.insert(number, Page::from_bytes(part));
                }
                Ok(Slot::Private(self.table.get(number).unwrap_or(Page::zero())))
            }
            Origin::Shared(object, index) => self.shared_slot(object, index).map_err(fault),
        }
    }

    /// The page of `addr` for writing: solely owned or a shared object's. Does not report code; see
    /// [`AddressSpace::note_write`].
    pub(crate) fn slot_for_write(&mut self, addr: GuestAddr, any_prot: bool) -> Result<Slot<'_>, MemFault> {
        let fault = |cause| MemFault { addr, access: Access::Write, cause };
        let m = self.mapping_at(addr, Access::Write)?;
        if !any_prot && !allows(m.prot, Access::Write) {
            return Err(fault(Cause::Protection));
        }
        let number = addr.page();
        let from = origin(m, addr.page_down());
        if let Origin::Shared(object, index) = from {
            return self.shared_slot(object, index).map_err(fault);
        }
        if self.table.get(number).is_none() {
            let page = match from {
                Origin::File(bytes, offset) => {
                    Page::from_bytes(file_part(&bytes, offset).ok_or(fault(Cause::PastFileEnd))?)
                }
                _ => Page::new_zeroed(),
            };
            if !self.has_room() {
                return Err(fault(Cause::OutOfMemory));
            }
            self.table.insert(number, page);
            // Reads may be cached as the page of zeros.
            self.stale.push(number, 1, false);
        }
        match self.table.own(number) {
            Some((page, copied)) => {
                if copied {
                    self.stale.push(number, 1, false);
                }
                Ok(Slot::Owned(page))
            }
            None => Err(fault(Cause::Unmapped)),
        }
    }

    fn shared_slot(&self, object: SharedObject, index: u64) -> Result<Slot<'_>, Cause> {
        match object.page(index, || self.has_room_for_shared()) {
            Ok(page) => Ok(Slot::Shared(object, page)),
            Err(true) => Err(Cause::PastFileEnd),
            Err(false) => Err(Cause::OutOfMemory),
        }
    }

    /// Whether a write to this (mapped) page must go through [`AddressSpace::write`], as code was decoded from it.
    pub(crate) fn is_code(&self, addr: GuestAddr) -> bool {
        match self.find(addr) {
            Some(m) => match origin(m, addr.page_down()) {
                Origin::Shared(object, index) => object.is_code(index) || self.private_is_code(addr.page(), m.prot),
                _ => self.private_is_code(addr.page(), m.prot),
            },
            None => false,
        }
    }

    /// Reports the write to `addr`'s page if code was decoded from it.
    pub(super) fn note_write(&mut self, addr: GuestAddr) {
        let Some((prot, private)) = self.find(addr).map(|m| (m.prot, m.is_private())) else {
            return;
        };
        if private {
            self.note_private_write(addr.page(), prot);
        } else {
            self.note_shared_write(addr.page());
        }
    }
}

/// Whether bits 63..47 are all equal.
fn is_canonical(addr: GuestAddr) -> bool {
    let top = addr.0 >> 47;
    top == 0 || top == (1 << 17) - 1
}

/// The first piece of `len` bytes at `addr` that lies in one page: its length.
pub(super) fn piece(addr: GuestAddr, len: usize) -> usize {
    len.min(PAGE_SIZE as usize - addr.page_offset())
}
