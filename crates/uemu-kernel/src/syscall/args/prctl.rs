//! prctl(2)'s arguments: what they mean, and how many there are, is the option's.

use super::int::{show_addr, show_hex};
use super::signal::signal_name;
use super::{ArgRegs, Phase, Show, SyscallArg, bits, choice, quote};
use std::fmt::Write;
use uemu_mem::GuestAddr;

/// The five registers of prctl(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrctlCall {
    /// PR_*.
    pub option: i32,
    /// The other arguments.
    pub args: [u64; 4],
}

/// Bytes of a thread's name with its NUL (TASK_COMM_LEN).
const NAME: usize = 16;

const OPTIONS: &[(u64, &str)] = &[
    (1, "PR_SET_PDEATHSIG"),
    (2, "PR_GET_PDEATHSIG"),
    (3, "PR_GET_DUMPABLE"),
    (4, "PR_SET_DUMPABLE"),
    (5, "PR_GET_UNALIGN"),
    (6, "PR_SET_UNALIGN"),
    (7, "PR_GET_KEEPCAPS"),
    (8, "PR_SET_KEEPCAPS"),
    (13, "PR_GET_TIMING"),
    (14, "PR_SET_TIMING"),
    (15, "PR_SET_NAME"),
    (16, "PR_GET_NAME"),
    (21, "PR_GET_SECCOMP"),
    (22, "PR_SET_SECCOMP"),
    (23, "PR_CAPBSET_READ"),
    (24, "PR_CAPBSET_DROP"),
    (25, "PR_GET_TSC"),
    (26, "PR_SET_TSC"),
    (27, "PR_GET_SECUREBITS"),
    (28, "PR_SET_SECUREBITS"),
    (29, "PR_SET_TIMERSLACK"),
    (30, "PR_GET_TIMERSLACK"),
    (33, "PR_MCE_KILL"),
    (34, "PR_MCE_KILL_GET"),
    (35, "PR_SET_MM"),
    (36, "PR_SET_CHILD_SUBREAPER"),
    (37, "PR_GET_CHILD_SUBREAPER"),
    (38, "PR_SET_NO_NEW_PRIVS"),
    (39, "PR_GET_NO_NEW_PRIVS"),
    (40, "PR_GET_TID_ADDRESS"),
    (41, "PR_SET_THP_DISABLE"),
    (42, "PR_GET_THP_DISABLE"),
    (47, "PR_CAP_AMBIENT"),
    (52, "PR_GET_SPECULATION_CTRL"),
    (53, "PR_SET_SPECULATION_CTRL"),
    (57, "PR_SET_IO_FLUSHER"),
    (58, "PR_GET_IO_FLUSHER"),
    (59, "PR_SET_SYSCALL_USER_DISPATCH"),
    (62, "PR_SCHED_CORE"),
    (0x5356_4d41, "PR_SET_VMA"),
    (0x5961_6d61, "PR_SET_PTRACER"),
];

const DUMPABLE: &[(u64, &str)] = &[(0, "SUID_DUMP_DISABLE"), (1, "SUID_DUMP_USER"), (2, "SUID_DUMP_ROOT")];
const TSC: &[(u64, &str)] = &[(1, "PR_TSC_ENABLE"), (2, "PR_TSC_SIGSEGV")];

impl SyscallArg for PrctlCall {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        PrctlCall { option: regs.pull_one() as i32, args: std::array::from_fn(|_| regs.pull_one()) }
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        choice(u64::from(self.option as u32), OPTIONS, "PR_???", out);
        let [a, b, c, d] = self.args;
        let at = GuestAddr(a);
        match self.option {
            3 | 7 | 13 | 21 | 27 | 30 | 34 => return,
            _ => out.push_str(", "),
        }
        let _ = match self.option {
            1 => write!(out, "{}", signal_name(a)),
            2 => return word(cx, at, out, |n, out| out.push_str(&signal_name(n))),
            4 => return choice(a, DUMPABLE, "SUID_DUMP_???", out),
            15 => return name(cx, at, out),
            16 if cx.failed() => return show_addr(at, out),
            16 => return name(cx, at, out),
            25 => return word(cx, at, out, |n, out| choice(n, TSC, "PR_TSC_???", out)),
            26 => return choice(a, TSC, "PR_TSC_???", out),
            37 => return word(cx, at, out, |n, out| out.push_str(&n.to_string())),
            8 | 29 | 36 => write!(out, "{a}"),
            38 | 39 | 41 | 42 => {
                let rest: Vec<String> = self.args.iter().skip(1).map(|&v| hex(v)).collect();
                // strace writes the switch in decimal and what must be zero in hexadecimal.
                let first = if matches!(self.option, 38 | 41) { a.to_string() } else { hex(a) };
                write!(out, "{first}, {}", rest.join(", "))
            }
            23 | 24 => return choice(a, CAPS, "CAP_???", out),
            _ => write!(out, "{:#x}, {:#x}, {:#x}, {:#x}", a, b, c, d),
        };
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        if self.option == 3
            && let Some(v) = cx.value()
        {
            choice(v, DUMPABLE, "SUID_DUMP_???", out);
        }
    }
}

fn hex(v: u64) -> String {
    let mut s = String::new();
    show_hex(v, &mut s);
    s
}

/// personality(2)'s argument: an execution domain and flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Persona(pub u64);

impl Persona {
    fn write(self, out: &mut String) {
        const DOMAIN: u64 = 0xff;
        choice(self.0 & DOMAIN, &[(0, "PER_LINUX"), (8, "PER_LINUX32")], "PER_???", out);
        if self.0 & !DOMAIN != 0 {
            out.push('|');
            bits(self.0 & !DOMAIN, PERSONA_FLAGS, "", out);
        }
    }
}

impl SyscallArg for Persona {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        Persona(regs.pull_one())
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        match self.0 as u32 {
            // Only asks.
            u32::MAX => show_hex(u64::from(u32::MAX), out),
            p => Persona(p.into()).write(out),
        }
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        Persona(cx.value().unwrap_or(0)).write(out);
    }
}

const PERSONA_FLAGS: &[(u64, &str)] = &[
    (0x2_0000, "UNAME26"),
    (0x4_0000, "ADDR_NO_RANDOMIZE"),
    (0x8_0000, "FDPIC_FUNCPTRS"),
    (0x10_0000, "MMAP_PAGE_ZERO"),
    (0x20_0000, "ADDR_COMPAT_LAYOUT"),
    (0x40_0000, "READ_IMPLIES_EXEC"),
    (0x80_0000, "ADDR_LIMIT_32BIT"),
    (0x100_0000, "SHORT_INODE"),
    (0x200_0000, "WHOLE_SECONDS"),
    (0x400_0000, "STICKY_TIMEOUTS"),
    (0x800_0000, "ADDR_LIMIT_3GB"),
];

/// `[value]`: a number the call has filled in.
fn word(cx: &Show<'_>, at: GuestAddr, out: &mut String, show: impl Fn(u64, &mut String)) {
    let mut b = [0; 4];
    if cx.failed() || cx.view.mem.peek(at, &mut b) < 4 {
        return show_addr(at, out);
    }
    out.push('[');
    show(u32::from_le_bytes(b).into(), out);
    out.push(']');
}

/// A thread's name: what follows the first 15 bytes is not part of it.
fn name(cx: &Show<'_>, at: GuestAddr, out: &mut String) {
    let mut b = [0; NAME];
    let n = if at == GuestAddr::NULL { 0 } else { cx.view.mem.peek(at, &mut b) };
    let read = b.get(..n).unwrap_or_default();
    match read.iter().position(|&b| b == 0) {
        Some(end) => quote(read.get(..end).unwrap_or_default(), out),
        None if n == NAME => {
            quote(read.get(..NAME - 1).unwrap_or_default(), out);
            out.push_str("...");
        }
        None => show_addr(at, out),
    }
}

/// capabilities(7).
const CAPS: &[(u64, &str)] = &[
    (0, "CAP_CHOWN"),
    (1, "CAP_DAC_OVERRIDE"),
    (2, "CAP_DAC_READ_SEARCH"),
    (3, "CAP_FOWNER"),
    (4, "CAP_FSETID"),
    (5, "CAP_KILL"),
    (6, "CAP_SETGID"),
    (7, "CAP_SETUID"),
    (8, "CAP_SETPCAP"),
    (9, "CAP_LINUX_IMMUTABLE"),
    (10, "CAP_NET_BIND_SERVICE"),
    (11, "CAP_NET_BROADCAST"),
    (12, "CAP_NET_ADMIN"),
    (13, "CAP_NET_RAW"),
    (14, "CAP_IPC_LOCK"),
    (15, "CAP_IPC_OWNER"),
    (16, "CAP_SYS_MODULE"),
    (17, "CAP_SYS_RAWIO"),
    (18, "CAP_SYS_CHROOT"),
    (19, "CAP_SYS_PTRACE"),
    (20, "CAP_SYS_PACCT"),
    (21, "CAP_SYS_ADMIN"),
    (22, "CAP_SYS_BOOT"),
    (23, "CAP_SYS_NICE"),
    (24, "CAP_SYS_RESOURCE"),
    (25, "CAP_SYS_TIME"),
    (26, "CAP_SYS_TTY_CONFIG"),
    (27, "CAP_MKNOD"),
    (28, "CAP_LEASE"),
    (29, "CAP_AUDIT_WRITE"),
    (30, "CAP_AUDIT_CONTROL"),
    (31, "CAP_SETFCAP"),
    (32, "CAP_MAC_OVERRIDE"),
    (33, "CAP_MAC_ADMIN"),
    (34, "CAP_SYSLOG"),
    (35, "CAP_WAKE_ALARM"),
    (36, "CAP_BLOCK_SUSPEND"),
    (37, "CAP_AUDIT_READ"),
    (38, "CAP_PERFMON"),
    (39, "CAP_BPF"),
    (40, "CAP_CHECKPOINT_RESTORE"),
];
