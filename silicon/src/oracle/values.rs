//! Reproducible random values that sit where arithmetic is difficult.

/// SplitMix64.
pub(crate) struct Rng(pub(crate) u64);

/// Limits of integers.
const LIMITS: [u64; 16] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    1 << 63,
    0x8000_0000_8000_0000,
    u64::MAX,
];
/// Halves: zeros, infinities, NaNs, denormals, limits, ones.
const HALVES: [u16; 16] = [
    0, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0xfe01, 0x7c01, 0xfd00, 1, 0x8001, 0x03ff, 0x0400, 0x7bff, 0xfbff, 0x3c00,
    0xbc01,
];

const SINGLES: [u32; 28] = [
    0,
    0x8000_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0xffc0_1234,
    0x7f80_0001,
    0xffa0_0000,
    1,
    0x8000_0001,
    0x007f_ffff,
    0x807f_ffff,
    0x0080_0000,
    0x8080_0000,
    0x0080_0001,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x3f80_0000,
    0xbf80_0000,
    0x3f80_0001,
    0x3f7f_ffff,
    0x4f00_0000,
    0xcf00_0000,
    0x4eff_ffff,
    0x3f00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0x2000_0000,
];
const DOUBLES: [u64; 34] = [
    0,
    1 << 63,
    0x7ff0 << 48,
    0xfff0 << 48,
    0x7ff8 << 48,
    0xfff8_0000_1234_5678,
    0x7ff0_0000_0000_0001,
    0xfff4 << 48,
    1,
    1 << 63 | 1,
    0x000f_ffff_ffff_ffff,
    0x0010 << 48,
    0x8010 << 48,
    0x0010_0000_0000_0001,
    0x7fef_ffff_ffff_ffff,
    0xffef_ffff_ffff_ffff,
    0x3ff0 << 48,
    0xbff0 << 48,
    0x3ff0_0000_0000_0001,
    0x3fef_ffff_ffff_ffff,
    0x41df_ffff_ffc0_0000,
    0x41e0 << 48,
    0xc1e0 << 48,
    0xc1e0_0000_0010_0000,
    0x41df_ffff_ffe0_0000,
    0x43e0 << 48,
    0xc3e0 << 48,
    0x43df_ffff_ffff_ffff,
    0x3fe0 << 48,
    0x3ff8 << 48,
    0x4004 << 48,
    0x36a0 << 48,
    0x380f_ffff_ffff_ffff,
    0x47ef_ffff_f000_0000,
];

impl Rng {
    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    /// Below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    /// Whether, once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// An integer: small, at a limit, with few bits, a power of two, or any.
    pub(crate) fn integer(&mut self) -> u64 {
        match self.below(7) {
            0 => self.below(40).wrapping_sub(20),
            1 => self.pick(&LIMITS),
            2 => self.next() >> self.below(64),
            3 => (1 << self.below(64)) - self.below(2),
            _ => self.next(),
        }
    }

    /// A single.
    pub(crate) fn single(&mut self) -> u32 {
        match self.below(8) {
            0..3 => self.pick(&SINGLES),
            3 => (self.next() as u32 & 0x807f_ffff) | (self.below(40) as u32 + 107) << 23,
            4 => (self.next() as u32 & 0x807f_ffff) | (self.below(30) as u32) << 23,
            5 => ((self.below(2000) as f32 - 1000.0) / 4.0).to_bits(),
            6 => 0x3f80_0000 | self.below(8) as u32,
            _ => self.next() as u32,
        }
    }
    /// A double.
    pub(crate) fn double(&mut self) -> u64 {
        match self.below(9) {
            0..3 => self.pick(&DOUBLES),
            3 => (self.next() & 0x800f_ffff_ffff_ffff) | (self.below(120) + 970) << 52,
            4 => (self.next() & 0x800f_ffff_ffff_ffff) | self.below(60) << 52,
            5 => ((self.below(4000) as f64 - 2000.0) / 4.0).to_bits(),
            6 => (self.next() & 0x800f_ffff_ffff_ffff) | (self.below(60) + 860) << 52,
            7 => f64::from(f32::from_bits(self.single())).to_bits() ^ self.below(3),
            _ => self.next(),
        }
    }
    /// Singles, doubles, halves, small alphabets (for comparisons, strings, saturation) or any bits.
    pub(crate) fn vector(&mut self) -> u128 {
        match self.below(8) {
            0 | 1 => (0..4).fold(0, |v, _| v << 32 | u128::from(self.single())),
            2 | 3 => u128::from(self.double()) << 64 | u128::from(self.double()),
            4 => (0..16).fold(0, |v, _| v << 8 | u128::from(self.below(4))),
            5 => (0..8).fold(0, |v, _| v << 16 | u128::from(self.pick(&[0u16, 1, 0x7fff, 0x8000, 0xffff]))),
            6 => (0..8).fold(0, |v, _| v << 16 | u128::from(self.half())),
            _ => u128::from(self.next()) << 64 | u128::from(self.next()),
        }
    }
    /// MXCSR: the default, any rounding with DAZ and FTZ, or any masks too; flags clear or set.
    pub(crate) fn mxcsr(&mut self) -> u32 {
        let sticky = self.pick(&[0, 0, 0x20, 0x3f]);
        match self.below(4) {
            0 => 0x1f80 | sticky,
            1 | 2 => 0x1f80 | (self.next() as u32 & 0xe040) | sticky,
            _ => (self.next() as u32 & 0xffc0) | self.pick(&[0, 0x20]),
        }
    }

    /// A half.
    pub(crate) fn half(&mut self) -> u16 {
        if self.one_in(2) { self.pick(&HALVES) } else { self.next() as u16 }
    }

    fn significand(&mut self) -> u64 {
        match self.below(8) {
            0 => 1 << 63,
            1 => !0,
            2 => 1 << 63 | 1 << self.below(63),
            3 => !0 << self.below(64),
            4 => !0 >> self.below(64) | 1 << 63,
            _ => self.next() | 1 << 63,
        }
    }

    /// An extended double: sign and exponent, significand.
    pub(crate) fn extended(&mut self) -> (u16, u64) {
        let sign = (self.below(2) as u16) << 15;
        let s = self.significand();
        let (e, s) = match self.below(24) {
            0 => (0, 0),
            1 => (0, s >> self.below(64)),
            2 => (0, s),
            3 => (0x7fff, 1 << 63),
            4 => (0x7fff, s),
            5 => (0x7fff, s | 3 << 62),
            6 => (0x7fff, s & !(1 << 62) | 1),
            7 => (self.below(0x8000) as u16, s & !(1 << 63)),
            8 => (self.below(70) as u16 + 1, s),
            9 => (0x7ffe - self.below(70) as u16, s),
            10 => (self.pick(&[0x3f81, 0x3f6a, 0x407e, 0x3c01, 0x3bcd, 0x43fe, 0x4000]) + self.below(3) as u16 - 1, s),
            11 => (self.below(0x7fff) as u16, s),
            12 => (0x3fff, 1 << 63),
            13 => (0x3ffe + self.below(20) as u16, s & !0 << (63 - self.below(20))),
            14..=17 => (0x3fff - 70 + self.below(140) as u16, s),
            _ => (0x3fff - 6 + self.below(12) as u16, s),
        };
        (sign | e, s)
    }
}
