//! The settings of `wend serve`: one list for the command line, the environment, the file and the page in docs.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

use crate::{
    server::Config,
    tls::{TlsFiles, TlsMode},
};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// The name: `--name` on the command line, `WEND_NAME` in the environment, `name` in the file.
    pub name: &'static str,
    /// A placeholder for the value; empty for a switch.
    pub value: &'static str,
    /// The default, in words.
    pub default: &'static str,
    /// The meaning.
    pub doc: &'static str,
    apply: fn(&mut Settings, &str) -> Result<(), String>,
}

/// The values of all settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration of the server.
    pub config: Config,
    /// The directory below which LOAD CSV reads files.
    pub import_directory: Option<PathBuf>,
    /// The directory of temporary files for what of algorithms does not fit into memory; by default that of the database.
    pub graph_view_directory: Option<PathBuf>,
    /// The directory in which BACKUP TO creates backups.
    pub backup_directory: Option<PathBuf>,
    /// The most memory of one statement in bytes; by default a quarter of the memory.
    pub statement_memory: Option<u64>,
    /// The most memory of all statements in bytes; by default four fifths of the memory.
    pub total_memory: Option<u64>,
    /// The most background tasks that run at a time; 0 = as many as there are cores.
    pub background_tasks: usize,
    /// Whether the database is opened for reading only.
    pub read_only: bool,
    /// The level of the log: `error`, `warn`, `info`, `debug` or `trace`.
    pub log: String,
    /// Whether log lines are JSON objects.
    pub log_json: bool,
    /// Whether a missing certificate is created.
    pub tls_self_signed: bool,
    /// The file with the password of the first user.
    pub initial_password_file: Option<PathBuf>,
    /// The settings that are given, as name and value. None of them is a secret.
    pub given: BTreeMap<String, String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    mode: Option<TlsMode>,
    tls_off: bool,
}

/// The error of an invalid setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SettingsError {
    /// The flag, variable or line of the file.
    pub place: String,
    /// What is wrong with the value.
    pub problem: String,
}

fn number(value: &str) -> Result<usize, String> {
    value.replace('_', "").parse().map_err(|_| format!("takes a whole number, not {value}"))
}

fn at_least_one(value: &str) -> Result<usize, String> {
    number(value).and_then(|number| if number > 0 { Ok(number) } else { Err("takes a number from 1".to_owned()) })
}

fn switch(value: &str) -> Result<bool, String> {
    match value {
        "true" | "on" | "yes" | "1" | "" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(format!("takes true or false, not {value}")),
    }
}

/// Parses `500ms`, `10s`, `5m`, `1h`; `0` = none.
fn time(value: &str) -> Result<Duration, String> {
    let split = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(split);
    let error = || format!("takes a time such as 500ms, 10s, 5m or 1h, not {value}");
    let number: u64 = digits.parse().map_err(|_| error())?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" if number == 0 => 0,
        _ => return Err(error()),
    };
    number.checked_mul(factor).map(Duration::from_millis).ok_or_else(error)
}

/// Parses `64KiB`, `64MiB`, `1GiB`, or a number of bytes.
fn size(value: &str) -> Result<usize, String> {
    let split = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(split);
    let error = || format!("takes a size such as 65536, 64KiB, 64MiB or 1GiB, not {value}");
    let number: usize = digits.parse().map_err(|_| error())?;
    let shift = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(error()),
    };
    number.checked_mul(1 << shift).filter(|size| *size > 0).ok_or_else(error)
}

/// Parses names separated by commas.
fn names(value: &str) -> Vec<String> {
    value.split(',').map(|name| name.trim().trim_end_matches('/').to_owned()).filter(|name| !name.is_empty()).collect()
}

fn address(value: &str) -> Result<SocketAddr, String> {
    let error = || format!("takes an address and a port such as 127.0.0.1:7687, not {value}");
    value.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(error)
}

macro_rules! setting {
    ($name:literal, $value:literal, $default:literal, $doc:literal, |$s:ident, $v:ident| $apply:expr) => {
        Setting {
            name: $name,
            value: $value,
            default: $default,
            doc: $doc,
            apply: |$s, $v| {
                $apply;
                Ok(())
            },
        }
    };
}

/// All settings.
pub static SETTINGS: &[Setting] = &[
    setting!(
        "listen",
        "ADDRESS:PORT",
        "127.0.0.1:7687",
        "The address to listen on; port 0 takes a free one.",
        |s, v| { s.config.listen = address(v)? }
    ),
    setting!(
        "advertised-address",
        "HOST:PORT",
        "the one the client used",
        "The address that the server tells clients with a `neo4j://` address to use.",
        |s, v| s.config.advertised = Some(v.to_owned())
    ),
    setting!(
        "no-auth",
        "",
        "off",
        "No login: every client has the role admin. Allowed only on addresses that other machines cannot reach.",
        |s, v| s.config.auth = !switch(v)?
    ),
    setting!(
        "initial-password-file",
        "FILE",
        "none: a random password is printed",
        "The password of the first user, `wend`, who is created when the database has no user; a line end after it does not count.",
        |s, v| s.initial_password_file = Some(PathBuf::from(v))
    ),
    setting!(
        "tls-cert",
        "FILE",
        "none",
        "The certificate chain as a PEM file: the server's certificate, then intermediate ones.",
        |s, v| { s.certificate = Some(PathBuf::from(v)) }
    ),
    setting!("tls-key", "FILE", "none", "The private key of the certificate as a PEM file.", |s, v| s.key =
        Some(PathBuf::from(v))),
    setting!(
        "tls-self-signed",
        "",
        "off",
        "Creates a self-signed certificate in the files of tls-cert and tls-key (by default in `tls/` in the database) and prints its SHA-256 fingerprint.",
        |s, v| s.tls_self_signed = switch(v)?
    ),
    setting!(
        "tls",
        "required|optional|off",
        "required with a certificate",
        "required: only connections with TLS are served; optional: with and without TLS; off: only without.",
        |s, v| match v {
            "required" => s.mode = Some(TlsMode::Required),
            "optional" => s.mode = Some(TlsMode::Optional),
            "off" => s.tls_off = true,
            _ => return Err(format!("takes required, optional or off, not {v}")),
        }
    ),
    setting!(
        "insecure-plaintext",
        "",
        "off",
        "Allows other machines to connect without TLS: passwords and data can then be read on the network.",
        |s, v| s.config.insecure_plaintext = switch(v)?
    ),
    setting!(
        "import-dir",
        "DIR",
        "none: no files are read",
        "The directory below which LOAD CSV reads files.",
        |s, v| { s.import_directory = Some(PathBuf::from(v)) }
    ),
    setting!(
        "graph-view-directory",
        "DIR",
        "the database's directory",
        "The directory of temporary files for what of algorithms and their graph views does not fit into memory.",
        |s, v| { s.graph_view_directory = Some(PathBuf::from(v)) }
    ),
    setting!(
        "backup-dir",
        "DIR",
        "none: only `wend backup --connect` and POST /backup; with --no-auth absolute paths",
        "The directory in which BACKUP TO 'name' creates backups.",
        |s, v| s.backup_directory = Some(PathBuf::from(v))
    ),
    setting!("read-only", "", "off", "Opens the database for reading only; it must exist.", |s, v| {
        s.read_only = switch(v)?
    }),
    setting!("workers", "N", "twice the cores, at least 8", "Threads that run statements.", |s, v| {
        s.config.workers = at_least_one(v)?
    }),
    setting!("max-connections", "N", "256", "The most connections at a time.", |s, v| {
        s.config.limits.connections = at_least_one(v)?
    }),
    setting!("max-connections-per-address", "N", "64", "The most connections from one address at a time.", |s, v| {
        s.config.limits.connections_per_address = at_least_one(v)?
    }),
    setting!("login-time", "TIME", "10s", "The time limit from the connection to the login.", |s, v| {
        s.config.limits.login_time = time(v)?
    }),
    setting!("max-message-before-login", "SIZE", "64KiB", "The most bytes of a message before the login.", |s, v| {
        s.config.limits.message_before_login = size(v)?
    }),
    setting!(
        "max-message",
        "SIZE",
        "128MiB",
        "The most bytes of a message; 100,000 lists of 128 floats are 110 MiB.",
        |s, v| s.config.limits.message = size(v)?
    ),
    setting!("max-upload", "SIZE", "4GiB", "The most bytes of files that are sent to be imported.", |s, v| {
        s.config.limits.upload = size(v)? as u64
    }),
    setting!(
        "max-message-memory",
        "SIZE",
        "1GiB, at most an eighth of the memory",
        "The most memory for the values of one message; one byte of a message can take forty bytes of memory.",
        |s, v| s.config.limits.message_memory = size(v)?
    ),
    setting!(
        "max-messages-memory",
        "SIZE",
        "4GiB, at most half of the memory",
        "The most memory for the long messages of all clients together.",
        |s, v| s.config.limits.messages_memory = size(v)?
    ),
    setting!(
        "max-statement-memory",
        "SIZE",
        "a quarter of the memory",
        "The most memory of one statement: sorts, groups, paths, algorithms, its text, the rows of statements that change data, and the uncommitted changes of its transaction.",
        |s, v| s.statement_memory = Some(size(v)? as u64)
    ),
    setting!(
        "max-memory",
        "SIZE",
        "four fifths of the memory",
        "The most memory of all statements together.",
        |s, v| s.total_memory = Some(size(v)? as u64)
    ),
    setting!(
        "max-background-tasks",
        "N",
        "the number of cores",
        "The most tasks with `wait: false` that run at a time; others are pending.",
        |s, v| s.background_tasks = at_least_one(v)?
    ),
    setting!(
        "slow-sender-time",
        "TIME",
        "30s",
        "Within this time, an unfinished message must bring its end or 30 KiB; otherwise the connection closes.",
        |s, v| s.config.limits.slow_sender = time(v)?
    ),
    setting!(
        "slow-reader-time",
        "TIME",
        "60s",
        "How long a client may leave a response unread; then the connection closes.",
        |s, v| { s.config.limits.slow_reader = time(v)? }
    ),
    setting!(
        "idle-transaction-time",
        "TIME",
        "10m",
        "How long a transaction or an open result may wait for its client.",
        |s, v| s.config.limits.idle_transaction = time(v)?
    ),
    setting!(
        "http-transaction-time",
        "TIME",
        "60s",
        "How long a transaction over HTTP waits for its next request.",
        |s, v| s.config.limits.http_transaction = time(v)?
    ),
    setting!("max-http-transactions", "N", "100", "The most open transactions over HTTP.", |s, v| {
        s.config.limits.http_transactions = at_least_one(v)?
    }),
    setting!(
        "allowed-hosts",
        "NAME,...",
        "none",
        "Host names that HTTP requests may use for the server, in addition to IP addresses, localhost and the advertised address.",
        |s, v| s.config.allowed_hosts = names(v)
    ),
    setting!(
        "allowed-origins",
        "ORIGIN,...",
        "none",
        "Origins of web pages that may use HTTP and WebSockets, such as https://console.example.",
        |s, v| s.config.allowed_origins = names(v)
    ),
    setting!(
        "mcp-allow-write",
        "",
        "off",
        "Lets the tools of POST /mcp change data, for users with the role editor or admin; otherwise they only read.",
        |s, v| s.config.mcp_allow_write = switch(v)?
    ),
    setting!(
        "query-time",
        "TIME",
        "10m",
        "The time limit of a statement; 0 = none. It does not apply to tasks: statements that only write the result of an algorithm.",
        |s, v| s.config.limits.query_time = time(v)?
    ),
    setting!(
        "stop-time",
        "TIME",
        "5s",
        "How long running statements may continue when the server is asked to stop; at most 5s.",
        |s, v| {
            s.config.grace = time(v)?;
            if s.config.grace > Duration::from_secs(5) {
                return Err(format!("takes at most 5s, not {v}: the process is to end within 10"));
            }
        }
    ),
    setting!(
        "server-agent",
        "TEXT",
        "Neo4j/5.26.0 compatible (WendDB VERSION)",
        "The product name and version that the server reports; drivers need it to begin with `Neo4j/` and a version.",
        |s, v| s.config.agent = v.to_owned()
    ),
    setting!("log", "error|warn|info|debug|trace", "info", "The level of the log on standard error.", |s, v| {
        if !["error", "warn", "info", "debug", "trace"].contains(&v) {
            return Err(format!("takes error, warn, info, debug or trace, not {v}"));
        }
        s.log = v.to_owned()
    }),
    setting!("log-format", "text|json", "text", "The format of log lines.", |s, v| match v {
        "text" => s.log_json = false,
        "json" => s.log_json = true,
        _ => return Err(format!("takes text or json, not {v}")),
    }),
    setting!(
        "log-slow",
        "TIME",
        "0: none",
        "Statements that take longer are logged as a warning, with their text but not their parameters, and counted in /metrics.",
        |s, v| s.config.log_slow = time(v)?
    ),
];

impl Setting {
    /// The name of its environment variable.
    pub fn variable(&self) -> String {
        format!("WEND_{}", self.name.replace('-', "_").to_uppercase())
    }
}

impl Settings {
    /// Reads settings from a file, then from the environment, then from flags; later ones override earlier ones.
    ///
    /// # Errors
    /// The first setting that is unknown or has an invalid value.
    pub fn read(
        file: Option<(&str, &str)>,
        environment: impl Fn(&str) -> Option<String>,
        flags: &BTreeMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let mut settings = Settings {
            config: Config::default(),
            import_directory: None,
            graph_view_directory: None,
            backup_directory: None,
            statement_memory: None,
            total_memory: None,
            background_tasks: 0,
            read_only: false,
            log: "info".to_owned(),
            log_json: false,
            tls_self_signed: false,
            initial_password_file: None,
            given: BTreeMap::new(),
            certificate: None,
            key: None,
            mode: None,
            tls_off: false,
        };
        if let Some((path, text)) = file {
            for (name, value) in file_values(path, text)? {
                settings.set(&name, &value, &format!("{path}: {name}"))?;
            }
        }
        for setting in SETTINGS {
            let variable = setting.variable();
            if let Some(value) = environment(&variable) {
                settings.set(setting.name, &value, &variable)?;
            }
        }
        for (name, value) in flags {
            settings.set(name, value, &format!("--{name}"))?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str, place: &str) -> Result<(), SettingsError> {
        let error = |problem| SettingsError { place: place.to_owned(), problem };
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let near = wenddb::text::suggest(name, SETTINGS.iter().map(|setting| setting.name));
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(error(format!("there is no such setting{near}")));
        };
        (setting.apply)(self, value).map_err(error)?;
        self.given.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Combines the settings about TLS; `folder` is the directory for a self-signed certificate.
    ///
    /// # Errors
    /// When the settings contradict each other.
    pub fn finish(&mut self, folder: Option<PathBuf>) -> Result<(), SettingsError> {
        let error = |place: &str, problem: &str| SettingsError { place: place.to_owned(), problem: problem.to_owned() };
        if self.tls_off {
            return Ok(());
        }
        let files = match (self.certificate.take(), self.key.take()) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (Some(_), None) => return Err(error("tls-cert", "needs tls-key, the certificate's private key")),
            (None, Some(_)) => return Err(error("tls-key", "needs tls-cert, the certificate")),
            (None, None) if self.tls_self_signed => {
                let problem = "needs tls-cert and tls-key for a database in memory: the files to write";
                let folder = folder.ok_or_else(|| error("tls-self-signed", problem))?;
                Some(TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") })
            }
            (None, None) => None,
        };
        match (files, self.mode) {
            (Some(files), mode) => self.config.tls = Some((mode.unwrap_or(TlsMode::Required), files)),
            (None, Some(_)) => return Err(error("tls", "needs tls-cert and tls-key, or tls-self-signed")),
            (None, None) => {}
        }
        Ok(())
    }

    /// The rows of the table in docs/server.md.
    pub fn table() -> String {
        let mut table = "| flag and file | environment | default | |\n|---|---|---|---|\n".to_owned();
        for setting in SETTINGS {
            let value = if setting.value.is_empty() { String::new() } else { format!(" {}", setting.value) };
            let flag = format!("--{}{}", setting.name, value).replace('|', "\\|");
            table.push_str(&format!(
                "| `{flag}` | `{}` | {} | {} |\n",
                setting.variable(),
                setting.default,
                setting.doc
            ));
        }
        table
    }
}

fn file_values(path: &str, text: &str) -> Result<Vec<(String, String)>, SettingsError> {
    let error = |problem: String| SettingsError { place: path.to_owned(), problem };
    let table: toml::Table = text.parse().map_err(|problem: toml::de::Error| error(problem.to_string()))?;
    let mut values = Vec::new();
    for (name, value) in table {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(on) => on.to_string(),
            _ => return Err(error(format!("{name} takes a string, a number, true or false"))),
        };
        values.push((name, value));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let environment =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
        let flags = flags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::read(Some(("wend.toml", file)), environment, &flags)
    }

    #[test]
    fn later_ones_win() {
        let file = "listen = \"127.0.0.1:1\"\nworkers = 3\nno-auth = true\nquery-time = \"5m\"";
        let settings = read(file, &[("WEND_LISTEN", "127.0.0.1:2"), ("WEND_MAX_MESSAGE", "1GiB")], &[("workers", "4")]);
        let settings = settings.unwrap();
        assert_eq!(settings.config.listen.port(), 2);
        assert_eq!((settings.config.workers, settings.config.limits.message), (4, 1 << 30));
        assert!(!settings.config.auth);
        assert_eq!(settings.config.limits.query_time, Duration::from_secs(300));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (file, text) in [
            ("listne = 1", "wend.toml: listne: there is no such setting; did you mean listen?"),
            ("workers = 0", "wend.toml: workers: takes a number from 1"),
            (
                "query-time = \"5 minutes\"",
                "wend.toml: query-time: takes a time such as 500ms, 10s, 5m or 1h, not 5 minutes",
            ),
            (
                "max-message = \"12XB\"",
                "wend.toml: max-message: takes a size such as 65536, 64KiB, 64MiB or 1GiB, not 12XB",
            ),
            ("tls = []", "wend.toml: tls takes a string, a number, true or false"),
        ] {
            assert_eq!(read(file, &[], &[]).unwrap_err().to_string(), text);
        }
        assert!(read("=", &[], &[]).unwrap_err().to_string().starts_with("wend.toml: "));
        assert_eq!(read("", &[], &[("tls-cert", "x")]).unwrap().finish(None).unwrap_err().place, "tls-cert");
        assert_eq!(read("", &[], &[("tls", "required")]).unwrap().finish(None).unwrap_err().place, "tls");
    }

    #[test]
    fn the_page_has_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/server.md");
        let page = std::fs::read_to_string(path).unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() && !page.contains(&Settings::table()) {
            let (before, rest) = page.split_once("| flag and file |").unwrap();
            let after = rest.split_once("\n\n").unwrap().1;
            std::fs::write(path, format!("{before}{}\n{after}", Settings::table())).unwrap();
            return;
        }
        assert!(page.contains(&Settings::table()), "docs/server.md is stale: make docs-update");
    }
}
