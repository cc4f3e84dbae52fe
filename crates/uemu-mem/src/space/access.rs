//! Reads and writes by the kernel and by an engine's slow path.

use super::fault::{allows, file_part, piece};
use super::{AddressSpace, Kind};
use crate::page::Page;
use crate::{Access, Cause, GuestAddr, MemFault, PAGE_SIZE};

/// Up to this many bytes `check_write` makes the pages ready, so that the write itself cannot fail; a larger range
/// is checked against the mappings only, lest a length alone make the space grow.
const READY: u64 = 64 * 1024;

impl AddressSpace {
    /// Fills `buf` from `addr`. On a fault `buf` may be partly written.
    pub fn read(&mut self, addr: GuestAddr, buf: &mut [u8]) -> Result<(), MemFault> {
        match self.read_prefix(addr, buf).1 {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Writes `bytes` at `addr`. Checks the whole range first: on a fault nothing has been written.
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemFault> {
        if piece(addr, bytes.len()) < bytes.len() {
            self.make_writable(addr, bytes.len())?;
        }
        match self.write_prefix(addr, bytes).1 {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// As many leading bytes as can be read: (count, fault that stopped it).
    pub fn read_prefix(&mut self, addr: GuestAddr, buf: &mut [u8]) -> (usize, Option<MemFault>) {
        self.read_as(addr, buf, Access::Read)
    }

    /// Instruction bytes at `addr`: up to `buf.len()`, stopping at the first byte that cannot be executed.
    pub fn fetch(&mut self, addr: GuestAddr, buf: &mut [u8]) -> (usize, Option<MemFault>) {
        self.read_as(addr, buf, Access::Execute)
    }

    fn read_as(&mut self, addr: GuestAddr, buf: &mut [u8], access: Access) -> (usize, Option<MemFault>) {
        let mut done = 0;
        while done < buf.len() {
            let at = addr.wrapping_add(done as u64);
            let n = piece(at, buf.len() - done);
            match self.slot_for_read(at, access, false) {
                Ok(slot) => slot.read(at.page_offset(), &mut buf[done..done + n]),
                Err(fault) => return (done, Some(fault)),
            };
            done += n;
        }
        (done, None)
    }

    /// As many leading bytes as can be written.
    pub fn write_prefix(&mut self, addr: GuestAddr, bytes: &[u8]) -> (usize, Option<MemFault>) {
        self.write_as(addr, bytes, false)
    }

    fn write_as(&mut self, addr: GuestAddr, bytes: &[u8], any_prot: bool) -> (usize, Option<MemFault>) {
        let mut done = 0;
        while done < bytes.len() {
            let at = addr.wrapping_add(done as u64);
            let n = piece(at, bytes.len() - done);
            match self.slot_for_write(at, any_prot) {
                Ok(slot) => slot.write(at.page_offset(), &bytes[done..done + n]),
                Err(fault) => return (done, Some(fault)),
            };
            self.note_write(at);
            done += n;
        }
        (done, None)
    }

    /// Makes every page of the range ready for writing.
    fn make_writable(&mut self, addr: GuestAddr, len: usize) -> Result<(), MemFault> {
        let mut done = 0;
        while done < len {
            let at = addr.wrapping_add(done as u64);
            self.slot_for_write(at, false)?;
            done += piece(at, len - done);
        }
        Ok(())
    }

    /// Whether every byte of the range can be written (what a read-modify-write checks before it reads).
    /// Up to 64 KiB a later write cannot fail; beyond, the memory limit may still stop it.
    pub fn check_write(&mut self, addr: GuestAddr, len: u64) -> Result<(), MemFault> {
        if len <= READY {
            return self.make_writable(addr, len as usize);
        }
        let mut at = addr;
        loop {
            let m = self.mapping_at(at, Access::Write)?;
            let (range, prot, kind) = (m.range, m.prot, m.kind.clone());
            let fault = |addr, cause| MemFault { addr, access: Access::Write, cause };
            if !allows(prot, Access::Write) {
                return Err(fault(at, Cause::Protection));
            }
            let file_end = match kind {
                Kind::File { bytes, offset, .. } => Some((bytes.len() as u64).saturating_sub(offset)),
                Kind::Shared { object, offset, .. } => Some(object.len().saturating_sub(offset)),
                _ => None,
            };
            let usable = match file_end.and_then(|n| GuestAddr(n).page_up()) {
                Some(n) => GuestAddr(range.start.0.saturating_add(n.0)).min(range.end),
                None => range.end,
            };
            let end = addr.0.saturating_add(len);
            if usable.0 < end && usable < range.end {
                return Err(fault(usable.max(at), Cause::PastFileEnd));
            }
            if range.end.0 >= end {
                return Ok(());
            }
            at = range.end;
        }
    }

    /// Reads regardless of protection (debuggers, symbolisation), touching nothing; bytes that are not mapped stop
    /// it. Returns how many were read.
    pub fn peek(&self, addr: GuestAddr, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while done < buf.len() {
            let at = addr.wrapping_add(done as u64);
            let n = piece(at, buf.len() - done);
            let to = &mut buf[done..done + n];
            let Some(m) = self.find(at) else { return done };
            let into = at.page_down().0 - m.range.start.0;
            match &m.kind {
                Kind::Shared { object, offset, .. } => {
                    if !object.peek_page(offset.saturating_add(into) / PAGE_SIZE, at.page_offset(), to) {
                        return done;
                    }
                }
                kind => match (self.table.get(at.page()), kind) {
                    (Some(page), _) => {
                        page.read(at.page_offset(), to);
                    }
                    (None, Kind::File { bytes, offset, .. }) => {
                        let Some(part) = file_part(bytes, offset.saturating_add(into)) else {
                            return done;
                        };
                        to.fill(0);
                        let from = part.get(at.page_offset()..).unwrap_or_default();
                        let k = from.len().min(n);
                        to[..k].copy_from_slice(&from[..k]);
                    }
                    (None, _) => {
                        Page::zero().read(at.page_offset(), to);
                    }
                },
            }
            done += n;
        }
        done
    }

    /// Writes regardless of protection (the loader, debuggers); unmapped memory is a fault.
    pub fn poke(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemFault> {
        match self.write_as(addr, bytes, true).1 {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// A little-endian u64.
    pub fn read_u64(&mut self, addr: GuestAddr) -> Result<u64, MemFault> {
        let mut b = [0; 8];
        self.read(addr, &mut b)?;
        Ok(u64::from_le_bytes(b))
    }

    /// A little-endian u32.
    pub fn read_u32(&mut self, addr: GuestAddr) -> Result<u32, MemFault> {
        let mut b = [0; 4];
        self.read(addr, &mut b)?;
        Ok(u32::from_le_bytes(b))
    }

    /// Writes a little-endian u64.
    pub fn write_u64(&mut self, addr: GuestAddr, value: u64) -> Result<(), MemFault> {
        self.write(addr, &value.to_le_bytes())
    }

    /// Writes a little-endian u32.
    pub fn write_u32(&mut self, addr: GuestAddr, value: u32) -> Result<(), MemFault> {
        self.write(addr, &value.to_le_bytes())
    }

    /// The bytes up to a NUL (excluded), at most `max`; `None` in the Ok means no NUL within `max`.
    pub fn read_cstr(&mut self, addr: GuestAddr, max: usize) -> Result<Option<Vec<u8>>, MemFault> {
        let mut out = Vec::new();
        let mut page = [0; PAGE_SIZE as usize];
        while out.len() < max {
            let at = addr.wrapping_add(out.len() as u64);
            let n = piece(at, max - out.len());
            let part = &mut page[..n];
            self.read(at, part)?;
            match part.iter().position(|&b| b == 0) {
                Some(end) => {
                    out.extend_from_slice(&part[..end]);
                    return Ok(Some(out));
                }
                None => out.extend_from_slice(part),
            }
        }
        Ok(None)
    }
}
