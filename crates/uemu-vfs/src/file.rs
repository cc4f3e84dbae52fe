//! Open files of the tree: open(2), and reading and writing at offsets.

use crate::attr::host_stat;
use crate::contents::{Contents, PAGE};
use crate::inode::{Body, Lower};
use crate::mount::place;
use crate::node::{Device, Node, ProcNode};
use crate::walk::Last;
use crate::{Cx, FsResult, InodeId, Vfs, proc};
use std::sync::Arc;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::stat::{S_IFIFO, S_IFSOCK, Stat};
use uemu_host::{Host, HostFile, OpenHow};
use uemu_mem::SharedObject;

/// What an open file reads from and writes to.
#[derive(Clone, Debug)]
pub enum Opened {
    /// An in-memory regular file (pinned).
    Mem(InodeId),
    /// A file the host has open.
    Host(HostFile),
    /// A text of procfs, as it was when opened.
    Text(Arc<[u8]>),
    /// A directory (pinned if in memory).
    Dir,
    /// A device.
    Device(Device),
    /// A FIFO: the kernel holds the pipe.
    Fifo(InodeId),
    /// A descriptor in /proc/PID/fd that is no file of the tree: the kernel opens it again.
    Descriptor(u32, i32),
    /// O_PATH.
    Path,
}

/// An open file of the tree.
#[derive(Clone, Debug)]
pub struct File {
    /// The file.
    pub node: Node,
    /// How it is open.
    pub opened: Opened,
}

impl Vfs {
    /// open(2): walks, creates, checks, cuts.
    pub fn open(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8], flags: OpenFlags, mode: u32) -> FsResult<File> {
        let creates = flags.contains(OpenFlags::CREAT) && !flags.contains(OpenFlags::PATH);
        if creates && flags.contains(OpenFlags::DIRECTORY) {
            return Err(Errno::EINVAL);
        }
        let exclusive = creates && flags.contains(OpenFlags::EXCL);
        let last = match (flags.contains(OpenFlags::NOFOLLOW), exclusive) {
            (_, true) => Last::Name,
            (true, _) if creates && path.last() == Some(&b'/') => Last::Name,
            (true, _) => Last::NoFollow,
            _ if creates => Last::Create,
            _ => Last::Follow,
        };
        let found = self.walk(cx, start, path, last)?;
        if creates && found.slash && !found.name.is_empty() {
            return Err(Errno::EISDIR);
        }
        let (node, new) = match found.node {
            Some(_) if exclusive => return Err(Errno::EEXIST),
            Some(node) => (node, false),
            None if creates => {
                let mode = mode & 0o7777 & !cx.umask;
                (self.create_file(cx, &found.parent, &found.name, mode)?, true)
            }
            None => return Err(Errno::ENOENT),
        };
        self.open_node(cx, node, flags, new)
    }

    /// Opens a node already found; `new` if this very call made it.
    pub fn open_node(&mut self, cx: &mut Cx<'_>, node: Node, flags: OpenFlags, new: bool) -> FsResult<File> {
        let is_dir = self.is_dir(cx, &node)?;
        if flags.contains(OpenFlags::DIRECTORY) && !is_dir {
            return Err(Errno::ENOTDIR);
        }
        if flags.contains(OpenFlags::PATH) {
            self.pin(&node);
            return Ok(File { node, opened: Opened::Path });
        }
        if self.is_link(cx, &node)? && !matches!(&node, Node::Proc(ProcNode::Fd(..))) {
            return Err(Errno::ELOOP);
        }
        if is_dir {
            if flags.writes() || flags.contains(OpenFlags::CREAT) {
                return Err(Errno::EISDIR);
            }
            self.pin(&node);
            return Ok(File { node, opened: Opened::Dir });
        }
        let opened = match &node {
            Node::Mem(id) => self.open_mem(cx, *id, flags)?,
            Node::Host { grant, path } => {
                let truncate = flags.contains(OpenFlags::TRUNC) && !new;
                if flags.writes() || truncate {
                    self.check_writable(*grant)?;
                }
                let how =
                    OpenHow { read: flags.reads(), write: flags.writes() || truncate, truncate, ..OpenHow::default() };
                match cx.host.open(place(*grant, path), how) {
                    // The file was made here with a mode that denies us; whoever makes a file may use it.
                    Err(Errno::EACCES) if new => return Err(Errno::EACCES),
                    other => {
                        let f = other?;
                        if truncate && let Some(object) = self.host_object(cx.host, f) {
                            object.set_len(0);
                        }
                        Opened::Host(f)
                    }
                }
            }
            Node::Proc(ProcNode::Fd(pid, fd)) => Opened::Descriptor(*pid, *fd),
            Node::Proc(p) => {
                if flags.writes() {
                    return Err(Errno::EACCES);
                }
                Opened::Text(proc::text(cx.proc, p)?.into())
            }
        };
        self.pin(&node);
        Ok(File { node, opened })
    }

    fn open_mem(&mut self, cx: &mut Cx<'_>, id: InodeId, flags: OpenFlags) -> FsResult<Opened> {
        let now = cx.now;
        match &self.inode(id)?.body {
            Body::File { lower, .. } => {
                let truncate = flags.contains(OpenFlags::TRUNC);
                match lower.clone() {
                    Some(l) if !flags.writes() && !truncate => {
                        let how = OpenHow { read: true, ..OpenHow::default() };
                        return Ok(Opened::Host(cx.host.open(place(l.grant, &l.path), how)?));
                    }
                    Some(_) => self.copy_up(cx, id, truncate)?,
                    None => {}
                }
                if truncate {
                    self.set_len_mem(id, 0, now)?;
                }
                Ok(Opened::Mem(id))
            }
            Body::Device(d) => Ok(Opened::Device(*d)),
            Body::Fifo => Ok(Opened::Fifo(id)),
            Body::Special(bits) if *bits == S_IFIFO || *bits == S_IFSOCK => Err(Errno::ENXIO),
            Body::Socket | Body::Special(_) => Err(Errno::ENXIO),
            Body::Dir(_) => Err(Errno::EISDIR),
            Body::Symlink(_) => Err(Errno::ELOOP),
        }
    }

    /// Gives a file of the layer below bytes of its own.
    pub(crate) fn copy_up(&mut self, cx: &mut Cx<'_>, id: InodeId, empty: bool) -> FsResult<()> {
        let Body::File { lower: Some(l), .. } = &self.inode(id)?.body else { return Ok(()) };
        let Lower { grant, path } = l.clone();
        let mut contents = Contents::default();
        if !empty {
            let file = cx.host.open(place(grant, &path), OpenHow { read: true, ..OpenHow::default() })?;
            let result = self.read_all(cx, file, &mut contents);
            cx.host.close(file);
            result?;
        }
        self.pages += contents.resident_pages();
        if let Body::File { contents: c, lower, .. } = &mut self.inode_mut(id)?.body {
            *c = contents;
            *lower = None;
        }
        Ok(())
    }

    fn read_all(&self, cx: &mut Cx<'_>, file: HostFile, into: &mut Contents) -> FsResult<()> {
        let mut buf = vec![0; 1 << 16];
        loop {
            let n = cx.host.read_at(file, into.len(), &mut buf)?;
            if n == 0 {
                return Ok(());
            }
            if (self.pages + into.resident_pages()) * PAGE as u64 + n as u64 > self.limits.bytes {
                return Err(Errno::ENOSPC);
            }
            into.write_at(into.len(), buf.get(..n).unwrap_or(&[]));
        }
    }

    /// Closes: what [`Vfs::open`] took is given back.
    pub fn close(&mut self, host: &mut dyn Host, file: &File) {
        if let Opened::Host(f) = file.opened {
            host.close(f);
        }
        self.unpin(&file.node);
    }

    /// pread(2). Devices ignore the offset; random ones are the kernel's ([`Opened::Device`]).
    pub fn read_at(&mut self, cx: &mut Cx<'_>, file: &File, offset: u64, buf: &mut [u8]) -> FsResult<usize> {
        match &file.opened {
            Opened::Mem(id) => {
                let now = cx.now;
                let i = self.inode_mut(*id)?;
                // relatime: the access time moves when it would tell something new.
                if i.atime <= i.mtime {
                    i.atime = now;
                }
                match &i.body {
                    Body::File { contents, .. } => Ok(contents.read_at(offset, buf)),
                    _ => Err(Errno::EINVAL),
                }
            }
            Opened::Host(f) => match self.host_object(cx.host, *f) {
                Some(object) => Ok(object.read_at(offset, buf)),
                None => cx.host.read_at(*f, offset, buf),
            },
            Opened::Text(text) => {
                let rest = usize::try_from(offset).ok().and_then(|o| text.get(o..)).unwrap_or(&[]);
                let n = rest.len().min(buf.len());
                if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
                    to.copy_from_slice(from);
                }
                Ok(n)
            }
            Opened::Dir => Err(Errno::EISDIR),
            Opened::Device(Device::Null) => Ok(0),
            Opened::Device(Device::Zero | Device::Full) => {
                buf.fill(0);
                Ok(buf.len())
            }
            Opened::Path => Err(Errno::EBADF),
            Opened::Device(_) | Opened::Fifo(_) | Opened::Descriptor(..) => Err(Errno::EINVAL),
        }
    }

    /// pwrite(2); `append` writes at the end. Gives the count and the offset after it.
    pub fn write_at(
        &mut self,
        cx: &mut Cx<'_>,
        file: &File,
        offset: u64,
        append: bool,
        bytes: &[u8],
    ) -> FsResult<(usize, u64)> {
        match &file.opened {
            Opened::Mem(id) => {
                let (limit, pages, now) = (self.limits.bytes, self.pages, cx.now);
                let i = self.inode_mut(*id)?;
                let Body::File { contents, .. } = &mut i.body else { return Err(Errno::EINVAL) };
                let at = if append { contents.len() } else { offset };
                if at > i64::MAX as u64 {
                    return Err(Errno::EINVAL);
                }
                let free = (limit / PAGE as u64).saturating_sub(pages);
                let n = contents.affordable(at, bytes.len(), free);
                if n == 0 && !bytes.is_empty() {
                    return Err(Errno::ENOSPC);
                }
                let before = contents.resident_pages();
                let n = contents.write_at(at, bytes.get(..n).unwrap_or(&[]));
                if n == 0 && !bytes.is_empty() {
                    return Err(Errno::EFBIG);
                }
                let after = contents.resident_pages();
                (i.mtime, i.ctime) = (now, now);
                self.pages = (pages + after).saturating_sub(before);
                Ok((n, at + n as u64))
            }
            Opened::Host(f) => {
                let at = if append { cx.host.file_stat(*f)?.size } else { offset };
                let n = cx.host.write_at(*f, at, bytes)?;
                if let Some(object) = self.host_object(cx.host, *f) {
                    object.write_at(at, bytes.get(..n).unwrap_or_default());
                }
                Ok((n, at.saturating_add(n as u64)))
            }
            Opened::Device(Device::Null | Device::Zero | Device::Random) => Ok((bytes.len(), offset)),
            Opened::Device(Device::Full) => Err(Errno::ENOSPC),
            Opened::Dir | Opened::Path | Opened::Text(_) => Err(Errno::EBADF),
            Opened::Device(Device::Tty) | Opened::Fifo(_) | Opened::Descriptor(..) => Err(Errno::EINVAL),
        }
    }

    /// fstat(2).
    pub fn file_stat(&self, cx: &mut Cx<'_>, file: &File) -> FsResult<Stat> {
        match (&file.opened, &file.node) {
            (Opened::Host(f), Node::Host { grant, .. }) => Ok(host_stat(*grant, cx.host.file_stat(*f)?)),
            _ => self.stat(cx, &file.node),
        }
    }

    fn set_len_mem(&mut self, id: InodeId, len: u64, now: i64) -> FsResult<()> {
        let i = self.inode_mut(id)?;
        let Body::File { contents, .. } = &mut i.body else { return Err(Errno::EINVAL) };
        let before = contents.resident_pages();
        contents.set_len(len);
        let after = contents.resident_pages();
        (i.mtime, i.ctime) = (now, now);
        self.pages = (self.pages + after).saturating_sub(before);
        Ok(())
    }

    /// ftruncate(2).
    pub fn set_len(&mut self, cx: &mut Cx<'_>, file: &File, len: u64) -> FsResult<()> {
        if len > i64::MAX as u64 {
            return Err(Errno::EINVAL);
        }
        match &file.opened {
            Opened::Mem(id) => self.set_len_mem(*id, len, cx.now),
            Opened::Host(f) => {
                cx.host.set_len(*f, len)?;
                if let Some(object) = self.host_object(cx.host, *f) {
                    object.set_len(len);
                }
                Ok(())
            }
            Opened::Path => Err(Errno::EBADF),
            _ => Err(Errno::EINVAL),
        }
    }

    /// fallocate(2) with FALLOC_FL_PUNCH_HOLE: the range reads as zeros.
    pub fn punch(&mut self, cx: &mut Cx<'_>, file: &File, offset: u64, len: u64) -> FsResult<()> {
        let Opened::Mem(id) = &file.opened else { return Err(Errno::EOPNOTSUPP) };
        let now = cx.now;
        let i = self.inode_mut(*id)?;
        let Body::File { contents, .. } = &mut i.body else { return Err(Errno::EINVAL) };
        let before = contents.resident_pages();
        if !contents.zero(offset, len) {
            return Err(Errno::EOPNOTSUPP);
        }
        let after = contents.resident_pages();
        (i.mtime, i.ctime) = (now, now);
        self.pages = (self.pages + after).saturating_sub(before);
        Ok(())
    }

    /// fsync(2).
    pub fn sync(&mut self, cx: &mut Cx<'_>, file: &File) -> FsResult<()> {
        match &file.opened {
            Opened::Host(f) => cx.host.sync(*f),
            Opened::Path => Err(Errno::EBADF),
            Opened::Mem(_) | Opened::Dir | Opened::Text(_) => Ok(()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// All bytes of a regular file, for execve(2) and private mappings: at most `most` (ENOMEM beyond).
    pub fn bytes(&mut self, cx: &mut Cx<'_>, file: &File, most: u64) -> FsResult<Arc<[u8]>> {
        let len = match &file.opened {
            Opened::Mem(_) | Opened::Host(_) => match &file.opened {
                Opened::Host(f) => cx.host.file_stat(*f)?.size,
                _ => self.file_stat(cx, file)?.size,
            },
            Opened::Text(t) => return Ok(t.clone()),
            _ => return Err(Errno::ENODEV),
        };
        if len > most {
            return Err(Errno::ENOMEM);
        }
        let mut out = vec![0; usize::try_from(len).map_err(|_| Errno::ENOMEM)?];
        let n = self.read_at(cx, file, 0, &mut out)?;
        out.truncate(n);
        Ok(out.into())
    }

    /// The object behind an in-memory file.
    pub(crate) fn share_mem(&mut self, id: InodeId) -> FsResult<SharedObject> {
        match &mut self.inode_mut(id)?.body {
            Body::File { contents, .. } => Ok(contents.share()),
            _ => Err(Errno::ENODEV),
        }
    }
}
