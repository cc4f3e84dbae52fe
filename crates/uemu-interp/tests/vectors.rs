//! The blessed vectors: what a processor made of each instruction, through both engines, on any host.
#![allow(clippy::disallowed_methods, reason = "a test reads its own data")]

use std::path::Path;
use uemu_cpu::{CpuModel, Engine};
use uemu_interp::{Interpreter, StepEngine};
use uemu_vector::{Bench, Vector};

/// Fewer, and somebody has lost some.
const AT_LEAST: usize = 20_000;
/// Failures shown.
const SHOWN: usize = 20;

#[test]
fn every_vector_holds_on_both_engines() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut bench = Bench::new();
    let mut fast = Interpreter::new(CpuModel::MAX);
    let mut step = StepEngine::new(CpuModel::MAX);
    let engines: [(&str, &mut dyn Engine); 2] = [("fast handlers", &mut fast), ("generic step", &mut step)];
    let mut engines = engines;
    let (mut count, mut failures) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.starts_with('#')) {
            let vector = Vector::parse(line).unwrap_or_else(|e| panic!("{name}:{}: {e}", number + 1));
            count += 1;
            // What a line does not say it cannot test: nothing may get lost between text and vector.
            let comment = line.split_once("; ").map_or("", |(_, c)| c);
            assert_eq!(vector.line(comment), line, "{name}:{}", number + 1);
            for (engine, run) in &mut engines {
                if let Some(why) = vector.check(&bench.run(*run, &vector.case)) {
                    failures.push(format!("{name}:{}: {line}\n  {engine}: {why}", number + 1));
                }
            }
        }
    }
    let shown: Vec<&str> = failures.iter().take(SHOWN).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} of {count} vectors fail:\n{}", failures.len(), shown.join("\n"));
    assert!(count >= AT_LEAST, "only {count} vectors");
}
