//! Observers that render what the machine does. What an argument looks like is its type's business
//! (`uemu_kernel::syscall::SyscallArg`); here lines are put together.
#![forbid(unsafe_code)]

mod call;
mod line;
mod program;
mod strace;

pub use call::CallText;
pub use strace::{Options, Strace};
