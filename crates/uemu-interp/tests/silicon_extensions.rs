//! Silicon is the oracle for what is beside SSE and AVX: AES, PCLMULQDQ, GFNI and SHA, legacy and VEX, FMA and F16C.
//!
//! Encodings are found by trying all opcodes of the maps they are in; every `Code` of these features must be among
//! them. `SILICON_RUNS=N` runs each encoding N times, `SILICON_ONLY=mnemonic` only that one.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

#[path = "common/native.rs"]
mod native;
#[path = "common/float_values.rs"]
mod values;

use iced_x86::{Code, CpuidFeature as F, Decoder, DecoderOptions, EncodingKind, Instruction, Register};
use native::{DATA, DATA_LEN, Image, Native};
use std::collections::{BTreeMap, BTreeSet};
use uemu_cpu::{CpuModel, CpuState, Exception, Mxcsr, Vector};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};
use values::Rng;

/// Bytes of the data pages that are filled anew for each run.
const FILLED: usize = 512;
/// Garbage above YMM, which nothing here compares natively.
const BEYOND: [u64; 4] = [7, 8, 9, 10];

fn is_ours(code: Code) -> bool {
    matches!(code.encoding(), EncodingKind::Legacy | EncodingKind::VEX)
        && code
            .cpuid_features()
            .iter()
            .any(|f| matches!(f, F::AES | F::PCLMULQDQ | F::GFNI | F::SHA | F::VAES | F::VPCLMULQDQ | F::FMA | F::F16C))
}

/// Whether this processor has what the instruction needs.
fn is_native(code: Code) -> bool {
    let has = |f: &F| match f {
        F::AES => is_x86_feature_detected!("aes"),
        F::PCLMULQDQ => is_x86_feature_detected!("pclmulqdq"),
        F::GFNI => is_x86_feature_detected!("gfni"),
        F::SHA => is_x86_feature_detected!("sha"),
        F::VAES => is_x86_feature_detected!("vaes"),
        F::VPCLMULQDQ => is_x86_feature_detected!("vpclmulqdq"),
        F::FMA => is_x86_feature_detected!("fma"),
        F::F16C => is_x86_feature_detected!("f16c"),
        _ => true,
    };
    code.cpuid_features().iter().all(has)
        && (code.encoding() == EncodingKind::Legacy || is_x86_feature_detected!("avx"))
}

/// Decodes `bytes` if they are an instruction of the features under test.
fn ours(bytes: &[u8]) -> Option<Instruction> {
    let i = Decoder::with_ip(64, bytes, 0x1100_0000, DecoderOptions::NONE).decode();
    (!i.is_invalid() && is_ours(i.code()) && i.memory_base() != Register::RSP).then_some(i)
}

/// What comes before ModRM: bytes, and those whose low bits are turned at random to reach other registers.
#[derive(Clone)]
enum Opcode {
    Legacy { prefix: Vec<u8>, op: Vec<u8> },
    Vex { map: u8, w_l_pp: u8, op: u8 },
}

impl Opcode {
    fn bytes(&self, rng: &mut Rng) -> Vec<u8> {
        match self {
            Opcode::Legacy { prefix, op } => [&prefix[..], &[0x40 | rng.below(8) as u8 & !2], op].concat(),
            Opcode::Vex { map, w_l_pp, op } => {
                // R, X, B and vvvv are stored inverted; X is of no use without an index.
                let (rb, vvvv) = (rng.pick(&[0xe0, 0x60, 0xc0, 0x40]), rng.below(16) as u8);
                vec![0xc4, rb | map, w_l_pp | vvvv << 3, *op]
            }
        }
    }
}

/// Every encoding of the features.
fn encodings() -> Vec<(Opcode, Code)> {
    let mut all = Vec::new();
    let mut keep = |opcode: Opcode, vvvv: u8| {
        let mut bytes = opcode.bytes(&mut Rng(0));
        if let Opcode::Vex { .. } = opcode {
            bytes[2] = bytes[2] & 0x87 | vvvv << 3;
        }
        if let Some(i) = ours(&[bytes, vec![0xc3, 0]].concat()) {
            all.push((opcode, i.code()));
        }
    };
    for op in 0..=255u8 {
        for map in [0x38, 0x3a] {
            for prefix in [&[][..], &[0x66], &[0xf3], &[0xf2]] {
                keep(Opcode::Legacy { prefix: prefix.to_vec(), op: vec![0x0f, map, op] }, 0);
            }
        }
        for map in [2, 3] {
            for w_l_pp in [0u8, 1, 2, 3, 4, 5, 6, 7].into_iter().flat_map(|x| [x, x | 0x80]) {
                // With vvvv = 15 all are valid that have a use for it or have none.
                keep(Opcode::Vex { map, w_l_pp, op }, 15);
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
    for (n, register) in cpu.vector[..16].iter_mut().enumerate() {
        let (low, high) = (image.xmm(n), image.upper[n]);
        let [a, b, c, d] = BEYOND;
        *register = Vector([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64, a, b, c, d]);
    }
    cpu
}

/// What is compared, as text: a difference shows in the message.
fn show(cpu: &CpuState) -> Vec<String> {
    let mut out: Vec<String> = cpu.gpr.iter().enumerate().map(|(i, v)| format!("r{i}={v:016x}")).collect();
    out.extend(cpu.vector[..16].iter().enumerate().map(|(i, v)| format!("v{i}={:016x?}", v.0)));
    out.push(format!("flags={:x} mxcsr={:04x}", cpu.flags.arith(), cpu.mxcsr.0));
    out
}

/// The signal Linux sends for an outcome; 0 for none.
fn signal(out: &Outcome) -> u64 {
    match out {
        Ok(Flow::Next) => 0,
        Err(Stop::Exception(Exception::Simd)) => 8,
        Err(Stop::Exception(Exception::GeneralProtection) | Stop::Fault(_)) => 11,
        Err(Stop::Exception(Exception::InvalidOpcode { .. })) => 4,
        _ => 99,
    }
}

/// A random member of the encoding: registers, memory or register form, immediate.
fn member(rng: &mut Rng, opcode: &Opcode) -> Option<(Vec<u8>, Instruction)> {
    let mut code = opcode.bytes(rng);
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

fn random_image(rng: &mut Rng) -> Image {
    let mut image = Image::new();
    for n in 0..16 {
        image.set_xmm(n, rng.vector());
        image.upper[n] = rng.vector();
        image.gpr[n] = rng.next();
    }
    // Among the data, or where it ends: what comes after is mapped neither here nor there.
    let base = if rng.below(8) == 0 { DATA_LEN as u64 - rng.below(160) } else { 64 };
    image.gpr[3] = DATA + base;
    image.gpr[11] = DATA + base;
    image.fx[24..28].copy_from_slice(&rng.mxcsr().to_le_bytes());
    image.rflags = 0x202 | rng.next() & 0x8d5;
    image
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test may be steered by its environment")]
fn every_encoding_agrees_with_the_processor() {
    let runs: u64 = std::env::var("SILICON_RUNS").ok().and_then(|v| v.parse().ok()).unwrap_or(500);
    let only = std::env::var("SILICON_ONLY").unwrap_or_default();
    let mut native = Native::lock();
    let mut mem = guest();
    let mut rng = Rng(runs);
    let mut after = vec![0; DATA_LEN];
    let mut failures: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let encodings = encodings();
    let found: BTreeSet<Code> = encodings.iter().map(|&(_, code)| code).collect();
    let missing: Vec<Code> = Code::values().filter(|&c| is_ours(c) && !found.contains(&c)).collect();
    assert!(missing.is_empty(), "no encoding was found for {missing:?}");
    for (opcode, code) in encodings.iter().filter(|&&(_, code)| is_native(code)) {
        let name = format!("{code:?}");
        if !only.is_empty() && !format!("{:?}", code.mnemonic()).eq_ignore_ascii_case(&only) {
            continue;
        }
        let mut done = 0;
        while done < runs {
            let Some((bytes, insn)) = member(&mut rng, opcode) else { continue };
            done += 1;
            let mut image = random_image(&mut rng);
            let data: Vec<u8> = (0..FILLED / 16).flat_map(|_| rng.vector().to_le_bytes()).collect();
            native.data()[..FILLED].copy_from_slice(&data);
            mem.write(GuestAddr(DATA), &data).unwrap();

            let mut cpu = to_cpu(&image);
            let before = cpu.clone();
            let out = generic::execute(&mut Cx { cpu: &mut cpu, mem: &mut mem, insn: &insn, model: &CpuModel::MAX });
            native.load(&bytes);
            native.run(&mut image);
            let is_sha = code.cpuid_features().contains(&F::SHA);
            let aligned = insn.memory_base() == Register::None
                || before.gpr[3].wrapping_add(insn.memory_displacement64()).is_multiple_of(16);
            if is_sha && !aligned && out.is_ok() && image.signal == 11 {
                // A processor that wants what SHA reads from memory to be aligned, as Intel's manual allows.
                continue;
            }
            let mut expected = to_cpu(&image);
            expected.gpr[4] = cpu.gpr[4];
            let target = insn.op0_register();
            if image.signal == 0 && insn.code().encoding() == EncodingKind::VEX && target != Register::None {
                expected.vector[target.number()].0[4..].fill(0);
            }

            let mut why = Vec::new();
            if signal(&out) != image.signal {
                why.push(format!("{out:?}, native signal {}", image.signal));
            }
            let (ours, theirs) = (show(&cpu), show(&expected));
            why.extend(ours.iter().zip(theirs).filter(|(a, b)| *a != b).map(|(a, b)| format!("{a}, native {b}")));
            mem.read(GuestAddr(DATA), &mut after).unwrap();
            if after != native.data() {
                why.push("memory differs".into());
            }
            if !why.is_empty() {
                let entry = failures.entry(name.clone()).or_insert_with(|| {
                    let state = show(&before);
                    let registers = (0..insn.op_count()).map(|n| insn.op_register(n));
                    let operands: Vec<&String> =
                        registers.filter(|r| r.is_vector_register()).map(|r| &state[16 + r.number()]).collect();
                    let at = insn.memory_displacement64() as usize + 64;
                    let (mxcsr, mem) = (before.mxcsr.0, &data[at..at + 32]);
                    let why = why.join("; ");
                    (0, format!("{bytes:02x?} mxcsr={mxcsr:04x} {operands:?} mem {mem:02x?}: {why}"))
                });
                entry.0 += 1;
            }
        }
    }
    let list: Vec<String> = failures.iter().map(|(name, (n, first))| format!("{name}: {n}, first {first}")).collect();
    assert!(failures.is_empty(), "{}", list.join("\n"));
}
