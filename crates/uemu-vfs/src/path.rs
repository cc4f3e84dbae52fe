//! From a node back to its path.

use crate::inode::Body;
use crate::node::{Node, ProcNode};
use crate::{InodeId, ROOT, Vfs};

impl Vfs {
    /// The absolute path of a directory (getcwd(2)), or of a file as far as it can be told: an in-memory file without a
    /// name gives `(unreachable)`.
    pub fn path_of(&self, node: &Node) -> Vec<u8> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut node = node.clone();
        // Each round goes up a mount or reaches the root.
        for _ in 0..=2 * self.mounts.len() + 1 {
            if let Some(m) = self.mount_of_root(&node) {
                node = m.at.clone();
                continue;
            }
            match &node {
                Node::Mem(id) => {
                    if !self.mem_parts(*id, &mut parts) {
                        return b"(unreachable)".to_vec();
                    }
                    break;
                }
                Node::Host { grant, path } => {
                    parts.extend(path.split(|&b| b == b'/').filter(|p| !p.is_empty()).rev().map(<[u8]>::to_vec));
                    node = Node::host(*grant, b"");
                    if self.mount_of_root(&node).is_none() {
                        break;
                    }
                }
                Node::Proc(p) => {
                    parts.extend(proc_parts(p).into_iter().rev().map(String::into_bytes));
                    node = Node::Proc(ProcNode::Root);
                    if self.mount_of_root(&node).is_none() {
                        break;
                    }
                }
            }
        }
        if parts.is_empty() {
            return b"/".to_vec();
        }
        let mut out = Vec::new();
        for p in parts.iter().rev() {
            out.push(b'/');
            out.extend_from_slice(p);
        }
        out
    }

    /// Pushes the names from `id` up to the root; `false` if it has none.
    fn mem_parts(&self, id: InodeId, parts: &mut Vec<Vec<u8>>) -> bool {
        let mut id = id;
        // Bounded by the number of inodes: directories form a tree.
        while id != ROOT {
            let parent = match self.inodes.get(&id).map(|i| (&i.body, i.nlink)) {
                Some((Body::Dir(d), links)) if links > 0 => Some(d.parent),
                Some((Body::Dir(_), _)) | None => None,
                // Files do not know their parents: the first that has it, in inode order.
                Some(_) => self.inodes.iter().find_map(|(&p, i)| match &i.body {
                    Body::Dir(d) if d.entries.values().any(|&e| e == id) => Some(p),
                    _ => None,
                }),
            };
            let Some(parent) = parent else { return false };
            let name = match self.inodes.get(&parent).map(|i| &i.body) {
                Some(Body::Dir(d)) => d.entries.iter().find(|&(_, &e)| e == id).map(|(n, _)| n.clone()),
                _ => None,
            };
            let Some(name) = name else { return false };
            parts.push(name);
            id = parent;
        }
        true
    }
}

fn proc_parts(p: &ProcNode) -> Vec<String> {
    let pid = |p: &u32, rest: &str| vec![p.to_string(), rest.to_string()];
    match p {
        ProcNode::Root => vec![],
        ProcNode::SelfLink => vec!["self".into()],
        ProcNode::ThreadSelf => vec!["thread-self".into()],
        ProcNode::Dir(d) | ProcNode::Text(d) | ProcNode::Link(d, _) => d.split('/').map(String::from).collect(),
        ProcNode::Pid(p) => vec![p.to_string()],
        ProcNode::PidText(p, t) => pid(p, t),
        ProcNode::PidLink(p, l) => pid(
            p,
            match l {
                crate::PidLink::Exe => "exe",
                crate::PidLink::Cwd => "cwd",
                crate::PidLink::Root => "root",
            },
        ),
        ProcNode::FdDir(p) => pid(p, "fd"),
        ProcNode::TaskDir(p) => pid(p, "task"),
        ProcNode::Fd(p, fd) => vec![p.to_string(), "fd".into(), fd.to_string()],
    }
}
