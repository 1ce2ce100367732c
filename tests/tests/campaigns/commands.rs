//! Kills imports, backups, restores and exports at random moments: the target is whole or not there, the source
//! unharmed, and the next run removes what the killed one left.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use wenddb::Database;

use super::{Random, base, copy, existing, remove, rows, time, wend};

const NODES: usize = 6000;

/// Runs a command and kills it after a while; whether it was done before.
fn kill(arguments: &[&str], after: Duration) -> bool {
    let mut child = wend(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap();
    let _ = child.kill();
    child.wait().unwrap();
    ended.is_some_and(|status| status.success())
}

fn parts(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains(".part-")).count()
}

fn whole(path: &Path, nodes: usize) {
    let database = existing(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(database.check().unwrap().problems, Vec::<String>::new());
    let counted = rows(&mut database.session(), "MATCH (n:A) FILTER n.k >= 0 RETURN COUNT(*) AS c").unwrap();
    assert_eq!(counted, format!("{nodes} ;"), "{}", path.display());
}

#[test]
fn killed_commands_leave_all_or_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let (start, db, backup) = (folder.join("start"), folder.join("db"), folder.join("saved"));
    base(folder, &start, NODES);
    Database::open(&start).unwrap().backup(&backup).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (start, db, backup) = (text(&start), text(&db), text(&backup));
    let nodes = format!("A={}", folder.join("n.csv").display());
    let edges = format!("E={}", folder.join("e.csv").display());
    let mut random = Random::new(5);
    let (begin, limit) = (Instant::now(), time(14));
    let mut counts = [[0; 2]; 4];
    while begin.elapsed() < limit {
        for (at, what) in ["import", "backup", "restore", "export"].into_iter().enumerate() {
            let to = text(&folder.join(what));
            remove(Path::new(&to));
            let arguments: Vec<&str> = match what {
                "import" => {
                    let old = Database::open(&to).unwrap();
                    rows(&mut old.session(), "INSERT (:Old {_id: 'old', k: 1})").unwrap();
                    vec!["import", &to, "--nodes", &nodes, "--edges", &edges]
                }
                "backup" => {
                    remove(Path::new(&db));
                    copy(Path::new(&start), Path::new(&db));
                    vec!["backup", &db, &to]
                }
                "restore" => vec!["restore", &backup, &to],
                _ => vec!["export", &start, "--to", &to],
            };
            let done = kill(&arguments, Duration::from_millis(5 + random.below(250)));
            counts[at][usize::from(done)] += 1;
            let there = Path::new(&to).exists() && fs::read_dir(&to).unwrap().next().is_some();
            assert!(there || !done, "{what}: done and not there");
            match what {
                "import" => {
                    // Whatever it was in the middle of, nothing committed is damaged, and a check does not say so.
                    let check = wend(["check", &to]).output().unwrap();
                    let said = [check.stdout, check.stderr].concat();
                    let said = String::from_utf8_lossy(&said);
                    assert!(!said.contains("damaged") && !said.contains("problem:"), "{said}");
                    let database = existing(Path::new(&to)).unwrap();
                    let found = rows(&mut database.session(), "MATCH (n:Old) RETURN COUNT(n.k) AS c").unwrap();
                    assert_eq!(found, "1 ;");
                    let found = rows(&mut database.session(), "MATCH (n:A) RETURN COUNT(*) AS c").unwrap();
                    drop(database);
                    whole(Path::new(&to), if done || found != "0 ;" { NODES } else { 0 });
                }
                "export" if there => {
                    let lines = fs::read_to_string(Path::new(&to).join("nodes.csv")).unwrap().lines().count();
                    // The base has 40 nodes besides.
                    assert_eq!(lines, NODES + 41);
                }
                "export" => {}
                _ if there => whole(Path::new(&to), NODES),
                _ => {}
            }
            if what == "backup" {
                whole(Path::new(&db), NODES);
            }
            if what != "import" && !done {
                // The next one cleans up after the killed one.
                remove(Path::new(&to));
                let again = wend(&arguments).output().unwrap();
                assert!(again.status.success(), "{what}: {}", String::from_utf8_lossy(&again.stderr));
                assert_eq!(parts(folder), 0, "{what} leaves parts");
            }
        }
    }
    println!("killed and done: import, backup, restore, export {counts:?}");
    assert!(counts.iter().any(|[killed, _]| *killed > 0));
}
