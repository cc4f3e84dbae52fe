//! epoll(7): the interest list of one epoll instance.

use super::FileId;
use std::collections::BTreeMap;

/// Instances that watch instances, at most so deep (ELOOP).
pub const MAX_NESTING: usize = 5;
/// Entries of one list.
pub const MAX_INTERESTS: usize = 65536;

/// One watched file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interest {
    /// What it is watched for, and EPOLLET, EPOLLONESHOT.
    pub events: u32,
    /// What the program gets back.
    pub data: u64,
    /// The file's edge count at the last report (EPOLLET).
    pub seen: Option<u64>,
    /// EPOLLONESHOT has fired.
    pub disarmed: bool,
}

/// An instance.
#[derive(Clone, Debug, Default)]
pub struct Epoll {
    /// By descriptor and the file it named when it was added.
    pub interests: BTreeMap<(i32, FileId), Interest>,
    /// After whom the next report starts: those that are always ready do not starve the others.
    pub after: Option<(i32, FileId)>,
}
