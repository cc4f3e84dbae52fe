// Rust's std: threads, channels, a child process, panics, collections.
// build: rust
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

fn child() -> ! {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    println!("child got {} bytes: {}", text.len(), text.to_uppercase().trim());
    eprintln!("child on stderr, MODE={}", std::env::var("MODE").unwrap_or_default());
    std::process::exit(23)
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("child") {
        child();
    }
    let total = Arc::new(Mutex::new(0u64));
    let hits = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..4)
        .map(|i| {
            let (total, hits) = (total.clone(), hits.clone());
            thread::spawn(move || {
                for j in 0..250 {
                    *total.lock().unwrap() += i * j;
                    hits.fetch_add(1, Ordering::SeqCst);
                }
                i * 10
            })
        })
        .collect();
    let results: Vec<u64> = handles.into_iter().map(|h| h.join().unwrap()).collect();
    println!("{results:?} {} {}", total.lock().unwrap(), hits.load(Ordering::SeqCst));

    let (tx, rx) = mpsc::channel();
    thread::scope(|s| {
        for i in 0..3 {
            let tx = tx.clone();
            s.spawn(move || (0..5).for_each(|j| tx.send(i * 100 + j).unwrap()));
        }
    });
    drop(tx);
    let mut got: Vec<i32> = rx.iter().collect();
    got.sort();
    println!("{got:?}");

    let pair = Arc::new((Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    let waiter = thread::spawn(move || {
        let mut ready = other.0.lock().unwrap();
        while !*ready {
            ready = other.1.wait(ready).unwrap();
        }
        "woken"
    });
    *pair.0.lock().unwrap() = true;
    pair.1.notify_all();
    println!("{}", waiter.join().unwrap());

    std::panic::set_hook(Box::new(|_| {}));
    println!("panic caught: {}", std::panic::catch_unwind(|| panic!("oops")).is_err());
    println!("thread panic caught: {}", thread::spawn(|| panic!("oops")).join().is_err());

    let map: HashMap<String, usize> = "the quick brown fox jumps over the lazy dog"
        .split(' ').map(|w| (w.to_owned(), w.len())).collect();
    println!("{:?}", map.iter().collect::<BTreeMap<_, _>>());

    let me = std::env::current_exe().unwrap();
    let mut process = Command::new(&me).arg("child").env_clear().env("MODE", "test")
        .stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(b"from the parent\n").unwrap();
    let out = process.wait_with_output().unwrap();
    println!("{:?} {:?} {:?}", out.status.code(), String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    println!("missing: {:?}", Command::new("/nowhere/at/all").spawn().map(|_| ()).unwrap_err().kind());

    std::fs::create_dir_all("a/b").unwrap();
    std::fs::write("a/b/file.txt", "some text\n").unwrap();
    println!("{:?}", std::fs::read_to_string("a/b/file.txt"));
    println!("{:?}", std::fs::metadata("a/b/file.txt").map(|m| (m.len(), m.is_file())));
    println!("{:?}", std::fs::read("a/none").map_err(|e| e.kind()));
    let mut names: Vec<_> = std::fs::read_dir("a").unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    println!("{names:?} {:.17} {:e}", 1.0f64 / 3.0, 6.02214076e23f64);
    let start = std::time::Instant::now();
    thread::sleep(std::time::Duration::from_millis(5));
    println!("slept: {}", start.elapsed().as_millis() >= 5);
}
