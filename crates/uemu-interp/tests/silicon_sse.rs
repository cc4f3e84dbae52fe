//! Silicon is the oracle: every legacy-encoded MMX and SSE instruction, executed here and natively.
//!
//! Encodings are found by trying all opcodes of the 0F, 0F38 and 0F3A maps under every prefix.
//! `SILICON_RUNS=N` runs each encoding N times, `SILICON_ONLY=mnemonic` only that one.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "common/native.rs"]
mod native;
#[path = "common/float_values.rs"]
mod values;

use iced_x86::{CpuidFeature as F, Decoder, DecoderOptions, Instruction, Mnemonic as M, OpKind, Register};
use native::{DATA, DATA_LEN, Image, Native};
use std::collections::{BTreeMap, BTreeSet};
use uemu_cpu::{CpuModel, CpuState, Exception, Mxcsr, X87};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};
use values::Rng;

/// Bytes of the data pages that are filled anew for each run.
const FILLED: usize = 512;
/// Garbage in the upper parts of vector registers, which must stay.
const UPPER: [u64; 6] = [5, 6, 7, 8, 9, 10];

/// Decodes `bytes` if they are an instruction of the families under test that leaves RSP alone.
fn ours(bytes: &[u8]) -> Option<Instruction> {
    let i = Decoder::with_ip(64, bytes, 0x1100_0000, DecoderOptions::NONE).decode();
    let known = |f: &F| matches!(f, F::MMX | F::SSE | F::SSE2 | F::SSE3 | F::SSSE3 | F::SSE4_1 | F::SSE4_2);
    if i.is_invalid() || !i.cpuid_features().iter().any(known) {
        return None;
    }
    // POPCNT and FISTTP are other families'.
    if matches!(i.mnemonic(), M::Popcnt | M::Fisttp) {
        return None;
    }
    let is_rsp = |n| i.op_kind(n) == OpKind::Register && i.op_register(n).full_register() == Register::RSP;
    (!(0..i.op_count()).any(is_rsp) && i.memory_base() != Register::RSP).then_some(i)
}

/// Every encoding as what precedes REX, REX.W (0 or 8), and the opcode's bytes.
fn encodings() -> Vec<(Vec<u8>, u8, Vec<u8>)> {
    let mut all = Vec::new();
    for prefix in [&[][..], &[0x66], &[0xf3], &[0xf2], &[0x66, 0xf2]] {
        for w in [0, 8] {
            for map in [&[0x0f][..], &[0x0f, 0x38], &[0x0f, 0x3a]] {
                for opcode in 0..=255u8 {
                    let op = [map, &[opcode]].concat();
                    // Groups share an opcode: any member will do to keep it.
                    let found = (0..8u8).any(|reg| {
                        [0xc0, 0x00]
                            .iter()
                            .any(|m| ours(&[prefix, &[0x40 | w], &op, &[m | reg << 3 | 3, 0]].concat()).is_some())
                    });
                    if found {
                        all.push((prefix.to_vec(), w, op));
                    }
                }
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

fn to_cpu(image: &Image) -> CpuState {
    let mut cpu = CpuState::new();
    cpu.gpr = image.gpr;
    cpu.flags.set_rflags(image.rflags);
    cpu.mxcsr = Mxcsr(image.mxcsr());
    for n in 0..16 {
        let v = image.xmm(n);
        cpu.vector[n].0[..2].copy_from_slice(&[v as u64, (v >> 64) as u64]);
        cpu.vector[n].0[2..].copy_from_slice(&UPPER);
    }
    let word = |at: usize| u16::from_le_bytes([image.fx[at], image.fx[at + 1]]);
    let top = (word(2) >> 11 & 7) as u8;
    cpu.x87 = X87 { control: word(0), status: word(2) & !0x3800, top, in_use: image.fx[4], ..X87::INIT };
    for st in 0..8 {
        let (p, at) = ((usize::from(top) + st) % 8, 32 + 16 * st);
        cpu.x87.significand[p] = u64::from_le_bytes(image.fx[at..at + 8].try_into().unwrap());
        cpu.x87.sign_exponent[p] = word(at + 8);
    }
    cpu
}

/// What is compared, as text: a difference shows in the message.
fn show(cpu: &CpuState) -> Vec<String> {
    let mut out: Vec<String> = cpu.gpr.iter().enumerate().map(|(i, v)| format!("r{i}={v:016x}")).collect();
    out.extend(cpu.vector[..16].iter().enumerate().map(|(i, v)| format!("xmm{i}={:016x}_{:016x}", v.0[1], v.0[0])));
    out.push(format!("flags={:x} mxcsr={:04x}", cpu.flags.arith(), cpu.mxcsr.0));
    let x = &cpu.x87;
    out.push(format!("x87 status={:04x} top={} in_use={:02x}", x.status, x.top, x.in_use));
    out.extend((0..8).map(|i| format!("R{i}={:04x}_{:016x}", x.sign_exponent[i], x.significand[i])));
    out
}

/// The signal Linux sends for an outcome; 0 for none.
fn signal(out: &Outcome) -> u64 {
    match out {
        Ok(Flow::Next) => 0,
        Err(Stop::Exception(Exception::Simd | Exception::X87)) => 8,
        Err(Stop::Exception(Exception::GeneralProtection) | Stop::Fault(_)) => 11,
        Err(Stop::Exception(Exception::InvalidOpcode { .. })) => 4,
        _ => 99,
    }
}

/// Equal, or as close as both staying within the architecture's bound for estimates (1.5 * 2^-12) makes them.
fn close(ours: u128, native: u128) -> bool {
    (0..4).all(|i| {
        let (a, b) = ((ours >> (32 * i)) as u32, (native >> (32 * i)) as u32);
        let (x, y) = (f32::from_bits(a), f32::from_bits(b));
        a == b || ((x - y) / y).abs() <= 3.0 / 4096.0
    })
}

/// A random member of the encoding: registers, memory or register form, immediate.
fn member(rng: &mut Rng, prefix: &[u8], w: u8, op: &[u8]) -> Option<(Vec<u8>, Instruction)> {
    let rex = 0x40 | w | rng.below(8) as u8 & rng.next() as u8;
    let mut code = [prefix, &[rex], op].concat();
    if rng.below(3) == 0 {
        // [rbx] or [r11] with a displacement.
        let at = rng.pick(&[0u8, 0, 0, 16, 8, 4, 1, 0x7f]);
        code.extend([0x43 | (rng.below(8) as u8) << 3, at, rng.next() as u8]);
    } else {
        code.extend([0xc0 | rng.below(64) as u8, rng.next() as u8]);
    }
    let insn = ours(&code)?;
    code.truncate(insn.len());
    Some((code, insn))
}

fn random_image(rng: &mut Rng, insn: &Instruction) -> Image {
    let mut image = Image::new();
    for n in 0..16 {
        image.set_xmm(n, rng.vector());
        image.gpr[n] = if rng.below(2) == 0 { rng.next() } else { rng.below(40).wrapping_sub(20) };
    }
    // Among the data, or where it ends: what comes after is mapped neither here nor there.
    let base = if rng.below(8) == 0 { DATA_LEN as u64 - rng.below(160) } else { 64 };
    image.gpr[3] = DATA + base;
    image.gpr[11] = DATA + base;
    if matches!(insn.mnemonic(), M::Maskmovdqu | M::Maskmovq) {
        image.gpr[7] = DATA + if base == 64 { rng.below(256) } else { base };
    }
    image.fx[24..28].copy_from_slice(&rng.mxcsr().to_le_bytes());
    image.rflags = 0x202 | rng.next() & 0x8d5;
    let status = (rng.below(8) << 11 | rng.next() & 0x4700) as u16;
    image.fx[2..4].copy_from_slice(&status.to_le_bytes());
    if rng.below(16) == 0 {
        // An unmasked x87 exception is pending: IE, ES and B are set and IM is not.
        image.fx[0] &= !1;
        image.fx[2] |= 0x81;
        image.fx[3] |= 0x80;
    }
    image.fx[4] = rng.next() as u8;
    for st in 0..8 {
        let v = rng.vector().to_le_bytes();
        image.fx[32 + 16 * st..42 + 16 * st].copy_from_slice(&v[..10]);
    }
    image
}

fn random_data(rng: &mut Rng, insn: &Instruction) -> Vec<u8> {
    let mut data: Vec<u8> = (0..FILLED / 16).flat_map(|_| rng.vector().to_le_bytes()).collect();
    if insn.mnemonic() == M::Ldmxcsr && rng.below(2) == 0 {
        data.chunks_mut(4).for_each(|word| word[2..].fill(0));
    }
    if insn.mnemonic() == M::Ldmxcsr {
        // AMD's MXCSR.MM, which our processors do not have.
        data.iter_mut().for_each(|byte| *byte &= !2);
    }
    data
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may be steered by its environment")]
fn every_encoding_agrees_with_the_processor() {
    let runs: u64 = std::env::var("SILICON_RUNS").ok().and_then(|v| v.parse().ok()).unwrap_or(300);
    let only = std::env::var("SILICON_ONLY").unwrap_or_default();
    let mut native = Native::lock();
    let mut mem = guest();
    let mut rng = Rng(runs);
    let mut after = vec![0; DATA_LEN];
    let mut seen = BTreeSet::new();
    let mut failures: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for (prefix, w, op) in encodings() {
        for _ in 0..runs {
            let Some((code, insn)) = member(&mut rng, &prefix, w, &op) else { continue };
            let name = format!("{:?}", insn.mnemonic());
            if !only.is_empty() && !name.eq_ignore_ascii_case(&only) {
                continue;
            }
            let mut image = random_image(&mut rng, &insn);
            let data = random_data(&mut rng, &insn);
            native.data()[..FILLED].copy_from_slice(&data);
            mem.write(GuestAddr(DATA), &data).unwrap();

            let mut cpu = to_cpu(&image);
            let before = cpu.clone();
            let out = generic::execute(&mut Cx { cpu: &mut cpu, mem: &mut mem, insn: &insn, model: &CpuModel::MAX });
            native.load(&code);
            native.run(&mut image);
            let mut expected = to_cpu(&image);
            expected.gpr[4] = cpu.gpr[4];
            if insn.mnemonic() == M::Maskmovq && out.is_err() {
                // Some processors have entered MMX mode when it faults; here a fault changes nothing.
                expected.x87 = before.x87;
            }

            let masked = matches!(insn.mnemonic(), M::Maskmovq | M::Maskmovdqu);
            if masked && out.is_ok() && image.signal == 11 && before.gpr[7] + 16 > DATA + DATA_LEN as u64 {
                // Whether bytes that the mask leaves out can fault is the implementation's (SDM vol. 2A).
                mem.write(GuestAddr(DATA), native.data()).unwrap();
                continue;
            }
            let mut why = Vec::new();
            if signal(&out) != image.signal {
                why.push(format!("{out:?}, native signal {}", image.signal));
            }
            if matches!(insn.mnemonic(), M::Rcpps | M::Rcpss | M::Rsqrtps | M::Rsqrtss) {
                let n = insn.op0_register().number();
                let v = cpu.vector[n].0;
                if close(u128::from(v[0]) | u128::from(v[1]) << 64, image.xmm(n)) {
                    cpu.vector[n] = expected.vector[n];
                }
            }
            why.extend(
                show(&cpu)
                    .iter()
                    .zip(show(&expected))
                    .filter(|(a, b)| *a != b)
                    .map(|(a, b)| format!("{a}, native {b}")),
            );
            if cpu.vector[..16].iter().any(|v| v.0[2..] != UPPER) {
                why.push("the upper part of a vector register changed".into());
            }
            mem.read(GuestAddr(DATA), &mut after).unwrap();
            if after != native.data() {
                why.push("memory differs".into());
            }
            seen.insert(name.clone());
            if !why.is_empty() {
                let entry = failures.entry(name).or_insert_with(|| {
                    let state = show(&before);
                    let operands: Vec<&String> = (0..insn.op_count())
                        .filter(|&n| insn.op_kind(n) == OpKind::Register && insn.op_register(n).is_xmm())
                        .map(|n| &state[16 + insn.op_register(n).number()])
                        .collect();
                    let at = insn.memory_displacement64() as usize + 64;
                    let why = why.join("; ");
                    let (kind, mxcsr, mem) = (insn.code(), before.mxcsr.0, &data[at..at + 16]);
                    (0, format!("{kind:?} {code:02x?} mxcsr={mxcsr:04x} {operands:?} mem {mem:02x?}: {why}"))
                });
                entry.0 += 1;
            }
        }
    }
    let list: Vec<String> = failures.iter().map(|(name, (n, first))| format!("{name}: {n}, first {first}")).collect();
    assert!(failures.is_empty(), "{}", list.join("\n"));
    assert!(!only.is_empty() || seen.len() >= 261, "only {} mnemonics were found", seen.len());
}
