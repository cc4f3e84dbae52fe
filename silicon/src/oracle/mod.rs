//! `cargo xtask oracle`: every encoding that CPUID offers, executed here and under uemu, compared.

mod allowed;
mod bless;
mod encodings;
mod features;
mod form;
mod inputs;
mod judge;
mod lanes;
mod native;
mod place;
mod report;
mod special;
mod values;

use encodings::{Encoding, Fate};
use iced_x86::{Formatter, IntelFormatter};
use inputs::Fill;
use judge::{Found, Judge};
use report::Row;
use std::process::ExitCode;
use values::Rng;

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only the encodings of this CPUID feature (as in the report's table; any case).
    #[arg(long)]
    feature: Option<String>,
    /// Only this encoding (a name of iced's `Code`; any case), or all whose name begins so if it ends in `*`.
    #[arg(long)]
    code: Option<String>,
    /// Cases for each encoding.
    #[arg(long, default_value_t = 200)]
    cases: u64,
    /// Where the random numbers start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead of reporting, write vectors to crates/uemu-interp/tests/vectors, one file a feature.
    #[arg(long, conflicts_with_all = ["code", "json"])]
    bless: bool,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// Runs the task.
pub(crate) fn run(options: &Options) -> Result<ExitCode, String> {
    let failed = |e: std::io::Error| e.to_string();
    let features = features::Features::new().map_err(failed)?;
    let chosen: Vec<Encoding> = encodings::all(&features).into_iter().filter(|e| options.wants(e)).collect();
    if chosen.is_empty() {
        return Err("no encoding that CPUID offers is called so".to_owned());
    }
    let mut judge = Judge::new().map_err(failed)?;
    if options.bless {
        return bless::run(&mut judge, &chosen, options.feature.is_none());
    }
    let rows: std::io::Result<Vec<Row>> =
        chosen.into_iter().map(|e| examine(&mut judge, e, options.cases, options.seed)).collect();
    let rows = rows.map_err(failed)?;
    let totals = report::totals(&rows);
    if options.json {
        println!("{}", report::json(&rows));
    } else {
        print!("{}", report::text(&rows));
    }
    Ok(if totals.agree == totals.compared { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    fn wants(&self, encoding: &Encoding) -> bool {
        let is = |given: &Option<String>, name: &str| match given.as_deref().map(|g| (g, g.strip_suffix('*'))) {
            None => true,
            Some((_, Some(start))) => name.to_ascii_lowercase().starts_with(&start.to_ascii_lowercase()),
            Some((whole, None)) => name.eq_ignore_ascii_case(whole),
        };
        is(&self.feature, &encoding.group) && is(&self.code, &format!("{:?}", encoding.code))
    }
}

/// Random numbers of an encoding's own: what one gets does not depend on which others are examined.
fn random(encoding: &Encoding, seed: u64) -> Rng {
    let mut rng = Rng(seed << 32 | encoding.code as u64);
    Rng(rng.next())
}

/// Compares one encoding.
fn examine(judge: &mut Judge, encoding: Encoding, cases: u64, seed: u64) -> std::io::Result<Row> {
    let mut row = Row { encoding, cases: 0, wrong: 0, first: None };
    if row.encoding.fate != Fate::Compared {
        return Ok(row);
    }
    let mut rng = random(&row.encoding, seed);
    let mut left = cases;
    while left > 0 {
        let count = left.min(native::BATCH as u64);
        left -= count;
        let forms = (0..count).filter_map(|_| form::member(&mut rng, row.encoding.code, false));
        let forms: Vec<_> = forms.collect();
        let cases = forms.iter().map(|f| inputs::case(&mut rng, f, Fill::Everything)).collect();
        for found in judge.compare(cases)? {
            match found {
                Found::Agreed(_) => row.cases += 1,
                Found::Nothing => {}
                Found::Differs(vector, why) => {
                    row.cases += 1;
                    row.wrong += 1;
                    if row.first.is_none() {
                        let (vector, why) = judge.shrink(vector, why)?;
                        row.first = Some((vector.line(&listing(&vector.case)), why));
                    }
                }
                Found::Lost(case, lost) => {
                    row.cases += 1;
                    row.wrong += 1;
                    let line = format!("{:02x?} {}", case.code, listing(&case));
                    row.first.get_or_insert((line, format!("this processor gave no answer: {lost:?}")));
                }
            }
        }
    }
    Ok(row)
}

/// The instruction as an assembler has it.
fn listing(case: &uemu_vector::Case) -> String {
    let mut out = String::new();
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_rip_relative_addresses(true);
    formatter.format(&form::decode(&case.code, case.cpu.rip), &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short run of the whole: what a change breaks shows here before anybody asks the oracle.
    #[test]
    fn every_encoding_agrees_with_the_processor() {
        let mut judge = Judge::new().unwrap();
        let all = encodings::all(&features::Features::new().unwrap());
        let rows: Vec<Row> = all.into_iter().map(|e| examine(&mut judge, e, 40, 7).unwrap()).collect();
        let totals = report::totals(&rows);
        assert!(totals.agree == totals.compared && totals.compared > 1000, "{}", report::text(&rows));
    }
}
