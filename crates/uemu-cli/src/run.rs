//! `uemu PROGRAM`, `uemu trace PROGRAM`: from options to a machine, and from its end to a status and messages.

use crate::options::{ClockArg, EngineArg, MachineArgs, Trace};
use crate::paths;
use crate::say::say;
use crate::values::Bind;
use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Instant;
use uemu::{Builder, ClockMode, CpuModel, End, EngineKind, Limits, Machine, Outcome, SystemHost};

/// Why uemu could not do what it was asked: status and message.
pub(crate) struct Failure {
    status: u8,
    message: String,
}

impl Failure {
    /// uemu's own failure.
    pub(crate) fn own(message: impl Into<String>) -> Failure {
        Failure { status: 125, message: message.into() }
    }

    /// Says it; the status to exit with.
    pub(crate) fn told(&self) -> u8 {
        say(&self.message);
        self.status
    }
}

/// Runs a program to its end.
pub(crate) fn run(args: &MachineArgs) -> Result<u8, Failure> {
    let mut machine = machine(args)?;
    let start = Instant::now();
    let outcome = machine.run();
    Ok(finish(args, &machine, &outcome, start))
}

/// Runs a program and prints its system calls.
pub(crate) fn trace(trace: &Trace) -> Result<u8, Failure> {
    let out: Box<dyn Write> = match &trace.output {
        Some(path) => {
            let file = File::create(path)
                .map_err(|e| Failure::own(format!("cannot write the trace to {}: {e}", path.display())))?;
            Box::new(BufWriter::new(file))
        }
        // Unbuffered, as the guest's own standard error comes between.
        None => Box::new(std::io::stderr()),
    };
    let mut machine = machine(&trace.machine)?;
    let options =
        uemu_trace::Options { follow: trace.follow, to_file: trace.output.is_some(), ..uemu_trace::Options::default() };
    let mut strace = uemu_trace::Strace::new(out, options);
    strace.started(machine.kernel());
    let start = Instant::now();
    let outcome = machine.run_observed(&mut strace);
    if let Err(e) = strace.finish() {
        return Err(Failure::own(format!("the trace is incomplete: it could not be written: {e}")));
    }
    Ok(finish(&trace.machine, &machine, &outcome, start))
}

/// A machine as the options describe it.
fn machine(args: &MachineArgs) -> Result<Machine<SystemHost>, Failure> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let typed = args.command.first().ok_or_else(|| Failure::own("no program given"))?;
    let program = paths::program(typed, &here);
    let mut host = SystemHost::new();
    let mut builder = Builder::new(program.as_os_str().as_bytes()).argv0(typed.as_bytes());
    for arg in args.command.iter().skip(1) {
        builder = builder.arg(arg.as_bytes());
    }
    if let Some(dir) = &args.root {
        let grant = host.grant(dir).map_err(|e| Failure::own(format!("--root: {e}")))?;
        if !grant.is_dir {
            return Err(Failure::own(format!("--root {}: not a directory", dir.display())));
        }
        builder = builder.root(grant.id);
    }
    for Bind { host: path, guest, writable } in &args.bind {
        let grant = host.grant(path).map_err(|e| Failure::own(format!("--bind {}: {e}", path.display())))?;
        let at = guest.clone().unwrap_or_else(|| paths::clean(&here.join(path)));
        builder = builder.bind(grant.id, grant.is_dir, at.into_os_string().into_vec(), *writable);
    }
    // What is not there may be in the guest; if it is not there either, the machine says so.
    if let Ok(grant) = host.grant(&program)
        && !grant.is_dir
    {
        builder = builder.program_from(grant.id);
    } else if program.is_dir() && args.root.is_none() {
        return Err(Failure { status: 126, message: format!("cannot run {}: it is a directory", program.display()) });
    }
    builder = environment(builder, args);
    builder = match &args.cwd {
        Some(dir) => builder.cwd(Path::new("/").join(dir).as_os_str().as_bytes()),
        None => builder.cwd_if_there(here.as_os_str().as_bytes()),
    };
    if let Some(epoch) = args.epoch {
        builder = builder.epoch(epoch);
    }
    if let Some(slice) = args.slice {
        builder = builder.slice(slice);
    }
    let cpu = CpuModel::parse(&args.cpu).map_err(|e| Failure::own(format!("--cpu: {e}")))?;
    builder
        .seed(args.seed)
        .clock(match args.clock {
            ClockArg::Virtual => ClockMode::Virtual,
            ClockArg::Host => ClockMode::Host,
        })
        .limits(Limits {
            tasks: args.max_tasks,
            memory: args.max_memory,
            files: args.max_files,
            stack: args.stack,
            instructions: args.max_instructions,
            ..Limits::default()
        })
        .cpu(cpu)
        .engine(match args.engine {
            EngineArg::Fast => EngineKind::Fast,
            EngineArg::Step => EngineKind::Step,
        })
        .build(host)
        .map_err(|e| {
            let status = e.exit_status();
            let is_command = ["run", "trace", "syscalls", "demo"].iter().any(|c| typed == c);
            let hint = if status == 127 && is_command { "\na command comes before all options" } else { "" };
            Failure { status, message: format!("{e}{hint}") }
        })
}

/// The guest's environment: what `--env` gives, and no more, so that it is the same on every host.
fn environment(mut builder: Builder, args: &MachineArgs) -> Builder {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        // Which terminal it is would be the host's business; what every one understands is enough.
        builder = builder.env("TERM=xterm");
    }
    args.env.iter().fold(builder, |builder, variable| builder.env(variable.clone()))
}

/// Says what there is to say of a run; the status to exit with.
fn finish(args: &MachineArgs, machine: &Machine<SystemHost>, outcome: &Outcome, start: Instant) -> u8 {
    if !matches!(outcome.end, End::Exited(_)) {
        say(&outcome.to_string());
    }
    for note in &outcome.notes {
        say(note);
    }
    tell_missing(machine);
    if args.stats {
        let (stats, took) = (machine.stats(), start.elapsed().as_secs_f64());
        let rate = stats.instructions as f64 / took.max(1e-9) / 1e6;
        say(&format!(
            "instructions: {}\nsystem calls: {}\nvirtual time: {:.6} s\nreal time: {took:.6} s\nspeed: {rate:.1} million \
             instructions per second",
            stats.instructions,
            stats.syscalls,
            stats.nanoseconds as f64 / 1e9
        ));
    }
    outcome.status()
}

/// Names, once, the paths that the guest did not find and the host has.
fn tell_missing(machine: &Machine<SystemHost>) {
    const SHOWN: usize = 8;
    let paths: Vec<&Path> = machine
        .missing_paths()
        .map(|p| Path::new(std::ffi::OsStr::from_bytes(p)))
        .filter(|p| p.symlink_metadata().is_ok())
        .collect();
    if paths.is_empty() {
        return;
    }
    let mut message = "the guest asked for what this host has but did not grant; to grant it:".to_owned();
    for path in paths.iter().take(SHOWN) {
        message += &format!("\n--bind {}:ro", path.display());
    }
    if paths.len() > SHOWN {
        message += &format!("\nand {} more", paths.len() - SHOWN);
    }
    say(&message);
}
