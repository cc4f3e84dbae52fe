use crate::call_numbers as nr;
use crate::process::{ExitStatus, Pid};
use crate::sched::Next;
use crate::testing::{MEM, Rig};
use uemu_abi::Errno;
use uemu_abi::signal::Signal;
use uemu_mem::GuestAddr;

const SIGCHLD: u64 = 17;
const VM: u64 = 0x100;
const THREAD: u64 = VM | 0x800 | 0x1_0000;

#[test]
fn a_child_is_waited_for() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, SIGCHLD);
    assert_eq!(r.result(child), Some(Ok(0)));
    assert_eq!(r.call(me, nr::WAIT4, &[u64::MAX, MEM, 0, 0]), None);
    r.run(child, 5);
    assert_eq!(r.call(child, nr::EXIT_GROUP, &[7]), None);
    assert!(matches!(r.next(), Next::Run { tid, .. } if tid == me));
    assert_eq!(r.result(me), Some(Ok(u64::from(child.0))));
    assert_eq!(r.word(me, 0), 7 << 8);
    assert_eq!(r.call(me, nr::WAIT4, &[u64::MAX, MEM, 0, 0]), Some(Err(Errno::ECHILD)));
    assert_eq!(r.call(me, nr::EXIT_GROUP, &[3]), None);
    assert_eq!(r.next(), Next::Finished(ExitStatus::Exited(3)));
}

#[test]
fn memory_is_copied_by_fork_and_shared_by_threads() {
    let mut r = Rig::new();
    let me = r.first();
    r.put(me, 0, &[1]);
    let child = r.clone(me, SIGCHLD);
    let thread = r.clone(me, THREAD);
    r.put(me, 0, &[2]);
    assert_eq!((r.word(child, 0), r.word(thread, 0)), (1, 2));
    assert_eq!(r.k.task(thread).pid, Pid::FIRST);
    assert_eq!(r.k.task(child).pid, Pid(child.0));
}

#[test]
fn exit_group_ends_all_threads_and_clears_their_tids() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, SIGCHLD);
    r.until(child);
    // CLONE_CHILD_CLEARTID: the word at MEM + 64 is zeroed when the thread ends.
    r.put(child, 64, &[9]);
    let args = [THREAD | 0x20_0000, 0, 0, MEM + 64, 0];
    let thread = r.call(child, nr::CLONE, &args).unwrap().unwrap();
    assert_eq!(r.call(child, nr::EXIT_GROUP, &[4]), None);
    assert_eq!(r.call(me, nr::WAIT4, &[u64::from(child.0), MEM, 0, 0]), None);
    r.until(me);
    assert_eq!(r.result(me), Some(Ok(u64::from(child.0))));
    assert_eq!(r.word(me, 0), 4 << 8);
    assert!(!r.k.tasks.contains_key(&crate::task::Tid(thread as u32)));
}

#[test]
fn a_vfork_parent_waits_for_the_childs_end() {
    let mut r = Rig::new();
    let me = r.first();
    assert_eq!(r.call(me, nr::VFORK, &[]), None);
    let child = *r.k.tasks.keys().last().unwrap();
    r.run(child, 3);
    r.put(child, 8, &[77]);
    assert_eq!(r.call(child, nr::EXIT, &[0]), None);
    r.until(me);
    assert_eq!(r.result(me), Some(Ok(u64::from(child.0))));
    assert_eq!(r.word(me, 8), 77, "the memory was shared");
}

#[test]
fn orphans_are_reaped_by_nobody() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, SIGCHLD);
    let grandchild = r.clone(child, SIGCHLD);
    assert_eq!(r.call(child, nr::EXIT, &[0]), None);
    assert_eq!(r.k.process_of(grandchild).ppid, Pid::REAPER);
    assert_eq!(r.call(grandchild, nr::EXIT, &[0]), None);
    assert!(!r.k.processes.contains_key(&Pid(grandchild.0)));
    assert!(r.k.processes.contains_key(&Pid(child.0)), "a zombie stays for its parent");
}

#[test]
fn threads_are_bounded() {
    let mut config = crate::Config::default();
    config.limits.tasks = 3;
    let mut r = Rig::with(config);
    let me = r.first();
    r.clone(me, SIGCHLD);
    r.clone(me, THREAD);
    assert_eq!(r.call(me, nr::CLONE, &[SIGCHLD, 0, 0, 0, 0]), Some(Err(Errno::EAGAIN)));
}

#[test]
fn tasks_take_turns() {
    let mut r = Rig::with(crate::Config { slice: 10, ..Default::default() });
    let me = r.first();
    let (a, b) = (r.clone(me, SIGCHLD), r.clone(me, SIGCHLD));
    let mut order = Vec::new();
    for _ in 0..6 {
        let Next::Run { tid, fuel } = r.next() else { panic!("all can run") };
        r.k.stopped(tid, fuel, uemu_cpu::Exit::OutOfFuel, &mut r.host, None);
        order.push(tid);
    }
    assert_eq!(order, [me, a, b, me, a, b]);
}

#[test]
fn waiting_for_nothing_is_a_deadlock() {
    let mut r = Rig::new();
    let me = r.first();
    assert_eq!(r.call(me, nr::PAUSE, &[]), None);
    assert_eq!(r.next(), Next::Deadlock);
}

#[test]
fn a_stopped_sleeper_does_not_stop_the_machine() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, SIGCHLD);
    r.until(child);
    r.put(child, 0, &[1, 0]);
    assert_eq!(r.call(child, nr::NANOSLEEP, &[MEM, 0]), None);
    assert_eq!(r.call(me, nr::KILL, &[u64::from(child.0), u64::from(Signal::SIGSTOP.number())]), Some(Ok(0)));
    r.put(me, 0, &[5, 0]);
    assert_eq!(r.call(me, nr::NANOSLEEP, &[MEM, 0]), None);
    r.until(me);
    assert_eq!(r.result(me), Some(Ok(0)));
    assert_eq!(r.result(child), None);
    assert_eq!(r.call(me, nr::PAUSE, &[]), None);
    assert_eq!(r.next(), Next::Deadlock);
}

#[test]
fn a_snapshot_goes_its_own_way() {
    let mut r = Rig::new();
    let me = r.first();
    r.put(me, 0, &[1]);
    let mut copy = Rig { k: r.k.snapshot(), host: r.host.clone() };
    r.put(me, 0, &[2]);
    let child = r.clone(me, SIGCHLD);
    assert_eq!(copy.word(me, 0), 1);
    assert!(!copy.k.tasks.contains_key(&child));
    assert_eq!(copy.clone(me, SIGCHLD), child, "the same future");
}

#[test]
fn hostile_clones_are_refused() {
    let mut r = Rig::new();
    let me = r.first();
    for (flags, error) in [
        (0x1_0000, Errno::EINVAL),
        (0x800, Errno::EINVAL),
        (99, Errno::EINVAL),
        (0x1000_0000, Errno::EPERM),
        (0x8000, Errno::EINVAL),
    ] {
        assert_eq!(r.call(me, nr::CLONE, &[flags, 0, 0, 0, 0]), Some(Err(error)), "{flags:#x}");
    }
    let wild = [u64::MAX, 0x8000_0000_0000_0000, 1];
    for row in crate::syscall::TABLE {
        // Calls that end the task or wait are not for this loop.
        if matches!(row.nr, 15 | 34 | 56..=61 | 130 | 219 | 231 | 247 | 435) {
            continue;
        }
        for bad in wild {
            let mut t = Rig::new();
            let me = t.first();
            t.call(me, row.nr, &[bad; 6]);
            let mut t = Rig::new();
            t.call(me, row.nr, &[MEM, bad, bad, bad, bad, bad]);
            let mut t = Rig::new();
            t.call(me, row.nr, &[0, MEM, bad, MEM, bad, MEM]);
        }
    }
    assert!(r.mem(me).read_u64(GuestAddr(MEM)).is_ok());
}

#[test]
fn a_death_in_the_circle_wakes_a_parent_already_passed() {
    let mut r = Rig::new();
    let me = r.first();
    let child = r.clone(me, SIGCHLD);
    r.until(child);
    let kill = [u64::from(child.0), u64::from(Signal::SIGKILL.number())];
    assert_eq!(r.call(me, nr::KILL, &kill), Some(Ok(0)));
    assert_eq!(r.call(me, nr::WAIT4, &[u64::MAX, MEM, 0, 0]), None);
    assert!(matches!(r.next(), Next::Run { tid, .. } if tid == me), "not a deadlock");
    assert_eq!(r.word(me, 0), 9);
}
