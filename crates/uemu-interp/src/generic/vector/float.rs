//! Floating-point arithmetic, comparison and rounding, packed and scalar.

use super::lanes::{join32, join64, split32, split64};
use super::{Out, read, write};
use crate::generic::float::{Env, F32, F64, Format, Ordering, Predicate};
use crate::generic::{Cx, Stop};
use iced_x86::Mnemonic as M;
use uemu_cpu::Flags;

/// Applies `f` to the lanes of `a` and `b`: all of them, or the lowest alone, keeping the others of `a`.
pub(in crate::generic) fn lanes(
    f: Format,
    packed: bool,
    a: u128,
    b: u128,
    mut op: impl FnMut(u64, u64) -> u64,
) -> u128 {
    if f == F32 {
        let (mut x, y) = (split32(a), split32(b));
        let n = if packed { 4 } else { 1 };
        for (x, &y) in x.iter_mut().zip(&y[..n]) {
            *x = op(u64::from(*x), u64::from(y)) as u32;
        }
        join32(x)
    } else {
        let (mut x, y) = (split64(a), split64(b));
        let n = if packed { 2 } else { 1 };
        for (x, &y) in x.iter_mut().zip(&y[..n]) {
            *x = op(*x, y);
        }
        join64(x)
    }
}

type Op = fn(&mut Env, Format, u64, u64) -> u64;

/// Format, packed, operation.
fn arithmetic(m: M) -> Option<(Format, bool, Op)> {
    Some(match m {
        M::Addps => (F32, true, Env::add),
        M::Addpd => (F64, true, Env::add),
        M::Addss => (F32, false, Env::add),
        M::Addsd => (F64, false, Env::add),
        M::Subps => (F32, true, Env::sub),
        M::Subpd => (F64, true, Env::sub),
        M::Subss => (F32, false, Env::sub),
        M::Subsd => (F64, false, Env::sub),
        M::Mulps => (F32, true, Env::mul),
        M::Mulpd => (F64, true, Env::mul),
        M::Mulss => (F32, false, Env::mul),
        M::Mulsd => (F64, false, Env::mul),
        M::Divps => (F32, true, Env::div),
        M::Divpd => (F64, true, Env::div),
        M::Divss => (F32, false, Env::div),
        M::Divsd => (F64, false, Env::div),
        M::Minps => (F32, true, Env::min),
        M::Minpd => (F64, true, Env::min),
        M::Minss => (F32, false, Env::min),
        M::Minsd => (F64, false, Env::min),
        M::Maxps => (F32, true, Env::max),
        M::Maxpd => (F64, true, Env::max),
        M::Maxss => (F32, false, Env::max),
        M::Maxsd => (F64, false, Env::max),
        M::Sqrtps => (F32, true, |e, f, _, b| e.sqrt(f, b)),
        M::Sqrtpd => (F64, true, |e, f, _, b| e.sqrt(f, b)),
        M::Sqrtss => (F32, false, |e, f, _, b| e.sqrt(f, b)),
        M::Sqrtsd => (F64, false, |e, f, _, b| e.sqrt(f, b)),
        M::Rcpps => (F32, true, |_, _, _, b| u64::from(Env::rcp(b as u32))),
        M::Rcpss => (F32, false, |_, _, _, b| u64::from(Env::rcp(b as u32))),
        M::Rsqrtps => (F32, true, |_, _, _, b| u64::from(Env::rsqrt(b as u32))),
        M::Rsqrtss => (F32, false, |_, _, _, b| u64::from(Env::rsqrt(b as u32))),
        _ => return None,
    })
}

/// Format and packed, for instructions with an immediate that governs them.
fn governed(m: M) -> Option<(Format, bool)> {
    Some(match m {
        M::Cmpps | M::Roundps => (F32, true),
        M::Cmppd | M::Roundpd => (F64, true),
        M::Cmpss | M::Roundss => (F32, false),
        M::Cmpsd | M::Roundsd => (F64, false),
        _ => return None,
    })
}

/// `addps xmm, xmm/m128` and everything of that shape.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    if let Some((f, packed, op)) = arithmetic(m) {
        return binary(cx, |e, a, b| lanes(f, packed, a, b, |x, y| op(e, f, x, y)));
    }
    if let Some((f, packed)) = governed(m) {
        let imm = cx.insn.immediate8();
        let round = matches!(m, M::Roundps | M::Roundpd | M::Roundss | M::Roundsd);
        return binary(cx, |e, a, b| {
            lanes(f, packed, a, b, |x, y| {
                if round {
                    e.round_integral(f, y, imm)
                } else if e.test(f, x, y, Predicate::legacy(imm)) {
                    u64::MAX
                } else {
                    0
                }
            })
        });
    }
    match m {
        M::Comiss => order(cx, F32, true),
        M::Comisd => order(cx, F64, true),
        M::Ucomiss => order(cx, F32, false),
        M::Ucomisd => order(cx, F64, false),
        M::Addsubps => binary(cx, |e, a, b| alternate(e, F32, a, b)),
        M::Addsubpd => binary(cx, |e, a, b| alternate(e, F64, a, b)),
        M::Haddps => binary(cx, |e, a, b| horizontal(e, F32, a, b, Env::add)),
        M::Haddpd => binary(cx, |e, a, b| horizontal(e, F64, a, b, Env::add)),
        M::Hsubps => binary(cx, |e, a, b| horizontal(e, F32, a, b, Env::sub)),
        M::Hsubpd => binary(cx, |e, a, b| horizontal(e, F64, a, b, Env::sub)),
        M::Dpps | M::Dppd => {
            let imm = cx.insn.immediate8();
            let (a, b) = (read(cx, 0)?, read(cx, 1)?);
            let r = dot(cx, if m == M::Dpps { F32 } else { F64 }, a, b, imm)?;
            write(cx, 0, r)
        }
        _ => Ok(None),
    }
}

/// Reads both operands, computes, settles the flags, writes the first operand.
fn binary(cx: &mut Cx<'_>, op: impl FnOnce(&mut Env, u128, u128) -> u128) -> Out {
    let (a, b) = (read(cx, 0)?, read(cx, 1)?);
    let mut env = Env::new(cx.cpu.mxcsr);
    let r = op(&mut env, a, b);
    env.finish(&mut cx.cpu.mxcsr)?;
    write(cx, 0, r)
}

/// COMISS and kin: ZF, PF, CF say how the operands compare; OF, SF, AF are cleared.
fn order(cx: &mut Cx<'_>, f: Format, signals: bool) -> Out {
    let mask = f.sign() | (f.sign() - 1);
    let (a, b) = (read(cx, 0)? as u64 & mask, read(cx, 1)? as u64 & mask);
    let mut env = Env::new(cx.cpu.mxcsr);
    let flags = match env.compare(f, a, b, signals) {
        Ordering::Less => Flags::CF,
        Ordering::Equal => Flags::ZF,
        Ordering::Greater => 0,
        Ordering::Unordered => Flags::CF | Flags::ZF | Flags::PF,
    };
    env.finish(&mut cx.cpu.mxcsr)?;
    cx.cpu.flags.set_arith(flags);
    super::DONE
}

/// ADDSUBPS: even lanes subtract, odd lanes add.
fn alternate(e: &mut Env, f: Format, a: u128, b: u128) -> u128 {
    let mut odd = false;
    lanes(f, true, a, b, |x, y| {
        odd = !odd;
        if odd { e.sub(f, x, y) } else { e.add(f, x, y) }
    })
}

/// HADDPS: neighbours of the first operand, then of the second.
fn horizontal(e: &mut Env, f: Format, a: u128, b: u128, op: Op) -> u128 {
    if f == F32 {
        let (x, y) = (split32(a), split32(b));
        let pairs = [(x[0], x[1]), (x[2], x[3]), (y[0], y[1]), (y[2], y[3])];
        join32(pairs.map(|(p, q)| op(e, f, u64::from(p), u64::from(q)) as u32))
    } else {
        let (x, y) = (split64(a), split64(b));
        join64([(x[0], x[1]), (y[0], y[1])].map(|(p, q)| op(e, f, p, q)))
    }
}

/// DPPS: the products that bits 4-7 of `imm` choose are added, in pairs, and the sum goes where bits
/// 0-3 say; +0 elsewhere. Each step's exceptions are taken before the next (SDM vol. 2A, DPPS).
fn dot(cx: &mut Cx<'_>, f: Format, a: u128, b: u128, imm: u8) -> Result<u128, Stop> {
    let n = if f == F32 { 4 } else { 2 };
    let width = f.bytes() as u32 * 8;
    let mask = f.sign() | (f.sign() - 1);
    let lane = |v: u128, i: u32| (v >> (i * width)) as u64 & mask;
    let step = |cx: &mut Cx<'_>, op: &mut dyn FnMut(&mut Env)| -> Result<(), Stop> {
        let mut env = Env::new(cx.cpu.mxcsr);
        op(&mut env);
        Ok(env.finish(&mut cx.cpu.mxcsr)?)
    };
    let mut products = [0; 4];
    step(cx, &mut |e| {
        for (i, p) in products.iter_mut().enumerate().take(n) {
            if imm & (0x10 << i) != 0 {
                *p = e.mul(f, lane(a, i as u32), lane(b, i as u32));
            }
        }
    })?;
    let mut sums = [0; 2];
    step(cx, &mut |e| {
        sums[0] = e.add(f, products[0], products[1]);
        if n == 4 {
            sums[1] = e.add(f, products[2], products[3]);
        }
    })?;
    let mut sum = sums[0];
    if n == 4 {
        step(cx, &mut |e| sum = e.add(f, sums[0], sums[1]))?;
    }
    Ok((0..n as u32).filter(|i| imm & (1 << i) != 0).map(|i| u128::from(sum) << (i * width)).sum())
}
