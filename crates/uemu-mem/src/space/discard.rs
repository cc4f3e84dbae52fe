//! madvise(2), MADV_DONTNEED.

use super::{AddressSpace, MapError, Prot, user_pages};
use crate::AddrRange;

impl AddressSpace {
    /// MADV_DONTNEED: private pages read as their origin again (zeros, or the file). Shared ones keep their contents.
    ///
    /// # Errors
    /// `Unmapped` if the range has a hole (the mapped parts are discarded all the same); `Invalid` for a misaligned
    /// start or a range outside user space.
    pub fn discard(&mut self, range: AddrRange) -> Result<(), MapError> {
        let range = user_pages(range)?;
        let (_, whole) = self.mapped_until(range);
        let parts: Vec<(AddrRange, Prot)> =
            self.overlapping(range).filter(|m| m.is_private()).map(|m| (m.part(range).range, m.prot)).collect();
        for (part, prot) in parts {
            self.drop_pages(part);
            if prot.contains(Prot::EXEC) {
                self.code_touched(part);
            }
        }
        if whole { Ok(()) } else { Err(MapError::Unmapped) }
    }
}
