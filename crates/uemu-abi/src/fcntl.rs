//! open(2), fcntl(2) and the *at() calls: flags and commands.

bitflags::bitflags! {
    /// Flags of open(2), with the values of x86-64.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct OpenFlags: u32 {
        /// Write only (access mode, not a flag of its own).
        const WRONLY = 0o1;
        /// Read and write (access mode).
        const RDWR = 0o2;
        /// Create if missing.
        const CREAT = 0o100;
        /// With CREAT: fail if it exists.
        const EXCL = 0o200;
        /// Do not become the controlling terminal.
        const NOCTTY = 0o400;
        /// Cut to zero bytes.
        const TRUNC = 0o1000;
        /// Writes go to the end.
        const APPEND = 0o2000;
        /// EAGAIN instead of waiting.
        const NONBLOCK = 0o4000;
        /// Data integrity completion.
        const DSYNC = 0o10000;
        /// SIGIO.
        const ASYNC = 0o20000;
        /// Unbuffered.
        const DIRECT = 0o40000;
        /// 64-bit sizes.
        const LARGEFILE = 0o100000;
        /// ENOTDIR unless a directory.
        const DIRECTORY = 0o200000;
        /// ELOOP if the last component is a symbolic link.
        const NOFOLLOW = 0o400000;
        /// Do not update the access time.
        const NOATIME = 0o1000000;
        /// Close on exec.
        const CLOEXEC = 0o2000000;
        /// The other half of O_SYNC.
        const SYNC_ONLY = 0o4000000;
        /// A handle on the name only.
        const PATH = 0o10000000;
        /// Half of O_TMPFILE (the other is DIRECTORY).
        const TMPFILE_ONLY = 0o20000000;
        const _ = !0;
    }
}

impl OpenFlags {
    /// The access mode bits.
    pub const ACCMODE: u32 = 3;

    /// Whether reads are allowed (access mode RDONLY or RDWR).
    pub fn reads(self) -> bool {
        matches!(self.bits() & Self::ACCMODE, 0 | 2)
    }

    /// Whether writes are allowed.
    pub fn writes(self) -> bool {
        matches!(self.bits() & Self::ACCMODE, 1 | 2)
    }

    /// What F_SETFL may change.
    pub fn settable() -> OpenFlags {
        OpenFlags::APPEND | OpenFlags::NONBLOCK | OpenFlags::ASYNC | OpenFlags::DIRECT | OpenFlags::NOATIME
    }
}

/// The directory descriptor that means the current directory.
pub const AT_FDCWD: i32 = -100;
/// Do not follow a final symbolic link.
pub const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
/// faccessat(2): use effective ids.
pub const AT_EACCESS: u32 = 0x200;
/// unlinkat(2): rmdir.
pub const AT_REMOVEDIR: u32 = 0x200;
/// linkat(2): follow.
pub const AT_SYMLINK_FOLLOW: u32 = 0x400;
/// Do not trigger automounts: accepted, nothing to trigger.
pub const AT_NO_AUTOMOUNT: u32 = 0x800;
/// An empty path names the descriptor itself.
pub const AT_EMPTY_PATH: u32 = 0x1000;
/// statx(2)'s synchronisation types.
pub const AT_STATX_SYNC_TYPE: u32 = 0x6000;

/// renameat2(2): fail if the target exists.
pub const RENAME_NOREPLACE: u32 = 1;
/// renameat2(2): exchange.
pub const RENAME_EXCHANGE: u32 = 2;

/// Commands of fcntl(2).
pub mod cmd {
    #![allow(missing_docs, reason = "the names of fcntl(2)")]
    pub const F_DUPFD: u32 = 0;
    pub const F_GETFD: u32 = 1;
    pub const F_SETFD: u32 = 2;
    pub const F_GETFL: u32 = 3;
    pub const F_SETFL: u32 = 4;
    pub const F_GETLK: u32 = 5;
    pub const F_SETLK: u32 = 6;
    pub const F_SETLKW: u32 = 7;
    pub const F_SETOWN: u32 = 8;
    pub const F_GETOWN: u32 = 9;
    pub const F_OFD_GETLK: u32 = 36;
    pub const F_OFD_SETLK: u32 = 37;
    pub const F_OFD_SETLKW: u32 = 38;
    pub const F_DUPFD_CLOEXEC: u32 = 1030;
    pub const F_SETPIPE_SZ: u32 = 1031;
    pub const F_GETPIPE_SZ: u32 = 1032;
    pub const F_ADD_SEALS: u32 = 1033;
    pub const F_GET_SEALS: u32 = 1034;
}

/// FD_CLOEXEC of F_GETFD.
pub const FD_CLOEXEC: u64 = 1;
/// A path with its NUL is at most this long.
pub const PATH_MAX: usize = 4096;
/// A name is at most this long.
pub const NAME_MAX: usize = 255;
