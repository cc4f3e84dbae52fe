//! The tree a machine starts with.

use crate::contents::Contents;
use crate::inode::{Body, Dir, Inode};
use crate::node::{Device, Node};
use crate::{Cx, FsResult, InodeId, Limits, ROOT, Vfs};
use std::collections::{BTreeMap, BTreeSet};
use uemu_abi::Errno;
use uemu_abi::stat::FileTime;
use uemu_host::GrantId;

/// Files every machine has, with fixed contents. A directory of `--root` that has them shows its own.
const FILES: &[(&str, &str)] = &[
    ("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("/etc/hostname", "uemu\n"),
    ("/etc/hosts", "127.0.0.1\tlocalhost uemu\n::1\tlocalhost\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("/etc/shells", "/bin/sh\n"),
];

const DIRS: &[(&str, u32)] =
    &[("/dev", 0o755), ("/dev/shm", 0o1777), ("/etc", 0o755), ("/proc", 0o555), ("/root", 0o700), ("/tmp", 0o1777)];

const DEVICES: &[(&str, Device)] = &[
    ("/dev/console", Device::Tty),
    ("/dev/full", Device::Full),
    ("/dev/null", Device::Null),
    ("/dev/random", Device::Random),
    ("/dev/tty", Device::Tty),
    ("/dev/urandom", Device::Random),
    ("/dev/zero", Device::Zero),
];

const LINKS: &[(&str, &str)] = &[
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
];

impl Vfs {
    /// An empty root directory.
    pub fn empty(limits: Limits, now: FileTime) -> Vfs {
        let mut inodes = BTreeMap::new();
        inodes.insert(ROOT, Inode::new(Body::Dir(Dir::new(ROOT)), 0o755, now));
        Vfs {
            inodes,
            next: ROOT.0 + 1,
            mounts: Vec::new(),
            pages: 0,
            limits,
            missing: BTreeSet::new(),
            host_shared: BTreeMap::new(),
        }
    }

    /// The tree a machine starts with: /dev, /etc, /proc, /root, /tmp; over the directory `lower` if one is granted.
    pub fn new(cx: &mut Cx<'_>, limits: Limits, lower: Option<GrantId>) -> FsResult<Vfs> {
        let mut vfs = Vfs::empty(limits, cx.now);
        if let Some(grant) = lower {
            vfs.set_lower_root(grant)?;
        }
        for (path, mode) in DIRS {
            vfs.add(cx, path, |parent| Body::Dir(Dir::new(parent)), *mode)?;
        }
        for (path, device) in DEVICES {
            vfs.add(cx, path, |_| Body::Device(*device), 0o666)?;
        }
        for (path, target) in LINKS {
            vfs.add(cx, path, |_| Body::Symlink(target.as_bytes().to_vec()), 0o777)?;
        }
        if lower.is_none() {
            for (path, text) in FILES {
                let contents = Contents::from_bytes(text.as_bytes());
                vfs.add(cx, path, |_| Body::File { contents, lower: None, lower_len: 0 }, 0o644)?;
            }
        }
        let root = vfs.root();
        let at = vfs.resolve(cx, &root, b"/proc", false)?;
        vfs.mount_proc(at);
        vfs.missing.clear();
        Ok(vfs)
    }

    /// Adds one file, unless the layer below has it; devices and what lies in /dev cover it.
    fn add(&mut self, cx: &mut Cx<'_>, path: &str, body: impl FnOnce(InodeId) -> Body, mode: u32) -> FsResult<()> {
        let (parent, name) = path.rsplit_once('/').ok_or(Errno::EINVAL)?;
        let root = self.root();
        let dir = if parent.is_empty() { root } else { self.resolve(cx, &root, parent.as_bytes(), true)? };
        let Node::Mem(dir) = dir else { return Err(Errno::EINVAL) };
        if let Some(there) = self.lookup_mem(cx, dir, name.as_bytes())? {
            let covers = path == "/dev" || path == "/proc" || path.starts_with("/dev/");
            if !covers {
                return Ok(());
            }
            self.take_name(cx.now, dir, name.as_bytes())?;
            self.drop_link(cx.now, there)?;
        }
        self.enter(cx.now, dir, name.as_bytes(), Inode::new(body(dir), mode, cx.now)).map(drop)
    }

    /// Puts a file with these bytes at an absolute path, making its directories: for embedders.
    pub fn put_file(&mut self, cx: &mut Cx<'_>, path: &[u8], bytes: &[u8], mode: u32) -> FsResult<()> {
        let root = self.root();
        let mut here = root;
        let parts: Vec<&[u8]> = path.split(|&b| b == b'/').filter(|p| !p.is_empty()).collect();
        let (name, parents) = parts.split_last().ok_or(Errno::EINVAL)?;
        for part in parents {
            match self.mkdir(cx, &here, part, 0o755) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(e) => return Err(e),
            }
            here = self.resolve(cx, &here, part, true)?;
        }
        let Node::Mem(dir) = here else { return Err(Errno::EROFS) };
        let body = Body::File { contents: Contents::from_bytes(bytes), lower: None, lower_len: 0 };
        self.enter(cx.now, dir, name, Inode::new(body, mode & 0o7777, cx.now)).map(drop)
    }
}
