//! Off the fast path: TLB misses, the generic step, unresolved links, the end of fuel.

use crate::cache::Block;
use crate::driver::{NOTHING, go, handler, leave};
use crate::engine::{Ctx, Leave, exit_of, exit_of_flow};
use crate::fp;
use crate::generic::{self, Cx, Flow};
use crate::op::Op;
use uemu_cpu::{CpuState, Exit, Flags};
use uemu_mem::{GuestAddr, Tlb};

/// Goes to a link: pays for the target block's instructions, or stops short of it.
macro_rules! follow {
    ($c:expr, $target:expr, $t:expr, $f:expr, $x:expr) => {{
        let target: *const $crate::op::Op = $target;
        let left = $f - (*target).count as i64;
        if left < 0 {
            return $crate::ops::slow::short_of_fuel($c, target, $t, $crate::driver::NOTHING, $f, $x);
        }
        $crate::driver::go!($c, target, $t, left, $x)
    }};
}
pub(crate) use follow;

/// The block `op` belongs to.
///
/// # Safety
/// `op` lies in a block made by `lower`; the header is `pos` slots before it.
unsafe fn block_of<'a>(op: *const Op) -> &'a Block {
    // SAFETY: the caller's promise; the cache keeps blocks while ops run.
    unsafe { &*((*op.sub((*op).pos as usize)).imm as *const Block) }
}

handler! {
    /// There is less fuel than the block at `op` has instructions: the dispatcher steps through it.
    #[cold]
    #[inline(never)]
    fn short_of_fuel(c, op, t, f, x) {
        (*c).rip = block_of(op).insns[0].ip();
        (*x).leave = Leave::ShortOfFuel;
        leave!(f, x)
    }
}

/// What the generic step says to do next.
enum After {
    /// The next op of the block.
    Next,
    /// Another block, at RIP.
    Lookup,
    /// Leave, giving back this many instructions of fuel.
    Leave(u64),
}

/// Executes the guest instructions that `op` covers by the generic step.
///
/// # Safety
/// As for [`crate::driver::run`].
#[cold]
#[inline(never)]
unsafe fn generic_step(c: *mut CpuState, op: *const Op, t: *mut Tlb, x: *mut Ctx) -> After {
    // SAFETY: the contract of `driver::run`: all four are valid and ours alone for the time being.
    let (cpu, tlb, ctx) = unsafe { (&mut *c, &mut *t, &mut *x) };
    // SAFETY: as above; the context's pointers are valid while a chain runs.
    let (mem, model) = unsafe { (&mut *ctx.mem, &*ctx.model) };
    // SAFETY: `op` lies in a block; a covering op is followed by another or by its second slot.
    let (block, first, end) = unsafe { (block_of(op), (*op).insn as usize, (*op.add(1)).insn as usize) };
    let total = block.insns.len();
    fp::collect(cpu);
    for (i, insn) in block.insns.iter().enumerate().take(end).skip(first) {
        ctx.generic_steps += 1;
        cpu.rip = insn.ip();
        let outcome = generic::execute(&mut Cx { cpu, mem, insn, model });
        let (refund, exit) = match outcome {
            Err(stop) => (total - i, Some(exit_of(stop))),
            Ok(flow) => {
                cpu.rip = if let Flow::Jump(to) = flow { to } else { insn.next_ip() };
                (total - i - 1, exit_of_flow(flow))
            }
        };
        if let Some(exit) = exit {
            ctx.leave = Leave::Exit(exit);
            fp::begin();
            tlb.sync(mem);
            return After::Leave(refund as u64);
        }
        // A jump in mid-block is a long REP going on with itself.
        let jumped = i + 1 < total && cpu.rip != insn.next_ip();
        let stepped = cpu.flags.control & (Flags::TF | Flags::AC) != 0;
        if jumped || stepped || mem.code_changed() || fp::is_exotic(cpu) != ctx.exotic {
            ctx.leave = Leave::Resync;
            fp::begin();
            tlb.sync(mem);
            return After::Leave(refund as u64);
        }
    }
    fp::begin();
    tlb.sync(mem);
    if end == total { After::Lookup } else { After::Next }
}

handler! {
    /// An op without a handler of its own, or one that left the fast path.
    #[cold]
    #[inline(never)]
    fn generic(c, op, t, f, x) {
        match generic_step(c, op, t, x) {
            After::Next => go!(c, op.add(1), t, f, x),
            After::Leave(refund) => leave!(f + refund as i64, x),
            After::Lookup => return lookup(c, op, t, NOTHING, f, x),
        }
    }
}

/// The block at RIP; leaves when there is none.
///
/// # Safety
/// As for [`crate::driver::run`].
#[cold]
#[inline(never)]
unsafe fn find(c: *mut CpuState, t: *mut Tlb, x: *mut Ctx) -> *const Op {
    // SAFETY: the contract of `driver::run`.
    let (cpu, tlb, ctx) = unsafe { (&mut *c, &mut *t, &mut *x) };
    // SAFETY: the context's pointers are valid while a chain runs.
    let (mem, cache) = unsafe { (&mut *ctx.mem, &mut *ctx.cache) };
    if cache.is_full() {
        ctx.leave = Leave::Resync;
        return std::ptr::null();
    }
    let found = cache.find_or_translate(cpu.rip, mem);
    tlb.sync(mem);
    match found {
        Err(exit) => {
            ctx.leave = Leave::Exit(exit);
            std::ptr::null()
        }
        Ok(_) if mem.code_changed() => {
            ctx.leave = Leave::Resync;
            std::ptr::null()
        }
        Ok(first) => first,
    }
}

handler! {
    /// On to the block at RIP.
    #[cold]
    #[inline(never)]
    fn lookup(c, op, t, f, x) {
        let target = find(c, t, x);
        if target.is_null() {
            leave!(f, x)
        }
        follow!(c, target, t, f, x)
    }
}

handler! {
    /// A stub: the link that led here is not resolved yet. `imm` is the target address, `d` says how many
    /// slots back the link to patch is.
    #[cold]
    #[inline(never)]
    fn unresolved(c, op, t, f, x) {
        (*c).rip = (*op).imm;
        let target = find(c, t, x);
        if target.is_null() {
            leave!(f, x)
        }
        // Ops are reached only through raw pointers while chains run, so the link may be written in place.
        (*op.sub((*op).d as usize).cast_mut()).imm = target as u64;
        follow!(c, target, t, f, x)
    }
}

handler! {
    /// The end of a block that was cut for length: on to the next.
    fn continue_at(c, op, t, f, x) {
        follow!(c, (*op).imm as *const Op, t, f, x)
    }
}

handler! {
    /// A block's header; never executed.
    fn header(c, op, t, f, x) {
        (*x).leave = Leave::Resync;
        leave!(f, x)
    }
}

handler! {
    /// A read missed the TLB: fills it and runs the op again, or does the instruction generically when
    /// the access crosses pages.
    ///
    /// # Safety
    /// As for [`crate::driver::run`]; the scratch argument is the address.
    #[cold]
    #[inline(never)]
    fn miss_read(c, op, t, addr, f, x) {
        let addr = addr.assume_init();
        if (*t).read::<u8>(addr).is_none() && (*t).fill_read(&mut *(*x).mem, GuestAddr(addr)).is_ok() {
            go!(c, op, t, f, x)
        }
        generic(c, op, t, NOTHING, f, x)
    }
}

handler! {
    /// A write missed the TLB, likewise; pages with decoded code stay out of it and are written generically.
    ///
    /// # Safety
    /// As for [`crate::driver::run`]; the scratch argument is the address.
    #[cold]
    #[inline(never)]
    fn miss_write(c, op, t, addr, f, x) {
        let addr = addr.assume_init();
        if !(*t).can_write::<u8>(addr) && matches!((*t).fill_write(&mut *(*x).mem, GuestAddr(addr)), Ok(true)) {
            (*t).sync(&mut *(*x).mem);
            if (*t).can_write::<u8>(addr) {
                go!(c, op, t, f, x)
            }
        }
        generic(c, op, t, NOTHING, f, x)
    }
}

handler! {
    /// SYSCALL.
    fn syscall(c, op, t, f, x) {
        enter_kernel(c, (*op).imm);
        (*x).leave = Leave::Exit(Exit::Syscall);
        leave!(f, x)
    }
}

/// What SYSCALL does to the registers: RCX = next RIP, R11 = RFLAGS.
#[inline(never)]
unsafe fn enter_kernel(c: *mut CpuState, next: u64) {
    // SAFETY: the contract of `driver::run`.
    let cpu = unsafe { &mut *c };
    cpu.rip = next;
    cpu.gpr[uemu_cpu::Gpr::Rcx as usize] = next;
    cpu.gpr[uemu_cpu::Gpr::R11 as usize] = cpu.flags.rflags();
}
