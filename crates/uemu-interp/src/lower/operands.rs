//! Operands of iced instructions as an op's fields.

use crate::generic::gpr_index;
use crate::op::Op;
use iced_x86::{Instruction, OpKind, Register};
use std::mem::offset_of;
use uemu_cpu::CpuState;

/// The always-zero register.
pub(crate) const ZERO: u8 = offset_of!(CpuState, zero) as u8;

/// The addressing modes handlers know (`crate::operand`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Addressing {
    /// `Bd`
    BaseDisp,
    /// `Bis`
    BaseIndex,
    /// `Abs`
    Absolute,
    /// `Fs`
    Fs,
}

/// The byte offset of a general-purpose register of any size.
pub(crate) fn gpr(r: Register) -> Option<u16> {
    if !r.is_gpr() {
        return None;
    }
    let high = matches!(r, Register::AH | Register::BH | Register::CH | Register::DH);
    Some((gpr_index(r) * 8) as u16 + high as u16)
}

/// Operand `n` as a register.
pub(crate) fn reg(insn: &Instruction, n: u32) -> Option<u16> {
    if insn.op_kind(n) == OpKind::Register { gpr(insn.op_register(n)) } else { None }
}

/// Operand `n` as an immediate, sign-extended to 64 bits as the instruction does.
pub(crate) fn imm(insn: &Instruction, n: u32) -> Option<u64> {
    match insn.op_kind(n) {
        OpKind::Immediate8
        | OpKind::Immediate16
        | OpKind::Immediate32
        | OpKind::Immediate64
        | OpKind::Immediate8to16
        | OpKind::Immediate8to32
        | OpKind::Immediate8to64
        | OpKind::Immediate32to64 => Some(insn.immediate(n)),
        _ => None,
    }
}

/// Fills an op's address fields from the memory operand; `immediate` is the instruction's, if it has one.
/// `None` for forms that only the generic step knows (GS, address-size override).
pub(crate) fn memory(insn: &Instruction, op: &mut Op, immediate: Option<u64>) -> Option<Addressing> {
    let (base, index, segment) = (insn.memory_base(), insn.memory_index(), insn.memory_segment());
    op.imm = immediate.unwrap_or(0);
    let fs = match segment {
        Register::FS => true,
        Register::GS => return None,
        _ => false,
    };
    if base == Register::RIP {
        if fs {
            return None;
        }
        op.imm = insn.memory_displacement64();
        op.disp = immediate.unwrap_or(0) as i32;
        return Some(Addressing::Absolute);
    }
    let part = |r: Register| match r {
        Register::None => Some(ZERO),
        r if r.is_gpr64() => Some((gpr_index(r) * 8) as u8),
        _ => None,
    };
    op.base = part(base)?;
    op.index = part(index)?;
    op.scale = insn.memory_index_scale().trailing_zeros() as u8;
    let displacement = insn.memory_displacement64() as i64;
    op.disp = i32::try_from(displacement).ok()?;
    Some(match (fs, index) {
        (true, _) => Addressing::Fs,
        (false, Register::None) => Addressing::BaseDisp,
        (false, _) => Addressing::BaseIndex,
    })
}

/// A handler by addressing mode: `by_mode!(mode, path::handler, [types before], [types and constants after])`.
macro_rules! by_mode {
    ($mode:expr, $h:path, [$($before:ty),*], [$($after:tt),*]) => {{
        use $crate::lower::operands::Addressing as A;
        use $crate::operand::{Abs, Bd, Bis, Fs};
        macro_rules! h { ($m:ty) => { { use $h as handler; handler::<$($before,)* $m, $($after),*> as $crate::driver::Handler } } }
        match $mode {
            A::BaseDisp => h!(Bd),
            A::BaseIndex => h!(Bis),
            A::Absolute => h!(Abs),
            A::Fs => h!(Fs),
        }
    }};
}
pub(crate) use by_mode;

/// A handler by condition code: `by_cc!(cc, path::handler, [types before])`.
macro_rules! by_cc {
    ($cc:expr, $h:path, [$($before:ty),*]) => {{
        use $h as handler;
        macro_rules! h { ($cc2:literal) => { handler::<$($before,)* $cc2> as $crate::driver::Handler } }
        match $cc {
            0 => h!(0), 1 => h!(1), 2 => h!(2), 3 => h!(3), 4 => h!(4), 5 => h!(5), 6 => h!(6), 7 => h!(7),
            8 => h!(8), 9 => h!(9), 10 => h!(10), 11 => h!(11), 12 => h!(12), 13 => h!(13), 14 => h!(14), _ => h!(15),
        }
    }};
}
pub(crate) use by_cc;
