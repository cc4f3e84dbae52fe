//! The shape of procfs. What the files say comes from the kernel ([`ProcSource`]).

use crate::node::{Node, PidLink, ProcNode};
use uemu_abi::Errno;

/// The kernel, as procfs asks it.
pub trait ProcSource {
    /// The process that asks.
    fn self_pid(&self) -> u32;
    /// The thread that asks.
    fn self_tid(&self) -> u32;
    /// All processes, ascending.
    fn pids(&self) -> Vec<u32>;
    /// The threads of a process, ascending; ENOENT if it is none.
    fn tasks(&self, pid: u32) -> Result<Vec<u32>, Errno>;
    /// Descriptors of a process, ascending.
    fn fds(&self, pid: u32) -> Result<Vec<i32>, Errno>;
    /// Text of a file below /proc, such as `meminfo`.
    fn text(&self, name: &'static str) -> Result<Vec<u8>, Errno>;
    /// Text of a file below /proc/PID, such as `status`.
    fn pid_text(&self, pid: u32, name: &'static str) -> Result<Vec<u8>, Errno>;
    /// What readlink(2) says of exe, cwd, root.
    fn pid_link(&self, pid: u32, link: PidLink) -> Result<Vec<u8>, Errno>;
    /// What it says of a descriptor.
    fn fd_link(&self, pid: u32, fd: i32) -> Result<Vec<u8>, Errno>;
    /// The file a link leads to, if it is one with a node.
    fn pid_node(&self, pid: u32, link: PidLink) -> Option<Node>;
    /// The same of a descriptor; `None` for pipes and the like.
    fn fd_node(&self, pid: u32, fd: i32) -> Option<Node>;
}

/// No processes: for tests and for building the tree.
pub struct NoProc;

impl ProcSource for NoProc {
    fn self_pid(&self) -> u32 {
        0
    }
    fn self_tid(&self) -> u32 {
        0
    }
    fn pids(&self) -> Vec<u32> {
        Vec::new()
    }
    fn tasks(&self, _: u32) -> Result<Vec<u32>, Errno> {
        Err(Errno::ENOENT)
    }
    fn fds(&self, _: u32) -> Result<Vec<i32>, Errno> {
        Err(Errno::ENOENT)
    }
    fn text(&self, _: &'static str) -> Result<Vec<u8>, Errno> {
        Err(Errno::ENOENT)
    }
    fn pid_text(&self, _: u32, _: &'static str) -> Result<Vec<u8>, Errno> {
        Err(Errno::ENOENT)
    }
    fn pid_link(&self, _: u32, _: PidLink) -> Result<Vec<u8>, Errno> {
        Err(Errno::ENOENT)
    }
    fn fd_link(&self, _: u32, _: i32) -> Result<Vec<u8>, Errno> {
        Err(Errno::ENOENT)
    }
    fn pid_node(&self, _: u32, _: PidLink) -> Option<Node> {
        None
    }
    fn fd_node(&self, _: u32, _: i32) -> Option<Node> {
        None
    }
}

/// Texts of /proc, with slashes where a directory lies between. Sorted.
pub const TEXTS: &[&str] = &[
    "cpuinfo",
    "filesystems",
    "loadavg",
    "meminfo",
    "stat",
    "sys/fs/pipe-max-size",
    "sys/kernel/cap_last_cap",
    "sys/kernel/hostname",
    "sys/kernel/osrelease",
    "sys/kernel/ostype",
    "sys/kernel/pid_max",
    "sys/kernel/random/boot_id",
    "sys/kernel/version",
    "sys/net/core/somaxconn",
    "sys/vm/overcommit_memory",
    "uptime",
    "version",
];

/// Directories of /proc that are the same for all. Sorted.
const DIRS: &[&str] = &["sys", "sys/fs", "sys/kernel", "sys/kernel/random", "sys/net", "sys/net/core", "sys/vm"];

/// Texts of /proc/PID. Sorted.
pub const PID_TEXTS: &[&str] = &[
    "auxv",
    "cgroup",
    "cmdline",
    "comm",
    "environ",
    "limits",
    "maps",
    "mountinfo",
    "mounts",
    "stat",
    "statm",
    "status",
];

const PID_LINKS: &[(&str, PidLink)] = &[("cwd", PidLink::Cwd), ("exe", PidLink::Exe), ("root", PidLink::Root)];

fn number(name: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(name).ok()?;
    // No leading zeros or signs: a process has one name.
    if text.starts_with('+') || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

/// Whether the node is a directory.
pub(crate) fn is_dir(node: &ProcNode) -> bool {
    matches!(node, ProcNode::Root | ProcNode::Dir(_) | ProcNode::Pid(_) | ProcNode::FdDir(_) | ProcNode::TaskDir(_))
}

/// Whether it is a link.
pub(crate) fn is_link(node: &ProcNode) -> bool {
    matches!(
        node,
        ProcNode::SelfLink | ProcNode::ThreadSelf | ProcNode::Link(..) | ProcNode::PidLink(..) | ProcNode::Fd(..)
    )
}

/// The child of that name.
pub(crate) fn lookup(source: &dyn ProcSource, dir: &ProcNode, name: &[u8]) -> Option<ProcNode> {
    match dir {
        ProcNode::Root => match name {
            b"self" => Some(ProcNode::SelfLink),
            b"thread-self" => Some(ProcNode::ThreadSelf),
            b"mounts" => Some(ProcNode::Link("mounts", "self/mounts")),
            _ => match number(name) {
                Some(pid) => source.tasks(pid).ok().map(|_| ProcNode::Pid(pid)),
                None => below("", name),
            },
        },
        ProcNode::Dir(path) => below(path, name),
        ProcNode::Pid(pid) => match name {
            b"fd" => Some(ProcNode::FdDir(*pid)),
            b"task" => Some(ProcNode::TaskDir(*pid)),
            _ => {
                if let Some((_, link)) = PID_LINKS.iter().find(|(n, _)| n.as_bytes() == name) {
                    return Some(ProcNode::PidLink(*pid, *link));
                }
                PID_TEXTS.iter().find(|t| t.as_bytes() == name).map(|t| ProcNode::PidText(*pid, t))
            }
        },
        ProcNode::FdDir(pid) => {
            let fd = i32::try_from(number(name)?).ok()?;
            source.fds(*pid).ok()?.contains(&fd).then_some(ProcNode::Fd(*pid, fd))
        }
        ProcNode::TaskDir(pid) => {
            let tid = number(name)?;
            source.tasks(*pid).ok()?.contains(&tid).then_some(ProcNode::Pid(tid))
        }
        _ => None,
    }
}

fn below(path: &str, name: &[u8]) -> Option<ProcNode> {
    let matches = |full: &str| match full.strip_prefix(path) {
        Some(rest) => rest.strip_prefix('/').unwrap_or(if path.is_empty() { rest } else { "/" }).as_bytes() == name,
        None => false,
    };
    if let Some(d) = DIRS.iter().find(|d| matches(d)) {
        return Some(ProcNode::Dir(d));
    }
    TEXTS.iter().find(|t| matches(t)).map(|t| ProcNode::Text(t))
}

/// The directory that holds a directory.
pub(crate) fn parent(node: &ProcNode) -> ProcNode {
    match node {
        ProcNode::Dir(path) => match path.rsplit_once('/') {
            Some((up, _)) => DIRS.iter().find(|d| **d == up).map_or(ProcNode::Root, |d| ProcNode::Dir(d)),
            None => ProcNode::Root,
        },
        ProcNode::FdDir(pid) | ProcNode::TaskDir(pid) => ProcNode::Pid(*pid),
        _ => ProcNode::Root,
    }
}

/// The names in a directory.
pub(crate) fn list(source: &dyn ProcSource, dir: &ProcNode) -> Result<Vec<(Vec<u8>, ProcNode)>, Errno> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let one_level = |path: &str, names: &mut Vec<Vec<u8>>| {
        for full in DIRS.iter().chain(TEXTS) {
            let rest =
                if path.is_empty() { Some(*full) } else { full.strip_prefix(path).and_then(|r| r.strip_prefix('/')) };
            if let Some(rest) = rest.filter(|r| !r.contains('/')) {
                names.push(rest.as_bytes().to_vec());
            }
        }
    };
    match dir {
        ProcNode::Root => {
            names.extend(source.pids().iter().map(|p| p.to_string().into_bytes()));
            one_level("", &mut names);
            names.extend([b"self".to_vec(), b"thread-self".to_vec(), b"mounts".to_vec()]);
        }
        ProcNode::Dir(path) => one_level(path, &mut names),
        ProcNode::Pid(_) => {
            names.extend([b"fd".to_vec(), b"task".to_vec()]);
            names.extend(PID_LINKS.iter().map(|(n, _)| n.as_bytes().to_vec()));
            names.extend(PID_TEXTS.iter().map(|n| n.as_bytes().to_vec()));
        }
        ProcNode::FdDir(pid) => names.extend(source.fds(*pid)?.iter().map(|f| f.to_string().into_bytes())),
        ProcNode::TaskDir(pid) => names.extend(source.tasks(*pid)?.iter().map(|t| t.to_string().into_bytes())),
        _ => return Err(Errno::ENOTDIR),
    }
    Ok(names.into_iter().filter_map(|n| lookup(source, dir, &n).map(|node| (n, node))).collect())
}

/// What readlink(2) says.
pub(crate) fn read_link(source: &dyn ProcSource, node: &ProcNode) -> Result<Vec<u8>, Errno> {
    match node {
        ProcNode::SelfLink => Ok(source.self_pid().to_string().into_bytes()),
        ProcNode::ThreadSelf => Ok(format!("{}/task/{}", source.self_pid(), source.self_tid()).into_bytes()),
        ProcNode::Link(_, to) => Ok(to.as_bytes().to_vec()),
        ProcNode::PidLink(pid, link) => source.pid_link(*pid, *link),
        ProcNode::Fd(pid, fd) => source.fd_link(*pid, *fd),
        _ => Err(Errno::EINVAL),
    }
}

/// What the file says.
pub(crate) fn text(source: &dyn ProcSource, node: &ProcNode) -> Result<Vec<u8>, Errno> {
    match node {
        ProcNode::Text(name) => source.text(name),
        ProcNode::PidText(pid, name) => source.pid_text(*pid, name),
        _ => Err(Errno::EINVAL),
    }
}

/// A stable inode number.
pub(crate) fn ino(node: &ProcNode) -> u64 {
    let index = |list: &[&str], name: &str| list.iter().position(|n| *n == name).unwrap_or(0) as u64;
    match node {
        ProcNode::Root => 1,
        ProcNode::SelfLink => 2,
        ProcNode::ThreadSelf => 3,
        ProcNode::Link(..) => 4,
        ProcNode::Dir(d) => 0x100 + index(DIRS, d),
        ProcNode::Text(t) => 0x200 + index(TEXTS, t),
        ProcNode::Pid(p) => u64::from(*p) << 32 | 1,
        ProcNode::FdDir(p) => u64::from(*p) << 32 | 2,
        ProcNode::TaskDir(p) => u64::from(*p) << 32 | 3,
        ProcNode::PidText(p, t) => u64::from(*p) << 32 | (0x100 + index(PID_TEXTS, t)),
        ProcNode::PidLink(p, l) => u64::from(*p) << 32 | (0x200 + *l as u64),
        ProcNode::Fd(p, fd) => u64::from(*p) << 32 | (0x10000 + u64::from(*fd as u32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_what_it_finds() {
        for dir in [ProcNode::Root, ProcNode::Dir("sys"), ProcNode::Dir("sys/kernel")] {
            let names = list(&NoProc, &dir).unwrap();
            assert!(!names.is_empty());
            for (name, node) in names {
                assert_eq!(lookup(&NoProc, &dir, &name), Some(node));
            }
        }
        assert_eq!(lookup(&NoProc, &ProcNode::Dir("sys/kernel"), b"ostype"), Some(ProcNode::Text("sys/kernel/ostype")));
        assert_eq!(lookup(&NoProc, &ProcNode::Root, b"nothing"), None);
        assert_eq!(lookup(&NoProc, &ProcNode::Root, b"007"), None);
    }
}
