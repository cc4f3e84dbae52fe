//! Numbers.

use super::{ArgRegs, Show, SyscallArg};
use std::fmt::Write;
use uemu_mem::GuestAddr;

macro_rules! ints {
    ($($t:ty)*) => {$(
        impl SyscallArg for $t {
            fn pull(regs: &mut ArgRegs<'_>) -> $t {
                regs.pull_one() as $t
            }
            fn show(&self, _: &Show<'_>, out: &mut String) {
                let _ = write!(out, "{self}");
            }
        }
    )*};
}
ints! { i32 u32 i64 u64 usize }

/// A file descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fd(pub i32);

impl SyscallArg for Fd {
    fn pull(regs: &mut ArgRegs<'_>) -> Fd {
        Fd(regs.pull_one() as i32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        let _ = write!(out, "{}", self.0);
    }
}

/// A directory descriptor or AT_FDCWD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirFd(pub i32);

impl SyscallArg for DirFd {
    fn pull(regs: &mut ArgRegs<'_>) -> DirFd {
        DirFd(regs.pull_one() as i32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        match self.0 {
            uemu_abi::fcntl::AT_FDCWD => out.push_str("AT_FDCWD"),
            fd => {
                let _ = write!(out, "{fd}");
            }
        }
    }
}

/// A number strace writes in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hex(pub u64);

impl SyscallArg for Hex {
    fn pull(regs: &mut ArgRegs<'_>) -> Hex {
        Hex(regs.pull_one())
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        show_hex(self.0, out);
    }
}

/// Permission bits, in octal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mode(pub u32);

impl SyscallArg for Mode {
    fn pull(regs: &mut ArgRegs<'_>) -> Mode {
        Mode(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        let _ = write!(out, "{:#05o}", self.0).map(|()| fix_octal(out));
    }
}

/// Rust writes `0o644` where C writes `0644`.
fn fix_octal(out: &mut String) {
    if let Some(at) = out.rfind("0o") {
        out.replace_range(at..at + 2, "0");
    }
}

impl SyscallArg for GuestAddr {
    fn pull(regs: &mut ArgRegs<'_>) -> GuestAddr {
        GuestAddr(regs.pull_one())
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        show_addr(*self, out);
    }
}

/// `NULL` or hexadecimal.
pub(crate) fn show_addr(a: GuestAddr, out: &mut String) {
    match a {
        GuestAddr::NULL => out.push_str("NULL"),
        a => {
            let _ = write!(out, "{a}");
        }
    }
}

/// `0` or `0x...`.
pub(crate) fn show_hex(v: u64, out: &mut String) {
    let _ = if v == 0 { write!(out, "0") } else { write!(out, "{v:#x}") };
}
