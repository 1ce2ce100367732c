//! `wend --connect`: scripts on a server, over Bolt.

use std::process::{Command, Stdio};

use crate::common::{Wend, server::Server};

#[test]
fn statements_run_on_the_server() {
    let server = Server::start(&["--no-auth"]);
    let connect = ["--connect", &server.address, "--format", "jsonl"];
    let script = "INSERT (:P {_id: 'a', v: VECTOR([1, 0.1])})-[:E {w: 2}]->(:Q {_id: 'b'}); MATCH p = (x:P)-[e]->(y) RETURN x, e, p, x.v AS v, $n AS n";
    let done = Wend::new().args(connect).args(["--param", "n=[1,null]", "-c", script]).run();
    done.succeeds();
    let row = &crate::common::json_lines(&done.stdout)[0];
    assert_eq!(row["x"]["_id"], "a");
    assert_eq!((&row["e"]["from"], &row["e"]["to"], &row["e"]["label"]), (&"a".into(), &"b".into(), &"E".into()));
    assert_eq!(row["p"].as_array().unwrap().len(), 3);
    assert_eq!(row["p"][1], row["e"]);
    assert_eq!(row["v"].to_string(), "[1.0,0.1]");
    assert_eq!(row["n"].to_string(), "[1,null]");
    let many = Wend::new().args(connect).args(["-c", "FOR x IN RANGE(1, 5000) RETURN x"]).run();
    many.succeeds();
    assert_eq!(many.stdout.lines().count(), 5000);
}

#[test]
fn several_results_of_a_server_are_one_json_document() {
    let server = Server::start(&["--no-auth"]);
    let script = "RETURN 1 AS a; INSERT (:A); RETURN 2 AS b";
    let done = Wend::new().args(["--connect", &server.address, "--format", "json", "-c", script]).run();
    done.succeeds();
    let json: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(json, serde_json::json!([[{"a": 1}], [{"b": 2}]]));
}

#[test]
fn errors_and_transactions() {
    let server = Server::start(&["--no-auth"]);
    let connect = ["--connect", &server.address, "--format", "jsonl"];
    let wrong = Wend::new().args(connect).args(["-c", "RETURN 1 AS a;\n  RETURN 1 / nobody"]).run();
    wrong.fails(1);
    assert_eq!(wrong.stdout, "{\"a\":1}\n");
    assert!(wrong.stderr.starts_with("error[42002]: ") && wrong.stderr.contains("-c:2:14"), "{}", wrong.stderr);
    let script = "START TRANSACTION; INSERT (:T); COMMIT; START TRANSACTION; INSERT (:T); ROLLBACK; MATCH (t:T) RETURN COUNT(*) AS n";
    let done = Wend::new().args(connect).args(["-c", script]).run();
    done.succeeds();
    assert_eq!(done.stdout, "{\"n\":1}\n");
    let rolled_back = Wend::new().args(connect).args(["-c", "START TRANSACTION; INSERT (:T); RETRUN"]).run();
    rolled_back.fails(1);
    assert!(rolled_back.stderr.contains("the transaction was rolled back"), "{}", rolled_back.stderr);
    let without = Wend::new().args(connect).args(["-c", "COMMIT"]).run();
    without.fails(1);
}

#[test]
fn logins() {
    let server = Server::start(&[]);
    let run = |args: &[&str], password: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wend"));
        command.args(["--connect", &server.address, "--format", "jsonl", "-c", "RETURN 1 AS a"]).args(args);
        command.env("WEND_PASSWORD", password).stdin(Stdio::null()).output().unwrap()
    };
    assert_eq!(run(&["-u", "wend"], &server.password).stdout, b"{\"a\":1}\n");
    for (args, password) in [(&["-u", "wend"][..], "wrong password"), (&[][..], "")] {
        let refused = run(args, password);
        assert_eq!(refused.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("cannot connect"), "{:?}", refused.stderr);
    }
}

#[test]
fn wrong_usage() {
    for (args, said) in [
        (&["--connect", "http://x", "-c", "RETURN 1"][..], "is not supported"),
        (&["--connect", "bolt+ssc://x", "--tls-ca", "x", "-c", "RETURN 1"], "accepts any certificate"),
        (&["--connect", "bolt+s://x", "-c", "RETURN 1"], "--tls-ca"),
        (&["--connect", "127.0.0.1:1", "-c", "RETURN 1"], "cannot connect"),
        (&["db", "--connect", "x"], "cannot be used with"),
        (&["-u", "ann"], "--connect"),
    ] {
        let done = Wend::new().args(args).run();
        done.fails(2);
        assert!(done.stderr.contains(said), "{said}: {}", done.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_certificate_is_read_again_on_sighup() {
    let wend = Wend::new();
    let file = |name: &str| wend.path(name).display().to_string();
    let start = |number: u32| {
        let (certificate, key) = (file(&format!("cert{number}.pem")), file(&format!("key{number}.pem")));
        Server::start(&["--no-auth", "--tls-self-signed", "--tls-cert", &certificate, "--tls-key", &key])
    };
    let connects = |server: &Server, certificate: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wend"));
        command.args(["--connect", &server.address, "--tls-ca", certificate, "-c", "RETURN 1 AS a"]);
        command.stdin(Stdio::null()).output().unwrap().status.success()
    };
    let server = start(1);
    // Another server makes another certificate.
    drop(start(2));
    let old = file("old.pem");
    std::fs::copy(file("cert1.pem"), &old).unwrap();
    assert!(connects(&server, &old) && !connects(&server, &file("cert2.pem")));
    std::fs::copy(file("cert2.pem"), file("cert1.pem")).unwrap();
    std::fs::copy(file("key2.pem"), file("key1.pem")).unwrap();
    server.signal("HUP");
    let begun = std::time::Instant::now();
    while !connects(&server, &file("cert2.pem")) {
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "the certificate was not read again");
    }
    assert!(!connects(&server, &old));
}

#[test]
fn self_signed_certificates_are_accepted_and_named() {
    let wend = Wend::new();
    let file = |name: &str| wend.path(name).display().to_string();
    let files = ["--tls-self-signed", "--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")];
    let server = Server::start(&[&["--no-auth"][..], &files].concat());
    let digest = server.said.split_once("SHA-256 is ").unwrap().1.lines().next().unwrap();
    assert_eq!(digest.len(), 32 * 3 - 1);
    for scheme in ["bolt+ssc", "neo4j+ssc"] {
        let address = format!("{scheme}://{}", server.place());
        let done = Wend::new().args(["--connect", &address, "--format", "jsonl", "-c", "RETURN 1 AS a"]).run();
        done.succeeds();
        assert_eq!(done.stdout, "{\"a\":1}\n");
        assert_eq!(done.stderr, format!("the certificate's SHA-256 is {digest}, not verified\n"));
    }
    let backup = Wend::new().args(["backup", "--connect", &format!("bolt+ssc://{}", server.place()), "bk"]).run();
    backup.succeeds();
    assert!(backup.stderr.contains(digest), "{}", backup.stderr);
    // Without TLS the answer says what to write.
    let plain = Wend::new().args(["--connect", &format!("bolt://{}", server.place()), "-c", "RETURN 1"]).run();
    plain.fails(2);
    assert!(plain.stderr.contains("the server wants TLS"), "{}", plain.stderr);
    assert!(plain.stderr.contains(&format!("bolt+ssc://{}", server.place())), "{}", plain.stderr);
    let mut stream = std::net::TcpStream::connect(server.place()).unwrap();
    std::io::Write::write_all(&mut stream, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = std::io::Read::read_to_string(&mut stream, &mut answer);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
}

#[test]
fn a_server_without_tls_is_named_too() {
    let server = Server::start(&["--no-auth"]);
    let done = Wend::new().args(["--connect", &format!("bolt+ssc://{}", server.place()), "-c", "RETURN 1"]).run();
    done.fails(2);
    assert!(done.stderr.contains("the server has no TLS"), "{}", done.stderr);
    assert!(done.stderr.contains(&format!("bolt://{} connects without", server.place())), "{}", done.stderr);
}
