//! A random member of an encoding: its registers, immediates, memory operand and prefixes, as bytes.

use super::allowed::save;
use super::place::{self, Place};
use super::values::Rng;
use iced_x86::{
    Code, Decoder, DecoderOptions, Encoder, EncodingKind, FlowControl, Instruction, MemorySize, Mnemonic as M,
    OpCodeOperandKind as K, OpKind, Register as R,
};
use uemu_vector::layout::{CODE, CODE_LEN, DATA, DATA_LEN, PAGE, START};

/// One member of an encoding.
pub(crate) struct Form {
    /// As decoded from the bytes.
    pub insn: Instruction,
    /// The bytes.
    pub code: Vec<u8>,
    /// Where its memory operand lies, and the registers that lead there.
    pub place: Option<Place>,
}

/// General-purpose registers by their size.
fn gpr(rng: &mut Rng, bytes: usize) -> R {
    const LEGACY: [R; 4] = [R::AH, R::CH, R::DH, R::BH];
    let n = rng.below(16) as u32;
    match bytes {
        1 if rng.one_in(5) => rng.pick(&LEGACY),
        // The registers of a size are numbered in encoding order, but AH to BH come between BL and SPL.
        1 => R::AL + if n < 4 { n } else { n + 4 },
        2 => R::AX + n,
        4 => R::EAX + n,
        _ => R::RAX + n,
    }
}

fn register(rng: &mut Rng, kind: K) -> Option<R> {
    Some(match kind {
        K::r8_reg | K::r8_opcode | K::r8_or_mem => gpr(rng, 1),
        K::r16_reg | K::r16_reg_mem | K::r16_rm | K::r16_opcode | K::r16_or_mem => gpr(rng, 2),
        K::r32_reg | K::r32_reg_mem | K::r32_rm | K::r32_opcode | K::r32_vvvv | K::r32_or_mem => gpr(rng, 4),
        K::r64_reg | K::r64_reg_mem | K::r64_rm | K::r64_opcode | K::r64_vvvv | K::r64_or_mem => gpr(rng, 8),
        K::mm_reg | K::mm_rm | K::mm_or_mem => R::MM0 + rng.below(8) as u32,
        K::xmm_reg | K::xmm_rm | K::xmm_vvvv | K::xmm_is4 | K::xmm_is5 | K::xmm_or_mem => {
            R::XMM0 + rng.below(16) as u32
        }
        K::ymm_reg | K::ymm_rm | K::ymm_vvvv | K::ymm_is4 | K::ymm_is5 | K::ymm_or_mem => {
            R::YMM0 + rng.below(16) as u32
        }
        K::seg_reg => R::ES + rng.below(6) as u32,
        K::cr_reg => rng.pick(&[R::CR0, R::CR2, R::CR3, R::CR4, R::CR8]),
        K::dr_reg => R::DR0 + rng.below(8) as u32,
        K::es => R::ES,
        K::cs => R::CS,
        K::ss => R::SS,
        K::ds => R::DS,
        K::fs => R::FS,
        K::gs => R::GS,
        K::al => R::AL,
        K::cl => R::CL,
        K::ax => R::AX,
        K::dx => R::DX,
        K::eax => R::EAX,
        K::rax => R::RAX,
        K::st0 => R::ST0,
        K::sti_opcode => R::ST0 + rng.below(8) as u32,
        _ => return None,
    })
}

/// Whether an operand may be a register or memory.
pub(super) fn either(kind: K) -> bool {
    matches!(
        kind,
        K::r8_or_mem | K::r16_or_mem | K::r32_or_mem | K::r64_or_mem | K::mm_or_mem | K::xmm_or_mem | K::ymm_or_mem
    )
}

/// An immediate: a limit, or any.
fn immediate(rng: &mut Rng, i: &mut Instruction, n: u32, kind: K) -> bool {
    let v = rng.integer();
    let (short, long) = (v as i8, v as i32);
    let op = match kind {
        K::imm8 | K::imm4_m2z => OpKind::Immediate8,
        K::imm8_const_1 => OpKind::Immediate8,
        K::imm8sex16 => OpKind::Immediate8to16,
        K::imm8sex32 => OpKind::Immediate8to32,
        K::imm8sex64 => OpKind::Immediate8to64,
        K::imm16 => OpKind::Immediate16,
        K::imm32 => OpKind::Immediate32,
        K::imm32sex64 => OpKind::Immediate32to64,
        K::imm64 => OpKind::Immediate64,
        _ => return false,
    };
    // ENTER and EXTRQ have two.
    let second = n > 0 && matches!(i.op_kind(n - 1), OpKind::Immediate8 | OpKind::Immediate16);
    match op {
        OpKind::Immediate8 if second => {
            i.set_op_kind(n, OpKind::Immediate8_2nd);
            i.set_immediate8_2nd(v as u8);
            return true;
        }
        OpKind::Immediate8 => i.set_immediate8(if kind == K::imm8_const_1 { 1 } else { v as u8 }),
        OpKind::Immediate8to16 => i.set_immediate8to16(short.into()),
        OpKind::Immediate8to32 => i.set_immediate8to32(short.into()),
        OpKind::Immediate8to64 => i.set_immediate8to64(short.into()),
        OpKind::Immediate16 => i.set_immediate16(v as u16),
        OpKind::Immediate32 => i.set_immediate32(v as u32),
        OpKind::Immediate32to64 => i.set_immediate32to64(long.into()),
        _ => i.set_immediate64(v),
    }
    i.set_op_kind(n, op);
    true
}

/// Where a relative branch may lead: to INT3s, to data, to nothing; never back into itself.
fn branch_target(rng: &mut Rng, rip: u64, short: bool) -> u64 {
    let near = |rng: &mut Rng| {
        let far = rng.below(90) + 18;
        if rng.one_in(2) { rip + far } else { rip.wrapping_sub(far - 17) }
    };
    match rng.below(8) {
        _ if short => near(rng),
        0 => DATA + rng.below(DATA_LEN),
        1 => CODE + CODE_LEN + rng.below(PAGE),
        2 => CODE + rng.below(0x100),
        _ => near(rng),
    }
}

/// Where the instruction lies: mostly amid a page, at times across two, or half beyond the last.
fn location(rng: &mut Rng) -> u64 {
    match rng.below(40) {
        0 => CODE + PAGE - 1 - rng.below(8),
        1 => CODE + CODE_LEN - 1 - rng.below(8),
        _ => START,
    }
}

fn string_operand(kind: K, wide: bool) -> Option<OpKind> {
    Some(match (kind, wide) {
        (K::seg_rSI, true) => OpKind::MemorySegRSI,
        (K::seg_rSI, false) => OpKind::MemorySegESI,
        (K::es_rDI, true) => OpKind::MemoryESRDI,
        (K::es_rDI, false) => OpKind::MemoryESEDI,
        (K::seg_rDI, true) => OpKind::MemorySegRDI,
        (K::seg_rDI, false) => OpKind::MemorySegEDI,
        _ => return None,
    })
}

/// Operands whose bytes no operand kind tells.
fn extent(code: Code, i: &Instruction) -> usize {
    match i.memory_size() {
        MemorySize::Unknown if code.mnemonic() == M::Lea => 0,
        MemorySize::Unknown => 832,
        size => size.size(),
    }
}

/// Tries one random member; `None` when its parts do not go together.
fn attempt(rng: &mut Rng, code: Code, memory: bool, plain: bool) -> Option<Form> {
    let op = code.op_code();
    let rip = if plain { START } else { location(rng) };
    let mut i = Instruction::default();
    i.set_code(code);
    let wide = !rng.one_in(6);
    // A bit offset leads away from an address that is none.
    let bits = matches!(code.mnemonic(), M::Bt | M::Bts | M::Btr | M::Btc);
    let mut place = None;
    for n in 0..op.op_count() {
        let kind = op.op_kind(n);
        if let Some(k) = string_operand(kind, wide) {
            i.set_op_kind(n, k);
        } else if kind == K::seg_rBX_al {
            i.set_op_kind(n, OpKind::Memory);
            i.set_memory_base(if wide { R::RBX } else { R::EBX });
            i.set_memory_index(R::AL);
            i.set_memory_index_scale(1);
            place = Some(Place::at(place::target(rng, 1, false)));
        } else if matches!(kind, K::br64_1 | K::br64_4) {
            i.set_op_kind(n, OpKind::NearBranch64);
            i.set_near_branch64(branch_target(rng, rip, kind == K::br64_1));
        } else if either(kind) && !memory || !either(kind) && register(&mut Rng(0), kind).is_some() {
            i.set_op_kind(n, OpKind::Register);
            i.set_op_register(n, register(rng, kind)?);
        } else if immediate(rng, &mut i, n, kind) {
        } else {
            i.set_op_kind(n, OpKind::Memory);
            let len = extent(code, &i);
            place = Some(place::choose(rng, &mut i, kind, len, plain || bits)?);
        }
    }
    prefixes(rng, &mut i, place.is_some());
    if let Some(p) = &mut place {
        p.resolve(rng, &mut i)?;
    }
    if code.mnemonic() == M::Int && i.immediate8() == 0x80 {
        return None;
    }
    // EDX:EAX says which components: none that this machine has and our models lack.
    if save(code.mnemonic()) && place.iter().flat_map(|p| &p.registers).any(|(n, _)| matches!(n, 0 | 2)) {
        return None;
    }
    let mut encoder = Encoder::new(64);
    if op.encoding() == EncodingKind::VEX {
        encoder.set_prevent_vex2(rng.one_in(3));
        encoder.set_vex_wig(rng.below(2) as u32);
        encoder.set_vex_lig(rng.below(2) as u32);
    }
    encoder.encode(&i, rip).ok()?;
    let bytes = encoder.take_buffer();
    let insn = decode(&bytes, rip);
    if insn.code() != code {
        return None;
    }
    if !plain && rng.one_in(8) && !emulated(code) {
        let noisy = with_noise(rng, &bytes);
        let decoded = decode(&noisy, rip);
        if noisy.len() <= 15 && same(&decoded, &insn) && !dubious(&decoded, &noisy) {
            return Some(Form { insn: decoded, code: noisy, place });
        }
    }
    (!dubious(&insn, &bytes)).then_some(Form { insn, code: bytes, place })
}

/// Instructions that UMIP keeps from user mode and Linux emulates; it does not know every way to write them.
pub(super) fn emulated(code: Code) -> bool {
    matches!(code.mnemonic(), M::Sgdt | M::Sidt | M::Sldt | M::Str | M::Smsw)
}

/// Prefixes in front that may mean nothing: segments, sizes, repeats, and a REX that does nothing or is not the last.
fn with_noise(rng: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    let mut noisy = bytes.to_vec();
    for _ in 0..=rng.below(2) {
        noisy.insert(0, rng.pick(&PREFIXES[..11]));
    }
    noisy
}

/// Whether two encodings are one instruction on the same operands. (More bytes move what RIP-relative ones name.)
fn same(a: &Instruction, b: &Instruction) -> bool {
    let operand = |i: &Instruction, n| (i.op_kind(n), i.op_register(n), i.try_immediate(n).ok());
    let memory = |i: &Instruction| {
        let segment = Some(i.segment_prefix()).filter(|s| matches!(s, R::FS | R::GS));
        (i.memory_base(), i.memory_index(), i.memory_index_scale(), i.memory_displacement64(), segment)
    };
    let rest = |i: &Instruction| (i.code(), i.near_branch_target(), i.has_lock_prefix());
    let string = a.is_string_instruction();
    let repeats = |i: &Instruction| (i.has_rep_prefix(), i.has_repne_prefix());
    rest(a) == rest(b)
        && (0..b.op_count()).all(|n| operand(a, n) == operand(b, n))
        && memory(a) == memory(b)
        && (!string || repeats(a) == repeats(b))
}

fn prefixes(rng: &mut Rng, i: &mut Instruction, memory: bool) {
    let op = i.op_code();
    let string = i.is_string_instruction();
    if op.can_use_lock_prefix() && i.op0_kind() == OpKind::Memory && rng.one_in(4) {
        i.set_has_lock_prefix(true);
    }
    if op.can_use_rep_prefix() && string && !rng.one_in(3) {
        i.set_has_rep_prefix(true);
    } else if op.can_use_repne_prefix() && string && !rng.one_in(3) {
        i.set_has_repne_prefix(true);
    }
    let moves = (0..i.op_count()).any(|n| matches!(i.op_kind(n), OpKind::MemorySegRSI | OpKind::MemorySegRDI));
    if (memory || moves) && rng.one_in(6) {
        i.set_segment_prefix(rng.pick(&[R::FS, R::GS]));
    }
}

/// Legacy prefixes and REX forms that noise is made of.
const PREFIXES: [u8; 12] = [0x26, 0x2e, 0x36, 0x3e, 0x66, 0x67, 0xf2, 0xf3, 0x40, 0x48, 0x4f, 0xf0];

/// Whether a branch goes through a far pointer, whose size the prefix chooses.
fn far(i: &Instruction) -> bool {
    matches!(i.mnemonic(), M::Retf | M::Iret | M::Iretd | M::Iretq)
        || i.code() == Code::Jmp_m1616
        || i.code() == Code::Call_m1616
}

/// Bytes that processors differ about.
fn dubious(i: &Instruction, bytes: &[u8]) -> bool {
    match i.mnemonic() {
        // F3 REX.B 90 is PAUSE on one maker's processors and XCHG R8 on the other's.
        M::Pause => bytes.iter().any(|b| b & 0xf1 == 0x41),
        // AMD's processors let REP prefixes change the condition; no manual says so.
        M::Loop | M::Loope | M::Loopne if bytes.iter().any(|b| matches!(b, 0xf2 | 0xf3)) => true,
        // They cut a near branch's target to 16 bits here, where Intel's and ours do not.
        _ if !matches!(i.flow_control(), FlowControl::Next | FlowControl::Exception) && !far(i) => {
            bytes.iter().take_while(|b| PREFIXES.contains(b)).any(|b| *b == 0x66)
        }
        // Some raise #UD before they fetch the operand, some after.
        M::Ud0 | M::Ud1 => i.next_ip() > CODE + CODE_LEN,
        _ => false,
    }
}

/// Decodes bytes at an address.
pub(crate) fn decode(bytes: &[u8], rip: u64) -> Instruction {
    Decoder::with_ip(64, bytes, rip, DecoderOptions::NONE).decode()
}

/// A random member of the encoding; `plain`: nothing odd about where it lies or what prefixes it has. `None` if none can
/// be made.
pub(crate) fn member(rng: &mut Rng, code: Code, plain: bool) -> Option<Form> {
    let memory = rng.one_in(2);
    (0..200).find_map(|_| attempt(rng, code, memory, plain))
}
