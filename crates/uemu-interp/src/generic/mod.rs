//! The generic step: every instruction, straight from its iced-x86 form, correct before fast.
//!
//! One folder entry a family. A family's `execute` returns `None` for a mnemonic that is not its own.
//! Rules for handlers:
//! - no architectural effect before the last access that can fault (check writes of a read-modify-write
//!   with [`Cx::check_write`] before reading), so that a fault leaves registers and memory as they were;
//! - REP string instructions are the exception: they commit iteration by iteration;
//! - `cx.cpu.rip` is left alone: the caller moves it by the returned [`Flow`].

mod align;
mod condition;
mod control;
pub mod float;
mod integer;
mod segment;
mod stack_fault;
mod string;
mod system;
mod umip;
mod vector;
pub(crate) mod x87;

use iced_x86::{Instruction, Mnemonic, OpKind, Register};
use uemu_cpu::{CpuModel, CpuState, Exception, Flags};
use uemu_mem::{AddressSpace, GuestAddr, MemFault};

/// Where execution goes after an instruction that retired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// To the instruction that follows.
    Next,
    /// To this address.
    Jump(u64),
    /// To the kernel; then to the instruction that follows.
    Syscall,
    /// To the machine for the time-stamp counter; then to the instruction that follows.
    ReadTsc,
    /// As `ReadTsc`, for RDTSCP.
    ReadTscp,
    /// To the machine for random bytes in a register; then to the instruction that follows.
    ReadRandom {
        /// Index of the general-purpose register.
        register: u8,
        /// How many bytes of it.
        bytes: u8,
    },
    /// A trap: the exception is raised after the instruction (INT3, INT1, INT 4).
    Trap(Exception),
}

/// Why an instruction did not retire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Memory refused.
    Fault(MemFault),
    /// An exception.
    Exception(Exception),
}

impl From<MemFault> for Stop {
    fn from(f: MemFault) -> Stop {
        Stop::Fault(f)
    }
}
impl From<Exception> for Stop {
    fn from(e: Exception) -> Stop {
        Stop::Exception(e)
    }
}

/// What a handler returns.
pub type Outcome = Result<Flow, Stop>;

/// The instruction being executed and what it may touch.
pub struct Cx<'a> {
    /// The processor.
    pub cpu: &'a mut CpuState,
    /// The memory.
    pub mem: &'a mut AddressSpace,
    /// The instruction, decoded at `cpu.rip`.
    pub insn: &'a Instruction,
    /// What CPUID answers.
    pub model: &'a CpuModel,
}

/// Executes one instruction. On `Ok` the caller moves RIP; on `Err` nothing has happened (see the module's rules).
pub fn execute(cx: &mut Cx<'_>) -> Outcome {
    if cx.cpu.flags.control & Flags::AC != 0 {
        align::check(cx)?;
    }
    match dispatch(cx) {
        Err(Stop::Fault(fault)) => Err(stack_fault::stop(cx, fault)),
        out => out,
    }
}

/// Whether the single-step trap that is due after the instruction waits for the next: after a load of SS, so that
/// RSP can be loaded with it (SDM vol. 3A, 6.8.3).
pub(crate) fn delays_trap(insn: &Instruction) -> bool {
    insn.mnemonic() == Mnemonic::Mov && insn.op0_kind() == OpKind::Register && insn.op0_register() == Register::SS
}

fn dispatch(cx: &mut Cx<'_>) -> Outcome {
    // In the order of how often programs use them; strings before SSE, as MOVSD and CMPSD are the names of both.
    let families = [
        integer::execute,
        control::execute,
        system::execute,
        string::execute,
        vector::execute,
        x87::execute,
        segment::execute,
        umip::execute,
    ];
    for family in families {
        if let Some(out) = family(cx) {
            return out;
        }
    }
    Err(Exception::InvalidOpcode { unimplemented: true }.into())
}

impl Cx<'_> {
    /// Sign- or zero-free value of a general-purpose register operand, zero-extended to 64 bits.
    pub fn reg(&self, r: Register) -> u64 {
        let full = self.cpu.gpr[gpr_index(r)];
        match r.size() {
            8 => full,
            4 => full as u32 as u64,
            2 => full as u16 as u64,
            _ if is_high_byte(r) => (full >> 8) as u8 as u64,
            _ => full as u8 as u64,
        }
    }

    /// Writes a general-purpose register as the architecture does: 32-bit writes clear the upper half,
    /// 8- and 16-bit writes keep the rest.
    pub fn set_reg(&mut self, r: Register, value: u64) {
        let slot = &mut self.cpu.gpr[gpr_index(r)];
        *slot = match r.size() {
            8 => value,
            4 => value as u32 as u64,
            2 => (*slot & !0xffff) | (value as u16 as u64),
            _ if is_high_byte(r) => (*slot & !0xff00) | ((value as u8 as u64) << 8),
            _ => (*slot & !0xff) | (value as u8 as u64),
        };
    }

    /// The linear address of the instruction's memory operand (segment base, address size and RIP-relative
    /// forms included).
    pub fn ea(&self) -> u64 {
        self.offset().wrapping_add(self.segment_base(self.insn.memory_segment()))
    }

    /// The linear address `extra` bytes beyond the memory operand (wrapping as its address size does).
    pub fn ea_plus(&self, extra: u64) -> u64 {
        let i = self.insn;
        let (base, index) = (i.memory_base(), i.memory_index());
        let bare = base == Register::None && index == Register::None;
        let short = base.size() == 4 || index.size() == 4 || bare && i.memory_displ_size() == 4;
        let offset = self.offset().wrapping_add(extra);
        let offset = if short { offset as u32 as u64 } else { offset };
        offset.wrapping_add(self.segment_base(i.memory_segment()))
    }

    /// The effective address without the segment base (what LEA gives).
    pub fn offset(&self) -> u64 {
        let i = self.insn;
        let mut a = i.memory_displacement64();
        let (base, index) = (i.memory_base(), i.memory_index());
        // iced folds RIP into the displacement of RIP-relative operands.
        let address_32 = base.size() == 4 || index.size() == 4;
        if base != Register::None && !base.is_ip() {
            a = a.wrapping_add(self.reg(base));
        }
        if index != Register::None {
            a = a.wrapping_add(self.reg(index).wrapping_mul(i.memory_index_scale() as u64));
        }
        if address_32 || base == Register::EIP { a as u32 as u64 } else { a }
    }

    /// The base of a segment register: zero but for FS and GS.
    pub fn segment_base(&self, segment: Register) -> u64 {
        match segment {
            Register::FS => self.cpu.fs_base,
            Register::GS => self.cpu.gs_base,
            _ => 0,
        }
    }

    /// Reads `N` bytes of memory.
    pub fn load<const N: usize>(&mut self, addr: u64) -> Result<[u8; N], Stop> {
        let mut b = [0; N];
        self.mem.read(GuestAddr(addr), &mut b)?;
        Ok(b)
    }

    /// Writes bytes to memory, all or none.
    pub fn store(&mut self, addr: u64, bytes: &[u8]) -> Result<(), Stop> {
        Ok(self.mem.write(GuestAddr(addr), bytes)?)
    }

    /// Faults if the bytes cannot be written.
    pub fn check_write(&mut self, addr: u64, len: u64) -> Result<(), Stop> {
        Ok(self.mem.check_write(GuestAddr(addr), len)?)
    }

    /// Reads 1, 2, 4 or 8 bytes, zero-extended.
    pub fn load_uint(&mut self, addr: u64, bytes: usize) -> Result<u64, Stop> {
        let mut b = [0; 8];
        self.mem.read(GuestAddr(addr), &mut b[..bytes])?;
        Ok(u64::from_le_bytes(b))
    }

    /// Writes the low 1, 2, 4 or 8 bytes.
    pub fn store_uint(&mut self, addr: u64, bytes: usize, value: u64) -> Result<(), Stop> {
        self.store(addr, &value.to_le_bytes()[..bytes])
    }

    /// Bytes of operand `n`: the register's, the memory access's, or the immediate's extended size.
    pub fn operand_size(&self, n: u32) -> usize {
        match self.insn.op_kind(n) {
            OpKind::Register => self.insn.op_register(n).size(),
            OpKind::Memory => self.insn.memory_size().size(),
            OpKind::Immediate8 => 1,
            OpKind::Immediate16 | OpKind::Immediate8to16 => 2,
            OpKind::Immediate32 | OpKind::Immediate8to32 => 4,
            _ => 8,
        }
    }

    /// Integer operand `n` (register, memory of up to 8 bytes, immediate sign-extended as encoded), zero-extended from its size.
    pub fn operand(&mut self, n: u32) -> Result<u64, Stop> {
        match self.insn.op_kind(n) {
            OpKind::Register => Ok(self.reg(self.insn.op_register(n))),
            OpKind::Memory => {
                let (a, size) = (self.ea(), self.operand_size(n));
                self.load_uint(a, size)
            }
            _ => Ok(self.insn.immediate(n)),
        }
    }

    /// Writes integer operand `n` (register or memory).
    pub fn set_operand(&mut self, n: u32, value: u64) -> Result<(), Stop> {
        match self.insn.op_kind(n) {
            OpKind::Register => {
                self.set_reg(self.insn.op_register(n), value);
                Ok(())
            }
            _ => {
                let (a, size) = (self.ea(), self.operand_size(n));
                self.store_uint(a, size, value)
            }
        }
    }

    /// The low 128 bits of a vector register operand.
    pub fn xmm(&self, r: Register) -> u128 {
        let v = &self.cpu.vector[r.number()].0;
        v[0] as u128 | (v[1] as u128) << 64
    }

    /// Writes the low 128 bits of a vector register, keeping the rest (legacy SSE encodings).
    pub fn set_xmm(&mut self, r: Register, value: u128) {
        let v = &mut self.cpu.vector[r.number()].0;
        v[0] = value as u64;
        v[1] = (value >> 64) as u64;
    }
}

/// The index of a general-purpose register of any size in [`CpuState::gpr`].
pub fn gpr_index(r: Register) -> usize {
    // `number()` of SPL..DIL counts on from BH; the full register's does not.
    r.full_register().number()
}

fn is_high_byte(r: Register) -> bool {
    matches!(r, Register::AH | Register::CH | Register::DH | Register::BH)
}
