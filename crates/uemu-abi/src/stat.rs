//! File status: stat(2), statx(2), statfs(2), and the mode bits of inode(7).

/// S_IFMT: the file type bits of a mode.
pub const S_IFMT: u32 = 0o170000;
/// Socket.
pub const S_IFSOCK: u32 = 0o140000;
/// Symbolic link.
pub const S_IFLNK: u32 = 0o120000;
/// Regular file.
pub const S_IFREG: u32 = 0o100000;
/// Block device.
pub const S_IFBLK: u32 = 0o060000;
/// Directory.
pub const S_IFDIR: u32 = 0o040000;
/// Character device.
pub const S_IFCHR: u32 = 0o020000;
/// FIFO.
pub const S_IFIFO: u32 = 0o010000;

/// The `d_type` of a mode (getdents64(2)).
pub const fn dirent_type(mode: u32) -> u8 {
    ((mode & S_IFMT) >> 12) as u8
}

/// A device number as `makedev(3)` builds it (the 64-bit encoding of glibc and the kernel's `new_encode_dev`).
pub const fn makedev(major: u32, minor: u32) -> u64 {
    (minor as u64 & 0xff) | ((major as u64 & 0xfff) << 8) | ((minor as u64 & !0xff) << 12)
}

/// Major number of a device.
pub const fn dev_major(dev: u64) -> u32 {
    ((dev >> 8) & 0xfff) as u32
}

/// Minor number of a device.
pub const fn dev_minor(dev: u64) -> u32 {
    ((dev & 0xff) | ((dev >> 12) & 0xfff00)) as u32
}

/// A point in time as nanoseconds since the epoch, signed as file times may precede it.
pub type FileTime = i64;

/// What stat(2) says of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stat {
    /// Device that holds the file.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Hard links.
    pub nlink: u64,
    /// Type and permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device the file is, if it is one.
    pub rdev: u64,
    /// Bytes.
    pub size: u64,
    /// Preferred block size for I/O.
    pub blksize: u64,
    /// Blocks of 512 bytes allocated.
    pub blocks: u64,
    /// Last access, ns since the epoch.
    pub atime: FileTime,
    /// Last modification.
    pub mtime: FileTime,
    /// Last status change.
    pub ctime: FileTime,
}

fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(to) = out.get_mut(at..at + bytes.len()) {
        to.copy_from_slice(bytes);
    }
}

/// Seconds and nanoseconds of a file time (nanoseconds never negative).
pub const fn split_time(t: FileTime) -> (i64, i64) {
    (t.div_euclid(1_000_000_000), t.rem_euclid(1_000_000_000))
}

impl Stat {
    /// The type bits of the mode.
    pub const fn kind(&self) -> u32 {
        self.mode & S_IFMT
    }

    /// `struct stat` of x86-64.
    pub fn to_bytes(&self) -> [u8; 144] {
        let mut b = [0; 144];
        put(&mut b, 0, &self.dev.to_le_bytes());
        put(&mut b, 8, &self.ino.to_le_bytes());
        put(&mut b, 16, &self.nlink.to_le_bytes());
        put(&mut b, 24, &self.mode.to_le_bytes());
        put(&mut b, 28, &self.uid.to_le_bytes());
        put(&mut b, 32, &self.gid.to_le_bytes());
        put(&mut b, 40, &self.rdev.to_le_bytes());
        put(&mut b, 48, &self.size.to_le_bytes());
        put(&mut b, 56, &self.blksize.to_le_bytes());
        put(&mut b, 64, &self.blocks.to_le_bytes());
        for (at, t) in [(72, self.atime), (88, self.mtime), (104, self.ctime)] {
            let (s, ns) = split_time(t);
            put(&mut b, at, &s.to_le_bytes());
            put(&mut b, at + 8, &ns.to_le_bytes());
        }
        b
    }

    /// Reads back what [`Stat::to_bytes`] wrote.
    pub fn from_bytes(b: &[u8; 144]) -> Stat {
        let u64_at = |at: usize| {
            let mut x = [0; 8];
            x.copy_from_slice(&b[at..at + 8]);
            u64::from_le_bytes(x)
        };
        let time = |at: usize| (u64_at(at) as i64).saturating_mul(1_000_000_000).saturating_add(u64_at(at + 8) as i64);
        Stat {
            dev: u64_at(0),
            ino: u64_at(8),
            nlink: u64_at(16),
            mode: u64_at(24) as u32,
            uid: (u64_at(24) >> 32) as u32,
            gid: u64_at(32) as u32,
            rdev: u64_at(40),
            size: u64_at(48),
            blksize: u64_at(56),
            blocks: u64_at(64),
            atime: time(72),
            mtime: time(88),
            ctime: time(104),
        }
    }

    /// `struct statx` with STATX_BASIC_STATS filled; the birth time is not known.
    pub fn to_statx(&self) -> [u8; 256] {
        let mut b = [0; 256];
        put(&mut b, 0, &STATX_BASIC_STATS.to_le_bytes());
        put(&mut b, 4, &(self.blksize as u32).to_le_bytes());
        put(&mut b, 16, &(self.nlink as u32).to_le_bytes());
        put(&mut b, 20, &self.uid.to_le_bytes());
        put(&mut b, 24, &self.gid.to_le_bytes());
        put(&mut b, 28, &(self.mode as u16).to_le_bytes());
        put(&mut b, 32, &self.ino.to_le_bytes());
        put(&mut b, 40, &self.size.to_le_bytes());
        put(&mut b, 48, &self.blocks.to_le_bytes());
        for (at, t) in [(64, self.atime), (96, self.ctime), (112, self.mtime)] {
            let (s, ns) = split_time(t);
            put(&mut b, at, &s.to_le_bytes());
            put(&mut b, at + 8, &(ns as u32).to_le_bytes());
        }
        put(&mut b, 128, &dev_major(self.rdev).to_le_bytes());
        put(&mut b, 132, &dev_minor(self.rdev).to_le_bytes());
        put(&mut b, 136, &dev_major(self.dev).to_le_bytes());
        put(&mut b, 140, &dev_minor(self.dev).to_le_bytes());
        b
    }
}

/// STATX_BASIC_STATS: everything stat(2) tells.
pub const STATX_BASIC_STATS: u32 = 0x7ff;
/// STATX__RESERVED: a mask with this bit is EINVAL.
pub const STATX_RESERVED: u32 = 0x8000_0000;

/// What statfs(2) says of a file system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StatFs {
    /// Magic number of the type.
    pub kind: i64,
    /// Block size.
    pub bsize: i64,
    /// Blocks.
    pub blocks: u64,
    /// Free blocks.
    pub bfree: u64,
    /// Inodes.
    pub files: u64,
    /// Free inodes.
    pub ffree: u64,
    /// ST_* flags.
    pub flags: i64,
}

impl StatFs {
    /// `struct statfs` of x86-64.
    pub fn to_bytes(&self) -> [u8; 120] {
        let mut b = [0; 120];
        put(&mut b, 0, &self.kind.to_le_bytes());
        put(&mut b, 8, &self.bsize.to_le_bytes());
        put(&mut b, 16, &self.blocks.to_le_bytes());
        put(&mut b, 24, &self.bfree.to_le_bytes());
        put(&mut b, 32, &self.bfree.to_le_bytes());
        put(&mut b, 40, &self.files.to_le_bytes());
        put(&mut b, 48, &self.ffree.to_le_bytes());
        put(&mut b, 64, &255i64.to_le_bytes());
        put(&mut b, 72, &self.bsize.to_le_bytes());
        put(&mut b, 80, &self.flags.to_le_bytes());
        b
    }
}

/// Magic number of tmpfs.
pub const TMPFS_MAGIC: i64 = 0x0102_1994;
/// Magic number of procfs.
pub const PROC_SUPER_MAGIC: i64 = 0x9fa0;
/// Magic number of pipefs.
pub const PIPEFS_MAGIC: i64 = 0x5049_5045;
/// Magic number of ext4, given for host grants.
pub const EXT4_SUPER_MAGIC: i64 = 0xef53;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_round_trips() {
        let s = Stat {
            dev: makedev(8, 300),
            ino: 7,
            nlink: 2,
            mode: S_IFREG | 0o644,
            uid: 1,
            gid: 2,
            rdev: makedev(1, 3),
            size: 9,
            blksize: 4096,
            blocks: 8,
            atime: -1,
            mtime: 1_500_000_000,
            ctime: 3,
        };
        assert_eq!(Stat::from_bytes(&s.to_bytes()), s);
        assert_eq!((dev_major(s.dev), dev_minor(s.dev)), (8, 300));
    }
}
