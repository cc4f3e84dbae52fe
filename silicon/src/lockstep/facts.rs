//! What an instruction is about to touch, and how far both sides must agree about it.

use crate::flags::{arithmetic, leaves_nothing_defined, undefined};
use iced_x86::{
    CpuidFeature as C, Instruction, InstructionInfoFactory, Mnemonic as M, OpAccess, OpKind, Register, UsedMemory,
};
use uemu_cpu::{CpuState, Flags, Gpr};

/// Bytes of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub addr: u64,
    pub len: usize,
}

impl Span {
    pub(crate) fn overlaps(self, addr: u64, len: usize) -> bool {
        self.addr < addr.saturating_add(len as u64) && addr < self.addr.saturating_add(self.len as u64)
    }
}

/// How an instruction is executed on both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// By each, and they must agree.
    Both,
    /// By each, and they must agree within bounds (see `tolerance`).
    Loose,
    /// Natively alone, by the kernel; uemu follows.
    Syscall,
    /// What the processor says of itself: both get the answer of uemu's model.
    Model,
    /// Natively alone, since its result is another each time or on each machine; uemu takes it.
    Native,
}

/// An instruction about to be executed.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub way: Way,
    pub reads: Vec<Span>,
    pub writes: Vec<Span>,
    /// Arithmetic flags it reads.
    pub flags_read: u64,
    /// Arithmetic flags it may change.
    pub flags_written: u64,
    /// Arithmetic flags it leaves undefined.
    pub undefined: u64,
    /// Whether it may touch vector registers, MXCSR or the x87 unit.
    pub extended: bool,
}

/// Most bytes of a string that are looked at: longer ones end in a fault, or are compared at the next system call.
const LONGEST: u64 = 1 << 26;

impl Facts {
    /// The facts of `insn` in the state before it.
    pub(crate) fn of(insn: &Instruction, cpu: &CpuState, factory: &mut InstructionInfoFactory) -> Facts {
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for memory in factory.info(insn).used_memory() {
            use OpAccess::*;
            let (read, write) = match memory.access() {
                Read | CondRead => (true, false),
                Write | CondWrite => (false, true),
                ReadWrite | ReadCondWrite => (true, true),
                None | NoMemAccess => continue,
            };
            for span in spans(insn, memory, cpu) {
                reads.extend(read.then_some(span));
                writes.extend(write.then_some(span));
            }
        }
        Facts {
            way: way(insn, cpu),
            reads,
            writes,
            flags_read: arithmetic(insn.rflags_read()),
            flags_written: arithmetic(insn.rflags_modified()),
            undefined: undefined(insn, cpu),
            extended: insn.cpuid_features().iter().any(|f| !is_integer(*f)),
        }
    }
}

fn way(insn: &Instruction, cpu: &CpuState) -> Way {
    use M::*;
    match insn.mnemonic() {
        Syscall => Way::Syscall,
        Cpuid => Way::Model,
        Xgetbv if cpu.get(Gpr::Rcx) as u32 == 0 => Way::Model,
        // Among them LSL: the limit of Linux's per-processor segment says which processor it is.
        Xgetbv | Rdtsc | Rdtscp | Rdrand | Rdseed | Rdpid | Lsl => Way::Native,
        // Which components count as in use is the implementation's (SDM vol. 1, 13.6).
        Xsave | Xsave64 | Xsaveopt | Xsaveopt64 | Xsavec | Xsavec64 => Way::Native,
        // The kernel answers these in the processor's stead (UMIP).
        Sgdt | Sidt | Sldt | Str | Smsw => Way::Native,
        // By more than the operand's width, the result is undefined.
        _ if leaves_nothing_defined(insn, cpu) => Way::Native,
        _ if super::tolerance::applies(insn) => Way::Loose,
        _ => Way::Both,
    }
}

/// Whether a feature's instructions use general-purpose registers alone.
fn is_integer(feature: C) -> bool {
    use C::*;
    matches!(
        feature,
        INTEL8086
            | INTEL186
            | INTEL286
            | INTEL386
            | INTEL486
            | X64
            | CMOV
            | CX8
            | CMPXCHG16B
            | BMI1
            | BMI2
            | ADX
            | LZCNT
            | POPCNT
            | MOVBE
            | MULTIBYTENOP
            | PAUSE
            | CET_IBT
            | CET_SS
            | SYSCALL
            | CPUID
            | TSC
            | RDTSCP
            | RDRAND
            | RDSEED
            | RDPID
            | FSGSBASE
            | CLFSH
            | CLFLUSHOPT
            | CLWB
            | PREFETCHW
    )
}

/// Where a memory operand lies, each element of a gather by itself.
fn spans(insn: &Instruction, memory: &UsedMemory, cpu: &CpuState) -> Vec<Span> {
    // Of repeated strings iced does not know how many elements there are.
    let len = match memory.memory_size().size() {
        0 => insn.memory_size().size(),
        n => n,
    };
    let elements = match memory.vsib_size() {
        0 => 1,
        // VSIB: as many as the index register and the destination have room for.
        size => (memory.index().size() / size as usize).min(insn.op0_register().size() / len.max(1)),
    };
    let at = |element| memory.virtual_address(element, |register, index, size| value(cpu, register, index, size));
    let mut out: Vec<Span> = (0..elements).filter_map(at).map(|addr| Span { addr, len }).collect();
    match insn.mnemonic() {
        M::Bt | M::Bts | M::Btr | M::Btc if insn.op1_kind() == OpKind::Register => {
            // The register counts bits from the operand's start on, in either direction.
            let bits = 8 * len as i64;
            let offset = match len {
                2 => i64::from(register(cpu, insn.op1_register()) as i16),
                4 => i64::from(register(cpu, insn.op1_register()) as i32),
                _ => register(cpu, insn.op1_register()) as i64,
            };
            for span in &mut out {
                span.addr = span.addr.wrapping_add((offset.div_euclid(bits.max(1)) * len as i64) as u64);
            }
        }
        _ if insn.is_string_instruction() && (insn.has_rep_prefix() || insn.has_repne_prefix()) => {
            let n = repetitions(insn, cpu).min(LONGEST / len.max(1) as u64);
            let down = cpu.flags.control & Flags::DF != 0;
            out.retain(|_| n != 0);
            for span in &mut out {
                if down {
                    span.addr = span.addr.wrapping_sub((n - 1).wrapping_mul(len as u64));
                }
                span.len = n as usize * len;
            }
        }
        M::Xsave | M::Xsave64 | M::Xsaveopt | M::Xsaveopt64 | M::Xsavec | M::Xsavec64 => {
            for span in &mut out {
                span.len = 4096;
            }
        }
        _ => {}
    }
    out
}

/// How often a repeated string instruction is repeated at most.
pub(crate) fn repetitions(insn: &Instruction, cpu: &CpuState) -> u64 {
    let short = (0..insn.op_count()).any(|n| matches!(insn.op_kind(n), OpKind::MemorySegESI | OpKind::MemoryESEDI));
    if short { cpu.get(Gpr::Rcx) as u32 as u64 } else { cpu.get(Gpr::Rcx) }
}

/// A register's value for an address; for a vector of indices, one element's.
fn value(cpu: &CpuState, r: Register, element: usize, element_size: usize) -> Option<u64> {
    Some(match r {
        Register::FS => cpu.fs_base,
        Register::GS => cpu.gs_base,
        _ if r.is_segment_register() => 0,
        _ if r.is_vector_register() => {
            let words = &cpu.vector.get(r.number())?.0;
            let at = element * element_size;
            let word = words.get(at / 8)? >> (8 * (at % 8));
            if element_size == 4 { word as u32 as u64 } else { word }
        }
        _ if r.is_gpr() => register(cpu, r),
        _ => 0,
    })
}

fn register(cpu: &CpuState, r: Register) -> u64 {
    // `number()` of SPL..DIL counts on from BH; the full register's does not.
    let full = cpu.gpr.get(r.full_register().number()).copied().unwrap_or(0);
    match r.size() {
        8 => full,
        4 => full as u32 as u64,
        2 => full as u16 as u64,
        _ => full as u8 as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced_x86::{Decoder, DecoderOptions};

    fn facts(code: &[u8], cpu: &CpuState) -> Facts {
        let insn = Decoder::with_ip(64, code, 0x1000, DecoderOptions::NONE).decode();
        Facts::of(&insn, cpu, &mut InstructionInfoFactory::new())
    }

    #[test]
    fn memory_is_found_where_it_is() {
        let mut cpu = CpuState::new();
        cpu.set(Gpr::Rsp, 0x8000);
        cpu.set(Gpr::Rdi, 0x2000);
        cpu.set(Gpr::Rcx, 5);
        cpu.fs_base = 0x7000;
        let writes =
            |code: &[u8], cpu: &CpuState| facts(code, cpu).writes.iter().map(|s| (s.addr, s.len)).collect::<Vec<_>>();
        assert_eq!(writes(&[0x50], &cpu), [(0x7ff8, 8)], "push rax");
        assert_eq!(writes(&[0x64, 0x89, 0x04, 0x25, 8, 0, 0, 0], &cpu), [(0x7008, 4)], "mov fs:[8], eax");
        assert_eq!(writes(&[0xf3, 0xab], &cpu), [(0x2000, 20)], "rep stosd");
        assert_eq!(writes(&[0x0f, 0xab, 0x07], &cpu), [(0x2000, 4)], "bts [rdi], eax");
        cpu.set(Gpr::Rax, -1_i64 as u64);
        assert_eq!(writes(&[0x48, 0x0f, 0xab, 0x07], &cpu), [(0x1ff8, 8)], "bts [rdi], rax");
        cpu.flags.control |= Flags::DF;
        assert_eq!(writes(&[0xf3, 0xab], &cpu), [(0x1ff0, 20)], "rep stosd, downwards");
        cpu.set(Gpr::Rcx, 0);
        assert!(writes(&[0xf3, 0xab], &cpu).is_empty(), "rep stosd of nothing");
        cpu.vector[1].0 = [0x10_0000_0004, 0, 0, 0, 0, 0, 0, 0];
        let gather = facts(&[0xc4, 0xe2, 0x69, 0x90, 0x04, 0x0f], &cpu);
        let at: Vec<u64> = gather.reads.iter().map(|s| s.addr).collect();
        assert_eq!(at, [0x2004, 0x2010, 0x2000, 0x2000], "vpgatherdd xmm0, [rdi+xmm1], xmm2");
    }

    #[test]
    fn flags_of_shifts_depend_on_the_count() {
        let mut cpu = CpuState::new();
        let undefined = |code: &[u8], cpu: &CpuState| facts(code, cpu).undefined;
        assert_eq!(undefined(&[0xd3, 0xe0], &cpu), 0, "shl eax, 0");
        cpu.set(Gpr::Rcx, 1);
        assert_eq!(undefined(&[0xd3, 0xe0], &cpu), Flags::AF, "shl eax, 1");
        cpu.set(Gpr::Rcx, 9);
        assert_eq!(undefined(&[0xd2, 0xe0], &cpu), Flags::AF | Flags::OF | Flags::CF, "shl al, 9");
    }

    #[test]
    fn what_cannot_agree_is_known() {
        let cpu = CpuState::new();
        assert_eq!(facts(&[0x0f, 0xa2], &cpu).way, Way::Model);
        assert_eq!(facts(&[0x0f, 0x31], &cpu).way, Way::Native);
        assert_eq!(facts(&[0xd9, 0xfe], &cpu).way, Way::Loose, "fsin");
        let plain = facts(&[0x48, 0x01, 0xd8], &cpu);
        assert!(plain.way == Way::Both && !plain.extended);
        assert!(facts(&[0xd9, 0x3f], &cpu).extended, "fnstcw [rdi]");
    }
}
