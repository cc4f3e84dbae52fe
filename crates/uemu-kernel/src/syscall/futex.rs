//! futex(2).

use super::args::{Show, SyscallArg};
use crate::context::TaskCtx;
use crate::futex::{Place, Waiter};
use crate::stop::{Restart, Stop, SysResult, Wait, WaitOn};
use crate::syscall::ArgRegs;
use crate::syscall::args::show_at;
use crate::task::Progress;
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_abi::time::Timespec;
use uemu_mem::GuestAddr;

const WAIT: u32 = 0;
const WAKE: u32 = 1;
const REQUEUE: u32 = 3;
const CMP_REQUEUE: u32 = 4;
const WAKE_OP: u32 = 5;
const LOCK_PI: u32 = 6;
const UNLOCK_PI: u32 = 7;
const TRYLOCK_PI: u32 = 8;
const WAIT_BITSET: u32 = 9;
const WAKE_BITSET: u32 = 10;
const PRIVATE: u32 = 128;
const CLOCK_REALTIME: u32 = 256;

/// All six registers: what they mean is the operation's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FutexCall {
    addr: GuestAddr,
    op: u32,
    val: u32,
    /// A timeout, or a second count.
    four: u64,
    addr2: GuestAddr,
    val3: u32,
}

impl SyscallArg for FutexCall {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FutexCall {
            addr: GuestAddr(regs.pull_one()),
            op: regs.pull_one() as u32,
            val: regs.pull_one() as u32,
            four: regs.pull_one(),
            addr2: GuestAddr(regs.pull_one()),
            val3: regs.pull_one() as u32,
        }
    }

    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let name = match self.op & !(PRIVATE | CLOCK_REALTIME) {
            WAIT => "FUTEX_WAIT",
            WAKE => "FUTEX_WAKE",
            2 => "FUTEX_FD",
            REQUEUE => "FUTEX_REQUEUE",
            CMP_REQUEUE => "FUTEX_CMP_REQUEUE",
            WAKE_OP => "FUTEX_WAKE_OP",
            LOCK_PI => "FUTEX_LOCK_PI",
            UNLOCK_PI => "FUTEX_UNLOCK_PI",
            TRYLOCK_PI => "FUTEX_TRYLOCK_PI",
            WAIT_BITSET => "FUTEX_WAIT_BITSET",
            WAKE_BITSET => "FUTEX_WAKE_BITSET",
            _ => "FUTEX_???",
        };
        let private = if self.op & PRIVATE != 0 { "_PRIVATE" } else { "" };
        let realtime = if self.op & CLOCK_REALTIME != 0 { "|FUTEX_CLOCK_REALTIME" } else { "" };
        let _ = write!(out, "{}, {name}{private}{realtime}", self.addr);
        let bitset = |out: &mut String| {
            let _ = match self.val3 {
                u32::MAX => write!(out, ", FUTEX_BITSET_MATCH_ANY"),
                b => write!(out, ", {b:#x}"),
            };
        };
        let timeout = |out: &mut String| {
            out.push_str(", ");
            show_at::<Timespec>(cx, GuestAddr(self.four), out);
        };
        match self.op & !(PRIVATE | CLOCK_REALTIME) {
            WAIT => {
                let _ = write!(out, ", {}", self.val);
                timeout(out);
            }
            WAIT_BITSET => {
                let _ = write!(out, ", {}", self.val);
                timeout(out);
                bitset(out);
            }
            WAKE => {
                let _ = write!(out, ", {}", self.val as i32);
            }
            WAKE_BITSET => {
                let _ = write!(out, ", {}", self.val as i32);
                bitset(out);
            }
            REQUEUE => {
                let _ = write!(out, ", {}, {}, {}", self.val as i32, self.four as i32, self.addr2);
            }
            CMP_REQUEUE => {
                let _ = write!(out, ", {}, {}, {}, {}", self.val as i32, self.four as i32, self.addr2, self.val3);
            }
            WAKE_OP => {
                let _ = write!(out, ", {}, {}, {}, {:#x}", self.val as i32, self.four as i32, self.addr2, self.val3);
            }
            _ => {
                let _ = write!(out, ", {}", self.val);
            }
        }
    }
}

/// futex(2)
pub fn futex(t: &mut TaskCtx<'_>, call: FutexCall) -> SysResult<u32> {
    let private = call.op & PRIVATE != 0;
    let realtime = call.op & CLOCK_REALTIME != 0;
    let op = call.op & !(PRIVATE | CLOCK_REALTIME);
    if realtime && !matches!(op, WAIT | WAIT_BITSET) {
        return Err(Errno::ENOSYS.into());
    }
    match op {
        WAIT => wait(t, &call, private, u32::MAX, realtime, false),
        WAIT_BITSET => wait(t, &call, private, call.val3, realtime, true),
        WAKE => wake(t, &call, private, u32::MAX),
        WAKE_BITSET => wake(t, &call, private, call.val3),
        REQUEUE => requeue(t, &call, private, None),
        CMP_REQUEUE => requeue(t, &call, private, Some(call.val3)),
        WAKE_OP => wake_op(t, &call, private),
        // Priority inheritance is not there; the C library falls back or reports it.
        _ => Err(Errno::ENOSYS.into()),
    }
}

fn place(t: &TaskCtx<'_>, addr: GuestAddr, private: bool) -> Result<Place, Errno> {
    if !addr.0.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    if addr >= uemu_mem::USER_END {
        return Err(Errno::EFAULT);
    }
    Ok(Place::new(t.k.task(t.tid).space, t.mem, addr, private))
}

fn wait(
    t: &mut TaskCtx<'_>,
    call: &FutexCall,
    private: bool,
    bitset: u32,
    realtime: bool,
    absolute: bool,
) -> SysResult<u32> {
    if t.task().resume.progress == Progress::Futex {
        if t.task().resume.woken {
            return Ok(0);
        }
        // Not woken: the deadline has passed.
        let tid = t.tid;
        t.k.futexes.remove(tid);
        return Err(Errno::ETIMEDOUT.into());
    }
    if bitset == 0 {
        return Err(Errno::EINVAL.into());
    }
    let timeout = if call.four == 0 {
        None
    } else {
        let at = t.read::<Timespec>(GuestAddr(call.four))?.nanos().ok_or(Errno::EINVAL)?;
        let now = if realtime { t.k.clock.realtime() } else { t.k.clock.monotonic() };
        Some(if absolute { at.saturating_sub(now) } else { at })
    };
    let place = place(t, call.addr, private)?;
    if t.mem.read_u32(call.addr)? != call.val {
        return Err(Errno::EAGAIN.into());
    }
    let deadline = t.deadline(timeout);
    if t.passed(deadline) {
        return Err(Errno::ETIMEDOUT.into());
    }
    let tid = t.tid;
    t.k.futexes.wait(place, Waiter { tid, bitset });
    t.task().resume.progress = Progress::Futex;
    // With a timeout an interrupted relative wait goes on to its deadline; after a handler it fails with EINTR.
    let restart = if deadline.is_some() { Restart::Block } else { Restart::Sys };
    Err(Stop::Block(Wait { on: WaitOn::Wake, deadline, restart }))
}

fn count(n: u32) -> usize {
    // Linux wakes one waiter though none was asked for; and takes the number as signed.
    (n as i32).max(1) as usize
}

fn wake_all(t: &mut TaskCtx<'_>, place: &Place, max: usize, bitset: u32) -> usize {
    let woken = t.k.futexes.take(place.key, max, bitset);
    for tid in &woken {
        t.k.wake(*tid);
    }
    woken.len()
}

fn wake(t: &mut TaskCtx<'_>, call: &FutexCall, private: bool, bitset: u32) -> SysResult<u32> {
    if bitset == 0 {
        return Err(Errno::EINVAL.into());
    }
    let place = place(t, call.addr, private)?;
    Ok(wake_all(t, &place, count(call.val), bitset) as u32)
}

fn requeue(t: &mut TaskCtx<'_>, call: &FutexCall, private: bool, expected: Option<u32>) -> SysResult<u32> {
    if (call.val as i32) < 0 || (call.four as i32) < 0 {
        return Err(Errno::EINVAL.into());
    }
    let from = place(t, call.addr, private)?;
    let to = place(t, call.addr2, private)?;
    if let Some(value) = expected
        && t.mem.read_u32(call.addr)? != value
    {
        return Err(Errno::EAGAIN.into());
    }
    let woken = wake_all(t, &from, call.val as usize, u32::MAX);
    let moved = t.k.futexes.requeue(from.key, to, call.four as i32 as usize);
    Ok((woken + moved) as u32)
}

fn wake_op(t: &mut TaskCtx<'_>, call: &FutexCall, private: bool) -> SysResult<u32> {
    let first = place(t, call.addr, private)?;
    let second = place(t, call.addr2, private)?;
    let code = call.val3;
    let signed12 = |v: u32| ((v & 0xfff) << 20) as i32 >> 20;
    let (op, cmp) = (code >> 28 & 7, code >> 24 & 15);
    let shifted = code >> 31 != 0;
    let (arg, against) = (signed12(code >> 12), signed12(code));
    let arg = if shifted { 1i32 << (arg & 31) } else { arg } as u32;
    let old = t.mem.read_u32(call.addr2)?;
    let new = match op {
        0 => arg,
        1 => old.wrapping_add(arg),
        2 => old | arg,
        3 => old & !arg,
        4 => old ^ arg,
        _ => return Err(Errno::ENOSYS.into()),
    };
    t.mem.write_u32(call.addr2, new)?;
    let old = old as i32;
    let holds = match cmp {
        0 => old == against,
        1 => old != against,
        2 => old < against,
        3 => old <= against,
        4 => old > against,
        5 => old >= against,
        _ => return Err(Errno::ENOSYS.into()),
    };
    let mut woken = wake_all(t, &first, count(call.val), u32::MAX);
    if holds {
        woken += wake_all(t, &second, count(call.four as u32), u32::MAX);
    }
    Ok(woken as u32)
}
