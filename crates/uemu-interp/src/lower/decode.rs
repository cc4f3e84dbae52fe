//! Instruction bytes to a basic block of iced instructions.

use crate::features;
use iced_x86::{Decoder, DecoderError, DecoderOptions, FlowControl, Instruction};
use uemu_cpu::{CpuModel, Exit};
use uemu_mem::{Access, AddressSpace, Cause, GuestAddr, MemFault};

/// Instructions a block holds at most; must fit `Op::count`.
pub(crate) const MAX_INSNS: usize = 64;
/// The longest x86 instruction, in bytes.
const MAX_LEN: usize = 15;
/// Bytes fetched at once for a block: most blocks need fewer.
const FETCH: usize = 256;

/// The basic block at `rip`: at least one instruction, the last of which may be invalid (it raises #UD).
/// What `model` does not have is not there. `Err` is the fault of fetching its first instruction.
pub(crate) fn decode(rip: u64, mem: &mut AddressSpace, model: &CpuModel) -> Result<Box<[Instruction]>, Exit> {
    let mut insns = Vec::with_capacity(16);
    let mut at = rip;
    while insns.len() < MAX_INSNS {
        let mut bytes = [0u8; FETCH];
        let (n, fault) = mem.fetch(GuestAddr(at), &mut bytes);
        let mut decoder = Decoder::with_ip(64, &bytes[..n], at, DecoderOptions::NONE);
        loop {
            if insns.len() == MAX_INSNS {
                return Ok(insns.into_boxed_slice());
            }
            let insn = decoder.decode();
            if insn.is_invalid() {
                let cut = decoder.last_error() == DecoderError::NoMoreBytes;
                if cut && n == FETCH && insn.ip() != at {
                    // The instruction goes on beyond what was fetched: fetch from it on.
                    at = insn.ip();
                    break;
                }
                if !insns.is_empty() {
                    // It will raise its exception at the head of a block of its own.
                    return Ok(insns.into_boxed_slice());
                }
                if cut {
                    return Err(Exit::Fault(fault.unwrap_or(MemFault {
                        addr: GuestAddr(at.wrapping_add(n as u64)),
                        access: Access::Execute,
                        cause: Cause::Unmapped,
                    })));
                }
                insns.push(insn);
                return Ok(insns.into_boxed_slice());
            }
            let insn = features::seen_by(model, insn);
            insns.push(insn);
            if insn.flow_control() != FlowControl::Next {
                return Ok(insns.into_boxed_slice());
            }
        }
    }
    Ok(insns.into_boxed_slice())
}

/// The single instruction at `rip`, whoever has it.
pub(crate) fn decode_one(rip: u64, mem: &mut AddressSpace) -> Result<Instruction, Exit> {
    let mut bytes = [0u8; MAX_LEN];
    let (n, fault) = mem.fetch(GuestAddr(rip), &mut bytes);
    let mut decoder = Decoder::with_ip(64, &bytes[..n], rip, DecoderOptions::NONE);
    let insn = decoder.decode();
    match fault {
        Some(fault) if insn.is_invalid() && decoder.last_error() == DecoderError::NoMoreBytes => {
            Err(Exit::Fault(fault))
        }
        _ => Ok(insn),
    }
}
