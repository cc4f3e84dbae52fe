//! The last argument of fcntl(2), which means what the command says; and what its results mean.

use super::int::{show_addr, show_hex};
use super::{ArgRegs, Phase, Show, SyscallArg, bits, choice};
use crate::syscall::fsargs::OpenFlagsArg;
use std::fmt::Write;
use uemu_abi::fcntl::{FD_CLOEXEC, cmd};
use uemu_mem::GuestAddr;

/// The last argument of fcntl(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FcntlArg(pub u64);

/// What a command takes.
enum Meaning {
    Nothing,
    Number,
    DescriptorFlags,
    FileFlags,
    Lock { filled_in: bool },
    Unknown,
}

fn meaning(command: u32) -> Meaning {
    match command {
        cmd::F_GETFD | cmd::F_GETFL | cmd::F_GETOWN | cmd::F_GETPIPE_SZ | cmd::F_GET_SEALS => Meaning::Nothing,
        cmd::F_DUPFD | cmd::F_DUPFD_CLOEXEC | cmd::F_SETOWN | cmd::F_SETPIPE_SZ => Meaning::Number,
        cmd::F_SETFD => Meaning::DescriptorFlags,
        cmd::F_SETFL => Meaning::FileFlags,
        cmd::F_GETLK | cmd::F_OFD_GETLK => Meaning::Lock { filled_in: true },
        cmd::F_SETLK | cmd::F_SETLKW | cmd::F_OFD_SETLK | cmd::F_OFD_SETLKW => Meaning::Lock { filled_in: false },
        _ => Meaning::Unknown,
    }
}

fn descriptor_flags(value: u64, out: &mut String) {
    bits(value, &[(FD_CLOEXEC, "FD_CLOEXEC")], "FD_???", out);
}

/// `struct flock` (fcntl(2)); a bare address if it cannot be read. The owner is shown where the call tells it.
fn lock(cx: &Show<'_>, at: GuestAddr, owner: bool, out: &mut String) {
    let mut b = [0; 32];
    if cx.view.mem.peek(at, &mut b) < b.len() {
        return show_addr(at, out);
    }
    let half = |i: usize| u64::from(u16::from_le_bytes([b[i], b[i + 1]]));
    let word = |i: usize| {
        let mut w = [0; 8];
        w.copy_from_slice(&b[i..i + 8]);
        i64::from_le_bytes(w)
    };
    out.push_str("{l_type=");
    choice(half(0), &[(0, "F_RDLCK"), (1, "F_WRLCK"), (2, "F_UNLCK")], "F_???", out);
    out.push_str(", l_whence=");
    choice(half(2), &[(0, "SEEK_SET"), (1, "SEEK_CUR"), (2, "SEEK_END")], "SEEK_???", out);
    let _ = write!(out, ", l_start={}, l_len={}", word(8), word(16));
    if owner {
        let _ = write!(out, ", l_pid={}", i32::from_le_bytes([b[24], b[25], b[26], b[27]]));
    }
    out.push('}');
}

impl SyscallArg for FcntlArg {
    const PHASE: Phase = Phase::ExitOptional;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        FcntlArg(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        match meaning(cx.call.args[1] as u32) {
            Meaning::Nothing => {}
            Meaning::Number => {
                let _ = write!(out, "{}", self.0 as i32);
            }
            Meaning::DescriptorFlags => descriptor_flags(self.0, out),
            Meaning::FileFlags => OpenFlagsArg(self.0 as u32).write(out),
            Meaning::Lock { filled_in: true } if cx.failed() => show_addr(GuestAddr(self.0), out),
            Meaning::Lock { filled_in } => lock(cx, GuestAddr(self.0), filled_in, out),
            Meaning::Unknown => show_hex(self.0, out),
        }
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        let value = cx.value().unwrap_or(0);
        match cx.call.args[1] as u32 {
            cmd::F_GETFD if value != 0 => {
                out.push_str("flags ");
                descriptor_flags(value, out);
            }
            cmd::F_GETFL => {
                out.push_str("flags ");
                OpenFlagsArg(value as u32).write(out);
            }
            _ => {}
        }
    }
}
