//! The file system as the handlers use it.

use super::FsContext;
use crate::context::TaskCtx;
use crate::process::Pid;
use crate::procfs::ProcView;
use crate::stop::SysResult;
use uemu_abi::Errno;
use uemu_abi::fcntl::AT_FDCWD;
use uemu_abi::process::rlimit;
use uemu_vfs::{Cx, FsResult, Node, Vfs};

use super::FileKind;

impl TaskCtx<'_> {
    /// Runs `f` on the file system, with what it needs of the rest of the kernel.
    pub fn with_fs<T>(&mut self, f: impl FnOnce(&mut Vfs, &mut Cx<'_>) -> FsResult<T>) -> SysResult<T> {
        let k = &mut *self.k;
        let task = k.tasks.get(&self.tid).ok_or(Errno::ESRCH)?;
        let umask = k.fs.get(task.fs).map_or(0o022, |c| c.umask);
        let mounts = k.files.vfs.mounts();
        let view = ProcView {
            config: &k.config,
            clock: &k.clock,
            tasks: &k.tasks,
            processes: &k.processes,
            spaces: &k.spaces,
            fs: &k.fs,
            tables: &k.files.tables,
            open: &k.files.open,
            mounts: &mounts,
            tid: self.tid,
            mem: self.mem,
        };
        let now = i64::try_from(k.clock.realtime()).unwrap_or(i64::MAX);
        let mut cx = Cx { host: self.host, proc: &view, now, umask };
        Ok(f(&mut k.files.vfs, &mut cx)?)
    }

    /// Current directory and umask; ESRCH never happens to a running task.
    pub fn fs_context(&mut self) -> SysResult<&mut FsContext> {
        let id = self.fs_id();
        Ok(self.k.fs.get_mut(id).ok_or(Errno::ESRCH)?)
    }

    /// Where a relative path starts: EBADF for a bad descriptor, ENOTDIR for one that is no directory. An absolute path
    /// needs none.
    pub fn start(&mut self, dirfd: i32, path: &[u8]) -> SysResult<Node> {
        if path.first() == Some(&b'/') {
            return Ok(self.k.files.vfs.root());
        }
        if dirfd == AT_FDCWD {
            return Ok(self.fs_context()?.cwd.clone());
        }
        let file = self.file(dirfd)?;
        match &self.k.files.file(file)?.kind {
            FileKind::Tree(f) => Ok(f.node.clone()),
            _ => Err(Errno::ENOTDIR.into()),
        }
    }

    /// Descriptors this process may have: the soft RLIMIT_NOFILE, within the machine's own bound.
    pub fn fd_limit(&mut self) -> u32 {
        let most = self.k.config.limits.files;
        let soft = self.process().limits.get(rlimit::NOFILE as usize).map_or(u64::from(most), |l| l.cur);
        u32::try_from(soft).unwrap_or(u32::MAX).min(most)
    }

    /// The process.
    pub fn pid(&self) -> Pid {
        self.k.task(self.tid).pid
    }
}
