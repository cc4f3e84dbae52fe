//! What a path leads to.

use std::sync::Arc;
use uemu_host::GrantId;

/// Names an inode of the in-memory file system. Never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct InodeId(pub u64);

/// A file of any of the file systems. A value: in-memory inodes are named by number, files of the host by grant and path,
/// files of procfs by what they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// In memory.
    Mem(InodeId),
    /// Under a grant.
    Host {
        /// The grant.
        grant: GrantId,
        /// Relative to it, empty for the grant itself.
        path: Arc<[u8]>,
    },
    /// Under /proc.
    Proc(ProcNode),
}

/// A character device of /dev.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// /dev/null
    Null,
    /// /dev/zero
    Zero,
    /// /dev/full
    Full,
    /// /dev/random and /dev/urandom
    Random,
    /// /dev/tty and /dev/console: the console, if it is a terminal.
    Tty,
}

/// A file of procfs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProcNode {
    /// /proc
    Root,
    /// /proc/self
    SelfLink,
    /// /proc/thread-self
    ThreadSelf,
    /// A directory under /proc that is the same for all: its path below /proc.
    Dir(&'static str),
    /// A file under /proc that is the same for all: its path below /proc.
    Text(&'static str),
    /// A link under /proc that is the same for all.
    Link(&'static str, &'static str),
    /// /proc/PID
    Pid(u32),
    /// A text of a process: its name in /proc/PID.
    PidText(u32, &'static str),
    /// exe, cwd or root.
    PidLink(u32, PidLink),
    /// /proc/PID/fd
    FdDir(u32),
    /// /proc/PID/fd/N
    Fd(u32, i32),
    /// /proc/PID/task
    TaskDir(u32),
}

/// The links in /proc/PID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PidLink {
    /// The program.
    Exe,
    /// The current directory.
    Cwd,
    /// The root directory.
    Root,
}

impl Node {
    /// A file of a grant.
    pub fn host(grant: GrantId, path: &[u8]) -> Node {
        Node::Host { grant, path: path.into() }
    }
}

/// Joins a grant-relative path and a name.
pub(crate) fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 1 + name.len());
    out.extend_from_slice(path);
    if !path.is_empty() {
        out.push(b'/');
    }
    out.extend_from_slice(name);
    out
}
