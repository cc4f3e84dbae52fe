//! ptrace(2), personality(2): the calls that no safe crate offers, and all of lockstep's unsafe code.

use libc::{c_int, c_uint, c_void, user_regs_struct};
use rustix::process::Pid;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null_mut;

/// The regset of NT_X86_XSTATE (elf.h).
const NT_X86_XSTATE: usize = 0x202;
/// personality(2): addresses are the same in every run.
const ADDR_NO_RANDOMIZE: libc::c_ulong = 0x004_0000;

/// What a stop by a signal says of the signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Raised {
    /// Its number.
    pub signal: i32,
    /// si_code: positive if the kernel raised it.
    pub code: i32,
    /// si_addr.
    pub addr: u64,
}

/// Starts `command` stopped before its first instruction, traced by the calling thread.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Pid> {
    let prepare = || {
        // SAFETY: both calls take integers only, concern the new process alone and are async-signal-safe,
        // as what runs between fork and exec must be.
        let done = unsafe {
            libc::personality(ADDR_NO_RANDOMIZE) >= 0
                && libc::ptrace(libc::PTRACE_TRACEME, 0, null_mut::<c_void>(), null_mut::<c_void>()) == 0
        };
        if done { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: `prepare` allocates nothing and takes no lock: it makes two system calls.
    let child = unsafe { command.pre_exec(prepare) }.spawn()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("the new process has no number"))
}

/// # Safety
/// `data` must be what the request expects: an integer, or a pointer to the structure it reads or writes.
unsafe fn call(request: c_uint, pid: Pid, addr: usize, data: *mut c_void) -> io::Result<()> {
    // SAFETY: the caller's promise. The tracee's memory is never named by a pointer of ours.
    let done = unsafe { libc::ptrace(request, pid.as_raw_nonzero().get(), addr as *mut c_void, data) };
    if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Kills the tracee when the tracer ends, however it ends.
pub(crate) fn kill_with_us(pid: Pid) -> io::Result<()> {
    // SAFETY: the data is a set of bits.
    unsafe { call(libc::PTRACE_SETOPTIONS, pid, 0, libc::PTRACE_O_EXITKILL as usize as *mut c_void) }
}

/// Goes on by one instruction, delivering `signal` first (0: none).
pub(crate) fn step(pid: Pid, signal: i32) -> io::Result<()> {
    // SAFETY: the data is a signal's number.
    unsafe { call(libc::PTRACE_SINGLESTEP, pid, 0, signal as usize as *mut c_void) }
}

/// Goes on until something happens.
pub(crate) fn go(pid: Pid) -> io::Result<()> {
    // SAFETY: the data is a signal's number: none.
    unsafe { call(libc::PTRACE_CONT, pid, 0, null_mut()) }
}

/// The general-purpose registers, RIP, RFLAGS and segment bases.
pub(crate) fn registers(pid: Pid) -> io::Result<user_regs_struct> {
    let mut regs = std::mem::MaybeUninit::<user_regs_struct>::zeroed();
    // SAFETY: the request writes one such structure.
    unsafe { call(libc::PTRACE_GETREGS, pid, 0, regs.as_mut_ptr().cast()) }?;
    // SAFETY: it is made of integers, and zeroed before.
    Ok(unsafe { regs.assume_init() })
}

/// Sets them.
pub(crate) fn set_registers(pid: Pid, regs: &user_regs_struct) -> io::Result<()> {
    // SAFETY: the request reads one such structure, and writes nothing to it.
    unsafe { call(libc::PTRACE_SETREGS, pid, 0, std::ptr::from_ref(regs).cast_mut().cast()) }
}

/// The XSAVE image in standard format, as much of it as `image` holds; returns how much that is.
pub(crate) fn extended(pid: Pid, image: &mut [u8]) -> io::Result<usize> {
    let mut part = libc::iovec { iov_base: image.as_mut_ptr().cast(), iov_len: image.len() };
    // SAFETY: the request writes to the vector's buffer, which is `image`, and the number of bytes to the vector.
    unsafe { call(libc::PTRACE_GETREGSET, pid, NT_X86_XSTATE, (&raw mut part).cast()) }?;
    Ok(part.iov_len)
}

/// What raised the signal that the tracee stopped by.
pub(crate) fn raised(pid: Pid) -> io::Result<Raised> {
    let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the request writes one such structure, made of integers and zeroed before.
    let info = unsafe {
        call(libc::PTRACE_GETSIGINFO, pid, 0, info.as_mut_ptr().cast())?;
        info.assume_init()
    };
    // SAFETY: the union is as large for every signal; of signals other than faults the value means nothing and is
    // compared with nothing.
    let addr = unsafe { info.si_addr() } as u64;
    Ok(Raised { signal: info.si_signo, code: info.si_code, addr })
}

/// Sets debug register `n` (SDM vol. 3B, 18.2).
pub(crate) fn set_debug(pid: Pid, n: usize, value: u64) -> io::Result<()> {
    let at = std::mem::offset_of!(libc::user, u_debugreg) + n * size_of::<u64>();
    // SAFETY: the data is the register's value.
    unsafe { call(libc::PTRACE_POKEUSER, pid, at, value as usize as *mut c_void) }
}

/// SIGTRAP, by which a step ends.
pub(crate) const SIGTRAP: c_int = libc::SIGTRAP;
