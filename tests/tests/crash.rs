//! Kills a writing process at random moments and looks at what is left: every acknowledged statement, nothing half-written.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use wenddb::{Database, Session, params};

/// Longest one of the tests goes on starting and killing writers.
const BUDGET: Duration = Duration::from_secs(20);

/// Longest a writer may take to show its first sign of life.
const START: Duration = Duration::from_secs(30);

#[test]
fn inserts_survive_kills() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crash.wend");
    let mut random = Random(0x5eed_0001);
    let begin = Instant::now();
    let mut count = 0;
    let mut rounds = 0;
    while rounds < 12 && begin.elapsed() < BUDGET {
        let mut writer = Writer::start(&["insert", path.to_str().unwrap(), &count.to_string()]);
        let lines = writer.kill_after(Duration::from_millis(random.below(400)));
        let acknowledged = lines.last().map_or(count, |line| line.parse::<i64>().unwrap() + 1);

        let database = Database::open(&path).unwrap();
        check(&database);
        let mut session = database.session();
        // Of the statement that ran when the process died, all or nothing is there.
        let nodes = one(&mut session, "MATCH (n:Item) RETURN COUNT(*) AS c");
        let edges = one(&mut session, "MATCH (:Item)-[e:AFTER]->(:Item) RETURN COUNT(*) AS c");
        assert!(
            nodes == acknowledged || nodes == acknowledged + 1,
            "round {rounds}: {acknowledged} acknowledged, but {nodes} nodes are there"
        );
        assert_eq!(edges, (nodes - 1).max(0), "round {rounds}: {nodes} nodes");
        if nodes > 0 {
            assert_eq!(one(&mut session, "MATCH (n:Item) RETURN MIN(n.number) AS c"), 0);
            assert_eq!(one(&mut session, "MATCH (n:Item) RETURN MAX(n.number) AS c"), nodes - 1);
            assert_eq!(one(&mut session, "MATCH (n:Item) RETURN COUNT(DISTINCT n._id) AS c"), nodes);
            // Found by its _id too, not only in the scan.
            let last = (nodes - 1).to_string();
            let mut rows = session
                .execute("MATCH (n:Item {_id: $id}) RETURN n.number AS c", params! {"id" => last.as_str()})
                .unwrap();
            assert_eq!(rows.next().unwrap().unwrap().get::<i64>("c").unwrap(), nodes - 1);
        }
        count = nodes;
        rounds += 1;
    }
    assert!(rounds >= 3, "only {rounds} kills in {BUDGET:?}");
    assert!(count > 0, "no writer lived long enough to insert anything");
    println!("{rounds} kills, {count} nodes");
}

#[test]
fn embeddings_are_whole_after_kills() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crash.wend");
    let nodes = 1500;
    {
        let database = Database::open(&path).unwrap();
        let mut session = database.session();
        let mut transaction = session.transaction().unwrap();
        for number in 0..nodes {
            let id = number.to_string();
            transaction.execute("INSERT (:Item {_id: $id})", params! {"id" => id.as_str()}).unwrap();
        }
        for number in 0..nodes {
            let (from, to) = (number.to_string(), ((number + 1) % nodes).to_string());
            transaction
                .execute(
                    "MATCH (a {_id: $from}), (b {_id: $to}) INSERT (a)-[:NEXT]->(b)",
                    params! {"from" => from.as_str(), "to" => to.as_str()},
                )
                .unwrap();
        }
        transaction.commit().unwrap();
    }
    let mut random = Random(0x5eed_0002);
    let begin = Instant::now();
    let (mut rounds, mut finished, mut interrupted) = (0, 0, 0);
    // The dimensions of the vectors that are there; 0 = none yet.
    let mut before = 0;
    while rounds < 12 && begin.elapsed() < BUDGET {
        let mut writer = Writer::start(&["embed", path.to_str().unwrap()]);
        let lines = writer.kill_after(Duration::from_millis(random.below(800)));
        let dimensions = |word: &str| {
            let line = lines.iter().rev().find_map(|line| line.strip_prefix(word));
            line.map(|text| text.trim().parse::<i64>().unwrap())
        };
        let acknowledged = dimensions("done").unwrap_or(before);
        let begun = dimensions("begin").unwrap_or(acknowledged);
        finished += lines.iter().filter(|line| line.starts_with("done")).count();

        let database = Database::open(&path).unwrap();
        check(&database);
        let mut session = database.session();
        // Every node has the vector of one and the same run: the last acknowledged, or the one that was just committed.
        let mut sizes = Vec::new();
        for row in session.execute("MATCH (n:Item) RETURN COALESCE(SIZE(n.embedding), 0) AS d", params! {}).unwrap() {
            sizes.push(row.unwrap().get::<i64>("d").unwrap());
        }
        assert_eq!(sizes.len(), usize::try_from(nodes).unwrap());
        let size = sizes[0];
        assert!(sizes.iter().all(|other| *other == size), "round {rounds}: vectors of two runs side by side");
        assert!(
            size == acknowledged || size == begun,
            "round {rounds}: {size}, acknowledged {acknowledged}, begun {begun}"
        );
        before = size;

        let (mut completed, mut stopped) = (0, 0);
        for row in session.execute("SHOW TASKS", params! {}).unwrap() {
            let row = row.unwrap();
            match row.get::<&str>("status").unwrap() {
                "completed" => completed += 1,
                "interrupted" => stopped += 1,
                status => panic!("round {rounds}: a task of a dead process is {status}"),
            }
        }
        assert!(completed >= finished, "round {rounds}: {finished} writes acknowledged, {completed} completed");
        interrupted = stopped;
        rounds += 1;
    }
    assert!(rounds >= 3, "only {rounds} kills in {BUDGET:?}");
    println!("{rounds} kills, {finished} finished writes, {interrupted} interrupted tasks");
}

#[test]
fn vector_lists_are_whole_after_kills() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crash.wend");
    {
        let mut session = Database::open(&path).unwrap().session();
        let index = "CREATE VECTOR INDEX near FOR (n:Item) ON (n.e) OPTIONS {dimensions: 4, lists: 5}";
        session.execute("INSERT (:Item {_id: '0', e: VECTOR([1, 0, 0, 0])})", params! {}).unwrap();
        session.execute(index, params! {}).unwrap();
    }
    let mut random = Random(0x5eed_0003);
    let begin = Instant::now();
    let (mut rounds, mut commits) = (0, 0);
    while rounds < 12 && begin.elapsed() < BUDGET {
        let seed = random.below(1 << 20).to_string();
        let mut writer = Writer::start(&["vectors", path.to_str().unwrap(), &seed]);
        commits += writer.kill_after(Duration::from_millis(random.below(400))).len();
        let database = Database::open(&path).unwrap();
        check(&database);
        let mut session = database.session();
        // All elements that have a vector are found, and the same by lists as one by one.
        let with = one(&mut session, "MATCH (n:Item) WHERE VECTOR_NORM(n.e) > 0 RETURN COUNT(*) AS c");
        let found =
            "MATCH (n:Item) SEARCH n IN (VECTOR INDEX near FOR [1, 2, 3, 4] LIMIT 1000) RETURN COUNT(DISTINCT n) AS c";
        assert_eq!(one(&mut session, found), with, "round {rounds}");
        rounds += 1;
    }
    assert!(rounds >= 3 && commits > 20, "{rounds} kills, {commits} commits");
    println!("{rounds} kills, {commits} commits");
}

#[test]
fn full_text_is_whole_after_kills() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crash.wend");
    {
        let mut session = Database::open(&path).unwrap().session();
        session.execute("CREATE FULLTEXT INDEX texts FOR (n:Item) ON EACH [n.text]", params! {}).unwrap();
    }
    let mut random = Random(0x5eed_0004);
    let begin = Instant::now();
    let (mut rounds, mut commits) = (0, 0);
    while rounds < 12 && begin.elapsed() < BUDGET {
        let seed = random.below(1 << 20).to_string();
        let mut writer = Writer::start(&["texts", path.to_str().unwrap(), &seed]);
        commits += writer.kill_after(Duration::from_millis(random.below(400))).len();
        let database = Database::open(&path).unwrap();
        check(&database);
        let mut session = database.session();
        let with = one(&mut session, "MATCH (n:Item) WHERE n.text CONTAINS 'alpha' RETURN COUNT(*) AS c");
        let found = "CALL db.index.fulltext.queryNodes('texts', 'alpha') YIELD node RETURN COUNT(*) AS c";
        assert_eq!(one(&mut session, found), with, "round {rounds}");
        rounds += 1;
    }
    assert!(rounds >= 3 && commits > 20, "{rounds} kills, {commits} commits");
    println!("{rounds} kills, {commits} commits");
}

fn check(database: &Database) {
    let report = database.check().unwrap();
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
}

fn one(session: &mut Session, query: &str) -> i64 {
    let mut rows = session.execute(query, params! {}).unwrap();
    let row = rows.next().expect("a row").unwrap();
    row.get("c").unwrap()
}

/// A running crash_writer and the lines it has printed.
struct Writer {
    child: Child,
    lines: Receiver<String>,
}

impl Writer {
    fn start(arguments: &[&str]) -> Writer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crash_writer"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Writer { child, lines }
    }

    /// Kills the writer the given time after its first line and returns all it printed.
    fn kill_after(&mut self, delay: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        match self.lines.recv_timeout(START) {
            Ok(line) => lines.push(line),
            Err(_) => panic!("the writer said nothing: {:?}", self.child.try_wait()),
        }
        let end = Instant::now() + delay;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.lines.recv_timeout(left) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("the writer ended by itself: {:?}", self.child.wait()),
            }
        }
        // SIGKILL on Unix.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        lines.extend(self.lines.iter());
        lines
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A small generator (SplitMix64), so that a run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// A database is opened by one process at a time; the second is told so.
#[test]
fn a_second_process_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path: &Path = &directory.path().join("crash.wend");
    let mut writer = Writer::start(&["insert", path.to_str().unwrap(), "0"]);
    writer.lines.recv_timeout(START).unwrap();
    let error = Database::open(path).expect_err("the database is held by another process");
    assert_eq!(error.gqlstatus(), "08000", "{error}");
    assert!(writer.child.try_wait().unwrap().is_none(), "the first process goes on");
}
