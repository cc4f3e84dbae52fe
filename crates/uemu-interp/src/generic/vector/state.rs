//! MXCSR, EMMS, and what only orders or hints: fences, prefetches, cache line flushes.

use super::{DONE, Out, mmx, read};
use crate::generic::Cx;
use iced_x86::Mnemonic as M;
use uemu_cpu::{Exception, Mxcsr};

/// Executes a state instruction.
pub(super) fn execute(cx: &mut Cx<'_>) -> Out {
    match cx.insn.mnemonic() {
        M::Ldmxcsr => {
            let v = read(cx, 0)? as u32;
            if v & !Mxcsr::VALID != 0 {
                return Err(Exception::GeneralProtection.into());
            }
            cx.cpu.mxcsr = Mxcsr(v);
            DONE
        }
        M::Stmxcsr => {
            let v = u128::from(cx.cpu.mxcsr.0);
            super::write(cx, 0, v)
        }
        M::Emms => {
            mmx::check(cx.cpu)?;
            mmx::leave(cx.cpu);
            DONE
        }
        // One task runs at a time: memory is always in order.
        M::Sfence | M::Lfence | M::Mfence => DONE,
        M::Prefetchnta | M::Prefetcht0 | M::Prefetcht1 | M::Prefetcht2 => DONE,
        M::Clflush => {
            // Touches the byte as a load does.
            let a = cx.ea();
            cx.load::<1>(a)?;
            DONE
        }
        _ => Ok(None),
    }
}
