//! What a large statement held goes back to the system when it has ended. Alone in its file: it looks at the whole process.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::{
    thread,
    time::{Duration, Instant},
};

use wenddb::Database;

/// What the process has of the machine's memory, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

/// Waits until the process is that small.
fn shrinks_to(most: u64, what: &str) {
    let begun = Instant::now();
    while resident() > most {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: still {} MiB, not {most}", resident());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn memory_is_given_back() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    let before = resident();
    // Many small values that are alive at the same time.
    let sorted = "FOR i IN RANGE(1, 1000000) RETURN CAST(i AS STRING) || ' as text' AS s ORDER BY s DESC";
    let mut rows = session.execute(sorted, ()).unwrap();
    rows.next().unwrap().unwrap();
    let peak = resident();
    assert!(peak > before + 80, "only {peak} MiB after {before}");
    drop(rows);
    shrinks_to(before + 40, "after a sort");

    let inserted = "FOR i IN RANGE(1, 200000) INSERT (:N {_id: CAST(i AS STRING), t: 'text ' || CAST(i AS STRING)})";
    session.execute("START TRANSACTION", ()).unwrap();
    session.execute(inserted, ()).unwrap();
    assert!(resident() > before + 80, "only {} MiB", resident());
    session.execute("ROLLBACK", ()).unwrap();
    shrinks_to(before + 60, "after a transaction");
}
