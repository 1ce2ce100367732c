//! Sessions that work for a user of a host.

use super::Session;
use crate::{
    error::Result,
    host::{HostedSession, sealed::Sealed},
    names::DEFAULT_GRAPH,
    params::Params,
    role::Role,
    user::Identity,
};

impl Sealed for Session {}

impl HostedSession for Session {
    fn id(&self) -> String {
        self.state.id()
    }

    fn set_user(&mut self, name: impl Into<String>, role: Role) {
        let name = name.into();
        self.state.set_user(Some(&name));
        self.rights.user = Some(name);
        self.rights.identity = None;
        self.rights.role = role;
    }

    fn set_identity(&mut self, identity: Identity) {
        self.rights.identity = Some(identity);
    }

    fn user(&self) -> Option<&str> {
        self.rights.user.as_deref()
    }

    fn role(&self) -> Role {
        self.rights.role
    }

    fn set_client(&mut self, client: Option<&str>) {
        self.state.set_client(client);
    }

    fn set_read_only(&mut self, read_only: bool) {
        self.rights.read_only = read_only;
    }

    fn refuse_transaction_statements(&mut self) {
        self.rights.no_transaction_statements = true;
    }

    fn begin_transaction(&mut self, read_only: bool) -> Result<()> {
        self.begin(read_only)
    }

    fn end_transaction(&mut self, commit: bool) -> Result<()> {
        self.end(commit)
    }

    fn reset(&mut self) -> Result<()> {
        self.graph = DEFAULT_GRAPH.to_owned();
        self.state.set_graph(DEFAULT_GRAPH);
        self.parameters = Params::new();
        self.time_zone = jiff::tz::TimeZone::system();
        self.rights.read_only = false;
        if self.transaction.is_some() { self.end(false) } else { Ok(()) }
    }
}
