//! What is noted while the demo's program runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uemu::Observer;
use uemu::kernel::observe::{CallEnd, View};
use uemu::kernel::syscall::Row;
use uemu::kernel::{Call, ExitStatus, Kernel, Tid};
use uemu_trace::CallText;

/// A system call as it was made.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    /// Its name.
    pub name: String,
    /// The line strace(1) would print.
    pub line: String,
    /// Instructions since the section began, or since the call before.
    pub after: u64,
}

/// A section of the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// Instructions retired in it.
    pub instructions: u64,
    /// System calls made in it.
    pub calls: Vec<Made>,
    counted: u64,
}

/// All sections.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    pub sections: Vec<Section>,
    now: usize,
    entry: String,
}

impl Notes {
    pub(super) fn new(sections: usize) -> Notes {
        Notes { sections: vec![Section::default(); sections], now: 0, entry: String::new() }
    }

    pub(super) fn enter(&mut self, section: usize) {
        // Only onwards: a function called again belongs to the section that called it.
        self.now = self.now.max(section);
    }

    pub(super) fn retire(&mut self, instructions: u64) {
        if let Some(s) = self.sections.get_mut(self.now) {
            s.instructions += instructions;
        }
    }

    fn called(&mut self, name: &str, line: String) {
        if let Some(s) = self.sections.get_mut(self.now) {
            s.calls.push(Made { name: name.to_owned(), line, after: s.instructions - s.counted });
            s.counted = s.instructions;
        }
    }
}

/// Keeps the system calls.
pub(super) struct Watcher {
    notes: Arc<Mutex<Notes>>,
    text: CallText,
    name: &'static str,
}

impl Watcher {
    pub(super) fn new(notes: Arc<Mutex<Notes>>) -> Watcher {
        let text = CallText { column: 0, string_limit: 48, ..CallText::default() };
        Watcher { notes, text, name: "" }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Watcher {
    fn syscall_enter(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>) {
        self.name = row.map_or("", |r| r.name);
        let entry = self.text.entry(view, call, row);
        self.notes().entry = entry;
    }

    fn syscall_exit(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) {
        let rest = self.text.rest(view, call, row, end) + &self.text.result(0, end);
        let mut notes = self.notes();
        let line = std::mem::take(&mut notes.entry) + &rest;
        notes.called(self.name, line);
    }

    fn exit(&mut self, _: &Kernel, _: Tid, _: ExitStatus, _: bool) {
        let mut notes = self.notes();
        let line = std::mem::take(&mut notes.entry) + ") = ?";
        notes.called(self.name, line);
    }
}
