//! Which encodings there are, and which of them the processor can judge.

use super::features::{self, Features};
use iced_x86::{Code, EncodingKind, Mnemonic as M};

/// What becomes of an encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// Executed here and under uemu.
    Compared,
    /// Offered by uemu, but this is why a native run says nothing about it.
    Apart(&'static str),
}

/// An encoding that uemu's CPUID offers.
pub(crate) struct Encoding {
    pub code: Code,
    /// Its CPUID features.
    pub group: String,
    pub fate: Fate,
}

/// Every encoding of 64-bit mode that CPUID offers.
pub(crate) fn all(features: &Features) -> Vec<Encoding> {
    let offered = Code::values().filter(|c| exists(*c) && features.offered(*c));
    offered
        .map(|code| {
            let fate = match apart(code).or_else(|| amd(code).filter(|_| features.amd)) {
                Some(why) => Fate::Apart(why),
                None if !features.here(code) => Fate::Apart("this processor lacks it"),
                None => Fate::Compared,
            };
            Encoding { code, group: features::group(code), fate }
        })
        .collect()
}

/// What AMD's processors understand otherwise: their far pointers in memory have 16 or 32 bits, REX.W or not.
fn amd(code: Code) -> Option<&'static str> {
    let wide = matches!(
        code,
        Code::Jmp_m1664 | Code::Call_m1664 | Code::Lss_r64_m1664 | Code::Lfs_r64_m1664 | Code::Lgs_r64_m1664
    );
    wide.then_some("AMD's processors have no 64-bit far pointers")
}

/// Whether it is an instruction of 64-bit mode in a form that our models may have.
fn exists(code: Code) -> bool {
    let op = code.op_code();
    op.is_instruction()
        && op.is_available_in_mode(64)
        && matches!(op.encoding(), EncodingKind::Legacy | EncodingKind::VEX)
        && op.decoder_option() == 0
}

/// Why no bytes decode to a code here: its bytes, if it has any of its own, are compared as what they are decoded to.
fn unreachable(code: Code) -> Option<&'static str> {
    let op = code.op_code();
    if !op.intel_decoder64() {
        Some("near branches that AMD's processors cut to 16 bits: ours is Intel's kind")
    } else if op.fwait() {
        Some("two instructions under one name, FWAIT and another")
    } else if code.mnemonic() == M::Reservednop {
        Some("reserved NOPs, decoded as such only on request")
    } else if code == Code::Ud0 {
        Some("UD0 without a ModRM byte, as old processors have it")
    } else {
        None
    }
}

/// Why the processor is no judge of a code.
fn apart(code: Code) -> Option<&'static str> {
    if let Some(why) = unreachable(code) {
        return Some(why);
    }
    Some(match code.mnemonic() {
        M::Syscall | M::Sysenter => "enters the kernel of this machine",
        M::Cpuid | M::Xgetbv => "tells which processor it is, and ours is another",
        M::Rdtsc | M::Rdtscp => "reads this machine's clock",
        M::Rdpid => "tells which processor of this machine it is",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::form;
    use crate::oracle::values::Rng;

    /// In register and in memory form where there are both: an encoding that cannot be built is compared by nothing.
    #[test]
    fn every_encoding_can_be_built() {
        let all = all(&Features::new().unwrap());
        assert!(all.len() > 2000, "{}", all.len());
        for e in all.into_iter().filter(|e| unreachable(e.code).is_none()) {
            let mut rng = Rng(1);
            let memory = (0..40).filter_map(|_| form::member(&mut rng, e.code, false)).map(|f| f.place.is_some());
            let (with, without): (Vec<bool>, Vec<bool>) = memory.partition(|m| *m);
            assert!(!with.is_empty() || !without.is_empty(), "{:?}", e.code);
            let both = e.code.op_code().op_kinds().iter().any(|k| form::either(*k));
            assert!(!both || !with.is_empty() && !without.is_empty(), "{:?}", e.code);
        }
    }
}
