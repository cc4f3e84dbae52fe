//! Segment registers of a Linux 64-bit process: flat, with FS and GS bases that arch_prctl(2) sets.

use iced_x86::Register;
use uemu_cpu::{CpuState, Exception};

/// Linux's `__USER_CS`.
pub(super) const USER_CS: u64 = 0x33;
/// Linux's `__USER_DS`.
pub(super) const USER_SS: u64 = 0x2b;

/// What reading a segment register gives.
pub(super) fn selector(segment: Register) -> u64 {
    match segment {
        Register::CS => USER_CS,
        Register::SS => USER_SS,
        _ => 0,
    }
}

/// Loads a segment register. A null selector in DS or ES changes nothing one can see; in FS or GS it clears the base.
///
/// # Errors
/// #UD for CS, #GP for selectors no descriptor of ours backs. Selectors that exist but would have to read
/// back (`__USER_DS` in DS, ES, FS, GS) are unimplemented.
pub(super) fn load(cpu: &mut CpuState, segment: Register, selector: u16) -> Result<(), Exception> {
    let null = selector < 4;
    match segment {
        Register::SS if selector as u64 == USER_SS => Ok(()),
        Register::DS | Register::ES if selector == 0 => Ok(()),
        Register::FS if selector == 0 => {
            cpu.fs_base = 0;
            Ok(())
        }
        Register::GS if selector == 0 => {
            cpu.gs_base = 0;
            Ok(())
        }
        Register::CS => Err(Exception::InvalidOpcode { unimplemented: false }),
        Register::SS => Err(Exception::GeneralProtection),
        _ if null || selector as u64 == USER_SS || selector as u64 == USER_CS => {
            Err(Exception::InvalidOpcode { unimplemented: true })
        }
        _ => Err(Exception::GeneralProtection),
    }
}
