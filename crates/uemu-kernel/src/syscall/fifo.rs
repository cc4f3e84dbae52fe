//! Opening FIFOs (fifo(7)): an open for one direction waits for one for the other.

use crate::arena::Id;
use crate::context::TaskCtx;
use crate::fd::pipe::Pipe;
use crate::fd::{FileKind, Files, OpenFile};
use crate::kernel::Kernel;
use crate::stop::{Restart, Stop, SysResult, Wait, WaitOn};
use crate::task::{Progress, Tid};
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_vfs::{File, Opened};

/// Opens an end of the pipe behind a FIFO. While it waits it counts as an end (a writer that comes and goes meanwhile
/// leaves its bytes), which [`Kernel::cancel_open`] takes back if a signal ends the wait.
pub(crate) fn open(t: &mut TaskCtx<'_>, file: File, flags: OpenFlags) -> SysResult<OpenFile> {
    let Opened::Fifo(inode) = file.opened else { return Err(Errno::EINVAL.into()) };
    t.k.files.vfs.close(t.host, &file);
    let (reads, writes) = (flags.reads(), flags.writes());
    if let Progress::Opening { pipe, reader, seen } = t.task().resume.progress {
        let p = t.k.files.pipes.get(pipe).ok_or(Errno::EBADF)?;
        if seen == if reader { p.writers_ever } else { p.readers_ever } {
            return Err(wait());
        }
        let kind = if reader { FileKind::PipeReader(pipe) } else { FileKind::PipeWriter(pipe) };
        t.task().resume.progress = Progress::None;
        t.k.files.leave(pipe, t.tid, reader);
        return Ok(OpenFile::new(kind, flags));
    }
    let p = match t.k.files.fifos.get(&inode) {
        Some(p) => *p,
        None => {
            let p = t.k.files.pipes.add(Pipe::default());
            t.k.files.fifos.insert(inode, p);
            p
        }
    };
    let pipe = t.k.files.pipes.get_mut(p).ok_or(Errno::EBADF)?;
    if writes && !reads && pipe.readers == 0 && flags.contains(OpenFlags::NONBLOCK) {
        t.k.files.drop_idle(p);
        return Err(Errno::ENXIO.into());
    }
    pipe.readers_ever = pipe.readers_ever.wrapping_add(u32::from(reads));
    pipe.writers_ever = pipe.writers_ever.wrapping_add(u32::from(writes));
    let met = (reads && writes)
        || flags.contains(OpenFlags::NONBLOCK)
        || if reads { pipe.writers > 0 } else { pipe.readers > 0 };
    let woken = pipe.waiting.clone();
    if !met {
        pipe.readers += u32::from(reads);
        pipe.writers += u32::from(writes);
        pipe.waiting.push(t.tid);
        let seen = if reads { pipe.writers_ever } else { pipe.readers_ever };
        t.task().resume.progress = Progress::Opening { pipe: p, reader: reads, seen };
    }
    for tid in woken {
        t.k.wake(tid);
    }
    if !met {
        return Err(wait());
    }
    let kind = match (reads, writes) {
        (true, true) => FileKind::PipeBoth(p),
        (true, _) => FileKind::PipeReader(p),
        _ => FileKind::PipeWriter(p),
    };
    Ok(OpenFile::new(kind, flags))
}

fn wait() -> Stop {
    Stop::block(Wait { on: WaitOn::Wake, deadline: None, restart: Restart::Sys })
}

impl Files {
    /// `tid`'s open no longer waits: its end is not counted any more. The caller opens it for good or lets the pipe go.
    fn leave(&mut self, id: Id<Pipe>, tid: Tid, reader: bool) {
        if let Some(p) = self.pipes.get_mut(id) {
            p.readers -= u32::from(reader);
            p.writers -= u32::from(!reader);
            p.waiting.retain(|w| *w != tid);
        }
    }

    /// Ends a pipe that has no end open.
    pub(crate) fn drop_idle(&mut self, id: Id<Pipe>) {
        if self.pipes.get(id).is_some_and(|p| p.readers == 0 && p.writers == 0) {
            self.pipes.release(id);
            self.fifos.retain(|_, fifo| *fifo != id);
        }
    }
}

impl Kernel {
    /// An open of a FIFO stops waiting because of a signal or the task's end.
    pub(crate) fn cancel_open(&mut self, tid: Tid) {
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        if let Progress::Opening { pipe, reader, .. } = task.resume.progress {
            task.resume.progress = Progress::None;
            self.files.leave(pipe, tid, reader);
            self.files.drop_idle(pipe);
        }
    }
}
