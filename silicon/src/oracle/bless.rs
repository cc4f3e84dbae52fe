//! `--bless`: vectors that every host can run, made of what the processor did.

use super::encodings::{Encoding, Fate};
use super::inputs::{self, Fill};
use super::judge::{Found, Judge};
use super::{form, listing, random};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use uemu_vector::{End, Vector};

/// Vectors of each encoding.
const EACH: usize = 12;
/// Of these, at most so many that end in a signal.
const SIGNALS: usize = 3;
/// Cases tried for them.
const TRIED: usize = 120;
/// Lines longer than this are for want of shorter ones only.
const SHORT: usize = 300;
/// Vectors are of this seed.
const SEED: u64 = 1;

/// Writes the files of the encodings' features; `whole`: these are all there are, so others are stale.
pub(super) fn run(judge: &mut Judge, encodings: &[Encoding], whole: bool) -> Result<ExitCode, String> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut lines, mut wrong) = (0, 0);
    for encoding in encodings.iter().filter(|e| e.fate == Fate::Compared) {
        let (mut vectors, differing) = vectors(judge, encoding).map_err(|e| e.to_string())?;
        if vectors.is_empty() || differing > 0 {
            eprintln!("{:?}: {differing} cases differ; {} can be blessed", encoding.code, vectors.len());
            wrong += 1;
        }
        lines += vectors.len();
        let file = encoding.group.to_ascii_lowercase().replace('+', "_");
        files.entry(file).or_default().append(&mut vectors);
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/uemu-interp/tests/vectors");
    let count = files.len();
    write(&dir, files, whole).map_err(|e| format!("{}: {e}", dir.display()))?;
    println!("blessed {lines} vectors in {count} files");
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(dir: &Path, files: BTreeMap<String, Vec<String>>, whole: bool) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    if whole {
        let old: Vec<PathBuf> = std::fs::read_dir(dir)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
        for file in old.iter().filter(|f| f.extension().is_some_and(|e| e == "txt")) {
            std::fs::remove_file(file)?;
        }
    }
    for (name, lines) in files {
        let head = format!(
            "# {name}: what an x86-64 processor made of these instructions; the format is uemu-vector's.\n\
             # Written by `cargo xtask oracle --bless`. Estimates, transcendentals and what else the architecture leaves\n\
             # open within bounds are as uemu has them, the processor's being within the bounds.\n"
        );
        std::fs::write(dir.join(format!("{name}.txt")), head + &lines.join("\n") + "\n")?;
    }
    Ok(())
}

/// Lines for one encoding, and how many cases differed.
fn vectors(judge: &mut Judge, encoding: &Encoding) -> std::io::Result<(Vec<String>, usize)> {
    let mut rng = random(encoding, SEED);
    let cases = (0..TRIED).filter_map(|_| {
        let plain = !rng.one_in(8);
        let form = form::member(&mut rng, encoding.code, plain)?;
        Some(inputs::case(&mut rng, &form, Fill::Used))
    });
    let found = judge.compare(cases.collect())?;
    let differing = found.iter().filter(|f| matches!(f, Found::Differs(..) | Found::Lost(..))).count();
    let mut agreed: Vec<(Vector, String)> = found
        .into_iter()
        .filter_map(|f| if let Found::Agreed(v) = f { Some(v) } else { None })
        .map(|v| {
            let line = v.line(&listing(&v.case));
            (v, line)
        })
        .collect();
    // Stable: those of a length that will do stay as they came.
    agreed.sort_by_key(|(_, line)| if line.len() <= SHORT { 0 } else { line.len() });
    let mut seen = BTreeSet::new();
    let mut signals = 0;
    let mut lines = Vec::new();
    // Instructions that always end in a signal have nothing else to show.
    let only_signals = agreed.iter().all(|(v, _)| v.outcome.end != End::Ran);
    for (vector, line) in agreed {
        if lines.len() == EACH || !seen.insert(line.clone()) {
            continue;
        }
        if vector.outcome.end != End::Ran && !only_signals {
            if signals == SIGNALS {
                continue;
            }
            signals += 1;
        }
        lines.push(line);
    }
    Ok((lines, differing))
}
