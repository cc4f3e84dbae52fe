// Rust threads: scoped, parked, thread-locals, RwLock, Once, Barrier, timeouts.
// build: rust
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, LazyLock, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;
static TABLE: LazyLock<Vec<u64>> = LazyLock::new(|| (0..10).map(|x| x * x).collect());
thread_local!(static LOCAL: Cell<u32> = const { Cell::new(1) });
fn main() {
    let sum = AtomicU64::new(0);
    thread::scope(|s| {
        for i in 0..4 {
            let sum = &sum;
            s.spawn(move || {
                LOCAL.set(i);
                sum.fetch_add(TABLE.iter().sum::<u64>() + u64::from(LOCAL.get()), Ordering::Relaxed)
            });
        }
    });
    println!("{} {}", sum.load(Ordering::SeqCst), LOCAL.get());
    let parked = thread::spawn(|| { thread::park(); "unparked" });
    parked.thread().unpark();
    println!("{}", parked.join().unwrap());
    let lock = Arc::new(RwLock::new(vec![0; 3]));
    let barrier = Arc::new(Barrier::new(3));
    let handles: Vec<_> = (0..3).map(|i| {
        let (lock, barrier) = (lock.clone(), barrier.clone());
        thread::spawn(move || {
            lock.write().unwrap()[i] = i * 7;
            let leader = barrier.wait().is_leader();
            (leader, lock.read().unwrap().iter().sum::<usize>())
        })
    }).collect();
    let results: Vec<_> = handles.into_iter().map(|h| h.join().unwrap()).collect();
    println!("{} leader, sums {:?}", results.iter().filter(|r| r.0).count(), results.iter().map(|r| r.1).collect::<Vec<_>>());
    let (tx, rx) = mpsc::sync_channel::<i32>(1);
    println!("{:?}", rx.recv_timeout(Duration::from_millis(2)));
    let producer = thread::Builder::new().name("producer".into()).spawn(move || {
        (0..5).for_each(|i| tx.send(i).unwrap());
        thread::current().name().map(str::to_owned)
    }).unwrap();
    println!("{:?}", rx.iter().collect::<Vec<_>>());
    println!("{:?}", producer.join().unwrap());
    let poisoned = Arc::new(Mutex::new(1));
    let p = poisoned.clone();
    std::panic::set_hook(Box::new(|_| {}));
    thread::spawn(move || { let _g = p.lock(); panic!() }).join().unwrap_err();
    println!("poisoned: {}", poisoned.is_poisoned());
    println!("{}", thread::available_parallelism().is_ok());
}
