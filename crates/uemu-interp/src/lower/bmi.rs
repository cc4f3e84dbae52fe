//! Scans, counts, BMI1, BMI2, ADX, MOVBE and CRC32 to ops, for words of 32 and 64 bits.

use super::alu::width;
use super::operands::{by_mode, imm, memory, reg};
use super::{EMPTY, Known};
use crate::driver::Handler;
use crate::op::Op;
use crate::ops::bmi;
use iced_x86::{Instruction, Mnemonic};

/// A handler by word size (32 or 64 bits) and by whether flags matter: before the addressing mode or without one.
macro_rules! by_word {
    ($wide:expr, $live:expr, $h:path, [$($before:ty),*]) => {{
        use $h as handler;
        match ($wide, $live) {
            (false, true) => handler::<$($before,)* u32, true> as Handler,
            (false, false) => handler::<$($before,)* u32, false>,
            (true, true) => handler::<$($before,)* u64, true>,
            (true, false) => handler::<$($before,)* u64, false>,
        }
    }};
    ($wide:expr, $live:expr, $mode:expr, $h:path, [$($before:ty),*]) => {
        match ($wide, $live) {
            (false, true) => by_mode!($mode, $h, [$($before,)* u32], [true]),
            (false, false) => by_mode!($mode, $h, [$($before,)* u32], [false]),
            (true, true) => by_mode!($mode, $h, [$($before,)* u64], [true]),
            (true, false) => by_mode!($mode, $h, [$($before,)* u64], [false]),
        }
    };
}

/// The op for one of them; records in `known` where the flags then come from.
pub(super) fn select(insn: &Instruction, live: bool, known: &mut Known) -> Option<Op> {
    use Mnemonic as M;
    let op = match insn.mnemonic() {
        M::Popcnt => one::<bmi::Popcnt>(insn, live)?,
        M::Tzcnt => one::<bmi::Tzcnt>(insn, live)?,
        M::Lzcnt => one::<bmi::Lzcnt>(insn, live)?,
        M::Bsf => one::<bmi::Bsf>(insn, live)?,
        M::Bsr => one::<bmi::Bsr>(insn, live)?,
        M::Blsi => one::<bmi::Blsi>(insn, live)?,
        M::Blsmsk => one::<bmi::Blsmsk>(insn, live)?,
        M::Blsr => one::<bmi::Blsr>(insn, live)?,
        M::Andn => two::<bmi::Andn>(insn, 2, live)?,
        M::Bextr => two::<bmi::Bextr>(insn, 1, live)?,
        M::Bzhi => two::<bmi::Bzhi>(insn, 1, live)?,
        M::Adcx => add_with::<false>(insn)?,
        M::Adox => add_with::<true>(insn)?,
        _ => return without_flags(insn),
    };
    // Whoever replaces some flags computes the others.
    *known = if live { Known::Eager } else { Known::Nothing };
    Some(op)
}

/// Those that leave the flags alone.
fn without_flags(insn: &Instruction) -> Option<Op> {
    use Mnemonic as M;
    match insn.mnemonic() {
        M::Shlx => two::<bmi::Shlx>(insn, 1, false),
        M::Shrx => two::<bmi::Shrx>(insn, 1, false),
        M::Sarx => two::<bmi::Sarx>(insn, 1, false),
        M::Rorx => rorx(insn),
        M::Mulx => mulx(insn),
        M::Movbe => movbe(insn),
        #[cfg(target_arch = "x86_64")]
        M::Pdep if is_x86_feature_detected!("bmi2") => two::<bmi::Pdep>(insn, 2, false),
        #[cfg(target_arch = "x86_64")]
        M::Pext if is_x86_feature_detected!("bmi2") => two::<bmi::Pext>(insn, 2, false),
        #[cfg(target_arch = "x86_64")]
        M::Crc32 if is_x86_feature_detected!("sse4.2") => crc32(insn),
        _ => None,
    }
}

/// Whether the word has 64 bits; `None` if it has 16.
fn is_wide(insn: &Instruction) -> Option<bool> {
    match width(insn) {
        4 => Some(false),
        8 => Some(true),
        _ => None,
    }
}

fn one<O: bmi::One>(insn: &Instruction, live: bool) -> Option<Op> {
    let (wide, mut op) = (is_wide(insn)?, Op { d: reg(insn, 0)?, ..EMPTY });
    if let Some(s) = reg(insn, 1) {
        return Some(Op { handler: by_word!(wide, live, bmi::one_r, [O]), s, ..op });
    }
    let mode = memory(insn, &mut op, None)?;
    Some(Op { handler: by_word!(wide, live, mode, bmi::one_m, [O]), ..op })
}

/// `at` is the operand that may be in memory: 1 or 2.
fn two<O: bmi::Two>(insn: &Instruction, at: u32, live: bool) -> Option<Op> {
    let (wide, mut op) = (is_wide(insn)?, Op { d: reg(insn, 0)?, ..EMPTY });
    let other = reg(insn, 3 - at)?;
    if let Some(s) = reg(insn, at) {
        return Some(Op { handler: by_word!(wide, live, bmi::two_r, [O]), s, disp: other as i32, ..op });
    }
    op.s = other;
    let mode = memory(insn, &mut op, None)?;
    Some(Op { handler: by_word!(wide, live, mode, bmi::two_m, [O]), ..op })
}

fn rorx(insn: &Instruction) -> Option<Op> {
    let (wide, mut op) = (is_wide(insn)?, Op { d: reg(insn, 0)?, imm: imm(insn, 2)?, ..EMPTY });
    if let Some(s) = reg(insn, 1) {
        return Some(Op { handler: if wide { bmi::rorx_r::<u64> } else { bmi::rorx_r::<u32> }, s, ..op });
    }
    let mode = memory(insn, &mut op, imm(insn, 2))?;
    op.handler = if wide { by_mode!(mode, bmi::rorx_m, [u64], []) } else { by_mode!(mode, bmi::rorx_m, [u32], []) };
    Some(op)
}

fn mulx(insn: &Instruction) -> Option<Op> {
    let (wide, mut op) = (is_wide(insn)?, Op { d: reg(insn, 0)?, s: reg(insn, 1)?, ..EMPTY });
    if let Some(v) = reg(insn, 2) {
        let handler: Handler = if wide { bmi::mulx_r::<u64> } else { bmi::mulx_r::<u32> };
        return Some(Op { handler, disp: v as i32, ..op });
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = if wide { by_mode!(mode, bmi::mulx_m, [u64], []) } else { by_mode!(mode, bmi::mulx_m, [u32], []) };
    Some(op)
}

fn add_with<const OVERFLOW: bool>(insn: &Instruction) -> Option<Op> {
    let (wide, mut op) = (is_wide(insn)?, Op { d: reg(insn, 0)?, ..EMPTY });
    if let Some(s) = reg(insn, 1) {
        let handler: Handler = if wide { bmi::add_with_r::<u64, OVERFLOW> } else { bmi::add_with_r::<u32, OVERFLOW> };
        return Some(Op { handler, s, ..op });
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = match wide {
        false => by_mode!(mode, bmi::add_with_m, [u32], [OVERFLOW]),
        true => by_mode!(mode, bmi::add_with_m, [u64], [OVERFLOW]),
    };
    Some(op)
}

fn movbe(insn: &Instruction) -> Option<Op> {
    let mut op = EMPTY;
    macro_rules! by_size {
        ($mode:expr, $h:path) => {
            match width(insn) {
                2 => by_mode!($mode, $h, [u16], []),
                4 => by_mode!($mode, $h, [u32], []),
                _ => by_mode!($mode, $h, [u64], []),
            }
        };
    }
    if let Some(d) = reg(insn, 0) {
        op.d = d;
        let mode = memory(insn, &mut op, None)?;
        op.handler = by_size!(mode, bmi::movbe_load);
    } else {
        op.s = reg(insn, 1)?;
        let mode = memory(insn, &mut op, None)?;
        op.handler = by_size!(mode, bmi::movbe_store);
    }
    Some(op)
}

#[cfg(target_arch = "x86_64")]
fn crc32(insn: &Instruction) -> Option<Op> {
    let mut op = Op { d: reg(insn, 0)?, ..EMPTY };
    if let Some(s) = reg(insn, 1) {
        op.s = s;
        op.handler = match insn.op1_register().size() {
            1 => bmi::crc32_r::<u8>,
            2 => bmi::crc32_r::<u16>,
            4 => bmi::crc32_r::<u32>,
            _ => bmi::crc32_r::<u64>,
        };
        return Some(op);
    }
    let mode = memory(insn, &mut op, None)?;
    op.handler = match insn.memory_size().size() {
        1 => by_mode!(mode, bmi::crc32_m, [u8], []),
        2 => by_mode!(mode, bmi::crc32_m, [u16], []),
        4 => by_mode!(mode, bmi::crc32_m, [u32], []),
        _ => by_mode!(mode, bmi::crc32_m, [u64], []),
    };
    Some(op)
}
