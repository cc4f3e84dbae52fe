//! Tasks: their making, their end, their programs.

use crate::context::TaskCtx;
use crate::exec::Program;
use crate::process::ExitStatus;
use crate::spawn::CloneRequest;
use crate::stop::{Restart, Stop, SysResult, Wait, WaitOn};
use crate::syscall::args::{
    AddrOut, ArchAddr, BarrierCmd, BarrierCpu, BarrierFlags, CloneArgsPtr, CloneHead, CloneTail, DirFd, Hex32, PtrOut,
    UserEnv, UserPath, UserStrings,
};
use crate::syscall::fsargs::AtFlags;
use crate::syscall::{Ret, RetStyle};
use crate::task::{Progress, RobustList, Rseq, Tid};
use uemu_abi::Errno;
use uemu_abi::fcntl::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW};
use uemu_abi::plain::Plain;
use uemu_abi::process::{ARCH_GET_FS, ARCH_GET_GS, ARCH_SET_FS, ARCH_SET_GS, CloneArgs, CloneFlags};
use uemu_abi::signal::Signal;
use uemu_cpu::Segment;
use uemu_mem::{GuestAddr, USER_END};

/// Longest single argument, with its NUL (MAX_ARG_STRLEN).
const MAX_STRING: usize = 32 * 4096;
/// Most bytes of all arguments and variables with their pointers (the loader has the exact limit).
const MAX_STRINGS: usize = 6 << 20;

/// exit(2)
pub fn exit(t: &mut TaskCtx<'_>, status: i32) -> SysResult<()> {
    let status = ExitStatus::Exited(status as u8);
    t.k.end_task(t.tid, t.mem, status, t.host, crate::observe::lend(&mut t.watch));
    Err(Stop::Gone)
}

/// exit_group(2)
pub fn exit_group(t: &mut TaskCtx<'_>, status: i32) -> SysResult<()> {
    let pid = t.pid();
    t.k.kill_process(pid, ExitStatus::Exited(status as u8));
    exit(t, status)
}

fn do_clone(t: &mut TaskCtx<'_>, r: &CloneRequest) -> SysResult<Tid> {
    if let Progress::Vfork(child) = t.task().resume.progress {
        return Ok(child);
    }
    let f = r.flags;
    let bad = (f.contains(CloneFlags::THREAD) && !f.contains(CloneFlags::SIGHAND))
        || (f.contains(CloneFlags::SIGHAND) && !f.contains(CloneFlags::VM))
        || f.contains(CloneFlags::SIGHAND | CloneFlags::CLEAR_SIGHAND)
        || f.contains(CloneFlags::FS | CloneFlags::NEWNS)
        // The first process has no siblings inside the machine.
        || (f.contains(CloneFlags::PARENT) && t.pid() == crate::process::Pid::FIRST);
    if bad {
        return Err(Errno::EINVAL.into());
    }
    let namespaces = CloneFlags::NEWNS
        | CloneFlags::NEWCGROUP
        | CloneFlags::NEWUTS
        | CloneFlags::NEWIPC
        | CloneFlags::NEWUSER
        | CloneFlags::NEWPID
        | CloneFlags::NEWNET;
    if f.intersects(namespaces) {
        return Err(Errno::EPERM.into());
    }
    if f.intersects(CloneFlags::PIDFD | CloneFlags::INTO_CGROUP) {
        return Err(Errno::EINVAL.into());
    }
    if f.contains(CloneFlags::SETTLS) && r.tls >= USER_END.0 {
        return Err(Errno::EPERM.into());
    }
    let child = t.spawn(r)?;
    if f.contains(CloneFlags::VFORK) {
        // The child exists now: when this call is run again, it only returns.
        t.task().resume.progress = Progress::Vfork(child);
        return Err(Stop::Block(Wait { on: WaitOn::WakeOnly, deadline: None, restart: Restart::Sys }));
    }
    Ok(child)
}

/// clone(2)
pub fn clone(t: &mut TaskCtx<'_>, head: CloneHead, tail: CloneTail) -> SysResult<Tid> {
    let exit_signal = head.flags & 0xff;
    let request = CloneRequest {
        flags: CloneFlags::from_bits_retain(head.flags & 0xffff_ff00),
        exit_signal: Signal::new(exit_signal),
        stack: head.stack.0,
        tls: tail.tls,
        parent_tid: tail.parent_tid,
        child_tid: tail.child_tid,
    };
    if exit_signal > 64 {
        return Err(Errno::EINVAL.into());
    }
    do_clone(t, &request)
}

/// clone3(2)
pub fn clone3(t: &mut TaskCtx<'_>, args: CloneArgsPtr) -> SysResult<Tid> {
    const FIRST_VERSION: u64 = 64;
    if args.size > 4096 {
        return Err(Errno::E2BIG.into());
    }
    if args.size < FIRST_VERSION {
        return Err(Errno::EINVAL.into());
    }
    let mut bytes = vec![0; args.size as usize];
    t.mem.read(args.addr, &mut bytes)?;
    if bytes.iter().skip(CloneArgs::SIZE).any(|&b| b != 0) {
        return Err(Errno::E2BIG.into());
    }
    let a = CloneArgs::decode(&bytes);
    let known = CloneFlags::CLEAR_SIGHAND.bits() | CloneFlags::INTO_CGROUP.bits() | 0xffff_ff00;
    let threads = CloneFlags::THREAD.bits() | CloneFlags::PARENT.bits();
    let bad = a.flags & !known != 0
        || a.flags & CloneFlags::DETACHED.bits() != 0
        || a.exit_signal > 64
        || (a.stack == 0) != (a.stack_size == 0)
        || (a.flags & threads != 0 && a.exit_signal != 0)
        || (a.set_tid != 0 || a.set_tid_size != 0);
    if bad {
        return Err(Errno::EINVAL.into());
    }
    let request = CloneRequest {
        flags: CloneFlags::from_bits_retain(a.flags),
        exit_signal: Signal::new(a.exit_signal),
        stack: a.stack.checked_add(a.stack_size).ok_or(Errno::EINVAL)?,
        tls: a.tls,
        parent_tid: GuestAddr(a.parent_tid),
        child_tid: GuestAddr(a.child_tid),
    };
    do_clone(t, &request)
}

fn plain(flags: CloneFlags) -> CloneRequest {
    CloneRequest {
        flags,
        exit_signal: Some(Signal::SIGCHLD),
        stack: 0,
        tls: 0,
        parent_tid: GuestAddr::NULL,
        child_tid: GuestAddr::NULL,
    }
}

/// fork(2)
pub fn fork(t: &mut TaskCtx<'_>) -> SysResult<Tid> {
    do_clone(t, &plain(CloneFlags::empty()))
}

/// vfork(2)
pub fn vfork(t: &mut TaskCtx<'_>) -> SysResult<Tid> {
    do_clone(t, &plain(CloneFlags::VM | CloneFlags::VFORK))
}

/// The strings an array of pointers points to; `left` bytes are still allowed.
fn read_strings(t: &mut TaskCtx<'_>, at: GuestAddr, left: &mut usize) -> SysResult<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    if at == GuestAddr::NULL {
        return Ok(all);
    }
    loop {
        let pointer = t.mem.read_u64(at.wrapping_add(8 * all.len() as u64))?;
        if pointer == 0 {
            return Ok(all);
        }
        let s = t.mem.read_cstr(GuestAddr(pointer), MAX_STRING)?.ok_or(Errno::E2BIG)?;
        *left = left.checked_sub(s.len() + 9).ok_or(Errno::E2BIG)?;
        all.push(s);
    }
}

fn do_exec(t: &mut TaskCtx<'_>, dirfd: i32, path: Vec<u8>, args: GuestAddr, env: GuestAddr) -> SysResult<()> {
    // The file is looked at before the arguments are.
    let start = t.start(dirfd, &path)?;
    t.check_executable(&start, &path)?;
    let mut left = MAX_STRINGS;
    let args = read_strings(t, args, &mut left)?;
    let env = read_strings(t, env, &mut left)?;
    t.exec(&start, &Program { path, args, env })
}

/// execve(2)
pub fn execve(t: &mut TaskCtx<'_>, path: UserPath, argv: UserStrings, envp: UserEnv) -> SysResult<()> {
    let path = path.read(t)?;
    do_exec(t, AT_FDCWD, path, argv.0, envp.0)
}

/// execveat(2)
pub fn execveat(
    t: &mut TaskCtx<'_>,
    dirfd: DirFd,
    path: UserPath,
    argv: UserStrings,
    envp: UserEnv,
    flags: AtFlags,
) -> SysResult<()> {
    if flags.0 & !(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let mut path = path.read(t)?;
    if path.is_empty() {
        if flags.0 & AT_EMPTY_PATH == 0 {
            return Err(Errno::ENOENT.into());
        }
        // As Linux names such a program.
        t.file(dirfd.0)?;
        path = format!("/dev/fd/{}", dirfd.0).into_bytes();
    }
    do_exec(t, dirfd.0, path, argv.0, envp.0)
}

/// set_tid_address(2)
pub fn set_tid_address(t: &mut TaskCtx<'_>, tidptr: GuestAddr) -> SysResult<Tid> {
    t.task().clear_child_tid = tidptr;
    Ok(t.tid)
}

/// set_robust_list(2)
pub fn set_robust_list(t: &mut TaskCtx<'_>, head: GuestAddr, len: u64) -> SysResult<()> {
    if len != 24 {
        return Err(Errno::EINVAL.into());
    }
    t.task().robust = RobustList { head: head.0, len };
    Ok(())
}

/// get_robust_list(2)
pub fn get_robust_list(t: &mut TaskCtx<'_>, pid: i32, head: AddrOut, len: PtrOut<u64>) -> SysResult<()> {
    let tid = if pid == 0 { t.tid } else { Tid(u32::try_from(pid).map_err(|_| Errno::ESRCH)?) };
    let list = t.k.tasks.get(&tid).ok_or(Errno::ESRCH)?.robust;
    t.write(len.addr(), &24u64)?;
    t.write(head.0, &list.head)
}

/// rseq(2)
pub fn rseq(t: &mut TaskCtx<'_>, rseq: GuestAddr, len: Hex32, flags: i32, sig: Hex32) -> SysResult<()> {
    const UNREGISTER: i32 = 1;
    let old = t.task().rseq;
    let len = len.0;
    let new = Rseq { addr: rseq.0, len, signature: sig.0 };
    if flags & UNREGISTER != 0 {
        let old = old.filter(|_| flags == UNREGISTER).ok_or(Errno::EINVAL)?;
        if (old.addr, old.len) != (new.addr, new.len) {
            return Err(Errno::EINVAL.into());
        }
        if old.signature != new.signature {
            return Err(Errno::EPERM.into());
        }
        // cpu_id_start 0, cpu_id RSEQ_CPU_ID_UNINITIALIZED.
        t.mem.write_u32(rseq, 0)?;
        t.mem.write_u32(rseq.wrapping_add(4), u32::MAX)?;
        t.task().rseq = None;
        return Ok(());
    }
    if flags != 0 {
        return Err(Errno::EINVAL.into());
    }
    if let Some(old) = old {
        let same = (old.addr, old.len) == (new.addr, new.len);
        let error = match (same, old.signature == new.signature) {
            (false, _) => Errno::EINVAL,
            (true, false) => Errno::EPERM,
            (true, true) => Errno::EBUSY,
        };
        return Err(error.into());
    }
    if len < 32 || !rseq.0.is_multiple_of(32) {
        return Err(Errno::EINVAL.into());
    }
    if rseq >= USER_END {
        return Err(Errno::EFAULT.into());
    }
    // There is one processor, number 0 of node 0: the fields never change again.
    t.mem.write_u64(rseq, 0)?;
    t.mem.write_u64(rseq.wrapping_add(16), 0)?;
    t.mem.write_u64(rseq.wrapping_add(24), 0)?;
    t.task().rseq = Some(new);
    Ok(())
}

/// arch_prctl(2)
pub fn arch_prctl(t: &mut TaskCtx<'_>, code: ArchCode, addr: ArchAddr) -> SysResult<()> {
    match code.0 {
        ARCH_SET_FS | ARCH_SET_GS if addr.0 >= USER_END.0 => Err(Errno::EPERM.into()),
        // The selector becomes null, whatever it was.
        ARCH_SET_FS => {
            let cpu = &mut t.task().cpu;
            cpu.fs_base = addr.0;
            cpu.selectors[Segment::Fs as usize] = 0;
            Ok(())
        }
        ARCH_SET_GS => {
            let cpu = &mut t.task().cpu;
            cpu.gs_base = addr.0;
            cpu.selectors[Segment::Gs as usize] = 0;
            Ok(())
        }
        ARCH_GET_FS => {
            let base = t.task().cpu.fs_base;
            t.write(GuestAddr(addr.0), &base)
        }
        ARCH_GET_GS => {
            let base = t.task().cpu.gs_base;
            t.write(GuestAddr(addr.0), &base)
        }
        _ => Err(Errno::EINVAL.into()),
    }
}

crate::named_args! {
    /// Codes of arch_prctl(2).
    choice ArchCode(u32) "ARCH_???" {
        0x1001 => "ARCH_SET_GS",
        0x1002 => "ARCH_SET_FS",
        0x1003 => "ARCH_GET_FS",
        0x1004 => "ARCH_GET_GS",
        0x1011 => "ARCH_GET_CPUID",
        0x1012 => "ARCH_SET_CPUID",
    }
}

/// sched_yield(2)
pub fn sched_yield(t: &mut TaskCtx<'_>) -> SysResult<()> {
    t.k.sched.end_slice();
    Ok(())
}

/// getcpu(2)
pub fn getcpu(t: &mut TaskCtx<'_>, cpu: PtrOut<u32>, node: PtrOut<u32>, _cache: GuestAddr) -> SysResult<()> {
    for p in [cpu.addr(), node.addr()] {
        if p != GuestAddr::NULL {
            t.mem.write_u32(p, 0)?;
        }
    }
    Ok(())
}

/// membarrier(2): with one processor every barrier is a matter of course.
pub fn membarrier(_t: &mut TaskCtx<'_>, cmd: BarrierCmd, flags: BarrierFlags, _cpu: BarrierCpu) -> SysResult<Ret> {
    // QUERY; GLOBAL, GLOBAL_EXPEDITED, PRIVATE_EXPEDITED, PRIVATE_EXPEDITED_SYNC_CORE and their registrations.
    const COMMANDS: u32 = 0x7f;
    let done = |value| Ok(Ret { value, style: RetStyle::Hex });
    match (cmd.0, flags.0) {
        (0, 0) => done(COMMANDS.into()),
        (c, 0) if c.is_power_of_two() && c & COMMANDS != 0 => done(0),
        _ => Err(Errno::EINVAL.into()),
    }
}
