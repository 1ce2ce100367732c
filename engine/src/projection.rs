//! Named projections, as clients of Neo4j's Graph Data Science library make them: which part of a graph its procedures work on, and
//! what they added to it. They live as long as the database is open.
//!
//! A projection names labels; the graph view is made of the graph as it is when a procedure runs, and kept among the others.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use wend_storage::{GraphId, NodeId};

use crate::{
    error::{Error, Result},
    memory::Held,
    value::Value,
};

/// A part of a graph under a name.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    pub(crate) name: String,
    pub(crate) graph: GraphId,
    /// The labels of its nodes; `None` = all nodes.
    pub(crate) node_labels: Option<Vec<String>>,
    /// The labels of its edges; `None` = all edges.
    pub(crate) edge_labels: Option<Vec<String>>,
    /// Which way its edges are seen.
    pub(crate) orientation: Orientation,
    /// The properties that were named when it was made.
    pub(crate) node_properties: Vec<String>,
    pub(crate) edge_properties: Vec<String>,
    /// What `gds.graph.project` was given, as it says it back.
    pub(crate) node_projection: Value,
    pub(crate) edge_projection: Value,
    pub(crate) configuration: Value,
    /// How many edges its nodes have.
    pub(crate) degrees: Value,
    /// As it was when it was made.
    pub(crate) node_count: u64,
    pub(crate) edge_count: u64,
    pub(crate) bytes: u64,
    pub(crate) created_at: i64,
    pub(crate) modified_at: i64,
    /// Properties of nodes that procedures have added, seen by nothing but procedures on this projection.
    pub(crate) added: BTreeMap<String, Arc<Added<(NodeId, Value)>>>,
    /// Edges that procedures have added, by their label.
    pub(crate) added_edges: BTreeMap<String, Arc<Added<(NodeId, NodeId, f64)>>>,
}

/// Which way a projection's edges are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Orientation {
    #[default]
    Natural,
    Reverse,
    Undirected,
}

impl Orientation {
    pub(crate) const ALL: [Orientation; 3] = [Orientation::Natural, Orientation::Reverse, Orientation::Undirected];

    /// As projections say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Orientation::Natural => "NATURAL",
            Orientation::Reverse => "REVERSE",
            Orientation::Undirected => "UNDIRECTED",
        }
    }
}

/// What was added to a projection.
#[derive(Debug)]
pub(crate) struct Added<T> {
    /// The property that the numbers of edges are; of nodes the name says it.
    pub(crate) property: String,
    pub(crate) values: Vec<T>,
    /// Its memory, counted among what all statements hold.
    pub(crate) _held: Held,
}

/// The projections of a database by name.
#[derive(Debug, Default)]
pub(crate) struct Projections(Mutex<BTreeMap<String, Projection>>);

/// A procedure on a projection that a client follows by an id of its own.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) task: String,
    pub(crate) started_at: i64,
    /// From 0 to 1.
    pub(crate) progress: f64,
}

/// The procedures that run, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Job>>>);

/// A job while it runs.
pub(crate) struct RunningJob<'a> {
    jobs: &'a Jobs,
    id: Option<String>,
}

impl Jobs {
    /// Notes a job until what is given back is dropped; one without an id is nobody's to follow.
    pub(crate) fn begin(&self, id: Option<&str>, task: &str, at: i64) -> RunningJob<'_> {
        if let Some(id) = id {
            self.0.lock().push(Job { id: id.to_owned(), task: task.to_owned(), started_at: at, progress: 0.0 });
        }
        RunningJob { jobs: self, id: id.map(str::to_owned) }
    }

    pub(crate) fn all(&self) -> Vec<Job> {
        self.0.lock().clone()
    }
}

impl RunningJob<'_> {
    pub(crate) fn progress(&self, progress: f64) {
        let mut jobs = self.jobs.0.lock();
        if let Some(job) = jobs.iter_mut().find(|job| Some(&job.id) == self.id.as_ref()) {
            job.progress = progress;
        }
    }
}

impl Drop for RunningJob<'_> {
    fn drop(&mut self) {
        let mut jobs = self.jobs.0.lock();
        if let Some(place) = jobs.iter().position(|job| Some(&job.id) == self.id.as_ref()) {
            jobs.remove(place);
        }
    }
}

impl Projections {
    /// Keeps a new one.
    ///
    /// # Errors
    /// 42000 when there is one of that name.
    pub(crate) fn add(&self, projection: Projection) -> Result<()> {
        /// So many are kept, whoever makes them.
        const MOST: usize = 1000;
        let mut all = self.0.lock();
        if all.len() >= MOST {
            return Err(Error::rule(format!("there are {MOST} projected graphs already"))
                .with_hint("drop those that are not needed, with gds.graph.drop"));
        }
        if all.contains_key(&projection.name) {
            return Err(Error::rule(format!("a projected graph named '{}' exists already", projection.name))
                .with_hint("choose another name, or drop it with gds.graph.drop"));
        }
        all.insert(projection.name.clone(), projection);
        Ok(())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.lock().contains_key(name)
    }

    /// The projection of that name.
    ///
    /// # Errors
    /// 42002 when there is none.
    pub(crate) fn get(&self, name: &str) -> Result<Projection> {
        let all = self.0.lock();
        all.get(name).cloned().ok_or_else(|| unknown(name, all.keys()))
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Projection> {
        self.0.lock().values().cloned().collect()
    }

    /// Forgets the one of that name, and gives it.
    ///
    /// # Errors
    /// 42002 when there is none.
    pub(crate) fn remove(&self, name: &str) -> Result<Projection> {
        let mut all = self.0.lock();
        match all.remove(name) {
            Some(projection) => Ok(projection),
            None => Err(unknown(name, all.keys())),
        }
    }

    /// Adds a property to one, in the place of another of that name where a procedure added it.
    ///
    /// # Errors
    /// 42002 when the projection was dropped meanwhile.
    pub(crate) fn add_property(&self, name: &str, added: Added<(NodeId, Value)>, at: i64) -> Result<()> {
        self.change(name, at, |projection| {
            projection.added.insert(added.property.clone(), Arc::new(added));
        })
    }

    /// Adds edges with a label of their own to one.
    ///
    /// # Errors
    /// 42002 when the projection was dropped meanwhile.
    pub(crate) fn add_edges(
        &self,
        name: &str,
        label: &str,
        added: Added<(NodeId, NodeId, f64)>,
        at: i64,
    ) -> Result<()> {
        self.change(name, at, |projection| {
            if let Some(labels) = &mut projection.edge_labels
                && !labels.iter().any(|known| known == label)
            {
                labels.push(label.to_owned());
            }
            projection.edge_count += added.values.len() as u64;
            projection.added_edges.insert(label.to_owned(), Arc::new(added));
        })
    }

    fn change(&self, name: &str, at: i64, change: impl FnOnce(&mut Projection)) -> Result<()> {
        let mut all = self.0.lock();
        match all.get_mut(name) {
            Some(projection) => {
                change(projection);
                projection.modified_at = at;
                Ok(())
            }
            None => Err(unknown(name, all.keys())),
        }
    }

    /// Takes properties away that procedures added.
    ///
    /// # Errors
    /// 42002 when the projection, or a property of it, is not there.
    pub(crate) fn remove_properties(&self, name: &str, properties: &[String], at: i64) -> Result<u64> {
        let mut all = self.0.lock();
        if !all.contains_key(name) {
            return Err(unknown(name, all.keys()));
        }
        let Some(projection) = all.get_mut(name) else { return Ok(0) };
        if let Some(missing) = properties.iter().find(|property| !projection.added.contains_key(*property)) {
            return Err(unknown_property(name, missing, projection.added.keys()));
        }
        let removed = properties.iter().filter_map(|property| projection.added.remove(property));
        let removed = removed.map(|added| added.values.len() as u64).sum();
        projection.modified_at = at;
        Ok(removed)
    }
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let near = wend_grammar::suggest(name, known.map(String::as_str)).map(|near| format!("did you mean '{near}'?"));
    Error::reference(format!("there is no projected graph named '{name}'"))
        .with_hint_if(near.or(Some("CALL gds.graph.list() YIELD graphName lists them".to_owned())))
}

/// The error of a property that a projection has not.
pub(crate) fn unknown_property<'a>(projection: &str, property: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let near = wend_grammar::suggest(property, known.map(String::as_str)).map(|near| format!("did you mean '{near}'?"));
    Error::reference(format!("the projected graph '{projection}' has no node property '{property}'")).with_hint_if(near)
}
