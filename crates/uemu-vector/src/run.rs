//! A case through an engine.

use crate::layout::{CODE, CODE_LEN, DATA, DATA_LEN, INT3, WRITABLE};
use crate::{Case, End, Outcome};
use uemu_cpu::{CpuState, Engine, Exception, Exit, Flags};
use uemu_kernel::signal::signal_of;
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

/// Instructions a case may retire: its own and the INT3 after it fit in one block.
const FUEL: u64 = 8;

/// What RDRAND and RDSEED get.
const RANDOM: u64 = 0x0123_4567_89ab_cdef;

/// A guest's memory laid out for cases, used for one after the other.
pub struct Bench {
    mem: AddressSpace,
}

impl Bench {
    /// Maps the pages of [`crate::layout`].
    pub fn new() -> Bench {
        let mut mem = AddressSpace::new(1 << 24);
        let pages = [
            (CODE, CODE_LEN, Prot::READ | Prot::EXEC),
            (DATA, WRITABLE, Prot::READ | Prot::WRITE),
            (DATA + WRITABLE, DATA_LEN - WRITABLE, Prot::READ),
        ];
        for (at, len, prot) in pages {
            let request = MapRequest { place: Place::FixedNoReplace(GuestAddr(at)), len, prot, kind: Kind::Anon };
            let mapped = mem.map(request);
            assert_eq!(mapped, Ok(GuestAddr(at)), "an empty space has room");
        }
        let mut bench = Bench { mem };
        bench.poke(CODE, &[INT3; CODE_LEN as usize]);
        bench
    }

    fn poke(&mut self, at: u64, bytes: &[u8]) {
        let done = self.mem.poke(GuestAddr(at), bytes);
        assert_eq!(done, Ok(()), "the pages are mapped");
    }

    /// Executes one case.
    pub fn run(&mut self, engine: &mut dyn Engine, case: &Case) -> Outcome {
        let at = case.cpu.rip;
        // An instruction may lie half beyond the code's end.
        let room = (CODE + CODE_LEN).saturating_sub(at) as usize;
        let code = case.code.get(..room).unwrap_or(&case.code);
        self.poke(at, code);
        self.poke(DATA, &case.data());
        let mut cpu = case.cpu.clone();
        let mut fuel = FUEL;
        let exit = loop {
            match engine.run(&mut cpu, &mut self.mem, &mut fuel) {
                Exit::ReadRandom { register, bytes } => {
                    cpu.set_sized(register.into(), bytes.into(), RANDOM);
                    if cpu.flags.control & Flags::TF != 0 {
                        break Exit::Exception(Exception::Debug);
                    }
                }
                exit => break exit,
            }
        };
        self.poke(at, &[INT3; 16][..code.len()]);
        let mut data = vec![0; WRITABLE as usize];
        self.mem.peek(GuestAddr(DATA), &mut data);
        let end = end(exit, &mut cpu);
        (cpu.x87.opcode, cpu.x87.instruction, cpu.x87.operand) = (0, 0, 0);
        Outcome { cpu, data, end }
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

fn end(exit: Exit, cpu: &mut CpuState) -> End {
    if exit == Exit::Exception(Exception::Breakpoint) {
        cpu.rip = cpu.rip.wrapping_sub(1);
        return End::Ran;
    }
    signal_of(exit, cpu).map_or(End::Exit(exit), End::Signal)
}
