//! Flag control, hints, fences, traps, CPUID and what user mode may not do.

use super::{Cx, Flow, Outcome, gpr_index};
use iced_x86::{Mnemonic as M, Register as R};
use uemu_cpu::{Exception, Flags, Gpr, TSC_AUX};

/// Executes an instruction of this kind; `None` if it is of another.
pub(super) fn execute(cx: &mut Cx<'_>) -> Option<Outcome> {
    use M::*;
    Some(match cx.insn.mnemonic() {
        Nop | Reservednop | Rdsspd | Rdsspq | Pause | Endbr64 | Endbr32 | Prefetcht0 | Prefetcht1 | Prefetcht2
        | Prefetchnta | Prefetch | Prefetchw | Prefetchwt1 | Prefetchit0 | Prefetchit1 | Cldemote | Lfence | Mfence
        | Sfence | Serialize => Ok(Flow::Next),
        // A line flush is checked like a load of one byte (SDM vol. 2A, CLFLUSH).
        Clflush | Clflushopt | Clwb => {
            let addr = cx.ea();
            cx.load_uint(addr, 1).map(|_| Flow::Next)
        }

        Clc => flags(cx, Flags::CF, 0),
        Stc => flags(cx, Flags::CF, Flags::CF),
        Cmc => {
            let f = !cx.cpu.flags.arith();
            flags(cx, Flags::CF, f)
        }
        Cld => {
            cx.cpu.flags.control &= !Flags::DF;
            Ok(Flow::Next)
        }
        Std => {
            cx.cpu.flags.control |= Flags::DF;
            Ok(Flow::Next)
        }
        Lahf => {
            let f = cx.cpu.flags.arith();
            cx.set_reg(R::AH, f & 0xd5 | 2);
            Ok(Flow::Next)
        }
        Sahf => {
            let f = cx.reg(R::AH);
            flags(cx, 0xd5, f)
        }

        Syscall => {
            let (next, rflags) = (cx.insn.next_ip(), cx.cpu.flags.rflags());
            cx.cpu.set(Gpr::Rcx, next);
            cx.cpu.set(Gpr::R11, rflags & !Flags::RF);
            Ok(Flow::Syscall)
        }
        Cpuid => {
            let (leaf, subleaf) = (cx.reg(R::EAX) as u32, cx.reg(R::ECX) as u32);
            let [a, b, c, d] = cx.model.cpuid(leaf, subleaf);
            for (r, v) in [(Gpr::Rax, a), (Gpr::Rbx, b), (Gpr::Rcx, c), (Gpr::Rdx, d)] {
                cx.cpu.set(r, v as u64);
            }
            Ok(Flow::Next)
        }
        Rdtsc => Ok(Flow::ReadTsc),
        Rdtscp => Ok(Flow::ReadTscp),
        Rdpid => {
            cx.set_reg(cx.insn.op0_register(), TSC_AUX);
            Ok(Flow::Next)
        }
        Rdrand | Rdseed => random(cx),
        Movdiri => {
            let value = cx.reg(cx.insn.op1_register());
            cx.set_operand(0, value).map(|()| Flow::Next)
        }
        Movdir64b => movdir64b(cx),
        Rdfsbase => read_base(cx, cx.cpu.fs_base),
        Rdgsbase => read_base(cx, cx.cpu.gs_base),
        Wrfsbase | Wrgsbase => write_base(cx),

        Int3 => Ok(Flow::Trap(Exception::Breakpoint)),
        Int1 => Ok(Flow::Trap(Exception::Int1)),
        Int => match cx.insn.immediate8() {
            3 => Ok(Flow::Trap(Exception::Breakpoint)),
            4 => Ok(Flow::Trap(Exception::Overflow)),
            // The other gates are closed to user mode, and there is no 32-bit system call entry.
            vector => Err(Exception::Selector(u16::from(vector) * 8 + 2).into()),
        },
        Ud0 | Ud1 | Ud2 | Rsm => Err(Exception::InvalidOpcode { unimplemented: false }.into()),
        Hlt | Cli | Sti | In | Out | Insb | Insw | Insd | Outsb | Outsw | Outsd | Lgdt | Lidt | Lldt | Ltr | Lmsw
        | Clts | Invd | Wbinvd | Wbnoinvd | Invlpg | Rdmsr | Wrmsr | Rdpmc | Sysret | Sysretq | Sysexit | Sysexitq
        | Swapgs | Xsetbv => Err(Exception::GeneralProtection.into()),
        INVALID => Err(Exception::InvalidOpcode { unimplemented: false }.into()),
        _ => return None,
    })
}

/// RDRAND and RDSEED always succeed: CF, and no other flag.
fn random(cx: &mut Cx<'_>) -> Outcome {
    let r = cx.insn.op0_register();
    cx.cpu.flags.set_arith(Flags::CF);
    Ok(Flow::ReadRandom { register: gpr_index(r) as u8, bytes: r.size() as u8 })
}

/// Copies 64 bytes to the address in a register (segment ES, whose base is zero), which must be a multiple of 64.
fn movdir64b(cx: &mut Cx<'_>) -> Outcome {
    let to = cx.reg(cx.insn.op0_register());
    if !to.is_multiple_of(64) {
        return Err(Exception::GeneralProtection.into());
    }
    let from = cx.ea();
    let bytes = cx.load::<64>(from)?;
    cx.store(to, &bytes)?;
    Ok(Flow::Next)
}

fn flags(cx: &mut Cx<'_>, mask: u64, value: u64) -> Outcome {
    cx.cpu.flags.update_arith(mask, value);
    Ok(Flow::Next)
}

fn read_base(cx: &mut Cx<'_>, base: u64) -> Outcome {
    cx.set_reg(cx.insn.op0_register(), base);
    Ok(Flow::Next)
}

fn write_base(cx: &mut Cx<'_>) -> Outcome {
    let base = cx.operand(0)?;
    if ((base << 16) as i64 >> 16) as u64 != base {
        return Err(Exception::GeneralProtection.into());
    }
    if cx.insn.mnemonic() == M::Wrfsbase {
        cx.cpu.fs_base = base;
    } else {
        cx.cpu.gs_base = base;
    }
    Ok(Flow::Next)
}
