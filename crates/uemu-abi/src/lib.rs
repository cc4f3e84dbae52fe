//! Linux x86-64 ABI: syscall numbers, errno, flags, structures.
//!
//! Facts only: no behaviour, no dependency on the other crates.
#![forbid(unsafe_code)]

pub mod errno;
pub mod fcntl;
pub mod ioctl;
pub mod plain;
pub mod poll;
pub mod process;
pub mod signal;
pub mod stat;
pub mod sysno;
pub mod time;

pub use errno::Errno;
