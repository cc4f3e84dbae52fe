//! x87 instructions to their handlers.

use super::operands::{Addressing, by_mode, gpr, memory};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::x87;
use iced_x86::{Instruction, MemorySize, Mnemonic, OpKind, Register};

/// The number of operand `n`, a register of the stack.
fn st(insn: &Instruction, n: u32) -> Option<u16> {
    if n >= insn.op_count() || insn.op_kind(n) != OpKind::Register {
        return None;
    }
    let r = insn.op_register(n);
    r.is_st().then(|| r.number() as u16)
}

/// Completes an op with a memory operand, whose handler goes by the addressing mode. It holds the instruction's address.
fn at_memory(insn: &Instruction, handler: impl FnOnce(Addressing) -> Option<Handler>) -> Option<Op> {
    let mut op = EMPTY;
    let mode = memory(insn, &mut op, Some(insn.ip()))?;
    if mode == Addressing::Absolute {
        op.disp = i32::try_from(op.imm.wrapping_sub(insn.ip()) as i64).ok()?;
    }
    op.handler = handler(mode)?;
    Some(op)
}

/// The op for an x87 instruction.
pub(super) fn select(insn: &Instruction, known: &mut Known) -> Option<Op> {
    use Mnemonic as M;
    let m = insn.mnemonic();
    let ip = insn.ip();
    let plain = |handler: Handler| Some(Op { handler, imm: ip, ..EMPTY });
    let with = |handler: Handler, s: u16| Some(Op { handler, s, imm: ip, ..EMPTY });
    let is_memory = insn.op_count() == 1 && insn.op0_kind() == OpKind::Memory;
    match m {
        M::Fadd | M::Faddp | M::Fiadd => binary::<x87::Add>(insn),
        M::Fsub | M::Fsubp | M::Fisub => binary::<x87::Sub>(insn),
        M::Fsubr | M::Fsubrp | M::Fisubr => binary::<x87::Subr>(insn),
        M::Fmul | M::Fmulp | M::Fimul => binary::<x87::Mul>(insn),
        M::Fdiv | M::Fdivp | M::Fidiv => binary::<x87::Div>(insn),
        M::Fdivr | M::Fdivrp | M::Fidivr => binary::<x87::Divr>(insn),
        M::Fchs => plain(x87::sign::<false>),
        M::Fabs => plain(x87::sign::<true>),
        M::Fsqrt => plain(x87::sqrt),
        M::Frndint => plain(x87::soft_unary::<x87::Round>),
        M::F2xm1 => plain(x87::soft_unary::<x87::Exp2m1>),
        M::Fsin => plain(x87::soft_unary::<x87::Sin>),
        M::Fcos => plain(x87::soft_unary::<x87::Cos>),
        M::Fsincos => plain(x87::soft_spread::<false>),
        M::Fptan => plain(x87::soft_spread::<true>),
        M::Fprem => plain(x87::soft_remainder::<false>),
        M::Fprem1 => plain(x87::soft_remainder::<true>),
        M::Fscale => plain(x87::soft_pair::<x87::Scale, false>),
        M::Fyl2x => plain(x87::soft_pair::<x87::Yl2x, true>),
        M::Fyl2xp1 => plain(x87::soft_pair::<x87::Yl2xp1, true>),
        M::Fpatan => plain(x87::soft_pair::<x87::Patan, true>),
        M::Fld | M::Fild if is_memory => load(insn),
        M::Fld => with(x87::duplicate, st(insn, 0)?),
        M::Fst | M::Fist if is_memory => store::<false>(insn),
        M::Fstp | M::Fistp | M::Fisttp if is_memory => store::<true>(insn),
        M::Fst => Some(Op { handler: x87::copy::<false>, d: st(insn, 0)?, imm: ip, ..EMPTY }),
        M::Fstp => Some(Op { handler: x87::copy::<true>, d: st(insn, 0)?, imm: ip, ..EMPTY }),
        M::Fxch => with(x87::exchange, st(insn, 1)?),
        M::Fldz => plain(x87::constant::<0, 0>),
        M::Fld1 => plain(x87::constant::<0x3fff, { 1 << 63 }>),
        M::Fldl2t => plain(x87::constant::<0x4000, 0xD49A_784B_CD1B_8AFE>),
        M::Fldl2e => plain(x87::constant::<0x3fff, 0xB8AA_3B29_5C17_F0BC>),
        M::Fldpi => plain(x87::constant::<0x4000, 0xC90F_DAA2_2168_C235>),
        M::Fldlg2 => plain(x87::constant::<0x3ffd, 0x9A20_9A84_FBCF_F799>),
        M::Fldln2 => plain(x87::constant::<0x3ffe, 0xB172_17F7_D1CF_79AC>),
        M::Fcmovb => with(x87::conditional::<1, false>, st(insn, 1)?),
        M::Fcmove => with(x87::conditional::<64, false>, st(insn, 1)?),
        M::Fcmovbe => with(x87::conditional::<65, false>, st(insn, 1)?),
        M::Fcmovu => with(x87::conditional::<4, false>, st(insn, 1)?),
        M::Fcmovnb => with(x87::conditional::<1, true>, st(insn, 1)?),
        M::Fcmovne => with(x87::conditional::<64, true>, st(insn, 1)?),
        M::Fcmovnbe => with(x87::conditional::<65, true>, st(insn, 1)?),
        M::Fcmovnu => with(x87::conditional::<4, true>, st(insn, 1)?),
        M::Fcomi | M::Fucomi | M::Fcomip | M::Fucomip => {
            let pops = matches!(m, M::Fcomip | M::Fucomip);
            let s = st(insn, 1)?;
            *known = Known::Eager;
            with(if pops { x87::compare_flags::<true> } else { x87::compare_flags::<false> }, s)
        }
        M::Fcom | M::Ficom if is_memory => compare_memory::<false>(insn),
        M::Fcomp | M::Ficomp if is_memory => compare_memory::<true>(insn),
        M::Fcom | M::Fucom => with(x87::compare_codes::<0>, st(insn, 1)?),
        M::Fcomp | M::Fucomp => with(x87::compare_codes::<1>, st(insn, 1)?),
        M::Fcompp | M::Fucompp => with(x87::compare_codes::<2>, 1),
        M::Ftst => plain(x87::test),
        M::Fxam => plain(x87::examine),
        M::Wait => plain(x87::wait),
        M::Fldcw => at_memory(insn, |mode| Some(by_mode!(mode, x87::load_control, [], []))),
        M::Fnstcw => at_memory(insn, |mode| Some(by_mode!(mode, x87::store_control, [], []))),
        M::Fnstsw if is_memory => at_memory(insn, |mode| Some(by_mode!(mode, x87::store_status, [], []))),
        M::Fnstsw => Some(Op { handler: x87::status_to_register, d: gpr(Register::AX)?, ..EMPTY }),
        _ => None,
    }
}

fn binary<O: x87::Binary>(insn: &Instruction) -> Option<Op> {
    if insn.op0_kind() == OpKind::Memory {
        return at_memory(insn, |mode| {
            Some(match insn.memory_size() {
                MemorySize::Float32 => by_mode!(mode, x87::rm, [O, x87::F32], []),
                MemorySize::Float64 => by_mode!(mode, x87::rm, [O, x87::F64], []),
                MemorySize::Int16 => by_mode!(mode, x87::rm, [O, x87::I16], []),
                MemorySize::Int32 => by_mode!(mode, x87::rm, [O, x87::I32], []),
                _ => return None,
            })
        });
    }
    use Mnemonic as M;
    let pops = matches!(insn.mnemonic(), M::Faddp | M::Fsubp | M::Fsubrp | M::Fmulp | M::Fdivp | M::Fdivrp);
    let handler = if pops { x87::rr::<O, true> } else { x87::rr::<O, false> };
    Some(Op { handler, d: st(insn, 0)?, s: st(insn, 1)?, imm: insn.ip(), ..EMPTY })
}

fn load(insn: &Instruction) -> Option<Op> {
    at_memory(insn, |mode| {
        Some(match insn.memory_size() {
            MemorySize::Float32 => by_mode!(mode, x87::load, [x87::F32], []),
            MemorySize::Float64 => by_mode!(mode, x87::load, [x87::F64], []),
            MemorySize::Float80 => by_mode!(mode, x87::load_extended, [], []),
            MemorySize::Int16 => by_mode!(mode, x87::load, [x87::I16], []),
            MemorySize::Int32 => by_mode!(mode, x87::load, [x87::I32], []),
            MemorySize::Int64 => by_mode!(mode, x87::load, [x87::I64], []),
            _ => return None,
        })
    })
}

fn store<const POP: bool>(insn: &Instruction) -> Option<Op> {
    let truncate = insn.mnemonic() == Mnemonic::Fisttp;
    at_memory(insn, |mode| {
        Some(match (insn.memory_size(), truncate) {
            (MemorySize::Float32, _) => by_mode!(mode, x87::store, [x87::F32], [POP]),
            (MemorySize::Float64, _) => by_mode!(mode, x87::store, [x87::F64], [POP]),
            (MemorySize::Float80, _) => by_mode!(mode, x87::store_extended, [], []),
            (MemorySize::Int16, false) => by_mode!(mode, x87::store, [x87::I16], [POP]),
            (MemorySize::Int32, false) => by_mode!(mode, x87::store, [x87::I32], [POP]),
            (MemorySize::Int64, false) => by_mode!(mode, x87::store, [x87::I64], [POP]),
            (MemorySize::Int16, true) => by_mode!(mode, x87::store, [x87::Truncated<x87::I16>], [POP]),
            (MemorySize::Int32, true) => by_mode!(mode, x87::store, [x87::Truncated<x87::I32>], [POP]),
            (MemorySize::Int64, true) => by_mode!(mode, x87::store, [x87::Truncated<x87::I64>], [POP]),
            _ => return None,
        })
    })
}

fn compare_memory<const POP: bool>(insn: &Instruction) -> Option<Op> {
    at_memory(insn, |mode| {
        Some(match insn.memory_size() {
            MemorySize::Float32 => by_mode!(mode, x87::compare_memory, [x87::F32], [POP]),
            MemorySize::Float64 => by_mode!(mode, x87::compare_memory, [x87::F64], [POP]),
            MemorySize::Int16 => by_mode!(mode, x87::compare_memory, [x87::I16], [POP]),
            MemorySize::Int32 => by_mode!(mode, x87::compare_memory, [x87::I32], [POP]),
            _ => return None,
        })
    })
}
