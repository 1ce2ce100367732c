//! The command line: what clap declares, and the order of `-c` and `-f`, which clap keeps by index.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use wend_server::console::map::Layout;
use wenddb::Value;

use crate::stop::Stop;

const AFTER_HELP: &str = "\
Without -c and -f: an interactive shell when standard input is a terminal, else the script on standard input.
A script is statements separated by `;`; it stops at the first error. Results go to standard output, progress and
errors to standard error.

Exit status: 0 all done, 1 a statement failed or was cancelled with Ctrl-C, 2 wrong usage (arguments, a file that is not
there, a database that cannot be opened). A second Ctrl-C in a script ends it at once with 130.

Examples:
  wend social.wend                                         a shell on a database, created when absent
  wend social.wend -c 'MATCH (p:Person) RETURN p.name'     one statement
  wend social.wend -f schema.gql -f data.gql               two scripts
  wend social.wend --param 'age=30' --format jsonl -c 'MATCH (p) WHERE p.age > $age RETURN p'
  wend --connect bolt://db.example:7687 -u ann             a shell on a server
  wend import social.wend --nodes Person=people.csv --edges KNOWS=knows.csv
A database directory named like a command is given as ./import.";

/// WendDB: an embedded graph database that speaks GQL and computes node embeddings.
#[derive(Debug, Parser)]
#[command(name = "wend", version, after_help = AFTER_HELP, args_conflicts_with_subcommands = true, max_term_width = 110)]
pub struct Cli {
    /// A command other than running statements.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `wend [PATH] ...`
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The database directory, created when absent; left out or `:memory:`: in memory, gone at exit
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: Option<PathBuf>,
    /// Run these statements; may be repeated and mixed with -f, in the order given
    #[arg(short = 'c', long = "command", value_name = "GQL", allow_hyphen_values = true)]
    commands: Vec<String>,
    /// Run a script file, `-` for standard input; may be repeated and mixed with -c, in the order given
    #[arg(short = 'f', long = "file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Set the parameter $NAME to a JSON value: --param age=30 --param 'name="Ann"'
    #[arg(long = "param", value_name = "NAME=JSON")]
    pub params: Vec<String>,
    /// How result tables are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Open the database for reading only; it must exist
    #[arg(long)]
    pub read_only: bool,
    /// Run on a server, over Bolt: bolt://HOST:7687, with TLS bolt+s:// or bolt+ssc:// (any certificate)
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["path", "read_only"])]
    pub connect: Option<String>,
    /// The user to log in as; the password is read from WEND_PASSWORD, or asked for
    #[arg(short = 'u', long = "user", value_name = "USER", requires = "connect")]
    pub user: Option<String>,
    /// The certificate to trust (PEM file), for bolt+s://
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "connect")]
    pub tls_ca: Option<PathBuf>,
    /// `-c` and `-f` in the order of the command line.
    #[arg(skip)]
    pub inputs: Vec<Input>,
}

/// One `-c` or `-f`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// `-c GQL`
    Text(String),
    /// `-f FILE`
    File(PathBuf),
    /// `-f -`
    Stdin,
}

/// How result tables are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A box for people to read
    Table,
    /// One JSON array of objects per result
    Json,
    /// One JSON object per row
    Jsonl,
    /// RFC 4180 with a header row
    Csv,
}

/// The commands besides running statements.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load CSV files of nodes and edges into a database
    Import(ImportArgs),
    /// Write a graph as CSV files that `wend import` reads back
    Export(ExportArgs),
    /// Copy a database to a new directory
    Backup(BackupArgs),
    /// Create a database from a backup
    Restore(RestoreArgs),
    /// Verify the whole database and report inconsistencies
    Check(CheckArgs),
    /// Make a picture of a result or of an embedding: a page (HTML) or SVG
    Draw(DrawArgs),
    /// Serve a database on a network port: Bolt, for Neo4j drivers, HTTP, and a console for browsers
    #[command(disable_help_flag = true)]
    Serve(ServeArgs),
    /// Serve a database to a language model: the Model Context Protocol on standard input and output
    Mcp(McpArgs),
    /// Ask a server whether it is ready: exit status 0 when it is, 1 when not
    Ping(PingArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages into a directory
    Man(ManArgs),
}

// PATH first: after `--nodes` it would be taken for one more file.
const IMPORT_USAGE: &str = "wend import <PATH> --from SOURCE [options]
       wend import <PATH> --vectors PROPERTY=DIR [--graph NAME]
       wend import <PATH> [--nodes [LABEL=]FILE[:KEY]...] [--edges [LABEL=]FILE[:FROM->TO]...] [options]";

const IMPORT_HELP: &str = "\
A relational database as it is: --from shop.sqlite, postgresql://user@host/shop, or a directory of CSV or Parquet files.
Rows become nodes with the table's name as their label, foreign keys edges, a table that is only two foreign keys edges
itself. --dry-run prints what would become of the tables, as a text that --map reads after you have edited it.

Files of --nodes and --edges are CSV with a header row, unpacked when the name ends in .gz.
  nodes: _id,<property>...          plus an optional column _labels (A&B)
  edges: _from,_to,<property>...    plus an optional column _label
LABEL= is for rows that bring no label; a file name with = in it is given as ./a=b.csv. Types are inferred, and can be
stated in the header: age:INT64, x:LIST<FLOAT>, x:VECTOR (cells are JSON lists). An empty cell is no property. A bad row
stops the import with file, line and reason, and leaves the database as it was.

Tables with keys need no such columns:
  --nodes Track=Track.csv:TrackId          one node per row, with the _id Track:1; columns of a key of several: :a:b
  --edges 'ON=Track.csv:TrackId->AlbumId'  (in quotes) an edge from the node of the row to the one that AlbumId names.
                                           Which table an end means is seen by the names of the keys, or said:
                                           Track.TrackId->Album.AlbumId. An empty key is no edge; one that no node
                                           has is counted, or stops the import with --strict
An edge list without a node file, such as those of SNAP, also without a header and with comments:
  wend import astro.wend --edges COAUTHOR=ca-AstroPh.txt.gz --create-nodes=Author

Exit status: 0 imported, 1 a row is bad, 2 wrong usage or a file that is not there.";

/// `wend import`
#[derive(Args, Debug)]
#[command(
    after_help = IMPORT_HELP,
    override_usage = IMPORT_USAGE,
    group = ArgGroup::new("input").required(true).multiple(true).args(["nodes", "edges", "from", "vectors"])
)]
pub struct ImportArgs {
    /// The database directory, created when absent
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// Files of nodes
    #[arg(long, value_name = "[LABEL=]FILE[:KEY]", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub nodes: Vec<OsString>,
    /// Files of edges
    #[arg(long, value_name = "[LABEL=]FILE[:FROM->TO]", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub edges: Vec<OsString>,
    /// Tables of a relational database: a SQLite file, postgresql://USER@HOST/DATABASE, or a directory of CSV or Parquet files;
    /// also a directory that `wend export` wrote
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["nodes", "edges", "create_nodes", "delimiter", "comment", "header", "tables"])]
    pub from: Option<String>,
    /// Vectors that were computed of a graph that `wend export --blocks` wrote, as a property of its nodes
    #[arg(long, value_name = "PROPERTY=DIR", conflicts_with_all = ["nodes", "edges", "from", "create_nodes", "delimiter", "comment", "header", "tables", "strict"])]
    pub vectors: Option<String>,
    /// What becomes of the tables: CREATE PROPERTY GRAPH, as --dry-run prints it
    #[arg(long, value_name = "FILE", requires = "from", value_hint = ValueHint::FilePath)]
    pub map: Option<PathBuf>,
    /// Print what would become of the tables, and import nothing
    #[arg(long, requires = "from")]
    pub dry_run: bool,
    /// Look for keys that nobody declares, as is done for files and for databases without any foreign key
    #[arg(long, requires = "from", conflicts_with = "map")]
    pub infer_keys: bool,
    /// What an export knew of the tables that the graph came from: its file tables.json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tables: Option<PathBuf>,
    /// The graph to load into
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub graph: String,
    /// How the files are read.
    #[command(flatten)]
    pub form: ImportForm,
}

/// How the files of an import are read.
#[derive(Args, Clone, Debug, Default)]
pub struct ImportForm {
    /// Make the nodes that edges name and no file has, with this label if one is given
    #[arg(long, value_name = "LABEL", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub create_nodes: Option<String>,
    /// Stop at a key that no node has, instead of leaving the edge out
    #[arg(long)]
    pub strict: bool,
    /// What separates fields: one character, tab, or blanks; by default a comma, or what the first line shows
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub delimiter: Option<String>,
    /// Skip lines that begin with this text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub comment: Option<String>,
    /// The header row of files of edges without one, such as _from,_to,time:INT
    #[arg(long, value_name = "NAMES")]
    pub header: Option<String>,
}

/// `wend export`
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The database directory
    #[arg(value_hint = ValueHint::DirPath, required_unless_present = "connect", conflicts_with = "connect")]
    pub path: Option<PathBuf>,
    /// The directory to write the files to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub to: PathBuf,
    /// What to write: csv, parquet or graphml
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = ["csv", "parquet", "graphml"])]
    pub format: String,
    /// With --format parquet: write the graph as embeddings see it, its nodes in so many blocks, to be computed on elsewhere;
    /// `wend import --vectors` takes vectors back
    #[arg(long, value_name = "N")]
    pub blocks: Option<usize>,
    /// With --blocks: only nodes that have one of these labels
    #[arg(long, value_name = "LABEL,..", value_delimiter = ',', requires = "blocks")]
    pub node_labels: Option<Vec<String>>,
    /// With --blocks: only edges with one of these labels
    #[arg(long, value_name = "LABEL,..", value_delimiter = ',', requires = "blocks")]
    pub edge_labels: Option<Vec<String>>,
    /// With --blocks: the edge property that weighs an edge
    #[arg(long, value_name = "PROPERTY", requires = "blocks")]
    pub weight: Option<String>,
    /// The graph to write
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub graph: String,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// A server on which a command works.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// A served database instead of PATH: bolt://HOST:7687, with TLS bolt+s:// or bolt+ssc:// (any certificate)
    #[arg(long, value_name = "ADDRESS")]
    pub connect: Option<String>,
    /// The user to log in as, an administrator; the password is read from WEND_PASSWORD, or asked for
    #[arg(short = 'u', long = "user", value_name = "USER", requires = "connect")]
    pub user: Option<String>,
    /// The certificate to trust (PEM file), for bolt+s://
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "connect")]
    pub tls_ca: Option<PathBuf>,
}

/// `wend backup`
#[derive(Args, Debug)]
#[command(override_usage = "wend backup <PATH> <DIR>\n       wend backup --connect <ADDRESS> [-u USER] <DIR>")]
pub struct BackupArgs {
    /// The database directory (unless --connect is given), and the directory to create, which must not exist yet
    #[arg(value_names = ["PATH", "DIR"], num_args = 1..=2, required = true, value_hint = ValueHint::DirPath)]
    pub paths: Vec<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// `wend restore`
#[derive(Args, Debug)]
pub struct RestoreArgs {
    /// The directory of the backup
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub from: PathBuf,
    /// The database directory to create; it must not exist yet
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
}

/// `wend check`
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// The database directory
    #[arg(value_hint = ValueHint::DirPath, required_unless_present = "connect", conflicts_with = "connect")]
    pub path: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArgs,
}

const DRAW_HELP: &str = "\
An HTML file is a page that moves: nodes are dragged, coloured and looked at. It holds its data and asks nobody for anything.
An SVG file has a fixed layout, the same for the same result; a PNG file is the same in pixels. At most 300 nodes are drawn.

Examples:
  wend draw social.wend 'MATCH p = (a)-[e:KNOWS]->(b) RETURN p LIMIT 200' -o friends.html
  wend draw social.wend 'MATCH (n:Person) RETURN n' --color team -o people.svg
  wend draw social.wend --embedding Person.embedding --color team -o map.html
  wend draw social.wend --embedding Person.embedding --layout umap -o map.png";

fn layout(name: &str) -> Result<Layout, String> {
    Layout::of(name).ok_or_else(|| "pca or umap".to_owned())
}

/// `wend draw`
#[derive(Args, Debug)]
#[command(after_help = DRAW_HELP)]
pub struct DrawArgs {
    /// The database directory
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// The statement whose nodes, edges and paths are drawn
    #[arg(value_name = "GQL", required_unless_present = "embedding", conflicts_with = "embedding")]
    pub statement: Option<String>,
    /// The file to write; its name ends in .html, .svg or .png
    #[arg(short = 'o', long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Draw where the vectors of a property lie in two dimensions
    #[arg(long, value_name = "[LABEL.]PROPERTY")]
    pub embedding: Option<String>,
    /// How vectors find their places: pca is fast and shows the directions in which they differ most, umap keeps neighbours together
    #[arg(long, value_name = "pca|umap", default_value = "pca", value_parser = layout, conflicts_with = "statement")]
    pub layout: Layout,
    /// The property that colours nodes and points; their labels unless given
    #[arg(long, value_name = "PROPERTY")]
    pub color: Option<String>,
    /// The graph to draw from
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub graph: String,
    /// Set the parameter $NAME to a JSON value
    #[arg(long = "param", value_name = "NAME=JSON", conflicts_with = "embedding")]
    pub params: Vec<String>,
}

/// `wend serve`, whose arguments come from the server's list of settings.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// PATH and settings; `wend serve --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, num_args = 0..)]
    pub rest: Vec<OsString>,
}

/// `wend mcp`
#[derive(Args, Debug)]
#[command(after_help = MCP_HELP)]
pub struct McpArgs {
    /// The database directory, or `:memory:`
    #[arg(value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// Give the client tools that change data; the database is created when absent
    #[arg(long)]
    pub allow_write: bool,
    /// The directory below which LOAD CSV reads files and COPY .. TO writes them, with --allow-write; by default none
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "allow_write")]
    pub import_dir: Option<PathBuf>,
}

const MCP_HELP: &str = "\
A client such as Claude Desktop or Cursor starts this command itself. Its configuration names it:
  {\"mcpServers\": {\"wend\": {\"command\": \"wend\", \"args\": [\"mcp\", \"/path/to/social.wend\"]}}}
Without --allow-write nothing that the client sends changes anything. `wend serve` has the same tools at POST /mcp.";

/// `wend ping`
#[derive(Args, Debug)]
pub struct PingArgs {
    /// wend://HOST:PORT, with TLS or without; also http://, https://, bolt:// and the like. By default the address of
    /// WEND_LISTEN, or 127.0.0.1:7687
    pub address: Option<String>,
    /// The certificate to trust (PEM file); by default any will do, since nothing secret is sent
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_ca: Option<PathBuf>,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
}

/// `wend completions`
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `wend man`
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The directory, which must exist
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: PathBuf,
}

/// The declaration of the command line.
pub fn command() -> clap::Command {
    Cli::command()
}

/// The parsed command line.
pub enum Invocation {
    /// Something to do.
    Run(Box<Cli>),
    /// Nothing more to do: help or version were printed, or an error of the command line.
    Exit(u8),
}

/// Reads the command line.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Invocation, Stop> {
    match try_parse(args) {
        Ok(cli) => Ok(Invocation::Run(Box::new(cli))),
        Err(error) => {
            error.print()?;
            Ok(Invocation::Exit(if error.use_stderr() { 2 } else { 0 }))
        }
    }
}

fn try_parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if cli.command.is_some() {
        return Ok(cli);
    }
    let commands = std::mem::take(&mut cli.run.commands).into_iter().map(Input::Text);
    let files = std::mem::take(&mut cli.run.files)
        .into_iter()
        .map(|path| if path.as_os_str() == "-" { Input::Stdin } else { Input::File(path) });
    let mut inputs: Vec<(usize, Input)> = Vec::new();
    inputs.extend(matches.indices_of("commands").into_iter().flatten().zip(commands));
    inputs.extend(matches.indices_of("files").into_iter().flatten().zip(files));
    inputs.sort_by_key(|(index, _)| *index);
    cli.run.inputs = inputs.into_iter().map(|(_, input)| input).collect();
    Ok(cli)
}

/// The files and options of `.import` in the shell.
pub fn import_words(words: &[String]) -> Result<(Vec<String>, ImportForm), Stop> {
    let files = clap::Arg::new("files").num_args(0..);
    let command =
        ImportForm::augment_args(clap::Command::new("import").no_binary_name(true).disable_help_flag(true)).arg(files);
    let wrong = |error: clap::Error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Stop::usage(first, "options: --create-nodes[=LABEL] --strict --delimiter T --comment TEXT --header NAMES")
    };
    let matches = command.try_get_matches_from(words).map_err(wrong)?;
    let files = matches.get_many::<String>("files").into_iter().flatten().cloned().collect();
    Ok((files, ImportForm::from_arg_matches(&matches).map_err(wrong)?))
}

/// Reads the `--param` arguments.
pub fn params(args: &[String]) -> Result<Vec<(String, Value)>, Stop> {
    let mut params: Vec<(String, Value)> = Vec::new();
    for arg in args {
        let (name, value) = param(arg)?;
        if params.iter().any(|(known, _)| *known == name) {
            return Err(Stop::usage(format!("the parameter ${name} is given twice"), ""));
        }
        params.push((name, value));
    }
    Ok(params)
}

/// Reads one `NAME=JSON`; the name may have its `$`.
fn param(arg: &str) -> Result<(String, Value), Stop> {
    let Some((name, json)) = arg.split_once('=') else {
        return Err(Stop::usage(
            format!("--param {arg} has no value"),
            "write it as NAME=JSON, for example --param age=30",
        ));
    };
    let name = name.trim();
    let value = param_value(&format!("--param {name}"), json, &format!("--param '{name}=\"text\"'"))?;
    match param_name(name) {
        Some(name) => Ok((name.to_owned(), value)),
        None => Err(Stop::usage(format!("`{name}` is not a valid name of a parameter"), "use letters, digits and _")),
    }
}

/// The name of a parameter, given with its `$` or without.
pub fn param_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$').unwrap_or(text);
    let good = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    good.then_some(name)
}

/// The value of a parameter, written as JSON; `what` it is of, and how a string is written `in_quotes`.
pub fn param_value(what: &str, json: &str, in_quotes: &str) -> Result<Value, Stop> {
    Value::parse_json(json).map_err(|error| match error.gqlstatus() {
        "22018" => Stop::usage(
            format!("the value of {what} is not JSON: {}", error.message()),
            format!("a string needs its quotes: {in_quotes}"),
        ),
        _ => Stop::usage(
            format!("the value of {what}: {}", error.message()),
            error.hint().unwrap_or("a value is written as JSON"),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Cli, clap::Error> {
        try_parse(std::iter::once("wend").chain(args.iter().copied()).map(OsString::from))
    }

    #[test]
    fn declaration_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn inputs_keep_their_order() {
        let cli = parsed(&["db", "-c", "a", "-f", "x.gql", "-c", "b", "-f", "-"]).unwrap();
        assert_eq!(
            cli.run.inputs,
            [Input::Text("a".into()), Input::File("x.gql".into()), Input::Text("b".into()), Input::Stdin]
        );
        assert_eq!(cli.run.path, Some("db".into()));
    }

    #[test]
    fn a_statement_may_begin_with_a_hyphen() {
        let cli = parsed(&["-c", "-- a comment"]).unwrap();
        assert_eq!(cli.run.inputs, [Input::Text("-- a comment".into())]);
    }

    #[test]
    fn commands_are_not_paths() {
        assert!(matches!(parsed(&["check", "db"]).unwrap().command, Some(Command::Check(_))));
        assert!(parsed(&["./check"]).unwrap().command.is_none());
        assert!(matches!(parsed(&["serve", "db", "--listen", "x"]).unwrap().command, Some(Command::Serve(_))));
        assert!(matches!(parsed(&["serve"]).unwrap().command, Some(Command::Serve(_))));
        assert!(parsed(&["db", "check"]).is_err());
    }

    #[test]
    fn import_takes_several_files() {
        let cli = parsed(&["import", "db", "--nodes", "A=a.csv", "b.csv", "--edges", "e.csv"]).unwrap();
        let Some(Command::Import(import)) = cli.command else { panic!("not an import") };
        assert_eq!(import.nodes, ["A=a.csv", "b.csv"]);
        assert_eq!(import.edges, ["e.csv"]);
        assert!(parsed(&["import", "db"]).is_err());
    }

    #[test]
    fn the_shell_takes_the_options_of_the_import() {
        let words = |text: &str| import_words(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let (files, form) = words("E=e.txt --create-nodes=A f.csv --delimiter tab --strict").unwrap();
        assert_eq!(files, ["E=e.txt", "f.csv"]);
        assert_eq!(
            (form.create_nodes.as_deref(), form.delimiter.as_deref(), form.strict),
            (Some("A"), Some("tab"), true)
        );
        assert!(words("e.csv --nonsense").is_err());
    }

    #[test]
    fn params_are_json() {
        assert!(param("age=30").is_ok());
        assert_eq!(param("$name=\"Ann\"").map(|(name, _)| name).unwrap(), "name");
        assert!(param("age").is_err());
        assert!(param("name=Ann").is_err());
        assert!(param("a b=1").is_err());
        assert!(params(&["a=1".into(), "a=2".into()]).is_err());
    }
}
