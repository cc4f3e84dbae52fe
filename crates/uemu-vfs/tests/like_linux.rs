//! The same operations on the in-memory file system, on a bind of a host directory, and natively: all must agree on
//! the error of each and on the tree they leave.
#![allow(clippy::disallowed_methods, reason = "the native side")]

mod common;

use common::Bench;
use proptest::prelude::*;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_host::SystemHost;
use uemu_vfs::Node;

#[derive(Clone, Debug)]
enum Op {
    Mkdir(String),
    Rmdir(String),
    Unlink(String),
    Symlink(String, String),
    Link(String, String),
    Rename(String, String, u32),
    Create(String, u32),
    Write(String, String),
    Read(String),
    Stat(String, bool),
    ReadLink(String),
    Truncate(String, u64),
    Chmod(String, u32),
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => Just("a".to_string()),
        4 => Just("b".to_string()),
        3 => Just("d".to_string()),
        2 => Just("l".to_string()),
        1 => Just(".".to_string()),
        1 => Just("..".to_string()),
    ];
    (prop::collection::vec(part, 1..4), prop_oneof![5 => Just(""), 1 => Just("/")])
        .prop_map(|(parts, tail)| parts.join("/") + tail)
}

/// Link targets have no `..` and are not absolute.
fn target() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("d"), Just("d/a"), Just("l"), Just("d/"), Just(".")].prop_map(String::from)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => path().prop_map(Op::Mkdir),
        2 => path().prop_map(Op::Rmdir),
        2 => path().prop_map(Op::Unlink),
        3 => (target(), path()).prop_map(|(t, p)| Op::Symlink(t, p)),
        2 => (path(), path()).prop_map(|(a, b)| Op::Link(a, b)),
        4 => (path(), path(), 0u32..3).prop_map(|(a, b, f)| Op::Rename(a, b, f)),
        4 => (path(), 0u32..8).prop_map(|(p, f)| Op::Create(p, f)),
        3 => (path(), "[a-z]{0,9}").prop_map(|(p, s)| Op::Write(p, s)),
        2 => path().prop_map(Op::Read),
        2 => (path(), any::<bool>()).prop_map(|(p, f)| Op::Stat(p, f)),
        1 => path().prop_map(Op::ReadLink),
        1 => (path(), 0u64..9000).prop_map(|(p, n)| Op::Truncate(p, n)),
        1 => (path(), prop_oneof![Just(0o600u32), Just(0o755)]).prop_map(|(p, m)| Op::Chmod(p, m)),
    ]
}

fn create_flags(f: u32) -> OpenFlags {
    let mut flags = OpenFlags::CREAT | OpenFlags::WRONLY;
    flags.set(OpenFlags::EXCL, f & 1 != 0);
    flags.set(OpenFlags::TRUNC, f & 2 != 0);
    flags.set(OpenFlags::NOFOLLOW, f & 4 != 0);
    flags
}

type Answer = Result<String, Errno>;

fn guest(b: &mut Bench<SystemHost>, dir: &Node, op: &Op) -> Answer {
    let none = |()| String::new();
    b.run(|v, cx| match op {
        Op::Mkdir(p) => v.mkdir(cx, dir, p.as_bytes(), 0o777).map(none),
        Op::Rmdir(p) => v.rmdir(cx, dir, p.as_bytes()).map(none),
        Op::Unlink(p) => v.unlink(cx, dir, p.as_bytes()).map(none),
        Op::Symlink(t, p) => v.symlink(cx, t.as_bytes(), dir, p.as_bytes()).map(none),
        Op::Link(a, p) => {
            let node = v.resolve(cx, dir, a.as_bytes(), false)?;
            v.link(cx, &node, dir, p.as_bytes()).map(none)
        }
        Op::Rename(a, p, f) => v.rename(cx, dir, a.as_bytes(), dir, p.as_bytes(), *f).map(|_| String::new()),
        Op::Create(p, f) => {
            let file = v.open(cx, dir, p.as_bytes(), create_flags(*f), 0o666)?;
            v.close(cx.host, &file);
            Ok(String::new())
        }
        Op::Write(p, s) => {
            let file = v.open(cx, dir, p.as_bytes(), OpenFlags::WRONLY, 0)?;
            let r = v.write_at(cx, &file, 3, false, s.as_bytes());
            v.close(cx.host, &file);
            r.map(|(n, end)| format!("{n} {end}"))
        }
        Op::Read(p) => {
            let file = v.open(cx, dir, p.as_bytes(), OpenFlags::empty(), 0)?;
            let mut buf = [0; 100];
            let r = v.read_at(cx, &file, 0, &mut buf);
            v.close(cx.host, &file);
            r.map(|n| format!("{:?}", &buf[..n]))
        }
        Op::Stat(p, follow) => {
            let node = v.resolve(cx, dir, p.as_bytes(), *follow)?;
            let s = v.stat(cx, &node)?;
            // Sizes of directories differ between file systems.
            let size = if s.mode & 0o170000 == 0o040000 { 0 } else { s.size };
            Ok(format!("{:o} {} {size}", s.mode, s.nlink))
        }
        Op::ReadLink(p) => {
            let node = v.resolve(cx, dir, p.as_bytes(), false)?;
            v.read_link(cx, &node).map(|t| String::from_utf8(t).unwrap())
        }
        Op::Truncate(p, n) => {
            let node = v.resolve(cx, dir, p.as_bytes(), true)?;
            let file = v.open_node(cx, node, OpenFlags::WRONLY, false)?;
            let r = v.set_len(cx, &file, *n);
            v.close(cx.host, &file);
            r.map(none)
        }
        Op::Chmod(p, m) => {
            let node = v.resolve(cx, dir, p.as_bytes(), true)?;
            v.chmod(cx, &node, *m).map(none)
        }
    })
}

fn native(dir: &Path, op: &Op) -> Answer {
    let at = rustix::fs::open(dir, OFlags::DIRECTORY, Mode::empty()).unwrap();
    let none = |()| String::new();
    let r = (|| -> Result<String, rustix::io::Errno> {
        match op {
            Op::Mkdir(p) => rustix::fs::mkdirat(&at, p, Mode::from_raw_mode(0o777)).map(none),
            Op::Rmdir(p) => rustix::fs::unlinkat(&at, p, AtFlags::REMOVEDIR).map(none),
            Op::Unlink(p) => rustix::fs::unlinkat(&at, p, AtFlags::empty()).map(none),
            Op::Symlink(t, p) => rustix::fs::symlinkat(t, &at, p).map(none),
            Op::Link(a, p) => rustix::fs::linkat(&at, a, &at, p, AtFlags::empty()).map(none),
            Op::Rename(a, p, f) => {
                rustix::fs::renameat_with(&at, a, &at, p, RenameFlags::from_bits_retain(*f)).map(none)
            }
            Op::Create(p, f) => {
                let flags = OFlags::from_bits_retain(create_flags(*f).bits());
                rustix::fs::openat(&at, p, flags, Mode::from_raw_mode(0o666)).map(|_| String::new())
            }
            Op::Write(p, s) => {
                let f = rustix::fs::openat(&at, p, OFlags::WRONLY, Mode::empty())?;
                let n = rustix::io::pwrite(&f, s.as_bytes(), 3)?;
                Ok(format!("{n} {}", n + 3))
            }
            Op::Read(p) => {
                let f = rustix::fs::openat(&at, p, OFlags::RDONLY, Mode::empty())?;
                let mut buf = [0; 100];
                let n = rustix::io::pread(&f, &mut buf, 0)?;
                Ok(format!("{:?}", &buf[..n]))
            }
            Op::Stat(p, follow) => {
                let flags = if *follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
                let s = rustix::fs::statat(&at, p, flags)?;
                let size = if s.st_mode & 0o170000 == 0o040000 { 0 } else { s.st_size };
                Ok(format!("{:o} {} {size}", s.st_mode, s.st_nlink))
            }
            Op::ReadLink(p) => rustix::fs::readlinkat(&at, p, Vec::new()).map(|t| t.into_string().unwrap()),
            Op::Truncate(p, n) => {
                let f = rustix::fs::openat(&at, p, OFlags::WRONLY, Mode::empty())?;
                rustix::fs::ftruncate(&f, *n).map(none)
            }
            Op::Chmod(p, m) => rustix::fs::chmodat(&at, p, Mode::from_raw_mode(*m), AtFlags::empty()).map(none),
        }
    })();
    r.map_err(|e| Errno::from_raw(e.raw_os_error() as u16).unwrap())
}

/// Paths, kinds and link targets below a directory, sorted.
fn native_tree(dir: &Path, prefix: &str, out: &mut Vec<String>) {
    let mut names: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap()).collect();
    names.sort_by_key(|e| e.file_name().as_bytes().to_vec());
    for e in names {
        let path = format!("{prefix}/{}", e.file_name().to_str().unwrap());
        let kind = e.file_type().unwrap();
        if kind.is_dir() {
            out.push(path.clone());
            native_tree(&e.path(), &path, out);
        } else if kind.is_symlink() {
            out.push(format!("{path} -> {}", std::fs::read_link(e.path()).unwrap().display()));
        } else {
            out.push(format!("{path}: {:?}", std::fs::read(e.path()).unwrap()));
        }
    }
}

fn guest_tree(b: &mut Bench<SystemHost>, dir: &Node, prefix: &str, out: &mut Vec<String>) {
    for e in b.run(|v, cx| v.list(cx, dir)).unwrap().into_iter().skip(2) {
        let path = format!("{prefix}/{}", String::from_utf8(e.name.clone()).unwrap());
        let node = b.run(|v, cx| v.resolve(cx, dir, &e.name, false)).unwrap();
        match e.kind {
            4 => {
                out.push(path.clone());
                guest_tree(b, &node, &path, out);
            }
            10 => {
                let t = b.run(|v, cx| v.read_link(cx, &node)).unwrap();
                out.push(format!("{path} -> {}", String::from_utf8(t).unwrap()));
            }
            _ => {
                let bytes = b.run(|v, cx| {
                    let file = v.open_node(cx, node.clone(), OpenFlags::empty(), false).unwrap();
                    let bytes = v.bytes(cx, &file, 1 << 20).unwrap();
                    v.close(cx.host, &file);
                    bytes
                });
                out.push(format!("{path}: {bytes:?}"));
            }
        }
    }
}

fn agree(ops: &[Op]) {
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let (bound, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut host = SystemHost::new();
    let grant = host.grant(bound.path()).unwrap();
    let mut b = Bench::with_host(host);
    b.run(|v, cx| v.bind(cx, grant.id, true, b"/bound", true)).unwrap();
    b.run(|v, cx| {
        let root = v.root();
        v.mkdir(cx, &root, b"/mem", 0o755)
    })
    .unwrap();
    let root = b.vfs.root();
    let mem = b.run(|v, cx| v.resolve(cx, &root, b"/mem", true)).unwrap();
    let bind = b.run(|v, cx| v.resolve(cx, &root, b"/bound", true)).unwrap();
    // Links can make `..` lead above where a path starts, but no path has more than three: work three levels down.
    let deep = plain.path().join("x/x/x");
    std::fs::create_dir_all(&deep).unwrap();
    let (mem_top, bind_top) = (mem, bind);
    let mut down = |top: &Node| {
        for p in [b"x".as_slice(), b"x/x", b"x/x/x"] {
            b.run(|v, cx| v.mkdir(cx, top, p, 0o755)).unwrap();
        }
        b.run(|v, cx| v.resolve(cx, top, b"x/x/x", true)).unwrap()
    };
    let (mem, bind) = (down(&mem_top), down(&bind_top));
    for (i, op) in ops.iter().enumerate() {
        let want = native(&deep, op);
        assert_eq!(guest(&mut b, &mem, op), want, "in memory, operation {i}: {op:?} of {ops:#?}");
        assert_eq!(guest(&mut b, &bind, op), want, "bound, operation {i}: {op:?} of {ops:#?}");
    }
    let (mut want, mut in_memory, mut bound_tree, mut on_host) = (vec![], vec![], vec![], vec![]);
    native_tree(plain.path(), "", &mut want);
    native_tree(bound.path(), "", &mut on_host);
    guest_tree(&mut b, &mem_top, "", &mut in_memory);
    guest_tree(&mut b, &bind_top, "", &mut bound_tree);
    assert_eq!(in_memory, want);
    assert_eq!(bound_tree, want);
    assert_eq!(on_host, want);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn agrees_with_linux(ops in prop::collection::vec(op(), 1..40)) {
        agree(&ops);
    }
}
