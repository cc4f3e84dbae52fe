//! Files of the grants.

use super::{Parent, SystemHost, errno, grants::Granted, io_errno};
use crate::*;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Timespec, Timestamps};
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use uemu_abi::stat::{S_IFDIR, S_IFREG, split_time};

/// The handle of the directory that holds `path`, and the name in it (empty: the grant's own directory).
fn locate<'a>(granted: &'a Granted, path: &'a [u8]) -> HostResult<(Parent<'a>, &'a [u8])> {
    if path.contains(&0) {
        return Err(Errno::EINVAL);
    }
    if let Some(file) = &granted.file {
        // A file has nothing below it.
        return if path.is_empty() { Ok((Parent::Top(&granted.dir), file)) } else { Err(Errno::ENOTDIR) };
    }
    let (parent, name) = match path.iter().rposition(|&b| b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&path[..0], path),
    };
    // The walker never sends these; a name must be one plain component all the same.
    if name == b"." || name == b".." || (name.is_empty() && !path.is_empty()) {
        return Err(Errno::EINVAL);
    }
    if parent.is_empty() {
        return Ok((Parent::Top(&granted.dir), name));
    }
    let dir = granted.dir.open_dir(OsStr::from_bytes(parent)).map_err(|e| io_errno(&e))?;
    Ok((Parent::Below(dir), name))
}

fn from_stat(s: &rustix::fs::Stat) -> Stat {
    let time = |secs: i64, ns: u64| secs.saturating_mul(1_000_000_000).saturating_add(i64::try_from(ns).unwrap_or(0));
    Stat {
        dev: s.st_dev,
        ino: s.st_ino,
        nlink: s.st_nlink,
        mode: s.st_mode,
        uid: s.st_uid,
        gid: s.st_gid,
        rdev: s.st_rdev,
        size: u64::try_from(s.st_size).unwrap_or(0),
        blksize: u64::try_from(s.st_blksize).unwrap_or(4096),
        blocks: u64::try_from(s.st_blocks).unwrap_or(0),
        atime: time(s.st_atime, s.st_atime_nsec),
        mtime: time(s.st_mtime, s.st_mtime_nsec),
        ctime: time(s.st_ctime, s.st_ctime_nsec),
    }
}

impl SystemHost {
    /// Runs `f` on the parent's handle and the name.
    fn at<T>(
        &self,
        place: Place<'_>,
        f: impl FnOnce(rustix::fd::BorrowedFd<'_>, &[u8]) -> Result<T, rustix::io::Errno>,
    ) -> HostResult<T> {
        let (parent, name) = locate(self.granted(place.grant)?, place.path)?;
        f(parent.dir().as_fd(), name).map_err(errno)
    }

    fn file(&self, file: HostFile) -> HostResult<&OwnedFd> {
        self.files.get(&file.0).ok_or(Errno::EBADF)
    }

    pub(super) fn stat_at(&self, place: Place<'_>) -> HostResult<Stat> {
        let s = self.at(place, |dir, name| {
            if name.is_empty() {
                rustix::fs::fstat(dir)
            } else {
                rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            }
        })?;
        Ok(from_stat(&s))
    }

    pub(super) fn list_at(&self, place: Place<'_>) -> HostResult<Vec<HostDirEntry>> {
        let dir = self.at(place, |dir, name| {
            let name = if name.is_empty() { b".".as_slice() } else { name };
            rustix::fs::openat(
                dir,
                name,
                OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )
        })?;
        let mut out = Vec::new();
        for entry in rustix::fs::Dir::new(dir).map_err(errno)? {
            let entry = entry.map_err(errno)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::RegularFile => 8,
                FileType::Directory => 4,
                FileType::Symlink => 10,
                FileType::Fifo => 1,
                FileType::Socket => 12,
                FileType::CharacterDevice => 2,
                FileType::BlockDevice => 6,
                FileType::Unknown => 0,
            };
            out.push(HostDirEntry { name: name.to_vec(), ino: entry.ino(), kind });
        }
        out.sort();
        Ok(out)
    }

    pub(super) fn open_at(&mut self, place: Place<'_>, how: OpenHow) -> HostResult<HostFile> {
        // NONBLOCK: opening a FIFO must not wait; it is refused below.
        let mut flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        flags |= match (how.read, how.write) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
        if how.create {
            flags |= OFlags::CREATE;
        }
        if how.exclusive {
            flags |= OFlags::EXCL;
        }
        let mode = Mode::from_raw_mode(how.mode & 0o7777);
        let fd = self.at(place, |dir, name| {
            if name.is_empty() {
                return Err(rustix::io::Errno::ISDIR);
            }
            // What is there decides first: opening a device may have effects of its own.
            match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(s) if s.st_mode & 0o170000 == S_IFDIR => return Err(rustix::io::Errno::ISDIR),
                Ok(s) if s.st_mode & 0o170000 != S_IFREG => return Err(rustix::io::Errno::ACCESS),
                _ => {}
            }
            let fd = rustix::fs::openat(dir, name, flags, mode)?;
            if rustix::fs::fstat(&fd)?.st_mode & 0o170000 != S_IFREG {
                return Err(rustix::io::Errno::ACCESS);
            }
            if how.exclusive {
                // The guest's umask has been applied; this process's is no part of the machine.
                rustix::fs::fchmod(&fd, mode)?;
            }
            if how.truncate {
                rustix::fs::ftruncate(&fd, 0)?;
            }
            Ok(fd)
        })?;
        let id = self.next_file;
        self.next_file += 1;
        self.files.insert(id, fd);
        Ok(HostFile(id))
    }

    pub(super) fn read_file(&self, file: HostFile, offset: u64, buf: &mut [u8]) -> HostResult<usize> {
        let fd = self.file(file)?;
        complete(buf.len(), |done| rustix::io::pread(fd, &mut buf[done..], offset.saturating_add(done as u64)))
    }

    pub(super) fn write_file(&self, file: HostFile, offset: u64, bytes: &[u8]) -> HostResult<usize> {
        let fd = self.file(file)?;
        complete(bytes.len(), |done| rustix::io::pwrite(fd, &bytes[done..], offset.saturating_add(done as u64)))
    }

    pub(super) fn file_status(&self, file: HostFile) -> HostResult<Stat> {
        Ok(from_stat(&rustix::fs::fstat(self.file(file)?).map_err(errno)?))
    }

    pub(super) fn truncate_file(&self, file: HostFile, len: u64) -> HostResult<()> {
        rustix::fs::ftruncate(self.file(file)?, len).map_err(errno)
    }

    pub(super) fn sync_file(&self, file: HostFile) -> HostResult<()> {
        rustix::fs::fsync(self.file(file)?).map_err(errno)
    }

    pub(super) fn read_link_at(&self, place: Place<'_>) -> HostResult<Vec<u8>> {
        self.at(place, |dir, name| Ok(rustix::fs::readlinkat(dir, name, Vec::new())?.into_bytes()))
    }

    pub(super) fn mkdir_at(&self, place: Place<'_>, mode: u32) -> HostResult<()> {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        self.at(place, |dir, name| rustix::fs::mkdirat(dir, name, mode))?;
        // This process's umask is no part of the machine.
        self.chmod_at(place, mode.as_raw_mode())
    }

    pub(super) fn remove_at(&self, place: Place<'_>, is_dir: bool) -> HostResult<()> {
        if place.path.is_empty() {
            return Err(Errno::EBUSY);
        }
        let flags = if is_dir { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        self.at(place, |dir, name| rustix::fs::unlinkat(dir, name, flags))
    }

    /// Both places at once.
    fn at_two(
        &self,
        from: Place<'_>,
        to: Place<'_>,
        f: impl FnOnce(
            (rustix::fd::BorrowedFd<'_>, &[u8]),
            (rustix::fd::BorrowedFd<'_>, &[u8]),
        ) -> Result<(), rustix::io::Errno>,
    ) -> HostResult<()> {
        if from.path.is_empty() || to.path.is_empty() {
            return Err(Errno::EBUSY);
        }
        let (a, a_name) = locate(self.granted(from.grant)?, from.path)?;
        let (b, b_name) = locate(self.granted(to.grant)?, to.path)?;
        f((a.dir().as_fd(), a_name), (b.dir().as_fd(), b_name)).map_err(errno)
    }

    pub(super) fn rename_at(&self, from: Place<'_>, to: Place<'_>, flags: u32) -> HostResult<()> {
        self.at_two(from, to, |(a, x), (b, y)| {
            if flags == 0 {
                rustix::fs::renameat(a, x, b, y)
            } else {
                rustix::fs::renameat_with(a, x, b, y, RenameFlags::from_bits_truncate(flags))
            }
        })
    }

    pub(super) fn link_at(&self, from: Place<'_>, to: Place<'_>) -> HostResult<()> {
        self.at_two(from, to, |(a, x), (b, y)| rustix::fs::linkat(a, x, b, y, AtFlags::empty()))
    }

    pub(super) fn symlink_at(&self, target: &[u8], place: Place<'_>) -> HostResult<()> {
        self.at(place, |dir, name| rustix::fs::symlinkat(target, dir, name))
    }

    pub(super) fn chmod_at(&self, place: Place<'_>, mode: u32) -> HostResult<()> {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        self.at(place, |dir, name| {
            if name.is_empty() {
                return rustix::fs::fchmod(dir, mode);
            }
            // By a handle opened without following: chmodat has no such flag on older kernels. A FIFO does not block.
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            match rustix::fs::openat(dir, name, flags, Mode::empty()) {
                Ok(fd) => rustix::fs::fchmod(fd, mode),
                // Not readable by its owner: writable, perhaps.
                Err(rustix::io::Errno::ACCESS) => {
                    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                    rustix::fs::fchmod(rustix::fs::openat(dir, name, flags, Mode::empty())?, mode)
                }
                Err(e) => Err(e),
            }
        })
    }

    pub(super) fn utimens_at(
        &self,
        place: Place<'_>,
        atime: Option<FileTime>,
        mtime: Option<FileTime>,
    ) -> HostResult<()> {
        let spec = |t: Option<FileTime>| match t {
            Some(t) => {
                let (tv_sec, tv_nsec) = split_time(t);
                Timespec { tv_sec, tv_nsec }
            }
            None => Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        };
        let times = Timestamps { last_access: spec(atime), last_modification: spec(mtime) };
        self.at(place, |dir, name| {
            if name.is_empty() {
                rustix::fs::futimens(dir, &times)
            } else {
                rustix::fs::utimensat(dir, name, &times, AtFlags::SYMLINK_NOFOLLOW)
            }
        })
    }

    pub(super) fn close_file(&mut self, file: HostFile) {
        self.files.remove(&file.0);
    }
}

/// Moves `len` bytes by as many steps as it takes, so that the host's own limits on one transfer do not show; `step` is
/// told how many are done. Ends early at the end of the file, or by an error once something was moved.
fn complete(len: usize, mut step: impl FnMut(usize) -> rustix::io::Result<usize>) -> HostResult<usize> {
    let mut done = 0;
    while done < len {
        match step(done) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) if done > 0 => break,
            Err(e) => return Err(errno(e)),
        }
    }
    Ok(done)
}
