//! The listing of strace(1): one line a call; with `-f`, lines of several tasks, cut and resumed where they interleave.

use crate::call::{self, CallText};
use crate::signal;
use std::collections::BTreeMap;
use std::io::{self, Write};
use uemu::Observer;
use uemu::kernel::observe::{CallEnd, View};
use uemu::kernel::syscall::{Row, args};
use uemu::kernel::{Call, ExitStatus, Kernel, Tid};
use uemu_abi::signal::SigInfo;

/// Most arguments of execve shown.
const MAX_ARGS: usize = 32;

/// Writes a listing as calls happen.
pub struct Strace<W: Write> {
    out: W,
    error: Option<io::Error>,
    /// Every task, not just the first.
    follow: bool,
    /// Each line begins with its task, as in a file; not just where there are several.
    always_pid: bool,
    text: CallText,
    first: Option<Tid>,
    /// Tasks alive.
    alive: usize,
    /// The task whose line has begun and not ended, and its width.
    open: Option<(Tid, usize)>,
    /// Calls entered and not ended, by name.
    under_way: BTreeMap<Tid, String>,
}

impl<W: Write> Strace<W> {
    /// A listing of the first task's calls, or of all tasks' with `follow`.
    pub fn new(out: W, follow: bool) -> Strace<W> {
        Strace {
            out,
            error: None,
            follow,
            always_pid: false,
            text: CallText::default(),
            first: None,
            alive: 1,
            open: None,
            under_way: BTreeMap::new(),
        }
    }

    /// Begins each line with its task's number, as strace does in a file (`-f -o FILE`).
    #[must_use]
    pub fn with_pids(mut self) -> Strace<W> {
        self.always_pid = self.follow;
        self
    }

    /// Writes the line of the execve(2) that started the first program.
    pub fn started(&mut self, kernel: &Kernel) {
        let Some((&tid, task)) = kernel.tasks.iter().next() else { return };
        self.first = Some(tid);
        let Some(space) = kernel.space(task.space) else { return };
        let mut line = "execve(".to_owned();
        args::quote(&space.exe, &mut line);
        line.push_str(", [");
        let arguments: Vec<&[u8]> = strings(&space.cmdline);
        for (i, argument) in arguments.iter().take(MAX_ARGS).enumerate() {
            if i > 0 {
                line.push_str(", ");
            }
            args::quote(argument.get(..self.text.string_limit).unwrap_or(argument), &mut line);
            if argument.len() > self.text.string_limit {
                line.push_str("...");
            }
        }
        if arguments.len() > MAX_ARGS {
            line.push_str(", ...");
        }
        let vars = strings(&space.environ).len();
        // envp lies above argc, argv and its NULL.
        let envp = task.cpu.get(uemu::Gpr::Rsp).wrapping_add(8 * (arguments.len() as u64 + 2));
        let plural = if vars == 1 { "" } else { "s" };
        line.push_str(&format!("], {envp:#x} /* {vars} var{plural} */)"));
        let width = line.chars().count();
        line.push_str(&self.text.result(width, &CallEnd::Value(uemu::kernel::syscall::SysRet::ret(0_i32))));
        self.whole_line(tid, &line);
    }

    /// Ends the listing.
    ///
    /// # Errors
    /// The first error of writing it; what came after is lost.
    pub fn finish(mut self) -> io::Result<()> {
        self.cut();
        match self.error.take() {
            Some(e) => Err(e),
            None => self.out.flush(),
        }
    }

    fn watches(&self, tid: Tid) -> bool {
        self.follow || self.first.is_none_or(|f| f == tid)
    }

    fn put(&mut self, text: &str) {
        if self.error.is_none()
            && let Err(e) = self.out.write_all(text.as_bytes())
        {
            self.error = Some(e);
        }
    }

    /// Ends another's begun line.
    fn cut(&mut self) {
        if self.open.take().is_some() {
            self.put(" <unfinished ...>\n");
        }
    }

    fn prefix(&self, tid: Tid) -> String {
        match (self.always_pid, self.follow && self.alive > 1) {
            (true, _) => format!("{:<5} ", tid.0),
            (false, true) => format!("[pid {:>5}] ", tid.0),
            (false, false) => String::new(),
        }
    }

    fn whole_line(&mut self, tid: Tid, line: &str) {
        self.cut();
        let prefix = self.prefix(tid);
        self.put(&format!("{prefix}{line}\n"));
    }

    /// Brings the line of a call to where its end is to be written; its width.
    fn resume(&mut self, tid: Tid) -> usize {
        if let Some((open, width)) = self.open
            && open == tid
        {
            return width;
        }
        self.cut();
        let name = self.under_way.get(&tid).cloned().unwrap_or_default();
        let text = format!("{}<... {name} resumed>", self.prefix(tid));
        self.put(&text);
        text.chars().count()
    }

    fn end(&mut self, tid: Tid, rest: &str, end: &CallEnd) {
        let width = self.resume(tid) + rest.chars().count();
        let result = self.text.result(width, end);
        self.put(&format!("{rest}{result}\n"));
        self.open = None;
        self.under_way.remove(&tid);
    }
}

/// Strings that each end in NUL.
fn strings(block: &[u8]) -> Vec<&[u8]> {
    let mut parts: Vec<&[u8]> = block.split(|&b| b == 0).collect();
    parts.pop();
    parts
}

impl<W: Write> Observer for Strace<W> {
    fn syscall_enter(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>) {
        if self.first.is_none() {
            self.first = Some(view.tid);
        }
        if !self.watches(view.tid) {
            return;
        }
        self.cut();
        let line = self.prefix(view.tid) + &self.text.entry(view, call, row);
        self.put(&line);
        self.open = Some((view.tid, line.chars().count()));
        self.under_way.insert(view.tid, call::name(call, row));
    }

    fn syscall_exit(&mut self, view: &View<'_>, call: &Call, row: Option<&'static Row>, end: &CallEnd) {
        if self.under_way.contains_key(&view.tid) {
            let rest = self.text.rest(view, call, row, end);
            self.end(view.tid, &rest, end);
        }
    }

    fn signal(&mut self, _: &Kernel, tid: Tid, info: &SigInfo) {
        if self.watches(tid) {
            self.whole_line(tid, &format!("--- {} {} ---", info.signal.name(), signal::info(info)));
        }
    }

    fn new_task(&mut self, _: &Kernel, parent: Option<Tid>, child: Tid) {
        match parent {
            Some(_) => self.alive += 1,
            None => self.first = Some(child),
        }
    }

    fn exit(&mut self, _: &Kernel, tid: Tid, status: ExitStatus, _: bool) {
        if self.watches(tid) {
            if self.under_way.contains_key(&tid) {
                self.end(tid, ")", &CallEnd::Gone);
            }
            let line = match status {
                ExitStatus::Exited(code) => format!("+++ exited with {code} +++"),
                ExitStatus::Killed { signal, .. } => format!("+++ killed by {} +++", signal.name()),
            };
            self.whole_line(tid, &line);
        }
        self.alive = self.alive.saturating_sub(1);
    }
}
