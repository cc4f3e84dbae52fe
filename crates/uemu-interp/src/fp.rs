//! The host's float unit in the guest's service.
//!
//! Handlers of SSE arithmetic execute the guest's own instruction on the host; they are used only in code lowered
//! for the default control bits of the guest's MXCSR. The host's sticky exception flags then collect the guest's: they are cleared
//! when an engine run begins and moved into the guest's MXCSR when somebody may look. Rust code in between
//! (the generic step) may raise host flags of its own, hence [`collect`] before it and [`begin`] after.
//! Elsewhere than on x86-64 no handler uses the host's unit and these do nothing.

use uemu_cpu::CpuState;

/// MXCSR's sticky exception flags.
#[cfg(target_arch = "x86_64")]
const STICKY: u32 = 0x3f;

/// Whether the guest's MXCSR asks for something else than the default: an unmasked exception, another rounding
/// mode, DAZ or FTZ. Then no handler may use the host's unit: blocks are lowered apart (`crate::cache`).
#[inline]
pub(crate) fn is_exotic(cpu: &CpuState) -> bool {
    cpu.mxcsr.0 & 0xffc0 != 0x1f80
}

/// Clears the host's sticky flags.
#[inline]
pub(crate) fn begin() {
    #[cfg(target_arch = "x86_64")]
    {
        let default = 0x1f80u32;
        // SAFETY: loads the value Rust code expects in MXCSR anyway; only sticky flags change.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &default, options(nostack, readonly, preserves_flags)) };
    }
}

/// Moves the host's sticky flags into the guest's MXCSR.
#[inline]
pub(crate) fn collect(cpu: &mut CpuState) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut host = 0u32;
        // SAFETY: stores MXCSR into a local.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &mut host, options(nostack, preserves_flags)) };
        cpu.mxcsr.0 |= host & STICKY;
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cpu;
}
