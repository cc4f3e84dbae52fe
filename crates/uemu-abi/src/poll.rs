//! Readiness: poll(2), epoll(7).

bitflags::bitflags! {
    /// What a file is ready for: poll(2)'s bits, which epoll shares.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
    pub struct Ready: u32 {
        /// Data to read.
        const IN = 0x1;
        /// Urgent data.
        const PRI = 0x2;
        /// Room to write.
        const OUT = 0x4;
        /// An error is pending (for a pipe: no reader left).
        const ERR = 0x8;
        /// The other end is closed.
        const HUP = 0x10;
        /// Not an open descriptor.
        const NVAL = 0x20;
        /// Same as IN.
        const RDNORM = 0x40;
        /// Priority band data.
        const RDBAND = 0x80;
        /// Same as OUT.
        const WRNORM = 0x100;
        /// Priority data may be written.
        const WRBAND = 0x200;
        /// The peer shut down its writing half.
        const RDHUP = 0x2000;
    }
}

impl Ready {
    /// Readable, under both names.
    pub const READ: Ready = Ready::IN.union(Ready::RDNORM);
    /// Writable, under both names.
    pub const WRITE: Ready = Ready::OUT.union(Ready::WRNORM);
    /// What poll(2) reports though not asked.
    pub const ALWAYS: Ready = Ready::ERR.union(Ready::HUP);
}

/// EPOLLET: report changes, not levels.
pub const EPOLLET: u32 = 1 << 31;
/// EPOLLONESHOT: disarm after a report.
pub const EPOLLONESHOT: u32 = 1 << 30;
/// EPOLLEXCLUSIVE: wake one waiter.
pub const EPOLLEXCLUSIVE: u32 = 1 << 28;
/// epoll_ctl(2): add.
pub const EPOLL_CTL_ADD: u32 = 1;
/// epoll_ctl(2): remove.
pub const EPOLL_CTL_DEL: u32 = 2;
/// epoll_ctl(2): change.
pub const EPOLL_CTL_MOD: u32 = 3;
