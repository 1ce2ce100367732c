//! A forked child of the process that opened a database: an error in whatever it tries, and no harm to the parent.

use wenddb::{Database, ErrorKind};

#[expect(unsafe_code, reason = "forking is what is tested")]
#[test]
fn a_forked_child_harms_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let database = Database::open(&path).unwrap();
    let mut session = database.session();
    session.execute("INSERT (:P {_id: 'a'})-[:E]->(:P {_id: 'b'})", ()).unwrap();
    // The threads of the pool are there.
    session.execute("CALL algo.fastrp.stream({dimensions: 4})", ()).unwrap().for_each(|row| drop(row.unwrap()));
    let mut open = database.session();
    open.execute("START TRANSACTION", ()).unwrap();
    open.execute("INSERT (:P {_id: 'open'})", ()).unwrap();
    // SAFETY: the child uses only what this test made, and ends; should it hang, it is killed.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = |result: wenddb::Result<()>| result.is_err_and(|error| error.kind() == ErrorKind::Locked);
        let outcomes = [
            refused(session.execute("INSERT (:P {_id: 'child'})", ()).map(drop)),
            refused(session.execute("CALL algo.fastrp.write({dimensions: 4}, {db: {property: 'v'}})", ()).map(drop)),
            refused(session.execute("MATCH (n) RETURN n", ()).map(drop)),
            refused(open.execute("CALL algo.fastrp.stream({dimensions: 4})", ()).map(drop)),
            refused(open.execute("COMMIT", ()).map(drop)),
            refused(database.check().map(drop)),
            refused(database.backup(directory.path().join("backup"))),
            refused(database.health()),
        ];
        drop((session, open, database));
        std::process::exit(outcomes.iter().position(|refused| !refused).map_or(0, |at| at as i32 + 1));
    }
    let mut status = 0;
    for round in 0.. {
        // SAFETY: the child is ours, and the status is written to a variable of this function.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            break;
        }
        if round > 2000 {
            // SAFETY: the child is ours and has not been waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(libc::WIFEXITED(status), "the child ended by signal {}", libc::WTERMSIG(status));
    assert_eq!(libc::WEXITSTATUS(status), 0, "what is refused, counted from 1");
    open.execute("COMMIT", ()).unwrap();
    session.execute("INSERT (:P {_id: 'parent'})", ()).unwrap();
    drop((open, session, database));
    let database = Database::open(&path).unwrap();
    assert_eq!(database.check().unwrap().nodes, 4);
}
