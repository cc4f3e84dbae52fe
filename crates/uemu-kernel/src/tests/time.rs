use crate::call_numbers as nr;
use crate::sched::Next;
use crate::testing::{MEM, Rig};
use uemu_abi::Errno;
use uemu_abi::signal::{SaFlags, Signal};

#[test]
fn sleep_takes_no_instructions() {
    let mut r = Rig::new();
    let me = r.first();
    r.put(me, 0, &[3600, 0]);
    let (before, retired) = (r.k.clock.realtime(), r.k.clock.retired());
    assert_eq!(r.call(me, nr::NANOSLEEP, &[MEM, 0]), None);
    r.run(me, 0);
    assert_eq!(r.result(me), Some(Ok(0)));
    assert_eq!(r.k.clock.realtime() - before, 3_600_000_000_001);
    assert_eq!(r.k.clock.retired() - retired, 1);
}

#[test]
fn sleepers_wake_in_the_order_of_their_deadlines() {
    let mut r = Rig::new();
    let me = r.first();
    let other = r.clone(me, 17);
    r.put(me, 0, &[2, 0]);
    r.put(other, 0, &[1, 0]);
    assert_eq!(r.call(me, nr::NANOSLEEP, &[MEM, 0]), None);
    assert_eq!(r.call(other, nr::NANOSLEEP, &[MEM, 0]), None);
    r.run(other, 10);
    assert_eq!(r.call(other, nr::PAUSE, &[]), None);
    r.run(me, 10);
    assert_eq!(r.result(me), Some(Ok(0)));
}

#[test]
fn bad_times_are_refused() {
    let mut r = Rig::new();
    let me = r.first();
    for bad in [[0, 1_000_000_000], [u64::MAX, 0], [0, u64::MAX]] {
        r.put(me, 0, &bad);
        assert_eq!(r.call(me, nr::NANOSLEEP, &[MEM, 0]), Some(Err(Errno::EINVAL)));
    }
    r.put(me, 0, &[i64::MAX as u64, 999_999_999]);
    assert_eq!(r.call(me, nr::NANOSLEEP, &[MEM, 0]), None, "centuries");
}

#[test]
fn an_interval_timer_fires_on_the_instruction() {
    let mut r = Rig::new();
    let me = r.first();
    r.handle(me, Signal::SIGALRM, SaFlags::empty());
    // Every 50 microseconds, first after 20.
    r.put(me, 0, &[0, 50, 0, 20]);
    assert_eq!(r.call(me, nr::SETITIMER, &[0, MEM, 0]), Some(Ok(0)));
    let Next::Run { fuel, .. } = r.next() else { panic!("it can run") };
    assert_eq!(fuel, 20_000);
    let rip = r.k.task(me).cpu.rip;
    r.run(me, fuel);
    assert_eq!(r.k.task(me).cpu.rip, rip);
    let Next::Run { fuel, .. } = r.next() else { panic!("it can run") };
    assert_eq!((r.k.task(me).cpu.rip, fuel), (crate::testing::CODE + 0x1000, 50_000));
}

#[test]
fn clocks_agree() {
    let mut r = Rig::new();
    let me = r.first();
    assert_eq!(r.call(me, nr::CLOCK_GETTIME, &[0, MEM]), Some(Ok(0)));
    assert_eq!(r.word(me, 0), 1_735_689_600);
    assert_eq!(r.call(me, nr::CLOCK_GETTIME, &[3, MEM]), Some(Ok(0)));
    assert_eq!((r.word(me, 0), r.word(me, 8)), (0, 2), "one nanosecond an instruction");
    assert_eq!(r.call(me, nr::CLOCK_GETTIME, &[77, MEM]), Some(Err(Errno::EINVAL)));
    assert_eq!(r.call(me, nr::CLOCK_GETTIME, &[1, 8]), Some(Err(Errno::EFAULT)));
}
