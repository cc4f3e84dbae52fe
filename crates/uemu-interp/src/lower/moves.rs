//! Moves, extensions, stack operations, conditions into registers.

use super::alu::width;
use super::operands::{by_cc, by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::{cond, mov, stack};
use iced_x86::{ConditionCode, Instruction, Mnemonic, OpKind};
use uemu_cpu::Gpr;

const RAX: u16 = Gpr::Rax as u16 * 8;
const RDX: u16 = Gpr::Rdx as u16 * 8;

/// A handler by width, without flags.
macro_rules! by_size {
    ($size:expr, $h:path) => {{
        use $h as handler;
        match $size {
            1 => handler::<u8> as Handler,
            2 => handler::<u16>,
            4 => handler::<u32>,
            _ => handler::<u64>,
        }
    }};
}
macro_rules! by_size_and_mode {
    ($size:expr, $mode:expr, $h:path) => {
        match $size {
            1 => by_mode!($mode, $h, [u8], []),
            2 => by_mode!($mode, $h, [u16], []),
            4 => by_mode!($mode, $h, [u32], []),
            _ => by_mode!($mode, $h, [u64], []),
        }
    };
}

/// The op for a data movement.
pub(super) fn select(insn: &Instruction, known: Known) -> Option<Op> {
    use Mnemonic as M;
    match insn.mnemonic() {
        M::Mov => mov(insn),
        M::Movzx => extend::<false>(insn),
        M::Movsx | M::Movsxd => extend::<true>(insn),
        M::Lea => lea(insn),
        M::Push => push(insn),
        M::Pop => {
            let d = reg(insn, 0).filter(|_| width(insn) == 8)?;
            Some(Op { handler: stack::pop_r, d, ..EMPTY })
        }
        M::Leave if insn.code() == iced_x86::Code::Leaveq => Some(Op { handler: stack::leave_frame, ..EMPTY }),
        M::Xchg => xchg(insn),
        M::Cdq => Some(Op { handler: mov::sign_fill::<u32>, d: RDX, s: RAX, ..EMPTY }),
        M::Cqo => Some(Op { handler: mov::sign_fill::<u64>, d: RDX, s: RAX, ..EMPTY }),
        M::Cwde => Some(Op { handler: mov::extend_rr::<u32, u16, true>, d: RAX, s: RAX, ..EMPTY }),
        M::Cdqe => Some(Op { handler: mov::extend_rr::<u64, u32, true>, d: RAX, s: RAX, ..EMPTY }),
        M::Bswap => {
            let d = reg(insn, 0)?;
            match width(insn) {
                4 => Some(Op { handler: mov::bswap::<u32>, d, ..EMPTY }),
                8 => Some(Op { handler: mov::bswap::<u64>, d, ..EMPTY }),
                _ => None,
            }
        }
        _ => conditional(insn, known),
    }
}

fn mov(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    op.handler = match (reg(insn, 0), reg(insn, 1), imm(insn, 1)) {
        (Some(d), Some(s), _) => {
            (op.d, op.s) = (d, s);
            by_size!(size, mov::rr)
        }
        (Some(d), _, Some(v)) => {
            (op.d, op.imm) = (d, v);
            by_size!(size, mov::ri)
        }
        (Some(d), ..) if insn.op_kind(1) == OpKind::Memory => {
            op.d = d;
            let mode = memory(insn, &mut op, None)?;
            by_size_and_mode!(size, mode, mov::load)
        }
        (None, Some(s), _) if insn.op_kind(0) == OpKind::Memory => {
            op.s = s;
            let mode = memory(insn, &mut op, None)?;
            by_size_and_mode!(size, mode, mov::store)
        }
        (None, None, Some(v)) => {
            let mode = memory(insn, &mut op, Some(v))?;
            by_size_and_mode!(size, mode, mov::store_imm)
        }
        _ => return None,
    };
    Some(op)
}

fn xchg(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    op.s = reg(insn, 1)?;
    op.handler = if let Some(d) = reg(insn, 0) {
        op.d = d;
        by_size!(width(insn), mov::xchg_rr)
    } else {
        let mode = memory(insn, &mut op, None)?;
        by_size_and_mode!(width(insn), mode, mov::xchg_mr)
    };
    Some(op)
}

fn extend<const SIGNED: bool>(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    op.d = reg(insn, 0)?;
    let to = width(insn);
    if let Some(s) = reg(insn, 1) {
        op.s = s;
        op.handler = match (to, insn.op1_register().size()) {
            (2, 1) => mov::extend_rr::<u16, u8, SIGNED>,
            (4, 1) => mov::extend_rr::<u32, u8, SIGNED>,
            (8, 1) => mov::extend_rr::<u64, u8, SIGNED>,
            (4, 2) => mov::extend_rr::<u32, u16, SIGNED>,
            (8, 2) => mov::extend_rr::<u64, u16, SIGNED>,
            (8, 4) => mov::extend_rr::<u64, u32, SIGNED>,
            _ => return None,
        };
        return Some(op);
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = match (to, insn.memory_size().size()) {
        (2, 1) => by_mode!(mode, mov::extend_rm, [u16, u8], [SIGNED]),
        (4, 1) => by_mode!(mode, mov::extend_rm, [u32, u8], [SIGNED]),
        (8, 1) => by_mode!(mode, mov::extend_rm, [u64, u8], [SIGNED]),
        (4, 2) => by_mode!(mode, mov::extend_rm, [u32, u16], [SIGNED]),
        (8, 2) => by_mode!(mode, mov::extend_rm, [u64, u16], [SIGNED]),
        (8, 4) => by_mode!(mode, mov::extend_rm, [u64, u32], [SIGNED]),
        _ => return None,
    };
    Some(op)
}

fn lea(insn: &Instruction) -> Option<Op> {
    use super::operands::Addressing as A;
    use crate::operand::{Abs, Bd, Bis};
    let mut op = EMPTY;
    op.d = reg(insn, 0)?;
    // A segment prefix does not count for LEA.
    if insn.segment_prefix() != iced_x86::Register::None {
        return None;
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = match (width(insn), mode) {
        (4, A::BaseDisp) => mov::lea::<u32, Bd>,
        (4, A::BaseIndex) => mov::lea::<u32, Bis>,
        (8, A::BaseDisp) => mov::lea::<u64, Bd>,
        (8, A::BaseIndex) => mov::lea::<u64, Bis>,
        (8, A::Absolute) => mov::lea::<u64, Abs>,
        _ => return None,
    };
    Some(op)
}

fn push(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    // 16-bit pushes are left to the generic step.
    if insn.stack_pointer_increment() != -8 {
        return None;
    }
    op.handler = if let Some(s) = reg(insn, 0) {
        op.s = s;
        stack::push_r
    } else if let Some(v) = imm(insn, 0) {
        op.imm = v;
        stack::push_i
    } else if insn.op_kind(0) == OpKind::Memory {
        let mode = memory(insn, &mut op, None)?;
        by_mode!(mode, stack::push_m, [], [])
    } else {
        return None;
    };
    Some(op)
}

/// SETcc and CMOVcc.
fn conditional(insn: &Instruction, known: Known) -> Option<Op> {
    let code = insn.condition_code();
    if code == ConditionCode::None {
        return None;
    }
    let cc = code as u8 - 1;
    let mut op = EMPTY;
    let is_set = insn.op_count() == 1 && width(insn) == 1;
    let is_cmov = insn.op_count() == 2;
    if is_set {
        op.handler = if let Some(d) = reg(insn, 0) {
            op.d = d;
            match known {
                Known::Sub(4) => by_cc!(cc, cond::setcc_r, [cond::Sub<u32>]),
                Known::Sub(8) => by_cc!(cc, cond::setcc_r, [cond::Sub<u64>]),
                Known::Sub(1) => by_cc!(cc, cond::setcc_r, [cond::Sub<u8>]),
                Known::Logic(4) => by_cc!(cc, cond::setcc_r, [cond::Logic<u32>]),
                Known::Logic(8) => by_cc!(cc, cond::setcc_r, [cond::Logic<u64>]),
                Known::Logic(1) => by_cc!(cc, cond::setcc_r, [cond::Logic<u8>]),
                Known::Eager => by_cc!(cc, cond::setcc_r, [cond::Eager]),
                _ => by_cc!(cc, cond::setcc_r, [cond::Any]),
            }
        } else {
            use crate::operand::{Abs, Bd, Bis};
            match memory(insn, &mut op, None)? {
                super::operands::Addressing::BaseDisp => by_cc!(cc, cond::setcc_m, [Bd]),
                super::operands::Addressing::BaseIndex => by_cc!(cc, cond::setcc_m, [Bis]),
                super::operands::Addressing::Absolute => by_cc!(cc, cond::setcc_m, [Abs]),
                super::operands::Addressing::Fs => return None,
            }
        };
        return Some(op);
    }
    if !is_cmov || width(insn) < 4 {
        return None;
    }
    op.d = reg(insn, 0)?;
    let wide = width(insn) == 8;
    op.handler = if let Some(s) = reg(insn, 1) {
        op.s = s;
        match (wide, known) {
            (false, Known::Sub(4)) => by_cc!(cc, cond::cmov_rr, [u32, cond::Sub<u32>]),
            (false, Known::Sub(8)) => by_cc!(cc, cond::cmov_rr, [u32, cond::Sub<u64>]),
            (false, Known::Logic(4)) => by_cc!(cc, cond::cmov_rr, [u32, cond::Logic<u32>]),
            (false, _) => by_cc!(cc, cond::cmov_rr, [u32, cond::Any]),
            (true, Known::Sub(4)) => by_cc!(cc, cond::cmov_rr, [u64, cond::Sub<u32>]),
            (true, Known::Sub(8)) => by_cc!(cc, cond::cmov_rr, [u64, cond::Sub<u64>]),
            (true, Known::Logic(8)) => by_cc!(cc, cond::cmov_rr, [u64, cond::Logic<u64>]),
            (true, _) => by_cc!(cc, cond::cmov_rr, [u64, cond::Any]),
        }
    } else {
        use crate::operand::{Abs, Bd, Bis};
        match (memory(insn, &mut op, None)?, wide) {
            (super::operands::Addressing::BaseDisp, false) => by_cc!(cc, cond::cmov_rm, [u32, Bd]),
            (super::operands::Addressing::BaseDisp, true) => by_cc!(cc, cond::cmov_rm, [u64, Bd]),
            (super::operands::Addressing::BaseIndex, false) => by_cc!(cc, cond::cmov_rm, [u32, Bis]),
            (super::operands::Addressing::BaseIndex, true) => by_cc!(cc, cond::cmov_rm, [u64, Bis]),
            (super::operands::Addressing::Absolute, false) => by_cc!(cc, cond::cmov_rm, [u32, Abs]),
            (super::operands::Addressing::Absolute, true) => by_cc!(cc, cond::cmov_rm, [u64, Abs]),
            (super::operands::Addressing::Fs, _) => return None,
        }
    };
    Some(op)
}
