//! Attributes and sizes: chmod(2), chown(2), utimensat(2), truncate(2), fallocate(2), fsync(2), copying between files.

use super::args::{DirFd, Fd, FileTimes, UserPath};
use super::fs::resolve_for;
use super::fsargs::{AtFlags, CreateMode};
use crate::context::TaskCtx;
use crate::fd::FileKind;
use crate::stop::SysResult;
use uemu_abi::Errno;
use uemu_abi::fcntl::*;
use uemu_abi::stat::{FileTime, S_IFREG};
use uemu_mem::GuestAddr;
use uemu_vfs::{File, Node, Opened};

const CWD: DirFd = DirFd(AT_FDCWD);

/// The file of the tree behind a descriptor; EBADF if it is open for its name only, EINVAL if it is none of the tree.
fn tree_file(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<(File, OpenFlags)> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    match &open.kind {
        FileKind::Tree(f) if !matches!(f.opened, Opened::Path) => Ok((f.clone(), open.flags)),
        FileKind::Tree(_) => Err(Errno::EBADF.into()),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// truncate(2)
pub fn truncate(t: &mut TaskCtx<'_>, path: UserPath, length: i64) -> SysResult<()> {
    let len = u64::try_from(length).map_err(|_| Errno::EINVAL)?;
    let path = path.read(t)?;
    let start = t.start(AT_FDCWD, &path)?;
    t.with_fs(|vfs, cx| {
        let node = vfs.resolve(cx, &start, &path, true)?;
        let stat = vfs.stat(cx, &node)?;
        match stat.kind() {
            S_IFREG => {}
            uemu_abi::stat::S_IFDIR => return Err(Errno::EISDIR),
            _ => return Err(Errno::EINVAL),
        }
        let file = vfs.open_node(cx, node, OpenFlags::WRONLY, false)?;
        let result = vfs.set_len(cx, &file, len);
        vfs.close(cx.host, &file);
        result
    })
}

/// ftruncate(2)
pub fn ftruncate(t: &mut TaskCtx<'_>, fd: Fd, length: i64) -> SysResult<()> {
    let len = u64::try_from(length).map_err(|_| Errno::EINVAL)?;
    let (f, flags) = tree_file(t, fd)?;
    if !flags.writes() {
        return Err(Errno::EINVAL.into());
    }
    t.with_open(|vfs, cx| vfs.set_len(cx, &f, len))
}

crate::named_args! {
    /// Modes of fallocate(2).
    flags FallocMode(u32) "FALLOC_FL_???" { 1 => "FALLOC_FL_KEEP_SIZE", 2 => "FALLOC_FL_PUNCH_HOLE", 0x10 => "FALLOC_FL_ZERO_RANGE", }
    /// Advice of posix_fadvise(2).
    choice Advice(u32) "POSIX_FADV_???" {
        0 => "POSIX_FADV_NORMAL", 1 => "POSIX_FADV_RANDOM", 2 => "POSIX_FADV_SEQUENTIAL", 3 => "POSIX_FADV_WILLNEED",
        4 => "POSIX_FADV_DONTNEED", 5 => "POSIX_FADV_NOREUSE",
    }
}

/// fallocate(2): plain allocation and holes; what else file systems may do is EOPNOTSUPP.
pub fn fallocate(t: &mut TaskCtx<'_>, fd: Fd, mode: FallocMode, offset: i64, len: i64) -> SysResult<()> {
    let (f, flags) = match tree_file(t, fd) {
        Err(crate::stop::Stop::Errno(Errno::EINVAL)) => return Err(Errno::ESPIPE.into()),
        other => other?,
    };
    if !flags.writes() {
        return Err(Errno::EBADF.into());
    }
    let (start, len) = match (u64::try_from(offset), u64::try_from(len)) {
        (Ok(o), Ok(l)) if l > 0 => (o, l),
        _ => return Err(Errno::EINVAL.into()),
    };
    let end = start.checked_add(len).filter(|&e| e <= i64::MAX as u64).ok_or(Errno::EFBIG)?;
    match mode.0 {
        0 => t.with_open(|vfs, cx| {
            let size = vfs.file_stat(cx, &f)?.size;
            if end > size { vfs.set_len(cx, &f, end) } else { Ok(()) }
        }),
        1 => Ok(()),
        3 => t.with_open(|vfs, cx| vfs.punch(cx, &f, start, len)),
        _ => Err(Errno::EOPNOTSUPP.into()),
    }
}

/// posix_fadvise(2)
pub fn fadvise64(t: &mut TaskCtx<'_>, fd: Fd, _offset: i64, len: i64, advice: Advice) -> SysResult<()> {
    let file = t.file(fd.0)?;
    if crate::fd::pipe_of(&t.k.files.file(file)?.kind).is_some() {
        return Err(Errno::ESPIPE.into());
    }
    if len < 0 || advice.0 > 5 { Err(Errno::EINVAL.into()) } else { Ok(()) }
}

/// fsync(2)
pub fn fsync(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<()> {
    let (f, _) = tree_file(t, fd)?;
    t.with_open(|vfs, cx| vfs.sync(cx, &f))
}

/// fdatasync(2)
pub fn fdatasync(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<()> {
    fsync(t, fd)
}

/// sync(2): what grants hold is the host's to write back.
pub fn sync(_t: &mut TaskCtx<'_>) -> SysResult<()> {
    Ok(())
}

/// chmod(2)
pub fn chmod(t: &mut TaskCtx<'_>, pathname: UserPath, mode: CreateMode) -> SysResult<()> {
    fchmodat(t, CWD, pathname, mode)
}

/// fchmod(2)
pub fn fchmod(t: &mut TaskCtx<'_>, fd: Fd, mode: CreateMode) -> SysResult<()> {
    let (f, _) = tree_file(t, fd)?;
    t.with_open(|vfs, cx| vfs.chmod(cx, &f.node, mode.0))
}

/// fchmodat(2) as the kernel has it: without flags.
pub fn fchmodat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, mode: CreateMode) -> SysResult<()> {
    let path = pathname.read(t)?;
    let node = resolve_for(t, dirfd, &path, 0)?;
    t.with_open(|vfs, cx| vfs.chmod(cx, &node, mode.0))
}

fn change_owner(t: &mut TaskCtx<'_>, node: &Node, owner: i32, group: i32) -> SysResult<()> {
    let id = |v: i32| if v == -1 { None } else { Some(v as u32) };
    t.with_open(|vfs, cx| vfs.chown(cx, node, id(owner), id(group)))
}

/// chown(2)
pub fn chown(t: &mut TaskCtx<'_>, pathname: UserPath, owner: i32, group: i32) -> SysResult<()> {
    fchownat(t, CWD, pathname, owner, group, AtFlags(0))
}

/// lchown(2)
pub fn lchown(t: &mut TaskCtx<'_>, pathname: UserPath, owner: i32, group: i32) -> SysResult<()> {
    fchownat(t, CWD, pathname, owner, group, AtFlags(AT_SYMLINK_NOFOLLOW))
}

/// fchown(2)
pub fn fchown(t: &mut TaskCtx<'_>, fd: Fd, owner: i32, group: i32) -> SysResult<()> {
    let (f, _) = tree_file(t, fd)?;
    change_owner(t, &f.node, owner, group)
}

/// fchownat(2)
pub fn fchownat(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    owner: i32,
    group: i32,
    flags: AtFlags,
) -> SysResult<()> {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let path = pathname.read(t)?;
    let node = resolve_for(t, dirfd, &path, flags.0)?;
    change_owner(t, &node, owner, group)
}

/// UTIME_NOW
const NOW: i64 = 0x3fff_ffff;
/// UTIME_OMIT
const OMIT: i64 = 0x3fff_fffe;

fn now(t: &TaskCtx<'_>) -> FileTime {
    i64::try_from(t.k.clock.realtime()).unwrap_or(i64::MAX)
}

/// Sets the times of the path, or of the descriptor if there is no path.
fn set_times(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    times: (Option<FileTime>, Option<FileTime>),
    flags: u32,
) -> SysResult<()> {
    let node = if pathname.0 == GuestAddr::NULL {
        if dirfd.0 == AT_FDCWD {
            return Err(Errno::EFAULT.into());
        }
        tree_file(t, Fd(dirfd.0))?.0.node
    } else {
        let path = pathname.read(t)?;
        resolve_for(t, dirfd, &path, flags)?
    };
    t.with_open(|vfs, cx| vfs.set_times(cx, &node, times.0, times.1))
}

/// utimensat(2)
pub fn utimensat(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    pathname: UserPath,
    times: FileTimes,
    flags: AtFlags,
) -> SysResult<()> {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let at = GuestAddr(times.0);
    let now = now(t);
    let mut read = |i: u64| -> SysResult<Option<FileTime>> {
        if at == GuestAddr::NULL {
            return Ok(Some(now));
        }
        let sec = t.mem.read_u64(at.wrapping_add(i * 16))? as i64;
        match t.mem.read_u64(at.wrapping_add(i * 16 + 8))? as i64 {
            NOW => Ok(Some(now)),
            OMIT => Ok(None),
            ns @ 0..1_000_000_000 => Ok(Some(sec.saturating_mul(1_000_000_000).saturating_add(ns))),
            _ => Err(Errno::EINVAL.into()),
        }
    };
    let times = (read(0)?, read(1)?);
    if times == (None, None) {
        return Ok(());
    }
    set_times(t, dirfd, pathname, times, flags.0)
}

/// Two `struct timeval`.
fn read_timevals(t: &mut TaskCtx<'_>, at: GuestAddr) -> SysResult<(Option<FileTime>, Option<FileTime>)> {
    let now = now(t);
    let mut read = |i: u64| -> SysResult<Option<FileTime>> {
        if at == GuestAddr::NULL {
            return Ok(Some(now));
        }
        let sec = t.mem.read_u64(at.wrapping_add(i * 16))? as i64;
        match t.mem.read_u64(at.wrapping_add(i * 16 + 8))? as i64 {
            us @ 0..1_000_000 => Ok(Some(sec.saturating_mul(1_000_000_000).saturating_add(us * 1000))),
            _ => Err(Errno::EINVAL.into()),
        }
    };
    Ok((read(0)?, read(1)?))
}

/// utimes(2)
pub fn utimes(t: &mut TaskCtx<'_>, filename: UserPath, times: FileTimes) -> SysResult<()> {
    futimesat(t, CWD, filename, times)
}

/// futimesat(2)
pub fn futimesat(t: &mut TaskCtx<'_>, dirfd: DirFd, pathname: UserPath, times: FileTimes) -> SysResult<()> {
    let times = read_timevals(t, GuestAddr(times.0))?;
    set_times(t, dirfd, pathname, times, 0)
}

/// utime(2)
pub fn utime(t: &mut TaskCtx<'_>, filename: UserPath, times: FileTimes) -> SysResult<()> {
    let at = GuestAddr(times.0);
    let times = if at == GuestAddr::NULL {
        (Some(now(t)), Some(now(t)))
    } else {
        let mut sec = |i| -> SysResult<Option<FileTime>> {
            Ok(Some((t.mem.read_u64(at.wrapping_add(i))? as i64).saturating_mul(1_000_000_000)))
        };
        (sec(0)?, sec(8)?)
    };
    set_times(t, CWD, filename, times, 0)
}
