//! Sign extension of the accumulator.

use super::super::{Cx, Flow, Outcome};
use iced_x86::{Mnemonic as M, Register as R};

/// CBW CWDE CDQE CWD CDQ CQO
pub(super) fn execute(cx: &mut Cx<'_>) -> Outcome {
    let a = cx.cpu.gpr[0];
    let (to, value) = match cx.insn.mnemonic() {
        M::Cbw => (R::AX, a as i8 as i64),
        M::Cwde => (R::EAX, a as i16 as i64),
        M::Cdqe => (R::RAX, a as i32 as i64),
        M::Cwd => (R::DX, (a as i16 >> 15) as i64),
        M::Cdq => (R::EDX, (a as i32 >> 31) as i64),
        _ => (R::RDX, a as i64 >> 63),
    };
    cx.set_reg(to, value as u64);
    Ok(Flow::Next)
}
