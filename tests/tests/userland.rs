//! Programs that nobody here wrote, compared with themselves run natively: busybox tools over a
//! file of 4 MiB, and bash scripts.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests prepare files on the host")]

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use uemu_tests::paths;
use uemu_tests::run::{self, Outcome};

const BUSYBOX: &str = "/usr/bin/busybox";
const BASH: &str = "/usr/bin/bash-static";
const PATH: &str = "PATH=/usr/bin:/bin";

/// A directory with `f`, 4 MiB of text of the same bytes every time.
fn data() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    DIR.get_or_init(|| {
        run::fix_limits();
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("f"), text(4 << 20)).expect("room for 4 MiB");
        let tree = dir.path().join("tree");
        for path in ["a/b/c", "a/x", "d"] {
            std::fs::create_dir_all(tree.join(path)).expect("directories");
            std::fs::write(tree.join(path).join("leaf.txt"), path).expect("files");
        }
        dir
    })
    .path()
}

/// Words and numbers in lines, from a linear congruential generator.
fn text(size: usize) -> Vec<u8> {
    let words = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog", "lorem", "ipsum"];
    let mut state = 12345_u32;
    let mut next = |n: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % n
    };
    let mut out = String::new();
    while out.len() < size {
        out += &format!("{} ", next(1_000_000));
        for _ in 0..next(9) {
            out += words[next(10) as usize];
            out.push(' ');
        }
        out += "end\n";
    }
    out.truncate(size);
    out.into_bytes()
}

fn native(program: &str, args: &[&str], dir: &Path, stdin: &[u8]) -> Outcome {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(PATH.split_once('='));
    run::run(&mut command, dir, stdin).expect("runs natively")
}

fn uemu(options: &[&str], program: &str, args: &[&str], dir: &Path, stdin: &[u8]) -> Outcome {
    let mut command = run::uemu();
    command.args(["--env", PATH, "--bind"]).arg(dir).arg("--cwd").arg(dir).args(options);
    command.arg(program).args(args);
    run::run(&mut command, dir, stdin).expect("runs under uemu")
}

/// Runs a busybox tool both ways and returns what it wrote.
fn same(args: &[&str], stdin: &[u8]) -> Vec<u8> {
    let dir = data();
    let expected = native(BUSYBOX, args, dir, stdin);
    assert_eq!(expected.status, 0, "natively: {}", String::from_utf8_lossy(&expected.stderr));
    let got = uemu(&[], BUSYBOX, args, dir, stdin);
    if let Some(report) = run::difference(&expected, &got) {
        panic!("busybox {args:?}\n{report}");
    }
    got.stdout
}

fn file() -> String {
    data().join("f").display().to_string()
}

#[test]
fn sha256sum() {
    same(&["sha256sum", &file()], b"");
}

#[test]
fn sort() {
    let out = same(&["sort", "-n", &file()], b"");
    assert_eq!(out.len(), (4 << 20) + 1, "all lines, and the last one ended");
}

#[test]
fn awk() {
    same(&["awk", "{ w[$2]++; n += NF; s += $1 } END { print NR, n, s; print w[\"the\"], w[\"fox\"] }", &file()], b"");
}

#[test]
fn sed() {
    same(&["sed", "-n", r"s/\([0-9]*\) the \([a-z]*\)/<\2 \1>/gp", &file()], b"");
}

#[test]
fn grep() {
    same(&["grep", "-E", "^[0-9]*7 (quick|lazy).*fox", &file()], b"");
}

#[test]
fn gzip_and_gunzip() {
    let packed = same(&["gzip", "-c", &file()], b"");
    assert!(packed.len() < 3 << 20, "it was packed: {}", packed.len());
    let unpacked = same(&["gunzip", "-c"], &packed);
    assert_eq!(unpacked, std::fs::read(file()).expect("the file"));
}

#[test]
fn tar() {
    let archive = same(&["tar", "-c", "-f", "-", "-C", &data().display().to_string(), "f", "tree/d"], b"");
    same(&["tar", "-t", "-v", "-f", "-"], &archive);
    let content = same(&["tar", "-x", "-O", "-f", "-", "f"], &archive);
    assert_eq!(content, std::fs::read(file()).expect("the file"));
}

#[test]
fn bc() {
    same(&["bc", "-l"], b"scale=60\n4*a(1)\ne(1)\nsqrt(2)\n2^521-1\nfor (i=0;i<20;i++) i^7\n");
}

#[test]
fn find() {
    // The order of entries is the file system's own affair; what is found is not.
    let dir = data().join("tree").display().to_string();
    let lines = |out: Outcome| {
        assert_eq!(out.status, 0, "{}", String::from_utf8_lossy(&out.stderr));
        let mut lines: Vec<String> = String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let args = ["find", &dir, "-type", "f", "-name", "*.txt", "-size", "-9c"];
    let expected = lines(native(BUSYBOX, &args, data(), b""));
    assert_eq!(expected.len(), 3);
    assert_eq!(lines(uemu(&[], BUSYBOX, &args, data(), b"")), expected);
}

#[test]
fn scripts() {
    run::fix_limits();
    let mut seen = 0;
    for entry in std::fs::read_dir(paths::root().join("tests/scripts")).expect("tests/scripts") {
        let script = entry.expect("an entry").path();
        seen += 1;
        // Both in the same place, since scripts and messages name it.
        let temp = tempfile::tempdir().expect("a temporary directory");
        let dir = temp.path().join("work");
        let run_in = |run: &dyn Fn(&str) -> Outcome| {
            std::fs::create_dir(&dir).expect("a directory");
            let copy = dir.join("script.sh");
            std::fs::copy(&script, &copy).expect("a copy");
            let outcome = run(&copy.display().to_string());
            std::fs::remove_dir_all(&dir).expect("it can be removed");
            outcome
        };
        let expected = run_in(&|copy| native(BASH, &[copy], &dir, b""));
        let bind = ["--bind", "/usr/bin:/usr/bin:ro"];
        let got = run_in(&|copy| uemu(&bind, BASH, &[copy], &dir, b""));
        if let Some(report) = run::difference(&expected, &got) {
            panic!("{}\n{report}", script.display());
        }
    }
    assert!(seen >= 2, "{seen} scripts");
}
