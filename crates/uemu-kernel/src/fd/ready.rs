//! What files are ready for.

use super::epoll::{Interest, MAX_NESTING};
use super::{FileId, FileKind, Files};
use uemu_abi::fcntl::OpenFlags;
use uemu_abi::poll::{EPOLLET, Ready};
use uemu_host::{Host, Stream};
use uemu_vfs::{Device, Opened};

impl Files {
    /// What a file is ready for now.
    pub fn ready(&self, file: FileId, host: &mut dyn Host) -> Ready {
        self.ready_within(file, host, MAX_NESTING)
    }

    fn ready_within(&self, file: FileId, host: &mut dyn Host, depth: usize) -> Ready {
        let Some(f) = self.open.get(file) else { return Ready::NVAL };
        match &f.kind {
            FileKind::Console(stream) => console(*stream, f.flags, host),
            FileKind::Tree(t) => match t.opened {
                Opened::Device(Device::Tty) => console(Stream::In, f.flags, host),
                Opened::Path => Ready::NVAL,
                _ => Ready::READ | Ready::WRITE,
            },
            FileKind::PipeReader(p) => self.pipes.get(*p).map_or(Ready::HUP, |p| p.read_ready()),
            FileKind::PipeWriter(p) => self.pipes.get(*p).map_or(Ready::ERR, |p| p.write_ready()),
            FileKind::PipeBoth(p) => self.pipes.get(*p).map_or(Ready::ERR, |p| p.read_ready() | p.write_ready()),
            FileKind::Event(e) => {
                let mut r = Ready::empty();
                r.set(Ready::IN, e.count > 0);
                r.set(Ready::OUT, e.count < u64::MAX - 1);
                r
            }
            FileKind::Socket(s) => {
                let Some(s) = self.sockets.get(*s) else { return Ready::HUP };
                let mut r = s.read_ready();
                let room = match s.peer.and_then(|p| self.sockets.get(p)) {
                    // Writable when half the queue is free.
                    Some(peer) => peer.queued <= super::socket::CAPACITY / 2,
                    None => true,
                };
                if room || s.no_write || s.peer_deaf {
                    r |= Ready::WRITE;
                }
                r
            }
            FileKind::Epoll(e) => {
                if depth == 0 {
                    return Ready::empty();
                }
                let any = e.interests.iter().any(|(&(_, f), i)| !self.fires(f, i, host, depth - 1).is_empty());
                if any { Ready::READ } else { Ready::empty() }
            }
        }
    }

    /// What an epoll entry has to report.
    pub(crate) fn fires(&self, file: FileId, i: &Interest, host: &mut dyn Host, depth: usize) -> Ready {
        if i.disarmed || self.open.get(file).is_none() {
            return Ready::empty();
        }
        if i.events & EPOLLET != 0 && i.seen == Some(self.edge(file, host)) {
            return Ready::empty();
        }
        self.ready_within(file, host, depth) & (Ready::from_bits_truncate(i.events) | Ready::ALWAYS)
    }

    /// Changes whenever something happens to the file that an edge-triggered watcher would be told of.
    pub(crate) fn edge(&self, file: FileId, host: &mut dyn Host) -> u64 {
        let Some(f) = self.open.get(file) else { return 0 };
        match &f.kind {
            FileKind::PipeReader(p) | FileKind::PipeWriter(p) | FileKind::PipeBoth(p) => {
                self.pipes.get(*p).map_or(0, |p| p.edge)
            }
            FileKind::Event(e) => e.edge,
            FileKind::Socket(s) => {
                let Some(s) = self.sockets.get(*s) else { return 0 };
                // Room at the peer is an edge here.
                s.edge + s.peer.and_then(|p| self.sockets.get(p)).map_or(0, |p| p.edge)
            }
            FileKind::Console(_) => u64::from(self.ready(file, host).bits()),
            FileKind::Tree(_) | FileKind::Epoll(_) => u64::from(self.ready(file, host).bits()),
        }
    }

    /// Whether only the host can make the file ready (a console): what a machine with nothing else to do waits for.
    pub fn waits_for_host(&self, file: FileId) -> bool {
        self.waits_within(file, MAX_NESTING)
    }

    fn waits_within(&self, file: FileId, depth: usize) -> bool {
        match self.open.get(file).map(|f| &f.kind) {
            Some(FileKind::Console(_)) => true,
            Some(FileKind::Tree(t)) => matches!(t.opened, Opened::Device(Device::Tty)),
            Some(FileKind::Epoll(e)) if depth > 0 => e.interests.iter().any(|(&(_, f), i)| {
                !i.disarmed
                    && Ready::from_bits_truncate(i.events).intersects(Ready::READ)
                    && self.waits_within(f, depth - 1)
            }),
            _ => false,
        }
    }
}

fn console(stream: Stream, flags: OpenFlags, host: &mut dyn Host) -> Ready {
    let mut r = Ready::empty();
    if (stream == Stream::In || flags.reads()) && host.console_readable() {
        r |= Ready::READ;
    }
    if flags.writes() {
        r |= Ready::WRITE;
    }
    r
}
