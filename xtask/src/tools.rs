//! What the tests need besides Rust: which Debian package each comes from, and installing them.

use crate::sh;
use std::path::Path;
use std::process::Command;

/// A tool, how to see that it is there, and its Debian package.
const TOOLS: [(&str, &str); 7] = [
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("musl-gcc", "musl-tools"),
    ("bash-static", "bash-static"),
    ("busybox", "busybox-static"),
    ("objdump", "binutils"),
    ("strace", "strace"),
];

fn in_path(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/bin".into(), "/bin".into()]).any(|d| d.join(tool).is_file())
}

/// Whether `tool` is present and, where that matters, static.
fn is_there(tool: &str) -> bool {
    in_path(tool) && (tool != "busybox" || is_static(Path::new("/usr/bin/busybox")))
}

/// A static program names no interpreter.
fn is_static(path: &Path) -> bool {
    let Ok(bytes) = std::fs::read(path) else {
        return false;
    };
    let name = b"/lib64/ld-linux-x86-64.so.2\0";
    !bytes.get(..4096.min(bytes.len())).unwrap_or_default().windows(name.len()).any(|w| w == name)
}

/// Makes sure that everything is there.
///
/// # Errors
/// When something is missing and we are not root: what to install.
pub(crate) fn ensure() -> Result<(), String> {
    let missing = |()| TOOLS.iter().filter(|(t, _)| !is_there(t)).map(|&(_, p)| p).collect::<Vec<_>>();
    let packages = missing(());
    if packages.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if !rustix::process::geteuid().is_root() || !in_path("apt-get") {
        return Err(format!("the tests need more programs; install them with\n    sudo {line}\nand run this again"));
    }
    let apt = |args: &[&str]| sh::run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args));
    apt(&["update", "--quiet"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages.as_slice()].concat())?;
    let still = missing(());
    if still.is_empty() { Ok(()) } else { Err(format!("still missing after `{line}`: {still:?}")) }
}
