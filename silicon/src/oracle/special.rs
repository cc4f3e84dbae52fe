//! Instructions that need more than random operands to do something.

use super::form::Form;
use super::inputs::{Fill, patch};
use super::lanes;
use super::place;
use super::values::Rng;
use iced_x86::{Code, Instruction, Mnemonic as M, OpKind, Register as R};
use uemu_cpu::save_area::{self, Header};
use uemu_cpu::{CpuModel, CpuState, Flags, Mxcsr, X87};
use uemu_vector::Case;
use uemu_vector::layout::{CODE, CODE_LEN, DATA, FS_BASE, GS_BASE, PAGE, START, WRITABLE};

const RAX: usize = 0;
const RCX: usize = 1;
const RDX: usize = 2;
const RBX: usize = 3;
const RSP: usize = 4;
const RBP: usize = 5;
const RSI: usize = 6;
const RDI: usize = 7;
/// Linux's code and stack selectors, and what is none.
const USER_CS: u64 = 0x33;
const USER_SS: u64 = 0x2b;
/// What DS, ES, FS and GS may hold: null selectors and Linux's `__USER32_CS`, `__USER_CS`, `__USER_DS`, `__CPUNODE_SEG`.
const DATA_SELECTORS: [u64; 8] = [0, 1, 2, 3, 0x23, USER_CS, USER_SS, 0x7b];

/// The state components of our largest model.
fn xcr0() -> u64 {
    CpuModel::MAX.xcr0()
}

/// Prepares registers and memory.
pub(crate) fn prepare(rng: &mut Rng, form: &Form, fill: Fill, case: &mut Case) {
    let insn = &form.insn;
    if insn.is_string_instruction() {
        return string(rng, insn, fill, case);
    }
    if let Some(index) = form.place.as_ref().and_then(|p| p.vector_index) {
        return gather(rng, insn, index, case);
    }
    if insn.op_code().is_stack_instruction() || insn.is_stack_instruction() {
        stack(rng, insn, case);
    }
    integer(rng, insn, form, case);
    lanes::prepare(rng, form, case);
    others(rng, insn, form, case);
}

/// The word at the memory operand or register of operand `n`, as far as it was chosen.
fn aim(form: &Form) -> u64 {
    form.place.as_ref().map_or(0, |p| p.addr)
}

fn integer(rng: &mut Rng, insn: &Instruction, form: &Form, case: &mut Case) {
    let gpr = &mut case.cpu.gpr;
    match insn.mnemonic() {
        M::Div | M::Idiv if !rng.one_in(4) => {
            // A quotient that fits more often than not.
            let signs = |v: u64| (v as i64 >> 63) as u64;
            gpr[RDX] = if insn.mnemonic() == M::Idiv { signs(gpr[RAX]) } else { rng.below(2) };
            if matches!(insn.code(), Code::Div_rm8 | Code::Idiv_rm8) {
                gpr[RAX] = if rng.one_in(2) { rng.below(0x200) } else { rng.below(0x200).wrapping_sub(0x100) };
            }
        }
        M::Bt | M::Bts | M::Btr | M::Btc if insn.op1_kind() == OpKind::Register => {
            // Bit offsets that stay among the data, with garbage above a narrow operand.
            let n = insn.op1_register().full_register().number();
            let offset = rng.below(0x6000).wrapping_sub(0x3000);
            gpr[n] = match insn.op1_register().size() {
                2 => rng.next() & !0xffff | offset & 0xffff,
                4 => rng.next() << 32 | u64::from(offset as u32),
                _ => offset,
            };
        }
        M::Cmpxchg | M::Cmpxchg8b | M::Cmpxchg16b if rng.one_in(2) => {
            let at = aim(form);
            let data = case.data();
            let word = |i: u64| {
                let from = at.wrapping_add(i).wrapping_sub(DATA) as usize;
                let bytes = from.checked_add(8).and_then(|to| data.get(from..to));
                bytes.map_or(0, |b| u64::from_le_bytes(b.try_into().expect("eight bytes")))
            };
            let gpr = &mut case.cpu.gpr;
            match insn.mnemonic() {
                M::Cmpxchg if insn.op0_kind() == OpKind::Register => {
                    gpr[RAX] = gpr[insn.op0_register().full_register().number()];
                }
                M::Cmpxchg8b => (gpr[RAX], gpr[RDX]) = (word(0), word(4)),
                _ => (gpr[RAX], gpr[RDX]) = (word(0), word(8)),
            }
        }
        M::Xlatb => {
            let wide = insn.memory_base() == R::RBX;
            let v = aim(form).wrapping_sub(gpr[RAX] & 0xff).wrapping_sub(segment(insn));
            gpr[RBX] = if wide { v } else { u64::from(v as u32) | rng.next() << 32 };
            let byte = [rng.next() as u8];
            patch(case, aim(form), &byte);
        }
        M::Loop | M::Loope | M::Loopne | M::Jrcxz | M::Jecxz | M::Jcxz => {
            gpr[RCX] = rng.pick(&[0, 1, 2, 1 << 32, 1 << 32 | 1, u64::MAX]);
        }
        M::Rdfsbase | M::Rdgsbase | M::Wrfsbase | M::Wrgsbase if !rng.one_in(4) => {
            gpr[insn.op0_register().full_register().number()] = rng.next() >> 17;
        }
        _ => {}
    }
}

fn segment(insn: &Instruction) -> u64 {
    match insn.segment_prefix() {
        R::FS => FS_BASE,
        R::GS => GS_BASE,
        _ => 0,
    }
}

/// Where an indirect branch may lead.
fn code_target(rng: &mut Rng) -> u64 {
    match rng.below(12) {
        0 => DATA + rng.below(PAGE),
        1 => CODE + CODE_LEN + rng.below(PAGE),
        2 => rng.pick(&[1 << 47, 0x1234_5678_9abc_def0, 0xffff_7fff_ffff_ff00]),
        3 => rng.pick(&[0, 0xffff_8000_0000_0000]),
        4 => CODE + rng.below(0x100),
        _ => START + 0x100 + rng.below(0x100),
    }
}

fn selector(rng: &mut Rng, usual: u64) -> u64 {
    match rng.below(8) {
        0 => rng.pick(&[0, 1, 3, 4, 7, 0xfff8, 0xffff, 0x100, 0x8]),
        _ => usual,
    }
}

/// RSP and RBP among the data, and what POP, RET and IRET find there.
fn stack(rng: &mut Rng, insn: &Instruction, case: &mut Case) {
    let sp = place::target(rng, 8, true);
    case.cpu.gpr[RSP] = sp;
    let mut put = |slot: u64, bytes: u64, v: u64| {
        let at = sp.wrapping_add(slot * bytes);
        patch(case, at, &v.to_le_bytes()[..bytes as usize]);
    };
    let far = |code: Code| match code {
        Code::Retfw | Code::Retfw_imm16 | Code::Iretw => 2,
        Code::Retfd | Code::Retfd_imm16 | Code::Iretd => 4,
        _ => 8,
    };
    match insn.mnemonic() {
        M::Ret => put(0, 8, code_target(rng)),
        M::Retf => {
            let bytes = far(insn.code());
            put(0, bytes, code_target(rng));
            put(1, bytes, selector(rng, USER_CS));
        }
        M::Iret | M::Iretd | M::Iretq => {
            let bytes = far(insn.code());
            put(0, bytes, code_target(rng));
            put(1, bytes, selector(rng, USER_CS));
            put(2, bytes, rng.next() & 0x20_0dd5 | 0x202);
            put(3, bytes, place::target(rng, 8, false));
            put(4, bytes, selector(rng, USER_SS));
        }
        M::Popf | M::Popfq => put(0, 8, rng.next()),
        M::Pop if insn.op0_register().is_segment_register() => {
            let usual = rng.pick(&DATA_SELECTORS);
            put(0, 8, selector(rng, usual));
        }
        M::Pop => put(0, 8, rng.integer()),
        M::Leave | M::Enter => {
            let bp = place::target(rng, 8, true);
            case.cpu.gpr[RBP] = bp;
            let frames: Vec<u8> = (0..8).flat_map(|_| rng.integer().to_le_bytes()).collect();
            patch(case, bp.wrapping_sub(56), &frames);
        }
        _ => {}
    }
}

fn others(rng: &mut Rng, insn: &Instruction, form: &Form, case: &mut Case) {
    let at = aim(form);
    let n = insn.op0_register().full_register();
    let reg = n.is_gpr().then(|| n.number());
    match insn.mnemonic() {
        M::Jmp | M::Call if insn.op0_kind() == OpKind::Register => {
            if let Some(reg) = reg {
                case.cpu.gpr[reg] = code_target(rng);
            }
        }
        M::Jmp | M::Call if insn.op0_kind() == OpKind::Memory => {
            let bytes = match insn.code() {
                Code::Jmp_m1616 | Code::Call_m1616 => 2,
                Code::Jmp_m1632 | Code::Call_m1632 => 4,
                _ => 8,
            };
            let mut pointer = code_target(rng).to_le_bytes()[..bytes].to_vec();
            if insn.memory_size().size() != bytes {
                pointer.extend(&selector(rng, USER_CS).to_le_bytes()[..2]);
            }
            patch(case, at, &pointer);
        }
        M::Mov if insn.op0_register().is_segment_register() => {
            let usual = if insn.op0_register() == R::SS { USER_SS } else { rng.pick(&DATA_SELECTORS) };
            let v = selector(rng, usual);
            match insn.op1_register().full_register() {
                r if r.is_gpr() => case.cpu.gpr[r.number()] = v | rng.next() << 16,
                _ => patch(case, at, &v.to_le_bytes()[..2]),
            }
        }
        M::Lss | M::Lfs | M::Lgs => {
            let size = insn.memory_size().size() as u64 - 2;
            let usual = if insn.mnemonic() == M::Lss { USER_SS } else { rng.pick(&DATA_SELECTORS) };
            let v = selector(rng, usual);
            let mut pointer = rng.next().to_le_bytes()[..size as usize].to_vec();
            pointer.extend(&v.to_le_bytes()[..2]);
            patch(case, at, &pointer);
        }
        M::Lar | M::Lsl | M::Verr | M::Verw => {
            // Not __CPUNODE_SEG for LSL: its limit is the number of the processor that happens to execute this.
            let all = [
                0, 1, 3, 4, 7, 8, 0x10, 0x18, 0x20, 0x23, 0x28, USER_SS, 0x30, USER_CS, 0x40, 0x50, 0x60, 0xfff8, 0x78,
                0x7b,
            ];
            let count = if insn.mnemonic() == M::Lsl { all.len() - 2 } else { all.len() };
            let v = rng.pick(&all[..count]);
            match insn.op_register(insn.op_count() - 1).full_register() {
                r if r.is_gpr() => case.cpu.gpr[r.number()] = v | rng.next() << 16,
                _ => patch(case, at, &v.to_le_bytes()[..2]),
            }
        }
        M::Ldmxcsr | M::Vldmxcsr => {
            // AMD's MXCSR.MM (bit 17) is none of ours.
            let v = rng.next() as u32 & if rng.one_in(8) { !(1 << 17) } else { 0xffff };
            patch(case, at, &v.to_le_bytes());
        }
        M::Maskmovq | M::Maskmovdqu | M::Vmaskmovdqu => {
            let v = place::target(rng, 16, true).wrapping_sub(segment(insn));
            let short = (0..insn.op_count()).any(|n| insn.op_kind(n) == OpKind::MemorySegEDI);
            case.cpu.gpr[RDI] = if short { u64::from(v as u32) | rng.next() << 32 } else { v };
        }
        M::Fxrstor | M::Fxrstor64 => {
            let (mut image, _) = area(rng);
            image.truncate(save_area::LEGACY);
            patch(case, at, &image);
        }
        M::Xrstor | M::Xrstor64 => {
            let (image, _) = area(rng);
            patch(case, at, &image);
            components(rng, case);
        }
        M::Xsave | M::Xsave64 | M::Xsaveopt | M::Xsaveopt64 | M::Xsavec | M::Xsavec64 => components(rng, case),
        M::Pcmpestri
        | M::Pcmpestri64
        | M::Pcmpestrm
        | M::Pcmpestrm64
        | M::Vpcmpestri
        | M::Vpcmpestri64
        | M::Vpcmpestrm
        | M::Vpcmpestrm64 => {
            for r in [RAX, RDX] {
                if !rng.one_in(3) {
                    case.cpu.gpr[r] = rng.below(40).wrapping_sub(20);
                }
            }
        }
        // The mask is the operand between the others.
        M::Vmaskmovps | M::Vmaskmovpd | M::Vpmaskmovd | M::Vpmaskmovq => signs(rng, case, insn.op1_register()),
        _ => {}
    }
}

/// Sign bits at random: a mask.
fn signs(rng: &mut Rng, case: &mut Case, r: R) {
    let all = rng.pick(&[!0, rng.0, 0]);
    for (n, word) in case.cpu.vector[r.number()].0[..4].iter_mut().enumerate() {
        let (high, low) = (all >> (2 * n) & 1, all >> (2 * n + 1) & 1);
        *word = *word & !(1 << 63 | 1 << 31) | high << 63 | low << 31;
    }
    if r.is_xmm() {
        case.cpu.vector[r.number()].0[2..4].fill(0);
    }
}

/// EDX:EAX for XSAVE and XRSTOR: components of ours only, whatever this machine has besides. Each may be in its initial
/// state.
fn components(rng: &mut Rng, case: &mut Case) {
    let initial = rng.below(8) & rng.next();
    if initial & save_area::X87_STATE != 0 {
        case.cpu.x87 = X87::INIT;
    }
    for v in &mut case.cpu.vector[..16] {
        if initial & save_area::SSE_STATE != 0 {
            v.0[..2].fill(0);
        }
        if initial & save_area::AVX_STATE != 0 {
            v.0[2..4].fill(0);
        }
    }
    if rng.one_in(2) {
        case.cpu.mxcsr = Mxcsr::DEFAULT;
    }
    case.cpu.gpr[RAX] = case.cpu.gpr[RAX] & !0xffff_ffff | rng.below(8) & xcr0();
    case.cpu.gpr[RDX] &= !0xffff_ffff;
}

/// An XSAVE area that may be loaded more often than not.
fn area(rng: &mut Rng) -> (Vec<u8>, u64) {
    let mut cpu = CpuState::new();
    for n in 0..8 {
        (cpu.x87.sign_exponent[n], cpu.x87.significand[n]) = rng.extended();
    }
    cpu.x87.top = rng.below(8) as u8;
    cpu.x87.in_use = rng.next() as u8;
    cpu.x87.control = rng.next() as u16 & 0x1f7f | 0x40;
    cpu.x87.status = rng.next() as u16 & 0x477f;
    for v in &mut cpu.vector[..16] {
        let (a, b) = (rng.vector(), rng.vector());
        v.0[..4].copy_from_slice(&[a as u64, (a >> 64) as u64, b as u64, (b >> 64) as u64]);
    }
    cpu.mxcsr.0 = rng.mxcsr();
    if rng.one_in(8) {
        cpu.mxcsr.0 |= rng.pick(&[1 << 16, 1 << 31]);
    }
    let present = rng.below(8) & xcr0();
    let compacted = if rng.one_in(3) { 1 << 63 | rng.pick(&[xcr0(), present]) } else { 0 };
    let mut image = save_area::fxsave_image(&cpu).to_vec();
    image.extend(Header { present, compacted }.bytes());
    for v in &cpu.vector[..16] {
        image.extend(v.0[2].to_le_bytes());
        image.extend(v.0[3].to_le_bytes());
    }
    if rng.one_in(8) {
        let at = 512 + rng.below(64) as usize;
        image[at] |= 1 << rng.below(8);
        // Components that this machine may have and our models lack.
        image[512] &= xcr0() as u8;
        image[520] &= xcr0() as u8;
        image[513] &= 0x80;
        image[521] &= 0x80;
    }
    (image, present)
}

/// RSI, RDI, RCX and what they point to.
fn string(rng: &mut Rng, insn: &Instruction, fill: Fill, case: &mut Case) {
    let kinds = [OpKind::MemoryESEDI, OpKind::MemorySegESI];
    let short = (0..insn.op_count()).any(|n| kinds.contains(&insn.op_kind(n)));
    let place = |rng: &mut Rng| match rng.below(8) {
        0 | 1 => DATA + PAGE - 200 + rng.below(400),
        2 => DATA + WRITABLE - 100 + rng.below(200),
        3 => place::target(rng, 8, !short && segment(insn) == 0),
        _ => DATA + rng.below(WRITABLE),
    };
    let high = |rng: &mut Rng| if short { rng.next() << 32 } else { 0 };
    let from = place(rng);
    let to = if rng.one_in(2) { from.wrapping_add(rng.below(64)).wrapping_sub(32) } else { place(rng) };
    let count = match fill {
        Fill::Everything => rng.pick(&[0, 1, 2, 7, 33, 100, 600, 1500]),
        Fill::Used => rng.pick(&[0, 1, 2, 3, 5, 9]),
    };
    case.cpu.gpr[RCX] = count | high(rng);
    case.cpu.gpr[RSI] = from.wrapping_sub(segment(insn)) | high(rng);
    case.cpu.gpr[RDI] = to | high(rng);
    // Equal stretches, so that comparisons run on.
    let len = if fill == Fill::Everything { 1600 } else { 24 };
    let alike = rng.one_in(2);
    if alike {
        case.cpu.gpr[RAX] = 0x4141_4141_4141_4141 + rng.below(2);
    }
    for at in [from, to] {
        let mut bytes: Vec<u8> = (0..len).map(|_| if alike { 0x41 } else { rng.next() as u8 }).collect();
        if alike && rng.one_in(2) {
            bytes[rng.below(len) as usize] = 0x42;
        }
        let down = case.cpu.flags.rflags() & Flags::DF != 0;
        patch(case, if down { at.wrapping_sub(len - 8) } else { at }, &bytes);
    }
}

/// Indices that lead among the data, at times beyond; a mask; what lies there.
fn gather(rng: &mut Rng, insn: &Instruction, index: R, case: &mut Case) {
    let scale = u64::from(insn.memory_index_scale());
    let wide = matches!(insn.mnemonic(), M::Vpgatherqd | M::Vpgatherqq | M::Vgatherqps | M::Vgatherqpd);
    let mut beyond = if rng.one_in(4) { 1 } else { 0 };
    let mut one = |rng: &mut Rng| {
        let reach = if beyond > 0 && rng.one_in(4) { 2 * WRITABLE } else { PAGE - 0x80 };
        beyond = if reach > PAGE { 0 } else { beyond };
        (rng.below(2 * reach).wrapping_sub(reach) as i64 / scale as i64) as u64
    };
    for n in 0..4 {
        case.cpu.vector[index.number()].0[n] =
            if wide { one(rng) } else { u64::from(one(rng) as u32) | one(rng) << 32 };
    }
    if index.is_xmm() && insn.op0_register() != index {
        case.cpu.vector[index.number()].0[2..4].fill(0);
    }
    signs(rng, case, insn.op2_register());
    for n in 0..16 {
        let bytes = rng.vector().to_le_bytes();
        patch(case, DATA + 0x100 * n * 2 + rng.below(0x100), &bytes);
    }
}
