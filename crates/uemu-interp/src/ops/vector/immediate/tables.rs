//! Shuffle controls and masks by immediate.

/// A control byte that makes a zero.
const NONE: u8 = 0x80;

/// Lanes of `width` bytes chosen by two bits of the index each, from lane `first` on; other bytes stay.
const fn shuffles(width: usize, first: usize) -> [[u8; 16]; 256] {
    let mut out = [[0; 16]; 256];
    let mut imm = 0;
    while imm < 256 {
        let mut i = 0;
        while i < 16 {
            let lane = i / width;
            let at = if lane < first || lane >= first + 4 {
                i
            } else {
                (first + (imm >> (2 * (lane - first)) & 3)) * width + i % width
            };
            out[imm][i] = at as u8;
            i += 1;
        }
        imm += 1;
    }
    out
}

/// All ones in the lanes of `width` bytes whose bit is set.
const fn masks<const N: usize>(width: usize) -> [[u8; 16]; N] {
    let mut out = [[0; 16]; N];
    let mut imm = 0;
    while imm < N {
        let mut i = 0;
        while i < 16 {
            if imm >> (i / width) & 1 != 0 {
                out[imm][i] = 0xff;
            }
            i += 1;
        }
        imm += 1;
    }
    out
}

/// PSHUFD's choices as byte shuffles.
pub(super) static DWORDS: [[u8; 16]; 256] = shuffles(4, 0);
/// PSHUFLW's.
pub(super) static LOW_WORDS: [[u8; 16]; 256] = shuffles(2, 0);
/// PSHUFHW's.
pub(super) static HIGH_WORDS: [[u8; 16]; 256] = shuffles(2, 4);
/// PBLENDW's choices as masks.
pub(super) static WORD_MASKS: [[u8; 16]; 256] = masks(2);
/// The same of dwords.
pub(super) static DWORD_MASKS: [[u8; 16]; 16] = masks(4);

/// What moves bytes down by `n` within a register, by `n`: from the low register, and from the high one.
static WINDOWS: [([u8; 16], [u8; 16]); 64] = {
    let mut out = [([NONE; 16], [NONE; 16]); 64];
    let mut n = 0;
    while n < 32 {
        let mut i = 0;
        while i < 16 {
            let from = i + n;
            if from < 16 {
                out[n].0[i] = from as u8;
            } else if from < 32 {
                out[n].1[i] = from as u8 - 16;
            }
            i += 1;
        }
        n += 1;
    }
    out
};

/// The byte shuffles of PALIGNR: of the low register and of the high one.
#[inline(always)]
pub(super) fn window(n: u8) -> (&'static [u8; 16], &'static [u8; 16]) {
    let (low, high) = &WINDOWS[n as usize & 63];
    (low, high)
}
