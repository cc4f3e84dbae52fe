//! What a process does about each signal (sigaction(2)).

use uemu_abi::signal::{DefaultAction, RawSigAction, SIG_DFL, SIG_IGN, SaFlags, SigSet, Signal};

/// What is set for one signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Action {
    /// SIG_DFL, SIG_IGN or the handler's address.
    pub handler: u64,
    /// SA_*.
    pub flags: SaFlags,
    /// Where the handler returns to.
    pub restorer: u64,
    /// Blocked while it runs.
    pub mask: SigSet,
}

/// What comes of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// Nothing.
    Ignore,
    /// The default, which is not to ignore it.
    Default(DefaultAction),
    /// A handler runs.
    Handler(Action),
}

impl Action {
    /// As sigaction(2) passes it.
    pub fn from_raw(raw: RawSigAction) -> Action {
        Action {
            handler: raw.handler,
            flags: SaFlags::from_bits_retain(raw.flags),
            restorer: raw.restorer,
            mask: raw.mask.minus(SigSet::UNBLOCKABLE),
        }
    }

    /// As sigaction(2) returns it.
    pub fn to_raw(self) -> RawSigAction {
        RawSigAction { handler: self.handler, flags: self.flags.bits(), restorer: self.restorer, mask: self.mask }
    }
}

/// The actions of a process; CLONE_SIGHAND shares them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actions([Action; 64]);

impl Default for Actions {
    fn default() -> Actions {
        Actions([Action::default(); 64])
    }
}

impl Actions {
    /// What is set.
    pub fn get(&self, s: Signal) -> Action {
        self.0.get(usize::from(s.number()) - 1).copied().unwrap_or_default()
    }

    /// Sets it.
    pub fn set(&mut self, s: Signal, action: Action) {
        if let Some(a) = self.0.get_mut(usize::from(s.number()) - 1) {
            *a = action;
        }
    }

    /// What comes of it.
    pub fn disposition(&self, s: Signal) -> Disposition {
        let action = self.get(s);
        match (action.handler, s.default_action()) {
            (SIG_IGN, _) | (SIG_DFL, DefaultAction::Ignore) => Disposition::Ignore,
            (SIG_DFL, default) => Disposition::Default(default),
            _ => Disposition::Handler(action),
        }
    }

    /// execve(2): handlers go back to the default, ignored signals stay ignored.
    pub fn reset_for_exec(&mut self) {
        for a in &mut self.0 {
            *a = Action { handler: if a.handler == SIG_IGN { SIG_IGN } else { SIG_DFL }, ..Action::default() };
        }
    }

    /// CLONE_CLEAR_SIGHAND: handlers go back to the default.
    pub fn clear_handlers(&mut self) {
        self.reset_for_exec();
    }

    /// The signals that are ignored.
    pub fn ignored(&self) -> SigSet {
        self.having(|h| h == SIG_IGN)
    }

    /// The signals that have handlers.
    pub fn caught(&self) -> SigSet {
        self.having(|h| h != SIG_IGN && h != SIG_DFL)
    }

    fn having(&self, want: impl Fn(u64) -> bool) -> SigSet {
        let signals = (1u64..).zip(&self.0).filter(|(_, a)| want(a.handler)).filter_map(|(n, _)| Signal::new(n));
        signals.fold(SigSet::EMPTY, SigSet::with)
    }
}
