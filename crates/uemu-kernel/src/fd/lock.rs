//! Advisory locks: flock(2), and the record locks of fcntl(2).

use super::FileId;
use crate::process::Pid;
use std::collections::BTreeMap;

/// Locks in the machine (ENOLCK).
const MAX: usize = 65536;

/// Who holds a lock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// A process (F_SETLK).
    Process(Pid),
    /// An open file description (flock, F_OFD_SETLK).
    File(FileId),
}

/// One lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lock {
    /// Who.
    pub owner: Owner,
    /// Whether it excludes all others.
    pub exclusive: bool,
    /// First byte.
    pub start: u64,
    /// Last byte.
    pub last: u64,
}

/// What is locked: device, inode, and whether by flock(2), which the record locks do not see.
pub type Target = (u64, u64, bool);

/// All locks.
#[derive(Clone, Debug, Default)]
pub struct Locks {
    by_file: BTreeMap<Target, Vec<Lock>>,
}

impl Locks {
    /// A lock of someone else that excludes `want`.
    pub fn conflict(&self, target: Target, want: &Lock) -> Option<Lock> {
        let locks = self.by_file.get(&target)?;
        locks
            .iter()
            .find(|l| {
                l.owner != want.owner && l.start <= want.last && want.start <= l.last && (l.exclusive || want.exclusive)
            })
            .copied()
    }

    /// Unlocks a range of the owner's, splitting what lies across its ends.
    pub fn unlock(&mut self, target: Target, owner: Owner, start: u64, last: u64) {
        let Some(locks) = self.by_file.get_mut(&target) else { return };
        let mut kept = Vec::with_capacity(locks.len() + 1);
        for l in locks.drain(..) {
            if l.owner != owner || l.last < start || last < l.start {
                kept.push(l);
                continue;
            }
            if l.start < start {
                kept.push(Lock { last: start - 1, ..l });
            }
            if l.last > last {
                kept.push(Lock { start: last + 1, ..l });
            }
        }
        *locks = kept;
        if locks.is_empty() {
            self.by_file.remove(&target);
        }
    }

    /// Locks, after [`Locks::conflict`] found nothing: replaces what the owner had there. `false`: ENOLCK.
    #[must_use]
    pub fn lock(&mut self, target: Target, want: Lock) -> bool {
        self.unlock(target, want.owner, want.start, want.last);
        if self.by_file.values().map(Vec::len).sum::<usize>() >= MAX {
            return false;
        }
        self.by_file.entry(target).or_default().push(want);
        true
    }

    fn drop_where(&mut self, gone: impl Fn(&Target, &Lock) -> bool) {
        self.by_file.retain(|target, locks| {
            locks.retain(|l| !gone(target, l));
            !locks.is_empty()
        });
    }

    /// A description is closed for good.
    pub fn drop_description(&mut self, file: FileId) {
        self.drop_where(|_, l| l.owner == Owner::File(file));
    }

    /// A process closes a descriptor of the file: all its record locks on it are gone (POSIX).
    pub fn drop_process_file(&mut self, dev: u64, ino: u64, pid: Pid) {
        self.drop_where(|t, l| (t.0, t.1) == (dev, ino) && l.owner == Owner::Process(pid));
    }

    /// A process ends.
    pub fn drop_process(&mut self, pid: Pid) {
        self.drop_where(|_, l| l.owner == Owner::Process(pid));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_file.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_split_and_conflict() {
        let mut l = Locks::default();
        let (a, b) = (Owner::Process(Pid(1)), Owner::Process(Pid(2)));
        let t = (1, 1, false);
        let lock = |owner, start, last| Lock { owner, exclusive: true, start, last };
        assert!(l.lock(t, lock(a, 0, u64::MAX)));
        l.unlock(t, a, 10, 19);
        assert_eq!(l.conflict(t, &lock(b, 10, 19)), None);
        assert!(l.conflict(t, &lock(b, 9, 10)).is_some());
        assert!(l.conflict(t, &lock(b, 20, 20)).is_some());
        assert_eq!(l.conflict(t, &lock(a, 0, 5)), None, "one's own locks do not conflict");
        l.drop_process(Pid(1));
        assert!(l.is_empty());
    }
}
