//! The register file: plain data, cloned by a snapshot.

use crate::LazyFlags;

/// Indices of the general-purpose registers, in encoding order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Gpr {
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
}

/// Indices of [`CpuState::selectors`]. CS and SS always hold Linux's `__USER_CS` and `__USER_DS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Segment {
    Ds,
    Es,
    Fs,
    Gs,
}

/// A 512-bit vector register, little-endian; XMM and YMM are its low parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub struct Vector(pub [u64; 8]);

/// The SSE control and status register (SDM vol. 1, 10.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Mxcsr(pub u32);

impl Mxcsr {
    /// The value at reset and at program entry: all exceptions masked, round to nearest.
    pub const DEFAULT: Mxcsr = Mxcsr(0x1f80);
    /// Bits LDMXCSR may set; others raise #GP.
    pub const VALID: u32 = 0xffff;
}

/// The x87 unit (SDM vol. 1, chapter 8). Physical registers; `st(i)` is `reg[(top + i) % 8]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct X87 {
    /// Significands (explicit integer bit included). MMX registers are these.
    pub significand: [u64; 8],
    /// Sign (bit 15) and biased exponent.
    pub sign_exponent: [u16; 8],
    /// Control word.
    pub control: u16,
    /// Status word without TOP (bits 11-13 zero).
    pub status: u16,
    /// TOP, 0..=7.
    pub top: u8,
    /// One bit per physical register: 1 = in use (the abridged tag word of FXSAVE).
    pub in_use: u8,
    /// Last opcode (11 bits).
    pub opcode: u16,
    /// Address of the last non-control instruction.
    pub instruction: u64,
    /// Address of its memory operand.
    pub operand: u64,
}

impl X87 {
    /// The state after FNINIT.
    pub const INIT: X87 = X87 {
        significand: [0; 8],
        sign_exponent: [0; 8],
        control: 0x37f,
        status: 0,
        top: 0,
        in_use: 0,
        opcode: 0,
        instruction: 0,
        operand: 0,
    };
}

/// Everything an x86-64 user-mode program can see of its processor.
///
/// `repr(C)` and field order matter: engines address registers by their byte offset from the start.
#[derive(Clone, PartialEq, Eq, Debug)]
#[repr(C, align(64))]
pub struct CpuState {
    /// RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15 ([`Gpr`]).
    pub gpr: [u64; 16],
    /// Always zero: stands for "no base" and "no index" in an engine's operands.
    pub zero: u64,
    /// The next instruction (see [`crate::Engine::run`]).
    pub rip: u64,
    /// FS segment base (thread pointer).
    pub fs_base: u64,
    /// GS segment base.
    pub gs_base: u64,
    /// Arithmetic flags, computed when asked, and the control bits of RFLAGS.
    pub flags: LazyFlags,
    /// SSE control and status.
    pub mxcsr: Mxcsr,
    /// Selectors in DS, ES, FS and GS ([`Segment`]). All that is left of them in 64-bit mode is that they read back.
    pub selectors: [u16; 4],
    /// x87 and MMX.
    pub x87: X87,
    /// Opmask registers, for AVX-512.
    pub mask: [u64; 8],
    /// ZMM0..ZMM31.
    pub vector: [Vector; 32],
}

impl CpuState {
    /// The state at program entry, before RIP and RSP are set.
    pub fn new() -> CpuState {
        CpuState {
            gpr: [0; 16],
            zero: 0,
            rip: 0,
            fs_base: 0,
            gs_base: 0,
            flags: LazyFlags::new(),
            mxcsr: Mxcsr::DEFAULT,
            selectors: [0; 4],
            x87: X87::INIT,
            mask: [0; 8],
            vector: [Vector([0; 8]); 32],
        }
    }

    /// A general-purpose register.
    pub fn get(&self, r: Gpr) -> u64 {
        self.gpr[r as usize]
    }

    /// Sets a general-purpose register.
    pub fn set(&mut self, r: Gpr, value: u64) {
        self.gpr[r as usize] = value;
    }

    /// Sets the low 2, 4 or 8 bytes of the register with this index: two leave the rest, four clear it.
    pub fn set_sized(&mut self, index: usize, bytes: usize, value: u64) {
        if let Some(r) = self.gpr.get_mut(index) {
            *r = match bytes {
                2 => *r & !0xffff | value & 0xffff,
                4 => value & 0xffff_ffff,
                _ => value,
            };
        }
    }
}

impl Default for CpuState {
    fn default() -> Self {
        Self::new()
    }
}
