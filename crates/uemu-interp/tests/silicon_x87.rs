//! Silicon is the oracle: every x87 encoding, executed here and natively over adversarial register contents.
//!
//! The instruction, operand and opcode pointers are not compared: AMD's processors keep them for unmasked exceptions only.
//! `SILICON_RUNS=N` runs each encoding N times, `SILICON_ONLY=mnemonic` only that one.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(clippy::disallowed_methods, reason = "a test's own knobs come from the environment")]

#[path = "common/native.rs"]
mod native;

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic as M};
use native::{DATA, DATA_LEN, Image, Native};
use std::collections::BTreeMap;
use uemu_cpu::save_area::{fxrstor_image, fxsave_image};
use uemu_cpu::{CpuModel, CpuState, Exception};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

/// Bytes of the data page that an instruction may touch.
const TOUCHED: usize = 640;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn significand(&mut self) -> u64 {
        match self.below(8) {
            0 => 1 << 63,
            1 => !0,
            2 => 1 << 63 | 1 << self.below(63),
            3 => !0 << self.below(64),
            4 => !0 >> self.below(64) | 1 << 63,
            _ => self.next() | 1 << 63,
        }
    }

    fn extended(&mut self) -> (u16, u64) {
        let sign = (self.below(2) as u16) << 15;
        let s = self.significand();
        let (e, s) = match self.below(24) {
            0 => (0, 0),
            1 => (0, s >> self.below(64)),
            2 => (0, s),
            3 => (0x7fff, 1 << 63),
            4 => (0x7fff, s),
            5 => (0x7fff, s | 3 << 62),
            6 => (0x7fff, s & !(1 << 62) | 1),
            7 => (self.below(0x8000) as u16, s & !(1 << 63)),
            8 => (self.below(70) as u16 + 1, s),
            9 => (0x7ffe - self.below(70) as u16, s),
            10 => (self.pick(&[0x3f81, 0x3f6a, 0x407e, 0x3c01, 0x3bcd, 0x43fe, 0x4000]) + self.below(3) as u16 - 1, s),
            11 => (self.below(0x7fff) as u16, s),
            12 => (0x3fff, 1 << 63),
            13 => (0x3ffe + self.below(20) as u16, s & !0 << (63 - self.below(20))),
            14..=17 => (0x3fff - 70 + self.below(140) as u16, s),
            _ => (0x3fff - 6 + self.below(12) as u16, s),
        };
        (sign | e, s)
    }
}

fn f32_bits(r: &mut Rng) -> u32 {
    let (sign, fraction) = ((r.below(2) as u32) << 31, r.next() as u32 & 0x7f_ffff);
    sign | fraction | r.pick(&[0, 1, 0x7e, 0x7f, 0x80, 0x96, 0xfe, 0xff, r.0 as u32 & 0xff]) << 23
}

fn f64_bits(r: &mut Rng) -> u64 {
    let (sign, fraction) = (r.below(2) << 63, r.next() & ((1 << 52) - 1));
    sign | fraction & !0 << r.below(53) | r.pick(&[0, 1, 0x3fe, 0x3ff, 0x400, 0x432, 0x7fe, 0x7ff, r.0 & 0x7ff]) << 52
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

/// The signal Linux sends for an outcome; 0 for none.
fn signal(out: &Outcome) -> u64 {
    match out {
        Ok(Flow::Next) => 0,
        Err(Stop::Exception(Exception::X87)) => 8,
        Err(Stop::Exception(Exception::GeneralProtection) | Stop::Fault(_)) => 11,
        Err(Stop::Exception(Exception::InvalidOpcode { .. })) => 4,
        _ => 99,
    }
}

fn decode(bytes: &[u8]) -> Option<Instruction> {
    let i = Decoder::with_ip(64, bytes, 0x1100_0000, DecoderOptions::NONE).decode();
    (!i.is_invalid()).then_some(i)
}

/// D8 to DF with every register form, and memory at [rbx]; WAIT; 16-bit environments.
fn encodings() -> Vec<(Vec<u8>, Instruction)> {
    let mut all = vec![vec![0x9b]];
    for op in 0xd8..=0xdfu8 {
        all.extend((0..8).map(|reg| vec![op, reg << 3 | 3]));
        all.extend((0xc0..=0xffu8).map(|modrm| vec![op, modrm]));
    }
    all.extend([[0xd9, 0x23], [0xd9, 0x33], [0xdd, 0x23], [0xdd, 0x33]].map(|b| vec![0x66, b[0], b[1]]));
    let known = |b: Vec<u8>| decode(&b).map(|i| (b, i));
    all.into_iter().filter_map(known).filter(|(_, i)| documented(i)).collect()
}

/// Not the switches of the 8087 and 80287, which today's processors treat each their own way.
fn documented(i: &Instruction) -> bool {
    !matches!(
        i.mnemonic(),
        M::Fneni | M::Fndisi | M::Fnsetpm | M::Frstpm | M::Fstpnce | M::Fstdw | M::Fnstdw | M::Fstsg | M::Fnstsg
    )
}

fn transcendental(m: M) -> bool {
    matches!(m, M::F2xm1 | M::Fyl2x | M::Fyl2xp1 | M::Fptan | M::Fpatan | M::Fsin | M::Fcos | M::Fsincos)
}

/// Random state, in which the instruction makes sense more often than not.
fn image(r: &mut Rng, i: &Instruction) -> Image {
    let mut image = Image::new();
    image.gpr[3] = DATA;
    let masks = match r.below(4) {
        0 => r.below(64) as u16,
        _ => 0x3f,
    };
    let precision = r.pick(&[0u16, 0x200, 0x300, 0x300]);
    let control = masks | 0x40 | precision | (r.below(4) as u16) << 10;
    let status = (r.below(8) as u16) << 11 | r.next() as u16 & 0x4700;
    let stale = if r.below(8) == 0 { r.below(128) as u16 } else { 0 };
    image.fx[0..2].copy_from_slice(&control.to_le_bytes());
    image.fx[2..4].copy_from_slice(&(status | stale).to_le_bytes());
    let top = usize::from(status >> 11 & 7);
    // ST(7) is mostly free, the rest mostly not.
    let mut tags = if r.below(8) == 0 { r.next() as u8 } else { !(1u8 << ((top + 7) & 7)) };
    if r.below(16) == 0 {
        tags = 0xff;
    }
    image.fx[4] = tags;
    for st in 0..8 {
        let mut v = r.extended();
        if transcendental(i.mnemonic()) && r.below(2) == 0 {
            v.0 = v.0 & 0x8000 | r.pick(&[0x3fff, 0x3ffe, 0x3ffd, 0x3ff0, 0x3fc0, 0x4005, 0x4020]);
            v.1 |= 1 << 63;
        }
        if st == 1 && r.below(8) == 0 {
            v.0 = v.0 & 0x8000 | u16::from_le_bytes([image.fx[40], image.fx[41]]) & 0x7fff;
        }
        let at = 32 + 16 * st;
        image.fx[at..at + 8].copy_from_slice(&v.1.to_le_bytes());
        image.fx[at + 8..at + 10].copy_from_slice(&v.0.to_le_bytes());
    }
    image.rflags = 0x202 | r.next() & 0x8d5;
    image
}

/// The memory operand, by its kind.
fn operand(r: &mut Rng, i: &Instruction, data: &mut [u8]) {
    use iced_x86::MemorySize as S;
    for b in data.iter_mut() {
        *b = r.next() as u8;
    }
    match i.memory_size() {
        S::Float32 => data[..4].copy_from_slice(&f32_bits(r).to_le_bytes()),
        S::Float64 => data[..8].copy_from_slice(&f64_bits(r).to_le_bytes()),
        S::Float80 => {
            let v = r.extended();
            data[..8].copy_from_slice(&v.1.to_le_bytes());
            data[8..10].copy_from_slice(&v.0.to_le_bytes());
        }
        S::Bcd => {
            for b in &mut data[..9] {
                *b = (r.below(10) << 4 | r.below(10)) as u8;
            }
        }
        S::Int16 | S::Int32 | S::Int64 if r.below(4) == 0 => data[..8].fill(r.pick(&[0, 0xff])),
        _ => {}
    }
}

/// Units in the last place between two numbers of one sign.
fn distance(a: (u16, u64), b: (u16, u64)) -> u128 {
    let key = |v: (u16, u64)| u128::from(v.0) << 63 | u128::from(v.1 & !(1 << 63));
    key(a).abs_diff(key(b))
}

fn st(fx: &[u8], i: usize) -> (u16, u64) {
    let at = 32 + 16 * i;
    (u16::from_le_bytes([fx[at + 8], fx[at + 9]]), u64::from_le_bytes(fx[at..at + 8].try_into().unwrap()))
}

/// What is compared, as text.
fn show(fx: &[u8], flags: u64, data: &[u8], signal: u64, i: &Instruction) -> Vec<String> {
    let word = |n: usize| u16::from_le_bytes([fx[n], fx[n + 1]]);
    // C1 of these: undefined, since a result one unit off may be rounded the other way; zero by the manual, but left
    // alone by AMD.
    let unlike = matches!(i.mnemonic(), M::Fcomi | M::Fcomip | M::Fucomi | M::Fucomip);
    let ignore = if transcendental(i.mnemonic()) || unlike { 0x200 } else { 0 };
    let mut out = vec![format!("signal={signal} flags={:x}", flags & 0x8d5)];
    let status = word(2) & !ignore;
    out.push(format!("cw={:04x} sw={status:04x} tags={:02x}", word(0), fx[4]));
    out.extend((0..8).map(|n| format!("st{n}={:04x}_{:016x}", st(fx, n).0, st(fx, n).1)));
    out.push(data.iter().map(|b| format!("{b:02x}")).collect());
    out
}

/// Hides the pointers of an environment in memory.
fn without_pointers(i: &Instruction, data: &[u8]) -> Vec<u8> {
    let mut d = data[..112].to_vec();
    let hide = match i.memory_size().size() {
        14 | 94 => 6..14,
        28 | 108 => 12..28,
        _ => 0..0,
    };
    if matches!(i.mnemonic(), M::Fnstenv | M::Fnsave) {
        d[hide].fill(0);
    }
    d
}

#[test]
fn every_encoding_as_silicon_has_it() {
    let runs: u64 = std::env::var("SILICON_RUNS").ok().and_then(|v| v.parse().ok()).unwrap_or(1500);
    let only = std::env::var("SILICON_ONLY").ok();
    let mut native = Native::lock();
    let mut mem = guest();
    let mut wrong: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for (bytes, i) in encodings() {
        let name = format!("{:?}", i.mnemonic());
        if only.as_ref().is_some_and(|o| !o.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let mut r = Rng(u64::from(bytes[0]) << 8 | u64::from(bytes[bytes.len() - 1]));
        native.load(&bytes);
        // Register forms differ in their index only.
        let runs = if i.op_count() > 0 && i.memory_size().size() == 0 { runs / 3 } else { runs };
        for _ in 0..runs {
            let mut image = image(&mut r, &i);
            let mut data = vec![0; TOUCHED];
            operand(&mut r, &i, &mut data);
            native.data()[..TOUCHED].copy_from_slice(&data);
            mem.write(GuestAddr(DATA), &data).unwrap();
            let mut cpu = CpuState::new();
            cpu.gpr = image.gpr;
            cpu.rip = 0x1100_0000;
            cpu.flags.set_rflags(image.rflags);
            fxrstor_image(&mut cpu, &image.fx).unwrap();
            let before = show(&image.fx, image.rflags, &without_pointers(&i, &data), 0, &i);
            let out = generic::execute(&mut Cx { cpu: &mut cpu, mem: &mut mem, insn: &i, model: &CpuModel::MAX });
            // AMD pushes a denormal even where its exception is unmasked; the manual (vol. 1, 8.5.2) leaves the stack alone.
            if i.mnemonic() == M::Fld && cpu.x87.status & !cpu.x87.control & 2 != 0 {
                continue;
            }
            native.run(&mut image);
            let mut ours = fxsave_image(&cpu);
            let mut ax_ours = cpu.gpr[0];
            let ax_native = image.gpr[0];
            if transcendental(i.mnemonic()) {
                for n in 0..2 {
                    let (a, b) = (st(&ours, n), st(&image.fx, n));
                    if distance(a, b) <= 2 {
                        let at = 32 + 16 * n;
                        ours[at..at + 10].copy_from_slice(&image.fx[at..at + 10]);
                    }
                }
            }
            let mut ours_data = vec![0; TOUCHED];
            mem.read(GuestAddr(DATA), &mut ours_data).unwrap();
            ax_ours ^= ax_native;
            let a = show(&ours, cpu.flags.rflags(), &without_pointers(&i, &ours_data), signal(&out), &i);
            let b = show(&image.fx, image.rflags, &without_pointers(&i, native.data()), image.signal, &i);
            if a != b || ax_ours != 0 {
                let kinds: Vec<&str> =
                    a.iter().zip(&b).filter(|(x, y)| x != y).map(|(x, _)| x.get(..3).unwrap_or("")).collect();
                let entry = wrong.entry(format!("{name} {kinds:?}")).or_insert_with(|| {
                    let mut text = String::new();
                    for ((x, y), z) in a.iter().zip(&b).zip(&before) {
                        if x != y {
                            text += &format!("\n    ours   {x}\n    native {y}\n    before {z}");
                        }
                    }
                    let state = before[1..5].join(" ");
                    (0, format!("{bytes:02x?} {state} data {}{text} ax {ax_ours:x}", &before[10][..20]))
                });
                entry.0 += 1;
            }
        }
    }
    let total = wrong.len();
    let text: Vec<String> = wrong.iter().take(60).map(|(k, (n, t))| format!("{k}: {n} times: {t}")).collect();
    assert!(wrong.is_empty(), "{total} encodings differ\n{}", text.join("\n"));
}
