//! Operands that are difficult together: products that an addend cancels, and what half precision can nearly hold.

use super::form::Form;
use super::inputs::patch;
use super::values::Rng;
use iced_x86::{CpuidFeature, Instruction, MemorySize, Mnemonic as M, OpKind};
use uemu_vector::Case;

/// Bytes of a vector register's part that operands have.
const WIDTH: usize = 32;

/// Prepares the operands of fused multiply-adds and of conversions to half precision.
pub(super) fn prepare(rng: &mut Rng, form: &Form, case: &mut Case) {
    let insn = &form.insn;
    if insn.cpuid_features().contains(&CpuidFeature::FMA) && rng.one_in(2) {
        return fused(rng, form, case);
    }
    if insn.mnemonic() == M::Vcvtps2ph && rng.one_in(2) {
        let bytes: Vec<u8> = (0..WIDTH / 4).flat_map(|_| near_half(rng).to_le_bytes()).collect();
        put(form, case, 1, &bytes);
    }
}

/// Sets operand `n`, a vector register or memory.
fn put(form: &Form, case: &mut Case, n: u32, bytes: &[u8]) {
    if form.insn.op_kind(n) == OpKind::Memory {
        let Some(place) = &form.place else { return };
        return patch(case, place.addr, bytes.get(..place.len).unwrap_or(bytes));
    }
    let r = form.insn.op_register(n);
    let words = bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes")));
    let v = &mut case.cpu.vector[r.number()].0;
    let len = if r.is_ymm() { 4 } else { 2 };
    for (to, from) in v[..len].iter_mut().zip(words) {
        *to = from;
    }
}

/// The operands' roles: factor, factor, addend. (The digits number them: the first two are multiplied.)
fn roles(insn: &Instruction) -> [u32; 3] {
    let name = format!("{:?}", insn.mnemonic());
    match name {
        n if n.contains("132") => [0, 2, 1],
        n if n.contains("213") => [1, 0, 2],
        _ => [1, 2, 0],
    }
}

/// Difficult factors; the addend is often what cancels their product, or a little beside it.
fn fused(rng: &mut Rng, form: &Form, case: &mut Case) {
    let single = form.insn.op_code().memory_size().element_type() == MemorySize::Float32;
    let (size, sign, fraction) = if single { (4, 1 << 31, 23) } else { (8, 1 << 63, 52) };
    let mut operands = [const { Vec::new() }; 3];
    for _ in 0..WIDTH / size {
        let mut any = || if single { u64::from(rng.single()) } else { rng.double() };
        let (a, b, c) = (any(), any(), any());
        let product = if single {
            u64::from((f32::from_bits(a as u32) * f32::from_bits(b as u32)).to_bits())
        } else {
            (f64::from_bits(a) * f64::from_bits(b)).to_bits()
        };
        let turn = sign * rng.below(2);
        let c = match rng.below(4) {
            0 => product ^ sign,
            1 => product.wrapping_add(rng.below(5)).wrapping_sub(2) ^ turn,
            // So far away that it touches the product's rounding only.
            2 => product.wrapping_add(rng.below(120).wrapping_sub(60) << fraction) ^ turn,
            _ => c,
        };
        for (operand, v) in operands.iter_mut().zip([a, b, c]) {
            operand.extend(&v.to_le_bytes()[..size]);
        }
    }
    for (n, bytes) in roles(&form.insn).into_iter().zip(&operands) {
        put(form, case, n, bytes);
    }
}

/// A single that binary16 can hold, nearly can, or cannot.
fn near_half(rng: &mut Rng) -> u32 {
    /// Its limits, and their neighbours.
    const EDGES: [u32; 11] = [
        0x477f_e000,
        0x477f_efff,
        0x477f_f000,
        0x3880_0000,
        0x387f_ffff,
        0x387f_c000,
        0x387f_e000,
        0x3300_0000,
        0x3300_0001,
        0x32ff_ffff,
        0x3380_0000,
    ];
    let any = rng.next() as u32;
    // Around binary16's exponents.
    let exponent = (rng.below(50) as u32 + 98) << 23;
    match rng.below(4) {
        0 => any,
        // With a fraction that is a tie or near one.
        1 => any & 0x807f_e000 | exponent | rng.pick(&[0, 1, 0xfff, 0x1000, 0x1001, 0x1fff]),
        2 => any & 0x807f_ffff | exponent,
        _ => any & 0x8000_0000 | rng.pick(&EDGES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::form;
    use uemu_vector::layout;

    /// 1.5 * 1.5 - 2.25: the roles are right if the sums of all three orders come to zero often.
    #[test]
    fn addends_cancel_products() {
        for (code, name) in [
            ([0xc4, 0xe2, 0xe9, 0x99, 0xcb], "132"),
            ([0xc4, 0xe2, 0xe9, 0xa9, 0xcb], "213"),
            ([0xc4, 0xe2, 0xe9, 0xb9, 0xcb], "231"),
        ] {
            let insn = form::decode(&code, layout::START);
            let form = Form { insn, code: code.to_vec(), place: None };
            let mut exact = 0;
            for seed in 0..100 {
                let mut case = Case { code: code.to_vec(), cpu: layout::default_state(), memory: Vec::new() };
                fused(&mut Rng(seed), &form, &mut case);
                let [a, b, c] =
                    roles(&insn).map(|n| f64::from_bits(case.cpu.vector[insn.op_register(n).number()].0[0]));
                exact += u32::from(a * b == -c);
            }
            assert!(exact > 10, "{name}: {exact}");
        }
    }
}
