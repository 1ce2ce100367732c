//! The requests about the session: HELLO, LOGON, LOGOFF, RESET, ROUTE.

use std::time::Instant;

use tokio::io::AsyncWrite;
use wend_bolt::{
    decode::Fields,
    encode::Dialect,
    request::{get, text},
};
use wenddb::{
    Value,
    host::{Host, HostedSession},
};

use super::{
    connection::{Connection, Ended, Flow},
    state::State,
};
use crate::{auth::Credentials, failure::Failure};

/// The outcome of a request, success or a failure for the client; the outer result is the end of the connection.
pub(super) type Answer = Flow<Result<(), Failure>>;

impl<W: AsyncWrite + Unpin> Connection<W> {
    pub(super) async fn hello(&mut self, fields: &Fields) -> Answer {
        let version = self.dialect.version;
        self.quiet = wants_no_warnings(fields);
        if let Some(Value::Record(routing)) = get(fields, "routing") {
            self.routing = text(routing, "address").ok().flatten();
        }
        let patched = !version.has_element_ids()
            && matches!(get(fields, "patch_bolt"), Some(Value::List(patches))
                if patches.iter().any(|patch| matches!(patch, Value::String(name) if &**name == "utc")));
        self.dialect = Dialect::new(version, patched);
        if version.has_logon() {
            self.state = State::Authentication;
        } else if let Err(failure) = self.login(fields).await? {
            return Ok(Err(failure));
        }
        let (agent, id) = (self.shared.agent.clone(), format!("bolt-{}", self.peer.id));
        let tells_version = self.manifest && version.has_gql_failures();
        self.out.success(3 + usize::from(patched) + usize::from(tells_version), |out| {
            out.string("server").string(&agent).string("connection_id").string(&id);
            out.string("hints").map(1).string("telemetry.enabled").bool(false);
            if patched {
                out.string("patch_bolt").list(1).string("utc");
            }
            if tells_version {
                out.string("protocol_version").string(&version.to_string());
            }
        });
        if let Ok(Some(agent)) = text(fields, "user_agent") {
            let agent: String = agent.chars().take(100).collect();
            tracing::debug!(connection = self.peer.id, client = %self.peer.client, %version, agent, "hello");
        }
        Ok(Ok(()))
    }

    pub(super) async fn logon(&mut self, fields: &Fields) -> Answer {
        if let Err(failure) = self.login(fields).await? {
            return Ok(Err(failure));
        }
        self.out.success(0, |_| {});
        Ok(Ok(()))
    }

    async fn login(&mut self, fields: &Fields) -> Answer {
        let field = |name| text(fields, name).map(Option::unwrap_or_default);
        let credentials = match (field("scheme"), field("principal"), field("credentials")) {
            (Ok(scheme), Ok(principal), Ok(secret)) => Credentials { scheme, principal, secret },
            _ => return Ok(Err(Failure::request("scheme, principal and credentials are strings"))),
        };
        let users = self.shared.database.users_version();
        let login = self.shared.auth.login(&self.shared.pool, credentials, self.peer.client.ip());
        let left = self.login_by.saturating_duration_since(Instant::now());
        let user = match tokio::time::timeout(left, login).await.map_err(|_| Ended)? {
            Ok(user) => user,
            Err(error) => {
                self.shared.metrics.login_failed();
                return Ok(Err(error.failure()));
            }
        };
        self.unwatch();
        let (gone, control) = (self.shared.clone().user_gone(user.clone(), users), self.control.clone());
        let (connection, name) = (self.peer.id, user.name.clone());
        self.watch = Some(tokio::spawn(async move {
            gone.await;
            tracing::info!(connection, user = name, "the user is not there any more; the connection is closed");
            control.close();
        }));
        let mut session = self.shared.database.session();
        user.enter(&mut session);
        session.set_client(Some(&self.peer.client.to_string()));
        session.refuse_transaction_statements();
        self.session = Some(session);
        self.state = State::Ready;
        tracing::info!(connection = self.peer.id, client = %self.peer.client, user = user.name, "login");
        Ok(Ok(()))
    }

    /// Stops the task that waits for the user to be dropped.
    pub(super) fn unwatch(&mut self) {
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
    }

    pub(super) async fn logoff(&mut self) -> Answer {
        self.abandon().await?;
        self.unwatch();
        self.session = None;
        self.state = State::Authentication;
        self.login_by = Instant::now() + self.shared.limits.login_time;
        self.out.success(0, |_| {});
        Ok(Ok(()))
    }

    pub(super) async fn reset(&mut self) -> Answer {
        self.abandon().await?;
        if let Some(mut session) = self.session.take() {
            // Nothing is open any more, so that this does not touch the disk.
            let reset = session.reset();
            self.session = Some(session);
            if let Err(error) = reset {
                return Ok(Err(Failure::engine(&error, "")));
            }
        }
        self.state = State::Ready;
        self.out.success(0, |_| {});
        Ok(Ok(()))
    }

    pub(super) async fn route(&mut self, routing: &Fields, database: Option<String>) -> Answer {
        let mut name = "default".to_owned();
        if let Some(asked) = database {
            let session = self.session.take().ok_or(Ended)?;
            let ((session, known), _) = self
                .work(&wenddb::CancelToken::new(), true, move || {
                    let mut session = session;
                    let before = session.graph().to_owned();
                    let known = crate::statement::take_graph(&mut session, &asked);
                    let name = session.graph().to_owned();
                    let back = session.use_graph(&before);
                    (session, known.and(back).map(|()| name))
                })
                .await?;
            self.session = Some(session);
            match known {
                Ok(known) => name = known,
                Err(error) => return Ok(Err(Failure::engine(&error, ""))),
            }
        }
        let asked = text(routing, "address").ok().flatten();
        let address = self.shared.advertised.clone().or(asked).or_else(|| self.routing.clone());
        let address = address.unwrap_or_else(|| self.peer.local.to_string());
        self.out.success(1, |out| {
            out.string("rt").map(3).string("ttl").int(300).string("db").string(&name);
            out.string("servers").list(3);
            for role in ["ROUTE", "READ", "WRITE"] {
                out.map(2).string("addresses").list(1).string(&address).string("role").string(role);
            }
        });
        Ok(Ok(()))
    }
}

/// Whether the client has switched warnings off, all of them or the category that all warnings here have.
fn wants_no_warnings(fields: &Fields) -> bool {
    let off = matches!(get(fields, "notifications_minimum_severity"), Some(Value::String(least)) if &**least == "OFF");
    let listed = |name| {
        matches!(get(fields, name), Some(Value::List(items))
            if items.iter().any(|item| matches!(item, Value::String(kind) if &**kind == "GENERIC")))
    };
    off || listed("notifications_disabled_categories") || listed("notifications_disabled_classifications")
}
