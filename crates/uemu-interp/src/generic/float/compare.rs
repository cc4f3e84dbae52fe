//! Comparison: CMPPS's predicates and COMISS's orderings.

use super::{Env, Format, IE};

/// How two values stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordering {
    /// `a < b`
    Less,
    /// `a == b`
    Equal,
    /// `a > b`
    Greater,
    /// One of them is a NaN.
    Unordered,
}

/// A predicate of CMPPS and its VEX forms (SDM vol. 2A, CMPPD, table 3-1), by its immediate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Predicate(u8);

impl Predicate {
    /// Legacy encodings have three bits.
    pub fn legacy(imm: u8) -> Predicate {
        Predicate(imm & 7)
    }

    /// VEX encodings have five.
    pub fn vex(imm: u8) -> Predicate {
        Predicate(imm & 31)
    }

    /// Whether a quiet NaN is an invalid operand: predicates 1, 2, 5, 6 of each eight, the other way round
    /// from 16 on.
    fn signals(self) -> bool {
        let first = matches!(self.0 & 7, 1 | 2 | 5 | 6);
        first ^ (self.0 & 16 != 0)
    }

    fn holds(self, o: Ordering) -> bool {
        use Ordering::{Equal, Greater, Less, Unordered};
        match self.0 & 15 {
            0 => o == Equal,
            1 => o == Less,
            2 => matches!(o, Less | Equal),
            3 => o == Unordered,
            4 => o != Equal,
            5 => o != Less,
            6 => matches!(o, Greater | Unordered),
            7 => o != Unordered,
            8 => matches!(o, Equal | Unordered),
            9 => matches!(o, Less | Unordered),
            10 => o != Greater,
            11 => false,
            12 => matches!(o, Less | Greater),
            13 => matches!(o, Equal | Greater),
            14 => o == Greater,
            _ => true,
        }
    }
}

/// An integer that orders as the value does (no NaN); both zeros are 0.
pub(super) fn key(f: Format, v: u64) -> i64 {
    let m = f.magnitude(v) as i64;
    if v & f.sign() != 0 { -m } else { m }
}

impl Env {
    /// Compares; a signalling NaN is invalid, and so is a quiet one if `signals`.
    pub fn compare(&mut self, f: Format, a: u64, b: u64, signals: bool) -> Ordering {
        if f.is_nan(a) || f.is_nan(b) {
            if signals || f.is_snan(a) || f.is_snan(b) {
                self.raise(IE);
            }
            return Ordering::Unordered;
        }
        self.denormal(f, a);
        self.denormal(f, b);
        let (a, b) = (key(f, self.daz(f, a)), key(f, self.daz(f, b)));
        match a.cmp(&b) {
            std::cmp::Ordering::Less => Ordering::Less,
            std::cmp::Ordering::Equal => Ordering::Equal,
            std::cmp::Ordering::Greater => Ordering::Greater,
        }
    }

    /// Whether the predicate holds.
    pub fn test(&mut self, f: Format, a: u64, b: u64, p: Predicate) -> bool {
        let o = self.compare(f, a, b, p.signals());
        p.holds(o)
    }
}
