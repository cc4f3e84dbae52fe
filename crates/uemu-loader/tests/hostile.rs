//! Hostile files: whatever the bytes, no panic, no hang, no memory the file does not justify.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read files and time themselves")]

use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};
use uemu_loader::stack::{StackSpec, build};
use uemu_loader::symbols::Symbols;
use uemu_loader::{FileIdentity, Image, LoadError, load};
use uemu_mem::AddressSpace;

/// Counts what this thread has allocated at once, at most.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that is ending has no counters any more.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

// SAFETY: passes everything on to `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's contract is ours.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's contract is ours.
        unsafe { System.dealloc(p, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes of memory a test machine may map.
const LIMIT: u64 = 256 << 20;

/// Does with a file all that running it would do before its first instruction.
fn open(file: &[u8]) -> Result<(), LoadError> {
    let symbols = Symbols::parse(file);
    symbols.find(u64::MAX / 3);
    symbols.find(0x40_1000);
    let image = Image::parse(file.into())?;
    let identity = FileIdentity { path: "/p".into(), inode: 1 };
    let mut mem = AddressSpace::new(LIMIT);
    // The file as its own interpreter: as bad as an interpreter can be.
    let interpreter = image.interpreter().is_some().then_some((&image, &identity));
    let loaded = load(&mut mem, &image, &identity, interpreter, LIMIT)?;
    let args = [b"p".to_vec(), b"argument".to_vec()];
    let spec = StackSpec {
        args: &args,
        env: &[],
        execfn: b"/p",
        uid: 0,
        gid: 0,
        random: [0; 16],
        hwcap: 0,
        hwcap2: 0,
        min_signal_stack: 2048,
        rseq: None,
        limit: 8 << 20,
    };
    let stack = build(&mut mem, &loaded, &spec)?;
    assert_eq!(stack.pointer.0 % 16, 0);
    // The interpreter may be mapped as well; the stack is 8 MiB at most.
    assert!(mem.mapped_bytes() <= LIMIT + (9 << 20));
    Ok(())
}

/// [`open`], held to its bounds of memory and time.
fn open_bounded(file: &[u8], what: &dyn Fn() -> String) -> Result<(), LoadError> {
    let before = NOW.get();
    PEAK.set(before);
    let start = Instant::now();
    let result = open(file);
    let (peak, took) = (PEAK.get() - before, start.elapsed());
    // Headers and symbols take at most a few times the file; then come the pages of stack and .bss that are touched:
    // 1,170 segments at most, a page each, twice.
    let bound = 4 * file.len() as isize + (12 << 20);
    assert!(peak <= bound, "{}: {peak} bytes allocated, at most {bound} justified; {result:?}", what());
    assert!(took < Duration::from_secs(10), "{}: took {took:?}", what());
    result
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A program of three segments, an interpreter request or none, and a symbol table.
fn handcrafted(interpreter: bool) -> Vec<u8> {
    let mut f = vec![0x90; 0x3000];
    f[..0x200].fill(0);
    put(&mut f, 0, b"\x7fELF\x02\x01\x01");
    put(&mut f, 0x10, &2_u16.to_le_bytes());
    put(&mut f, 0x12, &62_u16.to_le_bytes());
    put(&mut f, 0x14, &1_u32.to_le_bytes());
    put(&mut f, 0x18, &0x40_1000_u64.to_le_bytes());
    put(&mut f, 0x20, &64_u64.to_le_bytes());
    put(&mut f, 0x28, &0x2c00_u64.to_le_bytes());
    put(&mut f, 0x34, &[64, 0, 56, 0, 5, 0, 64, 0, 3, 0, 2, 0]);
    let mut phdr = |i: usize, kind: u32, flags: u32, words: [u64; 6]| {
        let at = 64 + i * 56;
        put(&mut f, at, &kind.to_le_bytes());
        put(&mut f, at + 4, &flags.to_le_bytes());
        for (j, w) in words.iter().enumerate() {
            put(&mut f, at + 8 + j * 8, &w.to_le_bytes());
        }
    };
    phdr(0, 1, 4, [0, 0x40_0000, 0, 0x200, 0x200, 0x1000]);
    phdr(1, 1, 5, [0x1000, 0x40_1000, 0, 0x800, 0x800, 0x1000]);
    phdr(2, 1, 6, [0x1810, 0x40_2810, 0, 0x300, 0x4000, 0x1000]);
    phdr(3, 0x6474_e551, 6, [0, 0, 0, 0, 0, 16]);
    phdr(4, if interpreter { 3 } else { 4 }, 4, [0x1f0, 0x40_01f0, 0, 8, 8, 1]);
    put(&mut f, 0x1f0, b"/lib/ld\0");
    let mut section = |i: usize, kind: u32, link: u32, offset: u64, size: u64| {
        let at = 0x2c00 + i * 64;
        f[at..at + 64].fill(0);
        put(&mut f, at + 4, &kind.to_le_bytes());
        put(&mut f, at + 24, &offset.to_le_bytes());
        put(&mut f, at + 32, &size.to_le_bytes());
        put(&mut f, at + 40, &link.to_le_bytes());
    };
    section(0, 0, 0, 0, 0);
    section(1, 2, 2, 0x2800, 48);
    section(2, 3, 0, 0x2900, 16);
    f[0x2800..0x2830].fill(0);
    put(&mut f, 0x2818, &1_u32.to_le_bytes());
    put(&mut f, 0x281c, &[0x12, 0, 1, 0]);
    put(&mut f, 0x2820, &0x40_1000_u64.to_le_bytes());
    put(&mut f, 0x2828, &0x100_u64.to_le_bytes());
    put(&mut f, 0x2900, b"\0start\0\0\0\0\0\0\0\0\0\0");
    f
}

/// A generator of its own, so that the mutations are the same everywhere (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// Values that tend to hurt.
const NASTY: [u64; 18] = [
    0,
    1,
    7,
    0xfff,
    0x1000,
    0x1001,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 32,
    1 << 40,
    0x7fff_ffff_efff,
    0x7fff_ffff_f000,
    1 << 47,
    1 << 63,
    u64::MAX - 0xfff,
    u64::MAX - 1,
    u64::MAX,
];

fn mutate(file: &mut Vec<u8>, r: &mut Random) {
    // Most mutations go where the sizes stand: the headers, and the section headers at the end.
    for _ in 0..1 + r.below(4) {
        let len = file.len();
        if len < 16 {
            return;
        }
        let at = match r.below(4) {
            0 | 1 => r.below(len.min(64 + 14 * 56)),
            2 => len - 1 - r.below(len.min(3000)),
            _ => r.below(len),
        };
        match r.below(7) {
            0 => file[at] ^= 1 << r.below(8),
            1 => file[at] = r.next() as u8,
            2 | 3 => {
                let value = NASTY[r.below(NASTY.len())].wrapping_add(r.below(3) as u64).to_le_bytes();
                let width = [1, 2, 4, 8][r.below(4)];
                let at = (at & !(width - 1)).min(len - width);
                put(file, at, &value[..width]);
            }
            4 => file.truncate(if r.below(8) == 0 { at } else { len }),
            5 => {
                // A program header over another.
                let (from, to) = (64 + 56 * r.below(8), 64 + 56 * r.below(8));
                if from + 56 <= len && to + 56 <= len {
                    file.copy_within(from..from + 56, to);
                }
            }
            _ => {
                let end = (at + r.below(64)).min(len);
                file[at..end].fill(if r.below(2) == 0 { 0 } else { 0xff });
            }
        }
    }
}

fn real_program() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let (c, out) = (dir.path().join("p.c"), dir.path().join("p"));
    std::fs::write(&c, "#include <stdio.h>\nint main(void) { puts(\"hello\"); }").unwrap();
    let cc = ["musl-gcc", "cc"].into_iter().find(|cc| {
        let command = std::process::Command::new(cc).arg("-static").arg("-o").arg(&out).arg(&c).output();
        command.is_ok_and(|o| o.status.success())
    });
    assert!(cc.is_some(), "neither musl-gcc nor cc makes a static program here");
    std::fs::read(&out).unwrap()
}

#[test]
fn twenty_thousand_mutated_files() {
    let originals = [handcrafted(false), handcrafted(true), real_program()];
    let (mut loaded, mut refused) = (0, std::collections::BTreeMap::<String, u32>::new());
    let mut r = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..20_000 {
        let mut file = originals[number % originals.len()].clone();
        mutate(&mut file, &mut r);
        match open_bounded(&file, &|| format!("mutation {number}")) {
            Ok(()) => loaded += 1,
            Err(error) => {
                let field = error.to_string().split([':', '(']).take(2).collect::<String>();
                let field: String = field.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
                *refused.entry(field).or_default() += 1;
            }
        }
    }
    // The mutations reach both sides of most checks, else this test shows nothing.
    let total: u32 = refused.values().sum();
    assert!(loaded > 2000 && total > 2000 && refused.len() > 12, "{loaded} loaded, refused: {refused:#?}");
}

#[test]
fn the_unmutated_are_loaded() {
    for file in [handcrafted(false), handcrafted(true), real_program()] {
        open_bounded(&file, &|| "unmutated".into()).unwrap();
        assert!(!Symbols::parse(&file).is_empty());
    }
    let symbols = Symbols::parse(&handcrafted(false));
    assert_eq!(symbols.find(0x40_1010).unwrap().name, "start");
}

#[test]
fn each_refusal_names_field_value_offset_and_next_step() {
    let change = |at: usize, bytes: &[u8]| {
        let mut f = handcrafted(false);
        put(&mut f, at, bytes);
        Image::parse(f.into()).map(|_| ()).unwrap_err().to_string()
    };
    let load_second = 64 + 2 * 56;
    for (at, bytes, words) in [
        (0x12, &[0xb7, 0][..], &["not an x86-64 program", "e_machine", "0x12", "0xb7", "x86-64 Linux"][..]),
        (4, &[1], &["EI_CLASS", "offset 0x4", "0x1", "32-bit"]),
        (5, &[2], &["EI_DATA", "offset 0x5", "big-endian"]),
        (6, &[0], &["EI_VERSION"]),
        (0x10, &[1, 0], &["ET_REL", "link it"]),
        (0x10, &[4, 0], &["ET_CORE"]),
        (0x36, &[32, 0], &["e_phentsize", "0x36", "0x20"]),
        (0x38, &[0, 0], &["e_phnum", "0x38"]),
        (0x38, &[0xff, 0xff], &["e_phnum", "0xffff"]),
        (0x20, &[0xff; 8], &["truncated", "e_phoff", "0x20"]),
        (load_second + 8, &[0x10, 0x28, 0xff], &["truncated", "p_offset", "program header 2", "offset 0xb8"]),
        (load_second + 0x10, &[0x00, 0x11, 0x40], &["p_offset", "modulo"]),
        (load_second + 0x10, &[0x10, 0x08, 0x40], &["p_vaddr", "overlaps", "0x400810"]),
        (load_second + 0x16, &[0xff, 0xff], &["p_vaddr", "end of user space"]),
        (load_second + 0x20, &[0, 0, 1], &["p_filesz", "p_memsz"]),
        (load_second + 0x2f, &[0x7f], &["p_memsz", "offset 0xd8"]),
        (load_second + 0x30, &[3, 0x10], &["p_align", "power of two"]),
        (64 + 0x10, &[0, 0, 0], &["p_vaddr", "below"]),
    ] {
        let text = change(at, bytes);
        for word in words {
            assert!(text.contains(word), "{text:?} does not say {word:?}");
        }
    }
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"#!/bin/sh\n", "script"),
        (b"MZ\x90\0", "Windows"),
        (b"\x7fELF\x02\x01\x01", "ends after 7 bytes"),
        (b"\x7fEL", "first bytes are 7f 45 4c"),
    ] {
        let text = Image::parse(bytes.into()).unwrap_err().to_string();
        assert!(text.contains(word), "{text}");
    }
}

proptest! {
    #[test]
    fn random_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 0..2000), ident in any::<bool>()) {
        if ident && bytes.len() >= 0x40 {
            put(&mut bytes, 0, &handcrafted(false)[..0x40]);
        }
        let _ = open_bounded(&bytes, &|| "random bytes".into());
    }

    #[test]
    fn random_program_headers(words in proptest::collection::vec((0..8_u64, any::<prop::sample::Index>(), 0..5_u64), 1..12)) {
        let mut file = handcrafted(true);
        for (field, value, header) in words {
            let value = NASTY[value.index(NASTY.len())];
            let at = 64 + header as usize * 56 + 8 * (field as usize % 7);
            put(&mut file, at, &value.to_le_bytes());
        }
        let _ = open_bounded(&file, &|| "random program headers".into());
    }
}
