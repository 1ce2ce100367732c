//! The store against a model of it in a few maps: random operations, with commits, rollbacks, savepoints and reopenings.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::*;
use proptest::prelude::*;
use wend_storage::{
    Access, Direction, EdgeId, Error, IndexBound, IndexDefinition, LabelId, NodeId, PropertyKey, Store, Transaction,
    Value,
};

#[derive(Clone, Debug)]
enum Op {
    InsertNode { id: u8, labels: Vec<u8>, age: Option<i64> },
    DeleteNode(usize),
    InsertEdge { from: usize, to: usize, label: u8 },
    DeleteEdge(usize),
    SetNode { node: usize, key: u8, value: Option<i64> },
    SetVector { node: usize, value: Option<i8> },
    ReplaceNode { node: usize, key: u8, value: i64 },
    SetLabels { node: usize, labels: Vec<u8> },
    SetEdge { edge: usize, value: Option<i64> },
    WriteSet { nodes: Vec<usize>, number: i8, inside: bool },
    Load { nodes: u8, edges: u8 },
    CreateIndex { name: u8, on_edge: bool, label: u8, properties: Vec<usize>, unique: bool },
    DropIndex(u8),
    View,
    Savepoint,
    RollbackToSavepoint,
    Release,
    Commit,
    Rollback,
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let at = 0..1000usize;
    let small = || prop::option::of(-9..9i64);
    let properties = prop::sample::subsequence(vec![0usize, 1, 2], 1..3).prop_shuffle();
    let labels = || prop::collection::vec(0..3u8, 0..3);
    prop_oneof![
        6 => (0..40u8, labels(), small()).prop_map(|(id, labels, age)| Op::InsertNode { id, labels, age }),
        2 => at.clone().prop_map(Op::DeleteNode),
        6 => (at.clone(), at.clone(), 0..3u8).prop_map(|(from, to, label)| Op::InsertEdge { from, to, label }),
        3 => at.clone().prop_map(Op::DeleteEdge),
        3 => (at.clone(), 0..3u8, small()).prop_map(|(node, key, value)| Op::SetNode { node, key, value }),
        2 => (at.clone(), any::<Option<i8>>()).prop_map(|(node, value)| Op::SetVector { node, value }),
        1 => (at.clone(), 0..3u8, -9..9i64).prop_map(|(node, key, value)| Op::ReplaceNode { node, key, value }),
        2 => (at.clone(), labels()).prop_map(|(node, labels)| Op::SetLabels { node, labels }),
        2 => (at.clone(), small()).prop_map(|(edge, value)| Op::SetEdge { edge, value }),
        1 => (prop::collection::vec(at.clone(), 0..6), any::<i8>(), any::<bool>())
            .prop_map(|(nodes, number, inside)| Op::WriteSet { nodes, number, inside }),
        1 => (0..5u8, 0..8u8).prop_map(|(nodes, edges)| Op::Load { nodes, edges }),
        3 => (0..4u8, prop::bool::weighted(0.3), 0..3u8, properties, prop::bool::weighted(0.4)).prop_map(
            |(name, on_edge, label, properties, unique)| Op::CreateIndex { name, on_edge, label, properties, unique },
        ),
        1 => (0..4u8).prop_map(Op::DropIndex),
        2 => Just(Op::View),
        2 => Just(Op::Savepoint),
        1 => Just(Op::RollbackToSavepoint),
        1 => Just(Op::Release),
        3 => Just(Op::Commit),
        1 => Just(Op::Rollback),
        1 => Just(Op::Reopen),
    ]
}

type ModelProperties = BTreeMap<PropertyKey, Value>;

#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    nodes: BTreeMap<NodeId, (String, Vec<LabelId>, ModelProperties)>,
    edges: BTreeMap<EdgeId, (LabelId, NodeId, NodeId, ModelProperties)>,
    indexes: BTreeMap<String, IndexDefinition>,
}

impl Model {
    fn node(&self, at: usize) -> Option<NodeId> {
        self.nodes.keys().nth(at % self.nodes.len().max(1)).copied()
    }

    fn edge(&self, at: usize) -> Option<EdgeId> {
        self.edges.keys().nth(at % self.edges.len().max(1)).copied()
    }

    /// The elements an index has, with their values, in its order.
    fn indexed(&self, definition: &IndexDefinition) -> Vec<(Vec<Option<i64>>, u64)> {
        let nodes =
            self.nodes.iter().map(|(node, (_, labels, properties))| (false, node.0, labels.clone(), properties));
        let edges = self.edges.iter().map(|(edge, (label, _, _, properties))| (true, edge.0, vec![*label], properties));
        let mut found: Vec<_> = nodes
            .chain(edges)
            .filter(|(on_edge, _, labels, _)| *on_edge == definition.on_edge && labels.contains(&definition.label))
            .map(|(_, element, _, properties)| {
                let value = |key| match properties.get(key) {
                    Some(Value::Int(number)) => Some(*number),
                    _ => None,
                };
                (definition.properties.iter().map(value).collect::<Vec<_>>(), element)
            })
            .filter(|(values, _)| values[0].is_some())
            .collect();
        found.sort();
        found
    }

    fn has_duplicates(&self) -> bool {
        self.indexes.values().filter(|definition| definition.unique).any(|definition| {
            let found = self.indexed(definition);
            found.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].0.iter().all(Option::is_some))
        })
    }

    /// Takes over `next`, or sees that it was refused.
    fn follow<T: std::fmt::Debug>(&mut self, next: Model, result: Result<T, Error>) {
        if next.has_duplicates() {
            assert!(matches!(result, Err(Error::DuplicateKey { .. })), "{result:?}");
        } else {
            result.unwrap();
            *self = next;
        }
    }

    fn compare_indexes(&self, tx: &Transaction) {
        let indexes = tx.indexes(G).unwrap();
        let definitions: Vec<_> = indexes.iter().map(|index| &index.definition).collect();
        assert_eq!(definitions, self.indexes.values().collect::<Vec<_>>());
        for index in indexes.iter() {
            let expected = self.indexed(&index.definition);
            let scan = |equal: &[Value], bound: &IndexBound| -> Vec<u64> {
                tx.index_scan(G, index.id, equal, bound).unwrap().unwrap().map(Result::unwrap).collect()
            };
            let ids = |wanted: &dyn Fn(&[Option<i64>]) -> bool| -> Vec<u64> {
                expected.iter().filter(|(values, _)| wanted(values)).map(|(_, element)| *element).collect()
            };
            assert_eq!(scan(&[], &IndexBound::All), ids(&|_| true));
            for number in [-9, -2, 0, 3] {
                assert_eq!(scan(&[Value::Int(number)], &IndexBound::All), ids(&|values| values[0] == Some(number)));
                let between = IndexBound::Between(
                    Bound::Excluded(Value::Int(number)),
                    Bound::Included(Value::Float(number as f64 + 4.5)),
                );
                let inside = |value: Option<i64>| value.is_some_and(|value| value > number && value <= number + 4);
                assert_eq!(scan(&[], &between), ids(&|values| inside(values[0])));
                if index.definition.properties.len() == 2 {
                    let both = |values: &[Option<i64>]| values[0] == Some(number) && inside(values[1]);
                    assert_eq!(scan(&[Value::Int(number)], &between), ids(&both));
                }
            }
        }
    }

    /// Everything a transaction can be asked, compared.
    fn compare(&self, tx: &Transaction, keys: &[PropertyKey]) {
        assert_eq!(tx.node_count(G).unwrap(), self.nodes.len() as u64);
        assert_eq!(tx.edge_count(G).unwrap(), self.edges.len() as u64);
        self.compare_indexes(tx);
        let nodes: Vec<_> = tx.nodes(G, None).unwrap().map(Result::unwrap).collect();
        assert_eq!(nodes, self.nodes.keys().copied().collect::<Vec<_>>());
        let mut records = tx.node_records(G, None).unwrap();
        let (mut forward, mut back) = (tx.node_reader(G), tx.node_reader(G));
        for node in self.nodes.keys().rev() {
            assert!(back.go(*node).unwrap());
            assert_eq!(back.record().unwrap(), tx.node(G, *node).unwrap());
        }
        if let Some(last) = self.nodes.keys().last() {
            for node in (0..last.0 + 3).map(NodeId) {
                assert_eq!(forward.go(node).unwrap(), self.nodes.contains_key(&node));
                assert_eq!(forward.id().unwrap(), self.nodes.get(&node).map(|node| node.0.as_str()));
            }
        }
        let mut edges = tx.edge_reader(G);
        for (edge, (label, from, to, _)) in &self.edges {
            assert!(edges.go(*edge).unwrap());
            assert_eq!(edges.ends().unwrap(), Some((*label, *from, *to)));
        }
        for (node, (id, labels, properties)) in &self.nodes {
            let (found, record) = records.next().unwrap().unwrap();
            assert_eq!(found, *node);
            assert_eq!(&record, &tx.node(G, *node).unwrap().unwrap());
            assert_eq!((&record.id, &record.labels), (id, labels));
            assert_eq!(record.properties, properties.clone().into_iter().collect::<Vec<_>>());
            assert_eq!(tx.node_by_id(G, id).unwrap(), Some(*node));
            assert_eq!(tx.node_id(G, *node).unwrap().as_ref(), Some(id));
            assert_eq!(tx.node_labels_of(G, *node).unwrap().as_ref(), Some(labels));
            forward.go(*node).unwrap();
            for key in keys {
                assert_eq!(forward.property(*key).unwrap().as_ref(), properties.get(key));
                assert_eq!(tx.node_property(G, *node, *key).unwrap().as_ref(), properties.get(key));
            }
        }
        assert!(records.next().is_none());
        let edges: Vec<_> = tx.edges(G, None).unwrap().map(Result::unwrap).collect();
        let expected: Vec<_> =
            self.edges.iter().map(|(edge, (label, from, to, _))| (*edge, *label, *from, *to)).collect();
        assert_eq!(edges, expected);
        for (edge, record) in tx.edge_records(G, None).unwrap().map(Result::unwrap) {
            assert_eq!(record.properties, self.edges[&edge].3.clone().into_iter().collect::<Vec<_>>());
            assert_eq!(tx.edge_property(G, edge, keys[0]).unwrap().as_ref(), self.edges[&edge].3.get(&keys[0]));
        }
        for label in (0..4).map(LabelId) {
            let with: Vec<_> =
                self.nodes.iter().filter(|(_, node)| node.1.contains(&label)).map(|(node, _)| *node).collect();
            assert_eq!(tx.nodes(G, Some(label)).unwrap().map(Result::unwrap).collect::<Vec<_>>(), with);
            assert_eq!(tx.node_label_count(G, label).unwrap(), with.len() as u64);
            let with: Vec<_> = expected.iter().filter(|edge| edge.1 == label).copied().collect();
            assert_eq!(tx.edges(G, Some(label)).unwrap().map(Result::unwrap).collect::<Vec<_>>(), with);
            assert_eq!(tx.edge_label_count(G, label).unwrap(), with.len() as u64);
        }
        self.compare_adjacency(tx, &expected);
    }

    fn compare_adjacency(&self, tx: &Transaction, edges: &[(EdgeId, LabelId, NodeId, NodeId)]) {
        let mut adjacency = tx.adjacency(G).unwrap();
        for node in self.nodes.keys() {
            for direction in [Direction::Out, Direction::In, Direction::Both] {
                let at = |edge: &&(EdgeId, LabelId, NodeId, NodeId)| {
                    (direction != Direction::In && edge.2 == *node) || (direction != Direction::Out && edge.3 == *node)
                };
                let mut expected: Vec<EdgeId> = edges.iter().filter(at).map(|edge| edge.0).collect();
                let mut found = vec![];
                adjacency.expand(*node, direction, None, &mut found).unwrap();
                assert_eq!(adjacency.degree(*node, direction, None).unwrap(), expected.len() as u64);
                let mut between = vec![];
                for other in self.nodes.keys() {
                    adjacency.between(*node, *other, direction, None, &mut between).unwrap();
                }
                let mut by_label = vec![];
                for label in (0..4).map(LabelId) {
                    adjacency.expand(*node, direction, Some(label), &mut by_label).unwrap();
                }
                for mut found in [found, between, by_label] {
                    let mut found: Vec<EdgeId> = found.drain(..).map(|adjacent| adjacent.edge).collect();
                    found.sort();
                    expected.sort();
                    assert_eq!(found, expected);
                }
            }
        }
        let mut out: Vec<_> = edges.iter().map(|edge| (edge.2, edge.1, edge.3, edge.0)).collect();
        out.sort();
        let range = tx.node_range(G).unwrap();
        let found: Vec<_> = tx
            .out_edges_scan(G, range)
            .unwrap()
            .map(|edge| edge.map(|edge| (edge.from, edge.label, edge.to, edge.edge)).unwrap())
            .collect();
        assert_eq!(found, out);
    }
}

fn set(properties: &mut ModelProperties, key: PropertyKey, value: Option<Value>) {
    match value {
        Some(value) => drop(properties.insert(key, value)),
        None => drop(properties.remove(&key)),
    }
}

struct Run {
    store: TestStore,
    tx: Option<Transaction>,
    now: Model,
    committed: Model,
    saved: Vec<Model>,
    /// What was seen, and how it was then.
    views: Vec<(Transaction, Model)>,
    keys: Vec<PropertyKey>,
    loads: usize,
}

impl Run {
    fn new() -> Run {
        let store = new_store();
        for name in ["A", "B", "C", "D"] {
            label(&store, name);
        }
        let keys = ["x", "y", "z", "emb"].map(|name| key(&store, name)).to_vec();
        let tx = Some(write(&store));
        Run {
            store,
            tx,
            now: Model::default(),
            committed: Model::default(),
            saved: vec![],
            views: vec![],
            keys,
            loads: 0,
        }
    }

    fn store(&self) -> Store {
        Store::clone(&self.store)
    }

    fn begin(&mut self) {
        self.saved.clear();
        self.now = self.committed.clone();
        self.tx = Some(self.store().begin(Access::Write).unwrap());
    }

    fn commit(&mut self) {
        self.tx.take().unwrap().commit().unwrap();
        self.committed = self.now.clone();
        assert_eq!(self.store().check().unwrap().problems, Vec::<String>::new());
        self.begin();
    }

    /// Whatever has happened since, views are as they were.
    fn compare_views(&mut self) {
        for (view, then) in std::mem::take(&mut self.views) {
            then.compare(&view, &self.keys);
            assert!(matches!(view.insert_node(G, "new", &[], vec![]), Err(Error::ReadOnly(_))));
        }
    }

    fn step(&mut self, op: Op) {
        let tx = self.tx.clone().unwrap();
        let labels = |labels: &[u8]| {
            let mut labels: Vec<_> = labels.iter().map(|label| LabelId(u32::from(*label))).collect();
            labels.sort();
            labels.dedup();
            labels
        };
        let (emb, now) = (self.keys[3], &mut self.now);
        match op {
            Op::InsertNode { id, labels: raw, age } => {
                let id = format!("id{id}");
                let mut properties = ModelProperties::new();
                set(&mut properties, self.keys[0], age.map(Value::Int));
                if raw.len() == 2 {
                    set(&mut properties, emb, Some(vector(&[1.5])));
                }
                let raw_labels: Vec<_> = raw.iter().map(|label| LabelId(u32::from(*label))).collect();
                let inserted = tx.insert_node(G, &id, &raw_labels, properties.clone().into_iter().collect());
                if now.nodes.values().any(|node| node.0 == id) {
                    assert!(matches!(inserted, Err(Error::DuplicateId { .. })));
                } else {
                    let mut next = now.clone();
                    let number = inserted.as_ref().copied().unwrap_or(NodeId(u64::MAX));
                    next.nodes.insert(number, (id, labels(&raw), properties));
                    now.follow(next, inserted);
                }
            }
            Op::DeleteNode(at) => {
                let Some(node) = now.node(at) else { return };
                let deleted = tx.delete_node(G, node);
                if now.edges.values().any(|edge| edge.1 == node || edge.2 == node) {
                    assert!(matches!(deleted, Err(Error::EdgesExist { .. })));
                } else {
                    deleted.unwrap();
                    now.nodes.remove(&node);
                }
            }
            Op::InsertEdge { from, to, label } => {
                let (Some(from), Some(to)) = (now.node(from), now.node(to)) else { return };
                let label = LabelId(u32::from(label));
                let edge = tx.insert_edge(G, label, from, to, vec![]).unwrap();
                now.edges.insert(edge, (label, from, to, ModelProperties::new()));
            }
            Op::DeleteEdge(at) => {
                let Some(edge) = now.edge(at) else { return };
                tx.delete_edge(G, edge).unwrap();
                now.edges.remove(&edge);
            }
            Op::SetNode { node, key, value } => {
                let Some(node) = now.node(node) else { return };
                let (key, value) = (self.keys[usize::from(key)], value.map(Value::Int));
                let mut next = now.clone();
                set(&mut next.nodes.get_mut(&node).unwrap().2, key, value.clone());
                now.follow(next, tx.set_node_property(G, node, key, value));
            }
            Op::SetVector { node, value } => {
                let Some(node) = now.node(node) else { return };
                let value =
                    value.map(|number| if number % 2 == 0 { vector(&[f32::from(number)]) } else { Value::Int(7) });
                tx.set_node_property(G, node, emb, value.clone()).unwrap();
                set(&mut now.nodes.get_mut(&node).unwrap().2, emb, value);
            }
            Op::ReplaceNode { node, key, value } => {
                let Some(node) = now.node(node) else { return };
                let mut properties = ModelProperties::from([(self.keys[usize::from(key)], Value::Int(value))]);
                if value % 2 == 0 {
                    properties.insert(emb, vector(&[2.5]));
                }
                let mut next = now.clone();
                next.nodes.get_mut(&node).unwrap().2 = properties.clone();
                now.follow(next, tx.replace_node_properties(G, node, properties.into_iter().collect()));
            }
            Op::SetLabels { node, labels: raw } => {
                let Some(node) = now.node(node) else { return };
                let new = labels(&raw);
                let mut next = now.clone();
                next.nodes.get_mut(&node).unwrap().1 = new.clone();
                now.follow(next, tx.set_node_labels(G, node, &new));
            }
            Op::SetEdge { edge, value } => {
                let Some(edge) = now.edge(edge) else { return };
                let value = value.map(Value::Int);
                let mut next = now.clone();
                set(&mut next.edges.get_mut(&edge).unwrap().3, self.keys[0], value.clone());
                now.follow(next, tx.set_edge_property(G, edge, self.keys[0], value));
            }
            Op::WriteSet { nodes, number, inside } => {
                if !inside {
                    drop(tx);
                    self.commit();
                }
                // A set is filled from what is committed.
                let base = self.committed.clone();
                let nodes: Vec<_> = nodes.into_iter().filter_map(|at| base.node(at)).collect();
                let mut writer = self.store().begin_vector_set(G, "emb").unwrap();
                for node in &nodes {
                    writer.put(*node, &[f32::from(number); 2]).unwrap();
                }
                writer.finish(inside.then(|| self.tx.as_ref().unwrap())).unwrap();
                for node in nodes {
                    if let Some(node) = self.now.nodes.get_mut(&node) {
                        set(&mut node.2, emb, Some(vector(&[f32::from(number); 2])));
                    }
                }
                if !inside {
                    self.committed = self.now.clone();
                    self.begin();
                }
            }
            Op::Load { nodes, edges } => {
                drop(tx);
                self.commit();
                self.tx = None;
                self.loads += 1;
                let before = self.now.clone();
                let mut load = self.store().bulk_load(G).unwrap();
                for number in 0..nodes {
                    let id = format!("load{}-{number}", self.loads);
                    let label = LabelId(u32::from(number % 3));
                    let node = load.node(&id, &[label], vec![(self.keys[1], Value::Int(1))]).unwrap();
                    self.now.nodes.insert(node, (id, vec![label], [(self.keys[1], Value::Int(1))].into()));
                }
                for number in 0..usize::from(edges) {
                    let ends = (self.now.node(number * 7), self.now.node(number * 13 + 1));
                    let (Some(from), Some(to)) = ends else { continue };
                    let label = LabelId(number as u32 % 2);
                    let name = |node| self.now.nodes[node].0.as_str();
                    let edge = load.edge(label, name(&from), name(&to), vec![]).unwrap();
                    self.now.edges.insert(edge, (label, from, to, ModelProperties::new()));
                }
                let loaded = std::mem::replace(&mut self.now, before);
                self.now.follow(loaded, load.finish());
                self.committed = self.now.clone();
                self.begin();
            }
            Op::CreateIndex { name, on_edge, label, properties, unique } => {
                let definition = IndexDefinition {
                    name: format!("index{name}"),
                    on_edge,
                    label: LabelId(u32::from(label)),
                    properties: properties.into_iter().map(|at| self.keys[at]).collect(),
                    unique,
                    vector: None,
                    text: None,
                };
                let created = tx.create_index(G, definition.clone());
                if now.indexes.contains_key(&definition.name) {
                    assert!(matches!(created, Err(Error::IndexExists { .. })));
                } else {
                    let mut next = now.clone();
                    next.indexes.insert(definition.name.clone(), definition);
                    now.follow(next, created);
                }
            }
            Op::DropIndex(name) => {
                let name = format!("index{name}");
                let dropped = tx.drop_index(G, &name);
                match now.indexes.remove(&name) {
                    Some(_) => dropped.unwrap(),
                    None => assert!(matches!(dropped, Err(Error::UnknownIndex { .. }))),
                }
            }
            Op::View => {
                if self.views.len() > 2 {
                    self.compare_views();
                }
                self.views.push((tx.view(), self.now.clone()));
            }
            Op::Savepoint => {
                tx.savepoint();
                self.saved.push(self.now.clone());
            }
            Op::RollbackToSavepoint => match self.saved.pop() {
                Some(saved) => {
                    tx.rollback_to_savepoint().unwrap();
                    self.now = saved;
                }
                None => assert!(matches!(tx.rollback_to_savepoint(), Err(Error::NoSavepoint))),
            },
            Op::Release => match self.saved.pop() {
                Some(_) => tx.release_savepoint().unwrap(),
                None => assert!(matches!(tx.release_savepoint(), Err(Error::NoSavepoint))),
            },
            Op::Commit => {
                drop(tx);
                self.commit();
            }
            Op::Rollback => {
                tx.rollback().unwrap();
                self.begin();
            }
            Op::Reopen => {
                self.compare_views();
                drop((tx, self.tx.take()));
                self.store.reopen();
                self.begin();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_as_the_model(ops in prop::collection::vec(op(), 1..120)) {
        let mut run = Run::new();
        for op in ops {
            let compare = matches!(op, Op::Commit | Op::Rollback | Op::Reopen | Op::WriteSet { .. } | Op::RollbackToSavepoint | Op::Load { .. });
            run.step(op);
            if compare {
                run.now.compare(run.tx.as_ref().unwrap(), &run.keys);
                run.committed.compare(&run.store().begin(Access::Read).unwrap(), &run.keys);
            }
        }
        run.now.compare(run.tx.as_ref().unwrap(), &run.keys);
        run.commit();
        run.compare_views();
        run.now.compare(run.tx.as_ref().unwrap(), &run.keys);
    }
}
