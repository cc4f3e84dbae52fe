//! Masked moves and gathers to ops.

use super::{at_memory, by_place, xmm};
use crate::generic::gpr_index;
use crate::lower::EMPTY;
use crate::op::Op;
use crate::ops::vector::{self, Size, Vex128, Vex256};
use iced_x86::{Instruction, Mnemonic, OpKind, Register};

/// A handler by element size and width.
macro_rules! by_element {
    ($wide:expr, $size:expr, $place:expr, $h:path) => {
        match ($wide, $size) {
            (false, Size::Vex256) => by_place!($place, $h, [u32, Vex256], []),
            (false, _) => by_place!($place, $h, [u32, Vex128], []),
            (true, Size::Vex256) => by_place!($place, $h, [u64, Vex256], []),
            (true, _) => by_place!($place, $h, [u64, Vex128], []),
        }
    };
}

/// The op for one of them.
pub(super) fn select(insn: &Instruction, size: Size) -> Option<Op> {
    use Mnemonic as M;
    match insn.mnemonic() {
        M::Vmaskmovps | M::Vpmaskmovd => masked::<false>(insn, size),
        M::Vmaskmovpd | M::Vpmaskmovq => masked::<true>(insn, size),
        _ => gather(insn, size),
    }
}

fn masked<const WIDE: bool>(insn: &Instruction, size: Size) -> Option<Op> {
    match xmm(insn, 0) {
        Some(d) => at_memory(insn, Op { d, s: xmm(insn, 1)?, ..EMPTY }, 2, None, |place| {
            by_element!(WIDE, size, place, vector::masked_load)
        }),
        None => at_memory(insn, Op { d: xmm(insn, 2)?, s: xmm(insn, 1)?, ..EMPTY }, 0, None, |place| {
            by_element!(WIDE, size, place, vector::masked_store)
        }),
    }
}

/// A gather with a base register and no segment: what compilers make.
fn gather(insn: &Instruction, size: Size) -> Option<Op> {
    if insn.op_count() != 3 || insn.op_kind(1) != OpKind::Memory {
        return None;
    }
    let (d, mask, index) = (xmm(insn, 0)?, xmm(insn, 2)?, insn.memory_index());
    let wide = size == Size::Vex256 || index.is_ymm();
    let handler = vector::gather_handler(insn.mnemonic(), wide)?;
    let base = insn.memory_base();
    if !base.is_gpr64() || matches!(insn.memory_segment(), Register::FS | Register::GS) {
        return None;
    }
    let indices = super::offset(index);
    // Two that are the same raise #UD.
    if d == mask || d == indices || mask == indices {
        return None;
    }
    Some(Op {
        handler,
        imm: indices as u64 | (mask as u64) << 16,
        disp: i32::try_from(insn.memory_displacement64() as i64).ok()?,
        d,
        base: (gpr_index(base) * 8) as u8,
        scale: insn.memory_index_scale().trailing_zeros() as u8,
        ..EMPTY
    })
}
