//! Any bytes as a program: parsed, mapped, given a stack. Run: `cargo +nightly fuzz run elf -- -rss_limit_mb=512`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use uemu_loader::stack::{StackSpec, build};
use uemu_loader::symbols::Symbols;
use uemu_loader::{FileIdentity, Image, load};
use uemu_mem::AddressSpace;

const LIMIT: u64 = 256 << 20;

fuzz_target!(|file: &[u8]| {
    Symbols::parse(file).find(0x40_1000);
    let Ok(image) = Image::parse(file.into()) else { return };
    let identity = FileIdentity { path: "/p".into(), inode: 1 };
    let mut mem = AddressSpace::new(LIMIT);
    let interpreter = image.interpreter().is_some().then_some((&image, &identity));
    let Ok(loaded) = load(&mut mem, &image, &identity, interpreter, LIMIT) else { return };
    let spec = StackSpec {
        args: &[b"p".to_vec()],
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
    if let Ok(stack) = build(&mut mem, &loaded, &spec) {
        assert_eq!(stack.pointer.0 % 16, 0);
    }
});
