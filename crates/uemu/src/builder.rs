//! Setting up a machine.

use crate::machine::Machine;
use uemu_abi::Errno;
use uemu_cpu::{CpuModel, Engine};
use uemu_host::{GrantId, Host};
use uemu_interp::{Interpreter, StepEngine};
use uemu_kernel::clock::ClockMode;
use uemu_kernel::{Config, ExecError, Kernel, Limits, Program};
use uemu_loader::LoadError;
use uemu_vfs::{BindError, Cx, NoProc, Node, Vfs};

/// Which engine executes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EngineKind {
    /// [`Interpreter`].
    #[default]
    Fast,
    /// [`StepEngine`].
    Step,
}

/// Why a machine did not start.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StartError {
    /// A grant cannot be mounted.
    #[error("cannot bind {path}: {source}")]
    Bind {
        /// Where in the guest.
        path: String,
        /// Why not.
        source: BindError,
    },
    /// A file cannot be put into the guest's file system.
    #[error("cannot make {path} in the guest: {source}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        source: Errno,
    },
    /// The guest's current directory is not there.
    #[error("the guest has no directory {path}: {source}; grant one with --bind, or choose another with --cwd")]
    Cwd {
        /// The directory.
        path: String,
        /// Why not.
        source: Errno,
    },
    /// The program is not there, or not allowed to run.
    #[error("cannot run {path}: {source}")]
    Program {
        /// Its path in the guest.
        path: String,
        /// Why not.
        source: Errno,
    },
    /// The program is there, but is no program for this machine.
    #[error("cannot run {path}: {source}")]
    Load {
        /// Its path in the guest.
        path: String,
        /// Why not.
        #[source]
        source: LoadError,
    },
}

impl StartError {
    /// The status of a command that could not start the guest: 127 if the program is not there, 126 if it cannot be
    /// run, 125 if it is the machine that cannot be set up.
    pub fn exit_status(&self) -> u8 {
        match self {
            StartError::Program { source: Errno::ENOENT | Errno::ENOTDIR, .. } => 127,
            StartError::Program { .. } => 126,
            StartError::Load { source, .. } => source.exit_status(),
            StartError::Bind { .. } | StartError::File { .. } | StartError::Cwd { .. } => 125,
        }
    }
}

struct Bind {
    grant: GrantId,
    is_dir: bool,
    at: Vec<u8>,
    writable: bool,
}

/// A machine to be. Every setting has a default under which a run is deterministic and closed.
pub struct Builder {
    program: Vec<u8>,
    args: Vec<Vec<u8>>,
    env: Vec<Vec<u8>>,
    cwd: Option<Vec<u8>>,
    cwd_hint: Option<Vec<u8>>,
    root: Option<GrantId>,
    binds: Vec<Bind>,
    files: Vec<(Vec<u8>, Vec<u8>, u32)>,
    program_grant: Option<GrantId>,
    config: Config,
    engine: Option<Box<dyn Engine + Send>>,
    kind: EngineKind,
}

impl Builder {
    /// A machine that will run the program at this absolute path of its file system. `argv[0]` is that path too, unless
    /// [`Builder::argv0`] says otherwise.
    pub fn new(program: impl Into<Vec<u8>>) -> Builder {
        let program = program.into();
        Builder {
            args: vec![program.clone()],
            program,
            env: Vec::new(),
            cwd: None,
            cwd_hint: None,
            root: None,
            binds: Vec::new(),
            files: Vec::new(),
            program_grant: None,
            config: Config::default(),
            engine: None,
            kind: EngineKind::Fast,
        }
    }

    /// The program's name for itself.
    #[must_use]
    pub fn argv0(mut self, name: impl Into<Vec<u8>>) -> Builder {
        if let Some(first) = self.args.first_mut() {
            *first = name.into();
        }
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<Vec<u8>>) -> Builder {
        self.args.push(arg.into());
        self
    }

    /// One more variable, `KEY=value`; it takes the place of one with the same key.
    #[must_use]
    pub fn env(mut self, variable: impl Into<Vec<u8>>) -> Builder {
        let variable = variable.into();
        let key = |v: &[u8]| v.split(|&b| b == b'=').next().unwrap_or_default().to_vec();
        match self.env.iter_mut().find(|v| key(v) == key(&variable)) {
            Some(there) => *there = variable,
            None => self.env.push(variable),
        }
        self
    }

    /// The guest's current directory; by default `/`.
    #[must_use]
    pub fn cwd(mut self, path: impl Into<Vec<u8>>) -> Builder {
        self.cwd = Some(path.into());
        self
    }

    /// The guest's current directory if it has that directory and [`Builder::cwd`] names none.
    #[must_use]
    pub fn cwd_if_there(mut self, path: impl Into<Vec<u8>>) -> Builder {
        self.cwd_hint = Some(path.into());
        self
    }

    /// Lays a granted directory under the root, read-only.
    #[must_use]
    pub fn root(mut self, grant: GrantId) -> Builder {
        self.root = Some(grant);
        self
    }

    /// Mounts what the host granted.
    #[must_use]
    pub fn bind(mut self, grant: GrantId, is_dir: bool, at: impl Into<Vec<u8>>, writable: bool) -> Builder {
        self.binds.push(Bind { grant, is_dir, at: at.into(), writable });
        self
    }

    /// Makes a granted file the program, read-only, unless the guest has something at the program's path already (by
    /// a bind or the root).
    #[must_use]
    pub fn program_from(mut self, grant: GrantId) -> Builder {
        self.program_grant = Some(grant);
        self
    }

    /// Puts a file into the guest's file system.
    #[must_use]
    pub fn file(mut self, path: impl Into<Vec<u8>>, bytes: impl Into<Vec<u8>>, mode: u32) -> Builder {
        self.files.push((path.into(), bytes.into(), mode));
        self
    }

    /// Where what is random comes from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.config.seed = seed;
        self
    }

    /// The time at the start, in seconds since 1970.
    #[must_use]
    pub fn epoch(mut self, seconds: u64) -> Builder {
        self.config.epoch = seconds.saturating_mul(1_000_000_000);
        self
    }

    /// Where time comes from.
    #[must_use]
    pub fn clock(mut self, mode: ClockMode) -> Builder {
        self.config.clock = mode;
        self
    }

    /// What the guest may use at most.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Builder {
        self.config.limits = limits;
        self
    }

    /// Instructions a task runs before another has its turn; at least 1.
    #[must_use]
    pub fn slice(mut self, instructions: u64) -> Builder {
        self.config.slice = instructions.max(1);
        self
    }

    /// What the processor has: what CPUID says, and what is executed.
    #[must_use]
    pub fn cpu(mut self, model: CpuModel) -> Builder {
        self.config.cpu = model;
        self
    }

    /// Which engine executes.
    #[must_use]
    pub fn engine(mut self, kind: EngineKind) -> Builder {
        self.kind = kind;
        self
    }

    /// An engine of the caller's own. It must count instructions as [`Engine::run`] says, and be of the model that
    /// [`Builder::cpu`] was told.
    #[must_use]
    pub fn engine_from(mut self, engine: Box<dyn Engine + Send>) -> Builder {
        self.engine = Some(engine);
        self
    }

    /// Sets the machine up, with the program loaded and not an instruction run.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn build<H: Host>(self, mut host: H) -> Result<Machine<H>, StartError> {
        let cpu = self.config.cpu;
        let mut kernel = Kernel::new(self.config.clone());
        let (vfs, cwd) = self.file_system(&mut host)?;
        kernel.files.vfs = vfs;
        let path = text(&self.program);
        let program = Program { path: self.program, args: self.args, env: self.env };
        kernel.start(&program, cwd, &mut host).map_err(|e| match e {
            ExecError::Errno(source) => StartError::Program { path, source },
            ExecError::Load(source) => StartError::Load { path, source },
        })?;
        let engine = self.engine.unwrap_or_else(|| match self.kind {
            EngineKind::Fast => Box::new(Interpreter::new(cpu)),
            EngineKind::Step => Box::new(StepEngine::new(cpu)),
        });
        Ok(Machine::new(kernel, engine, host))
    }

    /// The guest's files, and its current directory.
    fn file_system(&self, host: &mut dyn Host) -> Result<(Vfs, Node), StartError> {
        let now = i64::try_from(self.config.epoch).unwrap_or(i64::MAX);
        let mut cx = Cx { host, proc: &NoProc, now, umask: 0 };
        let file = |path: &[u8], source| StartError::File { path: text(path), source };
        let mut vfs = Vfs::new(&mut cx, uemu_vfs::Limits::default(), self.root).map_err(|source| file(b"/", source))?;
        for (path, bytes, mode) in &self.files {
            vfs.put_file(&mut cx, path, bytes, *mode).map_err(|source| file(path, source))?;
        }
        for b in &self.binds {
            vfs.bind(&mut cx, b.grant, b.is_dir, &b.at, b.writable)
                .map_err(|source| StartError::Bind { path: text(&b.at), source })?;
        }
        let root = vfs.root();
        if let Some(grant) = self.program_grant
            && vfs.resolve(&mut cx, &root, &self.program, true).is_err()
        {
            vfs.bind(&mut cx, grant, false, &self.program, false)
                .map_err(|source| StartError::Bind { path: text(&self.program), source })?;
        }
        let cwd = match (&self.cwd, &self.cwd_hint) {
            (Some(path), _) => self
                .directory(&mut vfs, &mut cx, path)
                .map_err(|source| StartError::Cwd { path: text(path), source })?,
            (None, Some(path)) => self.directory(&mut vfs, &mut cx, path).unwrap_or(root),
            (None, None) => root,
        };
        vfs.forget_missing();
        Ok((vfs, cwd))
    }

    fn directory(&self, vfs: &mut Vfs, cx: &mut Cx<'_>, path: &[u8]) -> Result<Node, Errno> {
        let root = vfs.root();
        let node = vfs.resolve(cx, &root, path, true)?;
        if vfs.is_dir(cx, &node)? { Ok(node) } else { Err(Errno::ENOTDIR) }
    }
}

/// A guest's path for a message.
pub(crate) fn text(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}
