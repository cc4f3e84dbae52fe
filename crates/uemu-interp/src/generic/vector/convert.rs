//! CVT*: between formats, and between floating point and integers in XMM, MMX and general registers.

use super::lanes::{join32, join64, split32, split64};
use super::{DONE, Out, read, write};
use crate::generic::Cx;
use crate::generic::float::{Env, F32, F64, Format};
use iced_x86::Mnemonic as M;

/// Executes a conversion.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    match m {
        M::Cvtsi2ss => from_general(cx, F32),
        M::Cvtsi2sd => from_general(cx, F64),
        M::Cvtss2si => to_general(cx, F32, false),
        M::Cvttss2si => to_general(cx, F32, true),
        M::Cvtsd2si => to_general(cx, F64, false),
        M::Cvttsd2si => to_general(cx, F64, true),
        M::Cvtss2sd => packed(cx, |e, a, b| keep64(a, e.widen(u64::from(b as u32)))),
        M::Cvtsd2ss => packed(cx, |e, a, b| keep32(a, e.narrow(b as u64))),
        M::Cvtps2pd => packed(cx, |e, _, b| {
            let v = split32(b);
            join64([e.widen(u64::from(v[0])), e.widen(u64::from(v[1]))])
        }),
        M::Cvtpd2ps => packed(cx, |e, _, b| {
            let v = split64(b);
            join32([e.narrow(v[0]) as u32, e.narrow(v[1]) as u32, 0, 0])
        }),
        M::Cvtdq2ps => packed(cx, |e, _, b| join32(split32(b).map(|v| e.from_int(F32, i64::from(v as i32)) as u32))),
        M::Cvtdq2pd | M::Cvtpi2pd => packed(cx, |e, _, b| {
            let v = split32(b);
            join64([v[0], v[1]].map(|v| e.from_int(F64, i64::from(v as i32))))
        }),
        M::Cvtpi2ps => packed(cx, |e, a, b| {
            let (old, v) = (split32(a), split32(b));
            let [x, y] = [v[0], v[1]].map(|v| e.from_int(F32, i64::from(v as i32)) as u32);
            join32([x, y, old[2], old[3]])
        }),
        M::Cvtps2dq | M::Cvttps2dq => {
            packed(cx, |e, _, b| join32(split32(b).map(|v| e.to_int(F32, u64::from(v), 32, m == M::Cvttps2dq) as u32)))
        }
        M::Cvtps2pi | M::Cvttps2pi => packed(cx, |e, _, b| {
            let v = split32(b);
            let [x, y] = [v[0], v[1]].map(|v| e.to_int(F32, u64::from(v), 32, m == M::Cvttps2pi) as u32);
            join32([x, y, 0, 0])
        }),
        M::Cvtpd2dq | M::Cvttpd2dq | M::Cvtpd2pi | M::Cvttpd2pi => packed(cx, |e, _, b| {
            let truncate = matches!(m, M::Cvttpd2dq | M::Cvttpd2pi);
            let [x, y] = split64(b).map(|v| e.to_int(F64, v, 32, truncate) as u32);
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

fn packed(cx: &mut Cx<'_>, op: impl FnOnce(&mut Env, u128, u128) -> u128) -> Out {
    let (a, b) = (read(cx, 0)?, read(cx, 1)?);
    let mut env = Env::new(cx.cpu.mxcsr);
    let r = op(&mut env, a, b);
    env.finish(&mut cx.cpu.mxcsr)?;
    write(cx, 0, r)
}

fn from_general(cx: &mut Cx<'_>, f: Format) -> Out {
    let (a, v) = (read(cx, 0)?, read(cx, 1)? as u64);
    let v = if cx.operand_size(1) == 8 { v as i64 } else { i64::from(v as i32) };
    let mut env = Env::new(cx.cpu.mxcsr);
    let r = env.from_int(f, v);
    env.finish(&mut cx.cpu.mxcsr)?;
    write(cx, 0, if f == F32 { keep32(a, r) } else { keep64(a, r) })
}

fn to_general(cx: &mut Cx<'_>, f: Format, truncate: bool) -> Out {
    let mask = f.sign() | (f.sign() - 1);
    let v = read(cx, 1)? as u64 & mask;
    let bits = cx.operand_size(0) as u32 * 8;
    let mut env = Env::new(cx.cpu.mxcsr);
    let r = env.to_int(f, v, bits, truncate);
    env.finish(&mut cx.cpu.mxcsr)?;
    cx.set_operand(0, r)?;
    DONE
}
