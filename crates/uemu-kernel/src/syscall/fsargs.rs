//! Arguments of file system calls.

use super::args::{ArgRegs, Phase, Show, SyscallArg};
use crate::context::TaskCtx;
use crate::stop::SysResult;
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_abi::fcntl::{OpenFlags, PATH_MAX};
use uemu_abi::stat::*;
use uemu_mem::GuestAddr;

crate::named_args! {
    /// Flags of open(2) but for the access mode, which `OpenFlagsArg` writes.
    flags RawOpenFlags(u32) "O_???" {
        0o100 => "O_CREAT", 0o200 => "O_EXCL", 0o400 => "O_NOCTTY", 0o1000 => "O_TRUNC", 0o2000 => "O_APPEND",
        0o4000 => "O_NONBLOCK", 0o4010000 => "O_SYNC", 0o10000 => "O_DSYNC", 0o20000 => "O_ASYNC", 0o40000 => "O_DIRECT",
        0o100000 => "O_LARGEFILE", 0o400000 => "O_NOFOLLOW", 0o1000000 => "O_NOATIME", 0o2000000 => "O_CLOEXEC",
        0o10000000 => "O_PATH", 0o20200000 => "O_TMPFILE", 0o200000 => "O_DIRECTORY",
    }
    /// AT_* flags of the *at calls.
    flags AtFlags(u32) "AT_???" {
        0x100 => "AT_SYMLINK_NOFOLLOW", 0x400 => "AT_SYMLINK_FOLLOW", 0x800 => "AT_NO_AUTOMOUNT", 0x1000 => "AT_EMPTY_PATH",
        0x2000 => "AT_STATX_FORCE_SYNC", 0x4000 => "AT_STATX_DONT_SYNC",
    }
    /// Flags of unlinkat(2).
    flags UnlinkFlags(u32) "AT_???" {
        0x100 => "AT_SYMLINK_NOFOLLOW", 0x200 => "AT_REMOVEDIR", 0x400 => "AT_SYMLINK_FOLLOW", 0x800 => "AT_NO_AUTOMOUNT",
        0x1000 => "AT_EMPTY_PATH",
    }
    /// Flags of faccessat2(2).
    flags AccessFlags(u32) "AT_???" {
        0x100 => "AT_SYMLINK_NOFOLLOW", 0x200 => "AT_EACCESS", 0x1000 => "AT_EMPTY_PATH",
    }
    /// Flags of renameat2(2).
    flags RenameFlags(u32) "RENAME_??" { 1 => "RENAME_NOREPLACE", 2 => "RENAME_EXCHANGE", 4 => "RENAME_WHITEOUT", }
    /// What lseek(2) starts from.
    choice Whence(u32) "SEEK_???" { 0 => "SEEK_SET", 1 => "SEEK_CUR", 2 => "SEEK_END", 3 => "SEEK_DATA", 4 => "SEEK_HOLE", }
    /// Flags of pipe2(2), dup3(2).
    flags PipeFlags(u32) "O_???" { 0o4000 => "O_NONBLOCK", 0o40000 => "O_DIRECT", 0o2000000 => "O_CLOEXEC", }
    /// Flags of eventfd2(2).
    flags EventFlags(u32) "EFD_???" { 1 => "EFD_SEMAPHORE", 0o2000000 => "EFD_CLOEXEC", 0o4000 => "EFD_NONBLOCK", }
    /// Flags of epoll_create1(2).
    flags EpollFlags(u32) "EPOLL_???" { 0o2000000 => "EPOLL_CLOEXEC", }
    /// Operations of epoll_ctl(2).
    choice EpollOp(u32) "EPOLL_CTL_???" { 1 => "EPOLL_CTL_ADD", 2 => "EPOLL_CTL_DEL", 3 => "EPOLL_CTL_MOD", }
    /// Commands of fcntl(2).
    choice FcntlCmd(u32) "F_???" {
        0 => "F_DUPFD", 1 => "F_GETFD", 2 => "F_SETFD", 3 => "F_GETFL", 4 => "F_SETFL", 5 => "F_GETLK", 6 => "F_SETLK",
        7 => "F_SETLKW", 8 => "F_SETOWN", 9 => "F_GETOWN", 10 => "F_SETSIG", 11 => "F_GETSIG", 36 => "F_OFD_GETLK",
        37 => "F_OFD_SETLK", 38 => "F_OFD_SETLKW", 1024 => "F_SETLEASE", 1025 => "F_GETLEASE", 1030 => "F_DUPFD_CLOEXEC",
        1031 => "F_SETPIPE_SZ", 1032 => "F_GETPIPE_SZ", 1033 => "F_ADD_SEALS", 1034 => "F_GET_SEALS",
    }
    /// Requests of ioctl(2).
    choice RawIoctlRequest(u32) "" {
        0x5401 => "TCGETS", 0x5402 => "SNDCTL_TMR_START or TCSETS", 0x5403 => "SNDCTL_TMR_STOP or TCSETSW",
        0x5404 => "SNDCTL_TMR_CONTINUE or TCSETSF", 0x5409 => "TCSBRK",
        0x540b => "TCFLSH", 0x540e => "TIOCSCTTY", 0x540f => "TIOCGPGRP", 0x5410 => "TIOCSPGRP", 0x5413 => "TIOCGWINSZ",
        0x5414 => "TIOCSWINSZ", 0x541b => "FIONREAD", 0x5421 => "FIONBIO", 0x5422 => "TIOCNOTTY", 0x5429 => "TIOCGSID",
        0x5450 => "FIONCLEX", 0x5451 => "FIOCLEX", 0x5452 => "FIOASYNC",
    }
    /// Operations of flock(2).
    choice FlockOp(u32) "LOCK_???" {
        1 => "LOCK_SH", 2 => "LOCK_EX", 8 => "LOCK_UN", 5 => "LOCK_SH|LOCK_NB", 6 => "LOCK_EX|LOCK_NB", 12 => "LOCK_UN|LOCK_NB",
    }
    /// Address families.
    choice Family(u32) "AF_???" { 0 => "AF_UNSPEC", 1 => "AF_UNIX", 2 => "AF_INET", 10 => "AF_INET6", 16 => "AF_NETLINK", 17 => "AF_PACKET", }
    /// Directions of shutdown(2).
    choice ShutHow(u32) "SHUT_???" { 0 => "SHUT_RD", 1 => "SHUT_WR", 2 => "SHUT_RDWR", }
    /// Flags of send(2) and recv(2).
    flags MsgFlags(u32) "MSG_???" {
        1 => "MSG_OOB", 2 => "MSG_PEEK", 4 => "MSG_DONTROUTE", 0x20 => "MSG_TRUNC", 0x40 => "MSG_DONTWAIT", 0x80 => "MSG_EOR",
        0x100 => "MSG_WAITALL", 0x4000 => "MSG_NOSIGNAL", 0x8000 => "MSG_MORE", 0x4000_0000 => "MSG_CMSG_CLOEXEC",
    }
    /// Events of statx(2)'s mask.
    flags StatxMask(u32) "STATX_???" {
        0xfff => "STATX_ALL", 0x7ff => "STATX_BASIC_STATS", 1 => "STATX_TYPE", 2 => "STATX_MODE", 4 => "STATX_NLINK", 8 => "STATX_UID",
        0x10 => "STATX_GID", 0x20 => "STATX_ATIME", 0x40 => "STATX_MTIME", 0x80 => "STATX_CTIME", 0x100 => "STATX_INO",
        0x200 => "STATX_SIZE", 0x400 => "STATX_BLOCKS", 0x800 => "STATX_BTIME", 0x1000 => "STATX_MNT_ID",
    }
}

/// Requests of ioctl(2): the names of those that share a number, or the parts of a number without a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IoctlRequest(pub u32);

impl SyscallArg for IoctlRequest {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        IoctlRequest(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        if RawIoctlRequest::NAMES.iter().any(|(n, _)| *n == u64::from(self.0)) {
            return RawIoctlRequest(self.0).write(out);
        }
        let direction = ["_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"];
        let [number, kind, ..] = self.0.to_le_bytes();
        let part = |v: u32| if v == 0 { "0".to_owned() } else { format!("{v:#x}") };
        let _ = write!(
            out,
            "_IOC({}, {}, {}, {})",
            direction.get((self.0 >> 30) as usize).unwrap_or(&""),
            part(kind.into()),
            part(number.into()),
            part(self.0 >> 16 & 0x3fff)
        );
    }
}

/// Flags of open(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenFlagsArg(pub u32);

impl OpenFlagsArg {
    /// As flags.
    pub fn flags(self) -> OpenFlags {
        OpenFlags::from_bits_retain(self.0)
    }

    /// As strace(1) writes them: the access mode first.
    pub fn write(self, out: &mut String) {
        out.push_str(match self.0 & 3 {
            0 => "O_RDONLY",
            1 => "O_WRONLY",
            2 => "O_RDWR",
            _ => "O_ACCMODE",
        });
        if self.0 & !3 != 0 {
            out.push('|');
            RawOpenFlags(self.0 & !3).write(out);
        }
    }
}

impl SyscallArg for OpenFlagsArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        OpenFlagsArg(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        self.write(out);
    }
}

/// The mode of access(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessMode(pub u32);

impl SyscallArg for AccessMode {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        AccessMode(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        if self.0 == 0 {
            out.push_str("F_OK");
        } else {
            super::args::bits(self.0.into(), &[(4, "R_OK"), (2, "W_OK"), (1, "X_OK")], "?_OK", out);
        }
    }
}

/// The mode of open(2): there only if a file may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CreateMode(pub u32);

/// Writes permission bits as C does: `0644`.
pub(crate) fn write_mode(mode: u32, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{:0>3}", format_args!("0{mode:o}").to_string());
}

impl SyscallArg for CreateMode {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CreateMode(regs.pull_one() as u32)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let flags = match cx.call.nr {
            OPEN => cx.call.args[1],
            OPENAT => cx.call.args[2],
            _ => return write_mode(self.0, out),
        };
        // O_CREAT, or the bit that makes O_TMPFILE differ from O_DIRECTORY.
        if flags as u32 & (OpenFlags::CREAT | OpenFlags::TMPFILE_ONLY).bits() != 0 {
            write_mode(self.0, out);
        }
    }
}

/// open(2)
const OPEN: u64 = 2;
/// openat(2)
const OPENAT: u64 = 257;

/// Flags of statx(2): how fresh the answer must be, then AT_* flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatxFlags(pub u32);

impl SyscallArg for StatxFlags {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        StatxFlags(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        use uemu_abi::fcntl::AT_STATX_SYNC_TYPE;
        out.push_str(match (self.0 & AT_STATX_SYNC_TYPE) >> 13 {
            0 => "AT_STATX_SYNC_AS_STAT",
            1 => "AT_STATX_FORCE_SYNC",
            2 => "AT_STATX_DONT_SYNC",
            _ => "0x6000 /* AT_STATX_??? */",
        });
        let rest = self.0 & !AT_STATX_SYNC_TYPE;
        if rest != 0 {
            out.push('|');
            AtFlags(rest).write(out);
        }
    }
}

/// The mode of mknod(2): a type and permissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMode(pub u32);

impl SyscallArg for FileMode {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FileMode(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        write_file_mode(self.0, out);
    }
}

/// The device of mknod(2): there only if the mode beside it says that one is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceArg(pub u64);

impl SyscallArg for DeviceArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        DeviceArg(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        const MKNOD: u64 = 133;
        let mode = if cx.call.nr == MKNOD { cx.call.args[1] } else { cx.call.args[2] };
        if matches!(mode as u32 & S_IFMT, S_IFCHR | S_IFBLK) {
            let _ = write!(out, "makedev({:#x}, {:#x})", dev_major(self.0), dev_minor(self.0));
        }
    }
}

/// Where getcwd(2) puts a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CwdOut {
    /// Where.
    pub addr: GuestAddr,
    /// Room.
    pub len: u64,
}

impl SyscallArg for CwdOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CwdOut { addr: GuestAddr(regs.pull_one()), len: regs.pull_one() }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        match cx.value() {
            // The NUL counts, but is not shown.
            Some(n) => super::args::show_cstr(cx, self.addr, usize::try_from(n).unwrap_or(0).min(PATH_MAX), out),
            None => show_addr(self.addr, out),
        }
        let _ = write!(out, ", {}", self.len);
    }
}

/// Where `struct stat` goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatOut(pub GuestAddr);

impl StatOut {
    /// Writes it.
    pub fn write(self, t: &mut TaskCtx<'_>, s: &Stat) -> SysResult<()> {
        Ok(t.mem.write(self.0, &s.to_bytes())?)
    }
}

/// A file mode as strace(1) writes it: `S_IFREG|0644`.
pub(crate) fn write_file_mode(mode: u32, out: &mut String) {
    let kind = match mode & S_IFMT {
        S_IFREG => "S_IFREG",
        S_IFDIR => "S_IFDIR",
        S_IFLNK => "S_IFLNK",
        S_IFCHR => "S_IFCHR",
        S_IFBLK => "S_IFBLK",
        S_IFIFO => "S_IFIFO",
        S_IFSOCK => "S_IFSOCK",
        _ => "",
    };
    if !kind.is_empty() {
        out.push_str(kind);
        out.push('|');
    }
    for (bit, name) in [(0o4000, "S_ISUID|"), (0o2000, "S_ISGID|"), (0o1000, "S_ISVTX|")] {
        if mode & bit != 0 {
            out.push_str(name);
        }
    }
    let _ = write!(out, "0{:o}", mode & 0o777);
}

fn show_addr(a: GuestAddr, out: &mut String) {
    let _ = if a == GuestAddr::NULL { write!(out, "NULL") } else { write!(out, "{:#x}", a.0) };
}

impl SyscallArg for StatOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        StatOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 144];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < 144 {
            return show_addr(self.0, out);
        }
        let s = Stat::from_bytes(&b);
        out.push_str("{st_mode=");
        write_file_mode(s.mode, out);
        if matches!(s.kind(), S_IFCHR | S_IFBLK) {
            let _ = write!(out, ", st_rdev=makedev({:#x}, {:#x})", dev_major(s.rdev), dev_minor(s.rdev));
        } else {
            let _ = write!(out, ", st_size={}", s.size);
        }
        out.push_str(", ...}");
    }
}

/// Where `struct statx` goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatxOut(pub GuestAddr);

impl SyscallArg for StatxOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        StatxOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 256];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < 256 {
            return show_addr(self.0, out);
        }
        let mask = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        out.push_str("{stx_mask=");
        StatxMask(mask).write(out);
        out.push_str(", stx_attributes=0, stx_mode=");
        write_file_mode(u32::from(u16::from_le_bytes([b[28], b[29]])), out);
        let mut size = [0; 8];
        size.copy_from_slice(&b[40..48]);
        let _ = write!(out, ", stx_size={}, ...}}", u64::from_le_bytes(size));
    }
}

/// Two descriptors that a call makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FdPairOut(pub GuestAddr);

impl FdPairOut {
    /// Writes them.
    pub fn write(self, t: &mut TaskCtx<'_>, a: i32, b: i32) -> SysResult<()> {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&a.to_le_bytes());
        bytes[4..].copy_from_slice(&b.to_le_bytes());
        Ok(t.mem.write(self.0, &bytes)?)
    }
}

impl SyscallArg for FdPairOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FdPairOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 8];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < 8 {
            return show_addr(self.0, out);
        }
        let (x, y) = (i32::from_le_bytes([b[0], b[1], b[2], b[3]]), i32::from_le_bytes([b[4], b[5], b[6], b[7]]));
        let _ = write!(out, "[{x}, {y}]");
    }
}

/// A buffer of directory entries: a trace counts them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirBuf {
    /// Where.
    pub addr: GuestAddr,
    /// Room.
    pub len: u32,
}

impl SyscallArg for DirBuf {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        DirBuf { addr: GuestAddr(regs.pull_one()), len: regs.pull_one() as u32 }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_addr(self.addr, out);
        if let Some(n) = cx.value() {
            let mut bytes = vec![0; usize::try_from(n.min(u64::from(self.len)).min(1 << 20)).unwrap_or(0)];
            let got = cx.view.mem.peek(self.addr, &mut bytes);
            bytes.truncate(got);
            let (mut at, mut count) = (0, 0);
            while let Some(&[a, b]) = bytes.get(at + 16..).and_then(|b| b.first_chunk()) {
                count += 1;
                at += usize::from(u16::from_le_bytes([a, b])).max(19);
            }
            let _ = write!(out, " /* {count} entries */");
        }
        let _ = write!(out, ", {}", self.len);
    }
}

/// `struct iovec` arrays: address and count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Iov<const OUT: bool> {
    /// The array.
    pub addr: GuestAddr,
    /// Its entries.
    pub count: u64,
}

/// Most entries (UIO_MAXIOV).
pub const IOV_MAX: u64 = 1024;
/// Most bytes one call moves (MAX_RW_COUNT).
pub const MAX_RW: u64 = 0x7fff_f000;

impl<const OUT: bool> Iov<OUT> {
    /// The pieces, together at most [`MAX_RW`] bytes. EINVAL, EFAULT.
    pub fn read(self, t: &mut TaskCtx<'_>) -> SysResult<Vec<(GuestAddr, u64)>> {
        if self.count > IOV_MAX {
            return Err(Errno::EINVAL.into());
        }
        read_iov(t, self.addr, self.count)
    }
}

/// Reads an iovec array of a checked length.
pub(crate) fn read_iov(t: &mut TaskCtx<'_>, addr: GuestAddr, count: u64) -> SysResult<Vec<(GuestAddr, u64)>> {
    let mut raw = vec![0; usize::try_from(count.min(IOV_MAX)).unwrap_or(0) * 16];
    t.mem.read(addr, &mut raw)?;
    let mut out = Vec::new();
    let mut left = MAX_RW;
    for piece in raw.chunks_exact(16) {
        let word = |at: usize| {
            let mut b = [0; 8];
            b.copy_from_slice(&piece[at..at + 8]);
            u64::from_le_bytes(b)
        };
        let (base, len) = (word(0), word(8));
        if len > i64::MAX as u64 {
            return Err(Errno::EINVAL.into());
        }
        let len = len.min(left);
        left -= len;
        out.push((GuestAddr(base), len));
    }
    Ok(out)
}

impl<const OUT: bool> SyscallArg for Iov<OUT> {
    const PHASE: Phase = if OUT { Phase::Exit } else { Phase::Enter };
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        Iov { addr: GuestAddr(regs.pull_one()), count: regs.pull_one() }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if OUT && cx.failed() {
            show_addr(self.addr, out);
        } else {
            // What a read filled is the returned count, spread over the pieces.
            let filled = if OUT { cx.value().unwrap_or(0) } else { u64::MAX };
            super::args::show_iov(cx, self.addr, self.count, filled, out);
        }
        let _ = write!(out, ", {}", self.count);
    }
}
