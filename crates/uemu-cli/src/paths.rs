//! Paths of the host, as the user typed them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// An absolute path without `.` and `..`, links not looked at: the guest's view of the path need not be the host's.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    out
}

/// The absolute path of the program the user means: a path is taken from here; a bare name is a file here, else the
/// first so called on the host's PATH.
pub(crate) fn program(typed: &OsStr, here: &Path) -> PathBuf {
    let local = clean(&here.join(typed));
    if typed.as_bytes().contains(&b'/') || local.is_file() {
        return local;
    }
    let on_path = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|dir| clean(&here.join(dir).join(typed))).find(|p| p.is_file())
    });
    on_path.unwrap_or(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out() {
        for (path, cleaned) in [("/a/./b/../c", "/a/c"), ("/../x", "/x"), ("/", "/"), ("/a//b/", "/a/b")] {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned));
        }
    }

    #[test]
    fn paths_are_not_searched_for() {
        let here = Path::new("/nowhere");
        assert_eq!(program(OsStr::new("./sh"), here), Path::new("/nowhere/sh"));
        assert_eq!(program(OsStr::new("/bin/sh"), here), Path::new("/bin/sh"));
        assert_eq!(
            program(OsStr::new("no-such-program-anywhere"), here),
            Path::new("/nowhere/no-such-program-anywhere")
        );
    }
}
