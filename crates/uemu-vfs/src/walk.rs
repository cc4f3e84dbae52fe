//! The path walk of path_resolution(7).

use crate::inode::{Body, Dir, Inode, Lower};
use crate::mount::place;
use crate::node::{Node, PidLink, ProcNode, join};
use crate::{Cx, FsResult, InodeId, Vfs, proc};
use uemu_abi::Errno;
use uemu_abi::fcntl::{NAME_MAX, PATH_MAX};
use uemu_abi::stat::{S_IFDIR, S_IFLNK, S_IFMT, S_IFREG};

/// Links followed in one walk before ELOOP (MAXSYMLINKS).
const MAX_LINKS: u32 = 40;

/// What becomes of the last component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Last {
    /// A link is followed.
    Follow,
    /// A link is not followed, unless a slash follows it.
    NoFollow,
    /// As `Follow`, for open(2) that may make a file: with a slash after it the name is not looked at any further.
    Create,
    /// It is a name to make, remove or rename: never followed, whatever follows it.
    Name,
}

/// Where a walk ends.
#[derive(Clone, Debug)]
pub struct Found {
    /// The directory that holds (or would hold) the name.
    pub parent: Node,
    /// The name; empty if the path ends in `.`, `..` or is `/`.
    pub name: Vec<u8>,
    /// What has that name.
    pub node: Option<Node>,
    /// The path ended in a slash.
    pub slash: bool,
}

impl Vfs {
    /// Walks `path` from the directory `start`.
    ///
    /// # Errors
    /// ENOENT (empty path, missing directory), ENOTDIR, ELOOP, ENAMETOOLONG. A missing last component is no error.
    pub fn walk(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8], last: Last) -> FsResult<Found> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        if path.len() >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let mut here = if path.first() == Some(&b'/') { self.root() } else { start.clone() };
        let mut slash = path.last() == Some(&b'/');
        // Components still to walk, the next one last.
        let mut rest: Vec<Vec<u8>> = components(path);
        let mut links = 0;
        while let Some(name) = rest.pop() {
            let is_last = rest.is_empty();
            if !self.is_dir(cx, &here)? {
                return Err(Errno::ENOTDIR);
            }
            if name.len() > NAME_MAX {
                return Err(Errno::ENAMETOOLONG);
            }
            match name.as_slice() {
                b"." => continue,
                b".." => {
                    here = self.parent(&here)?;
                    continue;
                }
                _ => {}
            }
            let Some(child) = self.lookup(cx, &here, &name)? else {
                self.remember_missing(&here, &name, &rest);
                if is_last {
                    return Ok(Found { parent: here, name, node: None, slash });
                }
                return Err(Errno::ENOENT);
            };
            let follow = !is_last
                || match last {
                    Last::Follow => true,
                    Last::Create => !slash,
                    Last::NoFollow => slash,
                    Last::Name => false,
                };
            if follow && self.is_link(cx, &child)? {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::ELOOP);
                }
                if let Some(target) = self.magic(cx, &child) {
                    if is_last {
                        if slash && !self.is_dir(cx, &target)? {
                            return Err(Errno::ENOTDIR);
                        }
                        return Ok(Found { parent: here, name, node: Some(target), slash });
                    }
                    here = target;
                    continue;
                }
                // A descriptor that is no file of the tree: a pipe, the console. It stands for itself.
                if matches!(&child, Node::Proc(ProcNode::Fd(..))) {
                    if is_last && !slash {
                        return Ok(Found { parent: here, name, node: Some(child), slash });
                    }
                    return Err(Errno::ENOTDIR);
                }
                let target = self.read_link(cx, &child)?;
                if target.is_empty() {
                    return Err(Errno::ENOENT);
                }
                if target.first() == Some(&b'/') {
                    here = self.root();
                }
                if is_last && target.last() == Some(&b'/') {
                    slash = true;
                }
                rest.extend(components(&target));
                continue;
            }
            if is_last {
                if slash && !matches!(last, Last::Name | Last::Create) && !self.is_dir(cx, &child)? {
                    return Err(Errno::ENOTDIR);
                }
                return Ok(Found { parent: here, name, node: Some(child), slash });
            }
            here = child;
        }
        if !self.is_dir(cx, &here)? {
            return Err(Errno::ENOTDIR);
        }
        Ok(Found { parent: here.clone(), name: Vec::new(), node: Some(here), slash })
    }

    /// Walks to something that exists.
    pub fn resolve(&mut self, cx: &mut Cx<'_>, start: &Node, path: &[u8], follow: bool) -> FsResult<Node> {
        let last = if follow { Last::Follow } else { Last::NoFollow };
        self.walk(cx, start, path, last)?.node.ok_or(Errno::ENOENT)
    }

    fn remember_missing(&mut self, dir: &Node, name: &[u8], rest: &[Vec<u8>]) {
        // Only what memory does not have may be granted; a bind shows all the host has there.
        if !matches!(dir, Node::Mem(_)) {
            return;
        }
        let mut path = self.path_of(dir);
        for part in std::iter::once(name).chain(rest.iter().rev().map(Vec::as_slice)) {
            if part == b".." || path.len() > PATH_MAX {
                return;
            }
            if part != b"." {
                if path.last() != Some(&b'/') {
                    path.push(b'/');
                }
                path.extend_from_slice(part);
            }
        }
        self.note_missing(path);
    }

    /// The child of that name, mounts crossed.
    pub(crate) fn lookup(&mut self, cx: &mut Cx<'_>, dir: &Node, name: &[u8]) -> FsResult<Option<Node>> {
        let child = match dir {
            Node::Mem(id) => self.lookup_mem(cx, *id, name)?.map(Node::Mem),
            Node::Host { grant, path } => {
                let full = join(path, name);
                match cx.host.stat(place(*grant, &full)) {
                    Ok(_) => Some(Node::Host { grant: *grant, path: full.into() }),
                    Err(Errno::ENOENT) => None,
                    Err(e) => return Err(e),
                }
            }
            Node::Proc(p) => proc::lookup(cx.proc, p, name).map(Node::Proc),
        };
        Ok(child.map(|c| self.covered(c)))
    }

    /// The inode of that name; one of the layer below is brought up.
    pub(crate) fn lookup_mem(&mut self, cx: &mut Cx<'_>, dir: InodeId, name: &[u8]) -> FsResult<Option<InodeId>> {
        let Body::Dir(d) = &self.inode(dir)?.body else { return Err(Errno::ENOTDIR) };
        if let Some(&id) = d.entries.get(name) {
            return Ok(Some(id));
        }
        let Some(lower) = &d.lower else { return Ok(None) };
        if d.whiteouts.contains(name) {
            return Ok(None);
        }
        let below = Lower { grant: lower.grant, path: join(&lower.path, name) };
        let stat = match cx.host.stat(place(below.grant, &below.path)) {
            Ok(s) => s,
            Err(Errno::ENOENT) => return Ok(None),
            Err(e) => return Err(e),
        };
        let body = match stat.mode & S_IFMT {
            S_IFDIR => Body::Dir(Dir { lower: Some(below), ..Dir::new(dir) }),
            S_IFREG => Body::File { contents: Default::default(), lower: Some(below), lower_len: stat.size },
            S_IFLNK => Body::Symlink(cx.host.read_link(place(below.grant, &below.path))?),
            // Devices, FIFOs and sockets of the host are not for the guest.
            other => Body::Special(other),
        };
        let mut inode = Inode::new(body, stat.mode & 0o7777, 0);
        (inode.uid, inode.gid) = (stat.uid, stat.gid);
        (inode.atime, inode.mtime, inode.ctime) = (stat.atime, stat.mtime, stat.ctime);
        let id = self.add_inode(inode)?;
        if let Body::Dir(d) = &mut self.inode_mut(dir)?.body {
            d.entries.insert(name.to_vec(), id);
        }
        Ok(Some(id))
    }

    /// `..`
    pub(crate) fn parent(&self, node: &Node) -> FsResult<Node> {
        // Up through every mount this is the root of.
        let mut node = node.clone();
        for _ in 0..=self.mounts.len() {
            match self.mount_of_root(&node) {
                Some(m) => node = m.at.clone(),
                None => break,
            }
        }
        Ok(match &node {
            Node::Mem(id) => match &self.inode(*id)?.body {
                Body::Dir(d) => Node::Mem(d.parent),
                // A file bind is mounted on a file; nothing asks for its parent.
                _ => return Err(Errno::ENOTDIR),
            },
            Node::Host { grant, path } => {
                let up = path.iter().rposition(|&b| b == b'/').unwrap_or(0);
                self.covered(Node::host(*grant, path.get(..up).unwrap_or(b"")))
            }
            Node::Proc(p) => Node::Proc(proc::parent(p)),
        })
    }

    /// Whether the node is a directory.
    pub fn is_dir(&self, cx: &mut Cx<'_>, node: &Node) -> FsResult<bool> {
        Ok(match node {
            Node::Mem(id) => matches!(self.inode(*id)?.body, Body::Dir(_)),
            Node::Host { grant, path } => cx.host.stat(place(*grant, path))?.mode & S_IFMT == S_IFDIR,
            Node::Proc(p) => proc::is_dir(p),
        })
    }

    pub(crate) fn is_link(&self, cx: &mut Cx<'_>, node: &Node) -> FsResult<bool> {
        Ok(match node {
            Node::Mem(id) => matches!(self.inode(*id)?.body, Body::Symlink(_)),
            Node::Host { grant, path } => cx.host.stat(place(*grant, path))?.mode & S_IFMT == S_IFLNK,
            Node::Proc(p) => proc::is_link(p),
        })
    }

    /// The node a link of procfs stands for, whatever its text says.
    fn magic(&self, cx: &Cx<'_>, node: &Node) -> Option<Node> {
        match node {
            Node::Proc(ProcNode::PidLink(pid, link)) => cx.proc.pid_node(*pid, *link),
            Node::Proc(ProcNode::Fd(pid, fd)) => cx.proc.fd_node(*pid, *fd),
            _ => None,
        }
    }

    /// readlink(2). EINVAL unless it is a link.
    pub fn read_link(&self, cx: &mut Cx<'_>, node: &Node) -> FsResult<Vec<u8>> {
        match node {
            Node::Mem(id) => match &self.inode(*id)?.body {
                Body::Symlink(target) => Ok(target.clone()),
                _ => Err(Errno::EINVAL),
            },
            Node::Host { grant, path } => cx.host.read_link(place(*grant, path)),
            Node::Proc(ProcNode::PidLink(pid, PidLink::Cwd)) => {
                let dir = cx.proc.pid_node(*pid, PidLink::Cwd).ok_or(Errno::ENOENT)?;
                Ok(self.path_of(&dir))
            }
            Node::Proc(p) => proc::read_link(cx.proc, p),
        }
    }
}

/// The components of a path, the first one last.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&b| b == b'/').filter(|c| !c.is_empty()).rev().map(<[u8]>::to_vec).collect()
}
