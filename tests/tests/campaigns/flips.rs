//! Damages one file of a database at a random place: opening, asking or checking tells it, or everything is there.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use super::{Random, base, copy, existing, files, remove, rows, time};

const QUERIES: [&str; 10] = [
    "MATCH (n:A) RETURN COUNT(*) AS c",
    "MATCH (n:A) FILTER n.k >= 0 RETURN COUNT(*) AS c, SUM(n.k) AS s, COUNT(DISTINCT n.txt) AS d",
    "MATCH (a:A)-[e:E]->(b:A) RETURN COUNT(*) AS c, SUM(e.w) AS w, SUM(a.k) AS a, SUM(b.k) AS b",
    "MATCH (a:A)<-[e:E]-(b:A) RETURN COUNT(*) AS c, SUM(a.k) AS a",
    "MATCH (n:A) WHERE n.k >= 10 AND n.k < 50 RETURN COUNT(n.txt) AS c",
    "MATCH (n:A {_id: 'a77'}) RETURN n.k AS k",
    "MATCH (n:A) RETURN SUM(SIZE(n.emb)) AS s, SUM(n.emb[0]) AS x",
    "SHOW GRAPHS YIELD name RETURN COUNT(*) AS g",
    "SHOW INDEXES YIELD name RETURN COUNT(*) AS c",
    "MATCH (n:W) FILTER n.k >= 0 RETURN COUNT(*) AS c, SUM(n.k) AS s",
];

/// All answers, or the first error.
fn answers(path: &Path) -> wenddb::Result<(String, bool)> {
    let database = existing(path)?;
    let mut session = database.session();
    let mut text = String::new();
    for gql in QUERIES {
        text.push_str(&rows(&mut session, gql)?);
    }
    Ok((text, database.check()?.problems.is_empty()))
}

/// Damages a file; says how.
fn damage(path: &Path, random: &mut Random) -> String {
    let size = path.metadata().unwrap().len();
    let at = random.below(size);
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    match random.below(6) {
        0..3 => {
            let mut byte = [0];
            file.seek(SeekFrom::Start(at)).unwrap();
            file.read_exact(&mut byte).unwrap();
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&[byte[0] ^ (1 << random.below(8))]).unwrap();
            format!("a bit at {at} of {size}")
        }
        3 => {
            file.seek(SeekFrom::Start(at)).unwrap();
            file.write_all(&vec![0; (size - at).min(64) as usize]).unwrap();
            format!("zeros at {at} of {size}")
        }
        4 => {
            file.set_len(at).unwrap();
            format!("cut at {at} of {size}")
        }
        _ => {
            fs::remove_file(path).unwrap();
            "gone".into()
        }
    }
}

#[test]
fn damage_is_told_or_harmless() {
    let directory = tempfile::tempdir().unwrap();
    let (start, db) = (directory.path().join("base"), directory.path().join("db"));
    base(directory.path(), &start, 500);
    // The last commits are in the log.
    let database = existing(&start).unwrap();
    for i in 40..80 {
        rows(&mut database.session(), &format!("INSERT (:W {{_id: 'w{i}', k: {i}}})")).unwrap();
    }
    let killed = directory.path().join("killed");
    copy(&start, &killed);
    drop(database);
    let whole = {
        copy(&start, &db);
        answers(&db).unwrap()
    };
    assert!(whole.1);
    let mut random = Random::new(3);
    let (begin, limit) = (Instant::now(), time(12));
    let (mut told, mut harmless) = (0, 0);
    while begin.elapsed() < limit {
        let origin = if random.below(2) == 0 { &start } else { &killed };
        remove(&db);
        copy(origin, &db);
        let files: Vec<_> = files(&db).into_iter().filter(|file| file.metadata().unwrap().len() > 0).collect();
        // Every kind of file as often as the next.
        let kinds = ["log", "sst", "MANIFEST", ""];
        let kind = kinds[random.below(4) as usize];
        let files: Vec<_> = files.iter().filter(|file| file.to_string_lossy().contains(kind)).collect();
        let file = files[random.below(files.len() as u64) as usize];
        let what = format!("{}: {}", file.display(), damage(file, &mut random));
        match answers(&db) {
            Err(_) => told += 1,
            Ok((found, true)) => {
                assert_eq!(found, whole.0, "{what}: other answers, and nothing says why");
                harmless += 1;
            }
            Ok((_, false)) => told += 1,
        }
    }
    println!("{told} told, {harmless} harmless");
    assert!(told > 10, "{told}");
}
