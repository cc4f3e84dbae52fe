//! ioctl(2): terminals and descriptors.

use super::args::{ArgRegs, Fd, Phase, Show, SyscallArg, choice, show_termios};
use super::fsargs::IoctlRequest;
use crate::context::TaskCtx;
use crate::fd::{FileId, FileKind, pipe_of};
use crate::process::Pid;
use crate::stop::SysResult;
use std::fmt::Write;
use uemu_abi::Errno;
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::ioctl::*;
use uemu_host::{ConsoleKind, Stream};
use uemu_mem::GuestAddr;
use uemu_vfs::{Device, Opened};

/// The last argument of ioctl(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IoctlArg(pub u64);

impl SyscallArg for IoctlArg {
    const PHASE: Phase = Phase::ExitOptional;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        IoctlArg(regs.pull_one())
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        let mut b = [0; 36];
        let got = cx.view.mem.peek(GuestAddr(self.0), &mut b);
        let request = cx.call.args[1] as u32;
        let _ = match request {
            FIOCLEX | FIONCLEX => Ok(()),
            TCGETS if cx.failed() => write!(out, "{:#x}", self.0),
            TCGETS | TCSETS | TCSETSW | TCSETSF if got == b.len() => {
                show_termios(cx, &b, out);
                Ok(())
            }
            TCFLSH => {
                choice(self.0, &[(0, "TCIFLUSH"), (1, "TCOFLUSH"), (2, "TCIOFLUSH")], "TC???", out);
                Ok(())
            }
            TIOCGWINSZ if !cx.failed() && got >= 8 => {
                let h = |i: usize| u16::from_le_bytes([b[i], b[i + 1]]);
                write!(out, "{{ws_row={}, ws_col={}, ws_xpixel={}, ws_ypixel={}}}", h(0), h(2), h(4), h(6))
            }
            FIONREAD | TIOCGPGRP | TIOCGSID if !cx.failed() && got >= 4 => {
                write!(out, "[{}]", i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            }
            TIOCSPGRP | FIONBIO if got >= 4 => write!(out, "[{}]", i32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            _ if self.0 == 0 => write!(out, "0"),
            _ => write!(out, "{:#x}", self.0),
        };
    }
}

/// The stream behind a file, if it is the console.
fn console(kind: &FileKind) -> Option<Stream> {
    match kind {
        FileKind::Console(s) => Some(*s),
        FileKind::Tree(f) if matches!(f.opened, Opened::Device(Device::Tty)) => Some(Stream::In),
        _ => None,
    }
}

/// ioctl(2)
pub fn ioctl(t: &mut TaskCtx<'_>, fd: Fd, op: IoctlRequest, arg: IoctlArg) -> SysResult<u64> {
    let file = t.file(fd.0)?;
    let open = t.k.files.file(file)?;
    if open.flags.contains(OpenFlags::PATH) {
        return Err(Errno::EBADF.into());
    }
    let at = GuestAddr(arg.0);
    match op.0 {
        FIOCLEX | FIONCLEX => {
            let table = t.fd_table();
            t.k.files.table_mut(table)?.get_mut(fd.0)?.cloexec = op.0 == FIOCLEX;
            return Ok(0);
        }
        FIONBIO => {
            let on = t.mem.read_u32(at)? != 0;
            t.k.files.file_mut(file)?.flags.set(OpenFlags::NONBLOCK, on);
            return Ok(0);
        }
        FIOASYNC => {
            let on = t.mem.read_u32(at)? != 0;
            t.k.files.file_mut(file)?.flags.set(OpenFlags::ASYNC, on);
            return Ok(0);
        }
        FIONREAD => {
            let n = readable(t, file)?;
            t.mem.write_u32(at, n)?;
            return Ok(0);
        }
        _ => {}
    }
    let Some(stream) = console(&open.kind) else { return Err(Errno::ENOTTY.into()) };
    if t.host.console_kind(stream) != ConsoleKind::Terminal {
        return Err(Errno::ENOTTY.into());
    }
    match op.0 {
        TCGETS => {
            let s = t.host.termios(stream)?;
            t.mem.write(at, &s.to_bytes())?;
        }
        TCSETS | TCSETSW | TCSETSF => {
            let mut b = [0; 36];
            t.mem.read(at, &mut b)?;
            t.host.set_termios(stream, &Termios::from_bytes(&b))?;
        }
        TIOCGWINSZ => {
            let w = t.host.window_size().ok_or(Errno::ENOTTY)?;
            let mut b = [0; 8];
            b[..2].copy_from_slice(&w.rows.to_le_bytes());
            b[2..4].copy_from_slice(&w.cols.to_le_bytes());
            t.mem.write(at, &b)?;
        }
        TIOCGPGRP => {
            // The first process's group until someone sets another.
            let group = t.k.files.foreground.unwrap_or(Pid::FIRST).0;
            t.mem.write_u32(at, group)?;
        }
        TIOCSPGRP => {
            let group = t.mem.read_u32(at)?;
            if !t.k.processes.values().any(|p| p.pgid.0 == group) {
                return Err(Errno::EPERM.into());
            }
            t.k.files.foreground = Some(Pid(group));
        }
        TIOCGSID => {
            let sid = t.process().sid.0;
            t.mem.write_u32(at, sid)?;
        }
        TIOCSCTTY | TIOCNOTTY | TCSBRK | TCFLSH | TIOCSWINSZ => {}
        _ => return Err(Errno::ENOTTY.into()),
    }
    Ok(0)
}

/// FIONREAD: bytes that can be read now.
fn readable(t: &mut TaskCtx<'_>, file: FileId) -> SysResult<u32> {
    let open = t.k.files.file(file)?;
    if let Some(p) = pipe_of(&open.kind) {
        return Ok(t.k.files.pipes.get(p).map_or(0, |p| u32::try_from(p.len()).unwrap_or(u32::MAX)));
    }
    match &open.kind {
        FileKind::Socket(s) => {
            let n = t.k.files.sockets.get(*s).map_or(0, |s| {
                if s.keeps_messages() { s.inbox.front().map_or(0, |m| m.bytes.len()) } else { s.queued }
            });
            Ok(u32::try_from(n).unwrap_or(u32::MAX))
        }
        FileKind::Tree(f) if matches!(f.opened, Opened::Mem(_) | Opened::Host(_)) => {
            let (f, at) = (f.clone(), open.offset);
            let size = t.with_open(|vfs, cx| vfs.file_stat(cx, &f))?.size;
            Ok(u32::try_from(size.saturating_sub(at)).unwrap_or(u32::MAX))
        }
        _ => Err(Errno::ENOTTY.into()),
    }
}
