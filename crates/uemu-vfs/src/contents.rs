//! The bytes of an in-memory file: sparse pages, copied on write, so that a clone costs little and a write what it
//! touches. A file that is mapped shared becomes a [`SharedObject`], which mappings and write(2) see alike.

use std::collections::BTreeMap;
use std::sync::Arc;
use uemu_mem::{SharedCopier, SharedObject};

/// Bytes in a page.
pub(crate) const PAGE: usize = 4096;

/// A file's bytes.
#[derive(Clone, Debug)]
pub enum Contents {
    /// Private to this file system: a clone does not see later writes.
    Plain {
        /// Page index -> page; what is absent reads as zeros.
        pages: BTreeMap<u64, Arc<[u8; PAGE]>>,
        /// Bytes.
        len: u64,
    },
    /// Mapped shared at least once.
    Shared(SharedObject),
}

impl Default for Contents {
    fn default() -> Contents {
        Contents::Plain { pages: BTreeMap::new(), len: 0 }
    }
}

impl Contents {
    /// Contents that hold `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Contents {
        let mut c = Contents::default();
        c.write_at(0, bytes);
        c
    }

    /// Bytes.
    pub fn len(&self) -> u64 {
        match self {
            Contents::Plain { len, .. } => *len,
            Contents::Shared(o) => o.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pages that take memory.
    pub fn resident_pages(&self) -> u64 {
        match self {
            Contents::Plain { pages, .. } => pages.len() as u64,
            Contents::Shared(o) => o.resident_bytes() / PAGE as u64,
        }
    }

    /// Copies out from `offset`; returns how many bytes lay before the end.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let (pages, len) = match self {
            Contents::Plain { pages, len } => (pages, *len),
            Contents::Shared(o) => return o.read_at(offset, buf),
        };
        let n = len.saturating_sub(offset).min(buf.len() as u64) as usize;
        let mut done = 0;
        while done < n {
            let at = offset + done as u64;
            let within = (at % PAGE as u64) as usize;
            let step = (PAGE - within).min(n - done);
            match pages.get(&(at / PAGE as u64)) {
                Some(p) => buf[done..done + step].copy_from_slice(&p[within..within + step]),
                None => buf[done..done + step].fill(0),
            }
            done += step;
        }
        n
    }

    /// Copies in at `offset`, growing as needed. Offsets past 2^63 - 1 write less.
    pub fn write_at(&mut self, offset: u64, bytes: &[u8]) -> usize {
        let (pages, len) = match self {
            Contents::Plain { pages, len } => (pages, len),
            Contents::Shared(o) => return o.write_at(offset, bytes),
        };
        let room = (i64::MAX as u64).saturating_sub(offset);
        let n = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let mut done = 0;
        while done < n {
            let at = offset + done as u64;
            let within = (at % PAGE as u64) as usize;
            let step = (PAGE - within).min(n - done);
            let page = pages.entry(at / PAGE as u64).or_insert_with(|| Arc::new([0; PAGE]));
            Arc::make_mut(page)[within..within + step].copy_from_slice(&bytes[done..done + step]);
            done += step;
        }
        if n > 0 {
            *len = (*len).max(offset + n as u64);
        }
        n
    }

    /// How many of `count` bytes at `offset` can be written if no more than `free` pages may be added. Of a file mapped
    /// shared every page counts as new: it does not tell which it has.
    pub fn affordable(&self, offset: u64, count: usize, free: u64) -> usize {
        let (mut done, mut free) = (0, free);
        while done < count {
            let at = offset.saturating_add(done as u64);
            let there = matches!(self, Contents::Plain { pages, .. } if pages.contains_key(&(at / PAGE as u64)));
            if !there {
                let Some(left) = free.checked_sub(1) else { break };
                free = left;
            }
            done += PAGE - (at % PAGE as u64) as usize;
        }
        done.min(count)
    }

    /// ftruncate(2).
    pub fn set_len(&mut self, to: u64) {
        let (pages, len) = match self {
            Contents::Plain { pages, len } => (pages, len),
            Contents::Shared(o) => return o.set_len(to),
        };
        if to < *len {
            drop(pages.split_off(&to.div_ceil(PAGE as u64)));
            let within = (to % PAGE as u64) as usize;
            if within != 0
                && let Some(p) = pages.get_mut(&(to / PAGE as u64))
            {
                Arc::make_mut(p)[within..].fill(0);
            }
        }
        *len = to;
    }

    /// Makes a hole: the range reads as zeros, the length stays (FALLOC_FL_PUNCH_HOLE). Costs what is there, however
    /// wide the range; `false` if it is refused, as an object mapped shared cannot tell what is there.
    #[must_use]
    pub fn zero(&mut self, offset: u64, count: u64) -> bool {
        const WIDEST_SHARED: u64 = 1 << 30;
        let end = offset.saturating_add(count).min(self.len());
        if offset >= end {
            return true;
        }
        let page = PAGE as u64;
        match self {
            Contents::Plain { pages, .. } => {
                let (first, last) = (offset / page, (end - 1) / page);
                let hit: Vec<u64> = pages.range(first..=last).map(|(&i, _)| i).collect();
                for i in hit {
                    let (from, to) = (offset.max(i * page) - i * page, end.min((i + 1) * page) - i * page);
                    if to - from == page {
                        pages.remove(&i);
                    } else if let Some(p) = pages.get_mut(&i) {
                        Arc::make_mut(p)[from as usize..to as usize].fill(0);
                    }
                }
            }
            Contents::Shared(_) if end - offset > WIDEST_SHARED => return false,
            Contents::Shared(o) => {
                let mut at = offset;
                while at < end {
                    let step = (end - at).min(page);
                    o.write_at(at, &[0; PAGE][..step as usize]);
                    at += step;
                }
            }
        }
        true
    }

    /// The object that mappings share, made from the pages the first time.
    pub fn share(&mut self) -> SharedObject {
        if let Contents::Shared(o) = self {
            return o.clone();
        }
        let object = SharedObject::new(self.len());
        if let Contents::Plain { pages, len } = self {
            for (index, page) in pages.iter() {
                let at = index * PAGE as u64;
                let n = len.saturating_sub(at).min(PAGE as u64) as usize;
                object.write_at(at, &page[..n]);
            }
        }
        *self = Contents::Shared(object.clone());
        object
    }

    /// Makes a clone independent of its origin: what was shared is copied, each object once.
    pub fn separate(&mut self, copier: &mut SharedCopier) {
        if let Contents::Shared(o) = self {
            *o = copier.copy(o);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_writes_cuts_and_shares() {
        let mut c = Contents::default();
        c.write_at(10_000, b"abc");
        assert_eq!((c.len(), c.resident_pages()), (10_003, 1));
        let before = c.clone();
        c.write_at(10_001, b"X");
        let mut b = [9; 5];
        assert_eq!(before.read_at(9_999, &mut b), 4);
        assert_eq!(&b, b"\0abc\x09");
        c.set_len(10_001);
        c.set_len(10_003);
        c.share();
        assert_eq!(c.read_at(9_999, &mut b), 4);
        assert_eq!(&b[..4], b"\0a\0\0");
        assert!(c.zero(0, 20_000));
        assert_eq!(c.read_at(10_000, &mut b), 3);
        assert_eq!(&b[..3], b"\0\0\0");
    }
}
