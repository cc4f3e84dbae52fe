//! A vector as a line of text.

use crate::layout::{self, DATA};
use crate::{Case, End, Outcome, Vector};
use std::fmt::Write;
use uemu_abi::signal::{SigFields, SigInfo, Signal};
use uemu_cpu::{CpuState, Flags};

/// General-purpose registers in encoding order.
pub(crate) const GPR: [&str; 16] =
    ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
/// Segment registers whose selectors read back, in [`CpuState::selectors`]' order.
pub(crate) const SELECTORS: [&str; 4] = ["ds", "es", "fs", "gs"];
/// The arithmetic flags in the order of their letters.
pub(crate) const ARITH: [(char, u64); 6] =
    [('O', Flags::OF), ('S', Flags::SF), ('Z', Flags::ZF), ('A', Flags::AF), ('P', Flags::PF), ('C', Flags::CF)];
/// Other flags a program can change, by name.
pub(crate) const CONTROL: [(&str, u64); 5] =
    [("DF", Flags::DF), ("TF", Flags::TF), ("AC", Flags::AC), ("ID", Flags::ID), ("NT", 1 << 14)];
/// Signal codes: (signal, code, name).
pub(crate) const CODES: [(Signal, i32, &str); 16] = [
    (Signal::SIGSEGV, 1, "SEGV_MAPERR"),
    (Signal::SIGSEGV, 2, "SEGV_ACCERR"),
    (Signal::SIGSEGV, 0x80, "SI_KERNEL"),
    (Signal::SIGBUS, 1, "BUS_ADRALN"),
    (Signal::SIGBUS, 2, "BUS_ADRERR"),
    (Signal::SIGBUS, 0x80, "SI_KERNEL"),
    (Signal::SIGILL, 2, "ILL_ILLOPN"),
    (Signal::SIGFPE, 1, "FPE_INTDIV"),
    (Signal::SIGFPE, 3, "FPE_FLTDIV"),
    (Signal::SIGFPE, 4, "FPE_FLTOVF"),
    (Signal::SIGFPE, 5, "FPE_FLTUND"),
    (Signal::SIGFPE, 6, "FPE_FLTRES"),
    (Signal::SIGFPE, 7, "FPE_FLTINV"),
    (Signal::SIGTRAP, 1, "TRAP_BRKPT"),
    (Signal::SIGTRAP, 2, "TRAP_TRACE"),
    (Signal::SIGTRAP, 0x80, "SI_KERNEL"),
];
/// Runs of changed bytes nearer than this to each other are written as one.
const GAP: usize = 4;

impl Vector {
    /// The line, with a comment.
    pub fn line(&self, comment: &str) -> String {
        let mut out = inputs(&self.case);
        out.push_str(" =>");
        out.push_str(&results(&self.case, &self.outcome, self.undefined));
        let _ = write!(out, " ; {comment}");
        out
    }
}

/// The code and what differs from the default state.
pub(crate) fn inputs(case: &Case) -> String {
    let mut out = hex(&case.code);
    state(&mut out, &layout::default_state(), &case.cpu, 0);
    for (addr, bytes) in &case.memory {
        let _ = write!(out, " [{addr:x}]={}", hex(bytes));
    }
    out
}

/// What the instruction changed, and its signal.
pub(crate) fn results(case: &Case, outcome: &Outcome, undefined: u64) -> String {
    let mut out = String::new();
    let mut before = case.cpu.clone();
    match &outcome.end {
        End::Ran => before.rip = case.next_rip(),
        End::Signal(info) => {
            let _ = write!(out, " {}", signal(info));
        }
        End::Exit(exit) => {
            let _ = write!(out, " {exit:?}");
        }
    }
    state(&mut out, &before, &outcome.cpu, undefined);
    let data = case.data();
    for (at, len) in changes(&data, &outcome.data) {
        let bytes = outcome.data.get(at..at + len).unwrap_or_default();
        let _ = write!(out, " [{:x}]={}", DATA + at as u64, hex(bytes));
    }
    out
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

pub(crate) fn signal(info: &SigInfo) -> String {
    let addr = if let SigFields::Fault { addr } = info.fields { addr } else { 0 };
    let code = CODES.iter().find(|(s, c, _)| (*s, *c) == (info.signal, info.code)).map(|(.., name)| (*name).to_owned());
    format!("{}/{}@{addr:x}", info.signal.name(), code.unwrap_or_else(|| info.code.to_string()))
}

/// Where `after` differs from `before`, as (start, length).
fn changes(before: &[u8], after: &[u8]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (i, _) in before.iter().zip(after).enumerate().filter(|(_, (a, b))| a != b) {
        match runs.last_mut() {
            Some((start, len)) if i - (*start + *len) < GAP => *len = i + 1 - *start,
            _ => runs.push((i, 1)),
        }
    }
    runs
}

pub(crate) fn flags(rflags: u64, undefined: u64) -> String {
    let mut out: String = ARITH
        .iter()
        .map(|(letter, bit)| match (undefined & bit != 0, rflags & bit != 0) {
            (true, _) => '?',
            (_, true) => *letter,
            _ => '-',
        })
        .collect();
    for (name, bit) in CONTROL {
        if rflags & bit != 0 {
            let _ = write!(out, "+{name}");
        }
    }
    out
}

/// The status word as FNSTSW has it.
fn status(cpu: &CpuState) -> u16 {
    cpu.x87.status | u16::from(cpu.x87.top & 7) << 11
}

/// Tokens for what differs between two states.
pub(crate) fn state(out: &mut String, old: &CpuState, new: &CpuState, undefined: u64) {
    let mut word = |name: &str, old: u64, new: u64| {
        if old != new {
            let _ = write!(out, " {name}={new:x}");
        }
    };
    for ((name, a), b) in GPR.iter().zip(old.gpr).zip(new.gpr) {
        word(name, a, b);
    }
    word("rip", old.rip, new.rip);
    word("fsbase", old.fs_base, new.fs_base);
    word("gsbase", old.gs_base, new.gs_base);
    for ((name, a), b) in SELECTORS.iter().zip(old.selectors).zip(new.selectors) {
        word(name, a.into(), b.into());
    }
    word("mxcsr", old.mxcsr.0.into(), new.mxcsr.0.into());
    word("cw", old.x87.control.into(), new.x87.control.into());
    word("sw", status(old).into(), status(new).into());
    word("tags", old.x87.in_use.into(), new.x87.in_use.into());
    let (a, b) = (old.flags.rflags(), new.flags.rflags());
    if a != b || undefined != 0 {
        let _ = write!(out, " flags={}", flags(b, undefined));
    }
    let fpr = |cpu: &CpuState, i: usize| (cpu.x87.sign_exponent[i], cpu.x87.significand[i]);
    for i in 0..8 {
        let (a, b) = (fpr(old, i), fpr(new, i));
        if a != b {
            let _ = write!(out, " fpr{i}={:x}_{:x}", b.0, b.1);
        }
    }
    for (i, (a, b)) in old.vector.iter().zip(&new.vector).enumerate() {
        let (a, b) = (a.0, b.0);
        let low = |v: [u64; 8]| u128::from(v[0]) | u128::from(v[1]) << 64;
        let high = |v: [u64; 8]| u128::from(v[2]) | u128::from(v[3]) << 64;
        if a[4..] != b[4..] {
            // Not for a vector: for a report only.
            let _ = write!(out, " zmm{i}={:x?}", &b[4..]);
        }
        if high(a) != high(b) {
            let _ = match high(b) {
                0 => write!(out, " ymm{i}={:x}", low(b)),
                high => write!(out, " ymm{i}={high:x}{:032x}", low(b)),
            };
        } else if low(a) != low(b) {
            let _ = write!(out, " xmm{i}={:x}", low(b));
        }
    }
}
