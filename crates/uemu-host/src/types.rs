//! Plain data that crosses the door.

/// Names a granted file or directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct GrantId(pub u32);

/// Names a file the host has open for the machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct HostFile(pub u64);

/// A file within a grant. The empty path is the grant itself.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The grant.
    pub grant: GrantId,
    /// Relative to it: components joined by `/`.
    pub path: &'a [u8],
}

/// The host's clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HostTime {
    /// CLOCK_REALTIME, ns.
    pub realtime_ns: u64,
    /// CLOCK_MONOTONIC, ns.
    pub monotonic_ns: u64,
}

/// A standard stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Stream {
    /// Standard input.
    In,
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a standard stream is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsoleKind {
    /// A terminal.
    Terminal,
    /// A pipe or socket.
    Pipe,
    /// A regular file.
    File,
    /// /dev/null or another character device.
    Null,
    /// Not open.
    Closed,
}

/// Where lseek(2) goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeekFrom {
    /// SEEK_SET.
    Start(u64),
    /// SEEK_CUR.
    Current(i64),
    /// SEEK_END.
    End(i64),
}

/// `struct winsize` without its unused pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WinSize {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub cols: u16,
}

/// How to open a host file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OpenHow {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Create if missing.
    pub create: bool,
    /// With `create`: EEXIST if it exists.
    pub exclusive: bool,
    /// Cut to zero bytes.
    pub truncate: bool,
    /// Permission bits of a new file, the umask applied.
    pub mode: u32,
}

/// One entry of a directory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HostDirEntry {
    /// Name.
    pub name: Vec<u8>,
    /// Inode number.
    pub ino: u64,
    /// `d_type`.
    pub kind: u8,
}
