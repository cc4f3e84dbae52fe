//! CPUID models: what the processor claims to be, which is exactly what is implemented.
//!
//! Vendor, family and model are those of Intel processors, for libraries that choose by them: glibc reads an Intel
//! processor's cache sizes, and takes unaligned vector copies on these models, where for an unknown vendor it
//! computes thresholds from sizes it does not have. With AVX2 it is a Haswell, the first model that had it: libraries
//! pick their AVX2 code for it and nothing that came later. Without, it is a Westmere, which had no AVX.
//! The brand string says whose processor it is.

use crate::feature::{ALL, DECLARED, Feature, Level, Reg};
use crate::save_area::{self, AVX_STATE, SSE_STATE, X87_STATE};
use std::fmt;

/// What CPUID answers: a set of features.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuModel {
    features: u64,
}

/// A `--cpu` text that names no model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadCpu(String);

impl fmt::Display for BadCpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for BadCpu {}

/// Models by name.
const MODELS: [(&str, CpuModel); 4] = [
    ("x86-64-v1", CpuModel::of(Level::V1)),
    ("x86-64-v2", CpuModel::of(Level::V2)),
    ("x86-64-v3", CpuModel::of(Level::V3)),
    ("max", CpuModel::MAX),
];

/// The highest basic leaf.
pub const MAX_LEAF: u32 = 0xd;
/// The highest extended leaf.
const MAX_EXTENDED: u32 = 0x8000_0008;
/// Family 6, model 0x2c, stepping 2: Westmere.
const WITHOUT_AVX2: u32 = 0x0002_06c2;
/// Family 6, model 0x3c, stepping 3: Haswell.
const WITH_AVX2: u32 = 0x0003_06c3;
/// The vendor leaf 0 names.
pub const VENDOR: &str = "GenuineIntel";
/// Who made the processor: the brand string of leaves 0x80000002 to 0x80000004.
pub const BRAND: &str = "uemu virtual x86-64 processor";
/// Bytes of a cache line.
pub const LINE: u32 = 64;
/// Bits of a physical address.
pub const PHYSICAL_BITS: u32 = 40;
/// Bits of a linear address.
pub const LINEAR_BITS: u32 = 48;

/// A cache as leaf 4 describes it: type (1 data, 2 instructions, 3 both), level, ways, sets.
const CACHES: [(u32, u32, u32, u32); 4] = [(1, 1, 8, 64), (2, 1, 4, 128), (3, 2, 8, 512), (3, 3, 16, 8192)];

impl CpuModel {
    /// Everything that is implemented.
    pub const MAX: CpuModel = CpuModel::of(Level::Beyond);

    const fn of(level: Level) -> CpuModel {
        let (mut features, mut i) = (0, 0);
        while i < DECLARED.len() {
            if DECLARED[i].level as u8 <= level as u8 {
                features |= 1 << i;
            }
            i += 1;
        }
        CpuModel { features }
    }

    /// A model from `x86-64-v1`, `x86-64-v2`, `x86-64-v3` or `max`, followed by any number of `,+feature` and `,-feature`: with a
    /// feature comes what it makes no sense without, and goes what makes no sense without it.
    ///
    /// # Errors
    /// Says what is wrong and which names there are.
    pub fn parse(text: &str) -> Result<CpuModel, BadCpu> {
        let mut parts = text.split(',');
        let base = parts.next().unwrap_or_default();
        let Some(&(_, mut model)) = MODELS.iter().find(|(name, _)| *name == base) else {
            let names: Vec<&str> = MODELS.iter().map(|(name, _)| *name).collect();
            return Err(BadCpu(format!("no CPU model is called '{base}'; there are {}", names.join(", "))));
        };
        for part in parts {
            let (on, name) = match part.split_at_checked(1) {
                Some(("+", name)) => (true, name),
                Some(("-", name)) => (false, name),
                _ => return Err(BadCpu(format!("CPU feature '{part}' must begin with '+' or '-'"))),
            };
            let Some(feature) = Feature::by_name(name) else {
                let names: Vec<&str> = ALL.iter().filter(|f| !f.required()).map(|f| f.name()).collect();
                return Err(BadCpu(format!(
                    "no CPU feature that uemu implements is called '{name}'; there are {}",
                    names.join(", ")
                )));
            };
            if on {
                model.add(feature);
            } else if feature.required() {
                return Err(BadCpu(format!("CPU feature '{name}' cannot be taken away: x86-64-v1 has it")));
            } else {
                model.remove(feature);
            }
        }
        Ok(model)
    }

    /// Offers a feature, and what it makes no sense without.
    fn add(&mut self, feature: Feature) {
        self.features |= 1 << feature as u64;
        for &f in feature.needs() {
            self.add(f);
        }
    }

    /// Takes a feature away, and what makes no sense without it.
    fn remove(&mut self, feature: Feature) {
        self.features &= !(1 << feature as u64);
        for &f in ALL {
            if self.has(f) && f.needs().contains(&feature) {
                self.remove(f);
            }
        }
    }

    /// Whether a feature is offered.
    pub fn has(&self, feature: Feature) -> bool {
        self.features >> feature as u64 & 1 != 0
    }

    /// The features offered, in the order of their declaration.
    pub fn features(&self) -> impl Iterator<Item = Feature> {
        let all = *self;
        ALL.iter().copied().filter(move |f| all.has(*f))
    }

    /// XCR0: the state components that XSAVE and signal frames hold (SDM vol. 1, 13.3); zero without XSAVE.
    pub fn xcr0(&self) -> u64 {
        let avx = if self.has(Feature::Avx) { AVX_STATE } else { 0 };
        if self.has(Feature::Xsave) { X87_STATE | SSE_STATE | avx } else { 0 }
    }

    /// Family, model and stepping, as /proc/cpuinfo has them.
    pub fn identity(&self) -> (u32, u32, u32) {
        let s = self.signature();
        (s >> 8 & 0xf, (s >> 12 & 0xf0) | (s >> 4 & 0xf), s & 0xf)
    }

    /// CPUID.1:EAX: type, family, model and stepping.
    fn signature(&self) -> u32 {
        if self.has(Feature::Avx2) { WITH_AVX2 } else { WITHOUT_AVX2 }
    }

    /// The features in the order and by the names of /proc/cpuinfo's `flags`.
    pub fn flags(&self) -> Vec<&'static str> {
        let mut all: Vec<Feature> = self.features().collect();
        all.sort_by_key(|f| f.linux_order());
        all.into_iter().map(Feature::linux_name).collect()
    }

    /// Bytes of the last level of cache.
    pub fn cache_size(&self) -> u32 {
        let (_, _, ways, sets) = CACHES[3];
        ways * sets * LINE
    }

    /// EAX, EBX, ECX, EDX for a leaf and subleaf (SDM vol. 2A, CPUID). Leaves beyond the highest answer zeros.
    pub fn cpuid(&self, leaf: u32, subleaf: u32) -> [u32; 4] {
        // Four bytes of a text, which NULs follow.
        let word = |text: &str, i: usize| {
            let b = text.as_bytes();
            u32::from_le_bytes([0, 1, 2, 3].map(|k| b.get(4 * i + k).copied().unwrap_or(0)))
        };
        let bit = |reg| self.bits(leaf, subleaf, reg);
        match leaf {
            0 => [MAX_LEAF, word(VENDOR, 0), word(VENDOR, 2), word(VENDOR, 1)],
            // EBX: one logical processor, and CLFLUSH's line in units of eight bytes.
            1 => [self.signature(), 1 << 16 | (LINE / 8) << 8, self.bits(1, 0, Reg::Ecx), self.bits(1, 0, Reg::Edx)],
            // One descriptor of each kind: prefetches of a line (0xf0), and "see leaf 4" (0xff).
            2 => [0x00fe_ff01, 0xf0, 0, 0],
            4 => match CACHES.get(subleaf as usize) {
                Some((kind, level, ways, sets)) => [
                    // Self-initialising, not shared.
                    kind | level << 5 | 1 << 8,
                    (LINE - 1) | (ways - 1) << 22,
                    sets - 1,
                    0,
                ],
                None => [0; 4],
            },
            7 if subleaf == 0 => [0, bit(Reg::Ebx), bit(Reg::Ecx), bit(Reg::Edx)],
            // One thread in the core, one core in the package; then a level of type "invalid" (SDM vol. 2A, leaf 0BH).
            0xb => match subleaf {
                0 | 1 => [0, 1, (subleaf + 1) << 8 | subleaf, 0],
                _ => [0, 0, subleaf & 0xff, 0],
            },
            0xd => self.xsave_leaf(subleaf),
            0x8000_0000 => [MAX_EXTENDED, 0, 0, 0],
            0x8000_0001 => [0, 0, self.bits(leaf, 0, Reg::Ecx), self.bits(leaf, 0, Reg::Edx)],
            0x8000_0002..=0x8000_0004 => {
                let at = (leaf - 0x8000_0002) as usize * 4;
                [0, 1, 2, 3].map(|i| word(BRAND, at + i))
            }
            // L2: size in KiB, associativity code 6 (8 ways), line.
            0x8000_0006 => {
                let (_, _, ways, sets) = CACHES[2];
                [0, 0, (ways * sets * LINE / 1024) << 16 | 6 << 12 | LINE, 0]
            }
            0x8000_0007 => [0, 0, 0, self.bits(leaf, 0, Reg::Edx)],
            0x8000_0008 => [LINEAR_BITS << 8 | PHYSICAL_BITS, 0, 0, 0],
            _ => [0; 4],
        }
    }

    /// Leaf 0DH: components, sizes and offsets of the XSAVE area, all of them switched on.
    fn xsave_leaf(&self, subleaf: u32) -> [u32; 4] {
        let xcr0 = self.xcr0();
        if xcr0 == 0 {
            return [0; 4];
        }
        let size = save_area::size(xcr0) as u32;
        match subleaf {
            0 => [xcr0 as u32, size, size, (xcr0 >> 32) as u32],
            // The compacted format's size is the same: the one component that can be left out is the last.
            1 => [self.bits(0xd, 1, Reg::Eax), if self.has(Feature::Xsavec) { size } else { 0 }, 0, 0],
            2 if xcr0 & AVX_STATE != 0 => [save_area::AVX_LEN as u32, save_area::AVX_AT as u32, 0, 0],
            _ => [0; 4],
        }
    }

    /// The feature bits of one register of an answer.
    fn bits(&self, leaf: u32, subleaf: u32, reg: Reg) -> u32 {
        self.features()
            .flat_map(|f| DECLARED[f as usize].bits)
            .filter(|(l, s, r, _)| (*l, *s, *r) == (leaf, subleaf, reg))
            .fold(0, |bits, (.., b)| bits | 1 << b)
    }
}

impl Default for CpuModel {
    fn default() -> Self {
        Self::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_says_what_it_is() {
        let m = CpuModel::MAX;
        let [max, b, c, d] = m.cpuid(0, 0);
        let vendor: Vec<u8> = [b, d, c].iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!((max, vendor.as_slice()), (0xd, &b"GenuineIntel"[..]));
        let brand: Vec<u8> =
            (0x8000_0002..=0x8000_0004u32).flat_map(|l| m.cpuid(l, 0)).flat_map(u32::to_le_bytes).collect();
        assert!(brand.starts_with(b"uemu virtual"));
        // FPU TSC CX8 CMOV CLFSH MMX FXSR SSE SSE2
        assert_eq!(m.cpuid(1, 0)[3], 0x0788_8111);
        assert_eq!(m.cpuid(0x8000_0001, 0)[3], 0x2810_0800);
        assert_eq!(m.cpuid(u32::MAX, 0), [0; 4]);
    }

    #[test]
    fn caches_have_sane_sizes() {
        let sizes: Vec<u32> = (0..4)
            .map(|i| CpuModel::MAX.cpuid(4, i))
            .map(|[_, b, c, _]| ((b >> 22) + 1) * ((b & 0xfff) + 1) * (c + 1))
            .collect();
        assert_eq!(sizes, [32 << 10, 32 << 10, 256 << 10, 8 << 20]);
        assert_eq!(CpuModel::MAX.cpuid(4, 4)[0] & 31, 0);
    }

    #[test]
    fn names_make_models() {
        let v1 = CpuModel::parse("x86-64-v1").unwrap();
        assert_eq!(v1.cpuid(1, 0)[2], 0);
        assert_eq!(v1.cpuid(0xd, 0), [0; 4]);
        assert_eq!(CpuModel::parse("max").unwrap(), CpuModel::MAX);
        assert!(CpuModel::parse("x86-64-v1,+popcnt").unwrap().has(Feature::Popcnt));
        let v3 = CpuModel::parse("x86-64-v3").unwrap();
        assert!(v3.has(Feature::Fma) && v3.has(Feature::Abm) && !v3.has(Feature::Aes));
        assert_eq!((v3.identity(), v1.identity()), ((6, 0x3c, 3), (6, 0x2c, 2)));
        let less = CpuModel::parse("max,-erms,-sse4_2").unwrap();
        assert!(!less.has(Feature::Erms) && !less.has(Feature::Sse42) && less.has(Feature::Sse41));
        assert_eq!(less.cpuid(7, 0)[1] & 1 << 9, 0);
    }

    #[test]
    fn features_come_and_go_with_what_they_need() {
        let [none, some] = ["max,-xsave", "x86-64-v1,+vaes"].map(|t| CpuModel::parse(t).unwrap());
        for f in [Feature::Xsave, Feature::Xsavec, Feature::Avx, Feature::Avx2, Feature::Fma, Feature::Vpclmulqdq] {
            assert!(!none.has(f), "{f:?}");
        }
        assert!(none.has(Feature::Aes) && none.has(Feature::Sha) && none.has(Feature::Bmi2));
        for f in [Feature::Vaes, Feature::Aes, Feature::Avx, Feature::Xsave] {
            assert!(some.has(f), "{f:?}");
        }
        assert!(!some.has(Feature::Avx2));
    }

    #[test]
    fn save_area_sizes_follow_the_components() {
        let leaf = |t, sub| CpuModel::parse(t).unwrap().cpuid(0xd, sub);
        assert_eq!(leaf("x86-64-v2", 0), [0; 4]);
        assert_eq!(leaf("x86-64-v2,+xsave", 0), [3, 576, 576, 0]);
        assert_eq!(
            [0, 1, 2, 3].map(|s| leaf("x86-64-v3", s)),
            [[7, 832, 832, 0], [0, 0, 0, 0], [256, 576, 0, 0], [0; 4]]
        );
        assert_eq!(leaf("max", 1), [7, 832, 0, 0]);
        assert_eq!(leaf("max,-avx", 2), [0; 4]);
    }

    #[test]
    fn bad_names_are_explained() {
        let why = |t| CpuModel::parse(t).unwrap_err().to_string();
        assert!(why("pentium").contains("x86-64-v1, x86-64-v2, x86-64-v3, max"));
        assert!(why("").contains("''"));
        assert!(why("max,+avx512f").contains("bmi2"));
        assert!(why("max,popcnt").contains("'+' or '-'"));
        assert!(why("max,").contains("'+' or '-'"));
        assert!(why("max,-sse2").contains("cannot be taken away"));
    }
}
