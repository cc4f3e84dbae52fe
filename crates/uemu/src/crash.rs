//! What killed the guest, for people: signal, access, place, symbol, instruction.

use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter};
use std::fmt;
use std::sync::Arc;
use uemu_abi::signal::{self, SigFields, SigInfo, Signal};
use uemu_cpu::{CpuModel, Exception, Exit};
use uemu_loader::Image;
use uemu_loader::symbols::Symbols;
use uemu_mem::{Access, AddressSpace, Cause, GuestAddr, Kind, MemFault};

/// Where in a file an instruction stands, kept from before its process ended.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// RIP.
    pub rip: u64,
    /// The mapped file, its name, and the offset in it.
    pub file: Option<(Arc<[u8]>, Arc<str>, u64)>,
    /// What is to be decoded.
    pub code: Vec<u8>,
}

impl Place {
    /// What is at `rip`.
    pub(crate) fn at(mem: &mut AddressSpace, rip: u64) -> Place {
        let file = mem.find(GuestAddr(rip)).and_then(|m| match &m.kind {
            Kind::File { bytes, offset, name, .. } => {
                Some((bytes.clone(), name.clone(), offset.saturating_add(rip - m.range.start.0)))
            }
            _ => None,
        });
        let mut code = vec![0; 15];
        let (n, _) = mem.fetch(GuestAddr(rip), &mut code);
        code.truncate(n);
        Place { rip, file, code }
    }

    /// The function it is in, and how far in.
    fn symbol(&self) -> Option<(String, u64)> {
        let (bytes, _, offset) = self.file.as_ref()?;
        let address = Image::parse(bytes.clone()).ok()?.address_of_offset(*offset)?;
        let found = Symbols::parse(bytes).find(address)?;
        let name = rustc_demangle::demangle(&found.name);
        Some((format!("{name:#}"), found.offset))
    }

    /// The instruction in Intel syntax, and its bytes; nothing if there is no whole instruction.
    fn instruction(&self) -> Option<(Instruction, String)> {
        let mut decoder = Decoder::with_ip(64, &self.code, self.rip, DecoderOptions::NONE);
        let insn = decoder.decode();
        if insn.is_invalid() {
            return None;
        }
        let text = disassembly(&insn);
        Some((insn, text))
    }
}

/// An instruction in Intel syntax, as all messages write it.
pub fn disassembly(insn: &Instruction) -> String {
    let mut text = String::new();
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_hex_prefix("0x");
    formatter.options_mut().set_hex_suffix("");
    formatter.options_mut().set_uppercase_hex(false);
    formatter.options_mut().set_space_after_operand_separator(true);
    formatter.options_mut().set_rip_relative_addresses(false);
    formatter.format(insn, &mut text);
    text
}

/// The death of the guest's first process by a signal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrashReport {
    /// The signal.
    pub signal: Signal,
    /// What raised it.
    pub reason: String,
    /// RIP.
    pub rip: u64,
    /// The function it is in and the bytes from its start, if the file has symbols.
    pub symbol: Option<(String, u64)>,
    /// The file it was mapped from.
    pub file: Option<String>,
    /// The instruction there, in Intel syntax.
    pub instruction: Option<String>,
    /// Its bytes, or what could be read.
    pub bytes: Vec<u8>,
}

impl CrashReport {
    pub(crate) fn new(info: &SigInfo, exit: Option<Exit>, place: &Place) -> CrashReport {
        let instruction = place.instruction();
        let len = instruction.as_ref().map_or(8, |(i, _)| i.len());
        CrashReport {
            signal: info.signal,
            reason: reason(info, exit),
            rip: place.rip,
            symbol: place.symbol(),
            file: place.file.as_ref().map(|(_, name, _)| name.to_string()),
            instruction: instruction.map(|(_, text)| text),
            bytes: place.code.iter().copied().take(len).collect(),
        }
    }
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, description) = (self.signal.name(), self.signal.description());
        writeln!(f, "killed by {name} ({description}): {}", self.reason)?;
        write!(f, "at rip {:#x}", self.rip)?;
        match (&self.symbol, &self.file) {
            (Some((symbol, offset)), Some(file)) => write!(f, ", {symbol}+{offset:#x} in {file}")?,
            (None, Some(file)) => write!(f, ", in {file}")?,
            _ => {}
        }
        let bytes: Vec<String> = self.bytes.iter().map(|b| format!("{b:02x}")).collect();
        match &self.instruction {
            Some(text) => write!(f, "\ninstruction: {text}  [{}]", bytes.join(" ")),
            None if !bytes.is_empty() => write!(f, "\nno instruction: [{}]", bytes.join(" ")),
            None => Ok(()),
        }
    }
}

fn reason(info: &SigInfo, exit: Option<Exit>) -> String {
    match exit {
        Some(Exit::Fault(fault)) => memory(&fault),
        Some(Exit::Exception(e)) => exception(e),
        _ => match info.fields {
            SigFields::Kill { pid, .. } if info.code == signal::SI_USER || info.code == signal::SI_TKILL => {
                format!("sent by process {pid}")
            }
            _ => "sent by the kernel".into(),
        },
    }
}

fn memory(fault: &MemFault) -> String {
    let advice = match fault.cause {
        Cause::StackLimit => " (--stack allows a bigger one)",
        Cause::OutOfMemory => " (--max-memory allows more)",
        Cause::Unmapped if fault.access != Access::Execute && fault.addr.0 < 0x1000 => " (a null pointer, most likely)",
        _ => "",
    };
    format!("{fault}{advice}")
}

fn exception(e: Exception) -> String {
    match e {
        Exception::Divide => "divide error: by zero, or the quotient does not fit",
        Exception::Debug => "debug trap",
        Exception::Int1 => "debug trap by INT1",
        Exception::Breakpoint => "breakpoint",
        Exception::Overflow => "overflow trap by INT 4",
        Exception::InvalidOpcode { unimplemented: false } => "invalid instruction",
        Exception::InvalidOpcode { unimplemented: true } => {
            "an instruction that uemu does not implement, or that CPUID does not offer"
        }
        Exception::GeneralProtection => "general protection: a privileged instruction or a misaligned operand",
        Exception::Selector(_) => "general protection: a segment selector or an interrupt that is not for user mode",
        Exception::StackFault => "stack fault: a non-canonical address in the stack segment",
        Exception::X87 => "unmasked x87 floating-point exception",
        Exception::Simd => "unmasked SSE floating-point exception",
        Exception::AlignmentCheck => "alignment check",
    }
    .into()
}

/// An instruction that uemu lacks, or that the CPU model does not offer: told to the user even if the guest survives its SIGILL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UnimplementedInstruction {
    /// Its mnemonic.
    pub mnemonic: String,
    /// The CPUID features it belongs to.
    pub features: String,
    /// Whether there is a CPU model that has it.
    pub known: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where.
    pub rip: u64,
    /// The function it is in and the bytes from its start.
    pub symbol: Option<(String, u64)>,
}

impl UnimplementedInstruction {
    /// What stands at `place`; `None` if it is no instruction at all.
    pub(crate) fn at(place: &Place) -> Option<UnimplementedInstruction> {
        let (insn, _) = place.instruction()?;
        let features: Vec<String> = insn.cpuid_features().iter().map(|f| format!("{f:?}")).collect();
        Some(UnimplementedInstruction {
            mnemonic: format!("{:?}", insn.mnemonic()).to_lowercase(),
            features: features.join("+"),
            known: uemu_interp::offered(&CpuModel::MAX, &insn),
            bytes: place.code.iter().copied().take(insn.len()).collect(),
            rip: place.rip,
            symbol: place.symbol(),
        })
    }
}

impl fmt::Display for UnimplementedInstruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<String> = self.bytes.iter().map(|b| format!("{b:02x}")).collect();
        write!(f, "{} ({}) [{}] at {:#x}", self.mnemonic, self.features, bytes.join(" "), self.rip)?;
        if let Some((name, offset)) = &self.symbol {
            write!(f, ", {name}+{offset:#x},")?;
        }
        let why = if self.known { "is not offered by this CPU model (--cpu)" } else { "is not implemented" };
        write!(f, " {why}: the guest got SIGILL")
    }
}
