//! Guest addresses, ranges and the page size.

use std::fmt;

/// Bytes in a guest page.
pub const PAGE_SIZE: u64 = 4096;
/// One past the highest address user space can map (Linux's `TASK_SIZE` for 4-level paging).
pub const USER_END: GuestAddr = GuestAddr(0x7fff_ffff_f000);

/// An address in guest memory. Any 64-bit value: whether it is canonical or mapped is found out on access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct GuestAddr(pub u64);

impl GuestAddr {
    /// The null address.
    pub const NULL: GuestAddr = GuestAddr(0);

    /// The page number (address / 4096).
    pub const fn page(self) -> u64 {
        self.0 / PAGE_SIZE
    }
    /// The offset within its page, in bytes.
    pub const fn page_offset(self) -> usize {
        (self.0 % PAGE_SIZE) as usize
    }
    /// Rounded down to a page boundary.
    pub const fn page_down(self) -> GuestAddr {
        GuestAddr(self.0 & !(PAGE_SIZE - 1))
    }
    /// Rounded up to a page boundary; `None` when that overflows.
    pub const fn page_up(self) -> Option<GuestAddr> {
        match self.0.checked_add(PAGE_SIZE - 1) {
            Some(a) => Some(GuestAddr(a & !(PAGE_SIZE - 1))),
            None => None,
        }
    }
    /// Whether the address lies on a page boundary.
    pub const fn is_page_aligned(self) -> bool {
        self.0.is_multiple_of(PAGE_SIZE)
    }
    /// `self + bytes`, modulo 2^64.
    #[must_use]
    pub const fn wrapping_add(self, bytes: u64) -> GuestAddr {
        GuestAddr(self.0.wrapping_add(bytes))
    }
    /// `self + bytes`, or `None` on overflow.
    pub const fn checked_add(self, bytes: u64) -> Option<GuestAddr> {
        match self.0.checked_add(bytes) {
            Some(a) => Some(GuestAddr(a)),
            None => None,
        }
    }
}

impl fmt::Debug for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
impl fmt::Display for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
impl fmt::LowerHex for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// A half-open range of guest addresses, `start <= end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct AddrRange {
    /// First address.
    pub start: GuestAddr,
    /// One past the last address.
    pub end: GuestAddr,
}

impl AddrRange {
    /// `start .. start + len`; `None` when the end overflows.
    pub const fn new(start: GuestAddr, len: u64) -> Option<AddrRange> {
        match start.checked_add(len) {
            Some(end) => Some(AddrRange { start, end }),
            None => None,
        }
    }
    /// Bytes in the range.
    #[allow(clippy::len_without_is_empty, reason = "`is_empty` stands below")]
    pub const fn len(self) -> u64 {
        self.end.0 - self.start.0
    }
    /// Whether the range holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start.0 == self.end.0
    }
    /// Whether `addr` lies inside.
    pub fn contains(self, addr: GuestAddr) -> bool {
        self.start <= addr && addr < self.end
    }
    /// Whether the two ranges share a byte.
    pub fn overlaps(self, other: AddrRange) -> bool {
        self.start < other.end && other.start < self.end
    }
}
