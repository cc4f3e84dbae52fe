//! FMA3: fused multiply-add, whose three operands may be any order of the encoded ones.

use super::convert::{element, put_element};
use super::{Out, Vx};
use crate::generic::float::{F32, F64, Format};
use iced_x86::Mnemonic as M;

/// What is turned: the product, and the addend in even and in odd elements.
#[derive(Clone, Copy)]
struct Signs {
    product: bool,
    addend: [bool; 2],
}

const MADD: Signs = Signs { product: false, addend: [false, false] };
const MSUB: Signs = Signs { product: false, addend: [true, true] };
const NMADD: Signs = Signs { product: true, addend: [false, false] };
const NMSUB: Signs = Signs { product: true, addend: [true, true] };
const MADDSUB: Signs = Signs { product: false, addend: [true, false] };
const MSUBADD: Signs = Signs { product: false, addend: [false, true] };

/// An instruction of the family.
struct Fused {
    /// The operands that are multiplied, and the one that is added.
    order: [usize; 3],
    signs: Signs,
    format: Format,
    packed: bool,
}

macro_rules! fused {
    ($($signs:ident $format:ident $packed:literal: $m132:ident $m213:ident $m231:ident,)*) => {
        fn fused(m: M) -> Option<Fused> {
            let (order, signs, format, packed) = match m {
                $(
                    M::$m132 => ([0, 2, 1], $signs, $format, $packed),
                    M::$m213 => ([1, 0, 2], $signs, $format, $packed),
                    M::$m231 => ([1, 2, 0], $signs, $format, $packed),
                )*
                _ => return None,
            };
            Some(Fused { order, signs, format, packed })
        }
    };
}

fused! {
    MADD F32 true: Vfmadd132ps Vfmadd213ps Vfmadd231ps,
    MADD F64 true: Vfmadd132pd Vfmadd213pd Vfmadd231pd,
    MADD F32 false: Vfmadd132ss Vfmadd213ss Vfmadd231ss,
    MADD F64 false: Vfmadd132sd Vfmadd213sd Vfmadd231sd,
    MSUB F32 true: Vfmsub132ps Vfmsub213ps Vfmsub231ps,
    MSUB F64 true: Vfmsub132pd Vfmsub213pd Vfmsub231pd,
    MSUB F32 false: Vfmsub132ss Vfmsub213ss Vfmsub231ss,
    MSUB F64 false: Vfmsub132sd Vfmsub213sd Vfmsub231sd,
    NMADD F32 true: Vfnmadd132ps Vfnmadd213ps Vfnmadd231ps,
    NMADD F64 true: Vfnmadd132pd Vfnmadd213pd Vfnmadd231pd,
    NMADD F32 false: Vfnmadd132ss Vfnmadd213ss Vfnmadd231ss,
    NMADD F64 false: Vfnmadd132sd Vfnmadd213sd Vfnmadd231sd,
    NMSUB F32 true: Vfnmsub132ps Vfnmsub213ps Vfnmsub231ps,
    NMSUB F64 true: Vfnmsub132pd Vfnmsub213pd Vfnmsub231pd,
    NMSUB F32 false: Vfnmsub132ss Vfnmsub213ss Vfnmsub231ss,
    NMSUB F64 false: Vfnmsub132sd Vfnmsub213sd Vfnmsub231sd,
    MADDSUB F32 true: Vfmaddsub132ps Vfmaddsub213ps Vfmaddsub231ps,
    MADDSUB F64 true: Vfmaddsub132pd Vfmaddsub213pd Vfmaddsub231pd,
    MSUBADD F32 true: Vfmsubadd132ps Vfmsubadd213ps Vfmsubadd231ps,
    MSUBADD F64 true: Vfmsubadd132pd Vfmsubadd213pd Vfmsubadd231pd,
}

/// `vfmadd132ps x, y, z/m` and everything of that shape.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let Some(Fused { order, signs, format, packed }) = fused(v.m) else { return Ok(None) };
    let operands = [v.operand(0)?, v.operand(1)?, v.operand(2)?];
    let [a, b, c] = order.map(|n| operands[n]);
    let bits = format.bytes() as u32 * 8;
    // A scalar form keeps the rest of the destination.
    let (count, mut r) =
        if packed { (v.lanes as u32 * 128 / bits, [0; 2]) } else { (1, [operands[0][0] >> bits << bits, 0]) };
    v.under_mxcsr(|e| {
        for i in 0..count {
            let [a, b, c] = [a, b, c].map(|lanes| element(lanes, i, bits));
            put_element(&mut r, i, bits, e.fma(format, a, b, c, signs.product, signs.addend[i as usize & 1]));
        }
    })?;
    v.write(r)
}
