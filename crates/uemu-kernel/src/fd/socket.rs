//! unix(7): connected pairs, and named sockets within the machine.

use super::FileId;
use crate::arena::Id;
use std::collections::VecDeque;
use uemu_abi::poll::Ready;

/// Bytes a socket's queue holds.
pub const CAPACITY: usize = 212_992;

/// SOCK_STREAM and its kin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SocketType {
    /// Bytes.
    Stream,
    /// Messages.
    Datagram,
    /// Messages, connected.
    SeqPacket,
}

/// What was sent in one call.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Bytes; of a stream, what is not read yet.
    pub bytes: VecDeque<u8>,
    /// Descriptors sent along (SCM_RIGHTS), each counted as a user of its file.
    pub files: Vec<FileId>,
}

/// A socket.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Type.
    pub kind: SocketType,
    /// What arrived.
    pub inbox: VecDeque<Message>,
    /// Bytes of it.
    pub queued: usize,
    /// The other end, while it is open.
    pub peer: Option<Id<Socket>>,
    /// It had a peer once.
    pub connected: bool,
    /// SHUT_RD.
    pub no_read: bool,
    /// SHUT_WR.
    pub no_write: bool,
    /// The peer will send no more.
    pub peer_done: bool,
    /// The peer reads no more.
    pub peer_deaf: bool,
    /// Events so far, for edge-triggered epoll.
    pub edge: u64,
}

impl Socket {
    /// An unconnected socket.
    pub fn new(kind: SocketType) -> Socket {
        Socket {
            kind,
            inbox: VecDeque::new(),
            queued: 0,
            peer: None,
            connected: false,
            no_read: false,
            no_write: false,
            peer_done: false,
            peer_deaf: false,
            edge: 0,
        }
    }

    /// Whether boundaries between messages count.
    pub fn keeps_messages(&self) -> bool {
        self.kind != SocketType::Stream
    }

    /// Room for a message of `len` bytes: how many of them can be taken now.
    pub fn room_for(&self, len: usize) -> usize {
        let room = CAPACITY.saturating_sub(self.queued);
        if self.keeps_messages() && room < len { 0 } else { room.min(len) }
    }

    /// A message arrives.
    pub fn arrive(&mut self, bytes: &[u8], files: Vec<FileId>) {
        self.edge += 1;
        // Each message costs something even if empty, so that empty ones cannot pile up.
        self.queued += bytes.len() + usize::from(self.keeps_messages());
        if !self.keeps_messages()
            && files.is_empty()
            && let Some(last) = self.inbox.back_mut().filter(|m| m.files.is_empty())
        {
            last.bytes.extend(bytes);
            return;
        }
        self.inbox.push_back(Message { bytes: bytes.iter().copied().collect(), files });
    }

    /// Takes up to `count` bytes (of one message, whose rest is lost, or of the stream), or copies them if `peek`.
    /// Gives bytes, whether some were cut off, and the descriptors sent along.
    pub fn take(&mut self, count: usize, peek: bool) -> (Vec<u8>, bool, Vec<FileId>) {
        let keeps = self.keeps_messages();
        let mut out = Vec::new();
        let mut files = Vec::new();
        if peek {
            for m in &self.inbox {
                out.extend(m.bytes.iter().take(count - out.len()));
                if keeps {
                    return (out, m.bytes.len() > count, files);
                }
            }
            return (out, false, files);
        }
        self.edge += 1;
        while let Some(m) = self.inbox.front_mut() {
            // Descriptors belong to the bytes they came with: a read does not run past them.
            if !m.files.is_empty() && !out.is_empty() {
                break;
            }
            files.append(&mut m.files);
            let had = m.bytes.len();
            let n = had.min(count - out.len());
            out.extend(m.bytes.drain(..n));
            self.queued = self.queued.saturating_sub(if keeps { had + 1 } else { n });
            if keeps {
                self.inbox.pop_front();
                return (out, had > n, files);
            }
            if !m.bytes.is_empty() {
                break;
            }
            self.inbox.pop_front();
            if out.len() == count || !files.is_empty() {
                break;
            }
        }
        (out, false, files)
    }

    /// What is ready for reading; writing depends on the peer's room.
    pub fn read_ready(&self) -> Ready {
        let mut r = Ready::empty();
        let ended = self.peer_done || self.no_read;
        if !self.inbox.is_empty() || ended {
            r |= Ready::READ;
        }
        if ended {
            r |= Ready::RDHUP;
        }
        if (self.peer_done && self.no_write) || (self.connected && self.peer.is_none()) {
            r |= Ready::HUP;
        }
        if self.kind != SocketType::Datagram && !self.connected {
            r |= Ready::HUP;
        }
        r
    }
}
