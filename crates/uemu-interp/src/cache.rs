//! Decoded blocks, where they are found, and how they are thrown away.

use crate::op::Op;
use crate::{features, lower};
use iced_x86::Instruction;
use std::collections::BTreeSet;
use std::hash::{BuildHasherDefault, Hasher};
use uemu_cpu::{CpuModel, Exit};
use uemu_mem::{AddrRange, AddressSpace, CodeId, GuestAddr};

/// Ops a cache holds at most before it starts afresh: 1 Mi ops of 32 bytes, and their instructions.
const MAX_OPS: usize = 1 << 20;
/// Ops allocated together, so that blocks decoded one after another lie side by side.
const CHUNK_OPS: usize = 2048;
/// Entries of the jump cache.
const JUMPS: usize = 4096;
/// Single instructions remembered for stepping.
const STEPS: usize = 512;

/// Multiplies addresses into hash values: no random state, and order never shows.
#[derive(Default)]
pub(crate) struct AddrHasher(u64);

impl Hasher for AddrHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(*b as u64);
        }
    }
    fn write_u64(&mut self, v: u64) {
        let x = (self.0 ^ v).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = x ^ (x >> 32);
    }
}

#[allow(clippy::disallowed_types, reason = "fixed hasher, never iterated")]
type FastMap<V> = std::collections::HashMap<u64, V, BuildHasherDefault<AddrHasher>>;

/// A decoded basic block.
pub(crate) struct Block {
    /// Its instructions, for the generic step and for addresses.
    pub insns: Box<[Instruction]>,
}

/// One remembered indirect jump.
#[derive(Clone, Copy)]
pub(crate) struct Jump {
    rip: u64,
    first: *const Op,
}

/// Where indirect jumps went, direct-mapped by target.
pub(crate) struct JumpCache([Jump; JUMPS]);

impl JumpCache {
    #[inline(always)]
    fn slot(rip: u64) -> usize {
        (rip ^ (rip >> 12)) as usize % JUMPS
    }

    /// The first op of the block at `rip`, or null.
    #[inline(always)]
    pub(crate) fn get(&self, rip: u64) -> *const Op {
        let e = &self.0[Self::slot(rip)];
        if e.rip == rip { e.first } else { std::ptr::null() }
    }

    fn set(&mut self, rip: u64, first: *const Op) {
        self.0[Self::slot(rip)] = Jump { rip, first };
    }
}

/// The decoded code of one [`CodeId`], for one kind of MXCSR.
pub(crate) struct CodeCache {
    /// Whose code.
    pub id: CodeId,
    /// Whether it was lowered for an exotic MXCSR (`crate::fp`).
    pub exotic: bool,
    /// Whose instructions there are.
    model: CpuModel,
    /// When it was last run (in runs of the engine).
    pub used: u64,
    /// Blocks made since the beginning.
    pub blocks_made: u64,
    /// Ops made since the beginning.
    pub ops_made: u64,
    by_rip: FastMap<*const Op>,
    /// Never grown beyond their capacity: ops do not move.
    chunks: Vec<Vec<Op>>,
    /// Boxed: header ops point to them.
    #[allow(clippy::vec_box, reason = "header ops hold pointers to the blocks")]
    blocks: Vec<Box<Block>>,
    pages: BTreeSet<u64>,
    jumps: Box<JumpCache>,
    steps: Vec<(u64, Instruction)>,
    ops: usize,
}

impl CodeCache {
    pub(crate) fn new(id: CodeId, exotic: bool, model: CpuModel) -> CodeCache {
        CodeCache {
            id,
            exotic,
            model,
            used: 0,
            blocks_made: 0,
            ops_made: 0,
            by_rip: FastMap::default(),
            chunks: Vec::new(),
            blocks: Vec::new(),
            pages: BTreeSet::new(),
            jumps: Box::new(JumpCache([Jump { rip: u64::MAX, first: std::ptr::null() }; JUMPS])),
            steps: Vec::new(),
            ops: 0,
        }
    }

    pub(crate) fn jumps(&mut self) -> *mut JumpCache {
        &mut *self.jumps
    }

    /// Whether it holds as many ops as it may.
    pub(crate) fn is_full(&self) -> bool {
        self.ops >= MAX_OPS
    }

    /// Whether code was decoded from one of these ranges.
    pub(crate) fn touched_by(&self, changes: &[AddrRange]) -> bool {
        changes
            .iter()
            .any(|r| !r.is_empty() && self.pages.range(r.start.page()..=GuestAddr(r.end.0 - 1).page()).next().is_some())
    }

    /// Forgets everything.
    pub(crate) fn flush(&mut self) {
        self.by_rip.clear();
        self.chunks.clear();
        self.blocks.clear();
        self.pages.clear();
        self.jumps.0.fill(Jump { rip: u64::MAX, first: std::ptr::null() });
        self.steps.clear();
        self.ops = 0;
    }

    /// The first op of the block at `rip`, translated if need be, and remembered as a jump target.
    pub(crate) fn find_or_translate(&mut self, rip: u64, mem: &mut AddressSpace) -> Result<*const Op, Exit> {
        let first = match self.by_rip.get(&rip) {
            Some(&first) => first,
            None => self.translate(rip, mem)?,
        };
        self.jumps.set(rip, first);
        Ok(first)
    }

    fn translate(&mut self, rip: u64, mem: &mut AddressSpace) -> Result<*const Op, Exit> {
        let insns = lower::decode(rip, mem, &self.model)?;
        self.note_code(mem, &insns);
        let block = Box::new(Block { insns });
        let header: *const Block = &*block;
        let ops = lower::lower(&block.insns, header, !self.exotic);
        self.blocks.push(block);
        self.blocks_made += 1;
        self.ops_made += ops.len() as u64;
        self.ops += ops.len();
        let room = self.chunks.last().is_some_and(|c| c.capacity() - c.len() >= ops.len());
        if !room {
            self.chunks.push(Vec::with_capacity(CHUNK_OPS.max(ops.len())));
        }
        let chunk = self.chunks.last_mut().expect("a chunk was just made");
        let at = chunk.len();
        chunk.extend_from_slice(&ops);
        // Pointers are made from the vector's own base, so that later pushes leave them valid.
        // SAFETY: `at` is the header's index in `chunk`; two ops at least follow it.
        let base = unsafe { chunk.as_mut_ptr().add(at) };
        // SAFETY: `base` starts a whole block within the chunk.
        let first = unsafe { lower::link(base, ops.len()) };
        self.by_rip.insert(rip, first);
        Ok(first)
    }

    /// The instruction at `rip`, for stepping.
    pub(crate) fn instruction_at(&mut self, rip: u64, mem: &mut AddressSpace) -> Result<Instruction, Exit> {
        if self.steps.is_empty() {
            self.steps = vec![(u64::MAX, Instruction::default()); STEPS];
        }
        let slot = rip as usize % STEPS;
        if self.steps[slot].0 != rip {
            let insn = features::seen_by(&self.model, lower::decode_one(rip, mem)?);
            self.note_code(mem, &[insn]);
            self.steps[slot] = (rip, insn);
        }
        Ok(self.steps[slot].1)
    }

    fn note_code(&mut self, mem: &mut AddressSpace, insns: &[Instruction]) {
        let (Some(first), Some(last)) = (insns.first(), insns.last()) else { return };
        // An instruction that could not be decoded has no length of its own.
        let end = last.next_ip().max(last.ip().wrapping_add(1));
        let Some(range) = AddrRange::new(GuestAddr(first.ip()), end.wrapping_sub(first.ip())) else { return };
        mem.mark_code(range);
        self.pages.extend(range.start.page()..=GuestAddr(range.end.0 - 1).page());
    }
}
