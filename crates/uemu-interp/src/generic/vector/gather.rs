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
    let (index, count) = (v.register(i.memory_index()), v.lanes as u32 * 128 / index_bits.max(bits));
    let (mut data, mut mask) = (v.register(to), v.register(by));
    // What lies above the elements is zero from the start.
    let keep = |lanes: Lanes| cut(lanes, count * bits);
    (data, mask) = (keep(data), keep(mask));
    for n in 0..count {
        if element(mask, n, bits) >> (bits - 1) != 0 {
            let a = address(v, element(index, n, index_bits), index_bits);
            match v.cx.load_uint(a, bits as usize / 8) {
                Ok(x) => set_element(&mut data, n, bits, x),
                Err(fault) => {
                    v.set_register(to, data);
                    v.set_register(by, mask);
                    return Err(fault);
                }
            }
        }
        set_element(&mut mask, n, bits, 0);
    }
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

fn set_element(v: &mut Lanes, i: u32, bits: u32, value: u64) {
    let at = i * bits;
    let lane = &mut v[(at / 128) as usize & 1];
    let mask = u128::from(u64::MAX >> (64 - bits)) << (at % 128);
    *lane = *lane & !mask | u128::from(value) << (at % 128);
}

/// The low `bits` bits.
fn cut(v: Lanes, bits: u32) -> Lanes {
    match bits {
        64 => [v[0] & u128::from(u64::MAX), 0],
        128 => [v[0], 0],
        _ => v,
    }
}
