//! /proc/PID/maps.

use uemu_mem::{AddrRange, GuestAddr, Prot};

/// What a region is, as far as uemu must know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    Anonymous,
    /// The main stack, which grows.
    Stack,
    File,
    /// What only the kernel may read: the data of the vDSO.
    Opaque,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Region {
    pub range: AddrRange,
    pub prot: Prot,
    /// MAP_SHARED: others may write to it at any time.
    pub shared: bool,
    pub origin: Origin,
    pub offset: u64,
    pub inode: u64,
    /// A path, a name in brackets, or nothing.
    pub name: String,
}

impl Region {
    /// Pages.
    pub(crate) fn pages(&self) -> usize {
        (self.range.len() / uemu_mem::PAGE_SIZE) as usize
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.prot.contains(Prot::WRITE)
    }
}

/// All lines below the kernel's half.
pub(crate) fn parse(text: &str) -> Vec<Region> {
    text.lines().filter_map(line).filter(|r| r.range.end <= uemu_mem::USER_END).collect()
}

fn line(text: &str) -> Option<Region> {
    let mut words = text.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let hex = |t: &str| u64::from_str_radix(t, 16).ok();
    let range = AddrRange { start: GuestAddr(hex(start)?), end: GuestAddr(hex(end)?) };
    let rights = words.next()?;
    let mut prot = Prot::empty();
    for (letter, right) in [('r', Prot::READ), ('w', Prot::WRITE), ('x', Prot::EXEC)] {
        prot.set(right, rights.contains(letter));
    }
    let offset = hex(words.next()?)?;
    let (_device, inode) = (words.next()?, words.next()?.parse().ok()?);
    let name = words.next().unwrap_or_default().trim_start().to_owned();
    let origin = match name.as_str() {
        "[stack]" => Origin::Stack,
        n if n.starts_with("[vvar") => Origin::Opaque,
        _ if inode != 0 || name.starts_with('/') => Origin::File,
        _ => Origin::Anonymous,
    };
    Some(Region { range, prot, shared: rights.ends_with('s'), origin, offset, inode, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood() {
        let text = "\
00400000-00401000 r--p 00000000 fe:00 1311                               /usr/bin/a b
7ffff7ff1000-7ffff7ff5000 r--p 00000000 00:00 0                          [vvar]
7ffff7fff000-7ffff8000000 rw-s 00002000 00:01 5                          /memfd:x (deleted)
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]
7fff00000000-7fff00001000 ---p 00000000 00:00 0 
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
";
        let regions = parse(text);
        let origins: Vec<Origin> = regions.iter().map(|r| r.origin).collect();
        assert_eq!(origins, [Origin::File, Origin::Opaque, Origin::File, Origin::Stack, Origin::Anonymous]);
        assert_eq!(regions[0].name, "/usr/bin/a b");
        assert_eq!((regions[2].shared, regions[2].offset, regions[2].inode), (true, 0x2000, 5));
        assert_eq!(regions[3].prot, Prot::READ | Prot::WRITE);
        assert!(regions[4].prot.is_empty() && regions[4].name.is_empty());
    }
}
