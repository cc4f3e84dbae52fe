//! Names for addresses, from .symtab (else .dynsym), for messages to people.

use crate::image::LE64;
use goblin::elf::Elf;
use goblin::elf::section_header::{SHN_UNDEF, SHT_DYNSYM, SHT_SYMTAB, SectionHeader};
use goblin::elf::sym::{STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, Symtab, st_type};

/// Longest name kept, in bytes.
const MAX_NAME: usize = 4096;

/// An address described by the symbol before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The symbol's name, not demangled.
    pub name: String,
    /// Bytes past its start.
    pub offset: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Entry {
    value: u64,
    size: u64,
    /// Where the name stands in the file.
    name: u32,
}

/// The symbols of one file, by address as linked.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    entries: Vec<Entry>,
    names: Vec<u8>,
}

impl Symbols {
    /// Reads the symbol table. What is damaged counts as absent: symbols only serve messages.
    pub fn parse(bytes: &[u8]) -> Symbols {
        Symbols::try_parse(bytes).unwrap_or_default()
    }

    fn try_parse(bytes: &[u8]) -> Option<Symbols> {
        // Of another class the sizes below would be wrong.
        if bytes.get(4) != Some(&2) || bytes.get(5) != Some(&1) {
            return None;
        }
        let header = Elf::parse_header(bytes).ok()?;
        let count = usize::from(header.e_shnum);
        let sections = SectionHeader::parse(bytes, usize::try_from(header.e_shoff).ok()?, count, LE64).ok()?;
        let table = [SHT_SYMTAB, SHT_DYNSYM].iter().find_map(|t| sections.iter().find(|s| s.sh_type == *t))?;
        let strings = sections.get(table.sh_link as usize)?;
        let start = usize::try_from(strings.sh_offset).ok()?;
        let len = usize::try_from(strings.sh_size).ok()?;
        let names = bytes.get(start..start.checked_add(len)?)?;
        let offset = usize::try_from(table.sh_offset).ok()?;
        let count = usize::try_from(table.sh_size / 24).ok()?;
        let mut entries: Vec<Entry> = Symtab::parse(bytes, offset, count, LE64)
            .ok()?
            .iter()
            .filter(|s| s.st_shndx != SHN_UNDEF as usize && s.st_name != 0)
            .filter(|s| matches!(st_type(s.st_info), STT_FUNC | STT_OBJECT | STT_NOTYPE | STT_GNU_IFUNC))
            .filter_map(|s| Some(Entry { value: s.st_value, size: s.st_size, name: u32::try_from(s.st_name).ok()? }))
            .collect();
        entries.sort_unstable();
        Some(Symbols { entries, names: names.to_vec() })
    }

    /// Whether the file has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The symbol that holds `addr` (as linked: subtract [`crate::Loaded::bias`]), or the nearest one before it that says
    /// no size.
    pub fn find(&self, addr: u64) -> Option<Found> {
        let after = self.entries.partition_point(|e| e.value <= addr);
        // Among symbols at one address the sized one sorts last. A short one may lie inside a longer one: look back a bit.
        self.entries
            .get(..after)?
            .iter()
            .rev()
            .take(16)
            .find(|e| e.size == 0 || addr - e.value < e.size)
            .map(|e| Found { name: self.name(e.name), offset: addr - e.value })
    }

    /// The address of a symbol, as linked.
    pub fn address_of(&self, name: &str) -> Option<u64> {
        self.entries.iter().find(|e| self.name(e.name) == name).map(|e| e.value)
    }

    fn name(&self, at: u32) -> String {
        let rest = self.names.get(at as usize..).unwrap_or_default();
        let rest = rest.get(..MAX_NAME).unwrap_or(rest);
        let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
        String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned()
    }
}
