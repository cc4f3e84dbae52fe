//! F16C: binary16 to binary32 and back.

use super::{DAZ, Env, F16, F32, FTZ, IE, RC_SHIFT, signed};

impl Env {
    /// VCVTPH2PS, of one element. Denormals count as what they are, DAZ or not, and raise nothing.
    pub fn widen_half(&mut self, v: u64) -> u64 {
        if F16.is_nan(v) {
            if F16.is_snan(v) {
                self.raise(IE);
            }
            let fraction = (v & 0x3ff) << 13;
            return signed(F32, v & F16.sign() != 0, F32.infinity() | fraction | F32.quiet());
        }
        let mut exact = Env { control: self.control & !DAZ, ..*self };
        exact.reformat(F16, v, F32)
    }

    /// VCVTPS2PH, of one element. `imm`: bits 0-1 the rounding, bit 2 use MXCSR's instead. FTZ has no effect.
    pub fn narrow_half(&mut self, v: u64, imm: u8) -> u64 {
        if F32.is_nan(v) {
            if F32.is_snan(v) {
                self.raise(IE);
            }
            let fraction = (v & 0x7f_ffff) >> 13;
            return signed(F16, v & F32.sign() != 0, F16.infinity() | fraction | F16.quiet());
        }
        self.denormal(F32, v);
        let rounding = if imm & 4 != 0 { self.control } else { u32::from(imm) << RC_SHIFT } & 3 << RC_SHIFT;
        let control = self.control & !(FTZ | 3 << RC_SHIFT) | rounding;
        let mut env = Env { control, ..*self };
        let r = env.reformat(F32, v, F16);
        self.raise(env.flags);
        r
    }
}
