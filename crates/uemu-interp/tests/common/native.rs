//! Runs one instruction on the processor this test runs on, between images of its register file.

#![allow(unsafe_code, reason = "executes machine code: that is the point")]
#![allow(dead_code, reason = "each test uses its own part")]

use std::sync::{Mutex, MutexGuard, Once};

/// What goes in and comes out.
#[repr(C, align(16))]
#[derive(Clone)]
pub(crate) struct Image {
    /// FXSAVE's area.
    pub(crate) fx: [u8; 512],
    /// General-purpose registers in encoding order; RSP is neither loaded nor stored.
    pub(crate) gpr: [u64; 16],
    /// RFLAGS.
    pub(crate) rflags: u64,
    code: u64,
    rsp: u64,
    /// The signal that ended the instruction, or 0.
    pub(crate) signal: u64,
    /// The upper halves of YMM registers; left alone where there is no AVX.
    pub(crate) upper: [u128; 16],
    has_avx: u64,
}

impl Image {
    const EMPTY: Image =
        Image { fx: [0; 512], gpr: [0; 16], rflags: 0, code: 0, rsp: 0, signal: 0, upper: [0; 16], has_avx: 0 };

    /// All zero but for the control words' defaults.
    pub(crate) fn new() -> Image {
        let mut i = Image { rflags: 0x202, has_avx: is_x86_feature_detected!("avx").into(), ..Image::EMPTY };
        i.fx[0..2].copy_from_slice(&0x37fu16.to_le_bytes());
        i.fx[24..28].copy_from_slice(&0x1f80u32.to_le_bytes());
        i
    }
    /// An XMM register.
    pub(crate) fn xmm(&self, n: usize) -> u128 {
        u128::from_le_bytes(self.fx[160 + 16 * n..176 + 16 * n].try_into().unwrap())
    }
    /// Sets an XMM register.
    pub(crate) fn set_xmm(&mut self, n: usize, v: u128) {
        self.fx[160 + 16 * n..176 + 16 * n].copy_from_slice(&v.to_le_bytes());
    }
    /// MXCSR.
    pub(crate) fn mxcsr(&self) -> u32 {
        u32::from_le_bytes(self.fx[24..28].try_into().unwrap())
    }
}

static mut NATIVE: Image = Image::EMPTY;

std::arch::global_asm!(
    ".globl native_sse_enter",
    "native_sse_enter:",
    "push rbx", "push rbp", "push r12", "push r13", "push r14", "push r15",
    "mov [rip + {s} + 656], rsp",
    "fxrstor64 [rip + {s}]",
    "cmp qword ptr [rip + {s} + 928], 0", "je 2f",
    ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
    r"vinsertf128 ymm\r, ymm\r, [rip + {s} + 672 + 16 * \r], 1",
    ".endr",
    "2:",
    "push [rip + {s} + 640]", "popfq",
    "mov rax, [rip + {s} + 512]", "mov rcx, [rip + {s} + 520]", "mov rdx, [rip + {s} + 528]",
    "mov rbx, [rip + {s} + 536]", "mov rbp, [rip + {s} + 552]", "mov rsi, [rip + {s} + 560]",
    "mov rdi, [rip + {s} + 568]", "mov r8, [rip + {s} + 576]", "mov r9, [rip + {s} + 584]",
    "mov r10, [rip + {s} + 592]", "mov r11, [rip + {s} + 600]", "mov r12, [rip + {s} + 608]",
    "mov r13, [rip + {s} + 616]", "mov r14, [rip + {s} + 624]", "mov r15, [rip + {s} + 632]",
    "jmp [rip + {s} + 648]",
    ".globl native_sse_exit",
    "native_sse_exit:",
    "mov [rip + {s} + 512], rax", "mov [rip + {s} + 520], rcx", "mov [rip + {s} + 528], rdx",
    "mov [rip + {s} + 536], rbx", "mov [rip + {s} + 552], rbp", "mov [rip + {s} + 560], rsi",
    "mov [rip + {s} + 568], rdi", "mov [rip + {s} + 576], r8", "mov [rip + {s} + 584], r9",
    "mov [rip + {s} + 592], r10", "mov [rip + {s} + 600], r11", "mov [rip + {s} + 608], r12",
    "mov [rip + {s} + 616], r13", "mov [rip + {s} + 624], r14", "mov [rip + {s} + 632], r15",
    "mov rsp, [rip + {s} + 656]",
    "pushfq", "pop [rip + {s} + 640]",
    "fxsave64 [rip + {s}]",
    "cmp qword ptr [rip + {s} + 928], 0", "je 2f",
    ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
    r"vextractf128 [rip + {s} + 672 + 16 * \r], ymm\r, 1",
    ".endr",
    "vzeroupper",
    "2:",
    "fninit",
    "push 0x1f80", "ldmxcsr [rsp]", "add rsp, 8",
    "cld",
    "pop r15", "pop r14", "pop r13", "pop r12", "pop rbp", "pop rbx",
    "ret",
    s = sym NATIVE,
);

#[repr(C)]
struct SigAction {
    handler: usize,
    mask: [u64; 16],
    flags: i32,
    restorer: usize,
}

unsafe extern "C" {
    fn native_sse_enter();
    fn native_sse_exit();
    fn mmap(addr: *mut u8, len: usize, prot: i32, flags: i32, fd: i32, offset: i64) -> *mut u8;
    fn sigaction(signal: i32, new: *const SigAction, old: *mut SigAction) -> i32;
}

extern "C" fn on_signal(signal: i32, _info: *const u8, ucontext: *mut u8) {
    const RIP: usize = 40 + 16 * 8;
    // SAFETY: the kernel's ucontext; the only code of the process that can raise these is the tested one.
    unsafe {
        NATIVE.signal = signal as u64;
        ucontext.add(RIP).cast::<u64>().write_unaligned(native_sse_exit as *const () as u64);
    }
}

/// Where the code page and the two data pages lie, here and in the guest.
pub(crate) const DATA: u64 = 0x1000_0000;
/// Bytes of data.
pub(crate) const DATA_LEN: usize = 8192;
const CODE: u64 = 0x1100_0000;
static LOCK: Mutex<()> = Mutex::new(());
static SETUP: Once = Once::new();

/// The right to use the one processor image.
pub(crate) struct Native(#[allow(dead_code, reason = "held for its drop")] MutexGuard<'static, ()>);

impl Native {
    /// Waits for the right.
    pub(crate) fn lock() -> Native {
        let guard = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // SAFETY: fixed mappings where nothing else is; handlers for signals only tested code raises.
        SETUP.call_once(|| unsafe {
            const FIXED: i32 = 0x10_0000 | 0x20 | 2;
            assert_eq!(mmap(DATA as *mut u8, DATA_LEN, 3, FIXED, -1, 0) as u64, DATA);
            assert_eq!(mmap(CODE as *mut u8, 4096, 7, FIXED, -1, 0) as u64, CODE);
            for signal in [4, 7, 8, 11] {
                let act = SigAction { handler: on_signal as *const () as usize, mask: [0; 16], flags: 4, restorer: 0 };
                assert_eq!(sigaction(signal, &act, std::ptr::null_mut()), 0);
            }
        });
        Native(guard)
    }

    /// Writes the instruction; [`Native::run`] executes it.
    pub(crate) fn load(&self, code: &[u8]) {
        let mut page = code.to_vec();
        page.extend([0xff, 0x25, 0, 0, 0, 0]);
        page.extend((native_sse_exit as *const () as u64).to_le_bytes());
        // SAFETY: the page is ours and nothing executes in it now.
        unsafe { std::ptr::copy_nonoverlapping(page.as_ptr(), CODE as *mut u8, page.len()) };
    }

    /// The data pages.
    pub(crate) fn data(&mut self) -> &mut [u8] {
        // SAFETY: mapped by `lock`, borrowed with `self`.
        unsafe { std::slice::from_raw_parts_mut(DATA as *mut u8, DATA_LEN) }
    }

    /// Executes what was loaded on `image`.
    pub(crate) fn run(&mut self, image: &mut Image) {
        image.code = CODE;
        image.signal = 0;
        // SAFETY: under the lock; the trampoline saves what the ABI asks, the tested instruction touches data
        // pages and registers other than RSP.
        unsafe {
            let native = &raw mut NATIVE;
            native.write(image.clone());
            native_sse_enter();
            *image = native.read();
        }
    }
}
