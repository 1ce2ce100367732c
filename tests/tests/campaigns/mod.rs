//! The reliability net: kills at every sync, power cuts, damaged files, failing disks, histories of many clients,
//! killed commands, and a soak. Each runs for seconds here; `make campaigns` gives them many times that
//! (CONTRIBUTING.md).

mod commands;
mod disk;
mod flips;
mod histories;
#[cfg(target_os = "linux")]
mod power;
mod soak;
mod syncs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use wenddb::{Database, Options, Session, Value, params};

/// How many times the usual a campaign runs: `WEND_CAMPAIGN=20`.
fn factor() -> u32 {
    std::env::var("WEND_CAMPAIGN").ok().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// The time for a campaign that takes so many seconds in the suite.
fn time(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds * factor()))
}

/// A small generator (SplitMix64), so that a run can be repeated: `WEND_SEED=7`.
struct Random(u64);

impl Random {
    fn new(salt: u64) -> Random {
        let seed = std::env::var("WEND_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1u64);
        Random(seed.wrapping_mul(0x1_0000).wrapping_add(salt))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

/// The library of `fault.c`, or why there is none.
fn faults() -> Result<&'static Path, &'static str> {
    static LIBRARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        if !cfg!(target_os = "linux") {
            return Err("LD_PRELOAD is Linux's".to_owned());
        }
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/campaigns/fault.c");
        let target = std::env::temp_dir().join(format!("wend-fault-{}.so", std::process::id()));
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(&compiler);
        command.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&target).arg(source).arg("-ldl");
        match command.output() {
            Err(error) => Err(format!("no C compiler ({}): {error}", compiler.display())),
            Ok(output) if !output.status.success() => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Ok(_) => Ok(target),
        }
    });
    library.as_deref().map_err(String::as_str)
}

/// Says that a test is skipped and why.
fn skipped(why: &str) {
    println!("skipped: {why}");
}

/// What a fault is.
struct Fault {
    operation: &'static str,
    matching: String,
    after: u64,
    times: u64,
    /// 0 kills the process.
    error: i32,
}

impl Fault {
    fn put(&self, command: &mut Command, library: &Path) {
        command
            .env("LD_PRELOAD", library)
            .env("FAULT_OP", self.operation)
            .env("FAULT_MATCH", &self.matching)
            .env("FAULT_AFTER", self.after.to_string())
            .env("FAULT_TIMES", self.times.to_string())
            .env("FAULT_ERROR", self.error.to_string());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn remove(path: &Path) {
    if path.exists() {
        fs::remove_dir_all(path).unwrap();
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        for path in fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { left.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// `wend` with arguments, not started.
fn wend<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(wend_tests::wend_binary());
    command.args(arguments).stdin(Stdio::null());
    command
}

fn no_panic(output: &Output, what: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("panicked"), "{what}: {text}");
}

/// The rows of a statement as one text.
fn rows(session: &mut Session, gql: &str) -> wenddb::Result<String> {
    let mut text = String::new();
    let rows = session.execute(gql, params! {})?;
    let columns = rows.columns().to_vec();
    for row in rows {
        let row = row?;
        for column in &columns {
            text.push_str(&format!("{} ", row.get::<Value>(column.as_str())?));
        }
        text.push(';');
    }
    Ok(text)
}

fn existing(path: &Path) -> wenddb::Result<Database> {
    Database::open_with(path, Options { create: false, ..Options::default() })
}

/// A database with all that there is: two graphs, an index, vectors, edges, some of it bulk loaded; `folder` gets the
/// CSV files.
fn base(folder: &Path, path: &Path, nodes: usize) {
    let mut text = String::from("_id,k:INT64,txt\n");
    (0..nodes).for_each(|i| text.push_str(&format!("a{i},{i},text {}\n", i * 7919 % 3001)));
    fs::write(folder.join("n.csv"), text).unwrap();
    let mut text = String::from("_from,_to,w:INT64\n");
    (0..nodes).for_each(|i| text.push_str(&format!("a{i},a{},{}\n", (i * 17 + 3) % nodes, i % 13)));
    fs::write(folder.join("e.csv"), text).unwrap();
    let database = Database::open(path).unwrap();
    let file = |name: &str, label: &str| wenddb::ImportFile::new(folder.join(name)).label(label);
    let import = wenddb::Import {
        nodes: vec![file("n.csv", "A")],
        edges: vec![file("e.csv", "E")],
        ..wenddb::Import::default()
    };
    database.import(&import).unwrap();
    let mut session = database.session();
    for gql in [
        "CREATE INDEX ik ON NODE A (k)",
        "CALL algo.fastrp.write({dimensions: 8}, {db: {property: 'emb'}}) YIELD nodesWritten",
        "CREATE GRAPH g2",
    ] {
        rows(&mut session, gql).unwrap();
    }
    rows(&mut session, "USE g2 FOR i IN RANGE(1, 50) INSERT (:N {x: i})").unwrap();
    for i in 0..40 {
        rows(&mut session, &format!("INSERT (:W {{_id: 'w{i}', k: {i}}})")).unwrap();
    }
}
