//! Full-text searches find what an oracle finds that reads all texts for each query, with the same scores: after random changes,
//! within transactions and after rollbacks, on disk and in memory.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wenddb::{Database, Session, params};

use crate::common::cases;

const WORDS: [&str; 5] = ["alpha", "beta", "gamma", "alphabet", "be"];

/// A query as a tree.
#[derive(Clone, Debug)]
enum Query {
    Word(&'static str),
    In(&'static str, &'static str),
    Phrase(&'static str, &'static str),
    Prefix(&'static str),
    /// One that differs by at most one letter.
    Nearly(&'static str),
    And(Box<Query>, Box<Query>),
    Or(Box<Query>, Box<Query>),
    Without(Box<Query>, Box<Query>),
    Boost(Box<Query>, u8),
}

fn query() -> impl Strategy<Value = Query> {
    let word = || prop::sample::select(WORDS.to_vec());
    let leaf = prop_oneof![
        4 => word().prop_map(Query::Word),
        1 => (prop::sample::select(vec!["x", "y"]), word()).prop_map(|(field, word)| Query::In(field, word)),
        2 => (word(), word()).prop_map(|(one, other)| Query::Phrase(one, other)),
        1 => prop::sample::select(vec!["al", "alphab", "be", "z"]).prop_map(Query::Prefix),
        1 => prop::sample::select(vec!["alpah", "bet", "gama", "zzz"]).prop_map(Query::Nearly),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            two().prop_map(|(a, b)| Query::And(a.into(), b.into())),
            two().prop_map(|(a, b)| Query::Or(a.into(), b.into())),
            two().prop_map(|(a, b)| Query::Without(a.into(), b.into())),
            (inner.clone(), 1..5u8).prop_map(|(a, boost)| Query::Boost(a.into(), boost)),
        ]
    })
}

impl Query {
    fn text(&self) -> String {
        match self {
            Query::Word(word) => (*word).to_owned(),
            Query::In(field, word) => format!("{field}:{word}"),
            Query::Phrase(one, other) => format!("\"{one} {other}\""),
            Query::Prefix(begins) => format!("{begins}*"),
            Query::Nearly(word) => format!("{word}~1"),
            Query::And(a, b) => format!("(({}) AND ({}))", a.text(), b.text()),
            Query::Or(a, b) => format!("(({}) ({}))", a.text(), b.text()),
            Query::Without(a, b) => format!("(+({}) -({}))", a.text(), b.text()),
            Query::Boost(a, boost) => format!("({})^{boost}", a.text()),
        }
    }
}

/// The texts by node: the words of each field.
struct Oracle {
    documents: BTreeMap<String, [Vec<String>; 2]>,
}

impl Oracle {
    fn of(session: &mut Session) -> Oracle {
        let mut documents = BTreeMap::new();
        let rows = session.execute("MATCH (n:T) RETURN n._id AS id, n.x AS x, n.y AS y", params! {}).unwrap();
        for row in rows {
            let row = row.unwrap();
            let words = |name: &str| -> Vec<String> {
                let text: Option<String> = row.get(name).unwrap();
                text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
            };
            let id: String = row.get("id").unwrap();
            documents.insert(id, [words("x"), words("y")]);
        }
        Oracle { documents }
    }

    /// The score of something that is in the documents so often, each with an idf of its own.
    fn score(&self, id: &str, field: usize, words: &[String]) -> Option<f64> {
        let count = |document: &[Vec<String>; 2]| {
            document[field].windows(words.len()).filter(|window| *window == words).count() as f64
        };
        let own = &self.documents[id];
        if count(own) == 0.0 {
            return None;
        }
        let with_field: Vec<_> = self.documents.values().filter(|document| !document[field].is_empty()).collect();
        let all = with_field.len() as f64;
        let average = with_field.iter().map(|document| document[field].len()).sum::<usize>() as f64 / all;
        let idf = |word: &String| {
            let with = with_field.iter().filter(|document| document[field].contains(word)).count() as f64;
            (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
        };
        let idf: f64 = words.iter().map(idf).sum();
        let length = own[field].len() as f64;
        Some(idf * count(own) / (count(own) + 1.2 * (0.25 + 0.75 * length / average)))
    }

    fn any(parts: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
        parts.into_iter().flatten().reduce(|a, b| a + b)
    }

    fn of_fields(&self, id: &str, words: &[&str]) -> Option<f64> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Self::any([0, 1].map(|field| self.score(id, field, &words)))
    }

    fn find(&self, id: &str, query: &Query) -> Option<f64> {
        match query {
            Query::Word(word) => self.of_fields(id, &[word]),
            Query::In(field, word) => self.score(id, usize::from(*field == "y"), &[(*word).to_owned()]),
            Query::Phrase(one, other) => self.of_fields(id, &[one, other]),
            Query::Prefix(begins) => {
                let has = |words: &Vec<String>| words.iter().any(|word| word.starts_with(begins)).then_some(1.0);
                Self::any(self.documents[id].iter().map(has))
            }
            Query::Nearly(word) => {
                // The two words that one letter makes of each other here.
                let near = match *word {
                    "alpah" => "alpha",
                    "bet" => return Self::any([self.nearly(id, "beta", 1.0 / 3.0), self.nearly(id, "be", 0.5)]),
                    "gama" => "gamma",
                    _ => return None,
                };
                self.nearly(id, near, 1.0 / word.len() as f64)
            }
            Query::And(a, b) => Some(self.find(id, a)? + self.find(id, b)?),
            Query::Or(a, b) => Self::any([self.find(id, a), self.find(id, b)]),
            Query::Without(a, b) => self.find(id, a).filter(|_| self.find(id, b).is_none()),
            Query::Boost(a, boost) => self.find(id, a).map(|score| score * f64::from(*boost)),
        }
    }

    fn nearly(&self, id: &str, word: &str, less: f64) -> Option<f64> {
        self.of_fields(id, &[word]).map(|score| score * (1.0 - less))
    }
}

/// What a search finds, with the numbers in which the nodes were inserted.
fn found(session: &mut Session, query: &str) -> Vec<(String, i64, f64)> {
    let call = "CALL db.index.fulltext.queryNodes('t', $q) YIELD node, score RETURN node._id AS id, node.i AS i, score";
    let rows = session.execute(call, params! {"q" => query}).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        (row.get("id").unwrap(), row.get("i").unwrap(), row.get("score").unwrap())
    })
    .collect()
}

fn compare(session: &mut Session, queries: &[Query]) {
    let oracle = Oracle::of(session);
    for query in queries {
        let text = query.text();
        let hits = found(session, &text);
        for pair in hits.windows(2) {
            assert!(pair[0].2 > pair[1].2 || pair[0].2 == pair[1].2 && pair[0].1 < pair[1].1, "{text}: {hits:?}");
        }
        let hits: BTreeMap<String, f64> = hits.into_iter().map(|(id, _, score)| (id, score)).collect();
        let wanted: BTreeMap<String, f64> =
            oracle.documents.keys().filter_map(|id| Some((id.clone(), oracle.find(id, query)?))).collect();
        assert_eq!(hits.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{text}");
        for (id, score) in &wanted {
            assert!((hits[id] - score).abs() <= 1e-9 * score.max(1.0), "{text}: {id} has {} and not {score}", hits[id]);
        }
        let first = "MATCH (n:T) SEARCH n IN (FULLTEXT INDEX t FOR $q WHERE n.i % 2 = 0 LIMIT 3) RETURN n._id AS id";
        let some = session.execute(first, params! {"q" => text.as_str()}).unwrap().map(|row| row.unwrap().get("id"));
        let some: Vec<String> = some.collect::<Result<_, _>>().unwrap();
        let even = found(session, &text).into_iter().filter(|(_, i, _)| i % 2 == 0).take(3);
        assert_eq!(some, even.map(|(id, ..)| id).collect::<Vec<_>>(), "{text}");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<&'static str>, Vec<&'static str>),
    Set(u8, bool, Vec<&'static str>),
    Delete(u8),
    Label(u8, bool),
    Begin,
    End(bool),
    Compare(Vec<Query>),
}

fn step() -> impl Strategy<Value = Step> {
    let words = || prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..6);
    prop_oneof![
        8 => (words(), words()).prop_map(|(x, y)| Step::Insert(x, y)),
        4 => (any::<u8>(), any::<bool>(), words()).prop_map(|(at, x, words)| Step::Set(at, x, words)),
        2 => any::<u8>().prop_map(Step::Delete),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(at, on)| Step::Label(at, on)),
        1 => Just(Step::Begin),
        2 => any::<bool>().prop_map(Step::End),
        2 => prop::collection::vec(query(), 1..4).prop_map(Step::Compare),
    ]
}

fn run(session: &mut Session, steps: Vec<Step>, last: &[Query]) {
    let create = "CREATE FULLTEXT INDEX t FOR (n:T) ON EACH [n.x, n.y]";
    session.execute(create, params! {}).unwrap();
    let (mut inserted, mut open) = (0i64, false);
    for step in steps {
        let id = |at: u8| format!("n{}", i64::from(at) % inserted.max(1));
        let mut change = |text: &str, params| {
            session.execute(text, params).unwrap().for_each(drop);
        };
        match step {
            Step::Insert(x, y) => {
                let insert = "INSERT (:T {_id: 'n' || CAST($i AS STRING), i: $i, x: $x, y: $y})";
                change(insert, params! {"i" => inserted, "x" => x.join(" "), "y" => y.join(" ")});
                inserted += 1;
            }
            Step::Set(at, true, words) => {
                change("MATCH (n {_id: $id}) SET n.x = $t", params! {"id" => id(at), "t" => words.join(" ")});
            }
            Step::Set(at, false, _) => change("MATCH (n {_id: $id}) REMOVE n.y", params! {"id" => id(at)}),
            Step::Delete(at) => change("MATCH (n {_id: $id}) DELETE n", params! {"id" => id(at)}),
            Step::Label(at, true) => change("MATCH (n {_id: $id}) SET n:T", params! {"id" => id(at)}),
            Step::Label(at, false) => change("MATCH (n {_id: $id}) REMOVE n:T", params! {"id" => id(at)}),
            Step::Begin if !open => {
                change("START TRANSACTION", params! {});
                open = true;
            }
            Step::End(commit) if open => {
                change(if commit { "COMMIT" } else { "ROLLBACK" }, params! {});
                open = false;
            }
            Step::Begin | Step::End(_) => {}
            Step::Compare(queries) => compare(session, &queries),
        }
    }
    if open {
        session.execute("ROLLBACK", params! {}).unwrap();
    }
    compare(session, last);
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn searches_find_what_an_oracle_finds(
        steps in prop::collection::vec(step(), 1..40),
        last in prop::collection::vec(query(), 1..6),
        on_disk in prop::bool::weighted(0.2),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let database = match on_disk {
            true => Database::open(directory.path().join("db")).unwrap(),
            false => Database::in_memory().unwrap(),
        };
        run(&mut database.session(), steps, &last);
        prop_assert_eq!(database.check().unwrap().problems, Vec::<String>::new());
    }
}

/// Lists that are long enough to be in blocks, by commits of one and of many documents.
#[test]
fn long_lists_are_whole() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    session.execute("CREATE FULLTEXT INDEX t FOR (n:T) ON EACH [n.x, n.y]", params! {}).unwrap();
    let queries = [Query::Word("alpha"), Query::And(Query::Word("beta").into(), Query::Word("gamma").into())];
    for (first, count) in [(0, 1000), (1000, 1), (1001, 1), (1002, 3000), (4002, 7)] {
        let insert = "FOR i IN RANGE($first, $last) INSERT (:T {_id: CAST(i AS STRING), i: i,
            x: CASE WHEN i % 3 = 0 THEN 'alpha beta' WHEN i % 3 = 1 THEN 'gamma beta' ELSE 'alpha' END})";
        session.execute(insert, params! {"first" => first, "last" => first + count - 1}).unwrap();
        compare(&mut session, &queries);
    }
    session.execute("MATCH (n:T) WHERE n.i % 5 = 0 SET n.x = 'beta gamma'", params! {}).unwrap();
    compare(&mut session, &queries);
    session.execute("MATCH (n:T) WHERE n.i % 7 < 4 DELETE n", params! {}).unwrap();
    compare(&mut session, &queries);
    assert_eq!(database.check().unwrap().problems, Vec::<String>::new());
}
