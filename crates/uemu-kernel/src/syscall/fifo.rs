//! Opening FIFOs (fifo(7)).

use crate::context::TaskCtx;
use crate::fd::pipe::Pipe;
use crate::fd::{FileKind, OpenFile};
use crate::stop::{Restart, Stop, SysResult, Wait};
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_vfs::{File, Opened};

/// How often a waiting open looks for the other end, ns of the machine's clock.
const RETRY: u64 = 1_000_000;

/// Opens an end of the pipe behind a FIFO, waiting for the other end unless O_NONBLOCK. A waiting open is one that
/// has announced itself lately: it has no other effect, and if it is interrupted the announcement goes stale by itself.
pub(crate) fn open(t: &mut TaskCtx<'_>, file: File, flags: OpenFlags) -> SysResult<OpenFile> {
    let Opened::Fifo(inode) = file.opened else { return Err(Errno::EINVAL.into()) };
    t.k.files.vfs.close(t.host, &file);
    let existing = t.k.files.fifos.get(&inode).copied();
    let p = match existing {
        Some(p) => p,
        None => {
            let p = t.k.files.pipes.add(Pipe::default());
            t.k.files.fifos.insert(inode, p);
            p
        }
    };
    let now = t.now();
    let pipe = t.k.files.pipes.get_mut(p).ok_or(Errno::EBADF)?;
    let fresh = |at: Option<u64>| at.is_some_and(|at| now.saturating_sub(at) <= 2 * RETRY);
    let (kind, met) = match (flags.reads(), flags.writes()) {
        (true, true) => (FileKind::PipeBoth(p), true),
        (true, _) => {
            pipe.reader_waits = Some(now);
            (FileKind::PipeReader(p), pipe.writers > 0 || fresh(pipe.writer_waits))
        }
        _ => {
            pipe.writer_waits = Some(now);
            (FileKind::PipeWriter(p), pipe.readers > 0 || fresh(pipe.reader_waits))
        }
    };
    if !met && flags.contains(OpenFlags::NONBLOCK) {
        if flags.writes() {
            return Err(Errno::ENXIO.into());
        }
    } else if !met {
        return Err(Stop::block(Wait::signal(Some(now.saturating_add(RETRY)), Restart::Sys)));
    }
    Ok(OpenFile::new(kind, flags))
}
