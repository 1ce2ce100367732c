//! A soak: a graph of constant size is changed, asked, embedded, backed up and restored over and over; memory, disk and
//! file handles do not grow. Twenty seconds here, as long as `WEND_SOAK=600` says with `make soak`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use wenddb::{Database, params};

use super::{Random, existing, files, remove, rows};

/// What the process and the database take.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    memory: u64,
    disk: u64,
    handles: u64,
}

impl Taken {
    fn now(db: &Path) -> Taken {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) << 10;
        let handles = fs::read_dir("/proc/self/fd").map_or(0, |entries| {
            // Other tests of this process have handles too.
            entries
                .flatten()
                .filter_map(|entry| fs::read_link(entry.path()).ok())
                .filter(|to| to.starts_with(db))
                .count()
        });
        let disk = files(db).iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum();
        Taken { memory, disk, handles: handles as u64 }
    }

    fn most(self, other: Taken) -> Taken {
        Taken {
            memory: self.memory.max(other.memory),
            disk: self.disk.max(other.disk),
            handles: self.handles.max(other.handles),
        }
    }
}

#[test]
fn a_soak_takes_no_more_and_no_more() {
    let seconds = std::env::var("WEND_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let directory = tempfile::tempdir().unwrap();
    let (db, backup, again) =
        (directory.path().join("db"), directory.path().join("backup"), directory.path().join("again"));
    let database = Database::open(&db).unwrap();
    let mut session = database.session();
    rows(&mut session, "FOR i IN RANGE(0, 999) INSERT (:P {_id: 'p' || CAST(i AS STRING), k: i, t: 'text'})").unwrap();
    rows(&mut session, "CREATE INDEX pk ON NODE P (k)").unwrap();
    let (begin, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut random = Random::new(7);
    let (mut rounds, mut early, mut late) = (0u64, Taken::default(), Taken::default());
    while begin.elapsed() < limit {
        for _ in 0..40 {
            let id = format!("p{}", random.below(1000));
            let other = format!("p{}", random.below(1000));
            let number = random.below(1000) as i64;
            let params = params! {"i" => id.as_str(), "o" => other.as_str(), "k" => number};
            let gql = match random.below(4) {
                0 => "MATCH (n {_id: $i}) DETACH DELETE n",
                1 => "MATCH (a {_id: $i}), (b {_id: $o}) INSERT (a)-[:E {w: $k}]->(b)",
                2 => "MATCH (n {_id: $i}) SET n.k = $k, n.t = 'a text that is somewhat longer ' || CAST($k AS STRING)",
                _ => "MATCH (a {_id: $i})-[e:E]-() WHERE e.w <> $k AND $o <> '' DELETE e",
            };
            session.execute(gql, params.clone()).unwrap();
            // What was deleted comes back.
            let back = "OPTIONAL MATCH (n {_id: $i}) FILTER n IS NULL INSERT (:P {_id: $i, k: $k, t: 'new'})";
            session.execute(back, params).unwrap();
        }
        rows(&mut session, "MATCH (a:P)-[e:E]->(b:P) WHERE a.k < 500 RETURN b.t, COUNT(*) AS c, SUM(e.w) AS s")
            .unwrap();
        if rounds % 8 == 0 {
            rows(&mut session, "CALL algo.fastrp.write({dimensions: 16}, {db: {property: 'v'}})").unwrap();
        }
        if rounds % 16 == 0 {
            remove(&backup);
            remove(&again);
            database.backup(&backup).unwrap();
            Database::restore(&backup, &again).unwrap();
        }
        // The history of tasks is kept on purpose; sixteen kilobytes a minute.
        let taken = Taken::now(&db);
        let part = begin.elapsed().as_secs_f64() / limit.as_secs_f64();
        match part {
            0.2..0.5 => early = early.most(taken),
            0.5.. => late = late.most(taken),
            _ => {}
        }
        rounds += 1;
    }
    println!("{rounds} rounds: {early:?}, then {late:?}");
    drop(session);
    drop(database);
    let database = existing(&db).unwrap();
    assert_eq!(database.check().unwrap().problems, Vec::<String>::new());
    assert!(late.memory <= early.memory * 3 / 2 + (512 << 20), "memory grows: {early:?}, {late:?}");
    assert!(late.disk <= early.disk * 2 + (256 << 20), "the disk fills: {early:?}, {late:?}");
    assert!(late.handles <= early.handles + 64, "file handles leak: {early:?}, {late:?}");
}
