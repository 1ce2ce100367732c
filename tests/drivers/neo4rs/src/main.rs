//! The scenarios of the crate neo4rs, which speaks Bolt 4.4; one line per scenario: name, tab, ok or what went wrong.
//!
//! usage: wend-driver-neo4rs URI USER PASSWORD

use std::{future::Future, time::Duration};

use neo4rs::{Config, ConfigBuilder, Graph, Node, Path, Relation, query};

type Done = Result<(), Box<dyn std::error::Error>>;

fn config(uri: &str, user: &str, password: &str) -> Config {
    ConfigBuilder::default().uri(uri).user(user).password(password).fetch_size(10).build().expect("a configuration")
}

async fn one(graph: &Graph, text: &str) -> Result<i64, neo4rs::Error> {
    let mut rows = graph.execute(query(text)).await?;
    let row = rows.next().await?.expect("a row");
    let value = row.get("n").expect("a column n");
    while rows.next().await?.is_some() {}
    Ok(value)
}

async fn connectivity(graph: Graph) -> Done {
    assert_eq!(one(&graph, "RETURN 1 AS n").await?, 1);
    Ok(())
}

async fn auto_commit(graph: Graph) -> Done {
    graph.run(query("INSERT (:Auto {_id: 'auto', n: $n})").param("n", 7)).await?;
    assert_eq!(one(&graph, "MATCH (a:Auto) RETURN a.n AS n").await?, 7);
    let (mut rows, mut count) = (graph.execute(query("FOR x IN RANGE(1, 2500) RETURN x AS n")).await?, 0);
    while rows.next().await?.is_some() {
        count += 1;
    }
    assert_eq!(count, 2500);
    Ok(())
}

async fn explicit_transactions(graph: Graph) -> Done {
    let mut tx = graph.start_txn().await?;
    tx.run(query("INSERT (:Explicit {_id: 'e'})")).await?;
    tx.rollback().await?;
    assert_eq!(one(&graph, "MATCH (e:Explicit) RETURN COUNT(*) AS n").await?, 0);
    let mut tx = graph.start_txn().await?;
    tx.run(query("INSERT (:Explicit {_id: 'e'})")).await?;
    tx.commit().await?;
    assert_eq!(one(&graph, "MATCH (e:Explicit) RETURN COUNT(*) AS n").await?, 1);
    Ok(())
}

async fn interleaved_streams(graph: Graph) -> Done {
    let mut tx = graph.start_txn().await?;
    let mut left = tx.execute(query("FOR x IN RANGE(1, 100) RETURN x AS n")).await?;
    let mut right = tx.execute(query("FOR x IN RANGE(1, 100) RETURN x * 1000 AS n")).await?;
    for number in 1..=100i64 {
        let a: i64 = left.next(tx.handle()).await?.expect("a row").get("n")?;
        let b: i64 = right.next(tx.handle()).await?.expect("a row").get("n")?;
        assert_eq!((a, b), (number, number * 1000));
    }
    tx.rollback().await?;
    Ok(())
}

async fn values_there_and_back(graph: Graph) -> Done {
    let text = query("RETURN $i AS i, $f AS f, $s AS s, $l AS l, VECTOR([1, 2.5]) AS v, DATE '2026-11-20' AS d")
        .param("i", i64::MIN)
        .param("f", 1.5)
        .param("s", "Grüße 世界")
        .param("l", vec![1i64, 2, 3]);
    let mut rows = graph.execute(text).await?;
    let row = rows.next().await?.expect("a row");
    assert_eq!((row.get::<i64>("i")?, row.get::<f64>("f")?), (i64::MIN, 1.5));
    assert_eq!((row.get::<String>("s")?.as_str(), row.get::<Vec<i64>>("l")?), ("Grüße 世界", vec![1, 2, 3]));
    assert_eq!(row.get::<Vec<f64>>("v")?, [1.0, 2.5]);
    Ok(())
}

async fn nodes_edges_paths(graph: Graph) -> Done {
    graph.run(query("INSERT (:G {_id: 'g1', x: 1})-[:E {w: 2}]->(:G&H {_id: 'g2'})")).await?;
    let mut rows = graph.execute(query("MATCH p = (b:H)<-[e:E]-(a:G) RETURN a, e, b, p")).await?;
    let row = rows.next().await?.expect("a row");
    let (a, e, p): (Node, Relation, Path) = (row.get("a")?, row.get("e")?, row.get("p")?);
    assert_eq!((a.labels(), a.get::<i64>("x")?, e.typ(), e.get::<i64>("w")?), (vec!["G"], 1, "E", 2));
    assert_eq!((e.start_node_id(), p.nodes().len()), (a.id(), 2));
    Ok(())
}

async fn errors_and_recovery(graph: Graph) -> Done {
    for (text, code) in [("RETURN", "SyntaxError"), ("RETURN nobody AS n", "SemanticError")] {
        let error = one(&graph, text).await.expect_err("an error");
        assert!(format!("{error:?}").contains(code), "{error:?}");
        assert_eq!(one(&graph, "RETURN 1 AS n").await?, 1);
    }
    Ok(())
}

/// What is sent by itself the crate sends again after a conflict.
async fn a_conflict_is_tried_again(graph: Graph) -> Done {
    graph.run(query("INSERT (:Counter {_id: 'counter', n: 0})")).await?;
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let graph = graph.clone();
            tokio::task::spawn_local(async move {
                for _ in 0..25 {
                    graph.run(query("MATCH (c:Counter) SET c.n = c.n + 1")).await?;
                }
                Ok::<_, neo4rs::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(one(&graph, "MATCH (c:Counter) RETURN c.n AS n").await?, 100);
    Ok(())
}

async fn a_batch_of_vectors(graph: Graph) -> Done {
    const ROWS: usize = 100_000;
    let vectors: Vec<Vec<f64>> = (0..ROWS).map(|row| (0..128).map(|column| (row * column % 97) as f64).collect()).collect();
    let mut rows = graph
        .execute(query("RETURN SIZE($v) AS n, $v[99999][127] AS last, SIZE($v[0]) AS width").param("v", vectors))
        .await?;
    let row = rows.next().await?.expect("a row");
    assert_eq!((row.get::<usize>("n")?, row.get::<usize>("width")?), (ROWS, 128));
    assert_eq!(row.get::<f64>("last")?, ((ROWS - 1) * 127 % 97) as f64);
    Ok(())
}

/// A second client asks for what takes minutes and goes away; the server is soon as free as before.
async fn closing_cancels(graph: Graph, config: Config) -> Done {
    graph.run(query("FOR i IN RANGE(1, 2000) INSERT (:Cancel {_id: 'c' || CAST(i AS STRING), i: i})")).await?;
    graph.run(query("MATCH (a:Cancel), (b:Cancel) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:C]->(b)")).await?;
    let other = Graph::connect(config)?;
    let call = "CALL algo.node2vec.write({nodeLabels: ['Cancel'], walksPerNode: 1000000}, {db: {property: 'never'}})";
    let asked = tokio::task::spawn_local(async move { other.run(query(call)).await });
    let running = "SHOW TASKS YIELD status FILTER status = 'running' RETURN COUNT(*) AS n";
    let until = async |wanted: i64| -> Done {
        while one(&graph, running).await? != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(30), until(1)).await??;
    asked.abort();
    tokio::time::timeout(Duration::from_secs(30), until(0)).await??;
    Ok(())
}

async fn embeddings_as_a_matrix(graph: Graph) -> Done {
    graph.run(query("FOR i IN RANGE(1, 500) INSERT (:Main {_id: 'p' || CAST(i AS STRING), i: i})")).await?;
    let edges = "MATCH (a:Main), (b:Main) FILTER a.i < b.i AND b.i < a.i + 5 INSERT (a)-[:KNOWS]->(b)";
    graph.run(query(edges)).await?;
    let call = "CALL algo.node2vec.write({nodeLabels: ['Main'], dimensions: 64}, {db: {property: 'embedding'}})
        YIELD nodesWritten AS n RETURN n";
    assert_eq!(one(&graph, call).await?, 500);
    let mut rows = graph.execute(query("MATCH (p:Main) RETURN p.embedding AS v")).await?;
    while let Some(row) = rows.next().await? {
        let vector: Vec<f64> = row.get("v")?;
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(vector.len() == 64 && (length - 1.0).abs() < 1e-5, "{length}");
    }
    Ok(())
}

async fn scenario<F: Future<Output = Done> + 'static>(
    graph: &Graph,
    name: &str,
    work: impl FnOnce(Graph) -> F + 'static,
) -> bool {
    let cleaned = graph.run(query("MATCH (n) DETACH DELETE n")).await.map(drop);
    let graph = graph.clone();
    let local = tokio::task::LocalSet::new();
    let done = local.run_until(async move { tokio::task::spawn_local(work(graph)).await });
    let done = tokio::time::timeout(Duration::from_secs(120), done).await;
    let problem = match (cleaned, done) {
        (Err(error), _) => error.to_string(),
        (_, Err(_)) => "no end within two minutes".to_owned(),
        (_, Ok(Err(panic))) => panic.to_string(),
        (_, Ok(Ok(Err(error)))) => error.to_string(),
        (_, Ok(Ok(Ok(())))) => {
            println!("{name}\tok");
            return true;
        }
    };
    println!("{name}\t{problem:?}");
    false
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, user, password] = &arguments[..] else {
        eprintln!("usage: wend-driver-neo4rs URI USER PASSWORD");
        std::process::exit(2);
    };
    let graph = Graph::connect(config(uri, user, password)).expect("a connection");
    let mut good = true;
    good &= scenario(&graph, "connectivity", connectivity).await;
    good &= scenario(&graph, "auto_commit", auto_commit).await;
    good &= scenario(&graph, "explicit_transactions", explicit_transactions).await;
    good &= scenario(&graph, "interleaved_streams", interleaved_streams).await;
    good &= scenario(&graph, "values_there_and_back", values_there_and_back).await;
    good &= scenario(&graph, "nodes_edges_paths", nodes_edges_paths).await;
    good &= scenario(&graph, "errors_and_recovery", errors_and_recovery).await;
    good &= scenario(&graph, "a_conflict_is_tried_again", a_conflict_is_tried_again).await;
    good &= scenario(&graph, "a_batch_of_vectors", a_batch_of_vectors).await;
    let own = config(uri, user, password);
    good &= scenario(&graph, "closing_cancels", move |graph| closing_cancels(graph, own)).await;
    good &= scenario(&graph, "embeddings_as_a_matrix", embeddings_as_a_matrix).await;
    std::process::exit(if good { 0 } else { 1 });
}
