//! Arguments of the calls that make and watch processes.

use super::int::{show_addr, show_hex};
use super::pointer::show_cstr;
use super::{ArgRegs, Phase, Show, SyscallArg, bits};
use crate::process::ExitStatus;
use std::fmt::Write;
use std::marker::PhantomData;
use uemu_abi::plain::Plain;
use uemu_abi::process::{CloneArgs, CloneFlags};
use uemu_abi::signal::Signal;
use uemu_mem::GuestAddr;

/// Most strings of argv that are shown.
const SHOWN_STRINGS: u64 = 32;

/// A 32-bit number in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hex32(pub u32);

impl SyscallArg for Hex32 {
    fn pull(regs: &mut ArgRegs<'_>) -> Hex32 {
        Hex32(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        show_hex(self.0.into(), out);
    }
}

/// A pointer to one number or structure that the call fills in, shown as `[value]`.
pub struct PtrOut<T>(GuestAddr, PhantomData<T>);

impl<T> PtrOut<T> {
    /// The pointer.
    pub fn addr(&self) -> GuestAddr {
        self.0
    }
}

impl<T: Plain + std::fmt::Display> SyscallArg for PtrOut<T> {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        PtrOut(GuestAddr(regs.pull_one()), PhantomData)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut bytes = vec![0; T::SIZE];
        if cx.failed() || self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut bytes) < T::SIZE {
            return show_addr(self.0, out);
        }
        let _ = write!(out, "[{}]", T::decode(&bytes));
    }
}

/// argv: an array of strings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserStrings(pub GuestAddr);

impl SyscallArg for UserStrings {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        UserStrings(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if self.0 == GuestAddr::NULL {
            return show_addr(self.0, out);
        }
        out.push('[');
        for i in 0.. {
            let Some(p) = pointer(cx, self.0, i) else { break };
            if p == 0 {
                break;
            }
            if i > 0 {
                out.push_str(", ");
            }
            if i == SHOWN_STRINGS {
                out.push_str("...");
                break;
            }
            show_cstr(cx, GuestAddr(p), cx.string_limit, out);
        }
        out.push(']');
    }
}

fn pointer(cx: &Show<'_>, array: GuestAddr, i: u64) -> Option<u64> {
    let mut b = [0; 8];
    (cx.view.mem.peek(array.wrapping_add(8 * i), &mut b) == 8).then(|| u64::from_le_bytes(b))
}

/// envp: how many variables there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserEnv(pub GuestAddr);

impl SyscallArg for UserEnv {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        UserEnv(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_addr(self.0, out);
        if self.0 != GuestAddr::NULL {
            let n = (0..100_000).take_while(|&i| pointer(cx, self.0, i).is_some_and(|p| p != 0)).count();
            let _ = write!(out, " /* {n} var{} */", if n == 1 { "" } else { "s" });
        }
    }
}

/// Where a status word goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WaitStatus(pub GuestAddr);

impl SyscallArg for WaitStatus {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        WaitStatus(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 4];
        let nothing = cx.value().unwrap_or(0) == 0;
        if nothing || self.0 == GuestAddr::NULL || cx.view.mem.peek(self.0, &mut b) < 4 {
            return show_addr(self.0, out);
        }
        let w = u32::from_le_bytes(b);
        let signal = |n| Signal::new(u64::from(n)).map_or(format!("{n}"), Signal::name);
        let _ = match (w & 0x7f, w >> 8 & 0xff) {
            _ if w == 0xffff => write!(out, "[{{WIFCONTINUED(s)}}]"),
            (0, code) => write!(out, "[{{WIFEXITED(s) && WEXITSTATUS(s) == {code}}}]"),
            (0x7f, s) => write!(out, "[{{WIFSTOPPED(s) && WSTOPSIG(s) == {}}}]", signal(s)),
            (s, _) if w & 0x80 != 0 => {
                write!(out, "[{{WIFSIGNALED(s) && WTERMSIG(s) == {} && WCOREDUMP(s)}}]", signal(s))
            }
            (s, _) => write!(out, "[{{WIFSIGNALED(s) && WTERMSIG(s) == {}}}]", signal(s)),
        };
    }
}

/// CLONE_* in strace's order.
const CLONE_NAMES: &[(u64, &str)] = &[
    (0x100, "CLONE_VM"),
    (0x200, "CLONE_FS"),
    (0x400, "CLONE_FILES"),
    (0x800, "CLONE_SIGHAND"),
    (0x2000, "CLONE_PTRACE"),
    (0x4000, "CLONE_VFORK"),
    (0x8000, "CLONE_PARENT"),
    (0x1_0000, "CLONE_THREAD"),
    (0x2_0000, "CLONE_NEWNS"),
    (0x4_0000, "CLONE_SYSVSEM"),
    (0x8_0000, "CLONE_SETTLS"),
    (0x10_0000, "CLONE_PARENT_SETTID"),
    (0x20_0000, "CLONE_CHILD_CLEARTID"),
    (0x40_0000, "CLONE_DETACHED"),
    (0x80_0000, "CLONE_UNTRACED"),
    (0x100_0000, "CLONE_CHILD_SETTID"),
    (0x200_0000, "CLONE_NEWCGROUP"),
    (0x400_0000, "CLONE_NEWUTS"),
    (0x800_0000, "CLONE_NEWIPC"),
    (0x1000_0000, "CLONE_NEWUSER"),
    (0x2000_0000, "CLONE_NEWPID"),
    (0x4000_0000, "CLONE_NEWNET"),
    (0x8000_0000, "CLONE_IO"),
    (0x1000, "CLONE_PIDFD"),
    (0x1_0000_0000, "CLONE_CLEAR_SIGHAND"),
    (0x2_0000_0000, "CLONE_INTO_CGROUP"),
];

/// The first two registers of clone(2), which strace writes the other way round: stack, then flags and exit signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloneHead {
    /// CLONE_* and the exit signal in the low byte.
    pub flags: u64,
    /// The child's stack pointer.
    pub stack: GuestAddr,
}

impl SyscallArg for CloneHead {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CloneHead { flags: regs.pull_one(), stack: GuestAddr(regs.pull_one()) }
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        out.push_str("child_stack=");
        show_addr(self.stack, out);
        out.push_str(", flags=");
        let flags = self.flags & !0xff;
        if flags != 0 {
            bits(flags, CLONE_NAMES, "CLONE_???", out);
        }
        match (flags, self.flags & 0xff) {
            (0, 0) => out.push('0'),
            (_, 0) => {}
            (f, s) => {
                let bar = if f != 0 { "|" } else { "" };
                let _ = write!(out, "{bar}{}", Signal::new(s).map_or(format!("{s}"), Signal::name));
            }
        }
    }
}

/// The other three; strace writes those that the flags ask for, after the child exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloneTail {
    /// CLONE_PARENT_SETTID.
    pub parent_tid: GuestAddr,
    /// CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID.
    pub child_tid: GuestAddr,
    /// CLONE_SETTLS.
    pub tls: u64,
}

impl SyscallArg for CloneTail {
    const PHASE: Phase = Phase::ExitOptional;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CloneTail {
            parent_tid: GuestAddr(regs.pull_one()),
            child_tid: GuestAddr(regs.pull_one()),
            tls: regs.pull_one(),
        }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let [flags, ..] = cx.call.args;
        let has = |f: CloneFlags| flags & f.bits() != 0;
        let mut parts = Vec::new();
        if has(CloneFlags::PARENT_SETTID) {
            let mut b = [0; 4];
            let mut s = "parent_tid=".to_owned();
            if cx.failed() || cx.view.mem.peek(self.parent_tid, &mut b) < 4 {
                show_addr(self.parent_tid, &mut s);
            } else {
                let _ = write!(s, "[{}]", u32::from_le_bytes(b));
            }
            parts.push(s);
        }
        if has(CloneFlags::SETTLS) {
            let mut s = "tls=".to_owned();
            show_hex(self.tls, &mut s);
            parts.push(s);
        }
        if has(CloneFlags::CHILD_SETTID | CloneFlags::CHILD_CLEARTID) {
            let mut s = "child_tidptr=".to_owned();
            show_addr(self.child_tid, &mut s);
            parts.push(s);
        }
        out.push_str(&parts.join(", "));
    }
}

/// clone3(2)'s `struct clone_args` and its size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloneArgsPtr {
    /// Where.
    pub addr: GuestAddr,
    /// Bytes.
    pub size: u64,
}

impl SyscallArg for CloneArgsPtr {
    const PHASE: Phase = Phase::Both;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        CloneArgsPtr { addr: GuestAddr(regs.pull_one()), size: regs.pull_one() }
    }
    /// On entry the structure; the size too, unless ids will come before it.
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        const FIRST_VERSION: usize = 64;
        let mut b = [0; CloneArgs::SIZE];
        let size = usize::try_from(self.size).unwrap_or(usize::MAX).min(b.len());
        let read = b.get_mut(..size).map_or(0, |b| cx.view.mem.peek(self.addr, b));
        let args = (read == size && size >= FIRST_VERSION).then(|| CloneArgs::decode(&b));
        let tells = args.as_ref().is_some_and(|a| a.flags & CloneFlags::PARENT_SETTID.bits() != 0);
        match (cx.end, args) {
            (None, None) => show_addr(self.addr, out),
            (None, Some(a)) => clone_args(&a, out),
            (Some(_), Some(a)) if tells => {
                let mut tid = [0; 4];
                if !cx.failed() && cx.view.mem.peek(GuestAddr(a.parent_tid), &mut tid) == tid.len() {
                    let _ = write!(out, " => {{parent_tid=[{}]}}", u32::from_le_bytes(tid));
                }
            }
            _ => {}
        }
        if cx.end.is_some() == tells {
            let _ = write!(out, ", {}", self.size);
        }
    }
}

fn clone_args(a: &CloneArgs, out: &mut String) {
    let has = |f: CloneFlags| a.flags & f.bits() != 0;
    out.push_str("{flags=");
    bits(a.flags, CLONE_NAMES, "CLONE_???", out);
    if has(CloneFlags::CHILD_SETTID | CloneFlags::CHILD_CLEARTID) {
        out.push_str(", child_tid=");
        show_addr(GuestAddr(a.child_tid), out);
    }
    if has(CloneFlags::PARENT_SETTID) {
        out.push_str(", parent_tid=");
        show_addr(GuestAddr(a.parent_tid), out);
    }
    let _ = write!(out, ", exit_signal={}", super::signal_name(a.exit_signal));
    out.push_str(", stack=");
    show_addr(GuestAddr(a.stack), out);
    out.push_str(", stack_size=");
    show_hex(a.stack_size, out);
    if has(CloneFlags::SETTLS) {
        out.push_str(", tls=");
        show_hex(a.tls, out);
    }
    out.push('}');
}

/// The status of exit(2) as a process shows it.
pub fn describe(status: ExitStatus) -> String {
    match status {
        ExitStatus::Exited(code) => format!("exited with {code}"),
        ExitStatus::Killed { signal, core: false } => format!("killed by {}", signal.name()),
        ExitStatus::Killed { signal, core: true } => format!("killed by {} (core dumped)", signal.name()),
    }
}
