//! Pointers to structures and strings.

use super::buffer::quote;
use super::int::show_addr;
use super::{ArgRegs, Phase, Show, SyscallArg};
use crate::context::TaskCtx;
use crate::stop::SysResult;
use std::marker::PhantomData;
use uemu_abi::plain::Plain;
use uemu_mem::GuestAddr;

/// A structure that a trace can write.
pub trait ShowPlain: Plain {
    /// As strace(1) writes it.
    fn show(&self, out: &mut String);
}

/// A pointer to a structure the call reads.
pub struct UserIn<T>(pub GuestAddr, PhantomData<T>);

/// A pointer to a structure the call fills in.
pub struct UserOut<T>(pub GuestAddr, PhantomData<T>);

impl<T: Plain> UserIn<T> {
    /// Reads it; EFAULT.
    pub fn read(&self, t: &mut TaskCtx<'_>) -> SysResult<T> {
        t.read(self.0)
    }
    /// Reads it; `None` for NULL.
    pub fn read_opt(&self, t: &mut TaskCtx<'_>) -> SysResult<Option<T>> {
        if self.is_null() { Ok(None) } else { t.read(self.0).map(Some) }
    }
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        self.0 == GuestAddr::NULL
    }
}

impl<T: Plain> UserOut<T> {
    /// Writes it; EFAULT.
    pub fn write(&self, t: &mut TaskCtx<'_>, value: &T) -> SysResult<()> {
        t.write(self.0, value)
    }
    /// Writes it unless the pointer is NULL.
    pub fn write_opt(&self, t: &mut TaskCtx<'_>, value: &T) -> SysResult<()> {
        if self.is_null() { Ok(()) } else { t.write(self.0, value) }
    }
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        self.0 == GuestAddr::NULL
    }
}

/// What a pointer points to, or the pointer itself if that cannot be read.
pub(crate) fn show_at<T: ShowPlain>(cx: &Show<'_>, at: GuestAddr, out: &mut String) {
    let mut bytes = vec![0; T::SIZE];
    if at == GuestAddr::NULL || cx.view.mem.peek(at, &mut bytes) < T::SIZE {
        return show_addr(at, out);
    }
    T::decode(&bytes).show(out);
}

impl<T: ShowPlain> SyscallArg for UserIn<T> {
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        UserIn(GuestAddr(regs.pull_one()), PhantomData)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_at::<T>(cx, self.0, out);
    }
}

impl<T: ShowPlain> SyscallArg for UserOut<T> {
    const PHASE: Phase = Phase::Exit;
    fn pull(regs: &mut ArgRegs<'_>) -> Self {
        UserOut(GuestAddr(regs.pull_one()), PhantomData)
    }
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        if cx.failed() { show_addr(self.0, out) } else { show_at::<T>(cx, self.0, out) }
    }
}

/// A path: a string that ends at its NUL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserPath(pub GuestAddr);

impl UserPath {
    /// Its bytes; EFAULT, ENAMETOOLONG.
    pub fn read(&self, t: &mut TaskCtx<'_>) -> SysResult<Vec<u8>> {
        t.read_path(self.0)
    }
}

impl SyscallArg for UserPath {
    fn pull(regs: &mut ArgRegs<'_>) -> UserPath {
        UserPath(GuestAddr(regs.pull_one()))
    }
    /// strace shows paths whole, whatever the limit for strings.
    fn show(&self, cx: &Show<'_>, out: &mut String) {
        show_cstr(cx, self.0, uemu_abi::fcntl::PATH_MAX, out);
    }
}

/// A NUL-terminated string of at most `max` bytes, quoted.
pub(crate) fn show_cstr(cx: &Show<'_>, at: GuestAddr, max: usize, out: &mut String) {
    let mut bytes = vec![0; max];
    let n = if at == GuestAddr::NULL { 0 } else { cx.view.mem.peek(at, &mut bytes) };
    bytes.truncate(n);
    match bytes.iter().position(|&b| b == 0) {
        Some(end) => quote(bytes.get(..end).unwrap_or_default(), out),
        None if n == max => {
            quote(&bytes, out);
            out.push_str("...");
        }
        None => show_addr(at, out),
    }
}
