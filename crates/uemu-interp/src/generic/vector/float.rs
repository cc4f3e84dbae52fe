//! Floating-point arithmetic, comparison and rounding, packed and scalar.

use super::lanes::{join32, join64, split32, split64};
use super::{DONE, Lanes, Out, Vx};
use crate::generic::float::{Env, F32, F64, Format, Ordering, Predicate};
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
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let m = v.m;
    if let Some((f, packed, op)) = arithmetic(m) {
        return v.float_by_lane(|e, a, b| lanes(f, packed, a, b, |x, y| op(e, f, x, y)));
    }
    if let Some((f, packed)) = governed(m) {
        let imm = v.imm();
        if matches!(m, M::Roundps | M::Roundpd | M::Roundss | M::Roundsd) {
            return v.float_by_lane(|e, a, b| lanes(f, packed, a, b, |_, y| e.round_integral(f, y, imm)));
        }
        let predicate = if v.vex { Predicate::vex(imm) } else { Predicate::legacy(imm) };
        return v.float_by_lane(|e, a, b| {
            lanes(f, packed, a, b, |x, y| if e.test(f, x, y, predicate) { u64::MAX } else { 0 })
        });
    }
    match m {
        M::Comiss => order(v, F32, true),
        M::Comisd => order(v, F64, true),
        M::Ucomiss => order(v, F32, false),
        M::Ucomisd => order(v, F64, false),
        M::Addsubps => v.float_by_lane(|e, a, b| alternate(e, F32, a, b)),
        M::Addsubpd => v.float_by_lane(|e, a, b| alternate(e, F64, a, b)),
        M::Haddps => v.float_by_lane(|e, a, b| horizontal(e, F32, a, b, Env::add)),
        M::Haddpd => v.float_by_lane(|e, a, b| horizontal(e, F64, a, b, Env::add)),
        M::Hsubps => v.float_by_lane(|e, a, b| horizontal(e, F32, a, b, Env::sub)),
        M::Hsubpd => v.float_by_lane(|e, a, b| horizontal(e, F64, a, b, Env::sub)),
        M::Dpps => dot(v, F32),
        M::Dppd => dot(v, F64),
        _ => Ok(None),
    }
}

/// COMISS and kin: ZF, PF, CF say how the operands compare; OF, SF, AF are cleared.
fn order(v: &mut Vx<'_, '_>, f: Format, signals: bool) -> Out {
    let mask = f.sign() | (f.sign() - 1);
    let (a, b) = (v.first()?[0] as u64 & mask, v.second()?[0] as u64 & mask);
    let flags = match v.under_mxcsr(|e| e.compare(f, a, b, signals))? {
        Ordering::Less => Flags::CF,
        Ordering::Equal => Flags::ZF,
        Ordering::Greater => 0,
        Ordering::Unordered => Flags::CF | Flags::ZF | Flags::PF,
    };
    v.cx.cpu.flags.set_arith(flags);
    DONE
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

/// DPPS: the products that bits 4-7 of the immediate choose are added, in pairs, and the sum goes where bits
/// 0-3 say; +0 elsewhere. Each step's exceptions are taken before the next (SDM vol. 2A, DPPS).
fn dot(v: &mut Vx<'_, '_>, f: Format) -> Out {
    let (a, b, imm, lanes) = (v.first()?, v.second()?, v.imm(), v.lanes);
    let n = if f == F32 { 4 } else { 2 };
    let width = f.bytes() as u32 * 8;
    let mask = f.sign() | (f.sign() - 1);
    let element = |v: u128, i: usize| (v >> (i as u32 * width)) as u64 & mask;
    let mut products = [[0; 4]; 2];
    v.under_mxcsr(|e| {
        for (lane, products) in products.iter_mut().enumerate().take(lanes) {
            for (i, p) in products.iter_mut().enumerate().take(n) {
                if imm & (0x10 << i) != 0 {
                    *p = e.mul(f, element(a[lane], i), element(b[lane], i));
                }
            }
        }
    })?;
    let mut sums = [[0; 2]; 2];
    v.under_mxcsr(|e| {
        for (sums, p) in sums.iter_mut().zip(products).take(lanes) {
            sums[0] = e.add(f, p[0], p[1]);
            if n == 4 {
                sums[1] = e.add(f, p[2], p[3]);
            }
        }
    })?;
    let mut total = sums.map(|s| s[0]);
    if n == 4 {
        v.under_mxcsr(|e| {
            for (total, s) in total.iter_mut().zip(sums).take(lanes) {
                *total = e.add(f, s[0], s[1]);
            }
        })?;
    }
    let place = |sum: u64| (0..n as u32).filter(|i| imm & (1 << i) != 0).map(|i| u128::from(sum) << (i * width)).sum();
    let r: Lanes = [place(total[0]), if lanes == 2 { place(total[1]) } else { 0 }];
    v.write(r)
}
