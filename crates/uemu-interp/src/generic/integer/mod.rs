//! General-purpose integer instructions, one file a family.

mod alu;
pub(super) mod bits;
mod bmi;
mod extend;
mod moves;
mod muldiv;
mod shift;
mod stack;

use super::{Cx, Outcome};
use iced_x86::Mnemonic as M;
use uemu_cpu::Flags;

/// Executes an integer instruction; `None` if it is not one of these families'.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    Some(match cx.insn.mnemonic() {
        M::Mov => moves::mov(cx),
        M::Movzx => moves::movzx(cx),
        M::Movsx | M::Movsxd => moves::movsx(cx),
        M::Movbe => moves::movbe(cx),
        M::Movnti => moves::movzx(cx),
        M::Lea => moves::lea(cx),
        M::Xchg => moves::xchg(cx),
        M::Bswap => moves::bswap(cx),
        M::Xlatb => moves::xlat(cx),
        M::Cbw | M::Cwde | M::Cdqe | M::Cwd | M::Cdq | M::Cqo => extend::execute(cx),

        M::Add => alu::add(cx, false),
        M::Adc => alu::add(cx, true),
        M::Sub => alu::sub(cx, false),
        M::Sbb => alu::sub(cx, true),
        M::Cmp => alu::cmp(cx),
        M::And => alu::logic(cx, |a, b| a & b),
        M::Or => alu::logic(cx, |a, b| a | b),
        M::Xor => alu::logic(cx, |a, b| a ^ b),
        M::Test => alu::test(cx),
        M::Inc => alu::inc(cx),
        M::Dec => alu::dec(cx),
        M::Neg => alu::neg(cx),
        M::Not => alu::not(cx),
        M::Xadd => alu::xadd(cx),
        M::Cmpxchg => alu::cmpxchg(cx),
        M::Cmpxchg8b => alu::cmpxchg_pair(cx, 8),
        M::Cmpxchg16b => alu::cmpxchg_pair(cx, 16),

        M::Mul => muldiv::mul(cx),
        M::Imul => muldiv::imul(cx),
        M::Div => muldiv::div(cx),
        M::Idiv => muldiv::idiv(cx),

        M::Shl | M::Sal => shift::shl(cx),
        M::Shr => shift::shr(cx),
        M::Sar => shift::sar(cx),
        M::Rol => shift::rol(cx),
        M::Ror => shift::ror(cx),
        M::Rcl => shift::rcl(cx),
        M::Rcr => shift::rcr(cx),
        M::Shld => shift::shld(cx),
        M::Shrd => shift::shrd(cx),

        M::Bt => bits::bt(cx, None),
        M::Bts => bits::bt(cx, Some(|word, bit| word | bit)),
        M::Btr => bits::bt(cx, Some(|word, bit| word & !bit)),
        M::Btc => bits::bt(cx, Some(|word, bit| word ^ bit)),
        M::Bsf => bits::bsf(cx),
        M::Bsr => bits::bsr(cx),
        M::Tzcnt => bits::tzcnt(cx),
        M::Lzcnt => bits::lzcnt(cx),
        M::Popcnt => bits::popcnt(cx),
        M::Crc32 => bits::crc32(cx),

        M::Andn
        | M::Bextr
        | M::Blsi
        | M::Blsmsk
        | M::Blsr
        | M::Bzhi
        | M::Mulx
        | M::Pdep
        | M::Pext
        | M::Rorx
        | M::Sarx
        | M::Shlx
        | M::Shrx
        | M::Adcx
        | M::Adox => bmi::execute(cx),

        M::Push => stack::push(cx),
        M::Pop => stack::pop(cx),
        M::Pushf | M::Pushfq => stack::pushf(cx),
        M::Popf | M::Popfq => stack::popf(cx),
        M::Enter => stack::enter(cx),
        M::Leave => stack::leave(cx),

        _ => return None,
    })
}

/// All ones in the low `bytes` (1, 2, 4 or 8) bytes.
fn mask(bytes: usize) -> u64 {
    u64::MAX >> (64 - 8 * bytes)
}

/// The value of the low `bytes` bytes, sign-extended.
fn signed(value: u64, bytes: usize) -> i64 {
    let up = 64 - 8 * bytes as u32;
    ((value << up) as i64) >> up
}

/// ZF, SF and PF as they follow from a result of `bytes` bytes.
fn zsp(result: u64, bytes: usize) -> u64 {
    let r = result & mask(bytes);
    let mut f = 0;
    if r == 0 {
        f |= Flags::ZF;
    }
    if signed(r, bytes) < 0 {
        f |= Flags::SF;
    }
    if (r as u8).count_ones().is_multiple_of(2) {
        f |= Flags::PF;
    }
    f
}

/// `bit` if `on`.
fn flag(bit: u64, on: bool) -> u64 {
    if on { bit } else { 0 }
}
