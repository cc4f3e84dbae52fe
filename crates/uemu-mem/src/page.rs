//! A page of guest memory, and the rules by which its bytes may change.
//!
//! # Who may change a page's bytes
//! The bytes sit in an [`UnsafeCell`], because an engine stores through pointers its TLB holds. They change only
//! 1. through [`own`], which asks for the only `Arc` of the page: nobody else can see it;
//! 2. under the lock of the [`SharedObject`](crate::SharedObject) the page belongs to;
//! 3. through [`Tlb::write`](crate::Tlb::write), whose contract lets it run only where 1 or 2 could: the page was
//!    solely owned when the entry was made, every later sharing drops the entry (`sync`), and a shared object is used
//!    by one host thread while an engine runs.
//!
//! No reference to the bytes is ever made, only copies in and out through raw pointers.

use crate::PAGE_SIZE;
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

/// [`PAGE_SIZE`] as a `usize`.
pub(crate) const SIZE: usize = PAGE_SIZE as usize;

/// 4096 bytes of guest memory.
#[repr(C, align(64))]
pub(crate) struct Page {
    bytes: UnsafeCell<[u8; SIZE]>,
}

// SAFETY: bytes change only under the rules of the module's head: by a sole owner, under an object's lock, or by
// a `Tlb` whose user has promised that no other thread touches the space or its shared objects meanwhile.
unsafe impl Sync for Page {}

/// What every untouched anonymous page reads as. Never written.
static ZERO: Page = Page { bytes: UnsafeCell::new([0; SIZE]) };

impl Page {
    /// A page of zeros.
    pub(crate) fn new_zeroed() -> Arc<Page> {
        // SAFETY: all-zero bytes are a valid page.
        unsafe { Arc::<Page>::new_zeroed().assume_init() }
    }

    /// A page that starts with `bytes` (at most a page of them) and goes on with zeros.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Arc<Page> {
        let mut page = Page::new_zeroed();
        if let Some(p) = Arc::get_mut(&mut page) {
            let n = bytes.len().min(SIZE);
            p.bytes.get_mut()[..n].copy_from_slice(&bytes[..n]);
        }
        page
    }

    /// The shared page of zeros.
    pub(crate) fn zero() -> &'static Page {
        &ZERO
    }

    /// A new page with the same bytes.
    pub(crate) fn copy(&self) -> Arc<Page> {
        let mut page = Arc::<Page>::new_uninit();
        if let Some(to) = Arc::get_mut(&mut page) {
            // SAFETY: both are whole pages, apart from each other; under the module's rules nobody writes `self` now.
            unsafe { std::ptr::copy_nonoverlapping(self.ptr(), to.as_mut_ptr().cast::<u8>(), SIZE) };
        }
        // SAFETY: a fresh `Arc` is the only one, so the copy above took place and filled every byte.
        unsafe { page.assume_init() }
    }

    /// The first byte. Making the pointer is harmless; the module's rules say who may write through it.
    pub(crate) fn ptr(&self) -> *mut u8 {
        UnsafeCell::raw_get(&raw const self.bytes).cast::<u8>()
    }

    /// Copies out the bytes from `offset` on, as far as both reach; returns how many.
    pub(crate) fn read(&self, offset: usize, buf: &mut [u8]) -> usize {
        let n = buf.len().min(SIZE.saturating_sub(offset));
        if n > 0 {
            // SAFETY: offset + n <= SIZE and n <= buf.len(); `buf` is a reference, so it cannot be the page.
            unsafe { std::ptr::copy_nonoverlapping(self.ptr().add(offset), buf.as_mut_ptr(), n) };
        }
        n
    }

    /// Copies in, as far as both reach; returns how many.
    ///
    /// # Safety
    /// The caller may write the page now (1 or 2 of the module's rules).
    pub(crate) unsafe fn write(&self, offset: usize, bytes: &[u8]) -> usize {
        let n = bytes.len().min(SIZE.saturating_sub(offset));
        if n > 0 {
            // SAFETY: offset + n <= SIZE and n <= bytes.len(); the right to write is the caller's promise.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.ptr().add(offset), n) };
        }
        n
    }

    /// Zeroes from `offset` to the end.
    ///
    /// # Safety
    /// As for [`Page::write`].
    pub(crate) unsafe fn zero_from(&self, offset: usize) {
        let n = SIZE.saturating_sub(offset);
        if n > 0 {
            // SAFETY: offset + n == SIZE; the right to write is the caller's promise.
            unsafe { self.ptr().add(offset).write_bytes(0, n) };
        }
    }
}

/// A page whose only `Arc` the holder borrows: it may be written in place.
pub(crate) struct Owned<'a>(&'a Page);

/// Makes `page` solely owned, by a copy if it is not: copy on write.
/// The flag tells whether it was copied, so that translations to the old page are stale.
///
/// `Arc::get_mut` will not do: the `&mut Page` it makes would invalidate the pointers a TLB holds.
pub(crate) fn own(page: &mut Arc<Page>) -> (Owned<'_>, bool) {
    let shared = Arc::strong_count(page) != 1;
    if shared {
        *page = page.copy();
    } else {
        // The count is read relaxed; whoever dropped the other `Arc` released its reads of the page before.
        // No `Weak` is ever made, and `&mut Arc` keeps anyone from cloning this one.
        fence(Ordering::Acquire);
    }
    (Owned(page), shared)
}

impl Owned<'_> {
    /// Writes as far as the page reaches; returns how many bytes.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> usize {
        // SAFETY: rule 1: an `Owned` exists only while the sole `Arc` is borrowed mutably.
        unsafe { self.0.write(offset, bytes) }
    }
    /// The page itself.
    pub(crate) fn page(&self) -> &Page {
        self.0
    }
}
