//! Memory operands: where they lie, and the base, index and displacement that lead there.

use super::values::Rng;
use iced_x86::{Instruction, OpCodeOperandKind as K, Register as R};
use uemu_vector::layout::{DATA, DATA_LEN, FS_BASE, GS_BASE, PAGE, WRITABLE};

/// A memory operand's place.
pub(crate) struct Place {
    /// The linear address meant. (With a vector index, the one that an index of zero leads to.)
    pub addr: u64,
    /// Bytes there; zero if none are accessed.
    pub len: usize,
    /// General-purpose registers to set: (index, value).
    pub registers: Vec<(usize, u64)>,
    /// The vector register that holds indices.
    pub vector_index: Option<R>,
    /// Whether base, index and displacement are still to be found.
    open: bool,
}

impl Place {
    /// A place that registers lead to by themselves.
    pub(crate) fn at(addr: u64) -> Place {
        Place { addr, len: 1, registers: Vec::new(), vector_index: None, open: false }
    }
}

/// An address for an operand of `len` bytes: mostly in the writable pages and aligned, at times across their borders, in the
/// read-only one, outside, and (if `far`) where no address is canonical or none is the program's.
pub(crate) fn target(rng: &mut Rng, len: usize, far: bool) -> u64 {
    let size = len.max(1) as u64;
    let align = size.next_power_of_two().min(64);
    let inside = |rng: &mut Rng| DATA + rng.below(WRITABLE - size.min(PAGE));
    // Somewhere over a border: from all but one byte before to one byte before.
    let across = |rng: &mut Rng, border: u64| border - 1 - rng.below(size.max(2) - 1);
    match rng.below(32) {
        0..=17 => inside(rng) & !(align - 1),
        18..=22 => inside(rng),
        23 => across(rng, DATA + PAGE),
        24 => across(rng, DATA + WRITABLE),
        25 => (DATA + WRITABLE + rng.below(PAGE - size.min(PAGE))) & !(align - 1),
        26 => across(rng, DATA + DATA_LEN),
        27 => across(rng, DATA),
        28 => (DATA + DATA_LEN + rng.below(PAGE)) & !(align - 1),
        29 if far => rng.pick(&[1 << 47, 0x1234_5678_9abc_def0, !0 << 47 ^ 1 << 63, 0xffff_7fff_ffff_ff00]),
        30 if far => rng.pick(&[0xffff_8000_0000_0000, 0xffff_ffff_8000_0000, 0x7fff_ffff_f000]),
        _ => inside(rng) & !(align - 1),
    }
}

/// Picks the operand's shape and address; [`Place::resolve`] finds the rest when the segment is known.
pub(crate) fn choose(rng: &mut Rng, i: &mut Instruction, kind: K, len: usize, plain: bool) -> Option<Place> {
    if kind == K::mem_offs {
        i.set_memory_displ_size(if rng.one_in(4) { 4 } else { 8 });
        let addr = target(rng, len, i.memory_displ_size() == 8);
        return Some(Place { len, open: true, ..Place::at(addr) });
    }
    let vector = match kind {
        K::mem_vsib32x | K::mem_vsib64x => Some(R::XMM0),
        K::mem_vsib32y | K::mem_vsib64y => Some(R::YMM0),
        K::mem | K::mem_mib => None,
        _ if (K::r8_or_mem..=K::ymm_or_mem).contains(&kind) => None,
        _ => return None,
    };
    let short = !plain && rng.one_in(8);
    let first = if short { R::EAX } else { R::RAX };
    let any = |rng: &mut Rng| first + rng.below(16) as u32;
    if let Some(v) = vector {
        i.set_memory_base(any(rng));
        i.set_memory_index(v + rng.below(16) as u32);
        i.set_memory_index_scale(rng.pick(&[1, 2, 4, 8]));
        i.set_memory_displ_size(rng.pick(&[0, 1, if short { 4 } else { 8 }]));
        let addr = DATA + PAGE + rng.below(64);
        return Some(Place { len: 0, vector_index: Some(i.memory_index()), open: true, ..Place::at(addr) });
    }
    let wide = if short { 4 } else { 8 };
    let mut far = !short && !plain;
    match rng.below(16) {
        0..5 => i.set_memory_base(any(rng)),
        5..12 => {
            i.set_memory_base(any(rng));
            let index = any(rng);
            if index.full_register() == i.memory_base().full_register() || index.full_register() == R::RSP {
                return None;
            }
            i.set_memory_index(index);
        }
        12 | 13 => {
            let index = any(rng);
            if index.full_register() == R::RSP {
                return None;
            }
            i.set_memory_index(index);
            far = false;
        }
        14 => far = false,
        _ => {
            i.set_memory_base(if short { R::EIP } else { R::RIP });
            far = false;
        }
    }
    i.set_memory_index_scale(if i.memory_index() == R::None { 1 } else { rng.pick(&[1, 2, 4, 8]) });
    let fixed = i.memory_base() == R::None || i.memory_base().is_ip();
    i.set_memory_displ_size(if fixed { wide } else { rng.pick(&[0, 1, 1, wide]) });
    Some(Place { len, open: true, ..Place::at(target(rng, len, far)) })
}

impl Place {
    /// Finds registers and displacement that lead to the address.
    pub(crate) fn resolve(&mut self, rng: &mut Rng, i: &mut Instruction) -> Option<()> {
        if !self.open {
            return Some(());
        }
        let segment = match i.segment_prefix() {
            R::FS => FS_BASE,
            R::GS => GS_BASE,
            _ => 0,
        };
        let (base, index) = (i.memory_base(), i.memory_index());
        let short = base.size() == 4 || index.size() == 4 || i.memory_displ_size() == 4;
        let offset = self.addr.wrapping_sub(segment);
        let canonical = |v: u64| (v << 16) as i64 >> 16 == v as i64;
        if canonical(self.addr) && !canonical(offset) {
            // AMD's processors look at the offset, too.
            return None;
        }
        if short && offset > u32::MAX.into() {
            return None;
        }
        let mut scaled = 0u64;
        if index != R::None && self.vector_index.is_none() {
            let v = if rng.one_in(4) { rng.next() } else { rng.below(32).wrapping_sub(16) };
            let v = if short { u64::from(v as u32) } else { v };
            scaled = v.wrapping_mul(i.memory_index_scale().into());
            self.set(rng, index, v);
        }
        if base == R::None || base.is_ip() {
            // The displacement does it all.
            let rest = offset.wrapping_sub(scaled);
            let rest = if short { u64::from(rest as u32) } else { rest };
            if i.memory_displ_size() == 8 && index != R::None && rest as i32 as i64 as u64 != rest {
                // An index that is out of its reach would not do: a small one.
                return None;
            }
            i.set_memory_displacement64(rest);
            return Some(());
        }
        let displacement = match i.memory_displ_size() {
            0 => 0,
            1 => i64::from(rng.integer() as i8),
            _ => i64::from(rng.integer() as i32),
        } as u64;
        i.set_memory_displacement64(if short { u64::from(displacement as u32) } else { displacement });
        self.set(rng, base, offset.wrapping_sub(scaled).wrapping_sub(displacement));
        Some(())
    }

    /// Has a register set, with garbage above a 32-bit one.
    fn set(&mut self, rng: &mut Rng, r: R, v: u64) {
        let v = if r.size() == 4 { u64::from(v as u32) | rng.next() << 32 } else { v };
        self.registers.push((r.full_register().number(), v));
    }
}
