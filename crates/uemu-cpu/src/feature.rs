//! The features a processor model may offer, and the CPUID bits that say so.

/// One of CPUID's answers' four registers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reg {
    Ebx,
    Ecx,
    Edx,
    Eax,
}

/// Where CPUID says that a feature is there: leaf, subleaf, register, bit.
pub(crate) type Bit = (u32, u32, Reg, u8);

/// A feature: its name, as /proc/cpuinfo has it but for SSE3's, and the CPUID bits that say so.
pub(crate) struct Declared {
    pub(crate) name: &'static str,
    pub(crate) bits: &'static [Bit],
    pub(crate) level: Level,
}

/// The lowest microarchitecture level (System V ABI for x86-64, 3.1.1) that has a feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    /// The baseline, and what any 64-bit processor has: cannot be taken away.
    V1,
    V2,
    V3,
    /// No level below x86-64-v4, or none at all.
    Beyond,
}

macro_rules! features {
    ($($(#[$doc:meta])* $id:ident = $name:literal $level:ident [$($leaf:literal:$sub:literal:$reg:ident:$bit:literal),+];)*) => {
        /// A feature that a model may offer.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Feature { $($(#[$doc])* $id),* }
        pub(crate) const ALL: &[Feature] = &[$(Feature::$id),*];
        pub(crate) const DECLARED: &[Declared] =
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
    /// AVX
    Avx = "avx" V3 [1:0:Ecx:28];
    /// AVX2
    Avx2 = "avx2" V3 [7:0:Ebx:5];
    /// FMA
    Fma = "fma" V3 [1:0:Ecx:12];
    /// VCVTPH2PS and VCVTPS2PH
    F16c = "f16c" V3 [1:0:Ecx:29];
    /// MOVBE
    Movbe = "movbe" V3 [1:0:Ecx:22];
    /// XSAVE, switched on by the system (OSXSAVE)
    Xsave = "xsave" V3 [1:0:Ecx:26, 1:0:Ecx:27];
    /// XSAVEOPT
    Xsaveopt = "xsaveopt" Beyond [0xd:1:Eax:0];
    /// XSAVEC
    Xsavec = "xsavec" Beyond [0xd:1:Eax:1];
    /// XGETBV with ECX = 1
    Xgetbv1 = "xgetbv1" Beyond [0xd:1:Eax:2];
    /// RDFSBASE and friends
    Fsgsbase = "fsgsbase" Beyond [7:0:Ebx:0];
    /// BMI1
    Bmi1 = "bmi1" V3 [7:0:Ebx:3];
    /// BMI2
    Bmi2 = "bmi2" V3 [7:0:Ebx:8];
    /// REP MOVSB and STOSB are the fast way to copy and fill: here they work by the page
    Erms = "erms" Beyond [7:0:Ebx:9];
    /// ADCX and ADOX
    Adx = "adx" Beyond [7:0:Ebx:19];
    /// RDRAND
    Rdrand = "rdrand" Beyond [1:0:Ecx:30];
    /// RDSEED
    Rdseed = "rdseed" Beyond [7:0:Ebx:18];
    /// AESENC and friends
    Aes = "aes" Beyond [1:0:Ecx:25];
    /// VAESENC and friends on YMM registers
    Vaes = "vaes" Beyond [7:0:Ecx:9];
    /// PCLMULQDQ
    Pclmulqdq = "pclmulqdq" Beyond [1:0:Ecx:1];
    /// VPCLMULQDQ on YMM registers
    Vpclmulqdq = "vpclmulqdq" Beyond [7:0:Ecx:10];
    /// GF2P8MULB and friends
    Gfni = "gfni" Beyond [7:0:Ecx:8];
    /// SHA1RNDS4, SHA256RNDS2 and friends
    Sha = "sha_ni" Beyond [7:0:Ebx:29];
    /// CLFLUSHOPT
    Clflushopt = "clflushopt" Beyond [7:0:Ebx:23];
    /// CLWB
    Clwb = "clwb" Beyond [7:0:Ebx:24];
    /// LZCNT
    Abm = "abm" V3 [0x8000_0001:0:Ecx:5];
    /// PREFETCHW
    Prefetchw = "3dnowprefetch" Beyond [0x8000_0001:0:Ecx:8];
    /// RDTSCP
    Rdtscp = "rdtscp" Beyond [0x8000_0001:0:Edx:27];
    /// RDPID
    Rdpid = "rdpid" Beyond [7:0:Ecx:22];
    /// MOVDIRI
    Movdiri = "movdiri" Beyond [7:0:Ecx:27];
    /// MOVDIR64B
    Movdir64b = "movdir64b" Beyond [7:0:Ecx:28];
    /// SERIALIZE
    Serialize = "serialize" Beyond [7:0:Edx:14];
    /// SGDT, SIDT, SLDT, STR and SMSW are the system's to answer, and tell nothing
    Umip = "umip" Beyond [7:0:Ecx:2];
}

impl Feature {
    /// The name, as `--cpu` has it.
    pub fn name(self) -> &'static str {
        DECLARED[self as usize].name
    }

    pub(crate) fn by_name(name: &str) -> Option<Feature> {
        ALL.iter().copied().find(|f| f.name() == name)
    }

    /// Whether no model goes without it.
    pub(crate) fn required(self) -> bool {
        DECLARED[self as usize].level == Level::V1
    }

    /// The name in /proc/cpuinfo, which has SSE3's from before it had one.
    pub(crate) fn linux_name(self) -> &'static str {
        if self == Feature::Sse3 { "pni" } else { self.name() }
    }

    /// Its place in /proc/cpuinfo: Linux's number for the register of its first CPUID bit, and the bit.
    pub(crate) fn linux_order(self) -> (u32, u8) {
        let (leaf, _, reg, bit) = DECLARED[self as usize].bits[0];
        let word = match (leaf, reg) {
            (1, Reg::Edx) => 0,
            (0x8000_0001, Reg::Edx) => 1,
            (0x8000_0007, _) => 3,
            (1, _) => 4,
            (0x8000_0001, _) => 6,
            (7, Reg::Ebx) => 9,
            (0xd, _) => 10,
            (7, Reg::Ecx) => 16,
            _ => 18,
        };
        (word, bit)
    }

    /// What it makes no sense without.
    pub(crate) fn needs(self) -> &'static [Feature] {
        use Feature::*;
        match self {
            Ssse3 => &[Sse3],
            Sse41 => &[Ssse3],
            Sse42 => &[Sse41],
            Xsaveopt | Xsavec | Xgetbv1 => &[Xsave],
            Avx => &[Xsave],
            Avx2 | Fma | F16c => &[Avx],
            Vaes => &[Aes, Avx],
            Vpclmulqdq => &[Pclmulqdq, Avx],
            _ => &[],
        }
    }
}
