//! Which bytes code was decoded from, and telling the engine when they change.

use super::{AddressSpace, Kind, Prot};
use crate::{AddrRange, GuestAddr, PAGE_SIZE, SharedObject};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Names the decoded code of a space. Two spaces with equal ids hold the same bytes in the same
/// executable places, so that they may share an engine's block cache (a forked child reuses its
/// parent's). Never reused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct CodeId(pub u64);

/// Changes kept apart before they are reported as one range.
const MAX_CHANGES: usize = 64;

static NEXT_CODE: AtomicU64 = AtomicU64::new(1);

pub(super) struct CodeState {
    id: CodeId,
    /// Whether another space may have the same id. Then pages the other decoded carry no mark here, so that every
    /// executable page counts as marked. Atomic because a snapshot is taken through `&self`.
    shared: AtomicBool,
    /// Not yet told.
    changes: Vec<AddrRange>,
    /// Whether there is anything to tell, be it only a new id.
    changed: bool,
    /// Shared objects that code was decoded from, and how often that of each had changed by then.
    objects: Vec<(SharedObject, u64)>,
}

impl CodeState {
    pub(super) fn new() -> CodeState {
        CodeState {
            id: next_id(),
            shared: AtomicBool::new(false),
            changes: Vec::new(),
            changed: false,
            objects: Vec::new(),
        }
    }

    /// The state of a copy of the space; both now share the id.
    pub(super) fn share(&self) -> CodeState {
        self.shared.store(true, Ordering::Relaxed);
        CodeState {
            id: self.id,
            shared: AtomicBool::new(true),
            changes: self.changes.clone(),
            changed: self.changed,
            objects: Vec::new(),
        }
    }

    fn is_shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// A fresh id, for an engine to start with nothing decoded.
    pub(super) fn renew(&mut self) {
        self.id = next_id();
        self.shared = AtomicBool::new(false);
        self.changes.clear();
        self.objects.clear();
        self.changed = true;
    }

    /// Watches an object that code is decoded from.
    fn watch(&mut self, object: &SharedObject) {
        if !self.objects.iter().any(|(o, _)| o == object) {
            self.objects.push((object.clone(), object.code_changes()));
        }
    }

    /// A change that this space reports by range: no news to it, if it knew of all before.
    fn reported(&mut self, object: &SharedObject, before: u64) {
        if let Some((object, seen)) = self.objects.iter_mut().find(|(o, seen)| o == object && *seen == before) {
            *seen = object.code_changes();
        }
    }

    /// Whether somebody, perhaps another process, changed code decoded from a shared object.
    fn objects_changed(&self) -> bool {
        self.objects.iter().any(|(object, seen)| object.code_changes() != *seen)
    }

    /// Whether changes wait that a new sharer of the id would not know of.
    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    fn add(&mut self, range: AddrRange) {
        self.changed = true;
        if self.is_shared() {
            self.renew();
            return;
        }
        if self.changes.len() >= MAX_CHANGES {
            let start = self.changes.iter().map(|r| r.start).min().unwrap_or(range.start).min(range.start);
            let end = self.changes.iter().map(|r| r.end).max().unwrap_or(range.end).max(range.end);
            self.changes.clear();
            self.changes.push(AddrRange { start, end });
        } else {
            self.changes.push(range);
        }
    }
}

fn next_id() -> CodeId {
    CodeId(NEXT_CODE.fetch_add(1, Ordering::Relaxed))
}

impl AddressSpace {
    /// See [`CodeId`]. Changes by itself when executable contents or mappings change while shared.
    pub fn code_id(&self) -> CodeId {
        self.code.id
    }

    /// Tells that code was decoded from these bytes, just fetched: their pages leave every write TLB, and a later write to
    /// them (or unmap, mprotect, remap) is reported by [`AddressSpace::take_code_changes`].
    ///
    /// Of a page of a shared object, every write is seen: through any mapping of any space, and by file writes.
    pub fn mark_code(&mut self, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let mut page = range.start.page_down();
        while page < range.end {
            match self.find(page).map(|m| (m.range.start, &m.kind)) {
                Some((start, Kind::Shared { object, offset, .. })) => {
                    let index = (offset.saturating_add(page.0 - start.0)) / PAGE_SIZE;
                    let object = object.clone();
                    self.code.watch(&object);
                    object.mark_code(index);
                }
                Some(_) if self.table.get(page.page()).is_none() => {
                    // Not fetched, or dropped since: what was decoded is not what is there.
                    self.code_touched(page_range(page.page()));
                }
                Some(_) => {
                    if !self.table.is_code(page.page()) {
                        self.table.set_code(page.page(), true);
                        self.stale.push(page.page(), 1, true);
                    }
                }
                // Code cannot have come from what is not mapped.
                None => return,
            }
            let Some(next) = page.checked_add(PAGE_SIZE) else {
                return;
            };
            page = next;
        }
    }

    /// Whether decoded code has changed since last asked (cheap).
    pub fn code_changed(&self) -> bool {
        self.code.changed || self.code.objects_changed()
    }

    /// The ranges whose decoded code is no longer true, for the *current* [`AddressSpace::code_id`].
    pub fn take_code_changes(&mut self) -> Vec<AddrRange> {
        if self.code.objects_changed() {
            self.code.renew();
        }
        self.code.changed = false;
        std::mem::take(&mut self.code.changes)
    }

    /// Executable contents or mappings changed in this range.
    pub(super) fn code_touched(&mut self, range: AddrRange) {
        self.code.add(range);
    }

    /// A new executable mapping: nothing decoded is wrong in this space, but a sharer has other bytes there.
    pub(super) fn code_added(&mut self) {
        if self.code.is_shared() {
            self.code.renew();
        }
    }

    /// Whether a write to this private page must be reported.
    pub(super) fn private_is_code(&self, page: u64, prot: Prot) -> bool {
        self.table.is_code(page) || (prot.contains(Prot::EXEC) && self.code.is_shared())
    }

    /// Reports a write to a private page if code was decoded from it, and forgets the mark.
    pub(super) fn note_private_write(&mut self, page: u64, prot: Prot) {
        if self.private_is_code(page, prot) {
            self.table.set_code(page, false);
            self.code_touched(page_range(page));
        }
    }

    /// Reports a write to a page of a shared object, at every place of this space that can execute it.
    pub(super) fn note_shared_write(&mut self, page: u64) {
        let Some(m) = self.find(GuestAddr(page * PAGE_SIZE)) else {
            return;
        };
        let Kind::Shared { object, offset, .. } = &m.kind else {
            return;
        };
        let index = offset.saturating_add(page * PAGE_SIZE - m.range.start.0) / PAGE_SIZE;
        let shared_exec = self.code.is_shared() && m.prot.contains(Prot::EXEC);
        if !object.is_code(index) && !shared_exec {
            return;
        }
        let object = object.clone();
        let before = object.code_changes();
        object.code_touched(index..=index);
        self.code.reported(&object, before);
        let places: Vec<AddrRange> = self
            .mappings
            .values()
            .filter_map(|m| match &m.kind {
                Kind::Shared { object: o, offset, .. } if *o == object && m.prot.contains(Prot::EXEC) => {
                    let back = index.checked_sub(offset / PAGE_SIZE)?;
                    let at = m.range.start.page().checked_add(back)?;
                    (at < m.range.end.page()).then(|| page_range(at))
                }
                _ => None,
            })
            .collect();
        for range in places {
            self.code_touched(range);
        }
    }
}

/// The addresses of a user page.
pub(super) fn page_range(page: u64) -> AddrRange {
    let start = GuestAddr(page.wrapping_mul(PAGE_SIZE));
    AddrRange { start, end: start.wrapping_add(PAGE_SIZE) }
}
