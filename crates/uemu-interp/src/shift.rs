//! Flags of rotates, for the generic step and the fast handlers alike.

use uemu_cpu::{Flags, LazyFlags};

/// Sets CF and OF after rotating a word of `bits` to `r` by a count that is not zero (SDM vol. 2,
/// RCL/RCR/ROL/ROR). OF, undefined for counts above one, follows the formula for one.
pub(crate) fn set_rotate_flags(f: &mut LazyFlags, right: bool, bits: u32, r: u64) {
    let top = r >> (bits - 1) & 1;
    let (cf, of) = if right { (top, top ^ (r >> (bits - 2) & 1)) } else { (r & 1, top ^ (r & 1)) };
    let cf_of = if cf != 0 { Flags::CF } else { 0 } | if of != 0 { Flags::OF } else { 0 };
    f.update_arith(Flags::CF | Flags::OF, cf_of);
}
