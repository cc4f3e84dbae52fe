//! FXSAVE, XSAVE and their kin; XGETBV (SDM vol. 1, 10.5 and chapter 13).

use super::{DONE, Out};
use crate::generic::{Cx, Stop};
use iced_x86::Mnemonic as M;
use uemu_cpu::save_area::{self as area, HEADER, Header, LEGACY, SSE_STATE, X87_STATE, XCR0};
use uemu_cpu::{Exception, Gpr};

const GP: Stop = Stop::Exception(Exception::GeneralProtection);

/// Executes an instruction of this file.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    match cx.insn.mnemonic() {
        M::Fxsave => fxsave(cx, false),
        M::Fxsave64 => fxsave(cx, true),
        M::Fxrstor => fxrstor(cx, false),
        M::Fxrstor64 => fxrstor(cx, true),
        M::Xsave | M::Xsaveopt => xsave(cx, false, false),
        M::Xsave64 | M::Xsaveopt64 => xsave(cx, true, false),
        M::Xsavec => xsave(cx, false, true),
        M::Xsavec64 => xsave(cx, true, true),
        M::Xrstor => xrstor(cx, false),
        M::Xrstor64 => xrstor(cx, true),
        M::Xgetbv => {
            let value = match cx.cpu.get(Gpr::Rcx) as u32 {
                0 => XCR0,
                // XGETBV with ECX = 1: the components in use.
                1 => XCR0 & area::in_use(cx.cpu),
                _ => return Err(GP),
            };
            cx.cpu.set(Gpr::Rax, value & 0xffff_ffff);
            cx.cpu.set(Gpr::Rdx, value >> 32);
            DONE
        }
        _ => Ok(None),
    }
}

/// The operand's address; #GP if it is not aligned.
fn address(cx: &Cx<'_>, align: u64) -> Result<u64, Stop> {
    let a = cx.ea();
    if a.is_multiple_of(align) { Ok(a) } else { Err(GP) }
}

/// Without REX.W the pointers are 32 bits and selectors, which are zero.
fn short_pointers(b: &mut [u8; LEGACY]) {
    b[12..16].fill(0);
    b[20..24].fill(0);
}

fn fxsave(cx: &mut Cx<'_>, long: bool) -> Out {
    let a = address(cx, 16)?;
    let mut b = area::fxsave_image(cx.cpu);
    if !long {
        short_pointers(&mut b);
    }
    // Reserved bytes between the last XMM register and software's are left alone.
    cx.check_write(a, LEGACY as u64)?;
    cx.store(a, &b[..416])?;
    DONE
}

fn fxrstor(cx: &mut Cx<'_>, long: bool) -> Out {
    let a = address(cx, 16)?;
    let mut b = cx.load::<LEGACY>(a)?;
    if !long {
        short_pointers(&mut b);
    }
    area::fxrstor_image(cx.cpu, &b).map_err(|_| GP)?;
    DONE
}

/// EDX:EAX within XCR0.
fn requested(cx: &Cx<'_>) -> u64 {
    (cx.cpu.get(Gpr::Rdx) << 32 | cx.cpu.get(Gpr::Rax) & 0xffff_ffff) & XCR0
}

fn xsave(cx: &mut Cx<'_>, long: bool, compact: bool) -> Out {
    let a = address(cx, 64)?;
    let wanted = requested(cx);
    let used = area::in_use(cx.cpu);
    let head = a.wrapping_add(LEGACY as u64);
    cx.check_write(a, area::xsave_size() as u64)?;
    let mut b = cx.load::<LEGACY>(a)?;
    let mut header = cx.load::<HEADER>(head)?;
    // MXCSR away from its default makes XSAVEC store the SSE component too (SDM vol. 1, 13.10).
    let default = cx.cpu.mxcsr == uemu_cpu::Mxcsr::DEFAULT;
    let used = if compact && !default { used | SSE_STATE } else { used };
    let stored = if compact { wanted & used } else { wanted };
    if stored & X87_STATE != 0 {
        area::put_x87(cx.cpu, &mut b);
        if !long {
            short_pointers(&mut b);
        }
    }
    if stored & SSE_STATE != 0 {
        area::put_mxcsr(cx.cpu, &mut b);
        area::put_xmm(cx.cpu, &mut b);
    }
    if compact {
        header = Header { present: stored, compacted: wanted | 1 << 63 }.bytes();
    } else {
        let mut old = [0; 8];
        old.copy_from_slice(&header[..8]);
        let present = u64::from_le_bytes(old) & !wanted | wanted & used;
        header[..8].copy_from_slice(&present.to_le_bytes());
    }
    cx.store(a, &b[..416])?;
    cx.store(head, &header)?;
    DONE
}

fn xrstor(cx: &mut Cx<'_>, long: bool) -> Out {
    let a = address(cx, 64)?;
    let header = Header::parse(&cx.load::<HEADER>(a.wrapping_add(LEGACY as u64))?).map_err(|_| GP)?;
    let mut b = cx.load::<LEGACY>(a)?;
    if !long {
        short_pointers(&mut b);
    }
    area::xrstor_image(cx.cpu, &b, header, requested(cx)).map_err(|_| GP)?;
    DONE
}
