//! One system call as text, in the two parts that strace(1) writes: what is known on entry, and the rest.

use std::fmt::Write;
use uemu::kernel::Call;
use uemu::kernel::Restart;
use uemu::kernel::observe::{CallEnd, View};
use uemu::kernel::syscall::{Phase, RetStyle, Row, Show};
use uemu_abi::sysno;

/// How calls are rendered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallText {
    /// Most bytes shown of a string (strace's -s).
    pub string_limit: usize,
    /// Whether structures are shown whole (strace's -v).
    pub verbose: bool,
    /// The column before which `= result` does not begin (strace's -a).
    pub column: usize,
}

impl Default for CallText {
    /// As strace(1) without options.
    fn default() -> CallText {
        CallText { string_limit: 32, verbose: false, column: 40 }
    }
}

/// The name of a call, whether the kernel has it or not.
pub(crate) fn name(call: &Call, row: Option<&'static Row>) -> String {
    match (row, sysno::name(call.nr)) {
        (Some(row), _) => row.name.to_owned(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => format!("syscall_{:#x}", call.nr),
    }
}

impl CallText {
    fn show<'a>(&self, view: &'a View<'a>, call: &'a Call, end: Option<&'a CallEnd>) -> Show<'a> {
        Show { view, call, end, string_limit: self.string_limit, verbose: self.verbose }
    }

    /// `name(` and the arguments up to the first that the call fills in.
    pub fn entry(&self, view: &View<'_>, call: &Call, row: Option<&'static Row>) -> String {
        let mut out = name(call, row);
        out.push('(');
        match row {
            Some(row) => self.arguments(row, 0, first_output(row), &self.show(view, call, None), &mut out),
            None => {
                let args: Vec<String> = call.args.iter().map(|a| format!("{a:#x}")).collect();
                out.push_str(&args.join(", "));
            }
        }
        out
    }

    /// The arguments from the first that the call filled in, and `)`.
    pub fn rest(&self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) -> String {
        let mut out = String::new();
        if let Some(row) = row {
            let show = self.show(view, call, Some(end));
            self.arguments(row, first_output(row), row.params.len(), &show, &mut out);
        }
        out.push(')');
        out
    }

    fn arguments(&self, row: &Row, from: usize, to: usize, show: &Show<'_>, out: &mut String) {
        for index in from..to {
            (row.show)(index, show, out);
            if index + 1 < row.params.len() {
                out.push_str(", ");
            }
        }
    }

    /// `= result`, with the blanks before it that a line of `width` columns needs.
    pub fn result(&self, width: usize, end: &CallEnd) -> String {
        let mut out = " ".repeat(self.column.saturating_sub(width).max(1));
        // A line that reaches the column has one blank, as has one that ends just before it.
        out.push_str("= ");
        match end {
            CallEnd::Value(ret) => {
                let _ = match ret.style {
                    RetStyle::Decimal => write!(out, "{}", ret.value as i64),
                    RetStyle::Hex if ret.value == 0 => write!(out, "0"),
                    RetStyle::Hex => write!(out, "{:#x}", ret.value),
                    RetStyle::Octal if ret.value == 0 => write!(out, "0"),
                    RetStyle::Octal => write!(out, "0{:o}", ret.value),
                };
            }
            CallEnd::Error(e) => {
                let _ = write!(out, "-1 {} ({})", e.name(), e.description());
            }
            CallEnd::Interrupted(restart) => out.push_str(match restart {
                Restart::Sys => "? ERESTARTSYS (To be restarted if SA_RESTART is set)",
                Restart::NoHandler => "? ERESTARTNOHAND (To be restarted if no handler)",
                Restart::Block => "? ERESTART_RESTARTBLOCK (Interrupted by signal)",
                Restart::Never => "-1 EINTR (Interrupted system call)",
            }),
            CallEnd::Gone => out.push('?'),
        }
        out
    }
}

/// The index of the first argument shown on exit.
fn first_output(row: &Row) -> usize {
    (0..row.params.len()).find(|&i| (row.phase)(i) == Phase::Exit).unwrap_or(row.params.len())
}
