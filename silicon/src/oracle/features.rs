//! CPUID features: what uemu's processor offers, and what this one has.

use iced_x86::Code;
use std::collections::BTreeSet;
use uemu_cpu::CpuModel;
use uemu_interp::{Requirement, requirement};

/// Uemu's largest model and the processor this runs on.
pub(crate) struct Features {
    model: CpuModel,
    host: BTreeSet<String>,
    /// Whether this processor is one of AMD's, where that matters.
    pub amd: bool,
}

impl Features {
    /// Looks at both.
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
        Ok(Features { model: CpuModel::MAX, host, amd: text.contains("AuthenticAMD") })
    }

    /// Whether uemu's processor has everything the code needs. Endbr64 is a NOP without its feature, which says only that
    /// something may act on it.
    pub(crate) fn offered(&self, code: Code) -> bool {
        needs(code).all(|r| match r {
            Requirement::Nothing => true,
            Requirement::Feature(f) => self.model.has(f),
            Requirement::Absent => false,
        }) || matches!(code, Code::Endbr64 | Code::Endbr32)
    }

    /// Whether this processor has it.
    pub(crate) fn here(&self, code: Code) -> bool {
        needs(code).all(|r| match r {
            Requirement::Feature(f) => self.host.contains(f.name()),
            _ => true,
        })
    }
}

fn needs(code: Code) -> impl Iterator<Item = Requirement> {
    code.cpuid_features().iter().map(|f| requirement(*f))
}

/// The features of a code as the report names them: `AES+AVX`.
pub(crate) fn group(code: Code) -> String {
    let names: Vec<String> = code.cpuid_features().iter().map(|f| format!("{f:?}")).collect();
    names.join("+")
}
