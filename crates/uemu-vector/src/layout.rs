//! Where a vector's code and data lie: the same natively and in a guest.

use uemu_cpu::CpuState;

/// Bytes of a page.
pub const PAGE: u64 = 0x1000;
/// Two pages that can be read and executed, full of INT3 but for the instruction. What surrounds them is not mapped.
pub const CODE: u64 = 0x1100_0000;
/// Bytes of code pages.
pub const CODE_LEN: u64 = 2 * PAGE;
/// Where the instruction lies unless RIP says otherwise.
pub const START: u64 = CODE + 0x800;
/// Two pages that can be read and written, then one that can only be read. What surrounds them is not mapped.
pub const DATA: u64 = 0x1000_0000;
/// Bytes that can be written.
pub const WRITABLE: u64 = 2 * PAGE;
/// Bytes of data pages.
pub const DATA_LEN: u64 = WRITABLE + PAGE;
/// The FS base.
pub const FS_BASE: u64 = 0x0123_4560;
/// The GS base.
pub const GS_BASE: u64 = 0x0765_4320;
/// Fills code pages: whatever the instruction does, a trap follows.
pub const INT3: u8 = 0xcc;

/// The state of which a vector names the differences: registers zero, control words as at program entry.
pub fn default_state() -> CpuState {
    let mut cpu = CpuState::new();
    cpu.rip = START;
    cpu.fs_base = FS_BASE;
    cpu.gs_base = GS_BASE;
    cpu
}
