//! SESSION SET, RESET and CLOSE.

use wend_grammar::ast::{SessionReset, StatementKind};

use super::{Run, Session};
use crate::{
    error::{Error, Result},
    names::{DEFAULT_GRAPH, graph_id},
    params::Params,
    rows::Rows,
    value::{Value, temporal::zone_of},
};

impl Session {
    pub(super) fn session_statement(&mut self, statement: &StatementKind, run: &Run<'_>) -> Result<Rows> {
        match statement {
            StatementKind::SessionSetGraph(name) => {
                let tx = self.catalog(false)?.0;
                graph_id(&tx, &name.name).map_err(|error| error.at(name.span))?;
                self.graph.clone_from(&name.name);
                self.state.set_graph(&self.graph);
            }
            StatementKind::SessionSetValue { name, value } => {
                let value = self.constant(value, run)?;
                self.parameters.insert(name.name.as_str(), value);
            }
            StatementKind::SessionSetTimeZone(zone) => {
                let Value::String(name) = self.constant(zone, run)? else {
                    return Err(Error::value_type("a time zone is named by a STRING, such as 'Europe/Berlin'"));
                };
                self.time_zone = zone_of(&name).ok_or_else(|| {
                    Error::data("22009", format!("there is no time zone '{name}'"))
                        .with_hint("write a name such as 'Europe/Berlin', or an offset such as '+02:00'")
                })?;
            }
            StatementKind::SessionReset(what) => self.reset_settings(what),
            StatementKind::SessionClose if self.transaction.is_some() => {
                self.may_control_transactions()?;
                self.end(false)?;
            }
            _ => {}
        }
        Ok(Rows::none())
    }

    fn reset_settings(&mut self, what: &SessionReset) {
        if matches!(what, SessionReset::All | SessionReset::Graph) {
            self.graph = DEFAULT_GRAPH.to_owned();
            self.state.set_graph(DEFAULT_GRAPH);
        }
        if matches!(what, SessionReset::All | SessionReset::Parameters) {
            self.parameters = Params::new();
        }
        if matches!(what, SessionReset::All | SessionReset::TimeZone) {
            self.time_zone = jiff::tz::TimeZone::system();
        }
        if let SessionReset::Parameter(name) = what {
            self.parameters.remove(&name.name);
        }
    }
}
