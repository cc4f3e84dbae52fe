//! Time: clock_gettime(2), setitimer(2), getrusage(2).

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

crate::plain_struct! {
    /// `struct timespec`.
    pub struct Timespec(16) {
        /// Seconds.
        sec: i64 = 0,
        /// Nanoseconds, 0..1e9 when valid.
        nsec: i64 = 8,
    }
    /// `struct timeval`.
    pub struct Timeval(16) {
        /// Seconds.
        sec: i64 = 0,
        /// Microseconds, 0..1e6 when valid.
        usec: i64 = 8,
    }
    /// `struct itimerval`.
    pub struct Itimerval(32) {
        /// Period; zero: once.
        interval: Timeval = 0,
        /// Until the next expiry; zero: disarmed.
        value: Timeval = 16,
    }
    /// `struct timezone`.
    pub struct Timezone(8) {
        /// Minutes west of Greenwich.
        minutes_west: i32 = 0,
        /// Kind of daylight saving.
        dst: i32 = 4,
    }
    /// `struct tms` of times(2), in clock ticks.
    pub struct Tms(32) {
        /// User time.
        utime: i64 = 0,
        /// System time.
        stime: i64 = 8,
        /// User time of waited-for children.
        cutime: i64 = 16,
        /// System time of waited-for children.
        cstime: i64 = 24,
    }
}

impl Timespec {
    /// Whole nanoseconds; `None` when a field is out of range. Saturates.
    pub fn nanos(self) -> Option<u64> {
        let nsec = u64::try_from(self.nsec).ok().filter(|&n| n < SECOND)?;
        let sec = u64::try_from(self.sec).ok()?;
        Some(sec.saturating_mul(SECOND).saturating_add(nsec))
    }
    /// From nanoseconds.
    pub fn from_nanos(ns: u64) -> Timespec {
        Timespec { sec: (ns / SECOND) as i64, nsec: (ns % SECOND) as i64 }
    }
}

impl Timeval {
    /// Whole nanoseconds; `None` when a field is out of range. Saturates.
    pub fn nanos(self) -> Option<u64> {
        let usec = u64::try_from(self.usec).ok().filter(|&n| n < 1_000_000)?;
        let sec = u64::try_from(self.sec).ok()?;
        Some(sec.saturating_mul(SECOND).saturating_add(usec * 1000))
    }
    /// From nanoseconds, cut to microseconds.
    pub fn from_nanos(ns: u64) -> Timeval {
        Timeval { sec: (ns / SECOND) as i64, usec: (ns % SECOND / 1000) as i64 }
    }
}
