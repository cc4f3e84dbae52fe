//! What the oracle says, as a table and as JSON.

use super::encodings::{Encoding, Fate};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What came of one encoding.
pub(crate) struct Row {
    pub encoding: Encoding,
    /// Cases that bind.
    pub cases: u64,
    /// Cases that differ.
    pub wrong: u64,
    /// The first of them: a vector, and how it differs.
    pub first: Option<(String, String)>,
}

impl Row {
    /// Compared, and nobody found wrong.
    pub(crate) fn agrees(&self) -> bool {
        self.encoding.fate == Fate::Compared && self.first.is_none() && self.cases > 0
    }
    fn compared(&self) -> bool {
        self.encoding.fate == Fate::Compared
    }
}

/// Sums over all rows.
pub(crate) struct Totals {
    pub agree: usize,
    pub compared: usize,
    pub cases: u64,
}

/// Adds up.
pub(crate) fn totals(rows: &[Row]) -> Totals {
    Totals {
        agree: rows.iter().filter(|r| r.agrees()).count(),
        compared: rows.iter().filter(|r| r.compared()).count(),
        cases: rows.iter().map(|r| r.cases).sum(),
    }
}

/// (in all, compared, agreeing, cases) of each feature.
fn groups(rows: &[Row]) -> BTreeMap<&str, [u64; 4]> {
    let mut groups: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for row in rows {
        let sums = groups.entry(&row.encoding.group).or_default();
        sums[0] += 1;
        sums[1] += u64::from(row.compared());
        sums[2] += u64::from(row.agrees());
        sums[3] += row.cases;
    }
    groups
}

/// Encodings that cannot be compared, by the reason.
fn apart(rows: &[Row]) -> BTreeMap<&str, Vec<String>> {
    let mut out: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        if let Fate::Apart(why) = row.encoding.fate {
            out.entry(why).or_default().push(format!("{:?}", row.encoding.code));
        }
    }
    out
}

/// The report for people.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        if let Some((line, why)) = &row.first {
            let _ = writeln!(out, "{:?}: {} of {} cases differ, first", row.encoding.code, row.wrong, row.cases);
            let _ = writeln!(out, "  {line}\n  {why}");
        } else if row.compared() && row.cases == 0 {
            let _ = writeln!(out, "{:?}: not one case binds", row.encoding.code);
        }
    }
    let head = ["CPUID feature", "encodings", "compared", "agree", "cases"];
    let _ = writeln!(out, "{:24} {:>9} {:>9} {:>9} {:>9}", head[0], head[1], head[2], head[3], head[4]);
    for (name, [all, compared, agree, cases]) in groups(rows) {
        let _ = writeln!(out, "{name:24} {all:9} {compared:9} {agree:9} {cases:9}");
    }
    for (why, codes) in apart(rows) {
        let _ = writeln!(out, "not compared, {why}: {}", codes.join(", "));
    }
    let Totals { agree, compared, cases } = totals(rows);
    let _ = writeln!(out, "oracle: {agree} of {compared} encodings agree over {cases} cases");
    out
}

/// The report for programs: one object.
pub(crate) fn json(rows: &[Row]) -> String {
    let features = groups(rows).into_iter().map(|(name, [all, compared, agree, cases])| {
        let name = quote(name);
        format!("{name}:{{\"encodings\":{all},\"compared\":{compared},\"agree\":{agree},\"cases\":{cases}}}")
    });
    let apart = apart(rows).into_iter().map(|(why, codes)| {
        let codes: Vec<String> = codes.iter().map(|c| quote(c)).collect();
        format!("{}:[{}]", quote(why), codes.join(","))
    });
    let wrong = rows.iter().filter(|r| r.compared() && !r.agrees()).map(|row| {
        let (line, why) = row.first.clone().unwrap_or_default();
        format!(
            "{{\"code\":{},\"cases\":{},\"differ\":{},\"vector\":{},\"difference\":{}}}",
            quote(&format!("{:?}", row.encoding.code)),
            row.cases,
            row.wrong,
            quote(&line),
            quote(&why)
        )
    });
    let join = |parts: Vec<String>| parts.join(",");
    let Totals { agree, compared, cases } = totals(rows);
    format!(
        "{{\"features\":{{{}}},\"not_compared\":{{{}}},\"disagreements\":[{}],\"agree\":{agree},\"compared\":{compared},\"cases\":{cases}}}",
        join(features.collect()),
        join(apart.collect()),
        join(wrong.collect())
    )
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
