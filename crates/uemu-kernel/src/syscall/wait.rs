//! Waiting for children (wait(2)).

use super::args::{SigInfoOut, UserOut, WaitStatus};
use crate::context::TaskCtx;
use crate::exit::TICK;
use crate::process::{ExitStatus, Job, Life, Pid, Process};
use crate::stop::{Restart, Stop, SysResult, Wait, WaitOn};
use uemu_abi::Errno;
use uemu_abi::process::{Rusage, WaitFlags};
use uemu_abi::signal::{CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SigFields, SigInfo, Signal};
use uemu_abi::time::Timeval;
use uemu_mem::GuestAddr;

crate::named_args! {
    /// Options of wait4(2) and waitid(2).
    flags WaitOptions(u32) "W???" {
        1 => "WNOHANG",
        2 => "WSTOPPED",
        4 => "WEXITED",
        8 => "WCONTINUED",
        0x0100_0000 => "WNOWAIT",
        0x8000_0000u32 => "__WCLONE",
        0x4000_0000 => "__WALL",
        0x2000_0000 => "__WNOTHREAD",
    }

    /// What waitid(2)'s id is.
    choice IdType(u32) "P_???" {
        0 => "P_ALL",
        1 => "P_PID",
        2 => "P_PGID",
        3 => "P_PIDFD",
    }
}

/// Which children.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Which {
    Any,
    One(Pid),
    Group(Pid),
}

/// What a child has to tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Event {
    Exited(ExitStatus),
    Stopped(Signal),
    Continued,
}

struct Report {
    pid: Pid,
    event: Event,
    rusage: Rusage,
    ticks: i64,
}

fn usage(instructions: u64) -> Rusage {
    Rusage { utime: Timeval::from_nanos(instructions), ..Rusage::default() }
}

/// Looks for a child with something to tell. `None`: there are children, but none has.
fn look(t: &mut TaskCtx<'_>, which: Which, options: WaitFlags) -> SysResult<Option<Report>> {
    let me = t.pid();
    let clone = options.contains(WaitFlags::WCLONE);
    let all = options.contains(WaitFlags::WALL);
    let chosen = |p: &&Process| {
        p.ppid == me
            && match which {
                Which::Any => true,
                Which::One(pid) => p.pid == pid,
                Which::Group(pgid) => p.pgid == pgid,
            }
            // A "clone" child is one whose end is told by another signal than SIGCHLD.
            && (all || (p.exit_signal != Some(Signal::SIGCHLD)) == clone)
    };
    let mut any = false;
    let mut found = None;
    for p in t.k.processes.values().filter(chosen) {
        any = true;
        let event = match (p.life, p.job) {
            (Life::Zombie(status), _) if options.contains(WaitFlags::WEXITED) => Event::Exited(status),
            (Life::Alive, Job::Stopped(signal)) if options.contains(WaitFlags::WUNTRACED) && p.stop_unreported => {
                Event::Stopped(signal)
            }
            (Life::Alive, Job::Running) if options.contains(WaitFlags::WCONTINUED) && p.continue_unreported => {
                Event::Continued
            }
            _ => continue,
        };
        found = Some((p.pid, event));
        break;
    }
    if !any {
        return Err(Errno::ECHILD.into());
    }
    let Some((pid, event)) = found else { return Ok(None) };
    let own = t.k.cpu_time(pid);
    let all = t.k.processes.get(&pid).map_or(0, |p| own.saturating_add(p.times.children));
    let report = Report { pid, event, rusage: usage(all), ticks: (own / TICK) as i64 };
    Ok(Some(report))
}

/// Takes note that the event has been told.
fn consume(t: &mut TaskCtx<'_>, report: &Report) {
    match report.event {
        Event::Exited(_) => t.k.reap(report.pid),
        Event::Stopped(_) => {
            if let Some(p) = t.k.processes.get_mut(&report.pid) {
                p.stop_unreported = false;
            }
        }
        Event::Continued => {
            if let Some(p) = t.k.processes.get_mut(&report.pid) {
                p.continue_unreported = false;
            }
        }
    }
}

fn block() -> Stop {
    Stop::Block(Wait { on: WaitOn::Wake, deadline: None, restart: Restart::Sys })
}

/// wait4(2)
pub fn wait4(
    t: &mut TaskCtx<'_>,
    pid: i32,
    status: WaitStatus,
    options: WaitOptions,
    rusage: UserOut<Rusage>,
) -> SysResult<u32> {
    let options = WaitFlags::from_bits_retain(options.0);
    let allowed = WaitFlags::WNOHANG
        | WaitFlags::WUNTRACED
        | WaitFlags::WCONTINUED
        | WaitFlags::WNOTHREAD
        | WaitFlags::WALL
        | WaitFlags::WCLONE;
    if !allowed.contains(options) {
        return Err(Errno::EINVAL.into());
    }
    let which = match pid {
        i32::MIN => return Err(Errno::ESRCH.into()),
        -1 => Which::Any,
        0 => Which::Group(t.process().pgid),
        p if p < 0 => Which::Group(Pid(p.unsigned_abs())),
        p => Which::One(Pid(p as u32)),
    };
    let Some(report) = look(t, which, options | WaitFlags::WEXITED)? else {
        return if options.contains(WaitFlags::WNOHANG) { Ok(0) } else { Err(block()) };
    };
    consume(t, &report);
    let word = match report.event {
        Event::Exited(s) => s.wait_status(),
        Event::Stopped(s) => u32::from(s.number()) << 8 | 0x7f,
        Event::Continued => 0xffff,
    };
    // The child is gone even if its status cannot be written, as in Linux.
    if status.0 != GuestAddr::NULL {
        t.mem.write_u32(status.0, word)?;
    }
    rusage.write_opt(t, &report.rusage)?;
    Ok(report.pid.0)
}

/// waitid(2)
pub fn waitid(
    t: &mut TaskCtx<'_>,
    which: IdType,
    id: i32,
    info: SigInfoOut,
    options: WaitOptions,
    rusage: UserOut<Rusage>,
) -> SysResult<()> {
    let options = WaitFlags::from_bits_retain(options.0);
    let events = WaitFlags::WEXITED | WaitFlags::WUNTRACED | WaitFlags::WCONTINUED;
    let modes = WaitFlags::WNOHANG | WaitFlags::WNOWAIT | WaitFlags::WNOTHREAD | WaitFlags::WALL | WaitFlags::WCLONE;
    if !(events | modes).contains(options) || !options.intersects(events) {
        return Err(Errno::EINVAL.into());
    }
    let positive = |id: i32| u32::try_from(id).ok().filter(|&p| p > 0).map(Pid).ok_or(Errno::EINVAL);
    let which = match which.0 {
        0 => Which::Any,
        1 => Which::One(positive(id)?),
        2 if id == 0 => Which::Group(t.process().pgid),
        2 => Which::Group(positive(id)?),
        // No pidfd exists here.
        3 => return Err(Errno::EBADF.into()),
        _ => return Err(Errno::EINVAL.into()),
    };
    let Some(report) = look(t, which, options)? else {
        if options.contains(WaitFlags::WNOHANG) {
            if info.0 != GuestAddr::NULL {
                t.mem.write(info.0, &[0; 28])?;
            }
            return Ok(());
        }
        return Err(block());
    };
    if !options.contains(WaitFlags::WNOWAIT) {
        consume(t, &report);
    }
    let (code, status) = match report.event {
        Event::Exited(ExitStatus::Exited(code)) => (CLD_EXITED, i32::from(code)),
        Event::Exited(ExitStatus::Killed { signal, core: false }) => (CLD_KILLED, i32::from(signal.number())),
        Event::Exited(ExitStatus::Killed { signal, core: true }) => (CLD_DUMPED, i32::from(signal.number())),
        Event::Stopped(signal) => (CLD_STOPPED, i32::from(signal.number())),
        Event::Continued => (CLD_CONTINUED, i32::from(Signal::SIGCONT.number())),
    };
    if info.0 != GuestAddr::NULL {
        let fields = SigFields::Child { pid: report.pid.0, uid: 0, status, utime: report.ticks, stime: 0 };
        let bytes = SigInfo { signal: Signal::SIGCHLD, code, fields }.to_bytes();
        // Linux writes these fields and no more.
        t.mem.write(info.0, bytes.get(..28).unwrap_or_default())?;
    }
    rusage.write_opt(t, &report.rusage)
}
