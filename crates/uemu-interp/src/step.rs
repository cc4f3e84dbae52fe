//! The second engine: no cache, no ops, no TLB. Each instruction is fetched, decoded and executed by the generic step.
//!
//! It shares with the fast engine nothing but [`generic`], so a run that ends the same on both says that
//! lowering, handlers, block cache and TLB add nothing of their own.

use crate::engine::{exit_of, exit_of_flow};
use crate::features;
use crate::generic::{self, Cx, Flow};
use crate::lower;
use uemu_cpu::{CpuModel, CpuState, Engine, Exception, Exit, Flags};
use uemu_mem::AddressSpace;

/// An engine that walks instruction by instruction.
pub struct StepEngine {
    model: CpuModel,
}

impl StepEngine {
    /// An engine whose CPUID answers as `model` says.
    pub fn new(model: CpuModel) -> StepEngine {
        StepEngine { model }
    }
}

impl Engine for StepEngine {
    fn run(&mut self, cpu: &mut CpuState, mem: &mut AddressSpace, fuel: &mut u64) -> Exit {
        while *fuel > 0 {
            let insn = match lower::decode_one(cpu.rip, mem) {
                Ok(insn) => features::seen_by(&self.model, insn),
                Err(exit) => return exit,
            };
            if insn.is_invalid() {
                return Exit::Exception(Exception::InvalidOpcode { unimplemented: false });
            }
            let trap = cpu.flags.control & Flags::TF != 0;
            let mut cx = Cx { cpu, mem, insn: &insn, model: &self.model };
            match generic::execute(&mut cx) {
                Err(stop) => return exit_of(stop),
                Ok(flow) => {
                    *fuel -= 1;
                    cpu.rip = if let Flow::Jump(to) = flow { to } else { insn.next_ip() };
                    if let Some(exit) = exit_of_flow(flow) {
                        return exit;
                    }
                    if trap && !generic::delays_trap(&insn) {
                        return Exit::Exception(Exception::Debug);
                    }
                }
            }
        }
        Exit::OutOfFuel
    }
}
