//! The log of translations gone stale, which TLBs read at their next `sync`.

/// Entries kept. A TLB that lags further behind is emptied.
const KEPT: usize = 32;

/// Pages whose translation must be dropped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stale {
    /// First page number.
    pub(crate) page: u64,
    /// Pages.
    pub(crate) count: u64,
    /// Whether read entries stay true (the page may only no longer be written).
    pub(crate) writes_only: bool,
}

/// A ring of the last entries. TLBs remember how far they have read, so that any number may follow one space.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaleLog {
    ring: [Stale; KEPT],
    /// Entries ever written.
    written: u64,
}

impl StaleLog {
    /// Notes that these pages' translations are stale.
    pub(crate) fn push(&mut self, page: u64, count: u64, writes_only: bool) {
        if count == 0 {
            return;
        }
        self.ring[self.written as usize % KEPT] = Stale { page, count, writes_only };
        self.written += 1;
    }

    /// How many entries were ever written: what a reader has seen after reading all.
    pub(crate) fn position(&self) -> u64 {
        self.written
    }

    /// The entries after `seen`, or `None` when some are no longer kept.
    pub(crate) fn since(&self, seen: u64) -> Option<impl Iterator<Item = Stale> + '_> {
        let new = self.written.checked_sub(seen)?;
        (new <= KEPT as u64).then(|| (seen..self.written).map(|i| self.ring[i as usize % KEPT]))
    }
}
