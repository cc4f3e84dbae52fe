//! Which flags an instruction must leave behind.
//!
//! A flag is dead after an instruction when, on the way to the end of the block, another one overwrites it
//! before anything could look: a reader, or an instruction that might leave the block (a memory fault, an
//! exception), since signal frames and debuggers show exact flags. At the end of a block all are live.

use super::operands::imm;
use iced_x86::{Instruction, Mnemonic, OpKind, RflagsBits};

/// The arithmetic flags, in iced's numbering.
const ARITH: u32 = RflagsBits::OF | RflagsBits::SF | RflagsBits::ZF | RflagsBits::AF | RflagsBits::CF | RflagsBits::PF;

/// Whether any arithmetic flag is live after each instruction.
pub(crate) fn live_after(insns: &[Instruction]) -> Vec<bool> {
    let mut live = ARITH;
    let mut out = vec![true; insns.len()];
    for (i, insn) in insns.iter().enumerate().rev() {
        out[i] = live & insn.rflags_modified() != 0;
        if !cannot_leave(insn) {
            live = ARITH;
        } else {
            if always_writes_flags(insn) {
                live &= !insn.rflags_modified();
            }
            live |= insn.rflags_read() & ARITH;
        }
    }
    out
}

/// Whether the instruction replaces every flag that iced says it modifies. Shifts by CL leave all flags alone
/// when the count is zero; the bit instructions leave those alone that the architecture calls undefined.
fn always_writes_flags(insn: &Instruction) -> bool {
    use Mnemonic::*;
    match insn.mnemonic() {
        Shl | Sal | Shr | Sar | Rol | Ror | Rcl | Rcr | Shld | Shrd => {
            let last = insn.op_count() - 1;
            insn.op_kind(last) == OpKind::Immediate8
                && insn.immediate(last) & if insn.op0_register().size() == 8 { 63 } else { 31 } != 0
        }
        Bsf | Bsr | Bt | Bts | Btr | Btc | Tzcnt | Lzcnt => false,
        _ => true,
    }
}

/// Whether the instruction can neither fault nor raise an exception: register forms of plain integer work.
fn cannot_leave(insn: &Instruction) -> bool {
    use Mnemonic::*;
    if insn.mnemonic() == Lea || insn.mnemonic() == Nop {
        return true;
    }
    if (0..insn.op_count()).any(|i| insn.op_kind(i) != OpKind::Register && imm(insn, i).is_none()) {
        return false;
    }
    matches!(
        insn.mnemonic(),
        Mov | Movzx
            | Movsx
            | Movsxd
            | Add
            | Or
            | Adc
            | Sbb
            | And
            | Sub
            | Xor
            | Cmp
            | Test
            | Inc
            | Dec
            | Neg
            | Not
            | Shl
            | Sal
            | Shr
            | Sar
            | Rol
            | Ror
            | Imul
            | Mul
            | Xchg
            | Bswap
            | Cdq
            | Cqo
            | Cdqe
            | Cwde
            | Bt
            | Bts
            | Btr
            | Btc
            | Shld
            | Shrd
            | Bsf
            | Bsr
            | Tzcnt
            | Lzcnt
            | Popcnt
            | Andn
            | Bextr
            | Blsi
            | Blsmsk
            | Blsr
            | Bzhi
            | Mulx
            | Pdep
            | Pext
            | Rorx
            | Sarx
            | Shlx
            | Shrx
            | Adcx
            | Adox
            | Endbr64
            | Seta
            | Setae
            | Setb
            | Setbe
            | Sete
            | Setg
            | Setge
            | Setl
            | Setle
            | Setne
            | Setno
            | Setnp
            | Setns
            | Seto
            | Setp
            | Sets
            | Cmova
            | Cmovae
            | Cmovb
            | Cmovbe
            | Cmove
            | Cmovg
            | Cmovge
            | Cmovl
            | Cmovle
            | Cmovne
            | Cmovno
            | Cmovnp
            | Cmovns
            | Cmovo
            | Cmovp
            | Cmovs
    ) && !(insn.op_count() > 0 && insn.op_kind(0) == OpKind::Register && insn.op0_register().is_segment_register())
        && !(insn.op_count() > 1 && insn.op_kind(1) == OpKind::Register && !insn.op1_register().is_gpr())
        && !insn.has_lock_prefix()
}
