//! The verbs of the address space one by one: mmap(2), munmap(2), mprotect(2), mremap(2), madvise(2), and faults.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use uemu_mem::space::{GUARD_GAP, MMAP_BASE};
use uemu_mem::{
    Access, AddrRange, AddressSpace, Cause, GuestAddr, Kind, MapError, MapRequest, MemFault, PAGE_SIZE, Place, Prot,
    SharedObject, USER_END,
};

const P: u64 = PAGE_SIZE;
const RW: Prot = Prot::READ.union(Prot::WRITE);
const AT: u64 = 0x40_0000;

fn space() -> AddressSpace {
    AddressSpace::new(1 << 30)
}
fn range(start: u64, pages: u64) -> AddrRange {
    AddrRange::new(GuestAddr(start), pages * P).unwrap()
}
fn fixed(s: &mut AddressSpace, start: u64, pages: u64, prot: Prot, kind: Kind) {
    let at = Place::Fixed(GuestAddr(start));
    assert_eq!(s.map(MapRequest { place: at, len: pages * P, prot, kind }), Ok(GuestAddr(start)));
}
fn anywhere(s: &mut AddressSpace, hint: u64, pages: u64) -> Result<GuestAddr, MapError> {
    s.map(MapRequest { place: Place::Hint(GuestAddr(hint)), len: pages * P, prot: RW, kind: Kind::Anon })
}
fn file(bytes: &[u8], offset: u64) -> Kind {
    Kind::File { bytes: bytes.into(), offset, name: "/f".into(), inode: 1 }
}
fn shared(object: &SharedObject, offset: u64) -> Kind {
    Kind::Shared { object: object.clone(), offset, name: "/s".into() }
}
fn fault(addr: u64, access: Access, cause: Cause) -> MemFault {
    MemFault { addr: GuestAddr(addr), access, cause }
}
fn byte(s: &mut AddressSpace, addr: u64) -> Result<u8, MemFault> {
    let mut b = [0];
    s.read(GuestAddr(addr), &mut b).map(|()| b[0])
}
fn layout(s: &AddressSpace) -> Vec<(u64, u64, u8)> {
    s.mappings().map(|m| (m.range.start.0, m.range.len() / P, m.prot.bits())).collect()
}

#[test]
fn anonymous_memory_is_backed_by_its_first_write_only() {
    let mut s = space();
    fixed(&mut s, AT, 1 << 20, RW, Kind::Anon);
    assert_eq!(s.read_u64(GuestAddr(AT + 5 * P)), Ok(0));
    assert_eq!(s.resident_bytes(), 0);
    s.write(GuestAddr(AT + 2 * P - 4), &[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    assert_eq!(s.resident_bytes(), 2 * P);
    assert_eq!(s.read_u64(GuestAddr(AT + 2 * P - 4)), Ok(0x0807_0605_0403_0201));
}

#[test]
fn a_terabyte_may_be_reserved() {
    let mut s = AddressSpace::new(1 << 20);
    let at = s
        .map(MapRequest { place: Place::Hint(GuestAddr::NULL), len: 1 << 40, prot: Prot::empty(), kind: Kind::Anon })
        .unwrap();
    s.protect(AddrRange::new(at, 1 << 40).unwrap(), RW).unwrap();
    s.write_u32(at.wrapping_add((1 << 40) - 4), 7).unwrap();
    s.unmap(AddrRange::new(at, 1 << 40).unwrap()).unwrap();
    assert_eq!((s.resident_bytes(), s.mappings().count()), (0, 0));
}

#[test]
fn the_memory_limit_stops_the_next_page_only() {
    let mut s = AddressSpace::new(2 * P);
    fixed(&mut s, AT, 8, RW, Kind::Anon);
    s.write(GuestAddr(AT), &[1; 8192]).unwrap();
    let oom = fault(AT + 2 * P, Access::Write, Cause::OutOfMemory);
    assert_eq!(s.write(GuestAddr(AT + 2 * P - 1), &[9, 9]), Err(oom));
    assert_eq!(byte(&mut s, AT + 2 * P - 1), Ok(1), "nothing of a refused write is done");
    assert_eq!(byte(&mut s, AT + 3 * P), Ok(0), "reading zeros costs nothing");
    s.discard(range(AT, 1)).unwrap();
    s.write_u32(GuestAddr(AT + 2 * P), 1).unwrap();
    // Pages of a shared object count for the space that adds them.
    fixed(&mut s, AT, 8, RW, shared(&SharedObject::new(8 * P), 0));
    s.write(GuestAddr(AT), &[1; 8192]).unwrap();
    assert_eq!(byte(&mut s, AT + 2 * P).unwrap_err().cause, Cause::OutOfMemory);
}

#[test]
fn faults_name_the_first_byte_and_the_cause() {
    let mut s = space();
    fixed(&mut s, AT, 1, RW, Kind::Anon);
    fixed(&mut s, AT + P, 1, Prot::READ, Kind::Anon);
    let mut b = [0; 16];
    assert_eq!(s.write(GuestAddr(AT + P - 3), &b), Err(fault(AT + P, Access::Write, Cause::Protection)));
    let past = fault(AT + 2 * P, Access::Read, Cause::Unmapped);
    assert_eq!(s.read_prefix(GuestAddr(AT + 2 * P - 3), &mut b), (3, Some(past)));
    assert_eq!(s.fetch(GuestAddr(AT), &mut b), (0, Some(fault(AT, Access::Execute, Cause::Protection))));
    for (addr, cause) in [
        (1 << 47, Cause::NonCanonical),
        (0xffff_7fff_ffff_ffff, Cause::NonCanonical),
        (0xffff_8000_0000_0000, Cause::Unmapped),
        (u64::MAX, Cause::Unmapped),
        (0, Cause::Unmapped),
    ] {
        assert_eq!(byte(&mut s, addr), Err(fault(addr, Access::Read, cause)));
        assert_eq!(s.check_write(GuestAddr(addr), u64::MAX), Err(fault(addr, Access::Write, cause)));
    }
    assert_eq!(s.check_write(GuestAddr(AT), u64::MAX), Err(fault(AT + P, Access::Write, Cause::Protection)));
    assert_eq!(s.read(GuestAddr(1), &mut []), Ok(()));
}

#[test]
fn any_right_lets_x86_read_and_none_lets_nothing() {
    let mut s = space();
    for prot in [Prot::READ, Prot::WRITE, Prot::EXEC] {
        fixed(&mut s, AT, 1, prot, Kind::Anon);
        assert_eq!(byte(&mut s, AT), Ok(0), "{prot:?}");
    }
    fixed(&mut s, AT, 1, Prot::empty(), Kind::Anon);
    assert_eq!(byte(&mut s, AT), Err(fault(AT, Access::Read, Cause::Protection)));
    s.poke(GuestAddr(AT), &[7]).unwrap();
    let mut b = [0; 2];
    assert_eq!((s.peek(GuestAddr(AT), &mut b), b), (2, [7, 0]));
    assert_eq!(s.poke(GuestAddr(AT + P), &[7]).unwrap_err().cause, Cause::Unmapped);
}

#[test]
fn file_pages_end_in_zeros_and_then_in_sigbus() {
    let mut s = space();
    let bytes: Vec<u8> = (0..5000).map(|i| (i % 251) as u8).collect();
    fixed(&mut s, AT, 4, RW, file(&bytes, P));
    let mut b = [0xff; 4096];
    s.read(GuestAddr(AT), &mut b).unwrap();
    assert_eq!(&b[..904], &bytes[4096..]);
    assert!(b[904..].iter().all(|&b| b == 0));
    assert_eq!(byte(&mut s, AT + P), Err(fault(AT + P, Access::Read, Cause::PastFileEnd)));
    assert_eq!(s.write_u32(GuestAddr(AT + P), 1), Err(fault(AT + P, Access::Write, Cause::PastFileEnd)));
    assert_eq!(s.check_write(GuestAddr(AT), 1 << 20), Err(fault(AT + P, Access::Write, Cause::PastFileEnd)));
    assert_eq!(s.peek(GuestAddr(AT + 900), &mut [0; 8192]), 4096 - 900);
    s.write(GuestAddr(AT), b"mine").unwrap();
    s.discard(range(AT, 1)).unwrap();
    assert_eq!(byte(&mut s, AT), Ok(bytes[4096]));
}

#[test]
fn shared_objects_are_one_memory_with_their_file() {
    let object = SharedObject::from_bytes(b"hello");
    let (mut s, mut t) = (space(), space());
    fixed(&mut s, AT, 2, RW, shared(&object, 0));
    fixed(&mut t, AT + 8 * P, 1, RW, shared(&object, 0));
    t.write(GuestAddr(AT + 8 * P + 1), b"a").unwrap();
    object.write_at(4, b"ooo");
    let mut b = [0; 8];
    s.read(GuestAddr(AT), &mut b).unwrap();
    assert_eq!(&b, b"hallooo\0");
    assert_eq!(object.read_at(5, &mut b), 2);
    assert_eq!(byte(&mut s, AT + P).unwrap_err().cause, Cause::PastFileEnd);
    object.set_len(P + 1);
    s.write(GuestAddr(AT + P), b"xyz").unwrap();
    object.set_len(P + 3);
    assert_eq!(object.read_at(P, &mut b), 3);
    assert_eq!(&b[..3], b"x\0\0", "bytes written past the end never become contents");
    object.set_len(2);
    assert_eq!(byte(&mut s, AT + P).unwrap_err().cause, Cause::PastFileEnd);
    object.set_len(2 * P);
    assert_eq!(byte(&mut s, AT + P), Ok(0));
    assert_eq!(byte(&mut s, AT + 2), Ok(0));
    assert_eq!(byte(&mut s, AT + 1), Ok(b'a'));
    s.discard(range(AT, 2)).unwrap();
    assert_eq!(byte(&mut s, AT + 1), Ok(b'a'));
    assert_eq!(object.write_at(i64::MAX as u64 - 1, b"abc"), 1);
    assert_eq!(object.write_at(u64::MAX, b"abc"), 0);
}

#[test]
fn equal_neighbours_become_one_and_parts_come_apart() {
    let mut s = space();
    fixed(&mut s, AT, 2, RW, Kind::Anon);
    fixed(&mut s, AT + 4 * P, 2, RW, Kind::Anon);
    fixed(&mut s, AT + 2 * P, 2, RW, Kind::Anon);
    assert_eq!(layout(&s), [(AT, 6, 3)]);
    s.protect(range(AT + 2 * P, 1), Prot::READ).unwrap();
    assert_eq!(layout(&s), [(AT, 2, 3), (AT + 2 * P, 1, 1), (AT + 3 * P, 3, 3)]);
    s.protect(range(AT, 3), RW).unwrap();
    assert_eq!(layout(&s), [(AT, 6, 3)]);
    s.unmap(range(AT + P, 1)).unwrap();
    assert_eq!(layout(&s), [(AT, 1, 3), (AT + 2 * P, 4, 3)]);
    // As on Linux, what precedes the hole is changed.
    assert_eq!(s.protect(range(AT, 3), Prot::READ), Err(MapError::Unmapped));
    assert_eq!(layout(&s), [(AT, 1, 1), (AT + 2 * P, 4, 3)]);
    let bytes = vec![5; 3 * 4096];
    fixed(&mut s, AT, 3, Prot::READ, file(&bytes, 0));
    s.protect(range(AT + P, 1), RW).unwrap();
    s.protect(range(AT + P, 1), Prot::READ).unwrap();
    assert_eq!(layout(&s)[0], (AT, 3, 1));
}

#[test]
fn misuse_is_refused_and_changes_nothing() {
    let mut s = space();
    fixed(&mut s, AT, 2, RW, Kind::Anon);
    let request = |place, len| MapRequest { place, len, prot: RW, kind: Kind::Anon };
    assert_eq!(s.map(request(Place::Hint(GuestAddr(0)), 0)), Err(MapError::Invalid));
    assert_eq!(s.map(request(Place::Fixed(GuestAddr(AT + 1)), P)), Err(MapError::Invalid));
    assert_eq!(s.map(request(Place::Fixed(USER_END), P)), Err(MapError::NoMemory));
    assert_eq!(s.map(request(Place::Fixed(GuestAddr(!0xfff)), 2 * P)), Err(MapError::NoMemory));
    assert_eq!(s.map(request(Place::Hint(GuestAddr(0)), u64::MAX)), Err(MapError::NoMemory));
    assert_eq!(s.map(request(Place::Hint(GuestAddr(0)), 1 << 47)), Err(MapError::NoMemory));
    assert_eq!(s.map(request(Place::FixedNoReplace(GuestAddr(AT + P)), P)), Err(MapError::Exists));
    let beyond = AddrRange { start: GuestAddr(AT), end: GuestAddr(u64::MAX) };
    assert_eq!(s.unmap(beyond), Err(MapError::Invalid));
    assert_eq!(s.unmap(AddrRange { start: GuestAddr(AT + 1), end: GuestAddr(AT + P) }), Err(MapError::Invalid));
    assert_eq!(s.protect(beyond, RW), Err(MapError::Invalid));
    assert_eq!(s.discard(range(AT, 3)), Err(MapError::Unmapped));
    assert_eq!(layout(&s), [(AT, 2, 3)]);
}

#[test]
fn mappings_are_placed_top_down_and_hints_taken_when_free() {
    let mut s = space();
    let a = anywhere(&mut s, 0, 2).unwrap();
    assert_eq!(a, GuestAddr(MMAP_BASE.0 - 2 * P));
    assert_eq!(anywhere(&mut s, 0, 1), Ok(GuestAddr(a.0 - P)));
    assert_eq!(anywhere(&mut s, AT + 5, 1), Ok(GuestAddr(AT)));
    assert_eq!(anywhere(&mut s, AT, 1), Ok(GuestAddr(a.0 - 2 * P)));
    s.unmap(range(a.0, 1)).unwrap();
    assert_eq!(anywhere(&mut s, 0, 1), Ok(a), "the highest hole is filled first");
    assert_eq!(anywhere(&mut s, 0x1000, 1).map(|g| g > GuestAddr(AT)), Ok(true), "not below mmap_min_addr");
    // Below the base there is no room: above it then.
    fixed(&mut s, 0x1_0000, (MMAP_BASE.0 - 0x1_0000) / P, RW, Kind::Anon);
    assert_eq!(anywhere(&mut s, 0, 1), Ok(MMAP_BASE));
}

#[test]
fn the_stack_grows_on_access_down_to_its_limit() {
    let mut s = space();
    let top = 0x7fff_ffff_f000;
    let limit = 64 * P;
    fixed(&mut s, top - 2 * P, 2, RW, Kind::Stack { limit });
    s.write_u64(GuestAddr(top - 10 * P), 5).unwrap();
    assert_eq!(layout(&s), [(top - 10 * P, 10, 3)]);
    assert_eq!(byte(&mut s, top - limit), Ok(0));
    let past = top - limit - 1;
    assert_eq!(byte(&mut s, past), Err(fault(past, Access::Read, Cause::StackLimit)));
    assert_eq!(byte(&mut s, AT).unwrap_err().cause, Cause::Unmapped);
    // It keeps its distance from what lies below.
    let mut s = space();
    fixed(&mut s, top - 2 * P, 2, RW, Kind::Stack { limit: 1 << 30 });
    let below = top - 10 * P - GUARD_GAP;
    fixed(&mut s, below, 1, RW, Kind::Anon);
    assert_eq!(byte(&mut s, top - 9 * P), Ok(0));
    assert_eq!(byte(&mut s, top - 10 * P).unwrap_err().cause, Cause::StackLimit);
    s.protect(range(below, 1), Prot::empty()).unwrap();
    assert_eq!(byte(&mut s, top - 10 * P), Ok(0), "a guard of the program's own needs no gap");
}

#[test]
fn mremap_resizes_moves_and_refuses_as_linux_does() {
    let mut s = space();
    fixed(&mut s, AT, 4, RW, Kind::Anon);
    for i in 0..4 {
        s.write_u64(GuestAddr(AT + i * P), i).unwrap();
    }
    assert_eq!(s.remap(range(AT, 4), 2 * P, false, None), Ok(GuestAddr(AT)));
    assert_eq!(s.remap(range(AT, 2), 3 * P, false, None), Ok(GuestAddr(AT)));
    assert_eq!(s.read_u64(GuestAddr(AT + 2 * P)), Ok(0));
    fixed(&mut s, AT + 3 * P, 1, Prot::READ, Kind::Anon);
    assert_eq!(s.remap(range(AT, 3), 4 * P, false, None), Err(MapError::NoMemory));
    let to = s.remap(range(AT + P, 2), 4 * P, true, None).unwrap();
    assert_eq!(s.read_u64(to), Ok(1));
    assert_eq!(byte(&mut s, AT + P).unwrap_err().cause, Cause::Unmapped);
    assert_eq!(s.find(to).unwrap().range, AddrRange::new(to, 4 * P).unwrap());
    let target = GuestAddr(AT + 3 * P);
    assert_eq!(s.remap(range(to.0, 4), P, true, Some(target)), Ok(target));
    assert_eq!((s.read_u64(target), s.mappings().count(), s.resident_bytes()), (Ok(1), 2, 2 * P));
    for (old, len, may_move, to) in [
        (range(AT, 1), 0, true, None),
        (range(AT, 1), P, false, Some(GuestAddr(AT + 8 * P))),
        (range(AT, 1), 2 * P, true, Some(GuestAddr(AT - P))),
        (range(AT, 1), 2 * P, true, Some(GuestAddr(AT + P + 1))),
        (range(AT, 1), P, true, Some(USER_END)),
        (range(AT, 0), P, true, None),
    ] {
        assert_eq!(s.remap(old, len, may_move, to), Err(MapError::Invalid));
    }
    assert_eq!(s.remap(range(AT + P, 1), P, true, None), Err(MapError::Unmapped));
    assert_eq!(s.remap(range(AT, 2), 3 * P, true, None), Err(MapError::Unmapped));
    assert_eq!(layout(&s), [(AT, 1, 3), (AT + 3 * P, 1, 3)]);
}

#[test]
fn mremap_of_no_bytes_maps_shared_memory_twice() {
    let mut s = space();
    fixed(&mut s, AT, 2, RW, shared(&SharedObject::new(2 * P), 0));
    let to = s.remap(range(AT + P, 0), P, true, None).unwrap();
    s.write_u32(to, 77).unwrap();
    assert_eq!(s.read_u32(GuestAddr(AT + P)), Ok(77));
}

#[test]
fn the_number_of_mappings_is_limited() {
    let mut s = space();
    fixed(&mut s, AT, 200_000, RW, Kind::Anon);
    let mut cuts = 0;
    let refused = loop {
        match s.protect(range(AT + P + cuts * 2 * P, 1), Prot::READ) {
            Ok(()) => cuts += 1,
            Err(e) => break e,
        }
        assert!(cuts < 100_000);
    };
    assert_eq!(refused, MapError::NoMemory);
    let max = uemu_mem::space::MAX_MAPPINGS;
    for count in s.mappings().count()..max {
        assert!(s.mappings().count() <= count + 1);
        // Pages apart, so that they do not join.
        fixed(&mut s, 0x10_0000_0000 + count as u64 * 2 * P, 1, RW, Kind::Anon);
    }
    assert_eq!((s.mappings().count(), anywhere(&mut s, 0, 1)), (max, Err(MapError::NoMemory)));
}

#[test]
fn strings_end_at_nul_limit_or_fault() {
    let mut s = space();
    fixed(&mut s, AT, 2, RW, Kind::Anon);
    s.write(GuestAddr(AT), &[b'a'; 2 * 4096]).unwrap();
    s.write(GuestAddr(AT + P + 1), &[0]).unwrap();
    assert_eq!(s.read_cstr(GuestAddr(AT + P - 2), 10), Ok(Some(b"aaa".to_vec())));
    assert_eq!(s.read_cstr(GuestAddr(AT + P - 2), 3), Ok(None));
    assert_eq!(s.read_cstr(GuestAddr(AT + P - 2), 4), Ok(Some(b"aaa".to_vec())));
    assert_eq!(s.read_cstr(GuestAddr(AT + 2 * P - 2), 10), Err(fault(AT + 2 * P, Access::Read, Cause::Unmapped)));
}

#[test]
fn a_space_may_move_between_threads() {
    fn send<T: Send>(_: T) {}
    send((space(), uemu_mem::Tlb::new_boxed(), SharedObject::new(1)));
    send(Arc::new(SharedObject::new(1)));
}
