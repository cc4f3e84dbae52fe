//! A fault of our own making, to see that it is found: an engine that spoils the result of one mnemonic.

use iced_x86::{Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind};
use uemu_cpu::{CpuState, Engine, Exit, Flags};
use uemu_mem::{AddressSpace, GuestAddr};

use super::facts::Facts;

/// Runs another engine one instruction at a time, and changes the lowest bit of what `mnemonic` wrote.
pub(crate) struct Planted {
    inner: Box<dyn Engine>,
    mnemonic: Mnemonic,
    factory: InstructionInfoFactory,
}

impl Planted {
    pub(crate) fn new(inner: Box<dyn Engine>, mnemonic: Mnemonic) -> Planted {
        Planted { inner, mnemonic, factory: InstructionInfoFactory::new() }
    }

    /// Its first written operand; CF if it writes none.
    fn spoil(&mut self, insn: &Instruction, facts: &Facts, cpu: &mut CpuState, mem: &mut AddressSpace) {
        let writes =
            |a| matches!(a, OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite);
        let info = self.factory.info(insn);
        let written = (0..insn.op_count()).find(|&n| writes(info.op_access(n)));
        match written.map(|n| (insn.op_kind(n), insn.op_register(n))) {
            Some((OpKind::Register, r)) if r.is_gpr() => {
                if let Some(v) = cpu.gpr.get_mut(r.full_register().number()) {
                    *v ^= 1;
                }
            }
            Some((OpKind::Register, r)) if r.is_vector_register() => {
                if let Some(v) = cpu.vector.get_mut(r.number()) {
                    v.0[0] ^= 1;
                }
            }
            _ => match facts.writes.first() {
                Some(span) => {
                    let mut byte = [0];
                    mem.peek(GuestAddr(span.addr), &mut byte);
                    // It was just written.
                    mem.poke(GuestAddr(span.addr), &[byte[0] ^ 1]).ok();
                }
                None => cpu.flags.update_arith(Flags::CF, !cpu.flags.arith()),
            },
        }
    }
}

impl Engine for Planted {
    fn run(&mut self, cpu: &mut CpuState, mem: &mut AddressSpace, fuel: &mut u64) -> Exit {
        while *fuel > 0 {
            let mut code = [0; 15];
            let n = mem.peek(GuestAddr(cpu.rip), &mut code);
            let insn = Decoder::with_ip(64, &code[..n], cpu.rip, DecoderOptions::NONE).decode();
            let facts = Facts::of(&insn, cpu, &mut self.factory);
            let mut one = 1;
            let exit = self.inner.run(cpu, mem, &mut one);
            *fuel -= 1 - one;
            if one == 0 && insn.mnemonic() == self.mnemonic {
                self.spoil(&insn, &facts, cpu, mem);
            }
            if exit != Exit::OutOfFuel {
                return exit;
            }
        }
        Exit::OutOfFuel
    }
}
