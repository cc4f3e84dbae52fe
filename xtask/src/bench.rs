//! `cargo xtask bench`: how fast, as ratios to native in the same run. Never a test.

mod kernels;
mod measure;
mod rates;

use crate::sh;
use measure::Way;
use std::path::{Path, PathBuf};
use std::process::Command;
use uemu_tests::paths;

/// What to measure, and against what.
struct Options {
    /// Only benchmarks whose name contains this.
    filter: String,
    /// Another emulator, if there is one.
    peer: Option<PathBuf>,
    /// Runs of each, of which the median counts.
    runs: usize,
}

/// Measures and prints Markdown tables.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let options = parse(args)?;
    sh::cargo(&["build", "--release", "--package", "uemu-cli"])?;
    let mut ways = vec![Way::native(), Way::uemu(&paths::uemu())];
    if let Some(peer) = &options.peer {
        ways.push(Way::peer(peer));
    }
    println!("Each number is the median of {} runs, taken in turns.\n", options.runs);
    kernels::table(&options, &ways)?;
    rates::table(&options, &ways)
}

fn parse(args: &[String]) -> Result<Options, String> {
    let qemu = Path::new("/usr/bin/qemu-x86_64");
    let mut options = Options { filter: String::new(), peer: qemu.is_file().then(|| qemu.to_path_buf()), runs: 5 };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--filter" => options.filter = value()?.clone(),
            "--peer" => options.peer = Some(PathBuf::from(value()?)),
            "--runs" => options.runs = value()?.parse().map_err(|_| "--runs wants a number".to_owned())?,
            other => return Err(format!("bench: unknown option {other}")),
        }
    }
    options.runs = options.runs.max(1);
    Ok(options)
}

/// Compiles `benches/NAME.c`, with the flags that a line `// flags:` at its head adds, and returns the program.
fn compile(name: &str) -> Result<PathBuf, String> {
    let out = paths::out().join("benches");
    std::fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let program = out.join(name);
    let source = paths::root().join("benches").join(format!("{name}.c"));
    let text = std::fs::read_to_string(&source).map_err(|e| format!("{}: {e}", source.display()))?;
    let head = text.lines().map_while(|l| l.strip_prefix("//"));
    let flags = head.filter_map(|l| l.trim().strip_prefix("flags:")).flat_map(str::split_whitespace);
    let done = Command::new("gcc")
        .args(["-O2", "-static", "-Wall", "-o"])
        .arg(&program)
        .args(flags)
        .arg(&source)
        .arg("-lm")
        .status()
        .map_err(|e| format!("gcc: {e}"))?;
    if done.success() { Ok(program) } else { Err(format!("{} does not compile", source.display())) }
}
