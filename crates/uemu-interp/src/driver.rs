//! One body, two drivers.
//!
//! Every handler is written once, between [`handler!`]'s braces, and ends in `go!` (on to an op) or
//! `leave!` (back to the dispatcher). By default `go!` is a call in tail position with the caller's own
//! signature, which LLVM turns into a jump from opt-level 1 on: dispatch is then one indirect jump at the
//! end of each handler, which the host predicts well. With the feature `loop-driver` the handler returns
//! the next op to a plain loop instead: that works at any opt-level and under Miri, and proves that the
//! bodies do not depend on the trick.
//!
//! A handler's body may hold no value with a destructor and let no local's address escape, or the jump
//! becomes a call and the stack grows: such work goes into `#[cold] #[inline(never)]` functions.

use crate::engine::Ctx;
use crate::op::Op;
use uemu_cpu::CpuState;
use uemu_mem::Tlb;

/// An argument without meaning between handlers: it keeps the register that x86 shifts count in (CL) free for
/// handlers, and carries the address to those that deal with TLB misses.
pub(crate) type Scratch = std::mem::MaybeUninit<u64>;

/// No scratch value.
pub(crate) const NOTHING: Scratch = Scratch::uninit();

#[cfg(not(feature = "loop-driver"))]
mod tail {
    use super::*;

    /// What a handler returns.
    pub(crate) type Next = ();

    /// A handler: processor, op, TLB, scratch, fuel left, context.
    #[cfg(target_arch = "x86_64")]
    pub(crate) type Handler =
        unsafe extern "sysv64" fn(*mut CpuState, *const Op, *mut Tlb, Scratch, i64, *mut Ctx) -> Next;
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) type Handler = unsafe extern "C" fn(*mut CpuState, *const Op, *mut Tlb, Scratch, i64, *mut Ctx) -> Next;

    macro_rules! go {
        ($c:expr, $op:expr, $t:expr, $f:expr, $x:expr) => {{
            let op = $op;
            return ((*op).handler)($c, op, $t, $crate::driver::NOTHING, $f, $x);
        }};
    }
    macro_rules! leave {
        ($f:expr, $x:expr) => {{
            (*$x).fuel = $f;
            return;
        }};
    }
    pub(crate) use {go, leave};

    /// Runs from `op` until a handler leaves.
    ///
    /// # Safety
    /// As for [`super::run`].
    pub(super) unsafe fn run(c: *mut CpuState, op: *const Op, t: *mut Tlb, f: i64, x: *mut Ctx) {
        // SAFETY: the caller's promise.
        unsafe { ((*op).handler)(c, op, t, NOTHING, f, x) }
    }
}

#[cfg(feature = "loop-driver")]
mod tail {
    use super::*;

    /// The next op, null to leave, and the fuel left.
    #[repr(C)]
    pub(crate) struct Next {
        pub(crate) op: *const Op,
        pub(crate) fuel: i64,
    }

    pub(crate) type Handler = unsafe extern "C" fn(*mut CpuState, *const Op, *mut Tlb, Scratch, i64, *mut Ctx) -> Next;

    macro_rules! go {
        ($c:expr, $op:expr, $t:expr, $f:expr, $x:expr) => {{
            let _ = (&$c, &$t, &$x);
            return $crate::driver::Next { op: $op, fuel: $f };
        }};
    }
    macro_rules! leave {
        ($f:expr, $x:expr) => {{
            (*$x).fuel = $f;
            return $crate::driver::Next { op: std::ptr::null(), fuel: 0 };
        }};
    }
    pub(crate) use {go, leave};

    pub(super) unsafe fn run(c: *mut CpuState, op: *const Op, t: *mut Tlb, f: i64, x: *mut Ctx) {
        let (mut op, mut f) = (op, f);
        while !op.is_null() {
            // SAFETY: the caller's promise; handlers return valid ops or null.
            let next = unsafe { ((*op).handler)(c, op, t, NOTHING, f, x) };
            (op, f) = (next.op, next.fuel);
        }
    }
}

pub(crate) use tail::{Handler, Next, go, leave};

/// Declares a handler with its driver's signature. The body is one unsafe context, under the contract of [`run`].
macro_rules! handler {
    ($(#[$m:meta])* fn $name:ident $([$($g:tt)*])? ($c:ident, $op:ident, $t:ident, $f:ident, $x:ident) $(where [$($w:tt)*])? $body:block) => {
        $crate::driver::handler_fn! { $(#[$m])* [$name] [$($($g)*)?] [$($($w)*)?] ($c, $op, $t, _scratch, $f, $x) $body }
    };
    // With the scratch argument, for those that others jump to with a value in it.
    ($(#[$m:meta])* fn $name:ident ($c:ident, $op:ident, $t:ident, $s:ident, $f:ident, $x:ident) $body:block) => {
        $crate::driver::handler_fn! { $(#[$m])* [$name] [] [] ($c, $op, $t, $s, $f, $x) $body }
    };
}

#[cfg(all(target_arch = "x86_64", not(feature = "loop-driver")))]
macro_rules! handler_fn {
    ($(#[$m:meta])* [$name:ident] [$($g:tt)*] [$($w:tt)*] ($c:ident, $op:ident, $t:ident, $s:ident, $f:ident, $x:ident) $body:block) => {
        $(#[$m])*
        #[allow(unused_variables, reason = "every handler has the driver's signature")]
        pub(crate) unsafe extern "sysv64" fn $name<$($g)*>(
            $c: *mut uemu_cpu::CpuState, $op: *const $crate::op::Op, $t: *mut uemu_mem::Tlb, $s: $crate::driver::Scratch, $f: i64, $x: *mut $crate::engine::Ctx,
        ) -> $crate::driver::Next where $($w)* {
            // SAFETY: the contract of `driver::run` (see there).
            #[allow(clippy::macro_metavars_in_unsafe, reason = "handlers are unsafe bodies by definition")]
            unsafe { $body }
        }
    };
}
#[cfg(any(not(target_arch = "x86_64"), feature = "loop-driver"))]
macro_rules! handler_fn {
    ($(#[$m:meta])* [$name:ident] [$($g:tt)*] [$($w:tt)*] ($c:ident, $op:ident, $t:ident, $s:ident, $f:ident, $x:ident) $body:block) => {
        $(#[$m])*
        #[allow(unused_variables, reason = "every handler has the driver's signature")]
        pub(crate) unsafe extern "C" fn $name<$($g)*>(
            $c: *mut uemu_cpu::CpuState, $op: *const $crate::op::Op, $t: *mut uemu_mem::Tlb, $s: $crate::driver::Scratch, $f: i64, $x: *mut $crate::engine::Ctx,
        ) -> $crate::driver::Next where $($w)* {
            // SAFETY: the contract of `driver::run` (see there).
            #[allow(clippy::macro_metavars_in_unsafe, reason = "handlers are unsafe bodies by definition")]
            unsafe { $body }
        }
    };
}
pub(crate) use {handler, handler_fn};

/// Runs from `op` until a handler leaves; what happened is in `x`.
///
/// # Safety
/// - `c`, `t` and `x` are valid, exclusive and not otherwise used until this returns;
/// - `op` is an op of a block in `x`'s code cache, whose blocks stay allocated meanwhile;
/// - `t` was synchronised with the space `x` points to, and nothing else touches that space meanwhile;
/// - register offsets in ops lie inside `CpuState`, links point to first ops or stubs of the same cache
///   (what `lower` builds and `cache` patches).
pub(crate) unsafe fn run(c: *mut CpuState, op: *const Op, t: *mut Tlb, f: i64, x: *mut Ctx) {
    // SAFETY: passed on.
    unsafe { tail::run(c, op, t, f, x) }
}
