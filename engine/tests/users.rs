//! Users, roles, passwords and tokens.

use wenddb::{
    Database, ErrorKind, Session,
    host::{Host, HostedSession, Role},
    params,
};

fn status(session: &mut Session, gql: &str) -> String {
    match session.execute(gql, ()) {
        Ok(rows) => {
            rows.into_iter().for_each(|row| drop(row.unwrap()));
            "ok".to_owned()
        }
        Err(error) => error.gqlstatus().to_owned(),
    }
}

fn as_user(db: &Database, name: &str, role: Role) -> Session {
    let mut session = db.session();
    session.set_user(name, role);
    session
}

fn role(db: &Database, name: &str, password: &str) -> Option<Role> {
    db.check_password(name, password).unwrap().map(|user| user.role)
}

#[test]
fn roles_are_enforced() {
    let db = Database::in_memory().unwrap();
    let mut admin = db.session();
    admin.execute("CREATE USER ann PASSWORD 'correct horse' ROLE reader", ()).unwrap();
    admin.execute("INSERT (:A {_id: 'a'})", ()).unwrap();
    let mut reader = as_user(&db, "ann", Role::Reader);
    let mut editor = as_user(&db, "bob", Role::Editor);
    for (statement, for_reader, for_editor) in [
        ("MATCH (n) RETURN n", "ok", "ok"),
        ("CALL algo.node2vec.stats({dimensions: 2})", "ok", "ok"),
        ("SHOW TASKS", "ok", "ok"),
        ("EXPLAIN INSERT (:B)", "ok", "ok"),
        ("INSERT (:B)", "42NFF", "ok"),
        ("PROFILE INSERT (:B)", "42NFF", "ok"),
        ("MATCH (n:A) SET n.x = 1", "42NFF", "ok"),
        ("MATCH (n:B) DELETE n", "42NFF", "ok"),
        ("CALL algo.node2vec.write({dimensions: 2}, {db: {property: 'e'}})", "42NFF", "ok"),
        ("CREATE GRAPH g", "42NFF", "ok"),
        ("DROP GRAPH g", "42NFF", "ok"),
        ("CREATE INDEX i FOR (n:A) ON (n.x)", "42NFF", "ok"),
        ("DROP INDEX i", "42NFF", "ok"),
        ("STOP TASK 'x'", "42NFF", "42002"),
        ("DELETE TASK 'x'", "42NFF", "42002"),
        ("LOAD CSV FROM 'x.csv' AS row RETURN row", "42NFF", "42000"),
        ("CREATE USER eve PASSWORD 'password'", "42NFF", "42NFF"),
        ("ALTER USER ann ROLE admin", "42NFF", "42NFF"),
        ("ALTER USER root PASSWORD 'password'", "42NFF", "42NFF"),
        ("DROP USER ann", "42NFF", "42NFF"),
        ("CREATE TOKEN t FOR ann", "42NFF", "42NFF"),
        ("SHOW USERS", "42NFF", "42NFF"),
        ("SHOW TOKENS", "42NFF", "42NFF"),
        ("START TRANSACTION", "ok", "ok"),
        ("INSERT (:C)", "42NFF", "ok"),
        ("ROLLBACK", "ok", "ok"),
    ] {
        assert_eq!(status(&mut reader, statement), for_reader, "reader: {statement}");
        let got = status(&mut editor, statement);
        assert!(
            got == for_editor || (statement.starts_with("LOAD") && got != "42NFF" && got != "ok"),
            "{statement}: {got}"
        );
    }
    let error = reader.execute("INSERT (:B)", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.message().contains("ann has the role reader"), "{error}");
    // The own password, and nothing else.
    reader.execute("ALTER USER ann SET PASSWORD 'battery staple'", ()).unwrap();
    assert_eq!(role(&db, "ann", "battery staple"), Some(Role::Reader));
}

#[test]
fn passwords_are_checked() {
    let db = Database::in_memory().unwrap();
    assert!(!db.has_users().unwrap());
    let password = db.create_first_user("wend").unwrap();
    assert!(db.has_users().unwrap() && password.len() == 32);
    assert_eq!(role(&db, "wend", &password), Some(Role::Admin));
    assert_eq!(db.check_password("wend", "something else").unwrap(), None);
    assert_eq!(db.check_password("nobody", &password).unwrap(), None);
    let mut session = db.session();
    session.execute("CREATE USER ann SET PASSWORD $p SET ROLE editor", params! {"p" => "long enough"}).unwrap();
    assert_eq!(role(&db, "ann", "long enough"), Some(Role::Editor));
    assert_eq!(status(&mut session, "CREATE USER ann PASSWORD 'long enough'"), "42000");
    assert_eq!(status(&mut session, "CREATE USER IF NOT EXISTS ann PASSWORD 'long enough'"), "ok");
    assert_eq!(status(&mut session, "CREATE USER bob PASSWORD 'short'"), "22003");
    assert_eq!(status(&mut session, "CREATE USER bob PASSWORD 'long enough' ROLE king"), "42002");
    assert_eq!(status(&mut session, "DROP USER bob"), "42002");
    assert_eq!(status(&mut session, "DROP USER IF EXISTS bob"), "ok");
    // Somebody has to be left who can manage the others.
    assert_eq!(status(&mut session, "DROP USER wend"), "42000");
    assert_eq!(status(&mut session, "ALTER USER wend ROLE reader"), "42000");
    session.execute("ALTER USER ann ROLE admin", ()).unwrap();
    session.execute("DROP USER wend", ()).unwrap();
    let names = session.execute("SHOW USERS", ()).unwrap().map(|row| row.unwrap().get::<String>("name").unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["ann"]);
}

#[test]
fn a_user_statement_is_part_of_its_transaction() {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    session.execute("START TRANSACTION; CREATE USER ann PASSWORD 'long enough'; ROLLBACK", ()).unwrap();
    assert!(!db.has_users().unwrap());
}

#[test]
fn tokens_are_checked() {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    session.execute("CREATE USER ann PASSWORD 'long enough' ROLE editor", ()).unwrap();
    let mut create =
        |gql: &str| -> String { session.execute(gql, ()).unwrap().next().unwrap().unwrap().get("token").unwrap() };
    let lasting = create("CREATE TOKEN lasting FOR ann");
    let short = create("CREATE TOKEN short FOR USER ann VALID FOR DURATION 'PT0S'");
    let long = create("CREATE TOKEN long FOR ann VALID FOR DURATION 'P90D'");
    assert!(lasting.starts_with("wend_") && lasting != long);
    let user = db.user("ann").unwrap();
    assert!(user.as_ref().is_some_and(|user| user.role == Role::Editor));
    assert_eq!(db.check_token(&lasting).unwrap(), user);
    assert_eq!(db.check_token(&long).unwrap(), user);
    assert_eq!(db.check_token(&short).unwrap(), None);
    assert_eq!(db.check_token("wend_").unwrap(), None);
    session.execute("DROP TOKEN lasting", ()).unwrap();
    assert_eq!(db.check_token(&lasting).unwrap(), None);
    assert_eq!(status(&mut session, "SHOW TOKENS"), "ok");
    session.execute("CREATE USER root PASSWORD 'long enough' ROLE admin; DROP USER ann", ()).unwrap();
    assert_eq!(db.check_token(&long).unwrap(), None);
}

/// A token made while its user is dropped conflicts; it does not wait for the next user of that name.
#[test]
fn a_token_does_not_outlive_its_user() {
    for token_first in [true, false] {
        let db = Database::in_memory().unwrap();
        let (mut one, mut other) = (db.session(), db.session());
        one.execute("CREATE USER root PASSWORD 'long enough' ROLE admin; CREATE USER bob PASSWORD 'long enough'", ())
            .unwrap();
        one.execute("START TRANSACTION", ()).unwrap();
        let token: String =
            one.execute("CREATE TOKEN t FOR bob", ()).unwrap().next().unwrap().unwrap().get("token").unwrap();
        other.execute("START TRANSACTION; DROP USER bob", ()).unwrap();
        let (first, second) = if token_first { (&mut one, &mut other) } else { (&mut other, &mut one) };
        first.execute("COMMIT", ()).unwrap();
        assert_eq!(second.execute("COMMIT", ()).unwrap_err().kind(), ErrorKind::Conflict);
        if token_first {
            other.execute("DROP USER bob", ()).unwrap();
        }
        assert_eq!(other.execute("SHOW TOKENS", ()).unwrap().count(), 0);
        other.execute("CREATE USER bob PASSWORD 'long enough' ROLE admin", ()).unwrap();
        assert_eq!(db.check_token(&token).unwrap(), None);
    }
}

/// Two administrators who take each other away at the same time: one of them conflicts, and one is left.
#[test]
fn an_administrator_is_left() {
    for statements in [
        ["ALTER USER a ROLE reader", "ALTER USER b ROLE reader"],
        ["DROP USER a", "DROP USER b"],
        ["DROP USER a", "ALTER USER b ROLE editor"],
    ] {
        let db = Database::in_memory().unwrap();
        let (mut one, mut other) = (db.session(), db.session());
        for name in ["a", "b"] {
            one.execute(&format!("CREATE USER {name} PASSWORD 'long enough' ROLE admin"), ()).unwrap();
        }
        one.execute("START TRANSACTION", ()).unwrap();
        other.execute("START TRANSACTION", ()).unwrap();
        one.execute(statements[0], ()).unwrap();
        other.execute(statements[1], ()).unwrap();
        one.execute("COMMIT", ()).unwrap();
        assert_eq!(other.execute("COMMIT", ()).unwrap_err().kind(), ErrorKind::Conflict);
        let roles = one.execute("SHOW USERS", ()).unwrap().map(|row| row.unwrap().get::<String>("role").unwrap());
        assert_eq!(roles.filter(|role| role == "admin").count(), 1, "{statements:?}");
    }
}

/// Whoever was an administrator at the login manages nobody after that has ended, whether dropped, demoted or made anew.
#[test]
fn statements_about_users_look_at_the_user_again() {
    let db = Database::in_memory().unwrap();
    let mut root = db.session();
    root.execute("CREATE USER root PASSWORD 'long enough' ROLE admin", ()).unwrap();
    root.execute("CREATE USER ann PASSWORD 'long enough' ROLE admin", ()).unwrap();
    let enter = || {
        let user = db.check_password("ann", "long enough").unwrap().unwrap();
        let mut session = as_user(&db, "ann", user.role);
        session.set_identity(user.identity);
        session
    };
    let mut ann = enter();
    assert_eq!(status(&mut ann, "CREATE USER x PASSWORD 'long enough'"), "ok");
    root.execute("DROP USER ann; CREATE USER ann PASSWORD 'long enough' ROLE admin", ()).unwrap();
    assert_eq!(status(&mut ann, "CREATE USER y PASSWORD 'long enough'"), "42NFF");
    assert_eq!(status(&mut ann, "ALTER USER ann PASSWORD 'taken over'"), "42002");
    let mut ann = enter();
    ann.execute("START TRANSACTION; CREATE USER y PASSWORD 'long enough'", ()).unwrap();
    root.execute("ALTER USER ann ROLE editor", ()).unwrap();
    assert_eq!(ann.execute("COMMIT", ()).unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(status(&mut ann, "CREATE USER y PASSWORD 'long enough'"), "42NFF");
}
