//! From iced instructions to ops.

mod alu;
mod bits;
mod branch;
mod decode;
mod liveness;
mod moves;
mod operands;
#[cfg(target_arch = "x86_64")]
mod vector;
mod x87;

pub(crate) use decode::{decode, decode_one};

use crate::cache::Block;
use crate::op::Op;
use crate::ops::slow;
use iced_x86::{Instruction, Mnemonic};

/// What is known, while lowering, of where the flags come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Known {
    /// Nothing.
    Nothing,
    /// A subtraction or comparison of this many bytes.
    Sub(usize),
    /// A logical operation.
    Logic(usize),
    /// An addition.
    Add(usize),
    /// Flags computed at once.
    Eager,
    /// INC or DEC: what follows from the result alone.
    Result(usize),
}

/// An op with nothing but its handler.
pub(crate) const EMPTY: Op = Op {
    handler: slow::generic,
    imm: 0,
    disp: 0,
    d: 0,
    s: 0,
    base: operands::ZERO,
    index: operands::ZERO,
    scale: 0,
    count: 0,
    pos: 0,
    insn: 0,
};

/// Lowers a block. The result is `[header][op]...[terminator][second slot][stub][stub]`; links hold guest
/// addresses until [`link`] has been called on the ops' final place. With `float`, SSE arithmetic may use the
/// host's unit.
pub(crate) fn lower(insns: &[Instruction], block: *const Block, float: bool) -> Vec<Op> {
    let mut ops = Vec::with_capacity(insns.len() + 5);
    ops.push(Op { handler: slow::header, imm: block as u64, ..EMPTY });
    let live = liveness::live_after(insns);
    let mut known = Known::Nothing;
    let last = insns.len() - 1;
    let mut i = 0;
    // Two or three instructions that end the block as one op.
    let fused = match insns {
        [.., a, b, c] => branch::fuse_step(a, b, c).map(|f| (f, 3)),
        _ => None,
    }
    .or_else(|| match insns {
        [.., b, c] => branch::fuse(b, c).map(|f| (f, 2)),
        _ => None,
    });
    let plain = fused.as_ref().map_or(last, |(_, covered)| insns.len() - covered);
    while i < plain {
        push_plain(&mut ops, &insns[i], i, live[i], &mut known, float);
        i += 1;
    }
    let total = insns.len() as u16;
    let (mut term, second, taken, fall) = if let Some(((op, second), _)) = fused {
        (op, second, Some(insns[last].near_branch_target()), Some(insns[last].next_ip()))
    } else if let Some((op, second, taken, fall)) = branch::terminator(&insns[last], known) {
        (op, second, taken, fall)
    } else {
        push_plain(&mut ops, &insns[last], last, live[last], &mut known, float);
        i += 1;
        (Op { handler: slow::continue_at, ..EMPTY }, EMPTY, Some(insns[last].next_ip()), None)
    };
    term.insn = i as u16;
    ops.push(term);
    ops.push(Op { insn: total, ..second });
    let at = ops.len();
    if let Some(taken) = taken {
        ops[at - 2].imm = 0;
        ops.push(Op { handler: slow::unresolved, imm: taken, d: 2, insn: total, ..EMPTY });
    }
    if let Some(fall) = fall {
        let d = (ops.len() - (at - 1)) as u16;
        ops.push(Op { handler: slow::unresolved, imm: fall, d, insn: total, ..EMPTY });
    }
    for (pos, op) in ops.iter_mut().enumerate() {
        op.pos = pos as u16;
    }
    ops[1].count = total as u8;
    // Which slots are links is said by the stubs: each names its own.
    ops
}

/// Points the links of a block at their stubs and returns its first op.
///
/// # Safety
/// `base` is the final place of `len` ops that [`lower`] made.
pub(crate) unsafe fn link(base: *mut Op, len: usize) -> *const Op {
    for i in 1..len {
        // SAFETY: `i` and the slot the stub names lie within the block.
        unsafe {
            let op = base.add(i);
            if std::ptr::fn_addr_eq((*op).handler, slow::unresolved as crate::driver::Handler) {
                (*op.sub((*op).d as usize)).imm = op as u64;
            }
        }
    }
    // SAFETY: a block has a header and at least one op.
    unsafe { base.add(1) }
}

fn push_plain(ops: &mut Vec<Op>, insn: &Instruction, i: usize, live: bool, known: &mut Known, float: bool) {
    // No op at all: fuel is paid by the block.
    if is_hint(insn.mnemonic()) {
        return;
    }
    let mut op = select(insn, live, known, float).unwrap_or_else(|| {
        if insn.rflags_modified() != 0 {
            *known = Known::Nothing;
        }
        EMPTY
    });
    op.insn = i as u16;
    ops.push(op);
}

/// Instructions without an effect here: one processor, in order, without caches.
fn is_hint(mnemonic: Mnemonic) -> bool {
    use Mnemonic::*;
    matches!(
        mnemonic,
        Nop | Endbr64
            | Pause
            | Prefetcht0
            | Prefetcht1
            | Prefetcht2
            | Prefetchnta
            | Prefetchw
            | Mfence
            | Lfence
            | Sfence
    )
}

/// The op with a handler of its own for an instruction that does not end the block, if there is one.
fn select(insn: &Instruction, live: bool, known: &mut Known, float: bool) -> Option<Op> {
    if insn.has_rep_prefix() || insn.has_repne_prefix() {
        return None;
    }
    // One task runs at a time: LOCK adds nothing to an instruction that may have it.
    if insn.has_lock_prefix() && insn.op0_kind() != iced_x86::OpKind::Memory {
        return None;
    }
    alu::select(insn, live, known)
        .or_else(|| moves::select(insn, *known))
        .or_else(|| bits::select(insn, known))
        .or_else(|| vector_select(insn, known, float))
        .or_else(|| x87::select(insn, known))
}

#[cfg(target_arch = "x86_64")]
fn vector_select(insn: &Instruction, known: &mut Known, float: bool) -> Option<Op> {
    vector::select(insn, known, float)
}
/// Vector work has its handlers on x86-64 hosts; elsewhere the generic step gives the same results.
#[cfg(not(target_arch = "x86_64"))]
fn vector_select(_: &Instruction, _: &mut Known, _: bool) -> Option<Op> {
    None
}
