//! What path resolution starts from.

use uemu_vfs::Node;

/// Current directory and umask, which CLONE_FS shares.
#[derive(Clone, Debug)]
pub struct FsContext {
    /// File mode creation mask.
    pub umask: u32,
    /// Current directory. Not pinned: once removed, it is ENOENT to all who start from it.
    pub cwd: Node,
}

impl FsContext {
    /// In this directory, with the usual mask.
    pub fn new(cwd: Node) -> FsContext {
        FsContext { umask: 0o022, cwd }
    }
}
