//! CVT*: between formats, and between floating point and integers in vector, MMX and general registers.

use super::lanes::{join32, split32};
use super::{DONE, Lanes, Out, Vx};
use crate::generic::float::{Env, F32, F64, Format};
use iced_x86::Mnemonic as M;

/// Executes a conversion.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let m = v.m;
    let truncate = matches!(m, M::Cvttps2dq | M::Cvttpd2dq | M::Cvttps2pi | M::Cvttpd2pi | M::Cvttss2si | M::Cvttsd2si);
    match m {
        M::Cvtsi2ss => from_general(v, F32),
        M::Cvtsi2sd => from_general(v, F64),
        M::Cvtss2si | M::Cvttss2si => to_general(v, F32, truncate),
        M::Cvtsd2si | M::Cvttsd2si => to_general(v, F64, truncate),
        M::Cvtss2sd => v.float_by_lane(|e, a, b| keep64(a, e.widen(u64::from(b as u32)))),
        M::Cvtsd2ss => v.float_by_lane(|e, a, b| keep32(a, e.narrow(b as u64))),
        M::Cvtps2pd => elements(v, 32, 64, |e, x| e.widen(x)),
        M::Cvtpd2ps => elements(v, 64, 32, |e, x| e.narrow(x)),
        M::Cvtdq2ps => elements(v, 32, 32, |e, x| e.from_int(F32, i64::from(x as i32))),
        M::Cvtdq2pd | M::Cvtpi2pd => elements(v, 32, 64, |e, x| e.from_int(F64, i64::from(x as i32))),
        M::Cvtps2dq | M::Cvttps2dq => elements(v, 32, 32, |e, x| e.to_int(F32, x, 32, truncate)),
        M::Cvtpd2dq | M::Cvttpd2dq | M::Cvtpd2pi | M::Cvttpd2pi => {
            elements(v, 64, 32, |e, x| e.to_int(F64, x, 32, truncate))
        }
        M::Vcvtph2ps => elements(v, 16, 32, |e, x| e.widen_half(x)),
        M::Vcvtps2ph => {
            let imm = v.imm();
            if !v.is_register(0) {
                // A store that faults raises no flags.
                let (a, size) = (v.cx.ea(), v.cx.operand_size(0));
                v.cx.check_write(a, size as u64)?;
            }
            elements(v, 32, 16, |e, x| e.narrow_half(x, imm))
        }
        M::Cvtpi2ps => v.float_by_lane(|e, a, b| {
            let (old, x) = (split32(a), split32(b));
            let [x, y] = [x[0], x[1]].map(|x| e.from_int(F32, i64::from(x as i32)) as u32);
            join32([x, y, old[2], old[3]])
        }),
        M::Cvtps2pi | M::Cvttps2pi => v.float_by_lane(|e, _, b| {
            let x = split32(b);
            let [x, y] = [x[0], x[1]].map(|x| e.to_int(F32, u64::from(x), 32, truncate) as u32);
            join32([x, y, 0, 0])
        }),
        _ => Ok(None),
    }
}

fn keep32(old: u128, low: u64) -> u128 {
    old & !0xffff_ffff | u128::from(low as u32)
}

fn keep64(old: u128, low: u64) -> u128 {
    old & !u128::from(u64::MAX) | u128::from(low)
}

/// Element `i` of `bits` each.
pub(super) fn element(v: Lanes, i: u32, bits: u32) -> u64 {
    let at = i * bits;
    let lane = v[(at / 128) as usize & 1] >> (at % 128);
    if bits == 64 { lane as u64 } else { lane as u64 & ((1 << bits) - 1) }
}

/// Adds an element to lanes that have zeros there.
pub(super) fn put_element(v: &mut Lanes, i: u32, bits: u32, value: u64) {
    let at = i * bits;
    v[(at / 128) as usize & 1] |= u128::from(value) << (at % 128);
}

/// The elements of the second source, `from` bits wide, each to one of `to` bits: as many as fit on both sides.
pub(super) fn map_elements(lanes: usize, b: Lanes, from: u32, to: u32, mut f: impl FnMut(u64) -> u64) -> Lanes {
    let mut r = [0; 2];
    for i in 0..lanes as u32 * 128 / from.max(to) {
        put_element(&mut r, i, to, f(element(b, i, from)));
    }
    r
}

fn elements(v: &mut Vx<'_, '_>, from: u32, to: u32, mut f: impl FnMut(&mut Env, u64) -> u64) -> Out {
    let (b, lanes) = (v.second()?, v.lanes);
    let mask = u64::MAX >> (64 - to);
    let r = v.under_mxcsr(|e| map_elements(lanes, b, from, to, |x| f(e, x) & mask))?;
    v.write(r)
}

fn from_general(v: &mut Vx<'_, '_>, f: Format) -> Out {
    let (a, x) = (v.first()?[0], v.second()?[0] as u64);
    let x = if v.cx.operand_size(v.sources.1) == 8 { x as i64 } else { i64::from(x as i32) };
    let r = v.under_mxcsr(|e| e.from_int(f, x))?;
    v.write([if f == F32 { keep32(a, r) } else { keep64(a, r) }, 0])
}

fn to_general(v: &mut Vx<'_, '_>, f: Format, truncate: bool) -> Out {
    let mask = f.sign() | (f.sign() - 1);
    let x = v.second()?[0] as u64 & mask;
    let bits = v.cx.operand_size(0) as u32 * 8;
    let r = v.under_mxcsr(|e| e.to_int(f, x, bits, truncate))?;
    v.cx.set_operand(0, r)?;
    DONE
}
