//! No path leads out of a grant; what is read-only stays as it is; a layer below shows through and is not changed.
#![allow(clippy::disallowed_methods, reason = "the host's side")]

mod common;

use common::{Bench, in_memory};
use std::fs;
use std::os::unix::fs::symlink;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_host::{Host, OpenHow, Place, SystemHost};
use uemu_vfs::{Cx, Limits, NoProc, Vfs};

/// A directory with a secret beside the grant `in`.
fn setup() -> (tempfile::TempDir, SystemHost, uemu_host::Grant) {
    let top = tempfile::tempdir().unwrap();
    fs::write(top.path().join("secret"), "secret").unwrap();
    fs::create_dir_all(top.path().join("in/d")).unwrap();
    fs::write(top.path().join("in/f"), "inside").unwrap();
    let mut host = SystemHost::new();
    let grant = host.grant(&top.path().join("in")).unwrap();
    (top, host, grant)
}

fn read<H: Host>(b: &mut Bench<H>, path: &str) -> Result<Vec<u8>, Errno> {
    b.run(|v, cx| {
        let root = v.root();
        let file = v.open(cx, &root, path.as_bytes(), OpenFlags::empty(), 0)?;
        let bytes = v.bytes(cx, &file, 1 << 20);
        v.close(cx.host, &file);
        bytes.map(|b| b.to_vec())
    })
}

fn write<H: Host>(b: &mut Bench<H>, path: &str, text: &str) -> Result<(), Errno> {
    b.run(|v, cx| {
        let root = v.root();
        let flags = OpenFlags::CREAT | OpenFlags::WRONLY | OpenFlags::TRUNC;
        let file = v.open(cx, &root, path.as_bytes(), flags, 0o644)?;
        let r = v.write_at(cx, &file, 0, false, text.as_bytes());
        v.close(cx.host, &file);
        r.map(drop)
    })
}

#[test]
fn paths_stay_in_the_grant() {
    let (top, host, grant) = setup();
    let outside = top.path().to_str().unwrap().to_owned();
    let inside = top.path().join("in");
    symlink(format!("{outside}/secret"), inside.join("absolute")).unwrap();
    symlink("../secret", inside.join("up")).unwrap();
    symlink("..", inside.join("parent")).unwrap();
    symlink("/", inside.join("root")).unwrap();
    let mut b = Bench::with_host(host);
    b.run(|v, cx| v.bind(cx, grant.id, true, b"/g", true)).unwrap();
    assert_eq!(read(&mut b, "/g/f").unwrap(), b"inside");
    for path in [
        "/g/../secret",
        "/g/d/../../secret",
        "/g/../../../../../../secret",
        "/g/absolute",
        "/g/up",
        "/g/parent/secret",
        "/g/d/../up",
        &format!("/g/root{outside}/secret"),
        &format!("{outside}/secret"),
    ] {
        assert_eq!(read(&mut b, path), Err(Errno::ENOENT), "{path}");
    }
    // Links are the guest's: `root` is the guest's root, so that /g is reached through it again.
    assert_eq!(read(&mut b, "/g/root/g/f").unwrap(), b"inside");
    assert_eq!(read(&mut b, "/g/parent/g/f").unwrap(), b"inside");
    let _ = write(&mut b, "/g/absolute", "overwritten");
    let _ = write(&mut b, "/g/up", "overwritten");
    assert_eq!(fs::read(top.path().join("secret")).unwrap(), b"secret");
}

/// A host that is given what the walker never sends, as if a directory became a link between check and use.
#[test]
fn the_host_itself_refuses_to_leave() {
    let (top, mut host, grant) = setup();
    let inside = top.path().join("in");
    symlink(top.path(), inside.join("out")).unwrap();
    symlink("..", inside.join("up")).unwrap();
    symlink("../secret", inside.join("file")).unwrap();
    let how = OpenHow { read: true, write: true, create: true, mode: 0o600, ..OpenHow::default() };
    for path in [
        "out/secret",
        "up/secret",
        "file",
        "../secret",
        "d/../../secret",
        "out/new",
        "up/new",
        "/etc/passwd",
        "..",
        "d/..",
    ] {
        let place = Place { grant: grant.id, path: path.as_bytes() };
        assert!(host.open(place, how).is_err(), "open {path}");
        assert!(host.make_dir(place, 0o700).is_err(), "mkdir {path}");
        assert!(host.set_mode(place, 0o777).is_err(), "chmod {path}");
        assert!(host.list(place).is_err(), "list {path}");
        let inner = Place { grant: grant.id, path: b"f" };
        if path != "file" {
            assert!(host.remove(place, false).is_err(), "unlink {path}");
            assert!(host.rename(inner, place, 0).is_err(), "rename {path}");
            assert!(host.link(inner, place).is_err(), "link {path}");
        }
    }
    assert_eq!(fs::read(top.path().join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(top.path()).unwrap().count(), 2, "nothing new beside the grant");
}

#[test]
fn read_only_means_it() {
    let (top, host, grant) = setup();
    let mut b = Bench::with_host(host);
    b.run(|v, cx| v.bind(cx, grant.id, true, b"/deep/mount/point", false)).unwrap();
    assert_eq!(read(&mut b, "/deep/mount/point/f").unwrap(), b"inside");
    assert_eq!(write(&mut b, "/deep/mount/point/f", "x"), Err(Errno::EROFS));
    assert_eq!(write(&mut b, "/deep/mount/point/new", "x"), Err(Errno::EROFS));
    b.run(|v, cx| {
        let root = v.root();
        assert_eq!(v.mkdir(cx, &root, b"/deep/mount/point/x", 0o755), Err(Errno::EROFS));
        assert_eq!(v.unlink(cx, &root, b"/deep/mount/point/f"), Err(Errno::EROFS));
        assert_eq!(v.rmdir(cx, &root, b"/deep/mount/point/d"), Err(Errno::EROFS));
        assert_eq!(v.rmdir(cx, &root, b"/deep/mount/point"), Err(Errno::EBUSY));
        assert_eq!(v.rename(cx, &root, b"/deep/mount/point/f", &root, b"/f", 0), Err(Errno::EXDEV));
        let f = v.resolve(cx, &root, b"/deep/mount/point/f", true).unwrap();
        assert_eq!(v.access(cx, &f, 2), Err(Errno::EROFS));
        assert_eq!(v.chmod(cx, &f, 0), Err(Errno::EROFS));
        assert_eq!(v.set_times(cx, &f, Some(0), None), Err(Errno::EROFS));
        assert_eq!(v.path_of(&f), b"/deep/mount/point/f");
    });
    assert_eq!(fs::read(top.path().join("in/f")).unwrap(), b"inside");
}

#[test]
fn a_file_can_be_granted_alone() {
    let (top, mut host, _) = setup();
    let grant = host.grant(&top.path().join("secret")).unwrap();
    assert!(!grant.is_dir);
    let mut b = Bench::with_host(host);
    b.run(|v, cx| v.bind(cx, grant.id, false, b"/a/b/s", true)).unwrap();
    assert_eq!(read(&mut b, "/a/b/s").unwrap(), b"secret");
    assert_eq!(read(&mut b, "/a/b/s/x"), Err(Errno::ENOTDIR));
    assert_eq!(read(&mut b, "/a/b/secret"), Err(Errno::ENOENT));
    write(&mut b, "/a/b/s", "written").unwrap();
    assert_eq!(fs::read(top.path().join("secret")).unwrap(), b"written");
    b.run(|v, cx| {
        let root = v.root();
        assert_eq!(v.unlink(cx, &root, b"/a/b/s"), Err(Errno::EBUSY));
    });
}

#[test]
fn the_layer_below_is_never_changed() {
    let (top, mut host, grant) = setup();
    fs::write(top.path().join("in/d/g"), "below").unwrap();
    let mut cx = Cx { host: &mut host, proc: &NoProc, now: 1, umask: 0o022 };
    let vfs = Vfs::new(&mut cx, Limits::default(), Some(grant.id)).unwrap();
    let mut b = Bench { vfs, host, now: 1 };
    assert_eq!(read(&mut b, "/f").unwrap(), b"inside");
    write(&mut b, "/f", "above").unwrap();
    assert_eq!(read(&mut b, "/f").unwrap(), b"above");
    b.run(|v, cx| {
        let root = v.root();
        // A part of a file below is changed: the rest is copied up.
        let g = v.open(cx, &root, b"/d/g", OpenFlags::RDWR, 0).unwrap();
        v.write_at(cx, &g, 0, false, b"B").unwrap();
        v.close(cx.host, &g);
        assert_eq!(v.rmdir(cx, &root, b"/d"), Err(Errno::ENOTEMPTY));
        v.rename(cx, &root, b"/d", &root, b"/moved", 0).unwrap();
        v.unlink(cx, &root, b"/f").unwrap();
        assert_eq!(v.resolve(cx, &root, b"/f", true), Err(Errno::ENOENT));
        assert_eq!(v.resolve(cx, &root, b"/d", true), Err(Errno::ENOENT));
        let names: Vec<_> = v.list(cx, &root).unwrap().into_iter().map(|e| e.name).collect();
        assert!(!names.contains(&b"f".to_vec()) && names.contains(&b"moved".to_vec()));
    });
    assert_eq!(read(&mut b, "/moved/g").unwrap(), b"Below");
    assert_eq!(fs::read(top.path().join("in/f")).unwrap(), b"inside");
    assert_eq!(fs::read(top.path().join("in/d/g")).unwrap(), b"below");
}

#[test]
fn link_loops_end() {
    let mut b = in_memory();
    b.run(|v, cx| {
        let root = v.root();
        v.symlink(cx, b"b", &root, b"/tmp/a").unwrap();
        v.symlink(cx, b"a", &root, b"/tmp/b").unwrap();
        assert_eq!(v.resolve(cx, &root, b"/tmp/a", true), Err(Errno::ELOOP));
        // 40 links are followed, 41 are not (MAXSYMLINKS).
        v.mkdir(cx, &root, b"/end", 0o755).unwrap();
        v.symlink(cx, b"/end", &root, b"/tmp/l0").unwrap();
        for i in 1..=40 {
            let (to, at) = (format!("l{}", i - 1), format!("/tmp/l{i}"));
            v.symlink(cx, to.as_bytes(), &root, at.as_bytes()).unwrap();
        }
        assert!(v.resolve(cx, &root, b"/tmp/l39", true).is_ok());
        assert_eq!(v.resolve(cx, &root, b"/tmp/l40", true), Err(Errno::ELOOP));
        assert_eq!(v.resolve(cx, &root, &[b'x'; 256], true), Err(Errno::ENAMETOOLONG));
        let long = b"/tmp/../".repeat(512);
        assert_eq!(v.resolve(cx, &root, &long, true), Err(Errno::ENAMETOOLONG));
        assert_eq!(v.resolve(cx, &root, b"", true), Err(Errno::ENOENT));
    });
}

#[test]
fn space_is_bounded() {
    let mut b = in_memory();
    b.run(|v, cx| {
        let root = v.root();
        let f = v.open(cx, &root, b"/tmp/f", OpenFlags::CREAT | OpenFlags::RDWR, 0o600).unwrap();
        // Sparse: a huge length costs nothing.
        v.set_len(cx, &f, 1 << 62).unwrap();
        v.punch(cx, &f, 0, 1 << 62).unwrap();
        let piece = vec![1; 1 << 20];
        let mut at = 0;
        let error = loop {
            match v.write_at(cx, &f, at, false, &piece) {
                Ok((_, end)) => at = end,
                Err(e) => break e,
            }
        };
        assert_eq!(error, Errno::ENOSPC);
        assert!(at <= 64 << 20);
        v.set_len(cx, &f, 0).unwrap();
        assert_eq!(v.write_at(cx, &f, i64::MAX as u64, false, b"xx"), Err(Errno::EFBIG));
        assert!(v.write_at(cx, &f, 0, false, &piece).is_ok(), "space given back");
        let mut made = 0;
        while v.mkdir(cx, &root, format!("/tmp/{made}").as_bytes(), 0o755).is_ok() {
            made += 1;
        }
        assert!(made < 10_000);
        v.close(cx.host, &f);
    });
}

#[test]
fn what_is_missing_is_remembered_once() {
    let mut b = in_memory();
    for _ in 0..2 {
        assert_eq!(read(&mut b, "/usr/lib/x"), Err(Errno::ENOENT));
    }
    assert_eq!(b.vfs.missing().collect::<Vec<_>>(), [b"/usr/lib/x"]);
    for i in 0..1000 {
        let _ = read(&mut b, &format!("/nothing/{i}"));
    }
    assert_eq!(b.vfs.missing().count(), 64);
}

#[test]
fn an_open_file_outlives_its_name() {
    let mut b = in_memory();
    b.run(|v, cx| {
        let root = v.root();
        let f = v.open(cx, &root, b"/tmp/f", OpenFlags::CREAT | OpenFlags::RDWR, 0o600).unwrap();
        v.write_at(cx, &f, 0, false, b"alive").unwrap();
        v.unlink(cx, &root, b"/tmp/f").unwrap();
        let mut buf = [0; 5];
        assert_eq!(v.read_at(cx, &f, 0, &mut buf), Ok(5));
        assert_eq!(v.file_stat(cx, &f).unwrap().nlink, 0);
        v.close(cx.host, &f);
        assert_eq!(v.stat(cx, &f.node).err(), Some(Errno::ENOENT), "freed");
    });
}
