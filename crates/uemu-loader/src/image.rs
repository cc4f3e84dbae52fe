//! What an ELF file asks for, checked against the file before anything is mapped (elf(5)).

use crate::LoadError;
use goblin::container::{Container, Ctx};
use goblin::elf::Elf;
use goblin::elf::header::{self, Header};
use goblin::elf::program_header::program_header64::SIZEOF_PHDR;
use goblin::elf::program_header::{PF_R, PF_W, PF_X, PT_GNU_STACK, PT_INTERP, PT_LOAD, ProgramHeader};
use std::sync::Arc;
use uemu_mem::{AddrRange, GuestAddr, PAGE_SIZE, Prot, USER_END};

/// Little-endian ELF64, the only kind there is here.
pub(crate) const LE64: Ctx = Ctx { container: Container::Big, le: goblin::container::Endian::Little };
/// Bytes of an ELF64 header.
const HEADER_LEN: usize = 64;
/// Most bytes of program headers (Linux: `load_elf_phdrs`).
const MAX_PHDRS_LEN: usize = 65536;
/// Longest path of an interpreter (Linux: PATH_MAX).
const MAX_INTERP_LEN: u64 = 4096;
/// Greatest alignment honoured: a huge page of 1 GiB.
const MAX_ALIGN: u64 = 1 << 30;
/// Nothing is loaded below (Linux's vm.mmap_min_addr).
const MIN_ADDR: u64 = 0x1_0000;

const DAMAGED: &str = "not a runnable program";
const RELINK: &str = "the file is damaged or was not made by a linker: make it again";

/// One PT_LOAD. Addresses are the file's, without the base a position-independent program gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Index of its program header.
    pub index: usize,
    /// First byte in the file.
    pub offset: u64,
    /// First byte in memory, as linked. Congruent to `offset` modulo the page size.
    pub vaddr: u64,
    /// Bytes from the file.
    pub file_len: u64,
    /// Bytes in memory; the rest is zeros.
    pub mem_len: u64,
    /// Protection.
    pub prot: Prot,
    /// p_align, at least the page size.
    pub align: u64,
}

impl Segment {
    /// The pages it touches, as linked.
    pub fn pages(&self) -> AddrRange {
        // Checked by `Image::parse`: neither end leaves user space.
        let start = GuestAddr(self.vaddr).page_down();
        let end = GuestAddr(self.vaddr.saturating_add(self.mem_len)).page_up().unwrap_or(USER_END);
        AddrRange { start, end }
    }
}

/// A program or interpreter whose headers have been found good.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) entry: u64,
    pub(crate) phoff: u64,
    pub(crate) phnum: u16,
    pub(crate) segments: Vec<Segment>,
    pub(crate) pie: bool,
    interpreter: Option<(u64, Vec<u8>)>,
    exec_stack: bool,
}

impl Image {
    /// Checks the headers of an ELF file.
    ///
    /// # Errors
    /// [`LoadError::NotElf`] or [`LoadError::Field`], naming the first thing that is wrong.
    pub fn parse(bytes: Arc<[u8]>) -> Result<Image, LoadError> {
        check_ident(&bytes)?;
        let header = Elf::parse_header(&bytes).map_err(|e| LoadError::NotElf { what: e.to_string() })?;
        check_header(&header, bytes.len() as u64)?;
        let phoff = usize::try_from(header.e_phoff).unwrap_or(usize::MAX);
        let phdrs = ProgramHeader::parse(&bytes, phoff, header.e_phnum as usize, LE64)
            .map_err(|e| LoadError::NotElf { what: e.to_string() })?;
        let pie = header.e_type == header::ET_DYN;
        let mut image = Image {
            entry: header.e_entry,
            phoff: header.e_phoff,
            phnum: header.e_phnum,
            segments: Vec::new(),
            pie,
            interpreter: None,
            exec_stack: false,
            bytes,
        };
        for (index, ph) in phdrs.iter().enumerate() {
            let at = At { phoff: header.e_phoff, index };
            match ph.p_type {
                PT_LOAD if ph.p_memsz != 0 => {
                    let segment = check_segment(ph, at, image.bytes.len() as u64, pie)?;
                    image.check_overlap(&segment, at)?;
                    image.segments.push(segment);
                }
                PT_INTERP if image.interpreter.is_none() => {
                    image.interpreter = Some(check_interpreter(ph, at, &image.bytes)?);
                }
                PT_GNU_STACK => image.exec_stack = ph.p_flags & PF_X != 0,
                _ => {}
            }
        }
        if image.segments.is_empty() {
            return Err(LoadError::Field {
                verdict: DAMAGED,
                field: "e_phnum".into(),
                offset: 0x38,
                value: header.e_phnum.into(),
                meaning: "none of these program headers is a PT_LOAD with memory".into(),
                advice: "give a linked program, not an object file or debug information",
            });
        }
        Ok(image)
    }

    /// The file.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// What is to be loaded, in the file's order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The path of the dynamic linker it asks for (PT_INTERP), without the NUL.
    pub fn interpreter(&self) -> Option<&[u8]> {
        self.interpreter.as_ref().map(|(_, path)| path.as_slice())
    }

    /// The error to give when that path is not in the guest's file system.
    pub fn missing_interpreter(&self) -> Option<LoadError> {
        self.interpreter
            .as_ref()
            .map(|(offset, path)| LoadError::NoInterpreter { path: path.escape_ascii().to_string(), offset: *offset })
    }

    /// Whether it may be loaded at any address (ET_DYN).
    pub fn is_position_independent(&self) -> bool {
        self.pie
    }

    /// Whether PT_GNU_STACK asks for an executable stack.
    pub fn wants_executable_stack(&self) -> bool {
        self.exec_stack
    }

    /// The address, as linked, of the byte at this offset of the file: without the bias, as symbols are.
    pub fn address_of_offset(&self, offset: u64) -> Option<u64> {
        let s = self.segments.iter().find(|s| s.offset <= offset && offset - s.offset < s.file_len)?;
        Some(s.vaddr + (offset - s.offset))
    }

    /// From the first page to the end of the last, as linked.
    pub fn span(&self) -> AddrRange {
        let start = self.segments.iter().map(|s| s.pages().start).min().unwrap_or_default();
        let end = self.segments.iter().map(|s| s.pages().end).max().unwrap_or_default();
        AddrRange { start, end }
    }

    /// Bytes of memory its pages take, as the segments say.
    pub fn mapped_bytes(&self) -> u64 {
        self.segments.iter().map(|s| s.pages().len()).fold(0, u64::saturating_add)
    }

    fn check_overlap(&self, new: &Segment, at: At) -> Result<(), LoadError> {
        let end = new.vaddr + new.mem_len;
        match self.segments.iter().find(|s| new.vaddr < s.vaddr + s.mem_len && s.vaddr < end) {
            Some(other) => {
                let meaning =
                    format!("the segment overlaps that of program header {}, at {:#x}", other.index, other.vaddr);
                Err(at.wrong("p_vaddr", VADDR, new.vaddr, meaning))
            }
            None => Ok(()),
        }
    }
}

/// Where a program header stands.
#[derive(Clone, Copy)]
struct At {
    phoff: u64,
    index: usize,
}

/// Offsets of fields in an ELF64 program header.
const OFFSET: u64 = 0x08;
const VADDR: u64 = 0x10;
const FILESZ: u64 = 0x20;
const MEMSZ: u64 = 0x28;
const ALIGN: u64 = 0x30;

impl At {
    fn wrong(self, field: &str, within: u64, value: u64, meaning: impl Into<String>) -> LoadError {
        LoadError::Field {
            verdict: DAMAGED,
            field: format!("{field} of program header {}", self.index),
            offset: self.phoff + self.index as u64 * SIZEOF_PHDR as u64 + within,
            value,
            meaning: meaning.into(),
            advice: RELINK,
        }
    }
}

fn check_ident(bytes: &[u8]) -> Result<(), LoadError> {
    let magic = bytes.get(..4).unwrap_or(bytes);
    if magic != header::ELFMAG {
        let what = match bytes {
            [] => "it is empty".into(),
            [b'#', b'!', ..] => "it is a script, run by the interpreter that its first line names".into(),
            [b'M', b'Z', ..] => "it is a Windows or DOS program".into(),
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] => "it is a macOS program".into(),
            [b'!', b'<', b'a', b'r', ..] => "it is an archive of object files".into(),
            _ => format!("its first bytes are {}, not 7f 45 4c 46", hex(magic)),
        };
        return Err(LoadError::NotElf { what });
    }
    if bytes.len() < HEADER_LEN {
        return Err(LoadError::NotElf {
            what: format!("it ends after {} bytes, and an ELF header takes {HEADER_LEN}", bytes.len()),
        });
    }
    let one = |field: &str, offset: usize, meaning: &dyn Fn(u8) -> String, good: u8, verdict| {
        let value = bytes.get(offset).copied().unwrap_or(0);
        if value == good {
            return Ok(());
        }
        Err(LoadError::Field {
            verdict,
            field: field.into(),
            offset: offset as u64,
            value: value.into(),
            meaning: meaning(value),
            advice: "uemu runs x86-64 Linux ELF files",
        })
    };
    let class = |v| if v == 1 { "a 32-bit file".into() } else { format!("no ELF class; {} would be 64-bit", 2) };
    let data = |v| if v == 2 { "big-endian".into() } else { "no byte order; 1 would be little-endian".into() };
    one("e_ident[EI_CLASS]", 4, &class, header::ELFCLASS64, "not a 64-bit program")?;
    one("e_ident[EI_DATA]", 5, &data, header::ELFDATA2LSB, "not an x86-64 program")?;
    one("e_ident[EI_VERSION]", 6, &|_| "only version 1 exists".into(), header::EV_CURRENT, DAMAGED)
}

fn check_header(h: &Header, file_len: u64) -> Result<(), LoadError> {
    let wrong = |verdict, field: &str, offset, value, meaning: String, advice| {
        Err(LoadError::Field { verdict, field: field.into(), offset, value, meaning, advice })
    };
    if h.e_machine != header::EM_X86_64 {
        let name = header::machine_to_str(h.e_machine);
        let name = if name == "UNKNOWN_MACHINE" { "no machine known here" } else { name };
        let advice = "uemu runs x86-64 Linux ELF files";
        return wrong("not an x86-64 program", "e_machine", 0x12, h.e_machine.into(), name.into(), advice);
    }
    match h.e_type {
        header::ET_EXEC | header::ET_DYN => {}
        header::ET_REL => {
            let advice = "link it first (cc -static file.o)";
            return wrong("not a program", "e_type", 0x10, 1, "ET_REL, an object file".into(), advice);
        }
        header::ET_CORE => {
            let advice = "give the program that dumped it";
            return wrong("not a program", "e_type", 0x10, 4, "ET_CORE, a core dump".into(), advice);
        }
        other => return wrong(DAMAGED, "e_type", 0x10, other.into(), "no type known here".into(), RELINK),
    }
    if usize::from(h.e_phentsize) != SIZEOF_PHDR {
        let meaning = format!("a program header takes {SIZEOF_PHDR} bytes");
        return wrong(DAMAGED, "e_phentsize", 0x36, h.e_phentsize.into(), meaning, RELINK);
    }
    let len = usize::from(h.e_phnum) * SIZEOF_PHDR;
    if len == 0 || len > MAX_PHDRS_LEN {
        let meaning = format!("program headers may take 1 to {MAX_PHDRS_LEN} bytes");
        return wrong(DAMAGED, "e_phnum", 0x38, h.e_phnum.into(), meaning, RELINK);
    }
    if h.e_phoff.checked_add(len as u64).is_none_or(|end| end > file_len) {
        let meaning = format!("{len} bytes of program headers there, but the file ends at {file_len:#x}");
        return wrong("truncated program", "e_phoff", 0x20, h.e_phoff, meaning, RELINK);
    }
    Ok(())
}

fn check_segment(ph: &ProgramHeader, at: At, file_len: u64, pie: bool) -> Result<Segment, LoadError> {
    if ph.p_filesz > ph.p_memsz {
        let meaning = format!("more bytes in the file than in memory, p_memsz is {:#x}", ph.p_memsz);
        return Err(at.wrong("p_filesz", FILESZ, ph.p_filesz, meaning));
    }
    if ph.p_filesz != 0 && ph.p_offset.checked_add(ph.p_filesz).is_none_or(|end| end > file_len) {
        let meaning = format!("p_filesz {:#x} bytes there, but the file ends at {file_len:#x}", ph.p_filesz);
        let mut error = at.wrong("p_offset", OFFSET, ph.p_offset, meaning);
        if let LoadError::Field { verdict, advice, .. } = &mut error {
            (*verdict, *advice) = ("truncated program", "the rest of the file is missing: copy or make it again");
        }
        return Err(error);
    }
    if ph.p_memsz > USER_END.0 {
        return Err(at.wrong("p_memsz", MEMSZ, ph.p_memsz, "more than an address space holds"));
    }
    if ph.p_vaddr.checked_add(ph.p_memsz).is_none_or(|end| end > USER_END.0) {
        let meaning = format!("with p_memsz {:#x} it passes the end of user space, {USER_END}", ph.p_memsz);
        return Err(at.wrong("p_vaddr", VADDR, ph.p_vaddr, meaning));
    }
    if !pie && ph.p_vaddr < MIN_ADDR {
        let meaning = format!("nothing may be loaded below {MIN_ADDR:#x}");
        return Err(at.wrong("p_vaddr", VADDR, ph.p_vaddr, meaning));
    }
    if ph.p_align > MAX_ALIGN || (ph.p_align != 0 && !ph.p_align.is_power_of_two()) {
        let meaning = format!("an alignment is a power of two up to {MAX_ALIGN:#x}");
        return Err(at.wrong("p_align", ALIGN, ph.p_align, meaning));
    }
    if ph.p_filesz != 0 && ph.p_vaddr % PAGE_SIZE != ph.p_offset % PAGE_SIZE {
        let meaning = format!("p_vaddr {:#x} differs from it modulo the page size, so it cannot be mapped", ph.p_vaddr);
        return Err(at.wrong("p_offset", OFFSET, ph.p_offset, meaning));
    }
    let flag = |bit, prot| if ph.p_flags & bit != 0 { prot } else { Prot::empty() };
    Ok(Segment {
        index: at.index,
        offset: ph.p_offset,
        vaddr: ph.p_vaddr,
        file_len: ph.p_filesz,
        mem_len: ph.p_memsz,
        prot: flag(PF_R, Prot::READ) | flag(PF_W, Prot::WRITE) | flag(PF_X, Prot::EXEC),
        align: ph.p_align.max(PAGE_SIZE),
    })
}

/// The interpreter's path and where it stands.
fn check_interpreter(ph: &ProgramHeader, at: At, bytes: &[u8]) -> Result<(u64, Vec<u8>), LoadError> {
    if !(2..=MAX_INTERP_LEN).contains(&ph.p_filesz) {
        let meaning = format!("a path takes 2 to {MAX_INTERP_LEN} bytes");
        return Err(at.wrong("p_filesz", FILESZ, ph.p_filesz, meaning));
    }
    let path = usize::try_from(ph.p_offset)
        .ok()
        .and_then(|start| bytes.get(start..start.checked_add(ph.p_filesz as usize)?))
        .ok_or_else(|| {
            let meaning = format!("the interpreter's path there, but the file ends at {:#x}", bytes.len());
            at.wrong("p_offset", OFFSET, ph.p_offset, meaning)
        })?;
    match path.split_last() {
        Some((0, path)) => {
            let end = path.iter().position(|&b| b == 0).unwrap_or(path.len());
            Ok((ph.p_offset, path.get(..end).unwrap_or_default().to_vec()))
        }
        _ => Err(at.wrong("p_offset", OFFSET, ph.p_offset, "the interpreter's path there does not end in NUL")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
