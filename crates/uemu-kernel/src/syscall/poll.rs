//! poll(2), ppoll(2), select(2), pselect6(2).

use super::args::{ArgRegs, Phase, Show, SyscallArg, UserIn, bits, show_at};
use crate::clock::Nanos;
use crate::context::TaskCtx;
use crate::fd::FileId;
use crate::stop::{Restart, Stop, SysResult, Wait};
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_abi::poll::Ready;
use uemu_abi::signal::SigSet;
use uemu_abi::time::{Timespec, Timeval};
use uemu_mem::GuestAddr;

/// Names of poll(2)'s bits, in strace's order.
const NAMES: &[(u64, &str)] = &[
    (1, "POLLIN"),
    (2, "POLLPRI"),
    (4, "POLLOUT"),
    (0x40, "POLLRDNORM"),
    (0x100, "POLLWRNORM"),
    (0x80, "POLLRDBAND"),
    (0x200, "POLLWRBAND"),
    (0x400, "POLLMSG"),
    (8, "POLLERR"),
    (0x10, "POLLHUP"),
    (0x2000, "POLLRDHUP"),
    (0x20, "POLLNVAL"),
];

/// An array of `struct pollfd`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PollFds {
    /// Where.
    pub addr: GuestAddr,
    /// How many.
    pub count: u32,
}

impl SyscallArg for PollFds {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        PollFds { addr: GuestAddr(regs.pull_one()), count: regs.pull_one() as u32 }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let shown = (self.count as usize).min(if cx.verbose { 4096 } else { cx.string_limit });
        let mut raw = vec![0; shown * 8];
        if self.addr == GuestAddr::NULL || cx.view.mem.peek(self.addr, &mut raw) < raw.len() {
            self.addr.show(cx, out);
        } else {
            out.push('[');
            for (i, p) in raw.chunks_exact(8).enumerate() {
                let fd = i32::from_le_bytes([p[0], p[1], p[2], p[3]]);
                let sep = if i > 0 { ", " } else { "" };
                // Writing to a String cannot fail.
                let _ = write!(out, "{sep}{{fd={fd}");
                if fd >= 0 {
                    out.push_str(", events=");
                    bits(u64::from(u16::from_le_bytes([p[4], p[5]])), NAMES, "POLL???", out);
                }
                out.push('}');
            }
            if shown < self.count as usize {
                out.push_str(", ...");
            }
            out.push(']');
        }
        let _ = write!(out, ", {}", self.count);
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        if cx.value() == Some(0) {
            return out.push_str("Timeout");
        }
        let mut raw = vec![0; (self.count as usize).min(4096) * 8];
        let n = cx.view.mem.peek(self.addr, &mut raw);
        let answered = raw.get(..n).unwrap_or_default().chunks_exact(8).filter(|p| p[6] != 0 || p[7] != 0);
        for (i, p) in answered.enumerate() {
            if i == cx.string_limit && !cx.verbose {
                out.push_str(", ...");
                break;
            }
            let fd = i32::from_le_bytes([p[0], p[1], p[2], p[3]]);
            let _ = write!(out, "{}{{fd={fd}, revents=", if i == 0 { "[" } else { ", " });
            bits(u64::from(u16::from_le_bytes([p[6], p[7]])), NAMES, "POLL???", out);
            out.push('}');
        }
        out.push(']');
        if cx.call.nr == PPOLL && cx.call.args[2] != 0 {
            out.push_str(", left ");
            show_at::<Timespec>(cx, GuestAddr(cx.call.args[2]), out);
        }
    }
}

/// ppoll(2)
const PPOLL: u64 = 271;

/// What was found: how many, what to wait for, and the answer to write.
struct Scan {
    found: usize,
    waits: Vec<(FileId, Ready)>,
}

/// Waits until something is ready or the time is over.
fn block(t: &TaskCtx<'_>, waits: Vec<(FileId, Ready)>, deadline: Option<Nanos>) -> SysResult<usize> {
    if t.passed(deadline) {
        return Ok(0);
    }
    Err(Stop::block(if waits.is_empty() {
        Wait::signal(deadline, Restart::NoHandler)
    } else {
        Wait::files(waits, deadline)
    }))
}

fn poll_until(t: &mut TaskCtx<'_>, fds: PollFds, timeout: Option<Nanos>) -> SysResult<usize> {
    if fds.count > t.fd_limit() {
        return Err(Errno::EINVAL.into());
    }
    let mut raw = vec![0u8; fds.count as usize * 8];
    t.mem.read(fds.addr, &mut raw)?;
    let deadline = t.deadline(timeout);
    let table = t.fd_table();
    let mut scan = Scan { found: 0, waits: Vec::new() };
    for p in raw.chunks_exact_mut(8) {
        let fd = i32::from_le_bytes([p[0], p[1], p[2], p[3]]);
        let want = Ready::from_bits_truncate(u32::from(u16::from_le_bytes([p[4], p[5]])));
        let got = match t.k.files.get(table, fd) {
            _ if fd < 0 => Ready::empty(),
            Err(_) => Ready::NVAL,
            Ok(file) => {
                let wanted = want | Ready::ALWAYS;
                let got = t.k.files.ready(file, t.host) & (wanted | Ready::NVAL);
                scan.waits.push((file, wanted));
                got
            }
        };
        scan.found += usize::from(!got.is_empty());
        p[6..8].copy_from_slice(&(got.bits() as u16).to_le_bytes());
    }
    if scan.found == 0 {
        block(t, scan.waits, deadline)?;
    }
    // Only the answers are written: the rest of the array may be read-only.
    for (i, p) in raw.chunks_exact(8).enumerate() {
        t.mem.write(fds.addr.wrapping_add(i as u64 * 8 + 6), &p[6..8])?;
    }
    Ok(scan.found)
}

/// poll(2)
pub fn poll(t: &mut TaskCtx<'_>, fds: PollFds, timeout: i32) -> SysResult<usize> {
    // Negative: for ever.
    let timeout = u64::try_from(timeout).ok().map(|ms| ms * 1_000_000);
    poll_until(t, fds, timeout)
}

/// Waits under another mask; EINVAL if its size is not that of sigset_t.
pub(crate) fn swap_mask(t: &mut TaskCtx<'_>, mask: &UserIn<SigSet>, size: u64) -> SysResult<()> {
    if mask.is_null() {
        return Ok(());
    }
    if size != 8 {
        return Err(Errno::EINVAL.into());
    }
    let set = mask.read(t)?;
    t.swap_mask(set);
    Ok(())
}

/// What is left until the deadline, for calls that tell.
fn left(t: &TaskCtx<'_>, deadline: Option<Nanos>) -> Option<Nanos> {
    deadline.map(|d| d.saturating_sub(t.now()))
}

/// ppoll(2)
pub fn ppoll(
    t: &mut TaskCtx<'_>,
    fds: PollFds,
    tmo_p: UserIn<Timespec>,
    sigmask: UserIn<SigSet>,
    sigsetsize: u64,
) -> SysResult<usize> {
    let timeout = match tmo_p.read_opt(t)? {
        Some(ts) => Some(ts.nanos().ok_or(Errno::EINVAL)?),
        None => None,
    };
    swap_mask(t, &sigmask, sigsetsize)?;
    let n = poll_until(t, fds, timeout)?;
    let deadline = t.deadline(timeout);
    if let Some(left) = left(t, deadline) {
        // A timeout in read-only memory stays as it is.
        let _ = t.write(tmo_p.0, &Timespec::from_nanos(left));
    }
    Ok(n)
}

/// A set of descriptors: nfds decides its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FdSet(pub GuestAddr);

impl SyscallArg for FdSet {
    const PHASE: Phase = Phase::Enter;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FdSet(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let n = usize::try_from(cx.call.args[0] as i32).unwrap_or(0).min(65536);
        let mut raw = vec![0; n.div_ceil(64) * 8];
        if self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut raw) < raw.len() {
            return self.0.show(cx, out);
        }
        let set: Vec<String> =
            (0..n).filter(|i| raw.get(i / 8).is_some_and(|b| b & (1 << (i % 8)) != 0)).map(|i| i.to_string()).collect();
        let _ = write!(out, "[{}]", set.join(" "));
    }
    /// The first of the three explains all of them, and what is left of the timeout.
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        if !out.is_empty() {
            return;
        }
        if cx.value() == Some(0) {
            return out.push_str("Timeout");
        }
        let [_, sets @ .., timeout, _] = cx.call.args;
        for (name, set) in ["in ", "out ", "except "].into_iter().zip(sets) {
            let mut text = String::new();
            FdSet(GuestAddr(set)).show(cx, &mut text);
            if text.starts_with('[') && text != "[]" {
                let comma = if out.is_empty() { "" } else { ", " };
                let _ = write!(out, "{comma}{name}{text}");
            }
        }
        if timeout != 0 {
            out.push_str(if out.is_empty() { "left " } else { ", left " });
            if cx.call.nr == SELECT {
                show_at::<Timeval>(cx, GuestAddr(timeout), out);
            } else {
                show_at::<Timespec>(cx, GuestAddr(timeout), out);
            }
        }
    }
}

/// select(2)
const SELECT: u64 = 23;

/// The last argument of pselect6(2): a pointer to a pointer to a mask, and the mask's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SelectMask(pub GuestAddr);

impl SyscallArg for SelectMask {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SelectMask(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut raw = [0; 16];
        if self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut raw) < raw.len() {
            return self.0.show(cx, out);
        }
        let (at, size) = raw.split_at(8);
        let word = |b: &[u8]| b.try_into().map_or(0, u64::from_le_bytes);
        out.push_str("{sigmask=");
        show_at::<SigSet>(cx, GuestAddr(word(at)), out);
        let _ = write!(out, ", sigsetsize={}}}", word(size));
    }
}

fn read_set(t: &mut TaskCtx<'_>, set: FdSet, bytes: usize) -> SysResult<Option<Vec<u8>>> {
    if set.0 == GuestAddr::NULL {
        return Ok(None);
    }
    let mut raw = vec![0; bytes];
    t.mem.read(set.0, &mut raw)?;
    Ok(Some(raw))
}

fn select_until(t: &mut TaskCtx<'_>, nfds: i32, sets: [FdSet; 3], timeout: Option<Nanos>) -> SysResult<usize> {
    let nfds = usize::try_from(nfds).map_err(|_| Errno::EINVAL)?;
    let table = t.fd_table();
    // As Linux: no further than the table, which is at least a word wide.
    let nfds = nfds.min(usize::try_from(t.k.files.table(table)?.end()).unwrap_or(0).max(64).next_multiple_of(64));
    let bytes = nfds.div_ceil(64) * 8;
    const MEANINGS: [Ready; 3] = [
        Ready::READ.union(Ready::RDBAND).union(Ready::HUP).union(Ready::ERR),
        Ready::WRITE.union(Ready::WRBAND).union(Ready::ERR),
        Ready::PRI,
    ];
    let asked = [read_set(t, sets[0], bytes)?, read_set(t, sets[1], bytes)?, read_set(t, sets[2], bytes)?];
    let deadline = t.deadline(timeout);
    let mut answers = [vec![0u8; bytes], vec![0; bytes], vec![0; bytes]];
    let (mut found, mut waits) = (0, Vec::new());
    for i in 0..nfds {
        let (byte, bit) = (i / 8, 1u8 << (i % 8));
        let wants =
            |s: usize| asked.get(s).and_then(Option::as_ref).and_then(|a| a.get(byte)).is_some_and(|b| b & bit != 0);
        if !(0..3).any(wants) {
            continue;
        }
        let file = t.k.files.get(table, i as i32)?;
        let ready = t.k.files.ready(file, t.host);
        let mut want = Ready::empty();
        for (s, meaning) in MEANINGS.into_iter().enumerate().filter(|(s, _)| wants(*s)) {
            want |= meaning;
            if ready.intersects(meaning)
                && let Some(b) = answers.get_mut(s).and_then(|a| a.get_mut(byte))
            {
                *b |= bit;
                found += 1;
            }
        }
        waits.push((file, want));
    }
    if found == 0 {
        block(t, waits, deadline)?;
    }
    for (set, answer) in sets.iter().zip(&answers) {
        if set.0 != GuestAddr::NULL {
            t.mem.write(set.0, answer)?;
        }
    }
    Ok(found)
}

/// select(2)
pub fn select(
    t: &mut TaskCtx<'_>,
    nfds: i32,
    readfds: FdSet,
    writefds: FdSet,
    exceptfds: FdSet,
    timeout: UserIn<Timeval>,
) -> SysResult<usize> {
    let limit = match timeout.read_opt(t)? {
        Some(tv) => {
            let (sec, usec) =
                (u64::try_from(tv.sec).map_err(|_| Errno::EINVAL)?, u64::try_from(tv.usec).map_err(|_| Errno::EINVAL)?);
            Some(sec.saturating_mul(1_000_000_000).saturating_add(usec.saturating_mul(1000)))
        }
        None => None,
    };
    let n = select_until(t, nfds, [readfds, writefds, exceptfds], limit)?;
    let deadline = t.deadline(limit);
    if let Some(left) = left(t, deadline) {
        let tv = Timeval { sec: (left / 1_000_000_000) as i64, usec: (left % 1_000_000_000 / 1000) as i64 };
        let _ = t.write(timeout.0, &tv);
    }
    Ok(n)
}

/// pselect6(2); the mask comes as a pointer to `{ const sigset_t *ss; size_t ss_len; }`.
pub fn pselect6(
    t: &mut TaskCtx<'_>,
    nfds: i32,
    readfds: FdSet,
    writefds: FdSet,
    exceptfds: FdSet,
    timeout: UserIn<Timespec>,
    sigmask: SelectMask,
) -> SysResult<usize> {
    let sigmask = sigmask.0;
    let limit = match timeout.read_opt(t)? {
        Some(ts) => Some(ts.nanos().ok_or(Errno::EINVAL)?),
        None => None,
    };
    if sigmask != GuestAddr::NULL {
        let (at, size) = (t.mem.read_u64(sigmask)?, t.mem.read_u64(sigmask.wrapping_add(8))?);
        if at != 0 {
            if size != 8 {
                return Err(Errno::EINVAL.into());
            }
            let set = SigSet(t.mem.read_u64(GuestAddr(at))?);
            t.swap_mask(set);
        }
    }
    let n = select_until(t, nfds, [readfds, writefds, exceptfds], limit)?;
    let deadline = t.deadline(limit);
    if let Some(left) = left(t, deadline) {
        let _ = t.write(timeout.0, &Timespec::from_nanos(left));
    }
    Ok(n)
}
