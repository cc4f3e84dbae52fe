//! The floating-point state of a signal frame: an XSAVE image with Linux's `_fpx_sw_bytes` in its reserved bytes, of the
//! components the processor model has. A processor without XSAVE leaves FXSAVE's image, and nothing in those bytes.

use uemu_abi::plain::Scalar;
use uemu_cpu::save_area::{self as area, AVX_AT, AVX_LEN, HEADER, Header, LEGACY, SSE_STATE, X87_STATE};
use uemu_cpu::{CpuModel, CpuState};
use uemu_mem::{AddressSpace, GuestAddr};

/// `_fpx_sw_bytes` within the legacy area: magic1, extended_size, xfeatures, xstate_size.
const SW_BYTES: usize = 464;
const MAGIC1: u32 = 0x4650_5853;
const MAGIC2: u32 = 0x4650_5845;
/// Bytes of MAGIC2, which follows the XSAVE area.
const MAGIC2_LEN: usize = 4;

/// What every processor has.
const FP_SSE: u64 = X87_STATE | SSE_STATE;

/// Bytes of the image, MAGIC2 included.
pub(crate) fn size(model: &CpuModel) -> usize {
    match model.xcr0() {
        0 => LEGACY,
        xcr0 => area::size(xcr0) + MAGIC2_LEN,
    }
}

/// The image, MAGIC2 included.
pub(crate) fn save(cpu: &CpuState, model: &CpuModel) -> Vec<u8> {
    let mut b = area::fxsave_image(cpu).to_vec();
    let xcr0 = model.xcr0();
    if xcr0 == 0 {
        return b;
    }
    // Linux says that x87 and SSE are there even when they are initial, for programs that look at nothing else.
    let present = area::in_use(cpu) & xcr0 | FP_SSE;
    b.extend_from_slice(&Header { present, compacted: 0 }.bytes());
    b.resize(size(model), 0);
    if let Some(upper) = b.get_mut(AVX_AT..AVX_AT + AVX_LEN).and_then(|b| b.as_mut_array()) {
        area::put_avx(cpu, upper);
    }
    let end = area::size(xcr0);
    MAGIC1.put(&mut b, SW_BYTES);
    (size(model) as u32).put(&mut b, SW_BYTES + 4);
    xcr0.put(&mut b, SW_BYTES + 8);
    (end as u32).put(&mut b, SW_BYTES + 16);
    MAGIC2.put(&mut b, end);
    b
}

/// Reads an image back. `None` when it cannot be read, or the processor would refuse it.
pub(crate) fn restore(cpu: &mut CpuState, model: &CpuModel, mem: &mut AddressSpace, at: GuestAddr) -> Option<()> {
    let xcr0 = model.xcr0();
    let mut legacy = [0; LEGACY];
    mem.read(at, &mut legacy).ok()?;
    match extended(&legacy, xcr0, mem, at)? {
        Some(wanted) => {
            let mut header = [0; HEADER];
            mem.read(at.wrapping_add(LEGACY as u64), &mut header).ok()?;
            let header = Header::parse(&header, xcr0).ok()?;
            let mut upper = [0; AVX_LEN];
            if wanted & header.present & area::AVX_STATE != 0 {
                mem.read(at.wrapping_add(AVX_AT as u64), &mut upper).ok()?;
            }
            let aligned = at.0.is_multiple_of(64);
            if !aligned {
                return None;
            }
            area::initialise(cpu, xcr0 & !wanted);
            area::xrstor_image(cpu, &legacy, &upper, header, wanted).ok()
        }
        None if at.0.is_multiple_of(16) => {
            area::initialise(cpu, xcr0 & !FP_SSE);
            area::fxrstor_image(cpu, &legacy).ok()
        }
        None => None,
    }
}

/// The components that the image at `at` claims to hold beyond the legacy area's; the inner `None` if the frame is one
/// of FXSAVE's, the outer if it cannot be read.
fn extended(legacy: &[u8; LEGACY], xcr0: u64, mem: &mut AddressSpace, at: GuestAddr) -> Option<Option<u64>> {
    let (extended_size, size) = (u32::get(legacy, SW_BYTES + 4), u32::get(legacy, SW_BYTES + 16));
    let sane = (LEGACY + HEADER..=area::size(xcr0)).contains(&(size as usize)) && size <= extended_size;
    if xcr0 == 0 || u32::get(legacy, SW_BYTES) != MAGIC1 || !sane {
        return Some(None);
    }
    let mut magic2 = [0; MAGIC2_LEN];
    mem.read(at.wrapping_add(u64::from(size)), &mut magic2).ok()?;
    Some((u32::get(&magic2, 0) == MAGIC2).then(|| u64::get(legacy, SW_BYTES + 8) & xcr0))
}
