//! CPUID features: iced's names for them, what uemu's processor offers, what this one has.

use iced_x86::{Code, CpuidFeature as F};
use std::collections::BTreeSet;
use uemu_cpu::CpuModel;

/// What it takes to have an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Needs {
    /// Any 64-bit processor has it, whatever CPUID says.
    Nothing,
    /// This feature, by the name `/proc/cpuinfo` has for it.
    Name(&'static str),
    /// A feature that no model of ours has.
    Foreign,
}

/// The one list of which feature is which.
fn needs(feature: F) -> Needs {
    Needs::Name(match feature {
        F::INTEL8086 | F::INTEL186 | F::INTEL286 | F::INTEL386 | F::INTEL486 | F::X64 | F::FPU287 | F::FPU387 => {
            return Needs::Nothing;
        }
        // ENDBR64 is a NOP without its feature, which says that something may act on it.
        F::CPUID | F::MSR | F::RDPMC | F::SMM | F::PAUSE | F::MULTIBYTENOP | F::CET_IBT => return Needs::Nothing,
        F::FPU => "fpu",
        F::CMOV => "cmov",
        F::CX8 => "cx8",
        F::TSC => "tsc",
        F::CLFSH => "clflush",
        F::MMX => "mmx",
        F::FXSR => "fxsr",
        F::SSE => "sse",
        F::SSE2 => "sse2",
        F::SYSCALL => "syscall",
        F::SEP => "sep",
        F::CMPXCHG16B => "cx16",
        F::POPCNT => "popcnt",
        F::SSE3 => "sse3",
        F::SSSE3 => "ssse3",
        F::SSE4_1 => "sse4_1",
        F::SSE4_2 => "sse4_2",
        F::MOVBE => "movbe",
        F::XSAVE => "xsave",
        F::XSAVEOPT => "xsaveopt",
        F::XSAVEC => "xsavec",
        F::FSGSBASE => "fsgsbase",
        F::BMI1 => "bmi1",
        F::BMI2 => "bmi2",
        F::ADX => "adx",
        F::CLFLUSHOPT => "clflushopt",
        F::CLWB => "clwb",
        F::LZCNT => "abm",
        F::PREFETCHW => "3dnowprefetch",
        F::RDTSCP => "rdtscp",
        F::AVX => "avx",
        F::AVX2 => "avx2",
        F::FMA => "fma",
        F::F16C => "f16c",
        F::AES => "aes",
        F::PCLMULQDQ => "pclmulqdq",
        F::VAES => "vaes",
        F::VPCLMULQDQ => "vpclmulqdq",
        F::GFNI => "gfni",
        F::SHA => "sha_ni",
        F::RDRAND => "rdrand",
        F::RDSEED => "rdseed",
        F::RDPID => "rdpid",
        F::SERIALIZE => "serialize",
        F::MOVDIRI => "movdiri",
        F::MOVDIR64B => "movdir64b",
        _ => return Needs::Foreign,
    })
}

/// What a set of processors has.
pub(crate) struct Features {
    ours: BTreeSet<&'static str>,
    host: BTreeSet<String>,
    /// Whether this processor is one of AMD's, where that matters.
    pub amd: bool,
}

impl Features {
    /// Uemu's largest model, and the processor this runs on.
    ///
    /// # Errors
    /// `/proc/cpuinfo` cannot be read.
    pub(crate) fn new() -> std::io::Result<Features> {
        let text = std::fs::read_to_string("/proc/cpuinfo")?;
        let line = text.lines().find_map(|l| l.strip_prefix("flags")).unwrap_or_default();
        let mut host: BTreeSet<String> = line.split_whitespace().map(str::to_owned).collect();
        // "Prescott new instructions": Linux's name for SSE3 alone differs from everyone's.
        if host.contains("pni") {
            host.insert("sse3".to_owned());
        }
        Ok(Features {
            ours: CpuModel::MAX.features().map(|f| f.name()).collect(),
            host,
            amd: text.contains("AuthenticAMD"),
        })
    }

    /// Whether uemu's processor has everything the code needs.
    pub(crate) fn offered(&self, code: Code) -> bool {
        code.cpuid_features().iter().all(|f| match needs(*f) {
            Needs::Nothing => true,
            Needs::Name(name) => self.ours.contains(name),
            Needs::Foreign => false,
        })
    }

    /// Whether a model of ours might have it one day: its features have names here.
    pub(crate) fn known(code: Code) -> bool {
        code.cpuid_features().iter().all(|f| needs(*f) != Needs::Foreign)
    }

    /// Whether this processor has.
    pub(crate) fn here(&self, code: Code) -> bool {
        code.cpuid_features().iter().all(|f| match needs(*f) {
            Needs::Name(name) => self.host.contains(name),
            _ => true,
        })
    }
}

/// The features of a code as the report names them: `AES+AVX`.
pub(crate) fn group(code: Code) -> String {
    let names: Vec<String> = code.cpuid_features().iter().map(|f| format!("{f:?}")).collect();
    names.join("+")
}
