//! Time: a function of retired instructions, unless the host's clock was asked for.

use uemu_host::Host;

/// Nanoseconds.
pub type Nanos = u64;

/// CLOCK_MONOTONIC at the machine's start: some programs take zero for "not set".
const BOOT: Nanos = 1_000_000_000;

/// Where time comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClockMode {
    /// A nanosecond for each retired instruction; when all tasks wait it jumps to the next deadline.
    #[default]
    Virtual,
    /// The host's clocks.
    Host,
}

/// The machine's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    mode: ClockMode,
    /// CLOCK_REALTIME at the start, ns.
    epoch: Nanos,
    /// Instructions retired by all tasks.
    retired: u64,
    /// Time jumped over while all tasks waited.
    skipped: Nanos,
    /// Last readings of the host's clocks: monotonic, real time.
    host: (Nanos, Nanos),
}

impl Clock {
    /// A clock at the machine's start.
    pub fn new(mode: ClockMode, epoch: Nanos) -> Clock {
        Clock { mode, epoch, retired: 0, skipped: 0, host: (0, 0) }
    }

    /// Where time comes from.
    pub fn mode(&self) -> ClockMode {
        self.mode
    }

    /// CLOCK_MONOTONIC.
    pub fn monotonic(&self) -> Nanos {
        match self.mode {
            ClockMode::Virtual => BOOT.saturating_add(self.retired).saturating_add(self.skipped),
            ClockMode::Host => self.host.0,
        }
    }

    /// CLOCK_REALTIME.
    pub fn realtime(&self) -> Nanos {
        match self.mode {
            ClockMode::Virtual => self.epoch.saturating_add(self.retired).saturating_add(self.skipped),
            ClockMode::Host => self.host.1,
        }
    }

    /// Instructions retired by all tasks.
    pub fn retired(&self) -> u64 {
        self.retired
    }

    /// Instructions retired.
    pub(crate) fn advance(&mut self, retired: u64) {
        self.retired = self.retired.saturating_add(retired);
    }

    /// All tasks wait: jumps to `deadline`.
    pub(crate) fn skip_to(&mut self, deadline: Nanos) {
        let now = self.monotonic();
        self.skipped = self.skipped.saturating_add(deadline.saturating_sub(now));
    }

    /// Reads the host's clocks, if they are ours.
    pub(crate) fn sync(&mut self, host: &mut dyn Host) {
        if self.mode == ClockMode::Host {
            let t = host.now();
            self.host = (t.monotonic_ns.max(self.host.0), t.realtime_ns);
        }
    }

    /// The time-stamp counter: 1 GHz.
    pub fn tsc(&self) -> u64 {
        self.monotonic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_moves_both_clocks() {
        let mut c = Clock::new(ClockMode::Virtual, 5_000_000_000);
        c.advance(10);
        let (m, r) = (c.monotonic(), c.realtime());
        c.skip_to(m + 100);
        assert_eq!((c.monotonic() - m, c.realtime() - r), (100, 100));
        c.skip_to(m);
        assert_eq!(c.monotonic() - m, 100, "never back");
    }
}
