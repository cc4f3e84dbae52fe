//! CPUID equals what is implemented, both ways: every instruction of every feature that a model offers executes, and no
//! instruction of one that it does not offer.

#[path = "common/encodings.rs"]
mod encodings;

use encodings::{CODE, Encoding};
use iced_x86::{Code, CpuidFeature, Mnemonic};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use uemu_cpu::{CpuModel, CpuState, Engine, Exception, Exit, Feature};
use uemu_interp::generic::{self, Cx, Outcome, Stop};
use uemu_interp::{Interpreter, Requirement, StepEngine, offered, requirement};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, Place, Prot};

const DATA: u64 = 0x1000_0000;

static ALL: LazyLock<BTreeMap<Code, Encoding>> = LazyLock::new(encodings::all);

const UNIMPLEMENTED: Exception = Exception::InvalidOpcode { unimplemented: true };

/// Registers that point into data, on a multiple of 64 with the encodings' displacement.
fn registers() -> CpuState {
    let mut cpu = CpuState::new();
    cpu.gpr = [DATA + 0x2000 - 0x40; 16];
    cpu.gpr[4] = DATA + 0x1000;
    cpu.rip = CODE;
    cpu
}

fn memory() -> AddressSpace {
    let mut mem = AddressSpace::new(1 << 20);
    for (at, len) in [(DATA, 0x4000), (CODE, 0x1000)] {
        let prot = Prot::READ | Prot::WRITE | Prot::EXEC;
        let place = Place::Fixed(GuestAddr(at));
        mem.map(MapRequest { place, len, prot, kind: Kind::Anon }).unwrap();
    }
    mem
}

fn execute(e: &Encoding, mem: &mut AddressSpace, model: &CpuModel) -> Outcome {
    generic::execute(&mut Cx { cpu: &mut registers(), mem, insn: &e.insn, model })
}

/// Runs one instruction from memory.
fn run(engine: &mut dyn Engine, e: &Encoding, mem: &mut AddressSpace) -> (Exit, CpuState) {
    mem.write(GuestAddr(CODE), &e.bytes).unwrap();
    let mut cpu = registers();
    let exit = engine.run(&mut cpu, mem, &mut 1);
    (exit, cpu)
}

fn features(e: &Encoding) -> String {
    let names: Vec<String> = e.insn.cpuid_features().iter().map(|f| format!("{f:?}")).collect();
    names.join("+")
}

#[test]
fn what_max_offers_is_implemented() {
    let mut mem = memory();
    let mut missing = Vec::new();
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for (code, e) in ALL.iter().filter(|(_, e)| offered(&CpuModel::MAX, &e.insn)) {
        count += 1;
        seen.extend(e.insn.cpuid_features().iter().map(|f| format!("{f:?}")));
        if execute(e, &mut mem, &CpuModel::MAX) == Err(Stop::Exception(UNIMPLEMENTED)) {
            missing.push(format!("{code:?} ({}) {:02x?}", features(e), e.bytes));
        }
    }
    assert!(missing.is_empty(), "{} of {count} offered encodings:\n{}", missing.len(), missing.join("\n"));
    // Of the 2,000 codes and more nothing may slip out of the enumeration unseen: no feature without an instruction.
    assert!(count > 2000, "{count}");
    let unseen: Vec<Feature> = CpuModel::MAX
        .features()
        .filter(|f| !WITHOUT_INSTRUCTIONS.contains(f))
        .filter(|f| !is_seen(*f, &seen))
        .collect();
    assert!(unseen.is_empty(), "no encoding of {unseen:?}");
}

/// Features that are not about instructions, or not about whole ones.
const WITHOUT_INSTRUCTIONS: &[Feature] =
    &[Feature::Nx, Feature::Lm, Feature::ConstantTsc, Feature::LahfLm, Feature::Erms, Feature::Umip, Feature::Xgetbv1];

fn is_seen(feature: Feature, seen: &BTreeSet<String>) -> bool {
    CpuidFeature::values().any(|f| requirement(f) == Requirement::Feature(feature) && seen.contains(&format!("{f:?}")))
}

/// Instructions that processors without their features take for others, which all have.
fn is_older(e: &Encoding) -> bool {
    use Mnemonic::*;
    // Prefetches, those reserved too.
    if e.insn.cpuid_features() == [CpuidFeature::PREFETCHW] {
        return true;
    }
    matches!(
        e.insn.mnemonic(),
        Lzcnt
            | Tzcnt
            | Wbnoinvd
            | Endbr32
            | Endbr64
            | Rdsspd
            | Rdsspq
            | Cldemote
            | Prefetch
            | Prefetchw
            | Prefetchwt1
            | Prefetchit0
            | Prefetchit1
    )
}

/// Every model worth asking: each level, and everything but one feature (and what needs it).
fn models() -> Vec<(String, CpuModel)> {
    let levels = ["x86-64-v1", "x86-64-v2", "x86-64-v3", "max"].map(str::to_owned);
    let base = CpuModel::parse("x86-64-v1").unwrap();
    let less = CpuModel::MAX.features().filter(|f| !base.has(*f)).map(|f| format!("max,-{}", f.name()));
    levels.into_iter().chain(less).map(|t| (t.clone(), CpuModel::parse(&t).unwrap())).collect()
}

/// Whether the instruction is worth trying on a model: on those with one feature less, what that changes.
fn concerns(e: &Encoding, name: &str, model: &CpuModel) -> bool {
    !name.contains('-') || !name.starts_with("max") || offered(model, &e.insn) != offered(&CpuModel::MAX, &e.insn)
}

#[test]
fn what_a_model_does_not_offer_is_an_invalid_opcode() {
    let mut mem = memory();
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (name, model) in models() {
        let (mut fast, mut step) = (Interpreter::new(model), StepEngine::new(model));
        for (code, e) in ALL.iter().filter(|(_, e)| concerns(e, &name, &model)) {
            let expect_ud = !offered(&model, &e.insn) && !is_older(e);
            refused += u32::from(expect_ud);
            let engines: [(&str, &mut dyn Engine); 2] = [("fast", &mut fast), ("step", &mut step)];
            for (engine, which) in engines {
                let (exit, cpu) = run(which, e, &mut mem);
                let ud = exit == Exit::Exception(UNIMPLEMENTED);
                if ud != expect_ud || ud && cpu != registers() {
                    wrong.push(format!("{name}, {engine}: {code:?} ({}) {:02x?}: {exit:?}", features(e), e.bytes));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused > 1500, "{refused}: AVX-512 alone has more");
}

/// LZCNT and TZCNT are BSR and BSF to a processor that lacks them.
#[test]
fn bytes_keep_their_older_meaning() {
    let mut mem = memory();
    let none = CpuModel::parse("x86-64-v2").unwrap();
    // lzcnt eax, ecx; tzcnt rax, rcx; lzcnt ax, cx.
    let cases: [(&[u8], u64, u64, u64); 3] = [
        (&[0xf3, 0x0f, 0xbd, 0xc1], 0x8000, 16, 15),
        (&[0xf3, 0x48, 0x0f, 0xbc, 0xc1], 0x8000, 15, 15),
        (&[0x66, 0xf3, 0x0f, 0xbd, 0xc1], 0x40, 9, 6),
    ];
    for (bytes, input, new, old) in cases {
        for (model, expected) in [(CpuModel::MAX, new), (none, old)] {
            let engines: [&mut dyn Engine; 2] = [&mut Interpreter::new(model), &mut StepEngine::new(model)];
            for engine in engines {
                mem.write(GuestAddr(CODE), bytes).unwrap();
                let mut cpu = registers();
                cpu.gpr[0] = 0;
                cpu.gpr[1] = input;
                assert_eq!(engine.run(&mut cpu, &mut mem, &mut 1), Exit::OutOfFuel);
                assert_eq!(cpu.gpr[0], expected, "{bytes:02x?}");
            }
        }
    }
}

/// XGETBV and XSAVE's components follow the model.
#[test]
fn xcr0_is_what_the_model_has() {
    for (name, xcr0) in [("x86-64-v2,+xsave", 3), ("x86-64-v3", 7), ("max,-avx", 3)] {
        let model = CpuModel::parse(name).unwrap();
        let mut mem = memory();
        mem.write(GuestAddr(CODE), &[0x0f, 0x01, 0xd0]).unwrap();
        let mut cpu = registers();
        cpu.gpr[1] = 0;
        assert_eq!(StepEngine::new(model).run(&mut cpu, &mut mem, &mut 1), Exit::OutOfFuel);
        assert_eq!((cpu.gpr[0], cpu.gpr[2]), (xcr0, 0), "{name}");
        assert_eq!(model.cpuid(1, 0)[2] >> 26 & 3, 3, "XSAVE and OSXSAVE");
    }
}
