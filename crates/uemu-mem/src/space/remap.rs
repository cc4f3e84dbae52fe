//! mremap(2).

use super::{AddressSpace, Kind, MAX_MAPPINGS, MapError, Mapping, Prot, user_pages};
use crate::{AddrRange, GuestAddr, USER_END};

impl AddressSpace {
    /// mremap(2): resizes or moves. `may_move` is MREMAP_MAYMOVE, `fixed` MREMAP_FIXED's target.
    /// Lengths are rounded up to pages.
    ///
    /// An empty `old` asks for a second mapping of the shared memory there.
    ///
    /// # Errors
    /// `Invalid` (EINVAL): misaligned, a new length of zero, a fixed target without `may_move`, outside user space or
    /// overlapping `old`, or an empty `old` over private memory. `Unmapped` (EFAULT): `old` is not within one mapping.
    /// `NoMemory`: no room, or it may not move.
    pub fn remap(
        &mut self,
        old: AddrRange,
        new_len: u64,
        may_move: bool,
        fixed: Option<GuestAddr>,
    ) -> Result<GuestAddr, MapError> {
        let old = user_pages(old)?;
        let new_len = GuestAddr(new_len).page_up().ok_or(MapError::Invalid)?.0;
        if new_len == 0 || (fixed.is_some() && !may_move) {
            return Err(MapError::Invalid);
        }
        if let Some(to) = fixed {
            let target = AddrRange::new(to, new_len).ok_or(MapError::Invalid)?;
            if user_pages(target)? != target || target.overlaps(old) {
                return Err(MapError::Invalid);
            }
        }
        let from = self.find(old.start).ok_or(MapError::Unmapped)?.clone();
        if old.is_empty() && from.is_private() {
            return Err(MapError::Invalid);
        }
        if fixed.is_none() {
            if !old.is_empty() && new_len <= old.len() {
                return self.shrink(old, new_len);
            }
            if old.end > from.range.end {
                return Err(MapError::Unmapped);
            }
            if !old.is_empty() && self.grow_in_place(&from, old, new_len) {
                return Ok(old.start);
            }
            if !may_move {
                return Err(MapError::NoMemory);
            }
        } else if old.end > from.range.end && new_len >= old.len() {
            return Err(MapError::Unmapped);
        }
        self.move_to(&from, old, new_len, fixed)
    }

    fn shrink(&mut self, old: AddrRange, new_len: u64) -> Result<GuestAddr, MapError> {
        let tail = AddrRange { start: GuestAddr(old.start.0 + new_len), end: old.end };
        self.unmap(tail)?;
        Ok(old.start)
    }

    /// Extends the mapping's end over free room. Only its own end can move: `old` must reach it.
    fn grow_in_place(&mut self, from: &Mapping, old: AddrRange, new_len: u64) -> bool {
        let Some(wanted) = AddrRange::new(old.start, new_len) else {
            return false;
        };
        let room = AddrRange { start: old.end, end: wanted.end };
        if from.range.end != old.end || wanted.end > USER_END || !self.is_free(room) {
            return false;
        }
        if let Some(m) = self.mappings.get_mut(&from.range.start) {
            m.range.end = wanted.end;
            if let Kind::Stack { limit } = &mut m.kind {
                *limit = limit.saturating_add(room.len());
            }
        }
        if from.prot.contains(Prot::EXEC) {
            self.code_added();
        }
        self.merge_at(wanted.end);
        true
    }

    fn move_to(
        &mut self,
        from: &Mapping,
        old: AddrRange,
        new_len: u64,
        fixed: Option<GuestAddr>,
    ) -> Result<GuestAddr, MapError> {
        // Both ends of both ranges may be cut, and one mapping is added.
        if self.mappings.len() + 4 >= MAX_MAPPINGS {
            return Err(MapError::NoMemory);
        }
        let to = match fixed {
            Some(to) => to,
            None => self.choose_place(GuestAddr::NULL, new_len)?,
        };
        let target = AddrRange::new(to, new_len).ok_or(MapError::NoMemory)?;
        self.unmap(target)?;
        let mut kept = old;
        if !old.is_empty() && new_len < old.len() {
            kept.end = GuestAddr(old.start.0 + new_len);
            self.unmap(AddrRange { start: kept.end, end: old.end })?;
        }
        if self.find(kept.start).is_none_or(|m| m.range.end < kept.end) {
            return Err(MapError::Unmapped);
        }
        // The moved part, with the new length.
        let mut moved = from.part(AddrRange { start: kept.start, end: kept.end.max(kept.start) });
        moved.range = target;
        if !kept.is_empty() {
            self.cut_out(kept)?;
            let mut pages = Vec::new();
            self.table.take(kept.start.page(), kept.end.page(), |page, with| pages.push((page, with)));
            for (page, with) in pages {
                self.table.insert(page - kept.start.page() + to.page(), with);
            }
            self.log_stale(kept, false);
        }
        self.insert_mapping(moved);
        Ok(to)
    }
}
