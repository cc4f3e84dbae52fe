//! `struct iovec` arrays and `struct msghdr` (readv(2), sendmsg(2)).

use super::buffer::show_bytes;
use super::int::show_addr;
use super::{ArgRegs, Phase, Show, SyscallArg, choice};
use crate::syscall::fsargs::MsgFlags;
use std::fmt::Write;
use uemu_mem::GuestAddr;

/// Most elements of an array that strace(1) shows.
const SHOWN: u64 = 32;

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// An array of buffers, of which the first `filled` bytes together are shown.
pub(crate) fn show_iov(cx: &Show<'_>, at: GuestAddr, count: u64, filled: u64, out: &mut String) {
    let mut raw = vec![0; usize::try_from(count.min(SHOWN)).unwrap_or(0) * 16];
    if at == GuestAddr::NULL || cx.view.mem.peek(at, &mut raw) < raw.len() {
        return show_addr(at, out);
    }
    let mut left = filled;
    out.push('[');
    for (i, piece) in raw.chunks_exact(16).enumerate() {
        let (base, len) = (GuestAddr(word(piece, 0)), word(piece, 8));
        out.push_str(if i > 0 { ", {iov_base=" } else { "{iov_base=" });
        show_bytes(cx, base, len.min(left), out);
        left = left.saturating_sub(len);
        // Writing to a String cannot fail.
        let _ = write!(out, ", iov_len={len}}}");
    }
    out.push_str(if count > SHOWN { ", ...]" } else { "]" });
}

/// A message to send, or one that is received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MsgHdrArg<const OUT: bool>(pub GuestAddr);

impl<const OUT: bool> SyscallArg for MsgHdrArg<OUT> {
    const PHASE: Phase = if OUT { Phase::Exit } else { Phase::Enter };
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        MsgHdrArg(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 56];
        if cx.view.mem.peek(self.0, &mut b) < b.len() {
            return show_addr(self.0, out);
        }
        let name_len = half(&b, 8) as i32;
        if OUT && cx.failed() {
            let _ = write!(out, "{{msg_namelen={name_len}}}");
            return;
        }
        out.push_str("{msg_name=");
        show_addr(GuestAddr(word(&b, 0)), out);
        let _ = write!(out, ", msg_namelen={name_len}, msg_iov=");
        let filled = if OUT { cx.value().unwrap_or(0) } else { u64::MAX };
        show_iov(cx, GuestAddr(word(&b, 16)), word(&b, 24), filled, out);
        let (control, len) = (GuestAddr(word(&b, 32)), word(&b, 40));
        let _ = write!(out, ", msg_iovlen={}", word(&b, 24));
        if len > 0 {
            out.push_str(", msg_control=");
            show_control(cx, control, len, out);
        }
        let _ = write!(out, ", msg_controllen={len}, msg_flags=");
        MsgFlags(half(&b, 48)).write(out);
        out.push('}');
    }
}

/// Control messages (cmsg(3)); descriptors by number.
fn show_control(cx: &Show<'_>, at: GuestAddr, len: u64, out: &mut String) {
    const HEAD: u64 = 16;
    const MOST: u64 = 4096;
    let mut raw = vec![0; usize::try_from(len.min(MOST)).unwrap_or(0)];
    if len < HEAD || cx.view.mem.peek(at, &mut raw) < raw.len() {
        return show_addr(at, out);
    }
    out.push('[');
    let mut rest = raw.as_slice();
    while rest.len() as u64 >= HEAD {
        let (len, level, kind) = (word(rest, 0), half(rest, 8), half(rest, 12));
        if rest.len() < raw.len() {
            out.push_str(", ");
        }
        let _ = write!(out, "{{cmsg_len={len}, cmsg_level=");
        choice(level.into(), &[(0, "SOL_IP"), (1, "SOL_SOCKET")], "SOL_???", out);
        out.push_str(", cmsg_type=");
        choice(kind.into(), &[(1, "SCM_RIGHTS"), (2, "SCM_CREDENTIALS")], "SCM_???", out);
        let data = usize::try_from(len.max(HEAD)).ok().and_then(|end| rest.get(HEAD as usize..end));
        if let (Some(data), (1, 1)) = (data.filter(|d| !d.is_empty()), (level, kind)) {
            let fds: Vec<String> = data.chunks_exact(4).map(|fd| (half(fd, 0) as i32).to_string()).collect();
            let _ = write!(out, ", cmsg_data=[{}]", fds.join(", "));
        }
        out.push('}');
        // Lengths are the guest's: one that leads nowhere ends the list.
        let step = usize::try_from(len.max(HEAD).saturating_add(7) & !7).unwrap_or(usize::MAX);
        rest = rest.get(step..).unwrap_or_default();
    }
    out.push(']');
}

/// A number the call reads, moves on by what it returns, and writes back: sendfile(2)'s offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OffsetInOut(pub GuestAddr);

impl SyscallArg for OffsetInOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        OffsetInOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 8];
        if self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut b) < b.len() {
            return show_addr(self.0, out);
        }
        let after = i64::from_le_bytes(b);
        let moved = cx.value().unwrap_or(0) as i64;
        let _ = write!(out, "[{}]", after.wrapping_sub(moved));
        if moved != 0 {
            let _ = write!(out, " => [{after}]");
        }
    }
}

/// A set of processors that the call reads (sched_setaffinity(2)); the register before it holds its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuSetIn(pub GuestAddr);

impl SyscallArg for CpuSetIn {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CpuSetIn(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = vec![0; usize::try_from(cx.call.args[1].min(1024)).unwrap_or(0)];
        if self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut b) < b.len() {
            return show_addr(self.0, out);
        }
        let set = (0..b.len() * 8).filter(|i| b.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 != 0));
        let _ = write!(out, "[{}]", set.map(|i| i.to_string()).collect::<Vec<_>>().join(" "));
    }
}

/// Where the call puts an address: shown as `[0x...]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AddrOut(pub GuestAddr);

impl SyscallArg for AddrOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        AddrOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 8];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < b.len() {
            return show_addr(self.0, out);
        }
        out.push('[');
        show_addr(GuestAddr(u64::from_le_bytes(b)), out);
        out.push(']');
    }
}
