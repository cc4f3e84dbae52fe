//! Descriptors and open files.
//!
//! [`Files`] holds what processes share by id: descriptor tables, open file descriptions, pipes, sockets, and the tree
//! they live in. What the rest of the kernel asks of it: [`Files::console_table`], [`Files::copy_table`],
//! [`Files::share_table`], [`Files::release_table`], [`Files::close_on_exec`], [`Files::get`], [`Files::ready`].

mod access;
mod context;
pub mod epoll;
pub mod lock;
mod open;
pub mod pipe;
mod ready;
pub mod socket;
mod table;

pub use context::FsContext;
pub use open::{EventFd, FileId, FileKind, OpenFile};
pub use table::{Descriptor, FdTable};

use crate::arena::{Arena, Id};
use pipe::Pipe;
use socket::Socket;
use std::collections::BTreeMap;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_host::{ConsoleKind, Host, Stream};
use uemu_vfs::{InodeId, Limits, Vfs};

/// Open file descriptions in the machine (ENFILE).
const MAX_OPEN: usize = 1 << 18;

/// All descriptor tables and open files of the machine, and its file system.
#[derive(Clone, Debug)]
pub struct Files {
    /// The file system.
    pub vfs: Vfs,
    pub(crate) tables: Arena<FdTable>,
    pub(crate) open: Arena<OpenFile>,
    pub(crate) pipes: Arena<Pipe>,
    pub(crate) sockets: Arena<Socket>,
    /// The pipes of FIFOs that are open.
    pub(crate) fifos: BTreeMap<InodeId, Id<Pipe>>,
    pub(crate) locks: lock::Locks,
    /// The terminal's foreground process group, once one was set.
    pub(crate) foreground: Option<crate::process::Pid>,
}

impl Default for Files {
    /// No files, and an empty root directory: see [`Vfs::new`] for one that has /dev and /proc.
    fn default() -> Files {
        Files {
            vfs: Vfs::empty(Limits::default(), 0),
            tables: Arena::default(),
            open: Arena::default(),
            pipes: Arena::default(),
            sockets: Arena::default(),
            fifos: BTreeMap::new(),
            locks: lock::Locks::default(),
            foreground: None,
        }
    }
}

impl Files {
    /// A table with the standard streams at 0, 1 and 2. On a terminal all three are one description, open for both
    /// directions, as a login shell leaves them.
    pub fn console_table(&mut self) -> Id<FdTable> {
        let slots =
            [(Stream::In, OpenFlags::empty()), (Stream::Out, OpenFlags::WRONLY), (Stream::Err, OpenFlags::WRONLY)].map(
                |(s, flags)| {
                    Some(Descriptor { file: self.open.add(OpenFile::new(FileKind::Console(s), flags)), cloexec: false })
                },
            );
        self.tables.add(FdTable { slots: slots.to_vec() })
    }

    /// Gives the standard streams of a table the access modes and paths that fit what the host has there.
    pub fn describe_console(&mut self, table: Id<FdTable>, host: &mut dyn Host) {
        for fd in 0..3 {
            let Ok(id) = self.get(table, fd) else { continue };
            let Some(file) = self.open.get_mut(id) else { continue };
            if let FileKind::Console(stream) = file.kind
                && host.console_kind(stream) == ConsoleKind::Terminal
            {
                file.flags = OpenFlags::RDWR;
                file.path = (*b"/dev/tty").into();
            }
        }
    }

    /// fork(2): a table of its own that refers to the same files.
    pub fn copy_table(&mut self, id: Id<FdTable>) -> Id<FdTable> {
        let table = self.tables.get(id).cloned().unwrap_or_default();
        for d in table.slots.iter().flatten() {
            self.open.share(d.file);
        }
        self.tables.add(table)
    }

    /// CLONE_FILES: one more task uses the table.
    pub fn share_table(&mut self, id: Id<FdTable>) -> Id<FdTable> {
        self.tables.share(id)
    }

    /// How many tasks use the table.
    pub fn table_users(&self, id: Id<FdTable>) -> u32 {
        self.tables.users(id)
    }

    /// A task that used the table is gone; the last one closes its files.
    pub fn release_table(&mut self, id: Id<FdTable>, host: &mut dyn Host) {
        if let Some(table) = self.tables.release(id) {
            for d in table.slots.into_iter().flatten() {
                self.close_file(d.file, host);
            }
        }
    }

    /// execve(2): closes what is marked.
    pub fn close_on_exec(&mut self, id: Id<FdTable>, host: &mut dyn Host) {
        let Some(table) = self.tables.get_mut(id) else { return };
        let closed: Vec<FileId> =
            table.slots.iter_mut().filter_map(|s| s.take_if(|d| d.cloexec).map(|d| d.file)).collect();
        for file in closed {
            self.close_file(file, host);
        }
    }

    /// The open file behind a descriptor.
    pub fn get(&self, table: Id<FdTable>, fd: i32) -> Result<FileId, Errno> {
        Ok(self.table(table)?.get(fd)?.file)
    }

    /// The table.
    pub fn table(&self, id: Id<FdTable>) -> Result<&FdTable, Errno> {
        self.tables.get(id).ok_or(Errno::EBADF)
    }

    /// The table.
    pub fn table_mut(&mut self, id: Id<FdTable>) -> Result<&mut FdTable, Errno> {
        self.tables.get_mut(id).ok_or(Errno::EBADF)
    }

    /// The open file.
    pub fn open_file(&self, file: FileId) -> Option<&OpenFile> {
        self.open.get(file)
    }

    /// The open file; EBADF.
    pub fn file(&self, file: FileId) -> Result<&OpenFile, Errno> {
        self.open.get(file).ok_or(Errno::EBADF)
    }

    /// The open file; EBADF.
    pub fn file_mut(&mut self, file: FileId) -> Result<&mut OpenFile, Errno> {
        self.open.get_mut(file).ok_or(Errno::EBADF)
    }

    /// Adds an open file at the lowest free descriptor. On EMFILE or ENFILE the file is closed again.
    pub fn install(
        &mut self,
        table: Id<FdTable>,
        file: OpenFile,
        limit: u32,
        host: &mut dyn Host,
    ) -> Result<i32, Errno> {
        let cloexec = file.flags.contains(OpenFlags::CLOEXEC);
        let fd = match self.table(table).and_then(|t| t.free_from(0, limit)) {
            Ok(_) if self.open.len() >= MAX_OPEN => Err(Errno::ENFILE),
            other => other,
        };
        let id = self.add(file);
        match fd {
            Ok(fd) => {
                self.table_mut(table)?.put(fd, Descriptor { file: id, cloexec });
                Ok(fd)
            }
            Err(e) => {
                self.close_file(id, host);
                Err(e)
            }
        }
    }

    /// Adds an open file description, counting it at the pipe it is an end of.
    pub fn add(&mut self, mut file: OpenFile) -> FileId {
        // O_CLOEXEC is the descriptor's, the others are of the opening only.
        file.flags
            .remove(OpenFlags::CLOEXEC | OpenFlags::CREAT | OpenFlags::EXCL | OpenFlags::TRUNC | OpenFlags::NOCTTY);
        let (reads, writes) = ends(&file.kind);
        if let Some(p) = pipe_of(&file.kind).and_then(|p| self.pipes.get_mut(p)) {
            p.readers += u32::from(reads);
            p.writers += u32::from(writes);
            p.edge += 1;
        }
        self.open.add(file)
    }

    /// close(2).
    pub fn close(&mut self, table: Id<FdTable>, fd: i32, host: &mut dyn Host) -> Result<(), Errno> {
        let d = self.table_mut(table)?.take(fd).ok_or(Errno::EBADF)?;
        self.close_file(d.file, host);
        Ok(())
    }

    /// One user of a description less; the last one ends it.
    pub fn close_file(&mut self, id: FileId, host: &mut dyn Host) {
        // Closing a socket may close what lies undelivered in it, and so on: a list, not recursion.
        let mut closing = vec![id];
        while let Some(id) = closing.pop() {
            let Some(file) = self.open.release(id) else { continue };
            self.locks.drop_description(id);
            let (reads, writes) = ends(&file.kind);
            match &file.kind {
                FileKind::Tree(f) => self.vfs.close(host, f),
                FileKind::PipeReader(p) | FileKind::PipeWriter(p) | FileKind::PipeBoth(p) => {
                    if let Some(pipe) = self.pipes.get_mut(*p) {
                        pipe.readers -= u32::from(reads);
                        pipe.writers -= u32::from(writes);
                        pipe.edge += 1;
                    }
                    self.drop_idle(*p);
                }
                FileKind::Socket(s) => {
                    let Some(socket) = self.sockets.release(*s) else { continue };
                    if let Some(peer) = socket.peer.and_then(|p| self.sockets.get_mut(p)) {
                        peer.peer_done = true;
                        peer.peer_deaf = true;
                        peer.peer = None;
                        peer.edge += 1;
                    }
                    closing.extend(socket.inbox.into_iter().flat_map(|m| m.files));
                }
                FileKind::Console(_) | FileKind::Event(_) | FileKind::Epoll(_) => {}
            }
        }
    }
}

/// Which ends of a pipe a file is.
fn ends(kind: &FileKind) -> (bool, bool) {
    match kind {
        FileKind::PipeReader(_) => (true, false),
        FileKind::PipeWriter(_) => (false, true),
        FileKind::PipeBoth(_) => (true, true),
        _ => (false, false),
    }
}

/// The pipe a file is an end of.
pub(crate) fn pipe_of(kind: &FileKind) -> Option<Id<Pipe>> {
    match kind {
        FileKind::PipeReader(p) | FileKind::PipeWriter(p) | FileKind::PipeBoth(p) => Some(*p),
        _ => None,
    }
}
