//! Reading, writing, closing.

use crate::context::TaskCtx;
use crate::fd::FileKind;
use crate::stop::{Stop, SysResult, Wait};
use crate::syscall::args::{Fd, UserBuf, UserBufMut};
use uemu_abi::Errno;
use uemu_abi::poll::Ready;
use uemu_host::Stream;

/// Most bytes one call moves in one piece.
const PIECE: usize = 1 << 20;

/// read(2)
pub fn read(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBufMut) -> SysResult<usize> {
    let file = t.file(fd.0)?;
    let FileKind::Console(stream) = t.k.files.file(file)?.kind else { return Err(Errno::EINVAL.into()) };
    if stream != Stream::In {
        return Err(Errno::EBADF.into());
    }
    if !t.host.console_readable() {
        return Err(Stop::block(Wait::file(file, Ready::READ)));
    }
    let mut bytes = vec![0; usize::try_from(buf.len).unwrap_or(PIECE).min(PIECE)];
    let n = t.host.console_read(&mut bytes)?;
    t.mem.write(buf.addr, bytes.get(..n).unwrap_or_default())?;
    Ok(n)
}

/// write(2)
pub fn write(t: &mut TaskCtx<'_>, fd: Fd, buf: UserBuf) -> SysResult<usize> {
    let file = t.file(fd.0)?;
    let FileKind::Console(stream) = t.k.files.file(file)?.kind else { return Err(Errno::EINVAL.into()) };
    let mut bytes = vec![0; usize::try_from(buf.len).unwrap_or(PIECE).min(PIECE)];
    let (n, fault) = t.mem.read_prefix(buf.addr, &mut bytes);
    if let (0, Some(fault)) = (n, fault) {
        return Err(fault.into());
    }
    Ok(t.host.console_write(stream, bytes.get(..n).unwrap_or_default())?)
}

/// close(2)
pub fn close(t: &mut TaskCtx<'_>, fd: Fd) -> SysResult<()> {
    let table = t.fd_table();
    Ok(t.k.files.close(table, fd.0, t.host)?)
}
