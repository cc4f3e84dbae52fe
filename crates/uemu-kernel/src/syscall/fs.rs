//! Paths: open(2), stat(2), and what makes, removes and changes names.

use super::args::{DirFd, Fd, StatFsOut, UserBufMut, UserPath};
use super::fd::install;
use super::fsargs::{
    AccessFlags, AccessMode, AtFlags, CreateMode, CwdOut, DeviceArg, DirBuf, FileMode, OpenFlagsArg, RenameFlags,
    StatOut, StatxFlags, StatxMask, StatxOut, UnlinkFlags,
};
use crate::context::TaskCtx;
use crate::fd::{FileId, FileKind, OpenFile, pipe_of};
use crate::stop::SysResult;
use std::sync::Arc;
use uemu_abi::Errno;
use uemu_abi::fcntl::*;
use uemu_abi::stat::*;
use uemu_host::{ConsoleKind, Stream};
use uemu_mem::GuestAddr;
use uemu_vfs::{Device, Node, Opened};

const CWD: DirFd = DirFd(AT_FDCWD);

/// Opens a path for the kernel's own use or open(2)'s.
pub(crate) fn open_path(
    t: &mut TaskCtx<'_>,
    dirfd: i32,
    path: &[u8],
    flags: OpenFlags,
    mode: u32,
) -> SysResult<OpenFile> {
    let start = t.start(dirfd, path)?;
    if flags.contains(OpenFlags::TMPFILE_ONLY) {
        return Err(Errno::EOPNOTSUPP.into());
    }
    let file = t.with_fs(|vfs, cx| vfs.open(cx, &start, path, flags, mode))?;
    match file.opened {
        Opened::Descriptor(pid, fd) => {
            t.k.files.vfs.close(t.host, &file);
            reopen(t, pid, fd, flags)
        }
        Opened::Fifo(_) => super::fifo::open(t, file, flags),
        Opened::Device(Device::Tty) if t.host.console_kind(Stream::In) != ConsoleKind::Terminal => {
            t.k.files.vfs.close(t.host, &file);
            Err(Errno::ENXIO.into())
        }
        _ => {
            let path: Arc<[u8]> = path_of_opened(t, &start, path, &file.node).into();
            let mut open = OpenFile::new(FileKind::Tree(file), flags);
            open.path = path;
            Ok(open)
        }
    }
}

/// What /proc/PID/fd says: the path of the directory it was found in and its name.
fn path_of_opened(t: &TaskCtx<'_>, start: &Node, path: &[u8], node: &Node) -> Vec<u8> {
    // An in-memory file does not know its names: the path given serves if it is absolute and plain.
    let plain = path.first() == Some(&b'/') && !path.split(|&b| b == b'/').any(|c| c == b".." || c == b".");
    if plain && !matches!(node, Node::Host { .. }) && !path.contains(&b'\0') && !path.windows(2).any(|w| w == b"//") {
        return path.to_vec();
    }
    let vfs = &t.k.files.vfs;
    if !path.contains(&b'/') && path != b"." && path != b".." {
        let mut full = vfs.path_of(start);
        if full.last() != Some(&b'/') {
            full.push(b'/');
        }
        full.extend_from_slice(path);
        return full;
    }
    vfs.path_of(node)
}

/// Opens what another descriptor refers to, through /proc/PID/fd: pipes and the console; sockets cannot be.
fn reopen(t: &mut TaskCtx<'_>, pid: u32, fd: i32, flags: OpenFlags) -> SysResult<OpenFile> {
    let table = t.k.tasks.get(&crate::task::Tid(pid)).ok_or(Errno::ENOENT)?.fds;
    let id = t.k.files.get(table, fd).map_err(|_| Errno::ENOENT)?;
    let file = t.k.files.file(id)?;
    let kind = match &file.kind {
        FileKind::Console(s) => FileKind::Console(*s),
        kind => match (pipe_of(kind), flags.reads(), flags.writes()) {
            (Some(p), true, true) => FileKind::PipeBoth(p),
            (Some(p), _, true) => FileKind::PipeWriter(p),
            (Some(p), _, _) => FileKind::PipeReader(p),
            (None, ..) => return Err(Errno::ENXIO.into()),
        },
    };
    let path = file.path.clone();
    let mut open = OpenFile::new(kind, flags);
    open.path = path;
    Ok(open)
}

/// open(2)
pub fn open(t: &mut TaskCtx<'_>, pathname: UserPath, flags: OpenFlagsArg, mode: CreateMode) -> SysResult<Fd> {
    openat(t, CWD, pathname, flags, mode)
}

/// creat(2)
pub fn creat(t: &mut TaskCtx<'_>, pathname: UserPath, mode: CreateMode) -> SysResult<Fd> {
    let flags = OpenFlags::CREAT | OpenFlags::WRONLY | OpenFlags::TRUNC;
    openat(t, CWD, pathname, OpenFlagsArg(flags.bits()), mode)
}

/// openat(2)
pub fn openat(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    flags: OpenFlagsArg,
    mode: CreateMode,
) -> SysResult<Fd> {
    let path = pathname.read(t)?;
    // EMFILE before anything is made.
    let (table, limit) = (t.fd_table(), t.fd_limit());
    t.k.files.table(table)?.free_from(0, limit)?;
    let file = open_path(t, dirfd.0, &path, flags.flags(), mode.0)?;
    install(t, file)
}

/// The file system's view of an open file that is none of its own.
fn pseudo_stat(t: &mut TaskCtx<'_>, file: FileId) -> SysResult<Stat> {
    let open = t.k.files.file(file)?;
    let now = 0;
    let base = Stat { nlink: 1, blksize: 4096, atime: now, mtime: now, ctime: now, ..Stat::default() };
    let pipe_dev = makedev(0, 13);
    Ok(match &open.kind {
        FileKind::Console(s) => {
            let s = *s;
            match t.host.console_kind(s) {
                ConsoleKind::Terminal => Stat {
                    dev: makedev(0, 24),
                    ino: 3,
                    mode: S_IFCHR | 0o620,
                    rdev: makedev(136, 0),
                    blksize: 1024,
                    ..base
                },
                ConsoleKind::File => Stat {
                    dev: makedev(0, 30),
                    ino: 10 + s as u64,
                    mode: S_IFREG | 0o644,
                    size: console_size(t, s),
                    ..base
                },
                ConsoleKind::Null => {
                    Stat { dev: makedev(0, 5), ino: 4, mode: S_IFCHR | 0o666, rdev: makedev(1, 3), ..base }
                }
                _ => Stat { dev: pipe_dev, ino: 1 + s as u64, mode: S_IFIFO | 0o600, ..base },
            }
        }
        FileKind::PipeReader(p) | FileKind::PipeWriter(p) | FileKind::PipeBoth(p) => {
            Stat { dev: pipe_dev, ino: u64::from(p.number()) + 1000, mode: S_IFIFO | 0o600, ..base }
        }
        FileKind::Socket(s) => {
            Stat { dev: makedev(0, 8), ino: u64::from(s.number()) + 100_000, mode: S_IFSOCK | 0o777, ..base }
        }
        FileKind::Event(_) | FileKind::Epoll(_) => Stat { dev: makedev(0, 14), ino: 1, mode: 0o600, ..base },
        FileKind::Tree(f) => {
            let f = f.clone();
            return t.with_fs(|vfs, cx| vfs.file_stat(cx, &f));
        }
    })
}

/// The size of a redirected regular file, by seeking to its end and back.
fn console_size(t: &mut TaskCtx<'_>, s: Stream) -> u64 {
    use uemu_host::SeekFrom;
    let Ok(here) = t.host.console_seek(s, SeekFrom::Current(0)) else { return 0 };
    let size = t.host.console_seek(s, SeekFrom::End(0)).unwrap_or(0);
    // What was possible before is possible again.
    let _ = t.host.console_seek(s, SeekFrom::Start(here));
    size
}

/// The node a path (or, with AT_EMPTY_PATH, a descriptor) names; a descriptor without a node as its file.
enum Named {
    Node(Node),
    File(FileId),
}

fn named(t: &mut TaskCtx<'_>, dirfd: DirFd, path: &[u8], flags: u32) -> SysResult<Named> {
    if path.is_empty() && flags & AT_EMPTY_PATH != 0 {
        if dirfd.0 == AT_FDCWD {
            return Ok(Named::Node(t.fs_context()?.cwd.clone()));
        }
        return Ok(Named::File(t.file(dirfd.0)?));
    }
    let start = t.start(dirfd.0, path)?;
    let node = t.with_fs(|vfs, cx| vfs.resolve(cx, &start, path, flags & AT_SYMLINK_NOFOLLOW == 0))?;
    if let Node::Proc(uemu_vfs::ProcNode::Fd(pid, fd)) = &node
        && flags & AT_SYMLINK_NOFOLLOW == 0
    {
        // A descriptor that is no file of the tree: the pipe or console itself.
        let table = t.k.tasks.get(&crate::task::Tid(*pid)).ok_or(Errno::ENOENT)?.fds;
        return Ok(Named::File(t.k.files.get(table, *fd).map_err(|_| Errno::ENOENT)?));
    }
    Ok(Named::Node(node))
}

fn stat_named(t: &mut TaskCtx<'_>, dirfd: DirFd, path: &[u8], flags: u32) -> SysResult<Stat> {
    match named(t, dirfd, path, flags)? {
        Named::Node(node) => t.with_fs(|vfs, cx| vfs.stat(cx, &node)),
        Named::File(file) => pseudo_stat(t, file),
    }
}

/// stat(2)
pub fn stat(t: &mut TaskCtx<'_>, pathname: UserPath, statbuf: StatOut) -> SysResult<()> {
    newfstatat(t, CWD, pathname, statbuf, AtFlags(0))
}

/// lstat(2)
pub fn lstat(t: &mut TaskCtx<'_>, pathname: UserPath, statbuf: StatOut) -> SysResult<()> {
    newfstatat(t, CWD, pathname, statbuf, AtFlags(AT_SYMLINK_NOFOLLOW))
}

/// fstat(2)
pub fn fstat(t: &mut TaskCtx<'_>, fd: Fd, statbuf: StatOut) -> SysResult<()> {
    let file = t.file(fd.0)?;
    let s = pseudo_stat(t, file)?;
    statbuf.write(t, &s)
}

/// fstatat(2)
pub fn newfstatat(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    statbuf: StatOut,
    flags: AtFlags,
) -> SysResult<()> {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = path_or_empty(t, pathname, flags.0)?;
    let s = stat_named(t, dirfd, &path, flags.0)?;
    statbuf.write(t, &s)
}

/// With AT_EMPTY_PATH a null pointer is an empty path (Linux 6.11).
fn path_or_empty(t: &mut TaskCtx<'_>, path: UserPath, flags: u32) -> SysResult<Vec<u8>> {
    if flags & AT_EMPTY_PATH != 0 && path.0 == GuestAddr::NULL {
        return Ok(Vec::new());
    }
    path.read(t)
}

/// statx(2)
pub fn statx(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    flags: StatxFlags,
    mask: StatxMask,
    statxbuf: StatxOut,
) -> SysResult<()> {
    let known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;
    if mask.0 & STATX_RESERVED != 0 || flags.0 & !known != 0 || flags.0 & AT_STATX_SYNC_TYPE == AT_STATX_SYNC_TYPE {
        return Err(Errno::EINVAL.into());
    }
    let path = path_or_empty(t, pathname, flags.0)?;
    let s = stat_named(t, dirfd, &path, flags.0)?;
    Ok(t.mem.write(statxbuf.0, &s.to_statx())?)
}

/// access(2)
pub fn access(t: &mut TaskCtx<'_>, pathname: UserPath, mode: AccessMode) -> SysResult<()> {
    faccessat2(t, CWD, pathname, mode, AccessFlags(0))
}

/// faccessat(2) as the kernel has it: without flags.
pub fn faccessat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, mode: AccessMode) -> SysResult<()> {
    faccessat2(t, dirfd, pathname, mode, AccessFlags(0))
}

/// faccessat2(2)
pub fn faccessat2(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    mode: AccessMode,
    flags: AccessFlags,
) -> SysResult<()> {
    if mode.0 & !7 != 0 || flags.0 & !(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = path_or_empty(t, pathname, flags.0)?;
    match named(t, dirfd, &path, flags.0)? {
        Named::Node(node) => t.with_fs(|vfs, cx| vfs.access(cx, &node, mode.0)),
        Named::File(file) => match &t.k.files.file(file)?.kind {
            FileKind::Tree(f) => {
                let node = f.node.clone();
                t.with_fs(|vfs, cx| vfs.access(cx, &node, mode.0))
            }
            _ if mode.0 & 1 != 0 => Err(Errno::EACCES.into()),
            _ => Ok(()),
        },
    }
}

/// readlink(2)
pub fn readlink(t: &mut TaskCtx<'_>, pathname: UserPath, buf: UserBufMut) -> SysResult<usize> {
    readlinkat(t, CWD, pathname, buf)
}

/// readlinkat(2); an empty path names a link opened with O_PATH and O_NOFOLLOW.
pub fn readlinkat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, buf: UserBufMut) -> SysResult<usize> {
    let size = buf.len as i32;
    if size <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = pathname.read(t)?;
    let start = t.start(dirfd.0, &path)?;
    let target = if path.is_empty() && dirfd.0 != AT_FDCWD {
        t.with_fs(|vfs, cx| vfs.read_link(cx, &start)).map_err(|_| Errno::ENOENT)?
    } else {
        t.with_fs(|vfs, cx| {
            let node = vfs.resolve(cx, &start, &path, false)?;
            vfs.read_link(cx, &node)
        })?
    };
    let n = target.len().min(size as usize);
    t.mem.write(buf.addr, target.get(..n).unwrap_or_default())?;
    Ok(n)
}

/// getcwd(2): with the NUL. ERANGE if it does not fit, ENOENT if the directory was removed.
pub fn getcwd(t: &mut TaskCtx<'_>, buf: CwdOut) -> SysResult<usize> {
    let cwd = t.fs_context()?.cwd.clone();
    t.with_fs(|vfs, cx| vfs.stat(cx, &cwd))?;
    let mut path = t.k.files.vfs.path_of(&cwd);
    path.push(0);
    if (path.len() as u64) > buf.len {
        return Err(Errno::ERANGE.into());
    }
    t.mem.write(buf.addr, &path)?;
    Ok(path.len())
}

fn enter(t: &mut TaskCtx<'_>, node: Node) -> SysResult<()> {
    if !t.with_fs(|vfs, cx| vfs.is_dir(cx, &node))? {
        return Err(Errno::ENOTDIR.into());
    }
    t.fs_context()?.cwd = node;
    Ok(())
}

/// chdir(2)
pub fn chdir(t: &mut TaskCtx<'_>, path: UserPath) -> SysResult<()> {
    let path = path.read(t)?;
    let start = t.start(AT_FDCWD, &path)?;
    let node = t.with_fs(|vfs, cx| vfs.resolve(cx, &start, &path, true))?;
    enter(t, node)
}

/// fchdir(2)
pub fn fchdir(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<()> {
    let file = t.file(fd.0)?;
    let FileKind::Tree(f) = &t.k.files.file(file)?.kind else { return Err(Errno::ENOTDIR.into()) };
    let node = f.node.clone();
    enter(t, node)
}

/// unlink(2)
pub fn unlink(t: &mut TaskCtx<'_>, pathname: UserPath) -> SysResult<()> {
    unlinkat(t, CWD, pathname, UnlinkFlags(0))
}

/// rmdir(2)
pub fn rmdir(t: &mut TaskCtx<'_>, pathname: UserPath) -> SysResult<()> {
    unlinkat(t, CWD, pathname, UnlinkFlags(AT_REMOVEDIR))
}

/// unlinkat(2)
pub fn unlinkat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, flags: UnlinkFlags) -> SysResult<()> {
    if flags.0 & !AT_REMOVEDIR != 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = pathname.read(t)?;
    let start = t.start(dirfd.0, &path)?;
    t.with_fs(|vfs, cx| if flags.0 != 0 { vfs.rmdir(cx, &start, &path) } else { vfs.unlink(cx, &start, &path) })
}

/// mkdir(2)
pub fn mkdir(t: &mut TaskCtx<'_>, pathname: UserPath, mode: CreateMode) -> SysResult<()> {
    mkdirat(t, CWD, pathname, mode)
}

/// mkdirat(2)
pub fn mkdirat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, mode: CreateMode) -> SysResult<()> {
    let path = pathname.read(t)?;
    let start = t.start(dirfd.0, &path)?;
    t.with_fs(|vfs, cx| vfs.mkdir(cx, &start, &path, mode.0))
}

/// mknod(2)
pub fn mknod(t: &mut TaskCtx<'_>, pathname: UserPath, mode: FileMode, dev: DeviceArg) -> SysResult<()> {
    mknodat(t, CWD, pathname, mode, dev)
}

/// mknodat(2)
pub fn mknodat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, mode: FileMode, dev: DeviceArg) -> SysResult<()> {
    let path = pathname.read(t)?;
    let start = t.start(dirfd.0, &path)?;
    t.with_fs(|vfs, cx| vfs.mknod(cx, &start, &path, mode.0, dev.0).map(drop))
}

/// rename(2)
pub fn rename(t: &mut TaskCtx<'_>, oldpath: UserPath, newpath: UserPath) -> SysResult<()> {
    renameat2(t, CWD, oldpath, CWD, newpath, RenameFlags(0))
}

/// renameat(2)
pub fn renameat(
    t: &mut TaskCtx<'_>,
    olddirfd: DirFd,
    oldpath: UserPath,
    newdirfd: DirFd,
    newpath: UserPath,
) -> SysResult<()> {
    renameat2(t, olddirfd, oldpath, newdirfd, newpath, RenameFlags(0))
}

/// renameat2(2)
pub fn renameat2(
    t: &mut TaskCtx<'_>,
    olddirfd: DirFd,
    oldpath: UserPath,
    newdirfd: DirFd,
    newpath: UserPath,
    flags: RenameFlags,
) -> SysResult<()> {
    let (old, new) = (oldpath.read(t)?, newpath.read(t)?);
    let (a, b) = (t.start(olddirfd.0, &old)?, t.start(newdirfd.0, &new)?);
    if let Some(moved) = t.with_fs(|vfs, cx| vfs.rename(cx, &a, &old, &b, &new, flags.0))? {
        for (_, open) in t.k.files.open.iter_mut() {
            if let FileKind::Tree(f) = &mut open.kind {
                moved.follow(&mut f.node);
            }
        }
        for (_, context) in t.k.fs.iter_mut() {
            moved.follow(&mut context.cwd);
        }
    }
    Ok(())
}

/// link(2)
pub fn link(t: &mut TaskCtx<'_>, oldpath: UserPath, newpath: UserPath) -> SysResult<()> {
    linkat(t, CWD, oldpath, CWD, newpath, AtFlags(0))
}

/// linkat(2)
pub fn linkat(
    t: &mut TaskCtx<'_>,
    olddirfd: DirFd,
    oldpath: UserPath,
    newdirfd: DirFd,
    newpath: UserPath,
    flags: AtFlags,
) -> SysResult<()> {
    if flags.0 & !(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let (old, new) = (oldpath.read(t)?, newpath.read(t)?);
    let follow = if flags.0 & AT_SYMLINK_FOLLOW != 0 { 0 } else { AT_SYMLINK_NOFOLLOW };
    let node = match named(t, olddirfd, &old, follow | (flags.0 & AT_EMPTY_PATH))? {
        Named::Node(n) => n,
        Named::File(f) => match &t.k.files.file(f)?.kind {
            FileKind::Tree(f) => f.node.clone(),
            _ => return Err(Errno::EXDEV.into()),
        },
    };
    let start = t.start(newdirfd.0, &new)?;
    t.with_fs(|vfs, cx| vfs.link(cx, &node, &start, &new))
}

/// symlink(2)
pub fn symlink(t: &mut TaskCtx<'_>, target: UserPath, linkpath: UserPath) -> SysResult<()> {
    symlinkat(t, target, CWD, linkpath)
}

/// symlinkat(2)
pub fn symlinkat(t: &mut TaskCtx<'_>, target: UserPath, newdirfd: DirFd, linkpath: UserPath) -> SysResult<()> {
    let (target, path) = (target.read(t)?, linkpath.read(t)?);
    let start = t.start(newdirfd.0, &path)?;
    t.with_fs(|vfs, cx| vfs.symlink(cx, &target, &start, &path))
}

/// umask(2)
pub fn umask(t: &mut TaskCtx<'_>, mask: CreateMode) -> SysResult<super::Ret> {
    let context = t.fs_context()?;
    let old = std::mem::replace(&mut context.umask, mask.0 & 0o777);
    Ok(super::Ret { value: u64::from(old), style: super::RetStyle::Octal })
}

/// Entries of `struct linux_dirent64` or, if `old`, `linux_dirent`.
fn read_dir(t: &mut TaskCtx<'_>, fd: Fd, buf: DirBuf, old: bool) -> SysResult<usize> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    let FileKind::Tree(f) = &open.kind else { return Err(Errno::ENOTDIR.into()) };
    match f.opened {
        Opened::Dir => {}
        Opened::Path => return Err(Errno::EBADF.into()),
        _ => return Err(Errno::ENOTDIR.into()),
    }
    let (node, from) = (f.node.clone(), open.offset);
    let entries = match open.entries.clone() {
        Some(e) => e,
        None => {
            let list = Arc::new(t.with_fs(|vfs, cx| vfs.list(cx, &node))?);
            t.k.files.file_mut(file)?.entries = Some(list.clone());
            list
        }
    };
    let mut out = Vec::new();
    let mut at = usize::try_from(from).unwrap_or(usize::MAX);
    while let Some(e) = entries.get(at) {
        let fixed = if old { 18 } else { 19 };
        // The old form has the type after the name's NUL, in the last byte.
        let len = (fixed + e.name.len() + 1 + usize::from(old)).next_multiple_of(8);
        if out.len() + len > buf.len as usize {
            break;
        }
        let start = out.len();
        out.extend_from_slice(&e.ino.to_le_bytes());
        out.extend_from_slice(&(at as u64 + 1).to_le_bytes());
        out.extend_from_slice(&(len as u16).to_le_bytes());
        if !old {
            out.push(e.kind);
        }
        out.extend_from_slice(&e.name);
        out.resize(start + len, 0);
        if old && let Some(last) = out.last_mut() {
            *last = e.kind;
        }
        at += 1;
    }
    if out.is_empty() && at < entries.len() {
        return Err(Errno::EINVAL.into());
    }
    t.mem.write(buf.addr, &out)?;
    t.k.files.file_mut(file)?.offset = at.min(entries.len().max(usize::try_from(from).unwrap_or(0))) as u64;
    Ok(out.len())
}

/// getdents64(2)
pub fn getdents64(t: &mut TaskCtx<'_>, fd: Fd, dirp: DirBuf) -> SysResult<usize> {
    read_dir(t, fd, dirp, false)
}

/// getdents(2)
pub fn getdents(t: &mut TaskCtx<'_>, fd: Fd, dirp: DirBuf) -> SysResult<usize> {
    read_dir(t, fd, dirp, true)
}

/// statfs(2)
pub fn statfs(t: &mut TaskCtx<'_>, path: UserPath, buf: StatFsOut) -> SysResult<()> {
    let path = path.read(t)?;
    let start = t.start(AT_FDCWD, &path)?;
    let s = t.with_fs(|vfs, cx| vfs.resolve(cx, &start, &path, true).map(|n| vfs.stat_fs(&n)))?;
    Ok(t.mem.write(GuestAddr(buf.0), &s.to_bytes())?)
}

/// fstatfs(2)
pub fn fstatfs(t: &mut TaskCtx<'_>, fd: Fd, buf: StatFsOut) -> SysResult<()> {
    let file = t.file(fd.0)?;
    let s = match &t.k.files.file(file)?.kind {
        FileKind::Tree(f) => t.k.files.vfs.stat_fs(&f.node),
        _ => StatFs { kind: PIPEFS_MAGIC, bsize: 4096, flags: 0x20, ..StatFs::default() },
    };
    Ok(t.mem.write(GuestAddr(buf.0), &s.to_bytes())?)
}

/// The walk's flags without a handler of their own.
pub(crate) fn resolve_for(t: &mut TaskCtx<'_>, dirfd: DirFd, path: &[u8], flags: u32) -> SysResult<Node> {
    match named(t, dirfd, path, flags)? {
        Named::Node(n) => Ok(n),
        Named::File(f) => match &t.k.files.file(f)?.kind {
            FileKind::Tree(f) => Ok(f.node.clone()),
            _ => Err(Errno::EINVAL.into()),
        },
    }
}
