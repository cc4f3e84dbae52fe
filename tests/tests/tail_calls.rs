//! No handler of the engine calls where it should jump.
//!
//! Dispatch relies on LLVM making a jump of each handler's last call. Were one kept a call, every instruction
//! through that handler would grow the host's stack. So the release binary's own machine code is read: no
//! function of `uemu_interp::ops` may hold an indirect call (other than to what the linker placed), and
//! every handler must end in an indirect jump.
#![cfg(target_arch = "x86_64")]
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "the test reads the command on the host")]

use goblin::elf::Elf;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind};
use std::collections::BTreeMap;

/// Whether the instruction calls through a register or computed memory, as dispatch does.
fn is_dispatch(insn: &Instruction) -> bool {
    insn.op0_kind() == OpKind::Register || !insn.is_ip_rel_memory_operand()
}

#[test]
fn handlers_jump() {
    let path = uemu_tests::paths::uemu();
    let bytes = std::fs::read(&path).expect("the command can be read");
    let elf = Elf::parse(&bytes).expect("the command is an ELF file");
    let mut seen: BTreeMap<u64, (String, u64)> = BTreeMap::new();
    for sym in &elf.syms {
        let name = elf.strtab.get_at(sym.st_name).unwrap_or("");
        if name.contains("uemu_interp3ops") && sym.st_size > 0 {
            seen.insert(sym.st_value, (name.to_owned(), sym.st_size));
        }
    }
    assert!(seen.len() > 1000, "only {} handlers found in {}: was it stripped?", seen.len(), path.display());
    let mut jumping = 0;
    for (addr, (name, size)) in &seen {
        let section = elf
            .section_headers
            .iter()
            .find(|s| s.sh_addr <= *addr && addr + size <= s.sh_addr + s.sh_size)
            .expect("a function lies in a section");
        let at = (section.sh_offset + addr - section.sh_addr) as usize;
        let code = &bytes[at..at + *size as usize];
        let mut jumps = false;
        for insn in &mut Decoder::with_ip(64, code, *addr, DecoderOptions::NONE) {
            if insn.flow_control() == FlowControl::IndirectCall {
                assert!(!is_dispatch(&insn), "{name} at {:#x} calls where it should jump", insn.ip());
            }
            jumps |= insn.mnemonic() == Mnemonic::Jmp && insn.flow_control() == FlowControl::IndirectBranch;
        }
        jumping += jumps as usize;
    }
    assert!(jumping * 10 > seen.len() * 9, "only {jumping} of {} handlers end in a jump", seen.len());
}
