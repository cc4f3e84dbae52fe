//! `cargo xtask tidy`: the house rules that no compiler checks.

use std::path::{Path, PathBuf};
use uemu_tests::paths;

/// More than this many lines, and a file holds more than one idea.
const MAX_LINES: usize = 600;
/// Where there may be unsafe code, in the smallest modules: the engine, and what executes natively to compare with it.
const UNSAFE: [&str; 3] = ["crates/uemu-mem/", "crates/uemu-interp/", "silicon/"];

/// Checks every Rust file of the checkout.
pub(crate) fn run() -> Result<(), String> {
    let root = paths::root();
    let mut files = Vec::new();
    for top in ["crates", "silicon", "tests", "xtask"] {
        walk(&root.join(top), &mut files)?;
    }
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        check(&name, &text, &mut found);
    }
    if found.is_empty() {
        println!("tidy: {} files", files.len());
        return Ok(());
    }
    Err(found.join("\n"))
}

fn check(name: &str, text: &str, found: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        found.push(format!("{name}: {lines} lines; at most {MAX_LINES}, one idea a file"));
    }
    // A crate's integration tests are crates of their own, which nothing else links (a counting allocator stands there).
    let is_test = name.starts_with("crates/") && name.contains("/tests/");
    let allowed = is_test || UNSAFE.iter().any(|place| name.starts_with(place));
    let is_root = name.ends_with("src/lib.rs") || name.ends_with("src/main.rs");
    // Words are put together here so that this file does not find itself.
    let (forbid, unsafe_word) = (concat!("#![forbid(", "unsafe_code)]"), concat!("unsafe", " "));
    if is_root && !allowed && !text.contains(forbid) {
        found.push(format!("{name}: no {forbid}"));
    }
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let code = line.split("//").next().unwrap_or_default();
        let has_it = ["{", "fn ", "impl ", "extern "].iter().any(|w| code.contains(&format!("{unsafe_word}{w}")));
        if has_it && !allowed {
            found.push(format!("{name}:{number}: unsafe code outside {UNSAFE:?}"));
        }
        for banned in
            [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!("), concat!("#[ig", "nore")]
        {
            if code.contains(banned) {
                found.push(format!("{name}:{number}: {banned} has no place in finished code"));
            }
        }
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.is_dir() && path.file_name().is_none_or(|n| n != "target") {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
