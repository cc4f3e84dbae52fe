//! Random sequences of everything a space can do, against a naive model: a map from page to protection and bytes.
//! Each space is read and written through the kernel's calls, through two TLBs as an engine does, and its
//! executable pages are "decoded" into caches that must never be stale.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use uemu_mem::{
    AddrRange, AddressSpace, CodeId, GuestAddr, Kind, MapRequest, PAGE_SIZE, Place, Prot, SharedCopier, SharedObject,
    Tlb,
};

const P: u64 = PAGE_SIZE;
/// The window of pages the programs play in; it straddles two leaves and two mids of the page table.
const FIRST: u64 = (128 << 20) / P - 5;
const PAGES: u64 = 10;
const FILE_LEN: usize = 5 * 4096 + 100;
const OBJECT_PAGES: u64 = 6;

#[derive(Clone, Copy, Debug)]
enum What {
    Anon,
    File,
    Shared,
}

#[derive(Clone, Debug)]
enum Op {
    Map { page: u64, pages: u64, prot: u8, what: What },
    Unmap { page: u64, pages: u64 },
    Protect { page: u64, pages: u64, prot: u8 },
    Discard { page: u64, pages: u64 },
    Remap { page: u64, pages: u64, new: u64, to: Option<u64> },
    Write { at: u64, len: usize, value: u8 },
    Read { at: u64, len: usize },
    TlbWrite { tlb: usize, at: u64, size: u8, value: u64 },
    TlbRead { tlb: usize, at: u64, size: u8 },
    Decode { page: u64 },
    TakeChanges,
    Fork,
    Snapshot,
    Switch { space: usize },
    Drop { space: usize },
    SetLen { pages: u64 },
}

fn op() -> impl Strategy<Value = Op> {
    let page = 0..PAGES;
    let pages = || 1..6u64;
    let prot = || prop_oneof![3 => Just(3u8), 2 => Just(7), 3 => 0..8u8];
    let at = || (0..PAGES, prop_oneof![0..4096u64, 4080..4096u64, Just(0)]).prop_map(|(p, o)| p * P + o);
    let what = prop_oneof![4 => Just(What::Anon), 2 => Just(What::File), 2 => Just(What::Shared)];
    prop_oneof![
        4 => (page.clone(), pages(), prot(), what).prop_map(|(page, pages, prot, what)| Op::Map { page, pages, prot, what }),
        2 => (page.clone(), pages()).prop_map(|(page, pages)| Op::Unmap { page, pages }),
        4 => (page.clone(), pages(), prot()).prop_map(|(page, pages, prot)| Op::Protect { page, pages, prot }),
        1 => (page.clone(), pages()).prop_map(|(page, pages)| Op::Discard { page, pages }),
        2 => (page.clone(), pages(), pages(), proptest::option::of(page.clone()))
            .prop_map(|(page, pages, new, to)| Op::Remap { page, pages, new, to }),
        5 => (at(), prop_oneof![1..32usize, 1..9000usize], any::<u8>()).prop_map(|(at, len, value)| Op::Write { at, len, value }),
        3 => (at(), 1..9000usize).prop_map(|(at, len)| Op::Read { at, len }),
        20 => (0..2usize, at(), 0..5u8, any::<u64>())
            .prop_map(|(tlb, at, size, value)| Op::TlbWrite { tlb, at, size, value }),
        20 => (0..2usize, at(), 0..5u8).prop_map(|(tlb, at, size)| Op::TlbRead { tlb, at, size }),
        6 => page.prop_map(|page| Op::Decode { page }),
        2 => Just(Op::TakeChanges),
        2 => Just(Op::Fork),
        1 => Just(Op::Snapshot),
        3 => (0..4usize).prop_map(|space| Op::Switch { space }),
        1 => (0..4usize).prop_map(|space| Op::Drop { space }),
        1 => (0..=OBJECT_PAGES).prop_map(|pages| Op::SetLen { pages }),
    ]
}

#[derive(Clone)]
enum Bytes {
    /// Bytes, and the file page they come from (`None`: zeros).
    Private(Box<[u8; 4096]>, Option<u64>),
    Shared(u64),
}

#[derive(Clone)]
struct ModelPage {
    prot: u8,
    bytes: Bytes,
}

type ModelSpace = BTreeMap<u64, ModelPage>;

/// The shared object, naively; what a space maps of it.
type ModelObject = Vec<[u8; 4096]>;

struct One {
    space: AddressSpace,
    tlbs: [Box<Tlb>; 2],
    model: ModelSpace,
}

struct World {
    all: Vec<One>,
    current: usize,
    file: Arc<[u8]>,
    object: SharedObject,
    contents: ModelObject,
    /// What an engine has decoded, by code id: page -> its bytes then.
    caches: BTreeMap<CodeId, BTreeMap<u64, Vec<u8>>>,
}

fn file_page(file: &[u8], index: u64) -> Option<Box<[u8; 4096]>> {
    let part = file.get(index as usize * 4096..).filter(|p| !p.is_empty())?;
    let mut page = Box::new([0; 4096]);
    let n = part.len().min(4096);
    page[..n].copy_from_slice(&part[..n]);
    Some(page)
}

fn guest(at: u64) -> GuestAddr {
    GuestAddr(FIRST * P + at)
}
fn pages_at(page: u64, pages: u64) -> AddrRange {
    AddrRange::new(guest(page * P), pages * P).unwrap()
}

impl World {
    fn new() -> World {
        let file: Arc<[u8]> = (0..FILE_LEN).map(|i| (i / 7) as u8).collect();
        let one = One {
            space: AddressSpace::new(1 << 30),
            tlbs: [Tlb::new_boxed(), Tlb::new_boxed()],
            model: ModelSpace::new(),
        };
        World {
            all: vec![one],
            current: 0,
            file,
            object: SharedObject::new(OBJECT_PAGES * P),
            contents: vec![[0; 4096]; OBJECT_PAGES as usize],
            caches: BTreeMap::new(),
        }
    }

    fn one(&mut self) -> &mut One {
        let i = self.current;
        &mut self.all[i]
    }

    /// The model's byte, if it may be accessed.
    fn peek(&self, at: u64, write: bool) -> Option<u8> {
        let page = self.all[self.current].model.get(&(at / P))?;
        if page.prot == 0 || (write && page.prot & 2 == 0) {
            return None;
        }
        let i = (at % P) as usize;
        match &page.bytes {
            Bytes::Private(bytes, from) => match from {
                Some(f) if file_page(&self.file, *f).is_none() => None,
                _ => Some(bytes[i]),
            },
            Bytes::Shared(index) => self.contents.get(*index as usize).map(|p| p[i]),
        }
    }

    fn poke(&mut self, at: u64, value: u8) {
        let i = (at % P) as usize;
        let current = self.current;
        match &mut self.all[current].model.get_mut(&(at / P)).unwrap().bytes {
            Bytes::Private(bytes, _) => bytes[i] = value,
            Bytes::Shared(index) => self.contents[*index as usize][i] = value,
        }
    }

    fn fresh(&self, what: What, index: u64) -> Bytes {
        match what {
            What::Anon => Bytes::Private(Box::new([0; 4096]), None),
            What::File => Bytes::Private(file_page(&self.file, index).unwrap_or(Box::new([0; 4096])), Some(index)),
            What::Shared => Bytes::Shared(index),
        }
    }

    fn readable(&self, at: u64, len: usize, write: bool) -> usize {
        (0..len).take_while(|&i| self.peek(at + i as u64, write).is_some()).count()
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Map { page, pages, prot, what } => {
                let pages = pages.min(PAGES - page);
                let prot = if matches!(what, What::Shared) { prot & 3 } else { prot };
                let kind = match what {
                    What::Anon => Kind::Anon,
                    What::File => Kind::File { bytes: self.file.clone(), offset: P, name: "/f".into(), inode: 3 },
                    What::Shared => Kind::Shared { object: self.object.clone(), offset: P, name: "/s".into() },
                };
                let place = Place::Fixed(guest(page * P));
                let request = MapRequest { place, len: pages * P, prot: Prot::from_bits(prot).unwrap(), kind };
                self.one().space.map(request).unwrap();
                for i in 0..pages {
                    let bytes = self.fresh(what, i + 1);
                    self.one().model.insert(page + i, ModelPage { prot, bytes });
                }
            }
            Op::Unmap { page, pages } => {
                let pages = pages.min(PAGES - page);
                self.one().space.unmap(pages_at(page, pages)).unwrap();
                self.one().model.retain(|p, _| !(page..page + pages).contains(p));
            }
            Op::Protect { page, pages, prot } => {
                let pages = pages.min(PAGES - page);
                let one = self.one();
                // Code in shared objects is followed within one space only, so it is not part of this game.
                let any_shared = (page..page + pages)
                    .any(|p| matches!(one.model.get(&p), Some(ModelPage { bytes: Bytes::Shared(_), .. })));
                let prot = if any_shared { prot & 3 } else { prot };
                let result = one.space.protect(pages_at(page, pages), Prot::from_bits(prot).unwrap());
                let mut whole = true;
                for p in page..page + pages {
                    match one.model.get_mut(&p) {
                        Some(m) => m.prot = prot,
                        None => {
                            whole = false;
                            break;
                        }
                    }
                }
                assert_eq!(result.is_ok(), whole);
            }
            Op::Discard { page, pages } => {
                let pages = pages.min(PAGES - page);
                let result = self.one().space.discard(pages_at(page, pages));
                let file = self.file.clone();
                let one = self.one();
                let mut whole = true;
                for p in page..page + pages {
                    match one.model.get_mut(&p).map(|m| &mut m.bytes) {
                        Some(Bytes::Private(bytes, from)) => {
                            *bytes = from.and_then(|f| file_page(&file, f)).unwrap_or(Box::new([0; 4096]));
                        }
                        Some(Bytes::Shared(_)) => {}
                        None => whole = false,
                    }
                }
                assert_eq!(result.is_ok(), whole);
            }
            Op::Remap { page, pages, new, to } => self.remap(page, pages, new, to),
            Op::Write { at, len, value } => {
                let len = len.min((PAGES * P - at) as usize);
                let ok = self.readable(at, len, true);
                let bytes: Vec<u8> = (0..len).map(|i| value.wrapping_add(i as u8)).collect();
                let one = self.one();
                assert_eq!(one.space.check_write(guest(at), len as u64).is_ok(), ok == len);
                if value % 2 == 0 {
                    let result = one.space.write(guest(at), &bytes);
                    assert_eq!(result.map_err(|f| f.addr), if ok == len { Ok(()) } else { Err(guest(at + ok as u64)) });
                    if ok < len {
                        return;
                    }
                } else {
                    let (n, fault) = one.space.write_prefix(guest(at), &bytes);
                    assert_eq!((n, fault.is_some()), (ok, ok < len));
                }
                for (i, &b) in bytes[..ok].iter().enumerate() {
                    self.poke(at + i as u64, b);
                }
            }
            Op::Read { at, len } => {
                let len = len.min((PAGES * P - at) as usize);
                let ok = self.readable(at, len, false);
                let mut buf = vec![0; len];
                let (n, fault) = self.one().space.read_prefix(guest(at), &mut buf);
                assert_eq!((n, fault.map(|f| f.addr)), (ok, (ok < len).then(|| guest(at + ok as u64))));
                for (i, &b) in buf[..n].iter().enumerate() {
                    assert_eq!(Some(b), self.peek(at + i as u64, false));
                }
            }
            Op::TlbRead { tlb, at, size } => match size {
                0 => self.tlb_read::<1>(tlb, at),
                1 => self.tlb_read::<2>(tlb, at),
                2 => self.tlb_read::<4>(tlb, at),
                3 => self.tlb_read::<8>(tlb, at),
                _ => self.tlb_read::<16>(tlb, at),
            },
            Op::TlbWrite { tlb, at, size, value } => {
                let b: Vec<u8> = value.to_le_bytes().into_iter().cycle().take(16).collect();
                match size {
                    0 => self.tlb_write::<1>(tlb, at, b[..1].try_into().unwrap()),
                    1 => self.tlb_write::<2>(tlb, at, b[..2].try_into().unwrap()),
                    2 => self.tlb_write::<4>(tlb, at, b[..4].try_into().unwrap()),
                    3 => self.tlb_write::<8>(tlb, at, b[..8].try_into().unwrap()),
                    _ => self.tlb_write::<16>(tlb, at, b[..16].try_into().unwrap()),
                }
            }
            Op::Decode { page } => {
                self.take_changes();
                let one = self.one();
                let mut bytes = vec![0; 4096];
                let (n, _) = one.space.fetch(guest(page * P), &mut bytes);
                if n == bytes.len() {
                    one.space.mark_code(pages_at(page, 1));
                    let id = one.space.code_id();
                    self.caches.entry(id).or_default().entry(page).or_insert(bytes);
                }
            }
            Op::TakeChanges => self.take_changes(),
            Op::Fork => {
                if self.all.len() < 4 {
                    let one = self.one();
                    let space = one.space.fork();
                    let model = one.model.clone();
                    self.all.push(One { space, tlbs: [Tlb::new_boxed(), Tlb::new_boxed()], model });
                }
            }
            Op::Snapshot => self.snapshot(),
            Op::Switch { space } => self.current = space % self.all.len(),
            Op::Drop { space } => {
                if self.all.len() > 1 {
                    self.all.remove(space % self.all.len());
                    self.current = 0;
                }
            }
            Op::SetLen { pages } => {
                self.object.set_len(pages * P);
                self.contents.resize(pages as usize, [0; 4096]);
            }
        }
    }

    fn remap(&mut self, page: u64, pages: u64, new: u64, to: Option<u64>) {
        let pages = pages.min(PAGES - page);
        let to = to.map(|t| t.min(PAGES - new));
        let from = pages_at(page, pages);
        let one = self.one();
        let within = one.space.find(from.start).is_some_and(|m| m.range.end >= from.end);
        if !within {
            // What a failing MREMAP_FIXED has destroyed on its way is not modelled.
            if to.is_none() && new > pages {
                assert!(one.space.remap(from, new * P, true, None).is_err());
            }
            return;
        }
        let result = one.space.remap(from, new * P, true, to.map(|t| guest(t * P)));
        if to.is_some_and(|t| t < page + pages && page < t + new) {
            assert!(result.is_err());
            return;
        }
        let at = result.unwrap();
        assert_eq!(at, to.map_or(at, |t| guest(t * P)));
        let old: Vec<ModelPage> = (page..page + pages).map(|p| one.model.remove(&p).unwrap()).collect();
        if at < guest(0) || at >= guest(PAGES * P) || at.0 + new * P > guest(PAGES * P).0 {
            // It moved out of the window (or grew over its end): compare there, and forget it.
            for (i, m) in old.iter().take(new as usize).enumerate() {
                let mut b = vec![0; 4096];
                if let Bytes::Private(bytes, from) = &m.bytes
                    && from.is_none_or(|f| (f as usize) * 4096 < FILE_LEN)
                {
                    assert_eq!(one.space.peek(at.wrapping_add(i as u64 * P), &mut b), 4096);
                    assert_eq!(&b[..], &bytes[..]);
                }
            }
            one.space.unmap(AddrRange::new(at, new * P).unwrap()).unwrap();
            return;
        }
        let target = (at.0 - guest(0).0) / P;
        let first = old[0].clone();
        for i in 0..new {
            let page = match old.get(i as usize) {
                Some(m) => m.clone(),
                None => {
                    let bytes = match first.bytes {
                        Bytes::Private(_, None) => self.fresh(What::Anon, 0),
                        Bytes::Private(_, Some(f)) => self.fresh(What::File, f + i),
                        Bytes::Shared(index) => Bytes::Shared(index + i),
                    };
                    ModelPage { prot: first.prot, bytes }
                }
            };
            self.one().model.insert(target + i, page);
        }
    }

    fn tlb_read<const N: usize>(&mut self, which: usize, at: u64) {
        let expected: Option<Vec<u8>> = (0..N as u64).map(|i| self.peek(at + i, false)).collect();
        let One { space, tlbs, .. } = self.one();
        let tlb = &mut tlbs[which];
        tlb.sync(space);
        // SAFETY: just synced, nobody else mutates, the space is alive.
        let hit = unsafe { tlb.read::<[u8; N]>(guest(at).0) };
        if let Some(got) = hit {
            assert_eq!(Some(got.to_vec()), expected, "a hit");
        }
        let filled = tlb.fill_read(space, guest(at)).is_ok();
        assert_eq!(filled, self.peek(at, false).is_some());
        let One { space, tlbs, .. } = self.one();
        tlbs[which].sync(space);
        // SAFETY: as above.
        let again = unsafe { tlbs[which].read::<[u8; N]>(guest(at).0) };
        let crosses = at % P + N as u64 > P;
        assert_eq!(again.is_some(), filled && !crosses);
        if let Some(got) = again {
            assert_eq!(Some(got.to_vec()), expected, "a fill");
        }
    }

    fn tlb_write<const N: usize>(&mut self, which: usize, at: u64, value: [u8; N]) {
        let inside = at + N as u64 <= PAGES * P;
        let allowed = inside && self.readable(at, N, true) == N;
        let first = self.peek(at, true).is_some();
        let One { space, tlbs, .. } = self.one();
        let tlb = &mut tlbs[which];
        tlb.sync(space);
        // SAFETY: just synced, nobody else mutates, the space is alive.
        let mut done = unsafe { tlb.write(guest(at).0, value) };
        if !done {
            match tlb.fill_write(space, guest(at)) {
                Ok(cached) => {
                    assert!(first);
                    // SAFETY: filled from the same space, which synced.
                    done = unsafe { tlb.write(guest(at).0, value) };
                    assert_eq!(done, cached && at % P + N as u64 <= P);
                    if !done {
                        done = space.write(guest(at), &value).is_ok();
                    }
                }
                Err(fault) => {
                    assert_eq!(fault.addr, guest(at));
                    assert!(!first);
                }
            }
        }
        assert_eq!(done, allowed);
        if done {
            for (i, &b) in value.iter().enumerate() {
                self.poke(at + i as u64, b);
            }
        }
    }

    /// What an engine does before it runs: drops what is no longer true from the cache of the current id.
    fn take_changes(&mut self) {
        let space = &mut self.all[self.current].space;
        if space.code_changed() {
            let changes = space.take_code_changes();
            let cache = self.caches.entry(space.code_id()).or_default();
            cache.retain(|&page, _| !changes.iter().any(|c| c.overlaps(pages_at(page, 1))));
        }
        assert!(!space.code_changed());
    }

    /// Continues with a snapshot of the current space alone, after showing that the original no longer hears of it.
    fn snapshot(&mut self) {
        let mut copier = SharedCopier::new();
        let object = copier.copy(&self.object);
        let one = &mut self.all[self.current];
        let copy = one.space.snapshot(&mut copier);
        let mut original = std::mem::replace(&mut one.space, copy);
        let (model, contents) = (one.model.clone(), self.contents.clone());
        self.object = object;
        // The other spaces still map the original's object: they leave the game.
        let one = self.all.swap_remove(self.current);
        self.all = vec![one];
        self.current = 0;
        for (&page, m) in &model {
            if m.prot & 2 != 0 {
                let _ = self.all[0].space.write_prefix(guest(page * P + 8), b"changed");
                for (i, &b) in b"changed".iter().enumerate() {
                    if self.peek(page * P + 8 + i as u64, true).is_some() {
                        self.poke(page * P + 8 + i as u64, b);
                    }
                }
            }
        }
        for (&page, m) in &model {
            let mut b = vec![0; 4096];
            let expected = match &m.bytes {
                Bytes::Private(bytes, Some(f)) => file_page(&self.file, *f).map(|_| bytes.to_vec()),
                Bytes::Private(bytes, None) => Some(bytes.to_vec()),
                Bytes::Shared(i) => contents.get(*i as usize).map(|p| p.to_vec()),
            };
            let n = original.peek(guest(page * P), &mut b);
            assert_eq!((n == 4096).then_some(b), expected, "the original is as it was");
        }
        // And the other way round.
        for &page in model.keys() {
            let _ = original.write_prefix(guest(page * P + 100), b"original");
        }
    }

    fn check(&mut self) {
        for i in 0..self.all.len() {
            let saved = std::mem::replace(&mut self.current, i);
            self.check_current();
            self.current = saved;
        }
    }

    fn check_current(&mut self) {
        self.take_changes();
        let World { all, caches, current, .. } = self;
        let One { space, model, .. } = &mut all[*current];
        for page in 0..PAGES {
            let prot = space.find(guest(page * P)).map(|m| m.prot.bits());
            assert_eq!(prot, model.get(&page).map(|m| m.prot), "page {page}");
        }
        let list: Vec<_> = space.mappings().cloned().collect();
        for pair in list.windows(2) {
            let [a, b] = pair else { unreachable!() };
            assert!(a.range.end <= b.range.start && !a.range.is_empty());
            let joinable = matches!((&a.kind, &b.kind), (Kind::Anon, Kind::Anon)) && a.prot == b.prot;
            assert!(!joinable || a.range.end < b.range.start, "{a:?} and {b:?} are one");
        }
        let private = model.values().filter(|m| matches!(m.bytes, Bytes::Private(..))).count() as u64;
        assert!(space.resident_bytes() <= private * P);
        for (&page, bytes) in caches.get(&space.code_id()).into_iter().flatten() {
            let mut now = vec![0; 4096];
            assert_eq!(space.fetch(guest(page * P), &mut now).0, 4096, "decoded page {page} is still executable");
            assert!(now == *bytes, "decoded page {page} is still the same");
        }
        for page in 0..PAGES {
            let expected: Option<Vec<u8>> = (0..P).map(|i| self.peek(page * P + i, false)).collect();
            let mut b = vec![0; 4096];
            let got = self.one().space.peek(guest(page * P), &mut b) == 4096;
            if let Some(expected) = expected {
                assert!(got && b == expected, "page {page} holds what the model holds");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_space_is_its_model(ops in prop::collection::vec(op(), 1..200)) {
        let mut world = World::new();
        for (i, op) in ops.into_iter().enumerate() {
            world.run(op);
            if i % 16 == 15 {
                world.check();
            }
        }
        world.check();
    }
}
