//! Sums, products, quotients, roots, signs.

use super::quick::{self, Quick};
use super::{
    Format, both_in_use, finish, get, in_use, is_default, is_quiet, pop, put, slot, soft_rm, soft_rr, soft_unary,
};
use crate::driver::{NOTHING, Scratch, go, handler};
use crate::generic::x87::soft::{self as full, Env, F80};
use crate::operand::Mode;
use crate::ops::slow::{generic, miss_read};

/// An operation on the destination and the other operand.
pub(crate) trait Binary: 'static {
    /// On ordinary operands, to an ordinary result.
    fn quick(a: F80, b: F80) -> Quick;
    /// On any.
    fn full(env: &mut Env, a: F80, b: F80) -> F80;
}

macro_rules! binary {
    ($($name:ident |$a:ident, $b:ident| $quick:expr, $full:ident($x:ident, $y:ident);)*) => {$(
        pub(crate) struct $name;
        impl Binary for $name {
            #[inline(always)]
            fn quick($a: F80, $b: F80) -> Quick { $quick }
            fn full(env: &mut Env, $a: F80, $b: F80) -> F80 { full::$full(env, $x, $y) }
        }
    )*};
}
binary! {
    Add |a, b| quick::add(a, b), add(a, b);
    Sub |a, b| quick::add(a, b.negated()), sub(a, b);
    Subr |a, b| quick::add(b, a.negated()), sub(b, a);
    Mul |a, b| quick::mul(a, b), mul(a, b);
    Div |a, b| quick::div(a, b), div(a, b);
    Divr |a, b| quick::div(b, a), div(b, a);
}

handler! {
    /// `op st(d), st(s)`; with `POP`, the stack is popped.
    fn rr[O: Binary, const POP: bool](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let (d, s) = (slot(u, (*op).d), slot(u, (*op).s));
        if is_default(u) && both_in_use(u, d, s)
            && let Some((r, status)) = O::quick(get(u, d), get(u, s))
        {
            put(u, d, r);
            if POP { pop(u) }
            finish(u, (*op).imm, status);
            go!(c, op.add(1), t, f, x)
        }
        soft_rr::<O, POP>(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// `op st(0), [m]`
    fn rm[O: Binary, F: Format, M: Mode](c, op, t, f, x) {
        let addr = M::ea(c, op);
        let Some(raw) = (*t).read::<F::Raw>(addr) else { return miss_read(c, op, t, Scratch::new(addr), f, x) };
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        if is_default(u) && in_use(u, d)
            && let Some(b) = F::quick(raw)
            && let Some((r, status)) = O::quick(get(u, d), b)
        {
            put(u, d, r);
            finish(u, M::origin(op), status);
            u.operand = addr;
            go!(c, op.add(1), t, f, x)
        }
        soft_rm::<O, F, M>(c, op, t, NOTHING, f, x)
    }
}
handler! {
    /// FCHS; FABS with `ABS`
    fn sign[const ABS: bool](c, op, t, f, x) {
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        if !is_quiet(u) || !in_use(u, d) { return generic(c, op, t, NOTHING, f, x) }
        let old = u.sign_exponent[d];
        u.sign_exponent[d] = if ABS { old & 0x7fff } else { old ^ 0x8000 };
        finish(u, (*op).imm, 0);
        go!(c, op.add(1), t, f, x)
    }
}
handler! {
    /// FSQRT
    fn sqrt(c, op, t, f, x) {
        let u = &mut (*c).x87;
        let d = slot(u, 0);
        if is_default(u) && in_use(u, d)
            && let Some((r, status)) = quick::sqrt(get(u, d))
        {
            put(u, d, r);
            finish(u, (*op).imm, status);
            go!(c, op.add(1), t, f, x)
        }
        soft_unary::<super::Sqrt>(c, op, t, NOTHING, f, x)
    }
}
