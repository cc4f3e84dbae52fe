//! Outputs that strace shows in their own ways: random bytes, the rest of a sleep.

use super::int::show_addr;
use super::pointer::show_at;
use super::{ArgRegs, Phase, Show, SyscallArg};
use crate::observe::CallEnd;
use std::fmt::Write;
use uemu_abi::time::Timespec;
use uemu_mem::GuestAddr;

/// getrandom(2)'s buffer, shown in hexadecimal escapes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RandomBuf {
    /// Where.
    pub addr: GuestAddr,
    /// Room.
    pub len: u64,
}

impl SyscallArg for RandomBuf {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        RandomBuf { addr: GuestAddr(regs.pull_one()), len: regs.pull_one() }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let n = cx.value().unwrap_or(0);
        let mut bytes = vec![0; usize::try_from(n).unwrap_or(usize::MAX).min(cx.string_limit)];
        if cx.failed() || self.addr == GuestAddr::NULL || cx.view.mem.peek(self.addr, &mut bytes) < bytes.len() {
            show_addr(self.addr, out);
        } else {
            out.push('"');
            for b in &bytes {
                let _ = write!(out, "\\x{b:02x}");
            }
            out.push('"');
            if (bytes.len() as u64) < n {
                out.push_str("...");
            }
        }
        let _ = write!(out, ", {}", self.len);
    }
}

/// Where an interrupted sleep leaves the time that is left: only then is it shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remaining(pub GuestAddr);

impl SyscallArg for Remaining {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        Remaining(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        match cx.end {
            Some(CallEnd::Interrupted(_)) => show_at::<Timespec>(cx, self.0, out),
            _ => show_addr(self.0, out),
        }
    }
}
