//! The instructions that end a block, alone or fused with the comparison before them.

use super::alu::width;
use super::operands::{Addressing, by_cc, by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::op::Op;
use crate::operand::{Bd, Bis};
use crate::ops::{cond, control, slow};
use iced_x86::{Code, FlowControl, Instruction, Mnemonic, OpKind};

/// The terminator, its second slot, and the targets of its links (the terminator's, the second slot's).
pub(super) type Terminator = (Op, Op, Option<u64>, Option<u64>);

/// The condition code of `jcc rel`, if that is what it is.
fn jcc(insn: &Instruction) -> Option<u8> {
    // LOOPE and LOOPNE have a condition code too.
    insn.is_jcc_short_or_near().then(|| insn.condition_code() as u8 - 1)
}

/// The last instruction of a block as its terminator; `None` if it is not one.
pub(super) fn terminator(insn: &Instruction, known: Known) -> Option<Terminator> {
    let next = insn.next_ip();
    let plain = |handler| Op { handler, ..EMPTY };
    let with_return = Op { imm: next, ..EMPTY };
    match insn.flow_control() {
        FlowControl::Next => None,
        FlowControl::UnconditionalBranch if insn.code() == Code::Jmp_rel8_64 || insn.code() == Code::Jmp_rel32_64 => {
            Some((plain(control::jmp), EMPTY, Some(insn.near_branch_target()), None))
        }
        FlowControl::ConditionalBranch => {
            let Some(cc) = jcc(insn) else { return Some((EMPTY, EMPTY, None, None)) };
            let handler = match known {
                Known::Sub(1) => by_cc!(cc, control::jcc, [cond::Sub<u8>]),
                Known::Sub(4) => by_cc!(cc, control::jcc, [cond::Sub<u32>]),
                Known::Sub(8) => by_cc!(cc, control::jcc, [cond::Sub<u64>]),
                Known::Logic(1) => by_cc!(cc, control::jcc, [cond::Logic<u8>]),
                Known::Logic(4) => by_cc!(cc, control::jcc, [cond::Logic<u32>]),
                Known::Logic(8) => by_cc!(cc, control::jcc, [cond::Logic<u64>]),
                Known::Add(4) => by_cc!(cc, control::jcc, [cond::Add<u32>]),
                Known::Add(8) => by_cc!(cc, control::jcc, [cond::Add<u64>]),
                Known::Result(4) if (4..=5).contains(&cc) || (8..=9).contains(&cc) => {
                    by_cc!(cc, control::jcc, [cond::Logic<u32>])
                }
                Known::Result(8) if (4..=5).contains(&cc) || (8..=9).contains(&cc) => {
                    by_cc!(cc, control::jcc, [cond::Logic<u64>])
                }
                Known::Eager => by_cc!(cc, control::jcc, [cond::Eager]),
                _ => by_cc!(cc, control::jcc, [cond::Any]),
            };
            Some((plain(handler), EMPTY, Some(insn.near_branch_target()), Some(next)))
        }
        FlowControl::Call if insn.code() == Code::Call_rel32_64 => {
            Some((plain(control::call), with_return, Some(insn.near_branch_target()), None))
        }
        FlowControl::Call if insn.mnemonic() == Mnemonic::Syscall => {
            Some((Op { handler: slow::syscall, imm: next, ..EMPTY }, EMPTY, None, None))
        }
        FlowControl::Return if insn.code() == Code::Retnq => Some((plain(control::ret), EMPTY, None, None)),
        FlowControl::IndirectBranch if matches!(insn.code(), Code::Jmp_rm64) => {
            Some((indirect(insn, false)?, EMPTY, None, None))
        }
        FlowControl::IndirectCall if matches!(insn.code(), Code::Call_rm64) => {
            Some((indirect(insn, true)?, with_return, None, None))
        }
        _ => Some((EMPTY, EMPTY, None, None)),
    }
}

fn indirect(insn: &Instruction, call: bool) -> Option<Op> {
    let mut op = EMPTY;
    if let Some(s) = reg(insn, 0) {
        op.s = s;
        op.handler = if call { control::call_r } else { control::jmp_r };
        return Some(op);
    }
    let Some(mode) = memory(insn, &mut op, None) else { return Some(EMPTY) };
    op.handler = if call { by_mode!(mode, control::call_m, [], []) } else { by_mode!(mode, control::jmp_m, [], []) };
    Some(op)
}

/// `add r, k`, `sub r, k`, `inc r` or `dec r` of 32 or 64 bits: the register, whether it is wide, and the step.
fn step(insn: &Instruction) -> Option<(u16, bool, i32)> {
    let d = reg(insn, 0)?;
    let wide = match width(insn) {
        4 => false,
        8 => true,
        _ => return None,
    };
    let by = match insn.mnemonic() {
        Mnemonic::Add => imm(insn, 1)? as i32,
        Mnemonic::Sub => (imm(insn, 1)? as i32).checked_neg()?,
        Mnemonic::Inc => 1,
        Mnemonic::Dec => -1,
        _ => return None,
    };
    Some((d, wide, by))
}

/// A counting step, a comparison (which overwrites the step's flags) and the conditional jump after it.
pub(super) fn fuse_step(first: &Instruction, compare: &Instruction, jump: &Instruction) -> Option<(Op, Op)> {
    let cc = jcc(jump)?;
    let (d, wide, by) = step(first)?;
    if compare.mnemonic() != Mnemonic::Cmp {
        return None;
    }
    let mut op = Op { d: reg(compare, 0)?, ..EMPTY };
    op.handler = match (reg(compare, 1), imm(compare, 1), wide, width(compare)) {
        (Some(s), _, wide, size) => {
            op.s = s;
            match (wide, size) {
                (false, 4) => by_cc!(cc, control::step_cmp_rr_jcc, [u32, u32]),
                (false, 8) => by_cc!(cc, control::step_cmp_rr_jcc, [u32, u64]),
                (true, 4) => by_cc!(cc, control::step_cmp_rr_jcc, [u64, u32]),
                (true, 8) => by_cc!(cc, control::step_cmp_rr_jcc, [u64, u64]),
                _ => return None,
            }
        }
        (None, Some(v), wide, size) => {
            op.disp = v as i32;
            match (wide, size) {
                (false, 4) => by_cc!(cc, control::step_cmp_ri_jcc, [u32, u32]),
                (false, 8) => by_cc!(cc, control::step_cmp_ri_jcc, [u32, u64]),
                (true, 4) => by_cc!(cc, control::step_cmp_ri_jcc, [u64, u32]),
                (true, 8) => by_cc!(cc, control::step_cmp_ri_jcc, [u64, u64]),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((op, Op { d, disp: by, ..EMPTY }))
}

/// A comparison, or a subtraction of a constant, and the conditional jump after it.
pub(super) fn fuse(first: &Instruction, jump: &Instruction) -> Option<(Op, Op)> {
    let cc = jcc(jump)?;
    let size = width(first);
    let (mut op, mut second) = (EMPTY, EMPTY);
    let is_test = match first.mnemonic() {
        Mnemonic::Cmp => false,
        Mnemonic::Test => true,
        Mnemonic::Sub => {
            op.d = reg(first, 0)?;
            op.disp = imm(first, 1)? as i32;
            op.handler = match size {
                4 => by_cc!(cc, control::sub_ri_jcc, [u32]),
                8 => by_cc!(cc, control::sub_ri_jcc, [u64]),
                _ => return None,
            };
            return Some((op, second));
        }
        _ => return None,
    };
    op.handler = match (reg(first, 0), reg(first, 1), imm(first, 1)) {
        (Some(d), Some(s), _) => {
            (op.d, op.s) = (d, s);
            match (is_test, size) {
                (false, 1) => by_cc!(cc, control::cmp_rr_jcc, [u8]),
                (false, 4) => by_cc!(cc, control::cmp_rr_jcc, [u32]),
                (false, 8) => by_cc!(cc, control::cmp_rr_jcc, [u64]),
                (true, 1) => by_cc!(cc, control::test_rr_jcc, [u8]),
                (true, 4) => by_cc!(cc, control::test_rr_jcc, [u32]),
                (true, 8) => by_cc!(cc, control::test_rr_jcc, [u64]),
                _ => return None,
            }
        }
        (Some(d), _, Some(v)) => {
            (op.d, op.disp) = (d, v as i32);
            match (is_test, size) {
                (false, 1) => by_cc!(cc, control::cmp_ri_jcc, [u8]),
                (false, 2) => by_cc!(cc, control::cmp_ri_jcc, [u16]),
                (false, 4) => by_cc!(cc, control::cmp_ri_jcc, [u32]),
                (false, 8) => by_cc!(cc, control::cmp_ri_jcc, [u64]),
                (true, 1) => by_cc!(cc, control::test_ri_jcc, [u8]),
                (true, 4) => by_cc!(cc, control::test_ri_jcc, [u32]),
                (true, 8) => by_cc!(cc, control::test_ri_jcc, [u64]),
                _ => return None,
            }
        }
        (Some(d), None, None) if !is_test && first.op_kind(1) == OpKind::Memory => {
            op.d = d;
            match (memory(first, &mut op, None)?, size) {
                (Addressing::BaseDisp, 4) => by_cc!(cc, control::cmp_rm_jcc, [u32, Bd]),
                (Addressing::BaseDisp, 8) => by_cc!(cc, control::cmp_rm_jcc, [u64, Bd]),
                (Addressing::BaseIndex, 4) => by_cc!(cc, control::cmp_rm_jcc, [u32, Bis]),
                (Addressing::BaseIndex, 8) => by_cc!(cc, control::cmp_rm_jcc, [u64, Bis]),
                _ => return None,
            }
        }
        (None, None, Some(v)) if !is_test => {
            second.disp = v as i32;
            match (memory(first, &mut op, Some(v))?, size) {
                (Addressing::BaseDisp, 1) => by_cc!(cc, control::cmp_mi_jcc, [u8, Bd]),
                (Addressing::BaseDisp, 4) => by_cc!(cc, control::cmp_mi_jcc, [u32, Bd]),
                (Addressing::BaseDisp, 8) => by_cc!(cc, control::cmp_mi_jcc, [u64, Bd]),
                (Addressing::BaseIndex, 1) => by_cc!(cc, control::cmp_mi_jcc, [u8, Bis]),
                (Addressing::BaseIndex, 4) => by_cc!(cc, control::cmp_mi_jcc, [u32, Bis]),
                (Addressing::BaseIndex, 8) => by_cc!(cc, control::cmp_mi_jcc, [u64, Bis]),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((op, second))
}
