//! Metrics in the text format of Prometheus. They contain no statement, user or address.

use std::{
    fmt::Write,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use wenddb::host::DiskWork;

/// The protocols of the port.
const PROTOCOLS: [&str; 3] = ["bolt", "http", "websocket"];

/// The upper bounds of the histogram of query times, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0];

/// Counters since the start of the server.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    connections: [AtomicU64; 3],
    open: [AtomicU64; 3],
    refused: AtomicU64,
    succeeded: [AtomicU64; 3],
    failed: [AtomicU64; 3],
    classes: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
    rows: AtomicU64,
    logins_failed: AtomicU64,
    slow: AtomicU64,
    answers: [AtomicU64; 5],
}

/// The current values that are kept elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges<'g> {
    /// The directory of the database.
    pub(crate) path: Option<&'g Path>,
    /// The background work of the disk.
    pub(crate) disk: Option<DiskWork>,
    /// Open transactions over HTTP.
    pub(crate) transactions: usize,
    /// Running statements.
    pub(crate) queries: usize,
    /// Running tasks.
    pub(crate) tasks: usize,
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// An open connection, counted until this is dropped.
pub(crate) struct OpenConnection<'m>(&'m AtomicU64);

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn place(protocol: &str) -> usize {
    PROTOCOLS.iter().position(|known| *known == protocol).unwrap_or(0)
}

impl Metrics {
    /// Counts a connection.
    pub(crate) fn connected(&self, protocol: &str) -> OpenConnection<'_> {
        add(&self.connections[place(protocol)], 1);
        add(&self.open[place(protocol)], 1);
        OpenConnection(&self.open[place(protocol)])
    }

    /// Counts a refused connection.
    pub(crate) fn refused(&self) {
        add(&self.refused, 1);
    }

    /// Counts a finished statement.
    pub(crate) fn query(&self, protocol: &str, succeeded: bool, time: Duration, rows: u64) {
        add(&(if succeeded { &self.succeeded } else { &self.failed })[place(protocol)], 1);
        let class = BOUNDS.iter().position(|bound| time.as_secs_f64() <= *bound).unwrap_or(BOUNDS.len());
        add(&self.classes[class], 1);
        add(&self.microseconds, u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        add(&self.rows, rows);
    }

    /// Counts a slow statement.
    pub(crate) fn slow(&self) {
        add(&self.slow, 1);
    }

    /// Counts a failed login.
    pub(crate) fn login_failed(&self) {
        add(&self.logins_failed, 1);
    }

    /// Counts a response over HTTP.
    pub(crate) fn answered(&self, status: u16) {
        add(&self.answers[usize::from(status / 100).clamp(1, 5) - 1], 1);
    }

    /// All metrics as text.
    pub(crate) fn text(&self, now: &Gauges<'_>) -> String {
        let mut text = Text(String::new());
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let by_protocol = |counters: &[AtomicU64; 3]| -> Vec<(String, u64)> {
            PROTOCOLS.iter().zip(counters).map(|(name, count)| (format!("protocol=\"{name}\""), read(count))).collect()
        };
        text.family("wend_info", "gauge", "The version of the server.");
        text.line("wend_info", &format!("version=\"{}\"", env!("CARGO_PKG_VERSION")), 1);
        text.all("wend_connections_total", "counter", "Connections since the start.", by_protocol(&self.connections));
        text.all("wend_connections_open", "gauge", "Connections now.", by_protocol(&self.open));
        text.one(
            "wend_connections_refused_total",
            "counter",
            "Connections for which there was no place.",
            read(&self.refused),
        );
        let mut queries = Vec::new();
        for (status, counters) in [("ok", &self.succeeded), ("failed", &self.failed)] {
            let counted = by_protocol(counters).into_iter();
            queries.extend(counted.map(|(label, count)| (format!("{label},status=\"{status}\""), count)));
        }
        text.all("wend_queries_total", "counter", "Statements that have ended.", queries);
        text.family("wend_query_seconds", "histogram", "From a statement's arrival to its last row sent.");
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]).zip(&self.classes) {
            below += read(count);
            text.line("wend_query_seconds_bucket", &format!("le=\"{bound}\""), below);
        }
        text.line("wend_query_seconds_sum", "", read(&self.microseconds) as f64 / 1e6);
        text.line("wend_query_seconds_count", "", below);
        text.one("wend_rows_sent_total", "counter", "Rows of results sent.", read(&self.rows));
        text.one("wend_queries_slow_total", "counter", "Statements that took longer than log-slow.", read(&self.slow));
        text.one("wend_logins_failed_total", "counter", "Logins that failed.", read(&self.logins_failed));
        let answers = (1..).zip(&self.answers).map(|(class, count)| (format!("code=\"{class}xx\""), read(count)));
        text.all("wend_http_answers_total", "counter", "Answers of HTTP.", answers.collect());
        text.one("wend_http_transactions_open", "gauge", "Transactions over HTTP now.", now.transactions as u64);
        text.one("wend_queries_running", "gauge", "Statements that run now.", now.queries as u64);
        text.one("wend_tasks_running", "gauge", "Tasks that run now.", now.tasks as u64);
        if let Some(path) = now.path {
            text.one("wend_disk_bytes", "gauge", "Size of the database's directory.", bytes_below(path));
        }
        if let Some(disk) = now.disk {
            let DiskWork { pending_compaction_bytes, running_compactions, running_flushes, .. } = disk;
            text.one("wend_sorted_files_bytes", "gauge", "Size of the sorted files in use.", disk.sorted_files_bytes);
            text.one(
                "wend_compaction_pending_bytes",
                "gauge",
                "Bytes that compaction still has to rewrite, as estimated.",
                pending_compaction_bytes,
            );
            text.one("wend_compactions_running", "gauge", "Compactions that run now.", running_compactions);
            text.one("wend_flushes_running", "gauge", "Memory tables that are being written.", running_flushes);
            let stopped = u64::from(disk.writes_stopped);
            text.one("wend_writes_stopped", "gauge", "1 while writes wait for compaction.", stopped);
        }
        if let Some(bytes) = resident_bytes() {
            text.one("process_resident_memory_bytes", "gauge", "Memory of the process.", bytes);
        }
        if let Some(seconds) = processor_seconds() {
            text.family("process_cpu_seconds_total", "counter", "Processor time of the process.");
            text.line("process_cpu_seconds_total", "", seconds);
        }
        if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
            text.one("process_open_fds", "gauge", "Open files and sockets of the process.", open.count() as u64);
        }
        text.0
    }
}

/// A writer of the text format.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.all(name, kind, help, vec![(String::new(), value)]);
    }

    fn all(&mut self, name: &str, kind: &str, help: &str, values: Vec<(String, u64)>) {
        self.family(name, kind, help);
        values.into_iter().for_each(|(labels, value)| self.line(name, &labels, value));
    }
}

/// The resident memory of this process, where the system reports it.
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The processor time of this process, where the system reports it: in hundredths of a second, on Linux.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name before them may have blanks in it.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / 100.0)
}

/// The size of all files below a directory. Files that disappear meanwhile do not count.
fn bytes_below(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => bytes_below(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |about| about.len()),
        _ => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}
