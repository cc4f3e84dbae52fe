//! The host's float unit in the guest's service.
//!
//! Handlers of SSE and AVX arithmetic execute the guest's own instruction on the host, under the control bits of the guest's MXCSR
//! (rounding, DAZ, FTZ) and with every exception masked; code lowered while the guest has one unmasked does not
//! use them. While handlers run, the host's sticky exception flags collect the guest's. [`begin`] lends the unit to the guest, [`collect`]
//! takes it back: the sticky flags go into the guest's MXCSR, and Rust code (the generic step) finds the controls it expects. Between handlers
//! only integer work happens: TLB, lookups, decoding.
//! Elsewhere than on x86-64 no handler uses the host's unit and these do nothing.

#[cfg(target_arch = "x86_64")]
use std::hint::black_box;
use uemu_cpu::CpuState;

/// MXCSR's sticky exception flags.
#[cfg(target_arch = "x86_64")]
const STICKY: u32 = 0x3f;
/// MXCSR's exception masks.
const MASKS: u32 = 0x1f80;
/// Rounding, DAZ and FTZ.
#[cfg(target_arch = "x86_64")]
const CONTROL: u32 = 0xe040;

/// Whether the guest's MXCSR has an exception unmasked. Then no handler may use the host's unit: blocks are
/// lowered apart (`crate::cache`).
#[inline]
pub(crate) fn is_exotic(cpu: &CpuState) -> bool {
    cpu.mxcsr.0 & MASKS != MASKS
}

/// Lends the host's unit to the guest: its control bits, no sticky flags.
#[inline]
pub(crate) fn begin(cpu: &CpuState) {
    #[cfg(target_arch = "x86_64")]
    set_host(cpu.mxcsr.0 & CONTROL | MASKS);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cpu;
}

/// Takes the host's unit back: moves its sticky flags into the guest's MXCSR.
#[inline]
pub(crate) fn collect(cpu: &mut CpuState) {
    #[cfg(target_arch = "x86_64")]
    {
        let host = host();
        cpu.mxcsr.0 |= host & STICKY;
        if host & CONTROL != 0 {
            set_host(MASKS);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cpu;
}

/// Float work of Rust's own while the unit is lent: under the default controls, and its flags do not count.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn aside<A, R>(input: A, work: impl FnOnce(A) -> R) -> R {
    let lent = host();
    set_host(MASKS);
    // The compiler knows nothing of MXCSR: without these it might move the work out of its place.
    let result = black_box(work(black_box(input)));
    set_host(lent);
    result
}

/// The host's MXCSR.
#[cfg(target_arch = "x86_64")]
#[inline]
fn host() -> u32 {
    let mut value = 0u32;
    // SAFETY: stores MXCSR into a local.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &mut value, options(nostack, preserves_flags)) };
    value
}

/// Loads the host's MXCSR. `value` has every exception masked, and no bits but those all x86-64 processors
/// have, or is one that was read.
#[cfg(target_arch = "x86_64")]
#[inline]
fn set_host(value: u32) {
    // SAFETY: nothing traps with all exceptions masked; the callers see to it that float code of Rust's own
    // runs under the default controls.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &value, options(nostack, readonly, preserves_flags)) };
}
