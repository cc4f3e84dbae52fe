//! From file to file: sendfile(2), copy_file_range(2).

use super::args::{Fd, OffsetInOut};
use super::io::{broken_pipe, would_block};
use crate::context::TaskCtx;
use crate::fd::{FileId, FileKind, pipe_of};
use crate::stop::SysResult;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::poll::Ready;
use uemu_host::Stream;
use uemu_mem::GuestAddr;
use uemu_vfs::{File, Opened};

/// Bytes moved at a time.
const PIECE: usize = 1 << 17;
/// Most bytes of one call (MAX_RW_COUNT).
const MOST: u64 = 0x7fff_f000;

/// A regular file that is open for reading.
fn source(t: &TaskCtx<'_>, fd: Fd) -> SysResult<(FileId, File, u64)> {
    let id = t.file(fd.0)?;
    let open = t.k.files.file(id)?;
    if !open.flags.reads() {
        return Err(Errno::EBADF.into());
    }
    match &open.kind {
        FileKind::Tree(f) if matches!(f.opened, Opened::Mem(_) | Opened::Host(_) | Opened::Text(_)) => {
            Ok((id, f.clone(), open.offset))
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Writes to a file at its offset: how many bytes went.
fn put(t: &mut TaskCtx<'_>, out: FileId, bytes: &[u8]) -> SysResult<usize> {
    let open = t.k.files.file(out)?;
    if !open.flags.writes() {
        return Err(Errno::EBADF.into());
    }
    if let Some(p) = pipe_of(&open.kind) {
        let pipe = t.k.files.pipes.get(p).ok_or(Errno::EBADF)?;
        if pipe.readers == 0 {
            return Err(broken_pipe(t));
        }
        let n = pipe.room_for(bytes.len(), false);
        if n == 0 {
            return Err(would_block(t, out, Ready::WRITE));
        }
        if let Some(pipe) = t.k.files.pipes.get_mut(p) {
            pipe.put(bytes.get(..n).unwrap_or_default());
        }
        return Ok(n);
    }
    match &open.kind {
        FileKind::Console(s) => {
            let s = if *s == Stream::In { Stream::Out } else { *s };
            match t.host.console_write(s, bytes) {
                Err(Errno::EPIPE) => Err(broken_pipe(t)),
                other => Ok(other?),
            }
        }
        FileKind::Tree(f) => {
            let (f, at, append) = (f.clone(), open.offset, open.flags.contains(OpenFlags::APPEND));
            let (n, end) = t.with_open(|vfs, cx| vfs.write_at(cx, &f, at, append, bytes))?;
            t.k.files.file_mut(out)?.offset = end;
            Ok(n)
        }
        FileKind::Socket(s) => {
            let s = t.k.files.sockets.get(*s).ok_or(Errno::EBADF)?;
            let Some(peer) = s.peer.filter(|_| !s.no_write && !s.peer_deaf) else { return Err(broken_pipe(t)) };
            let room = t.k.files.sockets.get(peer).map_or(0, |p| p.room_for(bytes.len()));
            if room == 0 {
                return Err(would_block(t, out, Ready::WRITE));
            }
            let part = bytes.get(..room).unwrap_or_default();
            if let Some(p) = t.k.files.sockets.get_mut(peer) {
                p.arrive(part, Vec::new());
            }
            Ok(room)
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

/// sendfile(2)
pub fn sendfile(t: &mut TaskCtx<'_>, out_fd: Fd, in_fd: Fd, offset: OffsetInOut, count: u64) -> SysResult<usize> {
    let offset = offset.0;
    let (in_id, f, here) = source(t, in_fd)?;
    let out = t.file(out_fd.0)?;
    if t.k.files.file(out)?.flags.contains(OpenFlags::APPEND) {
        return Err(Errno::EINVAL.into());
    }
    let start = if offset == GuestAddr::NULL {
        here
    } else {
        t.mem.check_write(offset, 8)?;
        let at = t.mem.read_u64(offset)?;
        if at > i64::MAX as u64 {
            return Err(Errno::EINVAL.into());
        }
        at
    };
    let count = usize::try_from(count.min(MOST)).unwrap_or(0);
    let mut done = 0;
    let mut buf = vec![0; PIECE.min(count)];
    while done < count {
        let step = buf.len().min(count - done);
        let part = buf.get_mut(..step).unwrap_or_default();
        let n = t.with_open(|vfs, cx| vfs.read_at(cx, &f, start.saturating_add(done as u64), part))?;
        if n == 0 {
            break;
        }
        match put(t, out, buf.get(..n).unwrap_or_default()) {
            Ok(moved) => {
                done += moved;
                if moved < n {
                    break;
                }
            }
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        }
    }
    let end = start.saturating_add(done as u64);
    if offset == GuestAddr::NULL {
        t.k.files.file_mut(in_id)?.offset = end;
    } else {
        t.mem.write_u64(offset, end)?;
    }
    Ok(done)
}

/// copy_file_range(2)
pub fn copy_file_range(
    t: &mut TaskCtx<'_>,
    fd_in: Fd,
    off_in: GuestAddr,
    fd_out: Fd,
    off_out: GuestAddr,
    size: u64,
    flags: u32,
) -> SysResult<usize> {
    if flags != 0 {
        return Err(Errno::EINVAL.into());
    }
    let (in_id, from, in_here) = source(t, fd_in)?;
    let out_id = t.file(fd_out.0)?;
    let open = t.k.files.file(out_id)?;
    if !open.flags.writes() || open.flags.contains(OpenFlags::APPEND) {
        return Err(Errno::EBADF.into());
    }
    let out_here = open.offset;
    let to = match &open.kind {
        FileKind::Tree(f) if matches!(f.opened, Opened::Mem(_) | Opened::Host(_)) => f.clone(),
        _ => return Err(Errno::EINVAL.into()),
    };
    let mut start = |at: GuestAddr, here| -> SysResult<u64> {
        if at == GuestAddr::NULL {
            return Ok(here);
        }
        t.mem.check_write(at, 8)?;
        let v = t.mem.read_u64(at)?;
        if v > i64::MAX as u64 { Err(Errno::EINVAL.into()) } else { Ok(v) }
    };
    let (a, b) = (start(off_in, in_here)?, start(off_out, out_here)?);
    let size = size.min(MOST);
    if from.node == to.node && a < b.saturating_add(size) && b < a.saturating_add(size) {
        return Err(Errno::EINVAL.into());
    }
    let count = usize::try_from(size).unwrap_or(0);
    let mut buf = vec![0; PIECE.min(count)];
    let mut done = 0;
    while done < count {
        let step = buf.len().min(count - done);
        let part = buf.get_mut(..step).unwrap_or_default();
        let moved = t.with_open(|vfs, cx| {
            let n = vfs.read_at(cx, &from, a.saturating_add(done as u64), part)?;
            let bytes = part.get(..n).unwrap_or_default();
            if n == 0 { Ok(0) } else { vfs.write_at(cx, &to, b.saturating_add(done as u64), false, bytes).map(|r| r.0) }
        });
        match moved {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        }
    }
    let moved = done as u64;
    match off_in {
        GuestAddr::NULL => t.k.files.file_mut(in_id)?.offset = a.saturating_add(moved),
        at => t.mem.write_u64(at, a.saturating_add(moved))?,
    }
    match off_out {
        GuestAddr::NULL => t.k.files.file_mut(out_id)?.offset = b.saturating_add(moved),
        at => t.mem.write_u64(at, b.saturating_add(moved))?,
    }
    Ok(done)
}
