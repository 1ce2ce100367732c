//! Damage in write-ahead logs and backups, failed writes, forked processes: told, never a silent loss.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use wend_storage::{Access, Error, Store, StoreOptions};

use crate::common::*;

fn synced() -> StoreOptions {
    StoreOptions::default()
}

fn refused(result: wend_storage::Result<Store>) -> Error {
    match result {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

fn add(store: &Store, ids: std::ops::Range<usize>) {
    for id in ids {
        let tx = write(store);
        node(&tx, &format!("n{id}"));
        tx.commit().unwrap();
    }
}

/// Copies the files of a database, as they are while it is open: what a process that is killed leaves.
fn killed(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            killed(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn logs(db: &Path) -> Vec<PathBuf> {
    let mut logs: Vec<_> = fs::read_dir(db.join("data")).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.sort();
    logs
}

fn flip(path: &Path, at: u64) {
    let mut file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 16]).unwrap();
}

fn count(db: &Path) -> u64 {
    read(&Store::open(db, &synced()).unwrap()).node_count(G).unwrap()
}

/// What becomes of a database after damage: an error that names the file, or all that was committed.
fn told_or_whole(db: &Path, committed: u64, what: &str) -> bool {
    for read_only in [true, false] {
        match Store::open(db, &StoreOptions { read_only, ..synced() }) {
            Ok(store) => {
                assert_eq!(read(&store).node_count(G).unwrap(), committed, "{what}");
                assert_eq!(store.check().unwrap().problems, Vec::<String>::new(), "{what}");
            }
            Err(error) => {
                assert!(matches!(error, Error::LogDamaged { .. } | Error::Corrupt(_)), "{what}: {error}");
                return true;
            }
        }
    }
    false
}

#[test]
fn a_damaged_log_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (db, crashed, bad) = (dir.path().join("db"), dir.path().join("crashed"), dir.path().join("bad"));
    let store = Store::open(&db, &synced()).unwrap();
    add(&store, 0..60);
    killed(&db, &crashed);
    drop(store);
    // After a kill and after closing in good order.
    for origin in [&crashed, &db] {
        let log = logs(origin).pop().unwrap();
        let size = log.metadata().unwrap().len();
        assert!(size > 4000, "{size}");
        type Damage = Box<dyn Fn(&Path)>;
        let mut damages: Vec<(String, Damage)> = Vec::new();
        for at in (0..size).step_by(97).chain([size - 1, size - 20]) {
            damages.push((format!("a bit at {at}"), Box::new(move |log| flip(log, at))));
        }
        for at in [0, 1, size / 3, size - 100, size - 1] {
            let cut = move |log: &Path| File::options().write(true).open(log).unwrap().set_len(at).unwrap();
            damages.push((format!("cut at {at}"), Box::new(cut)));
        }
        damages.push(("gone".into(), Box::new(|log| fs::remove_file(log).unwrap())));
        let zeros = move |log: &Path| {
            let mut file = File::options().write(true).open(log).unwrap();
            file.seek(SeekFrom::Start(size / 2)).unwrap();
            file.write_all(&[0; 512]).unwrap();
        };
        damages.push(("zeros".into(), Box::new(zeros)));
        for (what, damage) in damages {
            let _ = fs::remove_dir_all(&bad);
            killed(origin, &bad);
            damage(&bad.join("data").join(log.file_name().unwrap()));
            assert!(told_or_whole(&bad, 60, &what), "{what}: not told");
            // It was only looked at.
            assert!(told_or_whole(&bad, 60, &what), "{what}: told once only");
        }
        // The note itself may be damaged or gone: the log is whole.
        for at in [3, 17, 40, 511] {
            let _ = fs::remove_dir_all(&bad);
            killed(origin, &bad);
            flip(&bad.join("SYNCED"), at);
            assert!(!told_or_whole(&bad, 60, "SYNCED"));
        }
        let _ = fs::remove_dir_all(&bad);
        killed(origin, &bad);
        fs::remove_file(bad.join("SYNCED")).unwrap();
        assert!(!told_or_whole(&bad, 60, "no SYNCED"));
    }
}

#[test]
fn a_torn_end_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let (db, torn) = (dir.path().join("db"), dir.path().join("torn"));
    let store = Store::open(&db, &synced()).unwrap();
    add(&store, 0..20);
    killed(&db, &torn);
    let log = logs(&torn).pop().unwrap();
    let synced_to = log.metadata().unwrap().len();
    add(&store, 20..21);
    let whole = fs::read(logs(&db).pop().unwrap()).unwrap();
    // The record that was being written when the process died, in every length.
    for end in (synced_to as usize + 1..whole.len()).step_by(11) {
        let case = dir.path().join("case");
        let _ = fs::remove_dir_all(&case);
        killed(&torn, &case);
        fs::write(case.join("data").join(log.file_name().unwrap()), &whole[..end]).unwrap();
        assert_eq!(count(&case), 20, "{end}");
        assert_eq!(count(&case), 20, "{end}, again");
    }
    // Pages that were given to the file and never written.
    let mut zeros = whole[..synced_to as usize].to_vec();
    zeros.resize(zeros.len() + 5000, 0);
    fs::write(&log, zeros).unwrap();
    assert_eq!(count(&torn), 20);
}

#[test]
fn older_logs_have_to_be_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (db, bad) = (dir.path().join("db"), dir.path().join("bad"));
    let store = Store::open(&db, &synced()).unwrap();
    add(&store, 0..30);
    let crashed = dir.path().join("crashed");
    // A bulk load flushes some families, and RocksDB goes on to another log.
    let mut load = store.bulk_load(G).unwrap();
    load.node("loaded", &[], vec![]).unwrap();
    load.finish().unwrap();
    add(&store, 30..40);
    killed(&db, &crashed);
    let files = logs(&crashed);
    for log in &files {
        let size = log.metadata().unwrap().len();
        let name = log.file_name().unwrap();
        for what in ["gone", "cut", "flipped"].into_iter().filter(|what| size > 0 || *what == "gone") {
            let _ = fs::remove_dir_all(&bad);
            killed(&crashed, &bad);
            let path = bad.join("data").join(name);
            match what {
                "gone" => fs::remove_file(&path).unwrap(),
                "cut" => File::options().write(true).open(&path).unwrap().set_len(size / 2).unwrap(),
                _ => flip(&path, size / 2),
            }
            let told = told_or_whole(&bad, 41, &format!("{what} {name:?} of {files:?}"));
            assert!(told || Some(log) != files.last(), "{what} {name:?}");
        }
    }
}

#[test]
fn a_loss_can_be_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("db");
    add(&Store::open(&db, &synced()).unwrap(), 0..40);
    let log = logs(&db).pop().unwrap();
    flip(&log, log.metadata().unwrap().len() / 2);
    let text = refused(Store::open(&db, &synced())).to_string();
    assert!(text.contains("ACCEPT-LOSS") && text.contains(".log"), "{text}");
    File::create(db.join("ACCEPT-LOSS")).unwrap();
    // Only opening for writing accepts it.
    refused(Store::open(&db, &StoreOptions { read_only: true, ..synced() }));
    assert!(db.join("ACCEPT-LOSS").exists());
    let left = count(&db);
    assert!((1..40).contains(&left), "{left}");
    assert!(!db.join("ACCEPT-LOSS").exists());
    assert_eq!(count(&db), left);
    // Without any log.
    for log in logs(&db) {
        fs::remove_file(log).unwrap();
    }
    add_after_loss(&db);
}

fn add_after_loss(db: &Path) {
    if Store::open(db, &synced()).is_err() {
        File::create(db.join("ACCEPT-LOSS")).unwrap();
    }
    let store = Store::open(db, &synced()).unwrap();
    add(&store, 100..110);
    drop(store);
    let _ = count(db);
}

#[test]
fn a_short_manifest_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("db");
    let store = Store::open(&db, &synced()).unwrap();
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..100 {
        load.node(&format!("l{number}"), &[], vec![]).unwrap();
    }
    load.finish().unwrap();
    drop(store);
    let name = fs::read_to_string(db.join("data/CURRENT")).unwrap();
    let manifest = db.join("data").join(name.trim());
    let size = manifest.metadata().unwrap().len();
    for cut in [size - 1, size - 50, size / 2] {
        let bad = dir.path().join(format!("bad{cut}"));
        killed(&db, &bad);
        File::options().write(true).open(bad.join("data").join(name.trim())).unwrap().set_len(cut).unwrap();
        assert!(told_or_whole(&bad, 100, &format!("cut at {cut}")));
    }
}

#[test]
fn unsynced_stores_close_in_good_order() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("db");
    add(&Store::open(&db, &fast()).unwrap(), 0..10);
    assert_eq!(count(&db), 10);
    add(&Store::open(&db, &fast()).unwrap(), 10..20);
    let log = logs(&db).pop().unwrap();
    flip(&log, log.metadata().unwrap().len() - 5);
    assert!(matches!(refused(Store::open(&db, &synced())), Error::LogDamaged { .. }));
}

fn files_of(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { left.push(entry) } else { files.push(entry) }
        }
    }
    files.sort();
    files
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (db, backup, to) = (dir.path().join("db"), dir.path().join("backup"), dir.path().join("to"));
    let store = Store::open(&db, &synced()).unwrap();
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..3000 {
        load.node(&format!("l{number}"), &[], vec![]).unwrap();
    }
    load.finish().unwrap();
    add(&store, 0..10);
    store.backup(&backup).unwrap();
    let files = files_of(&backup);
    assert!(files.iter().any(|file| file.ends_with("BACKUP")));
    assert!(!files.iter().any(|file| file.ends_with("LOCK") || file.ends_with("LOG")), "{files:?}");
    #[cfg(unix)]
    for file in &files {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(file.metadata().unwrap().nlink(), 1, "{} is shared", file.display());
    }
    let bad = dir.path().join("bad");
    let refuses = |what: String| {
        let error = Store::restore(&bad, &to).expect_err(&what);
        assert!(!to.exists(), "{what}");
        // What the first line of the identity file says is no backup's concern.
        assert!(
            matches!(
                error,
                Error::BackupDamaged { .. }
                    | Error::NotADatabase { .. }
                    | Error::FormatTooNew { .. }
                    | Error::FormatTooOld { .. }
                    | Error::Corrupt(_)
            ),
            "{what}: {error}"
        );
    };
    for file in &files {
        let name = file.strip_prefix(&backup).unwrap();
        let size = file.metadata().unwrap().len();
        for (number, at) in [0, size / 3, size / 2, size.saturating_sub(1)].into_iter().enumerate() {
            let _ = fs::remove_dir_all(&bad);
            killed(&backup, &bad);
            let path = bad.join(name);
            match number {
                _ if size == 0 => fs::write(&path, "x").unwrap(),
                2 => File::options().write(true).open(&path).unwrap().set_len(at).unwrap(),
                _ => flip(&path, at),
            }
            refuses(format!("{} at {at}", name.display()));
        }
        let _ = fs::remove_dir_all(&bad);
        killed(&backup, &bad);
        fs::remove_file(bad.join(name)).unwrap();
        refuses(format!("{} is gone", name.display()));
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part-")), "{left:?}");
    Store::restore(&backup, &to).unwrap();
    assert_eq!(count(&to), 3010);
    assert!(!to.join("BACKUP").exists());
    // Opened for writing, a backup is an ordinary database, which can be restored from when it is closed.
    add(&Store::open(&backup, &synced()).unwrap(), 20..21);
    assert!(!backup.join("BACKUP").exists());
    Store::restore(&backup, &dir.path().join("more")).unwrap();
    assert_eq!(count(&dir.path().join("more")), 3011);
}

#[test]
fn damaged_data_is_not_backed_up() {
    let dir = tempfile::tempdir().unwrap();
    let (db, backup) = (dir.path().join("db"), dir.path().join("backup"));
    let store = Store::open(&db, &synced()).unwrap();
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..3000 {
        load.node(&format!("l{number}"), &[], vec![]).unwrap();
    }
    load.finish().unwrap();
    drop(store);
    let mut tables = files_of(&db);
    tables.retain(|path| path.extension().is_some_and(|extension| extension == "sst"));
    let largest = tables.into_iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    flip(&largest, largest.metadata().unwrap().len() / 3);
    let store = Store::open(&db, &synced()).unwrap();
    assert!(matches!(store.backup(&backup), Err(Error::Corrupt(_))));
    assert!(!backup.exists());
}

#[test]
fn parts_of_dead_processes_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join(".backup.part-4000000-0");
    let other = dir.path().join(".other.part-4000000-0");
    fs::create_dir_all(left.join("data")).unwrap();
    fs::create_dir_all(&other).unwrap();
    let busy = wend_storage::PartDirectory::new(&dir.path().join("backup")).unwrap();
    assert!(!left.exists());
    memory().backup(&dir.path().join("backup")).unwrap();
    assert!(busy.path().exists() || !cfg!(unix));
    assert!(other.exists());
}

#[cfg(unix)]
#[test]
fn a_forked_child_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("db");
    let store = Store::open(&db, &synced()).unwrap();
    add(&store, 0..5);
    let open = write(&store);
    node(&open, "open");
    let reading = read(&store);
    let backup = dir.path().join("backup");
    let outcome = in_child(|| {
        let forked = |result: Option<Error>| matches!(result, Some(Error::Forked { .. }));
        let refusals = [
            forked(store.begin(Access::Write).err()),
            forked(store.begin(Access::Read).err()),
            forked(open.commit().err()),
            forked(store.backup(&backup).err()),
            forked(store.check().err()),
            forked(store.health().err()),
            forked(store.intern_label("New").err()),
        ];
        drop((store.clone(), open.clone()));
        refusals.iter().position(|refused| !refused).map_or(0, |at| at as i32 + 1)
    });
    assert_eq!(outcome, 0, "what is refused, counted from 1");
    // The parent goes on as if nothing had been.
    open.commit().unwrap();
    add(&store, 5..10);
    drop((reading, open, store));
    assert_eq!(count(&db), 11);
}

/// Runs something in a forked child, drops what it took there and ends it as a program ends; gives its status.
#[cfg(unix)]
#[expect(unsafe_code, reason = "forking is what is tested")]
fn in_child(run: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child uses what the test made and ends; if it takes a lock that another thread held, it is killed.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let outcome = run();
        std::process::exit(outcome);
    }
    let begun = std::time::Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the child is ours, and the status is written to a variable of this function.
        let ended = unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) };
        if ended == child {
            return if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -libc::WTERMSIG(status) };
        }
        if begun.elapsed().as_secs() > 20 {
            // SAFETY: the child is ours and has not been waited for.
            unsafe { libc::kill(child, libc::SIGKILL) };
            panic!("the child hangs");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
