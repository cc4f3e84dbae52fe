//! The demo's narration.

use super::notes::{Made, Notes, Section};
use std::fmt::Write;

/// Columns of a line of prose.
const WIDTH: usize = 96;

/// One altitude: its title, the function that is it, and why it costs what it costs.
struct Altitude {
    title: &'static str,
    function: &'static str,
    why: &'static str,
}

const ALTITUDES: [Altitude; 3] = [
    Altitude {
        title: "printf(3): the C library, with a buffer",
        function: "through_stdio",
        why: "Three calls of printf only copied bytes into a buffer; one system call carried them out. That is what \
              buffering is for, and why output can be lost when a program dies before it is flushed.",
    },
    Altitude {
        title: "write(2): the C library's thin wrapper",
        function: "through_write",
        why: "No buffer: each call is a system call. The wrapper moves the number of the call into RAX, executes \
              `syscall`, and turns a negative result into -1 and errno.",
    },
    Altitude {
        title: "syscall: the bare instruction",
        function: "through_the_instruction",
        why: "No library at all: the program loads RAX with 1 (write), RDI, RSI and RDX with the arguments, and traps. \
              Here the kernel begins; in uemu, a handler written in Rust.",
    },
];

/// What a system call of the C library is for; said once.
fn purpose(call: &Made) -> Option<&'static str> {
    Some(match call.name.as_str() {
        "brk" if call.line.starts_with("brk(NULL)") => "where does the heap end?",
        "brk" => "move the heap's end: thread-local storage and malloc live there",
        "arch_prctl" => "point FS at thread-local storage: errno, the stack protector's canary",
        "set_tid_address" => "where the kernel shall write zero when this thread ends, so that a join wakes up",
        "set_robust_list" => "where to find the mutexes this thread holds, should it die",
        "rseq" => "restartable sequences: per-processor data without locks",
        "prlimit64" => "how far the stack may grow",
        "readlinkat" | "readlink" => "what is this program called ($ORIGIN)",
        "getrandom" => "a random number, to make malloc's free lists harder to forge",
        "mprotect" => "relocations are done: make their tables read-only",
        "newfstatat" | "fstat" => "what is descriptor 1? A terminal is flushed at each newline, a pipe when full",
        "ioctl" => "is descriptor 1 a terminal?",
        "write" | "writev" => "the sentence leaves the program",
        "exit_group" => "all threads end here, with this status",
        "mmap" => "memory of its own",
        _ => return None,
    })
}

/// The whole text.
pub(super) fn render(notes: &Notes, output: &[u8], source: &str) -> String {
    let mut out = String::new();
    title(&mut out, "One sentence, three altitudes");
    paragraph(
        &mut out,
        "",
        "uemu has just run a small static C program, altitudes.c: no kernel help, every instruction interpreted, every \
         system call answered by uemu itself. The program says the same thing three times, each time from closer \
         to the kernel. Beside each system call stands how many instructions led to it.",
    );
    let empty = Section::default();
    let section = |i: usize| notes.sections.get(i).unwrap_or(&empty);
    heading(&mut out, "0", "before main: the C library wakes up", section(0));
    let mut said = Vec::new();
    calls(&mut out, &section(0).calls, &mut said);
    for (i, altitude) in ALTITUDES.iter().enumerate() {
        heading(&mut out, &(i + 1).to_string(), altitude.title, section(i + 1));
        lines_of(&mut out, source, altitude.function);
        calls(&mut out, &section(i + 1).calls, &mut said);
        out.push('\n');
        paragraph(&mut out, "   ", altitude.why);
    }
    heading(&mut out, "4", "after main: exit(3) flushes what is left and ends", section(4));
    calls(&mut out, &section(4).calls, &mut said);
    title(&mut out, "What the program wrote");
    for line in String::from_utf8_lossy(output).lines() {
        let _ = writeln!(out, "   {line}");
    }
    let instructions: u64 = notes.sections.iter().map(|s| s.instructions).sum();
    let count: usize = notes.sections.iter().map(|s| s.calls.len()).sum();
    out.push('\n');
    paragraph(
        &mut out,
        "",
        &format!(
            "In all: {} instructions and {count} system calls, the same in every run. Yours next: `uemu ./program` runs \
             it, `uemu trace ./program` shows its system calls, `uemu --help` says the rest.",
            number(instructions)
        ),
    );
    out
}

fn title(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{text}\n{}\n", "=".repeat(text.len()));
}

fn heading(out: &mut String, number_: &str, text: &str, section: &Section) {
    let n = section.calls.len();
    let calls = if n == 1 { "1 system call".to_owned() } else { format!("{n} system calls") };
    let _ = writeln!(out, "\n{number_}. {text}");
    let _ = writeln!(out, "   {} instructions, {calls}\n", number(section.instructions));
}

/// The body of a function, with the numbers of its lines.
fn lines_of(out: &mut String, source: &str, function: &str) {
    let body = source
        .lines()
        .zip(1..)
        .skip_while(|(line, _)| !line.contains(&format!("{function}(void)")) || line.ends_with(';'))
        .skip(2)
        .take_while(|(line, _)| *line != "}");
    for (line, n) in body {
        let _ = writeln!(out, "   {n:>4} |{}", line.strip_prefix("   ").unwrap_or(line));
    }
    out.push('\n');
}

fn calls(out: &mut String, calls: &[Made], said: &mut Vec<&'static str>) {
    let width = calls.iter().map(|c| number(c.after).len()).max().unwrap_or(0) + 1;
    for call in calls {
        let _ = writeln!(out, "   {:>width$}  {}", format!("+{}", number(call.after)), call.line);
        if let Some(purpose) = purpose(call).filter(|p| !said.contains(p)) {
            said.push(purpose);
            let _ = writeln!(out, "   {:>width$}      {purpose}", "");
        }
    }
}

/// Prose, broken into lines.
fn paragraph(out: &mut String, indent: &str, text: &str) {
    let mut line = indent.to_owned();
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && line.len() > indent.len() {
            out.push_str(&line);
            out.push('\n');
            line = indent.to_owned();
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

/// With commas between thousands.
fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn bodies_are_cut_out_of_the_source() {
        for altitude in &ALTITUDES {
            let mut out = String::new();
            lines_of(&mut out, super::super::SOURCE, altitude.function);
            assert!(out.lines().count() > 2 && !out.contains("noinline"), "{out}");
        }
    }
}
