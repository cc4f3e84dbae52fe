//! What the silicon test cannot run in-process: transfers of control, the kernel's door, privileged and invalid
//! instructions, and faults in the middle of repeated strings.

use iced_x86::{Decoder, DecoderOptions};
use uemu_cpu::{CpuModel, CpuState, Exception, Flags, Gpr};
use uemu_interp::generic::{self, Cx, Flow, Outcome, Stop};
use uemu_mem::{Access, AddressSpace, Cause, GuestAddr, Kind, MapRequest, Place, Prot};

const CODE: u64 = 0x40_0000;
const DATA: u64 = 0x1000_0000;
const DATA_LEN: u64 = 0x4000;
const GP: Outcome = Err(Stop::Exception(Exception::GeneralProtection));

fn selector(code: u16) -> Outcome {
    Err(Stop::Exception(Exception::Selector(code)))
}

struct Guest {
    cpu: CpuState,
    mem: AddressSpace,
}

impl Guest {
    fn new() -> Guest {
        let mut mem = AddressSpace::new(1 << 20);
        mem.map(MapRequest {
            place: Place::Fixed(GuestAddr(DATA)),
            len: DATA_LEN,
            prot: Prot::READ | Prot::WRITE,
            kind: Kind::Anon,
        })
        .unwrap();
        let mut cpu = CpuState::new();
        cpu.rip = CODE;
        cpu.set(Gpr::Rsp, DATA + 0x1000);
        cpu.set(Gpr::Rbx, DATA + 0x800);
        Guest { cpu, mem }
    }

    fn run(&mut self, code: &[u8]) -> Outcome {
        let insn = Decoder::with_ip(64, code, CODE, DecoderOptions::NONE).decode();
        generic::execute(&mut Cx { cpu: &mut self.cpu, mem: &mut self.mem, insn: &insn, model: &CpuModel::MAX })
    }

    fn put(&mut self, addr: u64, value: u64) {
        self.mem.write_u64(GuestAddr(addr), value).unwrap();
    }

    fn at(&mut self, addr: u64) -> u64 {
        self.mem.read_u64(GuestAddr(addr)).unwrap()
    }
}

/// The instruction stops as said and leaves every register as it was.
fn stops(g: &mut Guest, code: &[u8], with: Outcome) {
    let before = g.cpu.clone();
    assert_eq!(g.run(code), with, "{code:02x?}");
    assert_eq!(g.cpu, before, "{code:02x?} changed registers");
}

#[test]
fn calls_jumps_and_returns() {
    let mut g = Guest::new();
    g.put(DATA + 0x800, 0x1234_5678);
    // call [rbx]
    assert_eq!(g.run(&[0xff, 0x13]), Ok(Flow::Jump(0x1234_5678)));
    assert_eq!(g.cpu.get(Gpr::Rsp), DATA + 0xff8);
    assert_eq!(g.at(DATA + 0xff8), CODE + 2);
    // ret 0x10
    assert_eq!(g.run(&[0xc2, 0x10, 0]), Ok(Flow::Jump(CODE + 2)));
    assert_eq!(g.cpu.get(Gpr::Rsp), DATA + 0x1010);
    // jmp rax; jmp [rip+disp] is [rbx]'s cell
    g.cpu.set(Gpr::Rax, 0xffff_8000_0000_0000);
    assert_eq!(g.run(&[0xff, 0xe0]), Ok(Flow::Jump(0xffff_8000_0000_0000)));
    let disp = (DATA + 0x800 - (CODE + 6)) as u32;
    assert_eq!(g.run(&[&[0xff, 0x25][..], &disp.to_le_bytes()].concat()), Ok(Flow::Jump(0x1234_5678)));
    // call through the stack pointer reads its operand before it pushes
    g.cpu.set(Gpr::Rsp, DATA + 0x800);
    assert_eq!(g.run(&[0xff, 0x14, 0x24]), Ok(Flow::Jump(0x1234_5678)));
}

#[test]
fn a_branch_to_no_canonical_address_faults_where_it_stands() {
    let mut g = Guest::new();
    g.cpu.set(Gpr::Rax, 1 << 47);
    g.put(DATA + 0x1000, 1 << 63);
    stops(&mut g, &[0xff, 0xe0], GP);
    stops(&mut g, &[0xff, 0xd0], GP);
    stops(&mut g, &[0xc3], GP);
    g.put(DATA + 0x1000, CODE);
    assert_eq!(g.run(&[0xc3]), Ok(Flow::Jump(CODE)));
}

#[test]
fn the_doors_to_kernel_and_machine() {
    let mut g = Guest::new();
    g.cpu.flags.set_rflags(Flags::CF | Flags::DF);
    assert_eq!(g.run(&[0x0f, 0x05]), Ok(Flow::Syscall));
    assert_eq!(g.cpu.get(Gpr::Rcx), CODE + 2);
    assert_eq!(g.cpu.get(Gpr::R11), Flags::CF | Flags::DF | Flags::IF | 2);
    assert_eq!(g.run(&[0x0f, 0x31]), Ok(Flow::ReadTsc));
    assert_eq!(g.run(&[0x0f, 0x01, 0xf9]), Ok(Flow::ReadTscp));
    assert_eq!(g.run(&[0xcc]), Ok(Flow::Trap(Exception::Breakpoint)));
    assert_eq!(g.run(&[0xcd, 3]), Ok(Flow::Trap(Exception::Breakpoint)));
    assert_eq!(g.run(&[0xcd, 4]), Ok(Flow::Trap(Exception::Overflow)));
    assert_eq!(g.run(&[0xf1]), Ok(Flow::Trap(Exception::Int1)));
    // rdrand r9w; rdseed rdx
    assert_eq!(g.run(&[0x66, 0x41, 0x0f, 0xc7, 0xf1]), Ok(Flow::ReadRandom { register: 9, bytes: 2 }));
    assert_eq!(g.cpu.flags.arith(), Flags::CF);
    assert_eq!(g.run(&[0x48, 0x0f, 0xc7, 0xfa]), Ok(Flow::ReadRandom { register: 2, bytes: 8 }));
    g.cpu.gpr[..4].fill(u64::MAX << 32);
    assert_eq!(g.run(&[0x0f, 0xa2]), Ok(Flow::Next));
    let [a, b, c, d] = CpuModel::MAX.cpuid(0, 0).map(u64::from);
    assert_eq!(g.cpu.gpr[..4], [a, c, d, b]);
}

#[test]
fn segment_bases() {
    let mut g = Guest::new();
    g.cpu.set(Gpr::Rax, 0xffff_ffff_1234_5678);
    // wrfsbase eax; rdfsbase rcx; wrgsbase rax; rdgsbase edx
    for code in [
        [0xf3, 0x40, 0x0f, 0xae, 0xd0],
        [0xf3, 0x48, 0x0f, 0xae, 0xc1],
        [0xf3, 0x48, 0x0f, 0xae, 0xd8],
        [0xf3, 0x40, 0x0f, 0xae, 0xca],
    ] {
        assert_eq!(g.run(&code), Ok(Flow::Next));
    }
    assert_eq!((g.cpu.fs_base, g.cpu.gs_base), (0x1234_5678, 0xffff_ffff_1234_5678));
    assert_eq!((g.cpu.get(Gpr::Rcx), g.cpu.get(Gpr::Rdx)), (0x1234_5678, 0x1234_5678));
    g.cpu.set(Gpr::Rax, 1 << 47);
    stops(&mut g, &[0xf3, 0x48, 0x0f, 0xae, 0xd0], GP);
    // mov gs, ax with the null selector
    g.cpu.set(Gpr::Rax, 0);
    assert_eq!(g.run(&[0x8e, 0xe8]), Ok(Flow::Next));
    assert_eq!(g.cpu.gs_base, 0);
    g.cpu.set(Gpr::Rax, 0x42);
    stops(&mut g, &[0x8e, 0xd8], selector(0x40));
}

#[test]
fn selectors_read_back() {
    let mut g = Guest::new();
    g.cpu.gs_base = 7;
    for (value, lar) in
        [(0x2b, Some(0xcf_f300)), (0x33, Some(0xaf_fb00)), (0x78, Some(0x40_f500)), (3, None), (0, None)]
    {
        g.cpu.set(Gpr::Rax, 0xffff_0000 | value);
        g.cpu.set(Gpr::Rdx, u64::MAX);
        // mov gs, eax; mov ecx, gs; lar rdx, eax
        for code in [&[0x8e, 0xe8][..], &[0x8c, 0xe9], &[0x48, 0x0f, 0x02, 0xd0]] {
            assert_eq!(g.run(code), Ok(Flow::Next));
        }
        assert_eq!((g.cpu.get(Gpr::Rcx), g.cpu.gs_base), (value, 0));
        assert_eq!(g.cpu.get(Gpr::Rdx), lar.unwrap_or(u64::MAX));
        assert_eq!(g.cpu.flags.arith() & Flags::ZF != 0, lar.is_some());
    }
    // A far jump to our own segment, to none, and to the 32-bit one.
    g.cpu.set(Gpr::Rbx, DATA);
    let mut jump = |to: u64| {
        g.mem.write_u64(GuestAddr(DATA), to).unwrap();
        g.run(&[0xff, 0x2b])
    };
    assert_eq!(jump(0x33_0040_1000), Ok(Flow::Jump(0x40_1000)));
    assert_eq!(jump(0x30_0040_1000), Ok(Flow::Jump(0x40_1000)));
    assert_eq!(jump(0x2b_0040_1000), selector(0x28));
    assert_eq!(jump(0x23_0040_1000), Err(Stop::Exception(Exception::InvalidOpcode { unimplemented: true })));
}

#[test]
fn direct_stores() {
    let mut g = Guest::new();
    g.cpu.set(Gpr::Rbx, DATA + 3);
    g.cpu.set(Gpr::Rax, DATA + 0x40);
    g.cpu.set(Gpr::Rcx, 0x1122_3344_5566_7788);
    // movdiri [rbx], rcx; movdir64b rax, [rbx]
    assert_eq!(g.run(&[0x48, 0x0f, 0x38, 0xf9, 0x0b]), Ok(Flow::Next));
    assert_eq!(g.at(DATA + 3), 0x1122_3344_5566_7788);
    for (at, old) in [(0x78, 4), (0x80, 5)] {
        g.mem.write_u64(GuestAddr(DATA + at), old).unwrap();
    }
    let copy = [0x66, 0x0f, 0x38, 0xf8, 0x03];
    assert_eq!(g.run(&copy), Ok(Flow::Next));
    assert_eq!([0x40, 0x48, 0x78, 0x80].map(|at| g.at(DATA + at)), [0x1122_3344_5566_7788, 0, 0, 5]);
    g.cpu.set(Gpr::Rax, DATA + 0x48);
    stops(&mut g, &copy, GP);
    g.cpu.set(Gpr::Rax, 0x40);
    assert!(matches!(g.run(&copy), Err(Stop::Fault(f)) if f.access == Access::Write));
}

#[test]
fn the_stack_segment_has_faults_of_its_own() {
    let mut g = Guest::new();
    let ss = Err(Stop::Exception(Exception::StackFault));
    let gp = |g: &mut Guest, code: &[u8]| matches!(g.run(code), Err(Stop::Fault(f)) if f.cause == Cause::NonCanonical);
    for r in [Gpr::Rsp, Gpr::Rbp, Gpr::Rbx] {
        g.cpu.set(r, 1 << 63);
    }
    // mov eax, [rsp]; mov eax, [rbp+0]; push rax; ret; call; leave
    for code in [&[0x8b, 0x04, 0x24][..], &[0x8b, 0x45, 0], &[0x50], &[0xc3], &[0xe8, 0, 0, 0, 0], &[0xc9]] {
        stops(&mut g, code, ss);
    }
    // mov eax, [rbx]; ss: the same; push [rbx]
    assert!(gp(&mut g, &[0x8b, 0x03]) && gp(&mut g, &[0x36, 0x8b, 0x03]) && gp(&mut g, &[0xff, 0x33]));
}

#[test]
fn misaligned_accesses_are_checked_when_asked() {
    let mut g = Guest::new();
    let ac = Err(Stop::Exception(Exception::AlignmentCheck));
    g.cpu.flags.set_rflags(Flags::AC);
    g.cpu.set(Gpr::Rbx, DATA + 0x14);
    // mov eax, [rbx]; lea rax, [rbx+1]; nop [rbx+1]
    for code in [&[0x8b, 0x03][..], &[0x48, 0x8d, 0x43, 1], &[0x0f, 0x1f, 0x43, 1]] {
        assert_eq!(g.run(code), Ok(Flow::Next));
    }
    // mov rax, [rbx]; mov [rbx+1], ax; movups xmm0, [rbx]; fld tbyte [rbx]; vmovdqu ymm0, [rbx]
    for code in
        [&[0x48, 0x8b, 0x03][..], &[0x66, 0x89, 0x43, 1], &[0x0f, 0x10, 0x03], &[0xdb, 0x2b], &[0xc5, 0xfe, 0x6f, 0x03]]
    {
        stops(&mut g, code, ac);
    }
    g.cpu.flags.set_rflags(0);
    assert_eq!(g.run(&[0x48, 0x8b, 0x03]), Ok(Flow::Next));
}

#[test]
fn what_user_mode_may_not_do() {
    let mut g = Guest::new();
    // hlt, cli, in, out, rdmsr, mov cr0, lgdt
    for code in [&[0xf4][..], &[0xfa], &[0xec], &[0xee], &[0x0f, 0x32], &[0x0f, 0x22, 0xc0], &[0x0f, 0x01, 0x13]] {
        stops(&mut g, code, GP);
    }
    stops(&mut g, &[0xcd, 0x80], selector(0x402));
    let invalid = Err(Stop::Exception(Exception::InvalidOpcode { unimplemented: false }));
    // ud2, push es (gone in 64-bit mode), lock add eax, ecx
    for code in [&[0x0f, 0x0b][..], &[0x06], &[0xf0, 0x01, 0xc8]] {
        stops(&mut g, code, invalid);
    }
    // vmovaps zmm0, zmm1: valid, not here
    let absent = Err(Stop::Exception(Exception::InvalidOpcode { unimplemented: true }));
    stops(&mut g, &[0x62, 0xf1, 0x7c, 0x48, 0x28, 0xc1], absent);
}

#[test]
fn a_refused_access_changes_nothing() {
    let mut g = Guest::new();
    g.mem.protect(uemu_mem::AddrRange::new(GuestAddr(DATA + 0x2000), 0x1000).unwrap(), Prot::READ).unwrap();
    g.cpu.set(Gpr::Rbx, DATA + 0x1ffc);
    g.cpu.set(Gpr::Rax, 7);
    let fault = |addr, cause, access| Err(Stop::Fault(uemu_mem::MemFault { addr: GuestAddr(addr), access, cause }));
    let refused = fault(DATA + 0x2000, Cause::Protection, Access::Write);
    // add [rbx], rax; cmpxchg [rbx], rcx; xchg; pop [rbx]; bts [rbx], rax; across the page's end.
    for code in [
        &[0x48, 0x01, 0x03][..],
        &[0x48, 0x0f, 0xb1, 0x0b],
        &[0x48, 0x87, 0x0b],
        &[0x8f, 0x03],
        &[0x48, 0x0f, 0xab, 0x03],
    ] {
        stops(&mut g, code, refused);
    }
    // push, call and enter onto a page that is not there
    g.cpu.set(Gpr::Rsp, 0x2000);
    for code in [&[0x50][..], &[0xe8, 0, 0, 0, 0], &[0xc8, 0, 0, 0]] {
        stops(&mut g, code, fault(0x1ff8, Cause::Unmapped, Access::Write));
    }
    stops(&mut g, &[0x58], fault(0x2000, Cause::Unmapped, Access::Read));
    // div by zero
    g.cpu.set(Gpr::Rcx, 0);
    stops(&mut g, &[0x48, 0xf7, 0xf1], Err(Stop::Exception(Exception::Divide)));
    // idiv of the least number by -1
    g.cpu.set(Gpr::Rax, 1 << 63);
    g.cpu.set(Gpr::Rdx, u64::MAX);
    g.cpu.set(Gpr::Rcx, u64::MAX);
    stops(&mut g, &[0x48, 0xf7, 0xf9], Err(Stop::Exception(Exception::Divide)));
}

#[test]
fn a_repeated_string_shows_how_far_it_came() {
    let mut g = Guest::new();
    g.cpu.set(Gpr::Rax, 0x11);
    g.cpu.set(Gpr::Rdi, DATA + 1);
    g.cpu.set(Gpr::Rcx, u64::MAX);
    // rep stosb over everything there is
    assert!(
        matches!(g.run(&[0xf3, 0xaa]), Err(Stop::Fault(f)) if f.addr.0 == DATA + DATA_LEN && f.access == Access::Write)
    );
    assert_eq!(g.cpu.get(Gpr::Rdi), DATA + DATA_LEN);
    assert_eq!(g.cpu.get(Gpr::Rcx), u64::MAX - (DATA_LEN - 1));
    assert_eq!(g.at(DATA + DATA_LEN - 8), 0x1111_1111_1111_1111);
    assert_eq!(g.at(DATA), 0x1111_1111_1111_1100);
    // rep movsq down, the first two of three elements fit
    g.cpu.flags.set_rflags(Flags::DF);
    g.cpu.set(Gpr::Rsi, DATA + 8);
    g.cpu.set(Gpr::Rdi, DATA + 0x2000);
    g.cpu.set(Gpr::Rcx, 3);
    assert!(
        matches!(g.run(&[0xf3, 0x48, 0xa5]), Err(Stop::Fault(f)) if f.addr.0 == DATA - 8 && f.access == Access::Read)
    );
    assert_eq!((g.cpu.get(Gpr::Rsi), g.cpu.get(Gpr::Rdi), g.cpu.get(Gpr::Rcx)), (DATA - 8, DATA + 0x1ff0, 1));
}
