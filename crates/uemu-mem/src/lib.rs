//! Guest memory: a 48-bit address space as a list of mappings (what the program asked for) over a
//! sparse table of shared 4 KiB pages (what is backed), and the TLB through which an engine reaches it.

mod addr;
mod fault;
pub mod space;
mod tlb;

pub use addr::{AddrRange, GuestAddr, PAGE_SIZE, USER_END};
pub use fault::{Access, Cause, MemFault};
pub use space::{AddressSpace, CodeId, Kind, MapError, MapRequest, Mapping, Place, Prot};
pub use tlb::Tlb;
