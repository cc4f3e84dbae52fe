//! Integer arithmetic, logic, shifts and products.

use super::operands::{by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::{alu, muldiv, shift};
use iced_x86::{Instruction, Mnemonic, OpKind};

/// The op for an integer instruction; records in `known` where the flags then come from.
pub(super) fn select(insn: &Instruction, live: bool, known: &mut Known) -> Option<Op> {
    use Mnemonic as M;
    let size = width(insn);
    let (op, after) = match insn.mnemonic() {
        M::Add => (binary::<alu::Add>(insn, live)?, Known::Add(size)),
        M::Sub => (binary::<alu::Sub>(insn, live)?, Known::Sub(size)),
        M::Cmp => (binary::<alu::Cmp>(insn, live)?, Known::Sub(size)),
        M::And => (binary::<alu::And>(insn, live)?, Known::Logic(size)),
        M::Or => (binary::<alu::Or>(insn, live)?, Known::Logic(size)),
        M::Xor => (binary::<alu::Xor>(insn, live)?, Known::Logic(size)),
        M::Test => (binary::<alu::Test>(insn, live)?, Known::Logic(size)),
        M::Adc => (carrying::<alu::Adc>(insn, live)?, Known::Nothing),
        M::Sbb => (carrying::<alu::Sbb>(insn, live)?, Known::Nothing),
        M::Inc => (unary::<alu::Inc>(insn, live)?, Known::Result(size)),
        M::Dec => (unary::<alu::Dec>(insn, live)?, Known::Result(size)),
        M::Neg => (unary::<alu::Neg>(insn, live)?, Known::Sub(size)),
        M::Not => return unary::<alu::Not>(insn, false),
        M::Shl | M::Sal => (shifted::<shift::Shl>(insn, live)?, Known::Nothing),
        M::Shr => (shifted::<shift::Shr>(insn, live)?, Known::Nothing),
        M::Sar => (shifted::<shift::Sar>(insn, live)?, Known::Nothing),
        M::Rol => (shifted::<shift::Rol>(insn, live)?, Known::Nothing),
        M::Ror => (shifted::<shift::Ror>(insn, live)?, Known::Nothing),
        M::Shld => (double_shift::<false>(insn, live)?, Known::Nothing),
        M::Shrd => (double_shift::<true>(insn, live)?, Known::Nothing),
        M::Imul => (product(insn, live)?, Known::Nothing),
        M::Mul => (wide_product::<false>(insn, live)?, Known::Nothing),
        M::Div | M::Idiv => (division(insn)?, Known::Nothing),
        _ => return None,
    };
    // Dead flags leave what was known before them in place, but nothing may look at it.
    *known = if live { after } else { Known::Nothing };
    Some(op)
}

/// Bytes of operand 0.
pub(super) fn width(insn: &Instruction) -> usize {
    if insn.op_count() == 0 {
        return 0;
    }
    match insn.op_kind(0) {
        OpKind::Register => insn.op0_register().size(),
        OpKind::Memory => insn.memory_size().size(),
        _ => 0,
    }
}

/// A handler by width and whether flags are live: `by_width!(size, live, handler, [types before], [types after])`.
macro_rules! by_width {
    ($size:expr, $live:expr, $h:path, [$($before:ty),*]) => {{
        use $h as handler;
        match ($size, $live) {
            (1, true) => handler::<$($before,)* u8, true> as Handler,
            (1, false) => handler::<$($before,)* u8, false>,
            (2, true) => handler::<$($before,)* u16, true>,
            (2, false) => handler::<$($before,)* u16, false>,
            (4, true) => handler::<$($before,)* u32, true>,
            (4, false) => handler::<$($before,)* u32, false>,
            (_, true) => handler::<$($before,)* u64, true>,
            (_, false) => handler::<$($before,)* u64, false>,
        }
    }};
}

/// The same for handlers with an addressing mode.
macro_rules! by_width_and_mode {
    ($size:expr, $live:expr, $mode:expr, $h:path, [$($before:ty),*], [$($extra:tt)*]) => {
        match ($size, $live) {
            (1, true) => by_mode!($mode, $h, [$($before,)* u8], [$($extra)* true]),
            (1, false) => by_mode!($mode, $h, [$($before,)* u8], [$($extra)* false]),
            (2, true) => by_mode!($mode, $h, [$($before,)* u16], [$($extra)* true]),
            (2, false) => by_mode!($mode, $h, [$($before,)* u16], [$($extra)* false]),
            (4, true) => by_mode!($mode, $h, [$($before,)* u32], [$($extra)* true]),
            (4, false) => by_mode!($mode, $h, [$($before,)* u32], [$($extra)* false]),
            (_, true) => by_mode!($mode, $h, [$($before,)* u64], [$($extra)* true]),
            (_, false) => by_mode!($mode, $h, [$($before,)* u64], [$($extra)* false]),
        }
    };
}

fn binary<O: alu::Alu>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    op.handler = match (reg(insn, 0), reg(insn, 1), imm(insn, 1)) {
        (Some(d), Some(s), _) => {
            (op.d, op.s) = (d, s);
            by_width!(size, live, alu::rr, [O])
        }
        (Some(d), _, Some(v)) => {
            (op.d, op.imm) = (d, v);
            by_width!(size, live, alu::ri, [O])
        }
        (Some(d), ..) => {
            op.d = d;
            let mode = memory(insn, &mut op, None)?;
            by_width_and_mode!(size, live, mode, alu::rm, [O], [])
        }
        (None, Some(s), _) => {
            op.s = s;
            let mode = memory(insn, &mut op, None)?;
            by_width_and_mode!(size, live, mode, alu::mr, [O], [false,])
        }
        (None, None, Some(v)) => {
            let mode = memory(insn, &mut op, Some(v))?;
            by_width_and_mode!(size, live, mode, alu::mr, [O], [true,])
        }
        _ => return None,
    };
    Some(op)
}

/// ADC and SBB: in the forms that long arithmetic uses; the rest goes the generic way.
fn carrying<O: alu::Alu>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    if size < 4 {
        return None;
    }
    macro_rules! wide {
        ($h:path) => {{
            use $h as handler;
            match (size, live) {
                (4, true) => handler::<O, u32, true> as Handler,
                (4, false) => handler::<O, u32, false>,
                (_, true) => handler::<O, u64, true>,
                (_, false) => handler::<O, u64, false>,
            }
        }};
    }
    op.handler = match (reg(insn, 0), reg(insn, 1), imm(insn, 1)) {
        (Some(d), Some(s), _) => {
            (op.d, op.s) = (d, s);
            wide!(alu::rr)
        }
        (Some(d), _, Some(v)) => {
            (op.d, op.imm) = (d, v);
            wide!(alu::ri)
        }
        (Some(d), ..) => {
            op.d = d;
            let mode = memory(insn, &mut op, None)?;
            match size {
                4 => by_mode!(mode, alu::rm, [O, u32], [true]),
                _ => by_mode!(mode, alu::rm, [O, u64], [true]),
            }
        }
        _ => return None,
    };
    Some(op)
}

fn unary<O: alu::Unary>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    op.handler = if let Some(d) = reg(insn, 0) {
        op.d = d;
        by_width!(size, live, alu::unary_r, [O])
    } else {
        let mode = memory(insn, &mut op, None)?;
        by_width_and_mode!(size, live, mode, alu::unary_m, [O], [])
    };
    Some(op)
}

fn shifted<S: shift::Shift>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    op.d = reg(insn, 0)?;
    op.handler = match imm(insn, 1) {
        Some(v) => {
            op.imm = v & if size == 8 { 63 } else { 31 };
            if op.imm == 0 {
                return None;
            }
            by_width!(size, live, shift::by_imm, [S])
        }
        None => by_width!(size, live, shift::by_cl, [S]),
    };
    Some(op)
}

/// IMUL in all its forms.
fn product(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let wide = match width(insn) {
        4 => false,
        8 => true,
        _ => return None,
    };
    if insn.op_count() == 1 {
        return wide_product::<true>(insn, live);
    }
    op.d = reg(insn, 0)?;
    macro_rules! pick {
        ($h:path) => {{
            use $h as handler;
            match (wide, live) {
                (false, true) => handler::<u32, true> as Handler,
                (false, false) => handler::<u32, false>,
                (true, true) => handler::<u64, true>,
                (true, false) => handler::<u64, false>,
            }
        }};
        ($h:path, $mode:expr) => {
            match (wide, live) {
                (false, true) => by_mode!($mode, $h, [u32], [true]),
                (false, false) => by_mode!($mode, $h, [u32], [false]),
                (true, true) => by_mode!($mode, $h, [u64], [true]),
                (true, false) => by_mode!($mode, $h, [u64], [false]),
            }
        };
    }
    let factor = if insn.op_count() == 3 { imm(insn, 2) } else { None };
    op.handler = match (reg(insn, 1), factor) {
        (Some(s), Some(v)) => {
            (op.s, op.imm) = (s, v);
            pick!(muldiv::imul_rri)
        }
        (Some(s), None) => {
            op.s = s;
            pick!(muldiv::imul_rr)
        }
        (None, Some(v)) => {
            let mode = memory(insn, &mut op, Some(v))?;
            pick!(muldiv::imul_rmi, mode)
        }
        (None, None) => {
            let mode = memory(insn, &mut op, None)?;
            pick!(muldiv::imul_rm, mode)
        }
    };
    Some(op)
}

/// MUL and one-operand IMUL.
fn wide_product<const SIGNED: bool>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = EMPTY;
    let size = width(insn);
    if let Some(s) = reg(insn, 0) {
        let handler = match (size, live) {
            (4, true) => muldiv::mul_r::<u32, SIGNED, true> as Handler,
            (4, false) => muldiv::mul_r::<u32, SIGNED, false>,
            (8, true) => muldiv::mul_r::<u64, SIGNED, true>,
            (8, false) => muldiv::mul_r::<u64, SIGNED, false>,
            _ => return None,
        };
        return Some(Op { handler, s, ..op });
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = match (size, live) {
        (4, true) => by_mode!(mode, muldiv::mul_m, [u32], [SIGNED, true]),
        (4, false) => by_mode!(mode, muldiv::mul_m, [u32], [SIGNED, false]),
        (8, true) => by_mode!(mode, muldiv::mul_m, [u64], [SIGNED, true]),
        (8, false) => by_mode!(mode, muldiv::mul_m, [u64], [SIGNED, false]),
        _ => return None,
    };
    Some(op)
}

/// SHLD and SHRD of registers of 32 and 64 bits.
fn double_shift<const RIGHT: bool>(insn: &Instruction, live: bool) -> Option<Op> {
    let mut op = Op { d: reg(insn, 0)?, s: reg(insn, 1)?, ..EMPTY };
    let wide = match width(insn) {
        4 => false,
        8 => true,
        _ => return None,
    };
    macro_rules! pick {
        ($by_cl:literal) => {
            match (wide, live) {
                (false, true) => shift::double::<u32, RIGHT, $by_cl, true> as Handler,
                (false, false) => shift::double::<u32, RIGHT, $by_cl, false>,
                (true, true) => shift::double::<u64, RIGHT, $by_cl, true>,
                (true, false) => shift::double::<u64, RIGHT, $by_cl, false>,
            }
        };
    }
    op.handler = match imm(insn, 2) {
        Some(n) => {
            op.imm = n;
            pick!(false)
        }
        None => pick!(true),
    };
    Some(op)
}

/// DIV and IDIV of a register. All flags are undefined afterwards: they stay as they were.
fn division(insn: &Instruction) -> Option<Op> {
    let s = reg(insn, 0)?;
    let handler: Handler = match (insn.mnemonic(), width(insn)) {
        (Mnemonic::Div, 4) => muldiv::div_r::<u32>,
        (Mnemonic::Div, 8) => muldiv::div_r::<u64>,
        (Mnemonic::Idiv, 4) => muldiv::idiv_r::<u32>,
        (Mnemonic::Idiv, 8) => muldiv::idiv_r::<u64>,
        _ => return None,
    };
    Some(Op { handler, s, ..EMPTY })
}
