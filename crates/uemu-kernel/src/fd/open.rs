//! Open file descriptions.

use super::epoll::Epoll;
use super::pipe::Pipe;
use super::socket::Socket;
use crate::arena::Id;
use std::sync::Arc;
use uemu_abi::fcntl::OpenFlags;
use uemu_host::Stream;
use uemu_vfs::DirEntry;

/// Names an open file description.
pub type FileId = Id<OpenFile>;

/// What open(2) makes: shared by the descriptors that dup and fork make.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// What it is.
    pub kind: FileKind,
    /// Access mode and status flags (F_GETFL).
    pub flags: OpenFlags,
    /// Where the next read or write goes.
    pub offset: u64,
    /// What it was opened as, for /proc/PID/fd; empty for what has no path.
    pub path: Arc<[u8]>,
    /// A directory's entries since the last rewind: offsets are indices into them.
    pub entries: Option<Arc<Vec<DirEntry>>>,
    /// FIOASYNC's and F_SETOWN's process: kept, not acted upon.
    pub owner: i32,
}

/// Kinds of files.
#[derive(Clone, Debug)]
pub enum FileKind {
    /// A standard stream of the host.
    Console(Stream),
    /// A file of the tree.
    Tree(uemu_vfs::File),
    /// The reading end of a pipe.
    PipeReader(Id<Pipe>),
    /// The writing end.
    PipeWriter(Id<Pipe>),
    /// A FIFO open for both.
    PipeBoth(Id<Pipe>),
    /// eventfd(2).
    Event(EventFd),
    /// epoll(7).
    Epoll(Epoll),
    /// A socket.
    Socket(Id<Socket>),
}

/// eventfd(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventFd {
    /// The counter.
    pub count: u64,
    /// EFD_SEMAPHORE.
    pub semaphore: bool,
    /// Events so far.
    pub edge: u64,
}

impl OpenFile {
    /// A description of this kind.
    pub fn new(kind: FileKind, flags: OpenFlags) -> OpenFile {
        OpenFile { kind, flags, offset: 0, path: Arc::from([]), entries: None, owner: 0 }
    }

    /// Whether calls fail with EAGAIN where they would wait.
    pub fn nonblocking(&self) -> bool {
        self.flags.contains(OpenFlags::NONBLOCK)
    }
}
