//! Every message in every state, from a socket driven by hand: what is done, what is ignored, what ends the connection.

use crate::common::{Client, Reply, Running, none, record};
use wend_bolt::{message::RequestKind as Kind, version::Version};
use wend_server::bolt::state::{State, Verdict};
use wenddb::Value;

const VERSIONS: [Version; 9] = [
    Version::new(4, 4),
    Version::new(5, 0),
    Version::new(5, 1),
    Version::new(5, 2),
    Version::new(5, 3),
    Version::new(5, 4),
    Version::new(5, 6),
    Version::new(5, 8),
    Version::new(6, 0),
];

/// Brings a new connection into a state.
fn reach(server: &Running, state: State, version: Version) -> Client {
    let mut client = Client::connect(server.address, version);
    if state == State::Negotiation {
        return client;
    }
    if state == State::Authentication {
        client.send(0x01, &[none()]);
        client.success();
        return client;
    }
    client.login(version, &none()).unwrap();
    match state {
        State::Streaming => {
            client.run("FOR x IN [1, 2, 3] RETURN x", &[], &[]);
            client.flush();
            client.success();
        }
        State::TxReady | State::TxStreaming => {
            client.send(0x11, &[none()]);
            client.success();
            if state == State::TxStreaming {
                client.run("FOR x IN [1, 2, 3] RETURN x", &[], &[]);
                client.flush();
                client.success();
            }
        }
        State::Failed => {
            client.run("NO STATEMENT", &[], &[]);
            client.flush();
            client.failure();
        }
        _ => {}
    }
    client
}

fn send(client: &mut Client, kind: Kind) {
    match kind {
        Kind::Hello => client.send(0x01, &[none()]),
        Kind::Logon => client.send(0x6a, &[record(&[("scheme", Value::from("none"))])]),
        Kind::Logoff => client.send(0x6b, &[]),
        Kind::Run => {
            client.run("RETURN 1 AS n", &[], &[]);
            client.flush();
        }
        Kind::Pull => client.pull(-1),
        Kind::Discard => client.send(0x2f, &[record(&[("n", Value::Int(-1))])]),
        Kind::Begin => client.send(0x11, &[none()]),
        Kind::Commit => client.send(0x12, &[]),
        Kind::Rollback => client.send(0x13, &[]),
        Kind::Reset => client.send(0x0f, &[]),
        Kind::Goodbye => client.send(0x02, &[]),
        Kind::Route => client.send(0x66, &[none(), Value::from(Vec::<Value>::new()), none()]),
        Kind::Telemetry => client.send(0x54, &[Value::Int(1)]),
    }
}

#[test]
fn every_message_in_every_state() {
    let server = Running::start(|config| config.limits.connections_per_address = 10_000);
    for version in VERSIONS {
        for state in State::ALL {
            if state == State::Authentication && version < Version::new(5, 1) {
                continue;
            }
            for kind in Kind::ALL {
                let place = format!("{kind:?} in {state:?} of {version}");
                let mut client = reach(&server, state, version);
                send(&mut client, kind);
                if kind == Kind::Goodbye {
                    assert!(client.next().is_none(), "{place}: no answer to GOODBYE");
                    continue;
                }
                match state.verdict(kind, version) {
                    Verdict::Ignore => assert!(matches!(client.reply(), Reply::Ignored), "{place}"),
                    Verdict::Refuse => {
                        let failure = client.failure();
                        assert!(failure.to_string().contains("Neo.ClientError.Request.Invalid"), "{place}: {failure}");
                        assert!(client.next().is_none(), "{place}: the connection must end");
                    }
                    Verdict::Do => {
                        let mut reply = client.reply();
                        while let Reply::Record(_) = reply {
                            reply = client.reply();
                        }
                        assert!(matches!(reply, Reply::Success(_)), "{place}: {reply:?}");
                        // Whatever came of it, a RESET leads back, unless a login is wanted.
                        if !matches!(kind, Kind::Logoff) && (kind != Kind::Hello || version < Version::new(5, 1)) {
                            client.send(0x0f, &[]);
                            client.success();
                            client.all("RETURN 1 AS n", &[]).unwrap();
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_reset_does_not_lead_past_the_login() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address, Version::new(5, 4));
    client.queue(0x01, &[none()]);
    client.queue(0x0f, &[]);
    client.run("RETURN 1", &[], &[]);
    client.flush();
    client.success();
    client.failure();
    assert!(client.next().is_none());
}

#[test]
fn logoff_asks_for_another_login_and_rolls_back() {
    let server = Running::start(|_| {});
    let mut client = Client::ready(server.address, Version::new(5, 8));
    client.queue(0x6b, &[]);
    client.queue(0x6a, &[none()]);
    client.flush();
    client.success();
    client.success();
    assert_eq!(client.all("RETURN 1 AS n", &[]).unwrap().0.len(), 1);
}
