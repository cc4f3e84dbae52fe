//! The guest's virtual file system: an in-memory root with /dev, /proc and /tmp, host directories where granted.
//!
//! A file is a [`Node`]: a value that names an in-memory inode, a file under a grant, or a file of procfs. The path walk
//! (`walk`) is the guest's own: links are resolved in guest terms, so that the host is only ever given plain paths.
//! [`Vfs`] is plain data: its clone is a snapshot (but see [`Vfs::separate`]).
#![forbid(unsafe_code)]

mod attr;
mod contents;
mod dirs;
mod file;
mod inode;
mod mount;
mod node;
mod path;
mod proc;
mod rename;
mod setup;
mod shared;
mod walk;

pub use contents::Contents;
pub use dirs::DirEntry;
pub use file::{File, Opened};
pub use mount::{BindError, MountInfo};
pub use node::{Device, InodeId, Node, PidLink, ProcNode};
pub use proc::{NoProc, PID_TEXTS, ProcSource, TEXTS};
pub use rename::HostMove;
pub use walk::{Found, Last};

use inode::{Body, Inode};
use std::collections::{BTreeMap, BTreeSet};
use uemu_abi::Errno;
use uemu_abi::stat::FileTime;
use uemu_host::Host;

/// What a file operation gives.
pub type FsResult<T> = Result<T, Errno>;

/// What every operation needs from outside.
pub struct Cx<'a> {
    /// The door to the host.
    pub host: &'a mut dyn Host,
    /// The kernel, for procfs.
    pub proc: &'a dyn ProcSource,
    /// The time, for the stamps of in-memory files.
    pub now: FileTime,
    /// Permission bits that new files do not get.
    pub umask: u32,
}

/// Bounds on what the guest can make the file system hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of contents in memory.
    pub bytes: u64,
    /// Inodes.
    pub inodes: u64,
}

impl Default for Limits {
    /// 1 GiB, a million inodes.
    fn default() -> Limits {
        Limits { bytes: 1 << 30, inodes: 1 << 20 }
    }
}

/// The root of the in-memory file system.
pub(crate) const ROOT: InodeId = InodeId(1);

/// The file system.
#[derive(Clone, Debug)]
pub struct Vfs {
    inodes: BTreeMap<InodeId, Inode>,
    next: u64,
    mounts: Vec<mount::Mount>,
    /// Pages of contents in memory.
    pages: u64,
    limits: Limits,
    /// Absolute paths that were not there.
    missing: BTreeSet<Vec<u8>>,
    /// Host files that are mapped shared.
    host_shared: BTreeMap<shared::Key, shared::HostShared>,
}

/// Most missing paths remembered.
const MISSING_KEPT: usize = 64;

impl Vfs {
    pub(crate) fn inode(&self, id: InodeId) -> FsResult<&Inode> {
        self.inodes.get(&id).ok_or(Errno::ENOENT)
    }

    pub(crate) fn inode_mut(&mut self, id: InodeId) -> FsResult<&mut Inode> {
        self.inodes.get_mut(&id).ok_or(Errno::ENOENT)
    }

    /// A new inode with no name yet.
    pub(crate) fn add_inode(&mut self, inode: Inode) -> FsResult<InodeId> {
        if self.inodes.len() as u64 >= self.limits.inodes {
            return Err(Errno::ENOSPC);
        }
        let id = InodeId(self.next);
        self.next += 1;
        if let Body::File { contents, .. } = &inode.body {
            self.pages += contents.resident_pages();
        }
        self.inodes.insert(id, inode);
        Ok(id)
    }

    /// Frees the inode if neither a name nor a pin holds it.
    pub(crate) fn reap(&mut self, id: InodeId) {
        if self.inodes.get(&id).is_some_and(|i| i.nlink == 0 && i.pins == 0)
            && let Some(dead) = self.inodes.remove(&id)
            && let Body::File { contents, .. } = &dead.body
        {
            self.pages = self.pages.saturating_sub(contents.resident_pages());
        }
    }

    /// Keeps a node alive without a name (a current directory, an open file).
    pub fn pin(&mut self, node: &Node) {
        if let Node::Mem(id) = node
            && let Some(i) = self.inodes.get_mut(id)
        {
            i.pins = i.pins.saturating_add(1);
        }
    }

    /// Undoes one [`Vfs::pin`].
    pub fn unpin(&mut self, node: &Node) {
        if let Node::Mem(id) = node {
            if let Some(i) = self.inodes.get_mut(id) {
                i.pins = i.pins.saturating_sub(1);
            }
            self.reap(*id);
        }
    }

    /// Makes a clone independent of its origin: the contents that mappings share are copied, each object once. A snapshot
    /// calls it with the copier that also went over the address spaces.
    pub fn separate(&mut self, copier: &mut uemu_mem::SharedCopier) {
        for inode in self.inodes.values_mut() {
            if let Body::File { contents, .. } = &mut inode.body {
                contents.separate(copier);
            }
        }
        for s in self.host_shared.values_mut() {
            s.object = copier.copy(&s.object);
        }
    }

    /// The absolute paths the guest asked for and did not find, sorted: the command says of those the host has, once, which
    /// option would grant them. At most 64 are kept.
    pub fn missing(&self) -> impl Iterator<Item = &[u8]> {
        self.missing.iter().map(Vec::as_slice)
    }

    /// Forgets them: what was asked for so far was asked in setting up.
    pub fn forget_missing(&mut self) {
        self.missing.clear();
    }

    pub(crate) fn note_missing(&mut self, path: Vec<u8>) {
        if self.missing.len() < MISSING_KEPT {
            self.missing.insert(path);
        }
    }

    /// The root directory.
    pub fn root(&self) -> Node {
        Node::Mem(ROOT)
    }
}
