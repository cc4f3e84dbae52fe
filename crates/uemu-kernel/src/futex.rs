//! Futexes: who waits on which word of memory.

use crate::arena::Id;
use crate::kernel::Kernel;
use crate::process::Space;
use crate::task::Tid;
use std::collections::{BTreeMap, VecDeque};
use uemu_mem::{AddressSpace, GuestAddr, Kind, SharedObject};

/// Names a word of memory, the same for all who can reach it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Key {
    /// A word of private memory: space and address.
    Private(Id<Space>, u64),
    /// A word of shared memory: the object's identity and the offset in it.
    Shared(u64, u64),
}

/// One who waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Waiter {
    /// The task.
    pub(crate) tid: Tid,
    /// Which wakes concern it.
    pub(crate) bitset: u32,
}

#[derive(Clone, Debug)]
struct Queue {
    waiters: VecDeque<Waiter>,
    /// Keeps the object of a shared key, so that a snapshot can name its copy.
    object: Option<SharedObject>,
}

/// All queues. Those without waiters are dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Futexes {
    queues: BTreeMap<Key, Queue>,
}

/// A key and, for shared memory, its object.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The key.
    pub(crate) key: Key,
    object: Option<SharedObject>,
}

impl Place {
    /// The futex at `addr`, which need not be mapped. `private` is FUTEX_PRIVATE_FLAG.
    pub(crate) fn new(space: Id<Space>, mem: &AddressSpace, addr: GuestAddr, private: bool) -> Place {
        if !private
            && let Some(m) = mem.find(addr)
            && let Kind::Shared { object, offset, .. } = &m.kind
        {
            let at = offset.saturating_add(addr.0 - m.range.start.0);
            return Place { key: Key::Shared(object.id(), at), object: Some(object.clone()) };
        }
        Place { key: Key::Private(space, addr.0), object: None }
    }
}

impl Futexes {
    /// Queues a waiter.
    pub(crate) fn wait(&mut self, place: Place, waiter: Waiter) {
        let queue =
            self.queues.entry(place.key).or_insert_with(|| Queue { waiters: VecDeque::new(), object: place.object });
        queue.waiters.push_back(waiter);
    }

    /// Takes at most `max` waiters that `bitset` concerns, oldest first.
    pub(crate) fn take(&mut self, key: Key, max: usize, bitset: u32) -> Vec<Tid> {
        let Some(queue) = self.queues.get_mut(&key) else { return Vec::new() };
        let mut taken = Vec::new();
        queue.waiters.retain(|w| {
            let take = taken.len() < max && w.bitset & bitset != 0;
            if take {
                taken.push(w.tid);
            }
            !take
        });
        if queue.waiters.is_empty() {
            self.queues.remove(&key);
        }
        taken
    }

    /// Moves at most `max` waiters to another futex; how many.
    pub(crate) fn requeue(&mut self, from: Key, to: Place, max: usize) -> usize {
        if from == to.key {
            return self.queues.get(&from).map_or(0, |q| q.waiters.len().min(max));
        }
        let Some(queue) = self.queues.get_mut(&from) else { return 0 };
        let n = queue.waiters.len().min(max);
        let moved: Vec<Waiter> = queue.waiters.drain(..n).collect();
        if queue.waiters.is_empty() {
            self.queues.remove(&from);
        }
        for w in moved {
            self.wait(to.clone(), w);
        }
        n
    }

    /// Takes a task out of whatever queue it is in.
    pub(crate) fn remove(&mut self, tid: Tid) {
        self.queues.retain(|_, q| {
            q.waiters.retain(|w| w.tid != tid);
            !q.waiters.is_empty()
        });
    }

    /// The same queues, of copies of the shared objects.
    pub(crate) fn snapshot(&self, copier: &mut uemu_mem::SharedCopier) -> Futexes {
        let mut queues = BTreeMap::new();
        for (key, q) in &self.queues {
            let object = q.object.as_ref().map(|o| copier.copy(o));
            let key = match (key, &object) {
                (Key::Shared(_, at), Some(o)) => Key::Shared(o.id(), *at),
                (key, _) => *key,
            };
            queues.insert(key, Queue { waiters: q.waiters.clone(), object });
        }
        Futexes { queues }
    }
}

impl Kernel {
    /// Wakes one waiter of the futex at `addr` (on exit: CLEARTID, robust lists), be it private or shared.
    pub(crate) fn futex_wake_at(&mut self, space: Id<Space>, mem: &AddressSpace, addr: GuestAddr) {
        for private in [true, false] {
            let key = Place::new(space, mem, addr, private).key;
            if let Some(&tid) = self.futexes.take(key, 1, u32::MAX).first() {
                return self.wake(tid);
            }
        }
    }

    /// A task stops waiting for another reason than a wake.
    pub(crate) fn cancel_wait(&mut self, tid: Tid) {
        self.cancel_open(tid);
        if let Some(task) = self.tasks.get_mut(&tid)
            && task.resume.progress == crate::task::Progress::Futex
        {
            task.resume.progress = crate::task::Progress::None;
            self.futexes.remove(tid);
        }
    }
}
