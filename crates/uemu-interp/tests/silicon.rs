//! Silicon is the oracle: every general-purpose integer instruction, executed here and natively.
//!
//! `SILICON_RUNS=N` runs each encoding N times, `SILICON_ONLY=mnemonic` only that one.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "common/native.rs"]
mod native;
#[path = "common/float_values.rs"]
#[allow(dead_code, reason = "the random numbers are shared, the floating-point values are not")]
mod values;

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic as M, OpKind, Register, RflagsBits};
use native::{DATA, DATA_LEN, Image, Native};
use std::collections::{BTreeMap, BTreeSet};
use uemu_cpu::{CpuModel, CpuState, Exception, Flags};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};
use values::Rng;

/// Where the native code page lies.
const CODE: u64 = 0x1100_0000;
const RSP: usize = 4;

/// Instructions on registers, immediates and one memory operand.
#[rustfmt::skip]
const PLAIN: &[M] = &[
    M::Mov, M::Movzx, M::Movsx, M::Movsxd, M::Movbe, M::Movnti, M::Lea, M::Xchg, M::Bswap, M::Xlatb,
    M::Cbw, M::Cwde, M::Cdqe, M::Cwd, M::Cdq, M::Cqo,
    M::Add, M::Adc, M::Sub, M::Sbb, M::Cmp, M::And, M::Or, M::Xor, M::Test, M::Inc, M::Dec, M::Neg, M::Not,
    M::Xadd, M::Cmpxchg, M::Cmpxchg8b, M::Cmpxchg16b, M::Mul, M::Imul, M::Div, M::Idiv,
    M::Shl, M::Sal, M::Shr, M::Sar, M::Rol, M::Ror, M::Rcl, M::Rcr, M::Shld, M::Shrd,
    M::Bt, M::Bts, M::Btr, M::Btc, M::Bsf, M::Bsr, M::Tzcnt, M::Lzcnt, M::Popcnt, M::Crc32,
    M::Andn, M::Bextr, M::Blsi, M::Blsmsk, M::Blsr, M::Bzhi, M::Mulx, M::Pdep, M::Pext, M::Rorx, M::Sarx, M::Shlx,
    M::Shrx, M::Adcx, M::Adox,
    M::Seto, M::Setno, M::Setb, M::Setae, M::Sete, M::Setne, M::Setbe, M::Seta, M::Sets, M::Setns, M::Setp, M::Setnp,
    M::Setl, M::Setge, M::Setle, M::Setg,
    M::Cmovo, M::Cmovno, M::Cmovb, M::Cmovae, M::Cmove, M::Cmovne, M::Cmovbe, M::Cmova, M::Cmovs, M::Cmovns, M::Cmovp,
    M::Cmovnp, M::Cmovl, M::Cmovge, M::Cmovle, M::Cmovg,
    M::Lahf, M::Sahf, M::Clc, M::Stc, M::Cmc, M::Cld, M::Std,
    M::Nop, M::Pause, M::Endbr64, M::Prefetcht0, M::Prefetcht1, M::Prefetcht2, M::Prefetchnta, M::Prefetchw,
    M::Lfence, M::Mfence, M::Sfence, M::Clflush, M::Clflushopt, M::Clwb, M::Ud2, M::Hlt, M::Cli, M::Sti, M::In, M::Out,
];

/// Instructions that use RSP: executed with RSP among the data.
const STACK: &[M] =
    &[M::Push, M::Pop, M::Pushf, M::Pushfq, M::Popf, M::Popfq, M::Enter, M::Leave, M::Call, M::Ret, M::Retf, M::Iretq];

#[rustfmt::skip]
const STRING: &[M] = &[
    M::Movsb, M::Movsw, M::Movsd, M::Movsq, M::Stosb, M::Stosw, M::Stosd, M::Stosq, M::Lodsb, M::Lodsw, M::Lodsd, M::Lodsq,
    M::Scasb, M::Scasw, M::Scasd, M::Scasq, M::Cmpsb, M::Cmpsw, M::Cmpsd, M::Cmpsq,
];

#[rustfmt::skip]
const BRANCH: &[M] = &[
    M::Jo, M::Jno, M::Jb, M::Jae, M::Je, M::Jne, M::Jbe, M::Ja, M::Js, M::Jns, M::Jp, M::Jnp, M::Jl, M::Jge, M::Jle, M::Jg,
    M::Jrcxz, M::Jecxz, M::Loop, M::Loope, M::Loopne, M::Jmp,
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    Plain,
    Stack,
    String,
    Branch,
}

/// The group of an instruction that can be tested, by what it does to RSP and RIP.
fn group(i: &Instruction) -> Option<Group> {
    if i.is_invalid() {
        return None;
    }
    let m = i.mnemonic();
    let registers = || (0..i.op_count()).filter(|&n| i.op_kind(n) == OpKind::Register).map(|n| i.op_register(n));
    // Writing a segment register would take our own TLS away.
    if i.op_count() > 0 && i.op_kind(0) == OpKind::Register && i.op0_register().is_segment_register() && m != M::Push {
        return None;
    }
    if registers().any(|r| r.is_cr() || r.is_dr() || r.is_tr()) {
        return None;
    }
    let uses = |r: Register| registers().any(|x| x.full_register() == r) || i.memory_base().full_register() == r;
    if i.is_string_instruction() {
        return STRING.contains(&m).then_some(Group::String);
    }
    if STACK.contains(&m) {
        // R15 stands for RSP outside; far calls are not of this test; near ones go to the next instruction.
        let reach = match m {
            M::Call => i.code() == Code::Call_rel32_64,
            M::Ret => matches!(i.code(), Code::Retnq | Code::Retnq_imm16),
            _ => true,
        };
        return (reach && !uses(Register::R15) && i.memory_base() != Register::RSP).then_some(Group::Stack);
    }
    if BRANCH.contains(&m) {
        return (i.op0_kind() == OpKind::NearBranch64).then_some(Group::Branch);
    }
    // MOVSD and CMPSD of SSE share their names with the strings.
    (PLAIN.contains(&m) && !uses(Register::RSP)).then_some(Group::Plain)
}

fn decode(code: &[u8], ip: u64) -> Instruction {
    Decoder::with_ip(64, code, ip, DecoderOptions::NONE).decode()
}

/// A random encoding of the opcode: prefixes, operands, immediates.
fn member(rng: &mut Rng, opcode: &Opcode) -> (Vec<u8>, Instruction, Group) {
    loop {
        let mut code = Vec::new();
        let address_32 = rng.below(8) == 0;
        if address_32 {
            code.push(0x67);
        }
        if opcode.vex {
            let (map, op) = (opcode.bytes[0], opcode.bytes[1]);
            code.extend([
                0xc4,
                0xe0 & rng.next() as u8 | 0x40 | map,
                rng.next() as u8 & 0xfb | rng.pick(&[0, 0x78]),
                op,
            ]);
        } else {
            code.extend(opcode.prefix);
            if rng.below(3) != 0 {
                code.push(0x40 | rng.below(16) as u8 & if rng.below(2) == 0 { 0xf } else { 0xd });
            }
            code.extend(&opcode.bytes);
        }
        if !opcode.vex && opcode.bytes.len() == 1 && (0xa0..=0xa3).contains(&opcode.bytes[0]) {
            code.extend((DATA + rng.below(200)).to_le_bytes());
        } else if opcode.bytes == [0xc8] {
            code.extend([rng.next() as u8, rng.below(4) as u8, rng.next() as u8]);
        } else if opcode.bytes == [0xe8]
            || opcode.bytes == [0xe9]
            || opcode.bytes.len() == 2 && opcode.bytes[0] == 0x0f && opcode.bytes[1] & 0xf0 == 0x80
        {
            code.extend([if opcode.bytes == [0xe8] { 0 } else { 3 }, 0, 0, 0]);
        } else if opcode.bytes == [0xc2] || opcode.bytes == [0xca] {
            code.extend([rng.next() as u8, rng.below(4) as u8]);
        } else if (0x70..0x80).contains(&opcode.bytes[0])
            || (0xe0..0xe4).contains(&opcode.bytes[0])
            || opcode.bytes == [0xeb]
        {
            code.push(3);
        } else {
            match rng.below(4) {
                // [rbx + disp8] or [r11 + disp8]; the same with an index; or registers.
                0 => code.extend([0x43 | (rng.below(8) as u8) << 3, rng.next() as u8 & 0x7f]),
                1 => code.extend([
                    0x44 | (rng.below(8) as u8) << 3,
                    rng.next() as u8 & 0xc0 | 0x33,
                    rng.next() as u8 & 0x7f,
                ]),
                _ => code.push(0xc0 | rng.next() as u8),
            }
            code.extend(rng.next().to_le_bytes());
        }
        let insn = decode(&code, CODE);
        if let Some(g) = group(&insn) {
            // F3 REX.B 90 is PAUSE on one maker's processors and XCHG R8 on the other's.
            if insn.mnemonic() == M::Pause && code.iter().any(|b| b & 0xf1 == 0x41) {
                continue;
            }
            // Only [rbx], [r11] and those plus an index are among the data.
            let base = insn.memory_base().full_register();
            let has_memory = (0..insn.op_count()).any(|n| insn.op_kind(n) == OpKind::Memory);
            let moffs = base == Register::None && insn.memory_index() == Register::None;
            let fine = match (has_memory && insn.mnemonic() != M::Lea && insn.mnemonic() != M::Nop, base) {
                (false, _) => true,
                (_, Register::RBX | Register::R11) => true,
                _ => moffs && (DATA..DATA + 256).contains(&insn.memory_displacement64()),
            };
            if fine && !insn.is_invalid() {
                code.truncate(insn.len());
                let ip = if g == Group::Stack { CODE + SWAP.len() as u64 } else { CODE };
                let insn = decode(&code, ip);
                return (code, insn, g);
            }
        }
    }
}

/// `xchg r15, rsp`
const SWAP: [u8; 3] = [0x49, 0x87, 0xe7];
/// `mov r15b, 1`: skipped by a branch that is taken.
const MARK: [u8; 3] = [0x41, 0xb7, 1];

#[derive(Clone)]
struct Opcode {
    prefix: &'static [u8],
    bytes: Vec<u8>,
    vex: bool,
}

/// Every opcode of which some member can be tested.
fn opcodes() -> Vec<Opcode> {
    let mut all = Vec::new();
    let mut candidates: Vec<(Vec<u8>, bool)> = Vec::new();
    for b in 0..=255u8 {
        candidates.push((vec![b], false));
        candidates.push((vec![0x0f, b], false));
        candidates.push((vec![0x0f, 0x38, b], false));
        candidates.push((vec![2, b], true));
        candidates.push((vec![3, b], true));
    }
    const PREFIXES: [&[u8]; 8] = [&[], &[0x66], &[0xf3], &[0xf2], &[0xf0], &[0x66, 0xf3], &[0x66, 0xf2], &[0x66, 0xf0]];
    for (bytes, vex) in candidates {
        for prefix in PREFIXES.into_iter().take(if vex { 1 } else { 8 }) {
            // Prefixes are not opcodes.
            if !vex
                && bytes.len() == 1
                && matches!(bytes[0], 0x26 | 0x2e | 0x36 | 0x3e | 0x40..=0x4f | 0x64..=0x67 | 0xc4 | 0xc5 | 0x62 | 0xf0 | 0xf2 | 0xf3 | 0x0f)
            {
                continue;
            }
            // AMD's processors, unlike Intel's and ours, cut a near branch's target to 16 bits here.
            let near = matches!(bytes[..], [0x70..=0x7f | 0xc2 | 0xc3 | 0xe0..=0xe3 | 0xe8 | 0xe9 | 0xeb] | [0x0f, 0x80..=0x8f]);
            // A far return cut to 16 bits leads nowhere we can be.
            let far = matches!(bytes[..], [0xca | 0xcb]);
            // AMD's processors let REP prefixes change LOOPE's condition; no manual says so.
            let loops = matches!(bytes[..], [0xe0 | 0xe1]);
            if (near || far) && prefix.contains(&0x66) || loops && !prefix.is_empty() {
                continue;
            }
            let found = (0..=255u8).any(|modrm| {
                let memory = modrm & 0xc0 == 0x40 && modrm & 7 == 3 || modrm >= 0xc0;
                let tails: Vec<Vec<u8>> = if vex {
                    [0x70u8, 0x78]
                        .into_iter()
                        .flat_map(|v| (0..4).map(move |pp| v | pp))
                        .map(|byte| vec![0xc4, 0xe0 | bytes[0], byte, bytes[1], modrm, 1, 2])
                        .collect()
                } else {
                    vec![[prefix, &[0x48], &bytes, &[modrm, 0, 0, 0, 0, 0, 0, 0, 0]].concat()]
                };
                memory && tails.iter().any(|code| group(&decode(code, CODE)).is_some())
            });
            if found {
                all.push(Opcode { prefix, bytes: bytes.clone(), vex });
            }
        }
    }
    all
}

fn guest() -> AddressSpace {
    let mut mem = AddressSpace::new(1 << 20);
    let request = MapRequest {
        place: Place::Fixed(GuestAddr(DATA)),
        len: DATA_LEN as u64,
        prot: Prot::READ | Prot::WRITE,
        kind: Kind::Anon,
    };
    assert_eq!(mem.map(request), Ok(GuestAddr(DATA)));
    mem
}

fn value(rng: &mut Rng) -> u64 {
    match rng.below(6) {
        0 => rng.below(40).wrapping_sub(20),
        1 => rng.pick(&[
            0,
            1,
            0x7f,
            0x80,
            0xff,
            0x7fff,
            0x8000,
            0x7fff_ffff,
            0x8000_0000,
            u64::MAX,
            1 << 63,
            (1 << 63) - 1,
        ]),
        2 => rng.next() >> rng.below(64),
        _ => rng.next(),
    }
}

fn random_image(rng: &mut Rng, insn: &Instruction, g: Group, data: &mut [u8]) -> Image {
    let mut image = Image::new();
    for r in &mut image.gpr {
        *r = value(rng);
    }
    image.rflags = 0x202 | rng.next() & Flags::ARITH;
    let m = insn.mnemonic();
    if matches!(m, M::Bt | M::Bts | M::Btr | M::Btc) {
        // Bit offsets that stay among the data, with garbage above a narrow operand.
        for r in &mut image.gpr {
            *r = match insn.op1_register().size() {
                2 => rng.next() & !0xffff | rng.below(0x4000).wrapping_sub(0x2000) & 0xffff,
                4 => rng.next() << 32 | rng.below(0x4000).wrapping_sub(0x2000) as u32 as u64,
                _ => rng.below(0x4000).wrapping_sub(0x2000),
            };
        }
    }
    if matches!(m, M::Div | M::Idiv) && rng.below(4) != 0 {
        image.gpr[2] = if m == M::Idiv { (image.gpr[0] as i64 >> 63) as u64 } else { rng.below(2) };
    }
    if matches!(m, M::Cmpxchg | M::Cmpxchg8b | M::Cmpxchg16b) && rng.below(2) == 0 {
        image.gpr[0] = u64::from_le_bytes(data[3000..3008].try_into().unwrap());
        image.gpr[2] = u64::from_le_bytes(data[3008..3016].try_into().unwrap());
    }
    let wide = insn.memory_base().size() != 4;
    let upper = |rng: &mut Rng| if wide { 0 } else { rng.next() << 32 };
    match g {
        Group::String => {
            let short =
                (0..insn.op_count()).any(|n| matches!(insn.op_kind(n), OpKind::MemoryESEDI | OpKind::MemorySegESI));
            let place = |rng: &mut Rng| {
                DATA + if rng.below(3) == 0 { 4096 - 200 + rng.below(400) } else { rng.below(DATA_LEN as u64) }
            };
            let high = |rng: &mut Rng| if short { rng.next() << 32 } else { 0 };
            let from = place(rng);
            let to = if rng.below(2) == 0 { from.wrapping_add(rng.below(64)).wrapping_sub(32) } else { place(rng) };
            image.gpr[6] = from | high(rng);
            image.gpr[7] = to | high(rng);
            image.gpr[1] = rng.pick(&[0, 1, 2, 7, 33, 100, 600, 1500]) | high(rng);
            if rng.below(2) == 0 {
                image.rflags |= Flags::DF;
            }
            // Equal stretches, so that comparisons run on.
            if rng.below(2) == 0 {
                data.fill(0x41);
                for _ in 0..3 {
                    data[rng.below(DATA_LEN as u64) as usize] = 0x42;
                }
                image.gpr[0] = 0x4141_4141_4141_4141 + rng.below(2);
            }
        }
        Group::Stack => {
            let sp = 3072 + rng.below(2048);
            image.gpr[15] = DATA + sp;
            image.gpr[5] = DATA + 2048 + rng.below(4096);
            // Flags that neither trap nor check alignment nor change how we get home.
            if matches!(m, M::Popf | M::Popfq) {
                let flags = rng.next() & 0x20_0cd5;
                data[sp as usize..sp as usize + 8].copy_from_slice(&flags.to_le_bytes());
            }
            let mut put = |slot: usize, bytes: usize, v: u64| {
                let at = sp as usize + slot * bytes;
                data[at..at + bytes].copy_from_slice(&v.to_le_bytes()[..bytes]);
            };
            match m {
                M::Ret => put(0, 8, insn.next_ip()),
                M::Retf => {
                    let bytes = match insn.code() {
                        Code::Retfw | Code::Retfw_imm16 => 2,
                        Code::Retfd | Code::Retfd_imm16 => 4,
                        _ => 8,
                    };
                    put(0, bytes, insn.next_ip());
                    put(1, bytes, 0x33);
                }
                M::Iretq => {
                    put(0, 8, insn.next_ip());
                    put(1, 8, 0x33);
                    put(2, 8, rng.next() & 0x20_0cd5 | 0x202);
                    put(3, 8, DATA + rng.below(4096));
                    put(4, 8, 0x2b);
                }
                _ => {}
            }
        }
        Group::Branch => {
            image.gpr[15] = 0;
            image.gpr[1] = rng.pick(&[0, 1, 2, 1 << 32, 1 << 32 | 1, u64::MAX]);
        }
        Group::Plain => {}
    }
    if m != M::Lea && g != Group::String && g != Group::Branch {
        // Among the data, or (where a fault can be taken) at its end.
        // AMD's processors read 32 bits where MOVSXD is said to read 16.
        let edge = g == Group::Plain
            && insn.code() != Code::Movsxd_r16_rm16
            && !matches!(m, M::Bt | M::Bts | M::Btr | M::Btc)
            && rng.below(8) == 0;
        let base = if edge { DATA_LEN as u64 - 64 - rng.below(80) } else { 2992 - rng.below(120) };
        image.gpr[3] = (DATA + base) | upper(rng);
        image.gpr[11] = (DATA + base) | upper(rng);
        if insn.memory_index() != Register::None {
            let r = insn.memory_index().full_register().number();
            if r != 3 && r != 11 {
                image.gpr[r] = rng.below(32).wrapping_sub(16);
                if !wide {
                    image.gpr[r] = image.gpr[r] as u32 as u64 | upper(rng);
                }
            }
        }
        if m == M::Cmpxchg16b && rng.below(3) != 0 {
            let at = |i: u64| i.wrapping_neg() & 15;
            let disp = insn.memory_displacement64();
            image.gpr[3] = image.gpr[3].wrapping_add(at(image.gpr[3].wrapping_add(disp)));
            image.gpr[11] = image.gpr[11].wrapping_add(at(image.gpr[11].wrapping_add(disp)));
        }
    }
    image
}

/// The arithmetic flags that are defined after the instruction.
fn defined(insn: &Instruction, before: &CpuState) -> u64 {
    let shift = matches!(
        insn.mnemonic(),
        M::Shl | M::Sal | M::Shr | M::Sar | M::Rol | M::Ror | M::Rcl | M::Rcr | M::Shld | M::Shrd
    );
    let u = insn.rflags_undefined();
    let mut undefined = 0;
    for (bit, flag) in [
        (RflagsBits::OF, Flags::OF),
        (RflagsBits::SF, Flags::SF),
        (RflagsBits::ZF, Flags::ZF),
        (RflagsBits::AF, Flags::AF),
        (RflagsBits::CF, Flags::CF),
        (RflagsBits::PF, Flags::PF),
    ] {
        if u & bit != 0 {
            undefined |= flag;
        }
    }
    if shift {
        let size =
            if insn.op0_kind() == OpKind::Memory { insn.memory_size().size() } else { insn.op0_register().size() };
        let last = insn.op_count() - 1;
        let raw = if insn.op_kind(last) == OpKind::Register { before.gpr[1] } else { insn.immediate(last) };
        let count = raw as usize & if size == 8 { 63 } else { 31 };
        match count {
            0 => undefined = 0,
            1 => undefined &= !Flags::OF,
            _ => undefined |= Flags::OF,
        }
        if count > 8 * size
            || count == 8 * size && matches!(insn.mnemonic(), M::Shl | M::Sal | M::Shr | M::Shld | M::Shrd)
        {
            undefined |= Flags::CF;
        }
        // The result of a double shift by more than its operand is undefined, and so is all that follows.
        if matches!(insn.mnemonic(), M::Shld | M::Shrd) && count > 8 * size {
            undefined = Flags::ARITH;
        }
    }
    Flags::ARITH & !undefined
}

/// The signal Linux sends for an outcome; 0 for none.
fn signal(out: &Outcome) -> u64 {
    match out {
        Ok(Flow::Next | Flow::Jump(_)) => 0,
        Err(Stop::Exception(Exception::Divide)) => 8,
        Err(Stop::Exception(Exception::GeneralProtection) | Stop::Fault(_)) => 11,
        Err(Stop::Exception(Exception::InvalidOpcode { unimplemented: false })) => 4,
        _ => 99,
    }
}

struct Bench {
    native: Native,
    mem: AddressSpace,
    rng: Rng,
    after: Vec<u8>,
}

impl Bench {
    /// Executes one random member of the opcode both ways; what it was, and what differed.
    fn once(&mut self, opcode: &Opcode) -> (Instruction, String) {
        let rng = &mut self.rng;
        let (code, insn, g) = member(rng, opcode);
        let seed: Vec<u8> = (0..8).flat_map(|_| value(rng).to_le_bytes()).collect();
        let mut data: Vec<u8> = (0..DATA_LEN).map(|i| seed[i % 61].wrapping_add((i / 61) as u8)).collect();
        let mut image = random_image(rng, &insn, g, &mut data);
        self.native.data().copy_from_slice(&data);
        self.mem.write(GuestAddr(DATA), &data).unwrap();

        let mut cpu = CpuState::new();
        cpu.gpr = image.gpr;
        if g == Group::Stack {
            cpu.gpr[RSP] = image.gpr[15];
        }
        cpu.flags.set_rflags(image.rflags);
        let before = cpu.clone();
        let out = generic::execute(&mut Cx { cpu: &mut cpu, mem: &mut self.mem, insn: &insn, model: &CpuModel::MAX });

        self.native.load(&match g {
            Group::Stack => [&SWAP[..], &code, &SWAP].concat(),
            Group::Branch => [&code[..], &MARK].concat(),
            _ => code.clone(),
        });
        self.native.run(&mut image);

        let mut why = Vec::new();
        if signal(&out) != image.signal {
            why.push(format!("{out:?}, native signal {}", image.signal));
        }
        match g {
            Group::Stack => {
                if let Ok(Flow::Jump(to)) = out
                    && to != insn.next_ip()
                {
                    why.push(format!("jumps to {to:x}"));
                }
                image.gpr[RSP] = image.gpr[15];
                image.gpr[15] = cpu.gpr[15];
            }
            Group::Branch => {
                let taken = image.gpr[15] == 0;
                let ours = matches!(out, Ok(Flow::Jump(to)) if to == insn.next_ip() + 3);
                if taken != ours {
                    why.push(format!("{out:?}, natively taken: {taken}"));
                }
                image.gpr[15] = cpu.gpr[15];
                image.gpr[RSP] = cpu.gpr[RSP];
            }
            _ => image.gpr[RSP] = cpu.gpr[RSP],
        }
        let mut mask = defined(&insn, &before) | Flags::DF | Flags::ID;
        // After a fault in mid-comparison the flags are the previous iteration's or the first ones: not visible, since
        // the instruction goes on.
        if g == Group::String && out.is_err() {
            mask = Flags::DF;
        }
        let double = matches!(insn.mnemonic(), M::Shld | M::Shrd) && mask & Flags::ARITH == 0;
        for i in 0..16 {
            if cpu.gpr[i] != image.gpr[i] && !double {
                why.push(format!("r{i} {:x} -> {:x}, native {:x}", before.gpr[i], cpu.gpr[i], image.gpr[i]));
            }
        }
        let flags = (cpu.flags.rflags() & mask, image.rflags & mask);
        if flags.0 != flags.1 {
            why.push(format!("flags {:x} -> {:x}, native {:x}", before.flags.rflags(), flags.0, flags.1));
        }
        self.mem.read(GuestAddr(DATA), &mut self.after).unwrap();
        if let Some(at) = (0..DATA_LEN).find(|&i| self.after[i] != self.native.data()[i])
            && !double
        {
            why.push(format!(
                "byte {at:#x} {:02x} -> {:02x}, native {:02x}",
                data[at],
                self.after[at],
                self.native.data()[at]
            ));
        }
        if !why.is_empty() {
            why.insert(
                0,
                format!(
                    "{code:02x?} {:?} rcx={:x} rsi={:x} rdi={:x}",
                    insn.code(),
                    before.gpr[1],
                    before.gpr[6],
                    before.gpr[7]
                ),
            );
        }
        (insn, why.join("; "))
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may be steered by its environment")]
fn every_encoding_agrees_with_the_processor() {
    let runs: u64 = std::env::var("SILICON_RUNS").ok().and_then(|v| v.parse().ok()).unwrap_or(300);
    let only = std::env::var("SILICON_ONLY").unwrap_or_default();
    let mut bench = Bench { native: Native::lock(), mem: guest(), rng: Rng(runs), after: vec![0; DATA_LEN] };
    let mut seen = BTreeSet::new();
    let mut failures: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for opcode in opcodes() {
        for _ in 0..runs {
            let (insn, why) = bench.once(&opcode);
            let name = format!("{:?}", insn.mnemonic());
            if !why.is_empty() && (only.is_empty() || name.eq_ignore_ascii_case(&only)) {
                let entry = failures.entry(format!("{:?}", insn.code())).or_insert((0, why));
                entry.0 += 1;
            }
            seen.insert(insn.mnemonic());
        }
    }
    let missing: Vec<&M> = [PLAIN, STACK, STRING, BRANCH].into_iter().flatten().filter(|m| !seen.contains(m)).collect();
    let report: Vec<String> =
        failures.iter().map(|(code, (n, why))| format!("{code}: {n} times, first {why}")).collect();
    assert!(report.is_empty(), "{} encodings differ:\n{}", report.len(), report.join("\n"));
    assert!(missing.iter().all(|m| matches!(m, M::Sal)), "never tested: {missing:?}");
}
