//! Signals: actions, masks, sending, waiting.

use super::args::{FrameMask, SigArg, SigInfoIn, SigInfoOut, UserIn, UserOut};
use crate::context::TaskCtx;
use crate::process::Pid;
use crate::signal::{Action, AltStack, frame};
use crate::stop::{Restart, Stop, SysResult, Wait};
use crate::syscall::Ret;
use crate::task::Tid;
use uemu_abi::Errno;
use uemu_abi::plain::Plain;
use uemu_abi::signal::{
    MINSIGSTKSZ, RawSigAction, SI_TKILL, SI_USER, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK, SIGINFO_SIZE, SS_AUTODISARM,
    SS_DISABLE, SS_ONSTACK, SaFlags, SigFields, SigInfo, SigSet, Signal, StackT,
};
use uemu_abi::time::Timespec;
use uemu_cpu::Gpr;
use uemu_mem::GuestAddr;

crate::named_args! {
    /// How rt_sigprocmask(2) changes the mask.
    choice MaskHow(u32) "SIG_???" { 0 => "SIG_BLOCK", 1 => "SIG_UNBLOCK", 2 => "SIG_SETMASK", }
}

/// Bytes of a signal set; any other size is EINVAL.
const SET_SIZE: u64 = 8;

fn check_size(size: u64) -> SysResult<()> {
    if size == SET_SIZE { Ok(()) } else { Err(Errno::EINVAL.into()) }
}

fn signal(n: u32) -> SysResult<Signal> {
    Ok(Signal::new(u64::from(n)).ok_or(Errno::EINVAL)?)
}

/// rt_sigaction(2)
pub fn rt_sigaction(
    t: &mut TaskCtx<'_>,
    signum: SigArg,
    act: UserIn<RawSigAction>,
    oldact: UserOut<RawSigAction>,
    size: u64,
) -> SysResult<()> {
    check_size(size)?;
    let signal = signal(signum.0)?;
    let new = act.read_opt(t)?.map(Action::from_raw);
    let id = t.process().actions;
    let actions = t.k.actions.get_mut(id).ok_or(Errno::ESRCH)?;
    let old = actions.get(signal);
    if let Some(mut new) = new {
        if SigSet::UNBLOCKABLE.has(signal) {
            return Err(Errno::EINVAL.into());
        }
        // Flags unknown to the kernel are cleared, so that a program can ask.
        let known = SaFlags::NOCLDSTOP
            | SaFlags::NOCLDWAIT
            | SaFlags::SIGINFO
            | SaFlags::EXPOSE_TAGBITS
            | SaFlags::RESTORER
            | SaFlags::ONSTACK
            | SaFlags::RESTART
            | SaFlags::NODEFER
            | SaFlags::RESETHAND;
        new.flags = new.flags.intersection(known);
        actions.set(signal, new);
        // POSIX: ignoring a signal discards it if pending.
        if actions.disposition(signal) == crate::signal::Disposition::Ignore {
            let pid = t.pid();
            t.k.discard(pid, SigSet::of(signal));
        }
    }
    oldact.write_opt(t, &old.to_raw())
}

/// rt_sigprocmask(2)
pub fn rt_sigprocmask(
    t: &mut TaskCtx<'_>,
    how: MaskHow,
    set: UserIn<SigSet>,
    oldset: UserOut<SigSet>,
    size: u64,
) -> SysResult<()> {
    check_size(size)?;
    let new = set.read_opt(t)?;
    let old = t.task().mask;
    if let Some(set) = new {
        let mask = match how.0 {
            SIG_BLOCK => old.or(set),
            SIG_UNBLOCK => old.minus(set),
            SIG_SETMASK => set,
            _ => return Err(Errno::EINVAL.into()),
        };
        t.task().mask = mask.minus(SigSet::UNBLOCKABLE);
    }
    oldset.write_opt(t, &old)
}

/// rt_sigpending(2)
pub fn rt_sigpending(t: &mut TaskCtx<'_>, set: UserOut<SigSet>, size: u64) -> SysResult<()> {
    if size > SET_SIZE {
        return Err(Errno::EINVAL.into());
    }
    let pending = t.process().pending.set();
    let task = t.task();
    let all = SigSet(pending.or(task.pending.set()).0 & task.mask.0);
    let bytes = all.to_vec();
    Ok(t.mem.write(set.0, bytes.get(..size as usize).unwrap_or_default())?)
}

/// rt_sigsuspend(2)
pub fn rt_sigsuspend(t: &mut TaskCtx<'_>, mask: UserIn<SigSet>, size: u64) -> SysResult<()> {
    check_size(size)?;
    let mask = mask.read(t)?;
    t.swap_mask(mask);
    Err(Stop::block(Wait::signal(None, Restart::NoHandler)))
}

/// rt_sigtimedwait(2)
pub fn rt_sigtimedwait(
    t: &mut TaskCtx<'_>,
    set: UserIn<SigSet>,
    info: SigInfoOut,
    timeout: UserIn<Timespec>,
    size: u64,
) -> SysResult<u32> {
    check_size(size)?;
    let set = set.read(t)?.minus(SigSet::UNBLOCKABLE);
    let timeout = match timeout.read_opt(t)? {
        Some(ts) => Some(ts.nanos().ok_or(Errno::EINVAL)?),
        None => None,
    };
    let deadline = t.deadline(timeout);
    let taken = match t.task().pending.take(set) {
        Some(info) => Some(info),
        None => t.process().pending.take(set),
    };
    if let Some(found) = taken {
        if info.0 != GuestAddr::NULL {
            t.mem.write(info.0, &found.to_bytes())?;
        }
        return Ok(u32::from(found.signal.number()));
    }
    if t.passed(deadline) {
        return Err(Errno::EAGAIN.into());
    }
    // The signals waited for do not interrupt: they end the wait. The scheduler sees to that by `on`.
    let on = crate::stop::WaitOn::Pending(set);
    Err(Stop::Block(Wait { on, deadline, restart: Restart::Never }))
}

/// rt_sigreturn(2)
pub fn rt_sigreturn(t: &mut TaskCtx<'_>, _frame: FrameMask) -> SysResult<u64> {
    let cpu = t.task().cpu.clone();
    let Some(r) = frame::restore(&cpu, &t.k.config.cpu, t.mem) else {
        let tid = t.tid;
        t.k.force(tid, SigInfo::kernel(Signal::SIGSEGV));
        return Ok(0);
    };
    let task = t.task();
    *task.cpu = r.cpu;
    task.mask = r.mask;
    let sp = task.cpu.get(Gpr::Rsp);
    // As sigaltstack(2), but that a refused stack changes nothing.
    let _ = set_altstack(t, r.stack, sp);
    // What the interrupted code had in RAX: shown as an error if it looks like one.
    let rax = t.task().cpu.get(Gpr::Rax);
    match u16::try_from(rax.wrapping_neg()).ok().and_then(Errno::from_raw) {
        Some(e) => Err(e.into()),
        None => Ok(rax),
    }
}

fn set_altstack(t: &mut TaskCtx<'_>, new: StackT, sp: u64) -> SysResult<()> {
    let task = t.task();
    if task.altstack.size > 0 && task.altstack.holds(sp) {
        return Err(Errno::EPERM.into());
    }
    let mode = new.flags & !SS_AUTODISARM;
    task.altstack = match mode {
        SS_DISABLE => AltStack::default(),
        0 | SS_ONSTACK if new.size < MINSIGSTKSZ => return Err(Errno::ENOMEM.into()),
        0 | SS_ONSTACK => AltStack { sp: new.sp, size: new.size, autodisarm: new.flags & SS_AUTODISARM != 0 },
        _ => return Err(Errno::EINVAL.into()),
    };
    Ok(())
}

/// sigaltstack(2)
pub fn sigaltstack(t: &mut TaskCtx<'_>, ss: UserIn<StackT>, old_ss: UserOut<StackT>) -> SysResult<()> {
    let new = ss.read_opt(t)?;
    let sp = t.task().cpu.get(Gpr::Rsp);
    let alt = t.task().altstack;
    let flags = match alt.size {
        0 => SS_DISABLE,
        _ if alt.holds(sp) => SS_ONSTACK,
        _ => 0,
    } | if alt.autodisarm { SS_AUTODISARM } else { 0 };
    if let Some(new) = new {
        set_altstack(t, new, sp)?;
    }
    old_ss.write_opt(t, &StackT { sp: alt.sp, flags, size: alt.size })
}

fn sent_by(t: &TaskCtx<'_>, signal: Signal, code: i32) -> SigInfo {
    SigInfo { signal, code, fields: SigFields::Kill { pid: t.pid().0, uid: 0 } }
}

/// Sends to a process; signal zero only asks whether it exists.
fn send(t: &mut TaskCtx<'_>, pid: Pid, info: Option<SigInfo>) -> Result<(), Errno> {
    match info {
        None if t.k.processes.contains_key(&pid) => Ok(()),
        None => Err(Errno::ESRCH),
        Some(info) => t.k.signal_process(pid, info),
    }
}

/// kill(2)
pub fn kill(t: &mut TaskCtx<'_>, pid: i32, sig: SigArg) -> SysResult<()> {
    let info = match sig.0 {
        0 => None,
        n => {
            let signal = signal(n)?;
            Some(sent_by(t, signal, SI_USER))
        }
    };
    let me = t.process().pgid;
    let group = match pid {
        i32::MIN => return Err(Errno::ESRCH.into()),
        p if p > 0 => return Ok(send(t, Pid(p as u32), info)?),
        0 => Some(me),
        -1 => None,
        p => Some(Pid(p.unsigned_abs())),
    };
    // -1: everybody but the caller.
    let own = t.pid();
    let to: Vec<Pid> =
        t.k.processes
            .values()
            .filter(|p| match group {
                Some(g) => p.pgid == g,
                None => p.pid != own,
            })
            .map(|p| p.pid)
            .collect();
    if to.is_empty() {
        return Err(Errno::ESRCH.into());
    }
    for pid in to {
        // A zombie counts as reached.
        send(t, pid, info)?;
    }
    Ok(())
}

fn to_thread(t: &mut TaskCtx<'_>, tgid: Option<i32>, tid: i32, sig: u32) -> SysResult<()> {
    if tid <= 0 || tgid.is_some_and(|g| g <= 0) {
        return Err(Errno::EINVAL.into());
    }
    let info = match sig {
        0 => None,
        n => {
            let signal = signal(n)?;
            Some(sent_by(t, signal, SI_TKILL))
        }
    };
    let tid = Tid(tid as u32);
    let task = t.k.tasks.get(&tid).ok_or(Errno::ESRCH)?;
    if tgid.is_some_and(|g| task.pid.0 != g as u32) {
        return Err(Errno::ESRCH.into());
    }
    match info {
        Some(info) => Ok(t.k.signal_thread(tid, info)?),
        None => Ok(()),
    }
}

/// tkill(2)
pub fn tkill(t: &mut TaskCtx<'_>, tid: i32, sig: SigArg) -> SysResult<()> {
    to_thread(t, None, tid, sig.0)
}

/// tgkill(2)
pub fn tgkill(t: &mut TaskCtx<'_>, tgid: i32, tid: i32, sig: SigArg) -> SysResult<()> {
    to_thread(t, Some(tgid), tid, sig.0)
}

fn queued(t: &mut TaskCtx<'_>, pid: i32, sig: u32, at: GuestAddr) -> SysResult<Option<SigInfo>> {
    let mut b = [0; SIGINFO_SIZE];
    t.mem.read(at, &mut b)?;
    let code = i32::decode(b.get(8..).unwrap_or_default());
    // Only the kernel may pretend to be the kernel, or kill(2).
    if (code >= 0 || code == SI_TKILL) && pid as u32 != t.pid().0 {
        return Err(Errno::EPERM.into());
    }
    if sig == 0 {
        return Ok(None);
    }
    let fields = SigFields::Raw(Plain::decode(b.get(16..).unwrap_or_default()));
    Ok(Some(SigInfo { signal: signal(sig)?, code, fields }))
}

/// rt_sigqueueinfo(2)
pub fn rt_sigqueueinfo(t: &mut TaskCtx<'_>, pid: i32, sig: SigArg, info: SigInfoIn) -> SysResult<()> {
    let info = queued(t, pid, sig.0, info.0)?;
    if pid <= 0 {
        return Err(Errno::ESRCH.into());
    }
    Ok(send(t, Pid(pid as u32), info)?)
}

/// rt_tgsigqueueinfo(2)
pub fn rt_tgsigqueueinfo(t: &mut TaskCtx<'_>, tgid: i32, tid: i32, sig: SigArg, info: SigInfoIn) -> SysResult<()> {
    if tgid <= 0 || tid <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let info = queued(t, tgid, sig.0, info.0)?;
    let tid = Tid(tid as u32);
    let task = t.k.tasks.get(&tid).ok_or(Errno::ESRCH)?;
    if task.pid.0 != tgid as u32 {
        return Err(Errno::ESRCH.into());
    }
    match info {
        Some(info) => Ok(t.k.signal_thread(tid, info)?),
        None => Ok(()),
    }
}

/// restart_syscall(2): nothing here needs it, so that calling it by hand is an interrupted call.
pub fn restart_syscall(_t: &mut TaskCtx<'_>) -> SysResult<Ret> {
    Err(Errno::EINTR.into())
}
