//! Makes the small database that is kept from each format, for the test that old databases open.

use crate::common::*;
use wend_storage::{Access, Direction, NodeId, Store, StoreOptions, Value};

/// One value of every type.
fn every_value() -> Vec<Value> {
    let inner = || Some(Value::String("in".into()));
    vec![
        Value::Bool(true),
        Value::Int(-44),
        Value::Float(0.5),
        Value::String("Zoë".into()),
        Value::Bytes(vec![0, 255]),
        Value::Date(-1),
        Value::LocalTime(1),
        Value::ZonedTime { nanos: 2, offset_seconds: -3600 },
        Value::LocalDateTime { seconds: -3, nanos: 4 },
        Value::ZonedDateTime { seconds: 5, nanos: 6, offset_seconds: 7200, zone: Some("Europe/Vienna".into()) },
        Value::Duration { months: 1, days: -2, seconds: 3, nanos: -4 },
        Value::List(vec![inner(), None]),
        Value::Record(vec![("a".into(), inner()), ("b".into(), None)]),
        Value::Vector(vec![1.0, -2.0]),
    ]
}

fn make(store: &Store) {
    let tx = store.begin(Access::Write).unwrap();
    let (person, knows) = (tx.intern_label("Person").unwrap(), tx.intern_label("KNOWS").unwrap());
    let values = every_value().into_iter().enumerate();
    let properties: Vec<_> = values.map(|(at, value)| (key(store, &format!("p{at}")), value)).collect();
    let ann = tx.insert_node(G, "ann", &[person], properties.clone()).unwrap();
    let bob = tx.insert_node(G, "bob", &[], vec![]).unwrap();
    tx.insert_edge(G, knows, ann, bob, properties).unwrap();
    tx.insert_edge(G, knows, bob, bob, vec![]).unwrap();
    tx.create_graph("other").unwrap();
    tx.put_record("tasks", b"1", b"completed").unwrap();
    tx.commit().unwrap();
    let mut writer = store.begin_vector_set(G, "emb").unwrap();
    writer.put(bob, &[0.25, 0.75]).unwrap();
    writer.finish(None).unwrap();
}

fn verify(store: &Store) {
    let report = all_well(store);
    assert_eq!((report.nodes, report.edges, report.vectors), (2, 2, 1));
    let tx = read(store);
    let ann = tx.node(G, NodeId(0)).unwrap().unwrap();
    let values: Vec<_> = ann.properties.into_iter().map(|(_, value)| value).collect();
    assert_eq!((ann.id.as_str(), values), ("ann", every_value()));
    let mut edges = vec![];
    tx.adjacency(G).unwrap().expand(NodeId(1), Direction::Both, None, &mut edges).unwrap();
    assert_eq!(edges.len(), 2);
    let emb = tx.property_key("emb").unwrap().unwrap();
    assert_eq!(tx.node_property(G, NodeId(1), emb).unwrap(), Some(vector(&[0.25, 0.75])));
    assert_eq!(tx.graphs().unwrap().len(), 2);
    assert_eq!(tx.get_record("tasks", b"1").unwrap().as_deref(), Some(&b"completed"[..]));
}

/// To keep one: `WEND_FIXTURE=/new/directory cargo test --release --workspace --test storage fixture`.
#[test]
fn a_database_of_this_format() {
    let dir = tempfile::tempdir().unwrap();
    let target = std::env::var_os("WEND_FIXTURE").map_or(dir.path().join("fixture"), Into::into);
    let store = Store::open(&dir.path().join("made"), &StoreOptions::default()).unwrap();
    make(&store);
    verify(&store);
    store.backup(&target).unwrap();
    verify(&Store::open(&target, &StoreOptions { read_only: true, ..StoreOptions::default() }).unwrap());
}
