//! Logins, roles over a connection, TLS, and what a server refuses to start with.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use crate::common::{Client, Running, record, text};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use wend_bolt::version::Version;
use wend_server::{Config, Server, TlsFiles, TlsMode};
use wenddb::{Database, Value, host::Host, params};

const V44: Version = Version::new(4, 4);
const V54: Version = Version::new(5, 4);

fn basic(user: &str, password: &str) -> Value {
    record(&[
        ("scheme", Value::from("basic")),
        ("principal", Value::from(user)),
        ("credentials", Value::from(password)),
    ])
}

fn with_users() -> Database {
    let database = Database::in_memory().unwrap();
    let mut session = database.session();
    for role in ["reader", "editor", "admin"] {
        let statement = format!("CREATE USER {role} PASSWORD $p ROLE {role}");
        session.execute(&statement, params! {"p" => format!("password of {role}")}).unwrap();
    }
    database
}

#[test]
fn users_log_in_and_have_roles() {
    let server = Running::on(with_users(), |config| config.auth = true);
    for version in [V44, V54] {
        let mut client = Client::connect(server.address, version);
        client.login(version, &basic("reader", "password of reader")).unwrap();
        client.all("MATCH (n) RETURN n._id", &[]).unwrap();
        let failure = client.all("INSERT (:A)", &[]).unwrap_err();
        assert_eq!(text(&failure, "code"), "Neo.ClientError.Security.Forbidden");
        let mut client = Client::connect(server.address, version);
        client.login(version, &basic("editor", "password of editor")).unwrap();
        client.all("INSERT (:A)", &[]).unwrap();
        client.all("SHOW USERS", &[]).unwrap_err();
    }
}

#[test]
fn wrong_users_and_wrong_passwords_are_told_the_same() {
    let server = Running::on(with_users(), |config| config.auth = true);
    let mut told = Vec::new();
    for (user, password) in [("reader", "no"), ("nobody", "no"), ("", ""), ("reader", "password of admin")] {
        for version in [V44, V54] {
            let mut client = Client::connect(server.address, version);
            told.push(client.login(version, &basic(user, password)).unwrap_err().to_string());
            assert!(client.next().is_none(), "the connection must end");
        }
    }
    told.dedup();
    // Except that after three failures in a row it is said that there were too many.
    assert!(told[0].contains("Neo.ClientError.Security.Unauthorized"), "{told:?}");
    assert!(told.iter().all(|text| *text == told[0] || text.contains("AuthenticationRateLimit")), "{told:?}");
}

#[test]
fn several_failures_lock_a_user_out_from_one_address() {
    let server = Running::on(with_users(), |config| config.auth = true);
    let login = |user: &str, password: &str| {
        let mut client = Client::connect(server.address, V54);
        client.login(V54, &basic(user, password)).map_err(|failure| text(&failure, "code"))
    };
    for _ in 0..3 {
        assert_eq!(login("editor", "wrong").unwrap_err(), "Neo.ClientError.Security.Unauthorized");
    }
    let locked = "Neo.ClientError.Security.AuthenticationRateLimit";
    assert_eq!(login("editor", "password of editor").unwrap_err(), locked);
    login("reader", "password of reader").unwrap();
}

#[test]
fn tokens_log_in() {
    let database = with_users();
    let mut session = database.session();
    let rows = session.execute("CREATE TOKEN t FOR editor", ()).unwrap();
    let token: String = rows.map(|row| row.unwrap().get("token").unwrap()).next().unwrap();
    let server = Running::on(database, |config| config.auth = true);
    let bearer = |token: &str| record(&[("scheme", Value::from("bearer")), ("credentials", Value::from(token))]);
    let mut client = Client::connect(server.address, V54);
    client.login(V54, &bearer(&token)).unwrap();
    client.all("INSERT (:A)", &[]).unwrap();
    for auth in [
        bearer("wend_x"),
        record(&[("scheme", Value::from("none"))]),
        record(&[]),
        record(&[("scheme", Value::from("kerberos"))]),
    ] {
        let mut client = Client::connect(server.address, V54);
        let failure = client.login(V54, &auth).unwrap_err();
        assert_eq!(text(&failure, "code"), "Neo.ClientError.Security.Unauthorized");
    }
}

#[test]
fn a_reset_leads_nowhere_after_a_failed_login() {
    let server = Running::on(with_users(), |config| config.auth = true);
    let mut client = Client::connect(server.address, V54);
    client.queue(0x01, &[record(&[])]);
    client.queue(0x6a, &[basic("admin", "wrong password")]);
    client.queue(0x0f, &[]);
    client.run("SHOW USERS", &[], &[]);
    client.flush();
    client.success();
    client.failure();
    assert!(client.next().is_none());
}

fn bound(change: impl FnOnce(&mut Config), database: Database) -> Result<(), String> {
    let mut config = Config { listen: "127.0.0.1:0".parse().unwrap(), ..Config::default() };
    change(&mut config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Server::bind(database, config)).map(drop).map_err(|error| error.to_string())
}

#[test]
fn what_would_let_others_in_is_refused() {
    let everywhere = |config: &mut Config| config.listen = "0.0.0.0:0".parse().unwrap();
    let refused = bound(|_| {}, Database::in_memory().unwrap()).unwrap_err();
    assert!(refused.contains("CREATE USER"), "{refused}");
    let refused = bound(everywhere, with_users()).unwrap_err();
    assert!(refused.contains("--tls-cert") && refused.contains("--insecure-plaintext"), "{refused}");
    let plain = |config: &mut Config| {
        everywhere(config);
        config.insecure_plaintext = true;
    };
    bound(plain, with_users()).unwrap();
    let open = |config: &mut Config| {
        plain(config);
        config.auth = false;
    };
    let refused = bound(open, with_users()).unwrap_err();
    assert!(refused.contains("--no-auth"), "{refused}");
    bound(|config| config.auth = false, Database::in_memory().unwrap()).unwrap();
}

#[test]
fn connections_are_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let files = TlsFiles { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
    let digest = wend_server::self_signed(&files, "127.0.0.1".parse().unwrap()).unwrap();
    // The same certificate the next time.
    assert_eq!(wend_server::self_signed(&files, "127.0.0.1".parse().unwrap()).unwrap(), digest);
    let hello = [0x60, 0x60, 0xb0, 0x17, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for mode in [TlsMode::Required, TlsMode::Optional] {
        let server = Running::start(|config| config.tls = Some((mode, files.clone())));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = StreamOwned::new(client, TcpStream::connect(server.address).unwrap());
        stream.write_all(&hello).unwrap();
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [0, 0, 4, 5]);
        // Without TLS only where it is allowed.
        let mut plain = TcpStream::connect(server.address).unwrap();
        plain.write_all(&hello).unwrap();
        assert_eq!(plain.read_exact(&mut answer).is_ok(), mode == TlsMode::Optional);
    }
    // Without a certificate a client that wants TLS is left.
    let server = Running::start(|_| {});
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(&[0x16, 0x03, 0x01, 0x00]).unwrap();
    assert!(plain.read_exact(&mut [0; 1]).is_err());
}

#[test]
fn a_user_who_is_dropped_is_gone() {
    let database = Database::in_memory().unwrap();
    let mut admin = database.session();
    admin.execute("CREATE USER ann PASSWORD $p ROLE editor", params! {"p" => "ann's password"}).unwrap();
    admin.execute("CREATE USER bob PASSWORD $p ROLE editor", params! {"p" => "bob's password"}).unwrap();
    let server = Running::on(database, |config| config.auth = true);
    let login = |name: &str| {
        let mut client = Client::connect(server.address, Version::new(5, 4));
        let auth = record(&[
            ("scheme", Value::from("basic")),
            ("principal", Value::from(name)),
            ("credentials", Value::from(format!("{name}'s password"))),
        ]);
        client.login(Version::new(5, 4), &auth).unwrap();
        client
    };
    let (mut idle, mut busy, mut other) = (login("ann"), login("ann"), login("bob"));
    busy.run("FOR x IN RANGE(1, 100000) FOR y IN RANGE(1, 100000) FILTER x + y < 0 RETURN COUNT(*)", &[], &[]);
    busy.pull(-1);
    while server.database.queries().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Nobody but an administrator sees what others run.
    let (rows, _) = other.all("SHOW QUERIES YIELD user, query ORDER BY user", &[]).unwrap();
    let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
    assert_eq!(rows[0], "['ann', NULL]");
    assert!(rows[1].starts_with("['bob', 'SHOW QUERIES"), "{rows:?}");
    admin.execute("DROP USER ann", ()).unwrap();
    assert!(idle.next().is_none());
    while busy.next().is_some() {}
    assert!(server.database.queries().is_empty());
    other.all("RETURN 1", &[]).unwrap();
}
