//! The initial stack: what a program finds above its stack pointer (System V ABI, AMD64, 3.4; Linux's
//! `create_elf_tables`).
//!
//! ```text
//! USER_END    8 zero bytes
//!             execfn\0
//!             environment strings, argument strings (the last one highest)
//!             (16-byte boundary)
//!             "x86_64\0", 16 random bytes
//!             auxiliary vector, AT_NULL
//!             envp[0..], NULL
//!             argv[0..], NULL
//! RSP ->      argc                                    (16-byte boundary)
//! ```

use crate::{LoadError, Loaded};
use uemu_mem::{AddressSpace, GuestAddr, Kind, MapRequest, PAGE_SIZE, Place, Prot, USER_END};

/// Bytes Linux maps below the strings from the start (`setup_arg_pages`).
const INITIAL: u64 = 128 * 1024;
/// Longest single string, with its NUL (Linux: MAX_ARG_STRLEN).
const MAX_STRING: u64 = 32 * PAGE_SIZE;
/// Least room for arguments, whatever the stack limit (Linux: ARG_MAX).
const MIN_ROOM: u64 = 128 * 1024;
/// Most room for arguments: three quarters of the default stack (Linux: `_STK_LIM / 4 * 3`).
const MAX_ROOM: u64 = 6 * 1024 * 1024;

/// What goes onto the stack.
#[derive(Clone, Debug)]
pub struct StackSpec<'a> {
    /// argv, without NULs.
    pub args: &'a [Vec<u8>],
    /// envp, `NAME=value`, without NULs.
    pub env: &'a [Vec<u8>],
    /// AT_EXECFN: the path execve(2) was given.
    pub execfn: &'a [u8],
    /// AT_UID, AT_EUID.
    pub uid: u32,
    /// AT_GID, AT_EGID.
    pub gid: u32,
    /// AT_RANDOM.
    pub random: [u8; 16],
    /// AT_HWCAP: CPUID.1:EDX.
    pub hwcap: u32,
    /// AT_HWCAP2: bit 1 says that RDFSBASE and friends may be used.
    pub hwcap2: u32,
    /// AT_MINSIGSTKSZ: bytes a signal frame takes at most.
    pub min_signal_stack: u64,
    /// AT_RSEQ_FEATURE_SIZE and AT_RSEQ_ALIGN, if rseq(2) is offered.
    pub rseq: Option<(u64, u64)>,
    /// RLIMIT_STACK in bytes: how far the stack may grow.
    pub limit: u64,
}

/// What was laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stack {
    /// RSP at entry.
    pub pointer: GuestAddr,
    /// First argument string (/proc/PID/cmdline, `mm->arg_start`).
    pub args: GuestAddr,
    /// One past the last argument string: the first environment string.
    pub env: GuestAddr,
    /// One past the last environment string.
    pub env_end: GuestAddr,
}

/// Entries of the auxiliary vector (getauxval(3)).
mod at {
    pub(super) const NULL: u64 = 0;
    pub(super) const PHDR: u64 = 3;
    pub(super) const PHENT: u64 = 4;
    pub(super) const PHNUM: u64 = 5;
    pub(super) const PAGESZ: u64 = 6;
    pub(super) const BASE: u64 = 7;
    pub(super) const FLAGS: u64 = 8;
    pub(super) const ENTRY: u64 = 9;
    pub(super) const UID: u64 = 11;
    pub(super) const EUID: u64 = 12;
    pub(super) const GID: u64 = 13;
    pub(super) const EGID: u64 = 14;
    pub(super) const PLATFORM: u64 = 15;
    pub(super) const HWCAP: u64 = 16;
    pub(super) const CLKTCK: u64 = 17;
    pub(super) const SECURE: u64 = 23;
    pub(super) const RANDOM: u64 = 25;
    pub(super) const HWCAP2: u64 = 26;
    pub(super) const RSEQ_FEATURE_SIZE: u64 = 27;
    pub(super) const RSEQ_ALIGN: u64 = 28;
    pub(super) const EXECFN: u64 = 31;
    pub(super) const MINSIGSTKSZ: u64 = 51;
}

/// Bytes arguments and environment may take with their pointers, under a stack limit (execve(2)).
pub fn argument_room(stack_limit: u64) -> u64 {
    (stack_limit / 4).clamp(MIN_ROOM, MAX_ROOM)
}

/// Maps the stack below [`USER_END`] and fills it. RDX must be 0 at entry: a C library registers it with
/// atexit(3) otherwise.
///
/// # Errors
/// [`LoadError::ArgumentsTooLong`]; [`LoadError::Map`] when the program occupies the place of the stack;
/// [`LoadError::Fill`] when the memory limit is reached.
pub fn build(mem: &mut AddressSpace, loaded: &Loaded, spec: &StackSpec<'_>) -> Result<Stack, LoadError> {
    check_lengths(spec)?;
    let strings = [spec.execfn].into_iter().chain(spec.args.iter().chain(spec.env).map(Vec::as_slice));
    let strings_len: u64 = strings.map(|s| s.len() as u64 + 1).sum();
    // 8 bytes for the end marker; see the picture above.
    let bottom = GuestAddr(USER_END.0 - 8 - strings_len);
    // Strings and vectors fit the limit by `check_lengths`; what comes below them is at most as long again.
    let mapped_from = GuestAddr(bottom.page_down().0 - INITIAL.max(vectors_len(spec).next_multiple_of(PAGE_SIZE)));
    let len = USER_END.0 - mapped_from.0;
    let exec = if loaded.exec_stack { Prot::EXEC } else { Prot::empty() };
    mem.map(MapRequest {
        place: Place::FixedNoReplace(mapped_from),
        len,
        prot: Prot::READ | Prot::WRITE | exec,
        kind: Kind::Stack { limit: spec.limit.max(len) },
    })
    .map_err(|source| LoadError::Map { what: "the stack", addr: mapped_from.0, len, source })?;

    let mut fill = Fill { mem, at: bottom };
    let args_at = fill.strings(spec.args)?;
    let env_start = fill.at;
    let env_at = fill.strings(spec.env)?;
    let env_end = fill.at;
    let execfn_at = fill.string(spec.execfn)?;

    let platform = b"x86_64\0";
    let platform_at = (bottom.0 & !15) - platform.len() as u64;
    fill.bytes_at(platform_at, platform)?;
    let random_at = platform_at - spec.random.len() as u64;
    fill.bytes_at(random_at, &spec.random)?;

    let aux = auxv(loaded, spec, execfn_at, random_at, platform_at);
    let mut words = Vec::with_capacity(1 + args_at.len() + 1 + env_at.len() + 1 + 2 * aux.len());
    words.push(spec.args.len() as u64);
    words.extend(&args_at);
    words.push(0);
    words.extend(&env_at);
    words.push(0);
    let vectors = words.len() as u64;
    words.extend(aux.iter().flat_map(|&(kind, value)| [kind, value]));
    // STACK_ROUND(STACK_ADD(p, aux words), items)
    let pointer = (random_at - 16 * aux.len() as u64 - 8 * vectors) & !15;
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    fill.bytes_at(pointer, &bytes)?;
    Ok(Stack { pointer: GuestAddr(pointer), args: bottom, env: env_start, env_end })
}

/// Bytes of everything below the strings, at most.
fn vectors_len(spec: &StackSpec<'_>) -> u64 {
    (spec.args.len() + spec.env.len() + 3) as u64 * 8 + 1024
}

fn check_lengths(spec: &StackSpec<'_>) -> Result<(), LoadError> {
    let limit = argument_room(spec.limit);
    let mut bytes = spec.execfn.len() as u64 + 1 + 8;
    for s in spec.args.iter().chain(spec.env) {
        let len = s.len() as u64 + 1;
        if len > MAX_STRING {
            return Err(LoadError::ArgumentsTooLong { bytes: len, limit: MAX_STRING });
        }
        bytes = bytes.saturating_add(len + 8);
    }
    if bytes > limit { Err(LoadError::ArgumentsTooLong { bytes, limit }) } else { Ok(()) }
}

/// In the order Linux gives them.
fn auxv(l: &Loaded, spec: &StackSpec<'_>, execfn: u64, random: u64, platform: u64) -> Vec<(u64, u64)> {
    let mut aux = vec![
        (at::MINSIGSTKSZ, spec.min_signal_stack),
        (at::HWCAP, spec.hwcap.into()),
        (at::PAGESZ, PAGE_SIZE),
        (at::CLKTCK, 100),
        (at::PHDR, l.phdr.0),
        (at::PHENT, 56),
        (at::PHNUM, l.phnum.into()),
        (at::BASE, l.base.0),
        (at::FLAGS, 0),
        (at::ENTRY, l.entry.0),
        (at::UID, spec.uid.into()),
        (at::EUID, spec.uid.into()),
        (at::GID, spec.gid.into()),
        (at::EGID, spec.gid.into()),
        (at::SECURE, 0),
        (at::RANDOM, random),
        (at::HWCAP2, spec.hwcap2.into()),
        (at::EXECFN, execfn),
        (at::PLATFORM, platform),
    ];
    if let Some((size, align)) = spec.rseq {
        aux.extend([(at::RSEQ_FEATURE_SIZE, size), (at::RSEQ_ALIGN, align)]);
    }
    aux.push((at::NULL, 0));
    aux
}

struct Fill<'a> {
    mem: &'a mut AddressSpace,
    at: GuestAddr,
}

impl Fill<'_> {
    /// Writes a string and its NUL at the cursor; returns its address.
    fn string(&mut self, s: &[u8]) -> Result<u64, LoadError> {
        let start = self.at.0;
        self.bytes_at(start, s)?;
        // The NUL is there: the pages are new.
        self.at = self.at.wrapping_add(s.len() as u64 + 1);
        Ok(start)
    }

    fn strings(&mut self, all: &[Vec<u8>]) -> Result<Vec<u64>, LoadError> {
        all.iter().map(|s| self.string(s)).collect()
    }

    fn bytes_at(&mut self, at: u64, bytes: &[u8]) -> Result<(), LoadError> {
        self.mem.poke(GuestAddr(at), bytes).map_err(|source| LoadError::Fill { what: "the stack", source })
    }
}
