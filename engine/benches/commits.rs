//! Commits per second of 1, 8 and 64 threads that each insert one node in a transaction of its own, durable one by one:
//! `cargo bench --bench commits -- [DIRECTORY]`. `bench/commits.py` does the same with SQLite.

use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use wenddb::{Database, params};

const SECONDS: f64 = 3.0;

/// Commits per second, and the median time of one.
fn measure(directory: &Path, threads: usize) -> (f64, Duration) {
    let path = directory.join(format!("commits-{threads}.wend"));
    let db = Database::open(&path).expect("a database");
    let start = Barrier::new(threads);
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (db, start) = (&db, &start);
                scope.spawn(move || {
                    let mut session = db.session();
                    let mut times = Vec::new();
                    start.wait();
                    let begun = Instant::now();
                    while begun.elapsed().as_secs_f64() < SECONDS {
                        let before = Instant::now();
                        let id = format!("{thread}-{}", times.len());
                        session.execute("INSERT (:N {_id: $id, x: 1})", params! {"id" => id}).expect("a commit");
                        times.push(before.elapsed());
                    }
                    times
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    times.sort_unstable();
    drop(db);
    std::fs::remove_dir_all(&path).expect("the database is removed");
    (times.len() as f64 / SECONDS, times[times.len() / 2])
}

fn main() {
    let directory = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let directory = directory.map_or_else(std::env::temp_dir, PathBuf::from);
    println!("threads  commits/s  median ms");
    for threads in [1, 8, 64] {
        let (rate, median) = measure(&directory, threads);
        println!("{threads:7}  {rate:9.0}  {:9.2}", median.as_secs_f64() * 1e3);
    }
}
