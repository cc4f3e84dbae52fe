//! Loads, stores, constants, exchanges, conditional moves.

use super::soft::{self, Env, F80, IE, OE, Rounding, UE};
use super::{DONE, Out, finish, stack};
use crate::generic::Cx;
use iced_x86::{MemorySize, Mnemonic as M, OpKind};

/// Whether the mnemonic is of this group.
pub(super) fn knows(m: M) -> bool {
    constant(m).is_some()
        || matches!(
            m,
            M::Fld
                | M::Fild
                | M::Fbld
                | M::Fst
                | M::Fstp
                | M::Fstpnce
                | M::Fist
                | M::Fistp
                | M::Fisttp
                | M::Fbstp
                | M::Fxch
                | M::Ffree
                | M::Ffreep
                | M::Fincstp
                | M::Fdecstp
                | M::Fnop
        )
        || condition(m).is_some()
}

/// Executes a move.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    let mut env = Env::new(cx.cpu.x87.control);
    if let Some((below, value)) = constant(m) {
        let v = match env.rounding() {
            Rounding::Nearest => value,
            Rounding::Up => F80 { sig: below + 1, ..value },
            _ => F80 { sig: below, ..value },
        };
        stack::push(&mut cx.cpu.x87, &mut env, if below == 0 { value } else { v });
    } else if let Some(c) = condition(m) {
        conditional(cx, &mut env, c);
        if env.raised == 0 {
            return keep_codes(cx);
        }
    } else {
        match m {
            M::Fld | M::Fild | M::Fbld => load(cx, &mut env)?,
            M::Fst | M::Fstp | M::Fstpnce | M::Fist | M::Fistp | M::Fisttp | M::Fbstp => store(cx, &mut env)?,
            M::Fxch => exchange(cx, &mut env),
            M::Ffree => {
                let i = stack::index(cx.insn.op_register(0));
                stack::free(&mut cx.cpu.x87, i);
            }
            M::Ffreep => {
                let i = stack::index(cx.insn.op_register(0));
                stack::free(&mut cx.cpu.x87, i);
                stack::pop(&mut cx.cpu.x87);
            }
            M::Fincstp => stack::turn(&mut cx.cpu.x87, 1),
            M::Fdecstp => stack::turn(&mut cx.cpu.x87, 7),
            M::Fnop => return keep_codes(cx),
            _ => return Ok(None),
        }
    }
    finish(cx, &env);
    DONE
}

/// Ends an instruction that leaves C1 as it was.
fn keep_codes(cx: &mut Cx<'_>) -> Out {
    let mut env = Env::new(cx.cpu.x87.control);
    env.up = cx.cpu.x87.status & super::C1 != 0;
    finish(cx, &env);
    DONE
}

/// The constant pushed, and its significand rounded down; 0 there if it is exact.
fn constant(m: M) -> Option<(u64, F80)> {
    let c = |sign_exp, below, sig| Some((below, F80 { sign_exp, sig }));
    match m {
        M::Fld1 => Some((0, F80::ONE)),
        M::Fldz => Some((0, F80::ZERO)),
        M::Fldl2t => c(0x4000, 0xD49A_784B_CD1B_8AFE, 0xD49A_784B_CD1B_8AFE),
        M::Fldl2e => c(0x3fff, 0xB8AA_3B29_5C17_F0BB, 0xB8AA_3B29_5C17_F0BC),
        M::Fldpi => c(0x4000, 0xC90F_DAA2_2168_C234, 0xC90F_DAA2_2168_C235),
        M::Fldlg2 => c(0x3ffd, 0x9A20_9A84_FBCF_F798, 0x9A20_9A84_FBCF_F799),
        M::Fldln2 => c(0x3ffe, 0xB172_17F7_D1CF_79AB, 0xB172_17F7_D1CF_79AC),
        _ => None,
    }
}

/// A condition of FCMOVcc: which flags (bits of RFLAGS), and whether they must be clear.
fn condition(m: M) -> Option<(u64, bool)> {
    const CF: u64 = 1;
    const PF: u64 = 4;
    const ZF: u64 = 64;
    Some(match m {
        M::Fcmovb => (CF, false),
        M::Fcmove => (ZF, false),
        M::Fcmovbe => (CF | ZF, false),
        M::Fcmovu => (PF, false),
        M::Fcmovnb => (CF, true),
        M::Fcmovne => (ZF, true),
        M::Fcmovnbe => (CF | ZF, true),
        M::Fcmovnu => (PF, true),
        _ => return None,
    })
}

fn conditional(cx: &mut Cx<'_>, env: &mut Env, (flags, clear): (u64, bool)) {
    let i = stack::index(cx.insn.op_register(1));
    let holds = (cx.cpu.flags.rflags() & flags == 0) == clear;
    let x = &mut cx.cpu.x87;
    // Both are looked at, whatever the condition says.
    let (a, b) = (stack::get(x, env, 0), stack::get(x, env, i));
    if env.blocked() {
        return;
    }
    match (a, b) {
        (Some(_), Some(b)) if holds => stack::set(x, 0, b),
        (Some(_), Some(_)) => {}
        _ => stack::set(x, 0, F80::INDEFINITE),
    }
}

/// The memory operand as a number; denormals of a narrower format noted, nothing else raised.
pub(super) fn memory(cx: &mut Cx<'_>, env: &mut Env) -> Result<F80, crate::generic::Stop> {
    let a = cx.ea();
    Ok(match cx.insn.memory_size() {
        MemorySize::Float32 => soft::from_f32(env, cx.load_uint(a, 4)? as u32),
        MemorySize::Float64 => soft::from_f64(env, cx.load_uint(a, 8)?),
        MemorySize::Int16 => soft::from_int(i64::from(cx.load_uint(a, 2)? as i16)),
        MemorySize::Int32 => soft::from_int(i64::from(cx.load_uint(a, 4)? as i32)),
        MemorySize::Int64 => soft::from_int(cx.load_uint(a, 8)? as i64),
        MemorySize::Bcd => soft::from_bcd(cx.load(a)?),
        _ => from_bytes(cx.load(a)?),
    })
}

fn from_bytes(b: [u8; 10]) -> F80 {
    let [s0, s1, s2, s3, s4, s5, s6, s7, e0, e1] = b;
    F80 { sig: u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]), sign_exp: u16::from_le_bytes([e0, e1]) }
}

fn load(cx: &mut Cx<'_>, env: &mut Env) -> Result<(), crate::generic::Stop> {
    if cx.insn.op0_kind() == OpKind::Register {
        let i = stack::index(cx.insn.op_register(0));
        let x = &mut cx.cpu.x87;
        match stack::get(x, env, i) {
            Some(v) => stack::push(x, env, v),
            // An underflow, even where the push would overflow too.
            None if env.blocked() => {}
            None => {
                stack::turn(x, 7);
                stack::set(x, 0, F80::INDEFINITE);
            }
        }
        return Ok(());
    }
    let mut v = memory(cx, env)?;
    if matches!(cx.insn.memory_size(), MemorySize::Float32 | MemorySize::Float64) && stack::empty(&cx.cpu.x87, 7) {
        // Only the narrower formats are converted, so that only they can raise.
        if v.class() == soft::Class::Signaling {
            env.raise(IE);
            v = soft::quiet(v);
        }
        if env.denormal_source {
            env.raise(soft::DE);
        }
    }
    stack::push(&mut cx.cpu.x87, env, v);
    Ok(())
}

fn store(cx: &mut Cx<'_>, env: &mut Env) -> Result<(), crate::generic::Stop> {
    let m = cx.insn.mnemonic();
    let pops = !matches!(m, M::Fst | M::Fist);
    if m == M::Fstpnce {
        // "No check for empty": then there is nothing to store.
        let (i, x) = (stack::index(cx.insn.op_register(0)), &mut cx.cpu.x87);
        if !stack::empty(x, 0) {
            let v = stack::raw(x, 0);
            stack::set(x, i, v);
        }
        stack::pop(x);
        return Ok(());
    }
    let v = stack::get(&cx.cpu.x87, env, 0);
    if cx.insn.op0_kind() == OpKind::Register {
        if env.blocked() {
            return Ok(());
        }
        let i = stack::index(cx.insn.op_register(0));
        stack::set(&mut cx.cpu.x87, i, v.unwrap_or(F80::INDEFINITE));
    } else {
        let a = cx.ea();
        let v = v.unwrap_or(F80::INDEFINITE);
        let whole = if m == M::Fisttp { Rounding::Zero } else { env.rounding() };
        let mut bytes = [0; 10];
        let size = match cx.insn.memory_size() {
            MemorySize::Float32 => {
                bytes[..4].copy_from_slice(&soft::to_f32(env, v).to_le_bytes());
                4
            }
            MemorySize::Float64 => {
                bytes[..8].copy_from_slice(&soft::to_f64(env, v).to_le_bytes());
                8
            }
            MemorySize::Int16 => {
                bytes[..8].copy_from_slice(&soft::to_int(env, v, 16, whole).to_le_bytes());
                2
            }
            MemorySize::Int32 => {
                bytes[..8].copy_from_slice(&soft::to_int(env, v, 32, whole).to_le_bytes());
                4
            }
            MemorySize::Int64 => {
                bytes[..8].copy_from_slice(&soft::to_int(env, v, 64, whole).to_le_bytes());
                8
            }
            MemorySize::Bcd => {
                bytes = soft::to_bcd(env, v);
                10
            }
            _ => {
                bytes[..8].copy_from_slice(&v.sig.to_le_bytes());
                bytes[8..].copy_from_slice(&v.sign_exp.to_le_bytes());
                10
            }
        };
        if env.unmasked(IE | OE | UE) {
            cx.check_write(a, size as u64)?;
            return Ok(());
        }
        cx.store(a, &bytes[..size])?;
    }
    if pops {
        stack::pop(&mut cx.cpu.x87);
    }
    Ok(())
}

fn exchange(cx: &mut Cx<'_>, env: &mut Env) {
    let i = stack::index(cx.insn.op_register(1));
    let x = &mut cx.cpu.x87;
    let (a, b) = (stack::get(x, env, 0), stack::get(x, env, i));
    if !env.blocked() {
        stack::set(x, 0, b.unwrap_or(F80::INDEFINITE));
        stack::set(x, i, a.unwrap_or(F80::INDEFINITE));
    }
}
