//! `wend serve PATH`: the network port. The flags are the server's list of settings.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, Command, builder::ValueParser};
use wend_server::{SETTINGS, Settings};
use wenddb::{BackupPlaces, Database, Options, host::Host, params};

use crate::{args::ServeArgs, open::IN_MEMORY, remote, stop::Stop};

/// The name of the first user.
const FIRST_USER: &str = "wend";

const HELP: &str = "\
Drivers connect with bolt://HOST:PORT or neo4j://HOST:PORT. On the first start a user `wend` with a random password is
made and the password printed, once (or taken from the file of --initial-password-file or WEND_PASSWORD_FILE). SIGTERM and Ctrl-C end the server: statements may finish for a few seconds and are
cancelled after; SIGHUP reads the certificate again. Every setting can also be given in the environment (--max-message
as WEND_MAX_MESSAGE) or in the file of --config (max-message = \"64MiB\"); flags win over the environment, and that over
the file. docs/server.md has them all.";

/// Runs the command.
pub fn run(args: &ServeArgs) -> Result<(), Stop> {
    let given = match command().try_get_matches_from(std::iter::once(OsString::from("serve")).chain(args.rest.clone()))
    {
        Ok(given) => given,
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let text = text.trim_start_matches("error: ").trim_end();
            return Err(Stop::usage(text.to_owned(), ""));
        }
        Err(help) => return Ok(help.print()?),
    };
    let mut flags = BTreeMap::new();
    for setting in SETTINGS {
        if setting.value.is_empty() {
            if given.get_flag(setting.name) {
                flags.insert(setting.name.to_owned(), "true".to_owned());
            }
        } else if let Some(value) = given.get_one::<String>(setting.name) {
            flags.insert(setting.name.to_owned(), value.clone());
        }
    }
    let file = match given.get_one::<PathBuf>("config") {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| Stop::file("read", path, error))?;
            Some((path.display().to_string(), text))
        }
        None => None,
    };
    let file = file.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
    let usage =
        |error: wend_server::SettingsError| Stop::usage(error.to_string(), "wend serve --help lists the settings");
    let mut settings = Settings::read(file, |name| std::env::var(name).ok(), &flags).map_err(usage)?;
    if settings.initial_password_file.is_none() {
        settings.initial_password_file = std::env::var_os(remote::PASSWORD_FILE).map(PathBuf::from);
    }
    let path = given.get_one::<PathBuf>("path").filter(|path| path.as_path() != Path::new(IN_MEMORY));
    settings.finish(path.map(|path| path.join("tls"))).map_err(usage)?;
    let log = Log { json: settings.log_json };
    match serve(path.map(PathBuf::as_path), &settings, log) {
        // Every line is JSON, the last one too.
        Err(stop) if settings.log_json => Err(log.failed(stop)),
        done => done,
    }
}

/// The lines that the command says itself, whatever the level of the log: plain, or JSON like the others.
#[derive(Clone, Copy)]
struct Log {
    json: bool,
}

impl Log {
    /// Says something; `fields` are for programs, which need not read the text.
    fn say(self, level: &str, text: &str, fields: &[(&str, serde_json::Value)]) {
        if !self.json {
            eprintln!("{text}");
            return;
        }
        let mut inner = serde_json::Map::from_iter([("message".to_owned(), text.into())]);
        inner.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let line = serde_json::json!({"timestamp": now(), "level": level, "fields": inner, "target": "wend"});
        eprintln!("{line}");
    }

    /// Says why the server ends.
    fn failed(self, stop: Stop) -> Stop {
        let (message, hint) = match &stop {
            Stop::Usage { message, hint, .. } => (message.clone(), hint.clone()),
            Stop::Error(error) => (error.message().to_owned(), error.hint().map(str::to_owned)),
            _ => return stop,
        };
        self.say("ERROR", &message, &[("hint", hint.into())]);
        Stop::Told(Box::new(stop))
    }
}

/// The time, as the log writes it.
fn now() -> String {
    use tracing_subscriber::fmt::{format::Writer, time::FormatTime, time::SystemTime};
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

fn serve(path: Option<&Path>, settings: &Settings, log: Log) -> Result<(), Stop> {
    log_to_stderr(settings);
    let what = path.map_or_else(|| "a database in memory".to_owned(), |path| path.display().to_string());
    let version = env!("CARGO_PKG_VERSION");
    let given: Vec<String> = settings.given.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let with = if given.is_empty() { String::new() } else { format!(", with {}", given.join(" ")) };
    let fields: serde_json::Map<String, serde_json::Value> =
        settings.given.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    log.say(
        "INFO",
        &format!("WendDB {version} starts on {what}{with}"),
        &[("version", version.into()), ("database", what.as_str().into()), ("settings", fields.into())],
    );
    let usual = Options::default();
    let options = Options {
        // The library's default is four fifths of the memory per statement; a server runs several statements at a time.
        memory_limit: settings.statement_memory.unwrap_or(usual.memory_limit / 16 * 5),
        read_only: settings.read_only,
        create: !settings.read_only,
        import_directory: settings.import_directory.clone(),
        graph_view_directory: settings.graph_view_directory.clone().or(path.is_none().then(std::env::temp_dir)),
        total_memory_limit: settings.total_memory.unwrap_or(usual.total_memory_limit),
        background_tasks: settings.background_tasks,
        backups: backup_places(settings)?,
        ..usual
    };
    let database = match path {
        Some(path) => Database::open_with(path, options),
        None => Database::in_memory_with(options),
    }
    .map_err(|error| Stop::wrong(&error))?;
    let config = settings.config.clone();
    if config.auth && !settings.read_only && !database.has_users().map_err(Stop::command)? {
        first_user(&database, settings, log)?;
    }
    if settings.tls_self_signed
        && let Some((_, files)) = &config.tls
    {
        let digest = wend_server::self_signed(files, config.listen.ip())
            .map_err(|error| Stop::usage(format!("no certificate could be made: {error}"), ""))?;
        log.say("INFO", &format!("the certificate's SHA-256 is {digest}"), &[("sha256", digest.as_str().into())]);
    }
    let (encrypted, auth) = (config.tls.is_some(), config.auth);
    let ready = |address: std::net::SocketAddr| {
        // Clients accept a self-signed certificate when the address says +ssc.
        let scheme = match (encrypted, settings.tls_self_signed) {
            (false, _) => "bolt",
            (true, true) => "bolt+ssc",
            (true, false) => "bolt+s",
        };
        let login = if auth { "log in as a user of the database" } else { "no login needed" };
        let place = format!("{scheme}://{address}");
        log.say(
            "INFO",
            &format!("serving {what} at {place}, {login}"),
            &[("address", place.as_str().into()), ("version", version.into())],
        );
        // For the error of a command that finds the database in use. Without this file the error has less detail.
        if let Some(path) = path {
            let _ = std::fs::write(path.join(super::SERVED_AT), format!("{place}\n"));
        }
    };
    let served = wend_server::serve_until_stopped(&database, config, ready);
    if let Some(path) = path {
        let _ = std::fs::remove_file(path.join(super::SERVED_AT));
    }
    served.map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => Stop::usage(error.to_string(), ""),
        _ => Stop::usage(format!("the server cannot start: {error}"), "another address: --listen HOST:PORT"),
    })
}

/// Creates the first user, with the password of a file or a random one, which is shown.
fn first_user(database: &Database, settings: &Settings, log: Log) -> Result<(), Stop> {
    let Some(file) = &settings.initial_password_file else {
        let password = database.create_first_user(FIRST_USER).map_err(Stop::command)?;
        let text = format!("the first user is {FIRST_USER}, the password {password}");
        log.say("WARN", &text, &[("user", FIRST_USER.into()), ("password", password.as_str().into())]);
        let text = format!("it is shown this once; ALTER USER {FIRST_USER} SET PASSWORD '...' changes it");
        log.say("WARN", &text, &[]);
        return Ok(());
    };
    let text = std::fs::read_to_string(file).map_err(|error| Stop::file("read", file, error))?;
    let password = text.trim_end_matches(['\n', '\r']);
    let statement = format!("CREATE USER {FIRST_USER} PASSWORD $password ROLE admin");
    let mut session = database.session();
    let done = session.execute(&statement, params! {"password" => password}).map(drop);
    done.map_err(|error| Stop::usage(format!("the password in {}: {}", file.display(), error.message()), ""))?;
    let text = format!("the first user is {FIRST_USER}, with the password in {}", file.display());
    log.say("INFO", &text, &[("user", FIRST_USER.into())]);
    Ok(())
}

/// Where BACKUP TO may write: in the directory of the settings. Without that setting and with `--no-auth`, anywhere
/// this process may write.
fn backup_places(settings: &Settings) -> Result<BackupPlaces, Stop> {
    match &settings.backup_directory {
        Some(directory) if directory.is_dir() => Ok(BackupPlaces::In(directory.clone())),
        Some(directory) => {
            Err(Stop::usage(format!("--backup-dir {} is not a directory", directory.display()), "make it first"))
        }
        None if !settings.config.auth => Ok(BackupPlaces::AbsolutePaths),
        None => Ok(BackupPlaces::Nowhere),
    }
}

/// Starts the log on standard error. It contains no parameters or passwords, and statements only with `--log-slow`.
fn log_to_stderr(settings: &Settings) {
    let level = settings.log.parse().unwrap_or(tracing_subscriber::filter::LevelFilter::INFO);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt().with_max_level(level).with_ansi(colours).with_writer(std::io::stderr);
    // When the process has a log already, the server runs all the same.
    let _ = if settings.log_json { lines.json().try_init() } else { lines.try_init() };
}

/// The declaration of its command line, from the list of settings.
pub fn command() -> Command {
    let mut command = Command::new("serve")
        .bin_name("wend serve")
        .about("Serve a database on a network port, for the drivers of the graph ecosystem (Bolt)")
        .after_help(HELP)
        .max_term_width(110)
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .value_parser(ValueParser::path_buf())
                .required(true)
                .help("The database directory, created when absent; `:memory:`: in memory, gone at the end"),
        )
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(ValueParser::path_buf())
                .help("A TOML file with settings"),
        );
    for setting in SETTINGS {
        let arg = Arg::new(setting.name).long(setting.name);
        command = command.arg(if setting.value.is_empty() {
            arg.action(ArgAction::SetTrue).help(setting.doc)
        } else {
            arg.value_name(setting.value).help(format!("{} [default: {}]", setting.doc, setting.default))
        });
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declaration_is_sound() {
        command().debug_assert();
        let rest = ["x.wend", "--no-auth", "--workers", "3"].map(OsString::from);
        let given = command().try_get_matches_from(std::iter::once(OsString::from("serve")).chain(rest)).unwrap();
        assert!(given.get_flag("no-auth"));
        assert_eq!(given.get_one::<String>("workers").unwrap(), "3");
    }
}
