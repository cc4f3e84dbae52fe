//! CPUID models: what the processor claims to be, which is exactly what is implemented.

/// What CPUID answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuModel {}

impl CpuModel {
    /// x86-64-v1 and what else is complete.
    pub const MAX: CpuModel = CpuModel {};

    /// EAX, EBX, ECX, EDX for a leaf and subleaf (SDM vol. 2A, CPUID).
    pub fn cpuid(&self, _leaf: u32, _subleaf: u32) -> [u32; 4] {
        [0; 4]
    }
}
