//! VMASKMOV and VPMASKMOV: loads and stores of chosen elements, which touch nothing else.

use super::convert::{element, put_element};
use super::{DONE, Out, Vx};
use iced_x86::Mnemonic as M;

/// Executes a masked move. The mask is operand 1: an element is chosen by its sign bit.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let bits = match v.m {
        M::Vmaskmovps | M::Vpmaskmovd => 32,
        M::Vmaskmovpd | M::Vpmaskmovq => 64,
        _ => return Ok(None),
    };
    let mask = v.operand(1)?;
    let bytes = u64::from(bits / 8);
    let count = v.lanes as u32 * 128 / bits;
    let chosen = move || (0..count).filter(move |&i| element(mask, i, bits) >> (bits - 1) != 0);
    if v.is_register(0) {
        let mut r = [0; 2];
        for i in chosen() {
            let a = v.cx.ea_plus(u64::from(i) * bytes);
            put_element(&mut r, i, bits, v.cx.load_uint(a, bytes as usize)?);
        }
        return v.write(r);
    }
    let data = v.operand(2)?;
    for i in chosen() {
        let a = v.cx.ea_plus(u64::from(i) * bytes);
        v.cx.check_write(a, bytes)?;
    }
    for i in chosen() {
        let a = v.cx.ea_plus(u64::from(i) * bytes);
        v.cx.store_uint(a, bytes as usize, element(data, i, bits))?;
    }
    DONE
}
