//! One process's memory: the mappings it asked for over the pages that back them.
//!
//! Each file is one verb. Whatever narrows an access or replaces a page says so in the stale log, from which
//! TLBs learn it (`Tlb::sync`); whatever changes bytes or mappings that code was decoded from says so in `code`.

mod access;
mod code;
mod discard;
mod fault;
mod fork;
mod map;
mod place;
mod protect;
mod remap;
mod types;
mod unmap;

pub use place::{GUARD_GAP, MMAP_BASE, MMAP_MIN};
pub use types::{Kind, MapError, MapRequest, Mapping, Place, Prot};

use crate::stale::StaleLog;
use crate::table::PageTable;
use crate::{AddrRange, GuestAddr, PAGE_SIZE, USER_END};
use code::CodeState;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

pub use code::CodeId;

/// Most mappings a space may have (Linux's vm.max_map_count).
pub const MAX_MAPPINGS: usize = 65530;

static NEXT_INSTANCE: AtomicU64 = AtomicU64::new(1);

/// One process's memory.
///
/// `fork` and `snapshot` make others that share pages until one side writes. Plain data otherwise: `Send`, and
/// nothing in it depends on the host.
pub struct AddressSpace {
    instance: u64,
    max_bytes: u64,
    /// By start. Disjoint, page aligned, not empty, below `USER_END`.
    mappings: BTreeMap<GuestAddr, Mapping>,
    table: PageTable,
    stale: StaleLog,
    /// Times a fork or snapshot began to share this space's pages: TLBs then drop their write half.
    /// Atomic because a snapshot is taken through `&self`.
    shared_times: AtomicU64,
    code: CodeState,
}

impl AddressSpace {
    /// An empty space that may hold at most `max_bytes` of mapped pages backed at once: its private pages,
    /// and the pages of the shared objects it maps when it is the one to add to them.
    pub fn new(max_bytes: u64) -> AddressSpace {
        AddressSpace {
            instance: next_instance(),
            max_bytes,
            mappings: BTreeMap::new(),
            table: PageTable::default(),
            stale: StaleLog::default(),
            shared_times: AtomicU64::new(0),
            code: CodeState::new(),
        }
    }

    /// Identity of this very value, for TLBs: fresh from every `new`, `fork` and snapshot.
    pub fn instance(&self) -> u64 {
        self.instance
    }

    /// The mappings in address order.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.values()
    }

    /// The mapping that holds `addr`.
    pub fn find(&self, addr: GuestAddr) -> Option<&Mapping> {
        self.mappings.range(..=addr).next_back().map(|(_, m)| m).filter(|m| m.range.contains(addr))
    }

    /// The mappings that overlap `range`, in order.
    pub fn overlapping(&self, range: AddrRange) -> impl Iterator<Item = &Mapping> {
        let first = self.find(range.start).map_or(range.start, |m| m.range.start);
        let end = if range.is_empty() { first } else { range.end.max(first) };
        self.mappings.range(first..end).map(|(_, m)| m)
    }

    /// Bytes backed by private pages now.
    pub fn resident_bytes(&self) -> u64 {
        self.table.count() * PAGE_SIZE
    }

    /// Bytes mapped, backed or not.
    pub fn mapped_bytes(&self) -> u64 {
        self.mappings.values().map(|m| m.range.len()).sum()
    }

    /// What a TLB compares to know whether it has missed anything.
    pub(crate) fn stale_log(&self) -> &StaleLog {
        &self.stale
    }

    pub(crate) fn shared_times(&self) -> u64 {
        self.shared_times.load(Ordering::Acquire)
    }

    /// Notes that translations of the range are no longer true (or, `writes_only`, no longer for writing).
    fn log_stale(&mut self, range: AddrRange, writes_only: bool) {
        self.stale.push(range.start.page(), range.len() / PAGE_SIZE, writes_only);
    }

    /// Splits the mapping that holds `addr` strictly inside, so that one starts there.
    fn split_at(&mut self, addr: GuestAddr) -> Result<(), MapError> {
        let Some(m) = self.find(addr).filter(|m| m.range.start < addr) else {
            return Ok(());
        };
        if self.mappings.len() >= MAX_MAPPINGS {
            return Err(MapError::NoMemory);
        }
        let low = m.part(AddrRange { start: m.range.start, end: addr });
        let high = m.part(AddrRange { start: addr, end: m.range.end });
        self.mappings.insert(low.range.start, low);
        self.mappings.insert(addr, high);
        Ok(())
    }

    /// Joins the mapping that ends at `addr` and the one that starts there, if they are of one piece.
    fn merge_at(&mut self, addr: GuestAddr) {
        let Some((_, low)) = self.mappings.range(..addr).next_back() else {
            return;
        };
        let Some(high) = self.mappings.get(&addr) else {
            return;
        };
        if !low.continues_into(high) {
            return;
        }
        let joined = Mapping {
            range: AddrRange { start: low.range.start, end: high.range.end },
            prot: low.prot,
            // A stack's limit counts from its end: the upper one's.
            kind: if matches!(high.kind, Kind::Stack { .. }) { high.kind.clone() } else { low.kind.clone() },
        };
        self.mappings.remove(&addr);
        self.mappings.insert(joined.range.start, joined);
    }
}

fn next_instance() -> u64 {
    NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed)
}

/// `start..end` with its end rounded up to a page; `Invalid` unless the start is aligned and all of it is user space.
fn user_pages(range: AddrRange) -> Result<AddrRange, MapError> {
    let end = range.end.page_up().ok_or(MapError::Invalid)?;
    if !range.start.is_page_aligned() || range.start > end || end > USER_END {
        return Err(MapError::Invalid);
    }
    Ok(AddrRange { start: range.start, end })
}
