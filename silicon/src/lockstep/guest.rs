//! uemu's half: registers and memory that begin as copies of the native ones, and follow them over system calls.

use super::maps::{self, Origin, Region};
use super::tracee::Tracee;
use rustix::process::{Resource, getrlimit};
use std::sync::Arc;
use uemu_cpu::CpuState;
use uemu_mem::{AddrRange, AddressSpace, GuestAddr, Kind, MapRequest, PAGE_SIZE, Place, Prot};

/// Most bytes of memory a program may have backed.
const MAX_BYTES: u64 = 1 << 36;
/// Bytes read from the native memory at once.
const CHUNK: usize = 1 << 20;
/// In a mapping of up to so many pages, those that are not backed natively are compared too: with zeros.
const FEW: usize = 1 << 12;
const PAGE: usize = PAGE_SIZE as usize;

/// Memory that is not the same on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Bytes {
    pub addr: u64,
    pub native: Vec<u8>,
    pub uemu: Vec<u8>,
}

/// What to do with a byte that differs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Say so.
    Report,
    /// Take the native one.
    Copy,
}

/// A process as uemu has it.
pub(crate) struct Guest {
    pub cpu: CpuState,
    pub mem: AddressSpace,
    regions: Vec<Region>,
    /// Pages of anonymous memory backed natively at the last look, in order.
    backed: Vec<u64>,
}

impl Guest {
    /// A copy of the memory as it is now; the registers are the caller's to set.
    pub(crate) fn copy(tracee: &Tracee) -> Result<Guest, String> {
        let (cpu, mem) = (CpuState::new(), AddressSpace::new(MAX_BYTES));
        let mut guest = Guest { cpu, mem, regions: Vec::new(), backed: Vec::new() };
        guest.follow(tracee)?;
        Ok(guest)
    }

    /// The region of an address.
    pub(crate) fn region(&self, addr: u64) -> Option<&Region> {
        self.regions.iter().find(|r| r.range.contains(GuestAddr(addr)))
    }

    /// Takes over mappings and bytes that the kernel has changed.
    pub(crate) fn follow(&mut self, tracee: &Tracee) -> Result<(), String> {
        let text = tracee.maps().map_err(|e| format!("the program's mappings: {e}"))?;
        let new = maps::parse(&text);
        let old = std::mem::take(&mut self.regions);
        let stack = |r: &Region| r.origin == Origin::Stack;
        // The stack grows by itself, here as there.
        let same_stack =
            |a: &Region, b: &Region| stack(a) && stack(b) && a.range.end == b.range.end && a.prot == b.prot;
        let resized: Vec<AddrRange> = old.iter().filter(|r| self.is_resized(tracee, r)).map(|r| r.range).collect();
        let kept = |r: &Region, list: &[Region]| {
            list.iter().any(|o| o == r && !resized.contains(&r.range) || same_stack(o, r))
        };
        for gone in old.iter().filter(|r| !kept(r, &new)) {
            self.mem.unmap(gone.range).map_err(|e| e.to_string())?;
        }
        let added: Vec<Region> = new.iter().filter(|r| !kept(r, &old)).cloned().collect();
        self.regions = new;
        for region in added {
            self.map(tracee, region)?;
        }
        self.scan(tracee, Then::Copy).map(drop)
    }

    fn map(&mut self, tracee: &Tracee, region: Region) -> Result<(), String> {
        let kind = match region.origin {
            Origin::Opaque => return Ok(()),
            Origin::Stack => Kind::Stack { limit: getrlimit(Resource::Stack).current.unwrap_or(u64::MAX >> 1) },
            Origin::Anonymous => Kind::Anon,
            Origin::File => {
                // Pages past the end of the file cannot be read, and fault here as they do there.
                let mut bytes = vec![0; region.range.len() as usize];
                let n = tracee.read(region.range.start.0, &mut bytes);
                bytes.truncate(n);
                if n == 0 && !region.prot.is_empty() {
                    self.make_opaque(region.range);
                    return Ok(());
                }
                let name = Arc::from(region.name.as_str());
                Kind::File { bytes: Arc::from(bytes), offset: 0, name, inode: region.inode }
            }
        };
        let place = Place::Fixed(region.range.start);
        let request = MapRequest { place, len: region.range.len(), prot: region.prot, kind };
        self.mem.map(request).map_err(|e| format!("{}: {e}", region.name))?;
        if region.origin != Origin::File && !region.prot.is_empty() {
            self.scan_region(tracee, &region, Then::Copy, &mut Vec::new())?;
        }
        Ok(())
    }

    /// Whether the mapped file has another number of pages than when it was mapped.
    fn is_resized(&self, tracee: &Tracee, region: &Region) -> bool {
        let Some(Kind::File { bytes, .. }) = self.mem.find(region.range.start).map(|m| &m.kind) else { return false };
        let (start, end) = (region.range.start.0, region.range.start.0 + bytes.len() as u64);
        let is_there = |addr| tracee.read(addr, &mut [0]) == 1;
        let (shrunk, grown) = (end > start && !is_there(end - 1), end < region.range.end.0 && is_there(end));
        shrunk || grown
    }

    fn make_opaque(&mut self, range: AddrRange) {
        for region in self.regions.iter_mut().filter(|r| r.range == range) {
            region.origin = Origin::Opaque;
        }
    }

    /// The first bytes that differ in memory the program can write.
    pub(crate) fn first_difference(&mut self, tracee: &Tracee) -> Result<Option<Bytes>, String> {
        self.scan(tracee, Then::Report)
    }

    fn scan(&mut self, tracee: &Tracee, then: Then) -> Result<Option<Bytes>, String> {
        let mut backed = Vec::new();
        let regions = std::mem::take(&mut self.regions);
        let mut found = None;
        for region in regions.iter().filter(|r| r.is_writable() && r.origin != Origin::Opaque) {
            if then == Then::Report && region.shared {
                continue;
            }
            found = self.scan_region(tracee, region, then, &mut backed)?;
            if found.is_some() {
                break;
            }
        }
        self.regions = regions;
        if then == Then::Copy {
            self.forget_what_is_gone(&backed);
        }
        self.backed = backed;
        Ok(found)
    }

    /// Pages given back (MADV_DONTNEED) read as zeros again. Of what cannot be written, nobody has looked what is backed.
    fn forget_what_is_gone(&mut self, backed: &[u64]) {
        for page in self.backed.iter().filter(|p| backed.binary_search(p).is_err()) {
            let start = GuestAddr(page * PAGE_SIZE);
            let looked_at = self.region(start.0).is_some_and(Region::is_writable);
            if let Some(range) = AddrRange::new(start, PAGE_SIZE).filter(|_| looked_at) {
                // It may be that nothing is mapped there any more.
                self.mem.discard(range).ok();
            }
        }
    }

    fn scan_region(
        &mut self,
        tracee: &Tracee,
        region: &Region,
        then: Then,
        backed: &mut Vec<u64>,
    ) -> Result<Option<Bytes>, String> {
        let (start, pages) = (region.range.start.0, region.pages());
        let zeros_too = then == Then::Report && pages <= FEW;
        let mut native = Vec::new();
        let mut page = 0;
        while page < pages {
            let n = (pages - page).min(CHUNK / PAGE);
            let at = start + (page * PAGE) as u64;
            let there = if region.origin == Origin::File {
                vec![true; n]
            } else {
                tracee.backed(at, n).map_err(|e| format!("pagemap of {at:#x}: {e}"))?
            };
            let mut i = 0;
            while i < n {
                let run = there[i..].iter().take_while(|t| **t == there[i]).count();
                let from = at + (i * PAGE) as u64;
                if there[i] {
                    native.resize(run * PAGE, 0);
                    let got = tracee.read(from, &mut native);
                    if region.origin != Origin::File {
                        backed.extend((0..run as u64).map(|p| from / PAGE_SIZE + p));
                    }
                    if let Some(found) = self.match_bytes(from, &native[..got], then)? {
                        return Ok(Some(found));
                    }
                } else if zeros_too {
                    native.clear();
                    native.resize(run * PAGE, 0);
                    if let Some(found) = self.match_bytes(from, &native, then)? {
                        return Ok(Some(found));
                    }
                }
                i += run;
            }
            page += n;
        }
        Ok(None)
    }

    fn match_bytes(&mut self, from: u64, native: &[u8], then: Then) -> Result<Option<Bytes>, String> {
        let mut ours = [0; PAGE];
        for (i, theirs) in native.chunks(PAGE).enumerate() {
            let addr = from + (i * PAGE) as u64;
            let n = self.mem.peek(GuestAddr(addr), &mut ours[..theirs.len()]);
            if n == theirs.len() && ours[..n] == *theirs {
                continue;
            }
            match then {
                Then::Copy => self.mem.poke(GuestAddr(addr), theirs).map_err(|e| e.to_string())?,
                // Stack that has not grown here is as good as untouched.
                Then::Report if n == 0 && theirs.iter().all(|b| *b == 0) => {}
                Then::Report => {
                    let at = ours[..n].iter().zip(theirs).position(|(a, b)| a != b).unwrap_or(n) & !7;
                    let word = |b: &[u8]| b.get(at..(at + 8).min(b.len())).unwrap_or_default().to_vec();
                    return Ok(Some(Bytes { addr: addr + at as u64, native: word(theirs), uemu: word(&ours[..n]) }));
                }
            }
        }
        Ok(None)
    }

    /// Takes over the native bytes of a range, as far as they can be read.
    pub(crate) fn take(&mut self, tracee: &Tracee, addr: u64, len: usize) {
        let mut bytes = vec![0; len];
        let n = tracee.read(addr, &mut bytes);
        // What is not mapped here faults when the program touches it.
        self.mem.poke(GuestAddr(addr), &bytes[..n]).ok();
    }

    /// The bytes of a range, as many as are mapped.
    pub(crate) fn peek(&self, addr: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let n = self.mem.peek(GuestAddr(addr), &mut bytes);
        bytes.truncate(n);
        bytes
    }

    /// Puts bytes back that `peek` gave.
    pub(crate) fn put(&mut self, addr: u64, bytes: &[u8]) {
        // They were mapped when they were read.
        self.mem.poke(GuestAddr(addr), bytes).ok();
    }

    /// Instruction bytes from an address on. Shared memory's are the native ones as they are now.
    pub(crate) fn code(&mut self, tracee: &Tracee, addr: u64, buf: &mut [u8]) -> usize {
        let n = self.mem.fetch(GuestAddr(addr), buf).0;
        if self.region(addr).is_some_and(|r| r.shared) {
            let mut native = vec![0; n];
            if tracee.read(addr, &mut native) == n && native != buf[..n] {
                self.put(addr, &native);
                buf[..n].copy_from_slice(&native);
            }
        }
        n
    }

    /// Whether code may be there.
    pub(crate) fn is_code(&self, range: AddrRange) -> bool {
        self.mem.overlapping(range).any(|m| m.prot.contains(Prot::EXEC))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_byte_that_nobody_should_have_written_is_found() {
        let tracee = Tracee::start(&mut Command::new("/bin/true")).unwrap();
        let mut guest = Guest::copy(&tracee).unwrap();
        assert_eq!(guest.first_difference(&tracee).unwrap(), None);
        let stack = guest.regions.iter().find(|r| r.origin == Origin::Stack).unwrap().range;
        // In a page that the kernel has filled, and in one that nobody has touched.
        for addr in [stack.end.0 - 24, stack.start.0 + 8] {
            let before = guest.peek(addr, 8);
            let changed: Vec<u8> = before.iter().map(|b| b ^ 1).collect();
            guest.put(addr, &changed);
            let found = guest.first_difference(&tracee).unwrap().unwrap();
            assert_eq!(found, Bytes { addr, native: before, uemu: changed });
            guest.put(addr, &found.native);
        }
        tracee.write(stack.end.0 - 24, &[7]).unwrap();
        guest.follow(&tracee).unwrap();
        assert_eq!(guest.peek(stack.end.0 - 24, 1), [7]);
        assert_eq!(guest.first_difference(&tracee).unwrap(), None);
    }
}
