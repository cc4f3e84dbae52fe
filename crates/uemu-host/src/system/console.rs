//! Console and clocks, and the trait that gathers it all.

use super::{SystemHost, errno};
use crate::*;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;
use rustix::fs::FileType;
use rustix::termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};

fn fd(stream: Stream) -> BorrowedFd<'static> {
    match stream {
        Stream::In => rustix::stdio::stdin(),
        Stream::Out => rustix::stdio::stdout(),
        Stream::Err => rustix::stdio::stderr(),
    }
}

/// Waits for input; `None` waits for ever.
fn wait_input(timeout_ns: Option<u64>) -> bool {
    let input = fd(Stream::In);
    let timeout = timeout_ns
        .map(|ns| rustix::time::Timespec { tv_sec: (ns / 1_000_000_000) as i64, tv_nsec: (ns % 1_000_000_000) as i64 });
    let mut fds = [PollFd::new(&input, PollFlags::IN)];
    match poll(&mut fds, timeout.as_ref()) {
        Ok(n) => n > 0,
        Err(rustix::io::Errno::INTR) => false,
        // What cannot be polled answers a read at once.
        Err(_) => true,
    }
}

fn from_termios(t: &rustix::termios::Termios) -> Termios {
    use rustix::termios::SpecialCodeIndex as C;
    let mut cc = [0; 19];
    let order = [
        C::VINTR,
        C::VQUIT,
        C::VERASE,
        C::VKILL,
        C::VEOF,
        C::VTIME,
        C::VMIN,
        C::VSWTC,
        C::VSTART,
        C::VSTOP,
        C::VSUSP,
        C::VEOL,
        C::VREPRINT,
        C::VDISCARD,
        C::VWERASE,
        C::VLNEXT,
        C::VEOL2,
    ];
    for (to, code) in cc.iter_mut().zip(order) {
        *to = t.special_codes[code];
    }
    Termios {
        iflag: t.input_modes.bits(),
        oflag: t.output_modes.bits(),
        cflag: t.control_modes.bits(),
        lflag: t.local_modes.bits(),
        line: 0,
        cc,
    }
}

fn apply_termios(t: &mut rustix::termios::Termios, to: &Termios) {
    use rustix::termios::{ControlModes, InputModes, LocalModes, OutputModes, SpecialCodeIndex as C};
    t.input_modes = InputModes::from_bits_retain(to.iflag);
    t.output_modes = OutputModes::from_bits_retain(to.oflag);
    t.control_modes = ControlModes::from_bits_retain(to.cflag);
    t.local_modes = LocalModes::from_bits_retain(to.lflag);
    let codes =
        [(0, C::VINTR), (1, C::VQUIT), (2, C::VERASE), (3, C::VKILL), (4, C::VEOF), (5, C::VTIME), (6, C::VMIN)];
    for (i, code) in codes {
        t.special_codes[code] = to.cc[i];
    }
}

impl Drop for SystemHost {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            // Nothing more can be done if the terminal is gone.
            let _ = tcsetattr(fd(Stream::In), OptionalActions::Now, saved);
        }
    }
}

impl Host for SystemHost {
    fn now(&mut self) -> HostTime {
        let ns = |id| {
            let t = rustix::time::clock_gettime(id);
            u64::try_from(t.tv_sec).unwrap_or(0).saturating_mul(1_000_000_000) + u64::try_from(t.tv_nsec).unwrap_or(0)
        };
        HostTime {
            realtime_ns: ns(rustix::time::ClockId::Realtime),
            monotonic_ns: ns(rustix::time::ClockId::Monotonic),
        }
    }

    fn entropy(&mut self, buf: &mut [u8]) {
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
                Ok(n) => done += n,
                Err(rustix::io::Errno::INTR) => {}
                // A host without entropy: zeros, which the caller may see; never a panic.
                Err(_) => return,
            }
        }
    }

    fn console_kind(&mut self, stream: Stream) -> ConsoleKind {
        let fd = fd(stream);
        if rustix::termios::isatty(fd) {
            return ConsoleKind::Terminal;
        }
        match rustix::fs::fstat(fd).map(|s| FileType::from_raw_mode(s.st_mode)) {
            Ok(FileType::RegularFile) => ConsoleKind::File,
            Ok(FileType::CharacterDevice | FileType::BlockDevice) => ConsoleKind::Null,
            Ok(_) => ConsoleKind::Pipe,
            Err(_) => ConsoleKind::Closed,
        }
    }

    fn console_read(&mut self, buf: &mut [u8]) -> HostResult<usize> {
        let input = fd(Stream::In);
        let terminal = rustix::termios::isatty(input);
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            match rustix::io::read(input, rest) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::AGAIN) => {
                    wait_input(None);
                    continue;
                }
                Err(_) if done > 0 => break,
                Err(e) => return Err(errno(e)),
            }
            if terminal {
                break;
            }
        }
        Ok(done)
    }

    fn console_readable(&mut self) -> bool {
        !rustix::termios::isatty(fd(Stream::In)) || wait_input(Some(0))
    }

    fn console_wait(&mut self, timeout_ns: Option<u64>) -> bool {
        !rustix::termios::isatty(fd(Stream::In)) || wait_input(timeout_ns)
    }

    fn console_write(&mut self, stream: Stream, bytes: &[u8]) -> HostResult<usize> {
        let out = fd(stream);
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|r| !r.is_empty()) {
            match rustix::io::write(out, rest) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => {
                    let mut fds = [PollFd::new(&out, PollFlags::OUT)];
                    // An error of poll shows up at the next write.
                    let _ = poll(&mut fds, None);
                }
                Err(_) if done > 0 => break,
                Err(e) => return Err(errno(e)),
            }
        }
        Ok(done)
    }

    fn console_seek(&mut self, stream: Stream, to: SeekFrom) -> HostResult<u64> {
        if self.console_kind(stream) != ConsoleKind::File {
            return Err(Errno::ESPIPE);
        }
        let to = match to {
            SeekFrom::Start(n) => rustix::fs::SeekFrom::Start(n),
            SeekFrom::Current(n) => rustix::fs::SeekFrom::Current(n),
            SeekFrom::End(n) => rustix::fs::SeekFrom::End(n),
        };
        rustix::fs::seek(fd(stream), to).map_err(errno)
    }

    fn window_size(&mut self) -> Option<WinSize> {
        [Stream::Out, Stream::In, Stream::Err]
            .into_iter()
            .find_map(|s| tcgetwinsize(fd(s)).ok())
            .map(|w| WinSize { rows: w.ws_row, cols: w.ws_col })
    }

    fn termios(&mut self, stream: Stream) -> HostResult<Termios> {
        tcgetattr(fd(stream)).map(|t| from_termios(&t)).map_err(errno)
    }

    fn set_termios(&mut self, stream: Stream, to: &Termios) -> HostResult<()> {
        let mut t = tcgetattr(fd(stream)).map_err(errno)?;
        if self.saved.is_none() {
            self.saved = tcgetattr(fd(Stream::In)).ok();
        }
        apply_termios(&mut t, to);
        tcsetattr(fd(stream), OptionalActions::Now, &t).map_err(errno)
    }

    fn stat(&mut self, at: Place<'_>) -> HostResult<Stat> {
        self.stat_at(at)
    }
    fn read_link(&mut self, at: Place<'_>) -> HostResult<Vec<u8>> {
        self.read_link_at(at)
    }
    fn list(&mut self, at: Place<'_>) -> HostResult<Vec<HostDirEntry>> {
        self.list_at(at)
    }
    fn open(&mut self, at: Place<'_>, how: OpenHow) -> HostResult<HostFile> {
        self.open_at(at, how)
    }
    fn close(&mut self, file: HostFile) {
        self.close_file(file);
    }
    fn read_at(&mut self, file: HostFile, offset: u64, buf: &mut [u8]) -> HostResult<usize> {
        self.read_file(file, offset, buf)
    }
    fn write_at(&mut self, file: HostFile, offset: u64, bytes: &[u8]) -> HostResult<usize> {
        self.write_file(file, offset, bytes)
    }
    fn file_stat(&mut self, file: HostFile) -> HostResult<Stat> {
        self.file_status(file)
    }
    fn set_len(&mut self, file: HostFile, len: u64) -> HostResult<()> {
        self.truncate_file(file, len)
    }
    fn sync(&mut self, file: HostFile) -> HostResult<()> {
        self.sync_file(file)
    }
    fn make_dir(&mut self, at: Place<'_>, mode: u32) -> HostResult<()> {
        self.mkdir_at(at, mode)
    }
    fn remove(&mut self, at: Place<'_>, dir: bool) -> HostResult<()> {
        self.remove_at(at, dir)
    }
    fn rename(&mut self, from: Place<'_>, to: Place<'_>, flags: u32) -> HostResult<()> {
        self.rename_at(from, to, flags)
    }
    fn link(&mut self, from: Place<'_>, to: Place<'_>) -> HostResult<()> {
        self.link_at(from, to)
    }
    fn make_symlink(&mut self, target: &[u8], at: Place<'_>) -> HostResult<()> {
        self.symlink_at(target, at)
    }
    fn set_mode(&mut self, at: Place<'_>, mode: u32) -> HostResult<()> {
        self.chmod_at(at, mode)
    }
    fn set_times(&mut self, at: Place<'_>, atime: Option<FileTime>, mtime: Option<FileTime>) -> HostResult<()> {
        self.utimens_at(at, atime, mtime)
    }
}
