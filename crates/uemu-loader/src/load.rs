//! Mapping an image, as Linux's `load_elf_binary` does without randomisation.

use crate::{Image, LoadError, Segment};
use std::sync::Arc;
use uemu_mem::{AddrRange, AddressSpace, GuestAddr, Kind, MapRequest, PAGE_SIZE, Place, Prot};

/// Where position-independent programs go (where gdb shows them on Linux without randomisation).
pub const PIE_BASE: GuestAddr = GuestAddr(0x5555_5555_4000);

/// How a file appears in /proc/PID/maps.
#[derive(Clone, Debug)]
pub struct FileIdentity {
    /// Its path in the guest.
    pub path: Arc<str>,
    /// Its inode number in the guest.
    pub inode: u64,
}

/// What the kernel needs to know of a mapped program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// Where execution starts: the interpreter's entry if there is one, else the program's.
    pub start: GuestAddr,
    /// AT_ENTRY: the program's own entry.
    pub entry: GuestAddr,
    /// AT_PHDR: the program headers in memory; null if no segment holds them.
    pub phdr: GuestAddr,
    /// AT_PHNUM.
    pub phnum: u16,
    /// AT_BASE: where the interpreter is; null without one.
    pub base: GuestAddr,
    /// What was added to the program's addresses as linked.
    pub bias: u64,
    /// Where brk(2) starts: the end of the program's last page.
    pub brk: GuestAddr,
    /// Whether the stack is to be executable.
    pub exec_stack: bool,
}

/// Maps `program`, and the interpreter it asks for, into an empty space. At most `max_bytes` may be mapped.
///
/// # Errors
/// [`LoadError::TooBig`], [`LoadError::Map`], [`LoadError::Fill`]; [`LoadError::NoInterpreter`] when the program
/// asks for one and none is given. The space is then to be thrown away.
pub fn load(
    mem: &mut AddressSpace,
    program: &Image,
    file: &FileIdentity,
    interpreter: Option<(&Image, &FileIdentity)>,
    max_bytes: u64,
) -> Result<Loaded, LoadError> {
    if interpreter.is_none()
        && let Some(error) = program.missing_interpreter()
    {
        return Err(error);
    }
    let left = check_size(program, max_bytes)?;
    let bias = if program.pie { bias_for(program, PIE_BASE) } else { 0 };
    map_image(mem, program, bias, file)?;
    let entry = GuestAddr(program.entry.wrapping_add(bias));
    let mut loaded = Loaded {
        start: entry,
        entry,
        phdr: phdr(program, bias),
        phnum: program.phnum,
        base: GuestAddr::NULL,
        bias,
        brk: program.span().end.wrapping_add(bias),
        exec_stack: program.wants_executable_stack(),
    };
    if let Some((image, file)) = interpreter {
        let wrap = |e| LoadError::Interpreter(Box::new(e));
        check_size(image, left).map_err(wrap)?;
        let bias = if image.pie { place_interpreter(mem, image).map_err(wrap)? } else { 0 };
        map_image(mem, image, bias, file).map_err(wrap)?;
        loaded.base = GuestAddr(bias);
        loaded.start = GuestAddr(image.entry.wrapping_add(bias));
    }
    Ok(loaded)
}

/// What is left of `limit` when the image is mapped.
fn check_size(image: &Image, limit: u64) -> Result<u64, LoadError> {
    let mut left = limit;
    for s in image.segments() {
        left = left.checked_sub(s.pages().len()).ok_or_else(|| LoadError::TooBig {
            wanted: (limit - left).saturating_add(s.pages().len()),
            index: s.index,
            offset: image.phoff + s.index as u64 * 56 + 0x28,
            value: s.mem_len,
            limit,
        })?;
    }
    Ok(left)
}

/// What to add so that the image's first page comes to `base`, or below it as its alignment demands.
fn bias_for(image: &Image, base: GuestAddr) -> u64 {
    let align = image.segments().iter().map(|s| s.align).max().unwrap_or(PAGE_SIZE);
    (base.0 & !(align - 1)).wrapping_sub(image.span().start.0 & !(align - 1))
}

/// AT_PHDR: where the segment that holds the program headers puts them.
fn phdr(image: &Image, bias: u64) -> GuestAddr {
    image
        .segments()
        .iter()
        .find(|s| s.offset <= image.phoff && image.phoff - s.offset < s.file_len)
        .map_or(GuestAddr::NULL, |s| GuestAddr((image.phoff - s.offset).wrapping_add(s.vaddr).wrapping_add(bias)))
}

/// A free place for the interpreter, top-down as mmap(2) chooses; nothing stays mapped.
fn place_interpreter(mem: &mut AddressSpace, image: &Image) -> Result<u64, LoadError> {
    let span = image.span();
    let request =
        MapRequest { place: Place::Hint(GuestAddr::NULL), len: span.len(), prot: Prot::empty(), kind: Kind::Anon };
    let at = map(mem, request, "the interpreter")?;
    if let Some(range) = AddrRange::new(at, span.len()) {
        mem.unmap(range).map_err(|source| LoadError::Map {
            what: "the interpreter",
            addr: at.0,
            len: span.len(),
            source,
        })?;
    }
    Ok(at.0.wrapping_sub(span.start.0))
}

fn map_image(mem: &mut AddressSpace, image: &Image, bias: u64, file: &FileIdentity) -> Result<(), LoadError> {
    image.segments().iter().try_for_each(|s| map_segment(mem, image, s, bias, file))
}

/// Maps one PT_LOAD over what is there already: pages that two segments share show the later one, as on Linux.
fn map_segment(
    mem: &mut AddressSpace,
    image: &Image,
    s: &Segment,
    bias: u64,
    file: &FileIdentity,
) -> Result<(), LoadError> {
    let at = |vaddr: u64| GuestAddr(vaddr.wrapping_add(bias));
    let start = at(s.vaddr).page_down();
    let end = at(s.vaddr.wrapping_add(s.mem_len));
    let file_end = at(s.vaddr.wrapping_add(s.file_len));
    let mut zeros_from = start;
    if s.file_len != 0 {
        let head = s.vaddr % PAGE_SIZE;
        let kind = Kind::File {
            bytes: image.bytes.clone(),
            // Congruent modulo the page size, so not below zero.
            offset: s.offset - head,
            name: file.path.clone(),
            inode: file.inode,
        };
        let len = s.file_len + head;
        map(mem, MapRequest { place: Place::Fixed(start), len, prot: s.prot, kind }, "a segment of the file")?;
        zeros_from = page_up(file_end);
        // Where there is .bss, Linux clears the rest of the page, past the segment's own end too (ld.so allocates
        // from there), and through the program's own protection: what cannot be written stays.
        if end > file_end && s.prot.contains(Prot::WRITE) {
            let tail = vec![0; (zeros_from.0 - file_end.0) as usize];
            mem.poke(file_end, &tail).map_err(|source| LoadError::Fill { what: "the start of .bss", source })?;
        }
    }
    if end > zeros_from {
        // As vm_brk_flags(): readable and writable whatever the segment says, executable if it is.
        let prot = Prot::READ | Prot::WRITE | (s.prot & Prot::EXEC);
        let len = page_up(end).0 - zeros_from.0;
        map(mem, MapRequest { place: Place::Fixed(zeros_from), len, prot, kind: Kind::Anon }, ".bss")?;
    }
    Ok(())
}

/// Addresses here end below the end of user space, or near enough above it that `map` refuses them.
fn page_up(addr: GuestAddr) -> GuestAddr {
    addr.page_up().unwrap_or(GuestAddr(!(PAGE_SIZE - 1)))
}

fn map(mem: &mut AddressSpace, request: MapRequest, what: &'static str) -> Result<GuestAddr, LoadError> {
    let (Place::Fixed(addr) | Place::FixedNoReplace(addr) | Place::Hint(addr)) = request.place;
    let len = request.len;
    mem.map(request).map_err(|source| LoadError::Map { what, addr: addr.0, len, source })
}
