//! What is mounted where.

use crate::inode::{Body, Lower};
use crate::node::{Node, ProcNode};
use crate::{Cx, FsResult, Last, ROOT, Vfs};
use uemu_abi::Errno;
use uemu_host::{GrantId, Place};

/// A node that covers another.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) at: Node,
    pub(crate) root: Node,
    pub(crate) path: Vec<u8>,
    pub(crate) writable: bool,
}

/// A mount, for /proc/PID/mounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MountInfo {
    /// Where.
    pub path: Vec<u8>,
    /// Type.
    pub kind: &'static str,
    /// Whether it can be written.
    pub writable: bool,
}

/// Why a grant could not be mounted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BindError {
    /// The guest path is not absolute.
    NotAbsolute,
    /// It is `/`.
    Root,
    /// The mount point could not be made.
    MountPoint(Errno),
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BindError::NotAbsolute => f.write_str("the guest path must be absolute"),
            BindError::Root => f.write_str("a grant cannot be bound over /; use --root"),
            BindError::MountPoint(e) => write!(f, "the mount point cannot be made: {e}"),
        }
    }
}

impl std::error::Error for BindError {}

impl Vfs {
    /// Mounts a grant at a guest path, making the mount point and its parents if need be.
    pub fn bind(
        &mut self,
        cx: &mut Cx<'_>,
        grant: GrantId,
        is_dir: bool,
        at: &[u8],
        writable: bool,
    ) -> Result<(), BindError> {
        if at.first() != Some(&b'/') {
            return Err(BindError::NotAbsolute);
        }
        let mut names = Vec::new();
        for name in at.split(|&b| b == b'/') {
            match name {
                b"" | b"." => {}
                b".." => {
                    names.pop();
                }
                _ => names.push(name.to_vec()),
            }
        }
        let Some((last, parents)) = names.split_last() else { return Err(BindError::Root) };
        let mut here = self.root();
        for name in parents {
            here = self.mount_dir(cx, &here, name).map_err(BindError::MountPoint)?;
        }
        let point = if is_dir { self.mount_dir(cx, &here, last) } else { self.mount_file(cx, &here, last) };
        let at = point.map_err(BindError::MountPoint)?;
        let path = self.path_of(&at);
        self.pin(&at);
        self.mounts.push(Mount { at, root: Node::host(grant, b""), path, writable });
        Ok(())
    }

    /// The directory of that name, links followed, made if missing.
    fn mount_dir(&mut self, cx: &mut Cx<'_>, dir: &Node, name: &[u8]) -> FsResult<Node> {
        let found = self.walk(cx, dir, name, Last::Follow)?;
        match found.node {
            Some(node) if self.is_dir(cx, &node)? => Ok(node),
            Some(_) => Err(Errno::ENOTDIR),
            None => {
                let umask = std::mem::replace(&mut cx.umask, 0);
                let made = self.mkdir(cx, dir, name, 0o755);
                cx.umask = umask;
                made?;
                self.lookup(cx, dir, name)?.ok_or(Errno::ENOENT)
            }
        }
    }

    /// The file of that name, made empty if missing.
    fn mount_file(&mut self, cx: &mut Cx<'_>, dir: &Node, name: &[u8]) -> FsResult<Node> {
        match self.lookup(cx, dir, name)? {
            Some(node) => Ok(node),
            None => self.create_file(cx, dir, name, 0o644),
        }
    }

    /// Lays a granted directory under the root, read-only: what the guest changes stays in memory. Call before anything
    /// else is made in the tree.
    pub fn set_lower_root(&mut self, grant: GrantId) -> FsResult<()> {
        match &mut self.inode_mut(ROOT)?.body {
            Body::Dir(d) => {
                d.lower = Some(Lower { grant, path: Vec::new() });
                Ok(())
            }
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// Mounts procfs.
    pub(crate) fn mount_proc(&mut self, at: Node) {
        self.mounts.push(Mount { at, root: Node::Proc(ProcNode::Root), path: b"/proc".to_vec(), writable: false });
    }

    /// What covers the node, if anything does; the last mounted on top.
    pub(crate) fn covered(&self, mut node: Node) -> Node {
        // A mount may be covered by a later one: each step goes up the list, so it ends.
        let mut from = 0;
        while let Some(i) = self.mounts.iter().skip(from).position(|m| m.at == node) {
            from += i;
            if let Some(m) = self.mounts.get(from) {
                node = m.root.clone();
            }
            from += 1;
        }
        node
    }

    /// The mount whose root this is.
    pub(crate) fn mount_of_root(&self, node: &Node) -> Option<&Mount> {
        self.mounts.iter().find(|m| m.root == *node)
    }

    /// Whether something is mounted there (or the node is a mount's root): it cannot be removed or renamed.
    pub(crate) fn is_mount_point(&self, node: &Node) -> bool {
        self.mounts.iter().any(|m| m.at == *node || m.root == *node)
    }

    /// EROFS unless a file of this grant may be written.
    pub(crate) fn check_writable(&self, grant: GrantId) -> FsResult<()> {
        let writable =
            self.mounts.iter().any(|m| m.writable && matches!(&m.root, Node::Host { grant: g, .. } if *g == grant));
        if writable { Ok(()) } else { Err(Errno::EROFS) }
    }

    /// All mounts, the root first.
    pub fn mounts(&self) -> Vec<MountInfo> {
        let mut out = vec![MountInfo { path: b"/".to_vec(), kind: "tmpfs", writable: true }];
        for m in &self.mounts {
            let (kind, writable) = match &m.root {
                Node::Proc(_) => ("proc", true),
                _ => ("bind", m.writable),
            };
            out.push(MountInfo { path: m.path.clone(), kind, writable });
        }
        out
    }
}

/// The place of a host node.
pub(crate) fn place<'a>(grant: GrantId, path: &'a [u8]) -> Place<'a> {
    Place { grant, path }
}
