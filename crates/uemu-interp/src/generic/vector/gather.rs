//! VGATHER and VPGATHER (AVX2): elements from addresses of their own.
//!
//! They are the one exception to "no effect before the last access that can fault": each element that arrives is
//! written and its mask cleared, so that a gather that faults goes on where it stopped (SDM vol. 2C, VPGATHERDD).

use super::convert::element;
use super::{DONE, Lanes, Out, Vx};
use crate::generic::gpr_index;
use iced_x86::{Mnemonic as M, Register};

/// Executes a gather: operand 0 is the destination, 1 the vector of addresses, 2 the mask.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let (index_bits, bits) = match v.m {
        M::Vgatherdps | M::Vpgatherdd => (32, 32),
        M::Vgatherdpd | M::Vpgatherdq => (32, 64),
        M::Vgatherqps | M::Vpgatherqd => (64, 32),
        M::Vgatherqpd | M::Vpgatherqq => (64, 64),
        _ => return Ok(None),
    };
    let i = v.cx.insn;
    let (to, by) = (i.op0_register(), i.op_register(2));
    let index = v.register(i.memory_index());
    let wide = v.lanes == 2 || i.memory_index().is_ymm();
    let count = if wide { 256 } else { 128 } / index_bits.max(bits);
    for n in 0..count {
        if element(v.register(by), n, bits) >> (bits - 1) != 0 {
            let a = address(v, element(index, n, index_bits), index_bits);
            let x = v.cx.load_uint(a, bits as usize / 8)?;
            set_element(v, to, n, bits, x);
        }
        set_element(v, by, n, bits, 0);
    }
    // What lies above the elements becomes zero with the last of them.
    let data = cut(v.register(to), count * bits);
    v.set_register(to, data);
    v.set_register(by, [0; 2]);
    DONE
}

/// The address of an element: base, scaled sign-extended index, displacement, as wide as the address size.
fn address(v: &Vx<'_, '_>, index: u64, bits: u32) -> u64 {
    let i = v.cx.insn;
    let index = if bits == 32 { index as i32 as u64 } else { index };
    let base = i.memory_base();
    let start = if base == Register::None { 0 } else { v.cx.cpu.gpr[gpr_index(base)] };
    let offset = start
        .wrapping_add(index.wrapping_mul(u64::from(i.memory_index_scale())))
        .wrapping_add(i.memory_displacement64());
    let short = base.size() == 4 || base == Register::None && i.memory_displ_size() == 4;
    let offset = if short { u64::from(offset as u32) } else { offset };
    offset.wrapping_add(v.cx.segment_base(i.memory_segment()))
}

/// Writes one element of a register and nothing else of it.
fn set_element(v: &mut Vx<'_, '_>, r: Register, i: u32, bits: u32, value: u64) {
    let words = &mut v.cx.cpu.vector[r.number()].0;
    let (word, at) = ((i * bits / 64) as usize & 3, i * bits % 64);
    let mask = u64::MAX >> (64 - bits) << at;
    words[word] = words[word] & !mask | value << at & mask;
}

/// The low `bits` bits.
fn cut(v: Lanes, bits: u32) -> Lanes {
    match bits {
        64 => [v[0] & u128::from(u64::MAX), 0],
        128 => [v[0], 0],
        _ => v,
    }
}
