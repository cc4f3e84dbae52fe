//! Each way a translation goes stale, and each way decoded code does.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use uemu_mem::{
    AddrRange, AddressSpace, Cause, GuestAddr, Kind, MapRequest, PAGE_SIZE, Place, Prot, SharedCopier, SharedObject,
    TLB_ENTRIES, Tlb,
};

const P: u64 = PAGE_SIZE;
const RW: Prot = Prot::READ.union(Prot::WRITE);
const AT: GuestAddr = GuestAddr(0x40_0000);

fn map(s: &mut AddressSpace, at: GuestAddr, pages: u64, prot: Prot, kind: Kind) {
    s.map(MapRequest { place: Place::Fixed(at), len: pages * P, prot, kind }).unwrap();
}
fn pages(at: GuestAddr, pages: u64) -> AddrRange {
    AddrRange::new(at, pages * P).unwrap()
}

/// A space of four writable pages whose first holds 1.
fn space() -> AddressSpace {
    let mut s = AddressSpace::new(1 << 20);
    map(&mut s, AT, 4, RW, Kind::Anon);
    s.write_u64(AT, 1).unwrap();
    s
}

/// What a TLB that fills nothing says now.
fn look(t: &mut Tlb, s: &mut AddressSpace, at: GuestAddr) -> Option<u64> {
    t.sync(s);
    // SAFETY: just synced with the one space this TLB serves.
    unsafe { t.read(at.0) }
}
fn put(t: &mut Tlb, s: &mut AddressSpace, at: GuestAddr, value: u64) -> bool {
    t.sync(s);
    // SAFETY: as in `look`.
    unsafe { t.write(at.0, value) }
}
fn filled(s: &mut AddressSpace) -> Box<Tlb> {
    let mut t = Tlb::new_boxed();
    t.fill_read(s, AT).unwrap();
    assert!(t.fill_write(s, AT).unwrap());
    assert_eq!(look(&mut t, s, AT), Some(1));
    t
}

#[test]
fn a_hit_is_whole_and_in_one_page() {
    let mut s = space();
    let mut t = filled(&mut s);
    assert!(put(&mut t, &mut s, AT.wrapping_add(P - 8), 5));
    assert_eq!(look(&mut t, &mut s, AT.wrapping_add(P - 8)), Some(5));
    assert_eq!(s.read_u64(AT.wrapping_add(P - 8)), Ok(5));
    t.fill_read(&mut s, AT.wrapping_add(P)).unwrap();
    assert!(t.fill_write(&mut s, AT.wrapping_add(P)).unwrap());
    for off in P - 7..P {
        assert_eq!(look(&mut t, &mut s, AT.wrapping_add(off)), None);
        assert!(!put(&mut t, &mut s, AT.wrapping_add(off), 9));
    }
    // Another page of the same index, and addresses that wrap.
    let alias = AT.wrapping_add(TLB_ENTRIES as u64 * P);
    for at in [alias, GuestAddr(u64::MAX - 3), GuestAddr(0), GuestAddr(u64::MAX)] {
        assert_eq!(look(&mut t, &mut s, at), None);
    }
}

#[test]
fn the_first_write_replaces_the_page_of_zeros() {
    let mut s = space();
    let mut t = Tlb::new_boxed();
    let at = AT.wrapping_add(P);
    t.fill_read(&mut s, at).unwrap();
    assert_eq!(look(&mut t, &mut s, at), Some(0));
    s.write_u64(at, 7).unwrap();
    assert_ne!(look(&mut t, &mut s, at), Some(0));
    t.fill_read(&mut s, at.wrapping_add(P)).unwrap();
    assert!(t.fill_write(&mut s, at.wrapping_add(P)).unwrap());
    assert!(put(&mut t, &mut s, at.wrapping_add(P), 8));
    assert_ne!(look(&mut t, &mut s, at.wrapping_add(P)), Some(0));
}

#[test]
fn each_narrowing_drops_what_it_touches() {
    type Narrow = fn(&mut AddressSpace);
    let ways: [(&str, Narrow); 6] = [
        ("unmap", |s| s.unmap(pages(AT, 1)).unwrap()),
        ("protect", |s| s.protect(pages(AT, 1), Prot::empty()).unwrap()),
        ("discard", |s| s.discard(pages(AT, 1)).unwrap()),
        ("map over", |s| map(s, AT, 1, RW, Kind::Anon)),
        ("move", |s| assert_ne!(s.remap(pages(AT, 1), 2 * P, true, None).unwrap(), AT)),
        ("many at once", |s| {
            for _ in 0..100 {
                s.protect(pages(AT, 1), Prot::READ).unwrap();
                s.protect(pages(AT, 1), Prot::empty()).unwrap();
            }
        }),
    ];
    for (name, narrow) in ways {
        let mut s = space();
        let mut t = filled(&mut s);
        let mut second = filled(&mut s);
        narrow(&mut s);
        for t in [&mut t, &mut second] {
            assert_eq!(look(t, &mut s, AT), None, "{name}");
            assert!(!put(t, &mut s, AT, 2), "{name}");
        }
    }
    let mut s = space();
    let mut t = filled(&mut s);
    s.protect(pages(AT, 1), Prot::READ).unwrap();
    assert!(!put(&mut t, &mut s, AT, 2));
    assert_eq!(t.fill_write(&mut s, AT).unwrap_err().cause, Cause::Protection);
}

#[test]
fn fork_and_snapshot_stop_writes_in_place() {
    for fork in [true, false] {
        let mut s = space();
        let mut t = filled(&mut s);
        let mut other = if fork { s.fork() } else { s.snapshot(&mut SharedCopier::new()) };
        assert!(!put(&mut t, &mut s, AT, 2), "the parent's entry must go");
        assert_eq!(look(&mut t, &mut s, AT), Some(1), "reads stay");
        assert!(t.fill_write(&mut s, AT).unwrap());
        assert!(put(&mut t, &mut s, AT, 2));
        assert_ne!(look(&mut t, &mut s, AT), Some(1), "the read entry follows the copy");
        assert_eq!((other.read_u64(AT), s.read_u64(AT)), (Ok(1), Ok(2)));
        // A TLB taken over to another space keeps nothing.
        assert_eq!(look(&mut t, &mut other, AT), None);
        assert!(!put(&mut t, &mut other, AT, 3));
        other.write_u64(AT, 4).unwrap();
        assert_eq!(s.read_u64(AT), Ok(2));
    }
}

#[test]
fn truncation_reaches_every_mapping() {
    let object = SharedObject::new(2 * P);
    let mut s = AddressSpace::new(1 << 20);
    map(&mut s, AT, 2, RW, Kind::Shared { object: object.clone(), offset: 0, name: "/s".into() });
    s.write_u64(AT.wrapping_add(P), 3).unwrap();
    let mut t = Tlb::new_boxed();
    t.fill_read(&mut s, AT.wrapping_add(P)).unwrap();
    assert!(t.fill_write(&mut s, AT.wrapping_add(P)).unwrap());
    assert!(put(&mut t, &mut s, AT.wrapping_add(P), 4));
    let mut b = [0; 8];
    object.read_at(P, &mut b);
    assert_eq!(u64::from_le_bytes(b), 4, "the file sees what an engine stores");
    object.set_len(P);
    assert_eq!(look(&mut t, &mut s, AT.wrapping_add(P)), None);
    assert_eq!(t.fill_read(&mut s, AT.wrapping_add(P)).unwrap_err().cause, Cause::PastFileEnd);
}

#[test]
fn a_write_to_decoded_code_is_reported_once() {
    let mut s = AddressSpace::new(1 << 20);
    map(&mut s, AT, 4, Prot::all(), Kind::Anon);
    s.write_u64(AT, 1).unwrap();
    let mut t = filled(&mut s);
    let id = s.code_id();
    s.take_code_changes();
    assert_eq!(s.fetch(AT, &mut [0; 16]).0, 16);
    s.mark_code(AddrRange::new(AT, 16).unwrap());
    assert!(!put(&mut t, &mut s, AT, 2), "a decoded page leaves the write half");
    assert_eq!(t.fill_write(&mut s, AT), Ok(false));
    assert!(!s.code_changed());
    s.write_u64(AT, 2).unwrap();
    assert!(s.code_changed());
    assert_eq!((s.take_code_changes(), s.code_id()), (vec![pages(AT, 1)], id));
    assert_eq!(t.fill_write(&mut s, AT), Ok(true));
    assert!(put(&mut t, &mut s, AT, 3) && !s.code_changed());
    s.write_u64(AT.wrapping_add(P), 2).unwrap();
    assert!(!s.code_changed(), "nothing was decoded there");
}

#[test]
fn code_shared_by_fork_gets_a_new_name_when_it_changes() {
    let mut s = AddressSpace::new(1 << 20);
    map(&mut s, AT, 2, Prot::all(), Kind::Anon);
    let mut child = s.fork();
    assert_eq!(s.code_id(), child.code_id());
    // What one has decoded, the other has not marked: a write to any executable page counts.
    assert_eq!(Tlb::new_boxed().fill_write(&mut child, AT), Ok(false));
    child.write_u64(AT, 1).unwrap();
    assert_ne!(s.code_id(), child.code_id());
    assert!(child.code_changed() && child.take_code_changes().is_empty() && !s.code_changed());
    // A new executable mapping is new only to the one who makes it.
    let id = s.code_id();
    map(&mut s, AT.wrapping_add(8 * P), 1, Prot::EXEC, Kind::Anon);
    assert_ne!(s.code_id(), id);
    // Changes that nobody has taken yet do not become the child's old news.
    let id = s.code_id();
    s.unmap(pages(AT, 1)).unwrap();
    assert!(s.code_changed() && s.code_id() == id);
    let child = s.fork();
    assert_ne!(child.code_id(), id);
    assert_eq!(child.code_id(), s.code_id());
}

#[test]
fn code_written_through_another_mapping_is_reported_where_it_runs() {
    let object = SharedObject::new(2 * P);
    let kind = Kind::Shared { object, offset: 0, name: "/jit".into() };
    let mut s = AddressSpace::new(1 << 20);
    let code = AT.wrapping_add(16 * P);
    map(&mut s, AT, 2, RW, kind.clone());
    map(&mut s, code, 2, Prot::READ | Prot::EXEC, kind);
    let mut t = Tlb::new_boxed();
    let page = AT.wrapping_add(P);
    assert_eq!(t.fill_write(&mut s, page), Ok(true));
    s.take_code_changes();
    s.mark_code(pages(code.wrapping_add(P), 1));
    assert!(!put(&mut t, &mut s, page, 9));
    assert_eq!(t.fill_write(&mut s, page), Ok(false));
    s.write_u64(page, 9).unwrap();
    assert_eq!(s.take_code_changes(), [pages(code.wrapping_add(P), 1)]);
    assert_eq!(t.fill_write(&mut s, page), Ok(true));
}

#[test]
fn many_code_changes_become_one_range() {
    let mut s = AddressSpace::new(1 << 24);
    map(&mut s, AT, 1000, Prot::all(), Kind::Anon);
    for i in 0..1000 {
        let at = AT.wrapping_add(i * P);
        assert_eq!(s.fetch(at, &mut [0]).0, 1);
        s.mark_code(pages(at, 1));
        s.write_u32(at, 1).unwrap();
    }
    let changes = s.take_code_changes();
    assert!(changes.len() <= 64);
    assert!((0..1000).all(|i| changes.iter().any(|c| c.contains(AT.wrapping_add(i * P)))));
}

#[test]
fn code_in_shared_memory_written_by_others_is_reported() {
    let object = SharedObject::new(PAGE_SIZE);
    let mut parent = AddressSpace::new(1 << 20);
    let at = GuestAddr(0x40_0000);
    let kind = Kind::Shared { object: object.clone(), offset: 0, name: "".into() };
    let prot = Prot::READ | Prot::WRITE | Prot::EXEC;
    parent.map(MapRequest { place: Place::Fixed(at), len: PAGE_SIZE, prot, kind }).unwrap();
    parent.write(at, b"code").unwrap();
    parent.mark_code(AddrRange::new(at, 4).unwrap());
    let mut child = parent.fork();
    assert!(!parent.code_changed());

    // Another process writes, through a TLB it filled before the code was decoded.
    let mut tlb = Tlb::new_boxed();
    tlb.sync(&mut child);
    assert!(!tlb.fill_write(&mut child, at).unwrap(), "a page of decoded code must not be cached for writing");
    child.write(at, b"edoc").unwrap();
    let before = parent.code_id();
    assert!(parent.code_changed());
    parent.take_code_changes();
    assert_ne!(parent.code_id(), before);
    assert!(!parent.code_changed());

    // A file write does, too.
    parent.mark_code(AddrRange::new(at, 4).unwrap());
    assert!(!parent.code_changed());
    object.write_at(1, b"x");
    assert!(parent.code_changed());
}
