use crate::call_numbers as nr;
use crate::sched::Next;
use crate::testing::{MEM, Rig};
use uemu_abi::Errno;

const THREAD: u64 = 0x100 | 0x800 | 0x1_0000;
const WAIT: u64 = 128;
const WAKE: u64 = 129;
const CMP_REQUEUE: u64 = 132;

#[test]
fn a_waiter_is_woken_once() {
    let mut r = Rig::new();
    let me = r.first();
    let thread = r.clone(me, THREAD);
    r.put(me, 0, &[5]);
    assert_eq!(r.call(thread, nr::FUTEX, &[MEM, WAIT, 4, 0]), Some(Err(Errno::EAGAIN)));
    assert_eq!(r.call(thread, nr::FUTEX, &[MEM, WAIT, 5, 0]), None);
    r.run(me, 1);
    assert_eq!(r.call(me, nr::FUTEX, &[MEM + 4, WAKE, 1]), Some(Ok(0)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, WAKE, 10]), Some(Ok(1)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, WAKE, 10]), Some(Ok(0)));
    // The value has changed by the time it runs: a woken waiter does not look again.
    r.put(me, 0, &[6]);
    r.until(thread);
    assert_eq!(r.result(thread), Some(Ok(0)));
}

#[test]
fn waits_time_out_and_leave_the_queue() {
    let mut r = Rig::new();
    let me = r.first();
    r.put(me, 0, &[0, 0]);
    let timeout = r.put(me, 16, &[2, 0]);
    let before = r.k.clock.monotonic();
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, WAIT, 0, timeout]), None);
    r.run(me, 0);
    assert_eq!(r.result(me), Some(Err(Errno::ETIMEDOUT)));
    let slept = r.k.clock.monotonic() - before;
    assert!((2_000_000_000..2_000_001_000).contains(&slept), "{slept}");
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, WAKE, 1]), Some(Ok(0)));
}

#[test]
fn a_requeued_waiter_waits_on() {
    let mut r = Rig::new();
    let me = r.first();
    let threads = [r.clone(me, THREAD), r.clone(me, THREAD), r.clone(me, THREAD)];
    for t in threads {
        assert_eq!(r.call(t, nr::FUTEX, &[MEM, WAIT, 0, 0]), None);
    }
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, CMP_REQUEUE, 1, 1, MEM + 8, 1]), Some(Err(Errno::EAGAIN)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, CMP_REQUEUE, 1, 1, MEM + 8, 0]), Some(Ok(2)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM + 8, WAKE, 9]), Some(Ok(1)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, WAKE, 9]), Some(Ok(1)));
}

#[test]
fn processes_meet_in_shared_memory_only() {
    let mut r = Rig::new();
    let me = r.first();
    let shared = r.call(me, 9, &[0, 4096, 3, 0x21, u64::MAX, 0]).unwrap().unwrap();
    let child = r.clone(me, 17);
    assert_eq!(r.call(child, nr::FUTEX, &[shared, 0, 0, 0]), None);
    assert_eq!(r.call(me, nr::FUTEX, &[shared, 1, 1]), Some(Ok(1)));
    r.until(child);
    assert_eq!(r.call(child, nr::FUTEX, &[MEM, 0, 0, 0]), None);
    assert_eq!(r.call(me, nr::FUTEX, &[MEM, 1, 1]), Some(Ok(0)));
    assert!(matches!(r.next(), Next::Run { tid, .. } if tid == me));
}

#[test]
fn a_robust_mutex_tells_of_its_owners_death() {
    let mut r = Rig::new();
    let me = r.first();
    let thread = r.clone(me, THREAD);
    // The list's head at 256: one entry at 512, whose futex is 8 bytes further on; the owner has waiters.
    r.put(me, 256, &[MEM + 512, 8, 0]);
    r.put(me, 512, &[MEM + 256, u64::from(thread.0) | 0x8000_0000]);
    assert_eq!(r.call(thread, 273, &[MEM + 256, 24]), Some(Ok(0)));
    assert_eq!(r.call(me, nr::FUTEX, &[MEM + 520, 0, u64::from(thread.0) | 0x8000_0000, 0]), None);
    assert_eq!(r.call(thread, nr::EXIT, &[0]), None);
    r.until(me);
    assert_eq!(r.result(me), Some(Ok(0)));
    assert_eq!(r.word(me, 520) as u32, 0xc000_0000, "FUTEX_WAITERS | FUTEX_OWNER_DIED");
}
