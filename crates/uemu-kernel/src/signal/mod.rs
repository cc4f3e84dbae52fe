//! Signals: what is pending, what is done about it, and the frame a handler runs on.

mod actions;
mod deliver;
pub(crate) mod fault;
mod fpstate;
pub(crate) mod frame;
mod pending;
mod send;

pub use actions::{Action, Actions, Disposition};
pub use fault::{Trap, signal_of};
pub use pending::Pending;

/// sigaltstack(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AltStack {
    /// Lowest address.
    pub sp: u64,
    /// Bytes; zero: none.
    pub size: u64,
    /// Disarmed while a handler runs on it (SS_AUTODISARM).
    pub autodisarm: bool,
}

impl AltStack {
    /// Whether a stack pointer lies on it.
    pub fn holds(&self, sp: u64) -> bool {
        // As Linux: the stack's top counts, its lowest address does not; never with SS_AUTODISARM.
        !self.autodisarm && sp > self.sp && sp.wrapping_sub(self.sp) <= self.size
    }
}
