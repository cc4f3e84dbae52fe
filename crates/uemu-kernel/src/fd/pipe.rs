//! pipe(7).

use crate::task::Tid;
use std::collections::VecDeque;
use uemu_abi::Errno;
use uemu_abi::poll::Ready;

/// Bytes that a write moves in one piece or not at all.
pub const PIPE_BUF: usize = 4096;
/// Room of a new pipe.
pub const DEFAULT_CAPACITY: usize = 65536;
/// Most room F_SETPIPE_SZ gives.
pub const MAX_CAPACITY: usize = 1 << 20;

/// A pipe, or the pipe behind a FIFO.
#[derive(Clone, Debug)]
pub struct Pipe {
    data: VecDeque<u8>,
    capacity: usize,
    /// Open reading ends.
    pub readers: u32,
    /// Open writing ends.
    pub writers: u32,
    /// Events so far, for edge-triggered epoll.
    pub edge: u64,
    /// Opens for reading so far (FIFOs).
    pub readers_ever: u32,
    /// Opens for writing so far (FIFOs).
    pub writers_ever: u32,
    /// Tasks whose open waits for the other end (FIFOs).
    pub waiting: Vec<Tid>,
}

impl Default for Pipe {
    fn default() -> Pipe {
        Pipe {
            data: VecDeque::new(),
            capacity: DEFAULT_CAPACITY,
            readers: 0,
            writers: 0,
            edge: 0,
            readers_ever: 0,
            writers_ever: 0,
            waiting: Vec::new(),
        }
    }
}

impl Pipe {
    /// Bytes in it.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Its room.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// F_SETPIPE_SZ: rounds up to a power of two of pages. EBUSY if more is in it, EPERM above the maximum.
    pub fn set_capacity(&mut self, to: usize) -> Result<usize, Errno> {
        let to = to.max(4096).checked_next_power_of_two().ok_or(Errno::EINVAL)?;
        if to > MAX_CAPACITY {
            return Err(Errno::EPERM);
        }
        if to < self.data.len() {
            return Err(Errno::EBUSY);
        }
        self.capacity = to;
        Ok(to)
    }

    /// Takes up to `count` bytes.
    pub fn take(&mut self, count: usize) -> Vec<u8> {
        let n = count.min(self.data.len());
        if n > 0 {
            self.edge += 1;
        }
        self.data.drain(..n).collect()
    }

    /// How many of `count` bytes a write moves now; all or nothing if `whole`.
    pub fn room_for(&self, count: usize, whole: bool) -> usize {
        let room = self.capacity - self.data.len();
        if whole && room < count { 0 } else { room.min(count) }
    }

    /// Puts bytes in; the caller asked [`Pipe::room_for`].
    pub fn put(&mut self, bytes: &[u8]) {
        self.data.extend(bytes);
        self.edge += 1;
    }

    /// poll(2) on the reading end.
    pub fn read_ready(&self) -> Ready {
        let mut r = Ready::empty();
        if !self.data.is_empty() {
            r |= Ready::READ;
        }
        if self.writers == 0 {
            r |= Ready::HUP;
        }
        r
    }

    /// poll(2) on the writing end: ready when PIPE_BUF bytes fit.
    pub fn write_ready(&self) -> Ready {
        let mut r = Ready::empty();
        if self.capacity - self.data.len() >= PIPE_BUF {
            r |= Ready::WRITE;
        }
        if self.readers == 0 {
            r |= Ready::ERR;
        }
        r
    }
}
