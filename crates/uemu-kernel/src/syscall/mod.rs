//! System calls: the table, the types of their arguments, the handlers by subject.

pub mod args;
pub mod chmod;
pub mod copy;
pub mod epoll;
pub mod fd;
mod fifo;
pub mod fs;
pub mod fsargs;
pub mod futex;
pub mod ids;
pub mod info;
pub mod io;
pub mod mm;
pub mod net;
pub mod poll;
mod row;
pub mod signal;
mod table;
pub mod task;
pub mod time;
pub mod tty;
pub mod wait;

pub use args::{ArgRegs, Phase, Show, SyscallArg};
pub use row::{Ret, RetStyle, Row, SysRet, SyscallFn};
pub use table::{TABLE, row};
