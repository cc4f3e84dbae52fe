//! munmap(2).

use super::{AddressSpace, MapError, Mapping, Prot, user_pages};
use crate::AddrRange;

impl AddressSpace {
    /// Unmaps whatever lies in the range (its end is rounded up to a page).
    ///
    /// # Errors
    /// `Invalid` for a misaligned start or a range outside user space; `NoMemory` when cutting a mapping in two
    /// would make one too many.
    pub fn unmap(&mut self, range: AddrRange) -> Result<(), MapError> {
        let range = user_pages(range)?;
        if self.is_free(range) {
            return Ok(());
        }
        self.cut_out(range)?;
        self.drop_pages(range);
        Ok(())
    }

    /// Takes the mappings of the range out of the list, splitting those that stick out.
    /// Their pages stay; code among them is reported.
    pub(super) fn cut_out(&mut self, range: AddrRange) -> Result<Vec<Mapping>, MapError> {
        self.split_at(range.start)?;
        if let Err(e) = self.split_at(range.end) {
            self.merge_at(range.start);
            return Err(e);
        }
        let starts: Vec<_> = self.overlapping(range).map(|m| m.range.start).collect();
        let cut: Vec<Mapping> = starts.iter().filter_map(|s| self.mappings.remove(s)).collect();
        for m in cut.iter().filter(|m| m.prot.contains(Prot::EXEC)) {
            self.code_touched(m.range);
        }
        Ok(cut)
    }

    /// Drops the private pages of the range and every translation into it.
    pub(super) fn drop_pages(&mut self, range: AddrRange) {
        self.table.take(range.start.page(), range.end.page(), |_, _| ());
        self.log_stale(range, false);
    }
}
