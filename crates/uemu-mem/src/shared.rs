//! Memory that several address spaces, or a file and a space, see at once (MAP_SHARED).
//!
//! # Invariant
//! A page of a shared object is written in place though many hold it. That is sound because one `Machine` lives on
//! one host thread, and because a snapshot copies every shared object ([`SharedCopier`]): no object is ever used by two
//! machines. The lock inside makes misuse from safe code a wait, not a data race.

use crate::PAGE_SIZE;
use crate::page::{Page, SIZE};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Counts the times any object dropped pages that TLBs may point to, or had code decoded from one; a TLB that sees it move empties itself.
/// One counter for all objects, as an object does not know its spaces. Not visible to a guest.
static SHRINKS: AtomicU64 = AtomicU64::new(0);

/// How often any shared object has dropped pages.
pub(crate) fn shrinks() -> u64 {
    SHRINKS.load(Ordering::Acquire)
}

#[derive(Default)]
struct State {
    /// Bytes.
    len: u64,
    /// Page index -> page; what is absent reads as zeros.
    pages: BTreeMap<u64, Arc<Page>>,
    /// Pages that code was decoded from, through whichever mapping.
    code: BTreeSet<u64>,
}

struct Inner {
    id: u64,
    /// Counts the times code decoded from the object turned out changed; spaces that decoded some watch it.
    code_changes: AtomicU64,
    state: Mutex<State>,
}

impl Inner {
    fn note_code(&self, state: &mut State, pages: impl std::ops::RangeBounds<u64>) {
        let marked: Vec<u64> = state.code.range(pages).copied().collect();
        for page in &marked {
            state.code.remove(page);
        }
        if !marked.is_empty() {
            self.code_changes.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// A handle to a sparse, resizable array of pages; clones name the same object. Serves anonymous MAP_SHARED memory,
/// System V segments, memfds, and as the contents of in-memory files. Equal means the same object.
#[derive(Clone)]
pub struct SharedObject(Arc<Inner>);

impl SharedObject {
    /// An object of `len` zero bytes. Allocates nothing yet.
    pub fn new(len: u64) -> SharedObject {
        SharedObject::with(State { len, ..State::default() })
    }

    /// An object that holds `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> SharedObject {
        let pages = (0..).zip(bytes.chunks(SIZE).map(Page::from_bytes)).collect();
        SharedObject::with(State { len: bytes.len() as u64, pages, code: BTreeSet::new() })
    }

    fn with(state: State) -> SharedObject {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        SharedObject(Arc::new(Inner { id, code_changes: AtomicU64::new(0), state: Mutex::new(state) }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number no other object of this process has. For comparing (a futex key); differs from run to run, so it must
    /// never decide an order the guest can see.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// Bytes.
    pub fn len(&self) -> u64 {
        self.lock().len
    }

    /// Whether it holds no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of host memory its pages take.
    pub fn resident_bytes(&self) -> u64 {
        self.lock().pages.len() as u64 * PAGE_SIZE
    }

    /// ftruncate(2): bytes past a shorter end are gone, those before a longer one are zeros.
    /// Mappings of pages wholly past the end raise SIGBUS from then on.
    pub fn set_len(&self, len: u64) {
        let mut state = self.lock();
        let old_len = state.len;
        // Bytes a mapping wrote past the end, in its last page, never become contents.
        state.zero_tail(old_len.min(len));
        if len < old_len {
            let first_gone = len.div_ceil(PAGE_SIZE);
            let gone = state.pages.split_off(&first_gone);
            self.0.note_code(&mut state, first_gone..);
            if !gone.is_empty() || first_gone < old_len.div_ceil(PAGE_SIZE) {
                SHRINKS.fetch_add(1, Ordering::AcqRel);
            }
        }
        state.len = len;
    }

    /// Copies out from `offset`; returns how many bytes lay before the end. Allocates nothing.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let state = self.lock();
        let n = state.len.saturating_sub(offset).min(buf.len() as u64) as usize;
        let mut done = 0;
        while done < n {
            let at = offset + done as u64;
            let within = (at % PAGE_SIZE) as usize;
            let step = (SIZE - within).min(n - done);
            let to = &mut buf[done..done + step];
            match state.pages.get(&(at / PAGE_SIZE)) {
                Some(page) => {
                    page.read(within, to);
                }
                None => to.fill(0),
            }
            done += step;
        }
        n
    }

    /// Copies in at `offset`, growing the object as needed; returns how many bytes, fewer only
    /// when the offset would pass 2^63 - 1.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> usize {
        let room = (i64::MAX as u64).saturating_sub(offset);
        let n = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        if n == 0 {
            return 0;
        }
        let mut state = self.lock();
        let end = offset + n as u64;
        self.0.note_code(&mut state, offset / PAGE_SIZE..end.div_ceil(PAGE_SIZE));
        let old_len = state.len;
        if end > old_len {
            state.zero_tail(old_len);
            state.len = end;
        }
        let mut done = 0;
        while done < n {
            let at = offset + done as u64;
            let within = (at % PAGE_SIZE) as usize;
            let step = (SIZE - within).min(n - done);
            let page = state.pages.entry(at / PAGE_SIZE).or_insert_with(Page::new_zeroed);
            // SAFETY: rule 2 of `page`: the object's lock is held.
            unsafe { page.write(within, &bytes[done..done + step]) };
            done += step;
        }
        n
    }

    /// The page at `index`, made if absent and allowed: `Err(true)` when it lies past the end, `Err(false)` when it
    /// would have to be made and `may_add` says no.
    pub(crate) fn page(&self, index: u64, may_add: impl FnOnce() -> bool) -> Result<Arc<Page>, bool> {
        {
            let state = self.lock();
            if index >= state.len.div_ceil(PAGE_SIZE) {
                return Err(true);
            }
            if let Some(p) = state.pages.get(&index) {
                return Ok(p.clone());
            }
        }
        // The lock is free here: counting what is resident locks objects, this one among them.
        if !may_add() {
            return Err(false);
        }
        Ok(self.lock().pages.entry(index).or_insert_with(Page::new_zeroed).clone())
    }

    /// Reads within a page of this object.
    pub(crate) fn read_page(&self, page: &Page, offset: usize, buf: &mut [u8]) -> usize {
        let _locked = self.lock();
        page.read(offset, buf)
    }

    /// Reads within the page at `index` without making it; `false` when it lies past the end.
    pub(crate) fn peek_page(&self, index: u64, offset: usize, buf: &mut [u8]) -> bool {
        let state = self.lock();
        if index >= state.len.div_ceil(PAGE_SIZE) {
            return false;
        }
        match state.pages.get(&index) {
            Some(page) => page.read(offset, buf),
            None => Page::zero().read(offset, buf),
        };
        true
    }

    /// Writes within `page`, which came from [`SharedObject::page`] of this object.
    pub(crate) fn write_page(&self, page: &Page, offset: usize, bytes: &[u8]) -> usize {
        let _locked = self.lock();
        // SAFETY: rule 2 of `page`: the object's lock is held.
        unsafe { page.write(offset, bytes) }
    }

    /// Marks a page as the origin of decoded code. Every TLB empties itself, as another space may hold it for writing.
    pub(crate) fn mark_code(&self, index: u64) {
        if self.lock().code.insert(index) {
            SHRINKS.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Tells all who decoded code from these pages that it has changed, and forgets the marks.
    pub(crate) fn code_touched(&self, pages: impl std::ops::RangeBounds<u64>) {
        self.0.note_code(&mut self.lock(), pages);
    }

    /// How often code decoded from the object has changed.
    pub(crate) fn code_changes(&self) -> u64 {
        self.0.code_changes.load(Ordering::Acquire)
    }

    /// Whether code was decoded from the page.
    pub(crate) fn is_code(&self, index: u64) -> bool {
        self.lock().code.contains(&index)
    }

    fn deep_copy(&self) -> SharedObject {
        let state = self.lock();
        let pages = state.pages.iter().map(|(&i, p)| (i, p.copy())).collect();
        SharedObject::with(State { len: state.len, pages, code: state.code.clone() })
    }
}

impl State {
    /// Zeroes what lies between `end` and the end of its page. The lock is held: `self` is borrowed from it.
    fn zero_tail(&mut self, end: u64) {
        let within = (end % PAGE_SIZE) as usize;
        if within != 0
            && let Some(page) = self.pages.get(&(end / PAGE_SIZE))
        {
            // SAFETY: rule 2 of `page`: states are reached through the lock alone.
            unsafe { page.zero_from(within) };
        }
    }
}

impl PartialEq for SharedObject {
    fn eq(&self, other: &SharedObject) -> bool {
        self.0.id == other.0.id
    }
}
impl Eq for SharedObject {}

impl std::fmt::Debug for SharedObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SharedObject({} bytes)", self.len())
    }
}

/// Copies shared objects for a snapshot, each once, so that what was the same object stays one object.
/// Use one copier for all address spaces and files of a machine.
#[derive(Default)]
pub struct SharedCopier {
    copies: BTreeMap<u64, SharedObject>,
}

impl SharedCopier {
    /// A copier that has copied nothing.
    pub fn new() -> SharedCopier {
        SharedCopier::default()
    }

    /// The copy of `object`: made at the first call, the same one after.
    pub fn copy(&mut self, object: &SharedObject) -> SharedObject {
        self.copies.entry(object.id()).or_insert_with(|| object.deep_copy()).clone()
    }
}
