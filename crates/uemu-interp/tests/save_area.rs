//! XSAVE and XRSTOR: header rules, init optimisation, alignment (SDM vol. 1, chapter 13). FXSAVE's image is compared with
//! silicon's by every other test that enters or leaves through it.

use iced_x86::{Decoder, DecoderOptions};
use uemu_cpu::save_area::xsave_size;
use uemu_cpu::{CpuModel, CpuState, Exception, X87};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

const DATA: u64 = 0x1000_0000;
const XSAVE: &[u8] = &[0x48, 0x0f, 0xae, 0x23];
const XSAVEC: &[u8] = &[0x48, 0x0f, 0xc7, 0x23];
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
        cpu.gpr[0] = 3;
        Machine { cpu, mem }
    }
    fn run(&mut self, code: &[u8]) -> Outcome {
        let insn = Decoder::with_ip(64, code, 0x1100_0000, DecoderOptions::NONE).decode();
        generic::execute(&mut Cx { cpu: &mut self.cpu, mem: &mut self.mem, insn: &insn, model: &CpuModel::MAX })
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
        m.cpu.mxcsr.0 = 0x1fa0;
        m
    }
}

#[test]
fn saves_and_restores_all() {
    for (save, restore) in [(XSAVE, XRSTOR), (XSAVEC, XRSTOR), (FXSAVE, FXRSTOR)] {
        let mut m = Machine::filled();
        let before = m.cpu.clone();
        assert_eq!(m.run(save), Ok(Flow::Next));
        assert_eq!(m.cpu, before);
        m.cpu.x87 = X87::INIT;
        m.cpu.vector[15].0[1] = 0;
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

#[test]
fn absent_components_become_initial() {
    let mut m = Machine::filled();
    m.put(24, 0x1fc0);
    assert_eq!(m.run(XRSTOR), Ok(Flow::Next));
    assert_eq!((m.cpu.x87, m.cpu.vector[15].0[1]), (X87::INIT, 0));
    assert_eq!(m.cpu.mxcsr.0, 0x1fc0, "MXCSR comes from memory all the same");
    let mut m = Machine::filled();
    m.cpu.gpr[0] = 0;
    let before = m.cpu.clone();
    assert_eq!(m.run(XRSTOR), Ok(Flow::Next));
    assert_eq!(m.cpu, before, "nothing was asked for");
}

#[test]
fn bad_areas_raise_gp_and_change_nothing() {
    let cases: [(u64, u64); 6] = [(512, 4), (520, 1), (520, 1 << 63 | 4), (528, 1), (24, 1 << 16), (512, 1 << 63)];
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
    let last = 4096 - xsave_size() as u64 + 64;
    m.cpu.gpr[3] = DATA + last;
    assert!(matches!(m.run(XSAVE), Err(Stop::Fault(_))));
    assert_eq!(m.u64_at(last), 0);
}
