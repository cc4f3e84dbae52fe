//! In-memory inodes.

use crate::contents::Contents;
use crate::node::{Device, InodeId};
use std::collections::{BTreeMap, BTreeSet};
use uemu_abi::stat::{FileTime, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK, makedev};
use uemu_host::GrantId;

/// A file of the layer below (`--root`).
#[derive(Clone, Debug)]
pub(crate) struct Lower {
    pub(crate) grant: GrantId,
    pub(crate) path: Vec<u8>,
}

/// A directory's names.
#[derive(Clone, Debug)]
pub(crate) struct Dir {
    /// Byte order: readdir is sorted.
    pub(crate) entries: BTreeMap<Vec<u8>, InodeId>,
    pub(crate) parent: InodeId,
    /// Directory of the layer below whose names show through.
    pub(crate) lower: Option<Lower>,
    /// Names of `lower` that were removed here.
    pub(crate) whiteouts: BTreeSet<Vec<u8>>,
}

impl Dir {
    pub(crate) fn new(parent: InodeId) -> Dir {
        Dir { entries: BTreeMap::new(), parent, lower: None, whiteouts: BTreeSet::new() }
    }
}

/// What an inode is.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Dir(Dir),
    File {
        contents: Contents,
        /// The bytes are still those of the layer below; `contents` is empty.
        lower: Option<Lower>,
        /// Their count.
        lower_len: u64,
    },
    Symlink(Vec<u8>),
    Device(Device),
    /// A special file of mknod(2) that names no device here.
    Special(u32),
    Fifo,
    Socket,
}

/// An inode.
#[derive(Clone, Debug)]
pub(crate) struct Inode {
    pub(crate) body: Body,
    /// Permission bits only.
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Hard links; for a directory, 2 + subdirectories is computed.
    pub(crate) nlink: u32,
    pub(crate) rdev: u64,
    pub(crate) atime: FileTime,
    pub(crate) mtime: FileTime,
    pub(crate) ctime: FileTime,
    /// Who holds it besides names: open files, current directories.
    pub(crate) pins: u32,
}

impl Inode {
    pub(crate) fn new(body: Body, mode: u32, now: FileTime) -> Inode {
        let rdev = match &body {
            Body::Device(Device::Null) => makedev(1, 3),
            Body::Device(Device::Zero) => makedev(1, 5),
            Body::Device(Device::Full) => makedev(1, 7),
            Body::Device(Device::Random) => makedev(1, 9),
            Body::Device(Device::Tty) => makedev(5, 0),
            _ => 0,
        };
        Inode { body, mode, uid: 0, gid: 0, nlink: 1, rdev, atime: now, mtime: now, ctime: now, pins: 0 }
    }

    /// Type bits of the mode.
    pub(crate) fn type_bits(&self) -> u32 {
        match &self.body {
            Body::Dir(_) => S_IFDIR,
            Body::File { .. } => S_IFREG,
            Body::Symlink(_) => S_IFLNK,
            Body::Device(_) => S_IFCHR,
            Body::Special(bits) => *bits,
            Body::Fifo => S_IFIFO,
            Body::Socket => S_IFSOCK,
        }
    }
}
