//! Guest memory: a 48-bit address space as a list of mappings (what the program asked for) over a
//! sparse table of shared 4 KiB pages (what is backed), and the TLB through which an engine reaches it.
//!
//! `unsafe` stands in three files only: `page` (bytes that change behind an `Arc`), `shared` (which writes them under
//! its lock) and `tlb` (which keeps pointers to them).

mod addr;
mod fault;
mod page;
mod shared;
pub mod space;
mod stale;
mod table;
mod tlb;

pub use addr::{AddrRange, GuestAddr, PAGE_SIZE, USER_END};
pub use fault::{Access, Cause, MemFault};
pub use shared::{SharedCopier, SharedObject};
pub use space::{AddressSpace, CodeId, Kind, MMAP_MIN, MapError, MapRequest, Mapping, Place, Prot};
pub use tlb::{TLB_ENTRIES, Tlb};
