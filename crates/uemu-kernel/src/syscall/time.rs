//! Clocks, sleeping, timers.

use super::args::{Remaining, TimeOut, UserIn, UserOut};
use crate::clock::Nanos;
use crate::context::TaskCtx;
use crate::exit::TICK;
use crate::stop::{Restart, Stop, SysResult, Wait};
use crate::task::Tid;
use crate::timers::TimerKind;
use uemu_abi::Errno;
use uemu_abi::time::{Itimerval, Timespec, Timeval, Timezone, Tms};
use uemu_mem::GuestAddr;

crate::named_args! {
    /// A clock.
    choice ClockId(u32) "CLOCK_???" {
        0 => "CLOCK_REALTIME",
        1 => "CLOCK_MONOTONIC",
        2 => "CLOCK_PROCESS_CPUTIME_ID",
        3 => "CLOCK_THREAD_CPUTIME_ID",
        4 => "CLOCK_MONOTONIC_RAW",
        5 => "CLOCK_REALTIME_COARSE",
        6 => "CLOCK_MONOTONIC_COARSE",
        7 => "CLOCK_BOOTTIME",
        8 => "CLOCK_REALTIME_ALARM",
        9 => "CLOCK_BOOTTIME_ALARM",
        10 => "CLOCK_SGI_CYCLE",
        11 => "CLOCK_TAI",
    }

    /// TIMER_ABSTIME.
    flags SleepFlags(u32) "TIMER_???" { 1 => "TIMER_ABSTIME", }

    /// An interval timer.
    choice WhichTimer(u32) "ITIMER_???" { 0 => "ITIMER_REAL", 1 => "ITIMER_VIRTUAL", 2 => "ITIMER_PROF", }
}

/// Resolution of the coarse clocks: a jiffy at 250 Hz.
const JIFFY: Nanos = 4_000_000;

/// A clock's reading; EINVAL for one there is not.
fn read_clock(t: &TaskCtx<'_>, id: ClockId) -> Result<Nanos, Errno> {
    let c = &t.k.clock;
    Ok(match id.0 {
        0 | 11 => c.realtime(),
        1 | 4 | 7 => c.monotonic(),
        2 => t.k.cpu_time(t.pid()),
        3 => t.k.task(t.tid).retired,
        5 => c.realtime() / JIFFY * JIFFY,
        6 => c.monotonic() / JIFFY * JIFFY,
        id if (id as i32) < 0 => cpu_clock(t, id as i32)?,
        _ => return Err(Errno::EINVAL),
    })
}

/// clock_getcpuclockid(3), pthread_getcpuclockid(3): a process or thread in the bits above the low three.
fn cpu_clock(t: &TaskCtx<'_>, id: i32) -> Result<Nanos, Errno> {
    const THREAD: i32 = 4;
    const FD: i32 = 3;
    if id & 3 == FD {
        return Err(Errno::EINVAL);
    }
    let n = !(id >> 3) as u32;
    if id & THREAD != 0 {
        let tid = if n == 0 { t.tid } else { Tid(n) };
        let task = t.k.tasks.get(&tid).filter(|x| x.pid == t.pid()).ok_or(Errno::EINVAL)?;
        Ok(task.retired)
    } else {
        let pid = if n == 0 { t.pid() } else { crate::process::Pid(n) };
        if t.k.processes.contains_key(&pid) { Ok(t.k.cpu_time(pid)) } else { Err(Errno::EINVAL) }
    }
}

/// clock_gettime(2)
pub fn clock_gettime(t: &mut TaskCtx<'_>, clock: ClockId, tp: UserOut<Timespec>) -> SysResult<()> {
    let now = read_clock(t, clock)?;
    tp.write(t, &Timespec::from_nanos(now))
}

/// clock_getres(2)
pub fn clock_getres(t: &mut TaskCtx<'_>, clock: ClockId, res: UserOut<Timespec>) -> SysResult<()> {
    read_clock(t, clock)?;
    let step = if matches!(clock.0, 5 | 6) { JIFFY } else { 1 };
    res.write_opt(t, &Timespec::from_nanos(step))
}

/// clock_settime(2): the machine's time is not the guest's to set.
pub fn clock_settime(t: &mut TaskCtx<'_>, clock: ClockId, tp: UserIn<Timespec>) -> SysResult<()> {
    tp.read(t)?.nanos().ok_or(Errno::EINVAL)?;
    if clock.0 == 0 { Err(Errno::EPERM.into()) } else { Err(Errno::EINVAL.into()) }
}

/// gettimeofday(2)
pub fn gettimeofday(t: &mut TaskCtx<'_>, tv: UserOut<Timeval>, tz: UserOut<Timezone>) -> SysResult<()> {
    let now = Timeval::from_nanos(t.k.clock.realtime());
    tv.write_opt(t, &now)?;
    tz.write_opt(t, &Timezone::default())
}

/// time(2)
pub fn time(t: &mut TaskCtx<'_>, tloc: TimeOut) -> SysResult<i64> {
    let now = Timespec::from_nanos(t.k.clock.realtime()).sec;
    if tloc.0 != GuestAddr::NULL {
        t.write(tloc.0, &now)?;
    }
    Ok(now)
}

/// times(2)
pub fn times(t: &mut TaskCtx<'_>, buf: UserOut<Tms>) -> SysResult<i64> {
    let own = (t.k.cpu_time(t.pid()) / TICK) as i64;
    let children = (t.process().times.children / TICK) as i64;
    buf.write_opt(t, &Tms { utime: own, stime: 0, cutime: children, cstime: 0 })?;
    Ok((t.k.clock.monotonic() / TICK) as i64)
}

/// Sleeps until the call's deadline. An interrupted relative sleep leaves what remains at `left`.
fn sleep(t: &mut TaskCtx<'_>, ns: Nanos, left: Option<GuestAddr>) -> SysResult<()> {
    let deadline = t.deadline(Some(ns));
    if t.passed(deadline) {
        return Ok(());
    }
    let restart = match left {
        Some(_) => Restart::Block,
        None => Restart::NoHandler,
    };
    t.task().resume.remaining_at = left.filter(|a| *a != GuestAddr::NULL);
    Err(Stop::block(Wait::signal(deadline, restart)))
}

/// nanosleep(2)
pub fn nanosleep(t: &mut TaskCtx<'_>, duration: UserIn<Timespec>, rem: Remaining) -> SysResult<()> {
    let ns = duration.read(t)?.nanos().ok_or(Errno::EINVAL)?;
    sleep(t, ns, Some(rem.0))
}

/// clock_nanosleep(2)
pub fn clock_nanosleep(
    t: &mut TaskCtx<'_>,
    clock: ClockId,
    flags: SleepFlags,
    duration: UserIn<Timespec>,
    rem: Remaining,
) -> SysResult<()> {
    match clock.0 {
        0 | 1 | 2 | 7 | 11 => {}
        // The alarm clocks (8, 9) need a real-time clock that wakes the machine.
        3..=6 | 8 | 9 => return Err(Errno::EOPNOTSUPP.into()),
        _ => return Err(Errno::EINVAL.into()),
    }
    let at = duration.read(t)?.nanos().ok_or(Errno::EINVAL)?;
    if flags.0 & 1 != 0 {
        let now = read_clock(t, clock)?;
        sleep(t, at.saturating_sub(now), None)
    } else {
        sleep(t, at, Some(rem.0))
    }
}

fn timer_kind(which: WhichTimer) -> Result<TimerKind, Errno> {
    match which.0 {
        0 => Ok(TimerKind::Real),
        1 => Ok(TimerKind::Virtual),
        2 => Ok(TimerKind::Prof),
        _ => Err(Errno::EINVAL),
    }
}

fn current(t: &mut TaskCtx<'_>, kind: TimerKind) -> Itimerval {
    let pid = t.pid();
    let (value, interval) = t.k.get_timer(pid, kind);
    Itimerval { interval: Timeval::from_nanos(interval), value: Timeval::from_nanos(value) }
}

/// getitimer(2)
pub fn getitimer(t: &mut TaskCtx<'_>, which: WhichTimer, curr_value: UserOut<Itimerval>) -> SysResult<()> {
    let kind = timer_kind(which)?;
    let now = current(t, kind);
    curr_value.write(t, &now)
}

/// setitimer(2)
pub fn setitimer(
    t: &mut TaskCtx<'_>,
    which: WhichTimer,
    new_value: UserIn<Itimerval>,
    old_value: UserOut<Itimerval>,
) -> SysResult<()> {
    let kind = timer_kind(which)?;
    // NULL disarms, as Linux has it.
    let new = new_value.read_opt(t)?.unwrap_or_default();
    let value = new.value.nanos().ok_or(Errno::EINVAL)?;
    let interval = new.interval.nanos().ok_or(Errno::EINVAL)?;
    let old = current(t, kind);
    let pid = t.pid();
    t.k.set_timer(pid, kind, value, interval);
    old_value.write_opt(t, &old)
}

/// alarm(2)
pub fn alarm(t: &mut TaskCtx<'_>, seconds: u32) -> SysResult<u32> {
    const SECOND: Nanos = 1_000_000_000;
    let pid = t.pid();
    let (left, _) = t.k.get_timer(pid, TimerKind::Real);
    t.k.set_timer(pid, TimerKind::Real, Nanos::from(seconds) * SECOND, 0);
    // Rounded to the nearest second, but never down to zero.
    let rounded = (left + SECOND / 2) / SECOND;
    Ok(if left > 0 { rounded.max(1) as u32 } else { 0 })
}

/// pause(2)
pub fn pause(_t: &mut TaskCtx<'_>) -> SysResult<()> {
    Err(Stop::block(Wait::signal(None, Restart::NoHandler)))
}
