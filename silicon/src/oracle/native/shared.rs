//! The memory that judge and processor share: what a case begins with, what came of it, and the pages it works on.

use std::sync::atomic::AtomicU32;
use uemu_cpu::save_area::{self, HEADER, LEGACY};
use uemu_cpu::{CpuState, X87};
use uemu_vector::layout::{self, CODE_LEN, DATA_LEN, WRITABLE};

/// Bytes of an XSAVE area in standard format with the upper halves of YMM0 to YMM15 (SDM vol. 1, 13.4).
pub(super) const AREA: usize = LEGACY + HEADER + 256;
/// Where those halves begin.
const UPPER: usize = LEGACY + HEADER;
/// Cases in one batch.
pub(crate) const BATCH: usize = 256;

/// A register file, as a signal frame has it.
#[repr(C)]
pub(super) struct Registers {
    /// In encoding order.
    pub gpr: [u64; 16],
    pub rip: u64,
    pub rflags: u64,
    pub fs_base: u64,
    pub gs_base: u64,
    /// DS, ES, FS, GS; of no effect before a case.
    pub selectors: [u16; 4],
    /// An XSAVE area.
    pub area: [u8; AREA],
}

/// One case.
#[repr(C)]
pub(super) struct Slot {
    pub code: [u8; 16],
    pub code_len: u64,
    pub before: Registers,
    pub data: [u8; DATA_LEN as usize],
    pub after: Registers,
    pub data_after: [u8; WRITABLE as usize],
    pub signal: i32,
    pub si_code: i32,
    pub si_addr: u64,
}

/// A page's worth of alignment, so that what follows can be mapped a second time elsewhere.
#[repr(C, align(4096))]
pub(super) struct Shared {
    /// The case at hand.
    pub next: AtomicU32,
    /// Cases in the batch.
    pub count: AtomicU32,
    pub slots: [Slot; BATCH],
    pub code: Pages<{ CODE_LEN as usize }>,
    pub data: Pages<{ DATA_LEN as usize }>,
}

/// Whole pages.
#[repr(C, align(4096))]
pub(super) struct Pages<const N: usize>(pub [u8; N]);

impl Registers {
    /// Takes a state over.
    pub(super) fn load(&mut self, cpu: &CpuState) {
        self.gpr = cpu.gpr;
        (self.rip, self.rflags) = (cpu.rip, cpu.flags.rflags());
        (self.fs_base, self.gs_base) = (cpu.fs_base, cpu.gs_base);
        self.area[..LEGACY].copy_from_slice(&save_area::fxsave_image(cpu));
        for (v, to) in cpu.vector.iter().zip(self.area[UPPER..].chunks_exact_mut(16)) {
            to[..8].copy_from_slice(&v.0[2].to_le_bytes());
            to[8..].copy_from_slice(&v.0[3].to_le_bytes());
        }
    }

    /// The state these registers are. `None` if MXCSR has bits that no model of ours has.
    pub(super) fn state(&self) -> Option<CpuState> {
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| self.area[at + i]));
        let present = word(LEGACY);
        let mut cpu = layout::default_state();
        cpu.gpr = self.gpr;
        cpu.rip = self.rip;
        cpu.flags.set_rflags(self.rflags);
        (cpu.fs_base, cpu.gs_base) = (self.fs_base, self.gs_base);
        cpu.selectors = self.selectors;
        let legacy: &[u8; LEGACY] = self.area.first_chunk()?;
        // What the frame says is absent is in its initial state, whatever the bytes.
        if present & save_area::X87_STATE != 0 {
            save_area::get_x87(&mut cpu, legacy);
            (cpu.x87.opcode, cpu.x87.instruction, cpu.x87.operand) = (0, 0, 0);
        } else {
            cpu.x87 = X87::INIT;
        }
        if present & save_area::SSE_STATE != 0 {
            save_area::get_xmm(&mut cpu, legacy);
        }
        if present & 4 != 0 {
            for (i, v) in cpu.vector.iter_mut().take(16).enumerate() {
                (v.0[2], v.0[3]) = (word(UPPER + 16 * i), word(UPPER + 16 * i + 8));
            }
        }
        cpu.mxcsr = save_area::mxcsr_of(legacy).ok()?;
        Some(cpu)
    }
}
