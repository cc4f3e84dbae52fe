//! Descriptor tables.

use super::FileId;
use uemu_abi::Errno;

/// A descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// What it refers to.
    pub file: FileId,
    /// FD_CLOEXEC.
    pub cloexec: bool,
}

/// A descriptor table.
#[derive(Clone, Debug, Default)]
pub struct FdTable {
    pub(super) slots: Vec<Option<Descriptor>>,
}

impl FdTable {
    /// The descriptor.
    pub fn get(&self, fd: i32) -> Result<&Descriptor, Errno> {
        self.slots.get(usize::try_from(fd).map_err(|_| Errno::EBADF)?).and_then(Option::as_ref).ok_or(Errno::EBADF)
    }

    /// The descriptor.
    pub fn get_mut(&mut self, fd: i32) -> Result<&mut Descriptor, Errno> {
        let at = usize::try_from(fd).map_err(|_| Errno::EBADF)?;
        self.slots.get_mut(at).and_then(Option::as_mut).ok_or(Errno::EBADF)
    }

    /// The lowest free number from `from` on, below `limit`; EMFILE.
    pub fn free_from(&self, from: u32, limit: u32) -> Result<i32, Errno> {
        let from = from as usize;
        let free = self.slots.iter().skip(from).position(Option::is_none).map(|i| i + from);
        let at = free.unwrap_or(self.slots.len().max(from));
        if at >= limit as usize {
            return Err(Errno::EMFILE);
        }
        i32::try_from(at).map_err(|_| Errno::EMFILE)
    }

    /// Puts a descriptor at a number that [`FdTable::free_from`] gave or that is below the limit; gives what was there.
    pub fn put(&mut self, fd: i32, descriptor: Descriptor) -> Option<Descriptor> {
        let at = usize::try_from(fd).ok()?;
        if self.slots.len() <= at {
            self.slots.resize(at + 1, None);
        }
        self.slots.get_mut(at)?.replace(descriptor)
    }

    /// Takes a descriptor out.
    pub fn take(&mut self, fd: i32) -> Option<Descriptor> {
        self.slots.get_mut(usize::try_from(fd).ok()?)?.take()
    }

    /// Open descriptors, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &Descriptor)> {
        self.slots.iter().enumerate().filter_map(|(i, d)| Some((i32::try_from(i).ok()?, d.as_ref()?)))
    }

    /// Numbers in use or freed: no descriptor is at or above it.
    pub fn end(&self) -> i32 {
        i32::try_from(self.slots.len()).unwrap_or(i32::MAX)
    }
}
