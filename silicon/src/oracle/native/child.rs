//! The process that executes cases: its signal handler records the case that ended and enters the next.
//!
//! Every case ends in a signal, if only of the INT3 behind it. Returning from the handler loads a whole register
//! file, so one kernel entry and one sigreturn are all a case costs. While cases run, FS and GS are theirs: the handler
//! uses no thread-local storage, allocates nothing and cannot panic.

use super::shared::{AREA, Registers, Shared, Slot};
use std::sync::atomic::Ordering;
use uemu_vector::layout::{CODE, CODE_LEN, DATA, DATA_LEN, INT3, WRITABLE};

/// Signals that instructions raise.
const SIGNALS: [i32; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];
const ALT_STACK: usize = 1 << 18;
/// `arch_prctl` and its requests.
const SYS_ARCH_PRCTL: u64 = 158;
const SET_GS: u64 = 0x1001;
const SET_FS: u64 = 0x1002;
const GET_FS: u64 = 0x1003;
const GET_GS: u64 = 0x1004;
/// Where a frame's floating-point area says which components it has (`_fpx_sw_bytes`), and that it says so.
const SW_BYTES: usize = 464;
const MAGIC: u32 = 0x4650_5853;
/// XSTATE_BV within an XSAVE area.
const XSTATE_BV: usize = 512;
/// x87, SSE and AVX.
const COMPONENTS: u64 = 7;
/// General-purpose registers of a frame in encoding order.
const GREGS: [i32; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// The registers to come back with when the batch is done.
struct Home {
    away: bool,
    gregs: [i64; 23],
    fs_base: u64,
    gs_base: u64,
    area: [u8; AREA],
}

static mut SHARED: *mut Shared = std::ptr::null_mut();
static mut HOME: Home = Home { away: false, gregs: [0; 23], fs_base: 0, gs_base: 0, area: [0; AREA] };

// Flags first: the frame's AC, NT and ID are still in force on entry.
std::arch::global_asm!(
    "oracle_on_signal:",
    "push 0x202",
    "popfq",
    "jmp {handler}",
    handler = sym on_signal,
);
unsafe extern "C" {
    fn oracle_on_signal();
}

/// Serves batches until the other end of `socket` is closed. Never returns.
///
/// # Safety
/// In a freshly forked process, which has one thread and owns nothing it must drop; `shared` is mapped shared from `memory` at
/// its start.
pub(super) unsafe fn serve(shared: *mut Shared, memory: i32, socket: i32) -> ! {
    // SAFETY: plain system calls; the mappings are fixed where nothing else is; `SHARED` is set before the handler
    // that reads it is.
    unsafe {
        if !prepare(shared, memory) {
            libc::_exit(2);
        }
        let mut byte = 0u8;
        while libc::read(socket, (&raw mut byte).cast(), 1) == 1 {
            std::arch::asm!("int3");
            if libc::write(socket, (&raw const byte).cast(), 1) != 1 {
                break;
            }
        }
        libc::_exit(0)
    }
}

/// Maps the pages of the layout and installs the handler.
///
/// # Safety
/// As [`serve`].
unsafe fn prepare(shared: *mut Shared, memory: i32) -> bool {
    use libc::{MAP_FIXED_NOREPLACE, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE};
    // SAFETY: see `serve`; the alternate stack is leaked, so it lives as long as the process.
    unsafe {
        SHARED = shared;
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &none);
        let code = std::mem::offset_of!(Shared, code) as i64;
        let data = std::mem::offset_of!(Shared, data) as i64;
        let maps = [
            (CODE, CODE_LEN, PROT_READ | PROT_EXEC, code),
            (DATA, WRITABLE, PROT_READ | PROT_WRITE, data),
            (DATA + WRITABLE, DATA_LEN - WRITABLE, PROT_READ, data + WRITABLE as i64),
        ];
        for (at, len, prot, offset) in maps {
            let flags = MAP_SHARED | MAP_FIXED_NOREPLACE;
            let got = libc::mmap(at as *mut libc::c_void, len as usize, prot, flags, memory, offset);
            if got as u64 != at {
                return false;
            }
        }
        (&raw mut (*shared).code).cast::<u8>().write_bytes(INT3, CODE_LEN as usize);
        let stack = Box::leak(vec![0u8; ALT_STACK].into_boxed_slice());
        let stack = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: ALT_STACK };
        if libc::sigaltstack(&stack, std::ptr::null_mut()) != 0 {
            return false;
        }
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = oracle_on_signal as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigfillset(&mut action.sa_mask);
        SIGNALS.iter().all(|s| libc::sigaction(*s, &action, std::ptr::null_mut()) == 0)
    }
}

/// # Safety
/// `request` and `argument` as arch_prctl(2) wants them.
unsafe fn arch_prctl(request: u64, argument: u64) {
    // SAFETY: the caller's; the kernel changes nothing but RAX, RCX and R11. (libc's wrapper could touch `errno`.)
    unsafe {
        std::arch::asm!(
            "syscall",
            inout("rax") SYS_ARCH_PRCTL => _,
            in("rdi") request,
            in("rsi") argument,
            out("rcx") _,
            out("r11") _,
        );
    }
}

/// FS and GS bases.
///
/// # Safety
/// None but that of the system call.
unsafe fn bases() -> (u64, u64) {
    let (mut fs, mut gs) = (0u64, 0u64);
    // SAFETY: each writes one word where we say.
    unsafe {
        arch_prctl(GET_FS, &raw mut fs as u64);
        arch_prctl(GET_GS, &raw mut gs as u64);
    }
    (fs, gs)
}

/// DS, ES, FS and GS.
///
/// # Safety
/// None: they can always be read.
unsafe fn selectors() -> [u16; 4] {
    let (ds, es, fs, gs): (u16, u16, u16, u16);
    // SAFETY: moves to registers.
    unsafe {
        std::arch::asm!("mov {:x}, ds", "mov {:x}, es", "mov {:x}, fs", "mov {:x}, gs", out(reg) ds, out(reg) es, out(reg) fs, out(reg) gs);
    }
    [ds, es, fs, gs]
}

/// Sets the bases, and the null selector in DS, ES, FS and GS.
///
/// # Safety
/// Thread-local storage is gone until the old bases are back.
unsafe fn set_bases(fs: u64, gs: u64) {
    // SAFETY: the caller's; flat 64-bit code does not look at DS and ES.
    unsafe {
        arch_prctl(SET_FS, fs);
        arch_prctl(SET_GS, gs);
        std::arch::asm!("mov ds, {z:e}", "mov es, {z:e}", z = in(reg) 0);
    }
}

/// Bytes of a frame's floating-point area that are of interest, and the components it can restore.
///
/// # Safety
/// `area` is the kernel's frame.
unsafe fn extent(area: *const u8) -> (usize, u64) {
    // SAFETY: the legacy region is always there.
    unsafe {
        let word = |at: usize| area.add(at).cast::<u32>().read_unaligned();
        if word(SW_BYTES) != MAGIC {
            return (512, 0);
        }
        let (low, high, size) = (word(SW_BYTES + 8), word(SW_BYTES + 12), word(SW_BYTES + 16));
        ((size as usize).min(AREA), (u64::from(low) | u64::from(high) << 32) & COMPONENTS)
    }
}

extern "C" fn on_signal(signal: i32, info: *const libc::siginfo_t, context: *mut libc::ucontext_t) {
    // SAFETY: the kernel's frame; the only thread; `SHARED` is mapped and the judge waits.
    unsafe {
        let (home, shared) = (&raw mut HOME, SHARED);
        let machine = &raw mut (*context).uc_mcontext;
        let gregs = (&raw mut (*machine).gregs).cast::<i64>();
        let area = (*machine).fpregs.cast::<u8>();
        let next = &(*shared).next;
        if (*home).away {
            let slot = slot(shared, next.load(Ordering::Relaxed));
            record(slot, signal, info, gregs, area);
            write_code(shared, slot, false);
            next.store(next.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        } else {
            (*home).away = true;
            gregs.copy_to_nonoverlapping((&raw mut (*home).gregs).cast(), 23);
            area.copy_to_nonoverlapping((&raw mut (*home).area).cast(), extent(area).0);
            ((*home).fs_base, (*home).gs_base) = bases();
        }
        if next.load(Ordering::Relaxed) < (*shared).count.load(Ordering::Relaxed) {
            let slot = slot(shared, next.load(Ordering::Relaxed));
            let data = (&raw mut (*shared).data).cast::<u8>();
            (&raw const (*slot).data).cast::<u8>().copy_to_nonoverlapping(data, DATA_LEN as usize);
            write_code(shared, slot, true);
            enter(slot, home, gregs, area);
        } else {
            (*home).away = false;
            (&raw const (*home).gregs).cast::<i64>().copy_to_nonoverlapping(gregs, 23);
            (&raw const (*home).area).cast::<u8>().copy_to_nonoverlapping(area, extent(area).0);
            set_bases((*home).fs_base, (*home).gs_base);
        }
    }
}

/// The slot of a case.
///
/// # Safety
/// `n` is below the batch's size.
unsafe fn slot(shared: *mut Shared, n: u32) -> *mut Slot {
    // SAFETY: the caller's.
    unsafe { (&raw mut (*shared).slots).cast::<Slot>().add(n as usize) }
}

/// Writes the case's instruction, or INT3 in its place. The return from the handler serialises.
///
/// # Safety
/// As [`on_signal`].
unsafe fn write_code(shared: *mut Shared, slot: *const Slot, there: bool) {
    // SAFETY: RIP lies in the code pages; no byte is written beyond them.
    unsafe {
        let at = ((*slot).before.rip.wrapping_sub(CODE)).min(CODE_LEN - 1);
        let len = (*slot).code_len.min(15).min(CODE_LEN - at) as usize;
        let to = (&raw mut (*shared).code).cast::<u8>().add(at as usize);
        if there {
            (&raw const (*slot).code).cast::<u8>().copy_to_nonoverlapping(to, len);
        } else {
            to.write_bytes(INT3, len);
        }
    }
}

/// Records how a case ended.
///
/// # Safety
/// As [`on_signal`].
unsafe fn record(slot: *mut Slot, signal: i32, info: *const libc::siginfo_t, gregs: *const i64, area: *const u8) {
    // SAFETY: the kernel's frame, the case's slot.
    unsafe {
        (*slot).signal = signal;
        (*slot).si_code = (*info).si_code;
        (*slot).si_addr = (*info).si_addr() as u64;
        let after = &raw mut (*slot).after;
        for (n, r) in GREGS.iter().enumerate() {
            (&raw mut (*after).gpr).cast::<i64>().add(n).write(gregs.add(*r as usize).read());
        }
        (*after).rip = gregs.add(libc::REG_RIP as usize).read() as u64;
        (*after).rflags = gregs.add(libc::REG_EFL as usize).read() as u64;
        ((*after).fs_base, (*after).gs_base) = bases();
        (*after).selectors = selectors();
        let (len, components) = extent(area);
        let to = (&raw mut (*after).area).cast::<u8>();
        area.copy_to_nonoverlapping(to, len);
        if components == 0 {
            // The legacy region alone is all there.
            to.add(XSTATE_BV).cast::<u64>().write_unaligned(3);
        }
        let shown = DATA as *const u8;
        shown.copy_to_nonoverlapping((&raw mut (*slot).data_after).cast(), WRITABLE as usize);
    }
}

/// Makes the frame one that enters the case.
///
/// # Safety
/// As [`on_signal`].
unsafe fn enter(slot: *const Slot, home: *const Home, gregs: *mut i64, area: *mut u8) {
    // SAFETY: the kernel's frame, the case's slot; the area's own description of itself stays.
    unsafe {
        let before: *const Registers = &raw const (*slot).before;
        for (n, r) in GREGS.iter().enumerate() {
            gregs.add(*r as usize).write((&raw const (*before).gpr).cast::<i64>().add(n).read());
        }
        gregs.add(libc::REG_RIP as usize).write((*before).rip as i64);
        gregs.add(libc::REG_EFL as usize).write((*before).rflags as i64);
        let selectors = libc::REG_CSGSFS as usize;
        gregs.add(selectors).write((&raw const (*home).gregs).cast::<i64>().add(selectors).read());
        let from = (&raw const (*before).area).cast::<u8>();
        let (len, components) = extent(area);
        from.copy_to_nonoverlapping(area, SW_BYTES);
        if len > XSTATE_BV {
            from.add(XSTATE_BV).copy_to_nonoverlapping(area.add(XSTATE_BV), len - XSTATE_BV);
            area.add(XSTATE_BV).cast::<u64>().write_unaligned(components);
        }
        set_bases((*before).fs_base, (*before).gs_base);
    }
}
