//! Lines of text and vectors are the same thing; a wrong line is refused, a wrong outcome found.

use uemu_abi::signal::{SigFields, SigInfo, Signal};
use uemu_cpu::{CpuState, Engine, Exception, Exit, Flags};
use uemu_mem::{AddressSpace, GuestAddr, MemFault};
use uemu_vector::{Bench, End, Vector, layout};

const LINES: &[&str] = &[
    "480fafc3 rax=2 rbx=3 flags=----P- => rax=6 flags=-????- ; imul rax,rbx",
    "488b01 rcx=10003000 => SIGSEGV/SEGV_MAPERR@10003000 ; mov rax,[rcx]",
    "9d rsp=10000ff8 [10000ff8]=d50f => rsp=10001000 flags=OSZAPC+DF+TF ; popfq",
    "c5f458c2 mxcsr=7fa0 ymm1=3f8000000000000000000000000000000000000000000000000000003f800000 xmm2=3f800000 => \
     mxcsr=7fa1 ymm0=3f80000000000000000000000000000000000000000000000000000040000000 ; vaddps ymm0,ymm1,ymm2",
    "d8c1 cw=27f sw=3841 tags=c0 fpr7=3fff_8000000000000000 => sw=3800 fpr7=4000_8000000000000000 ; fadd st(0),st(1)",
    "eb10 rip=11000ffe => rip=11001010 ; jmp short 11001010h",
    "f3aa rax=41 rcx=3 rdi=10001fff => SIGSEGV/SEGV_ACCERR@10002000 rcx=2 rdi=10002000 [10001fff]=41 ; rep stosb",
];

#[test]
fn a_line_says_what_its_vector_is() {
    for line in LINES {
        let vector = Vector::parse(line).unwrap();
        let comment = line.split_once("; ").unwrap().1;
        assert_eq!(vector.line(comment), *line);
        assert_eq!(Vector::parse(&vector.line("")), Ok(vector));
    }
}

#[test]
fn a_line_is_read_as_it_is_meant() {
    let v = Vector::parse(LINES[0]).unwrap();
    assert_eq!(
        (v.case.code.as_slice(), v.case.cpu.gpr[0], v.case.cpu.rip),
        (&[0x48, 0x0f, 0xaf, 0xc3][..], 2, 0x1100_0800)
    );
    assert_eq!((v.outcome.cpu.gpr[0], v.outcome.cpu.rip, v.outcome.end.clone()), (6, 0x1100_0804, End::Ran));
    assert_eq!(v.undefined, Flags::SF | Flags::ZF | Flags::AF | Flags::PF);
    let v = Vector::parse(LINES[1]).unwrap();
    let fields = SigFields::Fault { addr: 0x1000_3000 };
    assert_eq!(v.outcome.end, End::Signal(SigInfo { signal: Signal::SIGSEGV, code: 1, fields }));
    assert_eq!(v.outcome.cpu.rip, layout::START);
    let v = Vector::parse(LINES[3]).unwrap();
    assert_eq!(v.case.cpu.vector[1].0, [0x3f80_0000, 0, 0, 0x3f80_0000 << 32, 0, 0, 0, 0]);
    let v = Vector::parse(LINES[4]).unwrap();
    assert_eq!((v.case.cpu.x87.top, v.case.cpu.x87.status, v.outcome.cpu.x87.status), (7, 0x41, 0));
}

#[test]
fn nonsense_is_refused() {
    for (line, why) in [
        ("90", "no '=>'"),
        ("=> rax=1", "length"),
        ("9g => ", "no bytes"),
        ("90 rax=12345678901234567 =>", "64 bits"),
        ("90 rab=1 =>", "called so"),
        ("90 xmm16=1 =>", "called so"),
        ("90 flags=----PC-", "no '=>'"),
        ("90 => flags=C-----", "out of order"),
        ("90 => flags=------+XF", "no flag"),
        ("90 flags=?----- =>", "inputs are defined"),
        ("90 [0fffffff]=11 =>", "not among the data"),
        ("90 [10002fff]=1122 =>", "not among the data"),
        ("90 => [10002000]=11", "cannot be written"),
        ("90 => SIGSEGV/SEGV_MAYBE@0", "no signal"),
        ("90 rip=10000000 =>", "not in the code"),
        ("90 cw=10000 =>", "too large"),
    ] {
        let e = Vector::parse(line).unwrap_err().to_string();
        assert!(e.contains(why), "{line}: {e}");
    }
}

/// An engine that does one thing to the registers, whatever the instruction, and meets the INT3 behind it.
struct Fake(fn(&mut CpuState) -> Exit);

impl Engine for Fake {
    fn run(&mut self, cpu: &mut CpuState, _: &mut AddressSpace, _: &mut u64) -> Exit {
        (self.0)(cpu)
    }
}

#[test]
fn a_wrong_outcome_is_found() {
    let after = |cpu: &mut CpuState| {
        cpu.rip += 5;
        cpu.gpr[0] = 6;
        Exit::Exception(Exception::Breakpoint)
    };
    let mut bench = Bench::new();
    let imul = Vector::parse(LINES[0]).unwrap();
    let mut check = |engine: fn(&mut CpuState) -> Exit, v: &Vector| v.check(&bench.run(&mut Fake(engine), &v.case));
    assert_eq!(check(after, &imul), None);
    let wrong: [fn(&mut CpuState) -> Exit; 6] = [
        |cpu| {
            cpu.rip += 5;
            Exit::Exception(Exception::Breakpoint)
        },
        |cpu| {
            (cpu.rip, cpu.gpr[0]) = (cpu.rip + 6, 6);
            Exit::Exception(Exception::Breakpoint)
        },
        |cpu| {
            (cpu.rip, cpu.gpr[0]) = (cpu.rip + 5, 6);
            cpu.flags.set_arith(Flags::CF);
            Exit::Exception(Exception::Breakpoint)
        },
        |cpu| {
            (cpu.rip, cpu.gpr[0], cpu.vector[31].0[7]) = (cpu.rip + 5, 6, 1);
            Exit::Exception(Exception::Breakpoint)
        },
        |cpu| {
            (cpu.rip, cpu.gpr[0]) = (cpu.rip + 4, 6);
            Exit::OutOfFuel
        },
        |_| Exit::Exception(Exception::Divide),
    ];
    for (n, engine) in wrong.into_iter().enumerate() {
        assert!(check(engine, &imul).is_some(), "{n}");
    }
    // A fault is told apart by its address, too.
    let load = Vector::parse(LINES[1]).unwrap();
    let fault = |at| {
        Exit::Fault(MemFault { addr: GuestAddr(at), access: uemu_mem::Access::Read, cause: uemu_mem::Cause::Unmapped })
    };
    let mut bench = Bench::new();
    let mut run = |exit: Exit| {
        let mut engine = Always(exit);
        load.check(&bench.run(&mut engine, &load.case))
    };
    assert_eq!(run(fault(0x1000_3000)), None);
    assert!(run(fault(0x1000_3001)).unwrap().contains("SEGV_MAPERR@10003001"));
}

/// An engine that leaves with this at once.
struct Always(Exit);

impl Engine for Always {
    fn run(&mut self, _: &mut CpuState, _: &mut AddressSpace, _: &mut u64) -> Exit {
        self.0
    }
}
