//! Where the statements of the shell run: a database of this process, or a server. Both have the same prompt, history,
//! completion, help and commands.

use std::io;

use wend_bolt::client::Receiver;
use wenddb::{Params, Value};

use super::complete::KnownNames;
use crate::format::View;
use crate::interrupt::Interrupts;
use crate::remote::Remote;
use crate::script::Runner;
use crate::source::Source;
use crate::stop::Stop;

/// Where the statements of the shell run.
pub trait Place {
    /// The first line of the shell.
    fn greeting(&self) -> String;
    /// The current graph.
    fn graph(&self) -> &str;
    /// Whether a transaction is open.
    fn in_transaction(&self) -> bool;
    /// Runs statements and prints their results, and the first error.
    fn run_script(&mut self, source: &Source) -> Result<(), Stop>;
    /// Runs one statement that reads, and gives its rows.
    fn rows(&mut self, statement: &str) -> Result<Vec<Vec<Value>>, Stop>;
    /// Prints a line of the shell's own.
    fn print(&mut self, text: &str) -> io::Result<()>;
    /// How results are shown.
    fn view(&mut self) -> &mut View;
    /// The state of Ctrl-C.
    fn interrupts(&self) -> &Interrupts;
    /// The parameters that are set.
    fn params(&self) -> Vec<(String, Value)>;
    /// Gives a parameter a value, or takes it away.
    fn set_param(&mut self, name: &str, value: Option<Value>);
    /// The names in the database; none when they are those of the last call.
    fn names(&mut self) -> Option<KnownNames>;
    /// The runner on a database of this process.
    fn local(&mut self) -> Option<&mut Runner>;
    /// Ends the session, with a warning when that drops something.
    fn close(self);
}

impl Place for Runner {
    fn greeting(&self) -> String {
        let place = match self.database.path() {
            Some(path) => path.display().to_string(),
            None => "in memory, gone at exit".to_owned(),
        };
        format!("WendDB {} ({place})", env!("CARGO_PKG_VERSION"))
    }

    fn graph(&self) -> &str {
        self.session.graph()
    }

    fn in_transaction(&self) -> bool {
        self.session.in_transaction()
    }

    fn run_script(&mut self, source: &Source) -> Result<(), Stop> {
        Runner::run_script(self, source)
    }

    fn rows(&mut self, statement: &str) -> Result<Vec<Vec<Value>>, Stop> {
        let rows = self.session.execute(statement, Params::new()).map_err(Stop::command)?;
        rows.map(|row| row.map(wenddb::Row::into_values)).collect::<Result<_, _>>().map_err(Stop::command)
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        Runner::print(self, text)
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }

    fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }

    fn params(&self) -> Vec<(String, Value)> {
        self.params.clone()
    }

    fn set_param(&mut self, name: &str, value: Option<Value>) {
        self.params.retain(|(known, _)| known != name);
        self.params.extend(value.map(|value| (name.to_owned(), value)));
    }

    fn names(&mut self) -> Option<KnownNames> {
        let names = self.session.names().ok()?;
        Some(KnownNames {
            graphs: names.graphs,
            node_labels: names.node_labels,
            edge_labels: names.edge_labels,
            property_keys: names.property_keys,
            models: names.models,
            params: Vec::new(),
        })
    }

    fn local(&mut self) -> Option<&mut Runner> {
        Some(self)
    }

    fn close(self) {
        Runner::close(self);
    }
}

/// Collects rows.
#[derive(Default)]
struct Collected(Vec<Vec<Value>>);

impl Receiver for Collected {
    fn columns(&mut self, _: &[String]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, values: Vec<Value>) -> io::Result<()> {
        self.0.push(values);
        Ok(())
    }
}

impl Place for Remote {
    fn greeting(&self) -> String {
        format!("connected to {}, {}", self.address, self.connection.server())
    }

    fn graph(&self) -> &str {
        "default"
    }

    fn in_transaction(&self) -> bool {
        self.connection.in_transaction()
    }

    fn run_script(&mut self, source: &Source) -> Result<(), Stop> {
        Remote::run_script(self, source)
    }

    fn rows(&mut self, statement: &str) -> Result<Vec<Vec<Value>>, Stop> {
        let interrupts = self.interrupts.clone();
        let mut rows = Collected::default();
        match self.connection.run(statement, &Params::new(), &mut rows, &|| interrupts.pressed()) {
            Ok(_) => Ok(rows.0),
            Err(error) => Err(Stop::usage(error.to_string(), "")),
        }
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        Remote::print(self, text)
    }

    fn view(&mut self) -> &mut View {
        &mut self.view
    }

    fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }

    fn params(&self) -> Vec<(String, Value)> {
        self.params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    fn set_param(&mut self, name: &str, value: Option<Value>) {
        let others = self.params.iter().filter(|(known, _)| *known != name);
        let others = others.map(|(name, value)| (name.to_owned(), value.clone()));
        self.params = others.chain(value.map(|value| (name.to_owned(), value))).collect();
    }

    fn names(&mut self) -> Option<KnownNames> {
        // A statement that fails would end the transaction.
        if !self.names_changed || self.connection.in_transaction() {
            return None;
        }
        self.names_changed = false;
        let mut first = |statement: &str, kind: Option<&str>| -> Vec<String> {
            // Without the right to ask, or on another product, there is less to complete.
            let rows = self.rows(statement).unwrap_or_default();
            let wanted = rows.into_iter().filter(|row| kind.is_none_or(|kind| row.get(1) == Some(&Value::from(kind))));
            let mut names: Vec<String> =
                wanted.filter_map(|row| row.into_iter().next()).map(|name| name.to_string()).collect();
            names.sort_unstable();
            names
        };
        Some(KnownNames {
            graphs: first("SHOW GRAPHS YIELD name RETURN name", None),
            node_labels: first("SHOW LABELS YIELD label, kind RETURN label, kind", Some("node")),
            edge_labels: first("SHOW LABELS YIELD label, kind RETURN label, kind", Some("edge")),
            property_keys: first("SHOW PROPERTY KEYS", None),
            models: first("SHOW MODELS YIELD name RETURN name", None),
            params: Vec::new(),
        })
    }

    fn local(&mut self) -> Option<&mut Runner> {
        None
    }

    fn close(self) {
        if self.connection.in_transaction() {
            crate::report::print_warning(None, "the transaction was still open: its changes have been rolled back");
        }
    }
}
