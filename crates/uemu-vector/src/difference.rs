//! How two outcomes of one case differ, for people.

use crate::write;
use crate::{Case, Outcome, Vector};

/// `None` if they agree but for `undefined` arithmetic flags; else what each changed.
pub fn differences(case: &Case, ours: &Outcome, expected: &Outcome, undefined: u64) -> Option<String> {
    let mut ours = ours.clone();
    // What is undefined cannot differ.
    ours.cpu.flags.update_arith(undefined, expected.cpu.flags.arith());
    if ours == *expected {
        return None;
    }
    let changed = |o: &Outcome| write::results(case, o, undefined);
    Some(format!("got{}, expected{}", changed(&ours), changed(expected)))
}

impl Vector {
    /// What is wrong with an outcome; `None`: nothing.
    pub fn check(&self, ours: &Outcome) -> Option<String> {
        differences(&self.case, ours, &self.outcome, self.undefined)
    }
}
