use crate::call_numbers as nr;
use crate::process::ExitStatus;
use crate::sched::Next;
use crate::testing::{CODE, MEM, Rig};
use uemu_abi::Errno;
use uemu_abi::signal::{SaFlags, SigSet, Signal};
use uemu_cpu::{Exception, Exit, Gpr};
use uemu_mem::{Access, Cause, GuestAddr, MemFault};

const THREAD: u64 = 0x100 | 0x800 | 0x1_0000;
const USR1: u64 = 10;

fn pipe(r: &mut Rig) -> u64 {
    let me = r.first();
    assert_eq!(r.call(me, nr::PIPE2, &[MEM + 0x100, 0]), Some(Ok(0)));
    r.word(me, 0x100) & 0xffff_ffff
}

#[test]
fn a_read_is_restarted_or_interrupted_as_sa_restart_says() {
    for (flags, after) in [(SaFlags::RESTART, None), (SaFlags::empty(), Some(Err(Errno::EINTR)))] {
        let mut r = Rig::new();
        let me = r.first();
        let fd = pipe(&mut r);
        r.handle(me, Signal::SIGUSR1, flags);
        let child = r.clone(me, 17);
        let rip = r.k.task(me).cpu.rip;
        assert_eq!(r.call(me, nr::READ, &[fd, MEM, 8]), None);
        assert_eq!(r.call(child, nr::KILL, &[u64::from(me.0), USR1]), Some(Ok(0)));
        r.until(me);
        let cpu = &r.k.task(me).cpu;
        assert_eq!((cpu.rip, cpu.get(Gpr::Rdi)), (CODE + 0x1000, USR1), "in the handler");
        let back = r.sigreturn(me);
        let cpu = &r.k.task(me).cpu;
        match after {
            None => assert_eq!((cpu.rip, cpu.get(Gpr::Rax)), (rip, nr::READ), "at the syscall again"),
            some => assert_eq!((cpu.rip, back), (rip + 2, some)),
        }
    }
}

#[test]
fn an_ignored_signal_does_not_end_a_wait() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, 17);
    assert_eq!(r.call(me, nr::PAUSE, &[]), None);
    assert_eq!(r.call(child, nr::KILL, &[u64::from(me.0), u64::from(Signal::SIGCHLD.number())]), Some(Ok(0)));
    r.until(child);
    assert_eq!(r.result(me), None);
}

#[test]
fn sigsuspend_gives_the_mask_back_after_the_handler() {
    let mut r = Rig::new();
    let me = r.first();
    r.handle(me, Signal::SIGUSR1, SaFlags::empty());
    let blocked = SigSet::of(Signal::SIGUSR1);
    r.put(me, 0, &[blocked.0, 0]);
    assert_eq!(r.call(me, nr::RT_SIGPROCMASK, &[0, MEM, 0, 8]), Some(Ok(0)));
    assert_eq!(r.call(me, nr::KILL, &[u64::from(me.0), USR1]), Some(Ok(0)));
    r.run(me, 1);
    assert!(r.k.task(me).cpu.rip < CODE + 0x1000, "still blocked");
    assert_eq!(r.call(me, nr::SIGSUSPEND, &[MEM + 8, 8]), None);
    r.until(me);
    assert_eq!(r.k.task(me).cpu.rip, CODE + 0x1000);
    assert_eq!(r.sigreturn(me), Some(Err(Errno::EINTR)));
    assert_eq!(r.k.task(me).mask, blocked);
}

#[test]
fn a_waited_for_signal_is_taken_without_a_handler() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, 17);
    r.put(me, 0, &[SigSet::of(Signal::SIGUSR1).0]);
    assert_eq!(r.call(me, nr::RT_SIGPROCMASK, &[0, MEM, 0, 8]), Some(Ok(0)));
    assert_eq!(r.call(me, nr::SIGTIMEDWAIT, &[MEM, MEM + 64, 0, 8]), None);
    assert_eq!(r.call(child, nr::KILL, &[u64::from(me.0), USR1]), Some(Ok(0)));
    r.until(me);
    assert_eq!(r.result(me), Some(Ok(USR1)));
    assert_eq!(r.word(me, 64 + 16) as u32, child.0, "si_pid");
}

#[test]
fn a_fault_that_is_blocked_kills() {
    let mut r = Rig::new();
    let me = r.first();
    r.handle(me, Signal::SIGSEGV, SaFlags::empty());
    r.put(me, 0, &[SigSet::of(Signal::SIGSEGV).0]);
    assert_eq!(r.call(me, nr::RT_SIGPROCMASK, &[0, MEM, 0, 8]), Some(Ok(0)));
    let fault = MemFault { addr: GuestAddr(8), access: Access::Write, cause: Cause::Unmapped };
    r.k.stopped(me, 3, Exit::Fault(fault), &mut r.host, None);
    let killed = ExitStatus::Killed { signal: Signal::SIGSEGV, core: true };
    assert_eq!(r.next(), Next::Finished(killed));
    let crash = r.k.crash.take().unwrap();
    assert_eq!((crash.rip, crash.exit), (CODE + 2, Some(Exit::Fault(fault))));
}

#[test]
fn a_fault_tells_its_handler_where_and_why() {
    let mut r = Rig::new();
    let me = r.first();
    r.handle(me, Signal::SIGSEGV, SaFlags::SIGINFO);
    let fault = MemFault { addr: GuestAddr(0x1238), access: Access::Write, cause: Cause::Unmapped };
    r.k.stopped(me, 3, Exit::Fault(fault), &mut r.host, None);
    r.run(me, 0);
    let cpu = r.k.task(me).cpu.clone();
    let at = |r: &mut Rig, a: u64| r.mem(me).read_u64(GuestAddr(a)).unwrap();
    let (info, uc) = (cpu.get(Gpr::Rsi), cpu.get(Gpr::Rdx));
    assert_eq!((at(&mut r, info) as u32, at(&mut r, info + 8) as u32, at(&mut r, info + 16)), (11, 1, 0x1238));
    // sigcontext: rip, err, trapno, cr2.
    let context = [128, 152, 160, 176].map(|o| at(&mut r, uc + 40 + o));
    assert_eq!(context, [CODE, 6, 14, 0x1238]);
}

#[test]
fn exceptions_have_their_signals() {
    use Exception::*;
    for (e, signal, code, addr) in [
        (Divide, Signal::SIGFPE, 1, CODE),
        (Breakpoint, Signal::SIGTRAP, 0x80, 0),
        (InvalidOpcode { unimplemented: false }, Signal::SIGILL, 2, CODE),
        (GeneralProtection, Signal::SIGSEGV, 0x80, 0),
        (Selector(0x28), Signal::SIGSEGV, 0x80, 0),
        (Overflow, Signal::SIGSEGV, 0x80, 0),
        (StackFault, Signal::SIGBUS, 0x80, 0),
        (AlignmentCheck, Signal::SIGBUS, 1, 0),
        (Debug, Signal::SIGTRAP, 2, CODE),
        (Int1, Signal::SIGTRAP, 1, CODE),
    ] {
        let mut r = Rig::new();
        let me = r.first();
        r.handle(me, signal, SaFlags::SIGINFO);
        r.k.stopped(me, 0, Exit::Exception(e), &mut r.host, None);
        r.run(me, 0);
        let info = r.k.task(me).cpu.get(Gpr::Rsi);
        let words = [0, 8, 16].map(|o| r.mem(me).read_u64(GuestAddr(info + o)).unwrap());
        assert_eq!(words, [u64::from(signal.number()), code, addr], "{e:?}");
    }
}

#[test]
fn a_directed_signal_finds_its_thread() {
    let mut r = Rig::new();
    let me = r.first();
    r.handle(me, Signal::SIGUSR1, SaFlags::empty());
    let thread = r.clone(me, THREAD);
    assert_eq!(r.call(me, nr::TGKILL, &[u64::from(me.0), u64::from(thread.0), USR1]), Some(Ok(0)));
    r.run(me, 1);
    assert!(r.k.task(me).cpu.rip < CODE + 0x1000);
    r.k.task_mut(thread).cpu.set(Gpr::Rsp, MEM + 0x8000);
    r.until(thread);
    assert_eq!(r.k.task(thread).cpu.rip, CODE + 0x1000);
}

#[test]
fn a_preempted_critical_section_starts_over() {
    const SIGNATURE: u64 = 0x5305_3053;
    let mut r = Rig::new();
    let me = r.first();
    let other = r.clone(me, 17);
    assert_eq!(r.call(me, nr::RSEQ, &[MEM + 0x400, 32, 0, SIGNATURE]), Some(Ok(0)));
    // The abort handler stands in scratch memory, after its signature.
    r.put(me, 0x800, &[SIGNATURE << 32]);
    let section = r.put(me, 0x500, &[0, CODE, 0x40, MEM + 0x808]);
    r.put(me, 0x408, &[section]);
    r.until(other);
    r.until(me);
    assert_eq!(r.k.task(me).cpu.rip, MEM + 0x808);
    assert_eq!(r.word(me, 0x408), 0);
}
