//! Arguments of calls about scheduling, groups, and the thread pointer.

use super::int::{show_addr, show_hex};
use super::{ArgRegs, Phase, Show, SyscallArg};
use std::fmt::Write;
use uemu_abi::process::{ARCH_GET_FS, ARCH_GET_GS};
use uemu_mem::GuestAddr;

/// `struct sched_param`, in or out: shown as `[priority]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SchedParam<const OUT: bool>(pub GuestAddr);

impl<const OUT: bool> SyscallArg for SchedParam<OUT> {
    const PHASE: Phase = if OUT { Phase::Exit } else { Phase::Enter };
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        SchedParam(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 4];
        if (OUT && cx.failed()) || cx.view.mem.peek(self.0, &mut b) < 4 {
            return show_addr(self.0, out);
        }
        let _ = write!(out, "[{}]", i32::from_le_bytes(b));
    }
}

/// arch_prctl(2)'s second argument: a base, or where to put one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArchAddr(pub u64);

impl SyscallArg for ArchAddr {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        ArchAddr(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let code = cx.call.args[0] as u32;
        if code != ARCH_GET_FS && code != ARCH_GET_GS {
            return show_hex(self.0, out);
        }
        let mut b = [0; 8];
        if cx.failed() || cx.view.mem.peek(GuestAddr(self.0), &mut b) < 8 {
            return show_addr(GuestAddr(self.0), out);
        }
        out.push('[');
        show_addr(GuestAddr(u64::from_le_bytes(b)), out);
        out.push(']');
    }
}

/// Where time(2) puts the time: shown with its date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeOut(pub GuestAddr);

impl SyscallArg for TimeOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        TimeOut(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 8];
        if cx.failed() || self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut b) < 8 {
            return show_addr(self.0, out);
        }
        let t = i64::from_le_bytes(b);
        let _ = write!(out, "[{t} /* {} */]", date(t));
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        if let Some(t) = cx.value() {
            out.push_str(&date(t as i64));
        }
    }
}

/// Seconds since 1970 as ISO 8601 has them, in UTC.
pub(super) fn date(t: i64) -> String {
    const DAY: i64 = 86_400;
    let (days, s) = (t.div_euclid(DAY), t.rem_euclid(DAY));
    // Years from March, in cycles of 400 (146,097 days): leap days then stand at the ends.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}+0000", s / 3600, s / 60 % 60, s % 60)
}

crate::named_args! {
    /// Whose priority.
    choice PriorityOf(u32) "PRIO_???" { 0 => "PRIO_PROCESS", 1 => "PRIO_PGRP", 2 => "PRIO_USER", }

    /// Commands of membarrier(2).
    choice BarrierCmd(u32) "MEMBARRIER_CMD_???" {
        0 => "MEMBARRIER_CMD_QUERY",
        1 => "MEMBARRIER_CMD_GLOBAL",
        2 => "MEMBARRIER_CMD_GLOBAL_EXPEDITED",
        4 => "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED",
        8 => "MEMBARRIER_CMD_PRIVATE_EXPEDITED",
        16 => "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED",
        32 => "MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE",
        64 => "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE",
        128 => "MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ",
        256 => "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ",
    }

    /// Flags of membarrier(2).
    flags BarrierFlags(u32) "MEMBARRIER_CMD_FLAG_???" { 1 => "MEMBARRIER_CMD_FLAG_CPU", }
}

/// membarrier(2)'s third argument, which strace writes only where there is a flag to use it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BarrierCpu(pub i32);

impl SyscallArg for BarrierCpu {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        BarrierCpu(regs.pull_one() as i32)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if cx.call.args[1] != 0 {
            let _ = write!(out, "{}", self.0);
        }
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        let query = cx.call.args[0] as u32 == 0;
        if let (true, Some(v)) = (query, cx.value()) {
            super::bits(v, BarrierCmd::NAMES, "MEMBARRIER_CMD_???", out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From date(1) -u.
        for (t, text) in [
            (0, "1970-01-01T00:00:00+0000"),
            (1_795_490_019, "2026-11-24T03:13:39+0000"),
            (951_782_400, "2000-02-29T00:00:00+0000"),
            (-1, "1969-12-31T23:59:59+0000"),
            (4_107_542_400, "2100-03-01T00:00:00+0000"),
        ] {
            assert_eq!(date(t), text);
        }
        // Any number the guest writes must do.
        let _ = (date(i64::MAX), date(i64::MIN));
    }
}
