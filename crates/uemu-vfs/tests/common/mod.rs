//! A file system under test.

use uemu_host::{Host, MemoryHost};
use uemu_vfs::{Cx, Limits, NoProc, Vfs};

/// The file system and the host behind it.
pub(crate) struct Bench<H: Host> {
    pub(crate) vfs: Vfs,
    pub(crate) host: H,
    pub(crate) now: i64,
}

impl<H: Host> Bench<H> {
    pub(crate) fn with_host(mut host: H) -> Bench<H> {
        let mut cx = Cx { host: &mut host, proc: &NoProc, now: 1, umask: 0o022 };
        let vfs = Vfs::new(&mut cx, Limits { bytes: 64 << 20, inodes: 10_000 }, None).unwrap();
        Bench { vfs, host, now: 1 }
    }

    /// Runs `f`; each call is a nanosecond later.
    pub(crate) fn run<T>(&mut self, f: impl FnOnce(&mut Vfs, &mut Cx<'_>) -> T) -> T {
        self.now += 1;
        let mut cx = Cx { host: &mut self.host, proc: &NoProc, now: self.now, umask: 0o022 };
        f(&mut self.vfs, &mut cx)
    }
}

#[allow(dead_code, reason = "not every test file wants it")]
pub(crate) fn in_memory() -> Bench<MemoryHost> {
    Bench::with_host(MemoryHost::default())
}
