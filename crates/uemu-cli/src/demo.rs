//! `uemu demo`: the same sentence at three altitudes, and what each cost.
//!
//! The program is compiled now, by the host's cc; it runs on an engine that notes when it enters certain functions, under an
//! observer that keeps its system calls. What is printed is made from those notes and the program's own source.

mod engine;
mod notes;
mod text;

use crate::run::Failure;
use crate::say::print;
use notes::{Notes, Watcher};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use uemu::loader::Image;
use uemu::loader::symbols::Symbols;
use uemu::{Builder, CpuModel, End, MemoryHost};

/// The program.
const SOURCE: &str = include_str!("../../../testbins/demo/altitudes.c");

/// Functions whose entry begins a section; before the first comes the program's start.
const SECTIONS: [&str; 4] = ["through_stdio", "through_write", "through_the_instruction", "exit"];

/// Compiles, runs and narrates.
pub(crate) fn run() -> Result<u8, Failure> {
    let dir = tempfile::tempdir().map_err(|e| Failure::own(format!("the demo needs a temporary directory: {e}")))?;
    let bytes = compile(dir.path())?;
    let symbols = Symbols::parse(&bytes);
    let image = Image::parse(bytes.clone().into()).map_err(|e| Failure::own(format!("what cc made is {e}")))?;
    // A compiler that makes position-independent programs by default: they go to a fixed place as well.
    let bias = if image.is_position_independent() { uemu::loader::PIE_BASE.0 } else { 0 };
    let marks: Vec<(u64, usize)> = SECTIONS
        .iter()
        .enumerate()
        .filter_map(|(i, name)| Some((symbols.address_of(name)?.wrapping_add(bias), i + 1)))
        .collect();
    if marks.len() < SECTIONS.len() {
        return Err(Failure::own("the demo cannot find its functions in what cc made: it left out the symbols"));
    }
    let notes = Arc::new(Mutex::new(Notes::new(SECTIONS.len() + 1)));
    let mut machine = Builder::new("/altitudes")
        .file("/altitudes", bytes, 0o755)
        .engine_from(Box::new(engine::Marking::new(CpuModel::MAX, marks, notes.clone())))
        .build(MemoryHost::new(b""))
        .map_err(|e| Failure::own(format!("the demo does not start: {e}")))?;
    let outcome = machine.run_observed(&mut Watcher::new(notes.clone()));
    if outcome.end != End::Exited(0) {
        return Err(Failure::own(format!("the demo went wrong: {outcome}")));
    }
    let notes = notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    print(&text::render(&notes, &machine.host().stdout, SOURCE));
    Ok(0)
}

/// A static program made of the source by whatever compiler can make one.
fn compile(dir: &Path) -> Result<Vec<u8>, Failure> {
    let (source, program) = (dir.join("altitudes.c"), dir.join("altitudes"));
    std::fs::write(&source, SOURCE).map_err(|e| Failure::own(format!("cannot write {}: {e}", source.display())))?;
    let mut said = String::new();
    for compiler in ["cc", "gcc", "clang", "musl-gcc"] {
        let made = Command::new(compiler).args(["-static", "-O1", "-w", "-o"]).arg(&program).arg(&source).output();
        match made {
            Ok(out) if out.status.success() => {
                return std::fs::read(&program)
                    .map_err(|e| Failure::own(format!("cannot read {}: {e}", program.display())));
            }
            Ok(out) => said += &format!("\n{compiler}: {}", String::from_utf8_lossy(&out.stderr).trim()),
            Err(e) => said += &format!("\n{compiler}: {e}"),
        }
    }
    Err(Failure::own(format!(
        "the demo compiles a small C program, and no compiler here made a static one (on Debian: apt install gcc \
         libc6-dev){said}"
    )))
}
