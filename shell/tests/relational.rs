//! `wend import --from`: relational databases as they are, from SQLite, CSV and Parquet.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{Wend, json_lines};

/// A shop: composite and natural keys, a self reference, two foreign keys to one table, tables that refer to each other, a bridge, NULLs,
/// dangling keys, names with blanks, a view, types that SQLite only knows by name.
const SHOP: &str = "
CREATE TABLE country (code CHAR(2) PRIMARY KEY, name TEXT);
CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country CHAR(2) REFERENCES country(code));
CREATE TABLE employee (id INTEGER PRIMARY KEY, name TEXT, born DATE, reports_to INTEGER REFERENCES employee(id), shop_id INTEGER REFERENCES shop(id));
CREATE TABLE shop (id INTEGER PRIMARY KEY, opened DATE, open BOOLEAN, manager_id INTEGER REFERENCES employee(id));
CREATE TABLE \"order\" (id INTEGER PRIMARY KEY, placed DATETIME, due DATE, total DECIMAL(10,2),
  bill_city INTEGER REFERENCES city(id), ship_city INTEGER REFERENCES city(id), shop_id INTEGER REFERENCES shop(id));
CREATE TABLE \"Order Line\" (order_id INTEGER REFERENCES \"order\", line INTEGER, price REAL, double REAL AS (price * 2), PRIMARY KEY (order_id, line));
CREATE TABLE return_ (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, at TIMESTAMP,
  FOREIGN KEY (order_id, line) REFERENCES \"Order Line\" (order_id, line));
CREATE TABLE tag (name TEXT PRIMARY KEY);
CREATE TABLE order_tag (order_id INTEGER REFERENCES \"order\"(id), tag TEXT REFERENCES tag(name), weight REAL, PRIMARY KEY (order_id, tag));
CREATE TABLE log (text TEXT, extra);
CREATE VIEW totals AS SELECT SUM(total) FROM \"order\";
INSERT INTO country VALUES ('DE', 'Germany'), ('FR', 'France');
INSERT INTO city VALUES (1, 'Ulm', 'DE'), (2, 'Lyon', 'FR'), (3, 'Nowhere', NULL);
INSERT INTO employee VALUES (1, 'Ann', '1980-01-02', NULL, 1), (2, 'Bob', '1990-05-06', 1, 1), (3, 'Eve', NULL, 1, 2);
INSERT INTO shop VALUES (1, '2001-01-01', 1, 1), (2, '2002-02-02', 0, 3);
INSERT INTO \"order\" VALUES (1, '2020-01-01 10:00:00', '2020-02-01', 5, 1, 2, 1), (2, '2020-01-02 11:30:00', '2020-02-02', 7.5, 1, 1, 2),
  (3, '2020-01-03 12:00:00', NULL, NULL, 99, NULL, 1);
INSERT INTO \"Order Line\" (order_id, line, price) VALUES (1, 1, 2.0), (1, 2, 3.0), (2, 1, 7.5);
INSERT INTO return_ VALUES (1, 1, 2, '2020-03-01 09:00:00'), (2, 2, 9, '2020-03-02 09:00:00'), (3, NULL, 1, '2020-03-03 09:00:00');
INSERT INTO tag VALUES ('gift'), ('late');
INSERT INTO order_tag VALUES (1, 'gift', 0.5), (2, 'late', 1.0), (3, 'lost', 2.0);
INSERT INTO log VALUES ('a', 1), ('b', 'x'), (NULL, X'00ff');
";

/// Each edge label of the shop, and how many rows the join has.
const JOINS: [(&str, &str); 12] = [
    ("COUNTRY", "city x JOIN country y ON x.country = y.code"),
    ("REPORTS_TO", "employee x JOIN employee y ON x.reports_to = y.id"),
    ("MANAGER", "shop x JOIN employee y ON x.manager_id = y.id"),
    ("BILL_CITY", "\"order\" x JOIN city y ON x.bill_city = y.id"),
    ("SHIP_CITY", "\"order\" x JOIN city y ON x.ship_city = y.id"),
    ("ORDER", "\"Order Line\" x JOIN \"order\" y ON x.order_id = y.id"),
    ("ORDER_LINE", "return_ x JOIN \"Order Line\" y ON x.order_id = y.order_id AND x.line = y.line"),
    ("ORDER_TAG", "order_tag x JOIN \"order\" y ON x.order_id = y.id JOIN tag z ON x.tag = z.name"),
    (
        "SHOP",
        "(SELECT shop_id FROM employee UNION ALL SELECT shop_id FROM \"order\") x JOIN shop y ON x.shop_id = y.id",
    ),
    ("REPORTS_TO", "employee x WHERE x.reports_to IS NOT NULL"),
    ("MANAGER", "shop"),
    ("COUNTRY", "city WHERE country IS NOT NULL"),
];

fn shop(wend: &Wend) -> Connection {
    let connection = Connection::open(wend.path("shop.sqlite")).unwrap();
    // A dangling key and tables that refer to each other are what the import has to bear.
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    connection.execute_batch(SHOP).unwrap();
    connection
}

/// The rows of a query.
#[track_caller]
pub fn rows(wend: &Wend, db: &str, query: &str) -> Vec<Value> {
    let done = wend.again([db, "--format", "jsonl", "-c", query]);
    assert_eq!(done.code, Some(0), "{query}: {}", done.stderr);
    json_lines(&done.stdout)
}

#[track_caller]
fn count(wend: &Wend, db: &str, label: &str) -> u64 {
    rows(wend, db, &format!("MATCH ()-[e:`{label}`]->() RETURN COUNT(e) AS n"))[0]["n"].as_u64().unwrap()
}

#[test]
fn a_sqlite_file_is_a_graph() {
    let wend = Wend::new();
    let connection = shop(&wend);
    let done = wend.again(["import", "db", "--from", "shop.sqlite"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for (label, join) in JOINS {
        let sql: u64 = connection
            .query_row(&format!("SELECT COUNT(*) FROM {join}"), [], |row| row.get::<_, i64>(0))
            .unwrap() as u64;
        assert_eq!(count(&wend, "db", label), sql, "{label}: {join}\n{}", done.stderr);
    }
    for text in [
        "employee: 3 nodes (:employee), key id",
        "log: 3 nodes (:log), rows numbered",
        "not taken: totals: a view",
        "1 with a key that no row has (the first: city:99)",
        "order: 3 nodes (:order), key id, time placed",
        "order_tag: order (order_id) -> tag (tag): 2 edges [:ORDER_TAG]",
    ] {
        let flat = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(text), "{text}: {}", done.stderr);
    }
    let line =
        &rows(&wend, "db", "MATCH (l:`Order Line` {_id: 'Order Line:1:2'}) RETURN l.price AS p, l.double AS d")[0];
    assert_eq!(*line, json!({"p": 3.0, "d": 6.0}));
    let order =
        &rows(&wend, "db", "MATCH (o:`order` {_id: 'order:1'}) RETURN o.placed AS p, o.due AS d, o.total AS t")[0];
    assert_eq!(*order, json!({"p": "2020-01-01T10:00:00", "d": "2020-02-01", "t": 5.0}));
    let open = rows(&wend, "db", "MATCH (s:shop) RETURN s.open AS o ORDER BY s.id");
    assert_eq!(open, [json!({"o": true}), json!({"o": false})]);
    let weight =
        rows(&wend, "db", "MATCH (:`order`)-[e:ORDER_TAG]->(t:tag) RETURN t.name AS t, e.weight AS w ORDER BY t");
    assert_eq!(weight, [json!({"t": "gift", "w": 0.5}), json!({"t": "late", "w": 1.0})]);
    let extra = rows(&wend, "db", "MATCH (l:log {_id: 'log:1'}) RETURN l.extra AS e");
    assert_eq!(extra, [json!({"e": 1})]);
    // What the graph knows of its tables, and what follows from it.
    let described = rows(&wend, "db", "DESCRIBE GRAPH");
    let role = |label: &str, property: &str| {
        described
            .iter()
            .find(|row| row["label"] == label && row["property"] == property)
            .map(|row| row["role"].clone())
            .unwrap()
    };
    assert_eq!(role("Order Line", "order_id"), "primary key, foreign key");
    assert_eq!((role("order", "placed"), role("order", "total")), (json!("time"), Value::Null));
    assert!(
        described.iter().any(|row| row["kind"] == "edge between" && row["from"] == "shop" && row["to"] == "employee")
    );
    let features =
        rows(&wend, "db", "CALL algo.features({nodeLabels: ['order']}) YIELD property, encoding, note RETURN *");
    let of = |name: &str| features.iter().find(|row| row["property"] == name).unwrap();
    assert!(of("shop_id")["note"].as_str().unwrap().contains("a key of its table"), "{features:?}");
    // An export and a backup have it, too.
    wend.again(["export", "db", "--to", "out"]).succeeds();
    let again = wend.again(["import", "db2", "--from", "out"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(rows(&wend, "db2", "DESCRIBE GRAPH"), described);
    wend.again(["backup", "db", "saved"]).succeeds();
    wend.again(["restore", "saved", "db3"]).succeeds();
    assert_eq!(rows(&wend, "db3", "DESCRIBE GRAPH"), described);
}

#[test]
fn a_dry_run_is_a_map() {
    let wend = Wend::new();
    shop(&wend);
    let plan = wend.again(["import", "db", "--from", "shop.sqlite", "--dry-run"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    assert!(!wend.path("db").exists());
    assert!(plan.stdout.contains("CREATE PROPERTY GRAPH shop"), "{}", plan.stdout);
    assert!(plan.stdout.contains("-- 2 edges; 1 row with a key that no row has"), "{}", plan.stdout);
    wend.file("shop.pgq", &plan.stdout);
    wend.again(["import", "plain", "--from", "shop.sqlite"]).succeeds();
    let mapped = wend.again(["import", "mapped", "--from", "shop.sqlite", "--map", "shop.pgq"]);
    assert_eq!(mapped.code, Some(0), "{}", mapped.stderr);
    assert_eq!(rows(&wend, "mapped", "DESCRIBE GRAPH"), rows(&wend, "plain", "DESCRIBE GRAPH"));
    let edited = "CREATE PROPERTY GRAPH shop
        VERTEX TABLES (
          country KEY (code) LABEL Country PROPERTIES (name AS title),
          city LABEL City PROPERTIES ARE ALL COLUMNS EXCEPT (country)
        )
        EDGE TABLES (
          city AS in_country SOURCE city DESTINATION KEY (country) REFERENCES country (code) LABEL \"in\"
        );";
    wend.file("edited.pgq", edited);
    let done = wend.again(["import", "edited", "--from", "shop.sqlite", "--map", "edited.pgq"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let found = rows(
        &wend,
        "edited",
        "MATCH (a:City)-[:`in`]->(b:Country) RETURN a._id AS a, b.title AS b, a.country AS c ORDER BY a",
    );
    assert_eq!(found[0], json!({"a": "city:1", "b": "Germany", "c": null}));
    for (from, to, reason) in [
        ("country (code)", "countri (code)", "did you mean `country`?"),
        ("(country)\n", "(land)\n", "the table `city` has no column `land`"),
        ("LABEL Country", "LABEL", "stands where `)` is expected"),
        ("EDGE TABLES (", "EDGE TABLES ((", "where a name is expected"),
        ("city LABEL", "town LABEL", "the source has no table `town`"),
    ] {
        wend.file("wrong.pgq", edited.replace(from, to));
        let wrong = wend.again(["import", "wrong", "--from", "shop.sqlite", "--map", "wrong.pgq"]);
        wrong.fails(1);
        assert!(wrong.stderr.contains(reason) && wrong.stderr.contains("map, line "), "{to}: {}", wrong.stderr);
        assert!(!wend.path("wrong").exists());
    }
}

#[test]
fn strict_stops_at_a_dangling_key_and_changes_nothing() {
    let wend = Wend::new();
    shop(&wend);
    wend.again(["db", "-c", "INSERT (:Before {_id: 'x'})"]).succeeds();
    let done = wend.again(["import", "db", "--from", "shop.sqlite", "--strict"]);
    done.fails(1);
    assert!(done.stderr.contains("no row has the key"), "{}", done.stderr);
    assert_eq!(rows(&wend, "db", "MATCH (n) RETURN n._id AS id"), [json!({"id": "x"})]);
    // A second import of the same rows is one of rows that are there.
    wend.again(["import", "db", "--from", "shop.sqlite"]).succeeds();
    let twice = wend.again(["import", "db", "--from", "shop.sqlite"]);
    twice.fails(1);
    assert!(twice.stderr.contains("is not new"), "{}", twice.stderr);
}

#[test]
fn damaged_and_locked_files_are_refused() {
    let wend = Wend::new();
    let connection = shop(&wend);
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO tag VALUES ('x');")
        .unwrap();
    let locked = wend.again(["import", "db", "--from", "shop.sqlite"]);
    assert_ne!(locked.code, Some(0));
    assert!(locked.stderr.contains("another program has it locked"), "{}", locked.stderr);
    drop(connection);
    let mut bytes = fs::read(wend.path("shop.sqlite")).unwrap();
    bytes[4096..].iter_mut().for_each(|byte| *byte = 0x5a);
    wend.file("broken.sqlite", bytes);
    let broken = wend.again(["import", "db", "--from", "broken.sqlite"]);
    assert_ne!(broken.code, Some(0));
    assert!(broken.stderr.contains("damaged"), "{}", broken.stderr);
    wend.file("text.sqlite", "no database");
    for (from, reason) in [
        ("text.sqlite", "is no SQLite file"),
        ("nowhere.sqlite", "cannot read nowhere.sqlite"),
        ("mysql://host/db", "`mysql://` is no source of tables"),
        ("postgresql://nobody@127.0.0.1:1/x", "cannot connect to postgresql://127.0.0.1:1/x"),
    ] {
        let done = wend.again(["import", "db", "--from", from]);
        assert_ne!(done.code, Some(0));
        assert!(done.stderr.contains(reason), "{from}: {}", done.stderr);
    }
    assert!(!wend.path("db").exists());
}

/// Tables as people have them in files: nobody declares a key.
const FILES: [(&str, &str); 9] = [
    ("races.csv", "raceId,year,name,date\n1,2009,Monza,2009-09-13\n2,2009,Spa,2009-08-30\n3,2010,Monza,2010-09-12\n"),
    ("drivers.csv", "driverId,code,dob\n1,HAM,1985-01-07\n2,HEI,1977-05-10\n"),
    (
        "results.csv",
        "resultId,raceId,driverId,points,statusId,date\n1,1,1.0,10,1,2009-09-13\n2,1,2.0,8,1,2009-09-13\n3,2,1.0,NA,2,2009-08-30\n4,3,,1,1,2010-09-12\n",
    ),
    ("qualifying.csv", "qualifyId,raceId,driverId\n1,1,1\n2,1,2\n"),
    ("teams.csv", "team_id,name\n1,Red\n2,Blue\n3,Green\n"),
    ("matches.csv", "id,home_team_id,away_team_id\n1,1,2\n2,2,3\n"),
    ("team_driver.csv", "team_id,driverId,since\n1,1,2009\n2,2,2010\n2,1,2011\n"),
    ("planes.csv", "tailnum,seats\nN1,2\nN2,4\nN3,55\n"),
    ("flights.csv", "origin,tailnum,dep\nJFK,N1,1\nJFK,N2,2\nLGA,N2,3\nLGA,N9,4\nJFK,,5\n"),
];

/// What is found in them: edge labels with their numbers.
const FOUND: [(&str, u64); 6] =
    [("RACE", 6), ("DRIVER", 5), ("HOME_TEAM", 2), ("AWAY_TEAM", 2), ("TEAM_DRIVER", 3), ("TAILNUM", 3)];

#[test]
fn keys_are_found_in_csv_and_parquet_files() {
    let wend = Wend::new();
    fs::create_dir(wend.path("csv")).unwrap();
    fs::create_dir(wend.path("parquet")).unwrap();
    for (name, text) in FILES {
        wend.file(&format!("csv/{name}"), text);
    }
    wend.file("csv/README.md", "no table");
    let done = wend.again(["import", "db", "--from", "csv"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for (label, number) in FOUND {
        assert_eq!(count(&wend, "db", label), number, "{label}\n{}", done.stderr);
    }
    let flat = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "warning: flights (tailnum) refers to planes (tailnum) in 75 % of 4 rows: 1 row with a key that no row has",
        "not taken: results (statusId) as a foreign key",
        "not taken: README.md: neither a CSV nor a Parquet file",
        "drivers: 2 nodes (:drivers), key driverId (found)",
        "races: 3 nodes (:races), key raceId (found), time date",
        "planes: 3 nodes (:planes), key tailnum (found)",
        "flights: 5 nodes (:flights), rows numbered",
    ] {
        assert!(flat.contains(text), "{text}\n{}", done.stderr);
    }
    assert!(!flat.contains("time dob"), "{}", done.stderr);
    let points = rows(&wend, "db", "MATCH (r:results) RETURN r.points AS p ORDER BY r.resultId");
    assert_eq!(points[1..3], [json!({"p": 8}), json!({"p": null})]);
    // The same tables as Parquet give the same graph.
    for (name, columns) in [
        ("races", "raceId year name date"),
        ("drivers", "driverId code dob"),
        ("results", "resultId raceId driverId points statusId date"),
        ("qualifying", "qualifyId raceId driverId"),
        ("teams", "team_id name"),
        ("matches", "id home_team_id away_team_id"),
        ("planes", "tailnum seats"),
        ("flights", "origin tailnum dep"),
    ] {
        let items: Vec<String> = columns.split(' ').map(|column| format!("n.`{column}` AS `{column}`")).collect();
        let copy = format!("COPY (MATCH (n:{name}) RETURN {}) TO 'parquet/{name}.parquet'", items.join(", "));
        assert!(rows(&wend, "db", &copy)[0]["rows"].as_u64().unwrap() > 0);
    }
    let bridge = "COPY (MATCH (a:teams)-[e:TEAM_DRIVER]->(b:drivers) RETURN a.team_id AS team_id, b.driverId AS driverId, e.since AS since) \
                  TO 'parquet/team_driver.parquet'";
    assert_eq!(rows(&wend, "db", bridge), [json!({"rows": 3})]);
    let done = wend.again(["import", "db2", "--from", "parquet"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for (label, number) in FOUND {
        assert_eq!(count(&wend, "db2", label), number, "{label}\n{}", done.stderr);
    }
    let kinds = |db: &str| {
        let all = rows(&wend, db, "DESCRIBE GRAPH");
        all.into_iter().filter(|row| row["kind"] == "node property").collect::<Vec<_>>()
    };
    assert_eq!(kinds("db2"), kinds("db"));
    // A damaged file stops all of it.
    let path = wend.path("parquet/results.parquet");
    let bytes = fs::read(&path).unwrap();
    let mut bent = bytes.clone();
    bent[8..40].iter_mut().for_each(|byte| *byte ^= 0xff);
    for broken in [&bytes[..bytes.len() / 2], &bent, b"PAR1"] {
        fs::write(&path, broken).unwrap();
        let done = wend.again(["import", "db3", "--from", "parquet"]);
        assert_ne!(done.code, Some(0));
        assert!(done.stderr.contains("results.parquet") && done.stderr.contains("damaged"), "{}", done.stderr);
        assert!(!wend.path("db3").exists());
    }
}

#[test]
fn sqlite_without_declarations_is_like_files() {
    let wend = Wend::new();
    let connection = Connection::open(wend.path("plain.sqlite")).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE users (id INTEGER, name TEXT, seen DATE); CREATE TABLE posts (id INTEGER, user_id REAL, text TEXT);
             INSERT INTO users VALUES (1, 'a', '2020-01-01'), (2, 'b', 'never'); INSERT INTO posts VALUES (1, 1.0, 'x'), (2, 2.0, 'y'), (3, NULL, 'z');",
        )
        .unwrap();
    let done = wend.again(["import", "db", "--from", "plain.sqlite"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(count(&wend, "db", "USER"), 2, "{}", done.stderr);
    let flat = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("users (seen) is declared as DATE, and its values are STRING"), "{}", done.stderr);
    assert!(!flat.contains("time seen"), "{}", done.stderr);
    assert_eq!(rows(&wend, "db", "MATCH (u:users {_id: 'users:1'}) RETURN u.seen AS s"), [json!({"s": "2020-01-01"})]);
}
