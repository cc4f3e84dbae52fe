//! Linux x86-64 ABI: syscall numbers, errno, flags, structures.
//!
//! Facts only: no behaviour, no dependency on the other crates.
#![forbid(unsafe_code)]

pub mod errno;
pub mod sysno;

pub use errno::Errno;
