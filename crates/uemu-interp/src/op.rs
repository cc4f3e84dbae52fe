//! The predecoded operation: what the engine executes instead of bytes.

use crate::driver::Handler;

/// One predecoded operation, 32 bytes: half a cache line.
///
/// A block is `[header][op]...[terminator][second slot][stub][stub]`; handlers find their neighbours by
/// pointer arithmetic and the block itself through the header, `pos` slots before.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Op {
    /// What executes it.
    pub handler: Handler,
    /// Immediate, absolute address, or link to another block's first op.
    pub imm: u64,
    /// Displacement; the immediate when `imm` holds an absolute address.
    pub disp: i32,
    /// Destination register, as a byte offset into `CpuState`.
    pub d: u16,
    /// Source register, likewise.
    pub s: u16,
    /// Base register of the memory operand, likewise (general-purpose registers lie in the first 256 bytes).
    pub base: u8,
    /// Index register, likewise; the always-zero register where there is none.
    pub index: u8,
    /// Left shift of the index, 0..=3.
    pub scale: u8,
    /// In a block's first op: guest instructions in the block. Zero in stubs.
    pub count: u8,
    /// This op's slot in its block; the header is slot 0.
    pub pos: u16,
    /// Index of the first guest instruction it covers.
    pub insn: u16,
}

const _: () = assert!(size_of::<Op>() == 32);
