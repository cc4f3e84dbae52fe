//! Bit tests and the atomic read-modify-writes of 32 and 64 bits.

use super::alu::width;
use super::operands::{by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::bits;
use iced_x86::{Instruction, Mnemonic};

/// The op for one of them.
pub(super) fn select(insn: &Instruction, live: bool, known: &mut Known) -> Option<Op> {
    let mut op = EMPTY;
    let wide = match width(insn) {
        4 => false,
        8 => true,
        _ => return None,
    };
    let after = match insn.mnemonic() {
        Mnemonic::Bt => {
            op.d = reg(insn, 0)?;
            op.handler = match (reg(insn, 1), imm(insn, 1)) {
                (Some(s), _) => {
                    op.s = s;
                    if wide { bits::bt::<u64, false> } else { bits::bt::<u32, false> }
                }
                (_, Some(v)) => {
                    op.imm = v;
                    if wide { bits::bt::<u64, true> } else { bits::bt::<u32, true> }
                }
                _ => return None,
            };
            Known::Eager
        }
        Mnemonic::Btr | Mnemonic::Bts | Mnemonic::Btc => {
            op = match insn.mnemonic() {
                Mnemonic::Btr => change::<0>(insn, wide, live)?,
                Mnemonic::Bts => change::<1>(insn, wide, live)?,
                _ => change::<2>(insn, wide, live)?,
            };
            if live { Known::Eager } else { Known::Nothing }
        }
        Mnemonic::Cmpxchg => {
            op.s = reg(insn, 1).filter(|_| reg(insn, 0).is_none())?;
            let mode = memory(insn, &mut op, None)?;
            op.handler = match wide {
                false => by_mode!(mode, bits::cmpxchg_mr, [u32], []),
                true => by_mode!(mode, bits::cmpxchg_mr, [u64], []),
            };
            Known::Sub(width(insn))
        }
        Mnemonic::Xadd => {
            op.s = reg(insn, 1).filter(|_| reg(insn, 0).is_none())?;
            let mode = memory(insn, &mut op, None)?;
            op.handler = match wide {
                false => by_mode!(mode, bits::xadd_mr, [u32], []),
                true => by_mode!(mode, bits::xadd_mr, [u64], []),
            };
            Known::Add(width(insn))
        }
        _ => return None,
    };
    *known = after;
    Some(op)
}

/// BTS, BTR and BTC of a register.
fn change<const CHANGE: u8>(insn: &Instruction, wide: bool, live: bool) -> Option<Op> {
    macro_rules! pick {
        ($imm:literal) => {
            match (wide, live) {
                (false, true) => bits::bt_change::<u32, CHANGE, $imm, true> as Handler,
                (false, false) => bits::bt_change::<u32, CHANGE, $imm, false>,
                (true, true) => bits::bt_change::<u64, CHANGE, $imm, true>,
                (true, false) => bits::bt_change::<u64, CHANGE, $imm, false>,
            }
        };
    }
    let op = Op { d: reg(insn, 0)?, ..EMPTY };
    Some(match imm(insn, 1) {
        Some(v) => Op { handler: pick!(true), imm: v, ..op },
        None => Op { handler: pick!(false), s: reg(insn, 1)?, ..op },
    })
}
