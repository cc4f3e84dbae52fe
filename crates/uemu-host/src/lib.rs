//! The one door to the host: clock, entropy, console, granted directories.
//!
//! Everything a guest sees that is not computed from its own state passes through [`Host`]. Machine state keeps plain ids
//! ([`HostFile`], [`GrantId`]); the handles behind them stay in the implementation. Record and replay are wrappers
//! of this trait.
#![forbid(unsafe_code)]

mod memory;
mod system;
mod types;

pub use memory::MemoryHost;
pub use system::{Grant, GrantError, SystemHost};
pub use types::{ConsoleKind, GrantId, HostDirEntry, HostFile, HostTime, OpenHow, Place, SeekFrom, Stream, WinSize};

use uemu_abi::Errno;
use uemu_abi::ioctl::Termios;
use uemu_abi::stat::{FileTime, Stat};

/// What a host call gives.
pub type HostResult<T> = Result<T, Errno>;

/// The host, as the machine sees it.
///
/// Paths are relative to a grant, made of plain components without `.`, `..` or symbolic links (the guest's own walker has
/// resolved those, in guest terms). No call follows a symbolic link in the last component.
pub trait Host: Send {
    /// The host's clocks, for `--clock host`.
    fn now(&mut self) -> HostTime;
    /// Fills `buf` with the host's entropy, for a guest that asked for it.
    fn entropy(&mut self, buf: &mut [u8]);

    /// What the console stream is connected to.
    fn console_kind(&mut self, stream: Stream) -> ConsoleKind;
    /// Reads standard input, waiting as long as it takes. 0 at the end. Unless it is a terminal, fewer bytes than asked
    /// means the end: how a pipe was cut into chunks does not show.
    fn console_read(&mut self, buf: &mut [u8]) -> HostResult<usize>;
    /// Whether a read would return at once. Always true but for a terminal on which no line is ready.
    fn console_readable(&mut self) -> bool;
    /// Waits until standard input is readable or `timeout_ns` has passed; tells which.
    fn console_wait(&mut self, timeout_ns: Option<u64>) -> bool;
    /// Writes all of `bytes` to standard output or error.
    fn console_write(&mut self, stream: Stream, bytes: &[u8]) -> HostResult<usize>;
    /// lseek(2) on a stream that is a regular file; ESPIPE otherwise.
    fn console_seek(&mut self, stream: Stream, to: SeekFrom) -> HostResult<u64>;
    /// The terminal's size; `None` if no stream is a terminal.
    fn window_size(&mut self) -> Option<WinSize>;
    /// The terminal's settings.
    fn termios(&mut self, stream: Stream) -> HostResult<Termios>;
    /// Changes the terminal's settings.
    fn set_termios(&mut self, stream: Stream, to: &Termios) -> HostResult<()>;

    /// lstat(2).
    fn stat(&mut self, at: Place<'_>) -> HostResult<Stat>;
    /// readlink(2).
    fn read_link(&mut self, at: Place<'_>) -> HostResult<Vec<u8>>;
    /// The entries of a directory in byte order of their names, without `.` and `..`.
    fn list(&mut self, at: Place<'_>) -> HostResult<Vec<HostDirEntry>>;
    /// Opens a regular file. EACCES for what is neither regular nor a directory; EISDIR for a directory.
    fn open(&mut self, at: Place<'_>, how: OpenHow) -> HostResult<HostFile>;
    /// Forgets an open file.
    fn close(&mut self, file: HostFile);
    /// pread(2).
    fn read_at(&mut self, file: HostFile, offset: u64, buf: &mut [u8]) -> HostResult<usize>;
    /// pwrite(2).
    fn write_at(&mut self, file: HostFile, offset: u64, bytes: &[u8]) -> HostResult<usize>;
    /// fstat(2).
    fn file_stat(&mut self, file: HostFile) -> HostResult<Stat>;
    /// ftruncate(2).
    fn set_len(&mut self, file: HostFile, len: u64) -> HostResult<()>;
    /// fsync(2).
    fn sync(&mut self, file: HostFile) -> HostResult<()>;
    /// mkdir(2).
    fn make_dir(&mut self, at: Place<'_>, mode: u32) -> HostResult<()>;
    /// unlink(2), or rmdir(2) if `dir`.
    fn remove(&mut self, at: Place<'_>, dir: bool) -> HostResult<()>;
    /// renameat2(2).
    fn rename(&mut self, from: Place<'_>, to: Place<'_>, flags: u32) -> HostResult<()>;
    /// link(2).
    fn link(&mut self, from: Place<'_>, to: Place<'_>) -> HostResult<()>;
    /// symlink(2).
    fn make_symlink(&mut self, target: &[u8], at: Place<'_>) -> HostResult<()>;
    /// chmod(2).
    fn set_mode(&mut self, at: Place<'_>, mode: u32) -> HostResult<()>;
    /// utimensat(2) on the name itself; `None` leaves a time alone.
    fn set_times(&mut self, at: Place<'_>, atime: Option<FileTime>, mtime: Option<FileTime>) -> HostResult<()>;
}
