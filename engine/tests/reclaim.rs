//! What a large statement holds at most, and that it goes back to the system when it has ended. A binary of its own: its tests look
//! at the whole process, one after the other.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use wenddb::{Database, ErrorKind, Options, Params, Value};

static ALONE: Mutex<()> = Mutex::new(());

/// Waits until no other test runs.
fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

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
    let _alone = alone();
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

/// The most the process had since `reset`, in MiB.
fn most(reset: bool) -> u64 {
    if reset {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

#[test]
fn no_function_makes_more_than_the_limit() {
    const LIMIT: u64 = 12;
    const SIZE: usize = 6 << 20;
    // What the allocator keeps, and copies of arguments.
    const SLACK: u64 = 40;
    let _alone = alone();
    let options = Options { memory_limit: LIMIT << 20, threads: 1, ..Options::default() };
    let database = Database::in_memory_with(options).unwrap();
    let mut session = database.session();
    session.execute("INSERT (:Big {_id: 'a', s: 'x'})-[:R {s: 'x'}]->(:Small {_id: 'b'})", ()).unwrap();
    let text = "x\u{df}\u{fdfa}\u{ac00}, ".repeat(SIZE / 12);
    let params = Params::from_iter([
        ("ascii", Value::from("x,".repeat(SIZE / 2))),
        ("text", Value::from(text)),
        ("list", Value::from((0..100_000).collect::<Vec<i64>>())),
        ("texts", Value::from(vec!["some text"; 100_000])),
        ("numbers", Value::from(format!("[{}1]", "1,".repeat(SIZE / 2)))),
        ("vector", Value::from(vec![0.1f32; SIZE / 4])),
    ]);
    let arguments = [
        "",
        "$ascii",
        "$text",
        "$list",
        "$texts",
        "$numbers",
        "$vector",
        "$ascii, ''",
        "$text, ''",
        "$ascii, ','",
        "$text, 'NFKD'",
        "$ascii, 5000000",
        "$ascii, 1, 4000000",
        "$list, 1",
        "$vector, 1",
        "$vector, $vector",
        "$list, $list",
        "$ascii, ',', 'xxxxxxxxxxxxxxxx'",
        "1, 9000000",
        "n",
        "e",
        "p",
    ];
    let functions = wenddb::functions();
    assert!(functions.len() > 60);
    let mut refused = Vec::new();
    let mut try_call = |call: String| {
        let before = most(true);
        let gql = format!("MATCH p = (n:Big)-[e]->(m) LET r = {call} RETURN r IS NULL AS n");
        match session.execute(&gql, &params).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()) {
            Err(error) if error.kind() == ErrorKind::Memory => refused.push(call.clone()),
            _ => {}
        }
        let more = most(false).saturating_sub(before);
        assert!(more < LIMIT + SLACK, "{call}: {more} MiB");
    };
    for function in &functions {
        arguments.iter().for_each(|arguments| try_call(format!("{}({arguments})", function.name)));
    }
    for call in [
        "CAST($vector AS STRING)",
        "CAST($texts AS STRING)",
        "CAST($list AS LIST<STRING>)",
        "CAST($ascii AS BYTES)",
        "CAST($numbers AS VECTOR)",
        "CAST($vector AS LIST<STRING>)",
        "$ascii || $ascii",
        "$vector || $vector",
        "$texts || $texts || $texts",
        "$vector[1..]",
        "$list[1..] || $vector",
        "1 IN $vector",
    ] {
        try_call(call.to_owned());
    }
    for call in [
        "SPLIT($ascii, '')",
        "SPLIT($ascii, ',')",
        "UPPER($text)",
        "LOWER($text)",
        "NORMALIZE($text, 'NFKD')",
        "REVERSE($vector)",
        "RANGE(1, 9000000)",
        "REPLACE($ascii, ',', 'xxxxxxxxxxxxxxxx')",
        "TAIL($vector)",
        "TOSTRING($vector)",
        "VECTOR($numbers)",
        "CAST($vector AS STRING)",
        "CAST($vector AS LIST<STRING>)",
        "$ascii || $ascii",
        "$vector || $vector",
        "$vector[1..]",
    ] {
        assert!(refused.iter().any(|refused| refused == call), "{call}: {refused:?}");
    }
    // What fits is given.
    for call in ["SIZE(SPLIT(LEFT($ascii, 20000), ','))", "SIZE(TOSTRING($list))", "SIZE(LEFT($ascii, 1000000))"] {
        let gql = format!("RETURN {call} AS n");
        session.execute(&gql, &params).and_then(|rows| rows.collect::<Result<Vec<_>, _>>()).unwrap();
    }
}
