//! Native registers as uemu's: conversion, comparison, and text.

use libc::user_regs_struct;
use uemu_cpu::save_area::{LEGACY, get_x87, get_xmm};
use uemu_cpu::{CpuState, Flags, Mxcsr, X87};

/// The standard-format XSAVE image up to the upper halves of YMM registers, whose offset CPUID gives.
pub(crate) struct Image {
    bytes: Vec<u8>,
    upper: usize,
}

/// Bytes of the component that holds bits 128 to 255 of YMM0 to YMM15.
const UPPER: usize = 256;
/// Flags that are compared: those of arithmetic, DF, AC, ID and NT. TF and RF are the tracer's.
const FLAGS: u64 = Flags::USER & !Flags::TF;

impl Image {
    pub(crate) fn new() -> Image {
        // EBX of leaf 0xd, subleaf 2: the offset of that component; zero where there is none.
        let upper = std::arch::x86_64::__cpuid_count(0xd, 2).ebx as usize;
        Image { bytes: vec![0; if upper == 0 { LEGACY } else { upper + UPPER }], upper }
    }

    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn word<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|i| self.bytes.get(at + i).copied().unwrap_or(0))
    }

    /// Puts x87, MXCSR, XMM and YMM registers into `cpu`.
    pub(crate) fn store(&self, cpu: &mut CpuState) {
        let legacy: [u8; LEGACY] = self.word(0);
        get_x87(cpu, &legacy);
        get_xmm(cpu, &legacy);
        cpu.mxcsr = Mxcsr(u32::from_le_bytes(self.word(24)) & Mxcsr::VALID);
        if self.upper != 0 {
            for (i, v) in cpu.vector.iter_mut().take(16).enumerate() {
                v.0[2] = u64::from_le_bytes(self.word(self.upper + 16 * i));
                v.0[3] = u64::from_le_bytes(self.word(self.upper + 16 * i + 8));
            }
        }
    }
}

/// Puts general-purpose registers, RIP, flags and bases into `cpu`.
pub(crate) fn store(r: &user_regs_struct, cpu: &mut CpuState) {
    cpu.gpr =
        [r.rax, r.rcx, r.rdx, r.rbx, r.rsp, r.rbp, r.rsi, r.rdi, r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15];
    cpu.rip = r.rip;
    cpu.flags.set_rflags(r.eflags);
    cpu.fs_base = r.fs_base;
    cpu.gs_base = r.gs_base;
}

/// Whether two states are the same but for the flags in `undefined`; the vector and x87 units count if `extended`.
///
/// The x87 unit's pointers never count: AMD's processors keep them for unmasked exceptions only.
pub(crate) fn same(a: &CpuState, b: &CpuState, undefined: u64, extended: bool) -> bool {
    let flags = (a.flags.rflags() ^ b.flags.rflags()) & FLAGS & !undefined;
    let integer = a.gpr == b.gpr && a.rip == b.rip && a.fs_base == b.fs_base && a.gs_base == b.gs_base && flags == 0;
    integer && (!extended || same_extended(a, b))
}

fn same_extended(a: &CpuState, b: &CpuState) -> bool {
    let hide = |x: &X87| X87 { opcode: 0, instruction: 0, operand: 0, ..*x };
    let vectors = a.vector.iter().zip(&b.vector).take(16).all(|(a, b)| a.0[..4] == b.0[..4]);
    a.mxcsr == b.mxcsr && vectors && hide(&a.x87) == hide(&b.x87)
}

/// Takes the flags in `undefined` from `native`.
pub(crate) fn adopt_flags(cpu: &mut CpuState, native: &CpuState, undefined: u64) {
    if (cpu.flags.arith() ^ native.flags.arith()) & undefined != 0 {
        cpu.flags.update_arith(undefined, native.flags.arith());
    }
}

/// Every register that is compared, with its name and value for people. Vectors and x87 come last.
pub(crate) fn show(cpu: &CpuState) -> Vec<(String, String)> {
    const NAMES: [&str; 16] =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
    let wide = |v: u64| format!("{v:#018x}");
    let mut out: Vec<(String, String)> = NAMES.iter().zip(cpu.gpr).map(|(n, v)| ((*n).to_owned(), wide(v))).collect();
    let mut push = |name: &str, value: String| out.push((name.to_owned(), value));
    push("rip", wide(cpu.rip));
    push("flags", show_flags(cpu.flags.rflags() & FLAGS));
    push("fs base", wide(cpu.fs_base));
    push("gs base", wide(cpu.gs_base));
    push("mxcsr", format!("{:#06x}", cpu.mxcsr.0));
    for (i, v) in cpu.vector.iter().take(16).enumerate() {
        let digits: Vec<String> = v.0[..4].iter().rev().map(|w| format!("{w:016x}")).collect();
        push(&format!("ymm{i}"), digits.join("_"));
    }
    let x = &cpu.x87;
    push("x87 control", format!("{:#06x}", x.control));
    push("x87 status", format!("{:#06x}", x.status));
    push("x87 top", x.top.to_string());
    push("x87 in use", format!("{:#010b}", x.in_use));
    for i in 0..8 {
        let n = (usize::from(x.top) + i) & 7;
        push(&format!("st{i}"), format!("{:04x}_{:016x}", x.sign_exponent[n], x.significand[n]));
    }
    out
}

fn show_flags(flags: u64) -> String {
    let names = [
        (Flags::CF, "CF"),
        (Flags::PF, "PF"),
        (Flags::AF, "AF"),
        (Flags::ZF, "ZF"),
        (Flags::SF, "SF"),
        (Flags::DF, "DF"),
        (Flags::OF, "OF"),
        (1 << 14, "NT"),
        (Flags::AC, "AC"),
        (Flags::ID, "ID"),
    ];
    let set: Vec<&str> = names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { "-".to_owned() } else { set.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_compared_makes_a_difference() {
        let (a, mut b) = (CpuState::new(), CpuState::new());
        b.x87.instruction = 1;
        b.flags.set_arith(Flags::AF);
        assert!(same(&a, &b, Flags::AF, true) && !same(&a, &b, 0, false));
        adopt_flags(&mut b, &a, Flags::AF);
        assert!(same(&a, &b, 0, true));
        b.vector[15].0[3] = 1;
        assert!(same(&a, &b, 0, false) && !same(&a, &b, 0, true));
        let differ = show(&a).into_iter().zip(show(&b)).filter(|(x, y)| x != y).map(|(x, _)| x.0);
        assert_eq!(differ.collect::<Vec<_>>(), ["ymm15"]);
    }
}
