//! The emulated Linux kernel: tasks, scheduler, signals, files, time, and the table of system calls.
//!
//! The machine's loop is [`Kernel::schedule`], an engine's run, [`Kernel::stopped`], again. Nothing here knows how
//! instructions are executed, and nothing but [`uemu_host::Host`] leads outside.
#![forbid(unsafe_code)]

pub mod arena;
mod call;
#[cfg(test)]
mod call_numbers;
pub mod clock;
mod context;
pub mod entropy;
mod exec;
mod exit;
pub mod fd;
mod futex;
mod kernel;
mod limits;
pub mod observe;
mod process;
mod procfs;
mod rseq;
mod sched;
pub mod signal;
mod snapshot;
mod spawn;
mod stop;
pub mod syscall;
mod task;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timers;

pub use clock::ClockMode;
pub use context::TaskCtx;
pub use exec::{ExecError, Program};
pub use kernel::{Config, Crash, Kernel, Note};
pub use limits::Limits;
pub use observe::Observer;
pub use process::{ExitStatus, Job, Life, Pid, Process, Space, Timer, Times};
pub use sched::Next;
pub use stop::{Restart, Stop, SysResult, Wait, WaitOn};
pub use task::{Call, Progress, Resume, RobustList, Rseq, Task, TaskState, Tid};
pub use timers::TimerKind;
