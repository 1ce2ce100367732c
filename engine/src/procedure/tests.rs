//! Calls of algorithms that exist only here: one whose rows are nodes, edges or a table by its argument, that reads
//! properties, and that trains a model.

use std::sync::Arc;

use wend_algorithms::{
    Algorithm, Argument, Arguments, Column, ColumnDescription, Context, Description, Error, Estimate, GraphShape,
    Input, ModelDescription, Needs, Output, PropertySelection, Rows, Scalar, Values,
    core::parameters::{any, boolean, choice, optional_text},
    pack_model, unpack_model,
};

use crate::{Options, Session, Value, database::Database, error::ErrorKind};

/// Algorithms that the library has in its own tests.
pub(crate) fn algorithms() -> impl Iterator<Item = &'static dyn Algorithm> {
    [&Probe as &dyn Algorithm, &Listing].into_iter()
}

/// Gives what it was given.
struct Probe;

/// Gives a row for each property it was given.
struct Listing;

wend_algorithms::choices! {
    /// What rows are of.
    enum Of {
        Nodes = "nodes",
        Edges = "edges",
    }
}

wend_algorithms::parameters! {
    /// What `algo.probe` takes.
    struct Given {
        of as "of": Of = choice("nodes");
        property as "property": Option<String> = optional_text("all");
        extra as "extra": bool = boolean(false);
        as_of as "asOf": Argument = any("DATETIME", "none");
        spin as "spin": bool = boolean(false);
        save_model as "saveModel": Option<String> = optional_text("none").saves_model();
        use_model as "useModel": Option<String> = optional_text("none").uses_model();
    }
}

const fn column(name: &'static str, type_name: &'static str) -> ColumnDescription {
    ColumnDescription::new(name, type_name, "")
}

static PROBE: Description = Description {
    name: "probe",
    category: "test",
    summary: "Gives what it was given.",
    doc: "",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::edge_id(""),
        column("embedding", "VECTOR"),
        column("value", "FLOAT"),
        column("extra", "STRING"),
    ],
    stats: &[column("asOf", "FLOAT"), column("history", "LIST<FLOAT>"), column("numbers", "INT")],
};

impl Algorithm for Probe {
    fn description(&self) -> &'static Description {
        &PROBE
    }

    fn columns(&self, arguments: &Arguments, _: Option<&[u8]>) -> Vec<&'static str> {
        let given = Given::read(arguments).unwrap();
        let identity = if given.of == Of::Edges { "edgeId" } else { "nodeId" };
        let mut columns = vec![identity, "embedding", "value"];
        if given.extra {
            columns.push("extra");
        }
        columns
    }

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        let selection = match (model, given.property) {
            (Some(model), _) => {
                let (_, body) = unpack_model(model)?;
                PropertySelection::named([String::from_utf8_lossy(body).into_owned()])
            }
            (None, Some(name)) => PropertySelection::named([name]),
            (None, None) => PropertySelection::all(),
        };
        Ok(match given.of {
            Of::Edges => Needs::properties(PropertySelection::none(), selection),
            Of::Nodes => Needs::properties(selection, PropertySelection::none()),
        })
    }

    fn estimate(&self, shape: GraphShape, _: &Arguments, _: usize) -> Result<Estimate, Error> {
        let bytes = shape.nodes * shape.node_values * 8 + shape.edges * shape.edge_values * 8;
        Ok(Estimate { bytes, seconds: 0.0 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        if given.spin {
            loop {
                context.check_cancelled()?;
            }
        }
        let (rows, count, properties) = match given.of {
            Of::Edges => (Rows::Edges, graph.edge_count(), &graph.edge_properties),
            Of::Nodes => (Rows::Nodes, graph.node_count(), &graph.node_properties),
        };
        let numbers: Vec<Option<f64>> = (0..count)
            .map(|row| match properties.first().map(|property| &property.values) {
                Some(Values::Numbers { values, .. }) if !values[row].is_nan() => Some(values[row]),
                _ => None,
            })
            .collect();
        let extra = match given.extra {
            true => Column::Scalars((0..count).map(|row| Scalar::String(format!("row {row}"))).collect()),
            false => Column::Nulls(count),
        };
        let name = properties.first().map_or("", |property| &*property.name);
        let description = ModelDescription {
            algorithm: "probe".into(),
            parameters: vec![("model".into(), "mean".into())],
            features: Vec::new(),
            scores: vec![("testScore".into(), 0.5)],
        };
        let as_of = match given.as_of {
            Argument::Time(seconds) => Scalar::Float(seconds),
            _ => Scalar::Null,
        };
        Ok(Output {
            rows,
            columns: vec![
                Column::Vectors {
                    dimensions: 2,
                    data: (0..count).flat_map(|row| [row as f32, 1.0]).collect::<Vec<_>>().into(),
                },
                Column::Scalars(numbers.iter().map(|value| value.map_or(Scalar::Null, Scalar::Float)).collect()),
                extra,
            ],
            stats: vec![
                ("asOf", as_of),
                ("history", Scalar::Floats(vec![0.5, 0.25])),
                ("numbers", Scalar::Int(numbers.iter().flatten().count() as i64)),
            ],
            model: given.use_model.is_none().then(|| pack_model(&description, name.as_bytes())),
            ..Output::default()
        })
    }
}

static LISTING: Description = Description {
    name: "listing",
    category: "test",
    summary: "Gives a row for each property it was given.",
    doc: "",
    parameters: &[],
    columns: &[column("owner", "STRING"), column("property", "STRING"), column("type", "STRING")],
    stats: &[column("nodeTypes", "STRING")],
};

impl Algorithm for Listing {
    fn description(&self) -> &'static Description {
        &LISTING
    }

    fn needs(&self, _: &Arguments, _: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::properties(PropertySelection::all(), PropertySelection::all()))
    }

    fn estimate(&self, _: GraphShape, _: &Arguments, _: usize) -> Result<Estimate, Error> {
        Ok(Estimate { bytes: 0, seconds: 0.0 })
    }

    fn run(&self, input: Input<'_>, _: &Arguments, _: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for (owner, properties) in [("node", &graph.node_properties), ("edge", &graph.edge_properties)] {
            for property in properties {
                let cells = [owner, &*property.name, property.values.type_name()];
                columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(Scalar::String(cell.to_owned())));
            }
        }
        let mut said: Vec<String> =
            graph.node_type.iter().map(|&of| graph.node_types[of as usize].to_string()).collect();
        for edge in 0..graph.edge_count() {
            let weight = graph.weights.as_ref().map_or(String::new(), |weights| format!(" {}", weights[edge]));
            let label = &graph.edge_labels[graph.edge_label[edge] as usize];
            said.push(format!("{}-{label}{weight}->{}", graph.from[edge], graph.to[edge]));
        }
        Ok(Output {
            rows: Rows::Table,
            columns: columns.into_iter().map(Column::Scalars).collect(),
            stats: vec![("nodeTypes", Scalar::String(said.join(" ")))],
            ..Output::default()
        })
    }
}

fn database() -> Database {
    Database::in_memory_with(Options { threads: 2, ..Options::default() }).unwrap()
}

fn session() -> Session {
    let mut session = database().session();
    let insert = "INSERT (a:Person&Member {_id: 'a', age: 1, name: 'Ann', born: DATE '1970-01-02', tags: ['x']}),
          (b:Person {_id: 'b', age: 2.5, vec: VECTOR([1, 2]), mixed: 'x'}),
          (c:City {_id: 'c', vec: [3, 4], mixed: 1}),
          (a)-[:KNOWS {since: 3, w: 2}]->(b), (a)-[:LIVES_IN {w: 0.5}]->(c), (b)-[:KNOWS {since: 4}]->(a)";
    session.execute(insert, ()).unwrap();
    session
}

fn rows(session: &mut Session, gql: &str) -> Vec<String> {
    let rows = session.execute(gql, ()).unwrap_or_else(|error| panic!("{gql}: {error}"));
    let rows: Vec<_> = rows.into_iter().map(|row| row.unwrap()).collect();
    rows.iter().map(|row| row.values().iter().map(Value::to_string).collect::<Vec<_>>().join(" | ")).collect()
}

fn error(session: &mut Session, gql: &str) -> String {
    match session.execute(gql, ()).and_then(|rows| rows.into_iter().try_for_each(|row| row.map(drop))) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("{gql}: no error"),
    }
}

#[test]
fn a_property_graph_has_types_directions_weights_and_typed_columns() {
    let mut session = session();
    assert_eq!(
        rows(&mut session, "CALL algo.listing() RETURN owner, property, type ORDER BY owner DESC, property"),
        [
            "node | age | FLOAT",
            "node | born | DATETIME",
            "node | mixed | values of several types (STRING and numbers)",
            "node | name | STRING",
            "node | tags | LIST<STRING>",
            "node | vec | VECTOR",
            "edge | since | INT",
            "edge | w | FLOAT",
        ]
    );
    // The weight comes apart.
    assert_eq!(
        rows(
            &mut session,
            "CALL algo.listing({weight: 'w'}) YIELD owner, property FILTER owner = 'edge' RETURN property"
        ),
        ["since"]
    );
    assert_eq!(
        rows(&mut session, "CALL algo.listing.stats({weight: 'w'}) YIELD nodeTypes"),
        ["Member&Person Person City 0-KNOWS 2->1 0-LIVES_IN 0.5->2 1-KNOWS 1->0"]
    );
    assert_eq!(
        rows(
            &mut session,
            "CALL algo.listing.stats({nodeLabels: ['Person'], edgeLabels: ['LIVES_IN', 'KNOWS']}) YIELD nodeTypes"
        ),
        ["Member&Person Person 0-KNOWS->1 1-KNOWS->0"]
    );
}

#[test]
fn columns_that_hold_nothing_are_left_out_but_can_be_asked_for() {
    let mut session = session();
    let names = |session: &mut Session, gql: &str| session.execute(gql, ()).unwrap().columns().to_vec();
    assert_eq!(names(&mut session, "CALL algo.probe({property: 'age'})"), ["nodeId", "embedding", "value"]);
    assert_eq!(
        names(&mut session, "CALL algo.probe({of: 'edges', property: 'since', extra: true})"),
        ["edgeId", "embedding", "value", "extra"]
    );
    assert_eq!(
        rows(&mut session, "CALL algo.probe({property: 'age'}) YIELD nodeId, edgeId, value, extra"),
        ["a | NULL | 1.0 | NULL", "b | NULL | 2.5 | NULL", "c | NULL | NULL | NULL"]
    );
    // What is not known before the call has all columns.
    assert_eq!(
        names(&mut session, "FOR p IN ['age'] CALL algo.probe({property: p}) RETURN *").len(),
        PROBE.columns.len() + 1
    );
}

#[test]
fn edges_have_the_ids_that_they_show_elsewhere_and_take_properties() {
    let mut session = session();
    let shown = rows(&mut session, "MATCH (a)-[e]->(b) RETURN e._id AS id ORDER BY id");
    assert_eq!(
        rows(&mut session, "CALL algo.probe.stream({of: 'edges'}) YIELD edgeId RETURN edgeId ORDER BY edgeId"),
        shown
    );
    assert_eq!(
        rows(
            &mut session,
            "CALL algo.probe.write({of: 'edges', property: 'since'}, {db: {property: {embedding: 'e', value: 'w'}}})
             YIELD nodesWritten"
        ),
        ["3"]
    );
    // The edge without a value has no property `w` any more.
    assert_eq!(
        rows(&mut session, "MATCH ()-[e]->() RETURN e._id AS id, e.e AS e, e.w AS w ORDER BY id")
            .iter()
            .map(|row| row.split_once(" | ").unwrap().1.to_owned())
            .collect::<Vec<_>>(),
        ["[0.0, 1.0] | 3.0", "[1.0, 1.0] | NULL", "[2.0, 1.0] | 4.0"]
    );
}

#[test]
fn several_columns_are_written_at_once_and_null_removes() {
    let mut session = session();
    session.execute("MATCH (n) SET n.score = 9", ()).unwrap();
    let write = "CALL algo.probe.write({property: 'age', extra: true}, {db: {property: {embedding: 'e', value: 'score', extra: 'x'}}})
                 YIELD nodesWritten";
    assert_eq!(rows(&mut session, write), ["3"]);
    assert_eq!(
        rows(&mut session, "MATCH (n) RETURN n._id, n.e, n.score, n.x ORDER BY n._id"),
        ["a | [0.0, 1.0] | 1.0 | row 0", "b | [1.0, 1.0] | 2.5 | row 1", "c | [2.0, 1.0] | NULL | row 2"]
    );
    for (target, part) in [
        ("{extra: 'x'}", "`extra` holds nothing under these arguments"),
        ("{edgeId: 'x'}", "db.property has no `edgeId`"),
        ("{embeding: 'x'}", "did you mean `embedding`?"),
        ("{embedding: 'x', value: 'x'}", "writes `x` twice"),
        ("'_id'", "`_id` cannot be changed"),
    ] {
        let message =
            error(&mut session, &format!("CALL algo.probe.write({{property: 'age'}}, {{db: {{property: {target}}}}})"));
        assert!(message.contains(part), "{message}");
    }
    let message = error(&mut session, "CALL algo.listing.write({}, {db: {property: 'x'}})");
    assert!(message.contains("42000") && message.contains("its rows are a table"), "{message}");
    assert!(!crate::registry::Procedure::all().any(|procedure| procedure.name() == "algo.listing.write"));
}

#[test]
fn a_property_that_nothing_has_is_named_with_a_near_one() {
    let mut session = session();
    let message = error(&mut session, "CALL algo.probe({property: 'agee'}) YIELD nodeId");
    assert!(message.starts_with("42002") && message.contains("did you mean `age`?"), "{message}");
    // Known, but not to the nodes that are seen.
    let message = error(&mut session, "CALL algo.probe({property: 'age', nodeLabels: ['City']}) YIELD nodeId");
    assert!(message.starts_with("42002: no node that is seen has the property `age`"), "{message}");
    let message = error(&mut session, "CALL algo.probe({property: '_id'}) YIELD nodeId");
    assert!(message.starts_with("42002"), "{message}");
}

#[test]
fn views_with_properties_are_kept_until_something_they_read_changes() {
    let mut session = session();
    let count = |session: &mut Session| rows(session, "CALL algo.listing() YIELD property RETURN COUNT(*)");
    assert_eq!(count(&mut session), ["8"]);
    // A vector set changes no version of the graph, but what is read.
    session.execute("CALL algo.node2vec.write({dimensions: 2}, {db: {property: 'n2v'}})", ()).unwrap();
    assert_eq!(count(&mut session), ["9"]);
    session.execute("MATCH (n) REMOVE n.age", ()).unwrap();
    assert_eq!(count(&mut session), ["8"]);
    // The own changes of a transaction are seen.
    let mut transaction = session.transaction().unwrap();
    transaction.execute("MATCH (n) SET n.fresh = TRUE", ()).unwrap();
    let rows = transaction.execute("CALL algo.listing() YIELD property RETURN COUNT(*) AS n", ()).unwrap();
    assert_eq!(rows.into_iter().next().unwrap().unwrap().get::<i64>("n").unwrap(), 9);
    transaction.rollback().unwrap();
    assert_eq!(count(&mut session), ["8"]);
}

#[test]
fn written_vectors_take_the_place_of_those_in_records() {
    let mut session = session();
    session.execute("CALL algo.probe.write({nodeLabels: ['Person']}, {db: {property: 'vec'}})", ()).unwrap();
    assert_eq!(
        rows(
            &mut session,
            "CALL algo.listing({nodeLabels: ['City', 'Person']}) YIELD property, type FILTER property = 'vec' RETURN type"
        ),
        ["VECTOR"]
    );
    session.execute("MATCH (c:City) SET c.vec = [1]", ()).unwrap();
    assert_eq!(
        rows(&mut session, "CALL algo.listing() YIELD property, type FILTER property = 'vec' RETURN type"),
        ["lists of different lengths"]
    );
}

#[test]
fn moments_nodes_and_lists_are_arguments() {
    let mut session = session();
    for (value, seconds) in [
        ("DATE '1970-01-02'", "86400.0"),
        ("LOCAL_DATETIME('1970-01-01T00:00:01.5')", "1.5"),
        ("ZONED_DATETIME('1970-01-01T01:00:00+01:00')", "0.0"),
    ] {
        let call = format!("CALL algo.probe.stats({{property: 'age', asOf: {value}}}) YIELD asOf, history, numbers");
        assert_eq!(rows(&mut session, &call), [format!("{seconds} | [0.5, 0.25] | 2")]);
    }
}

#[test]
fn memory_is_refused_before_anything_is_loaded() {
    let options = Options { memory_limit: 1 << 16, threads: 1, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    let vector = crate::params! {"v" => vec![0.5f32; 100]};
    for _ in 0..100 {
        session.execute("INSERT (:P {v: $v})", vector.clone()).unwrap();
    }
    // 100 nodes of 100 numbers of 8 bytes.
    assert_eq!(rows(&mut session, "CALL algo.probe.estimate({property: 'v'}) YIELD nodeCount, bytes"), ["100 | 80000"]);
    let refused = session.execute("CALL algo.probe({property: 'v'}) YIELD nodeId", ()).map(drop).unwrap_err();
    assert_eq!((refused.kind(), refused.gqlstatus()), (ErrorKind::Memory, "22000"));
}

#[test]
fn a_column_too_large_for_the_memory_is_refused_while_it_is_read() {
    let options = Options { memory_limit: 1 << 16, threads: 1, ..Options::default() };
    let mut session = Database::in_memory_with(options).unwrap().session();
    for _ in 0..20 {
        session.execute("FOR i IN RANGE(1, 10) INSERT (:P)", ()).unwrap();
    }
    // By the mean it is small, but a column has room for every node.
    session.execute("INSERT (:Q {v: $v})", crate::params! {"v" => vec![0.5f32; 1000]}).unwrap();
    let refused = session.execute("CALL algo.probe({property: 'v'}) YIELD nodeId", ()).map(drop).unwrap_err();
    assert_eq!((refused.kind(), refused.gqlstatus()), (ErrorKind::Memory, "22000"));
    assert!(refused.message().starts_with("the properties of the graph view need more"), "{refused}");
    session.execute("CALL algo.probe({property: 'v', nodeLabels: ['Q']}) YIELD nodeId", ()).unwrap();
}

#[test]
fn a_task_keeps_its_model_when_it_ends() {
    let database = database();
    let mut session = database.session();
    session.execute("INSERT (:P {_id: 'a', age: 1})", ()).unwrap();
    let call = "CALL algo.probe.write({property: 'age', saveModel: 'm'}, {db: {property: 'e'}, wait: false})";
    session.execute(call, ()).unwrap();
    database.wait_for_tasks();
    assert_eq!(rows(&mut session, "SHOW MODELS YIELD name RETURN name"), ["m"]);
    assert_eq!(rows(&mut session, "SHOW TASKS YIELD status RETURN status"), ["completed"]);
}

#[test]
fn models_are_kept_described_used_and_dropped() {
    let mut session = session();
    assert!(rows(&mut session, "SHOW MODELS").is_empty());
    assert_eq!(rows(&mut session, "CALL algo.probe.stats({property: 'age', saveModel: 'first'}) YIELD numbers"), ["2"]);
    assert_eq!(
        rows(&mut session, "SHOW MODELS YIELD name, algorithm, model, graph, scores RETURN *"),
        ["first | probe | mean | default | {testScore: 0.5}"]
    );
    assert_eq!(
        rows(&mut session, "DESCRIBE MODEL first")
            .iter()
            .filter(|row| !row.contains("createdAt"))
            .collect::<Vec<_>>()
            .len(),
        6
    );
    // The model says what it reads.
    assert_eq!(rows(&mut session, "CALL algo.probe.stats({useModel: 'first'}) YIELD numbers"), ["2"]);
    let message = error(&mut session, "CALL algo.probe({useModel: 'firts'}) YIELD nodeId");
    assert!(message.starts_with("42002") && message.contains("did you mean `first`?"), "{message}");
    let message = error(&mut session, "CALL algo.probe({useModel: 'first', saveModel: 'again'}) YIELD nodeId");
    assert!(message.contains("trains nothing under these arguments"), "{message}");
    assert_eq!(rows(&mut session, "SHOW MODELS YIELD name RETURN name"), ["first"]);
    // Saved again it is replaced.
    session.execute("CALL algo.probe({property: 'name', saveModel: 'first'}) YIELD nodeId", ()).unwrap();
    assert_eq!(rows(&mut session, "CALL algo.probe.stats({useModel: 'first'}) YIELD numbers"), ["0"]);
    session.execute("DROP MODEL first", ()).unwrap();
    let message = error(&mut session, "DROP MODEL first");
    assert!(message.starts_with("42002"), "{message}");
    session.execute("DROP MODEL IF EXISTS first", ()).unwrap();
}

#[test]
fn models_are_part_of_the_transaction() {
    let mut session = session();
    let names = |session: &mut Session| rows(session, "SHOW MODELS YIELD name RETURN name");
    let mut transaction = session.transaction().unwrap();
    transaction.execute("CALL algo.probe({saveModel: 'm'}) YIELD nodeId", ()).unwrap();
    transaction.rollback().unwrap();
    assert!(names(&mut session).is_empty());
    // With the properties of the same call: both or none.
    session.execute("CALL algo.probe.write({property: 'age', saveModel: 'm'}, {db: {property: 'e'}})", ()).unwrap();
    assert_eq!(names(&mut session), ["m"]);
    let message = {
        session.execute("START TRANSACTION READ ONLY", ()).unwrap();
        let message = error(&mut session, "CALL algo.probe({saveModel: 'n'}) YIELD nodeId");
        session.execute("ROLLBACK", ()).unwrap();
        message
    };
    assert!(message.starts_with("25G03"), "{message}");
    // A record that comes from elsewhere is only known when it is too late to open a transaction for it.
    let message = error(&mut session, "LET p = {saveModel: 'n'} CALL algo.probe(p) YIELD nodeId RETURN nodeId");
    assert!(message.contains("saveModel has to stand in the call itself"), "{message}");
    let message = error(&mut session, "CALL algo.probe({saveModel: ''}) YIELD nodeId");
    assert!(message.contains("a model needs a name"), "{message}");
    assert_eq!(rows(&mut session, "CALL algo.probe.estimate({saveModel: 'n'}) YIELD nodeCount"), ["3"]);
    assert_eq!(names(&mut session), ["m"]);
}

#[test]
fn models_survive_a_restart_and_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    {
        let database = Database::open(&path).unwrap();
        let mut session = database.session();
        session.execute("INSERT (:P {_id: 'a', age: 1})", ()).unwrap();
        session.execute("CALL algo.probe({property: 'age', saveModel: 'my model'}) YIELD nodeId", ()).unwrap();
        database.backup(directory.path().join("backup")).unwrap();
    }
    Database::restore(directory.path().join("backup"), directory.path().join("restored")).unwrap();
    for name in ["db", "restored"] {
        let options = Options { read_only: true, ..Options::default() };
        let database = Database::open_with(directory.path().join(name), options).unwrap();
        let mut session = database.session();
        assert_eq!(rows(&mut session, "SHOW MODELS YIELD name RETURN name"), ["my model"]);
        assert_eq!(rows(&mut session, "CALL algo.probe.stats({useModel: 'my model'}) YIELD numbers"), ["1"]);
        let message = error(&mut session, "CALL algo.probe({saveModel: 'other'}) YIELD nodeId");
        assert!(message.starts_with("25G03"), "{message}");
        assert!(error(&mut session, "DROP MODEL `my model`").starts_with("25G03"));
        assert!(database.check().unwrap().problems.is_empty());
    }
}

#[test]
fn a_call_ends_when_it_is_cancelled_and_leaves_nothing() {
    let mut session = session();
    let handle = session.interrupt_handle();
    let running = Arc::new(std::sync::Barrier::new(2));
    let (waits, handle) = (running.clone(), handle);
    let canceller = std::thread::spawn(move || {
        waits.wait();
        for _ in 0..200 {
            handle.interrupt();
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    });
    running.wait();
    let call = "CALL algo.probe.write({spin: true, saveModel: 'm'}, {db: {property: 'e'}})";
    let cancelled = session.execute(call, ()).map(drop).unwrap_err();
    assert_eq!(cancelled.kind(), ErrorKind::Cancelled);
    canceller.join().unwrap();
    assert!(rows(&mut session, "SHOW MODELS").is_empty());
    assert_eq!(rows(&mut session, "MATCH (n) WHERE n.e IS NOT NULL RETURN COUNT(*)"), ["0"]);
}
