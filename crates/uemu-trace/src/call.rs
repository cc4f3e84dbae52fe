//! One system call as text, in the parts that strace(1) writes: what is known on entry, the rest, the result.

use std::fmt::Write;
use uemu::kernel::observe::{CallEnd, View};
use uemu::kernel::syscall::{Phase, Ret, RetStyle, Row, Show};
use uemu::kernel::{Call, Restart};
use uemu_abi::{Errno, sysno};

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
    fn cx<'a>(&self, view: &'a View<'a>, call: &'a Call, end: Option<&'a CallEnd>) -> Show<'a> {
        Show { view, call, end, string_limit: self.string_limit, verbose: self.verbose }
    }

    /// `name(` and the arguments up to the first that the call fills in.
    pub fn entry(&self, view: &View<'_>, call: &Call, row: Option<&'static Row>) -> String {
        let mut out = name(call, row);
        out.push('(');
        let Some(row) = row else {
            // What the kernel lacks has no types: registers, as strace shows calls it does not know.
            let args: Vec<String> = call.args.iter().map(|a| hex(*a)).collect();
            return out + &args.join(", ");
        };
        let output = first_output(row);
        let shown = self.arguments(row, 0..output, false, &self.cx(view, call, None), &mut out);
        if shown && output < row.params.len() && (row.phase)(output) == Phase::Exit {
            out.push_str(", ");
        }
        out
    }

    /// The arguments from the first that the call filled in, and `)`.
    pub fn rest(&self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) -> String {
        let mut out = String::new();
        if let Some(row) = row {
            let output = first_output(row);
            // The comma before an optional one is still to be written.
            let comma = output > 0 && output < row.params.len() && (row.phase)(output) == Phase::ExitOptional;
            let cx = self.cx(view, call, Some(end));
            if let Some(last) = output.checked_sub(1)
                && (row.phase)(last) == Phase::Both
            {
                (row.show)(last, &cx, &mut out);
            }
            self.arguments(row, output..row.params.len(), comma, &cx, &mut out);
        }
        out.push(')');
        out
    }

    /// Writes some arguments, joined by commas, with one before the first too if `comma`. Whether there were any.
    fn arguments(
        &self,
        row: &Row,
        indexes: std::ops::Range<usize>,
        comma: bool,
        cx: &Show<'_>,
        out: &mut String,
    ) -> bool {
        let mut any = comma;
        for index in indexes {
            let before = out.len();
            if any {
                out.push_str(", ");
            }
            let start = out.len();
            (row.show)(index, cx, out);
            if out.len() == start {
                out.truncate(before);
            } else {
                any = true;
            }
        }
        any
    }

    /// Whether all arguments were written on entry.
    pub(crate) fn complete_on_entry(row: Option<&'static Row>) -> bool {
        row.is_none_or(|row| first_output(row) == row.params.len())
    }

    /// `= result`, with the blanks before it that a line of `width` columns needs.
    pub fn result(&self, width: usize, end: &CallEnd) -> String {
        let mut out = " ".repeat(self.column.saturating_sub(width).max(1));
        out.push_str("= ");
        match end {
            // What rt_sigreturn(2) brings back may be an error.
            CallEnd::Value(ret) => match error(ret.value) {
                Some(e) => show_error(e, &mut out),
                None => out.push_str(&value(*ret)),
            },
            CallEnd::Error(e) => show_error(*e, &mut out),
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

    /// What follows the result of some calls: ` (Timeout)`, ` (flags O_RDWR)`; mostly nothing.
    pub fn explanation(&self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) -> String {
        let mut text = String::new();
        if let (Some(row), CallEnd::Value(_)) = (row, end) {
            let cx = self.cx(view, call, Some(end));
            for index in 0..row.params.len() {
                (row.explain)(index, &cx, &mut text);
            }
        }
        if text.is_empty() { text } else { format!(" ({text})") }
    }
}

fn show_error(e: Errno, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "-1 {} ({})", e.name(), e.description());
}

/// The error that a value returned stands for.
fn error(value: u64) -> Option<Errno> {
    Errno::from_raw(u16::try_from((value as i64).checked_neg()?).ok()?)
}

fn value(ret: Ret) -> String {
    match ret.style {
        RetStyle::Decimal => (ret.value as i64).to_string(),
        RetStyle::Hex => hex(ret.value),
        RetStyle::Octal => format!("{:0>3}", format!("0{:o}", ret.value)),
    }
}

/// As C's `%#lx`: zero has no prefix.
fn hex(value: u64) -> String {
    if value == 0 { "0".to_owned() } else { format!("{value:#x}") }
}

/// The index of the first argument shown on exit.
fn first_output(row: &Row) -> usize {
    let at_exit = |&i: &usize| matches!((row.phase)(i), Phase::Exit | Phase::ExitOptional);
    (0..row.params.len()).find(at_exit).unwrap_or(row.params.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_abi::Errno;

    fn ret(value: u64, style: RetStyle) -> CallEnd {
        CallEnd::Value(Ret { value, style })
    }

    #[test]
    fn results_stand_in_their_column() {
        let text = CallText::default();
        let at = |width: usize, end: &CallEnd| "x".repeat(width) + &text.result(width, end);
        assert_eq!(at(8, &ret(0, RetStyle::Decimal)), format!("xxxxxxxx{}= 0", " ".repeat(32)));
        for width in [39, 40, 70] {
            assert_eq!(at(width, &ret(3, RetStyle::Decimal)), "x".repeat(width) + " = 3");
        }
    }

    #[test]
    fn results_have_their_base() {
        let text = CallText { column: 0, ..CallText::default() };
        let show = |end: &CallEnd| text.result(0, end);
        assert_eq!(show(&ret(-4_i64 as u64, RetStyle::Decimal)), " = -1 EINTR (Interrupted system call)");
        assert_eq!(show(&ret(-4096_i64 as u64, RetStyle::Decimal)), " = -4096");
        assert_eq!(show(&ret(0x1000, RetStyle::Hex)), " = 0x1000");
        assert_eq!(show(&ret(0, RetStyle::Hex)), " = 0");
        assert_eq!(show(&ret(0o22, RetStyle::Octal)), " = 022");
        assert_eq!(show(&ret(0, RetStyle::Octal)), " = 000");
        assert_eq!(show(&CallEnd::Error(Errno::ENOENT)), " = -1 ENOENT (No such file or directory)");
        assert_eq!(show(&CallEnd::Gone), " = ?");
    }
}
