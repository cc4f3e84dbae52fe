//! Arguments of mmap(2) and its relatives.

use super::int::show_addr;
use super::{ArgRegs, Phase, Show, SyscallArg, bits};
use std::fmt::Write;
use uemu_abi::process::{MAP_TYPE, RemapFlags};
use uemu_mem::{GuestAddr, PAGE_SIZE};

/// PROT_*.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProtArg(pub u32);

impl ProtArg {
    /// As strace(1) writes them.
    pub fn write(self, out: &mut String) {
        if self.0 == 0 {
            return out.push_str("PROT_NONE");
        }
        let names = &[
            (1, "PROT_READ"),
            (2, "PROT_WRITE"),
            (4, "PROT_EXEC"),
            (8, "PROT_SEM"),
            (0x0100_0000, "PROT_GROWSDOWN"),
            (0x0200_0000, "PROT_GROWSUP"),
        ];
        bits(self.0.into(), names, "PROT_???", out);
    }
}

impl SyscallArg for ProtArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        ProtArg(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        self.write(out);
    }
}

/// MAP_*: a type and flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapArg(pub u32);

/// The flags, in strace's order.
const MAP_FLAGS: &[(u64, &str)] = &[
    (0x10, "MAP_FIXED"),
    (0x20, "MAP_ANONYMOUS"),
    (0x40, "MAP_32BIT"),
    (0x4000, "MAP_NORESERVE"),
    (0x8000, "MAP_POPULATE"),
    (0x1_0000, "MAP_NONBLOCK"),
    (0x100, "MAP_GROWSDOWN"),
    (0x800, "MAP_DENYWRITE"),
    (0x1000, "MAP_EXECUTABLE"),
    (0x2000, "MAP_LOCKED"),
    (0x2_0000, "MAP_STACK"),
    (0x4_0000, "MAP_HUGETLB"),
    (0x8_0000, "MAP_SYNC"),
    (0x10_0000, "MAP_FIXED_NOREPLACE"),
];
/// The size of huge pages, as a logarithm, stands from this bit on.
const HUGE_SHIFT: u32 = 26;

impl MapArg {
    /// As strace(1) writes them.
    pub fn write(self, out: &mut String) {
        let _ = match self.0 & MAP_TYPE {
            0 => write!(out, "MAP_FILE"),
            1 => write!(out, "MAP_SHARED"),
            2 => write!(out, "MAP_PRIVATE"),
            3 => write!(out, "MAP_SHARED_VALIDATE"),
            other => write!(out, "{other:#x} /* MAP_??? */"),
        };
        let huge = self.0 >> HUGE_SHIFT;
        let rest = self.0 & !MAP_TYPE & ((1 << HUGE_SHIFT) - 1);
        if rest != 0 {
            out.push('|');
            bits(rest.into(), MAP_FLAGS, "", out);
        }
        if huge != 0 {
            let _ = write!(out, "|{huge}<<MAP_HUGE_SHIFT");
        }
    }
}

impl SyscallArg for MapArg {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        MapArg(regs.pull_one() as u32)
    }
    fn show(&self, _: &Show<'_>, out: &mut String) {
        self.write(out);
    }
}

/// mremap(2)'s fifth argument, which only MREMAP_FIXED has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RemapTarget(pub GuestAddr);

impl SyscallArg for RemapTarget {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        RemapTarget(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let flags = RemapFlags::from_bits_retain(cx.call.args[3] as u32);
        if flags.contains(RemapFlags::MAYMOVE | RemapFlags::FIXED) {
            show_addr(self.0, out);
        }
    }
}

/// Where mincore(2) puts a byte for each page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Residency(pub GuestAddr);

impl SyscallArg for Residency {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        Residency(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let pages = cx.call.args[1].div_ceil(PAGE_SIZE);
        let shown = usize::try_from(pages).unwrap_or(usize::MAX).min(cx.string_limit);
        let mut bytes = vec![0; shown];
        if cx.failed() || cx.view.mem.peek(self.0, &mut bytes) < shown {
            return show_addr(self.0, out);
        }
        let parts: Vec<String> = bytes.iter().map(|b| (b & 1).to_string()).collect();
        let more = if (shown as u64) < pages { ", ..." } else { "" };
        let _ = write!(out, "[{}{more}]", parts.join(", "));
    }
}

crate::named_args! {
    /// MREMAP_*.
    flags RemapArg(u32) "MREMAP_???" { 1 => "MREMAP_MAYMOVE", 2 => "MREMAP_FIXED", 4 => "MREMAP_DONTUNMAP", }

    /// MADV_*.
    choice Advice(u32) "MADV_???" {
        0 => "MADV_NORMAL",
        1 => "MADV_RANDOM",
        2 => "MADV_SEQUENTIAL",
        3 => "MADV_WILLNEED",
        4 => "MADV_DONTNEED",
        8 => "MADV_FREE",
        9 => "MADV_REMOVE",
        10 => "MADV_DONTFORK",
        11 => "MADV_DOFORK",
        12 => "MADV_MERGEABLE",
        13 => "MADV_UNMERGEABLE",
        14 => "MADV_HUGEPAGE",
        15 => "MADV_NOHUGEPAGE",
        16 => "MADV_DONTDUMP",
        17 => "MADV_DODUMP",
        18 => "MADV_WIPEONFORK",
        19 => "MADV_KEEPONFORK",
        20 => "MADV_COLD",
        21 => "MADV_PAGEOUT",
        22 => "MADV_POPULATE_READ",
        23 => "MADV_POPULATE_WRITE",
        24 => "MADV_DONTNEED_LOCKED",
        25 => "MADV_COLLAPSE",
        100 => "MADV_HWPOISON",
        101 => "MADV_SOFT_OFFLINE",
    }

    /// MS_* of msync(2).
    flags SyncFlags(u32) "MS_???" { 4 => "MS_SYNC", 1 => "MS_ASYNC", 2 => "MS_INVALIDATE", }

    /// MLOCK_* of mlock2(2).
    flags LockFlags(u32) "MLOCK_???" { 1 => "MLOCK_ONFAULT", }

    /// MCL_* of mlockall(2).
    flags LockAllFlags(u32) "MCL_???" { 1 => "MCL_CURRENT", 2 => "MCL_FUTURE", 4 => "MCL_ONFAULT", }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut String)) -> String {
        let mut s = String::new();
        write(&mut s);
        s
    }

    /// Each line is what strace 6.1 printed for the number.
    #[test]
    fn flags_read_as_strace_writes_them() {
        for (flags, shown) in [
            (0x22, "MAP_PRIVATE|MAP_ANONYMOUS"),
            (0x24032, "MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE|MAP_STACK"),
            (0x10_8161, "MAP_SHARED|MAP_ANONYMOUS|MAP_32BIT|MAP_POPULATE|MAP_GROWSDOWN|MAP_FIXED_NOREPLACE"),
            (0x42022, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED|MAP_HUGETLB"),
            (0x400_0000, "MAP_FILE|1<<MAP_HUGE_SHIFT"),
            (5, "0x5 /* MAP_??? */"),
            (0x5404_0015, "0x5 /* MAP_??? */|MAP_FIXED|MAP_HUGETLB|21<<MAP_HUGE_SHIFT"),
            (0x20_0003, "MAP_SHARED_VALIDATE|0x200000"),
        ] {
            assert_eq!(text(|s| MapArg(flags).write(s)), shown, "{flags:#x}");
        }
        for (prot, shown) in [
            (0, "PROT_NONE"),
            (7, "PROT_READ|PROT_WRITE|PROT_EXEC"),
            (0x0100_0001, "PROT_READ|PROT_GROWSDOWN"),
            (0x40, "0x40 /* PROT_??? */"),
        ] {
            assert_eq!(text(|s| ProtArg(prot).write(s)), shown, "{prot:#x}");
        }
        assert_eq!(text(|s| LockAllFlags(15).write(s)), "MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT|0x8");
        assert_eq!(text(|s| Advice(5).write(s)), "0x5 /* MADV_??? */");
    }
}
