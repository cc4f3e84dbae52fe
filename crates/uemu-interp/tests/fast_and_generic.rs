//! The fast handlers and the generic step agree: random straight-line code, run once with fuel for whole
//! blocks and once instruction by instruction, ends in the same state.

use iced_x86::{Decoder, DecoderOptions, FlowControl, Mnemonic};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use uemu_cpu::{CpuModel, CpuState, Engine, Exit, X87};
use uemu_interp::Interpreter;
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

const CODE: u64 = 0x40_0000;
const DATA: u64 = 0x1000_0000;
const DATA_LEN: u64 = 0x4000;

/// Every VEX encoding as map, third byte less vvvv, and opcode.
fn vex_encodings() -> Vec<[u8; 3]> {
    let mut all = Vec::new();
    for (map, opcode) in (1..=3u8).flat_map(|map| (0..=255u8).map(move |opcode| (map, opcode))) {
        for rest in (0..8u8).chain(0x80..0x88) {
            // Groups and opcodes without operands are found by one of their members.
            let valid = [0x05u8, 0xc0].iter().flat_map(|m| (0..8).map(move |reg| m | reg << 3)).any(|modrm| {
                [0x78, 0].iter().any(|v| {
                    let bytes = [0xc4, 0xe0 | map, rest | v, opcode, modrm, 0, 0, 0, 0, 0];
                    !Decoder::with_ip(64, &bytes, CODE, DecoderOptions::NONE).decode().is_invalid()
                })
            });
            if valid {
                all.push([map, rest, opcode]);
            }
        }
    }
    all
}

/// A random instruction: bytes biased towards common encodings, whatever iced accepts of them. `x87` is the weight of the
/// x87 unit's, against some 50 of all others.
fn instruction(x87: u32) -> impl Strategy<Value = Vec<u8>> {
    let prefix = prop_oneof![
        6 + x87 / 10 => Just(vec![]),
        1 => Just(vec![0x66]),
        1 => Just(vec![0xf2]),
        1 => Just(vec![0xf3]),
        1 => Just(vec![0xf0]),
        1 => Just(vec![0x64]),
    ];
    let rex = prop_oneof![2 => Just(vec![]), 3 => (0x40u8..0x50).prop_map(|b| vec![b])];
    let opcode = prop_oneof![
        6 => (0u8..0x40).prop_map(|b| vec![b]),
        1 => (0x50u8..0x60).prop_map(|b| vec![b]),
        8 => prop::sample::select(vec![
            0x63u8, 0x69, 0x6b, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0x8f, 0x90, 0x98, 0x99,
            0xa8, 0xa9, 0xc0, 0xc1, 0xc6, 0xc7, 0xd0, 0xd1, 0xd2, 0xd3, 0xf6, 0xf7, 0xfe, 0xff, 0x68, 0x6a, 0xc9, 0x9f, 0x9e,
        ]).prop_map(|b| vec![b]),
        1 => (0xb0u8..0xc0).prop_map(|b| vec![b]),
        3 => (0x40u8..0x50).prop_map(|b| vec![0x0f, b]),
        3 => (0x90u8..0xa0).prop_map(|b| vec![0x0f, b]),
        4 => (0xa3u8..0xd0).prop_map(|b| vec![0x0f, b]),
        4 => (0x10u8..0x18).prop_map(|b| vec![0x0f, b]),
        3 => (0x28u8..0x30).prop_map(|b| vec![0x0f, b]),
        10 => (0x50u8..0x80).prop_map(|b| vec![0x0f, b]),
        6 => (0xc2u8..=0xff).prop_map(|b| vec![0x0f, b]),
        x87 => (0xd8u8..0xe0).prop_map(|b| vec![b]),
        1 => Just(vec![0x9b]),
        6 => (0x00u8..0x42).prop_map(|b| vec![0x0f, 0x38, b]),
        2 => any::<u8>().prop_map(|b| vec![0x0f, 0x38, b]),
        4 => (0x00u8..0x64).prop_map(|b| vec![0x0f, 0x3a, b]),
        1 => any::<u8>().prop_map(|b| vec![0x0f, 0x3a, b]),
    ];
    let legacy = (prefix, rex, opcode).prop_map(|(p, r, o)| [p, r, o].concat());
    // Three-byte VEX: R, X and B at random, vvvv too or unused.
    let vex = (prop::sample::select(vex_encodings()), 0u8..8, prop_oneof![0u8..16, Just(15)])
        .prop_map(|([map, rest, opcode], rxb, v)| vec![0xc4, rxb << 5 | map, rest | v << 3, opcode]);
    let short = (prop::sample::select(vex_encodings()), any::<u8>())
        .prop_map(|([_, rest, opcode], rv)| vec![0xc5, rest & 7 | rv & 0xf8, opcode]);
    let start = prop_oneof![8 => legacy, 5 => vex, 2 => short];
    let any_form = (start, any::<[u8; 10]>(), any::<bool>()).prop_map(|(start, mut tail, register)| {
        if register {
            tail[0] |= 0xc0;
        }
        [start, tail.to_vec()].concat()
    });
    // Gathers: their memory operand must have a vector for an index. A byte of displacement keeps what they touch close to the base.
    let gather = (0u8..8, any::<u8>(), 0x90u8..0x94, any::<u8>(), any::<[u8; 2]>()).prop_map(
        |(rxb, rest, opcode, reg, [sib, disp])| {
            vec![0xc4, rxb << 5 | 2, rest & 0xfc | 1, opcode, 0x44 | reg & 0x38, sib, disp]
        },
    );
    prop_oneof![30 => any_form, 1 => gather].prop_filter_map("not plain code", |mut bytes| {
        let mut decoder = Decoder::with_ip(64, &bytes, CODE, DecoderOptions::NONE);
        let insn = decoder.decode();
        let at = decoder.get_constant_offsets(&insn).displacement_offset();
        if insn.is_ip_rel_memory_operand() {
            // Into the data, wherever near `CODE` the instruction will stand.
            let to = (DATA - CODE) as u32 + u32::from(bytes[at]) * 32;
            bytes[at..at + 4].copy_from_slice(&to.to_le_bytes());
        }
        (!insn.is_invalid() && insn.flow_control() == FlowControl::Next && insn.mnemonic() != Mnemonic::Cpuid)
            .then(|| bytes[..insn.len()].to_vec())
    })
}

fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => (DATA + 0x100..DATA + DATA_LEN - 0x100).prop_map(|v| v & !15),
        1 => DATA..DATA + DATA_LEN,
        1 => any::<u64>(),
        1 => prop::sample::select(vec![0u64, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, u64::MAX, 1 << 63, i64::MAX as u64]),
        1 => any::<f64>().prop_map(f64::to_bits),
    ]
}

/// A register of the x87 unit: sign and exponent, significand. Ordinary numbers, and the odd ones.
fn extended() -> impl Strategy<Value = (u16, u64)> {
    let exponent = prop_oneof![
        8 => 0x3fffu16 - 70..0x3fff + 70,
        4 => 0x3ffbu16..0x4004,
        1 => 0u16..0x8000,
        1 => prop::sample::select(vec![0u16, 1, 2, 62, 63, 64, 0x3c00, 0x3f81, 0x407e, 0x43fe, 0x7ffd, 0x7ffe, 0x7fff]),
    ];
    let significand = prop_oneof![
        6 => any::<u64>().prop_map(|v| v | 1 << 63),
        2 => (0u32..64).prop_map(|n| u64::MAX << n),
        2 => (0u32..64).prop_map(|n| 1 << 63 | 1 << n),
        1 => (0u32..64, any::<u64>()).prop_map(|(n, v)| v >> n),
        1 => Just(1 << 63),
    ];
    let number = (exponent, significand).prop_map(|(e, s)| if s == 0 { (0, 0) } else { (e, s) });
    let magnitude = prop_oneof![8 => number, 1 => Just((0, 0))];
    (magnitude, any::<bool>()).prop_map(|((e, s), negative)| (e | u16::from(negative) << 15, s))
}

/// The x87 unit: mostly with default control and nothing pending, and room for pushes.
fn x87() -> impl Strategy<Value = X87> {
    let control = prop_oneof![
        6 => Just(0x37fu16),
        1 => any::<u16>().prop_map(|v| v & 0x0f00 | 0x7f),
        1 => any::<u16>().prop_map(|v| v & 0x1f7f | 0x40),
    ];
    let status = prop_oneof![3 => Just(0u16), 1 => any::<u16>().prop_map(|v| v & 0x477f)];
    let in_use = prop_oneof![2 => Just(0x0fu8), 2 => Just(0x7f), 1 => Just(0xff), 1 => any::<u8>()];
    (prop::collection::vec(extended(), 8), control, status, 0u8..8, in_use).prop_map(
        |(registers, control, status, top, in_use)| {
            let pending = if status & !control & 0x3f != 0 { 0x8080 } else { 0 };
            let mut x =
                X87 { control, status: status | pending, top, in_use: in_use.rotate_left(u32::from(top)), ..X87::INIT };
            for (i, (e, s)) in registers.into_iter().enumerate() {
                (x.sign_exponent[i], x.significand[i]) = (e, s);
            }
            x
        },
    )
}

/// 64 bits of a vector register: also small indices and masks of signs, for gathers and masked moves, and floats
/// that other formats can hold.
fn vector_word() -> impl Strategy<Value = u64> {
    let dwords = |a: i32, b: i32| u64::from(a as u32) << 32 | u64::from(b as u32);
    prop_oneof![
        4 => value(),
        1 => (-64i32..64, -64i32..64).prop_map(move |(a, b)| dwords(a, b)),
        1 => (-64i64..64).prop_map(|v| v as u64),
        1 => (-300f32..300.0, -300f32..300.0).prop_map(move |(a, b)| dwords(a.to_bits() as i32, b.to_bits() as i32)),
        1 => (-1e9f64..1e9).prop_map(f64::to_bits),
        1 => any::<u64>().prop_map(|v| v & 0x8000_0000_8000_0000),
    ]
}

struct State {
    cpu: CpuState,
    mem: AddressSpace,
}

fn start(code: &[u8], regs: &[u64], vectors: &[u64], rflags: u64) -> State {
    let mut mem = AddressSpace::new(1 << 30);
    for (at, len, prot) in [(CODE, 0x2000, Prot::READ | Prot::EXEC), (DATA, DATA_LEN, Prot::READ | Prot::WRITE)] {
        mem.map(MapRequest { place: Place::Fixed(GuestAddr(at)), len, prot, kind: Kind::Anon }).unwrap();
    }
    mem.poke(GuestAddr(CODE), code).unwrap();
    let fill: Vec<u8> = (0..DATA_LEN).map(|i| (i.wrapping_mul(0x9e37_79b9) >> 7) as u8).collect();
    mem.poke(GuestAddr(DATA), &fill).unwrap();
    let mut cpu = CpuState::new();
    cpu.gpr.copy_from_slice(regs);
    cpu.fs_base = DATA + 0x800;
    for (v, w) in cpu.vector.iter_mut().zip(vectors.chunks(4)) {
        v.0[..4].copy_from_slice(w);
        // What a legacy instruction keeps and a VEX one clears.
        v.0[4..].fill(w[0] | 1);
    }
    cpu.rip = CODE;
    cpu.flags.set_rflags(rflags & !0x100);
    State { cpu, mem }
}

/// Runs until something happens, in slices of `slice` instructions; the exit and the instructions retired.
fn run(state: &mut State, slice: u64, limit: u64) -> (Exit, u64) {
    let mut engine = Interpreter::new(CpuModel::MAX);
    let mut retired = 0;
    loop {
        let mut fuel = slice.min(limit - retired);
        let before = fuel;
        let exit = engine.run(&mut state.cpu, &mut state.mem, &mut fuel);
        retired += before - fuel;
        if exit != Exit::OutOfFuel || retired == limit {
            return (exit, retired);
        }
    }
}

fn listing(code: &[u8]) -> String {
    let insns = Decoder::with_ip(64, code, CODE, DecoderOptions::NONE).into_iter();
    insns.map(|i| format!("\n{:x}: {i}", i.ip())).collect()
}

fn differences(a: &CpuState, b: &CpuState) -> String {
    let mut out = String::new();
    let mut note = |name: String, a: String, b: String| {
        if a != b {
            out += &format!("\n{name}: fast {a}, stepped {b}");
        }
    };
    for i in 0..16 {
        note(format!("gpr {i}"), format!("{:x}", a.gpr[i]), format!("{:x}", b.gpr[i]));
    }
    for i in 0..32 {
        note(format!("vector {i}"), format!("{:x?}", a.vector[i]), format!("{:x?}", b.vector[i]));
    }
    note("rflags".into(), format!("{:x}", a.flags.rflags()), format!("{:x}", b.flags.rflags()));
    note("rip".into(), format!("{:x}", a.rip), format!("{:x}", b.rip));
    note("mxcsr".into(), format!("{:x?}", a.mxcsr), format!("{:x?}", b.mxcsr));
    note("x87".into(), format!("{:x?}", a.x87), format!("{:x?}", b.x87));
    out
}

#[test]
fn whole_blocks_and_single_steps_agree() {
    agree(1);
}

#[test]
fn whole_blocks_and_single_steps_agree_on_x87() {
    agree(250);
}

fn agree(x87_weight: u32) {
    #[allow(clippy::disallowed_methods, reason = "a knob of the test, not the machine's")]
    let cases = std::env::var("UEMU_CASES").ok().and_then(|v| v.parse().ok()).unwrap_or(8_000);
    // Bytes that are no plain code are many.
    let config = Config { cases, max_local_rejects: u32::MAX, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::XorShift));
    let strategy = (
        prop::collection::vec(instruction(x87_weight), 1..12),
        prop::collection::vec(value(), 16),
        prop::collection::vec(vector_word(), 64),
        any::<u64>(),
        0u8..20,
        // By default, other controls with exceptions masked, or anything.
        prop_oneof![
            2 => Just(0x1f80u32),
            2 => any::<u32>().prop_map(|v| v & 0xffff | 0x1f80),
            1 => any::<u32>().prop_map(|v| v & 0xffff),
        ],
        x87(),
    );
    runner
        .run(&strategy, |(insns, regs, vectors, rflags, cc, mxcsr, x87)| {
            // `jcc +2` (or LOOPNE, LOOPE, LOOP, JRCXZ); `syscall; syscall`: the block ends in the branch, RIP tells which way it went, and no
            // block has more instructions than there is fuel.
            let code =
                [insns.concat(), vec![if cc < 16 { 0x70 + cc } else { 0xe0 + cc - 16 }, 2, 0x0f, 5, 0x0f, 5]].concat();
            let limit = insns.len() as u64 + 2;
            let mut fast = start(&code, &regs, &vectors, rflags);
            let mut slow = start(&code, &regs, &vectors, rflags);
            (fast.cpu.mxcsr.0, slow.cpu.mxcsr.0) = (mxcsr, mxcsr);
            (fast.cpu.x87, slow.cpu.x87) = (x87, x87);
            let a = run(&mut fast, limit, limit);
            let b = run(&mut slow, 1, limit);
            prop_assert!(
                a == b && fast.cpu == slow.cpu,
                "{}\nfast {:?}, stepped {:?}{}",
                listing(&code),
                a,
                b,
                differences(&fast.cpu, &slow.cpu)
            );
            let (mut x, mut y) = (vec![0; DATA_LEN as usize], vec![0; DATA_LEN as usize]);
            fast.mem.peek(GuestAddr(DATA), &mut x);
            slow.mem.peek(GuestAddr(DATA), &mut y);
            prop_assert!(x == y, "{}\nmemory differs", listing(&code));
            Ok(())
        })
        .unwrap_or_else(|e| match e {
            TestError::Fail(why, _) => panic!("{why}"),
            TestError::Abort(why) => panic!("aborted: {why}"),
        });
}
