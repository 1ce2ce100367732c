//! The GQL cases: files of one JSON object a line, each with statements and what they must give.
//!
//! A case starts on an empty database, whose import directory is empty too. Its `setup` statements run first, then `query` (or the `steps`, each in the session it
//! names), whose result is compared with `expect`; then the change of the graph is compared with `side_effects`, and the
//! result of the `control` query with what it expects. A case with `accept` asks only whether a text is taken or refused.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt, fs,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Map, Value as Json, json};
use wenddb::{Database, Edge, Node, Options, Params, RunOptions, Session, Value};

/// The time a case may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// How long an interrupted case may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// The files of cases that are run when none are named.
pub const FILES: [&str; 2] = ["gql-dev.jsonl", "gql-syntax-dev.jsonl"];

/// A statement or query, or several, with what must come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub family: String,
    /// `must`, `should` or `later`.
    pub tier: String,
    setup: Vec<String>,
    check: Check,
}

#[derive(Clone, Debug)]
enum Check {
    /// Whether the text is taken.
    Syntax { query: String, accept: bool },
    /// What a query gives, and what it does to the graph.
    Query(Box<Query>),
    /// A script.
    Steps(Vec<Step>),
}

#[derive(Clone, Debug)]
struct Query {
    step: Step,
    side_effects: Effects,
    control: Option<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    session: String,
    query: String,
    params: Params,
    /// Nothing but success where it is absent.
    expect: Option<Expect>,
}

#[derive(Clone, Debug)]
enum Expect {
    Table { columns: Vec<String>, rows: Vec<Vec<Json>>, ordered: bool, any_list_order: bool, by_name: bool },
    Error { name: String, any_of: Vec<String> },
}

/// What a case was about and what came of it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The statement that did not do what it must.
    pub query: String,
    /// What it must do.
    pub expected: String,
    /// What it did.
    pub got: String,
}

/// The result of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The name of the case.
    pub id: String,
    /// What it is about.
    pub family: String,
    /// Its tier.
    pub tier: String,
    /// `None` when it did what it must.
    pub failure: Option<Failure>,
}

impl Outcome {
    /// Whether the case is of a tier that is not claimed yet.
    pub fn later(&self) -> bool {
        self.tier == "later"
    }
}

/// The files that are run when none are named, or why they are not here: in `$WEND_SHARED/conformance`, else in
/// `../shared/conformance` beside the repository.
///
/// # Errors
/// When one of them is missing.
pub fn default_files() -> Result<Vec<PathBuf>, String> {
    let shared = match std::env::var_os("WEND_SHARED") {
        Some(path) => PathBuf::from(path),
        None => crate::root().join("../shared"),
    };
    FILES
        .iter()
        .map(|name| {
            let path = shared.join("conformance").join(name);
            if path.is_file() { Ok(path) } else { Err(format!("no {} (set WEND_SHARED)", path.display())) }
        })
        .collect()
}

/// The cases of a file.
///
/// # Errors
/// When it cannot be read, or a line is not a case.
pub fn read(path: &Path) -> Result<Vec<Case>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| Case::parse(line).map_err(|error| format!("{}:{number}: {error}", path.display())))
        .collect()
}

impl Case {
    /// Reads a line of a file.
    fn parse(line: &str) -> Result<Case, String> {
        let json: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let id = text(&json, "id")?;
        let tier = optional_text(&json, "tier")?.unwrap_or_else(|| "must".to_owned());
        let setup = strings(json.get("setup").unwrap_or(&Json::Null))?;
        if let Some(accept) = json.get("accept") {
            let accept = accept.as_bool().ok_or("accept is not true or false")?;
            let family = match (optional_text(&json, "family")?, optional_text(&json, "clause")?) {
                (Some(family), _) => family,
                (None, Some(clause)) => format!("syntax.{clause}"),
                (None, None) => "syntax".to_owned(),
            };
            let check = Check::Syntax { query: text(&json, "query")?, accept };
            return Ok(Case { id, family, tier, setup, check });
        }
        let check = match json.get("steps") {
            Some(steps) => {
                let steps = steps.as_array().ok_or("steps is not a list")?;
                Check::Steps(steps.iter().map(Step::parse).collect::<Result<_, _>>()?)
            }
            None => Check::Query(Box::new(Query {
                step: Step::parse(&json)?,
                side_effects: Effects::parse(json.get("side_effects"))?,
                control: json.get("control").map(Step::parse).transpose()?,
            })),
        };
        Ok(Case { id, family: text(&json, "family")?, tier, setup, check })
    }

    /// Runs the case. Whatever happens in it, this returns.
    pub fn run(&self, limit: Duration) -> Outcome {
        let failure = self.guarded(limit).err().map(|failure| *failure);
        Outcome { id: self.id.clone(), family: self.family.clone(), tier: self.tier.clone(), failure }
    }

    /// Runs the case on a thread of its own; its statements end when its time is over.
    fn guarded(&self, limit: Duration) -> Result<(), Box<Failure>> {
        let case = self.clone();
        let (sender, receiver) = mpsc::channel();
        let started = Instant::now();
        let thread = thread::Builder::new().name(self.id.clone()).spawn(move || {
            let result = case.execute(started + limit);
            let _ = sender.send(());
            result
        });
        let thread = thread.map_err(|error| failed(&self.statements(), "a thread to run in", error.to_string()))?;
        if receiver.recv_timeout(limit + GRACE) == Err(RecvTimeoutError::Timeout) {
            let got = format!("still running {} s after its deadline", GRACE.as_secs());
            return Err(failed(&self.statements(), "an end", got));
        }
        let timed_out = started.elapsed() > limit;
        match thread.join() {
            Ok(Err(mut failure)) if timed_out => {
                failure.got = format!("interrupted after {} s: {}", limit.as_secs(), failure.got);
                Err(failure)
            }
            Ok(result) => result,
            Err(panic) => {
                let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
                match message {
                    Some(message) => Err(failed(&self.statements(), "no panic", format!("a panic: {message}"))),
                    None => resume_unwind(panic),
                }
            }
        }
    }

    fn statements(&self) -> String {
        match &self.check {
            Check::Syntax { query, .. } => query.clone(),
            Check::Query(query) => query.step.query.clone(),
            Check::Steps(steps) => steps.iter().map(|step| step.query.as_str()).collect::<Vec<_>>().join("; "),
        }
    }

    fn execute(&self, deadline: Instant) -> Result<(), Box<Failure>> {
        let unable = |error: &dyn fmt::Display| failed(&self.statements(), "a database in memory", error.to_string());
        let files = tempfile::tempdir().map_err(|error| unable(&error))?;
        let import_directory = Some(files.path().to_path_buf());
        let options = Options { threads: 1, import_directory, ..Options::default() };
        let database = Database::in_memory_with(options).map_err(|error| unable(&error))?;
        let options = RunOptions { deadline: Some(deadline), ..RunOptions::default() };
        let mut sessions = Sessions { database, open: HashMap::new(), options };
        for query in &self.setup {
            let step = Step { session: String::new(), query: query.clone(), params: Params::new(), expect: None };
            step.run(&mut sessions)?;
        }
        match &self.check {
            Check::Syntax { query, accept } => {
                let status = match sessions.run("", query, Params::new()) {
                    Ok(_) => "00000".to_owned(),
                    Err(error) => error.gqlstatus().to_owned(),
                };
                // A text that is taken may name what an empty database does not have.
                let taken = !matches!(status.as_str(), "42000" | "42001");
                if taken == *accept {
                    return Ok(());
                }
                let expected = if *accept { "taken" } else { "refused with 42001 or 42000" };
                Err(failed(query, expected, format!("{}: {status}", if taken { "taken" } else { "refused" })))
            }
            Check::Query(query) => {
                let Query { step, side_effects, control } = &**query;
                let before = Contents::read(sessions.get("")).map_err(|error| unreadable(&error))?;
                step.run(&mut sessions)?;
                let after = Contents::read(sessions.get("")).map_err(|error| unreadable(&error))?;
                let effects = Effects::between(&before, &after);
                if effects != *side_effects {
                    return Err(failed(
                        &step.query,
                        &format!("side effects {side_effects}"),
                        format!("side effects {effects}"),
                    ));
                }
                control.as_ref().map_or(Ok(()), |control| control.run(&mut sessions))
            }
            Check::Steps(steps) => steps.iter().try_for_each(|step| step.run(&mut sessions)),
        }
    }
}

/// The sessions of a case, by name.
struct Sessions {
    database: Database,
    open: HashMap<String, Session>,
    /// Until when the statements of the case may run.
    options: RunOptions,
}

impl Sessions {
    fn get(&mut self, name: &str) -> &mut Session {
        self.open.entry(name.to_owned()).or_insert_with(|| self.database.session())
    }

    fn run(&mut self, name: &str, query: &str, params: Params) -> wenddb::Result<Table> {
        let options = self.options.clone();
        let session = self.get(name);
        let statement = session.parse(query)?;
        let rows = session.run_with(&statement, params, &options)?;
        let columns = rows.columns().to_vec();
        let rows = rows.map(|row| row.map(wenddb::Row::into_values)).collect::<wenddb::Result<_>>()?;
        Ok(Table { columns, rows })
    }
}

impl Step {
    fn parse(json: &Json) -> Result<Step, String> {
        let params = match json.get("params") {
            None | Some(Json::Null) => Params::new(),
            Some(params) => Params::from_json(params.as_object().ok_or("params is not an object")?)
                .map_err(|error| error.to_string())?,
        };
        let expect = json.get("expect").filter(|expect| !expect.is_null()).map(Expect::parse).transpose()?;
        let session = optional_text(json, "session")?.unwrap_or_default();
        Ok(Step { session, query: text(json, "query")?, params, expect })
    }

    fn run(&self, sessions: &mut Sessions) -> Result<(), Box<Failure>> {
        let result = sessions.run(&self.session, &self.query, self.params.clone());
        let expected = || self.expect.as_ref().map_or_else(|| "no error".to_owned(), ToString::to_string);
        match (result, &self.expect) {
            (Ok(_), None) => Ok(()),
            (Ok(table), Some(expect @ Expect::Table { .. })) => match expect.difference(&table) {
                None => Ok(()),
                Some(difference) => Err(failed(&self.query, &expected(), format!("{table}; {difference}"))),
            },
            (Ok(table), Some(Expect::Error { .. })) => Err(failed(&self.query, &expected(), table.to_string())),
            (Err(error), Some(Expect::Error { any_of, .. }))
                if any_of.is_empty() || any_of.iter().any(|status| status == error.gqlstatus()) =>
            {
                Ok(())
            }
            (Err(error), _) => {
                Err(failed(&self.query, &expected(), format!("error {}: {}", error.gqlstatus(), error.message())))
            }
        }
    }
}

/// A result that was read to its end.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Json> = self.rows.iter().map(|row| row.iter().map(notation).collect()).collect();
        write!(f, "{} {}", json!(self.columns), Json::from(rows))
    }
}

impl Expect {
    fn parse(json: &Json) -> Result<Expect, String> {
        if let Some(name) = optional_text(json, "error")? {
            let any_of = match json.get("gqlstatus") {
                Some(Json::String(status)) => vec![status.clone()],
                other => strings(other.unwrap_or(&Json::Null))?,
            };
            return Ok(Expect::Error { name, any_of });
        }
        let columns = strings(json.get("columns").ok_or("expect has neither columns nor an error")?)?;
        let rows = json.get("rows").and_then(Json::as_array).ok_or("expect has no rows")?;
        let rows: Vec<Vec<Json>> = rows
            .iter()
            .map(|row| row.as_array().filter(|row| row.len() == columns.len()).cloned())
            .collect::<Option<_>>()
            .ok_or("a row of expect has not one value for each column")?;
        let order = optional_text(json, "order")?.unwrap_or_else(|| "unordered".to_owned());
        let (base, any_list_order) = match order.strip_suffix("_ignoring_list_order") {
            Some(base) => (base, true),
            None => (order.as_str(), false),
        };
        let ordered = match base {
            "ordered" => true,
            "unordered" => false,
            other => return Err(format!("unknown order {other}")),
        };
        let by_name = json.get("columns_by_name").is_some_and(|flag| *flag != Json::Bool(false));
        Ok(Expect::Table { columns, rows, ordered, any_list_order, by_name })
    }

    /// What is not as it must be.
    fn difference(&self, table: &Table) -> Option<String> {
        let Expect::Table { columns, rows, ordered, any_list_order, by_name } = self else { return None };
        let positions: Option<Vec<usize>> = if *by_name {
            let position = |name: &String| table.columns.iter().position(|column| column == name);
            columns.iter().map(position).collect::<Option<_>>().filter(|_| columns.len() == table.columns.len())
        } else {
            (columns == &table.columns).then(|| (0..columns.len()).collect())
        };
        let Some(positions) = positions else { return Some("the columns differ".to_owned()) };
        if rows.len() != table.rows.len() {
            return Some(format!("{} rows instead of {}", table.rows.len(), rows.len()));
        }
        let same = |got: &Vec<Value>, want: &Vec<Json>| {
            positions.iter().zip(want).all(|(&position, want)| matches(&got[position], want, *any_list_order))
        };
        let equal = if *ordered {
            table.rows.iter().zip(rows).all(|(got, want)| same(got, want))
        } else {
            same_bag(&table.rows, rows, same)
        };
        (!equal).then(|| "the rows differ".to_owned())
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Table { columns, rows, ordered, any_list_order, .. } => {
                let order = if *ordered { "ordered" } else { "unordered" };
                let lists = if *any_list_order { ", lists in any order" } else { "" };
                write!(f, "{} {} ({order}{lists})", json!(columns), json!(rows))
            }
            Expect::Error { name, any_of } => write!(f, "error {} ({name})", any_of.join(" or ")),
        }
    }
}

/// Whether each of `got` has a partner of its own in `want`.
fn same_bag<A, B>(got: &[A], want: &[B], same: impl Fn(&A, &B) -> bool) -> bool {
    let mut left: Vec<&B> = want.iter().collect();
    got.len() == want.len()
        && got.iter().all(|got| {
            let position = left.iter().position(|want| same(got, want));
            position.map(|position| left.swap_remove(position)).is_some()
        })
}

/// Whether a value is the one that is written in a case.
fn matches(got: &Value, want: &Json, any_list_order: bool) -> bool {
    let tagged = |tag: &str| want.as_object().filter(|object| object.len() == 1).and_then(|object| object.get(tag));
    match got {
        Value::Null => want.is_null(),
        Value::Bool(value) => want.as_bool() == Some(*value),
        Value::Int(value) => match (want.as_i64(), want.as_u64(), want.as_f64()) {
            (Some(want), ..) => *value == want,
            (None, None, Some(want)) => close(*value as f64, want),
            _ => false,
        },
        Value::Float(value) => match want {
            Json::Number(want) => want.as_f64().is_some_and(|want| close(*value, want)),
            Json::String(want) => !value.is_finite() && got.to_json().as_str() == Some(want),
            _ => false,
        },
        Value::List(list) => {
            let Some(want) = want.as_array() else { return false };
            let same = |got: &Value, want: &Json| matches(got, want, any_list_order);
            if any_list_order {
                same_bag(list, want, same)
            } else {
                list.len() == want.len() && list.iter().zip(want).all(|(got, want)| same(got, want))
            }
        }
        Value::Vector(_) => match (got.to_json(), want) {
            (Json::Array(got), Json::Array(want)) => {
                let numbers = |list: &[Json]| list.iter().map(Json::as_f64).collect::<Option<Vec<f64>>>();
                numbers(&got).zip(numbers(want)).is_some_and(|(got, want)| {
                    got.len() == want.len() && got.iter().zip(&want).all(|(got, want)| close(*got, *want))
                })
            }
            _ => false,
        },
        Value::Record(fields) => tagged("$record").and_then(Json::as_object).is_some_and(|want| {
            fields.len() == want.len()
                && fields
                    .iter()
                    .all(|(name, value)| want.get(&**name).is_some_and(|want| matches(value, want, any_list_order)))
        }),
        Value::Node(node) => tagged("$node").is_some_and(|want| node_matches(node, want, any_list_order)),
        Value::Edge(edge) => tagged("$edge").is_some_and(|want| edge_matches(edge, want, any_list_order)),
        Value::Path(path) => tagged("$path").and_then(Json::as_array).is_some_and(|want| {
            let (nodes, edges) = (path.nodes(), path.edges());
            want.len() == nodes.len() + edges.len()
                && want.iter().enumerate().all(|(position, want)| {
                    let at = position / 2;
                    if position.is_multiple_of(2) {
                        let want = want.get("$node");
                        return want.is_some_and(|want| node_matches(&nodes[at], want, any_list_order));
                    }
                    let Some(inside) = want.get("$edge") else { return false };
                    let direction = want.get("dir").or_else(|| inside.get("dir")).and_then(Json::as_str);
                    edge_matches(&edges[at], inside, any_list_order)
                        && direction.is_none_or(|want| directions(&edges[at], &nodes[at]).contains(&want))
                })
        }),
        // Texts, bytes, dates and times.
        _ => want.is_string() && got.to_json() == *want,
    }
}

/// The ways in which an edge can be said to be followed from a node: both, when it leads back to it.
fn directions(edge: &Edge, node: &Node) -> &'static [&'static str] {
    match (edge.from() == node.id(), edge.to() == node.id()) {
        (true, true) => &["->", "<-"],
        (true, false) => &["->"],
        (false, true) => &["<-"],
        (false, false) => &[],
    }
}

fn node_matches(node: &Node, want: &Json, any_list_order: bool) -> bool {
    let labels: Option<BTreeSet<&str>> = want
        .get("labels")
        .map_or(Some(BTreeSet::new()), |labels| labels.as_array()?.iter().map(Json::as_str).collect::<Option<_>>());
    labels == Some(node.labels().collect()) && properties_match(node.properties(), want, any_list_order)
}

fn edge_matches(edge: &Edge, want: &Json, any_list_order: bool) -> bool {
    want.get("label").and_then(Json::as_str) == Some(edge.label())
        && properties_match(edge.properties(), want, any_list_order)
}

/// A property that is NULL is one that is absent.
fn properties_match<'a>(got: impl Iterator<Item = (&'a str, &'a Value)>, want: &Json, any_list_order: bool) -> bool {
    let none = Map::new();
    let want = match want.get("props") {
        None => &none,
        Some(Json::Object(want)) => want,
        Some(_) => return false,
    };
    let got: BTreeMap<&str, &Value> = got.filter(|(_, value)| !value.is_null()).collect();
    let mut wanted = want.iter().filter(|(_, value)| !value.is_null());
    got.len() == wanted.clone().count()
        && wanted.all(|(name, want)| got.get(name.as_str()).is_some_and(|got| matches(got, want, any_list_order)))
}

/// Equal to 12 digits.
fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < 1e-11 * a.abs().max(b.abs())
}

/// A value as cases write it.
fn notation(value: &Value) -> Json {
    let properties = |properties: &mut dyn Iterator<Item = (&str, &Value)>| -> Json {
        Json::Object(properties.map(|(name, value)| (name.to_owned(), notation(value))).collect())
    };
    let node = |node: &Node| {
        let labels: Vec<&str> = node.labels().collect();
        json!({"$node": {"labels": labels, "props": properties(&mut node.properties())}})
    };
    let edge = |edge: &Edge| json!({"label": edge.label(), "props": properties(&mut edge.properties())});
    match value {
        Value::List(list) => list.iter().map(notation).collect(),
        Value::Record(fields) => {
            json!({"$record": properties(&mut fields.iter().map(|(name, value)| (&**name, value)))})
        }
        Value::Node(value) => node(value),
        Value::Edge(value) => json!({"$edge": edge(value)}),
        Value::Path(path) => {
            let mut parts = Vec::new();
            for (position, value) in path.nodes().iter().enumerate() {
                parts.push(node(value));
                if let Some(value_edge) = path.edges().get(position) {
                    let direction = directions(value_edge, value).first().copied().unwrap_or("?");
                    parts.push(json!({"$edge": edge(value_edge), "dir": direction}));
                }
            }
            json!({"$path": parts})
        }
        other => other.to_json(),
    }
}

/// What a graph holds, as far as side effects go.
#[derive(Default)]
struct Contents {
    nodes: BTreeSet<String>,
    edges: BTreeSet<String>,
    labels: BTreeSet<String>,
    /// Element, key, value.
    properties: BTreeSet<(String, String, String)>,
}

impl Contents {
    fn read(session: &mut Session) -> wenddb::Result<Contents> {
        let mut contents = Contents::default();
        for row in session.execute("MATCH (n) RETURN n", ())? {
            let row = row?.into_values();
            if let [Value::Node(node)] = row.as_slice() {
                contents.labels.extend(node.labels().map(str::to_owned));
                contents.add(format!("node {}", node.id()), node.properties());
                contents.nodes.insert(node.id().to_owned());
            }
        }
        for row in session.execute("MATCH ()-[e]->() RETURN e", ())? {
            let row = row?.into_values();
            if let [Value::Edge(edge)] = row.as_slice() {
                contents.add(format!("edge {}", edge.id()), edge.properties());
                contents.edges.insert(edge.id());
            }
        }
        Ok(contents)
    }

    fn add<'a>(&mut self, element: String, properties: impl Iterator<Item = (&'a str, &'a Value)>) {
        for (name, value) in properties {
            let value = format!("{} {}", value.type_name(), notation(value));
            self.properties.insert((element.clone(), name.to_owned(), value));
        }
    }
}

/// The net difference between two states of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Effects(BTreeMap<String, u64>);

impl Effects {
    fn parse(json: Option<&Json>) -> Result<Effects, String> {
        let mut effects = Effects::default();
        let Some(json) = json.filter(|json| !json.is_null()) else { return Ok(effects) };
        for (name, count) in json.as_object().ok_or("side_effects is not an object")? {
            let known = ["nodes", "relationships", "labels", "properties"];
            if !name.strip_prefix(['+', '-']).is_some_and(|what| known.contains(&what)) {
                return Err(format!("unknown side effect {name}"));
            }
            effects.note(name.clone(), count.as_u64().ok_or("a side effect is not a number")?);
        }
        Ok(effects)
    }

    fn between(before: &Contents, after: &Contents) -> Effects {
        fn count<T: Ord>(effects: &mut Effects, what: &str, before: &BTreeSet<T>, after: &BTreeSet<T>) {
            effects.note(format!("+{what}"), after.difference(before).count() as u64);
            effects.note(format!("-{what}"), before.difference(after).count() as u64);
        }
        let mut effects = Effects::default();
        count(&mut effects, "nodes", &before.nodes, &after.nodes);
        count(&mut effects, "relationships", &before.edges, &after.edges);
        count(&mut effects, "labels", &before.labels, &after.labels);
        count(&mut effects, "properties", &before.properties, &after.properties);
        effects
    }

    fn note(&mut self, name: String, count: u64) {
        if count > 0 {
            self.0.insert(name, count);
        }
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let parts: Vec<String> = self.0.iter().map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&parts.join(", "))
    }
}

/// The results of many cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// In the order in which they ran.
    pub outcomes: Vec<Outcome>,
}

/// How many cases of a family did what they must.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that did.
    pub passed: usize,
    /// Those that did not.
    pub failed: usize,
}

impl Report {
    /// Runs cases.
    pub fn run<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Report {
        Report { outcomes: cases.into_iter().map(|case| case.run(LIMIT)).collect() }
    }

    /// The tally of every family in alphabetical order, of the tiers that are claimed or of those that come later.
    pub fn families(&self, later: bool) -> BTreeMap<&str, Tally> {
        let mut families: BTreeMap<&str, Tally> = BTreeMap::new();
        for outcome in self.outcomes.iter().filter(|outcome| outcome.later() == later) {
            let tally = families.entry(&outcome.family).or_default();
            match outcome.failure {
                None => tally.passed += 1,
                Some(_) => tally.failed += 1,
            }
        }
        families
    }

    /// The sum of all families.
    pub fn total(&self, later: bool) -> Tally {
        self.families(later).values().fold(Tally::default(), |sum, tally| Tally {
            passed: sum.passed + tally.passed,
            failed: sum.failed + tally.failed,
        })
    }

    /// The results as a table of a Markdown page.
    pub fn markdown(&self) -> String {
        let mut text = "| family | cases | passed | % |\n|---|---:|---:|---:|\n".to_owned();
        let line = |name: &str, tally: Tally| {
            let cases = tally.passed + tally.failed;
            let percent = 100.0 * tally.passed as f64 / cases.max(1) as f64;
            format!("| {name} | {cases} | {} | {percent:.1} |\n", tally.passed)
        };
        for (family, tally) in self.families(false) {
            text.push_str(&line(&format!("`{family}`"), tally));
        }
        text.push_str(&line("**all of tier must and should**", self.total(false)));
        if self.outcomes.iter().any(Outcome::later) {
            text.push_str(&line("tier later", self.total(true)));
        }
        text
    }
}

fn failed(query: &str, expected: &str, got: impl Into<String>) -> Box<Failure> {
    Box::new(Failure { query: query.to_owned(), expected: expected.to_owned(), got: got.into() })
}

fn unreadable(error: &wenddb::Error) -> Box<Failure> {
    failed(
        "MATCH (n) RETURN n",
        "the content of the graph",
        format!("error {}: {}", error.gqlstatus(), error.message()),
    )
}

fn text(json: &Json, name: &str) -> Result<String, String> {
    optional_text(json, name)?.ok_or_else(|| format!("no {name}"))
}

fn optional_text(json: &Json, name: &str) -> Result<Option<String>, String> {
    match json.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name} is not a text")),
    }
}

fn strings(json: &Json) -> Result<Vec<String>, String> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| "a list that should hold texts holds something else".to_owned()),
        _ => Err("not a list".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(case: Json) -> Option<String> {
        Case::parse(&case.to_string()).unwrap().run(LIMIT).failure.map(|failure| failure.got)
    }

    #[test]
    fn what_is_as_it_must_be_passes() {
        let case = json!({"id": "1", "family": "f", "setup": ["INSERT (:A {k: 1})-[:R]->(:B {k: NULL})"],
            "query": "MATCH p = (a:A)-[e]->(b) RETURN p, a.k AS k, [2, 1] AS l, {x: 1} AS r",
            "expect": {"columns": ["p", "k", "l", "r"], "order": "unordered_ignoring_list_order", "rows": [[
                {"$path": [{"$node": {"labels": ["A"], "props": {"k": 1.0, "none": null}}},
                    {"$edge": {"label": "R", "props": {}}, "dir": "->"}, {"$node": {"labels": ["B"], "props": {}}}]},
                1, [1, 2], {"$record": {"x": 1}}]]}});
        assert_eq!(outcome(case), None);
    }

    #[test]
    fn what_differs_fails() {
        let expect = |rows: Json, order: &str| {
            outcome(json!({"id": "1", "family": "f", "query": "FOR x IN [1, 2] RETURN x, [x, 0] AS l ORDER BY x",
                "expect": {"columns": ["x", "l"], "rows": rows, "order": order}}))
        };
        assert_eq!(expect(json!([[1, [1, 0]], [2, [2, 0]]]), "ordered"), None);
        assert_eq!(expect(json!([[2, [2, 0]], [1, [1, 0]]]), "unordered"), None);
        assert!(expect(json!([[2, [2, 0]], [1, [1, 0]]]), "ordered").is_some());
        assert!(expect(json!([[1, [0, 1]], [2, [2, 0]]]), "ordered").is_some());
        assert_eq!(expect(json!([[1, [0, 1]], [2, [2, 0]]]), "ordered_ignoring_list_order"), None);
        assert!(expect(json!([[1, [1, 0]], [1, [1, 0]]]), "unordered").is_some());
        assert!(expect(json!([[1, [1, 0]]]), "unordered").is_some());
        let names = |columns: Json, by_name: bool| {
            outcome(json!({"id": "1", "family": "f", "query": "RETURN 1 AS a, 2 AS b",
                "expect": {"columns": columns, "rows": [[2, 1]], "columns_by_name": by_name}}))
        };
        assert_eq!(names(json!(["b", "a"]), true), None);
        assert!(names(json!(["b", "a"]), false).is_some());
    }

    #[test]
    fn errors_are_compared_by_status() {
        let expect = |status: Json| {
            outcome(json!({"id": "1", "family": "f", "query": "RETURN 1 / 0 AS x",
                "expect": {"error": "zero", "gqlstatus": status}}))
        };
        assert_eq!(expect(json!(["42000", "22012"])), None);
        assert!(expect(json!(["42000"])).unwrap().contains("22012"));
        let unexpected = json!({"id": "1", "family": "f", "query": "RETURN 1 AS x", "expect": {"error": "e"}});
        assert!(outcome(unexpected).is_some());
    }

    #[test]
    fn effects_are_the_difference() {
        let expect = |query: &str, effects: Json| {
            outcome(json!({"id": "1", "family": "f", "setup": ["INSERT (:A {k: 1}), (:B {k: 2})"], "query": query,
                "expect": {"columns": [], "rows": []}, "side_effects": effects}))
        };
        assert_eq!(expect("MATCH (n:A) SET n.k = 3", json!({"+properties": 1, "-properties": 1})), None);
        assert_eq!(expect("MATCH (n:A) SET n.k = 1", json!({})), None);
        assert_eq!(expect("MATCH (n:A) DELETE n", json!({"-nodes": 1, "-labels": 1, "-properties": 1})), None);
        assert_eq!(
            expect(
                "MATCH (n:A) INSERT (n)-[:R {w: 1}]->(:C)",
                json!(
            {"+nodes": 1, "+labels": 1, "+relationships": 1, "+properties": 1})
            ),
            None
        );
        assert!(expect("MATCH (n:A) SET n:B", json!({"+labels": 1})).is_some());
    }

    #[test]
    fn steps_run_in_their_sessions() {
        let step = |session: &str, query: &str| json!({"session": session, "query": query});
        let count = |session: &str, count: u64| {
            json!({"session": session, "query": "MATCH (n) RETURN COUNT(*) AS c",
                "expect": {"columns": ["c"], "rows": [[count]]}})
        };
        let case = json!({"id": "1", "family": "f", "steps": [step("a", "START TRANSACTION"), step("a", "INSERT ()"),
            count("a", 1), count("b", 0), step("a", "COMMIT"), count("b", 1)]});
        assert_eq!(outcome(case), None);
        let case = json!({"id": "1", "family": "f", "steps": [step("a", "INSERT ()"), count("b", 0)]});
        assert!(outcome(case).is_some());
    }

    #[test]
    fn a_case_without_end_is_interrupted() {
        let product = "FOR a IN RANGE(1, 100000) FOR b IN RANGE(1, 100000) FILTER a + b < 0 RETURN a";
        let case = json!({"id": "1", "family": "f", "query": product, "expect": {"columns": ["a"], "rows": []}});
        let case = Case::parse(&case.to_string()).unwrap();
        let failure = case.run(Duration::from_millis(200)).failure.unwrap();
        assert!(failure.got.contains("interrupted"), "{failure:?}");
    }
}
