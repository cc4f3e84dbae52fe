//! AES, carry-less multiplication, GFNI and SHA: one 128-bit lane at a time.

use super::{Out, Vx, aes, clmul, gfni, sha};
use iced_x86::{Mnemonic as M, Register};

/// Executes it.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    let imm = v.imm();
    match v.m {
        M::Aesenc => v.by_lane(aes::encrypt),
        M::Aesenclast => v.by_lane(aes::encrypt_last),
        M::Aesdec => v.by_lane(aes::decrypt),
        M::Aesdeclast => v.by_lane(aes::decrypt_last),
        M::Aesimc => v.by_lane(|_, b| aes::inverse_mix(b)),
        M::Aeskeygenassist => v.by_lane(|_, b| aes::key_assist(b, imm)),
        M::Pclmulqdq => v.by_lane(|a, b| clmul::pclmulqdq(a, b, imm)),
        M::Gf2p8mulb => v.by_lane(gfni::mul),
        M::Gf2p8affineqb => v.by_lane(|a, b| gfni::affine(a, b, imm)),
        M::Gf2p8affineinvqb => v.by_lane(|a, b| gfni::affine_inverse(a, b, imm)),
        M::Sha1nexte => v.by_lane(sha::sha1nexte),
        M::Sha1msg1 => v.by_lane(sha::sha1msg1),
        M::Sha1msg2 => v.by_lane(sha::sha1msg2),
        M::Sha1rnds4 => v.by_lane(|a, b| sha::sha1rnds4(a, b, imm)),
        M::Sha256rnds2 => {
            // The third operand is implied.
            let wk = v.register(Register::XMM0)[0];
            v.by_lane(|a, b| sha::sha256rnds2(a, b, wk))
        }
        M::Sha256msg1 => v.by_lane(sha::sha256msg1),
        M::Sha256msg2 => v.by_lane(sha::sha256msg2),
        _ => Ok(None),
    }
}
