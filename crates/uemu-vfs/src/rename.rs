//! renameat2(2).

use crate::inode::Body;
use crate::mount::place;
use crate::node::{Node, join};
use crate::walk::{Found, Last};
use crate::{Cx, FsResult, InodeId, ROOT, Vfs};
use uemu_abi::Errno;
use uemu_abi::fcntl::{RENAME_EXCHANGE, RENAME_NOREPLACE};
use uemu_host::GrantId;

/// A file of the host has another path: nodes held by its old one (open files, current directories) follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostMove {
    grant: GrantId,
    from: Vec<u8>,
    to: Vec<u8>,
    exchanged: bool,
}

impl HostMove {
    /// Corrects a node.
    pub fn follow(&self, node: &mut Node) {
        let Node::Host { grant, path } = node else { return };
        if *grant != self.grant {
            return;
        }
        let below = |dir: &[u8]| match path.strip_prefix(dir) {
            Some(rest) if rest.is_empty() || rest.first() == Some(&b'/') => Some(rest.to_vec()),
            _ => None,
        };
        let moved = match below(&self.from) {
            Some(rest) => Some([self.to.as_slice(), &rest].concat()),
            None if self.exchanged => below(&self.to).map(|rest| [self.from.as_slice(), &rest].concat()),
            None => None,
        };
        if let Some(moved) = moved {
            *path = moved.into();
        }
    }
}

impl Vfs {
    /// Renames `old` (from `old_start`) to `new` (from `new_start`). Flags: RENAME_NOREPLACE or RENAME_EXCHANGE.
    pub fn rename(
        &mut self,
        cx: &mut Cx<'_>,
        old_start: &Node,
        old: &[u8],
        new_start: &Node,
        new: &[u8],
        flags: u32,
    ) -> FsResult<Option<HostMove>> {
        if flags & !(RENAME_NOREPLACE | RENAME_EXCHANGE) != 0 || flags == RENAME_NOREPLACE | RENAME_EXCHANGE {
            return Err(Errno::EINVAL);
        }
        let from = self.walk(cx, old_start, old, Last::Name)?;
        let to = self.walk(cx, new_start, new, Last::Name)?;
        // The order of the checks is do_renameat2's.
        if from.name.is_empty() {
            return Err(Errno::EBUSY);
        }
        if to.name.is_empty() {
            return Err(if flags & RENAME_NOREPLACE != 0 { Errno::EEXIST } else { Errno::EBUSY });
        }
        let node = from.node.clone().ok_or(Errno::ENOENT)?;
        let is_dir = self.is_dir(cx, &node)?;
        if flags & RENAME_NOREPLACE != 0 && to.node.is_some() {
            return Err(Errno::EEXIST);
        }
        let exchange = flags & RENAME_EXCHANGE != 0;
        if exchange {
            let target = to.node.clone().ok_or(Errno::ENOENT)?;
            if to.slash && !self.is_dir(cx, &target)? {
                return Err(Errno::ENOTDIR);
            }
        }
        if !is_dir && (from.slash || (to.slash && !exchange)) {
            return Err(Errno::ENOTDIR);
        }
        if self.is_mount_point(&node) || to.node.as_ref().is_some_and(|n| self.is_mount_point(n)) {
            return Err(Errno::EBUSY);
        }
        match (&from.parent, &to.parent) {
            (Node::Mem(a), Node::Mem(b)) => {
                self.rename_mem(cx, (*a, &from), (*b, &to), flags, is_dir)?;
                Ok(None)
            }
            (Node::Host { grant: g, path: p }, Node::Host { grant, path }) if g == grant => {
                self.check_writable(*grant)?;
                let (p, path) = (join(p, &from.name), join(path, &to.name));
                cx.host.rename(place(*g, &p), place(*grant, &path), flags)?;
                Ok(Some(HostMove { grant: *grant, from: p, to: path, exchanged: exchange }))
            }
            _ => Err(Errno::EXDEV),
        }
    }

    /// Whether `dir` is `ancestor` or lies below it.
    fn is_within(&self, dir: InodeId, ancestor: InodeId) -> bool {
        let mut here = dir;
        loop {
            if here == ancestor {
                return true;
            }
            if here == ROOT {
                return false;
            }
            match self.inodes.get(&here).map(|i| &i.body) {
                Some(Body::Dir(d)) if d.parent != here => here = d.parent,
                _ => return false,
            }
        }
    }

    fn rename_mem(
        &mut self,
        cx: &mut Cx<'_>,
        (from_dir, from): (InodeId, &Found),
        (to_dir, to): (InodeId, &Found),
        flags: u32,
        is_dir: bool,
    ) -> FsResult<()> {
        let Some(Node::Mem(id)) = from.node else { return Err(Errno::EXDEV) };
        if is_dir && self.is_within(to_dir, id) {
            return Err(Errno::EINVAL);
        }
        if let Some(Node::Mem(target)) = to.node
            && matches!(self.inode(target)?.body, Body::Dir(_))
            && self.is_within(from_dir, target)
        {
            return Err(if flags & RENAME_EXCHANGE != 0 { Errno::EINVAL } else { Errno::ENOTEMPTY });
        }
        if self.inode(to_dir)?.nlink == 0 {
            return Err(Errno::ENOENT);
        }
        match to.node {
            Some(Node::Mem(target)) if flags & RENAME_EXCHANGE != 0 => {
                self.put_name(cx.now, from_dir, &from.name, target)?;
                self.put_name(cx.now, to_dir, &to.name, id)?;
                self.inode_mut(target)?.ctime = cx.now;
            }
            // Two names of one file: nothing happens.
            Some(Node::Mem(target)) if target == id => return Ok(()),
            Some(Node::Mem(target)) => {
                let target_is_dir = matches!(self.inode(target)?.body, Body::Dir(_));
                match (is_dir, target_is_dir) {
                    (true, false) => return Err(Errno::ENOTDIR),
                    (false, true) => return Err(Errno::EISDIR),
                    (true, true) if !self.list_mem(cx, target)?.is_empty() => return Err(Errno::ENOTEMPTY),
                    _ => {}
                }
                self.take_name(cx.now, from_dir, &from.name)?;
                self.put_name(cx.now, to_dir, &to.name, id)?;
                self.drop_link(cx.now, target)?;
            }
            Some(_) => return Err(Errno::EXDEV),
            None => {
                self.take_name(cx.now, from_dir, &from.name)?;
                self.put_name(cx.now, to_dir, &to.name, id)?;
            }
        }
        self.inode_mut(id)?.ctime = cx.now;
        Ok(())
    }
}
