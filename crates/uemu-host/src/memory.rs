//! A host that is nothing but memory: for tests and embedders. It grants no files.

use crate::*;

/// Scripted standard input, captured standard output and error, a clock that counts its readings.
#[derive(Clone, Debug, Default)]
pub struct MemoryHost {
    /// What standard input still holds.
    pub stdin: Vec<u8>,
    /// Everything written to standard output.
    pub stdout: Vec<u8>,
    /// Everything written to standard error.
    pub stderr: Vec<u8>,
    /// Times the clock was read: each reading is a millisecond after the last.
    pub ticks: u64,
    /// Whether the streams pose as a terminal.
    pub terminal: bool,
    /// Its settings.
    pub settings: Termios,
}

impl MemoryHost {
    /// A host with this standard input.
    pub fn new(stdin: &[u8]) -> MemoryHost {
        MemoryHost { stdin: stdin.to_vec(), ..MemoryHost::default() }
    }
}

impl Host for MemoryHost {
    fn now(&mut self) -> HostTime {
        self.ticks += 1;
        HostTime { realtime_ns: self.ticks * 1_000_000, monotonic_ns: self.ticks * 1_000_000 }
    }
    fn entropy(&mut self, buf: &mut [u8]) {
        buf.fill(4);
    }
    fn console_kind(&mut self, _: Stream) -> ConsoleKind {
        if self.terminal { ConsoleKind::Terminal } else { ConsoleKind::Pipe }
    }
    fn console_read(&mut self, buf: &mut [u8]) -> HostResult<usize> {
        let n = self.stdin.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(self.stdin.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }
    fn console_readable(&mut self) -> bool {
        true
    }
    fn console_wait(&mut self, _: Option<u64>) -> bool {
        true
    }
    fn console_write(&mut self, stream: Stream, bytes: &[u8]) -> HostResult<usize> {
        match stream {
            Stream::In => return Err(Errno::EBADF),
            Stream::Out => self.stdout.extend_from_slice(bytes),
            Stream::Err => self.stderr.extend_from_slice(bytes),
        }
        Ok(bytes.len())
    }
    fn console_seek(&mut self, _: Stream, _: SeekFrom) -> HostResult<u64> {
        Err(Errno::ESPIPE)
    }
    fn window_size(&mut self) -> Option<WinSize> {
        self.terminal.then_some(WinSize { rows: 24, cols: 80 })
    }
    fn termios(&mut self, _: Stream) -> HostResult<Termios> {
        if self.terminal { Ok(self.settings) } else { Err(Errno::ENOTTY) }
    }
    fn set_termios(&mut self, _: Stream, to: &Termios) -> HostResult<()> {
        if !self.terminal {
            return Err(Errno::ENOTTY);
        }
        self.settings = *to;
        Ok(())
    }
    fn stat(&mut self, _: Place<'_>) -> HostResult<Stat> {
        Err(Errno::ENOENT)
    }
    fn read_link(&mut self, _: Place<'_>) -> HostResult<Vec<u8>> {
        Err(Errno::ENOENT)
    }
    fn list(&mut self, _: Place<'_>) -> HostResult<Vec<HostDirEntry>> {
        Err(Errno::ENOENT)
    }
    fn open(&mut self, _: Place<'_>, _: OpenHow) -> HostResult<HostFile> {
        Err(Errno::ENOENT)
    }
    fn close(&mut self, _: HostFile) {}
    fn read_at(&mut self, _: HostFile, _: u64, _: &mut [u8]) -> HostResult<usize> {
        Err(Errno::EBADF)
    }
    fn write_at(&mut self, _: HostFile, _: u64, _: &[u8]) -> HostResult<usize> {
        Err(Errno::EBADF)
    }
    fn file_stat(&mut self, _: HostFile) -> HostResult<Stat> {
        Err(Errno::EBADF)
    }
    fn set_len(&mut self, _: HostFile, _: u64) -> HostResult<()> {
        Err(Errno::EBADF)
    }
    fn sync(&mut self, _: HostFile) -> HostResult<()> {
        Err(Errno::EBADF)
    }
    fn make_dir(&mut self, _: Place<'_>, _: u32) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn remove(&mut self, _: Place<'_>, _: bool) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn rename(&mut self, _: Place<'_>, _: Place<'_>, _: u32) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn link(&mut self, _: Place<'_>, _: Place<'_>) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn make_symlink(&mut self, _: &[u8], _: Place<'_>) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn set_mode(&mut self, _: Place<'_>, _: u32) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
    fn set_times(&mut self, _: Place<'_>, _: Option<FileTime>, _: Option<FileTime>) -> HostResult<()> {
        Err(Errno::ENOENT)
    }
}
