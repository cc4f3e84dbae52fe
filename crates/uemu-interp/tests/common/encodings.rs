//! One encoding of every instruction that the decoder finds in 64-bit mode.

#![allow(dead_code, reason = "each test uses its own part")]

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, OpKind};
use std::collections::BTreeMap;

/// Where encodings are decoded at.
pub(crate) const CODE: u64 = 0x1100_0000;

/// An instruction and the bytes it was decoded from.
#[derive(Clone)]
pub(crate) struct Encoding {
    pub(crate) bytes: Vec<u8>,
    pub(crate) insn: Instruction,
}

/// The first instruction in `bytes`, if there is one.
pub(crate) fn decode(bytes: &[u8]) -> Option<Encoding> {
    let insn = Decoder::with_ip(64, bytes, CODE, DecoderOptions::NONE).decode();
    (!insn.is_invalid()).then(|| Encoding { bytes: bytes[..insn.len()].to_vec(), insn })
}

/// Displacement, immediate and padding after a ModR/M byte.
const TAIL: [u8; 8] = [0x40, 0, 0, 0, 1, 0, 0, 0];

/// Every ModR/M byte with a register, and for each of its middle fields the memory operand `[rbx + disp32]`. A SIB byte
/// (for instructions on vectors of addresses and for tiles) asks for `[rbx + 1 * xmm6]`.
fn operands() -> impl Iterator<Item = Vec<u8>> {
    let registers = (0xc0..=0xff).map(|m| [&[m], &TAIL[..]].concat());
    let memory = (0..8).map(|reg| [&[0x83 | reg << 3], &TAIL[..]].concat());
    let vector = [0x84, 0x8c].map(|m| [&[m, 0x33], &TAIL[..]].concat());
    registers.chain(memory).chain(vector)
}

/// By code: an encoding with a memory operand rather than without.
pub(crate) fn all() -> BTreeMap<Code, Encoding> {
    let mut found: BTreeMap<Code, Encoding> = BTreeMap::new();
    let mut try_one = |bytes: Vec<u8>| {
        let Some(new) = decode(&bytes) else { return };
        let memory = |e: &Encoding| (0..e.insn.op_count()).any(|n| e.insn.op_kind(n) == OpKind::Memory);
        let better = found.get(&new.insn.code()).is_none_or(|old| memory(&new) && !memory(old));
        if better {
            found.insert(new.insn.code(), new);
        }
    };
    let prefixes: [&[u8]; 7] = [&[], &[0x66], &[0xf3], &[0xf2], &[0x67], &[0x67, 0x66], &[0x66, 0xf3]];
    let maps: [&[u8]; 4] = [&[], &[0x0f], &[0x0f, 0x38], &[0x0f, 0x3a]];
    for operand in operands() {
        for opcode in 0..=255u8 {
            for (prefix, map) in prefixes.iter().flat_map(|p| maps.iter().map(move |m| (p, m))) {
                for rex in [&[][..], &[0x48]] {
                    try_one([prefix, rex, map, &[opcode], &operand].concat());
                }
            }
            for pp in 0..4u8 {
                // With a second source register and without.
                for (map, l, w) in (1..4u8).flat_map(|m| (0..4u8).map(move |lw| (m, lw & 1, lw >> 1))) {
                    for vvvv in [0x70, 0x78] {
                        try_one([&[0xc4, 0xe0 | map, w << 7 | vvvv | l << 2 | pp, opcode], &operand[..]].concat());
                    }
                }
                // Three vector lengths, a mask register.
                for (map, ll, w) in (1..7u8).flat_map(|m| (0..6u8).map(move |lw| (m, lw % 3, lw / 3))) {
                    let p = [0x62, 0xf0 | map, w << 7 | 0x74 | pp, ll << 5 | 0x09, opcode];
                    try_one([&p[..], &operand].concat());
                }
            }
            // XOP, and 3DNow! with its opcode last.
            for (map, l, w) in (8..11u8).flat_map(|m| (0..4u8).map(move |lw| (m, lw & 1, lw >> 1))) {
                try_one([&[0x8f, 0xe0 | map, w << 7 | 0x70 | l << 2, opcode], &operand[..]].concat());
            }
        }
        try_one([&[0x0f, 0x0f], &operand[..]].concat());
    }
    found
}
