//! SGDT, SIDT, SLDT, STR and SMSW. With UMIP they are the system's: Linux takes their #GP and executes them itself, with
//! answers that are the same everywhere, down to the width of what it writes.

use super::{Cx, Flow, Outcome, Stop};
use iced_x86::{Mnemonic as M, OpKind};
use uemu_mem::{Access, Cause, GuestAddr, MemFault};

/// CR0: PG, AM, WP, NE, ET, MP and PE.
const CR0: u64 = 0x8005_0033;
/// The selector of Linux's task state segment.
const TASK: u64 = 0x40;
/// Bases of the descriptor tables, whose limits are zero.
const GDT: u64 = 0xffff_ffff_fffe_0000;
const IDT: u64 = 0xffff_ffff_ffff_0000;

/// Executes an instruction of this file; `None` if it is of another.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    Some(match cx.insn.mnemonic() {
        M::Sgdt => table(cx, GDT),
        M::Sidt => table(cx, IDT),
        M::Sldt => word(cx, 0),
        M::Str => word(cx, TASK),
        M::Smsw => word(cx, CR0),
        _ => return None,
    })
}

/// Two bytes of limit, eight of base.
fn table(cx: &mut Cx<'_>, base: u64) -> Outcome {
    let mut b = [0; 10];
    b[2..].copy_from_slice(&base.to_le_bytes());
    put(cx, &b)
}

/// Two bytes to memory; to a register as many as it has, and unlike a write of the processor's, four leave its upper half.
fn word(cx: &mut Cx<'_>, value: u64) -> Outcome {
    let bytes = value.to_le_bytes();
    if cx.insn.op0_kind() == OpKind::Memory {
        return put(cx, &bytes[..2]);
    }
    let r = cx.insn.op0_register();
    let size = r.size();
    let full = r.full_register();
    let mut new = cx.reg(full).to_le_bytes();
    new[..size].copy_from_slice(&bytes[..size]);
    cx.set_reg(full, u64::from_le_bytes(new));
    Ok(Flow::Next)
}

/// Whatever is wrong with the address, Linux says that nothing is mapped there.
fn put(cx: &mut Cx<'_>, bytes: &[u8]) -> Outcome {
    let addr = cx.ea();
    let fault = MemFault { addr: GuestAddr(addr), access: Access::Write, cause: Cause::Unmapped };
    cx.store(addr, bytes).map(|()| Flow::Next).map_err(|_| Stop::Fault(fault))
}
