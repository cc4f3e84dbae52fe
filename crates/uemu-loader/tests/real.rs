//! Real programs: what compilers here make, mapped and laid out.
#![allow(clippy::disallowed_methods, reason = "tests read files of the host")]

use std::process::Command;
use std::sync::Arc;
use uemu_loader::stack::{StackSpec, build};
use uemu_loader::symbols::Symbols;
use uemu_loader::{FileIdentity, Image, Loaded, PIE_BASE, load};
use uemu_mem::{AddressSpace, GuestAddr, Kind, PAGE_SIZE, Prot, USER_END};

const LIMIT: u64 = 1 << 30;

fn compile(source: &str, flags: &[&str]) -> Arc<[u8]> {
    let dir = tempfile::tempdir().unwrap();
    let (c, out) = (dir.path().join("p.c"), dir.path().join("p"));
    std::fs::write(&c, source).unwrap();
    let done = Command::new("cc").args(flags).arg("-o").arg(&out).arg(&c).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(&out).unwrap().into()
}

fn load_new(bytes: Arc<[u8]>) -> (AddressSpace, Loaded, Image) {
    let image = Image::parse(bytes).unwrap();
    let mut mem = AddressSpace::new(LIMIT);
    let file = FileIdentity { path: "/p".into(), inode: 7 };
    let loaded = load(&mut mem, &image, &file, None, LIMIT).unwrap();
    (mem, loaded, image)
}

const SOURCE: &str = "int zeros[5000]; int data[3] = {1, 2, 3}; const char text[] = \"constant\"; \
                      void _start(void) { data[0] = zeros[1]; for (;;); }";

#[test]
fn segments_have_their_bytes_and_protections() {
    for flags in [["-nostdlib", "-static", "-O1"], ["-nostdlib", "-static-pie", "-O1"]] {
        let bytes = compile(SOURCE, &flags);
        let symbols = Symbols::parse(&bytes);
        let (mut mem, loaded, image) = load_new(bytes.clone());
        assert_eq!(image.is_position_independent(), flags[1] == "-static-pie");
        let at = |name: &str| GuestAddr(symbols.address_of(name).unwrap().wrapping_add(loaded.bias));
        assert_eq!(loaded.start, at("_start"));
        assert_eq!(loaded.entry, loaded.start);
        let prot = |mem: &AddressSpace, a| mem.find(a).unwrap().prot;
        assert_eq!(prot(&mem, at("_start")), Prot::READ | Prot::EXEC);
        assert_eq!(prot(&mem, at("text")), Prot::READ);
        assert_eq!(prot(&mem, at("data")), Prot::READ | Prot::WRITE);
        let mut text = [0; 8];
        mem.read(at("text"), &mut text).unwrap();
        assert_eq!(&text, b"constant");
        assert_eq!(mem.read_u32(at("data").wrapping_add(8)).unwrap(), 3);
        let mut zeros = [1; 20000];
        mem.read(at("zeros"), &mut zeros).unwrap();
        assert!(zeros.iter().all(|&b| b == 0));
        assert!(loaded.brk > at("zeros").wrapping_add(19999) && loaded.brk.is_page_aligned());
        // The program headers are where AT_PHDR says.
        let mut phdrs = vec![0; 56 * usize::from(loaded.phnum)];
        mem.read(loaded.phdr, &mut phdrs).unwrap();
        assert_eq!(phdrs, bytes[64..64 + phdrs.len()]);
        // What .bss zeroed is not written back into the file.
        mem.write_u32(at("data"), 99).unwrap();
        assert_eq!(image.bytes(), &bytes);
    }
}

#[test]
fn position_independent_programs_go_where_gdb_shows_them() {
    let (mem, loaded, _) = load_new(compile(SOURCE, &["-nostdlib", "-static-pie"]));
    assert_eq!(mem.mappings().next().unwrap().range.start, PIE_BASE);
    assert_eq!(loaded.bias, PIE_BASE.0);
}

#[test]
fn a_big_alignment_moves_the_base_down() {
    let (mem, _, _) = load_new(compile(SOURCE, &["-nostdlib", "-static-pie", "-Wl,-z,max-page-size=0x200000"]));
    assert!(mem.mappings().all(|m| m.range.start.0 >= PIE_BASE.0 & !0x1f_ffff));
    assert_eq!(mem.mappings().next().unwrap().range.start.0 % 0x20_0000, 0);
}

#[test]
fn executable_stack_is_asked_for_by_the_header() {
    for (flag, want) in [("-Wl,-z,execstack", true), ("-Wl,-z,noexecstack", false)] {
        let (mut mem, loaded, _) = load_new(compile(SOURCE, &["-nostdlib", "-static", flag]));
        let stack = build(&mut mem, &loaded, &spec(&[], &[])).unwrap();
        assert_eq!(mem.find(stack.pointer).unwrap().prot.contains(Prot::EXEC), want);
    }
}

#[test]
fn a_dynamic_program_needs_its_interpreter() {
    let bytes = compile("int main(void) { return 0; }", &[]);
    let image = Image::parse(bytes).unwrap();
    let path = String::from_utf8(image.interpreter().unwrap().to_vec()).unwrap();
    assert!(path.contains("ld-linux"), "{path}");
    let file = FileIdentity { path: "/p".into(), inode: 7 };
    let error = load(&mut AddressSpace::new(LIMIT), &image, &file, None, LIMIT).unwrap_err();
    assert!(error.to_string().contains(&path) && error.to_string().contains("--root"), "{error}");
    assert_eq!(error.class(), uemu_loader::Class::Missing);

    let interpreter = Image::parse(std::fs::read(&path).unwrap().into()).unwrap();
    let ld = FileIdentity { path: path.as_str().into(), inode: 8 };
    let mut mem = AddressSpace::new(LIMIT);
    let loaded = load(&mut mem, &image, &file, Some((&interpreter, &ld)), LIMIT).unwrap();
    let base = mem.find(loaded.base).unwrap();
    assert!(matches!(&base.kind, Kind::File { name, .. } if **name == *path));
    assert_ne!(loaded.start, loaded.entry);
    assert!(mem.find(loaded.start).unwrap().prot.contains(Prot::EXEC));
    assert!(loaded.base > loaded.brk);
}

#[test]
fn too_much_bss_is_refused_before_anything_is_mapped() {
    let bytes = compile("char big[3u << 30]; void _start(void) {}", &["-nostdlib", "-static", "-mcmodel=medium"]);
    let image = Image::parse(bytes).unwrap();
    let mut mem = AddressSpace::new(LIMIT);
    let file = FileIdentity { path: "/p".into(), inode: 7 };
    let error = load(&mut mem, &image, &file, None, LIMIT).unwrap_err();
    assert!(error.to_string().contains("--max-memory"), "{error}");
    assert_eq!(mem.mapped_bytes(), 0);
    load(&mut AddressSpace::new(LIMIT), &image, &file, None, 8 << 30).unwrap();
}

fn spec<'a>(args: &'a [Vec<u8>], env: &'a [Vec<u8>]) -> StackSpec<'a> {
    StackSpec {
        args,
        env,
        execfn: b"/bin/p",
        uid: 0,
        gid: 0,
        random: *b"0123456789abcdef",
        hwcap: 0x178b_fbff,
        hwcap2: 2,
        min_signal_stack: 3376,
        rseq: Some((28, 32)),
        limit: 8 << 20,
    }
}

/// The oracle: the same program, same arguments, natively and without randomisation, dumps its stack from RSP to its end.
/// Everything but what is random or the host's own (vDSO, sizes of signal frames, ids) must be the same bytes.
#[test]
fn the_stack_is_laid_out_as_linux_does() {
    const DUMP: &str = "__asm__(\".globl _start\\n_start: mov $1, %edi\\n mov %rsp, %rsi\\n\
        movabs $0x7ffffffff000, %rdx\\n sub %rsp, %rdx\\n mov $1, %eax\\n syscall\\n\
        mov $60, %eax\\n xor %edi, %edi\\n syscall\\n\");";
    let bytes = compile(DUMP, &["-nostdlib", "-static"]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("dump");
    std::fs::write(&path, &bytes).unwrap();
    Command::new("chmod").arg("+x").arg(&path).status().unwrap();
    for args in [vec![], vec!["a"], vec!["a", "bc", ""], vec!["0123456789", "x", "y", "z"]] {
        let native = Command::new("setarch")
            .args(["-R", "env", "-i", "A=1", "LONG=value of some length"])
            .arg(&path)
            .args(&args)
            .output();
        let native = match native {
            Ok(out) if out.status.success() => out.stdout,
            other => panic!("setarch -R does not work here: {other:?}"),
        };
        let (mut mem, loaded, _) = load_new(bytes.clone());
        let name = path.to_str().unwrap().as_bytes().to_vec();
        let argv: Vec<Vec<u8>> = [name.clone()].into_iter().chain(args.iter().map(|a| a.as_bytes().to_vec())).collect();
        let env = [b"A=1".to_vec(), b"LONG=value of some length".to_vec()];
        let mut spec = spec(&argv, &env);
        spec.execfn = &name;
        let stack = build(&mut mem, &loaded, &spec).unwrap();
        assert_eq!(stack.pointer.0 % 16, 0);
        let mut ours = vec![0; (USER_END.0 - stack.pointer.0) as usize];
        mem.read(stack.pointer, &mut ours).unwrap();
        let (ours, native) = (Parts::of(&ours, stack.pointer.0), Parts::of(&native, USER_END.0 - native.len() as u64));
        assert_eq!(ours.vectors, native.vectors);
        assert_eq!(ours.strings, native.strings);
        let kinds = |p: &Parts| p.aux.iter().map(|&(k, _)| k).filter(|k| *k != 33).collect::<Vec<_>>();
        assert_eq!(kinds(&ours), kinds(&native));
        for (a, b) in ours.aux.iter().zip(native.aux.iter().filter(|(k, _)| *k != 33)) {
            // What the processor is, and who runs this test, differ.
            if !matches!(a.0, 11..=14 | 16 | 26 | 51) {
                assert_eq!(a, b);
            }
        }
    }
}

#[derive(Debug, PartialEq)]
struct Parts {
    /// argc, argv, envp.
    vectors: Vec<u64>,
    aux: Vec<(u64, u64)>,
    /// From the platform string up.
    strings: Vec<u8>,
}

impl Parts {
    fn of(bytes: &[u8], base: u64) -> Parts {
        let word = |i: usize| u64::from_le_bytes(bytes[i * 8..i * 8 + 8].try_into().unwrap());
        let argc = word(0) as usize;
        assert_eq!(word(1 + argc), 0);
        let env_end = (argc + 2..).find(|&i| word(i) == 0).unwrap();
        let vectors = (0..=env_end).map(word).collect();
        let aux: Vec<_> =
            (env_end + 1..).step_by(2).map(|i| (word(i), word(i + 1))).take_while(|&(kind, _)| kind != 0).collect();
        let platform = aux.iter().find(|(k, _)| *k == 15).unwrap().1;
        let random = aux.iter().find(|(k, _)| *k == 25).unwrap().1;
        assert_eq!(random + 16, platform);
        Parts { vectors, aux, strings: bytes[(platform - base) as usize..].to_vec() }
    }
}

#[test]
fn arguments_have_a_limit() {
    let (mut mem, loaded, _) = load_new(compile(SOURCE, &["-nostdlib", "-static"]));
    let args = vec![vec![b'x'; 100_000]; 21];
    let error = build(&mut mem, &loaded, &spec(&args, &[])).unwrap_err();
    assert_eq!(error.class(), uemu_loader::Class::TooLong);
    build(&mut mem, &loaded, &spec(&args[..20], &[])).unwrap();
}

#[test]
fn many_arguments_fit_the_stack_that_is_mapped() {
    let (mut mem, loaded, _) = load_new(compile(SOURCE, &["-nostdlib", "-static"]));
    let args = vec![vec![b'x'; 1]; 150_000];
    let stack = build(&mut mem, &loaded, &spec(&args, &[])).unwrap();
    assert_eq!(mem.read_u64(stack.pointer).unwrap(), 150_000);
    assert!(mem.resident_bytes() < 4 << 20 && mem.mapped_bytes() % PAGE_SIZE == 0);
}

#[test]
fn addresses_have_names() {
    let bytes = compile(SOURCE, &["-nostdlib", "-static"]);
    let symbols = Symbols::parse(&bytes);
    let start = symbols.address_of("_start").unwrap();
    let found = symbols.find(start + 3).unwrap();
    assert_eq!((found.name.as_str(), found.offset), ("_start", 3));
    assert_eq!(symbols.find(0x10), None);
}
