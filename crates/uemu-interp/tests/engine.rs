//! The engine as its users see it: fuel, exits, code that changes.

use uemu_cpu::{CpuModel, CpuState, Engine, Exit, Gpr};
use uemu_interp::Interpreter;
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

const CODE: u64 = 0x40_0000;
const DATA: u64 = 0x1000_0000;

fn map(mem: &mut AddressSpace, at: u64, len: u64, prot: Prot) {
    mem.map(MapRequest { place: Place::Fixed(GuestAddr(at)), len, prot, kind: Kind::Anon }).unwrap();
}

fn machine(code: &[u8], prot: Prot) -> (CpuState, AddressSpace) {
    let mut mem = AddressSpace::new(1 << 30);
    map(&mut mem, CODE, 0x1000, prot);
    mem.poke(GuestAddr(CODE), code).unwrap();
    let mut cpu = CpuState::new();
    cpu.rip = CODE;
    (cpu, mem)
}

/// Runs until something other than the end of fuel happens; the exit and the instructions retired.
fn run(engine: &mut Interpreter, cpu: &mut CpuState, mem: &mut AddressSpace, slice: u64) -> (Exit, u64) {
    let mut retired = 0;
    loop {
        let mut fuel = slice;
        let exit = engine.run(cpu, mem, &mut fuel);
        retired += slice - fuel;
        if exit != Exit::OutOfFuel {
            return (exit, retired);
        }
    }
}

#[test]
fn a_long_repeat_retires_on_its_way() {
    // nop; rep lodsb; nop; syscall
    for slice in [1, 7, 1000] {
        let (mut cpu, mut mem) = machine(&[0x90, 0xf3, 0xac, 0x90, 0x0f, 0x05], Prot::READ | Prot::EXEC);
        let len = 40 << 20;
        map(&mut mem, DATA, len, Prot::READ);
        cpu.set(Gpr::Rsi, DATA);
        cpu.set(Gpr::Rcx, len);
        let end = run(&mut Interpreter::new(CpuModel::MAX), &mut cpu, &mut mem, slice);
        // 40 MiB in runs of at most 16 MiB.
        assert_eq!(end, (Exit::Syscall, 1 + 3 + 1 + 1));
        assert_eq!(cpu.get(Gpr::Rsi), DATA + len);
    }
}

#[test]
fn code_that_rewrites_itself_runs_as_rewritten() {
    // mov byte [rip+1], 7; mov eax, 1; syscall: the first instruction changes the second's immediate.
    let code = [0xc6, 0x05, 0x01, 0, 0, 0, 7, 0xb8, 1, 0, 0, 0, 0x0f, 0x05];
    for slice in [1, 1000] {
        let (mut cpu, mut mem) = machine(&code, Prot::READ | Prot::WRITE | Prot::EXEC);
        let end = run(&mut Interpreter::new(CpuModel::MAX), &mut cpu, &mut mem, slice);
        assert_eq!((end, cpu.get(Gpr::Rax)), ((Exit::Syscall, 3), 7));
    }
}

#[test]
fn fuel_is_exact_in_a_loop() {
    // inc rax; jmp -5
    let (mut cpu, mut mem) = machine(&[0x48, 0xff, 0xc0, 0xeb, 0xfb], Prot::READ | Prot::EXEC);
    let mut engine = Interpreter::new(CpuModel::MAX);
    for (fuel, total) in [(1, 1), (1, 1), (7, 5), (1001, 505)] {
        let mut left = fuel;
        assert_eq!(engine.run(&mut cpu, &mut mem, &mut left), Exit::OutOfFuel);
        assert_eq!((left, cpu.get(Gpr::Rax)), (0, total));
    }
}

#[test]
fn flags_survive_a_rotate_through_carry_that_is_none() {
    // xor al, al; rcl bl, 27; je +2; ud2; syscall: 27 is three times round 9 bits, and the flags stay XOR's.
    let (mut cpu, mut mem) =
        machine(&[0x30, 0xc0, 0xc0, 0xd3, 27, 0x74, 2, 0x0f, 0x0b, 0x0f, 0x05], Prot::READ | Prot::EXEC);
    assert_eq!(run(&mut Interpreter::new(CpuModel::MAX), &mut cpu, &mut mem, 1000), (Exit::Syscall, 4));
}
