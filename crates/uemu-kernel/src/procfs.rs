//! What /proc says.

use crate::arena::Arena;
use crate::clock::Clock;
use crate::fd::{FdTable, FileKind, FsContext, OpenFile};
use crate::kernel::Config;
use crate::process::{Life, Pid, Process, Space};
use crate::task::{Task, TaskState, Tid};
use std::collections::BTreeMap;
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_cpu::CpuModel;
use uemu_cpu::cpuid::{BRAND, LINE, LINEAR_BITS, MAX_LEAF, PHYSICAL_BITS, VENDOR};
use uemu_host::Stream;
use uemu_mem::{AddressSpace, Kind, Prot};
use uemu_vfs::{FsResult, Node, PidLink, ProcSource};

/// The kernel's tables, lent to procfs.
pub(crate) struct ProcView<'a> {
    pub(crate) config: &'a Config,
    pub(crate) clock: &'a Clock,
    pub(crate) tasks: &'a BTreeMap<Tid, Task>,
    pub(crate) processes: &'a BTreeMap<Pid, Process>,
    pub(crate) spaces: &'a Arena<Space>,
    pub(crate) fs: &'a Arena<FsContext>,
    pub(crate) tables: &'a Arena<FdTable>,
    pub(crate) open: &'a Arena<OpenFile>,
    pub(crate) mounts: &'a [uemu_vfs::MountInfo],
    /// Who asks, and its memory, which it has in its hands.
    pub(crate) tid: Tid,
    pub(crate) mem: &'a AddressSpace,
}

impl ProcView<'_> {
    /// A process, or a thread under its own number.
    fn task(&self, pid: u32) -> FsResult<&Task> {
        match self.tasks.get(&Tid(pid)) {
            Some(t) => Ok(t),
            // The leader is gone but the process is a zombie.
            None => self.tasks.values().find(|t| t.pid == Pid(pid)).ok_or(Errno::ENOENT),
        }
    }

    fn space(&self, pid: u32) -> FsResult<(&Space, Option<&AddressSpace>)> {
        let id = self.task(pid)?.space;
        let space = self.spaces.get(id).ok_or(Errno::ENOENT)?;
        let own = self.tasks.get(&self.tid).is_some_and(|t| t.space == id);
        Ok((space, if own { Some(self.mem) } else { space.mem.as_ref() }))
    }

    fn process(&self, pid: u32) -> FsResult<&Process> {
        if let Some(p) = self.processes.get(&Pid(pid)) {
            return Ok(p);
        }
        let task = self.tasks.get(&Tid(pid)).ok_or(Errno::ENOENT)?;
        self.processes.get(&task.pid).ok_or(Errno::ENOENT)
    }

    fn open_file(&self, pid: u32, fd: i32) -> FsResult<&OpenFile> {
        let table = self.tables.get(self.task(pid)?.fds).ok_or(Errno::ENOENT)?;
        let id = table.get(fd).map_err(|_| Errno::ENOENT)?.file;
        self.open.get(id).ok_or(Errno::ENOENT)
    }

    fn state(&self, pid: u32) -> char {
        match self.processes.get(&Pid(pid)) {
            Some(p) if matches!(p.life, Life::Zombie(_)) => 'Z',
            _ => match self.task(pid).map(|t| &t.state) {
                Ok(TaskState::Ready) => 'R',
                Ok(TaskState::Blocked(_)) => 'S',
                _ => 'Z',
            },
        }
    }

    fn sizes(&self, pid: u32) -> (u64, u64) {
        match self.space(pid) {
            Ok((_, Some(mem))) => (mem.mappings().map(|m| m.range.len()).sum(), mem.resident_bytes()),
            _ => (0, 0),
        }
    }

    fn maps(&self, pid: u32) -> FsResult<Vec<u8>> {
        let (_, Some(mem)) = self.space(pid)? else { return Ok(Vec::new()) };
        let mut out = Vec::new();
        for m in mem.mappings() {
            let bit = |p: Prot, c: char| if m.prot.contains(p) { c } else { '-' };
            let (shared, offset, inode, name) = match &m.kind {
                Kind::Anon => (false, 0, 0, ""),
                Kind::Stack { .. } => (false, 0, 0, "[stack]"),
                Kind::Heap => (false, 0, 0, "[heap]"),
                Kind::File { offset, inode, name, .. } => (false, *offset, *inode, name.as_ref()),
                Kind::Shared { offset, name, .. } => (true, *offset, 0, name.as_ref()),
            };
            let mut line = format!(
                "{:08x}-{:08x} {}{}{}{} {:08x} {} {inode} ",
                m.range.start.0,
                m.range.end.0,
                bit(Prot::READ, 'r'),
                bit(Prot::WRITE, 'w'),
                bit(Prot::EXEC, 'x'),
                if shared { 's' } else { 'p' },
                offset,
                if inode == 0 { "00:00" } else { "00:1e" },
            );
            if !name.is_empty() {
                while line.len() < 73 {
                    line.push(' ');
                }
                line.push_str(name);
            } else {
                line.truncate(line.trim_end().len());
                line.push(' ');
            }
            line.push('\n');
            out.extend_from_slice(line.as_bytes());
        }
        Ok(out)
    }

    fn stat(&self, pid: u32) -> FsResult<String> {
        let p = self.process(pid)?;
        let name = self.task(pid).map(Task::name).unwrap_or_default();
        let (vsize, rss) = self.sizes(pid);
        let ticks = |ns: u64| ns / 10_000_000;
        Ok(format!(
            "{pid} ({name}) {} {} {} {} 0 -1 4194304 0 0 0 0 {} 0 {} 0 20 0 {} 0 {} {vsize} {} 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            self.state(pid),
            p.ppid.0,
            p.pgid.0,
            p.sid.0,
            ticks(self.cpu_time(p)),
            ticks(p.times.children),
            p.threads.len().max(1),
            ticks(p.started),
            rss / 4096,
        ))
    }

    fn cpu_time(&self, p: &Process) -> u64 {
        let living: u64 = p.threads.iter().filter_map(|t| self.tasks.get(t)).map(|t| t.retired).sum();
        p.times.own.saturating_add(living)
    }

    fn status(&self, pid: u32) -> FsResult<String> {
        let p = self.process(pid)?;
        let task = self.task(pid)?;
        let state = match self.state(pid) {
            'R' => "R (running)",
            'S' => "S (sleeping)",
            _ => "Z (zombie)",
        };
        let umask = self.fs.get(task.fs).map_or(0o022, |f| f.umask);
        let (vsize, rss) = self.sizes(pid);
        let mut s = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            s,
            "Name:\t{}\nUmask:\t{umask:04o}\nState:\t{state}\nTgid:\t{}\nNgid:\t0\nPid:\t{pid}\nPPid:\t{}\nTracerPid:\t0\n\
             Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\nGroups:\t0 \nVmPeak:\t{:8} kB\nVmSize:\t{:8} kB\nVmRSS:\t{:8} kB\n\
             Threads:\t{}\nSigQ:\t0/1024\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\nCpus_allowed:\t1\n\
             Cpus_allowed_list:\t0\nvoluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n",
            task.name(),
            p.pid.0,
            p.ppid.0,
            vsize / 1024,
            vsize / 1024,
            rss / 1024,
            p.threads.len().max(1),
            task.pending.set().0,
            p.pending.set().0,
            task.mask.0,
        );
        Ok(s)
    }

    fn mounts(&self) -> String {
        let mut s = String::new();
        for m in self.mounts {
            let kind = if m.kind == "bind" { "ext4" } else { m.kind };
            let source = if m.kind == "bind" { "/dev/root" } else { m.kind };
            let mode = if m.writable { "rw" } else { "ro" };
            let _ = writeln!(s, "{source} {} {kind} {mode},relatime 0 0", String::from_utf8_lossy(&m.path));
        }
        s
    }

    fn mountinfo(&self) -> String {
        let mut s = String::new();
        for (i, m) in self.mounts.iter().enumerate() {
            let kind = if m.kind == "bind" { "ext4" } else { m.kind };
            let mode = if m.writable { "rw" } else { "ro" };
            let path = String::from_utf8_lossy(&m.path);
            let _ = writeln!(s, "{} {} 0:{} / {path} {mode},relatime - {kind} {kind} {mode}", i + 20, 1, i + 30);
        }
        s
    }
}

impl ProcSource for ProcView<'_> {
    fn self_pid(&self) -> u32 {
        self.tasks.get(&self.tid).map_or(0, |t| t.pid.0)
    }

    fn self_tid(&self) -> u32 {
        self.tid.0
    }

    fn pids(&self) -> Vec<u32> {
        self.processes.keys().map(|p| p.0).collect()
    }

    fn tasks(&self, pid: u32) -> FsResult<Vec<u32>> {
        let p = self.process(pid)?;
        let mut tids: Vec<u32> = p.threads.iter().map(|t| t.0).collect();
        if tids.is_empty() {
            tids.push(p.pid.0);
        }
        tids.sort_unstable();
        Ok(tids)
    }

    fn fds(&self, pid: u32) -> FsResult<Vec<i32>> {
        let table = self.tables.get(self.task(pid)?.fds).ok_or(Errno::ENOENT)?;
        Ok(table.iter().map(|(fd, _)| fd).collect())
    }

    fn text(&self, name: &'static str) -> FsResult<Vec<u8>> {
        let up = self.clock.monotonic();
        let text = match name {
            "cpuinfo" => cpuinfo(&self.config.cpu),
            "filesystems" => "nodev\tproc\nnodev\ttmpfs\n\text4\n".to_owned(),
            "loadavg" => format!("0.00 0.00 0.00 1/{} {}\n", self.tasks.len(), self.tid.0),
            "meminfo" => {
                let total = self.config.limits.memory / 1024;
                let used: u64 =
                    self.spaces.iter().filter_map(|(_, s)| s.mem.as_ref()).map(AddressSpace::resident_bytes).sum();
                let free = total.saturating_sub((used + self.mem.resident_bytes()) / 1024);
                format!(
                    "MemTotal:       {total:8} kB\nMemFree:        {free:8} kB\nMemAvailable:   {free:8} kB\n\
                     Buffers:               0 kB\nCached:                0 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n"
                )
            }
            "stat" => {
                let ticks = self.clock.retired() / 10_000_000;
                let idle = up / 10_000_000 - ticks.min(up / 10_000_000);
                format!(
                    "cpu  {ticks} 0 0 {idle} 0 0 0 0 0 0\ncpu0 {ticks} 0 0 {idle} 0 0 0 0 0 0\nctxt 0\nbtime {}\nprocesses {}\n\
                     procs_running 1\nprocs_blocked 0\n",
                    self.config.epoch / 1_000_000_000,
                    self.processes.len(),
                )
            }
            "uptime" => {
                let cs = up / 10_000_000;
                format!("{}.{:02} 0.00\n", cs / 100, cs % 100)
            }
            "version" => format!("Linux version {} (uemu) {}\n", crate::procfs::RELEASE, crate::procfs::VERSION),
            "sys/fs/pipe-max-size" => "1048576\n".to_owned(),
            "sys/kernel/cap_last_cap" => "40\n".to_owned(),
            "sys/kernel/hostname" => format!("{}\n", self.config.hostname),
            "sys/kernel/osrelease" => format!("{RELEASE}\n"),
            "sys/kernel/ostype" => "Linux\n".to_owned(),
            "sys/kernel/pid_max" => "4194304\n".to_owned(),
            "sys/kernel/random/boot_id" => {
                let s = self.config.seed;
                format!("{:08x}-{:04x}-4000-8000-{s:012x}\n", (s >> 32) as u32, (s >> 16) as u16)
            }
            "sys/kernel/version" => format!("{VERSION}\n"),
            "sys/net/core/somaxconn" => "4096\n".to_owned(),
            "sys/vm/overcommit_memory" => "0\n".to_owned(),
            _ => return Err(Errno::ENOENT),
        };
        Ok(text.into_bytes())
    }

    fn pid_text(&self, pid: u32, name: &'static str) -> FsResult<Vec<u8>> {
        Ok(match name {
            "auxv" => self.space(pid)?.0.auxv.clone(),
            "cgroup" => b"0::/\n".to_vec(),
            "cmdline" => self.space(pid).map_or_else(|_| Vec::new(), |s| s.0.cmdline.clone()),
            "comm" => format!("{}\n", self.task(pid)?.name()).into_bytes(),
            "environ" => self.space(pid)?.0.environ.clone(),
            "limits" => limits(self.process(pid)?).into_bytes(),
            "maps" => self.maps(pid)?,
            "mountinfo" => self.mountinfo().into_bytes(),
            "mounts" => self.mounts().into_bytes(),
            "stat" => self.stat(pid)?.into_bytes(),
            "statm" => {
                let (size, rss) = self.sizes(pid);
                format!("{} {} 0 0 0 0 0\n", size / 4096, rss / 4096).into_bytes()
            }
            "status" => self.status(pid)?.into_bytes(),
            _ => return Err(Errno::ENOENT),
        })
    }

    fn pid_link(&self, pid: u32, link: PidLink) -> FsResult<Vec<u8>> {
        match link {
            PidLink::Exe => Ok(self.space(pid)?.0.exe.clone()),
            PidLink::Root => Ok(b"/".to_vec()),
            // The caller has the tree: it turns the node into a path.
            PidLink::Cwd => Err(Errno::ENOENT),
        }
    }

    fn fd_link(&self, pid: u32, fd: i32) -> FsResult<Vec<u8>> {
        let file = self.open_file(pid, fd)?;
        if !file.path.is_empty() {
            return Ok(file.path.to_vec());
        }
        Ok(match &file.kind {
            FileKind::Console(Stream::In) => b"pipe:[1]".to_vec(),
            FileKind::Console(Stream::Out) => b"pipe:[2]".to_vec(),
            FileKind::Console(Stream::Err) => b"pipe:[3]".to_vec(),
            FileKind::Tree(_) => b"(unreachable)".to_vec(),
            FileKind::PipeReader(p) | FileKind::PipeWriter(p) | FileKind::PipeBoth(p) => {
                format!("pipe:[{}]", p.number() + 1000).into_bytes()
            }
            FileKind::Event(_) => b"anon_inode:[eventfd]".to_vec(),
            FileKind::Epoll(_) => b"anon_inode:[eventpoll]".to_vec(),
            FileKind::Socket(s) => format!("socket:[{}]", s.number() + 100_000).into_bytes(),
        })
    }

    fn pid_node(&self, pid: u32, link: PidLink) -> Option<Node> {
        match link {
            PidLink::Cwd => Some(self.fs.get(self.task(pid).ok()?.fs)?.cwd.clone()),
            PidLink::Exe | PidLink::Root => None,
        }
    }

    fn fd_node(&self, pid: u32, fd: i32) -> Option<Node> {
        match &self.open_file(pid, fd).ok()?.kind {
            FileKind::Tree(f) => Some(f.node.clone()),
            _ => None,
        }
    }
}

/// release of uname(2).
pub(crate) const RELEASE: &str = "6.1.0";
/// version of uname(2).
pub(crate) const VERSION: &str = "#1 SMP PREEMPT_DYNAMIC uemu";

fn limits(p: &Process) -> String {
    const NAMES: [(&str, &str); 16] = [
        ("Max cpu time", "seconds"),
        ("Max file size", "bytes"),
        ("Max data size", "bytes"),
        ("Max stack size", "bytes"),
        ("Max core file size", "bytes"),
        ("Max resident set", "bytes"),
        ("Max processes", "processes"),
        ("Max open files", "files"),
        ("Max locked memory", "bytes"),
        ("Max address space", "bytes"),
        ("Max file locks", "locks"),
        ("Max pending signals", "signals"),
        ("Max msgqueue size", "bytes"),
        ("Max nice priority", ""),
        ("Max realtime priority", ""),
        ("Max realtime timeout", "us"),
    ];
    let mut s = format!("{:<25} {:<20} {:<20} {:<10}\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    let text = |v: u64| if v == u64::MAX { "unlimited".to_owned() } else { v.to_string() };
    for ((name, unit), l) in NAMES.iter().zip(&p.limits) {
        let _ = writeln!(s, "{name:<25} {:<20} {:<20} {unit:<10}", text(l.cur), text(l.max));
    }
    s
}

/// The one processor. Its clock is the time-stamp counter's.
fn cpuinfo(cpu: &CpuModel) -> String {
    let (family, model, stepping) = cpu.identity();
    format!(
        "processor\t: 0\nvendor_id\t: {VENDOR}\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: {BRAND}\n\
         stepping\t: {stepping}\ncpu MHz\t\t: 1000.000\ncache size\t: {} KB\nphysical id\t: 0\nsiblings\t: 1\n\
         core id\t\t: 0\ncpu cores\t: 1\napicid\t\t: 0\ninitial apicid\t: 0\nfpu\t\t: yes\nfpu_exception\t: yes\n\
         cpuid level\t: {MAX_LEAF}\nwp\t\t: yes\nflags\t\t: {}\nbugs\t\t:\nbogomips\t: 2000.00\nclflush size\t: {LINE}\n\
         cache_alignment\t: {LINE}\naddress sizes\t: {PHYSICAL_BITS} bits physical, {LINEAR_BITS} bits virtual\n\
         power management:\n\n",
        cpu.cache_size() / 1024,
        cpu.flags().join(" "),
    )
}
