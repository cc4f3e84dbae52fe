//! The command line.

use crate::values::{self, Bind};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, ValueEnum};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

const COMMANDS: &str = "\
Commands:
  uemu run [OPTIONS] <PROGRAM> [ARGS]...    the same as without `run`
  uemu trace [OPTIONS] <PROGRAM> [ARGS]...  and print its system calls as strace(1) would
  uemu syscalls [--count]                   print the table of supported system calls
  uemu demo                                 one sentence, said at three altitudes

To run a program that is called like a command, give its path: ./run

Exit status:
  the guest's; 128+N if signal N killed it
  125 if uemu itself failed, or a limit ended the run
  126 if the program cannot be run, 127 if it is not there";

/// Runs a static x86-64 Linux program in user space: every instruction interpreted, every system call emulated,
/// nothing of the host visible but what is granted. The same program with the same inputs gives the same bytes.
#[derive(Parser, Debug)]
#[command(name = "uemu", version, override_usage = "uemu [run] [OPTIONS] <PROGRAM> [ARGS]...", after_help = COMMANDS, max_term_width = 110)]
pub(crate) struct Run {
    /// What to run and how.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// Runs a program and prints its system calls as strace(1) would, with decoded arguments.
#[derive(Parser, Debug)]
#[command(
    name = "uemu trace",
    version,
    override_usage = "uemu trace [OPTIONS] <PROGRAM> [ARGS]...",
    max_term_width = 110
)]
pub(crate) struct Trace {
    /// Write the trace there instead of to standard error
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Trace the processes and threads it makes as well, each line with its task's number
    #[arg(short, long)]
    pub follow: bool,
    /// What to run and how.
    #[command(flatten)]
    pub machine: MachineArgs,
}

/// Prints the table of supported system calls, from the declarations that dispatch them.
#[derive(Parser, Debug)]
#[command(name = "uemu syscalls", version, max_term_width = 110)]
pub(crate) struct Syscalls {
    /// Only how many there are
    #[arg(long)]
    pub count: bool,
}

/// Compiles a small program with cc and runs it under narration: the same sentence through buffered printf, write(2) and the
/// bare `syscall` instruction, with the system calls each caused.
#[derive(Parser, Debug)]
#[command(name = "uemu demo", version, max_term_width = 110)]
pub(crate) struct Demo {}

/// Which engine executes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum EngineArg {
    /// Predecoded, chained blocks.
    #[default]
    Fast,
    /// One instruction at a time, nothing cached: for comparison.
    Step,
}

/// Where time comes from.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum ClockArg {
    /// A nanosecond for each instruction; sleeping takes no real time.
    #[default]
    Virtual,
    /// The host's clocks: runs differ.
    Host,
}

/// Options that all ways of running share.
#[derive(Args, Debug)]
pub(crate) struct MachineArgs {
    /// Grant a host directory or file to the guest, at GUEST (by default at its own absolute path), writable unless `:ro`
    #[arg(long, value_name = "HOST[:GUEST][:ro|rw]", value_parser = OsStringValueParser::new().try_map(values::bind))]
    pub bind: Vec<Bind>,
    /// Lay a host directory under the guest's root, read-only: what the guest changes there stays in memory
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// The guest's current directory [default: this directory if the guest has it by a grant, else /]
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Set a variable of the guest's environment, which is empty otherwise
    #[arg(long, value_name = "KEY=VALUE", value_parser = OsStringValueParser::new().try_map(values::variable))]
    pub env: Vec<Vec<u8>>,
    /// What the processor has: x86-64-v1, -v2, -v3 or max, and any number of ,+FEATURE and ,-FEATURE
    #[arg(long, value_name = "MODEL", default_value = "max")]
    pub cpu: String,
    /// What is random comes from this number
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The time at the start, in seconds since 1970 [default: 1735689600, the start of 2025 in UTC]
    #[arg(long, value_name = "SECONDS")]
    pub epoch: Option<u64>,
    /// Where time comes from
    #[arg(long, value_enum, default_value_t, value_name = "CLOCK")]
    pub clock: ClockArg,
    /// Bytes the main stack may grow to
    #[arg(long, value_name = "SIZE", value_parser = values::size, default_value = "8M")]
    pub stack: u64,
    /// Bytes of memory each process may use
    #[arg(long, value_name = "SIZE", value_parser = values::size, default_value = "4G")]
    pub max_memory: u64,
    /// End the run after so many instructions
    #[arg(long, value_name = "COUNT", value_parser = values::count)]
    pub max_instructions: Option<u64>,
    /// Threads and processes at once
    #[arg(long, value_name = "COUNT", default_value_t = 1024)]
    pub max_tasks: usize,
    /// Open files of each process
    #[arg(long, value_name = "COUNT", default_value_t = 1024)]
    pub max_files: u32,
    /// Instructions a task runs before another gets its turn
    #[arg(long, value_name = "COUNT", value_parser = values::count)]
    pub slice: Option<u64>,
    /// Which engine executes
    #[arg(long, value_enum, default_value_t, hide = true)]
    pub engine: EngineArg,
    /// Say at the end what the run took
    #[arg(long)]
    pub stats: bool,
    /// The program and its arguments
    #[arg(required = true, value_name = "PROGRAM")]
    pub command: Vec<OsString>,
}

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Run(Run),
    Trace(Trace),
    Syscalls(Syscalls),
    Demo(Demo),
}

/// Parses the command line, the name of the command first.
///
/// # Errors
/// clap's message; help and version are such messages too.
pub(crate) fn parse(mut args: Vec<OsString>) -> Result<Command, clap::Error> {
    let name = args.get(1).and_then(|a| a.to_str()).unwrap_or_default().to_owned();
    match name.as_str() {
        "run" | "trace" | "syscalls" | "demo" => drop(args.remove(1)),
        "help" => args[1] = "--help".into(),
        _ => {}
    }
    match name.as_str() {
        "trace" => Trace::try_parse_from(separate(args, &Trace::command())).map(Command::Trace),
        "syscalls" => Syscalls::try_parse_from(args).map(Command::Syscalls),
        "demo" => Demo::try_parse_from(args).map(Command::Demo),
        _ => Run::try_parse_from(separate(args, &Run::command())).map(Command::Run),
    }
}

/// Puts `--` before the program's name, so that everything from there on is the program's.
fn separate(mut args: Vec<OsString>, command: &clap::Command) -> Vec<OsString> {
    let takes_value = |arg: &OsStr| {
        let Some(text) = arg.to_str() else { return false };
        let option = match text.strip_prefix("--") {
            // `--name=value` has it.
            Some(long) => command.get_arguments().find(|a| a.get_long() == Some(long)),
            // `-o FILE`; in `-oFILE` it is there.
            None => command.get_arguments().find(|a| a.get_short().is_some_and(|s| text == format!("-{s}"))),
        };
        option.is_some_and(|o| o.get_action().takes_values())
    };
    let mut i = 1;
    while let Some(arg) = args.get(i) {
        let bytes = arg.as_encoded_bytes();
        if bytes == b"--" {
            return args;
        }
        if bytes.len() < 2 || bytes.first() != Some(&b'-') {
            args.insert(i, "--".into());
            return args;
        }
        i += if takes_value(arg) { 2 } else { 1 };
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &str) -> Run {
        let args = ["uemu"].into_iter().chain(line.split(' ')).map(OsString::from).collect();
        match parse(args) {
            Ok(Command::Run(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_follows_the_program_is_its_own() {
        for line in ["--seed 7 ./p --seed 9 -- x", "run --seed=7 ./p --seed 9 -- x", "--seed 7 -- ./p --seed 9 -- x"] {
            let run = run(line);
            assert_eq!(run.machine.seed, 7, "{line}");
            assert_eq!(run.machine.command, ["./p", "--seed", "9", "--", "x"], "{line}");
        }
        assert_eq!(run("./p --help").machine.command, ["./p", "--help"]);
        assert_eq!(run("./p -V").machine.command, ["./p", "-V"]);
        assert_eq!(run("run run").machine.command, ["run"]);
        assert_eq!(run("- x").machine.command, ["-", "x"]);
    }

    #[test]
    fn options_repeat_and_have_values() {
        let run = run("--bind a --bind b:/c:ro --env A=1 --env B= --max-memory 64M --stats p");
        assert_eq!(run.machine.bind.len(), 2);
        assert_eq!(run.machine.env, [b"A=1".to_vec(), b"B=".to_vec()]);
        assert_eq!(run.machine.max_memory, 64 << 20);
        assert!(run.machine.stats);
    }

    #[test]
    fn mistakes_are_found() {
        for line in ["", "--seed", "--seed x p", "--nonsense p", "--bind a:b p", "--env A p", "--stack 1T p", "--slice"]
        {
            let args: Vec<OsString> = ["uemu"].into_iter().chain(line.split_whitespace()).map(Into::into).collect();
            assert!(parse(args).is_err(), "{line}");
        }
    }

    #[test]
    fn trace_has_its_own_options() {
        let args = ["uemu", "trace", "-f", "-o", "out", "p", "-o", "x"].map(OsString::from).to_vec();
        let Ok(Command::Trace(trace)) = parse(args) else { panic!() };
        assert!(trace.follow);
        assert_eq!(trace.output, Some("out".into()));
        assert_eq!(trace.machine.command, ["p", "-o", "x"]);
    }

    #[test]
    fn the_command_lines_are_well_formed() {
        Run::command().debug_assert();
        Trace::command().debug_assert();
        Syscalls::command().debug_assert();
        Demo::command().debug_assert();
    }
}
