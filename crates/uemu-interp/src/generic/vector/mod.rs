//! MMX, SSE to SSE4.2, AVX, AVX2, FMA, F16C, AES, PCLMULQDQ, GFNI, SHA: legacy and VEX encodings (SDM vol. 1,
//! chapters 9 to 14).
//!
//! A VEX form is its legacy twin with a first source of its own, perhaps on two 128-bit lanes, and it clears what lies
//! above its result. So there is one implementation: [`Vx`] is the instruction at hand under its legacy mnemonic,
//! operands travel as [`Lanes`], zero-extended from what is narrower (an MMX form is mostly the low half of its SSE
//! form), and what is pure (lanes in, lanes out) takes no `Vx`.

mod aes;
mod clmul;
mod convert;
mod crypto;
#[cfg(test)]
mod crypto_tests;
mod field;
mod float;
mod fused;
mod gather;
mod gfni;
mod integer;
pub(super) mod lanes;
mod masked;
pub(super) mod mmx;
mod moves;
mod names;
mod permute;
mod sha;
mod shift;
mod shuffle;
mod sse4;
mod state;
mod string;

use super::float::Env;
use super::{Cx, Flow, Outcome, Stop, align};
use iced_x86::{Code, EncodingKind, Mnemonic as M, OpKind, Register};
use uemu_cpu::Exception;

/// What a part of the family returns: `None` for an instruction that is not its own.
type Out = Result<Option<Flow>, Stop>;
/// The instruction is done; on to the next.
const DONE: Out = Ok(Some(Flow::Next));

/// 256 bits, lowest lane first; what is narrower is zero-extended.
type Lanes = [u128; 2];

/// The instruction at hand, as an operation on lanes.
struct Vx<'a, 'm> {
    cx: &'a mut Cx<'m>,
    /// The legacy mnemonic; a VEX one that has no legacy twin stands for itself.
    m: M,
    /// Whether the encoding is VEX: three operands, and the rest of the destination becomes zero.
    vex: bool,
    /// The operands that are the first and the second source.
    sources: (u32, u32),
    /// 128-bit lanes the instruction works on: 1 or 2.
    lanes: usize,
}

/// Executes one instruction of the family.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    // The string instructions of these names are not ours, nor is what EVEX and others encode.
    if matches!(cx.insn.code(), Code::Movsd_m32_m32 | Code::Cmpsd_m32_m32) {
        return None;
    }
    let vex = match cx.insn.encoding() {
        EncodingKind::Legacy => false,
        EncodingKind::VEX => true,
        _ => return None,
    };
    let touches_mmx = !vex && mmx::touches(cx.insn);
    if touches_mmx && let Err(e) = mmx::check(cx.cpu) {
        return Some(Err(e.into()));
    }
    let out = families(&mut Vx::new(cx, vex)).transpose();
    // A conversion enters MMX mode even when it then raises #XM.
    if touches_mmx && matches!(out, Some(Ok(_) | Err(Stop::Exception(Exception::Simd)))) {
        mmx::enter(cx.cpu);
    }
    out
}

fn families(v: &mut Vx<'_, '_>) -> Out {
    type Family = fn(&mut Vx<'_, '_>) -> Out;
    const FAMILIES: [Family; 13] = [
        moves::execute,
        packed,
        float::execute,
        fused::execute,
        convert::execute,
        shuffle::execute,
        permute::execute,
        sse4::execute,
        crypto::execute,
        masked::execute,
        gather::execute,
        state::execute,
        string::execute,
    ];
    for family in FAMILIES {
        if let Some(flow) = family(v)? {
            return Ok(Some(flow));
        }
    }
    Ok(None)
}

/// `paddd xmm, xmm/m128` and everything of that shape, with shifts.
fn packed(v: &mut Vx<'_, '_>) -> Out {
    let m = v.m;
    if !is_packed(m) {
        return Ok(None);
    }
    if shift::shift(m, 0, 0).is_some() {
        // One count for all lanes.
        let (a, count) = match v.immediate() {
            Some(n) => (v.operand(v.cx.insn.op_count() - 2)?, u64::from(n)),
            None => (v.first()?, v.second()?[0] as u64),
        };
        return v.write(a.map(|a| shift::shift(m, a, count).unwrap_or_default()));
    }
    let bytes = v.cx.operand_size(0).min(16);
    v.by_lane(|a, b| integer::lanewise(m, a, b).or_else(|| integer::rearranged(m, a, b, bytes)).unwrap_or_default())
}

/// Whether [`packed`] knows the mnemonic: asked before operands are read, for that may fault.
fn is_packed(m: M) -> bool {
    integer::lanewise(m, 0, 0).is_some()
        || integer::rearranged(m, 0, 0, 16).is_some()
        || shift::shift(m, 0, 0).is_some()
}

impl<'a, 'm> Vx<'a, 'm> {
    fn new(cx: &'a mut Cx<'m>, vex: bool) -> Vx<'a, 'm> {
        let i = cx.insn;
        let mnemonic = i.mnemonic();
        let m = if vex { names::legacy(mnemonic).unwrap_or(mnemonic) } else { mnemonic };
        let count = i.op_count();
        let immediate = count > 0 && i.op_kind(count - 1) == OpKind::Immediate8;
        // Without a first source of its own an instruction's destination is that.
        let own = vex && count - u32::from(immediate) >= 3;
        let wide = i.memory_size().size() == 32
            || (0..count).any(|n| i.op_kind(n) == OpKind::Register && i.op_register(n).is_ymm());
        Vx { m, vex, sources: if own { (1, 2) } else { (0, 1) }, lanes: if wide { 2 } else { 1 }, cx }
    }

    /// The last operand, if it is an immediate.
    fn immediate(&self) -> Option<u8> {
        let last = self.cx.insn.op_count().wrapping_sub(1);
        (last < 5 && self.cx.insn.op_kind(last) == OpKind::Immediate8).then(|| self.cx.insn.immediate8())
    }

    /// The last operand, an immediate.
    fn imm(&self) -> u8 {
        self.immediate().unwrap_or_default()
    }

    /// Whether operand `n` is a register.
    fn is_register(&self, n: u32) -> bool {
        self.cx.insn.op_kind(n) == OpKind::Register
    }

    /// The first source.
    fn first(&mut self) -> Result<Lanes, Stop> {
        self.operand(self.sources.0)
    }

    /// The second source.
    fn second(&mut self) -> Result<Lanes, Stop> {
        self.operand(self.sources.1)
    }

    /// Operand `n`: a vector, MMX or general register, or memory, zero-extended.
    fn operand(&mut self, n: u32) -> Result<Lanes, Stop> {
        if self.is_register(n) {
            return Ok(self.register(self.cx.insn.op_register(n)));
        }
        let (a, size) = (self.address()?, self.cx.insn.memory_size().size());
        Ok(match size {
            32 => {
                let mut lanes = [0; 2];
                for (lane, bytes) in lanes.iter_mut().zip(self.cx.load::<32>(a)?.as_chunks().0) {
                    *lane = u128::from_le_bytes(*bytes);
                }
                lanes
            }
            16 => [u128::from_le_bytes(self.cx.load(a)?), 0],
            _ => [u128::from(self.cx.load_uint(a, size.min(8))?), 0],
        })
    }

    /// A register's value.
    fn register(&self, r: Register) -> Lanes {
        if r.is_ymm() {
            let w = &self.cx.cpu.vector[r.number()].0;
            [self.cx.xmm(r), u128::from(w[2]) | u128::from(w[3]) << 64]
        } else if r.is_xmm() {
            [self.cx.xmm(r), 0]
        } else if r.is_mm() {
            [u128::from(mmx::get(self.cx.cpu, r)), 0]
        } else {
            [u128::from(self.cx.reg(r)), 0]
        }
    }

    /// Writes operand 0: all of a vector, MMX or general register, or the memory operand's bytes.
    fn write(&mut self, value: Lanes) -> Out {
        if self.is_register(0) {
            self.set_register(self.cx.insn.op0_register(), value);
            return DONE;
        }
        let (a, size) = (self.address()?, self.cx.insn.memory_size().size().min(32));
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&value[0].to_le_bytes());
        bytes[16..].copy_from_slice(&value[1].to_le_bytes());
        self.cx.store(a, &bytes[..size])?;
        DONE
    }

    /// Writes a register; VEX clears what lies above the part written.
    fn set_register(&mut self, r: Register, value: Lanes) {
        if r.is_xmm() || r.is_ymm() {
            self.cx.set_xmm(r, value[0]);
            if self.vex {
                let high = if r.is_ymm() { value[1] } else { 0 };
                let w = &mut self.cx.cpu.vector[r.number()].0;
                (w[2], w[3]) = (high as u64, (high >> 64) as u64);
                w[4..].fill(0);
            }
        } else if r.is_mm() {
            mmx::set(self.cx.cpu, r, value[0] as u64);
        } else {
            self.cx.set_reg(r, value[0] as u64);
        }
    }

    /// The address of the memory operand; #GP if it must be aligned and is not.
    fn address(&self) -> Result<u64, Stop> {
        let (a, size) = (self.cx.ea(), self.cx.insn.memory_size().size() as u64);
        if size >= 16 && !a.is_multiple_of(size) && align::must_be_aligned(self.cx.insn) {
            return Err(Exception::GeneralProtection.into());
        }
        Ok(a)
    }

    /// Operand 0 becomes a function of each lane of both sources.
    fn by_lane(&mut self, mut op: impl FnMut(u128, u128) -> u128) -> Out {
        let (a, b) = (self.first()?, self.second()?);
        self.write([op(a[0], b[0]), if self.lanes == 2 { op(a[1], b[1]) } else { 0 }])
    }

    /// The same with the number of the lane, for what an immediate says of each differently.
    fn by_numbered_lane(&mut self, mut op: impl FnMut(u32, u128, u128) -> u128) -> Out {
        let mut lane = 0;
        self.by_lane(|a, b| {
            lane += 1;
            op(lane - 1, a, b)
        })
    }

    /// Float arithmetic: as [`Vx::by_lane`], all lanes under one environment.
    fn float_by_lane(&mut self, mut op: impl FnMut(&mut Env, u128, u128) -> u128) -> Out {
        let (a, b, lanes) = (self.first()?, self.second()?, self.lanes);
        let r = self.under_mxcsr(|e| [op(e, a[0], b[0]), if lanes == 2 { op(e, a[1], b[1]) } else { 0 }])?;
        self.write(r)
    }

    /// Computes under MXCSR and settles its flags; an unmasked exception leaves the result unused.
    fn under_mxcsr<T>(&mut self, op: impl FnOnce(&mut Env) -> T) -> Result<T, Stop> {
        let mut env = Env::new(self.cx.cpu.mxcsr);
        let r = op(&mut env);
        env.finish(&mut self.cx.cpu.mxcsr)?;
        Ok(r)
    }
}
