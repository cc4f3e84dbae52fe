//! The stack frame of a signal handler, as Linux builds it on x86-64 (`struct rt_sigframe`), and its way back.
//!
//! From low to high addresses: return address, `ucontext`, `siginfo`, then the floating-point state, 64-byte aligned,
//! below the 128 bytes of red zone under the interrupted stack pointer.

use crate::signal::fault::Trap;
use crate::signal::{Action, AltStack, fpstate};
use uemu_abi::plain::{Plain, Scalar};
use uemu_abi::signal::{SIGINFO_SIZE, SS_AUTODISARM, SS_DISABLE, SaFlags, SigInfo, SigSet, StackT};
use uemu_cpu::{CpuModel, CpuState, Flags, Gpr, Mxcsr, Vector, X87};
use uemu_mem::{AddressSpace, GuestAddr};

const UCONTEXT: usize = 8;
const STACK: usize = UCONTEXT + 16;
const MCONTEXT: usize = UCONTEXT + 40;
const SIGMASK: usize = UCONTEXT + 296;
const SIGINFO: usize = UCONTEXT + 304;
/// Bytes of the frame without the floating-point state.
const SIZE: usize = SIGINFO + SIGINFO_SIZE;

/// Bytes below the stack pointer that a function may use without moving it.
const RED_ZONE: u64 = 128;

/// UC_FP_XSTATE: the floating-point state is more than FXSAVE's.
const UC_FP_XSTATE: u64 = 1;
/// UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS.
const UC_SS: u64 = 6;

const USER_CS: u16 = 0x33;
const USER_SS: u16 = 0x2b;

/// The general registers in `struct sigcontext`'s order.
const ORDER: [Gpr; 16] = [
    Gpr::R8,
    Gpr::R9,
    Gpr::R10,
    Gpr::R11,
    Gpr::R12,
    Gpr::R13,
    Gpr::R14,
    Gpr::R15,
    Gpr::Rdi,
    Gpr::Rsi,
    Gpr::Rbp,
    Gpr::Rbx,
    Gpr::Rdx,
    Gpr::Rax,
    Gpr::Rcx,
    Gpr::Rsp,
];

// Offsets in `struct sigcontext`.
const RIP: usize = MCONTEXT + 128;
const FLAGS: usize = MCONTEXT + 136;
const CS: usize = MCONTEXT + 144;
const SS: usize = MCONTEXT + 150;
const ERR: usize = MCONTEXT + 152;
const TRAPNO: usize = MCONTEXT + 160;
const OLDMASK: usize = MCONTEXT + 168;
const CR2: usize = MCONTEXT + 176;
const FPSTATE: usize = MCONTEXT + 184;

/// What Linux reserves beyond what the frame's parts take when it tells programs how large a frame can be: once
/// more `ucontext`, and room for the 32-bit frame's `struct fregs_state`.
const SPARE: usize = 304 + 112;
/// Bytes lost to the alignment of the frame and of the floating-point state, at most.
const PADDING: usize = 15 + 63;

/// AT_MINSIGSTKSZ: the bytes of stack that a frame takes on this processor at most, as Linux reckons it.
pub(crate) fn max_size(model: &CpuModel) -> u64 {
    (SIZE + SPARE + PADDING + fpstate::size(model)).next_multiple_of(16) as u64
}

/// What of a thread goes into a frame besides its registers.
pub(crate) struct Context<'a> {
    /// Whose floating-point state it holds.
    pub(crate) model: &'a CpuModel,
    /// Alternate stack.
    pub(crate) alt: AltStack,
    /// Blocked signals, to come back.
    pub(crate) mask: SigSet,
    /// The last fault.
    pub(crate) trap: Trap,
}

/// The registers with which the handler starts; its frame is on the stack then. `None` if it does not fit there.
pub(crate) fn build(
    cpu: &CpuState,
    mem: &mut AddressSpace,
    info: &SigInfo,
    action: &Action,
    context: &Context<'_>,
) -> Option<CpuState> {
    let &Context { model, alt, mask, trap } = context;
    // Without a restorer there is no way back on x86-64.
    if !action.flags.contains(SaFlags::RESTORER) {
        return None;
    }
    let mut sp = cpu.get(Gpr::Rsp).wrapping_sub(RED_ZONE);
    let nested = alt.holds(cpu.get(Gpr::Rsp));
    let entering = action.flags.contains(SaFlags::ONSTACK) && alt.size > 0 && !nested;
    if entering {
        sp = alt.sp.wrapping_add(alt.size);
    }
    let image = fpstate::save(cpu, model);
    let fp = sp.wrapping_sub(image.len() as u64) & !63;
    let sp = (fp.wrapping_sub(SIZE as u64) & !15).wrapping_sub(8);
    if (nested || entering) && !(sp > alt.sp && sp.wrapping_sub(alt.sp) <= alt.size) {
        return None;
    }

    let mut frame = [0u8; SIZE];
    action.restorer.put(&mut frame, 0);
    let xstate = if model.xcr0() != 0 { UC_FP_XSTATE } else { 0 };
    (UC_SS | xstate).put(&mut frame, UCONTEXT);
    let stack = StackT { sp: alt.sp, flags: saved_flags(alt), size: alt.size };
    stack.encode(&mut frame[STACK..]);
    for (i, r) in ORDER.into_iter().enumerate() {
        cpu.get(r).put(&mut frame, MCONTEXT + 8 * i);
    }
    cpu.rip.put(&mut frame, RIP);
    cpu.flags.rflags().put(&mut frame, FLAGS);
    USER_CS.put(&mut frame, CS);
    USER_SS.put(&mut frame, SS);
    trap.error.put(&mut frame, ERR);
    trap.number.put(&mut frame, TRAPNO);
    mask.0.put(&mut frame, OLDMASK);
    trap.cr2.put(&mut frame, CR2);
    fp.put(&mut frame, FPSTATE);
    mask.0.put(&mut frame, SIGMASK);
    if action.flags.contains(SaFlags::SIGINFO) {
        frame[SIGINFO..].copy_from_slice(&info.to_bytes());
    }
    mem.write(GuestAddr(fp), &image).ok()?;
    mem.write(GuestAddr(sp), &frame).ok()?;

    let mut new = cpu.clone();
    new.set(Gpr::Rsp, sp);
    new.set(Gpr::Rdi, u64::from(info.signal.number()));
    new.set(Gpr::Rsi, sp.wrapping_add(SIGINFO as u64));
    new.set(Gpr::Rdx, sp.wrapping_add(UCONTEXT as u64));
    new.set(Gpr::Rax, 0);
    new.rip = action.handler;
    let rflags = cpu.flags.rflags() & !(Flags::DF | Flags::RF | Flags::TF);
    new.flags.set_rflags(rflags);
    // The handler starts with fresh floating-point state.
    reset_fpu(&mut new);
    Some(new)
}

fn reset_fpu(cpu: &mut CpuState) {
    cpu.x87 = X87::INIT;
    cpu.mxcsr = Mxcsr::DEFAULT;
    cpu.vector = [Vector([0; 8]); 32];
    cpu.mask = [0; 8];
}

fn saved_flags(alt: AltStack) -> u32 {
    match (alt.size, alt.autodisarm) {
        (0, _) => SS_DISABLE,
        (_, true) => SS_AUTODISARM,
        (_, false) => 0,
    }
}

/// What a frame brings back.
pub(crate) struct Restored {
    /// Registers.
    pub(crate) cpu: CpuState,
    /// Blocked signals.
    pub(crate) mask: SigSet,
    /// Alternate stack, as sigaltstack(2) would be asked to set it.
    pub(crate) stack: StackT,
}

/// rt_sigreturn(2): reads the frame above which the stack pointer is. `None` for a bad frame.
pub(crate) fn restore(cpu: &CpuState, model: &CpuModel, mem: &mut AddressSpace) -> Option<Restored> {
    let at = GuestAddr(cpu.get(Gpr::Rsp).wrapping_sub(8));
    let mut frame = [0u8; SIGINFO];
    mem.read(at, &mut frame).ok()?;
    let mut new = cpu.clone();
    for (i, r) in ORDER.into_iter().enumerate() {
        new.set(r, u64::get(&frame, MCONTEXT + 8 * i));
    }
    new.rip = u64::get(&frame, RIP);
    new.flags.set_rflags(u64::get(&frame, FLAGS));
    match u64::get(&frame, FPSTATE) {
        0 => reset_fpu(&mut new),
        fp => fpstate::restore(&mut new, model, mem, GuestAddr(fp))?,
    }
    Some(Restored {
        cpu: new,
        mask: SigSet(u64::get(&frame, SIGMASK)).minus(SigSet::UNBLOCKABLE),
        stack: StackT::decode(&frame[STACK..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_abi::signal::{SigFields, Signal};
    use uemu_mem::{Kind, MapRequest, Place, Prot};

    fn stack() -> AddressSpace {
        let mut mem = AddressSpace::new(1 << 20);
        let request = MapRequest {
            place: Place::Fixed(GuestAddr(0x10000)),
            len: 0x4000,
            prot: Prot::READ | Prot::WRITE,
            kind: Kind::Anon,
        };
        mem.map(request).unwrap();
        mem
    }

    fn action() -> Action {
        let flags = SaFlags::RESTORER | SaFlags::SIGINFO | SaFlags::ONSTACK;
        Action { handler: 0x401000, flags, restorer: 0x402000, mask: SigSet::EMPTY }
    }

    fn info() -> SigInfo {
        SigInfo { signal: Signal::SIGSEGV, code: 1, fields: SigFields::Fault { addr: 0x1234 } }
    }

    #[test]
    fn what_is_saved_comes_back() {
        let mut mem = stack();
        let mut cpu = CpuState::new();
        for (i, r) in cpu.gpr.iter_mut().enumerate() {
            *r = 0x1111 * i as u64;
        }
        cpu.set(Gpr::Rsp, 0x13f01);
        cpu.rip = 0x55555;
        cpu.flags.set_rflags(Flags::CF | Flags::DF);
        cpu.vector[3] = Vector([1, 2, 3, 4, 0, 0, 0, 0]);
        cpu.x87.significand[2] = 77;
        let mask = SigSet::of(Signal::SIGUSR1);
        let trap = Trap { number: 14, error: 6, cr2: 0x1234 };
        let model = &CpuModel::MAX;
        let context = Context { model, alt: AltStack::default(), mask, trap };
        let mut h = build(&cpu, &mut mem, &info(), &action(), &context).unwrap();
        let sp = h.get(Gpr::Rsp);
        assert_eq!(sp % 16, 8, "as after a call");
        assert!(sp + 440 + 836 + RED_ZONE <= 0x13f01);
        assert_eq!((h.rip, h.get(Gpr::Rdi), h.flags.rflags() & Flags::DF), (0x401000, 11, 0));
        assert_eq!(mem.read_u64(GuestAddr(h.get(Gpr::Rsi) + 16)), Ok(0x1234), "si_addr");
        assert_eq!(mem.read_u64(GuestAddr(sp)), Ok(0x402000));
        h.set(Gpr::Rsp, sp + 8);
        let r = restore(&h, model, &mut mem).unwrap();
        assert_eq!((r.cpu, r.mask), (cpu, mask));
    }

    #[test]
    fn an_alternate_stack_that_is_too_small_is_refused() {
        let mut mem = stack();
        let mut cpu = CpuState::new();
        cpu.set(Gpr::Rsp, 0x13000);
        let fit = |size| {
            let alt = AltStack { sp: 0x10000, size, autodisarm: false };
            let context = Context { model: &CpuModel::MAX, alt, mask: SigSet::EMPTY, trap: Trap::default() };
            build(&cpu, &mut mem, &info(), &action(), &context)
        };
        let [small, large] = [0x200, 0x2000].map(fit);
        assert!(small.is_none());
        assert!(large.is_some_and(|c| c.get(Gpr::Rsp) < 0x12000));
    }
}
