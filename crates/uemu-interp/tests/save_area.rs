//! XSAVE and XRSTOR: header rules, init optimisation, alignment (SDM vol. 1, chapter 13). FXSAVE's image is compared with
//! silicon's by every other test that enters or leaves through it.

use iced_x86::{Decoder, DecoderOptions};
use uemu_cpu::save_area::{AVX_AT, MAX_SIZE};
use uemu_cpu::{CpuModel, CpuState, Exception, X87};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

const DATA: u64 = 0x1000_0000;
const XSAVE: &[u8] = &[0x48, 0x0f, 0xae, 0x23];
const XSAVEC: &[u8] = &[0x48, 0x0f, 0xc7, 0x23];
const XSAVEOPT: &[u8] = &[0x48, 0x0f, 0xae, 0x33];
const XRSTOR: &[u8] = &[0x48, 0x0f, 0xae, 0x2b];
const FXSAVE: &[u8] = &[0x48, 0x0f, 0xae, 0x03];
const FXRSTOR: &[u8] = &[0x48, 0x0f, 0xae, 0x0b];
const GP: Outcome = Err(Stop::Exception(Exception::GeneralProtection));

struct Machine {
    cpu: CpuState,
    mem: AddressSpace,
}

impl Machine {
    fn new() -> Machine {
        let mut mem = AddressSpace::new(1 << 20);
        let prot = Prot::READ | Prot::WRITE;
        let place = Place::Fixed(GuestAddr(DATA));
        mem.map(MapRequest { place, len: 4096, prot, kind: Kind::Anon }).unwrap();
        let mut cpu = CpuState::new();
        cpu.gpr[3] = DATA;
        cpu.gpr[0] = 7;
        Machine { cpu, mem }
    }
    fn run(&mut self, code: &[u8]) -> Outcome {
        let insn = Decoder::with_ip(64, code, 0x1100_0000, DecoderOptions::NONE).decode();
        generic::execute(&mut Cx { cpu: &mut self.cpu, mem: &mut self.mem, insn: &insn, model: &CpuModel::MAX })
    }
    fn upper(&mut self) -> &mut u64 {
        &mut self.cpu.vector[9].0[3]
    }
    fn u64_at(&mut self, at: u64) -> u64 {
        self.mem.read_u64(GuestAddr(DATA + at)).unwrap()
    }
    fn put(&mut self, at: u64, v: u64) {
        self.mem.write_u64(GuestAddr(DATA + at), v).unwrap();
    }
    fn filled() -> Machine {
        let mut m = Machine::new();
        m.cpu.x87.significand[3] = 0x8000_0000_0000_1234;
        m.cpu.x87.sign_exponent[3] = 0x3fff;
        m.cpu.x87.top = 3;
        m.cpu.x87.in_use = 8;
        m.cpu.vector[15].0[1] = 0x55aa;
        *m.upper() = 0xa0a0;
        m.cpu.mxcsr.0 = 0x1fa0;
        m
    }
}

#[test]
fn saves_and_restores_all() {
    for (save, restore) in [(XSAVE, XRSTOR), (XSAVEC, XRSTOR), (XSAVEOPT, XRSTOR), (FXSAVE, FXRSTOR)] {
        let mut m = Machine::filled();
        if save == FXSAVE {
            *m.upper() = 0;
        }
        let before = m.cpu.clone();
        assert_eq!(m.run(save), Ok(Flow::Next));
        assert_eq!(m.cpu, before);
        m.cpu.x87 = X87::INIT;
        m.cpu.vector[15].0[1] = 0;
        *m.upper() = 0;
        m.cpu.mxcsr.0 = 0x1f80;
        assert_eq!(m.run(restore), Ok(Flow::Next));
        assert_eq!(m.cpu, before);
    }
}

#[test]
fn headers_say_what_is_there() {
    let mut m = Machine::new();
    m.run(XSAVE).unwrap();
    assert_eq!((m.u64_at(512), m.u64_at(520)), (0, 0), "all initial");
    let mut m = Machine::filled();
    m.put(512, 1);
    m.cpu.gpr[0] = 2;
    m.run(XSAVE).unwrap();
    assert_eq!((m.u64_at(512), m.u64_at(32)), (3, 0), "what was not asked for stays");
    m.run(XSAVEC).unwrap();
    assert_eq!((m.u64_at(512), m.u64_at(520)), (2, 2 | 1 << 63));
}

/// YMM's upper halves: where they lie, and that nothing is written for them unasked.
#[test]
fn upper_halves_lie_behind_the_header() {
    let at = AVX_AT as u64 + 16 * 9 + 8;
    for (save, wanted, used, stored) in [
        (XSAVE, 7, true, 0xa0a0),
        (XSAVE, 3, true, 99),
        (XSAVE, 7, false, 0),
        (XSAVEC, 4, true, 0xa0a0),
        (XSAVEC, 7, false, 99),
        (XSAVEOPT, 7, true, 0xa0a0),
        (XSAVEOPT, 7, false, 99),
    ] {
        let mut m = Machine::filled();
        if !used {
            *m.upper() = 0;
        }
        m.put(at, 99);
        m.cpu.gpr[0] = wanted;
        assert_eq!(m.run(save), Ok(Flow::Next));
        assert_eq!(m.u64_at(at), stored, "{save:x?} {wanted} {used}");
        assert_eq!(m.u64_at(512) & 4 != 0, wanted & 4 != 0 && used);
    }
}

/// MXCSR belongs to AVX as to SSE in the standard format, to SSE alone in the compacted one.
#[test]
fn whose_mxcsr_is() {
    for (save, wanted, stored) in
        [(XSAVE, 1, 0), (XSAVE, 4, 0x1fa0), (XSAVEOPT, 4, 0x1fa0), (XSAVEC, 4, 0), (XSAVEC, 2, 0x1fa0)]
    {
        let mut m = Machine::filled();
        m.cpu.gpr[0] = wanted;
        m.run(save).unwrap();
        assert_eq!(m.u64_at(24) as u32, stored, "{save:x?} {wanted}");
    }
    for (compacted, wanted, loaded) in
        [(0, 4, 0x1fc0), (0, 1, 0x1fa0), (1 << 63 | 7, 4, 0x1fa0), (1 << 63 | 7, 2, 0x1f80)]
    {
        let mut m = Machine::filled();
        m.put(24, 0x1fc0);
        m.put(520, compacted);
        m.cpu.gpr[0] = wanted;
        m.run(XRSTOR).unwrap();
        assert_eq!(m.cpu.mxcsr.0, loaded, "{compacted:x} {wanted}");
    }
}

#[test]
fn absent_components_become_initial() {
    let mut m = Machine::filled();
    m.put(24, 0x1fc0);
    assert_eq!(m.run(XRSTOR), Ok(Flow::Next));
    assert_eq!((m.cpu.x87, m.cpu.vector[15].0[1], *m.upper()), (X87::INIT, 0, 0));
    assert_eq!(m.cpu.mxcsr.0, 0x1fc0, "MXCSR comes from memory all the same");
    let mut m = Machine::filled();
    m.cpu.gpr[0] = 0;
    let before = m.cpu.clone();
    assert_eq!(m.run(XRSTOR), Ok(Flow::Next));
    assert_eq!(m.cpu, before, "nothing was asked for");
}

#[test]
fn bad_areas_raise_gp_and_change_nothing() {
    let cases: [(u64, u64); 6] = [(512, 8), (520, 1), (520, 1 << 63 | 8), (528, 1), (24, 1 << 16), (512, 1 << 63)];
    for (at, value) in cases {
        let mut m = Machine::filled();
        m.put(at, value);
        let before = m.cpu.clone();
        assert_eq!(m.run(XRSTOR), GP, "{value:x} at {at}");
        assert_eq!(m.cpu, before);
    }
    let mut m = Machine::filled();
    m.put(24, 1 << 16);
    assert_eq!(m.run(FXRSTOR), GP);
    for (code, off) in [(FXSAVE, 8), (FXRSTOR, 8), (XSAVE, 32), (XSAVEC, 16), (XRSTOR, 32)] {
        let mut m = Machine::new();
        m.cpu.gpr[3] = DATA + off;
        assert_eq!(m.run(code), GP, "misaligned");
    }
}

#[test]
fn faults_leave_memory_alone() {
    let mut m = Machine::filled();
    let last = 4096 - MAX_SIZE as u64 + 64;
    m.cpu.gpr[3] = DATA + last;
    assert!(matches!(m.run(XSAVE), Err(Stop::Fault(_))));
    assert_eq!(m.u64_at(last), 0);
    // What is not asked for is not touched.
    m.cpu.gpr[0] = 3;
    assert_eq!(m.run(XSAVE), Ok(Flow::Next));
}
