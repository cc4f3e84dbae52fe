//! The images FXSAVE and XSAVE leave in memory (SDM vol. 1, 10.5 and 13.4): instructions and signal frames share them.
//!
//! Which components there are is XCR0's to say, and that [`crate::CpuModel::xcr0`]'s.

use crate::{CpuState, Mxcsr, X87};

/// Bytes of the legacy region.
pub const LEGACY: usize = 512;
/// Bytes of the XSAVE header that follows it.
pub const HEADER: usize = 64;
/// Component 0: the x87 unit.
pub const X87_STATE: u64 = 1;
/// Component 1: XMM registers and MXCSR.
pub const SSE_STATE: u64 = 2;
/// Component 2: the upper halves of YMM registers.
pub const AVX_STATE: u64 = 4;
/// Where component 2 lies. It is the first of the extended ones, and so lies there in the compacted format too.
pub const AVX_AT: usize = LEGACY + HEADER;
/// Bytes of component 2.
pub const AVX_LEN: usize = 256;
/// Bytes of the largest XSAVE area.
pub const MAX_SIZE: usize = AVX_AT + AVX_LEN;

/// Bytes of an XSAVE area for these components, in either format.
pub const fn size(components: u64) -> usize {
    if components & AVX_STATE != 0 { MAX_SIZE } else { LEGACY + HEADER }
}

/// Why an image was refused: #GP for the instruction, SIGSEGV for a signal frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadImage;

/// The image of FXSAVE64.
pub fn fxsave_image(cpu: &CpuState) -> [u8; LEGACY] {
    let mut b = [0; LEGACY];
    put_x87(cpu, &mut b);
    put_mxcsr(cpu, &mut b);
    put_xmm(cpu, &mut b);
    b
}

/// Loads an image of FXSAVE64. Nothing changes if reserved bits of MXCSR are set.
pub fn fxrstor_image(cpu: &mut CpuState, b: &[u8; LEGACY]) -> Result<(), BadImage> {
    let mxcsr = mxcsr_of(b)?;
    get_x87(cpu, b);
    get_xmm(cpu, b);
    cpu.mxcsr = mxcsr;
    Ok(())
}

/// Components of `cpu` that are not in their initial state (XINUSE).
pub fn in_use(cpu: &CpuState) -> u64 {
    let sse = cpu.vector[..16].iter().any(|v| v.0[0] | v.0[1] != 0);
    let avx = cpu.vector[..16].iter().any(|v| v.0[2] | v.0[3] != 0);
    let bit = |is: bool, component| if is { component } else { 0 };
    bit(cpu.x87 != X87::INIT, X87_STATE) | bit(sse, SSE_STATE) | bit(avx, AVX_STATE)
}

/// The x87 part of the legacy region: words, pointers of 64 bits, registers from ST(0).
pub fn put_x87(cpu: &CpuState, b: &mut [u8; LEGACY]) {
    let x = &cpu.x87;
    b[0..2].copy_from_slice(&x.control.to_le_bytes());
    b[2..4].copy_from_slice(&(x.status | u16::from(x.top & 7) << 11).to_le_bytes());
    b[4] = x.in_use;
    b[5] = 0;
    b[6..8].copy_from_slice(&x.opcode.to_le_bytes());
    b[8..16].copy_from_slice(&x.instruction.to_le_bytes());
    b[16..24].copy_from_slice(&x.operand.to_le_bytes());
    for i in 0..8 {
        let n = (usize::from(x.top) + i) & 7;
        let at = 32 + 16 * i;
        b[at..at + 8].copy_from_slice(&x.significand[n].to_le_bytes());
        b[at + 8..at + 10].copy_from_slice(&x.sign_exponent[n].to_le_bytes());
        b[at + 10..at + 16].fill(0);
    }
}

/// MXCSR and its mask.
pub fn put_mxcsr(cpu: &CpuState, b: &mut [u8; LEGACY]) {
    b[24..28].copy_from_slice(&cpu.mxcsr.0.to_le_bytes());
    b[28..32].copy_from_slice(&Mxcsr::VALID.to_le_bytes());
}

/// XMM0 to XMM15.
pub fn put_xmm(cpu: &CpuState, b: &mut [u8; LEGACY]) {
    for (v, to) in cpu.vector.iter().take(16).zip(b[160..416].chunks_exact_mut(16)) {
        to[..8].copy_from_slice(&v.0[0].to_le_bytes());
        to[8..].copy_from_slice(&v.0[1].to_le_bytes());
    }
}

/// Bits 255 to 128 of YMM0 to YMM15.
pub fn put_avx(cpu: &CpuState, b: &mut [u8; AVX_LEN]) {
    for (v, to) in cpu.vector.iter().take(16).zip(b.chunks_exact_mut(16)) {
        to[..8].copy_from_slice(&v.0[2].to_le_bytes());
        to[8..].copy_from_slice(&v.0[3].to_le_bytes());
    }
}

/// Loads what [`put_avx`] wrote.
pub fn get_avx(cpu: &mut CpuState, b: &[u8; AVX_LEN]) {
    for (v, from) in cpu.vector.iter_mut().take(16).zip(b.chunks_exact(16)) {
        v.0[2] = u64::from_le_bytes(word(from, 0));
        v.0[3] = u64::from_le_bytes(word(from, 8));
    }
}

fn word<const N: usize>(b: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|i| b.get(at + i).copied().unwrap_or(0))
}

/// Loads what [`put_x87`] wrote. ES and B follow from the exception bits and masks.
pub fn get_x87(cpu: &mut CpuState, b: &[u8; LEGACY]) {
    let x = &mut cpu.x87;
    let status = u16::from_le_bytes(word(b, 2));
    x.control = u16::from_le_bytes(word(b, 0)) & 0x1f7f | 0x40;
    x.top = (status >> 11 & 7) as u8;
    x.status = status & !(7 << 11 | 0x8080);
    if status & !x.control & 0x3f != 0 {
        x.status |= 0x8080;
    }
    x.in_use = b[4];
    x.opcode = u16::from_le_bytes(word(b, 6)) & 0x7ff;
    x.instruction = u64::from_le_bytes(word(b, 8));
    x.operand = u64::from_le_bytes(word(b, 16));
    for i in 0..8 {
        let n = (usize::from(x.top) + i) & 7;
        x.significand[n] = u64::from_le_bytes(word(b, 32 + 16 * i));
        x.sign_exponent[n] = u16::from_le_bytes(word(b, 40 + 16 * i));
    }
}

/// Loads what [`put_xmm`] wrote; the registers' upper parts stay.
pub fn get_xmm(cpu: &mut CpuState, b: &[u8; LEGACY]) {
    for (v, from) in cpu.vector.iter_mut().take(16).zip(b[160..416].chunks_exact(16)) {
        v.0[0] = u64::from_le_bytes(word(from, 0));
        v.0[1] = u64::from_le_bytes(word(from, 8));
    }
}

/// MXCSR of an image, if its reserved bits are clear.
pub fn mxcsr_of(b: &[u8; LEGACY]) -> Result<Mxcsr, BadImage> {
    let v = u32::from_le_bytes(word(b, 24));
    if v & !Mxcsr::VALID != 0 { Err(BadImage) } else { Ok(Mxcsr(v)) }
}

/// The header of an XSAVE area.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// XSTATE_BV: components that are not in their initial state.
    pub present: u64,
    /// XCOMP_BV: bit 63 and the components laid out, in compacted format; zero in standard format.
    pub compacted: u64,
}

impl Header {
    /// Checks a header as XRSTOR does where XCR0 is `xcr0` (SDM vol. 1, 13.8.1).
    pub fn parse(b: &[u8; HEADER], xcr0: u64) -> Result<Header, BadImage> {
        let present = u64::from_le_bytes(word(b, 0));
        let compacted = u64::from_le_bytes(word(b, 8));
        let layout = compacted & !(1 << 63);
        let bad = if compacted >> 63 != 0 {
            layout & !xcr0 != 0 || present & !layout != 0 || b[16..].iter().any(|v| *v != 0)
        } else {
            compacted != 0 || present & !xcr0 != 0 || b[16..24].iter().any(|v| *v != 0)
        };
        if bad { Err(BadImage) } else { Ok(Header { present, compacted }) }
    }

    /// The bytes of the header.
    pub fn bytes(self) -> [u8; HEADER] {
        let mut b = [0; HEADER];
        b[..8].copy_from_slice(&self.present.to_le_bytes());
        b[8..16].copy_from_slice(&self.compacted.to_le_bytes());
        b
    }
}

/// Loads the components in `wanted`, which XCR0 has, as XRSTOR does: those that are not present become initial.
/// `avx` counts if the header says that it is present.
///
/// # Errors
/// Reserved bits of MXCSR are set. Nothing has changed then.
pub fn xrstor_image(
    cpu: &mut CpuState,
    legacy: &[u8; LEGACY],
    avx: &[u8; AVX_LEN],
    header: Header,
    wanted: u64,
) -> Result<(), BadImage> {
    let take = wanted & header.present;
    let mxcsr = if header.compacted == 0 {
        // The standard format's MXCSR counts whether or not the registers are there, and belongs to AVX too.
        if wanted & (SSE_STATE | AVX_STATE) != 0 { mxcsr_of(legacy)? } else { cpu.mxcsr }
    } else if take & SSE_STATE != 0 {
        mxcsr_of(legacy)?
    } else if wanted & SSE_STATE != 0 {
        Mxcsr::DEFAULT
    } else {
        cpu.mxcsr
    };
    if take & X87_STATE != 0 {
        get_x87(cpu, legacy);
    } else if wanted & X87_STATE != 0 {
        cpu.x87 = X87::INIT;
    }
    if take & SSE_STATE != 0 {
        get_xmm(cpu, legacy);
    } else if wanted & SSE_STATE != 0 {
        get_xmm(cpu, &[0; LEGACY]);
    }
    if take & AVX_STATE != 0 {
        get_avx(cpu, avx);
    } else if wanted & AVX_STATE != 0 {
        get_avx(cpu, &[0; AVX_LEN]);
    }
    cpu.mxcsr = mxcsr;
    Ok(())
}

/// Puts the components in `wanted` into their initial state, MXCSR with SSE's.
pub fn initialise(cpu: &mut CpuState, wanted: u64) {
    // The compacted format with nothing present says just that.
    let header = Header { present: 0, compacted: 1 << 63 };
    let done = xrstor_image(cpu, &[0; LEGACY], &[0; AVX_LEN], header, wanted);
    debug_assert_eq!(done, Ok(()), "nothing is read");
}
