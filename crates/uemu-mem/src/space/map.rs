//! mmap(2).

use super::{AddressSpace, Kind, MAX_MAPPINGS, MapError, MapRequest, Mapping, Place, Prot, user_pages};
use crate::{AddrRange, GuestAddr, PAGE_SIZE};

impl AddressSpace {
    /// Maps; returns the address. Allocates nothing: pages come on first touch.
    ///
    /// # Errors
    /// `Invalid` for a length of zero, a place that is misaligned or outside user space, or a shared object at a
    /// misaligned offset; `Exists` for [`Place::FixedNoReplace`] on top of something; `NoMemory` when there is no
    /// room or there are too many mappings.
    pub fn map(&mut self, request: MapRequest) -> Result<GuestAddr, MapError> {
        let MapRequest { place, len, prot, kind } = request;
        if len == 0 {
            return Err(MapError::Invalid);
        }
        let len = GuestAddr(len).page_up().ok_or(MapError::NoMemory)?.0;
        if let Kind::Shared { offset, .. } = kind
            && !offset.is_multiple_of(PAGE_SIZE)
        {
            return Err(MapError::Invalid);
        }
        let range = match place {
            Place::Hint(hint) => AddrRange::new(self.choose_place(hint, len)?, len).ok_or(MapError::NoMemory)?,
            Place::Fixed(at) | Place::FixedNoReplace(at) => {
                // Past the end of user space is ENOMEM, as get_unmapped_area() has it; misaligned is EINVAL.
                let range = AddrRange::new(at, len).ok_or(MapError::NoMemory)?;
                if at.is_page_aligned() && range.end > crate::USER_END {
                    return Err(MapError::NoMemory);
                }
                user_pages(range)?
            }
        };
        if matches!(place, Place::FixedNoReplace(_)) && !self.is_free(range) {
            return Err(MapError::Exists);
        }
        if self.mappings.len() >= MAX_MAPPINGS {
            return Err(MapError::NoMemory);
        }
        self.unmap(range)?;
        self.insert_mapping(Mapping { range, prot, kind });
        Ok(range.start)
    }

    /// Puts a mapping into a free place, joining it to its neighbours if they are of one piece.
    pub(super) fn insert_mapping(&mut self, mapping: Mapping) {
        let AddrRange { start, end } = mapping.range;
        if mapping.prot.contains(Prot::EXEC) {
            self.code_added();
        }
        self.mappings.insert(start, mapping);
        self.merge_at(end);
        self.merge_at(start);
    }
}
