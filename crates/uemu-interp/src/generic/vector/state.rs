//! MXCSR, EMMS, VZEROUPPER, and what only orders or hints: fences, prefetches, cache line flushes.

use super::{DONE, Out, Vx, mmx};
use iced_x86::Mnemonic as M;
use uemu_cpu::{Exception, Mxcsr, Vector};

/// Executes a state instruction.
pub(super) fn execute(v: &mut Vx<'_, '_>) -> Out {
    match v.m {
        M::Ldmxcsr => {
            let x = v.operand(0)?[0] as u32;
            if x & !Mxcsr::VALID != 0 {
                return Err(Exception::GeneralProtection.into());
            }
            v.cx.cpu.mxcsr = Mxcsr(x);
            DONE
        }
        M::Stmxcsr => {
            let x = u128::from(v.cx.cpu.mxcsr.0);
            v.write([x, 0])
        }
        M::Emms => {
            mmx::check(v.cx.cpu)?;
            mmx::leave(v.cx.cpu);
            DONE
        }
        M::Vzeroupper => {
            v.cx.cpu.vector[..16].iter_mut().for_each(|r| r.0[2..].fill(0));
            DONE
        }
        M::Vzeroall => {
            v.cx.cpu.vector[..16].fill(Vector([0; 8]));
            DONE
        }
        // One task runs at a time: memory is always in order.
        M::Sfence | M::Lfence | M::Mfence => DONE,
        M::Prefetchnta | M::Prefetcht0 | M::Prefetcht1 | M::Prefetcht2 => DONE,
        M::Clflush => {
            // Touches the byte as a load does.
            let a = v.cx.ea();
            v.cx.load::<1>(a)?;
            DONE
        }
        _ => Ok(None),
    }
}
