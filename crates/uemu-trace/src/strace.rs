//! The listing of strace(1): one line a call; with `-f`, lines of several tasks, cut and resumed where they interleave.

use crate::call::{self, CallText};
use crate::line::Lines;
use crate::program;
use std::collections::BTreeMap;
use std::io::{self, Write};
use uemu::Observer;
use uemu::kernel::observe::{CallEnd, View};
use uemu::kernel::syscall::{Ret, RetStyle, Row, args};
use uemu::kernel::{Call, ExitStatus, Job, Kernel, Pid, Restart, Tid};
use uemu_abi::signal::{SigInfo, Signal};

/// What is listed and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Every task, not just the first (strace's -f).
    pub follow: bool,
    /// The listing goes to a file (strace's -o): with `follow`, each line begins with its task; on a terminal, only
    /// while there are several.
    pub to_file: bool,
    /// How calls are rendered.
    pub text: CallText,
}

/// Writes a listing as calls happen.
///
/// Each line is one write, made when the line is complete or its call waits: buffer `out` if that is too many.
#[derive(Debug)]
pub struct Strace<W: Write> {
    lines: Lines<W>,
    options: Options,
    started: bool,
    /// The tasks listed, while they live.
    tasks: BTreeMap<Tid, Traced>,
    /// Whose line was begun last.
    writing: Option<Tid>,
}

/// What is known of a task.
#[derive(Debug, Default)]
struct Traced {
    /// The call under way.
    open: Option<Open>,
    /// The last call was interrupted when the task had retired so many instructions, and will go on to its old
    /// deadline unless a handler runs.
    resumable: Option<u64>,
}

#[derive(Debug)]
struct Open {
    name: String,
    complete: bool,
}

impl<W: Write> Strace<W> {
    /// A listing that has not begun.
    pub fn new(out: W, options: Options) -> Strace<W> {
        Strace { lines: Lines::new(out), options, started: false, tasks: BTreeMap::new(), writing: None }
    }

    /// Writes the line of the execve(2) that started the first program. Done by itself before the first event.
    pub fn started(&mut self, kernel: &Kernel) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        let Some(&tid) = kernel.tasks.keys().next() else { return };
        self.tasks.insert(tid, Traced::default());
        if let Some(call) = program::execve(kernel, tid, self.options.text.string_limit) {
            self.leader(tid);
            self.lines.push(&call);
            self.result(&CallEnd::Value(Ret { value: 0, style: RetStyle::Decimal }), "");
        }
    }

    /// Ends the listing.
    ///
    /// # Errors
    /// The first error of writing it; what came after is lost.
    pub fn finish(mut self) -> io::Result<()> {
        self.cut();
        self.lines.finish()
    }

    /// Ends a line that is begun: another will be written.
    fn cut(&mut self) {
        if self.lines.column() > 0 {
            self.lines.push(" <unfinished ...>");
            self.lines.end();
        }
    }

    /// Begins a line.
    fn leader(&mut self, tid: Tid) {
        self.cut();
        self.writing = Some(tid);
        if self.options.follow && self.options.to_file {
            self.lines.push(&format!("{:<5} ", tid.0));
        } else if self.tasks.len() > 1 {
            self.lines.push(&format!("[pid {:>5}] ", tid.0));
        }
    }

    /// A line that is no call.
    fn event(&mut self, tid: Tid, text: &str) {
        self.leader(tid);
        self.lines.push(text);
        self.lines.end();
    }

    /// Gets to where the rest of a call is to be written: on its line, or on one that resumes it.
    fn resume(&mut self, tid: Tid, name: &str) {
        if self.writing != Some(tid) || self.lines.column() == 0 {
            self.leader(tid);
            self.lines.push(&format!("<... {name} resumed>"));
        }
    }

    /// Ends the line of a call.
    fn result(&mut self, end: &CallEnd, explanation: &str) {
        let result = self.options.text.result(self.lines.column(), end);
        self.lines.push(&result);
        self.lines.push(explanation);
        self.lines.end();
    }
}

/// Whether SIGKILL is about to end the task.
fn is_killed(view: &View<'_>) -> bool {
    let task = view.kernel.task(view.tid);
    let process = view.kernel.processes.get(&task.pid);
    task.pending.has(Signal::SIGKILL) || process.is_some_and(|p| p.pending.has(Signal::SIGKILL))
}

impl<W: Write> Observer for Strace<W> {
    fn syscall_enter(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>) {
        self.started(view.kernel);
        let retired = view.kernel.task(view.tid).retired;
        let Some(task) = self.tasks.get_mut(&view.tid) else { return };
        let name = call::name(call, row);
        // No instruction since the interruption: no handler ran, and Linux resumes the wait by this call.
        let resumed = task.resumable.take() == Some(retired);
        let (text, open) = if resumed {
            let text = format!("restart_syscall(<... resuming interrupted {name} ...>");
            (text, Open { name: "restart_syscall".to_owned(), complete: true })
        } else {
            let text = self.options.text.entry(view, call, row);
            (text, Open { name, complete: CallText::complete_on_entry(row) })
        };
        task.open = Some(open);
        self.leader(view.tid);
        self.lines.push(&text);
    }

    fn syscall_blocked(&mut self, view: &View<'_>, _: &Call, _: Option<&'static Row>) {
        if self.writing == Some(view.tid) {
            self.lines.show();
        }
    }

    fn syscall_exit(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) {
        let Some(task) = self.tasks.get_mut(&view.tid) else { return };
        if *end == CallEnd::Interrupted(Restart::Block) {
            task.resumable = Some(view.kernel.task(view.tid).retired);
        }
        if matches!(end, CallEnd::Interrupted(_)) && is_killed(view) {
            // The task ends in the call.
            return;
        }
        let Some(open) = task.open.take() else { return };
        self.resume(view.tid, &open.name);
        // A resumed wait has none of the arguments.
        let row = row.filter(|r| r.name == open.name);
        let rest = self.options.text.rest(view, call, row, end);
        self.lines.push(&rest);
        let explanation = self.options.text.explanation(view, call, row, end);
        self.result(end, &explanation);
    }

    fn signal(&mut self, kernel: &Kernel, tid: Tid, info: &SigInfo) {
        self.started(kernel);
        // SIGKILL is not delivered: it is the end.
        if self.tasks.contains_key(&tid) && info.signal != Signal::SIGKILL {
            let mut cause = String::new();
            args::show_info(info, &mut cause);
            let name = args::signal_name(info.signal.number().into());
            self.event(tid, &format!("--- {name} {cause} ---"));
        }
    }

    fn ignored(&mut self, kernel: &Kernel, tid: Tid, info: &SigInfo) {
        self.signal(kernel, tid, info);
    }

    fn job(&mut self, kernel: &Kernel, pid: Pid, stopped: bool) {
        let Some(p) = kernel.processes.get(&pid) else { return };
        let Job::Stopped(signal) = p.job else { return };
        for &tid in &p.threads {
            if stopped && self.tasks.contains_key(&tid) {
                self.event(tid, &format!("--- stopped by {} ---", args::signal_name(signal.number().into())));
            }
        }
    }

    fn new_task(&mut self, kernel: &Kernel, parent: Option<Tid>, child: Tid) {
        self.started(kernel);
        if self.options.follow && parent.is_some_and(|p| self.tasks.contains_key(&p)) {
            self.tasks.insert(child, Traced::default());
        }
    }

    fn exit(&mut self, kernel: &Kernel, tid: Tid, status: ExitStatus, _: bool) {
        self.started(kernel);
        let Some(task) = self.tasks.get_mut(&tid) else { return };
        if let Some(open) = task.open.take() {
            self.resume(tid, &open.name);
            if !open.complete {
                // What the call would have filled in never will be.
                self.lines.push(" <unfinished ...>");
            }
            self.lines.push(")");
            self.result(&CallEnd::Gone, "");
        }
        let end = match status {
            ExitStatus::Exited(code) => format!("+++ exited with {code} +++"),
            ExitStatus::Killed { signal, .. } => {
                format!("+++ killed by {} +++", args::signal_name(signal.number().into()))
            }
        };
        self.event(tid, &end);
        self.tasks.remove(&tid);
    }
}
