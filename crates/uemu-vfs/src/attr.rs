//! Attributes: stat(2), chmod(2), chown(2), utimensat(2), access(2), statfs(2).

use crate::inode::Body;
use crate::mount::place;
use crate::node::Node;
use crate::{Cx, FsResult, Vfs, proc};
use uemu_abi::Errno;
use uemu_abi::stat::*;

/// Device number of the in-memory file system.
const MEM_DEV: u64 = makedev(0, 30);
/// Of procfs.
const PROC_DEV: u64 = makedev(0, 22);

/// access(2): execute.
const X_OK: u32 = 1;
/// access(2): write.
const W_OK: u32 = 2;

impl Vfs {
    /// What stat(2) says of a node itself.
    pub fn stat(&self, cx: &mut Cx<'_>, node: &Node) -> FsResult<Stat> {
        match node {
            Node::Mem(id) => {
                let i = self.inode(*id)?;
                let (size, nlink) = match &i.body {
                    // 4096 as most disk file systems say.
                    Body::Dir(d) if i.nlink > 0 => {
                        let subdirs = d
                            .entries
                            .values()
                            .filter(|e| matches!(self.inodes.get(e).map(|i| &i.body), Some(Body::Dir(_))));
                        (4096, 2 + subdirs.count() as u64)
                    }
                    Body::Dir(_) => (0, 0),
                    Body::File { contents, lower: None, .. } => (contents.len(), u64::from(i.nlink)),
                    Body::File { lower_len, .. } => (*lower_len, u64::from(i.nlink)),
                    Body::Symlink(t) => (t.len() as u64, u64::from(i.nlink)),
                    _ => (0, u64::from(i.nlink)),
                };
                let blocks = match &i.body {
                    Body::Dir(_) => 8,
                    Body::File { contents, lower: None, .. } => contents.resident_pages() * 8,
                    Body::File { .. } => size.div_ceil(4096).saturating_mul(8),
                    _ => 0,
                };
                Ok(Stat {
                    dev: MEM_DEV,
                    ino: id.0,
                    nlink,
                    mode: i.type_bits() | i.mode,
                    uid: i.uid,
                    gid: i.gid,
                    rdev: i.rdev,
                    size,
                    blksize: 4096,
                    blocks,
                    atime: i.atime,
                    mtime: i.mtime,
                    ctime: i.ctime,
                })
            }
            Node::Host { grant, path } => {
                let s = cx.host.stat(place(*grant, path))?;
                Ok(host_stat(*grant, s))
            }
            Node::Proc(p) => {
                let mode = match (proc::is_dir(p), proc::is_link(p)) {
                    (true, _) => S_IFDIR | 0o555,
                    (_, true) => S_IFLNK | 0o777,
                    _ => S_IFREG | 0o444,
                };
                Ok(Stat {
                    dev: PROC_DEV,
                    ino: proc::ino(p),
                    nlink: if proc::is_dir(p) { 2 } else { 1 },
                    mode,
                    blksize: 1024,
                    atime: cx.now,
                    mtime: cx.now,
                    ctime: cx.now,
                    ..Stat::default()
                })
            }
        }
    }

    /// access(2) for the user the guest is (0): write fails on read-only mounts, execute wants an x bit somewhere.
    pub fn access(&self, cx: &mut Cx<'_>, node: &Node, mode: u32) -> FsResult<()> {
        let s = self.stat(cx, node)?;
        if mode & W_OK != 0
            && let Node::Host { grant, .. } = node
            && matches!(s.kind(), S_IFREG | S_IFDIR)
        {
            self.check_writable(*grant)?;
        }
        if mode & X_OK != 0 && s.kind() != S_IFDIR && s.mode & 0o111 == 0 {
            return Err(Errno::EACCES);
        }
        Ok(())
    }

    /// chmod(2).
    pub fn chmod(&mut self, cx: &mut Cx<'_>, node: &Node, mode: u32) -> FsResult<()> {
        match node {
            Node::Mem(id) => {
                let now = cx.now;
                let i = self.inode_mut(*id)?;
                if matches!(i.body, Body::Symlink(_)) {
                    return Err(Errno::EOPNOTSUPP);
                }
                (i.mode, i.ctime) = (mode & 0o7777, now);
                Ok(())
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                cx.host.set_mode(place(*grant, path), mode)
            }
            Node::Proc(_) => Err(Errno::EPERM),
        }
    }

    /// chown(2); `None` leaves an id alone. Files of the host keep their owners: only a call that changes nothing succeeds.
    pub fn chown(&mut self, cx: &mut Cx<'_>, node: &Node, uid: Option<u32>, gid: Option<u32>) -> FsResult<()> {
        match node {
            Node::Mem(id) => {
                let now = cx.now;
                let i = self.inode_mut(*id)?;
                i.uid = uid.unwrap_or(i.uid);
                i.gid = gid.unwrap_or(i.gid);
                i.ctime = now;
                if matches!(i.body, Body::File { .. }) {
                    i.mode &= if i.mode & 0o010 != 0 { !0o6000 } else { !0o4000 };
                }
                Ok(())
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                let s = cx.host.stat(place(*grant, path))?;
                if uid.is_none_or(|u| u == s.uid) && gid.is_none_or(|g| g == s.gid) {
                    Ok(())
                } else {
                    Err(Errno::EPERM)
                }
            }
            Node::Proc(_) => Err(Errno::EPERM),
        }
    }

    /// utimensat(2); `None` leaves a time alone.
    pub fn set_times(
        &mut self,
        cx: &mut Cx<'_>,
        node: &Node,
        atime: Option<FileTime>,
        mtime: Option<FileTime>,
    ) -> FsResult<()> {
        match node {
            Node::Mem(id) => {
                let now = cx.now;
                let i = self.inode_mut(*id)?;
                i.atime = atime.unwrap_or(i.atime);
                i.mtime = mtime.unwrap_or(i.mtime);
                i.ctime = now;
                Ok(())
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                cx.host.set_times(place(*grant, path), atime, mtime)
            }
            Node::Proc(_) => Err(Errno::EPERM),
        }
    }

    /// statfs(2).
    pub fn stat_fs(&self, node: &Node) -> StatFs {
        match node {
            Node::Mem(_) => {
                let blocks = self.limits.bytes / 4096;
                StatFs {
                    kind: TMPFS_MAGIC,
                    bsize: 4096,
                    blocks,
                    bfree: blocks.saturating_sub(self.pages),
                    files: self.limits.inodes,
                    ffree: self.limits.inodes.saturating_sub(self.inodes.len() as u64),
                    flags: 0x20,
                }
            }
            // Numbers that do not depend on the host's disk.
            Node::Host { .. } => StatFs {
                kind: EXT4_SUPER_MAGIC,
                bsize: 4096,
                blocks: 1 << 28,
                bfree: 1 << 27,
                files: 1 << 24,
                ffree: 1 << 23,
                flags: 0x20,
            },
            Node::Proc(_) => StatFs { kind: PROC_SUPER_MAGIC, bsize: 4096, flags: 0x20, ..StatFs::default() },
        }
    }
}

/// A host file's status as the guest sees it: on a device of its grant.
pub(crate) fn host_stat(grant: uemu_host::GrantId, s: Stat) -> Stat {
    Stat { dev: makedev(0, grant.0.saturating_add(64)), ..s }
}
