//! Control and status words, and the environment.

use super::soft::{Class, F80};
use super::{C0, C1, C2, C3, DONE, Out, check_pending, stack, summarize};
use crate::generic::{Cx, Stop};
use iced_x86::Mnemonic as M;
use uemu_cpu::X87;

/// Executes a control instruction; those with a wait form check for pending exceptions first.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    let m = cx.insn.mnemonic();
    if matches!(
        m,
        M::Wait | M::Fldcw | M::Fstcw | M::Fstsw | M::Fclex | M::Finit | M::Fstenv | M::Fldenv | M::Fsave | M::Frstor
    ) {
        check_pending(&cx.cpu.x87)?;
    }
    match m {
        M::Wait => {}
        M::Fldcw => {
            let a = cx.ea();
            let v = cx.load_uint(a, 2)? as u16;
            set_control(&mut cx.cpu.x87, v);
        }
        M::Fstcw | M::Fnstcw => {
            let (a, v) = (cx.ea(), cx.cpu.x87.control);
            cx.store_uint(a, 2, u64::from(v))?;
        }
        M::Fstsw | M::Fnstsw => {
            let v = status_word(&cx.cpu.x87);
            cx.set_operand(0, u64::from(v))?;
        }
        M::Fclex | M::Fnclex => cx.cpu.x87.status &= C0 | C1 | C2 | C3,
        M::Finit | M::Fninit => initialize(&mut cx.cpu.x87),
        M::Fstenv | M::Fnstenv => {
            store_environment(cx)?;
            let x = &mut cx.cpu.x87;
            x.control |= 0x3f;
            summarize(x);
        }
        M::Fldenv => {
            let a = cx.ea();
            let length = environment_length(cx);
            let mut b = [0; 28];
            cx.mem.read(uemu_mem::GuestAddr(a), &mut b[..length])?;
            load_environment(&mut cx.cpu.x87, &b, length);
        }
        M::Fsave | M::Fnsave => save(cx)?,
        M::Frstor => restore(cx)?,
        // The 8087's interrupt switches and the 287's mode: no operation since.
        M::Feni | M::Fneni | M::Fdisi | M::Fndisi | M::Fsetpm | M::Fnsetpm => {}
        _ => return Ok(None),
    }
    DONE
}

/// The status word with TOP in it.
pub(super) fn status_word(x: &X87) -> u16 {
    x.status | u16::from(x.top & 7) << 11
}

fn set_control(x: &mut X87, v: u16) {
    x.control = v & 0x1f7f | 0x40;
    summarize(x);
}

fn set_status(x: &mut X87, v: u16) {
    x.status = v & !(7 << 11);
    x.top = (v >> 11 & 7) as u8;
    summarize(x);
}

fn initialize(x: &mut X87) {
    *x = X87 { significand: x.significand, sign_exponent: x.sign_exponent, ..X87::INIT };
}

/// Two bits a physical register: valid, zero, special, empty (SDM vol. 1, 8.1.7).
fn tag_word(x: &X87) -> u16 {
    (0..8).fold(0, |tags, n| {
        let v = F80 { sign_exp: x.sign_exponent[n], sig: x.significand[n] };
        let tag = match v.class() {
            _ if x.in_use >> n & 1 == 0 => 3,
            Class::Normal => 0,
            Class::Zero => 1,
            _ => 2,
        };
        tags | tag << (2 * n)
    })
}

/// 28 bytes, or 14 with an operand-size prefix.
fn environment_length(cx: &Cx<'_>) -> usize {
    let size = cx.insn.memory_size().size();
    if matches!(size, 14 | 94) { 14 } else { 28 }
}

/// The environment as FNSTENV lays it out (SDM vol. 1, 8.1.10); selectors are those of 64-bit Linux, which are not kept: zero.
fn environment(x: &X87, length: usize) -> [u8; 28] {
    let words = [x.control, status_word(x), tag_word(x)];
    let mut b = [0; 28];
    if length == 14 {
        let words = [words[0], words[1], words[2], x.instruction as u16, 0, x.operand as u16, 0];
        for (to, w) in b.chunks_exact_mut(2).zip(words) {
            to.copy_from_slice(&w.to_le_bytes());
        }
        return b;
    }
    let reserved = |w: u16| 0xffff_0000 | u32::from(w);
    let fields = [
        reserved(words[0]),
        reserved(words[1]),
        reserved(words[2]),
        x.instruction as u32,
        u32::from(x.opcode & 0x7ff) << 16,
        x.operand as u32,
        0xffff_0000,
    ];
    for (to, f) in b.chunks_exact_mut(4).zip(fields) {
        to.copy_from_slice(&f.to_le_bytes());
    }
    b
}

fn store_environment(cx: &mut Cx<'_>) -> Result<(), Stop> {
    let (a, length) = (cx.ea(), environment_length(cx));
    let b = environment(&cx.cpu.x87, length);
    cx.store(a, &b[..length])
}

fn load_environment(x: &mut X87, b: &[u8; 28], length: usize) {
    let step = length / 7;
    let word = |n: usize| u16::from_le_bytes([b[n * step], b[n * step + 1]]);
    let long = |n: usize| u32::from_le_bytes([b[4 * n], b[4 * n + 1], b[4 * n + 2], b[4 * n + 3]]);
    x.control = word(0) & 0x1f7f | 0x40;
    set_status(x, word(1));
    let tags = word(2);
    x.in_use = (0..8).fold(0, |m, n| m | u8::from(tags >> (2 * n) & 3 != 3) << n);
    if length == 28 {
        x.instruction = u64::from(long(3));
        x.opcode = (long(4) >> 16) as u16 & 0x7ff;
        x.operand = u64::from(long(5));
    } else {
        x.instruction = u64::from(word(3));
        x.operand = u64::from(word(5));
    }
}

fn save(cx: &mut Cx<'_>) -> Result<(), Stop> {
    let (a, length) = (cx.ea(), environment_length(cx));
    let x = &cx.cpu.x87;
    let mut b = [0; 108];
    b[..28].copy_from_slice(&environment(x, length));
    for (i, to) in b[length..length + 80].chunks_exact_mut(10).enumerate() {
        let v = stack::raw(x, i);
        to[..8].copy_from_slice(&v.sig.to_le_bytes());
        to[8..].copy_from_slice(&v.sign_exp.to_le_bytes());
    }
    cx.store(a, &b[..length + 80])?;
    initialize(&mut cx.cpu.x87);
    Ok(())
}

fn restore(cx: &mut Cx<'_>) -> Result<(), Stop> {
    let (a, length) = (cx.ea(), environment_length(cx));
    let mut b = [0; 108];
    cx.mem.read(uemu_mem::GuestAddr(a), &mut b[..length + 80])?;
    let x = &mut cx.cpu.x87;
    let mut head = [0; 28];
    head[..length].copy_from_slice(&b[..length]);
    load_environment(x, &head, length);
    for (i, from) in b[length..length + 80].chunks_exact(10).enumerate() {
        let n = (usize::from(x.top) + i) & 7;
        let mut sig = [0; 8];
        sig.copy_from_slice(&from[..8]);
        x.significand[n] = u64::from_le_bytes(sig);
        x.sign_exponent[n] = u16::from_le_bytes([from[8], from[9]]);
    }
    Ok(())
}
