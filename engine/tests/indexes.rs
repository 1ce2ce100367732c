//! An index changes how rows are found and never which: random data and random conditions, with and without indexes.

use proptest::prelude::*;
use wenddb::{Database, Session};

/// Values that are stored and compared with; many are equal, some across types.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (-4..5i64).prop_map(|number| number.to_string()),
        2 => (-4..5i64).prop_map(|number| format!("{number}.0")),
        1 => (-4..5i64).prop_map(|number| format!("{number}.5")),
        3 => "[ab]{0,3}".prop_map(|text| format!("'{text}'")),
        1 => any::<bool>().prop_map(|value| value.to_string()),
        1 => (1..4u8).prop_map(|day| format!("DATE '2024-01-0{day}'")),
        1 => (0..3u8).prop_map(|hour| format!("ZONED_DATETIME('2024-01-01T0{hour}:00:00+0{hour}:00')")),
        1 => (0..3u8).prop_map(|days| format!("DURATION 'P{days}D'")),
        1 => Just("NULL".to_owned()),
        1 => Just("[1, 2]".to_owned()),
        1 => Just("CAST('NaN' AS FLOAT)".to_owned()),
        1 => Just("9223372036854775807".to_owned()),
    ]
}

/// Mostly numbers, so that comparisons by order do not only fail.
fn data() -> impl Strategy<Value = Vec<(String, String, u8)>> {
    let number = (-4..5i64).prop_map(|number| number.to_string());
    let one = prop_oneof![
        prop::collection::vec((number.clone(), number, 0..3u8), 0..30),
        prop::collection::vec((value(), value(), 0..3u8), 0..30),
        prop::collection::vec(("[ab]{0,3}".prop_map(|text| format!("'{text}'")), value(), 0..3u8), 0..30),
    ];
    one
}

fn condition(variable: &'static str) -> impl Strategy<Value = String> {
    let property = move || prop_oneof![Just("x"), Just("y")].prop_map(move |name| format!("{variable}.{name}"));
    let operator = prop_oneof![Just("="), Just("="), Just("<"), Just("<="), Just(">"), Just(">="), Just("<>")];
    prop_oneof![
        6 => (property(), operator.clone(), value()).prop_map(|(property, operator, value)| format!("{property} {operator} {value}")),
        1 => (property(), operator, value()).prop_map(|(property, operator, value)| format!("{value} {operator} {property}")),
        2 => (property(), prop::collection::vec(value(), 0..4))
            .prop_map(|(property, values)| format!("{property} IN [{}]", values.join(", "))),
        2 => (property(), "[ab]{0,2}").prop_map(|(property, text)| format!("{property} STARTS WITH '{text}'")),
        1 => property().prop_map(|property| format!("{property} IS NULL")),
        1 => property().prop_map(|property| format!("{property} < {property} + 1")),
    ]
}

fn run(session: &mut Session, gql: &str) -> Result<Vec<String>, String> {
    let rows = session.execute(gql, ()).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    let rows = rows.map_err(|error| error.gqlstatus().to_owned())?;
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    Ok(rows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_are_the_same_with_and_without(
        data in data(),
        later in data(),
        conditions in prop::collection::vec(prop::collection::vec(condition("n"), 1..4), 1..12),
        edge_conditions in prop::collection::vec(prop::collection::vec(condition("e"), 1..3), 1..6),
    ) {
        let databases = [Database::in_memory().unwrap(), Database::in_memory().unwrap()];
        let mut sessions = databases.each_ref().map(|database| database.session());
        let indexes = [
            "CREATE INDEX a ON NODE P (x)",
            "CREATE INDEX b ON NODE P (x, y)",
            "CREATE INDEX c ON NODE P (y)",
            "CREATE INDEX d ON EDGE R (x)",
            "CREATE INDEX e ON EDGE R (y, x)",
        ];
        let fill = |sessions: &mut [Session; 2], data: &[(String, String, u8)], from: usize| {
            for (number, (x, y, kind)) in data.iter().enumerate() {
                let labels = ["P", "P&Q", "Q"][usize::from(*kind)];
                let id = from + number;
                let other = from + number / 2;
                for session in sessions.iter_mut() {
                    run(session, &format!("INSERT (:{labels} {{_id: '{id}', x: {x}, y: {y}}})")).unwrap();
                    run(session, &format!("MATCH (a {{_id: '{id}'}}), (b {{_id: '{other}'}}) INSERT (a)-[:R {{x: {y}, y: {x}}}]->(b)")).unwrap();
                }
            }
        };
        fill(&mut sessions, &data, 0);
        for index in indexes {
            run(&mut sessions[1], index).unwrap();
        }
        fill(&mut sessions, &later, 1000);
        for conditions in &conditions {
            // One condition: the plans check the same on the same elements, so they also fail alike.
            let single = &conditions[..1];
            for (conditions, strict) in [(single, true), (&conditions[..], false)] {
                let query = format!("MATCH (n:P) WHERE {} RETURN n._id AS id", conditions.join(" AND "));
                let [plain, indexed] = sessions.each_mut().map(|session| run(session, &query));
                // Of several conditions one may keep another from failing; which is up to the plan.
                if strict || (plain.is_ok() && indexed.is_ok()) {
                    prop_assert_eq!(plain, indexed, "{}", query);
                }
            }
        }
        for conditions in &edge_conditions {
            let query = format!("MATCH (a)-[e:R]->(b) WHERE {} RETURN a._id AS a, b._id AS b", conditions.join(" AND "));
            let [plain, indexed] = sessions.each_mut().map(|session| run(session, &query));
            if conditions.len() == 1 || (plain.is_ok() && indexed.is_ok()) {
                prop_assert_eq!(plain, indexed, "{}", query);
            }
        }
        let join = "MATCH (a:P), (b:P) WHERE a.x = b.y RETURN a._id AS a, b._id AS b";
        let [plain, indexed] = sessions.each_mut().map(|session| run(session, join));
        prop_assert_eq!(plain.unwrap(), indexed.unwrap());
        prop_assert_eq!(databases[1].check().unwrap().problems, Vec::<String>::new());
    }
}

/// How long a lookup takes, to look at.
#[test]
#[ignore = "figures to look at: run it with --ignored --nocapture"]
fn figures() {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    run(
        &mut session,
        "FOR i IN RANGE(1, 200000) INSERT (:P {_id: CAST(i AS STRING), x: i, name: 'n' || CAST(i AS STRING)})",
    )
    .unwrap();
    let time = |session: &mut Session, what: &str, gql: &str, times: u32| {
        let start = std::time::Instant::now();
        let mut rows = 0;
        for _ in 0..times {
            rows = run(session, gql).unwrap().len();
        }
        println!("{what}: {:?} ({rows} rows)", start.elapsed() / times);
    };
    let lookups = [
        ("=", "MATCH (n:P) WHERE n.x = 77777 RETURN n._id AS id"),
        ("range of 100", "MATCH (n:P) WHERE n.x > 5000 AND n.x <= 5100 RETURN n._id AS id"),
        ("prefix", "MATCH (n:P) WHERE n.name STARTS WITH 'n7777' RETURN n._id AS id"),
        ("IN of 3", "MATCH (n:P) WHERE n.x IN [1, 100, 199999] RETURN n._id AS id"),
    ];
    for (what, gql) in lookups {
        time(&mut session, &format!("without index, {what}"), gql, 3);
    }
    time(&mut session, "CREATE INDEX on 200,000 (files)", "CREATE INDEX i ON NODE P (x)", 1);
    time(&mut session, "CREATE INDEX on 200,000 (files)", "CREATE INDEX j ON NODE P (name)", 1);
    for (what, gql) in lookups {
        time(&mut session, &format!("with index, {what}"), gql, 2000);
    }
    time(&mut session, "by _id", "MATCH (n:P {_id: '77777'}) RETURN n._id AS id", 2000);
}
