//! The operating system this process runs on.
//!
//! Directories are opened as capabilities (cap-std): the parent of every file is reached from the grant's handle, never from
//! an absolute path, so neither `..` nor a symbolic link, even one raced into place, can leave the grant. The last
//! component is used by name with "do not follow" on that parent's handle.

mod console;
mod files;
mod grants;

pub use grants::{Grant, GrantError};

use crate::*;
use cap_std::fs::Dir;
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

/// The host behind `uemu`.
pub struct SystemHost {
    grants: Vec<grants::Granted>,
    files: BTreeMap<u64, OwnedFd>,
    next_file: u64,
    /// The terminal's settings before the guest changed them: put back on drop.
    saved: Option<rustix::termios::Termios>,
}

impl SystemHost {
    /// A host that grants nothing.
    pub fn new() -> SystemHost {
        SystemHost { grants: Vec::new(), files: BTreeMap::new(), next_file: 1, saved: None }
    }

    fn granted(&self, id: GrantId) -> HostResult<&grants::Granted> {
        self.grants.get(id.0 as usize).ok_or(Errno::ENOENT)
    }
}

impl Default for SystemHost {
    fn default() -> SystemHost {
        SystemHost::new()
    }
}

/// The Linux number of an error of rustix. On Linux they are the same numbers.
fn errno(e: rustix::io::Errno) -> Errno {
    u16::try_from(e.raw_os_error()).ok().and_then(Errno::from_raw).unwrap_or(Errno::EIO)
}

/// The same of an error of std.
fn io_errno(e: &std::io::Error) -> Errno {
    match e.raw_os_error().and_then(|n| u16::try_from(n).ok()).and_then(Errno::from_raw) {
        Some(n) => n,
        // cap-std refuses an escape by itself.
        None if e.kind() == std::io::ErrorKind::PermissionDenied => Errno::EACCES,
        None if e.kind() == std::io::ErrorKind::NotFound => Errno::ENOENT,
        None => Errno::EIO,
    }
}

/// A grant's handle, owned or borrowed.
enum Parent<'a> {
    Top(&'a Dir),
    Below(Dir),
}

impl Parent<'_> {
    fn dir(&self) -> &Dir {
        match self {
            Parent::Top(d) => d,
            Parent::Below(d) => d,
        }
    }
}
