//! Lets writes and syncs of a writer's files fail at random moments: what it acknowledged is there, and it says what
//! happened.

use std::process::{Command, Stdio};
use std::time::Instant;

use wenddb::Database;

use super::{Fault, Random, existing, faults, no_panic, remove, rows, skipped, time};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

#[test]
fn a_failing_disk_loses_nothing_acknowledged() {
    let library = match faults() {
        Ok(library) => library,
        Err(why) => return skipped(why),
    };
    let directory = tempfile::tempdir().unwrap();
    let db = directory.path().join("failing.wend");
    let mut random = Random::new(4);
    let (begin, limit) = (Instant::now(), time(10));
    let (mut rounds, mut unknown) = (0, 0);
    while begin.elapsed() < limit || rounds < 4 {
        remove(&db);
        drop(Database::open(&db).unwrap());
        let operation = ["write", "sync", "any"][random.below(3) as usize];
        let fault = Fault {
            operation,
            matching: ["/failing.wend/", ".log", ".sst"][random.below(2) as usize].into(),
            after: random.below(120),
            times: random.below(2),
            error: [EIO, ENOSPC][random.below(2) as usize],
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_crash_writer"));
        command.arg("some").arg(&db).arg("60").stdin(Stdio::null());
        fault.put(&mut command, library);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let what = format!("round {rounds}, {operation} {} after {}: {errors}", fault.error, fault.after);
        no_panic(&output, &what);
        assert!(output.status.code().is_some(), "{what}");
        let text = String::from_utf8_lossy(&output.stdout);
        let acknowledged = text.lines().filter(|line| line.parse::<i64>().is_ok()).count();
        // After a commit of unknown outcome nothing more is taken, while reading goes on.
        if errors.contains("40003") {
            unknown += 1;
            assert!(text.lines().any(|line| line == "stopped"), "{what}");
            assert!(text.lines().any(|line| line == format!("reads {acknowledged}")), "{what}: {text}");
        }
        let database = existing(&db).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(database.check().unwrap().problems, Vec::<String>::new(), "{what}");
        let found = rows(&mut database.session(), "MATCH (n:Item) RETURN COUNT(*) AS c").unwrap();
        let unsure = usize::from(errors.contains("40003"));
        assert!(
            (acknowledged..=acknowledged + unsure).any(|count| found == format!("{count} ;")),
            "{what}: {acknowledged} acknowledged, {found} there"
        );
        rounds += 1;
    }
    println!("{rounds} rounds, {unknown} of unknown outcome");
    assert!(unknown > 0, "no commit failed");
}
