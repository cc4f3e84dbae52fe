//! Memory: brk(2), mmap(2) and what goes with them.

use super::args::{
    Advice, Fd, Hex, LockAllFlags, LockFlags, MapArg, ProtArg, PtrOut, RemapArg, RemapTarget, Residency, SyncFlags,
};
use crate::context::TaskCtx;
use crate::fd::FileKind;
use crate::stop::SysResult;
use std::sync::Arc;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::process::{MAP_SHARED_VALIDATE, MAP_TYPE, MapFlags, PROT_GROWSDOWN, PROT_GROWSUP, RemapFlags, rlimit};
use uemu_mem::{
    AddrRange, GuestAddr, Kind, MMAP_MIN, MapError, MapRequest, PAGE_SIZE, Place, Prot, SharedObject, USER_END,
};

fn prot(bits: u32) -> Prot {
    Prot::from_bits_truncate((bits & 7) as u8)
}

fn pages(start: GuestAddr, len: u64) -> Option<AddrRange> {
    AddrRange::new(start, GuestAddr(len).page_up()?.0)
}

/// RLIMIT_AS and RLIMIT_DATA: whether `more` bytes may be mapped.
fn within_limits(t: &mut TaskCtx<'_>, more: u64) -> bool {
    let limit = t.process().limits.get(rlimit::AS as usize).map_or(rlimit::INFINITY, |l| l.cur);
    limit == rlimit::INFINITY || t.mem.mapped_bytes().saturating_add(more) <= limit
}

/// brk(2), as the kernel has it: the new end, or the old one if it cannot be moved.
pub fn brk(t: &mut TaskCtx<'_>, addr: GuestAddr) -> SysResult<GuestAddr> {
    let id = t.k.task(t.tid).space;
    let Some(space) = t.k.spaces.get(id) else { return Err(Errno::ENOMEM.into()) };
    let (start, old) = (space.brk_start, space.brk);
    let refused = Ok(GuestAddr(old));
    let data_limit = t.process().limits.get(rlimit::DATA as usize).map_or(rlimit::INFINITY, |l| l.cur);
    if addr.0 < start || addr.0.saturating_sub(start) > data_limit {
        return refused;
    }
    let (Some(old_end), Some(new_end)) = (GuestAddr(old).page_up(), addr.page_up()) else { return refused };
    if new_end < old_end {
        let Some(range) = AddrRange::new(new_end, old_end.0 - new_end.0) else { return refused };
        if t.mem.unmap(range).is_err() {
            return refused;
        }
    } else if new_end > old_end {
        let len = new_end.0 - old_end.0;
        // A page is kept free after the heap, as Linux checks with its guard gap.
        let free = new_end < USER_END
            && AddrRange::new(old_end, len.saturating_add(PAGE_SIZE))
                .is_some_and(|r| t.mem.overlapping(r).next().is_none());
        if !free || !within_limits(t, len) || len > t.k.config.limits.memory {
            return refused;
        }
        let request =
            MapRequest { place: Place::FixedNoReplace(old_end), len, prot: Prot::READ | Prot::WRITE, kind: Kind::Heap };
        if t.mem.map(request).is_err() {
            return refused;
        }
    }
    if let Some(space) = t.k.spaces.get_mut(id) {
        space.brk = addr.0;
    }
    Ok(addr)
}

/// mmap(2)
pub fn mmap(
    t: &mut TaskCtx<'_>,
    addr: GuestAddr,
    len: u64,
    prot_bits: ProtArg,
    flags: MapArg,
    fd: Fd,
    offset: Hex,
) -> SysResult<GuestAddr> {
    let f = MapFlags::from_bits_retain(flags.0);
    if !offset.0.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL.into());
    }
    let anonymous = f.contains(MapFlags::ANONYMOUS);
    if !anonymous {
        // EBADF comes before EINVAL for a bad length.
        t.file(fd.0)?;
    } else if flags.0 & MAP_TYPE == MAP_SHARED_VALIDATE {
        return Err(Errno::EINVAL.into());
    }
    let shared = match flags.0 & MAP_TYPE {
        1 | MAP_SHARED_VALIDATE => true,
        2 => false,
        _ => return Err(Errno::EINVAL.into()),
    };
    // Flags every file takes (LEGACY_MAP_MASK): MAP_SYNC is for persistent memory.
    const VALIDATED: u32 = 0x07_f9f3;
    if flags.0 & MAP_TYPE == MAP_SHARED_VALIDATE && flags.0 & 0x03ff_ffff & !VALIDATED != 0 {
        return Err(Errno::EOPNOTSUPP.into());
    }
    if f.contains(MapFlags::GROWSDOWN) && (shared || !anonymous) {
        return Err(Errno::EINVAL.into());
    }
    if len == 0 {
        return Err(Errno::EINVAL.into());
    }
    let len = GuestAddr(len).page_up().ok_or(Errno::ENOMEM)?.0;
    if len > USER_END.0 {
        return Err(Errno::ENOMEM.into());
    }
    if f.contains(MapFlags::HUGETLB) {
        // There are no huge pages.
        return Err(Errno::ENOMEM.into());
    }
    if !within_limits(t, len) {
        return Err(Errno::ENOMEM.into());
    }
    let wanted = prot(prot_bits.0);
    let kind = if f.contains(MapFlags::ANONYMOUS) {
        if shared {
            let name: Arc<str> = "/dev/zero (deleted)".into();
            Kind::Shared { object: SharedObject::new(len), offset: 0, name }
        } else if f.contains(MapFlags::GROWSDOWN) {
            let limit = t.process().limits.get(rlimit::STACK as usize).map_or(0, |l| l.cur);
            Kind::Stack { limit: limit.min(t.k.config.limits.stack).max(len) }
        } else {
            Kind::Anon
        }
    } else {
        file_kind(t, fd.0, shared, wanted, len, offset.0)?
    };
    let place = if f.contains(MapFlags::FIXED_NOREPLACE) {
        Place::FixedNoReplace(addr)
    } else if f.contains(MapFlags::FIXED) {
        Place::Fixed(addr)
    } else {
        Place::Hint(if f.contains(MapFlags::M32BIT) { low_place(t, len) } else { addr.page_down() })
    };
    if f.intersects(MapFlags::FIXED | MapFlags::FIXED_NOREPLACE) {
        if !addr.is_page_aligned() {
            return Err(Errno::EINVAL.into());
        }
        // vm.mmap_min_addr: a null pointer shall fault.
        if addr < MMAP_MIN {
            return Err(Errno::EPERM.into());
        }
    }
    Ok(t.mem.map(MapRequest { place, len, prot: wanted, kind })?)
}

/// MAP_32BIT: a free place in the low 2 GiB, or no preference.
fn low_place(t: &TaskCtx<'_>, len: u64) -> GuestAddr {
    const FROM: u64 = 0x4000_0000;
    const TO: u64 = 0x8000_0000;
    let mut at = FROM;
    for m in t.mem.mappings().filter(|m| m.range.end.0 > FROM && m.range.start.0 < TO) {
        if m.range.start.0.saturating_sub(at) >= len {
            break;
        }
        at = m.range.end.0;
    }
    if at.checked_add(len).is_some_and(|end| end <= TO) { GuestAddr(at) } else { GuestAddr::NULL }
}

/// What a mapping of an open file is made of.
fn file_kind(t: &mut TaskCtx<'_>, fd: i32, shared: bool, wanted: Prot, len: u64, offset: u64) -> SysResult<Kind> {
    let id = t.file(fd)?;
    let open = t.k.files.file(id)?;
    let flags = open.flags;
    if flags.contains(OpenFlags::PATH) {
        return Err(Errno::EBADF.into());
    }
    if !flags.reads() || (shared && wanted.contains(Prot::WRITE) && !flags.writes()) {
        return Err(Errno::EACCES.into());
    }
    let FileKind::Tree(file) = &open.kind else { return Err(Errno::ENODEV.into()) };
    let file = file.clone();
    if offset.checked_add(len).is_none_or(|end| end > i64::MAX as u64) {
        return Err(Errno::EOVERFLOW.into());
    }
    let most = t.k.config.limits.memory;
    let zero = matches!(file.opened, uemu_vfs::Opened::Device(uemu_vfs::Device::Zero));
    if zero {
        return Ok(match shared {
            true => Kind::Shared { object: SharedObject::new(len), offset: 0, name: "/dev/zero (deleted)".into() },
            false => Kind::Anon,
        });
    }
    t.with_fs(|vfs, cx| {
        let path = String::from_utf8_lossy(&vfs.path_of(&file.node)).into_owned();
        let name: Arc<str> = path.into();
        let ino = vfs.file_stat(cx, &file)?.ino;
        if shared {
            match vfs.shared_object(cx, &file, most) {
                Ok(object) => return Ok(Kind::Shared { object, offset, name }),
                // A host file can be mapped shared as long as it is only read: then a copy is as good.
                Err(_) if !flags.writes() => {}
                Err(e) => return Err(e),
            }
        }
        let bytes = vfs.bytes(cx, &file, most)?;
        Ok(Kind::File { bytes, offset, name, inode: ino })
    })
}

/// mprotect(2)
pub fn mprotect(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64, prot_bits: ProtArg) -> SysResult<()> {
    let grows = prot_bits.0 & (PROT_GROWSDOWN | PROT_GROWSUP);
    if grows == PROT_GROWSDOWN | PROT_GROWSUP || !addr.is_page_aligned() {
        return Err(Errno::EINVAL.into());
    }
    if prot_bits.0 & !(0xf | PROT_GROWSDOWN | PROT_GROWSUP) != 0 {
        return Err(Errno::EINVAL.into());
    }
    if len == 0 {
        return Ok(());
    }
    let mut range = pages(addr, len).ok_or(Errno::ENOMEM)?;
    if range.end > USER_END {
        return Err(Errno::ENOMEM.into());
    }
    if grows != 0 {
        let m = t.mem.find(addr).ok_or(Errno::ENOMEM)?;
        if grows == PROT_GROWSUP || !matches!(m.kind, Kind::Stack { .. }) {
            return Err(Errno::EINVAL.into());
        }
        range.start = m.range.start;
    }
    // A shared mapping of a file opened for reading cannot become writable: such mappings are private copies here.
    t.mem.protect(range, prot(prot_bits.0)).map_err(|e| match e {
        MapError::Unmapped => Errno::ENOMEM.into(),
        e => e.into(),
    })
}

/// munmap(2)
pub fn munmap(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64) -> SysResult<()> {
    if len == 0 || !addr.is_page_aligned() {
        return Err(Errno::EINVAL.into());
    }
    let range = pages(addr, len).filter(|r| r.end <= USER_END).ok_or(Errno::EINVAL)?;
    t.mem.unmap(range)?;
    t.k.files.vfs.flush_shared(t.host);
    Ok(())
}

/// mremap(2)
pub fn mremap(
    t: &mut TaskCtx<'_>,
    old: GuestAddr,
    old_len: u64,
    new_len: u64,
    flags: RemapArg,
    new: RemapTarget,
) -> SysResult<GuestAddr> {
    let f = RemapFlags::from_bits_retain(flags.0);
    let known = RemapFlags::MAYMOVE | RemapFlags::FIXED;
    // MREMAP_DONTUNMAP is left out: EINVAL, as on kernels before 5.7.
    if !known.contains(f) || (f.contains(RemapFlags::FIXED) && !f.contains(RemapFlags::MAYMOVE)) {
        return Err(Errno::EINVAL.into());
    }
    let range = pages(old, old_len).ok_or(Errno::EINVAL)?;
    let grown = new_len.saturating_sub(old_len);
    if !within_limits(t, grown) {
        return Err(Errno::ENOMEM.into());
    }
    let fixed = f.contains(RemapFlags::FIXED).then_some(new.0);
    t.mem.remap(range, new_len, f.contains(RemapFlags::MAYMOVE), fixed).map_err(|e| match e {
        MapError::Unmapped => Errno::EFAULT.into(),
        e => e.into(),
    })
}

/// madvise(2)
pub fn madvise(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64, advice: Advice) -> SysResult<()> {
    const DONTNEED: u32 = 4;
    const FREE: u32 = 8;
    const DONTNEED_LOCKED: u32 = 24;
    // MADV_WIPEONFORK (18) is a promise that is not kept here: EINVAL, as on kernels before 4.14.
    let known = matches!(advice.0, 0..=4 | 8 | 10..=17 | 19..=21 | DONTNEED_LOCKED);
    if !known || !addr.is_page_aligned() {
        return Err(Errno::EINVAL.into());
    }
    let range = pages(addr, len).filter(|r| r.end <= USER_END).ok_or(Errno::EINVAL)?;
    if range.is_empty() {
        return Ok(());
    }
    if matches!(advice.0, DONTNEED | DONTNEED_LOCKED) {
        return t.mem.discard(range).map_err(|e| match e {
            MapError::Unmapped => Errno::ENOMEM.into(),
            e => e.into(),
        });
    }
    let mut at = range.start;
    for m in t.mem.overlapping(range) {
        if m.range.start > at {
            break;
        }
        if advice.0 == FREE && !matches!(m.kind, Kind::Anon | Kind::Heap | Kind::Stack { .. }) {
            return Err(Errno::EINVAL.into());
        }
        at = m.range.end;
    }
    // The rest is advice: freed pages may keep their contents, and nothing here reads ahead.
    if at < range.end { Err(Errno::ENOMEM.into()) } else { Ok(()) }
}

/// ENOMEM unless the range is mapped without a hole.
fn all_mapped(t: &TaskCtx<'_>, range: AddrRange) -> SysResult<()> {
    let mut at = range.start;
    for m in t.mem.overlapping(range) {
        if m.range.start > at {
            break;
        }
        at = m.range.end;
    }
    if at < range.end { Err(Errno::ENOMEM.into()) } else { Ok(()) }
}

/// msync(2): mappings of in-memory files are the files; others cannot be written through.
pub fn msync(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64, flags: SyncFlags) -> SysResult<()> {
    if !addr.is_page_aligned() || flags.0 & !7 != 0 || flags.0 & 5 == 5 {
        return Err(Errno::EINVAL.into());
    }
    let range = pages(addr, len).ok_or(Errno::ENOMEM)?;
    all_mapped(t, range)?;
    t.k.files.vfs.flush_shared(t.host);
    Ok(())
}

/// mincore(2): every mapped page is resident.
pub fn mincore(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64, vec: Residency) -> SysResult<()> {
    if !addr.is_page_aligned() {
        return Err(Errno::EINVAL.into());
    }
    let range = pages(addr, len).filter(|r| r.end <= USER_END).ok_or(Errno::ENOMEM)?;
    all_mapped(t, range)?;
    let ones = [1u8; 4096];
    let mut left = range.len() / PAGE_SIZE;
    let mut to = vec.0;
    while left > 0 {
        let n = left.min(ones.len() as u64);
        t.mem.write(to, ones.get(..n as usize).unwrap_or_default())?;
        to = to.wrapping_add(n);
        left -= n;
    }
    Ok(())
}

/// mlock(2), munlock(2): nothing is ever swapped.
pub fn mlock(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64) -> SysResult<()> {
    let start = addr.page_down();
    let range = addr.checked_add(len).and_then(GuestAddr::page_up).map(|end| AddrRange { start, end });
    all_mapped(t, range.ok_or(Errno::EINVAL)?)
}

/// mlock2(2)
pub fn mlock2(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64, flags: LockFlags) -> SysResult<()> {
    const ONFAULT: u32 = 1;
    if flags.0 & !ONFAULT != 0 {
        return Err(Errno::EINVAL.into());
    }
    mlock(t, addr, len)
}

/// mlockall(2)
pub fn mlockall(_t: &mut TaskCtx<'_>, flags: LockAllFlags) -> SysResult<()> {
    const ONFAULT: u32 = 4;
    // MCL_ONFAULT says how, and needs one that says what.
    if flags.0 & !7 != 0 || flags.0 & !ONFAULT == 0 { Err(Errno::EINVAL.into()) } else { Ok(()) }
}

/// munlockall(2)
pub fn munlockall(_t: &mut TaskCtx<'_>) -> SysResult<()> {
    Ok(())
}

/// munlock(2)
pub fn munlock(t: &mut TaskCtx<'_>, addr: GuestAddr, len: u64) -> SysResult<()> {
    mlock(t, addr, len)
}

/// getrandom(2)
pub fn getrandom(t: &mut TaskCtx<'_>, buf: super::args::RandomBuf, flags: RandomFlags) -> SysResult<usize> {
    const INSECURE: u32 = 4;
    const RANDOM: u32 = 2;
    if flags.0 & !7 != 0 || flags.0 & (INSECURE | RANDOM) == INSECURE | RANDOM {
        return Err(Errno::EINVAL.into());
    }
    let len = usize::try_from(buf.len).unwrap_or(usize::MAX).min(i32::MAX as usize);
    let mut done = 0;
    let mut piece = [0; 4096];
    while done < len {
        let n = piece.len().min(len - done);
        let Some(part) = piece.get_mut(..n) else { break };
        t.k.random(t.host, part);
        let (written, fault) = t.mem.write_prefix(buf.addr.wrapping_add(done as u64), part);
        done += written;
        if let Some(fault) = fault {
            return if done > 0 { Ok(done) } else { Err(fault.into()) };
        }
    }
    Ok(done)
}

crate::named_args! {
    /// GRND_*.
    flags RandomFlags(u32) "GRND_???" { 1 => "GRND_NONBLOCK", 2 => "GRND_RANDOM", 4 => "GRND_INSECURE", }
}

/// get_mempolicy(2): there is one node, and the default policy.
pub fn get_mempolicy(
    t: &mut TaskCtx<'_>,
    mode: PtrOut<i32>,
    nodemask: GuestAddr,
    maxnode: u64,
    _addr: GuestAddr,
    flags: Hex,
) -> SysResult<()> {
    if flags.0 != 0 {
        return Err(Errno::EINVAL.into());
    }
    if mode.addr() != GuestAddr::NULL {
        t.mem.write_u32(mode.addr(), 0)?;
    }
    if nodemask != GuestAddr::NULL && maxnode > 0 {
        t.mem.write_u64(nodemask, 0)?;
    }
    Ok(())
}
