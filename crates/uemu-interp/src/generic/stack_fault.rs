//! Which segment a non-canonical address was in: #SS for the stack's, #GP for the others (SDM vol. 1, 3.3.7.1).

use super::{Cx, Stop};
use iced_x86::{OpKind, Register};
use uemu_cpu::Exception;
use uemu_mem::{Cause, MemFault};

/// The widest memory operand there is: an XSAVE area.
const WIDEST: u64 = 1024;

/// What a fault of the instruction is: #SS if its address is non-canonical and in the stack segment.
pub(super) fn stop(cx: &Cx<'_>, fault: MemFault) -> Stop {
    if fault.cause == Cause::NonCanonical && is_stack(cx, fault.addr.0) {
        return Exception::StackFault.into();
    }
    fault.into()
}

/// Whether an access of the instruction at `addr` was one to the stack segment: one based on RSP or RBP, or
/// one that the instruction makes without saying so. In 64-bit mode prefixes other than FS and GS do not count.
fn is_stack(cx: &Cx<'_>, addr: u64) -> bool {
    let i = cx.insn;
    let explicit = (0..i.op_count()).any(|n| i.op_kind(n) == OpKind::Memory);
    // A bit offset may lead far away from the operand, but only those that use the stack unsaid have two addresses.
    if explicit && (!i.is_stack_instruction() || addr.wrapping_sub(cx.ea()) < WIDEST) {
        let flat = !matches!(i.segment_prefix(), Register::FS | Register::GS);
        return flat && matches!(i.memory_base(), Register::RSP | Register::RBP | Register::ESP | Register::EBP);
    }
    i.is_stack_instruction()
}
