//! The `uemu` command: determinism, and what it says of files that are no runnable program.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests prepare files on the host")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use uemu_tests::run::{self, Outcome};
use uemu_tests::{build, program};

/// Runs uemu in an empty directory, which the guest sees under a path that is always the same.
fn uemu(options: &[&str], program: &Path) -> Outcome {
    let temp = tempfile::tempdir().expect("a temporary directory");
    let mut command = run::uemu();
    command.arg("--bind").arg(format!("{}:/work", temp.path().display())).args(["--cwd", "/work"]);
    command.args(options).arg(program);
    run::run(&mut command, temp.path(), b"").expect("uemu runs")
}

/// What the program `info/varying` says, by the first word of each line.
fn facts(outcome: &Outcome) -> BTreeMap<String, String> {
    assert_eq!(outcome.status, 0, "{}", String::from_utf8_lossy(&outcome.stderr));
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    text.lines().filter_map(|l| l.split_once(' ')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

#[test]
fn two_runs_print_the_same_and_a_seed_changes_only_what_is_random() {
    let programs = program::all().expect("testbins/ is readable");
    let jobs: Vec<_> = build::jobs(&programs).into_iter().filter(|j| j.program.varies).collect();
    assert!(jobs.len() >= 3, "info/varying in its variants");
    build::build(&jobs).expect("they compile");
    for job in jobs {
        let binary = job.program.binary(job.variant);
        let (first, second) = (uemu(&[], &binary), uemu(&[], &binary));
        assert_eq!(first, second, "{}", job.program.title(job.variant));
        let (plain, seeded) = (facts(&first), facts(&uemu(&["--seed", "2"], &binary)));
        for what in ["time", "tsc", "pid", "dir", "inode"] {
            assert!(plain.contains_key(what), "{what}: {plain:?}");
            assert_eq!(plain.get(what), seeded.get(what), "{what} does not depend on the seed");
        }
        for what in ["random", "rdrand"] {
            assert!(plain.contains_key(what), "{what}: {plain:?}");
            assert_ne!(plain.get(what), seeded.get(what), "{what} does");
        }
        let later = facts(&uemu(&["--epoch", "1000000000"], &binary));
        assert!(later.get("time").is_some_and(|t| t.starts_with("1000000000.")), "{later:?}");
        assert_eq!(plain.get("random"), later.get("random"), "the epoch changes nothing random");
    }
}

/// The built program with this title.
fn built(title: &str) -> PathBuf {
    let programs = program::all().expect("testbins/ is readable");
    let job = build::jobs(&programs).into_iter().find(|j| j.program.title(j.variant) == title);
    let job = job.expect("it is under testbins/");
    build::build(std::slice::from_ref(&job)).expect("it compiles");
    job.program.binary(job.variant)
}

/// A valid program to spoil: the smallest that the test suite has.
fn small_elf() -> Vec<u8> {
    std::fs::read(built("hello/hello[nostdlib]")).expect("it is readable")
}

fn run_file(name: &str, bytes: &[u8], mode: u32) -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let temp = tempfile::tempdir().expect("a temporary directory");
    let path = temp.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode");
    uemu(&["--max-instructions", "1000000"], &path)
}

fn stderr(outcome: &Outcome) -> String {
    let text = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// Writes `value` at `at`, little-endian.
fn patched<const N: usize>(mut elf: Vec<u8>, at: usize, value: [u8; N]) -> Vec<u8> {
    elf[at..at + N].copy_from_slice(&value);
    elf
}

#[test]
fn what_is_no_runnable_elf_is_refused_with_126() {
    let elf = small_elf();
    let header = 64; // the first program header, see elf(5); p_filesz at +32, p_memsz at +40
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("text", b"just some text\n".to_vec()),
        ("magic only", elf[..4].to_vec()),
        ("truncated header", elf[..40].to_vec()),
        ("truncated program headers", elf[..80].to_vec()),
        ("truncated segments", elf[..elf.len() / 4].to_vec()),
        ("32-bit class", patched(elf.clone(), 4, [1])),
        ("big-endian", patched(elf.clone(), 5, [2])),
        ("aarch64", patched(elf.clone(), 18, [183, 0])),
        ("relocatable", patched(elf.clone(), 16, [1, 0])),
        ("no program headers", patched(elf.clone(), 56, [0, 0])),
        ("program headers far away", patched(elf.clone(), 32, u64::MAX.to_le_bytes())),
        ("wrapping segment", patched(elf.clone(), header + 16, (u64::MAX - 4095).to_le_bytes())),
        ("exabytes of memsz", patched(elf.clone(), header + 40, (1_u64 << 60).to_le_bytes())),
    ];
    for (name, bytes) in cases {
        let outcome = run_file("spoilt", &bytes, 0o755);
        let said = stderr(&outcome);
        assert_eq!(outcome.status, 126, "{name}: {said}");
        assert!(said.starts_with("uemu: "), "{name}: {said}");
        assert!(outcome.stdout.is_empty(), "{name}");
    }
}

#[test]
fn what_is_not_there_is_127_and_what_may_not_run_is_126() {
    let missing = uemu(&[], Path::new("/no/such/program"));
    assert_eq!(missing.status, 127, "{}", stderr(&missing));
    let folder = uemu(&[], Path::new("/usr"));
    assert_eq!(folder.status, 126, "{}", stderr(&folder));
    let plain = run_file("plain", &small_elf(), 0o644);
    assert_eq!(plain.status, 126, "{}", stderr(&plain));
    let fine = run_file("fine", &small_elf(), 0o755);
    assert_eq!(fine.status, 7, "{}", stderr(&fine));
}

#[test]
fn a_dynamic_program_without_its_interpreter_is_refused_by_name() {
    let outcome = uemu(&[], Path::new("/bin/true"));
    let said = stderr(&outcome);
    assert_eq!(outcome.status, 126, "{said}");
    assert!(said.contains("ld-linux-x86-64.so.2"), "{said}");
}

#[test]
fn mutated_programs_never_break_the_emulator() {
    let elf = small_elf();
    let mut state = 1_u64;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % n
    };
    for round in 0..150 {
        let mut bytes = elf.clone();
        for _ in 0..=next(6) {
            let at = if next(3) == 0 { next(bytes.len()) } else { next(400) };
            bytes[at] = [0, 1, 0x7f, 0x80, 0xff][next(5)] ^ if next(2) == 0 { 0 } else { bytes[at] };
        }
        let outcome = run_file("mutated", &bytes, 0o755);
        let said = stderr(&outcome);
        // 101 and 134 are how a panic ends, 139 with nothing said how the host's own fault would.
        assert!(outcome.status != 101 && !(outcome.status > 128 && said.is_empty()), "round {round}: {outcome:?}");
    }
}

#[test]
fn death_by_signal_is_reported_with_signal_address_and_instruction() {
    let programs = program::all().expect("testbins/ is readable");
    let jobs = build::jobs(&programs);
    let job =
        jobs.into_iter().find(|j| j.program.title(j.variant) == "hostile/null_deref[glibc]").expect("it is there");
    build::build(std::slice::from_ref(&job)).expect("it compiles");
    let outcome = uemu(&[], &job.program.binary(job.variant));
    let (_, notes) = run::split_notes(&outcome.stderr);
    assert_eq!(outcome.status, 139);
    for word in ["SIGSEGV", "0x0", "write", "main", "mov"] {
        assert!(notes.contains(word), "{word} in {notes}");
    }
}

#[test]
fn an_instruction_the_cpu_model_does_not_offer_is_named() {
    let binary = built("signals/ymm[glibc]");
    assert_eq!(uemu(&["--cpu", "x86-64-v3"], &binary).status, 0);
    let refused = uemu(&["--cpu", "x86-64-v2"], &binary);
    let text = stderr(&refused);
    assert_eq!(refused.status, 128 + 4, "{text}");
    for part in ["vmov", "(AVX)", "main+0x", "--cpu"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn signal_frames_work_on_every_cpu_model() {
    let binary = built("signals/registers[glibc]");
    let all = uemu(&[], &binary);
    assert_eq!(all.status, 0);
    // FXSAVE's image, XSAVE's without YMM's upper halves.
    for model in ["x86-64-v1", "x86-64-v2", "x86-64-v2,+xsave", "max,-avx", "x86-64-v3"] {
        assert_eq!(uemu(&["--cpu", model], &binary), all, "{model}");
    }
}
