//! The page table: which private pages are backed. A sparse radix tree of `Arc`s, copied on write at every
//! level, so that cloning it (fork, snapshot) costs one step per 128 MiB, and changing a clone what it changes.

use crate::page::{self, Owned, Page};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pages in a leaf (256 KiB).
const LEAF: usize = 64;
/// Leaves in a mid (128 MiB).
const MID: usize = 512;
/// Pages in a mid.
const MID_PAGES: u64 = (LEAF * MID) as u64;

#[derive(Clone)]
struct Leaf {
    pages: [Option<Arc<Page>>; LEAF],
    /// Bit i: code was decoded from page i.
    code: u64,
}

#[derive(Clone)]
struct Mid {
    leaves: [Option<Arc<Leaf>>; MID],
}

/// Page number -> page and its code mark.
#[derive(Clone, Default)]
pub(crate) struct PageTable {
    top: BTreeMap<u32, Arc<Mid>>,
    /// Pages present.
    count: u64,
}

/// Splits a page number into top key, index in the mid, index in the leaf. Page numbers have at most 52 bits;
/// spaces ask only for those of user addresses (35 bits), whose top part fits 20.
fn split(page: u64) -> (u32, usize, usize) {
    ((page / MID_PAGES) as u32, (page / LEAF as u64) as usize % MID, page as usize % LEAF)
}

impl PageTable {
    /// Pages present.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    fn leaf(&self, page: u64) -> Option<&Leaf> {
        let (top, mid, _) = split(page);
        self.top.get(&top)?.leaves[mid].as_deref()
    }

    /// The leaf of `page`, made and made solely owned as needed.
    fn leaf_mut(&mut self, page: u64) -> &mut Leaf {
        let (top, mid, _) = split(page);
        let m = self.top.entry(top).or_insert_with(|| Arc::new(Mid { leaves: [const { None }; MID] }));
        let l = Arc::make_mut(m).leaves[mid]
            .get_or_insert_with(|| Arc::new(Leaf { pages: [const { None }; LEAF], code: 0 }));
        Arc::make_mut(l)
    }

    /// The page, if backed.
    pub(crate) fn get(&self, page: u64) -> Option<&Page> {
        self.leaf(page)?.pages[split(page).2].as_deref()
    }

    /// The page, solely owned (copied if it was shared: then the flag is set).
    pub(crate) fn own(&mut self, page: u64) -> Option<(Owned<'_>, bool)> {
        self.get(page)?;
        self.leaf_mut(page).pages[split(page).2].as_mut().map(page::own)
    }

    /// Backs a page.
    pub(crate) fn insert(&mut self, page: u64, with: Arc<Page>) {
        let old = self.leaf_mut(page).pages[split(page).2].replace(with);
        self.count += u64::from(old.is_none());
    }

    /// Whether code was decoded from the page.
    pub(crate) fn is_code(&self, page: u64) -> bool {
        self.leaf(page).is_some_and(|l| l.code & 1 << split(page).2 != 0)
    }

    /// Sets or clears the code mark.
    pub(crate) fn set_code(&mut self, page: u64, code: bool) {
        if self.is_code(page) != code {
            self.leaf_mut(page).code ^= 1 << split(page).2;
        }
    }

    /// Removes the pages and marks of `first..end`; calls `taken` with each page removed, in order.
    pub(crate) fn take(&mut self, first: u64, end: u64, mut taken: impl FnMut(u64, Arc<Page>)) {
        if first >= end {
            return;
        }
        let (low, high) = (split(first).0, split(end - 1).0);
        let tops: Vec<u32> = self.top.range(low..=high).map(|(&k, _)| k).collect();
        for top in tops {
            let base = u64::from(top) * MID_PAGES;
            let Some(mid) = self.top.get_mut(&top) else {
                continue;
            };
            let within = |i: usize| {
                let start = base + (i * LEAF) as u64;
                start < end && first < start + LEAF as u64
            };
            if !(0..MID).any(|i| within(i) && mid.leaves[i].is_some()) {
                continue;
            }
            let mid = Arc::make_mut(mid);
            for i in (0..MID).filter(|&i| within(i)) {
                let start = base + (i * LEAF) as u64;
                let Some(mut leaf) = mid.leaves[i].take() else {
                    continue;
                };
                let whole = first <= start && start + LEAF as u64 <= end;
                let l = Arc::make_mut(&mut leaf);
                for (j, slot) in l.pages.iter_mut().enumerate() {
                    let page = start + j as u64;
                    if (first..end).contains(&page) {
                        l.code &= !(1 << j);
                        if let Some(p) = slot.take() {
                            self.count -= 1;
                            taken(page, p);
                        }
                    }
                }
                if !whole && (l.code != 0 || l.pages.iter().any(Option::is_some)) {
                    mid.leaves[i] = Some(leaf);
                }
            }
            if mid.leaves.iter().all(Option::is_none) {
                self.top.remove(&top);
            }
        }
    }
}
