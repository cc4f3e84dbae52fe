//! The floating-point state of a signal frame: an XSAVE image with Linux's `_fpx_sw_bytes` in its reserved bytes.

use uemu_abi::plain::Scalar;
use uemu_cpu::{CpuState, Mxcsr, X87};
use uemu_mem::{AddressSpace, GuestAddr};

/// Bytes of the legacy (FXSAVE) area.
const LEGACY: usize = 512;
/// Bytes of the legacy area and the XSAVE header.
const XSTATE: usize = LEGACY + 64;
/// XCR0: x87 and SSE.
const FEATURES: u64 = 3;
/// `_fpx_sw_bytes` within the legacy area.
const SW_BYTES: usize = 464;
const MAGIC1: u32 = 0x4650_5853;
const MAGIC2: u32 = 0x4650_5845;

/// The image, MAGIC2 included.
pub(crate) fn save(cpu: &CpuState) -> Vec<u8> {
    let mut b = vec![0; XSTATE + 4];
    let x = &cpu.x87;
    x.control.put(&mut b, 0);
    (x.status | u16::from(x.top & 7) << 11).put(&mut b, 2);
    x.in_use.put(&mut b, 4);
    x.opcode.put(&mut b, 6);
    x.instruction.put(&mut b, 8);
    x.operand.put(&mut b, 16);
    cpu.mxcsr.0.put(&mut b, 24);
    Mxcsr::VALID.put(&mut b, 28);
    for i in 0..8 {
        let r = (usize::from(x.top) + i) % 8;
        x.significand[r].put(&mut b, 32 + 16 * i);
        x.sign_exponent[r].put(&mut b, 40 + 16 * i);
    }
    for (i, v) in cpu.vector.iter().take(16).enumerate() {
        v.0[0].put(&mut b, 160 + 16 * i);
        v.0[1].put(&mut b, 168 + 16 * i);
    }
    MAGIC1.put(&mut b, SW_BYTES);
    ((XSTATE + 4) as u32).put(&mut b, SW_BYTES + 4);
    FEATURES.put(&mut b, SW_BYTES + 8);
    (XSTATE as u32).put(&mut b, SW_BYTES + 16);
    // XSTATE_BV of the header.
    FEATURES.put(&mut b, LEGACY);
    MAGIC2.put(&mut b, XSTATE);
    b
}

/// Reads an image back. `None` when it cannot be read or sets reserved bits of MXCSR.
pub(crate) fn restore(cpu: &mut CpuState, mem: &mut AddressSpace, at: GuestAddr) -> Option<()> {
    let mut b = [0u8; XSTATE];
    mem.read(at, &mut b[..LEGACY]).ok()?;
    // Without the magic number only the legacy area is there.
    let extended = u32::get(&b, SW_BYTES) == MAGIC1;
    let features = if extended {
        mem.read(at.wrapping_add(LEGACY as u64), &mut b[LEGACY..]).ok()?;
        u64::get(&b, LEGACY)
    } else {
        FEATURES
    };
    let mxcsr = u32::get(&b, 24);
    if mxcsr & !Mxcsr::VALID != 0 {
        return None;
    }
    cpu.mxcsr = Mxcsr(mxcsr);
    if features & 1 == 0 {
        cpu.x87 = X87::INIT;
    } else {
        let status = u16::get(&b, 2);
        let top = (status >> 11) as u8 & 7;
        let mut x = X87 {
            control: u16::get(&b, 0),
            status: status & !0x3800,
            top,
            in_use: u8::get(&b, 4),
            opcode: u16::get(&b, 6) & 0x7ff,
            instruction: u64::get(&b, 8),
            operand: u64::get(&b, 16),
            ..X87::INIT
        };
        for i in 0..8 {
            let r = (usize::from(top) + i) % 8;
            x.significand[r] = u64::get(&b, 32 + 16 * i);
            x.sign_exponent[r] = u16::get(&b, 40 + 16 * i);
        }
        cpu.x87 = x;
    }
    for (i, v) in cpu.vector.iter_mut().take(16).enumerate() {
        let keep = features & 2 != 0;
        v.0[0] = if keep { u64::get(&b, 160 + 16 * i) } else { 0 };
        v.0[1] = if keep { u64::get(&b, 168 + 16 * i) } else { 0 };
    }
    Some(())
}
