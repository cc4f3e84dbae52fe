//! System calls: the table, the types of their arguments, the handlers by subject.

pub mod args;
mod chmod;
mod copy;
mod epoll;
mod fd;
mod fifo;
mod fs;
mod fsargs;
mod io;
mod net;
mod poll;
mod row;
mod table;
mod tty;

pub use args::{ArgRegs, Phase, Show, SyscallArg};
pub use row::{Ret, RetStyle, Row, SysRet, SyscallFn};
pub use table::{TABLE, row};
