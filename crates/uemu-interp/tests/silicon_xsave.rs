//! Silicon is the oracle: XSAVE, XSAVEC, XSAVEOPT and XRSTOR of every choice of x87, SSE and AVX state, in use or not.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(unsafe_code, reason = "executes the instructions natively: that is the point")]

#[path = "common/float_values.rs"]
#[allow(dead_code, reason = "the random numbers are shared, the floating-point values are not")]
mod values;

use iced_x86::{Decoder, DecoderOptions};
use std::arch::asm;
use uemu_cpu::save_area::{self, AVX_AT, AVX_LEN, AVX_STATE, Header, LEGACY, MAX_SIZE, SSE_STATE, X87_STATE};
use uemu_cpu::{CpuModel, CpuState, Mxcsr};
use uemu_interp::generic::{self, Cx, Flow};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};
use values::Rng;

const ALL: u64 = X87_STATE | SSE_STATE | AVX_STATE;
const DATA: u64 = 0x1000_0000;

#[repr(C, align(64))]
#[derive(Clone, PartialEq, Debug)]
struct Area([u8; 1024]);

/// Room for whatever components this processor has.
#[repr(C, align(64))]
struct Whole([u8; 16384]);

/// Executes one instruction on `area` natively, with the state in `state` and EDX:EAX = `mask`; the state then is what
/// `after` gets.
macro_rules! native {
    ($name:ident, $insn:literal) => {
        fn $name(state: &Area, area: &mut Area, after: &mut Area, mask: u64) {
            let mut ours = Whole([0; 16384]);
            // SAFETY: all state XSAVE knows is put aside first and taken back at the end, with nothing of Rust's in
            // between; the areas are aligned, large enough, and have valid headers.
            unsafe {
                asm!(
                    "mov eax, -1", "mov edx, -1", "xsave64 [{ours}]",
                    "mov eax, 7", "xor edx, edx", "xrstor64 [{state}]",
                    "mov eax, {mask:e}", concat!($insn, " [{area}]"),
                    "mov eax, 7", "xsave64 [{after}]",
                    "mov eax, -1", "mov edx, -1", "xrstor64 [{ours}]",
                    ours = in(reg) &mut ours, state = in(reg) state, area = in(reg) area, after = in(reg) after,
                    mask = in(reg) mask, out("eax") _, out("edx") _,
                )
            }
        }
    };
}
native!(native_xsave, "xsave64");
native!(native_xsavec, "xsavec64");
native!(native_xsaveopt, "xsaveopt64");
native!(native_xrstor, "xrstor64");

type Native = fn(&Area, &mut Area, &mut Area, u64);

const SAVES: [(Native, &[u8]); 3] = [
    (native_xsave, &[0x48, 0x0f, 0xae, 0x23]),
    (native_xsavec, &[0x48, 0x0f, 0xc7, 0x23]),
    (native_xsaveopt, &[0x48, 0x0f, 0xae, 0x33]),
];
const XRSTOR: &[u8] = &[0x48, 0x0f, 0xae, 0x2b];

/// A processor with these components in use.
fn state(rng: &mut Rng, used: u64) -> CpuState {
    let mut cpu = CpuState::new();
    if used & X87_STATE != 0 {
        cpu.x87.top = rng.below(8) as u8;
        cpu.x87.in_use = rng.next() as u8 | 1;
        cpu.x87.significand = [0; 8].map(|_: u64| rng.next());
        cpu.x87.sign_exponent = [0; 8].map(|_: u16| rng.next() as u16);
    }
    for v in &mut cpu.vector[..16] {
        for (half, component) in [(0, SSE_STATE), (2, AVX_STATE)] {
            if used & component != 0 {
                v.0[half] = rng.next() | 1;
                v.0[half + 1] = rng.next();
            }
        }
    }
    if rng.below(2) == 0 {
        cpu.mxcsr = Mxcsr(0x1f80 | rng.next() as u32 & 0x603f);
    }
    cpu
}

/// The standard image of a processor's state, which says truly what is in use.
fn image(cpu: &CpuState) -> Area {
    let mut a = Area([0; 1024]);
    a.0[..LEGACY].copy_from_slice(&save_area::fxsave_image(cpu));
    let header = Header { present: save_area::in_use(cpu), compacted: 0 };
    a.0[LEGACY..AVX_AT].copy_from_slice(&header.bytes());
    let mut upper = [0; AVX_LEN];
    save_area::put_avx(cpu, &mut upper);
    a.0[AVX_AT..MAX_SIZE].copy_from_slice(&upper);
    a
}

fn execute(cpu: &mut CpuState, area: &mut Area, mask: u64, code: &[u8]) {
    let mut mem = AddressSpace::new(1 << 20);
    let prot = Prot::READ | Prot::WRITE;
    mem.map(MapRequest { place: Place::Fixed(GuestAddr(DATA)), len: 4096, prot, kind: Kind::Anon }).unwrap();
    mem.write(GuestAddr(DATA), &area.0).unwrap();
    (cpu.gpr[0], cpu.gpr[2], cpu.gpr[3]) = (mask, 0, DATA);
    let insn = Decoder::with_ip(64, code, 0x1100_0000, DecoderOptions::NONE).decode();
    let done = generic::execute(&mut Cx { cpu, mem: &mut mem, insn: &insn, model: &CpuModel::MAX });
    assert_eq!(done, Ok(Flow::Next));
    mem.read(GuestAddr(DATA), &mut area.0).unwrap();
}

/// Where two areas differ; MXCSR_MASK is the vendor's.
fn difference(ours: &Area, native: &Area) -> Option<String> {
    let at = (0..ours.0.len()).find(|&i| ours.0[i] != native.0[i] && !(28..32).contains(&i))?;
    Some(format!("byte {at}: {:02x}, native {:02x}", ours.0[at], native.0[at]))
}

fn supported() -> bool {
    is_x86_feature_detected!("avx") && is_x86_feature_detected!("xsavec") && is_x86_feature_detected!("xsaveopt")
}

#[test]
fn saved_areas_agree() {
    let mut rng = Rng(7);
    for round in 0..if supported() { 3000 } else { 0 } {
        let mut cpu = state(&mut rng, round & ALL);
        let from = image(&cpu);
        let mask = rng.below(8);
        for (native, code) in SAVES {
            let mut area = Area([0xcc; 1024]);
            let header = Header { present: rng.next() & ALL, compacted: 0 };
            area.0[LEGACY..AVX_AT].copy_from_slice(&header.bytes());
            let mut silicon = area.clone();
            native(&from, &mut silicon, &mut Area([0; 1024]), mask);
            execute(&mut cpu, &mut area, mask, code);
            if let Some(why) = difference(&area, &silicon) {
                panic!("{code:02x?} in use {:x} mask {mask:x} mxcsr {:x}: {why}", round & ALL, cpu.mxcsr.0);
            }
        }
    }
}

#[test]
fn restored_states_agree() {
    let mut rng = Rng(8);
    for round in 0..if supported() { 3000 } else { 0 } {
        let mut cpu = state(&mut rng, round & ALL);
        let from = image(&cpu);
        let mask = rng.below(8);
        let mut area = image(&state(&mut rng, ALL));
        let present = rng.next() & ALL;
        let compacted = if round & 8 != 0 { 1 << 63 | present | rng.next() & ALL } else { 0 };
        area.0[LEGACY..AVX_AT].copy_from_slice(&Header { present, compacted }.bytes());
        let mut after = Area([0; 1024]);
        native_xrstor(&from, &mut area.clone(), &mut after, mask);
        execute(&mut cpu, &mut area, mask, XRSTOR);
        let mut ours = image(&cpu);
        // Hardware may call in use what was loaded, though it be the initial values.
        ours.0[LEGACY] = after.0[LEGACY];
        if let Some(why) = difference(&ours, &after) {
            panic!("present {present:x} compacted {compacted:x} mask {mask:x}: {why}");
        }
    }
}
