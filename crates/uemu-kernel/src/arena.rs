//! Shared things by id: what tasks have in common is counted here, not by pointers.

use std::collections::BTreeMap;
use std::marker::PhantomData;

/// Names a `T` in an [`Arena`].
pub struct Id<T>(u32, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// The number behind it, for display.
    pub fn number(self) -> u32 {
        self.0
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Values with a count of their users. Ids are not reused.
#[derive(Clone, Debug)]
pub struct Arena<T> {
    slots: BTreeMap<u32, (T, u32)>,
    next: u32,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Arena { slots: BTreeMap::new(), next: 1 }
    }
}

impl<T> Arena<T> {
    /// Adds a value with one user.
    pub fn add(&mut self, value: T) -> Id<T> {
        // Ids wrap after 2^32 values; those still in use are passed over.
        while self.next == 0 || self.slots.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.slots.insert(id, (value, 1));
        Id(id, PhantomData)
    }

    /// One more user.
    pub fn share(&mut self, id: Id<T>) -> Id<T> {
        if let Some((_, users)) = self.slots.get_mut(&id.0) {
            *users = users.saturating_add(1);
        }
        id
    }

    /// One user less; the value, if that was the last.
    pub fn release(&mut self, id: Id<T>) -> Option<T> {
        let (_, users) = self.slots.get_mut(&id.0)?;
        *users -= 1;
        if *users > 0 {
            return None;
        }
        self.slots.remove(&id.0).map(|(value, _)| value)
    }

    /// How many use it.
    pub fn users(&self, id: Id<T>) -> u32 {
        self.slots.get(&id.0).map_or(0, |s| s.1)
    }

    /// The value.
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        self.slots.get(&id.0).map(|s| &s.0)
    }

    /// The value.
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        self.slots.get_mut(&id.0).map(|s| &mut s.0)
    }

    /// All values, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.slots.iter().map(|(&id, s)| (Id(id, PhantomData), &s.0))
    }

    /// All values, in the order of their ids.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Id<T>, &mut T)> {
        self.slots.iter_mut().map(|(&id, s)| (Id(id, PhantomData), &mut s.0))
    }

    /// How many values.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// A copy made value by value: for snapshots of what `Clone` cannot copy.
    pub fn map_clone(&self, mut copy: impl FnMut(&T) -> T) -> Arena<T> {
        let slots = self.slots.iter().map(|(&id, (value, users))| (id, (copy(value), *users))).collect();
        Arena { slots, next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_user_gets_the_value_back() {
        let mut a = Arena::default();
        let id = a.add("x");
        a.share(id);
        assert_eq!(a.release(id), None);
        assert_eq!(a.release(id), Some("x"));
        assert_eq!(a.get(id), None);
        assert_ne!(a.add("y"), id);
    }
}
