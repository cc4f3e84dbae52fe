//! System calls: the table, the types of their arguments, the handlers by subject.

pub mod args;
mod io;
mod row;
mod table;

pub use args::{ArgRegs, Phase, Show, SyscallArg};
pub use row::{Ret, RetStyle, Row, SysRet, SyscallFn};
pub use table::{TABLE, row};
