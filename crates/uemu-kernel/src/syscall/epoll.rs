//! epoll_create(2), epoll_ctl(2), epoll_wait(2).

use super::args::{ArgRegs, Fd, Phase, Show, SyscallArg, UserIn, bits};
use super::fd::install;
use super::fsargs::{EpollFlags, EpollOp};
use super::poll::swap_mask;
use crate::context::TaskCtx;
use crate::fd::epoll::{Epoll, Interest, MAX_INTERESTS, MAX_NESTING};
use crate::fd::{FileId, FileKind, OpenFile};
use crate::stop::{Stop, SysResult, Wait};
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::poll::*;
use uemu_abi::signal::SigSet;
use uemu_abi::time::Timespec;
use uemu_mem::GuestAddr;
use uemu_vfs::{Device, Opened};

/// Bytes of `struct epoll_event`, packed on x86-64.
const EVENT: u64 = 12;

const NAMES: &[(u64, &str)] = &[
    (1, "EPOLLIN"),
    (2, "EPOLLPRI"),
    (4, "EPOLLOUT"),
    (0x40, "EPOLLRDNORM"),
    (0x80, "EPOLLRDBAND"),
    (0x100, "EPOLLWRNORM"),
    (0x200, "EPOLLWRBAND"),
    (0x400, "EPOLLMSG"),
    (8, "EPOLLERR"),
    (0x10, "EPOLLHUP"),
    (0x2000, "EPOLLRDHUP"),
    (1 << 28, "EPOLLEXCLUSIVE"),
    (1 << 29, "EPOLLWAKEUP"),
    (1 << 30, "EPOLLONESHOT"),
    (1 << 31, "EPOLLET"),
];

fn show_events(cx: &Show<'_>, at: GuestAddr, count: u64, array: bool, out: &mut String) {
    let mut raw = vec![0; usize::try_from(count.min(1024) * EVENT).unwrap_or(0)];
    if at == GuestAddr::NULL || cx.view.mem.peek(at, &mut raw) < raw.len() {
        return at.show(cx, out);
    }
    if array {
        out.push('[');
    }
    for (i, e) in raw.chunks_exact(EVENT as usize).enumerate() {
        out.push_str(if i > 0 { ", {events=" } else { "{events=" });
        bits(u64::from(u32::from_le_bytes([e[0], e[1], e[2], e[3]])), NAMES, "EPOLL???", out);
        let data = u64::from_le_bytes([e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11]]);
        // Writing to a String cannot fail.
        let _ = if data >> 32 == 0 {
            write!(out, ", data={{u32={data}, u64={data}}}}}")
        } else {
            write!(out, ", data={{u32={}, u64={data}}}}}", data as u32)
        };
    }
    if array {
        out.push(']');
    }
}

/// The event of epoll_ctl(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventIn(pub GuestAddr);

impl SyscallArg for EventIn {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        EventIn(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if cx.call.args[1] as u32 == EPOLL_CTL_DEL {
            return self.0.show(cx, out);
        }
        show_events(cx, self.0, 1, false, out);
    }
}

/// Where epoll_wait(2) puts events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventsOut(pub GuestAddr);

impl SyscallArg for EventsOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        EventsOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        match cx.value() {
            Some(n) => show_events(cx, self.0, n, true, out),
            None => self.0.show(cx, out),
        }
    }
}

/// epoll_create(2)
pub fn epoll_create(t: &mut TaskCtx<'_>, size: i32) -> SysResult<Fd> {
    if size <= 0 {
        return Err(Errno::EINVAL.into());
    }
    epoll_create1(t, EpollFlags(0))
}

/// epoll_create1(2)
pub fn epoll_create1(t: &mut TaskCtx<'_>, flags: EpollFlags) -> SysResult<Fd> {
    let asked = OpenFlags::from_bits_retain(flags.0);
    if !(asked - OpenFlags::CLOEXEC).is_empty() {
        return Err(Errno::EINVAL.into());
    }
    install(t, OpenFile::new(FileKind::Epoll(Epoll::default()), asked | OpenFlags::RDWR))
}

fn instance<'a>(t: &'a mut TaskCtx<'_>, file: FileId) -> SysResult<&'a mut Epoll> {
    match &mut t.k.files.file_mut(file)?.kind {
        FileKind::Epoll(e) => Ok(e),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Whether `from` watches `to`, itself or through others; or the nesting below it is deeper than allowed.
fn would_loop(t: &TaskCtx<'_>, from: FileId, to: FileId, depth: usize) -> bool {
    if from == to || depth == 0 {
        return true;
    }
    match t.k.files.open_file(from).map(|f| &f.kind) {
        Some(FileKind::Epoll(e)) => e.interests.keys().any(|&(_, f)| {
            matches!(t.k.files.open_file(f).map(|f| &f.kind), Some(FileKind::Epoll(_)))
                && would_loop(t, f, to, depth - 1)
        }),
        _ => false,
    }
}

/// epoll_ctl(2)
pub fn epoll_ctl(t: &mut TaskCtx<'_>, epfd: Fd, op: EpollOp, fd: Fd, event: EventIn) -> SysResult<()> {
    let (mut events, mut data) = (0, 0);
    if op.0 != EPOLL_CTL_DEL {
        events = t.mem.read_u32(event.0)?;
        data = t.mem.read_u64(event.0.wrapping_add(4))?;
    }
    let (ep, file) = (t.file(epfd.0)?, t.file(fd.0)?);
    let nested = match &t.k.files.file(file)?.kind {
        // What is always ready cannot be watched.
        FileKind::Tree(f) if !matches!(f.opened, Opened::Device(Device::Tty)) => return Err(Errno::EPERM.into()),
        FileKind::Console(s) => {
            let s = *s;
            if t.host.console_kind(s) == uemu_host::ConsoleKind::File {
                return Err(Errno::EPERM.into());
            }
            false
        }
        kind => matches!(kind, FileKind::Epoll(_)),
    };
    instance(t, ep)?;
    if ep == file {
        return Err(Errno::EINVAL.into());
    }
    if op.0 == EPOLL_CTL_ADD && nested && would_loop(t, file, ep, MAX_NESTING) {
        return Err(Errno::ELOOP.into());
    }
    let interests = &mut instance(t, ep)?.interests;
    let key = (fd.0, file);
    let fresh = Interest { events: events | Ready::ALWAYS.bits(), data, seen: None, disarmed: false };
    match op.0 {
        EPOLL_CTL_ADD if interests.contains_key(&key) => Err(Errno::EEXIST.into()),
        EPOLL_CTL_ADD if interests.len() >= MAX_INTERESTS => Err(Errno::ENOSPC.into()),
        EPOLL_CTL_ADD => {
            interests.insert(key, fresh);
            Ok(())
        }
        EPOLL_CTL_MOD => match interests.get_mut(&key) {
            Some(_) if events & EPOLLEXCLUSIVE != 0 => Err(Errno::EINVAL.into()),
            Some(i) => {
                *i = fresh;
                Ok(())
            }
            None => Err(Errno::ENOENT.into()),
        },
        EPOLL_CTL_DEL => interests.remove(&key).map(drop).ok_or(Errno::ENOENT.into()),
        _ => Err(Errno::EINVAL.into()),
    }
}

fn wait_until(t: &mut TaskCtx<'_>, epfd: Fd, out: GuestAddr, max: i32, timeout: Option<u64>) -> SysResult<usize> {
    let ep = t.file(epfd.0)?;
    let max = usize::try_from(max).ok().filter(|&m| m > 0).ok_or(Errno::EINVAL)?;
    if max > (i32::MAX / 12) as usize {
        return Err(Errno::EINVAL.into());
    }
    let deadline = t.deadline(timeout);
    let open: Vec<FileId> = instance(t, ep)?.interests.keys().map(|k| k.1).collect();
    // Files that are closed everywhere leave the list by themselves.
    let gone: Vec<FileId> = open.into_iter().filter(|f| t.k.files.open_file(*f).is_none()).collect();
    let epoll = instance(t, ep)?;
    epoll.interests.retain(|k, _| !gone.contains(&k.1));
    // In a circle from where the last report ended.
    let after = epoll.after;
    let mut keys: Vec<_> = epoll.interests.iter().map(|(k, i)| (*k, *i)).collect();
    if let Some(after) = after {
        let split = keys.iter().position(|(k, _)| *k > after).unwrap_or(0);
        keys.rotate_left(split);
    }
    let mut found = Vec::new();
    for (key, interest) in keys {
        if found.len() == max {
            break;
        }
        let got = t.k.files.fires(key.1, &interest, t.host, MAX_NESTING);
        if !got.is_empty() {
            found.push((key, interest.data, got));
        }
    }
    if found.is_empty() {
        if t.passed(deadline) {
            return Ok(0);
        }
        return Err(Stop::block(Wait::files(vec![(ep, Ready::READ)], deadline)));
    }
    let mut bytes = Vec::with_capacity(found.len() * EVENT as usize);
    for (_, data, got) in &found {
        bytes.extend_from_slice(&got.bits().to_le_bytes());
        bytes.extend_from_slice(&data.to_le_bytes());
    }
    t.mem.write(out, &bytes)?;
    for (key, ..) in &found {
        let edge = t.k.files.edge(key.1, t.host);
        let epoll = instance(t, ep)?;
        epoll.after = Some(*key);
        if let Some(i) = epoll.interests.get_mut(key) {
            i.seen = Some(edge);
            i.disarmed |= i.events & EPOLLONESHOT != 0;
        }
    }
    Ok(found.len())
}

/// Milliseconds; negative is for ever.
fn millis(timeout: i32) -> Option<u64> {
    u64::try_from(timeout).ok().map(|ms| ms * 1_000_000)
}

/// epoll_wait(2)
pub fn epoll_wait(t: &mut TaskCtx<'_>, epfd: Fd, events: EventsOut, maxevents: i32, timeout: i32) -> SysResult<usize> {
    wait_until(t, epfd, events.0, maxevents, millis(timeout))
}

/// epoll_pwait(2)
pub fn epoll_pwait(
    t: &mut TaskCtx<'_>,
    epfd: Fd,
    events: EventsOut,
    maxevents: i32,
    timeout: i32,
    sigmask: UserIn<SigSet>,
    sigsetsize: u64,
) -> SysResult<usize> {
    swap_mask(t, &sigmask, sigsetsize)?;
    wait_until(t, epfd, events.0, maxevents, millis(timeout))
}

/// epoll_pwait2(2)
pub fn epoll_pwait2(
    t: &mut TaskCtx<'_>,
    epfd: Fd,
    events: EventsOut,
    maxevents: i32,
    timeout: UserIn<Timespec>,
    sigmask: UserIn<SigSet>,
    sigsetsize: u64,
) -> SysResult<usize> {
    let limit = match timeout.read_opt(t)? {
        Some(ts) => Some(ts.nanos().ok_or(Errno::EINVAL)?),
        None => None,
    };
    swap_mask(t, &sigmask, sigsetsize)?;
    wait_until(t, epfd, events.0, maxevents, limit)
}
