//! Runs the workload of `bench/kuzu.py` in this process: loads CSV files, times queries with parameters and inserts, and prints
//! one JSON object for each measurement. `versus SPEC.json DATABASE`, a path that does not exist yet.

use std::{fs, time::Instant};

use serde_json::{Value as Json, json};
use wenddb::{Database, Import, ImportFile, Options, Params};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, spec, path] = &arguments[..] else { return Err("usage: versus SPEC.json DATABASE".into()) };
    let spec: Json = serde_json::from_str(&fs::read_to_string(spec)?)?;
    let list = |name: &str| spec[name].as_array().cloned().unwrap_or_default();
    let text = |json: &Json, name: &str| json[name].as_str().unwrap_or_default().to_owned();

    let options = Options { threads: spec["threads"].as_u64().unwrap_or(0) as usize, ..Options::default() };
    let database = Database::open_with(path, options)?;
    let file = |json: &Json| ImportFile::new(text(json, "wend")).label(text(json, "label"));
    let import = Import {
        nodes: list("nodes").iter().map(file).collect(),
        edges: list("edges").iter().map(file).collect(),
        ..Import::default()
    };
    let started = Instant::now();
    let report = database.import(&import)?;
    println!("{}", json!({"name": "load", "seconds": [started.elapsed().as_secs_f64()], "answer": report.nodes}));

    let mut session = database.session();
    for query in list("queries") {
        let gql = text(&query, "gql");
        let params: Vec<Params> = query["params"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_object)
            .map(Params::from_json)
            .collect::<Result<_, _>>()?;
        let (mut seconds, mut answer) = (Vec::new(), 0i64);
        for warm_up in [true, false] {
            for params in params.iter().take(if warm_up { 3 } else { params.len() }) {
                let params = params.clone();
                let started = Instant::now();
                let rows: Vec<_> = session.execute(&gql, params)?.collect::<Result<_, _>>()?;
                let elapsed = started.elapsed().as_secs_f64();
                if !warm_up {
                    seconds.push(elapsed);
                    for row in rows {
                        // What is counted is compared with what the other system counts.
                        answer += row.at::<i64>(row.columns().len() - 1)?;
                    }
                }
            }
        }
        println!("{}", json!({"name": text(&query, "name"), "seconds": seconds, "answer": answer}));
    }

    let insert = text(&spec, "insert_gql");
    let count = spec["inserts"].as_i64().unwrap_or(0);
    let started = Instant::now();
    for number in 0..count {
        session.execute(&insert, wenddb::params! {"id" => format!("one-{number}"), "x" => number})?;
    }
    println!("{}", json!({"name": "insert each", "seconds": [started.elapsed().as_secs_f64()], "answer": count}));
    let started = Instant::now();
    let mut transaction = session.transaction()?;
    for number in 0..count {
        transaction.execute(&insert, wenddb::params! {"id" => format!("all-{number}"), "x" => number})?;
    }
    transaction.commit()?;
    println!("{}", json!({"name": "insert in one", "seconds": [started.elapsed().as_secs_f64()], "answer": count}));
    Ok(())
}
