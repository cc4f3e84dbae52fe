//! `struct statfs` (statfs(2)) as strace(1) writes it.

use super::int::{show_addr, show_hex};
use super::{ArgRegs, Phase, Show, SyscallArg, bits, choice};
use std::fmt::Write;
use uemu_abi::stat::{EXT4_SUPER_MAGIC, PIPEFS_MAGIC, PROC_SUPER_MAGIC, TMPFS_MAGIC};
use uemu_mem::GuestAddr;

/// Where the structure goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatFsOut(pub u64);

/// Bytes of the structure.
const SIZE: usize = 120;

const FLAGS: &[(u64, &str)] = &[
    (0x20, "ST_VALID"),
    (0x1, "ST_RDONLY"),
    (0x2, "ST_NOSUID"),
    (0x4, "ST_NODEV"),
    (0x8, "ST_NOEXEC"),
    (0x10, "ST_SYNCHRONOUS"),
    (0x40, "ST_MANDLOCK"),
    (0x400, "ST_NOATIME"),
    (0x800, "ST_NODIRATIME"),
    (0x1000, "ST_RELATIME"),
];

impl SyscallArg for StatFsOut {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        StatFsOut(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; SIZE];
        if cx.failed() || cx.view.mem.peek(GuestAddr(self.0), &mut b) < SIZE {
            return show_addr(GuestAddr(self.0), out);
        }
        let mut words = b.chunks_exact(8).map(|w| w.try_into().map_or(0, u64::from_le_bytes));
        let mut next = || words.next().unwrap_or(0);
        let kinds = [
            (EXT4_SUPER_MAGIC as u64, "EXT2_SUPER_MAGIC"),
            (TMPFS_MAGIC as u64, "TMPFS_MAGIC"),
            (PROC_SUPER_MAGIC as u64, "PROC_SUPER_MAGIC"),
            (PIPEFS_MAGIC as u64, "PIPEFS_MAGIC"),
        ];
        out.push_str("{f_type=");
        choice(next(), &kinds, "", out);
        for name in ["f_bsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree"] {
            // Writing to a String cannot fail.
            let _ = write!(out, ", {name}={}", next());
        }
        let id = next();
        out.push_str(", f_fsid={val=[");
        show_hex(id & 0xffff_ffff, out);
        out.push_str(", ");
        show_hex(id >> 32, out);
        let _ = write!(out, "]}}, f_namelen={}, f_frsize={}, f_flags=", next(), next());
        bits(next(), FLAGS, "ST_???", out);
        out.push('}');
    }
}
