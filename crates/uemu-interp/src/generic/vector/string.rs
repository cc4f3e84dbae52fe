//! PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (SDM vol. 2B, 4.1).

use super::lanes::{join8, join16, split8, split16};
use super::{DONE, Out, Vx};
use iced_x86::{Mnemonic as M, Register};
use uemu_cpu::{Flags, Gpr};

/// One string: its elements, and how many of them are part of it.
struct Text {
    element: [i32; 16],
    len: usize,
}

/// Executes a string comparison.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let (explicit, index) = match v.m {
        M::Pcmpestri | M::Pcmpestri64 => (true, true),
        M::Pcmpestrm | M::Pcmpestrm64 => (true, false),
        M::Pcmpistri => (false, true),
        M::Pcmpistrm => (false, false),
        _ => return Ok(None),
    };
    let imm = v.imm();
    let n = if imm & 1 != 0 { 8 } else { 16 };
    let (a, b) = (v.first()?[0], v.second()?[0]);
    let wide = matches!(v.m, M::Pcmpestri64 | M::Pcmpestrm64);
    let (a, b) = if explicit {
        let length = |r: Gpr| {
            let x = v.cx.cpu.get(r);
            let x = if wide { x as i64 } else { i64::from(x as i32) };
            x.unsigned_abs().min(n as u64) as usize
        };
        (text(a, imm, Some(length(Gpr::Rax))), text(b, imm, Some(length(Gpr::Rdx))))
    } else {
        (text(a, imm, None), text(b, imm, None))
    };

    let result = polarise(aggregate(&a, &b, imm, n), &b, imm, n);
    let mut flags = 0;
    if result != 0 {
        flags |= Flags::CF;
    }
    if b.len < n {
        flags |= Flags::ZF;
    }
    if a.len < n {
        flags |= Flags::SF;
    }
    if result & 1 != 0 {
        flags |= Flags::OF;
    }
    v.cx.cpu.flags.set_arith(flags);
    let select = imm & 0x40 != 0;
    if index {
        let i = match (result, select) {
            (0, _) => n as u32,
            (_, false) => result.trailing_zeros(),
            (_, true) => 31 - result.leading_zeros(),
        };
        v.cx.set_reg(Register::ECX, u64::from(i));
    } else {
        let bit = |i: usize| result >> i & 1 != 0;
        let mask = match (select, n) {
            (false, _) => u128::from(result),
            (true, 8) => join16(std::array::from_fn(|i| if bit(i) { u16::MAX } else { 0 })),
            (true, _) => join8(std::array::from_fn(|i| if bit(i) { u8::MAX } else { 0 })),
        };
        v.set_register(Register::XMM0, [mask, 0]);
    }
    DONE
}

/// Elements by bits 0-1 of the immediate: words or bytes, signed or not. Without a length the string ends
/// before its first zero.
fn text(v: u128, imm: u8, len: Option<usize>) -> Text {
    let mut element = [0; 16];
    let n = match imm & 3 {
        0 => fill(&mut element, split8(v).map(i32::from)),
        1 => fill(&mut element, split16(v).map(i32::from)),
        2 => fill(&mut element, split8(v).map(|x| i32::from(x as i8))),
        _ => fill(&mut element, split16(v).map(|x| i32::from(x as i16))),
    };
    let len = len.unwrap_or_else(|| element[..n].iter().position(|&x| x == 0).unwrap_or(n));
    Text { element, len }
}

fn fill<const N: usize>(out: &mut [i32; 16], v: [i32; N]) -> usize {
    out[..N].copy_from_slice(&v);
    N
}

/// IntRes1: bits 2-3 of the immediate choose how the strings are compared. Bit `j` is about `b[j]`.
fn aggregate(a: &Text, b: &Text, imm: u8, n: usize) -> u32 {
    let (x, y) = (&a.element[..a.len], &b.element);
    let holds = |j: usize| match imm >> 2 & 3 {
        0 => j < b.len && x.contains(&y[j]),
        1 => j < b.len && x.chunks_exact(2).any(|r| r[0] <= y[j] && y[j] <= r[1]),
        2 => match (j < a.len, j < b.len) {
            (true, true) => a.element[j] == y[j],
            (p, q) => p == q,
        },
        // A substring that begins here, as far as the 16 bytes go.
        _ => x.iter().zip(j..n).all(|(&c, k)| k < b.len && y[k] == c),
    };
    (0..n).filter(|&j| holds(j)).fold(0, |m, j| m | 1 << j)
}

/// IntRes2: bits 4-5 negate all of it, or what lies inside `b`.
fn polarise(result: u32, b: &Text, imm: u8, n: usize) -> u32 {
    match imm >> 4 & 3 {
        1 => result ^ ((1 << n) - 1),
        3 => result ^ ((1 << b.len) - 1),
        _ => result,
    }
}
