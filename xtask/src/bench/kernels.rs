//! Kernels that compute: slow-down to native, and guest instructions per second.

use super::measure::{self, Way, median};
use super::{Options, compile};
use std::path::Path;

const KERNELS: [&str; 10] = ["intmem", "nqueens", "bcvm", "hash", "hashs", "matmul", "nbody", "x87", "vecf", "veci"];

/// Prints a row for each kernel and the geometric means.
pub(super) fn table(options: &Options, ways: &[Way]) -> Result<(), String> {
    let names: Vec<&str> = KERNELS.into_iter().filter(|k| k.contains(&options.filter)).collect();
    if names.is_empty() {
        return Ok(());
    }
    let emulators = ways.get(1..).unwrap_or_default();
    let heads: String = emulators.iter().map(|w| format!(" {} s | slow-down |", w.name)).collect();
    println!("| kernel | instructions | native s |{heads} uemu MIPS |");
    println!("|---|---:|---:|{}---:|", "---:|---:|".repeat(emulators.len()));
    let mut ratios = vec![Vec::new(); emulators.len()];
    for name in names {
        let program = compile(name)?;
        let times = times(options, ways, &program)?;
        let instructions = instructions(ways, &program)?;
        let native = times.first().copied().unwrap_or(f64::NAN);
        let mut row = format!("| {name} | {instructions} | {native:.3} |");
        for (time, ratios) in times.iter().skip(1).zip(&mut ratios) {
            ratios.push(time / native);
            row += &format!(" {time:.3} | {:.2} |", time / native);
        }
        let uemu = times.get(1).copied().unwrap_or(f64::NAN);
        println!("{row} {:.0} |", instructions / uemu / 1e6);
    }
    let means: String = ratios.iter().map(|r| format!(" | {:.2} |", geometric_mean(r))).collect();
    println!("| **geometric mean** | | |{means} |\n");
    Ok(())
}

/// The median processor time of each way, measured in turns; all must say the same.
fn times(options: &Options, ways: &[Way], program: &Path) -> Result<Vec<f64>, String> {
    let mut times = vec![Vec::new(); ways.len()];
    let mut said: Option<String> = None;
    for _ in 0..options.runs {
        for (way, times) in ways.iter().zip(&mut times) {
            let run = measure::run(way.command(&[], program, &[]))?;
            times.push(run.cpu);
            let expected = said.get_or_insert_with(|| run.stdout.clone());
            if *expected != run.stdout {
                return Err(format!("{}: {} says {:?}, not {expected:?}", program.display(), way.name, run.stdout));
            }
        }
    }
    Ok(times.into_iter().map(median).collect())
}

/// How many instructions the guest retired, by `uemu --stats`.
fn instructions(ways: &[Way], program: &Path) -> Result<f64, String> {
    let uemu = ways.get(1).ok_or("no uemu")?;
    let run = measure::run(uemu.command(&["--stats"], program, &[]))?;
    let digits = |line: &str| line.chars().filter(char::is_ascii_digit).collect::<String>();
    let count = run.stderr.lines().find_map(|l| l.split_once("instructions:").map(|(_, n)| digits(n)));
    count.and_then(|n| n.parse().ok()).ok_or_else(|| format!("--stats names no instructions: {}", run.stderr))
}

fn geometric_mean(values: &[f64]) -> f64 {
    let logs: f64 = values.iter().map(|v| v.ln()).sum();
    (logs / f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX))).exp()
}
