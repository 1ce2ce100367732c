//! Indexes on texts: their lists are those of the texts, in every snapshot and within each transaction.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use wend_storage::{
    Access, Analyzer, Error, IndexDefinition, NodeId, Store, TextList, TextSpace, TextTotals, Transaction, Value,
};

/// By word and field: the nodes with how many words the field has and where the word is.
type All = BTreeMap<(String, u16), BTreeMap<u64, (u32, Vec<u32>)>>;

fn definition(store: &Store) -> IndexDefinition {
    let (a, b) = (label(store, "A"), label(store, "B"));
    // The second property has the lower number.
    key(store, "y");
    IndexDefinition {
        name: "t".into(),
        on_edge: false,
        label: b,
        properties: vec![key(store, "x"), key(store, "y")],
        unique: false,
        vector: None,
        text: Some(TextSpace { labels: vec![b, a], analyzer: Analyzer::default() }),
    }
}

/// What the index has.
fn stored(tx: &Transaction) -> (All, Vec<TextTotals>) {
    let indexes = tx.indexes(G).unwrap();
    let index = indexes.iter().find(|index| index.definition.name == "t").unwrap();
    let mut all = All::new();
    tx.text_lists(index, "", |list| {
        let mut postings = BTreeMap::new();
        tx.text_postings(index, &list, |posting| {
            let value = (posting.words, posting.positions());
            assert!(postings.insert(posting.element, value).is_none(), "twice in a list");
            Ok::<(), Error>(())
        })?;
        if !postings.is_empty() {
            assert!(all.insert((list.word, list.field), postings).is_none(), "a list twice");
        }
        Ok::<(), Error>(())
    })
    .unwrap();
    (all, [0, 1].map(|field| tx.text_totals(index, field).unwrap()).to_vec())
}

/// The same from the texts.
fn expected(tx: &Transaction, store: &Store) -> (All, Vec<TextTotals>) {
    let labels = [label(store, "A"), label(store, "B")];
    let (mut all, mut totals) = (All::new(), vec![TextTotals::default(); 2]);
    for node in tx.nodes(G, None).unwrap() {
        let node = node.unwrap();
        if !tx.node_labels_of(G, node).unwrap().unwrap().iter().any(|label| labels.contains(label)) {
            continue;
        }
        for (field, name) in [(0u16, "x"), (1, "y")] {
            let texts = match tx.node_property(G, node, key(store, name)).unwrap() {
                Some(Value::String(text)) => vec![text],
                Some(Value::List(items)) => items
                    .into_iter()
                    .map(|item| match item {
                        Some(Value::String(text)) => Some(text),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>()
                    .unwrap_or_default(),
                _ => Vec::new(),
            };
            let mut positions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            let (mut at, mut words) = (0u32, 0u32);
            for text in texts {
                for word in text.split_whitespace() {
                    positions.entry(word.to_lowercase()).or_default().push(at);
                    at += 1;
                    words += 1;
                }
                at += 100;
            }
            if words > 0 {
                let totals = &mut totals[usize::from(field)];
                *totals = TextTotals { documents: totals.documents + 1, words: totals.words + u64::from(words) };
            }
            for (word, positions) in positions {
                all.entry((word, field)).or_default().insert(node.0, (words, positions));
            }
        }
    }
    (all, totals)
}

fn check(tx: &Transaction, store: &Store) {
    assert_eq!(stored(tx), expected(tx, store));
}

#[derive(Clone, Debug)]
enum Op {
    Insert(Vec<&'static str>, Option<Value>),
    /// Of a node, by its number among those there are: the property `x` or `y`.
    Set(usize, bool, Option<Value>),
    Labels(usize, Vec<&'static str>),
    Delete(usize),
    Many(usize),
    Savepoint,
    Back,
    Commit,
    Rollback,
}

fn text() -> impl Strategy<Value = Value> {
    let words = prop::collection::vec(prop::sample::select(vec!["alpha", "Beta", "gamma", "be", "δελτα"]), 0..5);
    let text = words.prop_map(|words| words.join(" "));
    prop_oneof![
        6 => text.clone().prop_map(Value::String),
        1 => prop::collection::vec(text.prop_map(|text| Some(Value::String(text))), 0..3).prop_map(Value::List),
        1 => Just(Value::Int(1)),
        1 => Just(Value::List(vec![Some(Value::String("alpha".into())), None])),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let labels = prop::sample::subsequence(vec!["A", "B", "C"], 0..3);
    prop_oneof![
        6 => (labels.clone(), prop::option::of(text())).prop_map(|(labels, x)| Op::Insert(labels, x)),
        6 => (any::<usize>(), any::<bool>(), prop::option::of(text())).prop_map(|(at, x, value)| Op::Set(at, x, value)),
        2 => (any::<usize>(), labels).prop_map(|(at, labels)| Op::Labels(at, labels)),
        3 => any::<usize>().prop_map(Op::Delete),
        1 => (1usize..100).prop_map(Op::Many),
        1 => Just(Op::Savepoint),
        1 => Just(Op::Back),
        3 => Just(Op::Commit),
        1 => Just(Op::Rollback),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn lists_follow_every_change(ops in prop::collection::vec(op(), 1..60), created_after in 0usize..20) {
        let test = new_store();
        let store: &Store = &test;
        let mut tx = store.begin(Access::Write).unwrap();
        let mut created = false;
        let mut savepoints = 0;
        let mut old: Vec<(Transaction, (All, Vec<TextTotals>))> = Vec::new();
        for (step, op) in ops.into_iter().enumerate() {
            if !created && step >= created_after && savepoints == 0 {
                tx.create_text_index(G, definition(store)).unwrap();
                tx.commit().unwrap();
                created = true;
                tx = store.begin(Access::Write).unwrap();
            }
            let nodes: Vec<NodeId> = tx.nodes(G, None).unwrap().map(Result::unwrap).collect();
            let node = |at: usize| (!nodes.is_empty()).then(|| nodes[at % nodes.len()]);
            let labels = |names: &[&str]| names.iter().map(|name| label(store, name)).collect::<Vec<_>>();
            match op {
                Op::Insert(names, x) => {
                    let properties = x.map(|x| (key(store, "x"), x)).into_iter().collect();
                    tx.insert_node(G, &format!("n{step}"), &labels(&names), properties).unwrap();
                }
                Op::Set(at, x, value) => {
                    if let Some(node) = node(at) {
                        tx.set_node_property(G, node, key(store, if x { "x" } else { "y" }), value).unwrap();
                    }
                }
                Op::Labels(at, names) => {
                    if let Some(node) = node(at) {
                        tx.set_node_labels(G, node, &labels(&names)).unwrap();
                    }
                }
                Op::Delete(at) => {
                    if let Some(node) = node(at) {
                        tx.delete_node(G, node).unwrap();
                    }
                }
                Op::Many(count) => {
                    for number in 0..count {
                        let text = Value::String("alpha beta".into());
                        let properties = vec![(key(store, "y"), text)];
                        tx.insert_node(G, &format!("m{step}-{number}"), &labels(&["A"]), properties).unwrap();
                    }
                }
                Op::Savepoint => {
                    tx.savepoint();
                    savepoints += 1;
                }
                Op::Back if savepoints > 0 => {
                    tx.rollback_to_savepoint().unwrap();
                    savepoints -= 1;
                }
                Op::Back => {}
                Op::Commit => {
                    if created {
                        check(&tx, store);
                    }
                    tx.commit().unwrap();
                    savepoints = 0;
                    tx = store.begin(Access::Write).unwrap();
                    if created {
                        let reader = store.begin(Access::Read).unwrap();
                        let now = stored(&reader);
                        old.push((reader, now));
                    }
                }
                Op::Rollback => {
                    tx.rollback().unwrap();
                    savepoints = 0;
                    tx = store.begin(Access::Write).unwrap();
                }
            }
            if created {
                check(&tx, store);
                check(&tx.view(), store);
            }
        }
        tx.commit().unwrap();
        for (reader, then) in &old {
            prop_assert_eq!(&stored(reader), then);
        }
        prop_assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
    }
}

#[test]
fn an_index_follows_a_bulk_load() {
    let test = new_store();
    let store: &Store = &test;
    let x = key(store, "x");
    let insert = |tx: &Transaction, id: &str, text: &str| {
        tx.insert_node(G, id, &[label(store, "A")], vec![(x, Value::String(text.into()))]).unwrap()
    };
    let tx = store.begin(Access::Write).unwrap();
    for number in 0..300 {
        insert(&tx, &format!("a{number}"), &format!("alpha {number}"));
    }
    tx.create_text_index(G, definition(store)).unwrap();
    for number in 0..300 {
        insert(&tx, &format!("b{number}"), "alpha beta");
    }
    tx.commit().unwrap();
    let mut load = store.bulk_load(G).unwrap();
    for number in 0..1000 {
        let text = Value::String(format!("alpha gamma {number}"));
        load.node(&format!("c{number}"), &[label(store, "B")], vec![(x, text)]).unwrap();
    }
    load.finish().unwrap();
    let tx = store.begin(Access::Write).unwrap();
    check(&tx, store);
    for id in ["a7", "b7", "c7", "c299"] {
        let node = tx.node_by_id(G, id).unwrap().unwrap();
        tx.set_node_property(G, node, x, Some(Value::String("alpha".into()))).unwrap();
    }
    check(&tx, store);
    tx.commit().unwrap();
    let tx = store.begin(Access::Read).unwrap();
    check(&tx, store);
    let indexes = tx.indexes(G).unwrap();
    let totals = tx.text_totals(&indexes[0], 0).unwrap();
    assert_eq!(totals, TextTotals { documents: 1600, words: 299 * 2 + 299 * 2 + 998 * 3 + 4 });
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

/// Two transactions that add the same word do not stand in each other's way, and no posting is lost.
#[test]
fn a_word_is_no_conflict() {
    let test = new_store();
    let store: &Store = &test;
    let x = key(store, "x");
    let tx = store.begin(Access::Write).unwrap();
    tx.create_text_index(G, definition(store)).unwrap();
    tx.commit().unwrap();
    for round in 0..100 {
        let both = [0, 1].map(|_| store.begin(Access::Write).unwrap());
        for (number, tx) in both.iter().enumerate() {
            let text = vec![(x, Value::String("alpha".into()))];
            tx.insert_node(G, &format!("{round}-{number}"), &[label(store, "A")], text).unwrap();
        }
        both.iter().for_each(|tx| tx.commit().unwrap());
    }
    let tx = store.begin(Access::Read).unwrap();
    check(&tx, store);
    let list = TextList { word: "alpha".into(), field: 0 };
    let mut count = 0;
    tx.text_postings(&tx.indexes(G).unwrap()[0], &list, |_| {
        count += 1;
        Ok::<(), Error>(())
    })
    .unwrap();
    assert_eq!(count, 200);
    // A deletion that began before postings went into blocks takes its own out of them.
    let late = store.begin(Access::Write).unwrap();
    let node = late.node_by_id(G, "99-1").unwrap().unwrap();
    late.delete_node(G, node).unwrap();
    let tx = store.begin(Access::Write).unwrap();
    for number in 0..200 {
        let text = vec![(x, Value::String("alpha".into()))];
        tx.insert_node(G, &format!("late-{number}"), &[label(store, "A")], text).unwrap();
    }
    tx.commit().unwrap();
    late.commit().unwrap();
    check(&store.begin(Access::Read).unwrap(), store);
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}

#[test]
fn what_goes_with_a_graph_and_an_index() {
    let test = new_store();
    let store: &Store = &test;
    let tx = store.begin(Access::Write).unwrap();
    let text = vec![(key(store, "x"), Value::String("alpha".into()))];
    tx.insert_node(G, "a", &[label(store, "A")], text).unwrap();
    tx.create_text_index(G, definition(store)).unwrap();
    assert!(matches!(tx.create_text_index(G, definition(store)), Err(Error::IndexExists { .. })));
    tx.commit().unwrap();
    let tx = store.begin(Access::Write).unwrap();
    let node = tx.node_by_id(G, "a").unwrap().unwrap();
    tx.set_node_property(G, node, key(store, "x"), Some(Value::String("beta".into()))).unwrap();
    tx.drop_index(G, "t").unwrap();
    tx.create_text_index(G, definition(store)).unwrap();
    check(&tx, store);
    tx.commit().unwrap();
    check(&store.begin(Access::Read).unwrap(), store);
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
    let tx = store.begin(Access::Write).unwrap();
    tx.drop_graph(G).unwrap();
    tx.commit().unwrap();
    assert_eq!(store.check().unwrap().problems, Vec::<String>::new());
}
