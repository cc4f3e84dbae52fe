//! Processes and threads: clone(2), wait4(2), prlimit(2), prctl(2), futex(2), mmap(2) and friends.

#![allow(missing_docs, reason = "the constants bear the names of the manual pages")]

use crate::time::Timeval;

bitflags::bitflags! {
    /// Flags of clone(2); the low byte of clone's own argument is the exit signal.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct CloneFlags: u64 {
        const VM = 0x100;
        const FS = 0x200;
        const FILES = 0x400;
        const SIGHAND = 0x800;
        const PIDFD = 0x1000;
        const PTRACE = 0x2000;
        const VFORK = 0x4000;
        const PARENT = 0x8000;
        const THREAD = 0x1_0000;
        const NEWNS = 0x2_0000;
        const SYSVSEM = 0x4_0000;
        const SETTLS = 0x8_0000;
        const PARENT_SETTID = 0x10_0000;
        const CHILD_CLEARTID = 0x20_0000;
        const DETACHED = 0x40_0000;
        const UNTRACED = 0x80_0000;
        const CHILD_SETTID = 0x100_0000;
        const NEWCGROUP = 0x200_0000;
        const NEWUTS = 0x400_0000;
        const NEWIPC = 0x800_0000;
        const NEWUSER = 0x1000_0000;
        const NEWPID = 0x2000_0000;
        const NEWNET = 0x4000_0000;
        const IO = 0x8000_0000;
        const CLEAR_SIGHAND = 0x1_0000_0000;
        const INTO_CGROUP = 0x2_0000_0000;
        const _ = !0;
    }

    /// Options of wait4(2) and waitid(2).
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct WaitFlags: u32 {
        const WNOHANG = 1;
        const WUNTRACED = 2;
        const WEXITED = 4;
        const WCONTINUED = 8;
        const WNOWAIT = 0x0100_0000;
        const WNOTHREAD = 0x2000_0000;
        const WALL = 0x4000_0000;
        const WCLONE = 0x8000_0000;
        const _ = !0;
    }

    /// Flags of mmap(2). The low four bits are the type.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct MapFlags: u32 {
        const SHARED = 1;
        const PRIVATE = 2;
        const FIXED = 0x10;
        const ANONYMOUS = 0x20;
        const M32BIT = 0x40;
        const GROWSDOWN = 0x100;
        const DENYWRITE = 0x800;
        const EXECUTABLE = 0x1000;
        const LOCKED = 0x2000;
        const NORESERVE = 0x4000;
        const POPULATE = 0x8000;
        const NONBLOCK = 0x1_0000;
        const STACK = 0x2_0000;
        const HUGETLB = 0x4_0000;
        const SYNC = 0x8_0000;
        const FIXED_NOREPLACE = 0x10_0000;
        const _ = !0;
    }

    /// Flags of mremap(2).
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct RemapFlags: u32 {
        const MAYMOVE = 1;
        const FIXED = 2;
        const DONTUNMAP = 4;
        const _ = !0;
    }
}

/// The type bits of mmap's flags.
pub const MAP_TYPE: u32 = 0xf;
/// MAP_SHARED_VALIDATE, a type.
pub const MAP_SHARED_VALIDATE: u32 = 3;
/// PROT_GROWSDOWN of mprotect(2).
pub const PROT_GROWSDOWN: u32 = 0x0100_0000;
/// PROT_GROWSUP of mprotect(2).
pub const PROT_GROWSUP: u32 = 0x0200_0000;

crate::plain_struct! {
    /// `struct rlimit`.
    pub struct Rlimit(16) {
        /// Soft limit.
        cur: u64 = 0,
        /// Hard limit.
        max: u64 = 8,
    }
    /// `struct clone_args`, all versions.
    pub struct CloneArgs(88) {
        /// CLONE_* flags.
        flags: u64 = 0,
        /// Where the pidfd goes.
        pidfd: u64 = 8,
        /// Where the child's tid goes in the child.
        child_tid: u64 = 16,
        /// Where it goes in the parent.
        parent_tid: u64 = 24,
        /// Signal to the parent on exit.
        exit_signal: u64 = 32,
        /// Lowest address of the stack.
        stack: u64 = 40,
        /// Its bytes.
        stack_size: u64 = 48,
        /// Thread pointer.
        tls: u64 = 56,
        /// Chosen tids.
        set_tid: u64 = 64,
        /// How many.
        set_tid_size: u64 = 72,
        /// Cgroup descriptor.
        cgroup: u64 = 80,
    }
    /// `struct rusage`.
    pub struct Rusage(144) {
        /// User time.
        utime: Timeval = 0,
        /// System time.
        stime: Timeval = 16,
        /// Most resident memory, KiB.
        maxrss: i64 = 32,
        /// Faults without I/O.
        minflt: i64 = 64,
        /// Voluntary switches.
        nvcsw: i64 = 128,
        /// Involuntary switches.
        nivcsw: i64 = 136,
    }
    /// `struct sysinfo`.
    pub struct Sysinfo(112) {
        /// Seconds since boot.
        uptime: i64 = 0,
        /// Load averages times 65536.
        loads: [u64; 3] = 8,
        /// Bytes of memory.
        totalram: u64 = 32,
        /// Free bytes.
        freeram: u64 = 40,
        /// Shared bytes.
        sharedram: u64 = 48,
        /// Buffers.
        bufferram: u64 = 56,
        /// Swap.
        totalswap: u64 = 64,
        /// Free swap.
        freeswap: u64 = 72,
        /// Tasks.
        procs: u16 = 80,
        /// High memory.
        totalhigh: u64 = 88,
        /// Free high memory.
        freehigh: u64 = 96,
        /// Unit of the above, bytes.
        mem_unit: u32 = 104,
    }
}

/// Resources of getrlimit(2).
pub mod rlimit {
    #![allow(missing_docs, reason = "the names of getrlimit(2)")]
    pub const CPU: u32 = 0;
    pub const FSIZE: u32 = 1;
    pub const DATA: u32 = 2;
    pub const STACK: u32 = 3;
    pub const CORE: u32 = 4;
    pub const RSS: u32 = 5;
    pub const NPROC: u32 = 6;
    pub const NOFILE: u32 = 7;
    pub const MEMLOCK: u32 = 8;
    pub const AS: u32 = 9;
    pub const LOCKS: u32 = 10;
    pub const SIGPENDING: u32 = 11;
    pub const MSGQUEUE: u32 = 12;
    pub const NICE: u32 = 13;
    pub const RTPRIO: u32 = 14;
    pub const RTTIME: u32 = 15;
    pub const COUNT: usize = 16;
    pub const INFINITY: u64 = u64::MAX;
}

/// arch_prctl(2): set GS base.
pub const ARCH_SET_GS: u32 = 0x1001;
/// arch_prctl(2): set FS base.
pub const ARCH_SET_FS: u32 = 0x1002;
/// arch_prctl(2): get FS base.
pub const ARCH_GET_FS: u32 = 0x1003;
/// arch_prctl(2): get GS base.
pub const ARCH_GET_GS: u32 = 0x1004;
