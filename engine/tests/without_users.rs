//! A library without the feature `users`: statements about users say so, everything else works.

use wenddb::Database;

#[test]
fn statements_about_users_are_refused_with_a_reason() {
    let db = Database::in_memory().unwrap();
    let mut session = db.session();
    for gql in ["CREATE USER ann PASSWORD 'long enough'", "DROP USER ann", "SHOW USERS", "SHOW TOKENS"] {
        let Err(error) = session.execute(gql, ()) else { panic!("{gql} is refused") };
        assert_eq!(
            (error.gqlstatus(), error.message()),
            ("42000", "users and tokens are not part of this build of the library")
        );
        assert!(error.hint().unwrap().contains("feature `users`"));
    }
    session.execute("INSERT (:A); SHOW SESSIONS; SHOW QUERIES", ()).unwrap();
}
