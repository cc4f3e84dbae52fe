//! Signals that were sent and not yet delivered.

use uemu_abi::signal::{SigInfo, SigSet, Signal};

/// A queue of signals: one instance of each standard signal, all instances of real-time ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pending {
    /// In order of arrival.
    queue: Vec<SigInfo>,
    /// Which are in the queue, or would be were there room.
    set: SigSet,
}

impl Pending {
    /// Which signals are pending.
    pub fn set(&self) -> SigSet {
        self.set
    }

    /// How many instances are queued.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Queues a signal. `false` when the queue holds `limit` and cannot take it: a standard signal is pending all the
    /// same, without its information, as in Linux; a real-time one is lost (EAGAIN for its sender).
    pub fn push(&mut self, info: SigInfo, limit: usize) -> bool {
        if !info.signal.is_realtime() && self.set.has(info.signal) {
            return true;
        }
        if self.queue.len() >= limit {
            if !info.signal.is_realtime() {
                self.set = self.set.with(info.signal);
            }
            return false;
        }
        self.set = self.set.with(info.signal);
        self.queue.push(info);
        true
    }

    /// The next of `allowed`: synchronous ones first, then the lowest number, then the oldest.
    pub fn take(&mut self, allowed: SigSet) -> Option<SigInfo> {
        let ready = SigSet(self.set.0 & allowed.0);
        let urgent = SigSet(ready.0 & SigSet::SYNCHRONOUS.0);
        let signal = urgent.iter().next().or_else(|| ready.iter().next())?;
        let info = match self.queue.iter().position(|i| i.signal == signal) {
            Some(at) => self.queue.remove(at),
            None => SigInfo {
                signal,
                code: uemu_abi::signal::SI_USER,
                fields: uemu_abi::signal::SigFields::Kill { pid: 0, uid: 0 },
            },
        };
        if !self.queue.iter().any(|i| i.signal == signal) {
            self.set = self.set.minus(SigSet::of(signal));
        }
        Some(info)
    }

    /// Forgets all instances of these signals.
    pub fn discard(&mut self, signals: SigSet) {
        self.queue.retain(|i| !signals.has(i.signal));
        self.set = self.set.minus(signals);
    }

    /// Whether this signal is pending.
    pub fn has(&self, s: Signal) -> bool {
        self.set.has(s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uemu_abi::signal::{SI_QUEUE, SigFields};

    fn info(n: u64, value: u64) -> SigInfo {
        let fields = SigFields::Queue { pid: 1, uid: 0, value };
        SigInfo { signal: Signal::new(n).unwrap(), code: SI_QUEUE, fields }
    }

    #[test]
    fn standard_signals_merge_and_realtime_ones_queue() {
        let mut p = Pending::default();
        for i in [info(40, 1), info(10, 2), info(40, 3), info(10, 4), info(11, 5)] {
            assert!(p.push(i, 10));
        }
        let all = SigSet(u64::MAX);
        assert_eq!(p.take(all.minus(SigSet::of(Signal::SIGSEGV))), Some(info(10, 2)));
        assert_eq!(p.take(all), Some(info(11, 5)));
        assert_eq!(p.take(all), Some(info(40, 1)));
        assert_eq!(p.take(all), Some(info(40, 3)));
        assert!(p.is_empty());
    }

    #[test]
    fn a_full_queue_loses_no_standard_signal() {
        let mut p = Pending::default();
        assert!(p.push(info(40, 1), 1));
        assert!(!p.push(info(41, 1), 1));
        assert!(!p.push(info(10, 1), 1));
        assert_eq!(p.take(SigSet(u64::MAX)).map(|i| i.signal), Some(Signal::SIGUSR1));
        assert!(!p.has(Signal::new(41).unwrap()));
    }
}
