//! Condition codes over RFLAGS (SDM vol. 1, appendix B).

use iced_x86::ConditionCode as C;
use uemu_cpu::{Flags, LazyFlags};

/// Whether the condition holds. `None`, which is no condition, does.
pub(super) fn holds(flags: &LazyFlags, condition: C) -> bool {
    let f = flags.arith();
    let is = |bit| f & bit != 0;
    let less = is(Flags::SF) != is(Flags::OF);
    match condition {
        C::None => true,
        C::o => is(Flags::OF),
        C::no => !is(Flags::OF),
        C::b => is(Flags::CF),
        C::ae => !is(Flags::CF),
        C::e => is(Flags::ZF),
        C::ne => !is(Flags::ZF),
        C::be => is(Flags::CF) || is(Flags::ZF),
        C::a => !is(Flags::CF) && !is(Flags::ZF),
        C::s => is(Flags::SF),
        C::ns => !is(Flags::SF),
        C::p => is(Flags::PF),
        C::np => !is(Flags::PF),
        C::l => less,
        C::ge => !less,
        C::le => less || is(Flags::ZF),
        C::g => !less && !is(Flags::ZF),
    }
}
