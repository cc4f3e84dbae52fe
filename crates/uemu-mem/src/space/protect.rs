//! mprotect(2).

use super::{AddressSpace, MapError, Prot, user_pages};
use crate::{AddrRange, GuestAddr};

impl AddressSpace {
    /// Changes protection; `Unmapped` if the range has a hole (what precedes the hole is changed, as Linux does).
    ///
    /// # Errors
    /// Also `Invalid` for a misaligned start or a range outside user space; `NoMemory` when cutting a mapping would
    /// make one too many.
    pub fn protect(&mut self, range: AddrRange, prot: Prot) -> Result<(), MapError> {
        let range = user_pages(range)?;
        let (end, whole) = self.mapped_until(range);
        if range.start < end {
            let range = AddrRange { start: range.start, end };
            self.split_at(range.start)?;
            if let Err(e) = self.split_at(range.end) {
                self.merge_at(range.start);
                return Err(e);
            }
            self.protect_aligned(range, prot);
        }
        if whole { Ok(()) } else { Err(MapError::Unmapped) }
    }

    /// How far the range is mapped without a hole, and whether that is all of it.
    pub(super) fn mapped_until(&self, range: AddrRange) -> (GuestAddr, bool) {
        let mut at = range.start;
        for m in self.overlapping(range) {
            if m.range.start > at {
                break;
            }
            at = m.range.end.min(range.end);
        }
        (at, at >= range.end)
    }

    /// Changes the protection of whole mappings, which fill the range.
    fn protect_aligned(&mut self, range: AddrRange, prot: Prot) {
        let changes: Vec<(AddrRange, Prot)> =
            self.overlapping(range).filter(|m| m.prot != prot).map(|m| (m.range, m.prot)).collect();
        for &(part, old) in &changes {
            if let Some(m) = self.mappings.get_mut(&part.start) {
                m.prot = prot;
            }
            // More rights make no translation wrong: what was not allowed was not cached.
            if !prot.contains(old) {
                self.log_stale(part, false);
            }
            match (old.contains(Prot::EXEC), prot.contains(Prot::EXEC)) {
                (true, false) => self.code_touched(part),
                (false, true) => self.code_added(),
                _ => {}
            }
        }
        for &(part, _) in &changes {
            self.merge_at(part.start);
            self.merge_at(part.end);
        }
        // Where an unchanged mapping was cut.
        self.merge_at(range.end);
        self.merge_at(range.start);
    }
}
