//! RFLAGS, with the six arithmetic flags computed only when something asks.

/// Declares flag bits as associated constants of [`Flags`].
macro_rules! rflags_bits {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        /// Bit masks of RFLAGS (SDM vol. 1, 3.4.3).
        pub struct Flags;
        impl Flags {
            $($(#[$doc])* pub const $name: u64 = $value;)*
            /// The six flags arithmetic sets: CF, PF, AF, ZF, SF, OF.
            pub const ARITH: u64 = Self::CF | Self::PF | Self::AF | Self::ZF | Self::SF | Self::OF;
            /// What POPF and a signal frame may change in user mode.
            pub const USER: u64 = Self::ARITH | Self::TF | Self::DF | Self::AC | Self::ID | (1 << 14);
        }
    };
}
rflags_bits! {
    /// CF: carry.
    CF = 1 << 0;
    /// PF: even parity of the low byte.
    PF = 1 << 2;
    /// AF: carry out of bit 3.
    AF = 1 << 4;
    /// ZF: zero.
    ZF = 1 << 6;
    /// SF: sign.
    SF = 1 << 7;
    /// TF: single step.
    TF = 1 << 8;
    /// IF: interrupts enabled (always set in user mode).
    IF = 1 << 9;
    /// DF: string instructions go down.
    DF = 1 << 10;
    /// OF: signed overflow.
    OF = 1 << 11;
    /// RF: resume.
    RF = 1 << 16;
    /// AC: alignment check.
    AC = 1 << 18;
    /// ID: CPUID is there.
    ID = 1 << 21;
}

/// What last set the arithmetic flags: an operation and a width, or the flags themselves.
///
/// The value is `operation * 4 + log2(bytes)`, so that an engine can build it as a constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Kind(pub u64);

/// Operations whose flags follow from two words `a` and `b`.
impl Kind {
    /// `a` holds the flags themselves.
    pub const EAGER: u64 = 0;
    /// `a + b`
    pub const ADD: u64 = 1;
    /// `a - b`
    pub const SUB: u64 = 2;
    /// The result is `a`; CF and OF clear (AF, undefined, reads clear).
    pub const LOGIC: u64 = 3;
    /// The result is `a`; CF is `b` (0 or 1).
    pub const INC: u64 = 4;
    /// The result is `a`; CF is `b`.
    pub const DEC: u64 = 5;
    /// `a + b + 1`
    pub const ADC: u64 = 6;
    /// `a - b - 1`
    pub const SBB: u64 = 7;
    /// A product whose low half is `a`; CF and OF are `b`. (SF, ZF, AF and PF are undefined: they follow the result.)
    pub const MUL: u64 = 8;
    /// `a << b`; `b` is masked and not zero.
    pub const SHL: u64 = 9;
    /// `a >> b`, unsigned.
    pub const SHR: u64 = 10;
    /// `a >> b`, signed.
    pub const SAR: u64 = 11;

    /// The kind for an operation at a width of `1 << log2_bytes` bytes.
    pub const fn new(operation: u64, log2_bytes: u64) -> Kind {
        Kind(operation * 4 + log2_bytes)
    }
}

/// The arithmetic flags as the operands of what set them, plus the control bits.
///
/// `a` and `b` may hold garbage above the operation's width.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct LazyFlags {
    /// What set the arithmetic flags.
    pub kind: Kind,
    /// First operand or result.
    pub a: u64,
    /// Second operand or carry.
    pub b: u64,
    /// TF, DF, AC, ID, IF as they are in RFLAGS; arithmetic bits zero.
    pub control: u64,
}

/// `a << n`, zero for counts that shift everything out.
fn shl(a: u64, n: u64) -> u64 {
    if n < 64 { a << n } else { 0 }
}

/// `a >> n` likewise.
fn shr(a: u64, n: u64) -> u64 {
    if n < 64 { a >> n } else { 0 }
}

impl LazyFlags {
    /// The flags at program entry: IF alone.
    pub const fn new() -> LazyFlags {
        LazyFlags { kind: Kind(0), a: 0, b: 0, control: Flags::IF }
    }

    /// The six arithmetic flags, as RFLAGS bits.
    pub fn arith(&self) -> u64 {
        if self.kind.0 < 4 {
            return self.a & Flags::ARITH;
        }
        let log2 = self.kind.0 & 3;
        let bits = 8u32 << log2;
        let mask = u64::MAX >> (64 - bits);
        let (a, b) = (self.a & mask, self.b & mask);
        let sign = 1u64 << (bits - 1);
        let (result, cf, of, af) = match self.kind.0 >> 2 {
            Kind::ADD => {
                let r = a.wrapping_add(b) & mask;
                (r, r < a, (a ^ r) & (b ^ r) & sign != 0, (a ^ b ^ r) & 0x10 != 0)
            }
            Kind::SUB => {
                let r = a.wrapping_sub(b) & mask;
                (r, a < b, (a ^ b) & (a ^ r) & sign != 0, (a ^ b ^ r) & 0x10 != 0)
            }
            Kind::ADC => {
                let r = a.wrapping_add(b).wrapping_add(1) & mask;
                (r, r <= a, (a ^ r) & (b ^ r) & sign != 0, (a ^ b ^ r) & 0x10 != 0)
            }
            Kind::SBB => {
                let r = a.wrapping_sub(b).wrapping_sub(1) & mask;
                (r, a <= b, (a ^ b) & (a ^ r) & sign != 0, (a ^ b ^ r) & 0x10 != 0)
            }
            Kind::MUL => (a, b & 1 != 0, b & 1 != 0, false),
            // OF is defined for a count of one; for others it follows the same formula. AF is undefined: clear.
            Kind::SHL => {
                let r = shl(a, b) & mask;
                let cf = shl(a, b.wrapping_sub(1)) & sign != 0;
                (r, cf, (r & sign != 0) != cf, false)
            }
            Kind::SHR => (shr(a, b), shr(a, b.wrapping_sub(1)) & 1 != 0, a & sign != 0, false),
            Kind::SAR => {
                let s = ((a << (64 - bits)) as i64) >> (64 - bits);
                ((s >> b.min(63)) as u64 & mask, (s >> b.wrapping_sub(1).min(63)) & 1 != 0, false, false)
            }
            Kind::INC => (a, b & 1 != 0, a == sign, a & 0xf == 0),
            Kind::DEC => (a, b & 1 != 0, a == sign - 1, a & 0xf == 0xf),
            _ => (a, false, false, false),
        };
        let mut f = 0;
        if cf {
            f |= Flags::CF;
        }
        if (result as u8).count_ones().is_multiple_of(2) {
            f |= Flags::PF;
        }
        if af {
            f |= Flags::AF;
        }
        if result == 0 {
            f |= Flags::ZF;
        }
        if result & sign != 0 {
            f |= Flags::SF;
        }
        if of {
            f |= Flags::OF;
        }
        f
    }

    /// CF alone.
    #[inline]
    pub fn cf(&self) -> bool {
        if self.kind.0 < 4 {
            return self.a & Flags::CF != 0;
        }
        let mask = u64::MAX >> (64 - (8u32 << (self.kind.0 & 3)));
        let (a, b) = (self.a & mask, self.b & mask);
        match self.kind.0 >> 2 {
            Kind::ADD => a.wrapping_add(b) & mask < a,
            Kind::SUB => a < b,
            Kind::ADC => a.wrapping_add(b).wrapping_add(1) & mask <= a,
            Kind::SBB => a <= b,
            Kind::INC | Kind::DEC | Kind::MUL => b & 1 != 0,
            Kind::SHL | Kind::SHR | Kind::SAR => self.arith() & Flags::CF != 0,
            _ => false,
        }
    }

    /// Sets the arithmetic flags (other bits of `flags` are ignored).
    pub fn set_arith(&mut self, flags: u64) {
        self.kind = Kind(0);
        self.a = flags & Flags::ARITH;
        self.b = 0;
    }

    /// Says what set the flags: one of [`Kind`]'s operations, on words of `bytes` (1, 2, 4 or 8).
    pub fn note(&mut self, operation: u64, bytes: usize, a: u64, b: u64) {
        *self = LazyFlags { kind: Kind::new(operation, bytes.trailing_zeros() as u64), a, b, control: self.control };
    }

    /// Replaces the arithmetic flags in `mask` by those of `flags`, keeping the others.
    pub fn update_arith(&mut self, mask: u64, flags: u64) {
        let old = self.arith();
        self.set_arith((old & !mask) | (flags & mask));
    }

    /// The whole of RFLAGS (bit 1 reads as one).
    pub fn rflags(&self) -> u64 {
        self.arith() | self.control | 2
    }

    /// Sets what user mode may set, as POPF and sigreturn do; IF stays set.
    pub fn set_rflags(&mut self, rflags: u64) {
        self.set_arith(rflags);
        self.control = (rflags & Flags::USER & !Flags::ARITH) | Flags::IF;
    }
}

impl Default for LazyFlags {
    fn default() -> Self {
        Self::new()
    }
}

/// Equal when the flags are, however they came about.
impl PartialEq for LazyFlags {
    fn eq(&self, other: &Self) -> bool {
        self.rflags() == other.rflags()
    }
}
impl Eq for LazyFlags {}
