//! A row of the table: one system call, from its handler's types.

use super::args::{ArgRegs, Phase, Show, SyscallArg};
use crate::context::TaskCtx;
use crate::stop::SysResult;
use uemu_mem::GuestAddr;

/// One system call.
pub struct Row {
    /// Its number.
    pub nr: u64,
    /// Its name.
    pub name: &'static str,
    /// The names of its parameters; a buffer has one for address and length together.
    pub params: &'static [&'static str],
    /// Runs the handler.
    pub call: fn(&mut TaskCtx<'_>, &[u64; 6]) -> SysResult<Ret>,
    /// When the parameter with this index is shown.
    pub phase: fn(usize) -> Phase,
    /// Renders the parameter with this index.
    pub show: fn(usize, &Show<'_>, &mut String),
    /// What the parameter with this index adds to the result.
    pub explain: fn(usize, &Show<'_>, &mut String),
}

/// How strace(1) writes a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RetStyle {
    /// Decimal.
    Decimal,
    /// Hexadecimal: addresses, flags.
    Hex,
    /// Octal: umask(2).
    Octal,
}

/// A result and how to write it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ret {
    /// What RAX gets.
    pub value: u64,
    /// How it is written.
    pub style: RetStyle,
}

/// What a handler may return.
pub trait SysRet {
    /// The value for RAX.
    fn ret(self) -> Ret;
}

macro_rules! rets {
    ($($t:ty, $style:ident, |$v:ident| $e:expr;)*) => {$(
        impl SysRet for $t {
            fn ret(self) -> Ret {
                let $v = self;
                Ret { value: $e, style: RetStyle::$style }
            }
        }
    )*};
}
rets! {
    (), Decimal, |_v| 0;
    usize, Decimal, |v| v as u64;
    u64, Decimal, |v| v;
    u32, Decimal, |v| u64::from(v);
    i32, Decimal, |v| v as i64 as u64;
    i64, Decimal, |v| v as u64;
    GuestAddr, Hex, |v| v.0;
    crate::task::Tid, Decimal, |v| u64::from(v.0);
    super::args::Fd, Decimal, |v| v.0 as i64 as u64;
}

impl SysRet for Ret {
    fn ret(self) -> Ret {
        self
    }
}

/// A handler of any arity: `Args` is the tuple of its argument types, inferred from the function.
pub trait SyscallFn<Args> {
    /// As many names as there are arguments: a row with more or fewer does not compile.
    type Names;
    /// Pulls the arguments and runs the handler.
    fn call(&self, t: &mut TaskCtx<'_>, regs: &[u64; 6]) -> SysResult<Ret>;
    /// When argument `index` is shown.
    fn phase(&self, index: usize) -> Phase;
    /// Renders argument `index`.
    fn show(&self, index: usize, cx: &Show<'_>, out: &mut String);
    /// What argument `index` adds to the result.
    fn explain(&self, index: usize, cx: &Show<'_>, out: &mut String);
}

macro_rules! arities {
    ($($n:literal: $($a:ident $i:literal)*;)*) => {$(
        impl<Func, Out, $($a,)*> SyscallFn<($($a,)* Out,)> for Func
        where
            Func: Fn(&mut TaskCtx<'_>, $($a),*) -> SysResult<Out>,
            Out: SysRet,
            $($a: SyscallArg,)*
        {
            type Names = [&'static str; $n];
            #[allow(unused_mut, unused_variables, non_snake_case, reason = "arity zero pulls nothing")]
            fn call(&self, t: &mut TaskCtx<'_>, regs: &[u64; 6]) -> SysResult<Ret> {
                let mut regs = ArgRegs::new(regs);
                $(let $a = $a::pull(&mut regs);)*
                self(t, $($a),*).map(SysRet::ret)
            }
            fn phase(&self, index: usize) -> Phase {
                match index {
                    $($i => $a::PHASE,)*
                    _ => Phase::Enter,
                }
            }
            #[allow(unused_mut, unused_variables, non_snake_case, reason = "arity zero shows nothing")]
            fn show(&self, index: usize, cx: &Show<'_>, out: &mut String) {
                let mut regs = ArgRegs::new(&cx.call.args);
                $(
                    let $a = $a::pull(&mut regs);
                    if index == $i {
                        return $a.show(cx, out);
                    }
                )*
            }
            #[allow(unused_mut, unused_variables, non_snake_case, reason = "arity zero has nothing to explain")]
            fn explain(&self, index: usize, cx: &Show<'_>, out: &mut String) {
                let mut regs = ArgRegs::new(&cx.call.args);
                $(
                    let $a = $a::pull(&mut regs);
                    if index == $i {
                        return $a.explain(cx, out);
                    }
                )*
            }
        }
    )*};
}
arities! {
    0: ;
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
}

/// Fails to compile unless there is a name for each argument.
pub(super) fn check_names<Args, H: SyscallFn<Args>>(_handler: &H, _names: H::Names) {}

/// THE table: number, handler, names of the parameters. Dispatch, traces and the list of what is supported come
/// from it.
macro_rules! syscalls {
    ($($nr:literal => $module:ident :: $handler:ident ($($param:ident),*);)*) => {
        /// The system calls the kernel has, by number.
        pub static TABLE: &[crate::syscall::Row] = &[$(
            crate::syscall::Row {
                nr: $nr,
                name: crate::syscall::row::name_of(stringify!($handler)),
                params: &[$(stringify!($param)),*],
                call: |t, regs| crate::syscall::SyscallFn::call(&$module::$handler, t, regs),
                phase: |i| {
                    crate::syscall::row::check_names(&$module::$handler, [$(stringify!($param)),*]);
                    crate::syscall::SyscallFn::phase(&$module::$handler, i)
                },
                show: |i, cx, out| crate::syscall::SyscallFn::show(&$module::$handler, i, cx, out),
                explain: |i, cx, out| crate::syscall::SyscallFn::explain(&$module::$handler, i, cx, out),
            },
        )*];
    };
}
pub(super) use syscalls;

/// A raw identifier without its `r#`.
pub(super) const fn name_of(handler: &'static str) -> &'static str {
    match handler.as_bytes() {
        [b'r', b'#', ..] => handler.split_at(2).1,
        _ => handler,
    }
}
