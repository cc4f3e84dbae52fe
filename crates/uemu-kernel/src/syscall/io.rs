//! Reading and writing.

use crate::context::TaskCtx;
use crate::fd::pipe::PIPE_BUF;
use crate::fd::{FileId, FileKind, pipe_of};
use crate::stop::{Stop, SysResult, Wait};
use crate::syscall::args::{Fd, UserBuf, UserBufMut};
use crate::syscall::fsargs::{Iov, MAX_RW, Whence};
use crate::task::Progress;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::poll::Ready;
use uemu_abi::signal::Signal;
use uemu_abi::stat::{S_IFDIR, S_IFREG};
use uemu_host::{SeekFrom, Stream};
use uemu_mem::{GuestAddr, USER_END};
use uemu_vfs::{Cx, Device, FsResult, NoProc, Opened, Vfs};

/// Bytes moved through the kernel at a time.
const PIECE: usize = 1 << 17;

/// Where bytes come from or go to in guest memory.
pub(crate) type Pieces = Vec<(GuestAddr, u64)>;

impl TaskCtx<'_> {
    /// The file system for calls that cannot meet procfs: those on files already open.
    pub(crate) fn with_open<T>(&mut self, f: impl FnOnce(&mut Vfs, &mut Cx<'_>) -> FsResult<T>) -> SysResult<T> {
        let now = i64::try_from(self.k.clock.realtime()).unwrap_or(i64::MAX);
        let mut cx = Cx { host: self.host, proc: &NoProc, now, umask: 0 };
        Ok(f(&mut self.k.files.vfs, &mut cx)?)
    }
}

/// The pieces of a plain buffer. EFAULT if it leaves user space, however few bytes there would be to move (access_ok).
fn one(addr: GuestAddr, len: u64) -> SysResult<Pieces> {
    if addr.checked_add(len).is_none_or(|end| end > USER_END) || len > i64::MAX as u64 {
        return Err(Errno::EFAULT.into());
    }
    Ok(vec![(addr, len.min(MAX_RW))])
}

/// A plain buffer's pieces; EBADF comes before EFAULT.
fn plain(t: &TaskCtx<'_>, fd: Fd, addr: GuestAddr, len: u64) -> SysResult<Pieces> {
    t.file(fd.0)?;
    one(addr, len)
}

fn total(pieces: &Pieces) -> u64 {
    pieces.iter().map(|p| p.1).sum()
}

/// Spreads bytes over pieces of guest memory: how many got there. EFAULT if none could.
pub(crate) fn scatter(t: &mut TaskCtx<'_>, to: &Pieces, bytes: &[u8]) -> SysResult<usize> {
    let mut done = 0;
    for &(addr, len) in to {
        let rest = bytes.get(done..).unwrap_or_default();
        let part = rest.get(..rest.len().min(usize::try_from(len).unwrap_or(usize::MAX))).unwrap_or_default();
        if part.is_empty() {
            continue;
        }
        let (n, fault) = t.mem.write_prefix(addr, part);
        done += n;
        if let Some(fault) = fault {
            return if done > 0 { Ok(done) } else { Err(fault.into()) };
        }
    }
    Ok(done)
}

/// Collects bytes from `skip` on, at most `most`. EFAULT if none can be read.
pub(crate) fn gather(t: &mut TaskCtx<'_>, from: &Pieces, skip: u64, most: usize) -> SysResult<Vec<u8>> {
    let mut out = Vec::new();
    let mut skip = skip;
    for &(addr, len) in from {
        let jump = skip.min(len);
        skip -= jump;
        let n = usize::try_from(len - jump).unwrap_or(usize::MAX).min(most - out.len());
        if n == 0 {
            continue;
        }
        let at = out.len();
        out.resize(at + n, 0);
        let (got, fault) = t.mem.read_prefix(addr.wrapping_add(jump), out.get_mut(at..).unwrap_or_default());
        if let Some(fault) = fault {
            out.truncate(at + got);
            return if out.is_empty() { Err(fault.into()) } else { Ok(out) };
        }
    }
    Ok(out)
}

/// Waits for the file, or EAGAIN if it is not to wait.
pub(crate) fn would_block(t: &mut TaskCtx<'_>, file: FileId, ready: Ready) -> Stop {
    match t.k.files.file(file) {
        Ok(f) if f.nonblocking() => Errno::EAGAIN.into(),
        _ => Stop::block(Wait::file(file, ready)),
    }
}

/// The console stream a file reads or writes, if it does.
fn console_of(kind: &FileKind, reading: bool) -> Option<Stream> {
    match kind {
        // On a terminal any of the three may be read and written.
        FileKind::Console(_) if reading => Some(Stream::In),
        FileKind::Console(Stream::In) => Some(Stream::Out),
        FileKind::Console(s) => Some(*s),
        FileKind::Tree(f) if matches!(f.opened, Opened::Device(Device::Tty)) => {
            Some(if reading { Stream::In } else { Stream::Out })
        }
        _ => None,
    }
}

/// read(2), readv(2), pread64(2): from the file's offset, or from `at`.
pub(crate) fn read_pieces(t: &mut TaskCtx<'_>, fd: Fd, to: &Pieces, at: Option<u64>) -> SysResult<usize> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    if !open.flags.reads() || open.flags.contains(OpenFlags::PATH) {
        return Err(Errno::EBADF.into());
    }
    let want = usize::try_from(total(to)).unwrap_or(usize::MAX);
    if console_of(&open.kind, true).is_some() {
        return read_console(t, file, to, want, at);
    }
    match &open.kind {
        FileKind::Tree(f) => {
            let f = f.clone();
            if let Some(e) = unreadable(&f.opened) {
                return Err(e.into());
            }
            let start = at.unwrap_or(open.offset);
            read_tree(t, file, &f, to, start, at.is_none())
        }
        _ if at.is_some() => Err(Errno::ESPIPE.into()),
        FileKind::PipeReader(p) | FileKind::PipeBoth(p) => {
            let p = *p;
            if want == 0 {
                return Ok(0);
            }
            let pipe = t.k.files.pipes.get(p).ok_or(Errno::EBADF)?;
            if pipe.is_empty() {
                return if pipe.writers == 0 { Ok(0) } else { Err(would_block(t, file, Ready::READ)) };
            }
            check_room(t, to, pipe.len().min(want))?;
            let bytes = t.k.files.pipes.get_mut(p).map(|p| p.take(want)).unwrap_or_default();
            scatter(t, to, &bytes)
        }
        FileKind::Event(e) => {
            if want < 8 {
                return Err(Errno::EINVAL.into());
            }
            if e.count == 0 {
                return Err(would_block(t, file, Ready::READ));
            }
            let value = if e.semaphore { 1 } else { e.count };
            check_room(t, to, 8)?;
            if let FileKind::Event(e) = &mut t.k.files.file_mut(file)?.kind {
                e.count -= value;
                e.edge += 1;
            }
            scatter(t, to, &value.to_le_bytes())
        }
        FileKind::Socket(_) => super::net::receive(t, file, to, 0).map(|r| r.copied),
        FileKind::PipeWriter(_) => Err(Errno::EBADF.into()),
        FileKind::Epoll(_) | FileKind::Console(_) => Err(Errno::EINVAL.into()),
    }
}

/// A FIFO reached by O_PATH has no pipe; what else has none cannot be read.
fn unreadable(opened: &Opened) -> Option<Errno> {
    match opened {
        Opened::Path => Some(Errno::EBADF),
        Opened::Fifo(_) | Opened::Descriptor(..) => Some(Errno::EINVAL),
        _ => None,
    }
}

/// EFAULT unless the first bytes of the pieces can be written: what is taken out of a pipe cannot be put back.
pub(crate) fn check_room(t: &mut TaskCtx<'_>, to: &Pieces, bytes: usize) -> SysResult<()> {
    let mut left = bytes as u64;
    for &(addr, len) in to {
        let n = len.min(left);
        if n > 0 {
            t.mem.check_write(addr, n)?;
        }
        left -= n;
    }
    Ok(())
}

fn read_console(t: &mut TaskCtx<'_>, file: FileId, to: &Pieces, want: usize, at: Option<u64>) -> SysResult<usize> {
    if want == 0 {
        return Ok(0);
    }
    if let Some(offset) = at {
        // pread on a redirected regular file: seek there and back.
        let back = t.host.console_seek(Stream::In, SeekFrom::Current(0))?;
        t.host.console_seek(Stream::In, SeekFrom::Start(offset))?;
        let result = read_console(t, file, to, want, None);
        t.host.console_seek(Stream::In, SeekFrom::Start(back))?;
        return result;
    }
    if !t.host.console_readable() {
        return Err(would_block(t, file, Ready::READ));
    }
    check_room(t, to, want.min(1))?;
    let mut bytes = vec![0; want.min(PIECE)];
    let mut done = 0;
    while done < want {
        let step = bytes.len().min(want - done);
        let n = t.host.console_read(bytes.get_mut(..step).unwrap_or_default())?;
        let moved = scatter(t, &skip(to, done as u64), bytes.get(..n).unwrap_or_default())?;
        done += moved;
        if moved < step {
            break;
        }
    }
    Ok(done)
}

/// The pieces without their first bytes.
fn skip(pieces: &Pieces, mut bytes: u64) -> Pieces {
    let mut out = Vec::with_capacity(pieces.len());
    for &(addr, len) in pieces {
        let n = bytes.min(len);
        bytes -= n;
        if len > n {
            out.push((addr.wrapping_add(n), len - n));
        }
    }
    out
}

fn read_tree(
    t: &mut TaskCtx<'_>,
    file: FileId,
    f: &uemu_vfs::File,
    to: &Pieces,
    start: u64,
    moves: bool,
) -> SysResult<usize> {
    if matches!(f.opened, Opened::Dir) {
        return Err(Errno::EISDIR.into());
    }
    let random = matches!(f.opened, Opened::Device(Device::Random));
    let mut done: usize = 0;
    let mut buf = vec![0; PIECE.min(usize::try_from(total(to)).unwrap_or(PIECE))];
    'pieces: for &(addr, len) in to {
        let mut within = 0;
        while within < len {
            let step = buf.len().min(usize::try_from(len - within).unwrap_or(usize::MAX));
            let Some(part) = buf.get_mut(..step) else { break 'pieces };
            let n = if random {
                random_bytes(t, part);
                step
            } else {
                let offset = start.saturating_add(done as u64);
                match t.with_open(|vfs, cx| vfs.read_at(cx, f, offset, part)) {
                    Ok(n) => n,
                    Err(_) if done > 0 => break 'pieces,
                    Err(e) => return Err(e),
                }
            };
            let (written, fault) = t.mem.write_prefix(addr.wrapping_add(within), buf.get(..n).unwrap_or_default());
            done += written;
            within += written as u64;
            if let Some(fault) = fault {
                if done == 0 {
                    return Err(fault.into());
                }
                break 'pieces;
            }
            if n < step {
                break 'pieces;
            }
        }
    }
    if moves {
        t.k.files.file_mut(file)?.offset = start.saturating_add(done as u64);
    }
    Ok(done)
}

/// Random bytes: the machine's own, or the host's if it was set up so.
pub(crate) fn random_bytes(t: &mut TaskCtx<'_>, to: &mut [u8]) {
    if t.k.config.host_entropy { t.host.entropy(to) } else { t.k.entropy.fill(to) }
}

/// EPIPE, and SIGPIPE to the caller.
pub(crate) fn broken_pipe(t: &mut TaskCtx<'_>) -> Stop {
    t.k.signal_self(t.tid, Signal::SIGPIPE);
    Errno::EPIPE.into()
}

/// write(2), writev(2), pwrite64(2).
pub(crate) fn write_pieces(t: &mut TaskCtx<'_>, fd: Fd, from: &Pieces, at: Option<u64>) -> SysResult<usize> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    if !open.flags.writes() || open.flags.contains(OpenFlags::PATH) {
        return Err(Errno::EBADF.into());
    }
    let want = total(from);
    if let Some(stream) = console_of(&open.kind, false) {
        if at.is_some() {
            return Err(Errno::ESPIPE.into());
        }
        return write_console(t, stream, from, want);
    }
    match &open.kind {
        FileKind::Tree(f) => {
            let f = f.clone();
            let append = open.flags.contains(OpenFlags::APPEND);
            let start = at.unwrap_or(open.offset);
            write_tree(t, file, &f, from, start, append, at.is_none())
        }
        _ if at.is_some() => Err(Errno::ESPIPE.into()),
        FileKind::PipeWriter(_) | FileKind::PipeBoth(_) => write_pipe(t, file, from, want),
        FileKind::Event(e) => {
            if want < 8 {
                return Err(Errno::EINVAL.into());
            }
            let room = u64::MAX - 1 - e.count;
            let bytes = gather(t, from, 0, 8)?;
            let value = u64::from_le_bytes(bytes.try_into().map_err(|_| Errno::EFAULT)?);
            if value == u64::MAX {
                return Err(Errno::EINVAL.into());
            }
            if value > room {
                return Err(would_block(t, file, Ready::WRITE));
            }
            if let FileKind::Event(e) = &mut t.k.files.file_mut(file)?.kind {
                e.count += value;
                e.edge += 1;
            }
            Ok(8)
        }
        FileKind::Socket(_) => super::net::send(t, file, from, 0, Vec::new()),
        FileKind::PipeReader(_) => Err(Errno::EBADF.into()),
        FileKind::Epoll(_) | FileKind::Console(_) => Err(Errno::EINVAL.into()),
    }
}

fn write_console(t: &mut TaskCtx<'_>, stream: Stream, from: &Pieces, want: u64) -> SysResult<usize> {
    let mut done: usize = 0;
    while (done as u64) < want {
        let bytes = match gather(t, from, done as u64, PIECE) {
            Ok(b) if b.is_empty() => break,
            Ok(b) => b,
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        };
        match t.host.console_write(stream, &bytes) {
            Ok(n) => {
                done += n;
                if n < bytes.len() {
                    break;
                }
            }
            Err(_) if done > 0 => break,
            Err(Errno::EPIPE) => return Err(broken_pipe(t)),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(done)
}

fn write_tree(
    t: &mut TaskCtx<'_>,
    file: FileId,
    f: &uemu_vfs::File,
    from: &Pieces,
    start: u64,
    append: bool,
    moves: bool,
) -> SysResult<usize> {
    let want = total(from);
    let (mut done, mut at) = (0usize, start);
    while (done as u64) < want {
        let bytes = match gather(t, from, done as u64, PIECE) {
            Ok(b) if b.is_empty() => break,
            Ok(b) => b,
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        };
        match t.with_open(|vfs, cx| vfs.write_at(cx, f, at, append, &bytes)) {
            Ok((n, end)) => {
                (done, at) = (done + n, end);
                if n < bytes.len() {
                    break;
                }
            }
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        }
    }
    if moves {
        t.k.files.file_mut(file)?.offset = at;
    }
    Ok(done)
}

/// A pipe takes a long write in parts, waiting in between: how far it has come stands in the task's `resume`.
fn write_pipe(t: &mut TaskCtx<'_>, file: FileId, from: &Pieces, want: u64) -> SysResult<usize> {
    let p = pipe_of(&t.k.files.file(file)?.kind).ok_or(Errno::EBADF)?;
    let want = usize::try_from(want).map_err(|_| Errno::EINVAL)?;
    let mut done = match t.task().resume.progress {
        Progress::Moved(n) => n,
        _ => 0,
    };
    // Whether the write is one that must not be cut is decided by its whole length.
    let whole = want <= PIPE_BUF;
    while done < want {
        let pipe = t.k.files.pipes.get(p).ok_or(Errno::EBADF)?;
        if pipe.readers == 0 {
            let stop = broken_pipe(t);
            return if done > 0 { Ok(done) } else { Err(stop) };
        }
        let room = pipe.room_for(want - done, whole);
        if room == 0 {
            if t.k.files.file(file)?.nonblocking() {
                return if done > 0 { Ok(done) } else { Err(Errno::EAGAIN.into()) };
            }
            if done > 0 {
                t.task().resume.progress = Progress::Moved(done);
            }
            return Err(Stop::block(Wait::file(file, Ready::WRITE)));
        }
        let bytes = match gather(t, from, done as u64, room) {
            Ok(b) if b.is_empty() => break,
            Ok(b) => b,
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        };
        if let Some(pipe) = t.k.files.pipes.get_mut(p) {
            pipe.put(&bytes);
        }
        done += bytes.len();
    }
    Ok(done)
}

/// read(2)
pub fn read(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBufMut) -> SysResult<usize> {
    let pieces = plain(t, fd, buf.addr, buf.len)?;
    read_pieces(t, fd, &pieces, None)
}

/// write(2)
pub fn write(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBuf) -> SysResult<usize> {
    let pieces = plain(t, fd, buf.addr, buf.len)?;
    write_pieces(t, fd, &pieces, None)
}

/// readv(2)
pub fn readv(t: &mut TaskCtx<'_>, fd: Fd, iov: Iov<true>) -> SysResult<usize> {
    t.file(fd.0)?;
    let pieces = iov.read(t)?;
    read_pieces(t, fd, &pieces, None)
}

/// writev(2)
pub fn writev(t: &mut TaskCtx<'_>, fd: Fd, iov: Iov<false>) -> SysResult<usize> {
    t.file(fd.0)?;
    let pieces = iov.read(t)?;
    write_pieces(t, fd, &pieces, None)
}

/// An offset that is not negative; EINVAL.
fn offset(at: i64) -> SysResult<u64> {
    Ok(u64::try_from(at).map_err(|_| Errno::EINVAL)?)
}

/// pread64(2)
pub fn pread64(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBufMut, at: i64) -> SysResult<usize> {
    let at = offset(at)?;
    let pieces = plain(t, fd, buf.addr, buf.len)?;
    read_pieces(t, fd, &pieces, Some(at))
}

/// pwrite64(2)
pub fn pwrite64(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBuf, at: i64) -> SysResult<usize> {
    let at = offset(at)?;
    let pieces = plain(t, fd, buf.addr, buf.len)?;
    write_pieces(t, fd, &pieces, Some(at))
}

/// preadv(2); the high half of the offset is unused on 64-bit machines.
pub fn preadv(t: &mut TaskCtx<'_>, fd: Fd, iov: Iov<true>, at: i64) -> SysResult<usize> {
    let at = offset(at)?;
    t.file(fd.0)?;
    let pieces = iov.read(t)?;
    read_pieces(t, fd, &pieces, Some(at))
}

/// pwritev(2)
pub fn pwritev(t: &mut TaskCtx<'_>, fd: Fd, iov: Iov<false>, at: i64) -> SysResult<usize> {
    let at = offset(at)?;
    t.file(fd.0)?;
    let pieces = iov.read(t)?;
    write_pieces(t, fd, &pieces, Some(at))
}

/// lseek(2)
pub fn lseek(t: &mut TaskCtx<'_>, fd: Fd, offset: i64, whence: Whence) -> SysResult<u64> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    if open.flags.contains(OpenFlags::PATH) {
        return Err(Errno::EBADF.into());
    }
    let here = open.offset;
    match &open.kind {
        FileKind::Console(stream) => {
            let stream = *stream;
            let to = match whence.0 {
                0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::EINVAL)?),
                1 => SeekFrom::Current(offset),
                2 => SeekFrom::End(offset),
                _ => return Err(Errno::EINVAL.into()),
            };
            Ok(t.host.console_seek(stream, to)?)
        }
        FileKind::Tree(f) => {
            let f = f.clone();
            if matches!(f.opened, Opened::Device(Device::Tty)) {
                return Err(Errno::ESPIPE.into());
            }
            if matches!(f.opened, Opened::Device(_)) {
                // Their offset stays 0 whatever one asks.
                return Ok(0);
            }
            let stat = t.with_open(|vfs, cx| vfs.file_stat(cx, &f))?;
            let size = match (&f.opened, stat.kind()) {
                (_, S_IFDIR) => i64::MAX,
                (Opened::Text(_), _) if whence.0 == 2 => return Err(Errno::EINVAL.into()),
                _ => i64::try_from(stat.size).unwrap_or(i64::MAX),
            };
            let here = i64::try_from(here).unwrap_or(i64::MAX);
            let to = match whence.0 {
                0 => Some(offset),
                1 => here.checked_add(offset),
                2 => size.checked_add(offset),
                // Without holes: data everywhere, the hole at the end (lseek(2) allows it).
                3 | 4 if stat.kind() == S_IFREG => {
                    if offset < 0 || offset >= size {
                        return Err(Errno::ENXIO.into());
                    }
                    Some(if whence.0 == 3 { offset } else { size })
                }
                _ => return Err(Errno::EINVAL.into()),
            };
            let to = match to {
                Some(to) => u64::try_from(to).map_err(|_| Errno::EINVAL)?,
                None => return Err(Errno::EOVERFLOW.into()),
            };
            let open = t.k.files.file_mut(file)?;
            open.offset = to;
            if to == 0 {
                open.entries = None;
            }
            Ok(to)
        }
        _ => Err(Errno::ESPIPE.into()),
    }
}
