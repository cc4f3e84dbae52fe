//! System calls per second, processes per second, and the time a start takes.

use super::measure::{self, Way, median};
use super::{Options, compile};
use std::path::Path;

/// A loop to time: source, how many rounds natively and emulated, what a round is.
const LOOPS: [(&str, u32, u32, &str); 3] = [
    ("getppid", 2_000_000, 2_000_000, "getppid(2) per second"),
    ("write1", 2_000_000, 2_000_000, "write(2) of a byte to /dev/null per second"),
    ("spawn", 1000, 500, "fork, exec and wait per second"),
];

/// Prints a row for each rate.
pub(super) fn table(options: &Options, ways: &[Way]) -> Result<(), String> {
    let heads: String = ways.iter().map(|w| format!(" {} |", w.name)).collect();
    let mut rows = String::new();
    for (name, native, emulated, what) in LOOPS.into_iter().filter(|l| l.0.contains(&options.filter)) {
        let program = compile(name)?;
        let mut columns = String::new();
        for (index, way) in ways.iter().enumerate() {
            let rounds = if index == 0 { native } else { emulated };
            match walls(way, &program, &[rounds.to_string()], options.runs) {
                Ok(seconds) => columns += &format!(" {:.0} |", f64::from(rounds) / median(seconds)),
                // A peer that cannot do it is no reason to stop; we and the processor must.
                Err(_) if index > 1 => columns += " fails |",
                Err(e) => return Err(e),
            }
        }
        rows += &format!("| {what} |{columns}\n");
    }
    if "true".contains(&options.filter) {
        let program = compile("true")?;
        let mut columns = String::new();
        for way in ways {
            columns += &format!(" {:.2} |", median(walls(way, &program, &[], options.runs * 4)?) * 1e3);
        }
        rows += &format!("| start and end of a static `true`, ms |{columns}\n");
    }
    if !rows.is_empty() {
        println!("| rate |{heads}\n|---|{}\n{rows}", "---:|".repeat(ways.len()));
    }
    Ok(())
}

/// The wall times of several runs, in seconds.
fn walls(way: &Way, program: &Path, args: &[String], runs: usize) -> Result<Vec<f64>, String> {
    (0..runs).map(|_| Ok(measure::run(way.command(&[], program, args))?.wall)).collect()
}
