//! CPUID models: what the processor claims to be, which is exactly what is implemented.
//!
//! Vendor, family and model are those of an Intel Westmere, for libraries that choose by them: glibc reads an Intel
//! processor's cache sizes, and takes unaligned vector copies on this model, where for an unknown vendor it
//! computes thresholds from sizes it does not have. The brand string says whose processor it is.

use crate::save_area;
use std::fmt;

/// One of CPUID's answers' four registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reg {
    Ebx,
    Ecx,
    Edx,
    Eax,
}

/// A feature: its name as `/proc/cpuinfo` has it, and the CPUID bits that say so.
struct Declared {
    name: &'static str,
    bits: &'static [(u32, u32, Reg, u8)],
    level: Level,
}

/// The lowest microarchitecture level (System V ABI for x86-64, 3.1.1) that has a feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Level {
    /// The baseline, and what any 64-bit processor has: cannot be taken away.
    V1,
    V2,
    /// No level of ours: complete, but part of a level that is not.
    Beyond,
}

macro_rules! features {
    ($($(#[$doc:meta])* $id:ident = $name:literal $level:ident [$($leaf:literal:$sub:literal:$reg:ident:$bit:literal),+];)*) => {
        /// A feature that a model may offer.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Feature { $($(#[$doc])* $id),* }
        const ALL: &[Feature] = &[$(Feature::$id),*];
        const DECLARED: &[Declared] =
            &[$(Declared { name: $name, bits: &[$(($leaf, $sub, Reg::$reg, $bit)),+], level: Level::$level }),*];
    };
}
features! {
    /// x87 floating point.
    Fpu = "fpu" V1 [1:0:Edx:0];
    /// RDTSC
    Tsc = "tsc" V1 [1:0:Edx:4];
    /// CMPXCHG8B
    Cx8 = "cx8" V1 [1:0:Edx:8];
    /// CMOVcc, FCMOVcc, FCOMI
    Cmov = "cmov" V1 [1:0:Edx:15];
    /// CLFLUSH
    Clflush = "clflush" V1 [1:0:Edx:19];
    /// MMX
    Mmx = "mmx" V1 [1:0:Edx:23];
    /// FXSAVE and FXRSTOR
    Fxsr = "fxsr" V1 [1:0:Edx:24];
    /// SSE
    Sse = "sse" V1 [1:0:Edx:25];
    /// SSE2
    Sse2 = "sse2" V1 [1:0:Edx:26];
    /// SYSCALL
    Syscall = "syscall" V1 [0x8000_0001:0:Edx:11];
    /// No-execute pages
    Nx = "nx" V1 [0x8000_0001:0:Edx:20];
    /// Long mode
    Lm = "lm" V1 [0x8000_0001:0:Edx:29];
    /// The time-stamp counter's rate is constant
    ConstantTsc = "constant_tsc" V1 [0x8000_0007:0:Edx:8];
    /// CMPXCHG16B
    Cx16 = "cx16" V2 [1:0:Ecx:13];
    /// LAHF and SAHF in 64-bit mode
    LahfLm = "lahf_lm" V2 [0x8000_0001:0:Ecx:0];
    /// POPCNT
    Popcnt = "popcnt" V2 [1:0:Ecx:23];
    /// SSE3
    Sse3 = "sse3" V2 [1:0:Ecx:0];
    /// SSSE3
    Ssse3 = "ssse3" V2 [1:0:Ecx:9];
    /// SSE4.1
    Sse41 = "sse4_1" V2 [1:0:Ecx:19];
    /// SSE4.2
    Sse42 = "sse4_2" V2 [1:0:Ecx:20];
    /// MOVBE
    Movbe = "movbe" Beyond [1:0:Ecx:22];
    /// XSAVE, switched on by the system (OSXSAVE)
    Xsave = "xsave" Beyond [1:0:Ecx:26, 1:0:Ecx:27];
    /// XSAVEOPT
    Xsaveopt = "xsaveopt" Beyond [0xd:1:Eax:0];
    /// XSAVEC
    Xsavec = "xsavec" Beyond [0xd:1:Eax:1];
    /// RDFSBASE and friends
    Fsgsbase = "fsgsbase" Beyond [7:0:Ebx:0];
    /// BMI1
    Bmi1 = "bmi1" Beyond [7:0:Ebx:3];
    /// BMI2
    Bmi2 = "bmi2" Beyond [7:0:Ebx:8];
    /// REP MOVSB and STOSB are the fast way to copy and fill: here they work by the page
    Erms = "erms" Beyond [7:0:Ebx:9];
    /// ADCX and ADOX
    Adx = "adx" Beyond [7:0:Ebx:19];
    /// CLFLUSHOPT
    Clflushopt = "clflushopt" Beyond [7:0:Ebx:23];
    /// CLWB
    Clwb = "clwb" Beyond [7:0:Ebx:24];
    /// LZCNT
    Abm = "abm" Beyond [0x8000_0001:0:Ecx:5];
    /// PREFETCHW
    Prefetchw = "3dnowprefetch" Beyond [0x8000_0001:0:Ecx:8];
    /// RDTSCP
    Rdtscp = "rdtscp" Beyond [0x8000_0001:0:Edx:27];
}

impl Feature {
    /// The name, as /proc/cpuinfo and `--cpu` have it.
    pub fn name(self) -> &'static str {
        DECLARED[self as usize].name
    }

    fn by_name(name: &str) -> Option<Feature> {
        ALL.iter().copied().find(|f| f.name() == name)
    }

    fn required(self) -> bool {
        DECLARED[self as usize].level == Level::V1
    }

    /// What it makes no sense without.
    fn needs(self) -> &'static [Feature] {
        match self {
            Feature::Ssse3 => &[Feature::Sse3],
            Feature::Sse41 => &[Feature::Ssse3],
            Feature::Sse42 => &[Feature::Sse41],
            Feature::Xsaveopt | Feature::Xsavec => &[Feature::Xsave],
            _ => &[],
        }
    }
}

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
const MODELS: [(&str, CpuModel); 3] =
    [("x86-64-v1", CpuModel::of(Level::V1)), ("x86-64-v2", CpuModel::of(Level::V2)), ("max", CpuModel::MAX)];

/// The highest basic leaf.
const MAX_LEAF: u32 = 0xd;
/// The highest extended leaf.
const MAX_EXTENDED: u32 = 0x8000_0008;
/// Family 6, model 0x2c, stepping 2.
const SIGNATURE: u32 = 0x0002_06c2;
const VENDOR: &[u8; 12] = b"GenuineIntel";
/// Padded with NULs to three leaves.
const BRAND: &[u8; 48] = b"uemu virtual x86-64 processor\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// Bytes of a cache line.
const LINE: u32 = 64;

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

    /// A model from `x86-64-v1`, `x86-64-v2` or `max`, followed by any number of `,+feature` and `,-feature`.
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
                model.features |= 1 << feature as u64;
            } else if feature.required() {
                return Err(BadCpu(format!("CPU feature '{name}' cannot be taken away: x86-64-v1 has it")));
            } else {
                model.features &= !(1 << feature as u64);
            }
        }
        for f in model.features() {
            if let Some(missing) = f.needs().iter().find(|n| !model.has(**n)) {
                return Err(BadCpu(format!("CPU feature '{}' needs '{}'", f.name(), missing.name())));
            }
        }
        Ok(model)
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

    /// EAX, EBX, ECX, EDX for a leaf and subleaf (SDM vol. 2A, CPUID). Leaves beyond the highest answer zeros.
    pub fn cpuid(&self, leaf: u32, subleaf: u32) -> [u32; 4] {
        let word = |b: &[u8], i: usize| u32::from_le_bytes([b[4 * i], b[4 * i + 1], b[4 * i + 2], b[4 * i + 3]]);
        let bit = |reg| self.bits(leaf, subleaf, reg);
        match leaf {
            0 => [MAX_LEAF, word(VENDOR, 0), word(VENDOR, 2), word(VENDOR, 1)],
            // EBX: one logical processor, and CLFLUSH's line in units of eight bytes.
            1 => [SIGNATURE, 1 << 16 | (LINE / 8) << 8, self.bits(1, 0, Reg::Ecx), self.bits(1, 0, Reg::Edx)],
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
            0xd if self.has(Feature::Xsave) => {
                let size = save_area::xsave_size() as u32;
                match subleaf {
                    0 => [save_area::XCR0 as u32, size, size, (save_area::XCR0 >> 32) as u32],
                    1 => [bit(Reg::Eax), if self.has(Feature::Xsavec) { size } else { 0 }, 0, 0],
                    _ => [0; 4],
                }
            }
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
            // 48 bits of linear address, 40 of physical.
            0x8000_0008 => [48 << 8 | 40, 0, 0, 0],
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
        assert_eq!(m.cpuid(0xd, 0), [3, 576, 576, 0]);
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
        let less = CpuModel::parse("max,-erms,-sse4_2").unwrap();
        assert!(!less.has(Feature::Erms) && !less.has(Feature::Sse42) && less.has(Feature::Sse41));
        assert_eq!(less.cpuid(7, 0)[1] & 1 << 9, 0);
    }

    #[test]
    fn bad_names_are_explained() {
        let why = |t| CpuModel::parse(t).unwrap_err().to_string();
        assert!(why("pentium").contains("x86-64-v1, x86-64-v2, max"));
        assert!(why("").contains("''"));
        assert!(why("max,+avx512f").contains("bmi2"));
        assert!(why("max,popcnt").contains("'+' or '-'"));
        assert!(why("max,").contains("'+' or '-'"));
        assert!(why("max,-sse2").contains("cannot be taken away"));
        assert!(why("max,-sse3").contains("needs 'sse3'"));
    }
}
