//! What a guest may use at most.

/// Bounds on the whole machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Tasks alive at once (threads; zombies count).
    pub tasks: usize,
    /// Bytes of memory backed at once in one address space.
    pub memory: u64,
    /// Open descriptors of one process (the hard RLIMIT_NOFILE).
    pub files: u32,
    /// Bytes the main stack may grow to (RLIMIT_STACK).
    pub stack: u64,
    /// Signals queued for one process or thread.
    pub pending_signals: usize,
    /// Instructions all tasks may retire together.
    pub instructions: Option<u64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { tasks: 1024, memory: 4 << 30, files: 1024, stack: 8 << 20, pending_signals: 1024, instructions: None }
    }
}
