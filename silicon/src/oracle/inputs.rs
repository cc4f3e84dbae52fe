//! The registers and memory a member of an encoding is given.

use super::form::Form;
use super::special;
use super::values::Rng;
use crate::bounds::is_transcendental;
use iced_x86::{
    Instruction, InstructionInfoFactory, MemorySize, Mnemonic as M, OpAccess, OpCodeTableKind, Register as R,
};
use std::collections::BTreeSet;
use uemu_cpu::{CpuState, Flags, Mxcsr, X87};
use uemu_vector::Case;
use uemu_vector::layout::{self, DATA, DATA_LEN};

/// How much of the state is random.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fill {
    /// All of it, so that whatever the instruction should leave alone shows.
    Everything,
    /// What the instruction reads: the case makes a short line.
    Used,
}

/// Inputs for a form.
pub(crate) fn case(rng: &mut Rng, form: &Form, fill: Fill) -> Case {
    let insn = &form.insn;
    let used = (fill == Fill::Used).then(|| read(insn));
    let uses = |r: R| used.as_ref().is_none_or(|u| u.contains(&r));
    let mut cpu = layout::default_state();
    cpu.rip = insn.ip();
    for (n, slot) in cpu.gpr.iter_mut().enumerate() {
        if uses(R::RAX + n as u32) {
            *slot = rng.integer();
        }
    }
    let wide = (0..insn.op_count()).any(|n| insn.op_register(n).is_ymm());
    for (n, v) in cpu.vector[..16].iter_mut().enumerate() {
        if uses(R::ZMM0 + n as u32) {
            put(&mut v.0, 0, rng.vector());
            if fill == Fill::Everything || wide {
                put(&mut v.0, 2, rng.vector());
            }
        }
    }
    flags(rng, &mut cpu, insn, fill);
    if fill == Fill::Everything || touches_mxcsr(insn) && rng.one_in(3) {
        cpu.mxcsr = Mxcsr(rng.mxcsr());
    }
    let unit = is_x87(insn);
    let mmx = (0..insn.op_count()).any(|n| insn.op_register(n).is_mm());
    if fill == Fill::Everything || unit {
        x87(rng, &mut cpu, insn, &uses);
    } else if mmx {
        for n in 0..8 {
            if uses(R::MM0 + n as u32) {
                cpu.x87.significand[n] = rng.vector() as u64;
            }
        }
    }
    let mut case = Case { code: form.code.clone(), cpu, memory: Vec::new() };
    if let Some(place) = &form.place {
        let bytes = operand(rng, insn, place.len);
        patch(&mut case, place.addr, &bytes);
    }
    special::prepare(rng, form, fill, &mut case);
    for (n, v) in form.place.iter().flat_map(|p| &p.registers) {
        case.cpu.gpr[*n] = *v;
    }
    tidy(&mut case);
    case
}

/// Makes the memory of a case as few runs of bytes as its contents allow.
fn tidy(case: &mut Case) {
    const GAP: usize = 4;
    let data = case.data();
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut end = 0;
    for (i, b) in data.iter().enumerate().filter(|(_, b)| **b != 0) {
        match runs.last_mut() {
            Some((_, bytes)) if i - end < GAP => {
                bytes.resize(bytes.len() + i - end, 0);
                bytes.push(*b);
            }
            _ => runs.push((DATA + i as u64, vec![*b])),
        }
        end = i + 1;
    }
    case.memory = runs;
}

/// Writes bytes, as far as they lie among the data.
pub(crate) fn patch(case: &mut Case, addr: u64, bytes: &[u8]) {
    let start = addr.max(DATA);
    let end = addr.saturating_add(bytes.len() as u64).min(DATA + DATA_LEN);
    if start < end {
        let part = &bytes[(start - addr) as usize..(end - addr) as usize];
        if part.iter().any(|b| *b != 0) {
            case.memory.push((start, part.to_vec()));
        }
    }
}

fn put(v: &mut [u64; 8], at: usize, value: u128) {
    (v[at], v[at + 1]) = (value as u64, (value >> 64) as u64);
}

/// Registers, at their full size, whose old contents matter.
fn read(insn: &Instruction) -> BTreeSet<R> {
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(insn);
    let reads = info.used_registers().iter().filter(|u| !matches!(u.access(), OpAccess::None | OpAccess::Write));
    reads.map(|u| u.register().full_register()).collect()
}

/// Whether an instruction belongs to the x87 unit (MMX aside).
pub(crate) fn is_x87(insn: &Instruction) -> bool {
    let op = insn.op_code();
    op.table() == OpCodeTableKind::Normal && matches!(op.op_code(), 0xd8..=0xdf | 0x9b | 0xd8c0..=0xdfff)
}

fn touches_mxcsr(insn: &Instruction) -> bool {
    let vector = |n| insn.op_register(n).is_vector_register() || insn.op_register(n).is_mm();
    (0..insn.op_count()).any(vector)
}

fn flags(rng: &mut Rng, cpu: &mut CpuState, insn: &Instruction, fill: Fill) {
    let string = insn.is_string_instruction();
    let looked_at = insn.rflags_read() | insn.rflags_modified() != 0;
    if fill == Fill::Everything || looked_at && rng.one_in(2) {
        let mut rflags = rng.next() & Flags::ARITH;
        if rng.one_in(if string { 2 } else { 16 }) {
            rflags |= Flags::DF;
        }
        // A trap after each iteration of a string instruction or element of a gather, or put off by a load of SS, is
        // another matter.
        let stack_segment = insn.op0_register() == R::SS || insn.mnemonic() == M::Lss;
        if fill == Fill::Everything && !string && !insn.is_vsib() && !stack_segment && rng.one_in(64) {
            rflags |= Flags::TF;
        }
        if fill == Fill::Everything && rng.one_in(32) {
            rflags |= Flags::AC;
        }
        cpu.flags.set_rflags(rflags);
    }
}

/// ES and B say that a raised exception is unmasked: no other state can be loaded.
pub(crate) fn summarise(x: &mut X87) {
    let waits = x.status & !x.control & 0x3f != 0;
    x.status = x.status & !0x8080 | if waits { 0x8080 } else { 0 };
}

/// A state of the x87 unit in which the instruction makes sense more often than not.
fn x87(rng: &mut Rng, cpu: &mut CpuState, insn: &Instruction, uses: &dyn Fn(R) -> bool) {
    let unit = is_x87(insn);
    let x = &mut cpu.x87;
    let masks = if rng.one_in(4) { rng.below(64) as u16 } else { 0x3f };
    x.control = masks | 0x40 | rng.pick(&[0u16, 0x200, 0x300, 0x300]) | (rng.below(4) as u16) << 10;
    x.top = rng.below(8) as u8;
    x.status = rng.next() as u16 & 0x4700;
    if rng.one_in(8) {
        x.status |= rng.below(128) as u16;
    }
    summarise(x);
    // ST(7) is mostly free, the rest mostly not.
    let st7 = (x.top + 7) & 7;
    x.in_use = if rng.one_in(8) { rng.next() as u8 } else { !(1u8 << st7) };
    if rng.one_in(16) {
        x.in_use = 0xff;
    }
    let transcendental = is_transcendental(insn);
    for st in 0..8usize {
        let n = (usize::from(x.top) + st) & 7;
        let mut v = rng.extended();
        if transcendental && rng.one_in(2) {
            v.0 = v.0 & 0x8000 | rng.pick(&[0x3fff, 0x3ffe, 0x3ffd, 0x3ff0, 0x3fc0, 0x4005, 0x4020]);
            v.1 |= 1 << 63;
        }
        if st == 1 && rng.one_in(8) {
            // As large as ST(0), or nearly so.
            v.0 = v.0 & 0x8000 | x.sign_exponent[usize::from(x.top)] & 0x7fff;
        }
        // What MMX reads are the physical registers.
        if uses(R::ST0 + st as u32) || uses(R::MM0 + n as u32) {
            (x.sign_exponent[n], x.significand[n]) = v;
            if !unit {
                x.significand[n] = rng.vector() as u64;
            }
        }
    }
}

/// Contents for a memory operand.
fn operand(rng: &mut Rng, insn: &Instruction, len: usize) -> Vec<u8> {
    use MemorySize as S;
    let mut bytes: Vec<u8> = match insn.memory_size() {
        S::Float32 => rng.single().to_le_bytes().to_vec(),
        S::Float64 => rng.double().to_le_bytes().to_vec(),
        S::Float80 => {
            let (e, s) = rng.extended();
            [&s.to_le_bytes()[..], &e.to_le_bytes()].concat()
        }
        S::Bcd => (0..10).map(|_| (rng.below(10) << 4 | rng.below(10)) as u8).collect(),
        _ if len <= 8 && !rng.one_in(3) => rng.integer().to_le_bytes().to_vec(),
        _ => (0..len.div_ceil(16)).flat_map(|_| rng.vector().to_le_bytes()).collect(),
    };
    bytes.resize(len, 0);
    bytes
}
