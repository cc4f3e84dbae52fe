//! Descriptors: close(2), dup(2), fcntl(2), pipe(2), eventfd(2), flock(2).

use super::args::{FcntlArg, Fd};
use super::fsargs::{EventFlags, FcntlCmd, FdPairOut, FlockOp, PipeFlags};
use super::row::{Ret, RetStyle};
use crate::context::TaskCtx;
use crate::fd::lock::{Lock, Owner, Target};
use crate::fd::{Descriptor, EventFd, FileId, FileKind, OpenFile, pipe::Pipe, pipe_of};
use crate::process::Pid;
use crate::stop::{Restart, Stop, SysResult, Wait};
use uemu_abi::Errno;
use uemu_abi::fcntl::{FD_CLOEXEC, OpenFlags, cmd};
use uemu_mem::GuestAddr;

/// How often a waiting lock is tried again, ns of the machine's clock.
const LOCK_RETRY: u64 = 1_000_000;

/// close(2)
pub fn close(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<()> {
    let table = t.fd_table();
    forget_locks(t, fd.0);
    Ok(t.k.files.close(table, fd.0, t.host)?)
}

/// POSIX: closing any descriptor of a file drops the process's record locks on it.
fn forget_locks(t: &mut TaskCtx<'_>, fd: i32) {
    if t.k.files.locks.is_empty() {
        return;
    }
    if let Ok(file) = t.file(fd)
        && let Ok((dev, ino, _)) = lock_target(t, file, false)
    {
        let pid = t.pid();
        t.k.files.locks.drop_process_file(dev, ino, pid);
    }
}

/// CLOSE_RANGE_UNSHARE.
const CLOSE_RANGE_UNSHARE: u32 = 2;
/// CLOSE_RANGE_CLOEXEC.
const CLOSE_RANGE_CLOEXEC: u32 = 4;

crate::named_args! {
    /// Flags of close_range(2).
    flags CloseRangeFlags(u32) "CLOSE_RANGE_???" { 2 => "CLOSE_RANGE_UNSHARE", 4 => "CLOSE_RANGE_CLOEXEC", }
}

/// close_range(2)
pub fn close_range(t: &mut TaskCtx<'_>, first: u32, last: u32, flags: CloseRangeFlags) -> SysResult<()> {
    if flags.0 & !(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) != 0 || first > last {
        return Err(Errno::EINVAL.into());
    }
    if flags.0 & CLOSE_RANGE_UNSHARE != 0 {
        let old = t.fd_table();
        let new = t.k.files.copy_table(old);
        t.task().fds = new;
        t.k.files.release_table(old, t.host);
    }
    let table = t.fd_table();
    let open: Vec<i32> = t.k.files.table(table)?.iter().map(|(fd, _)| fd).collect();
    for fd in open.into_iter().filter(|&fd| (first..=last).contains(&(fd as u32))) {
        if flags.0 & CLOSE_RANGE_CLOEXEC != 0 {
            t.k.files.table_mut(table)?.get_mut(fd)?.cloexec = true;
        } else {
            close(t, Fd(fd))?;
        }
    }
    Ok(())
}

/// One more descriptor for the same file, at the lowest number from `from` on.
fn duplicate(t: &mut TaskCtx<'_>, fd: Fd, from: u32, cloexec: bool) -> SysResult<Fd> {
    let file = t.file(fd.0)?;
    let (table, limit) = (t.fd_table(), t.fd_limit());
    let new = t.k.files.table(table)?.free_from(from, limit)?;
    t.k.files.open.share(file);
    t.k.files.table_mut(table)?.put(new, Descriptor { file, cloexec });
    Ok(Fd(new))
}

/// dup(2)
pub fn dup(t: &mut TaskCtx<'_>, oldfd: Fd) -> SysResult<Fd> {
    duplicate(t, oldfd, 0, false)
}

/// dup2(2)
pub fn dup2(t: &mut TaskCtx<'_>, oldfd: Fd, newfd: Fd) -> SysResult<Fd> {
    t.file(oldfd.0)?;
    if oldfd == newfd {
        return Ok(newfd);
    }
    replace(t, oldfd, newfd, false)
}

/// dup3(2)
pub fn dup3(t: &mut TaskCtx<'_>, oldfd: Fd, newfd: Fd, flags: PipeFlags) -> SysResult<Fd> {
    if flags.0 & !OpenFlags::CLOEXEC.bits() != 0 || oldfd == newfd {
        return Err(Errno::EINVAL.into());
    }
    replace(t, oldfd, newfd, flags.0 != 0)
}

fn replace(t: &mut TaskCtx<'_>, old: Fd, new: Fd, cloexec: bool) -> SysResult<Fd> {
    let file = t.file(old.0)?;
    if u32::try_from(new.0).map_or(true, |n| n >= t.fd_limit()) {
        return Err(Errno::EBADF.into());
    }
    forget_locks(t, new.0);
    let table = t.fd_table();
    t.k.files.open.share(file);
    if let Some(was) = t.k.files.table_mut(table)?.put(new.0, Descriptor { file, cloexec }) {
        t.k.files.close_file(was.file, t.host);
    }
    Ok(new)
}

/// Enters an open file in the caller's table.
pub(crate) fn install(t: &mut TaskCtx<'_>, file: OpenFile) -> SysResult<Fd> {
    let (table, limit) = (t.fd_table(), t.fd_limit());
    Ok(Fd(t.k.files.install(table, file, limit, t.host)?))
}

/// Enters two, and writes their numbers; neither stays if something fails.
pub(crate) fn install_pair(t: &mut TaskCtx<'_>, a: OpenFile, b: OpenFile, out: FdPairOut) -> SysResult<()> {
    let table = t.fd_table();
    // Both are added first: an end of a pipe that is closed must find the other counted.
    let x = install(t, a)?;
    let y = match install(t, b) {
        Ok(y) => y,
        Err(e) => {
            t.k.files.close(table, x.0, t.host)?;
            return Err(e);
        }
    };
    if let Err(e) = out.write(t, x.0, y.0) {
        t.k.files.close(table, x.0, t.host)?;
        t.k.files.close(table, y.0, t.host)?;
        return Err(e);
    }
    Ok(())
}

/// pipe(2)
pub fn pipe(t: &mut TaskCtx<'_>, pipefd: FdPairOut) -> SysResult<()> {
    pipe2(t, pipefd, PipeFlags(0))
}

/// pipe2(2); O_DIRECT (packets) is refused.
pub fn pipe2(t: &mut TaskCtx<'_>, pipefd: FdPairOut, flags: PipeFlags) -> SysResult<()> {
    let asked = OpenFlags::from_bits_retain(flags.0);
    if !(asked - (OpenFlags::NONBLOCK | OpenFlags::CLOEXEC)).is_empty() {
        return Err(Errno::EINVAL.into());
    }
    let p = t.k.files.pipes.add(Pipe::default());
    let reader = OpenFile::new(FileKind::PipeReader(p), asked);
    let writer = OpenFile::new(FileKind::PipeWriter(p), asked | OpenFlags::WRONLY);
    install_pair(t, reader, writer, pipefd)
}

/// eventfd(2)
pub fn eventfd(t: &mut TaskCtx<'_>, initval: u32) -> SysResult<Fd> {
    eventfd2(t, initval, EventFlags(0))
}

/// eventfd2(2)
pub fn eventfd2(t: &mut TaskCtx<'_>, initval: u32, flags: EventFlags) -> SysResult<Fd> {
    const SEMAPHORE: u32 = 1;
    let asked = OpenFlags::from_bits_retain(flags.0 & !SEMAPHORE);
    if !(asked - (OpenFlags::NONBLOCK | OpenFlags::CLOEXEC)).is_empty() {
        return Err(Errno::EINVAL.into());
    }
    let event = EventFd { count: initval.into(), semaphore: flags.0 & SEMAPHORE != 0, edge: 0 };
    install(t, OpenFile::new(FileKind::Event(event), asked | OpenFlags::RDWR))
}

/// fcntl(2)
pub fn fcntl(t: &mut TaskCtx<'_>, fd: Fd, command: FcntlCmd, arg: FcntlArg) -> SysResult<Ret> {
    let style = if matches!(command.0, cmd::F_GETFD | cmd::F_GETFL) { RetStyle::Hex } else { RetStyle::Decimal };
    Ok(Ret { value: control(t, fd, command, arg)?, style })
}

fn control(t: &mut TaskCtx<'_>, fd: Fd, command: FcntlCmd, arg: FcntlArg) -> SysResult<u64> {
    let file = t.file(fd.0)?;
    let table = t.fd_table();
    let path_only = t.k.files.file(file)?.flags.contains(OpenFlags::PATH);
    if path_only
        && !matches!(command.0, cmd::F_DUPFD | cmd::F_DUPFD_CLOEXEC | cmd::F_GETFD | cmd::F_SETFD | cmd::F_GETFL)
    {
        return Err(Errno::EBADF.into());
    }
    match command.0 {
        cmd::F_DUPFD | cmd::F_DUPFD_CLOEXEC => {
            let from = u32::try_from(arg.0).ok().filter(|&n| n < t.fd_limit()).ok_or(Errno::EINVAL)?;
            Ok(duplicate(t, fd, from, command.0 == cmd::F_DUPFD_CLOEXEC)?.0 as u64)
        }
        cmd::F_GETFD => Ok(u64::from(t.k.files.table(table)?.get(fd.0)?.cloexec)),
        cmd::F_SETFD => {
            t.k.files.table_mut(table)?.get_mut(fd.0)?.cloexec = arg.0 & FD_CLOEXEC != 0;
            Ok(0)
        }
        cmd::F_GETFL => {
            let open = t.k.files.file(file)?;
            // The kernel sets O_LARGEFILE on what open(2) makes; glibc's header calls it 0, the bit is seen all the same.
            let large = match open.kind {
                FileKind::Tree(_) => OpenFlags::LARGEFILE,
                _ => OpenFlags::empty(),
            };
            Ok(u64::from((open.flags | large).bits()))
        }
        cmd::F_SETFL => {
            let new = OpenFlags::from_bits_retain(arg.0 as u32) & OpenFlags::settable();
            let open = t.k.files.file_mut(file)?;
            open.flags = (open.flags - OpenFlags::settable()) | new;
            Ok(0)
        }
        cmd::F_GETOWN => Ok(t.k.files.file(file)?.owner as i64 as u64),
        cmd::F_SETOWN => {
            t.k.files.file_mut(file)?.owner = arg.0 as i32;
            Ok(0)
        }
        cmd::F_GETPIPE_SZ => {
            let p = pipe_of(&t.k.files.file(file)?.kind).ok_or(Errno::EBADF)?;
            Ok(t.k.files.pipes.get(p).ok_or(Errno::EBADF)?.capacity() as u64)
        }
        cmd::F_SETPIPE_SZ => {
            let p = pipe_of(&t.k.files.file(file)?.kind).ok_or(Errno::EBADF)?;
            let size = usize::try_from(arg.0 as u32).map_err(|_| Errno::EINVAL)?;
            Ok(t.k.files.pipes.get_mut(p).ok_or(Errno::EBADF)?.set_capacity(size)? as u64)
        }
        cmd::F_GETLK | cmd::F_OFD_GETLK => record_lock(t, file, command.0, GuestAddr(arg.0)),
        cmd::F_SETLK | cmd::F_SETLKW | cmd::F_OFD_SETLK | cmd::F_OFD_SETLKW => {
            record_lock(t, file, command.0, GuestAddr(arg.0))
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

fn lock_target(t: &mut TaskCtx<'_>, file: FileId, whole: bool) -> SysResult<Target> {
    let FileKind::Tree(f) = &t.k.files.file(file)?.kind else { return Err(Errno::EINVAL.into()) };
    let f = f.clone();
    let s = t.with_open(|vfs, cx| vfs.file_stat(cx, &f))?;
    Ok((s.dev, s.ino, whole))
}

const F_RDLCK: i16 = 0;
const F_WRLCK: i16 = 1;
const F_UNLCK: i16 = 2;

/// Waits for a lock by trying again later: whoever holds it does not tell.
fn retry(t: &TaskCtx<'_>) -> Stop {
    Stop::block(Wait::signal(Some(t.now().saturating_add(LOCK_RETRY)), Restart::Sys))
}

/// F_SETLK and kin, on `struct flock` at `at`.
fn record_lock(t: &mut TaskCtx<'_>, file: FileId, command: u32, at: GuestAddr) -> SysResult<u64> {
    let mut raw = [0u8; 32];
    t.mem.read(at, &mut raw)?;
    let half = |i: usize| i16::from_le_bytes([raw[i], raw[i + 1]]);
    let word = |i: usize| {
        let mut b = [0; 8];
        b.copy_from_slice(&raw[i..i + 8]);
        i64::from_le_bytes(b)
    };
    let (kind, whence, start, len) = (half(0), half(2), word(8), word(16));
    let open = t.k.files.file(file)?;
    let (flags, offset) = (open.flags, open.offset);
    let target = lock_target(t, file, false)?;
    let base = match whence {
        0 => 0,
        1 => i64::try_from(offset).map_err(|_| Errno::EOVERFLOW)?,
        2 => {
            let FileKind::Tree(f) = &t.k.files.file(file)?.kind else { return Err(Errno::EINVAL.into()) };
            let f = f.clone();
            i64::try_from(t.with_open(|vfs, cx| vfs.file_stat(cx, &f))?.size).map_err(|_| Errno::EOVERFLOW)?
        }
        _ => return Err(Errno::EINVAL.into()),
    };
    let start = base.checked_add(start).ok_or(Errno::EOVERFLOW)?;
    // A negative length locks what lies before the start; zero locks to the end, wherever that will be.
    let (start, last) = match len {
        0 => (start, i64::MAX),
        l if l > 0 => (start, start.checked_add(l - 1).ok_or(Errno::EOVERFLOW)?),
        l => (start.checked_add(l).ok_or(Errno::EINVAL)?, start - 1),
    };
    let (start, last) =
        (u64::try_from(start).map_err(|_| Errno::EINVAL)?, u64::try_from(last).map_err(|_| Errno::EINVAL)?);
    let ofd = matches!(command, cmd::F_OFD_GETLK | cmd::F_OFD_SETLK | cmd::F_OFD_SETLKW);
    let owner = if ofd { Owner::File(file) } else { Owner::Process(t.pid()) };
    let want = Lock { owner, exclusive: kind == F_WRLCK, start, last };
    if matches!(command, cmd::F_GETLK | cmd::F_OFD_GETLK) {
        if !matches!(kind, F_RDLCK | F_WRLCK) {
            return Err(Errno::EINVAL.into());
        }
        match t.k.files.locks.conflict(target, &want) {
            None => raw[..2].copy_from_slice(&F_UNLCK.to_le_bytes()),
            Some(l) => {
                let len = if l.last >= i64::MAX as u64 { 0 } else { l.last - l.start + 1 };
                let pid = match l.owner {
                    Owner::Process(Pid(p)) => p as i32,
                    Owner::File(_) => -1,
                };
                raw[..2].copy_from_slice(&(if l.exclusive { F_WRLCK } else { F_RDLCK }).to_le_bytes());
                raw[2..4].copy_from_slice(&0i16.to_le_bytes());
                raw[8..16].copy_from_slice(&l.start.to_le_bytes());
                raw[16..24].copy_from_slice(&len.to_le_bytes());
                raw[24..28].copy_from_slice(&pid.to_le_bytes());
            }
        }
        t.mem.write(at, &raw)?;
        return Ok(0);
    }
    match kind {
        F_UNLCK => {
            t.k.files.locks.unlock(target, owner, start, last);
            return Ok(0);
        }
        F_RDLCK if !flags.reads() => return Err(Errno::EBADF.into()),
        F_WRLCK if !flags.writes() => return Err(Errno::EBADF.into()),
        F_RDLCK | F_WRLCK => {}
        _ => return Err(Errno::EINVAL.into()),
    }
    if t.k.files.locks.conflict(target, &want).is_some() {
        let waits = matches!(command, cmd::F_SETLKW | cmd::F_OFD_SETLKW);
        return Err(if waits { retry(t) } else { Errno::EAGAIN.into() });
    }
    if t.k.files.locks.lock(target, want) { Ok(0) } else { Err(Errno::ENOLCK.into()) }
}

/// flock(2)
pub fn flock(t: &mut TaskCtx<'_>, fd: Fd, operation: FlockOp) -> SysResult<()> {
    const NB: u32 = 4;
    let file = t.file(fd.0)?;
    let exclusive = match operation.0 & !NB {
        1 => false,
        2 => true,
        8 => {
            let target = lock_target(t, file, true)?;
            t.k.files.locks.unlock(target, Owner::File(file), 0, u64::MAX);
            return Ok(());
        }
        _ => return Err(Errno::EINVAL.into()),
    };
    let target = lock_target(t, file, true)?;
    let want = Lock { owner: Owner::File(file), exclusive, start: 0, last: u64::MAX };
    if t.k.files.locks.conflict(target, &want).is_some() {
        return Err(if operation.0 & NB != 0 { Errno::EWOULDBLOCK.into() } else { retry(t) });
    }
    if t.k.files.locks.lock(target, want) { Ok(()) } else { Err(Errno::ENOLCK.into()) }
}
