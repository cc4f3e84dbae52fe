//! Who a process is: numbers, users, groups, sessions.

use super::args::{CpuSetIn, PtrOut};
use crate::context::TaskCtx;
use crate::process::{Life, Pid};
use crate::stop::SysResult;
use crate::task::Tid;
use uemu_abi::Errno;
use uemu_mem::GuestAddr;

/// getpid(2)
pub fn getpid(t: &mut TaskCtx<'_>) -> SysResult<u32> {
    Ok(t.pid().0)
}

/// gettid(2)
pub fn gettid(t: &mut TaskCtx<'_>) -> SysResult<Tid> {
    Ok(t.tid)
}

/// getppid(2)
pub fn getppid(t: &mut TaskCtx<'_>) -> SysResult<u32> {
    Ok(t.process().ppid.0)
}

macro_rules! root {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(_t: &mut TaskCtx<'_>) -> SysResult<u32> {
            Ok(0)
        }
    )*};
}
root! {
    /// getuid(2): the guest is root inside its machine.
    getuid
    /// geteuid(2)
    geteuid
    /// getgid(2)
    getgid
    /// getegid(2)
    getegid
}

macro_rules! set_root {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),*))*) => {$(
        $(#[$doc])*
        pub fn $name(_t: &mut TaskCtx<'_>, $($arg: u32),*) -> SysResult<()> {
            only_root(&[$($arg),*])
        }
    )*};
}
set_root! {
    /// setuid(2): root stays root.
    setuid(uid)
    /// setgid(2)
    setgid(gid)
    /// setreuid(2)
    setreuid(ruid, euid)
    /// setregid(2)
    setregid(rgid, egid)
    /// setresuid(2)
    setresuid(ruid, euid, suid)
    /// setresgid(2)
    setresgid(rgid, egid, sgid)
}

/// There are no other users in the machine: becoming one is refused, so that no program believes it gave up rights.
fn only_root(ids: &[u32]) -> SysResult<()> {
    if ids.iter().all(|&id| id == 0 || id == u32::MAX) { Ok(()) } else { Err(Errno::EPERM.into()) }
}

/// getresuid(2)
pub fn getresuid(t: &mut TaskCtx<'_>, ruid: PtrOut<u32>, euid: PtrOut<u32>, suid: PtrOut<u32>) -> SysResult<()> {
    [ruid, euid, suid].iter().try_for_each(|p| t.write(p.addr(), &0u32))
}

/// getresgid(2)
pub fn getresgid(t: &mut TaskCtx<'_>, rgid: PtrOut<u32>, egid: PtrOut<u32>, sgid: PtrOut<u32>) -> SysResult<()> {
    getresuid(t, rgid, egid, sgid)
}

/// getgroups(2): no supplementary groups.
pub fn getgroups(_t: &mut TaskCtx<'_>, size: i32, _list: GuestAddr) -> SysResult<u32> {
    if size < 0 { Err(Errno::EINVAL.into()) } else { Ok(0) }
}

/// setgroups(2)
pub fn setgroups(_t: &mut TaskCtx<'_>, size: u64, _list: GuestAddr) -> SysResult<()> {
    match size {
        0 => Ok(()),
        n if n > 65536 => Err(Errno::EINVAL.into()),
        _ => Err(Errno::EPERM.into()),
    }
}

fn by_number(t: &mut TaskCtx<'_>, pid: i32) -> Result<Pid, Errno> {
    let pid = match pid {
        0 => t.pid(),
        p => Pid(u32::try_from(p).map_err(|_| Errno::ESRCH)?),
    };
    if t.k.processes.contains_key(&pid) { Ok(pid) } else { Err(Errno::ESRCH) }
}

/// setpgid(2)
pub fn setpgid(t: &mut TaskCtx<'_>, pid: i32, pgid: i32) -> SysResult<()> {
    if pgid < 0 || (pgid == 0 && pid < 0) {
        return Err(Errno::EINVAL.into());
    }
    let me = t.pid();
    let my_session = t.process().sid;
    let pid = by_number(t, pid)?;
    let p = t.k.processes.get(&pid).ok_or(Errno::ESRCH)?;
    if pid != me {
        if p.ppid != me || matches!(p.life, Life::Zombie(_)) {
            return Err(Errno::ESRCH.into());
        }
        if p.sid != my_session {
            return Err(Errno::EPERM.into());
        }
        if p.execed {
            return Err(Errno::EACCES.into());
        }
    }
    if p.sid == pid {
        // A session's leader stays in its group.
        return Err(Errno::EPERM.into());
    }
    let group = if pgid == 0 { pid } else { Pid(pgid as u32) };
    let exists = t.k.processes.values().any(|p| p.pgid == group && p.sid == my_session);
    if group != pid && !exists {
        return Err(Errno::EPERM.into());
    }
    if let Some(p) = t.k.processes.get_mut(&pid) {
        p.pgid = group;
    }
    Ok(())
}

/// getpgid(2)
pub fn getpgid(t: &mut TaskCtx<'_>, pid: i32) -> SysResult<u32> {
    let pid = by_number(t, pid)?;
    Ok(t.k.processes.get(&pid).ok_or(Errno::ESRCH)?.pgid.0)
}

/// getpgrp(2)
pub fn getpgrp(t: &mut TaskCtx<'_>) -> SysResult<u32> {
    Ok(t.process().pgid.0)
}

/// setsid(2)
pub fn setsid(t: &mut TaskCtx<'_>) -> SysResult<u32> {
    let me = t.pid();
    if t.k.processes.values().any(|p| p.pgid == me) {
        return Err(Errno::EPERM.into());
    }
    let p = t.process();
    p.sid = me;
    p.pgid = me;
    Ok(me.0)
}

/// getsid(2)
pub fn getsid(t: &mut TaskCtx<'_>, pid: i32) -> SysResult<u32> {
    let pid = by_number(t, pid)?;
    Ok(t.k.processes.get(&pid).ok_or(Errno::ESRCH)?.sid.0)
}

/// capget(2)
pub fn capget(t: &mut TaskCtx<'_>, header: GuestAddr, data: GuestAddr) -> SysResult<()> {
    const VERSION_3: u32 = 0x2008_0522;
    let version = t.mem.read_u32(header)?;
    if version != VERSION_3 {
        t.mem.write_u32(header, VERSION_3)?;
        return if data == GuestAddr::NULL { Ok(()) } else { Err(Errno::EINVAL.into()) };
    }
    if data != GuestAddr::NULL {
        // effective, permitted, inheritable, twice: root inside the machine has them all, inherits none.
        let all: [u32; 6] = [u32::MAX, u32::MAX, 0, 0x1ff, 0x1ff, 0];
        t.write(data, &all)?;
    }
    Ok(())
}

/// sched_getaffinity(2): there is one processor.
pub fn sched_getaffinity(t: &mut TaskCtx<'_>, pid: i32, len: u64, mask: CpuSet) -> SysResult<u64> {
    if pid != 0 && !t.k.tasks.contains_key(&Tid(pid as u32)) {
        return Err(Errno::ESRCH.into());
    }
    if len < 8 || !len.is_multiple_of(8) {
        return Err(Errno::EINVAL.into());
    }
    t.mem.write_u64(mask.0, 1)?;
    Ok(8)
}

/// sched_setaffinity(2)
pub fn sched_setaffinity(t: &mut TaskCtx<'_>, pid: i32, len: u64, mask: CpuSetIn) -> SysResult<()> {
    let mask = mask.0;
    if pid != 0 && !t.k.tasks.contains_key(&Tid(pid as u32)) {
        return Err(Errno::ESRCH.into());
    }
    let mut b = [0; 8];
    let n = len.min(8) as usize;
    t.mem.read(mask, b.get_mut(..n).unwrap_or_default())?;
    if b.first().is_some_and(|b| b & 1 != 0) { Ok(()) } else { Err(Errno::EINVAL.into()) }
}

/// A processor set that is filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CpuSet(pub GuestAddr);

impl super::SyscallArg for CpuSet {
    const PHASE: super::Phase = super::Phase::Exit;
    fn pull(regs: &mut super::ArgRegs<'_>) -> Self {
        CpuSet(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &super::Show<'_>, out: &mut String) {
        if cx.failed() {
            return super::args::show_addr(self.0, out);
        }
        out.push_str("[0]");
    }
}
