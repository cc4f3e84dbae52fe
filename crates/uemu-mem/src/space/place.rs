//! Where a mapping goes when the program leaves the choice to the kernel.

use super::{AddressSpace, Kind, MapError};
use crate::{AddrRange, GuestAddr, PAGE_SIZE, USER_END};

/// Mappings without a place of their own are put below this, top-down (what Linux does without randomisation,
/// an 8 MiB stack and its gap above).
pub const MMAP_BASE: GuestAddr = GuestAddr(0x7fff_f7ff_f000);
/// Nothing is placed below (Linux's vm.mmap_min_addr); MAP_FIXED may be, its caller decides.
pub const MMAP_MIN: GuestAddr = GuestAddr(0x1_0000);
/// Bytes a stack that may grow keeps free below itself (Linux's stack_guard_gap, 256 pages).
pub const GUARD_GAP: u64 = 256 * PAGE_SIZE;

impl AddressSpace {
    /// Whether nothing is mapped in the range.
    pub fn is_free(&self, range: AddrRange) -> bool {
        self.overlapping(range).next().is_none()
    }

    /// Whether a mapping may be *placed* there: free, and out of the guard gap of a stack above.
    fn is_placeable(&self, range: AddrRange) -> bool {
        if range.end > USER_END || range.start < MMAP_MIN || !self.is_free(range) {
            return false;
        }
        match self.mappings.range(range.end..).next() {
            Some((_, m)) => range.end.0 <= keeps_from(m.range.start, &m.kind),
            None => true,
        }
    }

    /// A free place for `len` bytes (a positive multiple of the page size): the hint if it will do, else the
    /// highest below [`MMAP_BASE`], else the lowest above it.
    pub(super) fn choose_place(&self, hint: GuestAddr, len: u64) -> Result<GuestAddr, MapError> {
        if len > USER_END.0 - MMAP_MIN.0 {
            return Err(MapError::NoMemory);
        }
        let hint = hint.page_down();
        if hint >= MMAP_MIN && AddrRange::new(hint, len).is_some_and(|r| self.is_placeable(r)) {
            return Ok(hint);
        }
        self.highest_below(len).or_else(|| self.lowest_above(len)).ok_or(MapError::NoMemory)
    }

    fn highest_below(&self, len: u64) -> Option<GuestAddr> {
        // The gap under a stack that starts above the base may reach below it.
        let mut top = MMAP_BASE.0;
        if let Some((_, m)) = self.mappings.range(MMAP_BASE..).next() {
            top = top.min(keeps_from(m.range.start, &m.kind));
        }
        for m in self.mappings.range(..MMAP_BASE).rev().map(|(_, m)| m) {
            let bottom = m.range.end.0.max(MMAP_MIN.0);
            if top.checked_sub(bottom).is_some_and(|room| room >= len) {
                return Some(GuestAddr(top - len));
            }
            top = top.min(keeps_from(m.range.start, &m.kind));
        }
        top.checked_sub(MMAP_MIN.0).filter(|&room| room >= len).map(|_| GuestAddr(top - len))
    }

    fn lowest_above(&self, len: u64) -> Option<GuestAddr> {
        let mut bottom = self.find(MMAP_BASE).map_or(MMAP_BASE, |m| m.range.end);
        for m in self.mappings.range(bottom..).map(|(_, m)| m) {
            let top = keeps_from(m.range.start, &m.kind);
            if top.checked_sub(bottom.0).is_some_and(|room| room >= len) {
                return Some(bottom);
            }
            bottom = m.range.end;
        }
        (USER_END.0.checked_sub(bottom.0)? >= len).then_some(bottom)
    }
}

/// The address up to which others may be placed below a mapping that starts at `start`.
fn keeps_from(start: GuestAddr, kind: &Kind) -> u64 {
    match kind {
        Kind::Stack { .. } => start.0.saturating_sub(GUARD_GAP),
        _ => start.0,
    }
}
