//! FXSAVE, XSAVE and their kin; XGETBV (SDM vol. 1, 10.5 and chapter 13).

use super::{DONE, Out};
use crate::generic::{Cx, Stop};
use iced_x86::Mnemonic as M;
use uemu_cpu::save_area::{self as area, AVX_AT, AVX_LEN, AVX_STATE, HEADER, Header, LEGACY, SSE_STATE, X87_STATE};
use uemu_cpu::{Exception, Feature, Gpr, Mxcsr};

const GP: Stop = Stop::Exception(Exception::GeneralProtection);

/// Which of the instructions that save the components EDX:EAX asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Save {
    /// XSAVE: all of them.
    All,
    /// XSAVEOPT: in the same format, but not what is in its initial state. (It may also leave out what has not changed
    /// since an XRSTOR from the same place, and then finds the same bytes there.)
    Changed,
    /// XSAVEC: likewise, in the compacted format.
    Compacted,
}

/// Executes an instruction of this file.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    match cx.insn.mnemonic() {
        M::Fxsave => fxsave(cx, false),
        M::Fxsave64 => fxsave(cx, true),
        M::Fxrstor => fxrstor(cx, false),
        M::Fxrstor64 => fxrstor(cx, true),
        M::Xsave => xsave(cx, false, Save::All),
        M::Xsave64 => xsave(cx, true, Save::All),
        M::Xsaveopt => xsave(cx, false, Save::Changed),
        M::Xsaveopt64 => xsave(cx, true, Save::Changed),
        M::Xsavec => xsave(cx, false, Save::Compacted),
        M::Xsavec64 => xsave(cx, true, Save::Compacted),
        M::Xrstor => xrstor(cx, false),
        M::Xrstor64 => xrstor(cx, true),
        M::Xgetbv => {
            let xcr0 = cx.model.xcr0();
            let value = match cx.cpu.get(Gpr::Rcx) as u32 {
                0 => xcr0,
                // The components in use.
                1 if cx.model.has(Feature::Xgetbv1) => xcr0 & area::in_use(cx.cpu),
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
    (cx.cpu.get(Gpr::Rdx) << 32 | cx.cpu.get(Gpr::Rax) & 0xffff_ffff) & cx.model.xcr0()
}

fn xsave(cx: &mut Cx<'_>, long: bool, how: Save) -> Out {
    let a = address(cx, 64)?;
    let wanted = requested(cx);
    let mut used = area::in_use(cx.cpu);
    // MXCSR away from its default makes XSAVEC store the SSE component too (SDM vol. 1, 13.10).
    if how == Save::Compacted && cx.cpu.mxcsr != Mxcsr::DEFAULT {
        used |= SSE_STATE;
    }
    let stored = if how == Save::All { wanted } else { wanted & used };
    let head = a.wrapping_add(LEGACY as u64);
    cx.check_write(a, area::size(stored) as u64)?;
    let mut b = cx.load::<LEGACY>(a)?;
    let mut header = cx.load::<HEADER>(head)?;
    if stored & X87_STATE != 0 {
        area::put_x87(cx.cpu, &mut b);
        if !long {
            short_pointers(&mut b);
        }
    }
    // MXCSR belongs to AVX too, and is never left out, but in the compacted format.
    let mxcsr = if how == Save::Compacted { stored & SSE_STATE } else { wanted & (SSE_STATE | AVX_STATE) };
    if mxcsr != 0 {
        area::put_mxcsr(cx.cpu, &mut b);
    }
    if stored & SSE_STATE != 0 {
        area::put_xmm(cx.cpu, &mut b);
    }
    if how == Save::Compacted {
        header = Header { present: stored, compacted: wanted | 1 << 63 }.bytes();
    } else {
        let mut old = [0; 8];
        old.copy_from_slice(&header[..8]);
        let present = u64::from_le_bytes(old) & !wanted | wanted & used;
        header[..8].copy_from_slice(&present.to_le_bytes());
    }
    if stored & AVX_STATE != 0 {
        let mut upper = [0; AVX_LEN];
        area::put_avx(cx.cpu, &mut upper);
        cx.store(a.wrapping_add(AVX_AT as u64), &upper)?;
    }
    cx.store(a, &b[..416])?;
    cx.store(head, &header)?;
    DONE
}

fn xrstor(cx: &mut Cx<'_>, long: bool) -> Out {
    let a = address(cx, 64)?;
    let header = cx.load::<HEADER>(a.wrapping_add(LEGACY as u64))?;
    let header = Header::parse(&header, cx.model.xcr0()).map_err(|_| GP)?;
    let wanted = requested(cx);
    let mut b = cx.load::<LEGACY>(a)?;
    if !long {
        short_pointers(&mut b);
    }
    let upper = match wanted & header.present & AVX_STATE {
        0 => [0; AVX_LEN],
        _ => cx.load::<AVX_LEN>(a.wrapping_add(AVX_AT as u64))?,
    };
    area::xrstor_image(cx.cpu, &b, &upper, header, wanted).map_err(|_| GP)?;
    DONE
}
