//! Which processor models have an instruction, decided when it is decoded.

use iced_x86::{Code, CpuidFeature, Instruction};
use uemu_cpu::{CpuModel, Feature};

/// What a model must offer for one of iced's CPUID features.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Nothing: every 64-bit processor has it.
    Nothing,
    /// This feature.
    Feature(Feature),
    /// uemu does not have it, whatever the model.
    Absent,
}

/// What `feature` asks of a model.
pub fn requirement(feature: CpuidFeature) -> Requirement {
    use CpuidFeature as C;
    use Feature as F;
    Requirement::Feature(match feature {
        C::INTEL8086
        | C::INTEL186
        | C::INTEL286
        | C::INTEL386
        | C::INTEL486
        | C::X64
        | C::CPUID
        | C::FPU287
        | C::FPU387
        | C::MSR
        | C::MULTIBYTENOP
        | C::PAUSE
        | C::RDPMC
        | C::SMM => return Requirement::Nothing,
        C::FPU => F::Fpu,
        C::TSC => F::Tsc,
        C::CX8 => F::Cx8,
        C::CMOV => F::Cmov,
        C::CLFSH => F::Clflush,
        C::MMX => F::Mmx,
        C::FXSR => F::Fxsr,
        C::SSE => F::Sse,
        C::SSE2 => F::Sse2,
        C::SYSCALL => F::Syscall,
        C::CMPXCHG16B => F::Cx16,
        C::POPCNT => F::Popcnt,
        C::SSE3 => F::Sse3,
        C::SSSE3 => F::Ssse3,
        C::SSE4_1 => F::Sse41,
        C::SSE4_2 => F::Sse42,
        C::AVX => F::Avx,
        C::AVX2 => F::Avx2,
        C::FMA => F::Fma,
        C::F16C => F::F16c,
        C::BMI1 => F::Bmi1,
        C::BMI2 => F::Bmi2,
        C::LZCNT => F::Abm,
        C::MOVBE => F::Movbe,
        C::XSAVE => F::Xsave,
        C::XSAVEOPT => F::Xsaveopt,
        C::XSAVEC => F::Xsavec,
        C::FSGSBASE => F::Fsgsbase,
        C::ADX => F::Adx,
        C::CLFLUSHOPT => F::Clflushopt,
        C::CLWB => F::Clwb,
        C::PREFETCHW => F::Prefetchw,
        C::RDTSCP => F::Rdtscp,
        C::RDRAND => F::Rdrand,
        C::RDSEED => F::Rdseed,
        C::RDPID => F::Rdpid,
        C::AES => F::Aes,
        C::VAES => F::Vaes,
        C::PCLMULQDQ => F::Pclmulqdq,
        C::VPCLMULQDQ => F::Vpclmulqdq,
        C::GFNI => F::Gfni,
        C::SHA => F::Sha,
        C::MOVDIRI => F::Movdiri,
        C::MOVDIR64B => F::Movdir64b,
        C::SERIALIZE => F::Serialize,
        _ => return Requirement::Absent,
    })
}

/// Whether a model offers all the features that an instruction belongs to.
pub fn offered(model: &CpuModel, insn: &Instruction) -> bool {
    insn.cpuid_features().iter().all(|&f| match requirement(f) {
        Requirement::Nothing => true,
        Requirement::Feature(f) => model.has(f),
        Requirement::Absent => false,
    })
}

/// What a processor without the instruction's features makes of its bytes, if not #UD.
fn older(code: Code) -> Option<Code> {
    use Code::*;
    Some(match code {
        // An older processor ignores the prefix that makes the difference.
        Lzcnt_r16_rm16 => Bsr_r16_rm16,
        Lzcnt_r32_rm32 => Bsr_r32_rm32,
        Lzcnt_r64_rm64 => Bsr_r64_rm64,
        Tzcnt_r16_rm16 => Bsf_r16_rm16,
        Tzcnt_r32_rm32 => Bsf_r32_rm32,
        Tzcnt_r64_rm64 => Bsf_r64_rm64,
        Wbnoinvd => Wbinvd,
        // Hints in what were NOPs before (SDM vol. 2, table A-3), and NOPs where shadow stacks are off.
        Endbr32 | Endbr64 | Rdsspd_r32 | Rdsspq_r64 | Cldemote_m8 | Prefetch_m8 | Prefetchw_m8 | Prefetchwt1_m8
        | Prefetchreserved3_m8 | Prefetchreserved4_m8 | Prefetchreserved5_m8 | Prefetchreserved6_m8
        | Prefetchreserved7_m8 | Prefetchit0_m8 | Prefetchit1_m8 => code,
        _ => return None,
    })
}

/// The instruction as a processor of this model sees it: itself, what older processors took its bytes for, or an item of
/// data (DB), which no handler executes.
pub(crate) fn seen_by(model: &CpuModel, mut insn: Instruction) -> Instruction {
    if !insn.is_invalid() && !offered(model, &insn) {
        insn.set_code(older(insn.code()).unwrap_or(Code::DeclareByte));
    }
    insn
}
