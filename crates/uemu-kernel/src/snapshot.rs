//! A copy of a whole machine's state.

use crate::kernel::Kernel;
use crate::process::Space;
use uemu_mem::SharedCopier;

impl Kernel {
    /// A copy that shares nothing that can change with the original: memory pages are shared until written, what
    /// MAP_SHARED mappings and files have in common stays in common within each copy.
    ///
    /// Files of the host are named by the same numbers in both: two copies that run on write to the same files.
    #[must_use]
    pub fn snapshot(&self) -> Kernel {
        let mut copier = SharedCopier::new();
        let spaces = self.spaces.map_clone(|s| Space {
            mem: s.mem.as_ref().map(|m| m.snapshot(&mut copier)),
            brk_start: s.brk_start,
            brk: s.brk,
            exe: s.exe.clone(),
            cmdline: s.cmdline.clone(),
            environ: s.environ.clone(),
            auxv: s.auxv.clone(),
        });
        let mut files = self.files.clone();
        files.vfs.separate(&mut copier);
        let futexes = self.futexes.snapshot(&mut copier);
        Kernel {
            spaces,
            files,
            futexes,
            config: self.config.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            tasks: self.tasks.clone(),
            processes: self.processes.clone(),
            actions: self.actions.clone(),
            fs: self.fs.clone(),
            notes: self.notes.clone(),
            ignored: self.ignored.clone(),
            crash: self.crash.clone(),
            finished: self.finished,
            syscalls: self.syscalls,
            real_timers: self.real_timers.clone(),
            sched: self.sched.clone(),
            next_pid: self.next_pid,
        }
    }
}
