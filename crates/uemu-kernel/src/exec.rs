//! execve(2): a new program in an old process. The first program of a machine comes the same way.

use crate::context::TaskCtx;
use crate::kernel::Kernel;
use crate::process::{Pid, Space};
use crate::signal::frame;
use crate::stop::{Stop, SysResult};
use crate::task::{Rseq, Tid};
use std::sync::Arc;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::process::rlimit;
use uemu_abi::signal::Signal;
use uemu_abi::stat::Stat;
use uemu_cpu::{CpuState, Feature, Gpr};
use uemu_host::Host;
use uemu_loader::stack::{self, StackSpec};
use uemu_loader::{Class, FileIdentity, Image, LoadError};
use uemu_mem::{AddressSpace, GuestAddr};
use uemu_vfs::{Cx, Node, Vfs};

/// Scripts that name scripts as their interpreters, at most (Linux's own bound).
const MAX_SCRIPTS: usize = 5;
/// Bytes of a script's first line that are looked at (BINPRM_BUF_SIZE).
const LINE: usize = 256;
/// AT_HWCAP2: RDFSBASE and friends may be used.
const HWCAP2_FSGSBASE: u32 = 2;
/// AT_RSEQ_FEATURE_SIZE, AT_RSEQ_ALIGN.
const RSEQ: (u64, u64) = (28, 32);

/// What to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its path, as execve(2) gets it.
    pub path: Vec<u8>,
    /// argv.
    pub args: Vec<Vec<u8>>,
    /// envp.
    pub env: Vec<Vec<u8>>,
}

/// Why a program is not run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExecError {
    /// It cannot be opened, or not executed.
    Errno(Errno),
    /// It is no program for this machine.
    Load(LoadError),
}

impl ExecError {
    /// What execve(2) returns.
    pub fn errno(&self) -> Errno {
        match self {
            ExecError::Errno(e) => *e,
            ExecError::Load(e) => match e.class() {
                Class::NotExecutable => Errno::ENOEXEC,
                Class::Missing => Errno::ENOENT,
                Class::NoMemory => Errno::ENOMEM,
                Class::TooLong => Errno::E2BIG,
            },
        }
    }
}

impl From<LoadError> for ExecError {
    fn from(e: LoadError) -> ExecError {
        ExecError::Load(e)
    }
}

impl From<Errno> for ExecError {
    fn from(e: Errno) -> ExecError {
        ExecError::Errno(e)
    }
}

impl From<Stop> for ExecError {
    fn from(s: Stop) -> ExecError {
        match s {
            Stop::Errno(e) => ExecError::Errno(e),
            // Opening a file to execute it neither waits nor ends the task.
            Stop::Block(_) | Stop::Gone => ExecError::Errno(Errno::EIO),
        }
    }
}

/// A program in an address space of its own, ready to take over.
struct Ready {
    space: Space,
    cpu: CpuState,
}

/// A file to execute.
struct Executable {
    bytes: Arc<[u8]>,
    path: Vec<u8>,
    inode: u64,
}

impl Kernel {
    /// Makes the first process and loads its program. Its current directory is `cwd`, its descriptors 0 to 2 the console.
    ///
    /// # Errors
    /// [`ExecError`]; the kernel is then as before.
    pub fn start(&mut self, program: &Program, cwd: Node, host: &mut dyn Host) -> Result<Tid, ExecError> {
        let tid = self.first_task(cwd, host);
        let mut mem = AddressSpace::new(0);
        let mut t = TaskCtx { k: self, mem: &mut mem, host, tid, watch: None };
        let start = t.k.files.vfs.root();
        let loaded = t.load(&start, program);
        match loaded {
            Ok(ready) => {
                t.take_over(ready, &program.path);
                t.process().execed = false;
                Ok(tid)
            }
            Err(e) => {
                self.remove_first_task(tid, host);
                Err(e)
            }
        }
    }

    /// Random bytes for the guest.
    pub fn random(&mut self, host: &mut dyn Host, buf: &mut [u8]) {
        if self.config.host_entropy { host.entropy(buf) } else { self.entropy.fill(buf) }
    }
}

impl TaskCtx<'_> {
    /// execve(2), execveat(2): on success the task is another program's.
    ///
    /// # Errors
    /// Whatever is wrong with the program; the caller then goes on as before.
    pub(crate) fn exec(&mut self, start: &Node, program: &Program) -> SysResult<()> {
        let ready = self.load(start, program).map_err(|e| Stop::Errno(e.errno()))?;
        self.leave_group();
        self.take_over(ready, &program.path);
        let (k, tid) = (&*self.k, self.tid);
        if let Some(w) = self.watch.as_mut() {
            w.exec(k, tid);
        }
        Ok(())
    }

    /// Loads a program, through as many scripts as it takes.
    fn load(&mut self, start: &Node, program: &Program) -> Result<Ready, ExecError> {
        let mut path = program.path.clone();
        let mut args = program.args.clone();
        if args.is_empty() {
            // Linux gives a program at least an empty argv[0].
            args.push(Vec::new());
        }
        let mut start = start.clone();
        for _ in 0..=MAX_SCRIPTS {
            let file = self.open_executable(&start, &path)?;
            let Some((interpreter, argument)) = script_line(&file.bytes)? else {
                return self.load_elf(file, &args, program);
            };
            // The script's path takes argv[0]'s place.
            let script = std::mem::replace(&mut path, interpreter.clone());
            let rest = args.into_iter().skip(1);
            args = [Some(interpreter), argument, Some(script)].into_iter().flatten().chain(rest).collect();
            start = self.start(uemu_abi::fcntl::AT_FDCWD, &path)?;
        }
        Err(Errno::ELOOP.into())
    }

    /// Whether the file is there and may be executed.
    pub(crate) fn check_executable(&mut self, start: &Node, path: &[u8]) -> SysResult<()> {
        self.with_fs(|vfs, cx| find_executable(vfs, cx, start, path).map(|_| ()))
    }

    fn open_executable(&mut self, start: &Node, path: &[u8]) -> Result<Executable, ExecError> {
        let most = self.k.config.limits.memory;
        Ok(self.with_fs(|vfs, cx| {
            let (node, stat) = find_executable(vfs, cx, start, path)?;
            let path = vfs.path_of(&node);
            let file = vfs.open_node(cx, node, OpenFlags::empty(), false)?;
            let bytes = vfs.bytes(cx, &file, most);
            vfs.close(cx.host, &file);
            Ok(Executable { bytes: bytes?, path, inode: stat.ino })
        })?)
    }

    fn load_elf(&mut self, file: Executable, args: &[Vec<u8>], program: &Program) -> Result<Ready, ExecError> {
        let memory = self.k.config.limits.memory;
        let image = Image::parse(file.bytes.clone())?;
        let interpreter = match image.interpreter() {
            None => None,
            Some(path) => {
                let path = path.to_vec();
                let root = self.k.files.vfs.root();
                let opened = self.open_executable(&root, &path);
                let file = match (opened, image.missing_interpreter()) {
                    (Ok(file), _) => file,
                    (Err(ExecError::Errno(Errno::ENOENT)), Some(missing)) => return Err(missing.into()),
                    (Err(e), _) => return Err(e),
                };
                let image = Image::parse(file.bytes.clone()).map_err(|e| LoadError::Interpreter(Box::new(e)))?;
                Some((image, identity(&file)))
            }
        };
        let mut mem = AddressSpace::new(memory);
        let with = interpreter.as_ref().map(|(image, file)| (image, file));
        let loaded = uemu_loader::load(&mut mem, &image, &identity(&file), with, memory)?;
        let mut random = [0; 16];
        self.k.random(self.host, &mut random);
        let limit = self.process().limits.get(rlimit::STACK as usize).map_or(0, |l| l.cur);
        let model = self.k.config.cpu;
        let spec = StackSpec {
            args,
            env: &program.env,
            execfn: &program.path,
            uid: 0,
            gid: 0,
            random,
            hwcap: model.cpuid(1, 0)[3],
            hwcap2: if model.has(Feature::Fsgsbase) { HWCAP2_FSGSBASE } else { 0 },
            min_signal_stack: frame::max_size(&model),
            rseq: Some(RSEQ),
            limit: limit.min(self.k.config.limits.stack),
        };
        let stack = stack::build(&mut mem, &loaded, &spec)?;
        let mut cpu = CpuState::new();
        cpu.rip = loaded.start.0;
        cpu.set(Gpr::Rsp, stack.pointer.0);
        let space = Space {
            brk_start: loaded.brk.0,
            brk: loaded.brk.0,
            exe: file.path,
            cmdline: strings(&mem, stack.args, stack.env),
            environ: strings(&mem, stack.env, stack.env_end),
            auxv: auxv(&mem, stack.pointer, args.len(), program.env.len()),
            mem: Some(mem),
        };
        Ok(Ready { space, cpu })
    }

    /// Ends the other threads of the process; the caller becomes its leader.
    fn leave_group(&mut self) {
        let pid = self.pid();
        let status = crate::process::ExitStatus::Exited(0);
        let me = self.tid;
        let others: Vec<Tid> = self.process().threads.iter().copied().filter(|t| *t != me).collect();
        for other in others {
            self.k.cancel_wait(other);
            self.k.end_task(other, self.mem, status, self.host, crate::observe::lend(&mut self.watch));
        }
        let leader = Tid(pid.0);
        if self.tid != leader {
            self.k.tasks.remove(&leader);
            if let Some(mut task) = self.k.tasks.remove(&self.tid) {
                task.tid = leader;
                self.k.tasks.insert(leader, task);
            }
            self.k.renumber(self.tid, leader);
            self.tid = leader;
            self.process().threads = vec![leader];
        }
    }

    /// The point of no return.
    fn take_over(&mut self, ready: Ready, path: &[u8]) {
        self.k.leave_memory(self.tid, self.mem);
        let space = self.k.spaces.add(ready.space);
        let name = path.rsplit(|&b| b == b'/').next().unwrap_or_default();
        let task = self.task();
        task.space = space;
        *task.cpu = ready.cpu;
        task.set_name(name);
        task.altstack = Default::default();
        task.clear_child_tid = GuestAddr::NULL;
        task.rseq = None::<Rseq>;
        task.trap = Default::default();
        let fds = task.fds;
        // A table that others share stays as it is for them.
        if self.k.files.table_users(fds) > 1 {
            let own = self.k.files.copy_table(fds);
            self.k.files.release_table(fds, self.host);
            self.task().fds = own;
        }
        let fds = self.fd_table();
        self.k.files.close_on_exec(fds, self.host);
        let actions = self.process().actions;
        let mut own = self.k.actions.get(actions).cloned().unwrap_or_default();
        own.reset_for_exec();
        self.k.actions.release(actions);
        let own = self.k.actions.add(own);
        let p = self.process();
        p.actions = own;
        p.execed = true;
        p.dumpable = true;
        p.exit_signal = p.exit_signal.map(|_| Signal::SIGCHLD);
    }
}

fn find_executable(vfs: &mut Vfs, cx: &mut Cx<'_>, start: &Node, path: &[u8]) -> Result<(Node, Stat), Errno> {
    const X_OK: u32 = 1;
    let node = vfs.resolve(cx, start, path, true)?;
    let stat = vfs.stat(cx, &node)?;
    if stat.kind() != uemu_abi::stat::S_IFREG {
        return Err(Errno::EACCES);
    }
    vfs.access(cx, &node, X_OK)?;
    Ok((node, stat))
}

fn identity(file: &Executable) -> FileIdentity {
    FileIdentity { path: String::from_utf8_lossy(&file.path).into(), inode: file.inode }
}

/// A script's interpreter and its argument.
type Script = (Vec<u8>, Option<Vec<u8>>);

/// The first line, if the file is a script (execve(2), "Interpreter scripts").
fn script_line(bytes: &[u8]) -> Result<Option<Script>, Errno> {
    let Some(line) = bytes.strip_prefix(b"#!") else { return Ok(None) };
    let line = line.get(..LINE - 2).unwrap_or(line);
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let line = match line.iter().position(|&b| b == b'\n' || b == 0) {
        Some(end) => line.get(..end).unwrap_or_default(),
        // A line that is cut must at least hold the whole path.
        None if line.len() < LINE - 2 || line.trim_ascii_start().iter().any(blank) => line,
        None => return Err(Errno::ENOEXEC),
    };
    let start = line.iter().position(|b| !blank(b)).ok_or(Errno::ENOEXEC)?;
    let end = line.iter().rposition(|b| !blank(b)).ok_or(Errno::ENOEXEC)?;
    let line = line.get(start..=end).unwrap_or_default();
    match line.iter().position(blank) {
        None => Ok(Some((line.to_vec(), None))),
        Some(at) => {
            let (path, rest) = line.split_at(at);
            let skip = rest.iter().position(|b| !blank(b)).unwrap_or(rest.len());
            Ok(Some((path.to_vec(), rest.get(skip..).map(<[u8]>::to_vec))))
        }
    }
}

fn strings(mem: &AddressSpace, start: GuestAddr, end: GuestAddr) -> Vec<u8> {
    let mut bytes = vec![0; end.0.saturating_sub(start.0) as usize];
    let n = mem.peek(start, &mut bytes);
    bytes.truncate(n);
    bytes
}

/// The auxiliary vector, AT_NULL included: it follows argc, argv and envp.
fn auxv(mem: &AddressSpace, sp: GuestAddr, args: usize, env: usize) -> Vec<u8> {
    let mut at = sp.wrapping_add(8 * (args as u64 + env as u64 + 3));
    let mut all = Vec::new();
    let mut entry = [0; 16];
    while all.len() < 4096 && mem.peek(at, &mut entry) == 16 {
        all.extend_from_slice(&entry);
        if entry.iter().take(8).all(|&b| b == 0) {
            break;
        }
        at = at.wrapping_add(16);
    }
    all
}

/// The process with this number exists already: never, for the first.
const _: () = assert!(Pid::FIRST.0 > Pid::REAPER.0);

#[cfg(test)]
mod tests {
    use super::script_line;

    #[test]
    fn script_lines_are_split_once() {
        let line = |s: &str| {
            script_line(s.as_bytes())
                .map(|x| x.map(|(p, a)| (String::from_utf8(p).unwrap(), a.map(|a| String::from_utf8(a).unwrap()))))
        };
        let some = |p: &str, a: Option<&str>| Ok(Some((p.to_owned(), a.map(str::to_owned))));
        assert_eq!(line("#!/bin/sh\nx"), some("/bin/sh", None));
        assert_eq!(line("#! /bin/sh  -e -x \n"), some("/bin/sh", Some("-e -x")));
        assert_eq!(line("\x7fELF"), Ok(None));
        assert_eq!(line("#!  \n"), Err(uemu_abi::Errno::ENOEXEC));
        assert_eq!(line(&format!("#!/{}", "x".repeat(300))), Err(uemu_abi::Errno::ENOEXEC));
    }
}
