//! Names: mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2), and reading directories.

use crate::inode::{Body, Dir, Inode};
use crate::mount::place;
use crate::node::{Node, join};
use crate::walk::{Found, Last};
use crate::{Cx, Device, FsResult, InodeId, Vfs, proc};
use std::collections::BTreeMap;
use uemu_abi::Errno;
use uemu_abi::fcntl::PATH_MAX;
use uemu_abi::stat::{S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK, dirent_type, makedev};
use uemu_host::OpenHow;

/// An entry of a directory, as getdents64(2) tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirEntry {
    /// Name.
    pub name: Vec<u8>,
    /// Inode number.
    pub ino: u64,
    /// `d_type`.
    pub kind: u8,
}

impl Vfs {
    /// Where a new name goes. EEXIST if it is taken.
    fn place_for(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8]) -> FsResult<Found> {
        let found = self.walk(cx, start, path, Last::Name)?;
        if found.node.is_some() { Err(Errno::EEXIST) } else { Ok(found) }
    }

    /// Enters a new inode in an in-memory directory.
    pub(crate) fn enter(&mut self, now: i64, dir: InodeId, name: &[u8], inode: Inode) -> FsResult<InodeId> {
        if self.inode(dir)?.nlink == 0 {
            // Removed while it was someone's current directory.
            return Err(Errno::ENOENT);
        }
        let id = self.add_inode(inode)?;
        self.put_name(now, dir, name, id)?;
        Ok(id)
    }

    /// Gives an inode a name.
    pub(crate) fn put_name(&mut self, now: i64, dir: InodeId, name: &[u8], id: InodeId) -> FsResult<()> {
        let parent = self.inode_mut(dir)?;
        (parent.mtime, parent.ctime) = (now, now);
        let Body::Dir(d) = &mut parent.body else { return Err(Errno::ENOTDIR) };
        d.entries.insert(name.to_vec(), id);
        if let Body::Dir(d) = &mut self.inode_mut(id)?.body {
            d.parent = dir;
        }
        Ok(())
    }

    /// Takes a name away; the inode's links are the caller's.
    pub(crate) fn take_name(&mut self, now: i64, dir: InodeId, name: &[u8]) -> FsResult<()> {
        let parent = self.inode_mut(dir)?;
        (parent.mtime, parent.ctime) = (now, now);
        let Body::Dir(d) = &mut parent.body else { return Err(Errno::ENOTDIR) };
        d.entries.remove(name);
        if d.lower.is_some() {
            d.whiteouts.insert(name.to_vec());
        }
        Ok(())
    }

    /// Drops one link of an inode.
    pub(crate) fn drop_link(&mut self, now: i64, id: InodeId) -> FsResult<()> {
        let inode = self.inode_mut(id)?;
        inode.nlink = if matches!(inode.body, Body::Dir(_)) { 0 } else { inode.nlink.saturating_sub(1) };
        inode.ctime = now;
        self.reap(id);
        Ok(())
    }

    /// mkdir(2).
    pub fn mkdir(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8], mode: u32) -> FsResult<()> {
        let found = self.place_for(cx, start, path)?;
        let mode = mode & 0o1777 & !cx.umask;
        match &found.parent {
            Node::Mem(dir) => {
                let inode = Inode::new(Body::Dir(Dir::new(*dir)), mode, cx.now);
                self.enter(cx.now, *dir, &found.name, inode).map(drop)
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                cx.host.make_dir(place(*grant, &join(path, &found.name)), mode)
            }
            Node::Proc(_) => Err(Errno::ENOENT),
        }
    }

    /// A new empty regular file in a directory; `name` is free. `mode` has the umask applied.
    pub(crate) fn create_file(&mut self, cx: &mut Cx<'_>, dir: &Node, name: &[u8], mode: u32) -> FsResult<Node> {
        match dir {
            Node::Mem(id) => {
                let body = Body::File { contents: Default::default(), lower: None, lower_len: 0 };
                Ok(Node::Mem(self.enter(cx.now, *id, name, Inode::new(body, mode, cx.now))?))
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                let full = join(path, name);
                let how = OpenHow { write: true, create: true, exclusive: true, mode, ..OpenHow::default() };
                let file = cx.host.open(place(*grant, &full), how)?;
                cx.host.close(file);
                Ok(Node::host(*grant, &full))
            }
            Node::Proc(_) => Err(Errno::ENOENT),
        }
    }

    /// mknod(2), for regular files, FIFOs, sockets and the devices of this /dev. EPERM for other devices.
    pub fn mknod(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8], mode: u32, dev: u64) -> FsResult<Node> {
        let found = self.place_for(cx, start, path)?;
        if found.slash {
            return Err(Errno::ENOENT);
        }
        let bits = mode & 0o7777 & !cx.umask;
        let body = match mode & S_IFMT {
            0 | S_IFREG => return self.create_file(cx, &found.parent, &found.name, bits),
            S_IFIFO => Body::Fifo,
            S_IFSOCK => Body::Socket,
            S_IFCHR => {
                let known = [
                    (makedev(1, 3), Device::Null),
                    (makedev(1, 5), Device::Zero),
                    (makedev(1, 7), Device::Full),
                    (makedev(1, 8), Device::Random),
                    (makedev(1, 9), Device::Random),
                    (makedev(5, 0), Device::Tty),
                ];
                match known.iter().find(|(d, _)| *d == dev) {
                    Some((_, device)) => Body::Device(*device),
                    None => return Err(Errno::EPERM),
                }
            }
            S_IFBLK => return Err(Errno::EPERM),
            S_IFDIR => return Err(Errno::EPERM),
            _ => return Err(Errno::EINVAL),
        };
        match &found.parent {
            Node::Mem(dir) => Ok(Node::Mem(self.enter(cx.now, *dir, &found.name, Inode::new(body, bits, cx.now))?)),
            // A pipe or socket of the machine cannot live in the host's directory.
            Node::Host { grant, .. } => {
                self.check_writable(*grant)?;
                Err(Errno::EPERM)
            }
            Node::Proc(_) => Err(Errno::ENOENT),
        }
    }

    /// symlink(2).
    pub fn symlink(&mut self, cx: &mut Cx<'_>, target: &[u8], start: &Node, path: &[u8]) -> FsResult<()> {
        if target.is_empty() {
            return Err(Errno::ENOENT);
        }
        if target.len() >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let found = self.place_for(cx, start, path)?;
        if found.slash {
            return Err(Errno::ENOENT);
        }
        match &found.parent {
            Node::Mem(dir) => {
                let inode = Inode::new(Body::Symlink(target.to_vec()), 0o777, cx.now);
                self.enter(cx.now, *dir, &found.name, inode).map(drop)
            }
            Node::Host { grant, path } => {
                self.check_writable(*grant)?;
                cx.host.make_symlink(target, place(*grant, &join(path, &found.name)))
            }
            Node::Proc(_) => Err(Errno::ENOENT),
        }
    }

    /// link(2): a new name for `old`, which the caller resolved.
    pub fn link(&mut self, cx: &mut Cx<'_>, old: &Node, start: &Node, path: &[u8]) -> FsResult<()> {
        let found = self.place_for(cx, start, path)?;
        if found.slash {
            return Err(Errno::ENOENT);
        }
        match (old, &found.parent) {
            (Node::Mem(id), Node::Mem(dir)) => {
                let (id, dir) = (*id, *dir);
                if matches!(self.inode(id)?.body, Body::Dir(_)) {
                    return Err(Errno::EPERM);
                }
                if self.inode(id)?.nlink == 0 || self.inode(dir)?.nlink == 0 {
                    return Err(Errno::ENOENT);
                }
                self.put_name(cx.now, dir, &found.name, id)?;
                let inode = self.inode_mut(id)?;
                inode.nlink = inode.nlink.saturating_add(1);
                inode.ctime = cx.now;
                Ok(())
            }
            (Node::Host { grant: g, path: p }, Node::Host { grant, path }) if g == grant => {
                self.check_writable(*grant)?;
                cx.host.link(place(*g, p), place(*grant, &join(path, &found.name)))
            }
            _ => Err(Errno::EXDEV),
        }
    }

    /// unlink(2).
    pub fn unlink(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8]) -> FsResult<()> {
        let found = self.walk(cx, start, path, Last::Name)?;
        if found.name.is_empty() {
            return Err(Errno::EISDIR);
        }
        let node = found.node.ok_or(Errno::ENOENT)?;
        if found.slash {
            return Err(if self.is_dir(cx, &node)? { Errno::EISDIR } else { Errno::ENOTDIR });
        }
        if self.is_dir(cx, &node)? {
            return Err(Errno::EISDIR);
        }
        if self.is_mount_point(&node) {
            return Err(Errno::EBUSY);
        }
        match (&node, &found.parent) {
            (Node::Mem(id), Node::Mem(dir)) => {
                self.take_name(cx.now, *dir, &found.name)?;
                self.drop_link(cx.now, *id)
            }
            (Node::Host { grant, path }, _) => {
                self.check_writable(*grant)?;
                cx.host.remove(place(*grant, path), false)
            }
            _ => Err(Errno::EPERM),
        }
    }

    /// rmdir(2).
    pub fn rmdir(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8]) -> FsResult<()> {
        let found = self.walk(cx, start, path, Last::Name)?;
        if found.name.is_empty() {
            // `..` is not empty, `.` names what is being walked through, `/` is in use.
            let trimmed = path.iter().rposition(|&b| b != b'/').map_or(&path[..0], |at| &path[..=at]);
            let last = trimmed.rsplit(|&b| b == b'/').next().unwrap_or(b"");
            return Err(match last {
                b"." => Errno::EINVAL,
                b".." => Errno::ENOTEMPTY,
                _ => Errno::EBUSY,
            });
        }
        let node = found.node.ok_or(Errno::ENOENT)?;
        if !self.is_dir(cx, &node)? {
            return Err(Errno::ENOTDIR);
        }
        if self.is_mount_point(&node) {
            return Err(Errno::EBUSY);
        }
        match (&node, &found.parent) {
            (Node::Mem(id), Node::Mem(dir)) => {
                if !self.list_mem(cx, *id)?.is_empty() {
                    return Err(Errno::ENOTEMPTY);
                }
                self.take_name(cx.now, *dir, &found.name)?;
                self.drop_link(cx.now, *id)
            }
            (Node::Host { grant, path }, _) => {
                self.check_writable(*grant)?;
                cx.host.remove(place(*grant, path), true)
            }
            _ => Err(Errno::EPERM),
        }
    }

    /// The names of an in-memory directory, those of the layer below among them: name -> (inode number, `d_type`).
    pub(crate) fn list_mem(&mut self, cx: &mut Cx<'_>, id: InodeId) -> FsResult<BTreeMap<Vec<u8>, (u64, u8)>> {
        let Body::Dir(d) = &self.inode(id)?.body else { return Err(Errno::ENOTDIR) };
        if let Some(lower) = d.lower.clone() {
            // Brought up, so that their inode numbers are those stat(2) will give.
            let below = cx.host.list(place(lower.grant, &lower.path))?;
            for entry in below {
                self.lookup_mem(cx, id, &entry.name)?;
            }
        }
        let Body::Dir(d) = &self.inode(id)?.body else { return Err(Errno::ENOTDIR) };
        let mut out = BTreeMap::new();
        for (name, child) in &d.entries {
            out.insert(name.clone(), (child.0, dirent_type(self.inode(*child)?.type_bits())));
        }
        Ok(out)
    }

    /// The entries of a directory, `.` and `..` first, the rest in byte order.
    pub fn list(&mut self, cx: &mut Cx<'_>, dir: &Node) -> FsResult<Vec<DirEntry>> {
        let dot = DirEntry { name: b".".to_vec(), ino: self.stat(cx, dir)?.ino, kind: 4 };
        let up = self.parent(dir)?;
        let up_ino = self.stat(cx, &up).map_or(dot.ino, |s| s.ino);
        let mut out = vec![dot, DirEntry { name: b"..".to_vec(), ino: up_ino, kind: 4 }];
        match dir {
            Node::Mem(id) => {
                let names = self.list_mem(cx, *id)?;
                out.extend(names.into_iter().map(|(name, (ino, kind))| DirEntry { name, ino, kind }));
            }
            Node::Host { grant, path } => {
                let names = cx.host.list(place(*grant, path))?;
                out.extend(names.into_iter().map(|e| DirEntry { name: e.name, ino: e.ino, kind: e.kind }));
            }
            Node::Proc(p) => {
                let mut names: Vec<DirEntry> = proc::list(cx.proc, p)?
                    .into_iter()
                    .map(|(name, n)| {
                        let kind = match (proc::is_dir(&n), proc::is_link(&n)) {
                            (true, _) => 4,
                            (_, true) => 10,
                            _ => 8,
                        };
                        DirEntry { name, ino: proc::ino(&n), kind }
                    })
                    .collect();
                if !matches!(p, crate::ProcNode::FdDir(_) | crate::ProcNode::TaskDir(_)) {
                    names.sort_by(|a, b| a.name.cmp(&b.name));
                }
                out.append(&mut names);
            }
        }
        Ok(out)
    }
}
