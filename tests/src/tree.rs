//! What a program leaves behind: the files of a directory, as text to compare.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Each path below `dir` with its kind, permissions and contents (a digest when long).
///
/// # Errors
/// Those of the host's file system.
pub fn snapshot(dir: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut tree = BTreeMap::new();
    walk(dir, "", &mut tree)?;
    Ok(tree)
}

fn walk(dir: &Path, prefix: &str, tree: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let meta = std::fs::symlink_metadata(entry.path())?;
        let mode = meta.permissions().mode() & 0o7777;
        let what = if meta.is_symlink() {
            format!("link to {}", std::fs::read_link(entry.path())?.display())
        } else if meta.is_dir() {
            walk(&entry.path(), &format!("{name}/"), tree)?;
            format!("dir {mode:o}")
        } else if meta.is_file() {
            let bytes = std::fs::read(entry.path())?;
            format!("file {mode:o} {} bytes: {}", bytes.len(), contents(&bytes))
        } else {
            format!("special {mode:o}")
        };
        tree.insert(name, what);
    }
    Ok(())
}

fn contents(bytes: &[u8]) -> String {
    if bytes.len() <= 200 {
        return String::from_utf8_lossy(bytes).escape_debug().to_string();
    }
    // FNV-1a: enough to see that two files differ.
    let digest =
        bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("fnv {digest:016x}")
}
