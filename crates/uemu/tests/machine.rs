//! The machine as an embedder uses it: small programs without a C library.
#![allow(clippy::disallowed_methods, reason = "tests compile programs on the host")]

use std::process::Command;
use uemu::{Builder, End, EngineKind, Limits, Machine, MemoryHost, StartError, Stats};
use uemu_abi::signal::Signal;

/// A static program of this body, at fixed addresses.
fn compile(body: &str) -> Vec<u8> {
    const HEAD: &str = "
        static long sys(long n, long a, long b, long c) {
            long r;
            __asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(n), \"D\"(a), \"S\"(b), \"d\"(c) : \"rcx\", \"r11\", \"memory\");
            return r;
        }
        static long say(const char *s) { long n = 0; while (s[n]) n++; return sys(1, 1, (long)s, n); }
        __attribute__((noreturn)) static void leave(int status) { sys(231, status, 0, 0); __builtin_unreachable(); }
        int body(long argc, char **argv);
        __asm__(\".globl _start\\n_start: mov (%rsp), %rdi\\n lea 8(%rsp), %rsi\\n and $-16, %rsp\\n call start\\n\");
        __attribute__((used)) void start(long argc, char **argv) { leave(body(argc, argv)); }
        ";
    let dir = tempfile::tempdir().unwrap();
    let (c, out) = (dir.path().join("p.c"), dir.path().join("p"));
    std::fs::write(&c, format!("{HEAD}\n{body}")).unwrap();
    let flags = ["-nostdlib", "-static", "-O1", "-fno-stack-protector", "-fno-inline", "-fno-builtin", "-w"];
    let made = Command::new("cc").args(flags).arg("-o").arg(&out).arg(&c).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(&out).unwrap()
}

fn builder(body: &str) -> Builder {
    Builder::new("/p").file("/p", compile(body), 0o755)
}

fn start(builder: Builder) -> Machine<MemoryHost> {
    match builder.build(MemoryHost::new(b"input\n")) {
        Ok(machine) => machine,
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_program_speaks_and_its_status_is_ours() {
    let mut m = start(builder("int body(long argc, char **argv) { say(argv[1]); return argc; }").arg("hello").arg("x"));
    let outcome = m.run();
    assert_eq!((outcome.end.clone(), outcome.status()), (End::Exited(3), 3));
    assert_eq!(m.host().stdout, b"hello");
}

#[test]
fn engines_and_slices_do_not_show() {
    let body = "
        static unsigned char table[256];
        int body(long argc, char **argv) {
            unsigned x = 12345, sum = 0;
            char in[16];
            for (int i = 0; i < 20000; i++) { x = x * 1103515245u + 12345u; table[x >> 24] += i; }
            for (int i = 0; i < 256; i++) sum = sum * 31 + table[i];
            long n = sys(0, 0, (long)in, sizeof in);
            sys(1, 1, (long)in, n);
            return sum % 100;
        }";
    let run = |kind, slice| {
        let mut m = start(builder(body).engine(kind).slice(slice));
        let outcome = m.run();
        assert_eq!(m.host().stdout, b"input\n");
        (outcome, m.stats())
    };
    let first: (_, Stats) = run(EngineKind::Fast, 100_000);
    assert!(first.1.instructions > 100_000, "{:?}", first.1);
    for (kind, slice) in
        [(EngineKind::Fast, 1), (EngineKind::Fast, 7), (EngineKind::Step, 100_000), (EngineKind::Step, 3)]
    {
        assert_eq!(run(kind, slice), first, "{kind:?} {slice}");
    }
}

#[test]
fn a_crash_is_described() {
    let body = "
        void poke(char *p) { *p = 42; }
        int body(long argc, char **argv) { poke((char *)(argc * 16)); return 0; }";
    let outcome = start(builder(body)).run();
    assert_eq!(outcome.status(), 139);
    let End::Killed { signal: Signal::SIGSEGV, report: Some(report) } = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!(report.symbol, Some(("poke".to_owned(), 0)));
    let text = outcome.to_string();
    for word in ["SIGSEGV", "write to 0x10", "null pointer", "poke+0x0 in /p", "mov byte ptr [rdi], 0x2a", "c6 07 2a"] {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

#[test]
fn other_deaths_are_described() {
    for (body, status, words) in [
        ("int body(long c, char **v) { __asm__(\"ud2\"); return 0; }", 132, ["SIGILL", "ud2"]),
        ("int body(long c, char **v) { __asm__(\"int3\"); return 0; }", 133, ["SIGTRAP", "breakpoint"]),
        ("int body(long c, char **v) { return 7 / (int)(c - 1); }", 136, ["SIGFPE", "divide"]),
        (
            "int body(long c, char **v) { ((void (*)(void))0x1234000)(); return 0; }",
            139,
            ["instruction fetch", "0x1234000"],
        ),
        ("int body(long c, char **v) { __asm__(\"hlt\"); return 0; }", 139, ["general protection", "hlt"]),
        ("int body(long c, char **v) { sys(62, sys(39, 0, 0, 0), 9, 0); return 0; }", 137, ["SIGKILL", ""]),
    ] {
        let outcome = start(builder(body)).run();
        assert_eq!(outcome.status(), status, "{outcome}");
        let text = outcome.to_string();
        assert!(words.iter().all(|w| text.contains(w)), "{words:?} in {text}");
    }
}

#[test]
fn the_limit_on_instructions_holds() {
    for kind in [EngineKind::Fast, EngineKind::Step] {
        let limits = Limits { instructions: Some(12_345), ..Limits::default() };
        let mut m = start(builder("int body(long c, char **v) { for (;;) ; }").engine(kind).limits(limits));
        let outcome = m.run();
        assert_eq!((outcome.end.clone(), outcome.status()), (End::OutOfInstructions { limit: 12_345 }, 125));
        assert_eq!(m.stats().instructions, 12_345);
    }
}

#[test]
fn what_can_never_go_on_is_a_deadlock() {
    // FUTEX_WAIT on a word that nobody else can change.
    let body = "int body(long c, char **v) { static int word; sys(202, (long)&word, 0, 0); return 0; }";
    let outcome = start(builder(body)).run();
    assert_eq!((outcome.end.clone(), outcome.status()), (End::Deadlock, 125));
}

#[test]
fn what_uemu_lacks_is_named() {
    let body = "int body(long c, char **v) { return sys(9999, 0, 0, 0) == -38 ? 0 : 1; }";
    let outcome = start(builder(body)).run();
    assert_eq!(outcome.end, End::Exited(0));
    assert_eq!(outcome.notes, ["there is no system call 9999: the guest got ENOSYS"]);
}

#[test]
fn missing_paths_are_remembered_but_not_those_of_setting_up() {
    let body = "int body(long c, char **v) { return sys(2, (long)\"/no/such\", 0, 0) == -2 ? 0 : 1; }";
    let mut m = start(builder(body).cwd_if_there("/not/here"));
    assert_eq!(m.run().end, End::Exited(0));
    let missing: Vec<_> = m.missing_paths().collect();
    assert_eq!(missing, [b"/no/such"]);
}

#[test]
fn what_cannot_start_says_why() {
    let build = |b: Builder| b.build(MemoryHost::new(b"")).map(drop).unwrap_err();
    let missing = build(Builder::new("/p"));
    assert_eq!((missing.exit_status(), missing.to_string().contains("/p")), (127, true), "{missing}");
    let not_executable = build(Builder::new("/p").file("/p", b"\x7fELF".to_vec(), 0o644));
    assert_eq!(not_executable.exit_status(), 126, "{not_executable}");
    let junk = build(Builder::new("/p").file("/p", b"junk".to_vec(), 0o755));
    assert!(matches!(junk, StartError::Load { .. }) && junk.exit_status() == 126, "{junk}");
    let cwd = build(Builder::new("/p").file("/p", b"junk".to_vec(), 0o755).cwd("/none"));
    assert_eq!(cwd.exit_status(), 125);
    assert!(cwd.to_string().contains("/none") && cwd.to_string().contains("--cwd"), "{cwd}");
}

#[test]
fn time_and_randomness_are_functions_of_the_settings() {
    let body = "
        int body(long c, char **v) {
            unsigned char random[8];
            long now[2];
            unsigned lo, hi;
            __asm__ volatile(\"rdtsc\" : \"=a\"(lo), \"=d\"(hi));
            sys(318, (long)random, 8, 0);
            sys(228, 0, (long)now, 0);
            sys(1, 1, (long)random, 8); sys(1, 1, (long)now, 16); sys(1, 1, (long)&lo, 4); sys(1, 1, (long)&hi, 4);
            return 0;
        }";
    let run = |b: Builder| {
        let mut m = start(b);
        m.run();
        m.host().stdout.clone()
    };
    let (first, second) = (run(builder(body)), run(builder(body)));
    assert_eq!(first.len(), 32);
    assert_eq!(first, second);
    let seeded = run(builder(body).seed(2));
    assert_ne!(first[..8], seeded[..8]);
    assert_eq!(first[8..], seeded[8..]);
    let later = run(builder(body).epoch(1_000_000_000));
    assert_eq!(later[8..16], 1_000_000_000_u64.to_le_bytes());
    assert_eq!(first[..8], later[..8]);
}
