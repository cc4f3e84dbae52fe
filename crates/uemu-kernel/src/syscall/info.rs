//! What the system says of itself and of its processes.

use super::args::{Persona, PrctlCall, PriorityOf, SchedParam, UserIn, UserOut, quote, show_addr};
use super::{ArgRegs, Phase, Show, SyscallArg};
use crate::context::TaskCtx;
use crate::process::Pid;
use crate::stop::SysResult;
use crate::task::Tid;
use uemu_abi::Errno;
use uemu_abi::process::{Rlimit, Rusage, Sysinfo, rlimit};
use uemu_abi::signal::Signal;
use uemu_abi::time::{Timespec, Timeval};
use uemu_mem::GuestAddr;

crate::named_args! {
    /// RLIMIT_*.
    choice Resource(u32) "RLIMIT_???" {
        0 => "RLIMIT_CPU",
        1 => "RLIMIT_FSIZE",
        2 => "RLIMIT_DATA",
        3 => "RLIMIT_STACK",
        4 => "RLIMIT_CORE",
        5 => "RLIMIT_RSS",
        6 => "RLIMIT_NPROC",
        7 => "RLIMIT_NOFILE",
        8 => "RLIMIT_MEMLOCK",
        9 => "RLIMIT_AS",
        10 => "RLIMIT_LOCKS",
        11 => "RLIMIT_SIGPENDING",
        12 => "RLIMIT_MSGQUEUE",
        13 => "RLIMIT_NICE",
        14 => "RLIMIT_RTPRIO",
        15 => "RLIMIT_RTTIME",
    }

    /// Whose usage.
    choice UsageOf(i32) "RUSAGE_???" { 0 => "RUSAGE_SELF", -1i32 => "RUSAGE_CHILDREN", 1 => "RUSAGE_THREAD", }

    /// Scheduling policies.
    choice Policy(u32) "SCHED_???" {
        0 => "SCHED_OTHER",
        1 => "SCHED_FIFO",
        2 => "SCHED_RR",
        3 => "SCHED_BATCH",
        5 => "SCHED_IDLE",
    }
}

/// Whose policy sched_getscheduler(2) returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PolicyOf(pub i32);

impl SyscallArg for PolicyOf {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        PolicyOf(regs.pull_one() as i32)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        self.0.show(cx, out);
    }
    fn explain(&self, cx: &Show<'_>, out: &mut String) {
        Policy(cx.value().unwrap_or(0) as u32).write(out);
    }
}

/// Bytes of a field of `struct utsname`.
const UTS_FIELD: usize = 65;
/// The kernel version the guest sees.
pub const RELEASE: &str = "6.1.0";

/// `struct utsname`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UtsName(pub GuestAddr);

impl SyscallArg for UtsName {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        UtsName(GuestAddr(regs.pull_one()))
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 2 * UTS_FIELD];
        if cx.failed() || cx.view.mem.peek(self.0, &mut b) < b.len() {
            return show_addr(self.0, out);
        }
        let field = |i: usize| {
            let f = b.get(i * UTS_FIELD..).unwrap_or_default();
            let end = f.iter().position(|&b| b == 0).unwrap_or(0);
            let mut s = String::new();
            quote(f.get(..end).unwrap_or_default(), &mut s);
            s
        };
        out.push_str(&format!("{{sysname={}, nodename={}, ...}}", field(0), field(1)));
    }
}

/// uname(2)
pub fn uname(t: &mut TaskCtx<'_>, buf: UtsName) -> SysResult<()> {
    let hostname = t.k.config.hostname.clone();
    let fields = ["Linux", &hostname, RELEASE, "#1 SMP uemu", "x86_64", "(none)"];
    let mut bytes = vec![0; fields.len() * UTS_FIELD];
    for (field, to) in fields.iter().zip(bytes.chunks_mut(UTS_FIELD)) {
        for (to, from) in to.iter_mut().take(UTS_FIELD - 1).zip(field.bytes()) {
            *to = from;
        }
    }
    Ok(t.mem.write(buf.0, &bytes)?)
}

/// sethostname(2)
pub fn sethostname(t: &mut TaskCtx<'_>, name: super::args::UserBuf) -> SysResult<()> {
    if name.len > 64 {
        return Err(Errno::EINVAL.into());
    }
    let mut b = vec![0; name.len as usize];
    t.mem.read(name.addr, &mut b)?;
    t.k.config.hostname = String::from_utf8_lossy(&b).into_owned();
    Ok(())
}

/// sysinfo(2)
pub fn sysinfo(t: &mut TaskCtx<'_>, info: UserOut<Sysinfo>) -> SysResult<()> {
    let total = t.k.config.limits.memory;
    let used = t.k.spaces.iter().filter_map(|(_, s)| s.mem.as_ref()).map(|m| m.resident_bytes());
    let used = used.fold(t.mem.resident_bytes(), u64::saturating_add);
    let s = Sysinfo {
        uptime: Timespec::from_nanos(t.k.clock.monotonic()).sec,
        totalram: total,
        freeram: total.saturating_sub(used),
        procs: u16::try_from(t.k.tasks.len()).unwrap_or(u16::MAX),
        mem_unit: 1,
        ..Sysinfo::default()
    };
    info.write(t, &s)
}

/// getrusage(2)
pub fn getrusage(t: &mut TaskCtx<'_>, who: UsageOf, usage: UserOut<Rusage>) -> SysResult<()> {
    let time = match who.0 {
        0 => t.k.cpu_time(t.pid()),
        1 => t.task().retired,
        -1 => t.process().times.children,
        _ => return Err(Errno::EINVAL.into()),
    };
    let maxrss = if who.0 == -1 { 0 } else { (t.mem.resident_bytes() / 1024) as i64 };
    usage.write(t, &Rusage { utime: Timeval::from_nanos(time), maxrss, ..Rusage::default() })
}

fn limit_index(resource: Resource) -> Result<usize, Errno> {
    usize::try_from(resource.0).ok().filter(|&r| r < rlimit::COUNT).ok_or(Errno::EINVAL)
}

fn do_prlimit(t: &mut TaskCtx<'_>, pid: Pid, resource: Resource, new: Option<Rlimit>) -> Result<Rlimit, Errno> {
    let i = limit_index(resource)?;
    let most = u64::from(t.k.config.limits.files);
    let p = t.k.processes.get_mut(&pid).ok_or(Errno::ESRCH)?;
    let slot = p.limits.get_mut(i).ok_or(Errno::EINVAL)?;
    let old = *slot;
    if let Some(new) = new {
        if new.cur > new.max {
            return Err(Errno::EINVAL);
        }
        // The machine's own bound is like fs.nr_open.
        if resource.0 == rlimit::NOFILE && new.max > most {
            return Err(Errno::EPERM);
        }
        *slot = new;
    }
    Ok(old)
}

/// prlimit(2)
pub fn prlimit64(
    t: &mut TaskCtx<'_>,
    pid: i32,
    resource: Resource,
    new_limit: UserIn<Rlimit>,
    old_limit: UserOut<Rlimit>,
) -> SysResult<()> {
    limit_index(resource)?;
    let new = new_limit.read_opt(t)?;
    let pid = match pid {
        0 => t.pid(),
        p => t.k.tasks.get(&Tid(p as u32)).ok_or(Errno::ESRCH)?.pid,
    };
    let old = do_prlimit(t, pid, resource, new)?;
    old_limit.write_opt(t, &old)
}

/// getrlimit(2)
pub fn getrlimit(t: &mut TaskCtx<'_>, resource: Resource, rlim: UserOut<Rlimit>) -> SysResult<()> {
    let pid = t.pid();
    let old = do_prlimit(t, pid, resource, None)?;
    rlim.write(t, &old)
}

/// setrlimit(2)
pub fn setrlimit(t: &mut TaskCtx<'_>, resource: Resource, rlim: UserIn<Rlimit>) -> SysResult<()> {
    let new = rlim.read(t)?;
    let pid = t.pid();
    do_prlimit(t, pid, resource, Some(new))?;
    Ok(())
}

/// personality(2)
pub fn personality(t: &mut TaskCtx<'_>, persona: Persona) -> SysResult<u32> {
    let new = persona.0 as u32;
    let task = t.task();
    let old = task.personality;
    if new != u32::MAX {
        task.personality = new;
    }
    Ok(old)
}

fn exists(t: &TaskCtx<'_>, pid: i32) -> SysResult<()> {
    match pid {
        0 => Ok(()),
        p if p > 0 && t.k.tasks.contains_key(&Tid(p as u32)) => Ok(()),
        p if p < 0 => Err(Errno::EINVAL.into()),
        _ => Err(Errno::ESRCH.into()),
    }
}

/// sched_getscheduler(2): all tasks are SCHED_OTHER.
pub fn sched_getscheduler(t: &mut TaskCtx<'_>, pid: PolicyOf) -> SysResult<u32> {
    exists(t, pid.0).map(|()| 0)
}

/// sched_setscheduler(2): real-time policies are not to be had.
pub fn sched_setscheduler(t: &mut TaskCtx<'_>, pid: i32, policy: Policy, param: SchedParam<false>) -> SysResult<()> {
    // EINVAL for a missing parameter or a negative number comes first, then EFAULT.
    if param.0 == GuestAddr::NULL || pid < 0 {
        return Err(Errno::EINVAL.into());
    }
    let priority = t.mem.read_u32(param.0)?;
    exists(t, pid)?;
    match policy.0 & !0x4000_0000 {
        0 | 3 | 5 if priority == 0 => Ok(()),
        1 | 2 if (1..=99).contains(&priority) => Err(Errno::EPERM.into()),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// sched_getparam(2)
pub fn sched_getparam(t: &mut TaskCtx<'_>, pid: i32, param: SchedParam<true>) -> SysResult<()> {
    if param.0 == GuestAddr::NULL {
        return Err(Errno::EINVAL.into());
    }
    exists(t, pid)?;
    t.write(param.0, &0i32)
}

/// sched_setparam(2)
pub fn sched_setparam(t: &mut TaskCtx<'_>, pid: i32, param: SchedParam<false>) -> SysResult<()> {
    if param.0 == GuestAddr::NULL || pid < 0 {
        return Err(Errno::EINVAL.into());
    }
    let priority = t.mem.read_u32(param.0)?;
    exists(t, pid)?;
    if priority == 0 { Ok(()) } else { Err(Errno::EINVAL.into()) }
}

/// sched_get_priority_max(2)
pub fn sched_get_priority_max(_t: &mut TaskCtx<'_>, policy: Policy) -> SysResult<u32> {
    match policy.0 {
        1 | 2 => Ok(99),
        0 | 3 | 5 | 6 => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// sched_get_priority_min(2)
pub fn sched_get_priority_min(_t: &mut TaskCtx<'_>, policy: Policy) -> SysResult<u32> {
    match policy.0 {
        1 | 2 => Ok(1),
        0 | 3 | 5 | 6 => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// sched_rr_get_interval(2): the slice.
pub fn sched_rr_get_interval(t: &mut TaskCtx<'_>, pid: i32, tp: UserOut<Timespec>) -> SysResult<()> {
    exists(t, pid)?;
    let slice = Timespec::from_nanos(t.k.config.slice);
    tp.write(t, &slice)
}

/// The processes whose priority a call is about; EINVAL, ESRCH if there is none.
fn with_priority(t: &TaskCtx<'_>, which: PriorityOf, who: i32) -> SysResult<Vec<Pid>> {
    let own = t.k.process_of(t.tid);
    let number = u32::try_from(who).ok();
    let chosen: Vec<Pid> = match (which.0, number) {
        (0, Some(0)) => vec![own.pid],
        (0, Some(n)) => t.k.tasks.get(&Tid(n)).map(|x| x.pid).into_iter().collect(),
        (1, n) => {
            let group = if n == Some(0) { Some(own.pgid) } else { n.map(Pid) };
            t.k.processes.values().filter(|p| Some(p.pgid) == group).map(|p| p.pid).collect()
        }
        // All processes are root's.
        (2, Some(0)) => t.k.processes.keys().copied().collect(),
        (0 | 2, _) => Vec::new(),
        _ => return Err(Errno::EINVAL.into()),
    };
    if chosen.is_empty() { Err(Errno::ESRCH.into()) } else { Ok(chosen) }
}

/// getpriority(2): 20 minus the nice value, the highest of those asked for.
pub fn getpriority(t: &mut TaskCtx<'_>, which: PriorityOf, who: i32) -> SysResult<i32> {
    let chosen = with_priority(t, which, who)?;
    let nice = chosen.iter().filter_map(|p| t.k.processes.get(p)).map(|p| p.nice).min().unwrap_or(0);
    Ok(20 - i32::from(nice))
}

/// setpriority(2): kept and inherited; tasks have equal shares all the same.
pub fn setpriority(t: &mut TaskCtx<'_>, which: PriorityOf, who: i32, prio: i32) -> SysResult<()> {
    let nice = prio.clamp(-20, 19) as i8;
    for pid in with_priority(t, which, who)? {
        if let Some(p) = t.k.processes.get_mut(&pid) {
            p.nice = nice;
        }
    }
    Ok(())
}

/// prctl(2)
pub fn prctl(t: &mut TaskCtx<'_>, call: PrctlCall) -> SysResult<u32> {
    let [a, b, c, d] = call.args;
    let addr = GuestAddr(a);
    let bad = || Err(Errno::EINVAL.into());
    match call.option {
        1 => {
            t.process().death_signal = match a {
                0 => None,
                n => Some(Signal::new(n).ok_or(Errno::EINVAL)?),
            };
            Ok(0)
        }
        2 => {
            let n = t.process().death_signal.map_or(0, |s| u32::from(s.number()));
            t.mem.write_u32(addr, n)?;
            Ok(0)
        }
        3 => Ok(u32::from(t.process().dumpable)),
        4 if a <= 1 => {
            t.process().dumpable = a == 1;
            Ok(0)
        }
        7 => Ok(u32::from(t.process().keep_caps)),
        8 if a <= 1 => {
            t.process().keep_caps = a == 1;
            Ok(0)
        }
        // PR_TIMING_STATISTICAL is all there is.
        13 => Ok(0),
        // PR_GET_SECUREBITS: none is set.
        27 => Ok(0),
        14 if a == 0 => Ok(0),
        15 => {
            let mut name = [0; 15];
            let (n, fault) = t.mem.read_prefix(addr, &mut name);
            let ended = name.iter().take(n).any(|&b| b == 0);
            if let (Some(fault), false) = (fault, ended) {
                return Err(fault.into());
            }
            t.task().set_name(name.get(..n).unwrap_or_default());
            Ok(0)
        }
        16 => {
            let name = t.task().comm;
            t.mem.write(addr, &name)?;
            Ok(0)
        }
        // No seccomp filter is installed.
        21 => Ok(0),
        23 if a <= 40 => Ok(1),
        25 => {
            const PR_TSC_ENABLE: u32 = 1;
            t.mem.write_u32(addr, PR_TSC_ENABLE)?;
            Ok(0)
        }
        26 if a == 1 => Ok(0),
        29 => {
            t.process().timer_slack = if a == 0 { 50_000 } else { a };
            Ok(0)
        }
        30 => Ok(u32::try_from(t.process().timer_slack).unwrap_or(u32::MAX)),
        36 => {
            t.process().subreaper = a != 0;
            Ok(0)
        }
        37 => {
            let on = u32::from(t.process().subreaper);
            t.mem.write_u32(addr, on)?;
            Ok(0)
        }
        38 if (a, b, c, d) == (1, 0, 0, 0) => {
            t.process().no_new_privs = true;
            Ok(0)
        }
        40 => {
            let at = t.task().clear_child_tid.0;
            t.mem.write_u64(addr, at)?;
            Ok(0)
        }
        39 if (a, b, c, d) == (0, 0, 0, 0) => Ok(u32::from(t.process().no_new_privs)),
        // Huge pages do not exist: disabled or not is the same.
        41 if b | c | d == 0 => Ok(0),
        42 if a | b | c | d == 0 => Ok(0),
        _ => bad(),
    }
}
