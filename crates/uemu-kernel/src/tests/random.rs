//! RDRAND and RDSEED draw from the machine's entropy.

use crate::kernel::Config;
use crate::testing::Rig;
use uemu_cpu::{Exit, Gpr};

/// What three instructions in a row leave in RBX, of 8, 4 and 2 bytes.
fn drawn(seed: u64) -> [u64; 3] {
    let mut r = Rig::with(Config { seed, ..Config::default() });
    let me = r.first();
    [8, 4, 2].map(|bytes| {
        r.k.task_mut(me).cpu.set(Gpr::Rbx, u64::MAX);
        let exit = Exit::ReadRandom { register: Gpr::Rbx as u8, bytes };
        r.k.stopped(me, 1, exit, &mut r.host, None);
        r.k.task(me).cpu.get(Gpr::Rbx)
    })
}

#[test]
fn a_seed_gives_the_same_numbers_and_another_gives_others() {
    let [q, d, w] = drawn(1);
    assert_eq!(drawn(1), [q, d, w]);
    let other = drawn(2);
    assert!(q != other[0] && d != other[1] && q != u64::MAX);
    // As any write of that width: the upper half goes, the upper six bytes stay.
    assert_eq!((d >> 32, w >> 16), (0, u64::MAX >> 16));
}
